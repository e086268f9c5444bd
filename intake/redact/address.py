"""Anybody's e-mail address in a text, plain or in a disguise that does not need to know whose it is.

The rule this module keeps: linear time, and prose is left alone. A word for "@" counts where brackets, a word for
"dot" or the shape of what stands before it say that it is one; the weaker the sign, the better known must be the top
domain behind it. What stands between the pieces of an address is `joint`'s, what has a sign `written`'s.
"""

from __future__ import annotations

from collections.abc import Iterator

import re2

from intake.redact import joint, local, provider, words, written
from intake.redact.allowed import Allowed
from intake.redact.hint import Hints
from intake.redact.pieces import ALPHA, COMMON, LABEL, REVERSED, SAFE, WORD
from intake.redact.spelling import View


def find(view: View, text: str, allowed: Allowed) -> Iterator[tuple[int, int]]:
    """Where addresses stand in `text`, seen through `view`; those that are allowed are left out."""
    seen = view.text
    said, told, from_end, turned, rest, *named = _HINTS.met(seen)
    if "@" in seen:
        yield from (view.span(*span) for span in written.plain(view, text, allowed))
        yield from (view.span(*span) for span in written.without_top(seen, allowed))
    if "!" in seen or "dc=" in seen:
        yield from (view.span(*span) for span in written.otherwise(view, text, allowed))
    if said or "@" in seen:
        whole = joint.joined(view)
        yield from (whole.span(*span) for span in written.apart(whole, seen, text, allowed))
        if whole.text != seen and _SOMETHING.search(whole.text):
            yield from (whole.span(*span) for span in _said(whole, text))
    if said:
        yield from (view.span(*span) for span in _said(view, text))
    if told:
        yield from (view.span(*span) for span in _told(seen, allowed))
    if _WITHHELD in seen:
        found = (match.span(1) for match in _AT_WITHHELD.finditer(seen) if local.is_mailbox(match[1]))
        yield from (view.span(*span) for span in found)
    for start, end in provider.find(view, text, named):
        if not allowed.shows(seen[start:end]):
            yield view.span(start, end)
    if from_end or turned:
        yield from (view.span(*span) for span in _from_its_end(seen))
    if rest and (match := _REST.match(seen)) and not allowed.shows(f"@{match[1]}"):  # the subject had its beginning
        yield view.span(*match.span(1))
    if "AT" in text and "DOT" in text and text.isascii() and view.below is None:
        yield from (match.span() for match in _SHOUTED.finditer(text))


# --- in words ----------------------------------------------------------------------------------------

# "point" counts in brackets, or before a top domain that is no word ("at this point in time").
_DOT_WORDS = words.either(words.DOT)
_DOT_ALL = words.either((*words.DOT, *words.DOT_AND_MORE))
_AT_ALL = (*words.AT, *words.AT_AND_MORE)
_AT_SAID = rf"(?:@|{words.either((*words.AT_BETWEEN_MARKS, *_AT_ALL))})"
_AMONG = words.among_others(_AT_ALL)
_POINT = rf"\s+{words.either(words.DOT_AND_MORE)}\s+"
_OPEN, _SHUT = r"[\[({<*]", r"[\])}>*]"
_MARKS = r"""[\[({<*\])}>/~|«»"'`_+.-]{1,3}"""
_DOT_BRACKETED = rf"\s*{_OPEN}\s*(?:{_DOT_ALL}|\.)\s*{_SHUT}\s*"
_DOT_SPOKEN = rf"(?:{_DOT_BRACKETED}|{words.among_others(words.DOT)}|[_+-]{_DOT_WORDS}[_+-])"
_DOT = rf"(?:{_DOT_SPOKEN}|\.)"
_DOT_MARKED = rf"(?:\s*{_MARKS}\s*(?:{_DOT_ALL}|d)\s*{_MARKS}\s*|{_DOT})"
_LOCAL_SAID = rf"(?:[{WORD}+-]+{_DOT}){{0,4}}[{WORD}+.-]*[{ALPHA}0-9]"


def _spelt(at: str, dot: str, last_dot: str, top: str, local: str = _LOCAL_SAID) -> re2._Regexp:
    return re2.compile(rf"{local}{at}{LABEL}(?:{dot}{LABEL})*{last_dot}{top}\b")


