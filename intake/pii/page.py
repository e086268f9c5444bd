"""A text made ready for the finders: the same length in plain ASCII, so that every offset is a code point's.

Each code point becomes exactly one ASCII character: accents go (`é` is `e`), typographic quotes and dashes become
the typewriter's, digits of any script become 0-9, Cyrillic and Greek letters the nearest Latin one, other letters `x`
or `X`. google-re2 runs over the bytes of
that, which costs a third of running over str, and no offset ever needs mapping back.
"""

from __future__ import annotations

import sys
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import re2

from intake.pii.cues import Cue, cues_in

JOINER = "\x1f"  # stands for what has no width: combining marks, zero-width space and joiners, soft hyphen

_ODD = {
    "Æ": "A", "æ": "a", "Ø": "O", "ø": "o", "Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "ð": "d", "Ð": "D",
    "ß": "s", "Þ": "T", "þ": "t", "Œ": "O", "œ": "o", "ı": "i", "’": "'", "‘": "'", "‛": "'", "`": "'",
    "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‹": "'", "›": "'", "‐": "-", "‑": "-",
    "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "·": "-", "•": "*", "●": "*", "○": "*", "×": "x",
    "№": "#", "º": "o", "ª": "a", "…": ".", "\u2028": "\n", "\u2029": "\n", "\x85": "\n", "\r": " ",
}  # fmt: skip

_CYRILLIC = dict(
    zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґўјљњћђџ", "abvgdeezziyklmnoprstufhccssjyjeuaiiegujlncdz", strict=True)
)
_GREEK = dict(zip("αβγδεζηθικλμνξοπρσςτυφχψω", "avgdezitiklmnxoprsstyfhpo", strict=True))
_SOUNDS = _CYRILLIC | _GREEK


def _plain(char: str) -> str:
    """One ASCII character for one of any kind."""
    if char in _ODD:
        return _ODD[char]
    kind = unicodedata.category(char)
    if kind in ("Mn", "Me", "Cf"):
        return JOINER
    if kind[0] == "Z":
        return " "
    if kind == "Nd":
        return str(unicodedata.digit(char))
    return _letter(char, kind)


def _letter(char: str, kind: str) -> str:
    first = unicodedata.normalize("NFKD", char)[:1]
    if first.isascii():
        return first
    if first.lower() in _SOUNDS:
        sound = _SOUNDS[first.lower()]
        return sound.upper() if kind in ("Lu", "Lt") else sound
    return {"Lu": "X", "Lt": "X"}.get(kind, "x") if kind[0] == "L" else "\x01"


_UNMET = 0xFF
_ASCII = bytes(ord(_ODD.get(chr(point), chr(point))) if point < 128 else _UNMET for point in range(256))
_TABLE = np.full(sys.maxunicode + 1, _UNMET, np.uint8)  # filled as code points are met
_TABLE[:128] = np.frombuffer(_ASCII[:128], np.uint8)


def folded(text: str) -> bytes:
    """The plain form: ASCII, one byte for each code point of `text`."""
    if text.isascii():
        return text.encode("ascii").translate(_ASCII)
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    while _UNMET in (raw := _TABLE[points].tobytes()):
        for point in set(text):
            _TABLE[ord(point)] = ord(_plain(point))
    return raw


def fold(text: str) -> str:
    """`folded` as a str."""
    return folded(text).decode("ascii")


class Match:
    """What an expression found in bytes; for a page that lies at `begin` of them, as if it lay alone."""

    __slots__ = ("_begin", "_raw", "_spans")

    def __init__(self, raw: bytes, begin: int, spans: Sequence[tuple[int, int]]) -> None:
        self._raw, self._begin, self._spans = raw, begin, spans

    def span(self, group: int = 0) -> tuple[int, int]:
        """Where the group begins and ends in the page; less than nothing when it took no part."""
        start, end = self._spans[group]
        return start - self._begin, end - self._begin

    def start(self, group: int = 0) -> int:
        """Where the group begins."""
        return self._spans[group][0] - self._begin

    def end(self, group: int = 0) -> int:
        """Where the group ends."""
        return self._spans[group][1] - self._begin

    def __getitem__(self, group: int) -> bytes:
        start, end = self._spans[group]
        return self._raw[start:end]


