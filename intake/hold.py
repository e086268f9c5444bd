"""Held letters: a person must look. What is held, and the ways on: release, reroute to another agency, refuse, or make
a letter the answer that it is.

A letter is held itself, or a message that was made of it is: not sent, or sent and come back. Whose business it is
follows the ticket: the agency that holds it now, and nobody else.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import audit
from intake.alias import LIFE, revoke
from intake.queue import Queue
from intake.reference import parse_reference
from intake.store import Store, aliases, answers, events, letters, now, outbox, tickets
from intake.ticket import rfc3339

REFUSABLE = ("reply", "wish", "bounce")
"""Kinds of letters that may end here; a citizen's own letter goes to an agency, whichever it is."""
LOOP = "a loop"
"""How the reason begins for which a letter that was our own may end here too."""

_CAME_BACK = {"agency": "the agency's mailbox refused it", "citizen": "the writer's mailbox refused it"}
_AFTER = {"redirect": "routed", "answer": "answered", "follow-up": "delivered"}
"""The state of a ticket whose message is sent again; the first that fits counts."""

_LETTERS = {
    "new": "a citizen's letter",
    "bounce": "a delivery report",
    "wish": "a citizen's choice on the page of a link",
    "citizen": "an answer from an agency",  # by the side that its alias stands for
    "agency": "an addition by a citizen",
}
_MESSAGES = {
    "redirect": "a citizen's letter, on its way to the agency",
    "follow-up": "an addition by a citizen, on its way to the agency",
    "answer": "an answer from an agency, on its way to the citizen",
}


def held(conn: Connection, agencies: Collection[str] | None, letter: str = "") -> list[dict[str, Any]]:
    """Everything held, a letter each, oldest first; of one `letter` only, if it is named. None means every agency.

    `ref` (None without a ticket), `letter`, `kind`, `what` (the kind in words), `because`, `since`, `agency` and
    `refusable`.
    """
    ours = [] if agencies is None else [tickets.c.agency.in_(list(agencies))]
    waiting, unsent = _waiting().where(*ours), _unsent().where(*ours)
    if letter:
        waiting, unsent = waiting.where(letters.c.id == letter), unsent.where(outbox.c.letter == letter)
    found: dict[str, dict[str, Any]] = {}
    for row in sorted((*map(_letter, conn.execute(waiting)), *map(_message, conn.execute(unsent))), key=_since):
        first = found.setdefault(row["letter"], row)
        if row["because"] not in first["because"].split("; "):
            first["because"] += f"; {row['because']}"
        first["refusable"] = first["refusable"] or row["refusable"]
    return [row | {"since": rfc3339(row["since"])} for row in found.values()]


def _since(row: dict[str, Any]) -> int:
    return int(row["since"])


def _waiting() -> sa.Select[Any]:
    """The letters that could not go on."""
    return (
        sa.select(
            letters.c.ticket,
            letters.c.id,
            letters.c.kind,
            letters.c.held_because,
            letters.c.received,
            tickets.c.agency,
            aliases.c.side,
        )
        .select_from(letters)
        .outerjoin(tickets, tickets.c.ref == letters.c.ticket)
        .outerjoin(aliases, aliases.c.digest == letters.c.target)
        .where(letters.c.state == "held")
    )


def _letter(row: sa.Row[Any]) -> dict[str, Any]:
    what = _LETTERS.get(row.kind) or _LETTERS.get(row.side) or "a message to an alias"
    refusable = row.kind in REFUSABLE or (row.held_because or "").startswith(LOOP)
    return _described(row, row.id, row.received, what, row.held_because, refusable)


def _unsent() -> sa.Select[Any]:
    """The messages that were not sent, and those that came back and left their ticket without them."""
    came_back = sa.and_(
        outbox.c.state == "bounced",
        tickets.c.state == "bounced",
        outbox.c.kind.in_(list(_MESSAGES)),
        sa.or_(outbox.c.side == "citizen", outbox.c.agency == tickets.c.agency),
    )
    return (
        sa.select(
            outbox.c.id,
            outbox.c.ticket,
            outbox.c.letter,
            outbox.c.kind,
            outbox.c.side,
            outbox.c.state,
            outbox.c.held_because,
            outbox.c.created,
            tickets.c.agency,
        )
        .select_from(outbox)
        .outerjoin(tickets, tickets.c.ref == outbox.c.ticket)
        .where(sa.or_(outbox.c.state == "held", came_back))
    )


def _message(row: sa.Row[Any]) -> dict[str, Any]:
    because = _CAME_BACK[row.side] if row.state == "bounced" else row.held_because
    what = _MESSAGES.get(row.kind) or f"a message of ours to the {row.side}"
    return _described(row, row.letter, row.created, what, because, row.state == "held" and row.kind in _REFUSED)


_REFUSED = ("answer", "follow-up")  # messages that go with the reply that they were made of


