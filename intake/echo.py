"""Echoes: tokens of ours that a text carries back, of links by which a citizen chooses and of aliases.

The rule this module keeps: the store says what is a token of ours. Twenty letters and digits in a row, whatever stands
between and around them, are one if their digest is that of a link, an alias or a message. So no way of writing one has
to be known, and nothing is taken for one that is none. Their form only tells most of what need not be asked about.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import re2
import sqlalchemy as sa
from sqlalchemy import Connection

from intake.redact.spelling import View, views
from intake.reference import ALPHABET, CHANGES, CHECK, canonical, token_digest
from intake.store import aliases, links, outbox

_MOST = 100_000  # pieces of one text that are asked about: a megabyte of ordinary words and numbers
_ASKED = 1_000  # pieces in one query
_TOKEN = 20  # letters and digits

Place = Callable[[], tuple[int, int]]


class Echo(NamedTuple):
    """A token of ours, and where the word that it is in stands. `cls`: `link` or `alias`."""

    token: str
    start: int
    end: int
    cls: str


def find(conn: Connection, text: str) -> list[Echo]:
    """The tokens of ours in a text."""
    asked = [(token_digest(piece), piece, place) for piece, place in islice(_pieces(text), _MOST)]
    ours = _ours(conn, list({digest for digest, _, _ in asked}))
    found = ((piece, place(), ours[digest]) for digest, piece, place in asked if digest in ours)
    return [Echo(piece.lower(), *_word(text, *place), cls) for piece, place, cls in dict.fromkeys(found)]


_KNOWN = sa.union_all(
    *(
        sa.select(sa.literal_column(f"'{cls}'"), column).where(column.in_(sa.bindparam("some", expanding=True)))
        for cls, column in (("link", links.c.digest), ("alias", aliases.c.digest), ("alias", outbox.c.bounce))
    )
)


def _ours(conn: Connection, digests: list[str]) -> dict[str, str]:
    """Which of the digests the store knows, and of what class."""
    found: dict[str, str] = {}
    for at in range(0, len(digests), _ASKED):
        rows = conn.execute(_KNOWN, {"some": digests[at : at + _ASKED]})
        found |= {digest: cls for cls, digest in rows}
    return found


def _pieces(text: str) -> Iterator[tuple[str, Place]]:
    """What may be a token, and how to find its place."""
    before = b""
    for view in views(text):
        letters = view.text.encode("ascii", "ignore").translate(None, _OTHER)
        if letters != before:
            yield from _Plain(view, letters).pieces()
        before = letters
    for run in _RUN.finditer(text) if _LONG.search(text) else ():
        yield from ((piece, run.span) for piece in _packed(run[0]))


_AROUND = re.compile(r"[^\s<>\"'()]{0,500}")


def _word(text: str, start: int, end: int) -> tuple[int, int]:
    """From the beginning of the word at `start` to the end of the one at `end`."""
    before, behind = _AROUND.match(text[max(0, start - 500) : start][::-1]), _AROUND.match(text, end)
    return start - len(before[0] if before else ""), behind.end() if behind else end


# ── in plain sight, whatever stands between ──────────────────────────────────────────────────────────────────────

_KEPT = b"0123456789abcdefghijklmnopqrstuvwxyz"
_OTHER = bytes(set(range(128)) - set(_KEPT))


@dataclass(repr=False)
class _Plain:
    """The letters and digits of a view alone."""

    view: View
    letters: bytes

    def pieces(self) -> Iterator[tuple[str, Place]]:
        for start in _starts(self.letters):
            yield self.letters[start : start + _TOKEN].decode(), partial(self.span, start)

    def span(self, start: int) -> tuple[int, int]:
        return self.view.span(self._places[start], self._places[start + _TOKEN - 1] + 1)

    @cached_property
    def _places(self) -> list[int]:
        return [at for at, sign in enumerate(self.view.text) if sign in _SIGNS]


_SIGNS = frozenset(_KEPT.decode())
_FIGURES = b"23456789"
_VALUES = np.array([max(ALPHABET.find(canonical(chr(code))), 0) for code in range(128)])
_IS_FIGURE = np.isin(np.arange(128), list(_FIGURES))
_IS_EITHER = np.isin(np.arange(128), list(b"01ilo"))
_LEAST = CHANGES // 2 + 1  # figures


def _starts(letters: bytes) -> list[int]:
    """Where twenty letters and digits begin that `new_token` might have made."""
    if len(letters) - len(letters.translate(None, _FIGURES)) < _LEAST or len(letters) < _TOKEN:
        return []
    codes = np.frombuffer(letters, np.uint8)
    told = np.flatnonzero(~_IS_EITHER[codes])
    figures = _IS_FIGURE[codes[told]]
    changes = np.zeros(len(codes) + 1, np.int64)
    changes[told[1:] + 1] = figures[1:] != figures[:-1]
    values = np.zeros(len(codes) + 1, np.int64)
    values[1:] = _VALUES[codes]
    values[1::2] *= -1
    many = _within(changes) >= CHANGES
    starts = np.flatnonzero(many & (_within(values) % CHECK == 0)) if many.any() else ()
    return [int(start) for start in starts if b"u" not in letters[start : start + _TOKEN]]


def _within(counted: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The sum over each twenty in a row; the first number counts for nothing."""
    so_far = np.cumsum(counted)
    sums: npt.NDArray[np.int64] = so_far[_TOKEN:] - so_far[:-_TOKEN]
    return sums


# ── in base64 ────────────────────────────────────────────────────────────────────────────────────────────────────

_LONG = re2.compile("[A-Za-z0-9+/_-]{28}")
_RUN = re.compile(r"[A-Za-z0-9+/_-]{28,}+(?:[ \t]*+\r?\n[>| \t]*+[A-Za-z0-9+/_-]{4,}+)*+")
_BETWEEN = re.compile(rb"[^A-Za-z0-9+/]+")
_ENCLOSED = re.compile(rb"(?<![0-9A-Za-z])[0-9A-Za-z]{20}(?![0-9A-Za-z])")


def _packed(run: str) -> Iterator[str]:
    """The pieces in what a run decodes to, from each of its first 4 characters: what is glued on, or is
    no base64 but of its URL-safe kind, shifts the quads, and none of that is within a token."""
    data = _BETWEEN.sub(b"", run.encode())
    for shift in range(4):
        quads = data[shift:]
        octets = a2b_base64(quads[: len(quads) - (len(quads) % 4 == 1)] + b"===")
        yield from (piece.decode() for piece in _ENCLOSED.findall(octets.replace(b"\0", b"")) if _starts(piece.lower()))
