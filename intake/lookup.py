"""What a door may look up in the store: what belongs to one digest of a token that somebody showed it.

A door's database role reads none of these tables (`intake/roles.py`). On PostgreSQL each look-up is a function
`look_up_NAME(digest)` with its owner's rights (SECURITY DEFINER): it answers for one digest and lists nothing. SQLite
knows no roles, and is asked the query itself. Migration 0005 makes the functions; a test compares them with these
queries. docs/decisions/0022 says why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects import postgresql

from intake.store import aliases, answers, events, letters, links, outbox, tickets

Digest = str | sa.ColumnElement[str]


def _alias(digest: Digest) -> sa.Select[Any]:
    return sa.select(aliases.c.side, aliases.c.state, aliases.c.created).where(aliases.c.digest == digest)


def _bounce(digest: Digest) -> sa.Select[Any]:
    return sa.select(outbox.c.bounce).where(outbox.c.bounce == digest)


def _link(digest: Digest) -> sa.Select[Any]:
    """`about_letter`: it asks whose a letter is; `answered`: somebody has said so, or the letter has gone on."""
    wish, asked = letters.alias("wish"), letters.alias("asked")
    whose = events.c.what.in_(("wish: mine", "wish: stranger"))
    said = sa.or_(wish.c.state == "waiting", sa.exists().where(events.c.subject == wish.c.id, whose))
    word = sa.exists().where(wish.c.kind == "wish", wish.c.target == links.c.digest, said)
    gone = sa.exists().where(asked.c.id == links.c.letter, asked.c.state.in_(("done", "refused")))
    shown = (
        links.c.created,
        links.c.agency,
        tickets.c.agency.label("holder"),
        links.c.letter.is_not(None).label("about_letter"),
        sa.or_(word, gone).label("answered"),
    )
    of_ticket = links.outerjoin(tickets, tickets.c.ref == links.c.ticket)
    return sa.select(*shown).select_from(of_ticket).where(links.c.digest == digest)


def _receipt(digest: Digest) -> sa.Select[Any]:
    shown = (tickets.c.ref, tickets.c.state, tickets.c.agency, tickets.c.received, tickets.c.due)
    return sa.select(*shown).where(tickets.c.receipt == digest)


def _answers(digest: Digest) -> sa.Select[Any]:
    """Sealed to the receipt: only its code opens them."""
    of_ticket = answers.join(tickets, tickets.c.ref == answers.c.ticket)
    shown = sa.select(answers.c.letter, answers.c.sealed, answers.c.created).select_from(of_ticket)
    return shown.where(tickets.c.receipt == digest).order_by(answers.c.created)


LOOKUPS: dict[str, Callable[[Digest], sa.Select[Any]]] = {
    "alias": _alias,
    "bounce": _bounce,
    "link": _link,
    "receipt": _receipt,
    "answers": _answers,
}


def find(conn: Connection, name: str, digest: str) -> Sequence[Row[Any]]:
    """What belongs to `digest`: a row, or none; of `answers` as many as there are, oldest first."""
    query = LOOKUPS[name](digest)
    if conn.dialect.name == "postgresql":
        function = getattr(sa.func, f"look_up_{name}")(digest)
        query = sa.select(function.table_valued(*query.selected_columns.keys()))
    return conn.execute(query).all()


def function(name: str) -> tuple[str, str]:
    """What the PostgreSQL function of a look-up returns, and its body."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    query = LOOKUPS[name](sa.literal_column("$1"))
    columns = ", ".join(f"{c.key} {c.type.compile(dialect).lower()}" for c in query.selected_columns)
    return columns, str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
