"""Messages that this worker has in hand: written by itself a moment ago, or claimed from the outbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from intake.claim import LEASE, claim
from intake.outgoing import Payload
from intake.purpose import Grant, Purpose, grant
from intake.reader import open_key
from intake.store import Row, letters, now, outbox
from workers.bench import Bench

BY = "worker"


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """A row of the outbox, and how its payload is got at (`Tampered` when it is not what was sealed)."""

    id: str
    letter: str
    ticket: str
    kind: str
    side: str
    agency: str
    recipient: str
    attempts: int
    claimed_by: str
    held_because: str | None
    payload: Callable[[], Payload]


_COLUMNS = [outbox.c[name] for name in Message.__slots__ if name != "payload"]


def in_hand(who: str) -> Row:
    """How a row of the outbox is claimed by the worker that writes it: it need not open again what it sealed."""
    return {"attempts": 1, "claimed_by": who, "due": now() + LEASE}


def written(row: Row, payload: Payload) -> Message:
    """The message of a row that is in hand."""
    return _message(row, lambda: payload)


def claimed(bench: Bench, ids: Sequence[str]) -> list[Message]:
    """Those of `ids` that are free, oldest first, with the grants to open them."""
    if not ids:
        return []
    with bench.store.write() as conn:
        mine = claim(conn, outbox, ids, ("queued",), bench.me)
        found = sa.select(*_COLUMNS, outbox.c.sealed, letters.c.kid, letters.c.data_key)
        found = found.join(letters, letters.c.id == outbox.c.letter).where(outbox.c.id.in_(mine))
        rows = list(conn.execute(found.order_by(outbox.c.created)))
        grants = grant(conn, [(row.letter, row.ticket) for row in rows], Purpose.REDIRECT, BY)
    return [_message(dict(row._mapping), partial(_opened, bench, row, grants[row.letter])) for row in rows]


def _message(row: Mapping[str, Any], payload: Callable[[], Payload]) -> Message:
    values: dict[str, Any] = {column.name: row.get(column.name) for column in _COLUMNS}
    return Message(**values, payload=payload)


def _opened(bench: Bench, row: Any, granted: Grant) -> Payload:
    key = open_key(row, bench.vault, granted)
    return Payload.unpack(key.open(f"outbox {row.id}", row.sealed))
