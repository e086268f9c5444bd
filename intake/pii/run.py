"""Stretches of capitalised words, the stuff that names are cut from. What a capital is worth is judged here only."""

from __future__ import annotations

from collections.abc import Iterator

from intake.pii import roles
from intake.pii.page import Page, Word
from intake.pii.words import is_listed, is_ordinary

_LONGEST = 10  # words; a longer stretch is a heading or a shout, and is read in pieces

_BETWEEN = frozenset((", ", " ", "-", ". ", "  ", ".", ' "', '" ', " (", ") ", "\n", '", "', "' ", " '"))


def _capital(page: Page, word: Word) -> bool:
    """Written as a name is: a first capital, or all capitals where that says something."""
    if not word.text[0].isupper():
        return False
    if len(word.text) > 1 and word.text.isupper():
        return page.shouting or (len(word.text) > 2 and not is_ordinary(word.low) and is_listed(word.low))
    return True


def runs(page: Page) -> Iterator[list[Word]]:
    """Stretches of capitalised words that may hold a name, particles within."""
    run: list[Word] = []
    for word in page.words:
        joined = bool(run) and _joins(page, run[-1], word)
        if (
            joined
            and len(run) < _LONGEST
            and (_capital(page, word) or (word.low in roles.PARTICLES and word.text.islower()))
        ):
            run.append(word)
            continue
        yield from _closed(run)
        run = [word] if _capital(page, word) else []
    yield from _closed(run)


def _closed(run: list[Word]) -> Iterator[list[Word]]:
    while run and run[-1].low in roles.PARTICLES and run[-1].text.islower():
        run = run[:-1]
    if run:
        yield run


def _joins(page: Page, left: Word, right: Word) -> bool:
    gap = page.plain[left.end : right.start]
    if len(gap) > 3 or gap not in _BETWEEN:
        return False
    if gap == ", ":
        return (
            left.text.isupper()
            and right.text.isupper()
            and len(left.text) > 2
            and not page.shouting
            and not is_ordinary(right.low)
        )
    if gap in (". ", "."):
        return len(left.text) == 1 or left.low in roles.TITLES or left.low in ("jr", "st")
    if gap == "\n":
        start, _ = page.line(left.start)
        return left.end - start > 45 and not page.shouting
    return True


def is_first(page: Page, word: Word) -> bool:
    """At the start of a sentence or line, where a capital says nothing."""
    before = page.plain[max(0, word.start - 4) : word.start].rstrip(" \"'(>*-")
    return not before or before[-1] in ".!?:\n;"
