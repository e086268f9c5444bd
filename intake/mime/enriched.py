"""Richtext (RFC 1341) and enriched text (RFC 1896): words with commands in angle brackets, as their reader saw them.

The rule this module keeps: a command is left out with what it hides (parameters, comments), whatever it is called, and
all else is text; quotations are marked with "> ". No character is an entity, as in HTML.
"""

from __future__ import annotations

import re
from collections import Counter

ENRICHED, RICHTEXT = "text/enriched", "text/richtext"
TYPES = (ENRICHED, RICHTEXT)

_PIECE = re.compile(r"<<|<(/?[A-Za-z0-9-]{1,60})>|(\n+)|[^<\n]+|<")
_HIDING = ("param", "comment")
_AS_IT_STANDS = ("nofill", "verbatim")  # the second in RFC 1523, which 1896 replaced
_PARAGRAPHS = ("excerpt", "paragraph", "heading", "footing", "np")
_BLOCKS = ("signature", "center", "flushleft", "flushright", "flushboth", "paraindent", "indent")
_BLANKS = re.compile(r"[ \t]+")
_GAPS = re.compile(r"\n{3,}")
_QUOTED_AT_MOST = 6  # levels of "> "


def to_text(source: str, kind: str = ENRICHED) -> str:
    """The text of `source`: in enriched text a single line end is a blank, and n of them are n - 1; in richtext they
    are all blanks, and only commands end a line."""
    page = _Page()
    for piece in _PIECE.finditer(source.replace("\r\n", "\n")):
        command, ends = (piece[1] or "").lower(), piece[2] or ""
        if command:
            page.obey(command.removeprefix("/"), 1 if command[0] != "/" else -1)
        elif page.within(_HIDING):
            continue
        elif not ends:
            page.line.append("<" if piece[0] == "<<" and kind == ENRICHED else piece[0])
        elif page.within(_AS_IT_STANDS) or (kind == ENRICHED and len(ends) > 1):
            for _ in ends if page.within(_AS_IT_STANDS) else ends[1:]:
                page.end_line()
        else:
            page.line.append(" ")
    page.end_line()
    return _GAPS.sub("\n\n", "\n".join(page.lines)).strip("\n")


class _Page:
    """The text so far, and how many commands of each name are open."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.open: Counter[str] = Counter()

    def within(self, names: tuple[str, ...]) -> bool:
        return any(self.open[name] for name in names)

    def end_line(self) -> None:
        text = "".join(self.line)
        text = text.rstrip() if self.within(_AS_IT_STANDS) else _BLANKS.sub(" ", text).strip()
        self.lines.append("> " * min(self.open["excerpt"], _QUOTED_AT_MOST) + text if text else "")
        self.line.clear()

    def obey(self, name: str, more: int) -> None:
        """A command begins (`more` is 1) or ends (-1)."""
        if name not in _HIDING and self.within(_HIDING):
            return
        if name in (*_PARAGRAPHS, *_BLOCKS, *_AS_IT_STANDS):
            self.end_line()
            if not self.lines[-1]:
                self.lines.pop()
            self.lines += [""] * (name in _PARAGRAPHS)
        if name == "lt":
            self.line.append("<")
        elif name == "nl":
            self.end_line()
        elif name in (*_HIDING, *_AS_IT_STANDS, "excerpt"):
            self.open[name] = max(0, self.open[name] + more)
