"""Claims: which worker has a letter (or an outgoing message) in hand, so that many hands never do it twice.

A claim counts the attempt before the work and is written down with the worker's name and an end. Results are
committed only by whoever still holds the claim; a message delivered fifty times is claimed once. A row that kills
its worker three times is held for a person, and the others flow: one that may have killed it once is taken alone, so
that it takes no others with it.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table

from intake.heartbeat import HOST
from intake.store import now

ATTEMPTS = 3
LEASE = 300_000  # ms; longer than the hard time limit of a task

PAUSED = "-"  # nobody has it, and nobody may before it is due


def me() -> str:
    """This process, so that another on the same machine can see whether it still lives."""
    return f"{HOST}:{os.getpid()}:{_started(os.getpid())}"


def alive(who: str) -> bool:
    """Whether the claimant lives; one on another machine is believed to, until its claim ends."""
    host, _, rest = who.rpartition(":")[0].rpartition(":")
    return who == PAUSED or host != HOST or _started(int(rest)) == who.rpartition(":")[2]


def _started(pid: int) -> str:
    """When the process started, in clock ticks since boot (proc(5), field 22): pids come again, this does not; ""
    when it has ended, of a zombie too."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state in "ZX" else rest[18]


def suspect(row: Any) -> bool:
    """Whether a row of letters or messages was begun, and nothing is written of how that ended."""
    return bool(row.attempts) and row.held_because is None


def claim(conn: Connection, table: Table, ids: Collection[str], states: Collection[str], who: str) -> list[str]:
    """Take what is free among `ids`, or one suspect alone; counts the attempt. Returns the ids that are ours now."""
    at = now()
    free = (
        sa.select(table.c.id, table.c.attempts, table.c.held_because)
        .where(
            table.c.id.in_(list(ids)),
            table.c.state.in_(list(states)),
            sa.or_(table.c.claimed_by == "", table.c.due <= at),
        )
        .with_for_update(skip_locked=True)
    )
    found = list(conn.execute(free))
    mine = [row.id for row in found if not suspect(row)] or [row.id for row in found[:1]]
    if mine:
        conn.execute(
            sa.update(table)
            .where(table.c.id.in_(mine))
            .values(attempts=table.c.attempts + 1, claimed_by=who, due=at + LEASE)
        )
    return mine


def still_mine(conn: Connection, table: Table, ids: Collection[str], who: str) -> set[str]:
    """Those of `ids` whose claim nobody took over meanwhile; locked until the transaction ends."""
    held = sa.select(table.c.id).where(table.c.id.in_(list(ids)), table.c.claimed_by == who).with_for_update()
    return set(conn.execute(held).scalars())


def give_back(
    conn: Connection, table: Table, ids: Collection[str], who: str, wait: int, *, uncounted: bool = False
) -> None:
    """Let others have what `who` still holds of `ids`, after `wait` ms and not before; `uncounted` when the fault
    was ours and not the row's."""
    attempts = table.c.attempts - 1 if uncounted else table.c.attempts
    held = sa.update(table).where(table.c.id.in_(list(ids)), table.c.claimed_by == who)
    conn.execute(held.values(claimed_by=PAUSED, due=now() + wait, attempts=attempts))


def free_the_dead(conn: Connection, table: Table, states: Collection[str]) -> int:
    """Give back what processes of this machine held when they died; how many rows."""
    claimants = conn.execute(
        sa.select(table.c.claimed_by).where(table.c.state.in_(list(states)), table.c.claimed_by != "").distinct()
    ).scalars()
    dead = [who for who in claimants if not alive(who)]
    if not dead:
        return 0
    freed = conn.execute(
        sa.update(table)
        .where(table.c.claimed_by.in_(dead), table.c.state.in_(list(states)))
        .values(claimed_by="", due=now())
    )
    return int(freed.rowcount)
