"""What the tagger says: a place in a text and what stands there, never the text itself.

Offsets count Unicode code points of the text as it was given; `end` is exclusive (CONTRACT.md, "A tag").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

CLASSES = (
    "name",
    "address",
    "email",
    "ssn",
    "password",
    "bank",
    "card",
    "phone",
    "dob",
    "zip",
    "gender",
    "id",
    "ip",
)


class Tag(NamedTuple):
    """`text[start:end]` is of class `cls`; `score` 0..1, `by` names the rule that said so."""

    start: int
    end: int
    cls: str
    score: float
    by: str

    def as_json(self) -> dict[str, int | float | str]:
        """The tag as the contract prints it."""
        return {"start": self.start, "end": self.end, "class": self.cls, "score": self.score, "by": self.by}


@dataclass(frozen=True, slots=True, repr=False)
class Context:
    """What is known of the writer beside the text: display name and mailbox, "" where unknown."""

    sender_name: str = ""
    sender_email: str = ""

    def __repr__(self) -> str:
        return "<Context>"


def identifying(tags: Iterable[Tag]) -> bool:
    """Whether birth date, ZIP and gender stand together, or any of them beside a name (CONTRACT.md).

    An address counts as a ZIP when the tagger saw one in it (its `by` says so).
    """
    found = {tag.cls for tag in tags for tag in _with_zip(tag)}
    combined = found & {"dob", "zip", "gender"}
    return len(combined) == 3 or bool(combined and "name" in found)


def _with_zip(tag: Tag) -> Iterable[Tag]:
    yield tag
    if tag.cls == "address" and tag.by.endswith("+zip"):
        yield Tag(tag.start, tag.end, "zip", tag.score, tag.by)
