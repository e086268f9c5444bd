"""What is looked for: cheap pieces that every spelling must hold, and a pattern that proves it.

The letters of a text, with nothing between them, are asked first; a pattern is made and tried only where they hold all
pieces. No pattern is kept: it holds what must not be kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import re2

# In a seen text all that is neither letter nor digit is ASCII (`fold`).
BESIDE = r"[\x00-/:-@\[-`{-\x7f]"
GAP = f"{BESIDE}*"
NOTHING = r"[^\x00-\x{10ffff}]"
"""A pattern that is never found."""

_FEW = 256  # needles that are asked one by one
_GRAMS = (8, 7, 5, 3, 0)  # octets at the beginning of a piece by which many are found; 0: asked one by one


def anything() -> str:
    """A pattern that is found in any text, where the pieces say enough."""
    return ""


class Needle(NamedTuple):
    """`called`: what it is, for a finding. `pieces`: octets that must be among the letters, the longest first. `view`:
    what is done to the text before the pattern is tried."""

    called: str
    pieces: tuple[bytes, ...]
    pattern: Callable[[], str]
    view: Callable[[str], str] | None = None

    def __repr__(self) -> str:
        return f"<Needle {self.called}>"

    def proven(self, form: str) -> bool:
        """Whether it stands in `form`, a seen text."""
        return bool(re2.compile(self.pattern()).search(self.view(form) if self.view else form))


class Needles:
    """All needles for one message. Many of them are asked by their first letters, so that cost follows the text."""

    def __init__(self, needles: Sequence[Needle], breathe: Callable[[], None]) -> None:
        self._all, self._breathe = tuple(needles), breathe
        self._index: dict[int, dict[bytes, list[Needle]]] = {}
        for needle in needles if len(needles) > _FEW else ():
            size = next(size for size in _GRAMS if size <= len(needle.pieces[0]))
            self._index.setdefault(size, {}).setdefault(needle.pieces[0][:size], []).append(needle)

    def found(self, letters: bytes, form: Callable[[], str]) -> Iterator[str]:
        """What stands in the text of `letters`, each kind once; `form` gives that text when it is needed."""
        told: set[str] = set()
        for needle in self._likely(letters) if self._index else self._all:
            for piece in needle.pieces:
                if piece not in letters:
                    break
            else:
                self._breathe()
                if needle.called not in told and needle.proven(form()):
                    told.add(needle.called)
                    yield needle.called

    def _likely(self, letters: bytes) -> Iterator[Needle]:
        for size, index in self._index.items():
            grams = {letters[at : at + size] for at in range(len(letters))} if size else {b""}
            for gram in grams & index.keys():
                yield from index[gram]


class Later:
    """Needles that are made when first a text looks as if it held one of them (`hint`), for what `trace` leaves of its
    letters."""

    def __init__(
        self, make: Callable[[], Needles], hint: re2._Regexp, trace: Callable[[bytes], bytes] | None = None
    ) -> None:
        self._make, self._hint, self._trace = make, hint, trace
        self._made: Needles | None = None

    def found(self, letters: bytes, form: Callable[[], str]) -> Iterator[str]:
        """As `Needles.found`."""
        if self._hint.search(form()):
            self._made = self._made or self._make()
            yield from self._made.found(self._trace(letters) if self._trace else letters, form)
