"""The audit trail: what happened to each letter, who did it, in a chain that shows any change.

Writers insert events in their own transaction, so an event stands exactly when the thing happened. One sealer at a
time gives the new ones their position and hash, in batches, within a second: HMAC-SHA256 over the previous hash and
the event, with a key that no door has. The head of the chain is anchored in a file outside the database, so that
cutting off the end shows too. Events hold ids, names of rules and agencies, counts; never anything a citizen wrote.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy import Connection

from intake.durable import sync_folder
from intake.store import Store, events, insert, now, one_at_a_time
from intake.trap import reached

BATCH = 5000
_LOCK = 0x1_A7E5  # of the one sealer
_START = "0" * 64

log = structlog.get_logger("intake.audit")


@dataclass(frozen=True, slots=True)
class Event:
    """`subject` is a letter's id, a ticket's reference, a rules version or a user's id."""

    what: str
    subject: str
    ticket: str | None
    by: str
    detail: dict[str, Any] = field(default_factory=dict)


def record(conn: Connection, happened: Sequence[Event], at: int | None = None) -> None:
    """Insert events in the caller's transaction."""
    at = now() if at is None else at
    insert(
        conn,
        events,
        [
            {
                "at": at,
                "what": e.what,
                "subject": e.subject,
                "ticket": e.ticket,
                "by": e.by,
                "detail": json.dumps(e.detail, separators=(",", ":"), sort_keys=True),
            }
            for e in happened
        ],
    )


def seal(store: Store, key: bytes, anchor: Path) -> int:
    """Chain the events that are not chained yet; how many there were. Safe to call from anywhere at any time.

    `Broken` when the chain in the database is not the one whose head was anchored.
    """
    with store.write() as conn:
        one_at_a_time(conn, _LOCK)
        fresh = conn.execute(
            sa.select(events).where(events.c.position.is_(None)).order_by(events.c.id).limit(BATCH)
        ).all()
        if not fresh:
            return 0
        position, chained = head(conn)
        if fault := _unanchored(conn, anchor):
            raise Broken(fault)  # chaining on would make the change look whole
        rows = []
        for row in fresh:
            position += 1
            chained = _hash(key, chained, position, row)
            rows.append({"row_id": row.id, "position": position, "hash": chained})
        conn.execute(
            sa.update(events)
            .where(events.c.id == sa.bindparam("row_id"))
            .values(position=sa.bindparam("position"), hash=sa.bindparam("hash")),
            rows,
        )
        reached("chain.commit")
    reached("chain.committed")
    _anchor(anchor, position, chained)
    return len(rows)


class Broken(Exception):
    """The chain does not reach its anchor: somebody changed it. Nothing more is chained until a person has looked."""


def _unanchored(conn: Connection, anchor: Path) -> str:
    """Why the chain cannot go on from here; a chain beyond its anchor is what a crash leaves, and fine."""
    anchored = read_anchor(anchor)
    if not anchored:
        return ""
    found = conn.scalar(sa.select(events.c.hash).where(events.c.position == anchored[0]))
    return "" if found == anchored[1] else f"entry {anchored[0]} is not the one that was anchored"


def head(conn: Connection) -> tuple[int, str]:
    """Position and hash of the last chained event; (0, zeros) of an empty chain."""
    last = conn.execute(
        sa.select(events.c.position, events.c.hash)
        .where(events.c.position.is_not(None))
        .order_by(events.c.position.desc())
        .limit(1)
    ).first()
    return (int(last.position), str(last.hash)) if last else (0, _START)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`fault` is empty when the chain is whole; `unsealed` events have no position yet."""

    entries: int
    unsealed: int
    fault: str


def verify(store: Store, key: bytes, anchor: Path) -> Verdict:
    """Walk the whole chain; the fault names the first broken entry."""
    anchored = read_anchor(anchor)  # before the snapshot: sealing goes on meanwhile
    with store.read() as conn:
        unsealed = conn.scalar(sa.select(sa.func.count()).where(events.c.position.is_(None))) or 0
        chained, expected = _START, 1
        rows = conn.execute(sa.select(events).where(events.c.position.is_not(None)).order_by(events.c.position))
        for row in rows.yield_per(1000):
            if row.position != expected:
                return Verdict(expected - 1, unsealed, f"entry {expected} is missing")
            chained = _hash(key, chained, expected, row)
            if not hmac.compare_digest(chained, str(row.hash)):
                return Verdict(expected - 1, unsealed, f"entry {expected} (event {row.id}) was changed")
            if anchored and anchored[0] == expected and anchored[1] != chained:
                return Verdict(expected - 1, unsealed, f"entry {expected} is not the one that was anchored")
            expected += 1
    if anchored and anchored[0] >= expected:
        return Verdict(expected - 1, unsealed, f"entry {expected} and all after it are missing")
    return Verdict(expected - 1, unsealed, "")


def _hash(key: bytes, previous: str, position: int, row: Any) -> str:
    entry = [previous, position, row.at, row.what, row.subject, row.ticket, row.by, row.detail]
    return hmac.new(key, json.dumps(entry).encode(), hashlib.sha256).hexdigest()


def _anchor(path: Path, position: int, chained: str) -> None:
    """Anchor the head unless another sealer on this machine was quicker. What cannot be written now (a full disk) is
    no fault of the chain: one that reaches beyond its anchor is whole, and the next sealing writes it."""
    try:
        found = read_anchor(path)
        if not found or found[0] < position:
            set_anchor(path, position, chained)
    except OSError as fault:
        log.warning("audit anchor not written; it stays behind until the next sealing", fault=type(fault).__name__)


def set_anchor(path: Path, position: int, chained: str) -> None:
    """Anchor this head, whatever was anchored before; on disk when it returns."""
    draft = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    try:
        with draft.open("w") as file:
            file.write(f"{position} {chained}\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def read_anchor(path: Path) -> tuple[int, str] | None:
    """Position and hash of the head that was anchored; None before the first time."""
    try:
        position, chained = path.read_text().split()
        return int(position), chained
    except FileNotFoundError:
        return None
    except ValueError:
        return (1, "the anchor file is damaged")
