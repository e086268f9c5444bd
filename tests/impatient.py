"""The workers' application, with seconds for a task in place of minutes."""

from __future__ import annotations

from workers.app import app

app.conf.task_soft_time_limit = 5
app.conf.task_time_limit = 7
