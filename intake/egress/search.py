"""Texts and octets are searched here: for needles, and for any address that may not be seen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import re2

from intake.egress import fold, runs
from intake.egress.budget import Budget
from intake.egress.needle import Needles
from intake.egress.undo import readings, untagged

CHUNK = 262_144  # characters searched at once
_OVERLAP = 4_096  # of them again with the next
_DEEPEST = 3  # a run within a run within a run
_FOREIGN = "e-mail address"


@dataclass(frozen=True, slots=True, repr=False)
class Search:
    """`permitted`: addresses that anybody may see; None when all may be but those that needles name."""

    needles: Needles
    permitted: Callable[[str], bool] | None
    budget: Budget
    shortest: int = runs.LONGEST

    def text(self, text: str) -> tuple[str, ...]:
        """What was found, each once."""
        found: dict[str, None] = {}
        for start in range(0, max(1, len(text)), CHUNK):
            self.budget.breathe()
            found.update(dict.fromkeys(self._chunk(text[max(0, start - _OVERLAP) : start + CHUNK], 0)))
        return tuple(found)

    def octets(self, octets: bytes) -> tuple[str, ...]:
        """What stands in octets that need be no text: needles alone, for noise is full of what looks like addresses."""
        found: dict[str, None] = {}
        for start in range(0, max(1, len(octets)), CHUNK):
            self.budget.breathe()
            found.update(dict.fromkeys(self._noise(octets[max(0, start - _OVERLAP) : start + CHUNK])))
        return tuple(found)

    def _chunk(self, text: str, depth: int) -> Iterator[str]:
        for plain in (found := readings(text)):
            if self.permitted and "@" in plain and not all(map(self.permitted, _addresses(plain.lower()))):
                yield _FOREIGN
            form = fold.seen(plain)
            letters = fold.letters(form)
            yield from self._needles(letters, form)
            if depth < _DEEPEST:
                for octets in runs.hidden(plain, letters, self.shortest):
                    yield from (f"encoded {one}" for one in self._hidden(octets, depth + 1))
        if (without := untagged(found[-1])) != found[-1]:  # for needles alone: "<b>@" makes no address of anybody
            form = fold.seen(without)
            yield from self._needles(fold.letters(form), form)

    def _needles(self, letters: bytes, form: str) -> Iterator[str]:
        return self.needles.found(letters, lambda: form)

    def _hidden(self, octets: bytes, depth: int) -> Iterator[str]:
        if self.permitted and b"@" in octets and _IN_OCTETS.search(octets.replace(b"\0", b"")):
            yield _FOREIGN
        yield from self._noise(octets)
        if (text := _text(octets)) is not None:
            self.budget.breathe()
            yield from self._chunk(text, depth)

    def _noise(self, octets: bytes) -> Iterator[str]:
        letters = octets.translate(_LOWER, _NOT_LETTERS)  # without the zeros of UTF-16
        return self.needles.found(letters, lambda: octets.decode("latin-1").lower())


_LOWER = bytes(range(256)).lower()
_NOT_LETTERS = bytes(code for code in range(256) if not (code < 128 and chr(code).isalnum()))
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _text(octets: bytes) -> str | None:
    """The text that octets are; noise is none."""
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else text


# --- any address -------------------------------------------------------------------------------------

_IN_OCTETS = re2.compile(rb"(?i)[a-z0-9._+-]{2,}@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}")
_DOMAIN = re.compile(r"(?:[^\W_][\w-]*\.)+(?:xn--[a-z0-9-]+|[^\W\d_]{2,})")
_BEFORE_AT = re.compile(r"[\w.!#$%&'*+=?^`{|}~-]")


def _addresses(form: str) -> Iterator[str]:
    """Every address in `form`: from each @ as far to the left and right as an address goes."""
    pieces = form.split("@")
    for left, right in pairwise(pieces):
        domain = _DOMAIN.match(right)
        if domain and left and _BEFORE_AT.match(left[-1]):
            start = len(left)
            while start and len(left) - start < 64 and _BEFORE_AT.match(left[start - 1]):
                start -= 1
            yield f"{left[start:]}@{domain[0]}"