def _described(
    row: sa.Row[Any], letter: str, since: int, what: str, because: str | None, refusable: bool
) -> dict[str, Any]:
    return {
        "ref": row.ticket,
        "letter": letter,
        "kind": row.kind,
        "what": what,
        "because": because or "",
        "since": since,
        "agency": row.agency,
        "refusable": refusable,
    }


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a letter is: its ticket, and the agency that holds that."""

    ticket: str | None
    agency: str | None


def holder(conn: Connection, letter: str) -> Holder | None:
    """Whose business a letter is; None when there is no such letter."""
    query = sa.select(letters.c.ticket, tickets.c.agency).outerjoin(tickets, tickets.c.ref == letters.c.ticket)
    row = conn.execute(query.where(letters.c.id == letter)).first()
    return Holder(row.ticket, row.agency) if row else None


def guess(conn: Connection, letter: str) -> str:
    """The ticket that a held citizen's letter is perhaps an answer on, as the worker guessed; "" without a guess."""
    query = sa.select(events.c.detail).where(events.c.ticket == letter, events.c.subject == letter)
    last = conn.scalar(query.where(events.c.what == "held").order_by(events.c.id.desc()).limit(1))
    return parse_reference(str(json.loads(last or "{}").get("guess") or ""))


# ── release ──────────────────────────────────────────────────────────────────────────────────────────────────────


def release(store: Store, queue: Queue, ref: str, by: str) -> bool:
    """Let all that is held on a ticket (or a letter without one) be tried again, as if it had just come."""
    ref = parse_reference(ref)
    whose = sa.or_(letters.c.ticket == ref, letters.c.id == ref)
    return _release(store, queue, ref, by, whose, outbox.c.ticket == ref)


def release_letter(store: Store, queue: Queue, letter: str, by: str) -> bool:
    """Let one letter, and what was made of it, be tried again; what else is held on its ticket stays."""
    return _release(store, queue, letter, by, letters.c.id == letter, outbox.c.letter == letter)


def _release(
    store: Store,
    queue: Queue,
    subject: str,
    by: str,
    whose: sa.ColumnElement[bool],
    made_of: sa.ColumnElement[bool],
) -> bool:
    with store.write() as conn:
        rows = list(conn.execute(_waiting().where(whose).with_for_update(of=letters)))
        unsent = list(conn.execute(_unsent().where(made_of).with_for_update(of=outbox)))
        if not rows and not unsent:
            return False
        _hand_out(conn, [row.id for row in rows], released=True)
        again = sa.update(outbox).where(outbox.c.id.in_([row.id for row in unsent]))
        at = now()
        conn.execute(
            again.values(state="queued", attempts=0, claimed_by="", due=at, created=at, sent=None, held_because=None)
        )
        ref = next((row.ticket for row in (*rows, *unsent) if row.ticket), None)
        _move_ticket(conn, ref, rows, unsent)
        audit.record(conn, [audit.Event("released", subject, ref, by)])
    _announce(queue, rows)
    queue.put("deliver", [row.id for row in unsent])
    return True


def _hand_out(conn: Connection, ids: Sequence[str], **more: Any) -> None:
    """Let the workers have these letters again."""
    fresh = {"state": "waiting", "attempts": 0, "claimed_by": "", "due": now(), "held_because": None, **more}
    conn.execute(sa.update(letters).where(letters.c.id.in_(list(ids))).values(**fresh))


def _announce(queue: Queue, rows: Sequence[Any]) -> None:
    for row in rows:
        queue.put("process" if row.kind == "new" else "relay", [row.id])


def _move_ticket(conn: Connection, ref: str | None, rows: Sequence[sa.Row[Any]], unsent: Sequence[sa.Row[Any]]) -> None:
    """A ticket waits no more when its own letter, or the message that it waited for, goes on."""
    moved = sa.update(tickets).where(tickets.c.ref == ref)
    redirected = any(row.kind == "redirect" for row in unsent)
    if redirected or any(row.kind == "new" for row in rows):
        state = "routed" if redirected else "received"
        conn.execute(moved.where(tickets.c.state == "held").values(state=state, held_because=None))
    back = {row.kind for row in unsent if row.state == "bounced"}
    if after := [state for kind, state in _AFTER.items() if kind in back]:
        conn.execute(moved.where(tickets.c.state == "bounced").values(state=after[0]))


# ── reroute ──────────────────────────────────────────────────────────────────────────────────────────────────────


def reroute(store: Store, queue: Queue, ref: str, agency: str, by: str) -> bool:
    """Send a ticket to `agency`: its letter goes the whole road again, under new aliases."""
    ref = parse_reference(ref)
    with store.write() as conn:
        ticket = conn.execute(sa.select(tickets.c.agency, tickets.c.state).where(tickets.c.ref == ref)).first()
        if ticket and ticket.agency == agency and ticket.state not in ("held", "bounced"):
            return False  # it is there already
        own = letters.c.ticket == ref, letters.c.kind == "new", letters.c.state.in_(("held", "done"))
        ids = list(conn.execute(sa.select(letters.c.id).where(*own)).scalars())
        if not ids:
            return False
        ids += _withdraw(conn, ref)
        rows = list(conn.execute(sa.select(letters.c.id, letters.c.kind).where(letters.c.id.in_(ids))))
        _hand_out(conn, ids, agency=agency)
        moved = sa.update(tickets).where(tickets.c.ref == ref)
        conn.execute(moved.values(agency=agency))
        waited = tickets.c.state.in_(("held", "bounced"))
        conn.execute(moved.where(waited).values(state="received", held_because=None))
        audit.record(conn, [audit.Event("rerouted", ref, ref, by, {"agency": agency})])
    _announce(queue, rows)
    return True


