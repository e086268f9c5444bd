"""From a label's chances at each token to spans of text: what the model sees, in order, and which rules it denies."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from intake.pii.features import of_part
from intake.pii.model import LABELS, Doubts, Floats, Model, load
from intake.pii.page import pattern
from intake.pii.sheet import Piece, Read, Sheet, sheets
from intake.pii.tags import CLASSES, Tag
from intake.pii.tokens import LETTER, Ints


class Seen(NamedTuple):
    """What the model sees in a page, in order, and those of the page's rules that it lets stand."""

    tags: Sequence[Tag]
    rules: Sequence[Tag]


def see(reads: Sequence[Read], model: Model | None = None) -> list[Seen]:
    """What the model sees in each page."""
    model = model or load()
    seen: list[list[Tag]] = [[] for _ in reads]
    denials: list[set[Tag]] = [set() for _ in reads]
    for sheet in sheets(reads):
        doubts = model.read(sheet)
        for number, rule in denied(sheet, doubts):
            denials[number].add(rule)
        found = spans(recalled(sheet, doubts))
        if not found:
            continue
        firsts, lasts = (doubts.which[list(edges)] for edges in list(zip(*found, strict=True))[:2])
        places = sheet.of[firsts].tolist(), sheet.tokens.start[firsts].tolist(), sheet.tokens.end[lasts].tolist()
        for (_, _, cls, chance), number, start, end in zip(found, *places, strict=True):
            piece = sheet.pieces[number]
            start, end = start + piece.left - piece.at, end + piece.left - piece.at
            tags = seen[piece.of]
            if piece.begin <= start < piece.end and not (tags and tags[-1].end > start):
                tags.append(Tag(start, end, cls, round(chance, 3), "model"))
    return [
        Seen(tags, [rule for rule in read.rules if rule not in no] if no else read.rules)
        for tags, no, read in zip(seen, denials, reads, strict=True)
    ]


def denied(sheet: Sheet, doubts: Doubts) -> Iterator[tuple[int, Tag]]:
    """The page's number and the rule's tag where the model is sure that a telephone number is nobody's: an agency's or
    a firm's. In strange surroundings it is sure of anything: it must be a letter of some length, a number as most are
    written, known words before it, and none beside it that says whose it is."""
    asked = [(piece, rule) for piece in sheet.pieces for rule in _askable(sheet.reads[piece.of], piece)]
    if not asked:
        return
    nothing = np.zeros(len(sheet.tokens), np.float32)
    nothing[doubts.which] = doubts.logs[:, 0]
    edges = [edge + piece.at - piece.left for piece, rule in asked for edge in rule[:2]]
    places = np.searchsorted(sheet.tokens.start, edges).tolist()
    for (piece, rule), first, last in zip(asked, places[::2], places[1::2], strict=True):
        before = slice(max(0, first - _WORDS), first)
        words = (sheet.tokens.kind[before] == LETTER) & (sheet.of[before] == sheet.of[first])
        words &= sheet.tokens.end[before] - sheet.tokens.start[before] > 1
        if nothing[first:last].mean() > _DENIED and doubts.other[before][words].sum() >= max(_KNOWN, words.sum() * 0.6):
            yield piece.of, rule


def _askable(read: Read, piece: Piece) -> Iterator[Tag]:
    """The telephone numbers of a piece that the model may deny."""
    if len(read.page.raw) <= _LETTER:
        return
    begin, end = (bisect_left(read.rules, at, key=attrgetter("start")) for at in (piece.begin, piece.end))
    for rule in read.rules[begin:end]:
        if rule.by == "phone plan" and _USUAL.match(read.page.raw[rule.start : rule.end]):
            before = read.page.raw[max(0, rule.start - _BESIDE) : rule.start]
            if not _OWN.search(before + b"\0" + read.page.raw[rule.end : rule.end + _BESIDE]):
                yield rule


_LETTER = 200  # characters
_USUAL = pattern(r"^(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}\b")
_OWN = pattern(
    r"\b(?:my|mine|cell|mobile|mi|mio|celular|casa|meu|minha|moj|moja|mon|mwen)\b[^.\n]{0,30}\x00"
    r"|\x00[^.\n]{0,12}\b(?:my|mine|me|mia|mio|meu|minha|moj|moja)\b",
    anycase=True,
)
_BESIDE = 40  # characters
_DENIED = np.float32(np.log(0.95))
_WORDS, _KNOWN = 10, 3


def spans(scores: Floats) -> list[tuple[int, int, str, float]]:
    """(first token, last token, class, chance) of the likeliest labels."""
    labels = best(scores)
    firsts = np.flatnonzero(labels % 2 == 1)
    inner = np.append((labels % 2 == 0) & (labels > 0), False)
    outer = np.flatnonzero(~inner)
    lasts = outer[np.searchsorted(outer, firsts, side="right")] - 1
    sums = np.append(0, np.cumsum(np.exp(scores[:, 0]), dtype=np.float64))
    chances = 1 - (sums[lasts + 1] - sums[firsts]) / (lasts + 1 - firsts)
    classes = [CLASSES[label // 2] for label in labels[firsts].tolist()]
    return list(zip(firsts.tolist(), lasts.tolist(), classes, chances.clip(0, 1).tolist(), strict=True))


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
    sums = np.empty_like(scores)
    sums[0] = scores[0]
    sums[0, 2::2] = -1e9
    for before, row, into in zip(sums, scores[1:], sums[1:], strict=False):
        # I-x comes from B-x or I-x; anything else from the best of all
        np.add(row, before.max(), out=into)
        np.add(row[2::2], np.maximum(before[1::2], before[2::2]), out=into[2::2])
    tops = sums.argmax(axis=1).tolist()
    going_on = (sums[:, 2::2] > sums[:, 1::2]).tolist()
    path: list[int] = tops[-1:]
    for top, inner in zip(tops[-2::-1], going_on[-2::-1], strict=True):
        label = path[-1]
        path.append(top if label % 2 or not label else label - 1 + inner[label // 2 - 1])
    return path[::-1]


def recalled(sheet: Sheet, doubts: Doubts) -> Floats:
    """The scores with names known by now: a word that surely is one in one place is likelier to be one in another
    place of the same piece. Much likelier when it is no `other` word: in no list of words, places or firms."""
    found, (which, scores, others) = sheet.tokens, doubts
    other = others[which]
    begins = found.start[which]
    sure = np.maximum(scores[:, _NAMES.start], scores[:, _NAMES.stop - 1]) > _SURE_NAME
    sure &= (found.kind[which] == LETTER) & (found.end[which] - begins > 2)
    if sure.any():
        own = of_part(found.hash[which], sheet.of[which])
        again = np.flatnonzero((found.raw[begins] <= ord("Z")) & ~sure & (scores[:, 0] < _NO_NAME))
        again = again[np.isin(own[again], own[sure])]
        scores[again, _NAMES] += _AGAIN
        scores[again[~other[again] & ~sheet.famous[which[again]]], _NAMES] += _AGAIN
    return scores


_NAMES = slice(LABELS.index("B-name"), LABELS.index("I-name") + 1)
_SURE_NAME = np.float32(np.log(0.9))
_NO_NAME = np.float32(np.log(0.9))  # a firm that is called like a person of the letter stays a firm
_AGAIN = np.float32(3.0)
