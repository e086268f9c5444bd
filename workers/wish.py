"""Wishes: what a citizen chose on the page of a link is carried out.

Whoever holds a link got it by mail at the address on record. A wish about a letter says whose it is: the citizen's, and
then it goes on and its address is theirs, or a stranger's, and then it ends. Of these the first word counts, because
what went on is not recalled; of other wishes the last.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import audit, consent, hold, reason, suppression
from intake.claim import PAUSED
from intake.errors import NotYet
from intake.purpose import Grant
from intake.reader import Opened, fetch, open_letter
from intake.routing import Rules
from intake.store import events, letters, links, outbox, tickets
from intake.ticket import settle
from workers import step
from workers.bench import Bench
from workers.conversation import Citizen
from workers.step import Outcome, swap

TOO_LATE = ", too late"
"""Behind an event's name: a wish that changed nothing, because a later one had or its agency has the ticket no more."""


def wished(bench: Bench, rules: Rules, opened: Opened, grants: dict[str, Grant], conn: Connection) -> Outcome:
    """One wish, as rows to be written. No rule has a say in it, and no agency."""
    row, wish = opened.row, opened.envelope.fields.get("wish", "")
    link = conn.execute(sa.select(links).where(links.c.digest == row.target)).first()
    ticket = link and conn.execute(sa.select(tickets).where(tickets.c.ref == link.ticket)).first()
    if not link or not ticket:
        return step.held(row, reason.NO_TICKET)
    outcome = Outcome(row.id, ticket.ref, letter_values={"ticket": ticket.ref})
    citizen, key = Citizen.of(bench, ticket, grants, conn)
    if wish in ("mine", "stranger") and link.letter:
        if waits_for_a_word(conn, link.letter, ticket.ref, before=row):
            raise NotYet  # one that came earlier is carried out first
        if wish == "mine" and link.letter in grants:
            letter = open_letter(fetch(conn, [link.letter])[0], bench.vault, grants[link.letter]).head()
            written = {a.lower() for a in (letter.sender, *letter.addresses) if a}
            citizen.addresses = sorted({*citizen.addresses, *written})
        word = Word(row.id, wish, link.letter, ticket.ref, ticket.citizen, citizen.sealed(key, ticket.ref))
        outcome.also.append(word.carry_out)
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


# ── whose a letter is ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, repr=False)
class Word:
    """What a citizen says of a letter that they were asked about. The first word counts, while the letter is here:
    held, or let go by staff and not gone yet. `before`, `after`: the ticket's `citizen` column, now and with the
    addresses of that letter's writer."""

    wish_letter: str
    wish: str
    letter: str
    ref: str
    before: bytes | None
    after: bytes

    def carry_out(self, conn: Connection) -> None:
        """Where nobody can overtake: the letter is locked."""
        state = conn.scalar(sa.select(letters.c.state).where(letters.c.id == self.letter).with_for_update())
        done = not self._is_overtaken(conn) and self._done(conn, state)
        detail = {"letter": self.letter}
        what = f"wish: {self.wish}{'' if done else TOO_LATE}"
        audit.record(conn, [audit.Event(what, self.wish_letter, self.ref, "citizen", detail)])

    def _taken_back(self, conn: Connection) -> bool:
        """Whether staff let it go and nothing of it has left, so that nothing will."""
        sent_on = outbox.c.letter == self.letter, outbox.c.kind == "follow-up"
        here = outbox.c.state.in_(("queued", "held")), outbox.c.claimed_by.in_(("", PAUSED))
        return bool(conn.execute(sa.update(outbox).where(*sent_on, *here).values(state="withdrawn")).rowcount)

    def _is_overtaken(self, conn: Connection) -> bool:
        """Whether something else was said of the letter before."""
        same = events.c.ticket == self.ref, events.c.what.in_(("wish: mine", "wish: stranger"))
        return any(
            json.loads(detail).get("letter") == self.letter
            for detail in conn.execute(sa.select(events.c.detail).where(*same)).scalars()
        )

    def _done(self, conn: Connection, state: str | None) -> bool:
        if self.wish == "stranger" and (state in _HERE or self._taken_back(conn)):
            ended = sa.update(letters).where(letters.c.id == self.letter)
            conn.execute(ended.values(state="refused", claimed_by=""))
            audit.record(conn, [audit.Event("refused", self.letter, self.ref, "citizen")])
            settle(conn, self.ref)
            return True
        if self.wish == "stranger" or state not in (*_HERE, "done"):
            return False  # what staff have refused stays refused
        swap(conn, [(self.ref, self.before, self.after)])
        if state == "held":
            hold.hand_out(conn, [self.letter])  # the sweeper tells the workers
            hold.let_go(conn, self.letter, self.ref, "citizen", [reason.STRANGER])
        return True


_HERE = ("held", "waiting")


def waits_for_a_word(conn: Connection, letter: str, ref: str, before: sa.Row[Any] | None = None) -> bool:
    """Whether a choice on a page that asks about this letter waits to be carried out; one received `before` that."""
    asked = sa.select(links.c.digest).where(links.c.ticket == ref, links.c.letter == letter)
    waiting = sa.select(letters.c.id).where(letters.c.kind == "wish", letters.c.state == "waiting")
    if before is not None:
        earlier = sa.tuple_(letters.c.received, letters.c.id) < sa.tuple_(before.received, before.id)
        waiting = waiting.where(earlier)
    return conn.execute(waiting.where(letters.c.target.in_(asked)).limit(1)).first() is not None
