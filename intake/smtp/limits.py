"""How much one client, one session and all of them together may ask of the door."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

RECIPIENTS = 100  # a transaction (RFC 5321 §4.5.3.1.8)
WRONG_RECIPIENTS = 20  # a session; then it is closed
WRONG_AN_HOUR = 100  # a client; then each further one is answered a second late
TO_AN_ALIAS = 30  # mails a minute; more are told to come back
COMMAND_OCTETS = 512  # RFC 5321 §4.5.3.1.4
MAIL_OCTETS = COMMAND_OCTETS + 26 + 10  # of MAIL after EHLO (RFC 1870 §3, RFC 6531 §3.1)
CALLS = {"MAIL": 100_000, "RCPT": 1_000_000, "DATA": 100_000, "RSET": 100_000}  # a session
CALLS_OF_OTHERS = 100  # of each
UNKNOWN_COMMANDS = 5  # the last is answered with 421
COMMAND_SECONDS = 120.0
DATA_SECONDS = 600.0
SESSIONS = 1000
SESSIONS_A_CLIENT = 100
OCTETS_IN_FLIGHT = 256 * 1024 * 1024  # of all sessions; more is told to come back
OCTETS_A_CLIENT = OCTETS_IN_FLIGHT // 2  # or who sends slowly what is never finished would have it all
LOOKUP_SECONDS = 20.0  # the store's answer about an alias
COMMIT_SECONDS = 60.0  # and until a letter is kept; Postfix waits ten minutes, others five
RECEIVED_HEADERS = 100  # more is a loop (RFC 5321 §6.3)


@dataclass
class Window:
    """Counts by name within a span of time that begins anew when it is over; forgets all names then."""

    seconds: float
    began: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, name: str) -> int:
        """Count one more; how many there are now."""
        if time.monotonic() - self.began > self.seconds:
            self.began, self.counts = time.monotonic(), Counter()
        self.counts[name] += 1
        return self.counts[name]


@dataclass
class Limits:
    """How many sessions may be open, in all and from each client, and how long one waits for a command or its data."""

    per_client: bool
    command_seconds: float = COMMAND_SECONDS
    data_seconds: float = DATA_SECONDS
    commit_seconds: float = COMMIT_SECONDS
    closing: bool = False  # letters on the wire are finished, new ones are sent away
    octets: Counter[str] = field(default_factory=Counter)  # of letters that are being taken in, by client
    open: Counter[str] = field(default_factory=Counter)
    wrong: Window = field(default_factory=lambda: Window(3600.0))  # unknown recipients, by client
    aliases: Window = field(default_factory=lambda: Window(60.0))  # mails, by alias

    def enter(self, client: str) -> bool:
        """Count a session in; False when there are too many."""
        self.open[client] += 1
        return self.open.total() <= SESSIONS and not (self.per_client and self.open[client] > SESSIONS_A_CLIENT)

    def leave(self, client: str) -> None:
        """Count a session out."""
        self.open[client] -= 1
        if self.open[client] <= 0:
            del self.open[client]

    def crowded(self, client: str) -> bool:
        """Whether letters that are being taken in fill the memory they may have, or this client's share of it."""
        return self.octets.total() > OCTETS_IN_FLIGHT or (self.per_client and self.octets[client] > OCTETS_A_CLIENT)

    def release(self, client: str, octets: int) -> None:
        """Those are settled."""
        self.octets[client] -= octets
        if self.octets[client] <= 0:
            del self.octets[client]
