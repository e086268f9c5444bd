"""format=flowed (RFC 3676): lines that a program broke, as the paragraphs that were written.

The rule this module keeps: a line ends in a blank where the next one goes on, within the same quotation; a signature
stays a line of its own, and an empty line an empty line. No word is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_SIGNATURE = "-- "
_QUOTED = re.compile(r">+(?: >+(?!=))*")  # blanks between the marks are not as they should be, and meant so


def is_flowed(params: Mapping[str, str]) -> bool:
    """Whether the parameters of a Content-Type say so."""
    return params.get("format", "").strip().lower() == "flowed"


def unbroken(text: str, params: Mapping[str, str]) -> str:
    """The text with its paragraphs in one line each; quotations are marked with "> "."""
    blank = 1 if params.get("delsp", "").strip().lower() == "yes" else 0
    lines: list[str] = []
    pieces: list[str] = []
    depth = 0
    for line in text.replace("\r\n", "\n").split("\n"):
        quoted, said = _stuffed(line)
        if pieces and (quoted != depth or said in ("", _SIGNATURE)):
            lines.append(_marked(depth, pieces))
            pieces = []
        depth = quoted
        flows = said.endswith(" ") and said != _SIGNATURE
        pieces.append(said[: len(said) - blank] if flows else said)
        if not flows:
            lines.append(_marked(depth, pieces))
            pieces = []
    return "\n".join([*lines, _marked(depth, pieces)] if pieces else lines)


def _stuffed(line: str) -> tuple[int, str]:
    """How often the line is quoted, and what it says without the blank that stands before it on the way."""
    found = _QUOTED.match(line)
    marks = found[0] if found else ""
    return marks.count(">"), line[len(marks) :].removeprefix(" ")


def _marked(depth: int, pieces: list[str]) -> str:
    said = "".join(pieces)
    return f"{'> ' * depth}{said}" if said else ("> " * depth).rstrip()
