"""Yesterday's letters under a draft: asking for a replay of past letters, following it, and what it found.

What happened to a letter is what stands on its ticket; beside it stands what the draft would do. The workers open the
letters (`workers/replay.py`); here are references, agencies, names of rules and counts, and nothing that a letter says.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from intake import audit
from intake.routing.rules import Rules
from intake.store import DAY, Row, insert, letters, now, replayed, replays, tickets

KEPT = 7 * DAY
REFUSED = "(refused)"
"""In the place of an agency."""
HELD, URGENT, COPY, SOONER, LATER = (
    " (held)",
    " (urgent)",
    " (copy to {})",
    " (answer due sooner)",
    " (answer due later)",
)
"""Behind one: what happens besides."""
UNFINISHED = ("asked", "running")
SOON = 5_000  # ms; whoever asks tells the queue at once, and if that is away the sweeper finds it


@dataclass(frozen=True, slots=True)
class Replay:
    """How far it is: `done` of `total` letters, of which `unread` could not be read. `version` is the draft's; `state`
    is asked, running, done, or failed (this program cannot read the draft). `chosen`: how many a person had placed."""

    id: str
    version: str
    since: int
    by: str
    asked: int
    state: str
    total: int
    done: int
    unread: int
    chosen: int

    @property
    def unfinished(self) -> bool:
        """Whether a worker still has to do something."""
        return self.state in UNFINISHED


@dataclass(frozen=True, slots=True)
class Moved:
    """A ticket whose letter the draft sends elsewhere or treats otherwise: where it was and by which rule, and where it
    would be, each with what happens besides. `chosen`: a person had placed it."""

    ref: str
    was: str
    was_by: str
    now: str
    now_by: str
    chosen: bool


_REPLAY = [replays.c[name] for name in Replay.__slots__]
_MOVED = [replayed.c[name] for name in Moved.__slots__]


def ask(conn: Connection, rules: Rules, since: int, by: str, limit: int | None = None, kind: str = "replay") -> Replay:
    """Have the letters received from `since` (ms) on replayed under `rules`, the newest `limit` of them; the queue is
    told by whoever asks. `kind` suggest: have them teach the rules something."""
    until = now()
    if limit:
        since = _newest(conn, since, until, limit)
    query = sa.select(sa.func.count()).select_from(letters.join(tickets, OPENED))
    total = conn.scalar(query.where(*decided_in(since, until))) or 0
    row: Row = {
        "id": secrets.token_hex(4),
        "kind": kind,
        "version": rules.version,
        "source": rules.source,
        "since": since,
    }
    row |= {"until": until, "by": by, "asked": until, "state": "asked" if total else "done", "total": total, "done": 0}
    row |= {"unread": 0, "chosen": 0, "last": "", "attempts": 0, "due": until + SOON}
    insert(conn, replays, [row])
    asked = {"replay": row["id"], "since": since, "letters": total}
    audit.record(conn, [audit.Event(f"{kind} asked", rules.version, None, by, asked)])
    return Replay(*(row[name] for name in Replay.__slots__))


OPENED = sa.and_(tickets.c.ref == letters.c.ticket, tickets.c.letter == letters.c.id)
"""The ticket that a letter opened."""


def decided_in(since: int, until: int) -> Iterable[ColumnElement[bool]]:
    """Citizens' letters of that time for which an agency was decided, and that can still be opened."""
    yield from (
        letters.c.kind == "new",
        letters.c.state.in_(("done", "held", "refused")),
        letters.c.data_key.is_not(None),
    )
    yield letters.c.target.not_like("copy to %")  # no rule decided where it goes
    yield from (letters.c.received >= since, letters.c.received < until, tickets.c.agency.is_not(None))


def _newest(conn: Connection, since: int, until: int, limit: int) -> int:
    """From when on at most `limit` letters were received."""
    query = sa.select(letters.c.received).select_from(letters.join(tickets, OPENED)).where(*decided_in(since, until))
    beyond = conn.scalar(query.order_by(letters.c.received.desc()).offset(limit).limit(1))
    return since if beyond is None else int(beyond) + 1


def find(conn: Connection, ident: str) -> Replay | None:
    """How far a replay is; None when there is none, or it was too long ago."""
    row = conn.execute(sa.select(*_REPLAY).where(replays.c.id == ident)).first()
    return Replay(*row) if row else None


def moved(conn: Connection, ident: str) -> list[Moved]:
    """The letters that move, as far as it is: those that a person had placed last."""
    query = sa.select(*_MOVED).where(replayed.c.replay == ident)
    order = (replayed.c.chosen, replayed.c.was, replayed.c.now, replayed.c.ref)
    return [Moved(*row) for row in conn.execute(query.order_by(*order))]


def result(conn: Connection, ident: str) -> dict[str, Any]:
    """What is suggested: `vocabulary` and `topics` with the references of letters that support each, and how many of
    those letters go `right`, `wrong` and to `general` before and after."""
    return dict(json.loads(conn.scalar(sa.select(replays.c.result).where(replays.c.id == ident)) or "{}"))


def moves(letters_: Iterable[Moved]) -> list[tuple[str, str, int]]:
    """(from, to, how many), most first."""
    counted = Counter((one.was, one.now) for one in letters_)
    return [(was, to, count) for (was, to), count in sorted(counted.items(), key=lambda one: (-one[1], one[0]))]


def forget_old(conn: Connection) -> None:
    """Delete what was asked for more than a week ago."""
    old = sa.select(replays.c.id).where(replays.c.asked < now() - KEPT)
    conn.execute(sa.delete(replayed).where(replayed.c.replay.in_(old)))
    conn.execute(sa.delete(replays).where(replays.c.id.in_(old)))
