"""What became of a letter, for whoever holds its receipt code.

The rule it keeps: a wrong code, a code of somebody else's making and a destroyed ticket get the same answer;
the answers open with the code alone, and this process cannot read them without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from intake import lookup
from intake.errors import Misconfigured
from intake.receipt import from_code
from intake.routing.published import Published
from intake.store import Store

_SAYS = {
    "received": "We have your message. It is waiting to be passed on.",
    "routed": "We are passing your message on.",
    "delivered": "Your message is with the agency.",
    "answered": "The agency has answered.",
    "closed": "This matter is closed.",
    "held": "A person is looking at your message before it goes on.",
    "returned": "The agency says it is not responsible. We are looking for the right one.",
    "bounced": "The agency could not be reached. A person is looking at it.",
}
_DAYS = 10  # the rules' own default


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What an agency wrote, and when."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class Status:
    """A ticket as its writer may see it. `agency` is its name, "" while nobody has it."""

    ref: str
    says: str
    agency: str
    received: datetime
    due: datetime | None
    answers: tuple[Answer, ...]


def look_up(store: Store, published: Published, code: str) -> Status | None:
    """The ticket of a receipt code as people type it; None when there is none. Raises `Deferred`."""
    receipt = from_code(code)
    if not receipt:
        return None
    with store.read() as conn:
        ticket = next(iter(lookup.find(conn, "receipt", receipt.digest)), None)
        if ticket is None or ticket.state not in _SAYS:
            return None
        sealed = lookup.find(conn, "answers", receipt.digest)
    found = [(row.created, receipt.open(row.letter, row.sealed)) for row in sealed]
    return Status(
        ref=ticket.ref,
        says=_SAYS[ticket.state],
        agency=agency_name(published, ticket.agency),
        received=_at(ticket.received),
        due=_at(ticket.due) if ticket.due else None,
        answers=tuple(Answer(_at(at), text.decode("utf-8", "replace")) for at, text in found if text is not None),
    )


def agency_name(published: Published, agency: str | None) -> str:
    """The agency's name by the rules in force; its id when they no longer have it."""
    try:
        known = published.current.agencies.get(agency or "")
    except Misconfigured:
        known = None
    return known.name("en") if known else (agency or "")


def answer_days(published: Published) -> int:
    """The days that the slowest agency is given to answer."""
    try:
        return max((a.answer_within.days for a in published.current.agencies.values()), default=_DAYS)
    except Misconfigured:
        return _DAYS


def _at(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
