"""A process that dies where a trap is (`intake.trap`), and what goes on after it."""

from __future__ import annotations

import faulthandler
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import sqlalchemy as sa
import structlog

from intake import claim, trap
from intake.routing.published import Published
from intake.store import Store, letters, outbox
from tests.road import Mailbox, Road
from workers import sweep

Work = Callable[[Road], object]


def dies(road: Road, step: str, work: Work) -> None:
    """Have a process of its own do `work`, with a trap at `step` that kills it."""
    traps = road.config.home / "traps"
    traps.mkdir(exist_ok=True)
    (traps / step).write_text("kill")
    assert ending(road, traps, work) == -signal.SIGKILL, f"nobody reached {step}"


def ending(road: Road, traps: Path, work: Work) -> int:
    """The exit code of a process that does `work` among `traps`; negative: the signal that ended it."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            faulthandler.disable()  # nobody wants to read where a trap was
            structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # the other's lock may be held for ever
            trap.folder = traps
            store = Store(road.config.database)  # no connection survives a fork
            published = Published(store, road.config)
            published.refresh()
            mine = Road(road.config, store, published)
            mine.bench = replace(mine.bench, me=claim.me())
            work(mine)
            mine.queue.close(10)
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@dataclass
class Told:
    """A queue that remembers what the sweeper put into it."""

    put_in: list[tuple[str, Sequence[str]]] = field(default_factory=list)

    def depth(self, _: str = "") -> int:
        return 0

    def put(self, task: str, ids: Sequence[str], _: str = "", *, alone: bool = False) -> None:
        if ids:
            self.put_in += [(task, [one]) for one in ids] if alone else [(task, ids)]


def swept(road: Road) -> list[tuple[str, Sequence[str]]]:
    """What the sweeper hands out."""
    told = Told()
    sweep.sweep(replace(road.bench, queue=told))  # type: ignore[arg-type]
    return told.put_in


def recover(road: Road, work: Callable[[str, Sequence[str]], object] | None = None, rounds: int = 0) -> None:
    """Time passes; the sweeper hands out what it finds, and the workers do it (`work`), until nothing is left to do, or
    so many `rounds`."""
    for _ in range(rounds or 12):
        with road.store.write() as conn:
            for table in (letters, outbox):
                free = table.c.claimed_by.in_(("", claim.PAUSED))
                conn.execute(sa.update(table).where(free).values(due=0))
        handed_out = swept(road)
        if not handed_out:
            return
        for task, ids in handed_out:
            (work or road.do)(task, ids)
    if not rounds:
        raise AssertionError("it goes round for ever")


def is_whole(road: Road) -> bool:
    """Whether every letter is in one state, none waits, and the audit chain is whole."""
    sums = road.sums()
    return sums["difference"] == 0 and not sums.get("waiting") and road.seal().fault == ""


def copies(mailbox: Mailbox, to: str) -> list[int]:
    """How often each message, by its Message-ID, came to `to`."""
    ids = [message["Message-ID"] for message in mailbox.to(to)]
    return sorted(ids.count(one) for one in set(ids))
