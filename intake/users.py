"""Accounts of staff and administrators.

Passwords are kept as Argon2id (RFC 9106) only. A sign-in costs the same work whether the name exists or not,
and a user's `session` value, changed, ends every session of that user at once.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Row

from intake import audit
from intake.reference import new_reference
from intake.store import insert, now, users

ROLES = ("agency", "admin")
SHORTEST = 12  # characters of a password (NIST SP 800-63B asks for at least 8)
LONGEST = 1024

_HASHER = PasswordHasher()  # argon2-cffi's defaults are RFC 9106's low-memory recommendation
_NOBODY = _HASHER.hash(secrets.token_hex(16))


class Unusable(ValueError):
    """An account that cannot be made like this; the text says what to change."""


@dataclass(frozen=True, slots=True, repr=False)
class User:
    """`agencies` are the ids whose tickets an `agency` user sees; an `admin` sees all."""

    id: str
    name: str
    role: str
    agencies: frozenset[str]
    session: str

    @property
    def sees(self) -> frozenset[str] | None:
        """The agencies whose tickets are this user's business; None means all."""
        return None if self.role == "admin" else self.agencies

    def may_see(self, agency: str | None) -> bool:
        """Whether a ticket that `agency` holds is this user's business; only an admin sees what nobody holds."""
        return self.sees is None or (agency is not None and agency in self.sees)

    def __repr__(self) -> str:
        return f"<User {self.id}>"


NOBODY = User("", "", "agency", frozenset(), "")
"""Sees nothing, and cannot sign in."""


def create(conn: Connection, name: str, password: str, role: str, agencies: Collection[str] = ()) -> User:
    """A new account, on record. `Unusable` when the name is taken or something of it is no good."""
    name = name.strip()
    fault = _fault(name, password, role, agencies)
    if not fault and conn.execute(sa.select(users.c.id).where(users.c.name == name)).first():
        fault = "there is a user of this name already; choose another name"
    if fault:
        raise Unusable(fault)
    user = User(new_reference(), name, role, frozenset(agencies), secrets.token_hex(16))
    row = {"id": user.id, "name": name, "password": _HASHER.hash(password), "role": role, "created": now()}
    insert(conn, users, [row | {"agencies": json.dumps(sorted(agencies)), "session": user.session}])
    audit.record(conn, [audit.Event("user created", user.id, None, "operator", {"role": role})])
    return user


def _fault(name: str, password: str, role: str, agencies: Collection[str]) -> str:
    if not name or len(name) > 100 or not name.isprintable():
        return "a user's name has 1 to 100 printable characters"
    if not SHORTEST <= len(password) <= LONGEST:
        return f"a password has {SHORTEST} to {LONGEST} characters"
    if role not in ROLES:
        return f"a role is one of {', '.join(ROLES)}"
    if role == "agency" and not agencies:
        return "an agency's user needs at least one agency"
    return ""


def verify(conn: Connection, name: str, password: str) -> User | None:
    """The user of this name and password; None otherwise, after the same work."""
    row = conn.execute(sa.select(users).where(users.c.name == name.strip())).first()
    good = _matches(str(row.password) if row else _NOBODY, password[: LONGEST + 1])
    return _user(row) if row and good else None


def _matches(digest: str, password: str) -> bool:
    try:
        return _HASHER.verify(digest, password)
    except (VerificationError, InvalidHashError):
        return False


def find(conn: Connection, ident: str) -> User | None:
    """The user with this id."""
    row = conn.execute(sa.select(users).where(users.c.id == ident)).first()
    return _user(row) if row else None


def end_sessions(conn: Connection, ident: str) -> None:
    """End every open session of a user."""
    conn.execute(sa.update(users).where(users.c.id == ident).values(session=secrets.token_hex(16)))


def _user(row: Row[tuple[object, ...]]) -> User:
    return User(row.id, row.name, row.role, frozenset(json.loads(row.agencies)), row.session)
