"""Aliases: the addresses under which agency and citizen talk.

An alias is a random token of one ticket and one side: `citizen` stands for the citizen (the agency writes to it),
`agency` for the agency (the citizen writes to it). The store finds it by its digest; the token itself is sealed.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from intake.reference import new_token, token_digest
from intake.store import Row, aliases, now
from intake.vault import DataKey


def address(token: str, domain: str) -> str:
    """The address of an alias."""
    return f"reply+{token}@{domain}"


def bounce_address(token: str, domain: str) -> str:
    """The envelope sender of one outgoing message (VERP)."""
    return f"bounce+{token}@{domain}"


@dataclass(frozen=True, slots=True)
class Pair:
    """The two open tokens of a ticket and the rows that are not stored yet."""

    citizen: str
    agency: str
    rows: list[Row]


def open_pair(stored: list[sa.Row[tuple[object, ...]]], key: DataKey, ticket: str, agency: str) -> Pair:
    """The pair of `ticket` for `agency`: the stored rows of both sides opened, or new ones made."""
    tokens, rows = {}, []
    for row in stored:
        if row.agency == agency and row.state == "open":
            tokens[row.side] = key.open(_label(ticket, row.side), row.token).decode()
    for side in ("citizen", "agency"):
        if side not in tokens:
            tokens[side] = new_token()
            rows.append(
                {
                    "digest": token_digest(tokens[side]),
                    "ticket": ticket,
                    "side": side,
                    "agency": agency,
                    "state": "open",
                    "token": key.seal(_label(ticket, side), tokens[side].encode()),
                    "created": now(),
                }
            )
    return Pair(tokens["citizen"], tokens["agency"], rows)


def close_others(conn: Connection, ticket: str, agency: str) -> None:
    """A ticket that moves on takes its aliases away from the agencies that held it."""
    conn.execute(
        sa.update(aliases).where(aliases.c.ticket == ticket, aliases.c.agency != agency).values(state="closed")
    )


def _label(ticket: str, side: str) -> str:
    return f"alias {ticket} {side}"
