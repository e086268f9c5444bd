"""The trained part of the tagger: a small convolutional network over tokens, run by numpy.

Each token's evidence (`intake.pii.features`) picks rows of one table; their sum goes through three convolutions of
five tokens' width (Collobert et al., "Natural Language Processing (Almost) from Scratch", 2011) and comes out as the
logarithms of the chances of each label. Labels are "O" and B-/I- of every class. `make train` makes the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from intake.pii.cues import Cue
from intake.pii.features import SIZES, Columns, columns
from intake.pii.page import Page
from intake.pii.tags import CLASSES, Context, Tag
from intake.pii.tokens import LETTER, LONGEST, Hashes, Ints, Tokens, tokens

Floats = npt.NDArray[np.float32]

LABELS = ("O", *(f"{begin}-{cls}" for cls in CLASSES for begin in "BI"))
WIDTH = 5  # tokens that a convolution sees


@dataclass(frozen=True, repr=False)
class Model:
    """The weights. `table` [rows, D]; `layers` of (weights [WIDTH·D, H], bias [H], dilation); `out` [H, labels]."""

    words: Hashes  # sorted: the words that have a row of their own
    table: Floats
    layers: tuple[tuple[Floats, Floats, int], ...]
    out: Floats
    bias: Floats

    def scores(self, found: Tokens, columns: Columns) -> Floats:
        """The logarithm of each label's chance for each token: [tokens, labels]."""
        x = self._embedded(found, columns)
        for weights, bias, dilation in self.layers:
            y = _windows(x, dilation) @ weights
            y += bias
            np.maximum(y, 0, out=y)
            x = np.add(y, x, out=y) if y.shape == x.shape else y
        return _logarithms(x @ self.out + self.bias)

    def _embedded(self, found: Tokens, columns: Columns) -> Floats:
        x: Floats = self.table[self.rows(found.hash)]
        for column in columns + self._offsets[:, None]:
            x += self.table[column]
        return x

    @cached_property
    def _offsets(self) -> Ints:
        """Where each column's rows begin in the table."""
        sizes = list(SIZES.values())
        return len(self.words) + 1 + np.cumsum([0, *sizes[:-1]])

    def rows(self, hashes: Hashes) -> Ints:
        """The row of each word; 0 for words without one."""
        at = np.searchsorted(self.words, hashes)
        at[at == len(self.words)] = 0
        return np.where(self.words[at] == hashes, at + 1, 0)


def _logarithms(scores: Floats) -> Floats:
    """The logarithms of the chances; where O is beyond doubt, simply that."""
    logs = np.full_like(scores, -_BEYOND_DOUBT)
    logs[:, 0] = 0
    doubted = np.flatnonzero(scores[:, 1:].max(axis=1) > scores[:, 0] - _BEYOND_DOUBT)
    some = scores[doubted]
    some -= some.max(axis=1, keepdims=True)
    some -= np.log(np.exp(some).sum(axis=1, keepdims=True))
    logs[doubted] = some
    return logs


_BEYOND_DOUBT = np.float32(9.0)


def _windows(x: Floats, dilation: int) -> Floats:
    """For each token the vectors of its neighbours side by side, nothing beyond the ends: [tokens, WIDTH·D]."""
    count, size = x.shape
    side = WIDTH // 2 * dilation
    wide = np.zeros((count + 2 * side, size), np.float32)
    wide[side : side + count] = x
    return np.concatenate([wide[step * dilation : step * dilation + count] for step in range(WIDTH)], axis=1)


@cache
def load() -> Model:
    """The model that came with the package."""
    with (files("intake.pii") / "data" / "model.npz").open("rb") as file:
        return unpack(dict(np.load(file)))


def unpack(arrays: dict[str, npt.NDArray[np.generic]]) -> Model:
    """A model from its stored arrays (rows int8 with a scale each); ValueError when other lists made it."""
    rows = len(arrays["words"]) + 1 + sum(SIZES.values())
    if len(arrays["table"]) != rows:
        raise ValueError(f"the model has {len(arrays['table'])} rows and the lists ask for {rows}: run `make train`")
    depth = sum(name.startswith("weights") for name in arrays)
    layers = tuple(
        (
            arrays[f"weights{n}"].astype(np.float32),
            arrays[f"bias{n}"].astype(np.float32),
            int(arrays["dilations"][n]),
        )
        for n in range(depth)
    )
    return Model(
        arrays["words"].astype(np.uint64),
        arrays["table"].astype(np.float32) * arrays["scale"].astype(np.float32)[:, None],
        layers,
        arrays["out"].astype(np.float32),
        arrays["bias"].astype(np.float32),
    )


# ---- from scores to spans ------------------------------------------------------------------------------------


