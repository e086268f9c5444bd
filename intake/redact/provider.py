"""Addresses at the well-known providers of mailboxes, whatever stands for the "@" and for the dot.

The rule this module keeps: the domain is known, so that less is needed between it and what `local` takes for a local
part: a preposition, a mark, a bracket. "Account at yahoo.com" is prose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import re2

from intake.redact import local, words
from intake.redact.spelling import View

_TOP = r"(?:com?(?:\.[a-z]{2})?|con|c0m|c o m|net|org|edu|[a-z]{2}(?:\.[a-z]{2})?)"
_TOP_SPACED = r"(?:com|c o m|net|fr|pl|ru|br|jp)"  # behind a blank or a comma: "at gmail it is" is a sentence
_DOT_SAID = words.either((*words.DOT, *words.DOT_AND_MORE))
_DOT = rf"(?:\.|\s?[\[({{<]?\s?{_DOT_SAID}\s?[\])}}>]?\s?)"
_TAIL = rf"(?:{_DOT}{_TOP}(?:\s{_DOT_SAID}\s[a-z]{{2}})?|\s?[.,]?\s?{_TOP_SPACED})"
_SURE, _OTHERS = words.either(words.PROVIDERS), words.either(words.PROVIDERS_TOO)
_DOMAIN = rf"(?:{_SURE}{_TAIL}?|{_OTHERS}{_TAIL}|(?:libero|virgilio|tiscali|alice)\s+it|(?:gmx|web|freenet)\s+de)"
_WORD = r"\pL0-9_"
_LOCAL = rf"[{_WORD}](?:[{_WORD}.+-]*[{_WORD}])?"
_MARK = r"""(?:[\[({<*|«»"'`~=/_\])}>-]{1,2})"""
_SAID = words.either((*words.AT, *words.AT_AND_MORE, *words.AT_BETWEEN_MARKS, *words.AT_WEAK))
_AT = (
    rf"\s?@{{1,3}}\s?|\s?{_MARK}\s?(?:{_SAID}|@)\s?{_MARK}?\s?|\s+{_SAID}\s?|\s?{_SAID}\s+|at|在|,?\s"
    r"|\s{0,2}[^\s\pL0-9.,:;/@_+-]\s?"
)
_MAILBOX = re2.compile(rf"({_LOCAL})({_AT})({_DOMAIN})(?:\b|$)(\s?[\])}}>])?")
# "my gmail is ann82", "Gmailim ann82", "ann82 on gmail"
_IS = words.either((*words.IS, *words.AM, "c'est", "c’est"))
_KIND = rf"(?:\s(?:{words.either(words.ACCOUNT)}|[a-z]*(?:adres|addres|hesab)[a-z]*))?"
_CALLED = re2.compile(
    rf"(\b{words.either(words.WHOSE)}\s)?\b{_SURE}([a-z]{{0,4}}){_KIND}(\s{_IS}\s|\s?[:=)]\s?|是|\s)\s?({_LOCAL})"
)
_ON = re2.compile(
    rf"\b({_LOCAL})\s{words.either(words.ON)}\s(?:my\s)?{words.either(words.PROVIDERS_ALONE)}[a-z]{{0,2}}\b"
)
_ON_OTHERS = re2.compile(rf"\b({_LOCAL})\s{words.either((*words.ON, *words.AT_WEAK))}\s({_OTHERS})\b")
HINTS = (
    rf"{_SURE}|\b{_OTHERS}\b",
    _DOMAIN,
    rf"\b{_SURE}",
    rf"\s{words.either((*words.ON, *words.AT_WEAK))}\s{_OTHERS}\b",
    rf"\s{words.either(words.ON)}\s(?:my\s)?{words.either(words.PROVIDERS_ALONE)}",
)
"""A provider at all; then what each of the expressions above must have."""
_SURE_ALONE = re2.compile(rf"{_SURE}$")
_ALONE = re2.compile(rf"^{words.either(words.PROVIDERS_ALONE)}$")
_LEAST = 2  # letters of what is no local part: "I♥gmail.com"
_ARROWS = "→⇒➔➜–—…·•“”„"
_DOT_SAID_WITHIN = re2.compile(_DOT_SAID)
_OPEN = "[({<"


def find(view: View, text: str, met: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Where such addresses stand in `text`, seen through `view`. `met`: which of `HINTS` are in it."""
    named, mailbox, called, on_others, on = met
    if not named:
        return
    for match in _MAILBOX.finditer(view.text) if mailbox else ():
        if _is_meant(match, view, text):
            opened = any(map(match[2].__contains__, _OPEN)) and not any(map(match[2].__contains__, "])}>"))
            yield match.start(), match.end() if opened else match.end(3)
    for match in _CALLED.finditer(view.text) if called else ():
        said = match[3].strip()
        sure = said in (":", "=", "is") and local.has_figures(match[4])
        if sure or ((match[1] or match[2] or said) and local.is_mailbox(match[4])):
            yield match.span(4)
    for match in _ON_OTHERS.finditer(view.text) if on_others else ():
        login = local.is_login(match[1], text[slice(*view.span(*match.span(1)))])
        if login or (local.is_mailbox(match[1]) and not local.is_ordinary(match[2])):
            yield match.span(1)
    for match in _ON.finditer(view.text) if on else ():
        if local.is_mailbox(match[1]):
            yield match.span(1)


def _is_meant(match: re2._Match, view: View, text: str) -> bool:
    start, end = match.span(1)
    at = match[2].strip()
    if "@" in at and not match[2][:1].isspace():
        return True
    if at == "at" and not match[2][:1].isspace() and not match[1][-1].isdigit():
        return bool(_DOT_SAID_WITHIN.search(match[3]))  # not in "thermostatgmail.com"
    written_at, written_end = view.span(start, end)
    odd = local.is_odd(match[1], text[written_at:written_end])
    if local.is_announced(match[1], view.text[max(0, start - local.REACH) : start], odd=odd):
        return True
    if at == match[2] and at not in _ARROWS and not (at.isascii() or at.isalpha()):
        return len(match[1]) > _LEAST
    if at in ("", ","):
        return local.has_figures(match[1]) and not _SURE_ALONE.match(match[3])
    return odd or (bool(_ALONE.match(match[3])) and _is_person(text[written_at:written_end]))


def _is_person(written: str) -> bool:
    """Whether it is a first name in small letters, as in "anna at gmail"."""
    small = len(written) > _LEAST and written.isascii() and written.isalpha() and written.islower()
    return small and local.is_known(written) and not local.is_ordinary(written)
