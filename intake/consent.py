"""Consent: which agencies a citizen lets see their e-mail address.

It is given for one agency and no other: on the form for the first that holds the letter, later by a link for the one
that holds it then. It can be taken back; the next message, and the desk, show the address no more.
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from intake.letter import Letter
from intake.store import tickets


def of(ticket: Row[Any] | None) -> list[str]:
    """The agencies that may see the address."""
    return list(json.loads(ticket.consent)) if ticket is not None else []


def first(ticket: Row[Any] | None, letter: Letter, agency: str) -> list[str]:
    """The consent of a ticket that goes to `agency`: the form's box counts for the first holder and no other."""
    if ticket is not None and ticket.agency:
        return of(ticket)
    return [agency] if letter.fields.get("share_email") == "yes" and letter.sender else []


def give(conn: Connection, ticket: Row[Any], agency: str) -> None:
    """`agency` may see it from now on, and so may those that could before."""
    _write(conn, ticket.ref, sorted({*of(ticket), agency}))


def withdraw(conn: Connection, ticket: Row[Any]) -> None:
    """Nobody may see it any more."""
    _write(conn, ticket.ref, [])


def _write(conn: Connection, ref: str, agencies: list[str]) -> None:
    conn.execute(sa.update(tickets).where(tickets.c.ref == ref).values(consent=json.dumps(agencies)))
