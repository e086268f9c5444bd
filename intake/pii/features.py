"""What the model sees of each token: small integers, one column a kind of evidence, all counted with numpy.

`WORDS` is what a token says by itself, wherever it stands; `PLACES` what its place in the text, the rules and the
sender's name say. The columns are the same in training and in use; the sizes say how many values each may take.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from intake.pii import lexicon
from intake.pii.cues import PHRASES
from intake.pii.page import fold
from intake.pii.sheet import Sheet
from intake.pii.tags import CLASSES, Context
from intake.pii.tokens import DIGIT, Hashes, Ints, Tokens
from intake.pii.tokens import Words as Numbers

Columns = npt.NDArray[np.int32]  # [columns, tokens]

_AFFIXES = 4096
_CUE_REACH = 24  # tokens

WORDS: dict[str, int] = {
    "prefix": _AFFIXES,
    "suffix": _AFFIXES,
    "shape": 3 * 4 * 8,
    "given": lexicon.GIVEN,
    "surname": lexicon.SURNAME,
    "ordinary": lexicon.ORDINARY,
    "sort": lexicon.SORTS,
    "english": lexicon.GRADES,
    "foreign": lexicon.GRADES,
}
PLACES: dict[str, int] = {
    "beside": 2 * 3 * 3,
    "layout": 4 * 8 * 2 * 5 * 3,
    "cue": 32 * 5,
    "sender": 4,
    "rule": 1 + 4 * len(CLASSES),
    "famous": 2,
}
OTHER_WORDS = [list(WORDS).index(column) for column in ("ordinary", "sort", "english", "foreign")]


def of_words(found: Tokens, which: Ints | slice = slice(None)) -> Columns:
    """The evidence of `WORDS` for these tokens, one row each, in order."""
    size = (found.end - found.start)[which]
    rows = np.empty((len(WORDS), len(size)), np.int32)
    rows[0] = _bucket(found.begins[which])
    rows[1] = _bucket(_ends(found, which))
    rows[2] = (_SHAPED[found.kind[which]] * 4 + found.case[which]) * 8 + np.minimum(size, 8) - 1
    rows[3:] = lexicon.columns(found.hash[which])
    return rows


_SHAPED = np.array([2, 0, 1, 2, 2])


def _ends(found: Tokens, which: Ints | slice) -> Numbers:
    """The last three letters as one number; of figures how many there are."""
    end = found.end[which]
    size = np.minimum(end - found.start[which], 1023).astype(np.uint32)
    ends = np.zeros(len(end), np.uint32)
    for back in range(3):
        ends |= np.where(size > back, found.low[end - 1 - np.minimum(back, size)], 0).astype(np.uint32) << (8 * back)
    return np.where(found.kind[which] == DIGIT, size, ends)


def _bucket(value: Numbers) -> Ints:
    return (value * np.uint32(2654435761) >> np.uint32(20)).astype(np.int64)


def of_places(sheet: Sheet) -> Columns:
    """The evidence of `PLACES`, one row each, in order; in the gaps it means nothing."""
    rows = np.zeros((len(PLACES), len(sheet.tokens)), np.int32)
    rows[0] = _beside(sheet)
    rows[1] = _layout(sheet)
    rows[2] = _cues(sheet)
    _sender(sheet, rows[3])
    _rules(sheet, rows[4])
    rows[5] = sheet.famous
    return rows


def _beside(sheet: Sheet) -> Ints:
    """Accents, and what parts the token from the one before it and from the next: a blank (0), nothing (1), or more
    than a blank, as between the columns of a table (2)."""
    found = sheet.tokens
    parted = np.zeros(len(found) + 1, np.int64)
    ends = found.end[:-1]
    wide = found.start[1:] - ends
    parted[1:-1] = _PARTED[np.minimum(wide, 2)]
    parted[1:-1][(wide == 1) & (found.raw[ends] == _TAB)] = 2
    parted[1:-1] *= sheet.of[1:] == sheet.of[:-1]
    strange = 9 * (found.counted(sheet.odd) > 0) if sheet.odd is not None else 0
    both: Ints = strange + 3 * parted[:-1] + parted[1:]
    return both


_PARTED = np.array([1, 0, 2])
_TAB = 9


def _layout(sheet: Sheet) -> Ints:
    """Where in its line the token stands, how long that line is and whether it is quoted; where in the text it is."""
    found, line = sheet.tokens, sheet.line
    edge = np.empty(len(line) + 1, bool)
    edge[0] = edge[-1] = True
    np.not_equal(line[1:], line[:-1], out=edge[1:-1])
    edges = np.flatnonzero(edge)
    begin, size = edges[:-1], edges[1:] - edges[:-1]
    here = np.arange(len(line)) - begin[line]
    behind = size[line] - 1 - here
    quoted = found.raw[found.start[begin]] == 62
    number, piece = np.arange(len(begin)), sheet.of[begin]
    top, bottom = line[sheet.bounds[:, 0]][piece], line[sheet.bounds[:, 1] - 1][piece]
    of_line = _LENGTHS[np.minimum(size, 15)] * 2 + quoted
    of_text = _TO_END[(bottom - number).clip(0, 8)] * 3 + (number - top).clip(0, 2)
    within = _WITHIN[np.minimum(here, 3), np.minimum(behind, 2)]
    layout: Ints = within * 240 + (of_line * 15 + of_text)[line]
    return layout


_WITHIN = np.array([[0, 0, 0], [1, 1, 1], [1, 1, 1], [2, 2, 3]])
_LENGTHS = np.searchsorted([1, 2, 3, 4, 6, 9, 14], np.arange(-1, 15), side="right").clip(0, 7)
_TO_END = np.searchsorted([1, 2, 4, 8], np.arange(9), side="right")


_CUE_KINDS = {kind: number for number, kind in enumerate(PHRASES, 1)}
_FAR = np.searchsorted([1, 3, 6, 12], np.arange(_CUE_REACH), side="right")


def _cues(sheet: Sheet) -> Ints:
    """Which cue was the last one before the token, and how far back."""
    ends, kinds, last = [0], [0], [0]
    for piece, (_, bound) in zip(sheet.pieces, sheet.bounds.tolist(), strict=True):
        shift = piece.at - piece.left
        for cue in sheet.reads[piece.of].page.cues_between(piece.left, piece.right):
            if cue.end <= piece.right:
                ends.append(cue.end + shift)
                kinds.append(_CUE_KINDS[cue.kind])
                last.append(bound)
    begins = np.searchsorted(sheet.tokens.start, ends)
    begins[0] = -_CUE_REACH
    here = np.arange(len(sheet.tokens))
    which = np.searchsorted(begins, here, side="right") - 1
    far = here - begins[which]
    said = (far < _CUE_REACH) & (here < np.array(last)[which])
    return np.where(said, np.array(kinds)[which] * 5 + _FAR[np.minimum(far, _CUE_REACH - 1)], 0)


def _sender(sheet: Sheet, said: npt.NDArray[np.int32]) -> None:
    """Whether the word stands in the sender's display name (1), in the mailbox (2), or in both (3)."""
    places, values = [], []
    writers: dict[Context, dict[str, int]] = {}
    for piece in sheet.pieces:
        read = sheet.reads[piece.of]
        text = read.page.low[piece.left : piece.right]
        if read.context not in writers:
            writers[read.context] = _names(read.context)
        for word, value in writers[read.context].items():
            at = text.find(word)
            while at >= 0:
                end = at + len(word)
                if not _LETTERS.intersection((text[at - 1 : at], text[end : end + 1])):
                    places.append(piece.at + at)
                    values.append(value)
                at = text.find(word, end)
    said[np.searchsorted(sheet.tokens.start, places)] = values


