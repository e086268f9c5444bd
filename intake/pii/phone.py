"""Phone and fax numbers of people; not the numbers that offices and firms publish.

Untagged stay toll-free lines, the exchanges of the State of Connecticut, numbers in a text quoted from a
government mailbox and numbers that the writer calls an office's, unless they are said to be somebody's own.
"""

from __future__ import annotations

from collections.abc import Iterator

from intake.pii import checks, spelt
from intake.pii.page import Page, everywhere, pattern
from intake.pii.tags import Tag

_EXTENSION = r"(?:,? ?(?i:ext\.?|extension|x|anexo|ramal|wewn\.?) ?:?#? ?\d{1,6}\b)?"
_WRITTEN = everywhere(
    r"(?:\+?\b1[ .\-]{0,2}[2-9]\d{2}|(?:\+?\b1[ .\-]{0,2})?\( ?[2-9]\d{2} ?\)|\b[2-9]\d{2})(?:[ ._\-/\x1f]{0,3}|"
    r"-\n[> ]*)[2-9]\d{2}(?:[ ._\-\x1f]{0,3}|-\n[> ]*)\d{2}[ .\-]?\d{2}\b" + _EXTENSION
)
_SPACED = everywhere(r"\b(?:1[ .\-])?\d(?:[ .\-]{1,2}\d){9}\b")
_ABROAD = everywhere(r"(?:\+|\b00 ?)[2-9]\d{0,2}(?:[ .\-]{0,2}\(?\d{1,4}\)?){2,6}\b")
_LOOSE = everywhere(r"\(?\b\d(?:[ .\-()]{0,2}\d){6,12}\b")
_LOCAL = everywhere(r"\b[2-9]\d{2}[-. ]\d{4}\b" + _EXTENSION)

# Exchanges in area code 860 that offices of the State of Connecticut answer (agencies' contact pages).
STATE_EXCHANGES = frozenset(
    ("240", "256", "258", "263", "270", "297", "418", "424", "500", "509", "541", "548", "550", "566", "594", "602",
     "616", "622", "685", "692", "702", "713", "723", "754", "757", "807", "808", "827")
)  # fmt: skip

_ANOTHER = pattern(r"(?i)^,? ?(?:(?:or|and|work|cell|home|fax|/|o|y|ou|lub) ?){1,2}(-\d{4})\b")
_CALLED = ("phone", "office", "id", "none", "bank", "account", "routing", "card", "ssn", "pin", "password")
_OWN = pattern(r"(?i)\b(?:my|cell|mobile|home|me|mi|cel|celular|him|her|meu|moj|mon)\b")


def find(page: Page) -> Iterator[Tag]:
    """Tags of class `phone`."""
    for expression in (_WRITTEN, _SPACED):
        for found in page.all(expression):
            yield from _ten(page, *found.span())
    for found in page.all(_ABROAD):
        digits = len(page.digits(*found.span()))
        if (8 if found[0].startswith(b"+") else 12) <= digits <= 15 and not page.cue_before(
            found.start(), 20, "id", "none"
        ):
            yield Tag(found.start(), found.end(), "phone", 0.9, "phone abroad")
    for found in page.all(_LOCAL):
        yield from _seven(page, *found.span())
    for found in page.all(_LOOSE):
        yield from _called(page, *found.span())
    for said in spelt.said_in(page) if "phone" in page.kinds else ():
        cue = page.cue_before(said.start, 80, *_CALLED)
        if cue and cue.kind == "phone" and (said.words > 5 or len(said.digits) in (7, 10, 11)):
            yield Tag(said.start, said.end, "phone", 0.9, "phone dictated")


def _second(page: Page, end: int) -> Iterator[Tag]:
    """The last four digits of another line behind a number: "860-555-0131, work -0132"."""
    found = _ANOTHER.search(page.raw[end : end + 30])
    if found:
        yield Tag(end + found.start(1), end + found.end(1), "phone", 0.8, "phone second")


def _ten(page: Page, start: int, end: int) -> Iterator[Tag]:
    number = page.plain[start:end].lower()
    for mark in ("x", "e", "a", "r", "w"):
        number = number.partition(mark)[0]
    digits = "".join(filter(str.isdigit, number))
    if not checks.nanp(digits) or _joined(page, start, end):
        return
    cue = page.cue_before(start, 45, *_CALLED)
    called = cue.kind if cue and "\n\n" not in page.plain[cue.end : start] else ""
    formal = not number.strip().isdigit()
    other = called in ("id", "none") and cue is not None and start - cue.end < 5
    meant = called in ("", "phone", "office") or (formal and not other)
    if meant and not _published(page, start, digits[-10:], called):
        yield Tag(start, end, "phone", 0.96 if called == "phone" else 0.92, "phone plan")
        yield from _second(page, end)


def _seven(page: Page, start: int, end: int) -> Iterator[Tag]:
    if _joined(page, start, end) or page.plain[start - 1 : start] == ")":
        return
    cue = page.cue_before(start, 30, *_CALLED)
    called = cue.kind if cue else ""
    dashed = page.plain[start + 3] != " "
    if called == "phone" or (not called and dashed):
        yield Tag(start, end, "phone", 0.9 if called else 0.6, "phone local")


def _called(page: Page, start: int, end: int) -> Iterator[Tag]:
    """A number of no plan of ours that the writer calls a phone's, straight behind the word."""
    cue = page.cue_before(start, 16, *_CALLED, "dob", "zip", "expiry", "number")
    digits = page.digits(start, end)
    straight = cue is not None and cue.kind == "phone" and "\n\n" not in page.plain[cue.end : start]
    lone = not _joined(page, start, end) and len(set(digits)) > 2
    if straight and lone and not _published(page, start, digits[-10:], "phone"):
        yield Tag(start, end, "phone", 0.6, "phone cue")


def _joined(page: Page, start: int, end: int) -> bool:
    before, after = page.plain[max(0, start - 2) : start], page.plain[end : end + 2]
    if before[-1:].isalnum() or before[-1:] in ("$", "#") or after[:1].isalnum():
        return True
    return (before[-1:] in ("-", "/", ".") and before[:1].isdigit()) or (
        after[:1] in ("-", "/", ".") and after[1:].isdigit()
    )


def _published(page: Page, start: int, digits: str, called: str) -> bool:
    """Whether the number is an office's or a firm's own line."""
    if digits[:3] in checks.TOLL_FREE:
        return True
    own = _OWN.search(page.raw[max(page.line(start)[0], start - 30) : start]) is not None
    if called == "office" and not own:
        return True
    state = called != "phone" and digits[:3] == "860" and digits[3:6] in STATE_EXCHANGES
    return not own and (page.is_official(start) or state)
