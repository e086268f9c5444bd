"""Transfer: a ticket goes to another agency, with all that its citizen wrote."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import audit, reason
from intake.hold.onward import announce, begin_again, hand_out
from intake.queue import Queue
from intake.reference import parse_reference
from intake.store import Store, letters, outbox, tickets

_UNSENT = ("queued", "held", "bounced")


def reroute(store: Store, queue: Queue, ref: str, agency: str, by: str) -> bool:
    """Send a ticket to `agency`: its letter, and what the citizen added, go the whole road again, under new aliases."""
    ref = parse_reference(ref)
    with store.write() as conn:
        ticket = conn.execute(sa.select(tickets.c.agency).where(tickets.c.ref == ref).with_for_update()).first()
        own = letters.c.ticket == ref, letters.c.kind == "new", letters.c.state.in_(("held", "done", "refused"))
        first = conn.execute(sa.select(letters.c.id, letters.c.state).where(*own)).first()
        if not ticket or not first:
            return False
        if ticket.agency == agency and first.state == "done" and not _is_unsent(conn, ref, agency):
            return False  # it is there already
        ids = [first.id, *_withdraw(conn, ref, ticket.agency != agency), *_stranded(conn, ref)]
        hand_out(conn, ids, agency=agency)
        again = {"state": "received"} if first.state == "refused" else {}  # a rule had closed it
        conn.execute(sa.update(tickets).where(tickets.c.ref == ref).values(agency=agency, **again))
        begin_again(conn, ref)
        audit.record(conn, [audit.Event("rerouted", ref, ref, by, {"agency": agency})])
        rows = list(
            conn.execute(
                sa.select(letters.c.id, letters.c.kind)
                .where(letters.c.id.in_(ids))
                .order_by(letters.c.kind != "new", letters.c.received, letters.c.id)
            )
        )
    announce(queue, rows)
    return True


def _is_unsent(conn: Connection, ref: str, agency: str) -> bool:
    """Whether the letter itself has not arrived at `agency`, and will not by itself."""
    redirect = outbox.c.ticket == ref, outbox.c.agency == agency, outbox.c.kind == "redirect"
    unsent = sa.select(outbox.c.id).where(*redirect, outbox.c.state.in_(("held", "bounced")))
    return conn.execute(unsent.limit(1)).first() is not None


def _stranded(conn: Connection, ref: str) -> list[str]:
    """The mail to aliases of a ticket that no agency was there for."""
    held = letters.c.ticket == ref, letters.c.state == "held", letters.c.held_because == reason.NO_AGENCY
    return list(conn.execute(sa.select(letters.c.id).where(*held)).scalars())


def _withdraw(conn: Connection, ref: str, to_another: bool) -> list[str]:
    """Take back what has not arrived at the agency that held the ticket; the additions that are to be written anew: all
    for another agency, for the same one those that it did not get.

    An answer that waits for the citizen stays.
    """
    of_ticket = outbox.c.ticket == ref
    waiting = sa.and_(of_ticket, outbox.c.kind.in_(("redirect", "follow-up")), outbox.c.state.in_(_UNSENT))
    again = sa.select(outbox.c.letter).where(of_ticket, outbox.c.kind == "follow-up")
    again = again if to_another else again.where(outbox.c.state.in_(_UNSENT))
    added = sa.select(letters.c.id).where(letters.c.id.in_(again), letters.c.state == "done")
    additions = list(conn.execute(added).scalars())
    untold = sa.update(outbox).where(of_ticket, outbox.c.state == "later")  # it names the old agency
    conn.execute(untold.values(state="withdrawn"))
    conn.execute(sa.update(outbox).where(waiting).values(state="withdrawn", claimed_by=""))
    return additions
