"""Errors with a meaning. What a stranger may see of our own trouble is `Deferred`: try again later.

It carries its SMTP reply (RFC 5321, RFC 3463); the web says it as 503. The text is for a stranger: short, no address,
no rule, nobody else's reference.
"""

from __future__ import annotations


class Deferred(Exception):
    """Our fault or our limit: the same, sent later, will be taken."""

    smtp = "451 4.3.0 Please try again later"


class StoreBusy(Deferred):
    """The database cannot be reached, is locked or read-only."""


class StoreFull(Deferred):
    """The disk is full (RFC 3463 X.3.1)."""

    smtp = "452 4.3.1 Out of room, please try again later"


class Crowded(Deferred):
    """More is on its way in than memory has room for (RFC 3463 X.3.2: not accepting mail just now)."""

    smtp = "452 4.3.2 Too much mail at once, please try again later"


class NotYet(Deferred):
    """Something else must happen first; `wait` milliseconds until it is worth another look."""

    def __init__(self, wait: int = 5_000) -> None:
        super().__init__()
        self.wait = wait


class Conflict(Exception):
    """A constraint of the database said no; the database's own words may hold a row, and stay behind."""


class Misconfigured(Exception):
    """The program cannot start like this; the text is one line that names what is wrong and the cure."""
