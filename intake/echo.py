"""Echoes: tokens of ours that a text carries back, of links by which a citizen chooses and of aliases.

The rule this module keeps: the store says what is a token of ours, not its form. Twenty letters and digits in a row,
whatever stands between and around them, are one if their digest is that of a link, an alias or a message. So no way of
writing one has to be known, and nothing is taken for one that is none.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice, pairwise
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from intake.redact.spelling import View, views
from intake.reference import token_digest
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


def _ours(conn: Connection, digests: list[str]) -> dict[str, str]:
    """Which of the digests the store knows, and of what class."""
    found: dict[str, str] = {}
    for at in range(0, len(digests), _ASKED):
        some = digests[at : at + _ASKED]
        for cls, column in (("link", links.c.digest), ("alias", aliases.c.digest), ("alias", outbox.c.bounce)):
            found |= dict.fromkeys(conn.execute(sa.select(column).where(column.in_(some))).scalars(), cls)
    return found


def _pieces(text: str) -> Iterator[tuple[str, Place]]:
    """What may be a token, and how to find its place."""
    for view in views(text):
        yield from _Plain(view).pieces()
    for run in _RUN.finditer(text):
        yield from ((piece, run.span) for piece in _packed(run[0]))


_AROUND = re.compile(r"[^\s<>\"'()]{0,500}")


def _word(text: str, start: int, end: int) -> tuple[int, int]:
    """From the beginning of the word at `start` to the end of the one at `end`."""
    before, behind = _AROUND.match(text[max(0, start - 500) : start][::-1]), _AROUND.match(text, end)
    return start - len(before[0] if before else ""), behind.end() if behind else end


# ── in plain sight, whatever stands between ──────────────────────────────────────────────────────────────────────

_OTHER = re.compile("[^0-9a-z]+")
_KEPT = frozenset("0123456789abcdefghijklmnopqrstuvwxyz")
_DIGIT = re.compile("[0-9]")
_TOO_MANY = 17  # digits of twenty signs, and fewer than two: `new_token` makes none such


@dataclass(repr=False)
class _Plain:
    """The letters and digits of a view alone."""

    view: View

    def pieces(self) -> Iterator[tuple[str, Place]]:
        text = _OTHER.sub("", self.view.text)
        for start in _starts(text):
            if "u" not in (piece := text[start : start + _TOKEN]):
                yield piece, partial(self.span, start)

    def span(self, start: int) -> tuple[int, int]:
        return self.view.span(self._places[start], self._places[start + _TOKEN - 1] + 1)

    @cached_property
    def _places(self) -> list[int]:
        return [at for at, sign in enumerate(self.view.text) if sign in _KEPT]


def _starts(text: str) -> Iterator[int]:
    """Where, from which on twenty signs hold two digits and are no number."""
    digits, at = [found.start() for found in _DIGIT.finditer(text)], 0
    endless = [*digits, *[len(text)] * _TOO_MANY]
    for n, (first, second) in enumerate(pairwise(digits)):
        for start in range(max(at, second - _TOKEN + 1), min(first, len(text) - _TOKEN) + 1):
            if endless[n + _TOO_MANY - 1] >= start + _TOKEN:
                yield start
        at = first + 1


# ── in base64 ────────────────────────────────────────────────────────────────────────────────────────────────────

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
        yield from (piece.decode() for piece in _ENCLOSED.findall(octets.replace(b"\0", b"")))