def _withdraw(conn: Connection, ref: str) -> list[str]:
    """Take back what has not arrived at the agency that held the ticket; the follow-ups among it, to be written anew.

    An answer that waits for the citizen stays.
    """
    waiting = sa.and_(
        outbox.c.ticket == ref,
        outbox.c.kind.in_(("redirect", "follow-up")),
        outbox.c.state.in_(("queued", "held", "bounced")),
    )
    again = sa.select(outbox.c.letter).where(waiting, outbox.c.kind == "follow-up")
    follow_ups = list(conn.execute(again).scalars())
    untold = sa.update(outbox).where(outbox.c.ticket == ref, outbox.c.state == "later")  # it names the old agency
    conn.execute(untold.values(state="withdrawn"))
    conn.execute(sa.update(outbox).where(waiting).values(state="withdrawn", claimed_by=""))
    return follow_ups


# ── refuse ───────────────────────────────────────────────────────────────────────────────────────────────────────


def refuse(store: Store, letter: str, by: str) -> bool:
    """What is held and no letter of its own (a reply, a wish, a bounce, a loop) goes nowhere, and no message of it
    either. False when it is another kind, or not held."""
    with store.write() as conn:
        row = conn.execute(
            sa.select(letters.c.kind, letters.c.state, letters.c.ticket)
            .where(letters.c.id == letter)
            .where(sa.or_(letters.c.kind.in_(REFUSABLE), letters.c.held_because.startswith(LOOP)))
            .with_for_update()
        ).first()
        unsent = sa.and_(outbox.c.letter == letter, outbox.c.state == "held", outbox.c.kind.in_(_REFUSED))
        messages = list(conn.execute(sa.select(outbox.c.id).where(unsent)).scalars())
        if not row or (row.state != "held" and not messages):
            return False
        conn.execute(sa.update(letters).where(letters.c.id == letter).values(state="refused", claimed_by=""))
        conn.execute(sa.update(outbox).where(outbox.c.id.in_(messages)).values(state="withdrawn", claimed_by=""))
        if row.kind == "new":
            conn.execute(sa.update(tickets).where(tickets.c.ref == row.ticket).values(state="closed"))
        elif row.ticket:
            _answered_no_more(conn, row.ticket)
        audit.record(conn, [audit.Event("refused", letter, row.ticket, by)])
    return True


def _answered_no_more(conn: Connection, ref: str) -> None:
    """A ticket whose only answer was refused waits for one again."""
    by_mail = sa.exists().where(outbox.c.ticket == ref, outbox.c.kind == "answer", outbox.c.state != "withdrawn")
    by_receipt = sa.exists().where(answers.c.ticket == ref)
    conn.execute(
        sa.update(tickets)
        .where(tickets.c.ref == ref, tickets.c.state == "answered", ~by_mail, ~by_receipt)
        .values(state="delivered")
    )


# ── the answer that it is ────────────────────────────────────────────────────────────────────────────────────────


def answer_to(store: Store, queue: Queue, letter: str, ref: str, by: str) -> bool:
    """Make a held letter the agency's answer on the ticket `ref`, which was sent to the wrong address.

    It goes on as if it had come to the youngest alias there; its own ticket is no more. False when the letter is not
    held, or that ticket has no open alias.
    """
    ref = parse_reference(ref)
    with store.write() as conn:
        own = letters.c.id == letter, letters.c.kind == "new", letters.c.channel == "email", letters.c.state == "held"
        if ref == letter or not conn.execute(sa.select(letters.c.id).where(*own).with_for_update()).first():
            return False
        alias = conn.scalar(
            sa.select(aliases.c.digest)
            .join(tickets, sa.and_(tickets.c.ref == aliases.c.ticket, tickets.c.agency == aliases.c.agency))
            .where(aliases.c.ticket == ref, aliases.c.side == "citizen", aliases.c.state == "open")
            .where(aliases.c.created > now() - LIFE["citizen"])
            .order_by(aliases.c.created.desc())
            .limit(1)
        )
        if not alias:
            return False
        _hand_out(conn, [letter], kind="reply", target=alias, ticket=ref, agency=None, released=True)
        conn.execute(sa.update(tickets).where(tickets.c.linked_to == letter).values(linked_to=None))
        revoke(conn, letter)
        conn.execute(sa.delete(tickets).where(tickets.c.ref == letter))
        audit.record(conn, [audit.Event("answer of", letter, ref, by)])
    queue.put("relay", [letter])
    return True