class Expression:
    """A compiled google-re2 expression over bytes (linear time, whatever the text).

    re2's own methods do the same at three times the price of a call.
    """

    __slots__ = ("_look", "sub")

    def __init__(self, compiled: Any) -> None:
        self._look, self.sub = compiled._regexp.Match, compiled.sub

    def search(self, raw: bytes) -> Match | None:
        """The first match."""
        return self._found(_ANYWHERE, raw)

    def match(self, raw: bytes) -> Match | None:
        """The match at the beginning."""
        return self._found(_AT_START, raw)

    def _found(self, where: Any, raw: bytes) -> Match | None:
        spans = self._look(where, raw, 0, len(raw))
        return Match(raw, 0, spans) if spans[0][0] >= 0 else None

    def finditer(self, raw: bytes) -> Iterator[Match]:
        """Every match, in order."""
        return (Match(raw, 0, spans) for spans in self.spans(raw))

    def spans(self, raw: bytes) -> Iterator[Sequence[tuple[int, int]]]:
        """The spans of every match and of its groups. The expression finds no empty match."""
        at, size = 0, len(raw)
        while (spans := self._look(_ANYWHERE, raw, at, size))[0][0] >= 0:
            yield spans
            at = spans[0][1]


_ANYWHERE, _AT_START = re2._Anchor.UNANCHORED, re2._Anchor.ANCHOR_START


def pattern(expression: str, *, anycase: bool = False) -> Expression:
    """A compiled expression for the plain bytes of a page."""
    options = re2.Options()
    options.max_mem = 64 << 20
    options.case_sensitive = not anycase
    return Expression(re2.compile(expression.encode("ascii"), options))


class Everywhere(NamedTuple):
    """An expression that is looked for in every page; its place among all of them."""

    expression: Expression
    place: int


_EVERYWHERE: list[Everywhere] = []


def everywhere(expression: str, *, anycase: bool = False) -> Everywhere:
    """An expression for `Page.all`. It finds no empty match and has no `^` or `$`: pages are laid end to end."""
    _EVERYWHERE.append(Everywhere(pattern(expression, anycase=anycase), len(_EVERYWHERE)))
    return _EVERYWHERE[-1]


_QUOTED = pattern(r"(?m)^[ \t]*((?:>[ \t]?)+)")
_WROTE = pattern(r"(?i)\b(?:wrote|writes|escribio|escreveu|napisal|napisala|a ecrit)[ ]?:[ ]*$")
_OFFICE_ADDRESS = pattern(r"(?i)[a-z0-9._%+-]@(?:[a-z0-9-]+\.)*gov\b")