_ANY = rf"[{ALPHA}]{{2,24}}"
_BRACKETED = (
    _spelt(rf"\s*{_OPEN}\s*{_AT_SAID}\s*{_SHUT}\s*", _DOT, _DOT, _ANY),
    _spelt(rf"\s*{_MARKS}\s*{_AT_SAID}\s*{_MARKS}\s*", _DOT_MARKED, _DOT_MARKED, COMMON),
    _spelt(r"\s?[\[({]a[\])}]\s?", _DOT_MARKED, _DOT_MARKED, SAFE, rf"[{ALPHA}][{WORD}.+-]*[{ALPHA}0-9]"),
)
_TOPS_FOREIGN = words.either(top for top in words.TOPS if not top.isascii())  # re2 sees no end of such words
_PLAIN_DOT = rf"(?:{_POINT}|{_DOT})"
_TOPS = rf"(?:{COMMON}|{words.either(filter(str.isascii, words.TOPS))})"
_FOREIGN = (
    _spelt(rf"\s+{words.either(filter(str.isascii, words.AT))}\s+", _DOT, _DOT_SPOKEN, _ANY),
    _spelt(_AMONG, _PLAIN_DOT, _PLAIN_DOT, _TOPS),
    re2.compile(rf"{_LOCAL_SAID}{_AMONG}{LABEL}(?:{_PLAIN_DOT}{LABEL})*{_PLAIN_DOT}{_TOPS_FOREIGN}"),
)
_STRONG_DOTTED = _spelt(r"(?:\s*@\s*|[+]at[+])", _DOT, _DOT_SPOKEN, COMMON)
# A preposition for the "@": `local` says whether an address is meant.
_AT_WEAK = rf"\s+{words.either(words.AT_WEAK)}\s+"
_DOT_LOOSE = rf"(?:\s+\.\s+|{_PLAIN_DOT})"
_DOMAIN_WEAK = (
    rf"{LABEL}(?:{_DOT_LOOSE}{LABEL})*"
    rf"(?:{_DOT_SPOKEN}{COMMON}|{_POINT}{SAFE}|\s+\.\s+{SAFE}|\.(?:{SAFE}|de))"
)
_WEAK = re2.compile(
    rf"\b({_LOCAL_SAID}){_AT_WEAK}({_DOMAIN_WEAK}\b|{LABEL}(?:{_DOT_LOOSE}{LABEL})*{_DOT_SPOKEN}{_TOPS_FOREIGN})"
)
_OFFICIAL = re2.compile(r"\.(?:gov|mil)$")
_VISIBLE = re2.compile(rf"^{LABEL}(?:\.{LABEL})*$")
_SHOUTED = re2.compile(r"[A-Za-z0-9][a-z0-9._-]*[a-z0-9]AT[a-z0-9-]+(?:(?:DOT|\.)[a-z0-9-]+)*DOT[a-z]{2,12}\b")

# From its end to its beginning: "com dot house at ann", and each word turned round as well.
_SURE = r"(?:com|net|org|edu|gov|info|biz|example|test|invalid|uk|eu|de|fr|pl|br|mx|ca)"
_LAST = rf"[{WORD}+.-]*[{ALPHA}0-9]"
_FROM_ITS_END = re2.compile(
    rf"\b{_SURE}\s{_DOT_WORDS}\s{LABEL}(?:\s{_DOT_WORDS}\s{LABEL})*\s{words.either((*words.AT, *_AT_ALL, 'at'))}\s"
    rf"{_LAST}(?:\s{_DOT_WORDS}\s{_LAST})*"
)
_DOT_TURNED = words.either(word[::-1] for word in (*words.DOT, *words.DOT_AND_MORE))
_TOP_TURNED = rf"(?:{'|'.join(top.rstrip('.') for top in REVERSED)})"
_AT_TURNED = words.either(word[::-1] for word in (*_AT_ALL, "at"))
_LOCAL_TURNED = rf"{_LAST}(?:\s{_DOT_TURNED}\s{_LAST})*"
_LABELS_TURNED = rf"{LABEL}(?:\s{_DOT_TURNED}\s{LABEL})*"
_WORDS_TURNED = re2.compile(
    rf"\b(?:{_TOP_TURNED}\s{_DOT_TURNED}\s{_LABELS_TURNED}\s{_AT_TURNED}\s{_LOCAL_TURNED}"
    rf"|{_LOCAL_TURNED}\s{_AT_TURNED}\s{_LABELS_TURNED}\s{_DOT_TURNED}\s{_TOP_TURNED}\b)"
)
_DOT_BEFORE = re2.compile(rf"\s{_DOT_WORDS}\s$")
_REST = re2.compile(rf"^\s*(?:@|at|{words.either(_AT_ALL)})\s?({LABEL}(?:\.{LABEL})*\.{COMMON})[.!]?[ \t]*(?:\n|\r|$)")

