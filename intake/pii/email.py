"""E-mail addresses, written plainly or disguised ("maria dot lopez at gmail"); a miss breaks promise 5.

A government's own mailboxes stay untagged; `addresses_in` puts disguised ones right for whoever must search for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from intake.pii.page import JOINER, Everywhere, Page, everywhere, pattern
from intake.pii.tags import Tag
from intake.pii.words import is_ordinary

_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_{|}~.\x1f-]+"
_PLAIN = everywhere(_LOCAL + r"@(?:[A-Za-z0-9\x1f-]+\.)+[A-Za-z\x1f]{2,24}\b|" + _LOCAL + r"@\[[0-9.]{7,15}\]")

_DOTS, _ATS = r"(?:dot|punto|ponto|kropka|point)", r"(?:at|arroba|aroba|malpa|arobase)"
_SAID_DOT = rf" ?[\(\[\{{<] ?(?:{_DOTS}|\.) ?[\)\]\}}>] ?| +-?{_DOTS}-? +"
_DOT = rf"(?:{_SAID_DOT}| ?\. ?)"
_SIGN = rf"(?: ?[\(\[\{{<] ?(?:{_ATS}|@|a) ?[\)\]\}}>] ?| +-?{_ATS}-? +| ?@ ?)"
_GLUE = rf"(?:{_DOT}| +(?:underscore|guion bajo|dash|hyphen|guion|minus|plus) +)"
_TOP = (
    rf"(?:com{_DOT}(?:br|mx|ar|do|pe)|com|net|org|edu|gov|us|info|biz|mil|me|io|co|co\.uk|pl|br|pt|fr|ht|mx|es|de|ca)"
)
_BLANKS = everywhere(  # "jan.k61 @mail. example": a local part that is no word, blanks about the sign, any ending
    r"(?:[A-Za-z][A-Za-z0-9]*[0-9._+-]|[0-9._+-]+[A-Za-z])[A-Za-z0-9._+-]*(?: @ ?|@ )[A-Za-z0-9-]+"
    r"(?: ?\. ?[A-Za-z0-9-]+){0,2} ?\. ?[A-Za-z]{2,10}\b"
)
_HOSTS = frozenset(
    (
        "gmail",
        "yahoo",
        "hotmail",
        "outlook",
        "aol",
        "icloud",
        "comcast",
        "protonmail",
        "proton",
        "live",
        "msn",
        "att",
        "sbcglobal",
        "snet",
        "verizon",
        "optonline",
        "optimum",
        "cox",
        "charter",
        "frontier",
        "ymail",
        "mail",
        "gmx",
        "wp",
        "onet",
    )
)
_DISGUISED = everywhere(
    rf"[A-Za-z0-9_+*-]+(?:{_GLUE}[A-Za-z0-9_+*-]+){{0,4}}{_SIGN}"
    rf"(?:[A-Za-z0-9-]+(?:{_DOT}[A-Za-z0-9-]+){{0,3}}?{_DOT}{_TOP}\b|(?:{'|'.join(sorted(_HOSTS))})\b)",
    anycase=True,
)
_WORDY = pattern(
    r"\b(?:dot|punto|ponto|kropka|arroba|malpa|arobase|underscore)\b|[\(\[\{<] ?(?:at|dot|@|a|\.|punto|"
    r"arroba) ?[\)\]\}>]| -at- ",
    anycase=True,
)
_SPACE_AT = pattern(r" @|@ ")

_PUT_RIGHT = (
    (pattern(_SIGN, anycase=True), b"@"),
    (pattern(r" *[\(\[\{<]? *\b(?:underscore|guion bajo)\b *[\)\]\}>]? *", anycase=True), b"_"),
    (pattern(r" +(?:dash|hyphen|guion|minus) +", anycase=True), b"-"),
    (pattern(r" +plus +", anycase=True), b"+"),
    (pattern(_DOT, anycase=True), b"."),
)


def find(page: Page) -> Iterator[Tag]:
    """Tags of class `email`."""
    for start, end in _spans(page, page.all):
        host = page.low[start:end].rpartition("@")[2]
        if not _public(host) and not page.is_official(start):
            yield Tag(start, end, "email", 0.98, "email form")
    for start, end in _disguised(page, page.all):
        if not _public(_right(page, start, end).rpartition("@")[2]):
            yield Tag(start, end, "email", 0.94, "email disguised")


def addresses_in(text: str) -> list[str]:
    """The e-mail addresses of a text in lower case, disguised ones put right, each once, in order.

    Public mailboxes are included: this is for searching, not for withholding.
    """
    page = Page(text)

    def alone(wanted: Everywhere) -> Iterable[Any]:
        yield from wanted.expression.finditer(page.raw)  # two cost less than to ask which of all occur

    places = sorted({*_spans(page, alone), *_disguised(page, alone)})
    found = [_right(page, start, end) for start, end in places]
    return list(dict.fromkeys(address for address in found if "*" not in address and address.count("@") == 1))


_Finder = Callable[[Everywhere], Iterable[Any]]


def _spans(page: Page, all_: _Finder) -> Iterator[tuple[int, int]]:
    if b"@" not in page.raw:
        return
    for found in all_(_PLAIN):
        start, end = found.span()
        while start < end and page.plain[start] in "'*/=&{|}~.!#?^-\x1f":
            start += 1
        if page.low.startswith("mailto:", start):
            start += 7
        # "https://video.example/@channel.name" names a channel.
        if page.plain[start] != "@" and "/@" not in page.plain[start:end]:
            yield start, end


def _disguised(page: Page, all_: _Finder) -> Iterator[tuple[int, int]]:
    for found in all_(_BLANKS) if b"@" in page.raw else ():
        yield found.span()
    for found in all_(_DISGUISED):
        text = found[0].lower()
        if b"\n" in text:
            continue
        host, dot, _ = text.split()[-1].rpartition(b"@")[2].partition(b".")
        house = host.decode("ascii") in _HOSTS and not _SPACE_AT.search(text)
        whole = bool(dot) and not is_ordinary(text.split()[0].decode("ascii"))  # "look at yahoo.com" names nobody
        if _WORDY.search(text) or (
            whole or _is_mailbox(page, found.start(), text.rpartition(host)[0]) if house else _SPACE_AT.search(text)
        ):
            yield _tight(page, *found.span())


_CUE = re.compile(r"mail|write|wrote|reach|contact|corre[ou]|escrib|adres|courriel|ekri|imel|pisz|napisz|address")


def _is_mailbox(page: Page, start: int, local: bytes) -> bool:
    """Whether "X at Comcast" is a mailbox there: technicians and customers are at Comcast too."""
    return _MADE.search(local) is not None or _CUE.search(page.low, max(0, start - 60), start) is not None


_MADE = re.compile(rb"@|[a-z][a-z0-9]*[0-9_+]|[a-z]\.[a-z0-9]|[0-9._+]+[a-z]")  # not over a sentence's end


def _tight(page: Page, start: int, end: int) -> tuple[int, int]:
    """Without what only leads up to the address ("me at", "is")."""
    while page.plain[start] in "*-+":
        start += 1
    return start, end


def _right(page: Page, start: int, end: int) -> str:
    """The address as a mailbox would take it, in lower case."""
    if page.plain[start:end].count("@") == 1 and not _WORDY.search(page.raw[start:end]):
        address = page.text[start:end].replace(" ", "").lower()
    else:
        raw = page.raw[start:end]
        for expression, plain in _PUT_RIGHT:
            raw = expression.sub(plain, raw)
        address = raw.decode("ascii").replace(" ", "").replace(JOINER, "").lower()
    local, _, host = address.rpartition("@")
    return f"{local}@{host}.com" if host in _HOSTS else address


def _public(host: str) -> bool:
    """A government's domain: its mailboxes are published."""
    return host == "gov" or host.endswith(".gov")