class Page:
    """The text with what all finders share, each part made once and most only when asked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.raw = folded(text)
        self.plain = self.raw.decode("ascii")
        self.found: dict[int, list[Match]] | None = None

    def __repr__(self) -> str:
        return f"<Page of {len(self.text)} characters>"

    @cached_property
    def low(self) -> str:
        return self.plain.lower()

    @property
    def bare(self) -> bool:
        """Whether it is known that no rule has anything to say: no expression of theirs occurs, and no cue word."""
        return self.found is not None and not self.found and not self.cues

    def all(self, wanted: Everywhere) -> Iterable[Match]:
        """Every match of the expression, in order."""
        return wanted.expression.finditer(self.raw) if self.found is None else self.found.get(wanted.place, ())

    def spans(self, expression: Expression) -> Iterator[tuple[int, int]]:
        """Where each match of an expression that few pages need begins and ends."""
        return (spans[0] for spans in expression.spans(self.raw))

    def digits(self, start: int, end: int) -> str:
        """The digits between two places."""
        return self.raw[start:end].translate(None, _NO_DIGIT).decode("ascii")

    @cached_property
    def cues(self) -> list[Cue]:
        """The cue words in order (`intake.pii.cues`)."""
        return list(cues_in(self.raw))

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds of its cues."""
        return frozenset([cue.kind for cue in self.cues])

    @cached_property
    def _cue_starts(self) -> list[int]:
        return [cue.start for cue in self.cues]

    @cached_property
    def _cue_ends(self) -> list[int]:
        return [cue.end for cue in self.cues]

    def has_cue(self, start: int, end: int) -> bool:
        """Whether a cue stands, in part at least, between `start` and `end`."""
        index = bisect_left(self._cue_ends, start)
        return index < len(self.cues) and self.cues[index].start <= end

    def cues_between(self, start: int, end: int) -> list[Cue]:
        """The cues that begin between two places."""
        return self.cues[bisect_left(self._cue_starts, start) : bisect_left(self._cue_starts, end)]

    def cues_before(self, at: int, reach: int) -> list[Cue]:
        """The cues that end at most `reach` characters before `at`, nearest first; at most 12 are looked at."""
        last = bisect_right(self._cue_starts, at)
        first = max(bisect_left(self._cue_ends, at - reach), last - 12)
        found = self.cues[first:last]
        if found and found[-1].end > at:
            found.pop()
        found.reverse()
        return found

    def cue_before(self, at: int, reach: int, *kinds: str) -> Cue | None:
        """The nearest cue before `at`, of one of `kinds` if any are named."""
        for cue in self.cues_before(at, reach):
            if not kinds or cue.kind in kinds:
                return cue
        return None

    def cue_after(self, at: int, reach: int, *kinds: str) -> Cue | None:
        """The nearest cue that starts within `reach` characters after `at`."""
        for index in range(bisect_left(self._cue_starts, at), len(self.cues)):
            cue = self.cues[index]
            if cue.start > at + reach:
                return None
            if not kinds or cue.kind in kinds:
                return cue
        return None

    def linked(self, cue: Cue, at: int) -> bool:
        """Whether nothing but small words stands between the cue and `at`."""
        return _LINK.match(self.raw[cue.end : at]) is not None

    def denied(self, start: int, end: int, reach: int) -> bool:
        """Whether the writer says of the number at `start`..`end` that it is none of a person: it is tracked by it, or
        the word for something else stands straight before it. "My order, paid with 4111 …" denies nothing."""
        for cue in self.cues_before(start, reach):
            if cue.kind != "none":
                break
            if self._tracked(cue) or self.linked(cue, start):
                return True
        behind = self.cue_after(end, 20, "none")
        return behind is not None and self._tracked(behind)

    def _tracked(self, cue: Cue) -> bool:
        return _TRACKED.match(self.raw[cue.start : cue.end]) is not None

    def near(self, at: int, before: int, after: int, *kinds: str) -> bool:
        """Whether a cue of `kinds` stands within so many characters of `at`, on either side."""
        return bool(self.cue_before(at, before, *kinds) or self.cue_after(at, after, *kinds))

    def line(self, at: int) -> tuple[int, int]:
        """Start and end of the line that holds `at`."""
        end = self.plain.find("\n", at)
        return self.plain.rfind("\n", 0, at) + 1, len(self.plain) if end < 0 else end

    @cached_property
    def shouting(self) -> bool:
        """Whether nearly all is in capitals, so that they say nothing."""
        letters = sum(map(str.isalpha, self.plain[:4000]))
        return letters > 20 and sum(map(str.isupper, self.plain[:4000])) > 0.7 * letters

    @cached_property
    def official(self) -> list[tuple[int, int]]:
        """The stretches quoted from a government mailbox: its own numbers and addresses stand there."""
        return list(self._official())

    def _official(self) -> Iterator[tuple[int, int]]:
        if b"@" not in self.raw or b">" not in self.raw:
            return
        at, depth, ours = 0, -1, False
        for line in self.raw.split(b"\n"):
            quote = _QUOTED.match(line)
            level = quote[1].count(b">") if quote else 0
            if _WROTE.search(line):
                depth, ours = level + 1, bool(_OFFICE_ADDRESS.search(line))
            elif ours and level == depth:
                yield at, at + len(line)
            at += len(line) + 1

    def is_official(self, at: int) -> bool:
        """Whether `at` lies in a stretch quoted from a government mailbox."""
        index = bisect_right(self.official, (at, len(self.raw))) - 1
        return index >= 0 and at < self.official[index][1]


_LINK = pattern(
    r"^(?:[\s:#.,()\"'*=/\[\]>-]+|\([^()\n]{1,30}\)|\b(?:is|was|no|num|number|numbers|nr|numero|nro|es|"
    r"era|n|id|ending|for|the|on|se|e|mein|called|reads|are|of|my|"
    r"and|or|el|la|to|jest|est|it's|its|this|that|in|ct|connecticut|mine|white|red|blue|black|gray|grey|"
    r"silver|green|plate|#s)\b){0,12}$",
    anycase=True,
)
_TRACKED = pattern(r"imei|tracking|certified|usps|fedex|ups|serial|part n|sku|upc|isbn|parcel|rastre", anycase=True)
_NO_DIGIT = bytes(set(range(256)) - set(b"0123456789"))
_SEAM = b"\x80"  # no UTF-8: no expression takes it for a character, and to `\b` it is what a page's edge is


def lay(pages: Sequence[Page]) -> None:
    """Look for everything in all pages at once, laid end to end: a call of re2 costs as much as a few lines' reading.

    A page that is never laid is looked through when asked, match by match; so the longest texts take no more memory.
    """
    raw = _SEAM.join([page.raw for page in pages])
    begins = list(accumulate((len(page.raw) + 1 for page in pages), initial=0))
    matches: list[dict[int, list[Match]]] = [{} for _ in pages]
    for page, found in zip(pages, matches, strict=True):
        page.found, page.cues = found, []
    for expression, place in _EVERYWHERE:
        border = 0
        for spans in expression.spans(raw):
            if spans[0][0] >= border:
                number = bisect_right(begins, spans[0][0]) - 1
                begin, border = begins[number], begins[number + 1]
                here = matches[number].setdefault(place, [])
            here.append(Match(raw, begin, spans))
    for start, end, kind in cues_in(raw):
        number = bisect_right(begins, start) - 1
        pages[number].cues.append(Cue(start - begins[number], end - begins[number], kind))
