"""Without words: the gate keeps a citizen's letter here, so its agency is told of it, and reads it at the desk.

The rule it keeps: what a person decided stays decided. The words of that letter go to no agency by mail any more.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import audit, ticket
from intake.hold.listing import is_stopped, unsent
from intake.hold.onward import announce, begin_again, was_said, write_anew
from intake.queue import Queue
from intake.store import Store, letters, outbox

WITHOUT_WORDS = "sent without its words"
"""Event: staff say that the agency gets a message of ours in the place of a letter or an addition."""


def without_words(store: Store, queue: Queue, letter: str, by: str) -> bool:
    """A letter or an addition that the gate keeps here goes its road again, and the agency gets our words alone, says
    `by`. False when the gate keeps nothing of it, or somebody was quicker."""
    with store.write() as conn:
        conn.execute(sa.select(letters.c.id).where(letters.c.id == letter).with_for_update())
        stopped = [m for m in conn.execute(unsent().where(outbox.c.letter == letter)) if is_stopped(m)]
        if not stopped:
            return False
        ref, rows = stopped[0].ticket, write_anew(conn, stopped)
        if any(row.kind == "new" for row in rows):
            begin_again(conn, ref)
        ticket.settle(conn, ref)
        audit.record(conn, [audit.Event(WITHOUT_WORDS, letter, ref, by)])
    announce(queue, rows)
    return True


def is_without_words(conn: Connection, letter: str, ref: str | None) -> bool:
    """Whether staff said so."""
    return was_said(conn, WITHOUT_WORDS, letter, ref)
