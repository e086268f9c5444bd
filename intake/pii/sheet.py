"""Pieces of pages laid end to end, so that many texts are read at once: numpy's price is paid by the call.

Between two pieces, before the first and behind the last lie `GAP` tokens of nothing, at least as many as the model
sees to either side; so no letter knows its neighbour, and a text's tags are the same alone and among others. A long
page is cut into pieces that overlap by a margin; each speaks for its own part alone, and memory stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from intake.pii.famous import famous
from intake.pii.page import Page
from intake.pii.tags import Context, Tag
from intake.pii.tokens import BREAK, LONGEST, Ints, Tokens, tokens

Bools = npt.NDArray[np.bool_]

GAP = 8  # tokens
_PIECE = LONGEST // 2  # characters that a piece speaks for, at most
_MARGIN = 600  # characters on either side that it sees beside
_ROOM = 24_000  # characters of a sheet, unless one piece alone is longer
_MOST = 128  # pieces of a sheet


class Read(NamedTuple):
    """A page with what is known before the model sees it: the rules' tags, in order, and who wrote."""

    page: Page
    rules: Sequence[Tag]
    context: Context


class Piece(NamedTuple):
    """The part `left`..`right` of page number `of`; it speaks for `begin`..`end`. It lies at `at` on its sheet."""

    of: int
    left: int
    right: int
    begin: int
    end: int
    at: int = 0


@dataclass(frozen=True, repr=False)
class Sheet:
    """The pieces and the tokens of all of them, gaps included; token offsets count on the sheet."""

    reads: Sequence[Read]
    pieces: Sequence[Piece]
    tokens: Tokens

    @cached_property
    def bounds(self) -> Ints:
        """Where each piece's tokens begin and end: [pieces, 2]."""
        edges = [edge for piece in self.pieces for edge in (piece.at, piece.at + piece.right - piece.left)]
        return np.searchsorted(self.tokens.start, edges).reshape(-1, 2)

    @cached_property
    def of(self) -> npt.NDArray[np.int32]:
        """For each token the number of its piece on this sheet, -1 in the gaps."""
        numbers = np.full(len(self.tokens), -1, np.int32)
        for number, (first, last) in enumerate(self.bounds.tolist()):
            numbers[first:last] = number
        return numbers

    @cached_property
    def line(self) -> Ints:
        """The number of the line that each token stands in, over the whole sheet; gaps are lines of their own."""
        begins = np.zeros(len(self.tokens), bool)
        begins[1:] = self.tokens.kind[:-1] == BREAK
        begins[1:] |= self.of[1:] != self.of[:-1]
        line: Ints = np.cumsum(begins)
        return line

    @cached_property
    def odd(self) -> Bools | None:
        """Which characters of the sheet are not ASCII in the text as it was given; None when all are."""
        texts = [self.reads[piece.of].page.text[piece.left : piece.right] for piece in self.pieces]
        if all(map(str.isascii, texts)):
            return None
        whole = _GAP.join(["", *texts, ""])
        return np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), np.uint32) > 127

    @cached_property
    def famous(self) -> Bools:
        """Which tokens are part of a firm's, a place's or a famous person's name."""
        marked = np.zeros(len(self.tokens), bool)
        edges = [edge for span in famous(self.tokens.raw.tobytes()) for edge in span]
        places = np.searchsorted(self.tokens.start, edges).tolist()
        for left, right in zip(places[::2], places[1::2], strict=True):
            marked[left:right] = True
        return marked


_GAP = "\0" * GAP


def sheets(reads: Sequence[Read]) -> Iterator[Sheet]:
    """All pages, in order, on as few sheets as hold them."""
    pending: list[Piece] = []
    room = 0
    for piece in _pieces(reads):
        size = piece.right - piece.left + GAP
        if pending and (room + size > _ROOM or len(pending) == _MOST):
            yield _laid(reads, pending)
            pending, room = [], 0
        pending.append(piece._replace(at=room + GAP))
        room += size
    if pending:
        yield _laid(reads, pending)


def _pieces(reads: Sequence[Read]) -> Iterator[Piece]:
    for of, read in enumerate(reads):
        size = len(read.page.raw)
        for start in range(0, size, _PIECE):
            left, right = max(0, start - _MARGIN), min(size, start + _PIECE + _MARGIN)
            yield Piece(of, left, right, start, start + _PIECE)


def _laid(reads: Sequence[Read], pieces: Sequence[Piece]) -> Sheet:
    raw = [reads[piece.of].page.raw[piece.left : piece.right] for piece in pieces]
    return Sheet(reads, tuple(pieces), tokens(_GAP.encode().join([b"", *raw, b""])))
