"""Tickets: what anyone may be told about a letter without its content.

References, states, agencies, times, counts and history; the queries behind `intake tickets`, the desk's lists, and
the conservation sum: every accepted letter is in exactly one state, and the sums are equal. Once its letter is on the
road, a ticket's state follows from its messages (`settle`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from intake.outgoing import WORDS
from intake.reference import parse_reference
from intake.store import answers, events, letters, outbox, tickets, update

STATES = ("received", "routed", "delivered", "answered", "closed", "destroyed", "held", "returned", "bounced")

UNANSWERED = ("received", "routed", "delivered", "held", "returned", "bounced")
"""States of a ticket whose citizen waits."""

ON_ROAD = ("routed", "delivered", "answered", "held", "bounced")
"""States of a ticket that goes on by itself, or waits for a person."""

_SHOWN = [c for c in tickets.c if c.name not in ("citizen", "receipt")]


def rfc3339(milliseconds: int | None) -> str | None:
    """UTC time as RFC 3339 writes it, to the millisecond."""
    if milliseconds is None:
        return None
    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def find(
    conn: Connection,
    *,
    agencies: Collection[str] | None = None,
    states: Collection[str] = (),
    urgent: bool = False,
    before: tuple[int, str] | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Tickets, newest first; `before` is (received, ref) of the last one seen. None of `agencies` means all. `urgent`:
    those alone that a rule marked so."""
    query = sa.select(*_SHOWN).order_by(tickets.c.received.desc(), tickets.c.ref.desc()).limit(limit)
    if agencies is not None:
        query = query.where(tickets.c.agency.in_(list(agencies)))
    if states:
        query = query.where(tickets.c.state.in_(list(states)))
    if urgent:
        query = query.where(tickets.c.priority.is_not(None))
    if before:
        query = query.where(sa.tuple_(tickets.c.received, tickets.c.ref) < sa.tuple_(*before))
    return _described(conn, list(conn.execute(query)))


def show(conn: Connection, ref: str) -> dict[str, Any] | None:
    """One ticket by its reference as people type it; None when there is none."""
    rows = list(conn.execute(sa.select(*_SHOWN).where(tickets.c.ref == parse_reference(ref))))
    return _described(conn, rows)[0] if rows else None


def _described(conn: Connection, rows: list[Row[Any]]) -> list[dict[str, Any]]:
    history: dict[str, list[dict[str, str | None]]] = {row.ref: [] for row in rows}
    for chunk in _chunks(list(history), 500):
        found = sa.select(events.c.ticket, events.c.at, events.c.what, events.c.by).where(events.c.ticket.in_(chunk))
        for event in conn.execute(found.order_by(events.c.id)):
            history[event.ticket].append({"at": rfc3339(event.at), "what": event.what, "by": event.by})
    return [_describe(row, history[row.ref]) for row in rows]


def _describe(row: Row[Any], history: list[dict[str, str | None]]) -> dict[str, Any]:
    ticket: dict[str, Any] = {
        "ref": row.ref,
        "state": row.state,
        "agency": row.agency,
        "channel": row.channel,
        "received": rfc3339(row.received),
        "due": rfc3339(row.due),
        "language": row.language,
        "notice": row.notice,
        "rule": row.rule,
        "rules_version": row.rules_version,
        "tags": json.loads(row.tags),
    }
    if row.state == "held":
        ticket["held_because"] = row.held_because
    if row.priority:
        ticket["priority"] = row.priority
    if row.linked_to:
        ticket["linked_to"] = row.linked_to
    return ticket | {"history": history}


# ── what the state says ──────────────────────────────────────────────────────────────────────────────────────────────


def settle(conn: Connection, *refs: str) -> None:
    """Let the states of tickets say what has become of their messages: asked whenever that changes.

    `bounced` when one came back (`came_back`), `held` when one was not sent, `answered` when the agency that has it has
    answered, else `routed` or `delivered`. A ticket whose own letter waits or is held is left as it is.
    """
    found = conn.execute(
        sa.select(tickets.c.ref)
        .join(letters, letters.c.id == tickets.c.letter)
        .where(tickets.c.ref.in_(refs), tickets.c.state.in_(ON_ROAD), letters.c.state == "done")
        .order_by(tickets.c.ref)  # locked in one order everywhere, so that two batches do not lock each other out
        .with_for_update(of=tickets)
    ).scalars()
    messages = _messages(conn, list(found))
    update(conn, tickets, tickets.c.ref, (_state(ref, messages[ref]) for ref in sorted(messages)))


