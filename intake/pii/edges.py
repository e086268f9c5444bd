"""Where a span that the model saw really begins and ends: a number is taken whole, a name with all of its parts."""

from __future__ import annotations

from collections.abc import Iterable

from intake.pii import lexicon, roles
from intake.pii.page import Page, pattern
from intake.pii.tags import Tag
from intake.pii.words import is_ordinary, is_place

_GLUED = frozenset(("id", "phone", "card", "bank", "ssn", "password", "email", "ip"))
_NUMBERS = frozenset(("id", "phone", "card", "bank", "ssn", "zip", "ip"))
_MARKS = " -*>.,;:|\n\t"
_PARTING = " \n,;()"  # what no number goes on over: it spares looking
_REACH = 24  # characters looked at on either side

_GLUED_BEFORE = pattern(r"[A-Za-z0-9](?:[A-Za-z0-9]|[-/._@:][A-Za-z0-9])*[-/._@]?$")
_GLUED_AFTER = pattern(r"^(?:[-/._@:]?[A-Za-z0-9])+")
_FIGURES = pattern(r"^(?:\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})|\d{4}[-/.]\d{1,2}[-/.]\d{1,2})\b")
_SIGNS = "*"
_TOWN = pattern(r"^([A-Z][A-Za-z]+),? \d")
_JOINS = "-'"
_JOINED_BEFORE = pattern(r"[A-Z][A-Za-z\x1f']+-$|\b[A-Z][a-z\x1f]*'$")
_QUOTED_ON = pattern(r"^'[A-Z][a-z\x1f]+")
_TRAILING = pattern(r" ([a-z]|and)$")
_INITIAL = pattern(r"[A-Za-z\x1f'] [A-Z]\.$")
_FAMILY = pattern(r"^ ([A-Z][a-z\x1f']+)(?:[ ,;:!?)\n]|\.?$|\.[ \n])")
_HYPHEN_ON = pattern(r"^-[ \n]?[A-Z\x1f][A-Za-z\x1f']+")
_WRAPPED = pattern(r"^-?\n[> ]*[A-Za-z\x1f']+")
_TITLE = pattern(r"(?i)^(?:\d+|mister|claimant|" + "|".join(sorted(roles.TITLES)) + r")\b\.?[ \n]+\b")
_DOTTED = pattern(r"(?:\b[A-Z]|\b(?i:jr|sr|md))$")  # an initial, or what is shortened
_MORE = pattern(r"^(?: ?[ -] ?\d\b){1,12}")
_SAID = pattern(r"(?i)^(?:[a-z]+[ ,.\n-]+){2,}[a-z]+$")


def tidy(page: Page, spans: Iterable[Tag]) -> list[Tag]:
    """The spans with their edges put right, in order, none over another."""
    tidied: list[Tag] = []
    for tag in spans:
        start, end = _name(page, tag) if tag.cls == "name" else _number(page, tag)
        if tag.cls in _NUMBERS and not _numeric(page.plain[start:end]):
            continue
        last = tidied[-1] if tidied else None
        if last and (start <= last.end or _inverted(page, last, tag.cls, start, end)):
            if tag.cls == last.cls or end <= last.end:
                tidied[-1] = Tag(last.start, max(last.end, end), last.cls, max(last.score, tag.score), last.by)
                continue
            start = last.end + (page.plain[last.end] in "/-" and last.end + 1 < end)
        tidied.append(Tag(start, end, tag.cls, tag.score, tag.by))
    return tidied


def _number(page: Page, tag: Tag) -> tuple[int, int]:
    """A number or secret goes on as long as nothing parts it; marks at its edges are the sentence's."""
    start, end = tag.start, tag.end
    if tag.cls in _GLUED:
        if page.plain[start].isalnum() and page.plain[start - 1 : start].strip(_PARTING):
            before = _GLUED_BEFORE.search(page.raw[max(0, start - _REACH) : start])
            if before:
                start = max(0, start - _REACH) + before.start()
        behind = page.plain[end : end + 1]
        if behind.isalnum() or (behind.strip(_PARTING) and page.plain[end - 1].isalnum()):
            after = _GLUED_AFTER.match(page.raw[end : end + _REACH])
            if after:
                end += after.end()
        if page.plain[end - 1].isdigit() and page.plain[start:end][-2:-1] in (" ", "-"):
            more = _MORE.match(page.raw[end : end + 3 * _REACH])
            if more:
                end += more.end()
    if tag.cls == "dob":
        start, end = _date(page, start, end)
    return _bare(page, start, end, _SIGNS if tag.cls == "password" else "")


