"""What people call "@" and the dot of an address, in the languages they write here.

The rule this module keeps: words stand here once, folded like the text that they are looked for in (`spelling.fold`).
A word that sentences have for something else (a monkey, a dog, a snail) stands apart: it needs more signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import re2

from intake.redact.spelling import fold


def _folded(words: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(fold, words.split("|"))))


AT = _folded(
    "arroba|arobas|awobaz|arobase|arrobase|a commercial|aapenstaart|aapenstaartje|apenstaartje|klammeraffe|at-zeichen"
    "|at-sign|atsign|commercial at|a còng|a móc|آت|艾特|圈a|앳"
)
AT_BETWEEN_MARKS = _folded("at|@t|эт|chez|bei")  # "name (at) house.net"
AT_AND_MORE = _folded("chiocciola|małpa|małpka|собака|собачка|골뱅이|小老鼠")
DOT = _folded("dot|d0t|punto|ponto|punkt|punt|kropka|pwen|точка|نقطة|دوت|点|點|점|닷|쩜")
DOT_AND_MORE = _folded("point|chấm")
TOPS = _folded("ру|ком|нет")
"""Top domains that are said in words of their own."""


def either(words: Iterable[str]) -> str:
    """An expression for any of these words; a hyphen in one may be a blank."""
    parts = (map(re2.escape, re.split("[ -]", word)) for word in words)
    return f"(?:{'|'.join(r'[ -]{1,2}'.join(part) for part in parts)})"


def among_others(words: Iterable[str]) -> str:
    """The same with what must be around it: blanks, or nothing where a script needs none."""
    plain = [word for word in words if word.isascii()]
    foreign = [word for word in words if not word.isascii()]
    return rf"(?:\s+{either(plain)}\s+|\s*{either(foreign)}\s*)"
