"""Do not write: addresses that no sender of ours writes to, because their owner said so.

Kept as keyed digests (`Bench.address_digest`): nobody can read the list, and everybody who sends asks it.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy import Connection

from intake.store import insert_new, now, suppressed


def stop(conn: Connection, recipient: str) -> None:
    """Never write to the address with this digest again."""
    insert_new(conn, suppressed, [{"recipient": recipient, "since": now()}])


def resume(conn: Connection, recipient: str) -> None:
    """Its owner wants mail again."""
    conn.execute(sa.delete(suppressed).where(suppressed.c.recipient == recipient))


def among(conn: Connection, recipients: Collection[str]) -> set[str]:
    """Those of `recipients` that are on the list."""
    listed = sa.select(suppressed.c.recipient).where(suppressed.c.recipient.in_(list(recipients)))
    return set(conn.execute(listed).scalars()) if recipients else set()
