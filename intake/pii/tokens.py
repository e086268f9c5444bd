"""Plain bytes cut into tokens, all at once: numpy finds the edges and hashes the words.

A token is a run of letters, a run of digits, one other character, or a run of line breaks; blanks only separate.
Nothing here loops over characters in Python, so the time is that of a few passes over the bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint32]

BLANK, LETTER, DIGIT, BREAK, OTHER = range(5)

_CAPITALS = bytes(range(65, 91))
_KINDS = {
    BLANK: b" \t\x0b\x0c",
    LETTER: _CAPITALS + _CAPITALS.lower() + b"\x1f",
    DIGIT: b"0123456789",
    BREAK: b"\n",
}
_KIND = bytes(next((kind for kind, of in _KINDS.items() if byte in of), OTHER) for byte in range(256))
# a word's hash knows how many digits there are, not which
_LOWER = bytes.maketrans(_CAPITALS + _KINDS[DIGIT], _CAPITALS.lower() + 10 * b"0")

_PRIME = 0x100000001B3
_MIX = np.uint64(0x9E3779B97F4A7C15)


def _powers(base: int, size: int) -> Hashes:
    """1, base, base², … modulo 2⁶⁴."""
    powers = np.full(size, base & (1 << 64) - 1, np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


LONGEST = 1 << 15  # bytes a Tokens may have: a longer page is read in pieces (`intake.pii.sheet`)
_UP = _powers(_PRIME, LONGEST)
_DOWN = _powers(pow(_PRIME, -1, 1 << 64), LONGEST)


@dataclass(frozen=True, repr=False)
class Tokens:
    """The tokens of at most `LONGEST` bytes of plain text: parallel arrays, one entry a token."""

    raw: Bytes  # padded with four zero bytes
    start: Ints
    end: Ints
    kind: Bytes

    def __len__(self) -> int:
        return len(self.start)

    @cached_property
    def low(self) -> Bytes:
        """The bytes in lower case, every digit a 0."""
        return np.frombuffer(self.raw.tobytes().translate(_LOWER), np.uint8)

    @cached_property
    def hash(self) -> Hashes:
        """A hash of each token in lower case; digits count, which ones they are does not."""
        size = len(self.raw) - 4
        sums = np.zeros(size + 1, np.uint64)
        terms = _UP[:size] * (self.low[:size] + np.uint64(1))
        np.cumsum(terms, out=sums[1:])
        return ((sums[self.end] - sums[self.start]) * _DOWN[self.start] * _MIX) ^ self.kind

    @cached_property
    def case(self) -> Ints:
        """Capitals: none (0), the first letter alone (1), some (2), all (3)."""
        capitals = self.counted(self.raw[:-4] - _CAPITALS[0] < len(_CAPITALS))
        case = np.minimum(capitals, 2)
        case[(capitals == 1) & (self.raw[self.start] > 90)] = 2
        case[capitals == self.end - self.start] = 3
        return case

    @cached_property
    def begins(self) -> Words:
        """The first three bytes as one number, fewer of shorter tokens: letters in lower case, figures as they are."""
        begins = _four(self.low)[self.start]
        figures = np.flatnonzero(self.kind == DIGIT)
        begins[figures] = _four(self.raw)[self.start[figures]]
        front: Words = begins & _FRONT[np.minimum(self.end - self.start, 3)]
        return front

    @cached_property
    def whole(self) -> Hashes:
        """A hash of all that is said of a word by itself: its `hash`, `case` and `begins`."""
        marks = (self.begins.astype(np.uint64) << np.uint64(2)) | self.case.astype(np.uint64)
        return self.hash ^ (marks + np.uint64(1)) * _ODD

    def counted(self, marked: npt.NDArray[Any]) -> Ints:
        """How many of the marked bytes each token holds."""
        sums = np.zeros(len(marked) + 1, np.int64)
        np.cumsum(marked, out=sums[1:])
        return sums[self.end] - sums[self.start]


_ODD = np.uint64(0xD6E8FEB86659FD93)
_FRONT = np.array([0, 0xFF, 0xFFFF, 0xFFFFFF], np.uint32)


def _four(raw: Bytes) -> Words:
    """Each byte with the three behind it as one number."""
    return np.ndarray(len(raw) - 3, "<u4", raw, strides=1)


def tokens(raw: bytes) -> Tokens:
    """The tokens of plain ASCII bytes, at most `LONGEST` of them."""
    padded = np.frombuffer(raw + b"\0\0\0\0", np.uint8)
    kind = np.frombuffer(raw.translate(_KIND), np.uint8)
    edge = np.empty(len(raw) + 1, bool)
    edge[:1] = True
    np.not_equal(kind[1:], kind[:-1], out=edge[1:-1])
    edge[1:-1] |= kind[1:] == OTHER
    edge[-1:] = True
    edges = np.flatnonzero(edge)
    start, end = edges[:-1], edges[1:]
    kinds = kind[start]
    kept = kinds != BLANK
    return Tokens(padded, start[kept], end[kept], kinds[kept])
