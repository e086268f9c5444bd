"""Hints: which of several expressions occur in a text at all. Most occur in none, and one pass tells so of all."""

from __future__ import annotations

import re2

_ROOM = 64 << 20  # octets


class Hints:
    """The expressions of one module."""

    def __init__(self, *expressions: str) -> None:
        options = re2.Options()
        options.max_mem = _ROOM
        self._set, self._many = re2.Set.SearchSet(options), len(expressions)
        for expression in (*expressions, "(?s)."):  # the last is always there, so that a set that gave up is noticed
            self._set.Add(expression)
        self._set.Compile()

    def met(self, text: str) -> tuple[bool, ...]:
        """Whether each of them occurs."""
        found = self._set.Match(text.encode("utf-8", "replace")) or range(self._many if text else 0)
        return tuple(map(frozenset(found).__contains__, range(self._many)))
