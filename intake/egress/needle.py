"""What is looked for: cheap pieces that every spelling must hold, and a pattern that proves it.

The letters of a text, with nothing between them, are asked first; a pattern is made and tried only where they hold all
pieces. No pattern is kept: it holds what must not be kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, repr=False)
class Needle:
    """`called`: what it is, for a finding. `pieces`: octets that must be among the letters, the longest first."""

    called: str
    pieces: tuple[bytes, ...]
    pattern: Callable[[], str]

    def proven(self, form: str) -> bool:
        """Whether it stands in `form`, a seen text."""
        return bool(re2.compile(self.pattern()).search(form))


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
