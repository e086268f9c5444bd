"""What the store has on the tickets of a batch, as of one moment.

Each table is asked once for all of them, when somebody first wants to know: a question costs more than its answer.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from intake.store import aliases, links, outbox, tickets

_QUERIES = {
    "ticket": (sa.select(tickets), tickets.c.ref),
    "aliases": (sa.select(aliases), aliases.c.ticket),
    "links": (sa.select(links).order_by(links.c.created), links.c.ticket),
    "messages": (
        sa.select(outbox.c.id, outbox.c.ticket, outbox.c.letter, outbox.c.kind, outbox.c.side).order_by(
            outbox.c.created
        ),
        outbox.c.ticket,
    ),
}


@dataclass(slots=True)
class Stored:
    """Of the tickets `refs`."""

    conn: Connection
    refs: Collection[str]
    _rows: dict[str, dict[str, list[sa.Row[Any]]]] = field(default_factory=dict)

    def ticket(self, ref: str) -> sa.Row[Any] | None:
        """Its row."""
        return next(iter(self._of("ticket", ref)), None)

    def aliases(self, ref: str) -> list[sa.Row[Any]]:
        """Its aliases."""
        return self._of("aliases", ref)

    def links(self, ref: str) -> list[sa.Row[Any]]:
        """The links of its citizen, oldest first."""
        return self._of("links", ref)

    def messages(self, ref: str) -> list[sa.Row[Any]]:
        """Which messages there are on it, oldest first."""
        return self._of("messages", ref)

    def _of(self, name: str, ref: str) -> list[sa.Row[Any]]:
        if name not in self._rows:
            query, column = _QUERIES[name]
            found: dict[str, list[sa.Row[Any]]] = {}
            for row in self.conn.execute(query.where(column.in_(list(self.refs)))):
                found.setdefault(getattr(row, column.name), []).append(row)
            self._rows[name] = found
        return self._rows[name].get(ref, [])
