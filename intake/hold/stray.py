"""Strays: an agency's answer that was sent to a public address, and is held there as a letter."""

from __future__ import annotations

import json

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import audit
from intake.alias import LIFE, revoke
from intake.hold.onward import hand_out
from intake.queue import Queue
from intake.reference import parse_reference
from intake.store import Store, aliases, events, letters, now, tickets


def guess(conn: Connection, letter: str) -> str:
    """The ticket that a held citizen's letter is perhaps an answer on, as the worker guessed; "" without a guess."""
    query = sa.select(events.c.detail).where(events.c.ticket == letter, events.c.subject == letter)
    last = conn.scalar(query.where(events.c.what == "held").order_by(events.c.id.desc()).limit(1))
    return parse_reference(str(json.loads(last or "{}").get("guess") or ""))


def answer_to(store: Store, queue: Queue, letter: str, ref: str, by: str) -> bool:
    """Make a held letter the agency's answer on the ticket `ref`, which was sent to the wrong address.

    It goes on as if it had come to the youngest alias there, and is held like any other; its own ticket is no more.
    False when the letter is not held, or that ticket has no open alias.
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
        hand_out(conn, [letter], kind="reply", target=alias, ticket=ref, agency=None)
        conn.execute(sa.update(tickets).where(tickets.c.linked_to == letter).values(linked_to=None))
        revoke(conn, letter)
        conn.execute(sa.delete(tickets).where(tickets.c.ref == letter))
        audit.record(conn, [audit.Event("answer of", letter, ref, by)])
    queue.put("relay", [letter])
    return True
