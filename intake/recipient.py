"""Recipients: which addresses of our domain mail is taken for, and what each stands for.

Anything else is refused with 550 at RCPT (RFC 5321 §3.3), the same way and after the same look-up whether it was
never ours or is no longer; there is no way to relay: percent, bang, routes and foreign domains are unknown here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from intake.door import Target
from intake.reference import canonical, token_digest

_TOKEN = re.compile(r"(reply|bounce)[+=_.-]?([0-9a-z-]{20,30})")  # typed from paper: the plus is what goes wrong
OPERATOR = ("postmaster", "abuse")  # RFC 5321 §4.5.1, RFC 2142


@dataclass(frozen=True, slots=True)
class Recipients:
    """`agencies`: the ids in force now. `is_token(kind, digest)`: whether an alias or bounce token is open."""

    domain: str
    agencies: Callable[[], Collection[str]]
    is_token: Callable[[str, str], bool]

    def resolve(self, address: str) -> Target | None:
        """What `address` stands for; None when it is not ours. Raises `Deferred` when the store cannot be asked."""
        local, at, domain = address.rpartition("@")
        if not at:
            return Target("new", domain.lower()) if domain.lower() == "postmaster" else None
        if domain.lower().rstrip(".") != self.domain:
            return None
        local = local.lower()
        if local == "contact" or local in OPERATOR or local in self.agencies():
            return Target("new", local)
        found = _TOKEN.fullmatch(local)
        return self._token(found[1], found[2]) if found else None

    def _token(self, kind: str, token: str) -> Target | None:
        if len(canonical(token)) != 20:
            return None
        digest = token_digest(token)
        return Target(kind, digest) if self.is_token(kind, digest) else None