def _state(ref: str, messages: Sequence[Row[Any]]) -> dict[str, Any]:
    redirect = next(m for m in reversed(messages) if m.kind == "redirect")
    state = "answered" if redirect.answered else "delivered" if redirect.state == "sent" else "routed"
    held = next((m for m in messages if m.state == "held"), None)
    if any(m.came_back for m in messages):
        state, held = "bounced", None
    return {"ref": ref, "state": "held" if held else state, "held_because": held.held_because if held else None}


def _messages(conn: Connection, refs: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """People's words on tickets that were redirected, as far as they are the business of the agency that has each,
    oldest first."""
    query = (
        sa.select(
            outbox.c.ticket,
            outbox.c.kind,
            outbox.c.state,
            outbox.c.held_because,
            _answered().label("answered"),
            came_back().label("came_back"),
        )
        .join(tickets, tickets.c.ref == outbox.c.ticket)
        .where(tickets.c.ref.in_(refs), outbox.c.kind.in_(WORDS), outbox.c.state != "withdrawn", _of_holder())
    )
    found: dict[str, list[Row[Any]]] = {}
    for message in conn.execute(query.order_by(outbox.c.created)) if refs else ():
        found.setdefault(message.ticket, []).append(message)
    return {ref: messages for ref, messages in found.items() if any(m.kind == "redirect" for m in messages)}


def came_back() -> sa.ColumnElement[bool]:
    """Whether people's words came back, of `outbox` beside `tickets`, and did not arrive for all that is known.

    Who has answered has the letter. An answer that came back is lost until somebody sends or ends it, whoever has the
    ticket by then.
    """
    lost = sa.or_(outbox.c.kind.in_(("answer", "follow-up")), sa.and_(outbox.c.kind == "redirect", ~_answered()))
    return sa.and_(outbox.c.state == "bounced", lost, _of_holder())


def _of_holder() -> sa.ColumnElement[bool]:
    """A message of the agency that has the ticket, or an answer: that is for the citizen."""
    return sa.or_(outbox.c.agency == tickets.c.agency, outbox.c.kind == "answer")


def _answered() -> sa.ColumnElement[bool]:
    """Whether there is an answer that was written after a message of `outbox`."""
    later = outbox.alias("later")
    answer = later.c.ticket == outbox.c.ticket, later.c.kind == "answer", later.c.state != "withdrawn"
    by_mail = sa.exists().where(*answer, later.c.created >= outbox.c.created)
    by_receipt = sa.exists().where(answers.c.ticket == outbox.c.ticket, answers.c.created >= outbox.c.created)
    return sa.or_(by_mail.correlate(outbox), by_receipt.correlate(outbox))


def _chunks(items: list[str], size: int) -> Iterable[list[str]]:
    return (items[i : i + size] for i in range(0, len(items), size))


def sums(conn: Connection) -> dict[str, int]:
    """The conservation sum: `accepted` (counted from the audit trail) against the letters in each state.

    `difference` is accepted minus all states, and 0 when nothing was lost.
    """
    state = sa.case(
        (letters.c.state.in_(("waiting", "duplicate", "refused", "destroyed", "held")), letters.c.state),
        (letters.c.kind == "new", sa.func.coalesce(tickets.c.state, "lost")),
        else_="relayed",
    )
    its_own = sa.and_(tickets.c.ref == letters.c.ticket, tickets.c.letter == letters.c.id)
    counted = sa.select(state.label("state"), sa.func.count().label("n"))
    counted = counted.select_from(letters.outerjoin(tickets, its_own)).group_by(state)
    taken = sa.select(sa.literal("accepted"), sa.func.count()).where(events.c.what == "accepted")
    # One statement sees one moment, on PostgreSQL too: between two, letters come in.
    by_state = {row.state: int(row.n) for row in conn.execute(sa.union_all(counted, taken))}
    accepted = by_state.pop("accepted")
    total = sum(by_state.values()) - by_state.get("lost", 0)
    return {"accepted": accepted, **dict(sorted(by_state.items())), "difference": accepted - total}
