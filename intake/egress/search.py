"""Texts and octets are searched here: for needles, and for any address that may not be seen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import re2

from intake.egress import fold, runs
from intake.egress.address import addresses
from intake.egress.budget import Budget
from intake.egress.coded import IS_MORSE, Digests, marks
from intake.egress.needle import Needles
from intake.egress.undo import bare, columns, readings, swapped

CHUNK = 262_144  # characters searched at once
_OVERLAP = 4_096  # of them again with the next
_DEEPEST = 3  # a run within a run within a run
_FOREIGN = "e-mail address"
_DIGEST = "digest of a known address"


class Finder(Protocol):
    """Looks for something in the letters of a text, as `Needles` do."""

    def found(self, letters: bytes, form: Callable[[], str]) -> Iterator[str]:
        """What stands there; `form` gives the seen text."""


@dataclass(frozen=True, slots=True, repr=False)
class Search:
    """`encoded`: looked for in texts alone. `permitted`: addresses that anybody may see; None when all may be but those
    that needles name. `more`: what is rare, looked for where a text looks like it. `morse`: in dots and dashes.
    `digests`: in what runs decode to."""

    needles: Needles
    encoded: Finder
    permitted: Callable[[str], bool] | None
    budget: Budget
    shortest: int = runs.LONGEST
    more: Sequence[Finder] = ()
    morse: Finder | None = None
    digests: Digests | None = None

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
        if self.morse and not depth and IS_MORSE.search(text):
            yield from self.morse.found(marks(text), lambda: text)
        for plain in (found := readings(text)):
            form = fold.seen(plain)
            if self.permitted and not all(any(map(self.permitted, one)) for one in addresses(form)):
                yield _FOREIGN
            letters = fold.letters(form)
            yield from self._needles(letters, form)
            if not depth:
                yield from self._more(letters, form)
            if depth < _DEEPEST:
                yield from self._runs(plain, letters, depth)
        if (without := bare(found[-1])) != found[-1]:  # for needles alone: "<b>@" makes no address of anybody
            form = fold.seen(without)
            yield from self._needles(fold.letters(form), form)
        if not depth and (numbers := columns(found[-1])) != found[-1]:
            for dump in {numbers, swapped(numbers)}:
                letters = fold.letters(form := fold.seen(dump))
                yield from self._needles(letters, form)
                yield from self._more(letters, form)
                yield from self._runs(dump, letters, _DEEPEST)

    def _needles(self, letters: bytes, form: str) -> Iterator[str]:
        yield from self.needles.found(letters, lambda: form)
        yield from self.encoded.found(letters, lambda: form)

    def _more(self, letters: bytes, form: str) -> Iterator[str]:
        for finder in self.more:
            yield from finder.found(letters, lambda: form)

    def _runs(self, plain: str, letters: bytes, depth: int) -> Iterator[str]:
        for pieces in _together(runs.hidden(plain, letters, self.shortest)):
            yield from (f"encoded {one}" for one in self._hidden(pieces, depth + 1))

    def _hidden(self, pieces: Sequence[bytes], depth: int) -> Iterator[str]:
        """What runs decode to, a thousand of them at a time: a search of one costs as much as of all."""
        self.budget.breathe()
        octets = _APART.join(pieces)
        if self.permitted and b"@" in octets and _IN_OCTETS.search(octets.replace(b"\0", b"")):
            yield _FOREIGN
        yield from self._noise(octets)
        if self.digests and self.digests.are_in(octets):
            yield _DIGEST
        texts = [text for piece in pieces if (text := _text(piece))] if depth <= _DEEPEST else []
        if texts:
            yield from self._chunk(_APART.decode().join(texts), depth)

    def _noise(self, octets: bytes) -> Iterator[str]:
        letters = octets.translate(_LOWER, _NOT_LETTERS)  # without the zeros of UTF-16
        return self.needles.found(letters, lambda: octets.decode("latin-1").lower())


_APART = b"\n\0\n"
_TOGETHER = 65_536  # octets


def _together(pieces: Iterable[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for piece in pieces:
        batch.append(piece)
        size += len(piece)
        if size > _TOGETHER:
            yield batch
            batch, size = [], 0
    yield batch


_LOWER = bytes(range(256)).lower()
_NOT_LETTERS = bytes(code for code in range(256) if not (code < 128 and chr(code).isalnum()))
_IN_OCTETS = re2.compile(rb"(?i)[a-z0-9._+-]{2,}@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}")
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _text(octets: bytes) -> str | None:
    """The text that octets are; noise is none."""
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else text
