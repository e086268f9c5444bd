"""Firms, places, laws and famous people that are called what persons are called: known by heart, found in one pass."""

from __future__ import annotations

from functools import cache
from typing import Any

import re2

from intake.pii.page import pattern
from intake.pii.words import not_names


@cache
def _expression() -> Any:
    phrases = sorted(not_names(), key=lambda phrase: (-len(phrase), phrase))
    return pattern(r"\b(?:" + "|".join(map(re2.escape, phrases)) + r")(?:\b|$)", anycase=True)


def famous(raw: bytes) -> list[tuple[int, int]]:
    """Where such a name stands, in order."""
    return [found.span() for found in _expression().finditer(raw)]
