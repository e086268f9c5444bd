"""The watchdog of a worker: one that consumes nothing although letters wait ends itself, and is started again.

A Celery worker whose Redis was restarted while it had tasks in hand can stay connected and deaf (celery #8030 and
many since). The store loses nothing by it, but nothing moves either. What the dead worker held is freed by the
sweeper.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass

import structlog
from celery.worker import state

from intake.queue import QUEUES, Queue

EVERY = 5.0  # seconds
PATIENCE = 4  # looks in a row; with the restart, letters move again within half a minute
LONGEST = 300.0  # seconds without a new task while busy: longer than a task's hard time limit

log = structlog.get_logger("workers.watchdog")


@dataclass
class Watchdog:
    """Counts the looks in a row at which messages waited and nobody took one."""

    looks: int = 0
    busy_looks: int = 0

    def deaf(self, depth: int | None, busy: bool) -> bool:
        """Whether to give up. `depth`: messages in the queue, None when Redis is away; `busy`: tasks are in hand."""
        waiting = bool(depth)
        self.looks = self.looks + 1 if waiting and not busy else 0
        self.busy_looks = self.busy_looks + 1 if waiting and busy else 0
        return self.looks >= PATIENCE or self.busy_looks * EVERY > LONGEST

    def took_one(self) -> None:
        """A task was received."""
        self.looks = self.busy_looks = 0


def watch(queue: Queue, watchdog: Watchdog) -> None:
    """Look every few seconds, from a thread of the worker's main process."""
    threading.Thread(target=_run, args=(queue, watchdog), name="watchdog", daemon=True).start()


def _run(queue: Queue, watchdog: Watchdog) -> None:
    while True:
        time.sleep(EVERY)
        depths = [queue.depth(name) for name in QUEUES]
        waiting = None if None in depths else sum(filter(None, depths))
        if watchdog.deaf(waiting, bool(state.active_requests or state.reserved_requests)):
            log.error("deaf: letters wait and nothing is taken; ending to be started again")
            os._exit(1)
