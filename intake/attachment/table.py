"""Tables of text: rows and columns, as they came and as they go.

The rule this module keeps: a cell is never a formula (CWE-1236), and a table keeps its rows and columns or is none.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

_FORMULA = frozenset("=+-@＝＋－＠")
_LINES = ("\t", "\r", "\n")
_PARTED = re.compile(r"([;|\t\r\n])")  # where a spreadsheet of another country parts columns, whatever is quoted
_QUOTED = re.compile(r'"[^"]*"')
_BLANK = " \t\r\n\v\f\x85\xa0\u200b\ufeff"
_NEGATIVE = re.compile(r"-\d[\d.,]*%?")


def delimiter(first: str) -> str:
    """What parts the columns of a table whose first line is `first`."""
    return max(",;\t|", key=_QUOTED.sub("", first).count)


def rows(text: str, parted: str) -> list[list[str]]:
    """The rows of a table; csv.Error when it is none."""
    return list(csv.reader(io.StringIO(text, ""), delimiter=parted, strict=True))


def as_csv(table: Sequence[Sequence[str]]) -> bytes:
    """The table in UTF-8 (RFC 4180), every cell quoted; with a mark, without which Excel takes it for another set."""
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows([harmless(cell) for cell in row] for row in table)
    text = file.getvalue()
    return text.encode("ascii" if text.isascii() else "utf-8-sig")


def harmless(cell: str) -> str:
    """The cell, with a ' before what a spreadsheet would take for a formula, also where it sees other columns."""
    whole = "".join(map(_guarded, _PARTED.split(cell)))
    return f"'{whole}" if cell[:1] in _LINES else whole


def _guarded(piece: str) -> str:
    wrong = piece.lstrip(_BLANK)[:1] in _FORMULA and not _NEGATIVE.fullmatch(piece.strip())
    return f"'{piece}" if piece and wrong else piece


def refilled(source: str, text: str, redacted: str) -> list[list[str]] | None:
    """The rows of `source` with the cells of `redacted`, which is `text` without what is withheld.

    `text` is the source, or tells each cell beside its heading (`plain`). None when the rows and columns no longer
    stand where they stood.
    """
    first = source.partition("\n")[0]
    try:
        before = rows(source, delimiter(first))
        after = rows(redacted, delimiter(first)) if text == source else list(_retold(before, redacted))
    except (ValueError, csv.Error):
        return None
    return after if [len(row) for row in after] == [len(row) for row in before] else None


def _retold(before: list[list[str]], redacted: str) -> Iterator[list[str]]:
    """The rows of a table that is told in blocks; ValueError when they are not those of `before`."""
    told, *blocks = redacted.split("\n\n")
    heads = told.split(" | ")
    yield heads
    for row, block in zip(before[1:], blocks, strict=True):
        yield _filled(row, heads, block)


def _filled(row: list[str], heads: list[str], block: str) -> list[str]:
    waiting = [number for number, cell in enumerate(row) if cell.strip()]
    cells, at = [""] * len(row), -1
    for line in block.split("\n") if block else ():
        head = f"{heads[waiting[0]]}: " if waiting and waiting[0] < len(heads) and heads[waiting[0]] else ""
        if waiting and line.startswith(head):
            at = waiting.pop(0)
            cells[at] = line.removeprefix(head)
        elif at >= 0:
            cells[at] += f"\n{line}"  # a cell of several lines
        else:
            raise ValueError("no such column")
    if waiting:
        raise ValueError("a cell is missing")
    return cells
