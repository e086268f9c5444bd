"""Without words: the gate keeps a citizen's letter here, or the program cannot read it; so its agency is told of it.

What the gate keeps is read at the desk. Of what cannot be read, the agency asks the writer to write again.
The rule it keeps: what a person decided stays decided. The words of that letter go to no agency by mail any more.
"""

from __future__ import annotations

import sqlalchemy as sa

from intake import audit, ticket
from intake.hold.listing import is_stopped, is_unread, unsent, waiting
from intake.hold.onward import announce, begin_again, hand_out, write_anew
from intake.hold.said import WITHOUT_WORDS
from intake.queue import Queue
from intake.store import Store, letters, outbox


def without_words(store: Store, queue: Queue, letter: str, by: str) -> bool:
    """A letter or an addition that the gate keeps here, or that cannot be read, goes its road again, and the agency
    gets our words alone, says `by`. False when it is held for another reason, or somebody was quicker."""
    with store.write() as conn:
        conn.execute(sa.select(letters.c.id).where(letters.c.id == letter).with_for_update())
        unread = [row for row in conn.execute(waiting().where(letters.c.id == letter)) if is_unread(row)]
        stopped = [m for m in conn.execute(unsent().where(outbox.c.letter == letter)) if is_stopped(m)]
        if not unread and not stopped:
            return False
        hand_out(conn, [row.id for row in unread])
        rows = [*unread, *write_anew(conn, stopped)]
        ref = (*unread, *stopped)[0].ticket
        if any(row.kind == "new" for row in rows):
            begin_again(conn, ref)
        ticket.settle(conn, ref)
        audit.record(conn, [audit.Event(WITHOUT_WORDS, letter, ref, by, {"unread": bool(unread)})])
    announce(queue, rows)
    return True
