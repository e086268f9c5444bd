"""The text of a page as it grows: lines, levels, cells and counts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

_QUOTED_AT_MOST = 6  # levels of "> "; deeper quotations are shown at this level
_INDENTED_AT_MOST = 6  # levels of lists
_ROW_AT_MOST = 1_000  # characters of a row whose next cell goes on in its line; each cell costs a look at all of it
BORDER = "\0"  # between the cells of a row, until its line ends; a page has none
_BORDERS = re.compile(r"[ \xa0]*\0[ \xa0]*")
SPACES = re.compile(r"[ \t\r\n\f\v]+")
_GAPS = re.compile(r"\n{3,}")
_ROMAN = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


class _Line(NamedTuple):
    """A line that has ended."""

    quoted: int
    indent: int
    text: str

    def __str__(self) -> str:
        marks = "> " * min(self.quoted, _QUOTED_AT_MOST) + "  " * min(self.indent, _INDENTED_AT_MOST)
        return marks + self.text if self.text else ""


@dataclass(slots=True)
class Page:
    """The text so far, and where in the page we are."""

    mailboxes: bool = False
    lines: list[_Line] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    quoted: int = 0
    indent: int = 0
    marked: bool = False  # this line begins with the mark of a list's item, which hangs out
    preformatted: int = 0
    digits: dict[int, int] = field(default_factory=dict)  # how they are written: plain, raised, or lowered
    struck: int = 0
    says_struck: bool = False  # in this line
    lists: list[Count | None] = field(default_factory=list)  # that are open; None: without numbers
    boxes: list[int] = field(default_factory=list)  # lines when each cell or item that is open began
    empty: bool = False  # nothing was written yet in the box that began last
    aside: list[tuple[list[str], bool]] = field(default_factory=list)  # the row, `marked`?, before each open cell
    tall: bool = False  # the cell before has more than one line

    def write(self, text: str) -> None:
        if self.preformatted:
            first, *rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            self._put(first)
            for more in rest:
                self.end_line()
                self._put(more)
        else:
            self._put(SPACES.sub(" ", text).translate(self.digits))

    def _put(self, piece: str) -> None:
        if self.struck and not self.says_struck and (words := piece.lstrip()):
            self.line += [piece[: -len(words)], "[struck out: "]
            piece, self.says_struck = words, True
        self.line.append(piece)
        self.empty = self.empty and not piece.strip()

    def end_struck(self) -> None:
        """Close the bracket where the words end, in each line anew."""
        if self.says_struck:
            text = "".join(self.line)
            words = text.rstrip()
            self.line = [words, "]", text[len(words) :]]
            self.says_struck = False

    def open_box(self, before: str = "") -> None:
        """An item or the like begins: behind a mark, if any."""
        self.line.append(before)
        self.boxes.append(len(self.lines))
        self.empty = True

    def close_box(self) -> bool:
        """It ends; what was one paragraph stays open. Whether it is more than that."""
        began = self.boxes.pop()
        self.empty = False
        last = next((at for at in range(len(self.lines), began, -1) if self.lines[at - 1].text), began)
        if last == began or self._is_begun():
            return last > began
        if last == began + 1 and len(self.lines[began].text) < _ROW_AT_MOST and self.lines[began].quoted == self.quoted:
            _, indent, text = self.lines[began]
            self.marked = indent < self.indent
            self.line = [text.replace("\t", BORDER)]
            del self.lines[began:]
            return False
        return True

    def open_cell(self) -> None:
        """A cell begins: below a tall one, else to be put behind the row so far."""
        if self.tall:
            self.gap()
        row = self.line if self.line and not self.empty else []
        self.aside.append((row, self.marked))
        if row:
            self.line, self.marked = [], False
        self.open_box()

    def close_cell(self) -> None:
        """It ends: one of many lines stands below the row so far, or its first line would seem to go on there."""
        self.end_struck()
        row, marked = self.aside.pop()
        began = self.boxes[-1]
        self.tall = self.close_box()
        if not row:
            return
        if not self.tall:
            row.append(BORDER)
            row += self.line
            self.line, self.marked = row, marked
        elif (above := self._ended(row, marked)).text:
            self.lines[began:began] = [above, _Line(0, 0, "")]

    def _is_begun(self) -> bool:
        return any(piece.strip(" \0") for piece in self.line)

    def end_line(self) -> None:
        self.end_struck()
        self.lines.append(self._ended(self.line, self.marked))
        self.line.clear()
        self.marked = False

    def _ended(self, pieces: list[str], marked: bool) -> _Line:
        text = "".join(pieces)
        text = text.rstrip() if self.preformatted else SPACES.sub(" ", text).lstrip(" \0").rstrip(" \0\xa0")
        text = _BORDERS.sub("\t", text)
        return _Line(self.quoted, self.indent - marked, text if text.strip() else "")

    def block(self) -> None:
        if self.empty:
            return
        if self._is_begun():
            self.end_line()
        else:
            self.line.clear()

    def gap(self) -> None:
        self.block()
        if self.lines and self.lines[-1].text and not self.empty:
            self.lines.append(_Line(0, 0, ""))


@dataclass(slots=True)
class Count:
    """The numbers of a list: the next one, and the letter that says how they are written (HTML's `type`)."""

    next: int
    kind: str = "1"

    def take(self) -> str:
        number = self.next
        self.next += 1
        if not 0 < number < 400 or self.kind not in "aAiI":
            return f"{number}. "
        said = _roman(number) if self.kind in "iI" else _letters(number)
        return f"{said.upper() if self.kind in 'AI' else said}. "


def _letters(number: int) -> str:
    before, letter = divmod(number - 1, 26)
    return (_letters(before) if before else "") + chr(97 + letter)


def _roman(number: int) -> str:
    said = ""
    for value, sign in _ROMAN:
        times, number = divmod(number, value)
        said += sign * times
    return said


def tidy(lines: Iterable[str]) -> str:
    """The lines as one text, with one empty line in a gap."""
    return _GAPS.sub("\n\n", "\n".join(lines)).strip("\n")
