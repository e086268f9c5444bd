"""What reading one message may cost. Whoever runs out holds the message."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

PART = 20_000_000  # decoded octets of one part, or of one member of a document
WHOLE = 60_000_000  # of the message
MEMBERS = 2_000  # parts, objects and members of all documents together


class TooMuch(Exception):
    """A limit was reached; its text is the finding."""


@dataclass(slots=True)
class Budget:
    """Counts down while a message is read. `seconds`: of this thread's work; what others do meanwhile holds nothing.

    The work is only asked for when so much time is over at all: it is never more, and asking the system is dear.
    """

    seconds: float
    octets: int = WHOLE
    members: int = MEMBERS
    _began: float = field(default_factory=time.monotonic)
    _work: float = field(default_factory=time.thread_time)

    def spend(self, octets: int) -> None:
        """So many decoded octets more."""
        self.octets -= octets
        if octets > PART or self.octets < 0:
            raise TooMuch("too large to be searched")

    def member(self) -> None:
        """One part, object or member more."""
        self.members -= 1
        if self.members < 0:
            raise TooMuch("too many parts to be searched")
        self.breathe()

    def breathe(self) -> None:
        """Called between any two steps that take long."""
        if time.monotonic() - self._began > self.seconds and time.thread_time() - self._work > self.seconds:
            raise TooMuch("could not be searched in time")
