"""What the model sees of each token: small integers, one column a kind of evidence, all counted with numpy.

The columns are the same in training and in use; `SIZES` says how many values each may take.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from intake.pii import lexicon
from intake.pii.cues import PHRASES, Cue
from intake.pii.famous import famous
from intake.pii.page import fold
from intake.pii.tags import CLASSES, Context, Tag
from intake.pii.tokens import DIGIT, LETTER, Bytes, Ints, Tokens, tokens

Columns = npt.NDArray[np.int32]  # [columns, tokens]
Bools = npt.NDArray[np.bool_]

AFFIXES = 4096
_CUE_REACH = 24  # tokens

SIZES: dict[str, int] = {
    "prefix": AFFIXES,
    "suffix": AFFIXES,
    "shape": 3 * 4 * 8 * 2 * 4,
    "given": lexicon.GIVEN,
    "surname": lexicon.SURNAME,
    "ordinary": lexicon.ORDINARY,
    "sort": lexicon.SORTS,
    "english": lexicon.GRADES,
    "foreign": lexicon.GRADES,
    "sender": 4,
    "line": 4 * 8 * 2,
    "place": 5 * 3,
    "cue": 32 * 5,
    "rule": 1 + 4 * len(CLASSES),
    "famous": 2,
}


def columns(found: Tokens, odd: Bools | None, cues: Sequence[Cue], rules: Sequence[Tag], context: Context) -> Columns:
    """The evidence, one row for each of `SIZES` in order. `odd`: which characters are not ASCII, None for none."""
    rows = np.zeros((len(SIZES), len(found)), np.int32)
    if len(found):
        rows[0], rows[1] = _affixes(found, found.kind == DIGIT)
        rows[2] = _shape(found, odd)
        rows[3:9] = lexicon.columns(found.hash)
        rows[9] = _sender(found, context)
        rows[10], rows[11] = _layout(found)
        rows[12] = _cues(found, cues)
        rows[13] = _rules(found, rules)
        rows[14] = _famous(found)
    return rows


_FRONT = np.array([0, 0xFF, 0xFFFF, *[0xFFFFFF] * 1021], np.uint32)


def _affixes(found: Tokens, digits: Bools) -> tuple[Ints, Ints]:
    """The first three bytes in lower case (of figures as they are) and the last three (of figures how many)."""
    size = np.minimum(found.end - found.start, 1023)
    prefix = _three(found.low)[found.start]
    np.copyto(prefix, _three(found.raw)[found.start], where=digits)
    suffix = _three(found.low)[found.end - np.minimum(size, 3)]
    np.copyto(suffix, size.astype(np.uint32), where=digits)
    kept = _FRONT[size]
    return _bucket(prefix & kept), _bucket(suffix & kept)


def _three(raw: Bytes) -> npt.NDArray[np.uint32]:
    """Each byte with the two behind it as one number."""
    wide = raw.astype(np.uint32)
    three: npt.NDArray[np.uint32] = wide[:-2] | wide[1:-1] << np.uint32(8) | wide[2:] << np.uint32(16)
    return three


def _bucket(value: npt.NDArray[np.uint32]) -> Ints:
    return (value * np.uint32(2654435761) >> np.uint32(20)).astype(np.int64)


_IS_UPPER = np.zeros(256, np.int32)
_IS_UPPER[65:91] = 1


def _shape(found: Tokens, odd: Bools | None) -> Ints:
    """Kind, capitals, length, accents, and what it is glued to."""
    start, end = found.start, found.end
    size = end - start
    capitals = _counted(_IS_UPPER[found.raw[:-4]], found)
    case = np.minimum(capitals, 2)  # none, one, more
    case[(case == 1) & (found.raw[start] > 90)] = 2
    case[capitals == size] = 3
    glued = np.zeros(len(found) + 1, np.int64)
    np.equal(start[1:], end[:-1], out=glued[1:-1])
    shape = (_SHAPED[found.kind] * 4 + case) * 8 + np.minimum(size, 8) - 1
    strange = (_counted(odd, found) > 0) if odd is not None else 0
    whole: Ints = (shape * 2 + strange) * 4 + glued[:-1] * 2 + glued[1:]
    return whole


_SHAPED = np.array([2, 0, 1, 2, 2])


def _counted(marked: npt.NDArray[Any], found: Tokens) -> Ints:
    """How many of the marked bytes each token holds."""
    sums = np.zeros(len(marked) + 1, np.int64)
    np.cumsum(marked, out=sums[1:])
    return sums[found.end] - sums[found.start]


def _sender(found: Tokens, context: Context) -> Ints:
    """Whether the word stands in the sender's display name (1), in the mailbox (2), or in both (3)."""
    known = np.zeros(len(found), np.int64)
    for one, value in _names(context).items():
        known[found.hash == np.uint64(one)] = value
    return known


