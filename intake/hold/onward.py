"""Onward: what is held is tried again, and what was taken for a machine's is a person's."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import audit, reason, ticket
from intake.hold.listing import held, noted, unsent, waiting
from intake.hold.said import BY_A_PERSON, RELEASED
from intake.queue import Queue
from intake.store import Store, letters, now, outbox, tickets


def release(store: Store, queue: Queue, letter: str, by: str, because: str | None = None) -> bool:
    """Let one letter, and what was made of it, be tried again; what else is held on its ticket stays.

    `because`: what the person saw, as `held` says it; None: whatever it is. False when nothing is held, or something
    else than they saw.
    """
    with store.write() as conn:
        rows = list(conn.execute(waiting().where(letters.c.id == letter).with_for_update(of=letters)))
        messages = list(conn.execute(unsent().where(outbox.c.letter == letter).with_for_update(of=outbox)))
        found = held(conn, None, letter)
        if not found or because not in (None, found[0]["because"]):
            return False
        seen = {row.held_because for row in (*rows, *messages) if row.held_because}
        hand_out(conn, [row.id for row in rows])
        ref = next((row.ticket for row in (*rows, *messages) if row.ticket), None)
        rows += write_anew(conn, [m for m in messages if m.held_because == reason.TAKEN_BACK])
        again = [m.id for m in messages if m.held_because != reason.TAKEN_BACK]
        fresh = {"state": "queued", "attempts": 0, "claimed_by": "", "due": now(), "sent": None}
        conn.execute(sa.update(outbox).where(outbox.c.id.in_(again)).values(**fresh, held_because=None))
        if ref:
            if any(row.kind == "new" for row in rows):
                begin_again(conn, ref)
            ticket.settle(conn, ref)
        let_go(conn, letter, ref, by, seen)
    announce(queue, rows)
    queue.put("deliver", again)
    return True


def let_go(conn: Connection, letter: str, ref: str | None, by: str, reasons: Collection[str]) -> None:
    """Put on record that `by` saw these reasons, and let the letter go on."""
    audit.record(conn, [audit.Event(RELEASED, letter, ref, by, {"because": sorted(reasons)})])


def write_anew(conn: Connection, messages: Sequence[Any]) -> list[sa.Row[Any]]:
    """Take these messages back, and what was to be told with them; their letters, which the workers have again."""
    ids = [m.letter for m in messages]
    untold = sa.and_(outbox.c.letter.in_(ids), outbox.c.state == "later")
    stale = sa.or_(untold, outbox.c.id.in_([m.id for m in messages]))
    conn.execute(sa.update(outbox).where(stale).values(state="withdrawn"))
    hand_out(conn, ids)
    return list(conn.execute(sa.select(letters.c.id, letters.c.kind).where(letters.c.id.in_(ids))))


def hand_out(conn: Connection, ids: Sequence[str], **more: Any) -> None:
    """Let the workers have these letters again."""
    fresh = {"state": "waiting", "attempts": 0, "claimed_by": "", "due": now(), "held_because": None, **more}
    conn.execute(sa.update(letters).where(letters.c.id.in_(list(ids))).values(**fresh))


def begin_again(conn: Connection, ref: str) -> None:
    """The ticket's own letter goes its road once more."""
    on_road = tickets.c.ref == ref, tickets.c.state.in_(ticket.ON_ROAD)
    conn.execute(sa.update(tickets).where(*on_road).values(state="received", held_because=None))


def announce(queue: Queue, rows: Sequence[Any]) -> None:
    """Tell the workers of letters that were handed out, in this order."""
    for row in rows:
        queue.put("process" if row.kind == "new" else "relay", [row.id])


# ── no machine ───────────────────────────────────────────────────────────────────────────────────────────────────


def by_a_person(store: Store, queue: Queue, letter: str, by: str) -> bool:
    """A person wrote what was taken for a machine's, says `by`: it goes on as any other mail to its alias, and is held
    like any other. False when nothing was noted, or somebody was quicker."""
    with store.write() as conn:
        conn.execute(sa.select(letters.c.id).where(letters.c.id == letter).with_for_update())
        found = noted(conn, "", letter)
        if not found:
            return False
        hand_out(conn, [letter])
        audit.record(conn, [audit.Event(BY_A_PERSON, letter, found[0]["ref"], by)])
    queue.put("relay", [letter])
    return True