def best(scores: Floats) -> Ints:
    """The likeliest label sequence that BIO allows: an I- stands behind a B- or I- of its class.

    Where the likeliest labels fit together they are the answer; only stretches where they do not are searched.
    """
    labels: Ints = scores.argmax(axis=1)
    before = np.zeros_like(labels)
    before[1:] = labels[:-1]
    astray = np.flatnonzero((labels > 0) & (labels % 2 == 0) & (before != labels) & (before != labels - 1))
    if len(astray):
        edges = np.flatnonzero(np.diff(scores[:, 0] < _SURE, prepend=False, append=False))
        for stretch in np.unique(np.searchsorted(edges, astray, side="right")).tolist():
            start, end = int(edges[stretch - 1]), int(edges[stretch])
            labels[start:end] = _viterbi(scores[start:end])
    return labels


_SURE = np.float32(-0.01)


def _viterbi(scores: Floats) -> list[int]:
    began = scores[0].copy()
    began[2::2] = -1e9
    back = []
    for row in scores[1:]:
        # I-x comes from B-x or I-x; anything else from the best of all
        top = int(began.argmax())
        from_ = np.full(len(LABELS), top)
        best_b, best_i = began[1::2], began[2::2]
        inner = np.where(best_i > best_b, np.arange(2, len(LABELS), 2), np.arange(1, len(LABELS), 2))
        from_[2::2] = inner
        began = began[from_] + row
        back.append(from_)
    label = int(began.argmax())
    path = [label]
    for from_ in reversed(back):
        label = int(from_[label])
        path.append(label)
    return path[::-1]


def spans(found: Tokens, scores: Floats) -> list[tuple[int, int, str, float]]:
    """(start, end, class, chance) of what the model sees, in order."""
    labels = best(scores)
    result = []
    for first in np.flatnonzero(labels % 2 == 1).tolist():
        last = first
        while last + 1 < len(labels) and labels[last + 1] == labels[first] + 1:
            last += 1
        chance = 1 - float(np.exp(scores[first : last + 1, 0]).mean())
        result.append((int(found.start[first]), int(found.end[last]), CLASSES[int(labels[first]) // 2], chance))
    return result


def recalled(found: Tokens, columns: Columns, scores: Floats) -> Floats:
    """The scores with names known by now: a word that surely is one in one place is likelier to be one in another.

    Much likelier when it is no other word: in no list of common words, places or firms.
    """
    names = scores[:, _NAMES]
    sure = (names.max(axis=1) > _SURE_NAME) & (found.kind == LETTER) & (found.end - found.start > 2)
    if sure.any():
        again = np.isin(found.hash, np.unique(found.hash[sure])) & (found.raw[found.start] <= ord("Z")) & ~sure
        names[again] += _AGAIN
        names[again & ~columns[_WORDS].any(axis=0)] += _AGAIN
    return scores


_NAMES = slice(LABELS.index("B-name"), LABELS.index("I-name") + 1)
_WORDS = [list(SIZES).index(column) for column in ("ordinary", "sort", "english", "foreign", "famous")]
_SURE_NAME = np.float32(np.log(0.9))
_AGAIN = np.float32(3.0)


# ---- a page --------------------------------------------------------------------------------------------------

_PIECE = LONGEST // 2  # characters read at once
_MARGIN = 600  # characters around a piece that are seen with it


def see(page: Page, rules: Sequence[Tag], context: Context, scorer: Model | None = None) -> list[Tag]:
    """What the model sees in a page, in order; `rules` is the evidence of the rules."""
    tags: list[Tag] = []
    for left, found, seen, scores in pieces(page, rules, context, scorer):
        begin, end = _own(left)
        for first, last, cls, chance in spans(found, recalled(found, seen, scores)):
            if begin <= left + first < end and not (tags and tags[-1].end > left + first):
                tags.append(Tag(left + first, left + last, cls, round(chance, 3), "model"))
    return tags


def pieces(
    page: Page, rules: Sequence[Tag], context: Context, scorer: Model | None = None
) -> Iterator[tuple[int, Tokens, Columns, Floats]]:
    """The page piece by piece, so that memory stays: where the piece begins, its tokens, evidence and scores."""
    scorer = scorer or load()
    for start in range(0, len(page.raw), _PIECE):
        left, right = max(0, start - _MARGIN), min(len(page.raw), start + _PIECE + _MARGIN)
        found, seen = evidence(page, rules, context, left, right)
        yield left, found, seen, scorer.scores(found, seen)


def _own(left: int) -> tuple[int, int]:
    """The part of the page for which the piece that begins at `left` speaks: without its margins."""
    start = left + _MARGIN if left else 0
    return start, start + _PIECE


def evidence(page: Page, rules: Sequence[Tag], context: Context, left: int, right: int) -> tuple[Tokens, Columns]:
    """Tokens and evidence of the page between two places; offsets count from `left`."""
    found = tokens(page.raw[left:right])
    text = page.text[left:right]
    odd = None if text.isascii() else np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32) > 127
    near = [Tag(t.start - left, t.end - left, t.cls, t.score, t.by) for t in rules if t.end > left and t.start < right]
    cues = [Cue(c.start - left, c.end - left, c.kind) for c in page.cues if left <= c.start and c.end <= right]
    return found, columns(found, odd, cues, near, context)
