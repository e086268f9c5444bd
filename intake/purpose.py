"""Purpose: personal information opens only for a named one, and the opening is on record first.

The vault asks for a `Grant`; the only way to a grant writes the event into the audit chain, in the caller's
transaction. The machine's own purpose is `redirect`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from intake import audit


class Purpose(StrEnum):
    """Why a letter may be opened (the privacy policy's own reasons)."""

    RESPOND = "respond"
    REDIRECT = "redirect"
    RECORDS = "records"
    LEGAL = "legal"
    RETENTION = "retention"


@dataclass(frozen=True, slots=True)
class Grant:
    """The right to open one letter for one purpose; `by` is a user's id or the worker."""

    letter: str
    purpose: Purpose
    by: str


def grant(conn: Connection, letters: list[tuple[str, str | None]], purpose: Purpose, by: str) -> dict[str, Grant]:
    """Grants for `letters` (id, ticket), recorded in the transaction of `conn`: commit it before opening anything."""
    audit.record(conn, [audit.Event("opened", i, t, by, {"purpose": str(purpose)}) for i, t in letters])
    return {i: Grant(i, purpose, by) for i, _ in letters}