def _date(page: Page, start: int, end: int) -> tuple[int, int]:
    """A date written in figures is taken whole, and a town in front of it is none of it."""
    whole = _FIGURES.match(page.raw[start : start + _REACH])
    if whole:
        end = max(end, start + whole.end())
    town = _TOWN.match(page.raw[start:end])
    name = town[1].decode("ascii").lower() if town else ""
    if town and is_place(name) and name not in roles.MONTHS:
        start += town.end() - 1
    return start, end


def _bare(page: Page, start: int, end: int, kept: str = "") -> tuple[int, int]:
    """Without the marks at its edges, but for those that may be a secret's own last character."""
    while start < end - 1 and page.plain[start] in _MARKS + ")]}":
        start += 1
    while end > start + 1 and page.plain[end - 1] in _MARKS and page.plain[end - 1] not in kept:
        end -= 1
    return start, end


def _numeric(text: str) -> bool:
    """With a figure in it, or a number said in words."""
    return any(map(str.isdigit, text)) or _SAID.match(text.encode("ascii")) is not None


def _inverted(page: Page, last: Tag, cls: str, start: int, end: int) -> bool:
    """Family name in capitals, comma, given name in capitals: one person."""
    if last.cls != "name" or cls != "name" or page.plain[last.end : start] != ", " or page.shouting:
        return False
    family, given = page.plain[last.start : last.end], page.plain[start:end]
    return family.isupper() and given.isupper() and len(given) > 1 and "," not in family


def _name(page: Page, tag: Tag) -> tuple[int, int]:
    """A name goes on over a hyphen, also one that ends the line, over an apostrophe and behind an initial; it takes in
    the dot of an initial or of Jr. A number before it, a letter behind it and the town of the next line are none of it.
    """
    start, end = tag.start, tag.end
    near = page.plain[start - 1 : start]
    before = _JOINED_BEFORE.search(page.raw[max(0, start - _REACH) : start]) if near in _JOINS and near else None
    if before:
        start = max(0, start - _REACH) + before.start()
    rest = page.raw[end : end + _REACH]
    if page.plain[end - 1] == "-" or rest.startswith(b"-"):
        after = _WRAPPED.match(rest) or _HYPHEN_ON.match(rest)
    else:
        after = _QUOTED_ON.match(rest)
    start, end = _bare(page, start, end + (after.end() if after else 0))
    if " " in page.plain[start:end] or "\n" in page.plain[start:end]:
        title = _TITLE.match(page.raw[start:end])
        start += title.end() if title else 0
        end = _signed(page, start, _shortened(page, start, end))
    if page.plain[end : end + 1] == "." and _DOTTED.search(page.raw[start:end]):
        end += 1
    family = _FAMILY.match(page.raw[end : end + _REACH]) if _INITIAL.search(page.raw[start:end]) else None
    return start, end + family.end(1) if family and _is_surname(family[1]) else end


def _shortened(page: Page, start: int, end: int) -> int:
    """Without "and", and without the letter of "c/o" and the like."""
    trailing = _TRAILING.search(page.raw[start:end])
    if trailing and (trailing[1] == b"and" or page.plain[end : end + 1] == "/"):
        return start + trailing.start()
    return end


def _signed(page: Page, start: int, end: int) -> int:
    """Of a name with the town below it, each alone on its line, the name."""
    line = page.plain.rfind("\n", start, end)
    alone = page.plain[start - 1 : start] in ("", "\n") and page.plain[end : end + 1] in ("", "\n")
    if line > 0 and alone and " " in page.plain[start:line] and is_place(page.low[line + 1 : end]):
        return line
    return end


def _is_surname(word: bytes) -> bool:
    name = word.decode("ascii").lower()
    return bool(lexicon.columns_of(name)[1, 0]) and not is_ordinary(name) and not is_place(name)
