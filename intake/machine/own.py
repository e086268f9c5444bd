"""Our own mail on its way back: what a router like this one composed, and how often it came through one."""

from __future__ import annotations

import re

from intake.letter import Letter
from intake.machine.signs import Fields

HOPS = "X-Intake-Hops"
"""In what we compose: through how many routers like this one its words have come, ours included."""

MOST_HOPS = 10
ROUND = 2  # hops that bring a letter back to where it was: nothing of that is sent on

_NUMBER = re.compile(rb"[0-9]{1,3}\Z")


def hops(headers: Fields) -> int:
    """What HOPS says, MOST_HOPS at most; rubbish says 0. It can only stop a letter: who forges it stops their own."""
    name = HOPS.lower()
    told = (value.strip() for field_name, value in headers if field_name == name)
    return max((min(int(value), MOST_HOPS) for value in told if _NUMBER.match(value)), default=0)


_TOKEN = re.compile(r"(?:reply|bounce)\+[0-9a-hjkmnp-tv-z]{20}\Z")
_IDENT = re.compile(r"<[0-9a-hjkmnp-tv-z]{4}(?:-[0-9a-hjkmnp-tv-z]{4}){2}\Z")


def composed_by(letter: Letter) -> str:
    """The domain of the installation of this program that composed the letter; "" when none did.

    Ours is on its way back to us if this is our mail domain. A Message-ID of our form *and* an alias as its writer:
    neither stands in what a person writes; an alias of ours in To, In-Reply-To or a quotation is in every answer.
    """
    ident, _, host = letter.message_id.lower().rstrip(">").partition("@")
    if not host or not _IDENT.match(ident):
        return ""
    senders = (address.lower().rpartition("@") for address in (letter.sender, *letter.addresses))
    return host if any(domain == host and _TOKEN.match(local) for local, _, domain in senders) else ""
