"""Numbers that name a person's licence, plate, case, claim, policy and the like.

A value is a token with figures in it; the nearest cue word says what it is. A few kinds have a form of their own
(VIN, Medicare card, Connecticut's dockets) and need no cue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from intake.pii import checks
from intake.pii.cues import Cue
from intake.pii.page import Page, everywhere, pattern
from intake.pii.tags import Tag
from intake.pii.words import is_ordinary

_GROUP = r"[A-Za-z]{0,4}\d[A-Za-z0-9]*"
_VALUE = pattern(
    rf"\b(?:[A-Z]{{1,5}}[ -]{{1,2}}(?:[A-Z]{{2,4}}-?)?)?{_GROUP}(?:[-/.]{_GROUP}|[-/.][A-Z]{{1,3}}\b| {_GROUP})*"
)
_FORMED = (
    (everywhere(r"\b[A-HJ-NPR-Z0-9]{17}\b"), "vin"),
    (
        everywhere(
            r"\b[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}\b"
        ),
        "medicare",
    ),
    (everywhere(r"\b[A-Z]{2,3}-[A-Z]{2,3}-?\d{2}-\d{5,7}(?:-[A-Z])?\b"), "docket"),
    (everywhere(r"\b[A-Z]{2}-\d{5}\b"), "plate"),
    (everywhere(r"\b(?:MA|NY|NJ|RI|NH|VT|ME|PA|FL) \d?[A-Z]{2,3}[ -]?\d{3,4}\b"), "plate"),
    (everywhere(r"\b[A-Z]{2}\d{5}\b"), "short plate"),
)
_DATE = re.compile(  # of short values, where the standard library's is the quicker one
    r"(?:\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}|\d{1,2}-\d{4}|(?:19|"
    r"20)\d\d(?:-(?:19|20)?\d\d)?)"
)
_PLAIN = re.compile(
    r"(?:\d{1,3}(?:st|nd|rd|th|[ap]m|k|mg|ft|br|mph|yo|hrs?|min|lb|x|er|er|do|ro)|[A-Z]?\d{1,2}|\d+(?:\.\d+)+)",
    re.IGNORECASE,
)
_CALLED = (
    "id", "none", "account", "utility", "bank", "routing", "card", "phone", "ssn", "dob", "zip", "pin", "password",
    "code", "cvv", "expiry", "office", "number",
)  # fmt: skip


def find(page: Page) -> Iterator[Tag]:
    """Tags of class `id`."""
    for expression, form in _FORMED:
        for found in page.all(expression):
            whole = page.plain[found.end() : found.end() + 1] != "-"
            if whole and _form_holds(page, form, found[0].decode("ascii"), found.start()):
                yield Tag(found.start(), found.end(), "id", 0.95, f"id {form}")
    if page.kinds & _SAYING:
        yield from _said(page)


def _said(page: Page) -> Iterator[Tag]:
    """Values that a cue calls so, and those that are listed behind one."""
    before = Tag(0, 0, "id", 0.0, "")
    for start, end in page.spans(_VALUE):
        if end - start < _SHORTEST:
            continue
        near = before.end and start - before.end < _HEAD
        if not near and not page.has_cue(start - _REACH, end):
            continue
        start, end = _trimmed(page, start, end)
        if start < end and not (start - before.end < 7 and page.low[before.end : start] in _LISTED and before.end):
            for tag in _judged(page, start, end):
                yield tag
                before = tag
        elif start < end and end - start > 4:
            before = Tag(start, end, "id", 0.7, "id listed")
            yield before


_SAYING = frozenset(("id", "number", "account", "utility"))
_SHORTEST = 3  # characters that name anything
_REACH = 60  # characters between a value and the word that says what it is
_HEAD = 20  # characters between two values of a list, a word that is cut off included
_LISTED = frozenset((" and ", ", ", " y ", " & ", " or ", "/", " / ", " e ", " i ", " et "))
_VEHICLE = pattern(
    r"(?i)\b(?:car|plate|vehicle|truck|accident|registration|dmv|tow|mine|drives|driver|placa|carro|suv|"
    r"van|trooper|troop)\b"
)


def _form_holds(page: Page, form: str, value: str, start: int) -> bool:
    """A VIN needs its check digit or a cue, a plate without a mark in it a vehicle about."""
    if form == "vin":
        return checks.vin(value) or page.cue_before(start, 25, "id") is not None
    cue = page.cue_before(start, 25)
    if cue and cue.kind == "none":
        return False
    return form != "short plate" or _VEHICLE.search(page.raw[max(0, start - 200) : start + 60]) is not None


def _judged(page: Page, start: int, end: int) -> Iterator[Tag]:
    value = page.plain[start:end]
    if _no_value(page, value, start, end):
        return
    cue = _called(page, start, value.upper() != value.lower())
    if cue is None or page.digits(cue.end, start):
        return
    direct = page.linked(cue, start) and "\n\n" not in page.plain[cue.end : start]
    digits = len(page.digits(start, end))
    if cue.kind == "id" and _enough(value, digits, direct, page.plain[cue.end : start]):
        yield Tag(start, end, "id", 0.9 if direct else 0.7, "id cue")
    elif (
        cue.kind == "number"
        and digits >= 6
        and (direct or start - cue.end < 30)
        and "\n\n" not in page.plain[cue.end : start]
    ):
        yield Tag(start, end, "id", 0.65, "id number")
    elif cue.kind in ("account", "utility") and direct and digits >= 5:
        yield Tag(start, end, "id", 0.8, "id account")


def _called(page: Page, start: int, lettered: bool) -> Cue | None:
    """The nearest cue; a value with letters in it is no phone number, so that the cue before counts."""
    for cue in page.cues_before(start, _REACH):
        fits = cue.kind in _CALLED and not (lettered and cue.kind in ("phone", "office"))
        if fits and (start - cue.end <= 45 or not page.plain[cue.end : start].strip(" ._:")):
            return cue
    return None


def _enough(value: str, digits: int, direct: bool, between: str) -> bool:
    mixed = digits >= 2 and value.upper() != value.lower()
    if direct:
        return digits >= 4 or (mixed and len(value) >= 4) or (digits >= 3 and any(c in "#:" for c in between))
    return ". " not in between and "\n\n" not in between and (digits >= 6 or (mixed and len(value) >= 6))


def _no_value(page: Page, value: str, start: int, end: int) -> bool:
    before, after = page.plain[max(0, start - 1) : start], page.plain[end : end + 2]
    if before in ("$", "@", "_") or after[:1] in ("%", "@", "_"):
        return True
    if after[:1] in ".," and after[1:].isdigit() and len(value) <= 4:
        return True
    return bool(_DATE.fullmatch(value) or _PLAIN.fullmatch(value))


def _trimmed(page: Page, start: int, end: int) -> tuple[int, int]:
    """Cut what is only the sentence: a leading ordinary word in capitals, groups that do not go on the number."""
    head, space, _ = page.plain[start:end].partition(" ")
    if space and head.isalpha() and (is_ordinary(head.lower()) or head.lower() in _HEADS or _is_cue(page, start)):
        start += len(head) + 1
        while start < end and page.plain[start] == " ":
            start += 1
    return start, _tail(page, start, end)


def _is_cue(page: Page, start: int) -> bool:
    cue = page.cue_after(start, 0)
    return cue is not None and cue.start == start


_HEADS = frozenset(
    (
        "acct",
        "no",
        "vin",
        "ct",
        "case",
        "id",
        "dl",
        "lic",
        "mrn",
        "npi",
        "apt",
        "box",
        "po",
        "rt",
        "rte",
        "tel",
        "fax",
        "hb",
        "sb",
    )
)


def _tail(page: Page, start: int, end: int) -> int:
    """The end of the number: groups after a space go on it only when they look like more of it."""
    groups = page.plain[start:end].split(" ")
    at, kept = start, start
    for index, group in enumerate(groups):
        first = index == 0 or (index == 1 and groups[0].isalpha())
        last = index == len(groups) - 1
        if not first and not _continues(groups[index - 1], group, last):
            break
        at += (1 if index else 0) + len(group)
        kept = at
    return kept


def _continues(before: str, group: str, last: bool) -> bool:
    if ("-" in before and len(before) > 6) or "/" in group or "." in group:
        return False
    if group.isdigit():
        return len(group) >= 3 or (last and len(before) >= 3) or (len(group) == 2 and len(before) == 2)
    return len(group) <= 4 and group == group.upper() and len(before) <= 4 and any(map(str.isdigit, group))
