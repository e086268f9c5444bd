"""Refusal: what is held ends here, where it may."""

from __future__ import annotations

import sqlalchemy as sa

from intake import audit, reason, ticket
from intake.hold.listing import REFUSABLE, is_refusable, unsent
from intake.outgoing import WORDS
from intake.store import Store, letters, outbox, tickets


def refuse(store: Store, letter: str, by: str) -> bool:
    """What is held and no letter of its own (a reply, a wish, a bounce, a loop) goes nowhere, and no message of it
    either; of any letter, a message of ours. False when it is another kind, or not held."""
    with store.write() as conn:
        row = conn.execute(
            sa.select(letters.c.kind, letters.c.state, letters.c.ticket, letters.c.held_because)
            .where(letters.c.id == letter)
            .with_for_update()
        ).first()
        if not row:
            return False
        may_end = row.kind in REFUSABLE or (row.held_because or "").startswith(reason.LOOP)
        messages = [m for m in conn.execute(unsent().where(outbox.c.letter == letter)) if is_refusable(m)]
        ends = may_end and (row.state == "held" or any(m.kind in WORDS for m in messages))
        if not ends and not messages:
            return False
        if ends:
            conn.execute(sa.update(letters).where(letters.c.id == letter).values(state="refused", claimed_by=""))
        ids = [m.id for m in messages]
        conn.execute(sa.update(outbox).where(outbox.c.id.in_(ids)).values(state="withdrawn", claimed_by=""))
        if ends and row.kind == "new":
            conn.execute(sa.update(tickets).where(tickets.c.ref == row.ticket).values(state="closed"))
        elif row.ticket:
            ticket.settle(conn, row.ticket)
        audit.record(conn, [audit.Event("refused", letter, row.ticket, by)])
    return True
