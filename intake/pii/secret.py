"""Passwords, PINs, access codes and answers to security questions: found by cue and distance alone.

The value is what stands in quotation marks behind the cue, or the first thing there that looks like a secret.
"""

from __future__ import annotations

from collections.abc import Iterator

from intake.pii import spelt
from intake.pii.page import Page, everywhere, pattern
from intake.pii.tags import Tag
from intake.pii.words import is_ordinary

_LINK = (
    r"(?:[ \n]*(?:[:=(,\-]|->)?[ \n]*\b(?:is|was|are|were|still|now|always|set to|it's|it is|it was|es|"
    r"era|de|por|que uso es|que tengo es|"
    r"e|to|jest|to|bylo|est|etait|se|for the \w+|for my \w+|to the \w+|to my \w+|on it|i use|i used|"
    r"i have|i put|i had|number|no|"
    r"del \w+|da \w+|do \w+|para \w+|that works|which is|which was|code|"
    r"#)\b|[ \n]*\([^)\n]{1,40}\)){0,5}[ \n]*(?:[:=(,#\-]|->|\))?[ \n]*"
)
_QUOTES = r"\"([^\"\n]{2,40})\"|'([^'\n]{3,40})'"
_VALUE = pattern(r"^" + _LINK + r"(?:" + _QUOTES + r"|([^ \n\"']\S{2,39}))", anycase=True)
_DIGITS = pattern(r"\b[A-Z0-9]{0,3}-?\d[\dA-Z*#-]{2,11}[*#]?")
_FOUR = pattern(r"\b(?:\d{3}[ -]\d{3}\b|\d{3,8}[*#]?)")
_MADE = everywhere(r"[^ \n\"'()<>,;]*[a-z][^ \n\"'()<>,;\d]*\d[^ \n\"'()<>,;]*")
_PUT = pattern(
    r"\b(?i:i put|i typed|i entered|i said|i wrote|i answered|answer is|answer was|answer|it's|it was|"
    r"it is|is|was|puse|es|era|escrevi|coloquei|respuesta)"
    r"[ :,]*(?:" + _QUOTES + r"|((?:[A-Z][A-Za-z0-9_']+|[a-z]+\d+)(?: [A-Z][\w']+){0,2}))"
)
_NAMED = pattern(r"^[A-Z][A-Za-z']+\.?(?: [A-Z][A-Za-z']+){0,3}")
_FIELD = pattern(r"^[a-z]+\d?=", anycase=True)  # "pass=Tulip44"
_INCHES = pattern(r"\d\"")
_SIGNED = pattern(r"[a-z][#!$%^&*]\d{2}|[a-z]\d{2,4}[!$%^&*]+$|[a-z][$!#]\w*\d")
_QUESTION_ENDS = pattern(
    r"(?i)\b(?:is|was|are)\s+(?:my |the )?(?:first |mother|favou?rite|street|pet|school|maiden)[^,:?]{0,40}[,:?] ?"
)


def find(page: Page) -> Iterator[Tag]:
    """Tags of class `password`."""
    for cue in page.cues:
        if cue.kind == "password":
            yield from _value(page, cue.end)
        elif cue.kind in ("pin", "code", "cvv"):
            yield from _digits(page, cue.start, cue.end, cue.kind)
        elif cue.kind == "answer":
            yield from _answer(page, cue.end)
    for said in spelt.said_in(page) if "pin" in page.kinds else ():
        near = page.cue_before(said.start, 30, "pin", "password", "ssn", "card", "phone", "bank", "account", "code")
        if near and near.kind == "pin" and 3 <= len(said.digits) <= 8:
            yield Tag(said.start, said.end, "password", 0.9, "pin dictated")
    yield from _made_up(page)


def _value(page: Page, at: int) -> Iterator[Tag]:
    found = _VALUE.match(page.raw[at : at + 140])
    if not found:
        return
    group = next((index for index in (1, 2, 3) if found.start(index) >= 0), 0)
    start, end = at + found.start(group), at + found.end(group)
    if group == 1 and not page.plain[at : start - 1].strip() and _within_quotes(page, at):
        return
    if group == 3:
        end = _trimmed(page, start, end)
        linked = page.plain[at:start].strip() != ""
        if not _secretive(page.plain[start:end], linked, page.plain[max(at, start - 2) : start]):
            return
    yield Tag(start, end, "password", 0.92, "password cue")


