"""Words of a letter and terms of the rules file, made comparable; and finding many terms in one pass.

Case, accents and simple inflection are forgiven: "Drivers' Licenses" is found by "driver's license", "niños" by
"nino". A star at the end of a word stands for any ending. The rule it keeps: time grows with the letter's length
alone, however many terms the file has: terms are looked up word by word, and none is longer than `LONGEST` words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

LONGEST = 8  # words of a term
_SHORTEST_STAR = 3  # letters before a star
_LONGEST_STAR = 40  # a longer one finds nothing
_LONGEST_TERM = 400  # characters
_TERMS = 200_000  # kept as keys: each is asked for several times while a file is loaded
_LEARNT = 50_000  # words of letters that are kept, 8 MB at most
_LONGEST_LEARNT = 40  # letters

_NO_WORD = re.compile(r"[^\x00-\x7f\w\u0300-\u036f]")
_LOWERED = bytes(range(256)).replace(b"`", b"'").lower()
_OCTETS = bytes(c if c in b"'_" or c > 127 or bytes((c,)).isalnum() else 32 for c in _LOWERED)
"""What is read of each octet of UTF-8: a blank for what stands in no word but a mark of a possessive."""
_POSSESSIVES = re.compile(r"'s(?![^ '])")
_TERM = re.compile(r"(['’`]?)([\w\u0300-\u036f]+\*?)")
_UNBROKEN = re.compile(r"[^ ]+")
_POSSESSIVE = "s"


def fold(word: str) -> str:
    """The word without case and accents: Niño → nino, STRASSE → strasse, Łódź → lodz."""
    if word.isascii():
        return word.lower()
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c)).replace("ł", "l").replace("_", "")


_ENDINGS = {
    "s": (("ies", "y", 2), ("xes", "x", 2), ("ings", "", 4), ("s", "", 3)),
    "d": (("ied", "y", 2), ("ed", "", 4)),
    "g": (("ing", "", 4),),
}
"""By their last letter: what is taken off, what stands in its place, how many letters must stay: care is not car."""
_DOUBLES = frozenset("bdgkmnprt")
_KEPT = 4  # letters: note is not not


def stem(word: str) -> str:
    """A folded word without its simple endings: licenses, licensed → licens; multas, multa → mult.

    Made for agreement of two spellings, not for reading.
    """
    if len(word) <= 3 or not word.isalpha():
        return word
    if word[-1] in _ENDINGS and not word.endswith("ss"):
        word = _shorn(word)
    if len(word) > _KEPT and word[-1] == word[-2] and word[-1] in _DOUBLES:
        return word[:-1]
    return word[:-1] if len(word) > _KEPT and word[-1] in "eoa" else word


def _shorn(word: str) -> str:
    """Without plural, -ing or -ed."""
    for ending, instead, least in _ENDINGS[word[-1]]:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)] + instead
    return word


@dataclass(frozen=True, slots=True, repr=False)
class Words:
    """The words of one text in order, each folded; and the text with a blank for whatever is no word."""

    folded: Sequence[str]
    spaced: str

    def __repr__(self) -> str:
        return f"<{len(self.folded)} words>"

    def starts(self) -> list[int]:
        """Where each word begins, in code points of the text."""
        return [match.start() for match in _UNBROKEN.finditer(self.spaced)]


def words(text: str) -> Words:
    """The words of `text`; a possessive 's is none. On octets, because that costs a tenth."""
    if not text.isascii():
        text = _NO_WORD.sub(" ", text.replace("’", "'"))
    spaced = text.encode("utf-8", "replace").translate(_OCTETS).decode()
    spaced = _POSSESSIVES.sub("  ", spaced).replace("'", " ")
    found = spaced.split()
    return Words(found if spaced.isascii() else [w if w.isascii() else fold(w) for w in found], spaced)


def spoken(text: str) -> str:
    """A short value such as a town or a topic, comparable: its folded words, one space between."""
    return " ".join(words(text).folded)


@lru_cache(_TERMS)
def key(term: str) -> tuple[str, ...]:
    """What a term of the rules file is looked up by: its stems; a word with a star keeps it."""
    if term.isascii() and term.replace(" ", "").isalnum():  # nearly every term: the pattern takes as long again
        return tuple(map(stem, term.lower().split()))
    return tuple(
        fold(word[:-1]) + "*" if word.endswith("*") else stem(fold(word))
        for mark, word in _TERM.findall(term)
        if not (mark and word.lower() == _POSSESSIVE)
    )


