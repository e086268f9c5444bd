"""Who is signed in at the desk, and until when.

The rule it keeps: a session ends by signing out, after 30 minutes without a page, after 12 hours, and when
the user's `session` value changes; a cookie from before any of these is worth nothing (WF3).
"""

from __future__ import annotations

import time

from flask import Flask, session
from flask_login import LoginManager, UserMixin, login_user, logout_user

from intake import audit, users
from intake.store import Store
from intake.users import User

IDLE = 30 * 60.0  # seconds
ABSOLUTE = 12 * 60 * 60.0
_SEEN_EVERY = 60.0  # seconds after which the cookie notes that somebody is still there


class Staff(UserMixin):  # type: ignore[misc]
    """A signed-in user as Flask-Login wants it; its id in the cookie dies with the user's `session` value."""

    def __init__(self, user: User) -> None:
        self.user = user

    def get_id(self) -> str:
        return f"{self.user.id} {self.user.session}"


def manage(app: Flask, store: Store) -> LoginManager:
    """Sign-in for `app`, looked up in `store` at every request."""
    manager = LoginManager(app)
    manager.session_protection = None  # it would keep a digest of address and browser in the cookie

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(ident: str) -> Staff | None:
        return _load(store, ident) if _fresh(time.time()) else None

    return manager


def _load(store: Store, ident: str) -> Staff | None:
    name, _, value = ident.partition(" ")
    with store.read() as conn:
        user = users.find(conn, name)
    return Staff(user) if user and user.session == value else None


def _fresh(at: float) -> bool:
    since, seen = session.get("since", 0.0), session.get("seen", 0.0)
    if at - since > ABSOLUTE or at - seen > IDLE:
        return False
    if at - seen > _SEEN_EVERY:
        session["seen"] = at
    return True


def sign_in(store: Store, name: str, password: str) -> bool:
    """Whether name and password are right; then this browser has a session that it did not have before."""
    with store.read() as conn:
        user = users.verify(conn, name, password)
    with store.write() as conn:
        what, who = ("signed in", user.id) if user else ("sign-in refused", "unknown")
        audit.record(conn, [audit.Event(what, who, None, who)])
    if not user:
        return False
    session.clear()
    session["since"] = session["seen"] = time.time()
    login_user(Staff(user))
    return True


def sign_out(store: Store, user: User) -> None:
    """End every session of `user`, so that no copy of the cookie works any more. Raises `Deferred`."""
    logout_user()
    session.clear()
    with store.write() as conn:
        users.end_sessions(conn, user.id)
        audit.record(conn, [audit.Event("signed out", user.id, None, user.id)])