def _within_quotes(page: Page, at: int) -> bool:
    """Whether a quotation that began in the same line goes on: "PIN or password" it says. 12" is a measure."""
    line = page.raw[page.line(at)[0] : at]
    return (line.count(b'"') - sum(1 for _ in _INCHES.finditer(line))) % 2 == 1


def _trimmed(page: Page, start: int, end: int) -> int:
    """Without the sentence's own punctuation; `!` stays, it is often the secret's."""
    while end > start and page.plain[end - 1] in ".,;:?)]\"'>\x1f":
        end -= 1
    return end


def _secretive(value: str, linked: bool, before: str) -> bool:
    """Whether a token behind the cue is a secret and not the sentence going on ("password is correct")."""
    if len(value) < 3:
        return False
    letters, digits = any(map(str.isalpha, value)), any(map(str.isdigit, value))
    if (letters and digits) or any(char in "!#$%^&*@_+" for char in value):
        return "." not in value[1:-1] or linked
    if digits:
        return linked and sum(map(str.isdigit, value)) >= 4
    mixed = value != value.lower() and value[1:] != value[1:].lower() and value != value.upper()
    return linked and (mixed or (":" in before and not is_ordinary(value.lower())))


def _digits(page: Page, start: int, at: int, kind: str) -> Iterator[Tag]:
    """The first code behind the cue, on the way no other cue and no sentence's end followed by much else."""
    window = page.raw[at : at + (70 if kind == "code" else 45)]
    found = (_FOUR if kind == "pin" else _DIGITS).search(window)
    if not found or b"\n\n" in window[: found.start()] or b"$" in window[: found.start()]:
        return
    left, right = at + found.start(), at + found.end()
    right = _trimmed(page, left, right)
    nearer = page.cue_before(left, 60)
    if (
        nearer
        and nearer.start != start
        and nearer.kind not in ("pin", "code", "password", "last", "phone", "card", "office")
    ):
        return
    if kind == "cvv" and page.near(left, 200, 60, "card"):
        return
    yield Tag(left, right, "password", 0.88, f"{kind} cue")


def _answer(page: Page, at: int) -> Iterator[Tag]:
    window = page.raw[at : at + 120]
    question = _QUESTION_ENDS.search(window)
    found = _NAMED.match(window[question.end() :]) if question else None
    if question and found:
        yield Tag(at + question.end(), at + question.end() + found.end(), "password", 0.75, "answer behind question")
        return
    found = _PUT.search(window)
    for group in (1, 2, 3):
        if found and found.start(group) >= 0:
            yield Tag(at + found.start(group), at + found.end(group), "password", 0.8, "answer cue")
            return


def _made_up(page: Page) -> Iterator[Tag]:
    """A token that mixes letters, figures and signs as people make passwords, where a login is spoken of."""
    for found in page.all(_MADE):
        start = found.start()
        end = _trimmed(page, start, found.end())
        field = _FIELD.match(page.raw[start:end])
        start += field.end() if field else 0
        if not 6 <= end - start <= 40:
            continue
        if _looks_made(page.plain[start:end]) and _login_about(page, start):
            yield Tag(start, end, "password", 0.6, "password form")
        elif _SIGNED.search(page.raw[start:end]) and _looks_made(page.plain[start:end]):
            yield Tag(start, end, "password", 0.6, "password signs")


def _login_about(page: Page, start: int) -> bool:
    if page.near(start, 300, 60, "password"):
        return True
    words = page.low[max(0, start - 120) : start]
    return any(word in words for word in ("login", "log in", "account on", "sign in", "portal"))


def _looks_made(token: str) -> bool:
    if any(mark in token for mark in "@/.:") or token.endswith("="):
        return False
    lower, digit = sum(map(str.islower, token)), sum(map(str.isdigit, token))
    upper, sign = sum(map(str.isupper, token)), sum(char in "!#$%^&*_+=?-" for char in token)
    if lower < 3 or not digit or not token[0].isalnum() or token[0].isdigit():
        return False
    return bool(upper or sign) and token[-2:] not in ("st", "nd", "rd", "th")