def term_fault(term: str) -> str:
    """What is wrong with a term and what to write instead; "" when it can be used."""
    if len(term) > _LONGEST_TERM:
        return f"{term[:20]!r} … is longer than {_LONGEST_TERM} characters; write a shorter phrase"
    parts = key(term)
    if not parts:
        return f"{term!r} holds no word; write a word or a phrase"
    if sign := next((sign for sign in ",|?;" if sign in term), "") or " * " * (" * " in term):
        return f"{term!r} has a {sign.strip()!r} in it; write several words as [one, two], each a word or a phrase"
    if len(parts) > LONGEST:
        return f"{term!r} is longer than {LONGEST} words; write a shorter phrase"
    if "*" in term and any(part.endswith("*") and len(part) <= _SHORTEST_STAR for part in parts):
        return f"{term!r} would find nearly everything; write at least {_SHORTEST_STAR} letters before the star"
    return ""


class Hit(NamedTuple):
    """A term found in a text: words `first` to `end` (exclusive), and which of the lexicon's keys it is."""

    first: int
    end: int
    key: tuple[str, ...]


_Key = tuple[str, ...]
_Reading = tuple[_Key, tuple[tuple[_Key, bool], ...]]
"""What a word may be found as; which beginnings of terms it is alone, and whether one ends there."""


class Lexicon:
    """All beginnings of the terms of a rules file, and whether a term ends there.

    What a word of a letter may be found as is learnt when it is first met: most spellings never are, and the same few
    thousand words make up most letters. What is learnt is forgotten when it becomes much.
    """

    __slots__ = ("_begun", "_learnt", "_parts", "_stars")

    def __init__(self, keys: Iterable[_Key]) -> None:
        self._begun: dict[_Key, bool] = {}
        self._parts: set[str] = set()
        for key in keys:
            for n in range(1, len(key)):
                self._begun.setdefault(key[:n], False)
            self._begun[key] = True
            self._parts.update(key)
        self._stars: dict[str, set[int]] = {}
        for part in self._parts:
            if part.endswith("*") and len(part) <= _LONGEST_STAR + 1:
                self._stars.setdefault(part[:_SHORTEST_STAR], set()).add(len(part) - 1)
        self._learnt = _Learnt(self._reading)

    def hits(self, text: Words) -> list[Hit]:
        """Every term in `text`, overlapping ones too, by where it begins."""
        read = [*map(self._learnt.__getitem__, text.folded), None]
        found: list[Hit] = []
        for first, reading in enumerate(read):
            for begun, ends in reading[1] if reading else ():
                if ends:
                    found.append(Hit(first, first + 1, begun))
                if following := read[first + 1]:
                    self._follow(begun, following, read, first, first + 2, found)
        return found

    def _follow(
        self, begun: _Key, last: _Reading, read: Sequence[_Reading | None], first: int, end: int, found: list[Hit]
    ) -> None:
        """The terms that begin with the words `first` to `end`, of which all but the `last` were found as `begun`."""
        for part in last[0]:
            longer = (*begun, part)
            if (ends := self._begun.get(longer)) is None:
                continue
            if ends:
                found.append(Hit(first, end, longer))
            if following := read[end]:
                self._follow(longer, following, read, first, end + 1, found)

    def _reading(self, word: str) -> _Reading | None:
        readings = [stem(word)]
        if lengths := self._stars.get(word[:_SHORTEST_STAR]):
            readings += (f"{word[:n]}*" for n in sorted(lengths) if n <= len(word))
        if not (parts := tuple(filter(self._parts.__contains__, readings))):
            return None
        return parts, tuple(((part,), self._begun[part,]) for part in parts if (part,) in self._begun)


class _Learnt(dict[str, _Reading | None]):
    """What was read of each word met lately; the others are read when they are asked for."""

    __slots__ = ("_reading",)

    def __init__(self, reading: Callable[[str], _Reading | None]) -> None:
        self._reading = reading

    def __missing__(self, word: str) -> _Reading | None:
        found = self._reading(word)
        if len(word) <= _LONGEST_LEARNT:
            if len(self) >= _LEARNT:
                self.clear()
            self[word] = found
        return found


def longest(hits: Iterable[Hit]) -> list[Hit]:
    """Those of `hits` that do not overlap: the longest first, of equals the one further left. By where they begin."""
    chosen: list[Hit] = []
    taken: set[int] = set()
    for hit in sorted(hits, key=lambda hit: (hit.first - hit.end, hit.first)):
        covered = range(hit.first, hit.end)
        if taken.isdisjoint(covered):
            taken.update(covered)
            chosen.append(hit)
    return sorted(chosen)


def by_key(hits: Iterable[Hit]) -> dict[tuple[str, ...], list[int]]:
    """The words that each term begins with, by their number."""
    found: dict[tuple[str, ...], list[int]] = {}
    for hit in hits:
        found.setdefault(hit.key, []).append(hit.first)
    return found
