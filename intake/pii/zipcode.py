"""ZIP codes standing alone; those inside an address belong to it."""

from __future__ import annotations

from collections.abc import Iterator

from intake.pii.page import Page, everywhere, pattern
from intake.pii.tags import Tag
from intake.pii.words import is_place

_FIVE = everywhere(r"\b\d{5}(?:-\d{4})?\b")
_BEFORE = pattern(
    r"(?:\b(?:CT|Ct|ct|Conn|Connecticut|[A-Z]{2})\.?,? |\b(?i:in|at|from|near|live in|the|area|is|vivo en|"
    r"en|em|w)[ :]{1,2}|[,(:] ?)$"
)
_WORD = pattern(r"([A-Za-z]+),? ?$")


def find(page: Page) -> Iterator[Tag]:
    """Tags of class `zip`."""
    for found in page.all(_FIVE):
        start, end = found.span()
        if _part_of_more(page, start, end):
            continue
        cue = page.cue_before(start, 30)
        if cue and cue.kind == "zip":
            yield Tag(start, end, "zip", 0.97, "zip cue")
        elif not (cue and cue.kind in ("id", "none", "account", "bank", "code", "pin", "password")):
            yield from _unsaid(page, start, end)


def _unsaid(page: Page, start: int, end: int) -> Iterator[Tag]:
    """Connecticut's own range, after a preposition, a comma or a place; others only after state or place."""
    ours = page.plain[start:end].startswith("06")
    word = _WORD.search(page.raw[max(0, start - 24) : start])
    place = word is not None and is_place(word[1].decode("ascii").lower())
    if place or (ours and _BEFORE.search(page.raw[max(0, start - 16) : start])):
        yield Tag(start, end, "zip", 0.8 if place else 0.7, "zip range")


def _part_of_more(page: Page, start: int, end: int) -> bool:
    before, after = page.plain[max(0, start - 1) : start], page.plain[end : end + 2]
    return (
        before in ("$", "#", "-", "/", ".", "_", "+")
        or after[:1] in ("-", "/", "_", "%")
        or (after[:1] in ".," and after[1:].isdigit())
    )
