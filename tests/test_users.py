"""Accounts."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from intake import users
from intake.store import Store, events
from intake.store import users as table

PASSWORD = "a long enough one"


def test_a_user_is_known_by_name_and_password(store: Store) -> None:
    """Only the right name with the right password gives the user."""
    with store.write() as conn:
        made = users.create(conn, " Ana ", PASSWORD, "agency", ["dmv", "dol"])
    with store.read() as conn:
        found = users.verify(conn, "Ana", PASSWORD)
        assert found == made
        assert found is not None
        assert found.agencies == {"dmv", "dol"}
        assert users.verify(conn, "Ana", PASSWORD + "!") is None
        assert users.verify(conn, "Bea", PASSWORD) is None
        assert users.find(conn, made.id) == made


def test_only_argon2id_is_kept(store: Store) -> None:
    """The store holds an Argon2id digest, and the audit trail neither the name nor the password."""
    with store.write() as conn:
        users.create(conn, "Ana", PASSWORD, "admin")
    with store.read() as conn:
        digest = conn.scalar(sa.select(table.c.password))
        trail = repr(conn.execute(sa.select(events)).all())
    assert digest is not None
    assert digest.startswith("$argon2id$")
    assert "Ana" not in trail
    assert PASSWORD not in trail


@pytest.mark.parametrize(
    ("name", "password", "role", "agencies"),
    [
        ("", PASSWORD, "admin", []),
        ("x" * 101, PASSWORD, "admin", []),
        ("a\nb", PASSWORD, "admin", []),
        ("Bea", "short", "admin", []),
        ("Bea", "x" * 1025, "admin", []),
        ("Bea", PASSWORD, "owner", []),
        ("Bea", PASSWORD, "agency", []),
        ("Ana", PASSWORD, "admin", []),
    ],
)
def test_unusable_accounts_are_refused(store: Store, name: str, password: str, role: str, agencies: list[str]) -> None:
    """An account without a name, a long enough password, a role, an agency, or with a taken name is not made."""
    with store.write() as conn:
        users.create(conn, "Ana", PASSWORD, "admin")
    with pytest.raises(users.Unusable), store.write() as conn:
        users.create(conn, name, password, role, agencies)
    with store.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(table)) == 1


@pytest.mark.parametrize(
    ("role", "agency", "sees"),
    [
        ("agency", "dmv", True),
        ("agency", "dol", False),
        ("agency", None, False),
        ("admin", "dol", True),
        ("admin", None, True),
    ],
)
def test_what_a_user_may_see(role: str, agency: str | None, sees: bool) -> None:
    """An agency's user sees the tickets of its agencies, an administrator all, also those that nobody holds."""
    user = users.User("1", "Ana", role, frozenset({"dmv"}), "s")
    assert user.may_see(agency) is sees
    assert "Ana" not in repr(user)
