"""The verdict of a spam filter in front of this installation, as SpamAssassin, amavis and rspamd write it.

Only a yes counts, wherever it stands in the header: who forges one harms nobody but themselves, and a forged no
takes no yes away.
"""

from __future__ import annotations

from intake.sender.header import Fields

_SAYS = (b"x-spam-flag", b"x-spam-status", b"x-spam")


def says_spam(fields: Fields) -> bool:
    """Whether a header field calls the mail spam."""
    return any(name.lower() in _SAYS and value.strip().lower().startswith((b"yes", b"true")) for name, value in fields)
