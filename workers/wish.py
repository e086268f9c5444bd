"""Wishes: what a citizen chose on the page of a link is carried out.

Whoever holds a link got it by mail at the address on record. A wish about a letter lets that letter go on, or ends it;
the address it came from is the citizen's from then on.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import audit, consent, suppression
from intake.purpose import Grant
from intake.reader import Opened, fetch, open_letter
from intake.routing import Rules
from intake.store import letters, links, now, tickets
from workers import step
from workers.bench import Bench
from workers.conversation import Conversation
from workers.step import Outcome


def wished(bench: Bench, rules: Rules, opened: Opened, grants: dict[str, Grant], conn: Connection) -> Outcome:
    """One wish, as rows to be written."""
    row, wish = opened.row, opened.envelope.fields.get("wish", "")
    link = conn.execute(sa.select(links).where(links.c.digest == row.target)).first()
    ticket = link and conn.execute(sa.select(tickets).where(tickets.c.ref == link.ticket)).first()
    if not link or not ticket or not ticket.agency or ticket.agency not in rules.agencies:
        return step.held(row, "its ticket is gone")
    outcome = Outcome(row.id, ticket.ref, letter_values={"ticket": ticket.ref})
    talk = Conversation.of(bench, rules, ticket, grants, conn, outcome)
    outcome.event(f"wish: {wish}", by="citizen")
    if wish == "stop" and talk.citizen.address:
        outcome.also.append(lambda c: suppression.stop(c, talk.recipient))
    elif wish == "resume" and talk.citizen.address:
        outcome.also.append(lambda c: suppression.resume(c, talk.recipient))
    elif wish == "share" and link.agency in (None, ticket.agency):  # a link that asked about one counts for that one
        outcome.also.append(lambda c: consent.give(c, ticket, ticket.agency))
    elif wish == "keep":
        outcome.also.append(lambda c: consent.withdraw(c, ticket))
    elif wish == "mine" and link.letter in grants and _waits(conn, link.letter):
        _own(talk, bench, link.letter, grants[link.letter])
        outcome.also.append(lambda c: _let_go(c, link.letter, ticket.ref))
    elif wish == "stranger" and link.letter:
        outcome.also.append(lambda c: _refuse(c, link.letter, ticket.ref))
    return outcome


def _waits(conn: Connection, letter: str) -> bool:
    """Whether it is still held: what staff have refused stays refused."""
    return conn.scalar(sa.select(letters.c.state).where(letters.c.id == letter)) == "held"


def _own(talk: Conversation, bench: Bench, letter: str, granted: Grant) -> None:
    """Whoever wrote the held letter is this ticket's citizen too."""
    held = open_letter(fetch(talk.conn, [letter])[0], bench.vault, granted).read()
    written = {a.lower() for a in (held.sender, *held.addresses) if a}
    talk.citizen.addresses = sorted({*talk.citizen.addresses, *written})
    talk.keep()


def _let_go(conn: Connection, letter: str, ref: str) -> None:
    """The held letter goes on; the sweeper hands it out."""
    fresh = {"state": "waiting", "attempts": 0, "claimed_by": "", "due": now(), "held_because": None, "released": True}
    if conn.execute(_held(letter).values(**fresh)).rowcount:
        audit.record(conn, [audit.Event("released", letter, ref, "citizen")])


def _refuse(conn: Connection, letter: str, ref: str) -> None:
    """Somebody else's letter on this ticket: it goes nowhere."""
    if conn.execute(_held(letter).values(state="refused")).rowcount:
        audit.record(conn, [audit.Event("refused", letter, ref, "citizen")])


def _held(letter: str) -> sa.Update:
    return sa.update(letters).where(letters.c.id == letter, letters.c.state == "held")
