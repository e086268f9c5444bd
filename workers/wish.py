"""Wishes: what a citizen chose on the page of a link is carried out.

Whoever holds a link got it by mail at the address on record. A wish about a letter lets that letter go on, or ends it;
the address it came from is the citizen's from then on. Of other wishes the last word counts.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import audit, consent, suppression
from intake.letter import Letter
from intake.purpose import Grant
from intake.reader import Opened, fetch, open_letter
from intake.routing import Rules
from intake.store import events, letters, links, now, outbox, tickets
from workers import step
from workers.bench import Bench
from workers.conversation import Citizen, swap
from workers.step import Outcome

TOO_LATE = ", too late"
"""Behind an event's name: a wish that changed nothing, because a later one had or its agency has the ticket no more."""


def wished(bench: Bench, rules: Rules, opened: Opened, grants: dict[str, Grant], conn: Connection) -> Outcome:
    """One wish, as rows to be written. No rule has a say in it, and no agency."""
    row, wish = opened.row, opened.envelope.fields.get("wish", "")
    link = conn.execute(sa.select(links).where(links.c.digest == row.target)).first()
    ticket = link and conn.execute(sa.select(tickets).where(tickets.c.ref == link.ticket)).first()
    if not link or not ticket:
        return step.held(row, "its ticket is gone")
    outcome = Outcome(row.id, ticket.ref, letter_values={"ticket": ticket.ref})
    citizen, key = Citizen.of(bench, ticket, grants, conn)
    if wish in ("mine", "stranger"):
        outcome.event(f"wish: {wish}", by="citizen")
    if wish == "mine" and link.letter in grants and _waits(conn, link.letter):
        _own(citizen, open_letter(fetch(conn, [link.letter])[0], bench.vault, grants[link.letter]).read())
        after = citizen.sealed(key, ticket.ref)
        outcome.also.append(lambda c: swap(c, ticket.ref, ticket.citizen, after))
        outcome.also.append(lambda c: _let_go(c, link.letter, ticket.ref))
    elif wish == "stranger" and link.letter:
        outcome.also.append(lambda c: _refuse(c, link.letter, ticket.ref))
    elif wish in _SAME:
        choice = Choice(row.id, wish, row.received, ticket.ref, link.agency, bench.address_digest(citizen.address))
        outcome.also.append(choice.carry_out)
    return outcome


# ── choices ──────────────────────────────────────────────────────────────────────────────────────────────────────

_SAME = {wish: pair for pair in (("share", "keep"), ("stop", "resume")) for wish in pair}


@dataclass(frozen=True, slots=True)
class Choice:
    """What a citizen wants from now on. The last word counts, in whichever order the workers come to them: one that was
    overtaken is only put on record. `agency`: the one that the link asked about; `recipient`: the citizen's address."""

    letter: str
    wish: str
    received: int
    ref: str
    agency: str | None
    recipient: str

    def carry_out(self, conn: Connection) -> None:
        """Where nobody can overtake: the tickets that it is about are locked."""
        written_to = sa.select(outbox.c.ticket).where(outbox.c.recipient == self.recipient, outbox.c.side == "citizen")
        about = tickets.c.ref.in_(written_to) if self.wish in ("stop", "resume") else sa.false()
        found = sa.select(tickets).where(sa.or_(tickets.c.ref == self.ref, about)).order_by(tickets.c.ref)
        locked = {row.ref: row for row in conn.execute(found.with_for_update())}
        done = not self._is_overtaken(conn, locked) and self._done(conn, locked[self.ref])
        audit.record(
            conn, [audit.Event(f"wish: {self.wish}{'' if done else TOO_LATE}", self.letter, self.ref, "citizen")]
        )

    def _is_overtaken(self, conn: Connection, refs: Collection[str]) -> bool:
        """Whether one that came later was carried out."""
        same = events.c.ticket.in_(list(refs)), events.c.what.in_([f"wish: {wish}" for wish in _SAME[self.wish]])
        later = sa.select(events.c.id).join(letters, letters.c.id == events.c.subject).where(*same)
        return conn.execute(later.where(letters.c.received > self.received).limit(1)).first() is not None

    def _done(self, conn: Connection, ticket: sa.Row[Any]) -> bool:
        if self.wish == "share":
            if self.agency not in (None, ticket.agency):
                return False  # a link that asked about one agency counts for that one
            consent.give(conn, ticket, ticket.agency)
        elif self.wish == "keep":
            consent.withdraw(conn, ticket)
        elif self.wish == "stop":
            suppression.stop(conn, self.recipient)
        else:
            suppression.resume(conn, self.recipient)
        return True


# ── a letter that was held ───────────────────────────────────────────────────────────────────────────────────────


def _waits(conn: Connection, letter: str) -> bool:
    """Whether it is still held: what staff have refused stays refused."""
    return conn.scalar(sa.select(letters.c.state).where(letters.c.id == letter)) == "held"


def _own(citizen: Citizen, held: Letter) -> None:
    """Whoever wrote the held letter is this ticket's citizen too."""
    written = {a.lower() for a in (held.sender, *held.addresses) if a}
    citizen.addresses = sorted({*citizen.addresses, *written})


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
