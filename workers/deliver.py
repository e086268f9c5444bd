"""Delivery: messages of the outbox, checked on their finished bytes, to the smarthost or the local Maildir."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
import structlog
from billiard.exceptions import SoftTimeLimitExceeded
from sqlalchemy import Connection

from intake import audit, consent, reason, suppression
from intake.claim import ATTEMPTS, PAUSED, give_back
from intake.courier import TRIES, Delivery, Result, pause
from intake.errors import Deferred
from intake.hold.onward import write_anew
from intake.outgoing import WORDS, Payload
from intake.store import letters, now, outbox, tickets, update
from intake.ticket import settle
from intake.trap import reached
from intake.vault import Tampered
from workers.bench import Bench
from workers.message import BY, Message, claimed
from workers.step import RETRY

LONGEST = 60.0  # seconds a batch may take

log = structlog.get_logger("workers.deliver")


def deliver(bench: Bench, messages: Sequence[Message]) -> None:
    """Send messages that are in hand and record what became of them, each for itself.

    What was sent is written down at least every second, so that a crash sends no more than that again; after
    `LONGEST` seconds, or when there is no connection to be had, the rest is given back. So it is when the task's time
    is up: then the message in hand has perhaps been sent, and counts as if its worker had died on it.
    """
    if not messages:
        return
    start = last = time.monotonic()
    reached("deliver.claimed", *(message.id for message in messages))
    done: list[tuple[Message, Delivery]] = []
    begun, away = 0, ""
    try:
        early = _early(bench, messages)
        for message in messages:
            begun += 1
            tired = away or ("others took too long" if time.monotonic() - start > LONGEST else "")
            tired = tired or (reason.NOT_YET if message.id in early else "")
            delivery = Delivery(Result.LATER, tired) if tired else _send(bench, message)
            away = delivery.because if delivery.away else away
            if delivery.result is Result.SENT:
                reached("deliver.accepted", message.id)
            done.append((message, delivery))
            if time.monotonic() - last > 1:
                _record_all(bench, done)
                done, last = [], time.monotonic()
        _record_all(bench, done)
    except SoftTimeLimitExceeded:
        _record_all(bench, done)
        _give_back(bench, messages[:begun][-1:], messages[begun:])
        return
    log.info("delivered", messages=len(messages), seconds=round(time.monotonic() - start, 3))
    deliver(bench, claimed(bench, _due_now(bench, [m.letter for m in messages if m.kind == "redirect"])))


def _early(bench: Bench, messages: Sequence[Message]) -> set[str]:
    """The additions whose letter has not gone to the agency yet: it gets the story in order."""
    added = [message for message in messages if message.kind == "follow-up"]
    if not added:
        return set()
    refs = {message.ticket for message in added}
    unsent = outbox.c.ticket.in_(refs), outbox.c.kind == "redirect", outbox.c.state.in_(("queued", "held"))
    unread = letters.c.ticket.in_(refs), letters.c.kind == "new", letters.c.state.in_(("waiting", "held"))
    waiting = sa.union(sa.select(outbox.c.ticket).where(*unsent), sa.select(letters.c.ticket).where(*unread))
    with bench.store.read() as conn:
        early = set(conn.execute(waiting).scalars())
    return {message.id for message in added if message.ticket in early}


def _give_back(bench: Bench, in_hand: Sequence[Message], rest: Sequence[Message]) -> None:
    """The time is up: the message in hand is tried again and counts, if it was not recorded; the rest was not begun."""
    log.error("out of time", messages=[message.id for message in in_hand], rest=len(rest))
    try:
        with bench.store.write() as conn:
            give_back(conn, outbox, [message.id for message in in_hand], bench.me, RETRY)
            give_back(conn, outbox, [message.id for message in rest], bench.me, RETRY, uncounted=True)
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


def _record_all(bench: Bench, done: list[tuple[Message, Delivery]]) -> None:
    try:
        with bench.store.write() as conn:
            _record(conn, done)
            reached("deliver.commit")
        reached("deliver.committed")
    except Deferred as fault:
        # Not written down: they go out again when the claim ends, under the same Message-ID.
        log.error("delivery not recorded", messages=len(done), fault=type(fault).__name__)


def _send(bench: Bench, message: Message) -> Delivery:
    if message.attempts > ATTEMPTS and message.held_because is None:  # claimed so often, and never written down
        return Delivery(Result.HELD, reason.MAYBE_SENT)
    try:
        payload = message.payload()
        box = message.agency if message.side == "agency" else "citizens"
        return _against(bench, message, payload) or bench.courier.deliver(payload, box)
    except Tampered:
        return Delivery(Result.HELD, reason.TAMPERED)
    except SoftTimeLimitExceeded:
        raise
    except (Deferred, OSError) as fault:  # the machine's trouble is not the message's
        return Delivery(Result.LATER, type(fault).__name__)
    except Exception as fault:  # noqa: BLE001 - the edge: one message may not stop the others
        log.error("message failed", message=message.id, fault=type(fault).__name__)
        return Delivery(
            Result.HELD if message.attempts >= ATTEMPTS else Result.LATER, f"{reason.POISON}{type(fault).__name__}"
        )


def _against(bench: Bench, message: Message, payload: Payload) -> Delivery | None:
    """What the citizen has said against it; asked right before it leaves, because a batch may take a minute."""
    if message.side == "citizen":
        with bench.store.read() as conn:
            if suppression.among(conn, [message.recipient]):
                return Delivery(Result.KEPT, reason.UNWANTED)
    elif payload.consented:
        with bench.store.read() as conn:
            if message.agency not in consent.among(conn, [message.ticket]).get(message.ticket, ()):
                return Delivery(Result.HELD, reason.TAKEN_BACK)
    return None


def _record(conn: Connection, done: Sequence[tuple[Message, Delivery]]) -> None:
    """Write down what became of messages, and what follows for their tickets."""
    ids = [message.id for message, _ in done]
    at = sa.select(outbox.c.id, outbox.c.state, outbox.c.claimed_by).where(outbox.c.id.in_(ids))
    now_ = {one.id: one for one in conn.execute(at.order_by(outbox.c.id).with_for_update())}
    written = _Written()
    for message, delivery in done:
        taken_back = now_[message.id].state == "withdrawn" and delivery.result is Result.SENT  # too late, and on record
        if taken_back or (now_[message.id].state, now_[message.id].claimed_by) == ("queued", message.claimed_by):
            written.add(conn, message, delivery, taken_back)
    written.commit(conn)


@dataclass(slots=True)
class _Written:
    """What is to be written about a batch."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    events: list[audit.Event] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)  # letters that are with their agencies
    moved: set[str] = field(default_factory=set)  # tickets whose state may follow

    def add(self, conn: Connection, message: Message, delivery: Delivery, taken_back: bool) -> None:
        result, because = delivery.result, delivery.because
        if result is Result.KEPT and message.kind in WORDS:
            if because == reason.UNWANTED and _is_of_holder(conn, message):
                write_anew(
                    conn, [message]
                )  # by who tells the agency, as if it had come after "never write to me again"
                self.moved.add(message.ticket)
                return
            result = Result.HELD  # a person must know of it
        values: dict[str, Any] = {"id": message.id, "claimed_by": "", "state": str(result), "held_because": because}
        if result is Result.HELD and message.kind not in WORDS and because.startswith(reason.SMARTHOST):
            values["state"] = "bounced"  # nobody can do anything about it, and nobody waits for it
        what = {Result.SENT: "sent", Result.HELD: "held", Result.KEPT: "kept"}.get(result)
        if result is Result.SENT:
            values |= {"sent": now(), "held_because": None}
        elif result is Result.LATER:
            late = message.attempts >= TRIES
            values |= {
                "state": "held" if late else "queued",
                "due": now() + pause(message.attempts),
                "claimed_by": PAUSED,
            }
            what = "held" if late else None
        self.messages.append(values)
        if not what:
            return
        detail: dict[str, Any] = {
            "message": message.id,
            "kind": message.kind,
            "side": message.side,
            "agency": message.agency,
            "because": because,
        }
        if message.attempts > 1 and message.held_because is None:
            detail["maybe_sent_before"] = True  # an earlier try was never written down
        self.events.append(audit.Event(_named(what, message), message.letter, message.ticket, BY, detail))
        if message.kind == "redirect" and result is Result.SENT and not taken_back:
            self.arrived.append(message.letter)
        if message.kind in WORDS:
            self.moved.add(message.ticket)

    def commit(self, conn: Connection) -> None:
        update(conn, outbox, outbox.c.id, self.messages)
        audit.record(conn, self.events)
        if self.arrived:
            acknowledgements = sa.and_(outbox.c.letter.in_(self.arrived), outbox.c.state == "later")
            conn.execute(sa.update(outbox).where(acknowledgements).values(state="queued", due=now()))
        settle(conn, *self.moved)


def _is_of_holder(conn: Connection, message: Message) -> bool:
    """Whether the agency that it is of still has the ticket."""
    return bool(conn.scalar(sa.select(tickets.c.agency).where(tickets.c.ref == message.ticket)) == message.agency)


def _named(what: str, message: Message) -> str:
    return "delivered" if what == "sent" and message.kind == "redirect" else f"{message.kind} {what}"
