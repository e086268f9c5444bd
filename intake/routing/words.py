"""Words of a letter and terms of the rules file, made comparable; and finding many terms in one pass.

Case, accents and simple inflection are forgiven: "Drivers' Licenses" is found by "driver's license", "niños" by
"nino". A star at the end of a word stands for any ending. The rule it keeps: time grows with the letter's length
alone, however many terms the file has (a trie of words, and no term longer than `LONGEST` words).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

LONGEST = 8  # words of a term
_SHORTEST_STAR = 3  # letters before a star

_WORD = re.compile(r"(?P<mark>['’`]?)(?P<word>[\w\u0300-\u036f]+)")
_TERM = re.compile(r"(?P<mark>['’`]?)(?P<word>[\w\u0300-\u036f]+\*?)")
_POSSESSIVE = "s"


def fold(word: str) -> str:
    """The word without case and accents: Niño → nino, STRASSE → strasse, Łódź → lodz."""
    if word.isascii():
        return word.lower()
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c)).replace("ł", "l").replace("_", "")


_ENDINGS = (("ies", "y"), ("ied", "y"), ("xes", "x"), ("ings", ""), ("ing", ""), ("ed", ""), ("s", ""))
_DOUBLES = frozenset("bdgkmnprt")
_KEPT = 4  # letters that stay when more than a plural is taken off: care is not car, note is not not


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
    for ending, instead in _ENDINGS:
        left = len(word) - len(ending)
        if (
            word.endswith(ending)
            and not word.endswith("ss")
            and left >= (3 if ending == "s" else 2 if instead else _KEPT)
        ):
            return word[:left] + instead
    return word


@dataclass(frozen=True, slots=True, repr=False)
class Words:
    """The words of one text in order: where each begins (code points), and each folded."""

    starts: tuple[int, ...]
    folded: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<{len(self.starts)} words>"


def words(text: str) -> Words:
    """The words of `text`; a possessive 's is none."""
    starts: list[int] = []
    folded: list[str] = []
    for match in _WORD.finditer(text):
        word = fold(match["word"])
        if match["mark"] and word == _POSSESSIVE:
            continue
        starts.append(match.start("word"))
        folded.append(word)
    return Words(tuple(starts), tuple(folded))


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


@dataclass(frozen=True, slots=True)
class Hit:
    """A term found in a text: words `first` to `end` (exclusive), and which of the lexicon's keys it is."""

    first: int
    end: int
    key: tuple[str, ...]


_END = ""  # no word is empty: marks the node where a term ends


class Lexicon:
    """All terms of a rules file as one trie of words."""

    __slots__ = ("_root", "_stars")

    def __init__(self, keys: Iterable[tuple[str, ...]]) -> None:
        self._root: dict[str, Any] = {}
        self._stars: set[str] = set()
        for parts in keys:
            node = self._root
            for part in parts:
                node = node.setdefault(part, {})
                if part.endswith("*"):
                    self._stars.add(part[:-1])
            node[_END] = parts

    def hits(self, text: Words) -> list[Hit]:
        """Every term in `text`, overlapping ones too, by where it begins."""
        seen: dict[str, tuple[str, ...]] = {}
        readings = [seen.get(w) or seen.setdefault(w, self._readings(w)) for w in text.folded]
        found: list[Hit] = []
        for first, at in enumerate(readings):
            if any(reading in self._root for reading in at):
                self._follow(readings, first, found)
        return found

    def _follow(self, readings: list[tuple[str, ...]], first: int, found: list[Hit]) -> None:
        nodes, end = [self._root], first
        while nodes and end < len(readings):
            nodes = [node[r] for node in nodes for r in readings[end] if r in node]
            end += 1
            found.extend(Hit(first, end, node[_END]) for node in nodes if _END in node)

    def _readings(self, word: str) -> tuple[str, ...]:
        """What a word may be found as: its stem, and every starred beginning of it."""
        starred = (word[:n] for n in range(_SHORTEST_STAR, min(len(word), 40) + 1))
        return (stem(word), *(f"{begin}*" for begin in starred if begin in self._stars))


def longest(hits: Iterable[Hit]) -> list[Hit]:
    """Those of `hits` that do not overlap: from the left, the longest first."""
    chosen: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.first, -h.end)):
        if not chosen or hit.first >= chosen[-1].end:
            chosen.append(hit)
    return chosen


def by_key(hits: Iterable[Hit], text: Words) -> Mapping[tuple[str, ...], tuple[int, ...]]:
    """Where each term begins, as code points of the text."""
    found: dict[tuple[str, ...], list[int]] = {}
    for hit in hits:
        found.setdefault(hit.key, []).append(text.starts[hit.first])
    return MappingProxyType({k: tuple(v) for k, v in found.items()})
