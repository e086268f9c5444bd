"""Aliases: the addresses under which agency and citizen talk.

An alias is a random token of one ticket and one side: `citizen` stands for the citizen (the agency writes to it),
`agency` for the agency (the citizen writes to it). The store finds it by its digest; the token itself is sealed.

An alias ages: for `LIFE["agency"]` both may write, then only the agency, and after `LIFE["citizen"]` nobody. Each
message carries a young one, so a conversation that goes on never runs into the end. A ticket that is destroyed takes
its aliases with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import lookup
from intake.reference import new_token, token_digest
from intake.store import DAY, Row, aliases, now
from intake.vault import DataKey

LIFE = {"agency": 180 * DAY, "citizen": 720 * DAY}
"""How long an alias of a side is written to, in milliseconds from its making."""
_YOUNG = 90 * DAY


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


def open_pair(stored: Sequence[sa.Row[Any]], key: DataKey, ticket: str, agency: str) -> Pair:
    """The pair of `ticket` for `agency`: the stored rows of both sides opened, or new ones made."""
    tokens, rows = {}, []
    for row in stored:
        if row.agency == agency and row.state == "open" and row.created > now() - _YOUNG:
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
    """A ticket that moves on takes its aliases away from the agencies that held it. The citizen's stay open: what is
    written to them goes to whoever holds the ticket."""
    theirs = sa.and_(aliases.c.ticket == ticket, aliases.c.agency != agency, aliases.c.side == "citizen")
    conn.execute(sa.update(aliases).where(theirs).values(state="closed"))


def revoke(conn: Connection, ticket: str) -> None:
    """Close every alias of a ticket for good: it is destroyed."""
    conn.execute(sa.update(aliases).where(aliases.c.ticket == ticket).values(state="closed"))


def is_open(conn: Connection, digest: str) -> bool:
    """Whether mail to this alias is still taken."""
    found = lookup.find(conn, "alias", digest)
    return any(row.state == "open" and now() - row.created < LIFE[row.side] for row in found)


def _label(ticket: str, side: str) -> str:
    return f"alias {ticket} {side}"
