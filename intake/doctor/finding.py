"""A finding: what is wrong, and what to do about it, in one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Finding:
    """`check`: which one found it. `advice`: it works like this; nothing must be done at once."""

    check: str
    finding: str
    cure: str
    advice: bool = False

    def __str__(self) -> str:
        return f"{'note: ' if self.advice else ''}{self.finding}: {self.cure}"

    @classmethod
    def of(cls, check: str, fault: Exception) -> Self:
        """What the program says when it cannot start: "what is wrong; the cure"."""
        finding, _, cure = str(fault).partition("; ")
        return cls(check, finding, cure or "see docs/operations.md")


def note(check: str, finding: str, cure: str) -> Finding:
    """Advice."""
    return Finding(check, finding, cure, advice=True)
