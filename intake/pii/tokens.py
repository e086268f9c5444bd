"""A page's bytes cut into tokens, all at once: numpy finds the edges, hashes the words and counts the lines.

A token is a run of letters, a run of digits, one other character, or a run of line breaks; blanks only separate.
Nothing here loops over characters or tokens in Python, so the time is that of a few passes over the bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]

BLANK, LETTER, DIGIT, BREAK, OTHER = range(5)

_KIND = np.full(256, OTHER, np.uint8)
_KIND[list(b" \t\x0b\x0c")] = BLANK
_KIND[list(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\x1f")] = LETTER
_KIND[list(b"0123456789")] = DIGIT
_KIND[list(b"\n")] = BREAK

_LOWER = np.arange(256, dtype=np.uint8)
_LOWER[65:91] += 32
_LOWER[48:58] = 48  # a word's hash knows how many digits there are, not which

_PRIME = 0x100000001B3
_MIX = np.uint64(0x9E3779B97F4A7C15)


def _powers(base: int, size: int) -> Hashes:
    """1, base, base², … modulo 2⁶⁴."""
    powers = np.full(size, base & (1 << 64) - 1, np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


LONGEST = 1 << 15  # bytes a Tokens may have: a longer page is read in pieces (`intake.pii.model`)
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
        return _LOWER[self.raw]

    @cached_property
    def hash(self) -> Hashes:
        """A hash of each token in lower case; digits count, which ones they are does not."""
        size = len(self.raw) - 4
        sums = np.zeros(size + 1, np.uint64)
        np.cumsum((self.low[:size] + np.uint64(1)) * _UP[:size], out=sums[1:])
        return ((sums[self.end] - sums[self.start]) * _DOWN[self.start] * _MIX) ^ self.kind

    @cached_property
    def line(self) -> Ints:
        """The number of the line that each token stands in, from 0; a break belongs to the line that it ends."""
        breaks = self.kind == BREAK
        line: Ints = np.cumsum(breaks) - breaks
        return line


def tokens(raw: bytes) -> Tokens:
    """The tokens of plain ASCII bytes, at most `LONGEST` of them."""
    padded = np.frombuffer(raw + b"\0\0\0\0", np.uint8)
    kind = _KIND[padded[: len(raw)]]
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


def hash_of(word: str) -> int:
    """The hash that `Tokens.hash` gives a token written like `word` (plain ASCII)."""
    found = tokens(word.encode("ascii"))
    return int(found.hash[0])
