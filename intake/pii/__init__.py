"""Tagging personal information: `tag(text, context)` says where what stands, and nothing of it leaves this call.

Rules, a module per kind, find what has a form: they know check digits and the words that stand before a number. A small
network (`model`) reads the whole text with the rules' findings, the word lists and the sender's name beside it, and
says the rest. `merge` decides. All of it works on a `Page`, the text in plain ASCII of the same length, in time linear
in the text. Tagging never raises on any str: it stands before everything that withholds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from intake.pii.email import addresses_in
from intake.pii.mask import masked
from intake.pii.merge import combine
from intake.pii.page import Page, lay
from intake.pii.rules import by_rules
from intake.pii.sheet import Read
from intake.pii.spans import see
from intake.pii.tags import CLASSES, Context, Tag, identifying

__all__ = ["CLASSES", "Context", "Tag", "addresses_in", "identifying", "masked", "tag", "tag_all"]


def tag(text: str, context: Context = Context()) -> list[Tag]:  # noqa: B008 - frozen, so one for all is meant
    """The personal information in `text`: tags in order, never overlapping.

    Offsets count code points of `text` as given, end exclusive. Any str will do, lone surrogates included.
    """
    return tag_all([(text, context)])[0]


def tag_all(texts: Iterable[tuple[str, Context]]) -> list[list[Tag]]:
    """`tag` for many texts at once: the same tags in less time. Memory is that of a few texts, however many come."""
    tags: list[list[Tag]] = []
    pages: list[Page] = []
    contexts: list[Context] = []
    room = _TOGETHER
    for text, context in texts:
        pages.append(Page(text))
        contexts.append(context)
        room -= len(text)
        if room < 0:
            tags += _tagged(pages, contexts)
            pages, contexts, room = [], [], _TOGETHER
    return tags + _tagged(pages, contexts)


_TOGETHER = 64_000  # characters, and the rest of the text that holds the last of them


def _tagged(pages: Sequence[Page], contexts: Sequence[Context]) -> list[list[Tag]]:
    lay([page for page in pages if len(page.raw) <= _TOGETHER])
    reads = [Read(page, by_rules(page), context) for page, context in zip(pages, contexts, strict=True)]
    return [combine(page, seen.rules, seen.tags) for page, seen in zip(pages, see(reads), strict=True)]
