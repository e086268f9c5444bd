"""The word lists as one table: from a word's hash to what the lists know of it, for all words of a text at once."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from intake.pii import roles, words
from intake.pii.address import STATES, STREETS, UNITS
from intake.pii.tokens import LONGEST, Hashes, tokens

GIVEN, SURNAME, ORDINARY, GRADES = 6, 7, 2, 6

_SORTS: tuple[tuple[str, frozenset[str]], ...] = (
    ("state", STATES),
    ("month", roles.MONTHS - {"sun", "mon"}),
    ("street", STREETS),
    ("unit", UNITS),
    ("title", roles.TITLES),
    ("office", roles.OFFICES),
    ("kin", roles.KIN),
    ("animal", roles.ANIMALS),
    ("greeting", roles.GREETINGS),
    ("particle", roles.PARTICLES),
    ("possessive", roles.POSSESSIVE),
    ("organised", roles.ORGANISED),
)
SORTS = 2 * len(_SORTS) + 2  # each with and without being a place too


@cache
def _table() -> tuple[Hashes, npt.NDArray[np.uint8]]:
    """The sorted hashes, and [6, words + 1] columns; the last column is for words of no list."""
    given, surnames = words.given_names(), words.surnames()
    frequent = words.frequent()
    known = sorted(
        set(frequent)
        | set(given)
        | set(surnames)
        | words.ordinary()
        | words.places()
        | {w for _, s in _SORTS for w in s}
    )
    known = [word for word in known if word.isalpha()]
    rows = np.zeros((6, len(known) + 1), np.uint8)
    for at, word in enumerate(known):
        rows[0, at] = _rank(given.get(word), (100, 400, 1001, 2500))
        rows[1, at] = _rank(surnames.get(word), (200, 1000, 4000, 12000, 30000))
        rows[2, at] = 1 if word in words.ordinary() else 0
        rows[3, at] = 2 * next((n for n, (_, sort) in enumerate(_SORTS, 1) if word in sort), 0) + (
            word in words.places()
        )
        rows[4:, at] = frequent.get(word, (0, 0))
    found = hashes(known)
    order = np.argsort(found)
    rows[:, :-1] = rows[:, :-1][:, order]
    return found[order], rows


def hashes(known: list[str]) -> Hashes:
    """The hash of each word, a few thousand at a time."""
    pieces = (" ".join(known[at : at + 1000]).encode("ascii") for at in range(0, len(known), 1000))
    return np.concatenate([tokens(piece).hash for piece in pieces])


def _rank(rank: int | None, steps: tuple[int, ...]) -> int:
    return 0 if rank is None else 1 + sum(rank >= step for step in steps)


def columns(of: Hashes) -> npt.NDArray[np.uint8]:
    """Given name, surname, ordinary word, sort of word, how common: [6, words]."""
    known, rows = _table()
    at = np.searchsorted(known, of)
    at[at == len(known)] = 0
    at[known[at] != of] = len(known)
    return rows[:, at]


def columns_of(word: str) -> npt.NDArray[np.uint8]:
    """The same of one word: [6, 1]; of one that is longer than we read, what is said of its beginning."""
    return columns(tokens(word.encode("ascii", "ignore")[:LONGEST]).hash)
