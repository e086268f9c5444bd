"""Held letters: a person must look. What is held, and the two ways on: release, or reroute to another agency."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import audit
from intake.queue import Queue
from intake.reference import parse_reference
from intake.store import Store, letters, now, outbox, tickets
from intake.ticket import rfc3339


def held(conn: Connection, agencies: Collection[str] | None) -> list[dict[str, Any]]:
    """Everything held: letters that could not go on, and messages that were not sent. None means every agency."""
    waiting = sa.select(
        letters.c.ticket,
        letters.c.id,
        letters.c.kind,
        letters.c.held_because,
        letters.c.received,
        tickets.c.agency,
    ).select_from(letters.outerjoin(tickets, tickets.c.ref == letters.c.ticket))
    unsent = sa.select(
        outbox.c.ticket,
        outbox.c.letter,
        outbox.c.kind,
        outbox.c.held_because,
        outbox.c.created,
        outbox.c.agency,
    )
    waiting = waiting.where(letters.c.state == "held")
    unsent = unsent.where(outbox.c.state == "held")
    if agencies is not None:
        waiting = waiting.where(tickets.c.agency.in_(list(agencies)))
        unsent = unsent.where(outbox.c.agency.in_(list(agencies)))
    found = [*conn.execute(waiting), *conn.execute(unsent)]
    keys = ("ref", "letter", "kind", "because", "since", "agency")
    rows = [dict(zip(keys, row, strict=True)) for row in found]
    return [row | {"since": rfc3339(row["since"])} for row in sorted(rows, key=lambda r: r["since"])]


def release(store: Store, queue: Queue, ref: str, by: str) -> bool:
    """Let what is held on a ticket (or a letter without one) be tried again, as if it had just come."""
    return _again(store, queue, parse_reference(ref), by, None)


def reroute(store: Store, queue: Queue, ref: str, agency: str, by: str) -> bool:
    """Send a ticket to `agency`: its letter goes the whole road again, under new aliases."""
    return _again(store, queue, parse_reference(ref), by, agency)


def _again(store: Store, queue: Queue, ref: str, by: str, agency: str | None) -> bool:
    with store.write() as conn:
        ticket = conn.execute(sa.select(tickets.c.agency, tickets.c.state).where(tickets.c.ref == ref)).first()
        of_ticket = sa.select(letters.c.id, letters.c.kind, letters.c.state)
        rows = list(conn.execute(of_ticket.where(sa.or_(letters.c.ticket == ref, letters.c.id == ref))))
        if agency:
            if ticket and ticket.agency == agency and ticket.state not in ("held", "bounced"):
                return False  # it is there already
            ids = [r.id for r in rows if r.kind == "new" and r.state in ("held", "done")]
            ids += _withdraw(conn, ref) if ids else []
            unsent: list[str] = []
        else:
            ids, unsent = [r.id for r in rows if r.state == "held"], _unsent(conn, ref)
        if not ids and not unsent:
            return False
        fresh = {"state": "waiting", "attempts": 0, "claimed_by": "", "due": now(), "held_because": None}
        fresh |= {"agency": agency} if agency else {"released": True}
        conn.execute(sa.update(letters).where(letters.c.id.in_(ids)).values(**fresh))
        conn.execute(
            sa.update(outbox)
            .where(outbox.c.id.in_(unsent))
            .values(state="queued", attempts=0, claimed_by="", due=now(), created=now(), held_because=None)
        )
        if agency:
            conn.execute(sa.update(tickets).where(tickets.c.ref == ref).values(agency=agency))
        conn.execute(
            sa.update(tickets)
            .where(tickets.c.ref == ref, tickets.c.state == "held")
            .values(state="routed" if unsent else "received", held_because=None)
        )
        what, detail = ("rerouted", {"agency": agency}) if agency else ("released", {})
        audit.record(conn, [audit.Event(what, ref, ref, by, detail)])
    for row in rows:
        if row.id in ids:
            queue.put("process" if row.kind == "new" else "relay", [row.id])
    queue.put("deliver", unsent)
    return True


def _withdraw(conn: Connection, ref: str) -> list[str]:
    """Take back what has not left for the agency that held the ticket; the follow-ups among it, to be written anew.

    An answer that waits for the citizen stays.
    """
    waiting = sa.and_(
        outbox.c.ticket == ref,
        outbox.c.kind.in_(("redirect", "follow-up")),
        outbox.c.state.in_(("queued", "held")),
    )
    again = sa.select(outbox.c.letter).where(waiting, outbox.c.kind == "follow-up")
    follow_ups = list(conn.execute(again).scalars())
    untold = sa.update(outbox).where(outbox.c.ticket == ref, outbox.c.state == "later")  # it names the old agency
    conn.execute(untold.values(state="withdrawn"))
    conn.execute(sa.update(outbox).where(waiting).values(state="withdrawn", claimed_by=""))
    return follow_ups


def _unsent(conn: Connection, ref: str) -> list[str]:
    return list(conn.execute(sa.select(outbox.c.id).where(outbox.c.ticket == ref, outbox.c.state == "held")).scalars())
