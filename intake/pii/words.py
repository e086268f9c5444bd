"""The word lists under `data/`, read once, when first asked for. Words come in plain lower case."""

from __future__ import annotations

import gzip
from functools import cache
from importlib.resources import files

from intake.pii import roles

_DATA = files("intake.pii") / "data"


def _lines(name: str) -> list[str]:
    raw = (_DATA / name).read_bytes()
    text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode("ascii")
    return [line for line in text.split("\n") if line and not line.startswith("#")]


@cache
def _given() -> dict[str, int]:
    """Given name → rank, 0 the most frequent; names of other origins come behind the census's first thousand."""
    more = {name for line in _lines("given_more.txt") for name in line.split()}
    ranks = {name: rank for rank, name in enumerate(_lines("given.txt.gz"))}
    return ranks | {name: min(1000, ranks.get(name, 1000)) for name in more}


@cache
def _surnames() -> frozenset[str]:
    return frozenset(_lines("surnames.txt.gz"))


@cache
def _ordinary() -> frozenset[str]:
    return frozenset(_lines("words.txt.gz")) | {word for line in _lines("foreign.txt") for word in line.split()}


@cache
def _places() -> frozenset[str]:
    return frozenset(name for line in _lines("places.txt") for name in line.split())


@cache
def not_names() -> tuple[str, ...]:
    """Phrases of several words that are firms or places though they read like persons."""
    return tuple(_lines("not_names.txt"))


def given_rank(word: str) -> int | None:
    """The rank of a given name, None for other words."""
    return _given().get(word)


def is_surname(word: str) -> bool:
    """Whether the census lists the word as a frequent surname."""
    return word in _surnames()


def is_ordinary(word: str) -> bool:
    """Whether the word is one of the language's own, in lower case."""
    if "'" in word:
        stem, _, rest = word.partition("'")
        return stem == "i" or rest in ("t", "s", "ll", "re", "ve", "d") or (len(stem) > 2 and stem in _ordinary())
    return word in _ordinary()


def is_place(word: str) -> bool:
    """Whether the word names a town, state, nation or city, or is part of such a name."""
    return word in _places()


def is_listed(low: str) -> bool:
    """Whether the census knows the word as a name at all."""
    return given_rank(low) is not None or is_surname(low)


def is_given(low: str) -> bool:
    """A given name and nothing else."""
    return given_rank(low) is not None and not is_ordinary(low) and not is_place(low) and len(low) > 1


def maybe_given(low: str) -> bool:
    """A frequent given name that is also a word, capitalised within a sentence."""
    rank = given_rank(low)
    return rank is not None and rank < 1000 and low not in roles.NEVER and not is_place(low)