def _names(context: Context) -> dict[int, int]:
    """The words of the sender's name (1) and mailbox (2), at most a dozen of each."""
    parts = (context.sender_name, context.sender_email.partition("@")[0])
    found = tokens("\n".join(fold(part[:400]).replace("\n", " ") for part in parts).encode("ascii"))
    kept = (found.kind == LETTER) & (found.end - found.start > 1)
    names: dict[int, int] = {}
    for one, line in zip(found.hash[kept].tolist(), found.line[kept].tolist(), strict=True):
        if one in names or len(names) < 24:
            names[one] = names.get(one, 0) | (2 if line else 1)
    return names


def _layout(found: Tokens) -> tuple[Ints, Ints]:
    """Where in its line the token stands and how long that line is; where in the text the line stands."""
    line, count = found.line, int(found.line[-1]) + 1
    sizes = np.bincount(line, minlength=count)
    ends = np.cumsum(sizes)
    here = np.arange(len(line)) - (ends - sizes)[line]
    behind = sizes[line] - 1 - here
    quoted = found.raw[found.start[np.minimum(ends - sizes, len(line) - 1)]] == 62
    within = _WITHIN[np.minimum(here, 3), np.minimum(behind, 2)]
    of_line = _LENGTHS[np.minimum(sizes, 15)] * 2 + quoted
    where = _TO_END[np.minimum(np.arange(count - 1, -1, -1), 8)] * 3 + np.minimum(np.arange(count), 2)
    return within * 16 + of_line[line], where[line]


_WITHIN = np.array([[0, 0, 0], [1, 1, 1], [1, 1, 1], [2, 2, 3]])
_LENGTHS = np.searchsorted([1, 2, 3, 4, 6, 9, 14], np.arange(-1, 15), side="right").clip(0, 7)
_TO_END = np.searchsorted([1, 2, 4, 8], np.arange(9), side="right")


_CUE_KINDS = {kind: number for number, kind in enumerate(PHRASES, 1)}
_FAR = np.searchsorted([1, 3, 6, 12], np.arange(_CUE_REACH), side="right")


def _cues(found: Tokens, cues: Sequence[Cue]) -> Ints:
    """Which cue was the last one before the token, and how far back."""
    said = np.zeros(len(found), np.int64)
    for at, cue in zip(np.searchsorted(found.start, [cue.end for cue in cues]).tolist(), cues, strict=True):
        part = said[at : at + _CUE_REACH]
        part[:] = _CUE_KINDS[cue.kind] * 5 + _FAR[: len(part)]
    return said


def _rules(found: Tokens, rules: Sequence[Tag]) -> Ints:
    """Which rule's tag covers the token, whether it begins there, and whether the rule is sure."""
    said = np.zeros(len(found), np.int64)
    edges = np.searchsorted(found.start, [edge for tag in rules for edge in (tag.start, tag.end)]).tolist()
    for left, right, tag in zip(edges[::2], edges[1::2], rules, strict=True):
        if left < right:
            value = 1 + 4 * _NUMBERED[tag.cls] + 2 * (tag.score >= 0.9)
            said[left:right] = value + 1
            said[left] = value
    return said


def _famous(found: Tokens) -> Ints:
    """Whether the token is part of a firm's, a place's or a famous person's name."""
    said = np.zeros(len(found), np.int64)
    edges = np.searchsorted(found.start, [edge for span in famous(found.raw.tobytes()) for edge in span]).tolist()
    for left, right in zip(edges[::2], edges[1::2], strict=True):
        said[left:right] = 1
    return said


_NUMBERED = {cls: number for number, cls in enumerate(CLASSES)}
