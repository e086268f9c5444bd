"""The second output, for text that must be written where the store's keys do not reach: better too much than a word.

What `tag` finds is what is withheld from people, balanced so that a letter stays readable. Here every token that has
the least chance of being personal information goes, with every figure.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from intake.pii.edges import tidy
from intake.pii.merge import combine
from intake.pii.model import load
from intake.pii.page import Page
from intake.pii.rules import by_rules
from intake.pii.sheet import Read, sheets
from intake.pii.spans import see
from intake.pii.spelt import WORD
from intake.pii.tags import Context
from intake.pii.tokens import DIGIT

BLACK = "\N{FULL BLOCK}"
_LEAST = 0.02  # the chance from which a word goes


def masked(text: str, context: Context = Context()) -> str:  # noqa: B008 - frozen, so one for all is meant
    """`text` as long as it was, each character of what may be personal information a `BLACK`; blanks stay."""
    page = Page(text)
    read = Read(page, by_rules(page), context)
    black = np.zeros(len(text), bool)
    seen = see([read])[0].tags
    for one in (*read.rules, *tidy(page, seen), *combine(page, read.rules, seen)):
        black[one.start : one.end] = True
    for start, end in _told(page):
        black[start:end] = True
    for sheet in sheets([read]):
        found = sheet.tokens
        doubts = load().read(sheet)
        doubted = found.kind == DIGIT
        doubted[doubts.which[doubts.logs[:, 0] < np.log1p(-_LEAST)]] = True
        for piece, (first, last) in zip(sheet.pieces, sheet.bounds.tolist(), strict=True):
            shift = piece.left - piece.at
            for number in (np.flatnonzero(doubted[first:last]) + first).tolist():
                black[found.start[number] + shift : found.end[number] + shift] = True
    return "".join(BLACK if gone and not char.isspace() else char for char, gone in zip(text, black, strict=True))


def _told(page: Page) -> Iterator[tuple[int, int]]:
    """What follows the word for a secret, to the end of its line; words for figures behind the word for a number."""
    for cue in page.cues:
        far = min(cue.end + _TOLD, len(page.plain))
        line = page.plain.find("\n", cue.end, far)
        end = far if line < 0 else line
        if cue.kind in ("password", "pin", "code", "answer"):
            yield cue.end, end
        elif cue.kind in ("ssn", "card", "bank", "account", "routing", "phone", "id"):
            for found in WORD.finditer(page.raw[cue.end : end]):
                yield cue.end + found.start(), cue.end + found.end()


_TOLD = 60  # characters
