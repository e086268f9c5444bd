"""Quotations: what a mail program put into an answer, of what other people wrote.

Known by the sign at the beginning of a line, by the line that introduces it, and by the lines of a copied header. What
is quoted without any of these cannot be told from the writer's own words.
"""

from __future__ import annotations

from itertools import groupby

import re2

_COPIED = re2.compile(
    r"(?i)^[\s*>_]{0,9}(?:from|to|b?cc|cci|cco|reply-to|de|para|à|od|do|d\.?w|u\.?d\.?w|kopia|soti|pou|von|an)[\s*_]{0,4}:"
)
"""A line of a header, as mail programs copy it in the languages that we write."""
_MOST = 200  # pieces; a text with more of them is taken for one quotation
_INTRODUCTION = 3  # lines that introduce a quotation, at most: "On Friday, … <…> wrote:"


def passages(text: str) -> list[tuple[bool, str]]:
    """The text in pieces, whole lines each, with whether it is quoted."""
    lines = text.splitlines(keepends=True)
    quoted = [line.lstrip().startswith(">") or bool(_COPIED.match(line)) for line in lines]
    for at, line in enumerate(lines):
        if line.lstrip().startswith(">") and at and not quoted[at - 1]:
            for above in _introduction(lines, at):
                quoted[above] = True
    grouped = groupby(zip(quoted, lines, strict=True), key=lambda pair: pair[0])
    pieces = [(is_quoted, "".join(line for _, line in pairs)) for is_quoted, pairs in grouped]
    return pieces if len(pieces) <= _MOST else [(True, text)]


def _introduction(lines: list[str], at: int) -> range:
    """The lines right above the quotation that begins at line `at`, if they introduce it."""
    last = at - 1
    while last > 0 and not lines[last].strip():
        last -= 1
    if not lines[last].rstrip().endswith(":"):
        return range(0)
    first = last
    while first > max(0, last - _INTRODUCTION + 1) and lines[first - 1].strip():
        first -= 1
    return range(first, at)
