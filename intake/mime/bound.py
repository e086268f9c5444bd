"""How much of a mail is read, and the word for one that only a person can judge."""

from __future__ import annotations

DEEPEST = 60  # multiparts inside each other
PARTS = 2_000
FIELDS = 4_000  # header fields of one part
FIELD_OCTETS = 65_536  # of one field that are looked at
SENDERS = 50  # addresses that may be the writer's
TEXT = 1_000_000  # characters of text; what is longer goes on as an attachment
HARDLY = 5  # words ("Sent from my phone"): who wrote no more lets an attached message speak
PACKED = 4 * TEXT  # octets of all texts that were packed
ALONG = 40_000_000  # octets of all messages that came along and speak, one within another
SUBJECT = 1_000  # characters
NAME = 255  # characters of a file name or a display name


class Unreadable(Exception):
    """A mail that only a person can judge. `reason` is short, neutral, and holds nothing of the mail."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
