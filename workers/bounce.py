"""Mail to the envelope sender of something we sent: consumed, on the record, never passed on.

A bounce may hold the address that it could not reach, so nothing of it goes anywhere. Absence notes come here too
(RFC 3834 §4), and reports of a delay: only a failure moves the ticket.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import hold, notes, reason
from intake.claim import PAUSED
from intake.courier import pause
from intake.errors import NotYet
from intake.machine import Failure, failure
from intake.mime import Unreadable
from intake.purpose import Grant
from intake.reader import Opened
from intake.routing import Rules
from intake.store import events, now, outbox, tickets
from intake.ticket import settle
from workers import step
from workers.bench import Bench
from workers.conversation import Conversation
from workers.step import Outcome

AGAIN = 3  # times that a message is sent anew to an agency's mailbox which refused it for the time being


def bounced(bench: Bench, rules: Rules, opened: Opened, grants: dict[str, Grant], conn: Connection) -> Outcome:
    """What a bounce, a report or a note to a bounce token means for the message that it is about."""
    row = opened.row
    message = conn.execute(sa.select(outbox).where(outbox.c.bounce == row.target)).first()
    if not message:
        return step.held(row, reason.NO_MESSAGE)
    outcome = Outcome(row.id, message.ticket, letter_values={"ticket": message.ticket})
    if message.state == "queued" and message.claimed_by not in ("", PAUSED):
        raise NotYet  # it is being written down that it was sent: the bounce was quicker
    kind, failed = _read(opened)
    if not failed or failed.action != "failed" or message.state != "sent":
        reported = failed.action if failed else ""
        outcome.event(hold.NOTED, by="mail", message=message.id, kind=kind, reported=reported)
        return outcome
    detail = {"message": message.id, "kind": message.kind, "side": message.side, "status": failed.status}
    if message.side == "agency" and not failed.permanent and _tried_again(conn, message) < AGAIN:
        outcome.event("bounced for now", by="mail", **detail)
        outcome.also.append(lambda c: c.execute(_again(message)))
        outcome.also.append(lambda c: settle(c, message.ticket))
        return outcome
    outcome.event("bounced", by="mail", **detail)
    outcome.also.append(lambda c: c.execute(sa.update(outbox).where(outbox.c.id == message.id).values(state="bounced")))
    outcome.also.append(lambda c: settle(c, message.ticket))
    if message.kind == "answer":
        _tell_agency(bench, rules, opened, message, grants, conn, outcome)
    return outcome


def _tried_again(conn: Connection, message: sa.Row[Any]) -> int:
    """How often it came back for the time being."""
    before = sa.select(sa.func.count()).where(
        events.c.ticket == message.ticket,
        events.c.what == "bounced for now",
        events.c.detail.contains(message.id),
    )
    return int(conn.scalar(before) or 0)


def _read(opened: Opened) -> tuple[str, Failure | None]:
    """What kind of machine wrote it, and what it reports; a bounce that cannot be read reports nothing."""
    try:
        letter = opened.read()
    except Unreadable:
        return "unreadable", None
    return letter.written_by, failure(letter)


def _tell_agency(
    bench: Bench,
    rules: Rules,
    opened: Opened,
    answer: sa.Row[Any],
    grants: dict[str, Grant],
    conn: Connection,
    outcome: Outcome,
) -> None:
    """Its answer did not arrive; without the address it did not arrive at. An agency that had the ticket before is told
    nothing, and the one that has it now did not write it."""
    ticket = conn.execute(sa.select(tickets).where(tickets.c.ref == answer.ticket)).first()
    its = ticket and ticket.agency == answer.agency and ticket.agency in rules.agencies
    if ticket and its and ticket.letter in grants:
        talk = Conversation.of(bench, rules, ticket, grants, conn, outcome)
        talk.to_agency("note", opened.row.id, opened.key, notes.undelivered(ticket.ref))


def _again(message: sa.Row[Any]) -> sa.Update:
    """Into the outbox once more, under the same Message-ID."""
    due = now() + 60 * pause(message.attempts)
    values = {"state": "queued", "due": due, "claimed_by": PAUSED, "sent": None, "held_because": "bounced for now"}
    return sa.update(outbox).where(outbox.c.id == message.id).values(**values)
