"""Words of a letter and terms of the rules file, made comparable; and finding many terms in one pass.

Case, accents and simple inflection are forgiven: "Drivers' Licenses" is found by "driver's license", "niños" by
"nino". A star at the end of a word stands for any ending. The rule it keeps: time grows with the letter's length
alone, however many terms the file has (a trie of words, and no term longer than `LONGEST` words).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress, count
from operator import itemgetter
from typing import Any, NamedTuple

LONGEST = 8  # words of a term
_SHORTEST_STAR = 3  # letters before a star
_LONGEST_STAR = 40  # a longer one finds nothing
_BEGINNING = itemgetter(slice(_SHORTEST_STAR))

_NO_WORD = re.compile(r"[^\x00-\x7f\w\u0300-\u036f]")
_LOWERED = bytes(range(256)).replace(b"`", b"'").lower()
_OCTETS = bytes(c if c in b"'_" or c > 127 or bytes((c,)).isalnum() else 32 for c in _LOWERED)
"""What is read of each octet of UTF-8: a blank for what stands in no word but a mark of a possessive."""
_POSSESSIVES = re.compile(r"'s(?![^ '])")
_TERM = re.compile(r"(?P<mark>['’`]?)(?P<word>[\w\u0300-\u036f]+\*?)")
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
    word = _shorn(word)
    if len(word) > _KEPT and word[-1] == word[-2] and word[-1] in _DOUBLES:
        return word[:-1]
    return word[:-1] if len(word) > _KEPT and word[-1] in "eoa" else word


def _shorn(word: str) -> str:
    """Without plural, -ing or -ed."""
    if not word.endswith("ss"):
        for ending, instead, least in _ENDINGS.get(word[-1], ()):
            if word.endswith(ending) and len(word) - len(ending) >= least:
                return word[: -len(ending)] + instead
    return word


def spellings(of: str) -> set[str]:
    """All words whose stem it is."""
    shorn = {of, of + of[-1:], *(of + vowel for vowel in "eoa")}
    words = {word + ending for word in shorn for ending in ("", "s", "es", "ed", "ing", "ings")}
    words |= {word[:-1] + ending for word in shorn if word.endswith("y") for ending in ("ies", "ied")}
    return {word for word in words if stem(word) == of}


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


def key(term: str) -> tuple[str, ...]:
    """What a term of the rules file is looked up by: its stems; a word with a star keeps it."""
    found = []
    for match in _TERM.finditer(term):
        word = match["word"]
        if match["mark"] and word.lower() == _POSSESSIVE:
            continue
        found.append(fold(word[:-1]) + "*" if word.endswith("*") else stem(fold(word)))
    return tuple(found)


def term_fault(term: str) -> str:
    """What is wrong with a term and what to write instead; "" when it can be used."""
    parts = key(term)
    if not parts:
        return f"{term!r} holds no word; write a word or a phrase"
    if len(parts) > LONGEST:
        return f"{term!r} is longer than {LONGEST} words; write a shorter phrase"
    if any(part.endswith("*") and len(part) <= _SHORTEST_STAR for part in parts):
        return f"{term!r} would find nearly everything; write at least {_SHORTEST_STAR} letters before the star"
    return ""


class Hit(NamedTuple):
    """A term found in a text: words `first` to `end` (exclusive), and which of the lexicon's keys it is."""

    first: int
    end: int
    key: tuple[str, ...]


_END = " "  # in no word: marks the node where a term ends


_Node = dict[str, Any]
_Spelling = tuple[tuple[str, ...], tuple[_Node, ...]]
"""What a word may be found as, and where the terms that begin with it go on."""


class Lexicon:
    """All terms of a rules file as one trie of words, and every spelling of those words.

    The spellings are worked out when the file is loaded: most words of a letter are none, and are passed by unread.
    """

    __slots__ = ("_begun", "_root", "_spelt", "_stars")

    def __init__(self, keys: Iterable[tuple[str, ...]]) -> None:
        self._root: _Node = {}
        stems: set[str] = set()
        for parts in keys:
            node = self._root
            for part in parts:
                node = node.setdefault(part, {})
            node[_END] = parts
            stems.update(parts)
        self._stars = {part[:-1] for part in stems if part.endswith("*") and len(part) <= _LONGEST_STAR + 1}
        self._begun: dict[str, set[int]] = {}
        for star in self._stars:
            self._begun.setdefault(star[:_SHORTEST_STAR], set()).add(len(star))
        self._spelt = {word: at for of in stems for at in (self._spelling(of),) for word in spellings(of)}

    def hits(self, text: Words) -> list[Hit]:
        """Every term in `text`, overlapping ones too, by where it begins."""
        read = [*map(self._spelt.get, text.folded), None]
        for first in compress(count(), map(self._begun.__contains__, map(_BEGINNING, text.folded))):
            read[first] = self._starred(text.folded[first], read[first])
        found: list[Hit] = []
        for first, spelling in enumerate(read):
            for node in spelling[1] if spelling else ():
                _follow(node, read, first, first + 1, found)
        return found

    def _spelling(self, *readings: str) -> _Spelling:
        return readings, tuple(self._root[reading] for reading in readings if reading in self._root)

    def _starred(self, word: str, spelling: _Spelling | None) -> _Spelling | None:
        """With every starred beginning of it."""
        lengths = sorted(n for n in self._begun[word[:_SHORTEST_STAR]] if n <= len(word))
        starred = [f"{word[:n]}*" for n in lengths if word[:n] in self._stars]
        return self._spelling(*(spelling[0] if spelling else ()), *starred) if starred else spelling


def _follow(node: _Node, read: Sequence[_Spelling | None], first: int, end: int, found: list[Hit]) -> None:
    """The terms that begin with the words `first` to `end`, and go on from `node`."""
    if _END in node:
        found.append(Hit(first, end, node[_END]))
    if spelling := read[end]:
        for reading in spelling[0]:
            if reading in node:
                _follow(node[reading], read, first, end + 1, found)


def longest(hits: Iterable[Hit]) -> list[Hit]:
    """Those of `hits` that do not overlap: from the left, the longest first. They come by where they begin."""
    chosen: list[Hit] = []
    for hit in hits:
        if not chosen or hit.first >= chosen[-1].end:
            chosen.append(hit)
        elif hit.first == chosen[-1].first and hit.end > chosen[-1].end:
            chosen[-1] = hit
    return chosen


def by_key(hits: Iterable[Hit]) -> dict[tuple[str, ...], list[int]]:
    """The words that each term begins with, by their number."""
    found: dict[tuple[str, ...], list[int]] = {}
    for hit in hits:
        found.setdefault(hit.key, []).append(hit.first)
    return found
