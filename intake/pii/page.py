"""A text made ready for the finders: the same length in plain ASCII, so that every offset is a code point's.

Each code point becomes exactly one ASCII character: accents go (`é` is `e`), typographic quotes and dashes become
the typewriter's, digits of any script become 0-9, other letters `x` or `X`. google-re2 runs over the bytes of
that, which costs a third of running over str, and no offset ever needs mapping back.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, NamedTuple

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
    return {"Lu": "X", "Lt": "X"}.get(kind, "x") if kind[0] == "L" else "\x01"


class _Table(dict[int, str]):
    """`str.translate`'s table, filled as characters are met; there are no more than Unicode has."""

    def __missing__(self, point: int) -> str:
        self[point] = char = chr(point) if point < 128 else _plain(chr(point))
        return char


_TABLE = _Table({ord(odd): plain for odd, plain in _ODD.items()})


def fold(text: str) -> str:
    """The plain form: ASCII, code point for code point as long as `text`."""
    if text.isascii() and "\r" not in text and "`" not in text:
        return text
    return text.translate(_TABLE)


def pattern(expression: str, *, anycase: bool = False) -> Any:
    """A compiled google-re2 expression for the plain bytes of a page (linear time, whatever the text)."""
    options = re2.Options()
    options.max_mem = 64 << 20
    options.case_sensitive = not anycase
    return re2.compile(expression.encode("ascii"), options)


class Everywhere(NamedTuple):
    """An expression that is looked for in every page; its place among all of them."""

    expression: Any
    place: int


_EVERYWHERE: list[bytes] = []


def everywhere(expression: str, *, anycase: bool = False) -> Everywhere:
    """An expression for `Page.all`. One pass tells which of these occur at all: most do not."""
    _EVERYWHERE.append(f"(?i:{expression})".encode("ascii") if anycase else expression.encode("ascii"))
    return Everywhere(pattern(expression, anycase=anycase), len(_EVERYWHERE) - 1)


_TOGETHER = 6  # expressions of a set: one set of all of them has ever new states for ever new text


@cache
def _gates() -> tuple[Any, ...]:
    options = re2.Options()
    options.max_mem = 64 << 20
    gates = []
    for first in range(0, len(_EVERYWHERE), _TOGETHER):
        gate = re2.Set.SearchSet(options)
        for expression in (*_EVERYWHERE[first : first + _TOGETHER], _ANYTHING):
            gate.Add(expression)
        gate.Compile()
        gates.append(gate)
    return tuple(gates)


_ANYTHING = rb"(?s)."  # is always there, so that a gate that gave up is noticed


def _occurring(raw: bytes) -> Iterator[int]:
    """The places of the expressions that occur in `raw`."""
    for number, gate in enumerate(_gates()):
        first = number * _TOGETHER
        size = min(_TOGETHER, len(_EVERYWHERE) - first)
        for place in gate.Match(raw) or range(size):
            if place < size:
                yield first + place


_QUOTED = pattern(r"(?m)^[ \t]*((?:>[ \t]?)+)")
_WROTE = pattern(r"(?i)\b(?:wrote|writes|escribio|escreveu|napisal|napisala|a ecrit)[ ]?:[ ]*$")
_OFFICE_ADDRESS = pattern(r"(?i)[a-z0-9._%+-]@(?:[a-z0-9-]+\.)*gov\b")


@dataclass(frozen=True, repr=False)
class Page:
    """The text with what all finders share, each part made once and only when asked for."""

    text: str

    def __repr__(self) -> str:
        return f"<Page of {len(self.text)} characters>"

    @cached_property
    def plain(self) -> str:
        return fold(self.text)

    @cached_property
    def low(self) -> str:
        return self.plain.lower()

    @cached_property
    def raw(self) -> bytes:
        return self.plain.encode("ascii")

    @cached_property
    def _present(self) -> frozenset[int]:
        return frozenset(_occurring(self.raw))

    @property
    def bare(self) -> bool:
        """Whether no rule has anything to say: no expression of theirs occurs, and no cue word."""
        return not self._present and not self.cues

    def all(self, wanted: Everywhere) -> Iterator[Any]:
        """Every match of the expression, in order."""
        return wanted.expression.finditer(self.raw) if wanted.place in self._present else iter(())

    @cached_property
    def cues(self) -> list[Cue]:
        """The cue words in order (`intake.pii.cues`)."""
        return list(cues_in(self.raw))

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

    def cues_before(self, at: int, reach: int) -> Iterator[Cue]:
        """The cues that end at most `reach` characters before `at`, nearest first; at most 12 are looked at."""
        last = bisect_right(self._cue_starts, at) - 1
        for index in range(last, max(-1, last - 12), -1):
            cue = self.cues[index]
            if cue.end < at - reach:
                return
            if cue.end <= at:
                yield cue

    def cue_before(self, at: int, reach: int, *kinds: str) -> Cue | None:
        """The nearest cue before `at`, of one of `kinds` if any are named."""
        return next((cue for cue in self.cues_before(at, reach) if not kinds or cue.kind in kinds), None)

    def cue_after(self, at: int, reach: int, *kinds: str) -> Cue | None:
        """The nearest cue that starts within `reach` characters after `at`."""
        for index in range(bisect_left(self._cue_starts, at), len(self.cues)):
            cue = self.cues[index]
            if cue.start > at + reach:
                return None
            if not kinds or cue.kind in kinds:
                return cue
        return None

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
