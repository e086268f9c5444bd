"""Delivery: messages of the outbox, checked on their finished bytes, to the smarthost or the local Maildir."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
import structlog
from billiard.exceptions import SoftTimeLimitExceeded
from sqlalchemy import Connection, Row

from intake import audit, consent, reason, suppression
from intake.claim import ATTEMPTS, PAUSED, claim, give_back
from intake.courier import TRIES, Delivery, Result, pause
from intake.errors import Deferred
from intake.hold.onward import write_anew
from intake.outgoing import WORDS, Payload
from intake.purpose import Grant, Purpose, grant
from intake.reader import open_key
from intake.store import letters, now, outbox, tickets, update
from intake.ticket import settle
from intake.trap import reached
from intake.vault import Tampered
from workers.bench import Bench
from workers.step import BY, RETRY

LONGEST = 60.0  # seconds a batch may take

log = structlog.get_logger("workers.deliver")


@dataclass(frozen=True, slots=True)
class _Batch:
    """What was claimed, the grants to open it, and which of it must wait."""

    rows: list[Row[Any]]
    grants: dict[str, Grant]
    early: set[str]

    @classmethod
    def claim(cls, bench: Bench, ids: Sequence[str]) -> _Batch:
        with bench.store.write() as conn:
            rows = _fetch(conn, claim(conn, outbox, ids, ("queued",), bench.me))
            grants = grant(conn, [(r.letter, r.ticket) for r in rows], Purpose.REDIRECT, BY)
            return cls(rows, grants, _early(conn, rows))

    def send(self, bench: Bench, row: Row[Any], tired: str) -> Delivery:
        """Send it, if nothing stands against it. `tired`: why nothing more is sent now."""
        if tired or row.id in self.early:
            return Delivery(Result.LATER, tired or reason.NOT_YET)
        return _send(bench, row, self.grants[row.letter])


def deliver(bench: Bench, ids: Sequence[str]) -> None:
    """Claim, send and record `ids`, each for itself.

    What was sent is written down at least every second, so that a crash sends no more than that again; after
    `LONGEST` seconds, or when there is no connection to be had, the rest is given back. So it is when the task's time
    is up: then the message in hand has perhaps been sent, and counts as if its worker had died on it.
    """
    if not ids:
        return
    start = last = time.monotonic()
    batch = _Batch.claim(bench, ids)
    reached("deliver.claimed", *(row.id for row in batch.rows))
    done: list[tuple[Row[Any], Delivery]] = []
    begun, away = 0, ""
    try:
        for row in batch.rows:
            begun += 1
            tired = away or ("others took too long" if time.monotonic() - start > LONGEST else "")
            delivery = batch.send(bench, row, tired)
            away = delivery.because if delivery.away else away
            if delivery.result is Result.SENT:
                reached("deliver.accepted", row.id)
            done.append((row, delivery))
            if time.monotonic() - last > 1:
                _record_all(bench, done)
                done, last = [], time.monotonic()
        _record_all(bench, done)
    except SoftTimeLimitExceeded:
        _record_all(bench, done)
        _give_back(bench, batch.rows[:begun][-1:], batch.rows[begun:])
        return
    if batch.rows:
        deliver(bench, _due_now(bench, [r.letter for r in batch.rows if r.kind == "redirect"]))
        log.info("delivered", messages=len(batch.rows), seconds=round(time.monotonic() - start, 3))


def _early(conn: Connection, rows: Sequence[Row[Any]]) -> set[str]:
    """The additions whose letter has not gone to the agency yet: it gets the story in order."""
    added = [row for row in rows if row.kind == "follow-up"]
    if not added:
        return set()
    refs = {row.ticket for row in added}
    unsent = outbox.c.ticket.in_(refs), outbox.c.kind == "redirect", outbox.c.state.in_(("queued", "held"))
    unread = letters.c.ticket.in_(refs), letters.c.kind == "new", letters.c.state.in_(("waiting", "held"))
    waiting = sa.union(sa.select(outbox.c.ticket).where(*unsent), sa.select(letters.c.ticket).where(*unread))
    early = set(conn.execute(waiting).scalars())
    return {row.id for row in added if row.ticket in early}


def _give_back(bench: Bench, in_hand: Sequence[Row[Any]], rest: Sequence[Row[Any]]) -> None:
    """The time is up: the message in hand is tried again and counts, if it was not recorded; the rest was not begun."""
    log.error("out of time", messages=[row.id for row in in_hand], rest=len(rest))
    try:
        with bench.store.write() as conn:
            give_back(conn, outbox, [row.id for row in in_hand], bench.me, RETRY)
            give_back(conn, outbox, [row.id for row in rest], bench.me, RETRY, uncounted=True)
    except Deferred as fault:
        log.warning("store away; the claims end by themselves", fault=type(fault).__name__)


def _due_now(bench: Bench, redirected: Sequence[str]) -> list[str]:
    """The acknowledgements that waited until their letters had arrived."""
    if not redirected:
        return []
    query = sa.select(outbox.c.id).where(
        outbox.c.letter.in_(list(redirected)), outbox.c.kind == "acknowledgement", outbox.c.state == "queued"
    )
    with bench.store.read() as conn:
        return list(conn.execute(query).scalars())


def _record_all(bench: Bench, done: list[tuple[Row[Any], Delivery]]) -> None:
    try:
        with bench.store.write() as conn:
            _record(conn, done)
            reached("deliver.commit")
        reached("deliver.committed")
    except Deferred as fault:
        # Not written down: they go out again when the claim ends, under the same Message-ID.
        log.error("delivery not recorded", messages=len(done), fault=type(fault).__name__)


def _fetch(conn: Connection, ids: Sequence[str]) -> list[Row[Any]]:
    return list(
        conn.execute(
            sa.select(outbox, letters.c.kid, letters.c.data_key)
            .join(letters, letters.c.id == outbox.c.letter)
            .where(outbox.c.id.in_(list(ids)))
            .order_by(outbox.c.created)
        )
    )


def _send(bench: Bench, row: Row[Any], granted: Grant) -> Delivery:
    if row.attempts > ATTEMPTS and row.held_because is None:  # claimed so often, and never written down what came of it
        return Delivery(Result.HELD, reason.MAYBE_SENT)
    try:
        key = open_key(row, bench.vault, granted)
        payload = Payload.unpack(key.open(f"outbox {row.id}", row.sealed))
        box = row.agency if row.side == "agency" else "citizens"
        return _against(bench, row, payload) or bench.courier.deliver(payload, box)
    except Tampered:
        return Delivery(Result.HELD, reason.TAMPERED)
    except SoftTimeLimitExceeded:
        raise
    except (Deferred, OSError) as fault:  # the machine's trouble is not the message's
        return Delivery(Result.LATER, type(fault).__name__)
    except Exception as fault:  # noqa: BLE001 - the edge: one message may not stop the others
        log.error("message failed", message=row.id, fault=type(fault).__name__)
        return Delivery(
            Result.HELD if row.attempts >= ATTEMPTS else Result.LATER, f"{reason.POISON}{type(fault).__name__}"
        )


def _against(bench: Bench, row: Row[Any], payload: Payload) -> Delivery | None:
    """What the citizen has said against it; asked right before it leaves, because a batch may take a minute."""
    if row.side == "citizen":
        with bench.store.read() as conn:
            if suppression.among(conn, [row.recipient]):
                return Delivery(Result.KEPT, reason.UNWANTED)
    elif payload.consented:
        with bench.store.read() as conn:
            if row.agency not in consent.among(conn, [row.ticket]).get(row.ticket, ()):
                return Delivery(Result.HELD, reason.TAKEN_BACK)
    return None


def _record(conn: Connection, done: Sequence[tuple[Row[Any], Delivery]]) -> None:
    """Write down what became of messages, and what follows for their tickets."""
    ids = [row.id for row, _ in done]
    at = sa.select(outbox.c.id, outbox.c.state, outbox.c.claimed_by).where(outbox.c.id.in_(ids))
    now_ = {one.id: one for one in conn.execute(at.order_by(outbox.c.id).with_for_update())}
    written = _Written()
    for row, delivery in done:
        taken_back = now_[row.id].state == "withdrawn" and delivery.result is Result.SENT  # too late, and on record
        if taken_back or (now_[row.id].state, now_[row.id].claimed_by) == ("queued", row.claimed_by):
            written.add(conn, row, delivery, taken_back)
    written.commit(conn)


@dataclass(slots=True)
class _Written:
    """What is to be written about a batch."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    events: list[audit.Event] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)  # letters that are with their agencies
    moved: set[str] = field(default_factory=set)  # tickets whose state may follow

    def add(self, conn: Connection, row: Row[Any], delivery: Delivery, taken_back: bool) -> None:
        result, because = delivery.result, delivery.because
        if result is Result.KEPT and row.kind in WORDS:
            if because == reason.UNWANTED and _is_of_holder(conn, row):
                write_anew(conn, [row])  # by who tells the agency, as if it had come after "never write to me again"
                self.moved.add(row.ticket)
                return
            result = Result.HELD  # a person must know of it
        values = {"id": row.id, "claimed_by": "", "state": str(result), "held_because": because}
        if result is Result.HELD and row.kind not in WORDS and because.startswith(reason.SMARTHOST):
            values["state"] = "bounced"  # nobody can do anything about it, and nobody waits for it
        what = {Result.SENT: "sent", Result.HELD: "held", Result.KEPT: "kept"}.get(result)
        if result is Result.SENT:
            values |= {"sent": now(), "held_because": None}
        elif result is Result.LATER:
            late = row.attempts >= TRIES
            values |= {"state": "held" if late else "queued", "due": now() + pause(row.attempts), "claimed_by": PAUSED}
            what = "held" if late else None
        self.messages.append(values)
        if not what:
            return
        detail = {"message": row.id, "kind": row.kind, "side": row.side, "agency": row.agency, "because": because}
        if row.attempts > 1 and row.held_because is None:
            detail["maybe_sent_before"] = True  # an earlier try was never written down
        self.events.append(audit.Event(_named(what, row), row.letter, row.ticket, BY, detail))
        if row.kind == "redirect" and result is Result.SENT and not taken_back:
            self.arrived.append(row.letter)
        if row.kind in WORDS:
            self.moved.add(row.ticket)

    def commit(self, conn: Connection) -> None:
        update(conn, outbox, outbox.c.id, self.messages)
        audit.record(conn, self.events)
        if self.arrived:
            acknowledgements = sa.and_(outbox.c.letter.in_(self.arrived), outbox.c.state == "later")
            conn.execute(sa.update(outbox).where(acknowledgements).values(state="queued", due=now()))
        settle(conn, *self.moved)


def _is_of_holder(conn: Connection, row: Row[Any]) -> bool:
    """Whether the agency that it is of still has the ticket."""
    return bool(conn.scalar(sa.select(tickets.c.agency).where(tickets.c.ref == row.ticket)) == row.agency)


def _named(what: str, row: Row[Any]) -> str:
    return "delivered" if what == "sent" and row.kind == "redirect" else f"{row.kind} {what}"
