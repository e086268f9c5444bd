"""The word lists under `data/`, read once, when first asked for. Words come in plain lower case."""

from __future__ import annotations

import gzip
from functools import cache
from importlib.resources import files

_DATA = files("intake.pii") / "data"


def _lines(name: str) -> list[str]:
    raw = (_DATA / name).read_bytes()
    text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode("ascii")
    return [line for line in text.split("\n") if line and not line.startswith("#")]


@cache
def _ordinary() -> frozenset[str]:
    return frozenset(_lines("words.txt.gz")) | {word for line in _lines("foreign.txt") for word in line.split()}


@cache
def _places() -> frozenset[str]:
    return frozenset(name for line in _lines("places.txt") for name in line.split())


def not_names() -> list[str]:
    """Firms, places and famous people that read like persons, in plain lower case."""
    return _lines("not_names.txt")


def given_names() -> dict[str, int]:
    """Given name → rank, 0 the most frequent; names of other origins come behind the census's first thousand."""
    ranks = {name: rank for rank, name in enumerate(_lines("given.txt.gz"))}
    return ranks | {name: min(1000, ranks.get(name, 1000)) for name in more_given()}


def more_given() -> list[str]:
    """The given names of other origins."""
    return [name for line in _lines("given_more.txt") for name in line.split()]


def surnames() -> dict[str, int]:
    """Surname → rank in the census."""
    return {name: rank for rank, name in enumerate(_lines("surnames.txt.gz"))}


def ordinary() -> frozenset[str]:
    """The ordinary words of all languages known."""
    return _ordinary()


def frequent() -> dict[str, tuple[int, int]]:
    """Word → how common it is in English, and in Spanish, Portuguese, Polish or French: 0 (not) to 5."""
    rows = (line.split(" ") for line in _lines("frequent.txt.gz"))
    return {word: (int(english), int(foreign)) for word, english, foreign in rows}


def places() -> frozenset[str]:
    """The words of place names."""
    return _places()


def is_ordinary(word: str) -> bool:
    """Whether the word is one of the language's own, in lower case."""
    if "'" in word:
        stem, _, rest = word.partition("'")
        return stem == "i" or rest in ("t", "s", "ll", "re", "ve", "d") or (len(stem) > 2 and stem in _ordinary())
    return word in _ordinary()


def is_place(word: str) -> bool:
    """Whether the word names a town, state, nation or city, or is part of such a name."""
    return word in _places()