_BEFORE_AT = re2.compile(rf"{_MARKS}\s*(?:{_AT_SAID}|a[\])}}])")
_DOT_TOP = re2.compile(rf"{_DOT_SPOKEN}(?:{COMMON}\b|{_TOPS_FOREIGN})")
_AT_TOP = re2.compile(rf"(?:{_POINT}|\s\.\s+){SAFE}\b|{_AT_WEAK}{LABEL}(?:\.{LABEL})*\.(?:{SAFE}|de)\b")
_SOMETHING = re2.compile("|".join((_BEFORE_AT.pattern, _AMONG, _DOT_TOP.pattern, _AT_TOP.pattern)))


def _said(view: View, text: str) -> Iterator[tuple[int, int]]:
    """Spelt out: "maria dot lopez at example dot com", "maria (at) example.com"."""
    seen = view.text
    if not _SOMETHING.search(seen):
        return
    expressions = [*_BRACKETED, *_FOREIGN]
    dotted = _DOT_TOP.search(seen)
    if dotted:
        expressions.append(_STRONG_DOTTED)
    for expression in expressions:
        yield from (match.span() for match in expression.finditer(seen))
    if dotted or _AT_TOP.search(seen):
        yield from (match.span() for match in _WEAK.finditer(seen) if _is_meant(match, view, text))


def _from_its_end(seen: str) -> Iterator[tuple[int, int]]:
    for match in _FROM_ITS_END.finditer(seen):
        if not _DOT_BEFORE.search(seen[max(0, match.start() - local.REACH) : match.start()]):
            yield match.span()
    yield from (match.span() for match in _WORDS_TURNED.finditer(seen))


def _is_meant(match: re2._Match, view: View, text: str) -> bool:
    """Whether "word at domain" is an address: a visible domain needs more than one whose dot is said."""
    start, end = match.span(1)
    written_at, written_end = view.span(start, end)
    odd = local.is_odd(match[1], text[written_at:written_end])
    if local.is_announced(match[1], view.text[max(0, start - local.REACH) : start], odd=odd):
        return True
    if not _VISIBLE.search(match[2]):
        at, written = view.text[end : match.start(2)].strip(), text[written_at:written_end]
        foreign = not at.isascii() and written.isascii()
        return odd or foreign or (at == "at" and local.is_short(written)) or " " in match[1]
    meant = local.has_shape(match[1]) or local.is_login(match[1], text[written_at:written_end])
    return meant and not _OFFICIAL.search(match[2])


# "user ann7, host house.net", "his mail is ann7 and he is with house.net", "ann7 at [e-mail address withheld]"
_CALLED = r"(\s?[:=]\s?|\s(?:is|es|est|ist|to|jest|é|è)\s|\s)[\"']?"
_SITE = rf"{LABEL}(?:\.{LABEL})*\.{COMMON}"
_NAME = rf"[{WORD}.+-]*[{ALPHA}0-9]"
_ACCOUNT = words.either(words.ACCOUNT)
_USER_AND_HOST = re2.compile(
    rf"\b{_ACCOUNT}{_CALLED}({_NAME})[\"']?(?:\s*[,;|/]\s*|\s?\r?\n[> ]{{0,4}}|\s(?:and|und|y|et|e|i)\s)"
    rf"(?:(?:my|the|mein|mi|mon)\s)?{words.either(words.HOST)}{_CALLED}({_SITE})\b"
)
_MAIL_AND_HOST = re2.compile(
    rf"\b{words.either(words.MAIL)}\s{words.either(words.IS)}\s()({_NAME})\s(?:and|und|y|et|e|i)\s(?:[a-z]+\s){{0,3}}"
    rf"(?:with|at|bei|en|chez|w)()\s({_SITE})\b"
)
_WITHHELD = "[e-mail address withheld]"
_AT_WITHHELD = re2.compile(rf"\b({_LOCAL_SAID}){_AT_WEAK}{re2.escape(_WITHHELD)}")

_HINTS = Hints(
    _SOMETHING.pattern,
    f"{_USER_AND_HOST.pattern}|{_MAIL_AND_HOST.pattern}",
    _FROM_ITS_END.pattern,
    _WORDS_TURNED.pattern,
    _REST.pattern,
    *provider.HINTS,
)


def _is_no_word(name: str) -> bool:
    return local.has_figures(name) or not local.is_ordinary(name)


def _told(seen: str, allowed: Allowed) -> Iterator[tuple[int, int]]:
    """A local part that is called a user's, and its host."""
    for expression in (_USER_AND_HOST, _MAIL_AND_HOST):
        for match in expression.finditer(seen):
            if match[2] in words.NEVER_LOCAL or allowed.shows(f"@{match[4]}"):
                continue
            if match[1].strip() or _is_no_word(match[2]):
                yield from (match.span(2), match.span(4))