_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz\x1f")
_NAME = re.compile(r"[a-z\x1f]{2,}")
_LONGEST = 100  # characters of a name or mailbox that are looked at


def _names(writer: Context) -> dict[str, int]:
    """The words of the writer's name (1) and mailbox (2), or both (3)."""
    said: dict[str, int] = {}
    for value, part in ((1, writer.sender_name), (2, writer.sender_email.partition("@")[0])):
        for word in _NAME.findall(fold(part[:_LONGEST]).lower()):
            said[word] = said.get(word, 0) | value
    return said


def of_part(hashes: Hashes, part: npt.NDArray[Any]) -> Hashes:
    """Hashes by which a word of one part is another one than the same word of another part."""
    return hashes ^ part.astype(np.uint64) * np.uint64(0xA0761D6478BD642F)


def _rules(sheet: Sheet, said: npt.NDArray[np.int32]) -> None:
    """Which rule's tag covers the token, whether it begins there, and whether the rule is sure."""
    tags, edges = [], []
    for piece in sheet.pieces:
        shift = piece.at - piece.left
        rules = sheet.reads[piece.of].rules
        for tag in rules[
            bisect_right(rules, piece.left, key=attrgetter("end")) : bisect_left(
                rules, piece.right, key=attrgetter("start")
            )
        ]:
            tags.append(tag)
            edges += [max(piece.at, tag.start + shift), min(piece.at + piece.right - piece.left, tag.end + shift)]
    places = np.searchsorted(sheet.tokens.start, edges).tolist()
    for left, right, tag in zip(places[::2], places[1::2], tags, strict=True):
        if left < right:
            value = 1 + 4 * _NUMBERED[tag.cls] + 2 * (tag.score >= 0.9)
            said[left:right] = value + 1
            said[left] = value


_NUMBERED = {cls: number for number, cls in enumerate(CLASSES)}
