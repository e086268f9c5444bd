"""Payment cards: number, and beside it expiry and security code.

The check digit and the issuer's range decide; a number that the writer calls something else (IMEI, tracking) is
none, and one called a card is one even when mistyped.
"""

from __future__ import annotations

from collections.abc import Iterator

from intake.pii import checks, spelt
from intake.pii.page import Page, everywhere, pattern
from intake.pii.tags import Tag

_RUN = everywhere(r"\b\d(?:(?:[ .\-_\x1f]{0,2}|[ -]?\n[> ]{0,3})\d){11,18}")
_GROUP = pattern(r"\d+")
_EXPIRY = pattern(r"\b(?:0?[1-9]|1[0-2])[ ]?[/-][ ]?(?:20)?\d{2}\b")
_CVV = pattern(r"\b\d{3,4}\b")
_LAST = pattern(r"\b\d{4}\b")

_CALLED = ("card", "none", "id", "account", "bank", "routing", "utility", "phone")


def find(page: Page) -> list[Tag]:
    """Tags of class `card`."""
    numbers = [tag for found in page.all(_RUN) for tag in _number(page, *found.span())]
    numbers += _endings(page)
    numbers += _dictated(page)
    return numbers + [tag for number in numbers for tag in _beside(page, number)] + _lone_cvv(page)


def _number(page: Page, start: int, end: int) -> Iterator[Tag]:
    if page.plain[start - 1 : start] in ("$", "+") or page.plain[end : end + 1].isalnum():
        return
    cue = page.cue_before(start, 45, *_CALLED)
    called = cue.kind if cue else ""
    other = page.denied(start, end, 45) or (called == "id" and cue is not None and page.linked(cue, start))
    for left, right in _windows(page, start, end) if not other else ():
        digits = page.digits(left, right)
        if checks.card(digits) and (called == "card" or not _wrapped(page, left, right)):
            yield Tag(left, right, "card", 0.98 if called == "card" else 0.93, "card check digit")
            return
    digits = page.digits(start, end)
    if (
        called == "card"
        and (14 <= len(digits) <= 19 or (len(digits) > 11 and checks.luhn(digits)))
        and page.cue_before(start, 45) == cue
    ):
        yield Tag(start, end, "card", 0.85, "card cue")


def _windows(page: Page, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretches of whole groups that could be a card's number, longest first (12 to 19 digits)."""
    groups = [(start + g.start(), start + g.end()) for g in _GROUP.finditer(page.raw[start:end])]
    fitting = []
    for first, (left, _) in enumerate(groups):
        if page.plain[left] not in "23456":
            continue
        digits = 0
        for begin, right in groups[first:]:
            digits += right - begin
            if digits > 19:
                break
            if digits >= 12:
                fitting.append((-digits, left, right))
    yield from ((left, right) for _, left, right in sorted(fitting))


def _wrapped(page: Page, start: int, end: int) -> bool:
    """Whether a line ends within it elsewhere than between groups of four: such numbers stand in a column."""
    groups = page.plain[start:end].replace("\n", " ").replace("-", " ").split()
    return "\n" in page.plain[start:end] and any(len(group) != 4 for group in groups)


def _endings(page: Page) -> list[Tag]:
    """The last four digits of a card, said to be that."""
    found = []
    if "card" in page.kinds:
        for start, end in page.spans(_LAST):
            if page.cue_before(start, 12, "last"):
                owner = page.cue_before(start, 60, *_CALLED, "ssn")
                if owner and owner.kind == "card":
                    found.append(Tag(start, end, "card", 0.8, "card last four"))
    return found


def _dictated(page: Page) -> Iterator[Tag]:
    for said in spelt.said_in(page) if "card" in page.kinds else ():
        cue = page.cue_before(said.start, 60, *_CALLED, "ssn", "pin")
        if cue and cue.kind == "card" and (checks.card(said.digits) or len(said.digits) in (15, 16)):
            yield Tag(said.start, said.end, "card", 0.95, "card dictated")


def _beside(page: Page, number: Tag) -> Iterator[Tag]:
    """Expiry and security code within 70 characters behind a number."""
    window = page.raw[number.end : number.end + 70]
    for date in _EXPIRY.finditer(window):
        start, end = number.end + date.start(), number.end + date.end()
        if page.plain[end : end + 1] not in ("/", "-"):
            yield Tag(start, end, "card", 0.9, "card expiry")
            break
    for code in _CVV.finditer(window):
        start, end = number.end + code.start(), number.end + code.end()
        cue = page.cue_before(start, 20)
        if cue and cue.kind == "cvv" and cue.start >= number.end:
            yield Tag(start, end, "card", 0.92, "card code")
            break


def _lone_cvv(page: Page) -> list[Tag]:
    """A security code named so outright, wherever it stands."""
    found = []
    for cue in page.cues if "cvv" in page.kinds else ():
        name = page.low[cue.start : cue.end]
        if cue.kind == "cvv" and name[:2] in ("cv", "cs", "ci") and page.near(cue.start, 300, 100, "card"):
            code = _CVV.search(page.raw[cue.end : cue.end + 16])
            if code:
                found.append(Tag(cue.end + code.start(), cue.end + code.end(), "card", 0.85, "card code"))
    return found
