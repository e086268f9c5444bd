"""Text as a new PDF. Runs in a cell (see `cell`).

The rule this module keeps: no word is dropped. A sign that the font lacks is written as its name in brackets; a letter
or a digit that it lacks is a ValueError, and the text is handed on as plain text instead. The same text gives the same
octets: no date, no author, no program.

The font is Public Sans, whose letters are those of all Latin alphabets.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF

MOST = 150_000  # characters: about 60 pages, 2 s
FONT = Path(__file__).with_name("data") / "PublicSans-Regular.ttf"

_MARGIN, _SIZE, _LINE = 20, 11, 5.5  # millimetres, points, millimetres
_BREAK = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = re.compile("[\xad\u200b-\u200d\u2060\ufeff\ufe0e\ufe0f]")  # they only say how to draw their neighbours
_LIKE = str.maketrans({"●": "•", "▪": "•", "◦": "•", "‣": "•", "■": "•", "\u2010": "-", "\u2011": "-", "\u2212": "-"})


def work(data: bytes) -> bytes:
    """The PDF of a text in UTF-8; ValueError when it cannot be shown."""
    return _written(_READY, data.decode())


def shown(text: str, font: Container[int]) -> str:
    """`text` with only characters that `font` has, and line breaks; ValueError when it lacks a letter or a digit."""
    text = _UNSEEN.sub("", _BREAK.sub("\n", unicodedata.normalize("NFC", text))).replace("\t", "    ")
    lacking = {char: _spelled(char, font) for char in set(text) if char != "\n" and ord(char) not in font}
    text = "".join(lacking.get(char, char) for char in text) if lacking else text
    if len(text) > MOST:
        raise ValueError("too long for a page")
    return text


def _spelled(char: str, font: Container[int]) -> str:
    for same in (char.translate(_LIKE), unicodedata.normalize("NFKC", char)):
        if all(ord(each) in font for each in same):
            return same
    kind = unicodedata.category(char)
    if kind[0] in "LMN":
        raise ValueError("a letter that the font lacks")
    return " " if kind == "Zs" else f"[{unicodedata.name(char, f'U+{ord(char):04X}').lower()}]"


def _blank() -> FPDF:
    paper = FPDF(format="letter")
    paper.creation_date = datetime(2000, 1, 1, tzinfo=UTC)
    paper.set_display_mode("real", "single")
    paper.set_margins(_MARGIN, _MARGIN)
    paper.set_auto_page_break(True, _MARGIN)
    paper.add_font("sans", fname=FONT)
    paper.set_font("sans", size=_SIZE)
    return paper


def _written(paper: FPDF, text: str) -> bytes:
    text = shown(text, paper.fonts["sans"].cmap)  # type: ignore[union-attr]
    paper.add_page()
    paper.multi_cell(0, _LINE, text, align="L")
    return bytes(paper.output())


_written(_blank(), "the library imports some of its modules late, when the cell can open no file any more")
_READY = _blank()
