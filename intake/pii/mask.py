"""The second output, for text that must be written where the store's keys do not reach: better too much than a word.

What `tag` finds is what is withheld from people, balanced so that a letter stays readable. Here every token that has
the least chance of being personal information goes, with every figure.
"""

from __future__ import annotations

import numpy as np

from intake.pii import model
from intake.pii.merge import combine
from intake.pii.page import Page
from intake.pii.rules import by_rules
from intake.pii.tags import Context
from intake.pii.tokens import DIGIT

BLACK = "\N{FULL BLOCK}"
_LEAST = 0.02  # the chance from which a word goes


def masked(text: str, context: Context = Context()) -> str:  # noqa: B008 - frozen, so one for all is meant
    """`text` as long as it was, each character of what may be personal information a `BLACK`; blanks stay."""
    page = Page(text)
    rules = by_rules(page)
    black = np.zeros(len(text), bool)
    for one in (*rules, *combine(page, rules, model.see(page, rules, context))):
        black[one.start : one.end] = True
    for left, found, _, scores in model.pieces(page, rules, context):
        doubted = (scores[:, 0] < np.log1p(-_LEAST)) | (found.kind == DIGIT)
        for start, end in zip(found.start[doubted].tolist(), found.end[doubted].tolist(), strict=True):
            black[left + start : left + end] = True
    return "".join(BLACK if gone and not char.isspace() else char for char, gone in zip(text, black, strict=True))
