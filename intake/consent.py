"""Consent: which agencies a citizen lets see their e-mail address.

It is given for one agency and no other: on the form for the first that holds the letter, later by a link for the one
that holds it then. It can be taken back; the next message, and the desk, show the address no more.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from intake.errors import Conflict
from intake.letter import Letter
from intake.store import tickets


def of(ticket: Any | None) -> list[str]:
    """The agencies that may see the address, of a row with the column `consent`."""
    return list(json.loads(ticket.consent)) if ticket is not None else []


def first(ticket: Row[Any] | None, letter: Letter, agency: str) -> list[str]:
    """The consent of a ticket that goes to `agency`: the form's box counts for the first holder and no other."""
    if ticket is not None and ticket.agency:
        return of(ticket)
    return [agency] if letter.fields.get("share_email") == "yes" and letter.sender else []


def among(conn: Connection, refs: Collection[str]) -> dict[str, list[str]]:
    """The agencies that may see the address at this moment, by ticket."""
    query = sa.select(tickets.c.ref, tickets.c.consent).where(tickets.c.ref.in_(list(refs)))
    return {row.ref: of(row) for row in conn.execute(query)} if refs else {}


def insist(conn: Connection, ref: str, agency: str) -> None:
    """`Conflict` when the citizen took back meanwhile what a message was written under: it is written anew."""
    if agency not in among(conn, (ref,)).get(ref, ()):
        raise Conflict


def give(conn: Connection, ticket: Row[Any], agency: str) -> None:
    """`agency` may see it from now on, and so may those that could before."""
    now = conn.execute(sa.select(tickets.c.consent).where(tickets.c.ref == ticket.ref).with_for_update()).first()
    _write(conn, ticket.ref, sorted({*of(now), agency}))


def withdraw(conn: Connection, ticket: Row[Any]) -> None:
    """Nobody may see it any more."""
    _write(conn, ticket.ref, [])


def _write(conn: Connection, ref: str, agencies: list[str]) -> None:
    conn.execute(sa.update(tickets).where(tickets.c.ref == ref).values(consent=json.dumps(agencies)))
