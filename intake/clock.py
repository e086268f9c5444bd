"""The clock: tells the workers every few seconds to sweep up and to chain the audit trail, and publishes the rules file
of this machine when it changes.

It counts seconds that pass, not the time of day. Celery's beat counts by the time of day: set back by an hour it would
rest for an hour, and nothing that the queue lost would be found meanwhile (docs/decisions/0025).
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable

import structlog

from intake.config import Config
from intake.queue import Queue
from intake.routing.published import Published
from intake.store import Store

EVERY = {"sweep": 5.0, "chain": 1.0}  # seconds, by task

log = structlog.get_logger("intake.clock")


class Clock:
    """Calls `tell(task)` for each task of `every` whenever its seconds have passed."""

    def __init__(self, tell: Callable[[str], None], every: dict[str, float] = EVERY) -> None:
        self._tell, self._every = tell, every
        self._due = dict.fromkeys(every, 0.0)
        self._silent = False

    def tick(self) -> float:
        """Tell what is due; seconds until the next is."""
        for task, seconds in self._every.items():
            if self._due[task] <= time.monotonic():
                self._due[task] = time.monotonic() + seconds
                self._try(task)
        return max(0.0, min(self._due.values()) - time.monotonic())

    def _try(self, task: str) -> None:
        try:
            self._tell(task)
            self._silent = False
        except Exception as fault:  # noqa: BLE001 - the edge: the queue comes back, and nobody would wind this clock
            if not self._silent:
                log.warning("queue away", fault=type(fault).__name__)
            self._silent = True


def main(config: Config) -> None:
    """Until SIGTERM or SIGINT."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    Published(Store(config.database), config).watch_file()
    clock = Clock(Queue(config).tick)
    while not stop.wait(clock.tick()):
        pass
