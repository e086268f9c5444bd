"""What staff have said of a letter. It stands in the audit trail, and the workers go by it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy import Connection

from intake.store import events

RELEASED = "released"
"""Event: a person saw why a letter, or what was made of it, is held (`because`, the reasons), and let it go on."""
WITHOUT_WORDS = "sent without its words"
"""Event: staff say that the agency gets a message of ours in the place of a letter or an addition. `unread`: because
the program cannot read it."""
BY_A_PERSON = "by a person"
"""Event: staff say that a person wrote what was taken for a machine's."""


@dataclass(slots=True)
class Said:
    """Of one letter."""

    reasons: set[str] = field(default_factory=set)  # that a person saw, and let it go on: each holds it no more
    without_words: bool = False
    unread: bool = False
    by_a_person: bool = False


def said(conn: Connection, of: Mapping[str, str | None]) -> dict[str, Said]:
    """Of letters (id to ticket), all of them."""
    found = {letter: Said() for letter in of}
    query = sa.select(events.c.subject, events.c.ticket, events.c.what, events.c.detail).where(
        events.c.ticket.in_({ref for ref in of.values() if ref}),
        events.c.subject.in_(list(of)),
        events.c.what.in_((RELEASED, WITHOUT_WORDS, BY_A_PERSON)),
    )
    for event in conn.execute(query):
        if event.ticket != of[event.subject]:
            continue  # of another ticket, that it went to later
        one, detail = found[event.subject], json.loads(event.detail)
        one.reasons.update(detail.get("because", ()))
        one.without_words |= event.what == WITHOUT_WORDS
        one.unread |= bool(detail.get("unread"))
        one.by_a_person |= event.what == BY_A_PERSON
    return found
