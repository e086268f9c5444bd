"""What is held, in words: the letters that could not go on, the messages that were not sent or came back, and beside
them the mail that was taken for a machine's.

Whose business it is follows the ticket: the agency that holds it now, and nobody else.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import reason
from intake.hold.said import BY_A_PERSON
from intake.store import aliases, events, letters, outbox, tickets
from intake.ticket import came_back, rfc3339

TO_AGENCY = ("redirect", "follow-up")
"""Kinds of messages that bring a citizen's words to an agency."""
REFUSABLE = ("reply", "wish", "bounce")
"""Kinds of letters that may end here; a citizen's own letter goes to an agency, whichever it is."""
NOTED = "machine mail noted"
"""Event: the worker took a letter for a machine's and sent it to nobody."""

_CAME_BACK = {"agency": reason.AGENCY_REFUSED, "citizen": reason.WRITER_REFUSED}
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

    `ref` (None without a ticket), `letter`, `kind`, `what` (the kind in words), `because`, `since`, `agency`,
    `releasable` (whether to try again can help), `judged` (whether a release settles it), `refusable`, `wordless`
    (whether it may be sent without its words), and `decided` ("").
    """
    ours = [] if agencies is None else [tickets.c.agency.in_(list(agencies))]
    could_not_go, not_sent = waiting().where(*ours), unsent().where(*ours)
    if letter:
        could_not_go = could_not_go.where(letters.c.id == letter)
        not_sent = not_sent.where(outbox.c.letter == letter)
    found: dict[str, dict[str, Any]] = {}
    for row in sorted((*map(_letter, conn.execute(could_not_go)), *map(_message, conn.execute(not_sent))), key=_since):
        first = found.setdefault(row["letter"], row | {"reasons": {}})
        first["reasons"][row["because"]] = None
        first |= {may: first[may] or row[may] for may in ("releasable", "refusable", "wordless")}
    return [row | {"because": "; ".join(row.pop("reasons")), "since": rfc3339(row["since"])} for row in found.values()]


def _since(row: dict[str, Any]) -> int:
    return int(row["since"])


def noted(conn: Connection, ref: str, letter: str = "") -> list[dict[str, Any]]:
    """The mail to aliases of a ticket (or one `letter`) that was taken for a machine's and went nowhere, as `held`."""
    of_letter = sa.and_(events.c.ticket == letters.c.ticket, events.c.subject == letters.c.id)
    spoken_for = sa.exists().where(of_letter, events.c.what == BY_A_PERSON).correlate(letters)
    went_nowhere = letters.c.kind == "reply", letters.c.state == "done", ~spoken_for
    query = _letters().join(events, sa.and_(of_letter, events.c.what == NOTED)).where(*went_nowhere)
    query = query.where(letters.c.id == letter if letter else letters.c.ticket == ref)
    found = {}
    for row in conn.execute(query.add_columns(events.c.detail).order_by(letters.c.received)):
        kind = json.loads(row.detail).get("kind") or "of no known kind"
        more = {"because": f"written by a machine: {kind}", "since": rfc3339(row.received)}
        found[row.id] = _letter(row) | more | {"refusable": False, "decided": "noted"}
    return list(found.values())


def added(conn: Connection, ref: str, letter: str = "") -> list[dict[str, Any]]:
    """What the citizen of a ticket added, and its agency got (or one `letter`), as `held`."""
    written = outbox.c.letter == letters.c.id, outbox.c.kind == "follow-up", outbox.c.state != "withdrawn"
    sent_on = sa.exists().where(*written, outbox.c.agency == tickets.c.agency).correlate(letters, tickets)
    query = _letters().where(letters.c.state == "done", sent_on)
    query = query.where(letters.c.id == letter if letter else letters.c.ticket == ref)
    more = {"refusable": False, "decided": "added"}
    return [
        _letter(row) | more | {"since": rfc3339(row.received)}
        for row in conn.execute(query.order_by(letters.c.received))
    ]


def waiting() -> sa.Select[Any]:
    """The letters that could not go on."""
    return _letters().where(letters.c.state == "held")


def _letters() -> sa.Select[Any]:
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
    )


def _letter(row: sa.Row[Any]) -> dict[str, Any]:
    what = _LETTERS.get(row.kind) or _LETTERS.get(row.side) or "a message to an alias"
    because = row.held_because or ""
    refusable = row.kind in REFUSABLE or because.startswith(reason.LOOP)
    may = {"wordless": is_unread(row), "releasable": not because.startswith(reason.FINAL)}
    may["judged"] = because.startswith(reason.JUDGED)
    return _described(row, row.id, row.received, what, because, refusable) | may


def is_unread(letter: sa.Row[Any]) -> bool:
    """Whether the program could not take a citizen's letter or addition in hand: it may go without its words."""
    citizens = letter.kind == "new" or (letter.kind == "reply" and letter.side == "agency")
    return citizens and (letter.held_because or "").startswith(reason.UNREAD)


def unsent() -> sa.Select[Any]:
    """The messages that were not sent, and those that came back and left their ticket without them."""
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
        .where(sa.or_(outbox.c.state == "held", came_back()))
    )


def _message(row: sa.Row[Any]) -> dict[str, Any]:
    because = _CAME_BACK[row.side] if row.state == "bounced" else row.held_because
    what = _MESSAGES.get(row.kind) or f"a message of ours to the {row.side}"
    may = {"wordless": is_stopped(row)}
    return _described(row, row.letter, row.created, what, because, is_refusable(row)) | may


def is_refusable(message: sa.Row[Any]) -> bool:
    """Whether an unsent message may end here. What a citizen wrote goes to an agency, if this one's mailbox is gone to
    another; an answer to a mailbox that is gone can only end."""
    return bool(message.kind == "answer" or (message.state == "held" and message.kind != "redirect"))


def is_stopped(message: sa.Row[Any]) -> bool:
    """Whether the gate kept a citizen's words here: they may go without these."""
    held = message.state == "held" and message.kind in TO_AGENCY
    return held and (message.held_because or "").startswith(reason.STOPPED)


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
        "wordless": False,
        "releasable": True,
        "judged": False,
        "decided": "",
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
