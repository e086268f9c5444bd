"""Health as seen from outside: mail and forms are taken, and workers run. It says yes or no, and nothing
else."""

from __future__ import annotations

import sqlalchemy as sa

from intake.errors import Deferred
from intake.store import Store, heartbeats, now

FRESH = 30_000  # milliseconds after which a process that says nothing counts as gone
NEEDED = ("smtp", "worker")  # the web answers for itself


def healthy(store: Store) -> bool:
    """Whether the store answers and every needed process said within `FRESH` that it is at work."""
    fresh = sa.select(sa.func.count()).where(heartbeats.c.name.in_(NEEDED), heartbeats.c.at > now() - FRESH)
    try:
        with store.read() as conn:
            return conn.scalar(fresh) == len(NEEDED)
    except Deferred:
        return False
