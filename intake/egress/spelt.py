"""Letters that are said as words, or as their number: "sierra oscar foxtrot", "s as in Sam", "19-15-6".

A name may be spelt for good reasons: one that is shown is an address only with the domain behind it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import Any

import re2

from intake.egress.fold import plain, seen
from intake.egress.needle import BESIDE, GAP
from intake.egress.words import ALPHABETS, CUES, said

_LEAST = 6  # letters of a local part that is looked for
_FOUND = "known address spelt out"
_LETTER = re.compile(r"[a-z]")
_SPELT = re.compile(r"[a-z0-9]")
_WORD = BESIDE.replace("[", "[^", 1)
_OTHER = f"{GAP}(?:{_WORD}{{1,12}}{BESIDE}+){{0,2}}"  # words for a sign, or none
_REACH = r".{0,60}"


_NAMES = "|".join(sorted({name for names in ALPHABETS for name in names.values()}))
_CUED = "|".join(map(GAP.join, CUES))
_IS_SPELT = re2.compile(
    rf"(?:(?:{_NAMES}){BESIDE}{{1,4}}){{3}}|(?:(?:^|{BESIDE})[a-z]{BESIDE}(?:{_CUED}){BESIDE}{_WORD}{{1,16}}{BESIDE}{{1,3}}){{2}}"
)
"""Three names of letters, or two letters with a cue."""


class Spelt:
    """The local parts of addresses, letter by letter. `is_shown`: whether a local part is made of shown names."""

    def __init__(self, addresses: Collection[str], is_shown: Callable[[str], bool]) -> None:
        self._is_shown = is_shown
        self._sought: list[tuple[str, str, tuple[str, ...]]] = []
        for address in addresses:
            local, _, domain = seen(plain(address)).rpartition("@")
            local = "".join(_SPELT.findall(local.partition("+")[0]))
            letters = _LETTER.findall(local)
            if len(letters) >= _LEAST:
                self._sought.append((local, domain, tuple(dict.fromkeys(letters))))

    def found(self, letters: bytes, form: Callable[[], str]) -> Iterator[str]:
        """As `Needles.found`."""
        if not self._sought or not _IS_SPELT.search(form()):
            return
        for local, domain, (first, *rest) in self._sought:
            for spell, view, table in _WAYS:
                for way, octets in table:
                    if octets[first] in letters and all(octets[letter] in letters for letter in rest):
                        pattern = self._pattern(partial(spell, way), local, domain)
                        if re2.compile(pattern).search(view(form())):
                            yield _FOUND
                            return

    def _pattern(self, spell: Callable[[str], str], local: str, domain: str) -> str:
        found = f"(?:^|{BESIDE}){spell(local)}"
        if self._is_shown(local):
            found += f"(?:$|{BESIDE}){_REACH}(?:{spell(domain)}|{GAP.join(_SPELT.findall(domain))})"
        return f"(?s){found}"


def _named(names: dict[str, str], half: str) -> str:
    """Each letter by its name."""
    return GAP.join(
        GAP.join(said(names.get(character, character)).replace(" ", "")) for character in _SPELT.findall(half)
    )


def _cued(cue: str, half: str) -> str:
    """Each letter with a word for it behind the cue; words for signs between."""
    word = rf"{GAP}{GAP.join(cue)}{GAP}{_WORD}+"
    return _OTHER.join(f"{c}{word}" if c.isalpha() else f"(?:{c}|{_WORD}+)" for c in _SPELT.findall(half))


_WAYS: tuple[tuple[Callable[[Any, str], str], Callable[[str], str], Sequence[tuple[Any, dict[str, bytes]]]], ...] = (
    (_named, said, [(names, {letter: name.encode() for letter, name in names.items()}) for names in ALPHABETS]),
    (_cued, str, [(cue, {letter: f"{letter}{cue}".encode() for letter in ALPHABETS[0]}) for cue in CUES]),
)
"""(pattern for half an address, what is done to the text before, (table or cue, what must be among the letters))."""
