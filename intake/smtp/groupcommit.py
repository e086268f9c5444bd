"""Group commit: many sessions, one transaction, one fsync; and nobody is told 250 before it.

A thread commits what has gathered while it committed the last. It outlives every fault: one that ended would keep
all later letters waiting.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

import structlog

from intake.door import Accepted
from intake.errors import Deferred, StoreBusy

GROUP = 50  # letters a commit
HEARTBEAT_SECONDS = 5.0

log = structlog.get_logger("intake.groupcommit")


class GroupCommit:
    """One thread commits what has gathered while it committed the last: many letters, one fsync, no waiting."""

    longest = 120.0  # seconds at one thing; a store that is away says so sooner (StoreBusy)

    def __init__(self, commit: Callable[[list[Accepted]], None], idle: Callable[[], None]) -> None:
        self._commit, self._idle = commit, idle
        self._waiting: SimpleQueue[tuple[Accepted, asyncio.Future[None]] | None] = SimpleQueue()
        self._since: float | None = None  # it has something in hand
        self._thread = threading.Thread(target=self._run, name="commit", daemon=True)
        self._thread.start()

    async def __call__(self, accepted: Accepted) -> None:
        """Return when `accepted` is durable; raise what the store raised."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.put((accepted, done))
        await done

    def works(self) -> bool:
        """Whether the thread lives, and does not hang."""
        since = self._since
        return self._thread.is_alive() and (since is None or time.monotonic() - since < self.longest)

    def close(self) -> None:
        """Commit what waits, then end."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        last = -HEARTBEAT_SECONDS
        while True:
            if time.monotonic() - last >= HEARTBEAT_SECONDS:
                self._since = last = time.monotonic()
                self._rest()
            self._since = None
            group = self._gather()
            if group is None:
                return
            if group:
                self._since = time.monotonic()
                self._settle(group)

    def _rest(self) -> None:
        try:
            self._idle()
        except Exception as problem:  # noqa: BLE001 - the edge: a thread that ended here would keep every letter waiting
            log.warning("no sign of life", fault=type(problem).__name__)

    def _gather(self) -> list[tuple[Accepted, asyncio.Future[None]]] | None:
        try:
            first = self._waiting.get(timeout=HEARTBEAT_SECONDS)
        except Empty:
            return []
        group = []
        while first is not None:
            group.append(first)
            if len(group) == GROUP or self._waiting.empty():
                return group
            first = self._waiting.get()
        self._waiting.put(None)  # told to end: settle these first
        return group or None

    def _settle(self, group: list[tuple[Accepted, asyncio.Future[None]]]) -> None:
        try:
            self._commit([accepted for accepted, _ in group])
            fault: Exception | None = None
        except Exception as problem:  # noqa: BLE001 - the edge: whatever it was, the clients are told to come back
            if len(group) > 1 and not isinstance(problem, StoreBusy):  # only what does not fit is refused
                for one in group:
                    self._settle([one])
                return
            log.error("commit failed", letters=len(group), fault=type(problem).__name__)
            fault = problem if isinstance(problem, Deferred) else Deferred()
        waiting = [done for _, done in group]
        waiting[0].get_loop().call_soon_threadsafe(_resolve, waiting, fault)


def _resolve(waiting: list[asyncio.Future[None]], fault: Exception | None) -> None:
    for done in waiting:
        if done.done():  # the client has gone, or was told to come back
            continue
        if fault:
            done.set_exception(fault)
        else:
            done.set_result(None)
