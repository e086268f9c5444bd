"""Letters made anew, no two lines the same, so that nothing a tagger remembers of a line helps it in a measurement."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

_WORD = re.compile(r"\w+")
_EXCHANGED, _SPELT_ANEW = 0.25, 0.05  # shares of the words
_TRIES = 20


def made_anew(texts: Iterable[str], seed: int = 1) -> Iterator[str]:
    """Each text line by line, until a line is one that was never given: digits drawn anew, a quarter of the words
    exchanged for others of the same kind (lower case, capitalised, upper case), one in twenty with two letters
    swapped. Empty lines stay. Texts of one call never share a line.
    """
    texts = list(texts)
    rng = random.Random(seed)
    pool: dict[str, list[str]] = defaultdict(list)
    for word in _WORD.findall("\n".join(texts)):
        pool[_kind(word)].append(word)
    seen: set[str] = set()
    for text in texts:
        yield "\n".join(_line(line, pool, seen, rng) for line in text.split("\n"))


def _line(line: str, pool: dict[str, list[str]], seen: set[str], rng: random.Random) -> str:
    if not line.strip():
        return line
    for _ in range(_TRIES):
        made = _WORD.sub(lambda found: _word(found[0], pool, rng), line)
        if made not in seen:
            break
    while made in seen:  # a line of one rare word, or of none
        made = f"{line} {rng.randrange(10**6)}"
    seen.add(made)
    return made


def _word(word: str, pool: dict[str, list[str]], rng: random.Random) -> str:
    if any(char.isdigit() for char in word):
        return "".join(rng.choice("0123456789") if char.isdigit() else char for char in word)
    chance = rng.random()
    if chance < _EXCHANGED:
        return rng.choice(pool[_kind(word)])
    if chance < _EXCHANGED + _SPELT_ANEW and len(word) > 3:
        at = rng.randrange(1, len(word) - 1)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word


def _kind(word: str) -> str:
    if any(char.isdigit() for char in word):
        return "digits"
    return "upper" if word.isupper() else "capital" if word[:1].isupper() else "lower"
