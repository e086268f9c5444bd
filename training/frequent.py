"""Make `intake/pii/data/frequent.txt.gz`: how common words are in English, and in the other languages of letters.

Source: wordfreq (Robyn Speer, data CC BY-SA 4.0). A line: word, English grade, foreign grade; 0 is "not common",
1-5 rise with the Zipf frequency. `python -m training.frequent OUT`; needs `training/requirements.txt`.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import wordfreq

from intake.pii.page import fold

_FOREIGN = ("es", "pt", "pl", "fr")
_GRADES = (3.2, 3.8, 4.4, 5.2)


def _grade(zipf: float) -> int:
    return 1 + sum(zipf >= step for step in _GRADES)


def table(english: int = 40000, foreign: int = 25000) -> dict[str, list[int]]:
    """Plain lower-case word → grades."""
    found: dict[str, list[int]] = {}
    for column, languages, size in ((0, ("en",), english), (1, _FOREIGN, foreign)):
        for language in languages:
            for word in wordfreq.top_n_list(language, size):
                plain = fold(word).lower()
                if plain.isalpha() and 1 < len(plain) < 20:
                    grades = found.setdefault(plain, [0, 0])
                    grades[column] = max(grades[column], _grade(wordfreq.zipf_frequency(word, language)))
    return found


def main() -> None:
    """The command."""
    lines = "".join(f"{word} {en} {other}\n" for word, (en, other) in sorted(table().items()))
    Path(sys.argv[1]).write_bytes(gzip.compress(lines.encode("ascii"), 9, mtime=0))


if __name__ == "__main__":
    main()
