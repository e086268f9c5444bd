"""Figures of the store as it is now, for `intake doctor` and the metrics.

Each is read from an index, so that a store of a million letters answers as fast as an empty one: what is asked is what
waits, not what is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table

from intake.store import events, heartbeats, letters, outbox, tickets
from intake.ticket import UNANSWERED

PROCESSES = ("smtp", "web", "desk", "worker")
"""The processes that give a sign of life in the store."""
OPEN = ("later", "queued", "held", "bounced")
"""States of a message that is not where it should be."""


@dataclass(frozen=True, slots=True)
class Pile:
    """So many of something, and since when (milliseconds since 1970) the oldest is there."""

    number: int
    since: int | None = None

    def seconds(self, at: int) -> float:
        """How long the oldest is there; 0 when there is none."""
        return max(0, at - self.since) / 1000 if self.since is not None else 0.0


@dataclass(frozen=True, slots=True)
class Messages:
    """Outgoing messages of one state, for one side of one agency's tickets. `again`: tried more than once."""

    state: str
    side: str
    agency: str
    pile: Pile
    again: int


def waiting(conn: Connection) -> Pile:
    """Letters that nobody has worked on yet."""
    row = conn.execute(_pile(letters.c.received).where(letters.c.state == "waiting")).one()
    return Pile(row.n, row.oldest)


def urgent(conn: Connection, at: int) -> tuple[Pile, int]:
    """Urgent tickets whose citizen waits, and how many of them should have had their answer by `at`."""
    late = sa.func.coalesce(sa.func.sum(sa.case((tickets.c.due < at, 1), else_=0)), 0).label("late")
    waits = tickets.c.priority.is_not(None), tickets.c.state.in_(UNANSWERED)
    row = conn.execute(_pile(tickets.c.received).add_columns(late).where(*waits)).one()
    return Pile(row.n, row.oldest), int(row.late)


def outgoing(conn: Connection) -> list[Messages]:
    """Messages that have not arrived."""
    again = sa.func.sum(sa.case((outbox.c.attempts > 1, 1), else_=0)).label("again")
    by = outbox.c.state, outbox.c.side, outbox.c.agency
    query = _pile(outbox.c.created).add_columns(again, *by).where(outbox.c.state.in_(OPEN)).group_by(*by)
    return [Messages(r.state, r.side, r.agency, Pile(r.n, r.oldest), r.again) for r in conn.execute(query)]


def held(conn: Connection) -> dict[str, Pile]:
    """Letters and messages that wait for a person, by why."""
    found: dict[str, Pile] = {}
    for table, since in ((letters, letters.c.received), (outbox, outbox.c.created)):
        because = table.c.held_because
        for row in conn.execute(_pile(since).add_columns(because).where(table.c.state == "held").group_by(because)):
            known = found.get(row.held_because or "", Pile(0))
            oldest = row.oldest if known.since is None else min(known.since, row.oldest)
            found[row.held_because or ""] = Pile(known.number + row.n, oldest)
    return found


def keys_needed(conn: Connection) -> set[str]:
    """Ids of the private keys that are needed for the letters which are not done."""
    open_ = sa.select(letters.c.kid).where(letters.c.state.in_(("waiting", "held")))
    return set(conn.execute(open_.distinct()).scalars())


def signs_of_life(conn: Connection) -> dict[str, int]:
    """When each process last said that it lives; 0 for one that never did."""
    newest = sa.func.max(heartbeats.c.at).label("at")  # of all machines
    seen = sa.select(heartbeats.c.name, newest).where(heartbeats.c.name.in_(PROCESSES)).group_by(heartbeats.c.name)
    return dict.fromkeys(PROCESSES, 0) | {row.name: row.at for row in conn.execute(seen)}


def unchained(conn: Connection) -> Pile:
    """Events of the audit trail that have no place in the chain yet."""
    row = conn.execute(_pile(events.c.at).where(events.c.position.is_(None))).one()
    return Pile(row.n, row.oldest)


def newest(conn: Connection) -> int:
    """When the latest event was written down; 0 when there is none."""
    return conn.scalar(sa.select(events.c.at).order_by(events.c.id.desc()).limit(1)) or 0


def by_state(conn: Connection, table: Table) -> dict[str, int]:
    """All rows of a table by state. This one walks a whole index."""
    counted = sa.select(table.c.state, sa.func.count().label("n")).group_by(table.c.state)
    return {row.state: row.n for row in conn.execute(counted)}


def _pile(since: sa.ColumnElement[int]) -> sa.Select[Any]:
    columns: list[sa.ColumnElement[Any]] = [sa.func.count().label("n"), sa.func.min(since).label("oldest")]
    return sa.select(*columns)
