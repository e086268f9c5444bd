"""Social Security numbers: whole, masked, dictated, or the last four digits when said to be that.

A miss is a leak: a wrong area number is believed when the writer says it is the SSN.
"""

from __future__ import annotations

from collections.abc import Iterator

from intake.pii import checks, spelt
from intake.pii.page import Page, everywhere, pattern
from intake.pii.tags import Tag

_PART = r"[\x1f]?( ?[-./_][\x1f]? ?|[ \t]|-\n[> ]*)"
_WRITTEN = everywhere(rf"\d{{3}}{_PART}\d{{2}}{_PART}\d{{4}}")
_BARE = everywhere(r"(?i)\b(?:ssn)?(\d{9})\b")
_SPACED = everywhere(r"\b\d(?:[ -]\d){8}\b")
_MASKED = everywhere(r"(?i)(?:[x*#]{3}[- .]?[x*#]{2}|[x*#]{5,7})[- .]?\d{4}\b")
_FOUR = pattern(r"\b\d{4}\b")

_OTHER = ("none", "phone", "office", "routing", "bank", "account", "card", "id", "zip")


def find(page: Page) -> Iterator[Tag]:
    """Tags of class `ssn`."""
    yield from _written(page)
    yield from _bare(page)
    for found in page.all(_MASKED):
        if (
            found.end() - found.start() < 12
            and _alone(page, found.start(), found.end())
            and _meant(page, found.start())
        ):
            yield Tag(found.start(), found.end(), "ssn", 0.95, "ssn masked")
    yield from _last_four(page)
    yield from _dictated(page)


def _written(page: Page) -> Iterator[Tag]:
    for found in page.all(_WRITTEN):
        start, end = found.span()
        digits = page.digits(start, end)
        if not _alone(page, start, end):
            continue
        if page.cue_before(start, 40, "ssn") or page.cue_after(end, 12, "ssn"):
            yield Tag(start, end, "ssn", 0.99, "ssn form+cue")
        elif checks.ssn(digits) and not _decoy(page, start, end, found[1].strip() == b""):
            yield Tag(start, end, "ssn", 0.93, "ssn form")
        elif checks.itin(digits) and not _decoy(page, start, end, found[1].strip() == b""):
            yield Tag(start, end, "ssn", 0.9, "itin form")


def _bare(page: Page) -> Iterator[Tag]:
    for expression, group in ((_BARE, 1), (_SPACED, 0)):
        for found in page.all(expression):
            start, end = found.span(group)
            cue = page.cue_before(start, 60, "ssn", *_OTHER)
            if (cue and cue.kind == "ssn") or start > found.start() or page.cue_after(end, 12, "ssn"):
                yield Tag(start, end, "ssn", 0.97, "ssn digits+cue")


def _last_four(page: Page) -> Iterator[Tag]:
    if "ssn" not in page.kinds:
        return
    for start, end in page.spans(_FOUR):
        if _alone(page, start, end) and _said_last(page, start, end):
            yield Tag(start, end, "ssn", 0.9, "ssn last four")


def _said_last(page: Page, start: int, end: int) -> bool:
    owner = page.cue_before(start, 90, "ssn", "bank", "account", "card", "phone", "id", "none", "pin", "password")
    if owner and owner.kind == "ssn" and page.cue_before(start, 90, "last"):
        return True
    if owner and owner.kind == "ssn" and not _year(page.plain[start:end]) and start - owner.end < 12:
        return True
    return bool(page.cue_after(end, 25, "ssn") and page.near(end, 40, 25, "last"))


def _year(digits: str) -> bool:
    return digits[:2] in ("19", "20")


def _dictated(page: Page) -> Iterator[Tag]:
    for said in spelt.said_in(page) if "ssn" in page.kinds else ():
        nine = len(said.digits) == 9
        if page.cue_before(said.start, 120, "ssn") and (
            nine or (len(said.digits) == 4 and page.cue_before(said.start, 90, "last"))
        ):
            yield Tag(said.start, said.end, "ssn", 0.96, "ssn dictated")


def _alone(page: Page, start: int, end: int) -> bool:
    """No digit, and no joined group of digits, stands directly at either side."""
    before, after = page.plain[max(0, start - 2) : start], page.plain[end : end + 2]
    if before[-1:].isalnum() or after[:1].isalnum() or before[-1:] in ("$", "#"):
        return False
    return not (before[-1:] in "-./" and before[:1].isdigit()) and not (after[:1] in "-/" and after[1:].isdigit())


def _decoy(page: Page, start: int, end: int, spaced: bool) -> bool:
    """The writer calls it something else; groups parted by blanks alone are no sure form."""
    cue = page.cue_before(start, 30, *_OTHER) if spaced else None
    return (cue is not None and page.linked(cue, start)) or page.denied(start, end, 30)


def _meant(page: Page, start: int) -> bool:
    cue = page.cue_before(start, 60, "ssn", "card", "bank", "account", "phone", "id")
    masked = page.plain[start : start + 6].count("-")
    return bool(cue and cue.kind == "ssn") or masked > 0
