"""How good a model is on letters that were held back: the sums of `bench.tagging`, of a model that is not yet there."""

from __future__ import annotations

from pathlib import Path

from bench.tagging import Sums, letters, spans
from intake.pii.merge import combine
from intake.pii.model import Model
from intake.pii.page import Page
from intake.pii.rules import by_rules
from intake.pii.sheet import Read
from intake.pii.spans import see


def score(model: Model, folder: Path) -> dict[str, float]:
    """Exact F1, characters found (any class), precision by characters, letters without any, and those tagged."""
    sums = Sums()
    for letter in letters(folder):
        pages = [Page(part.text) for part in letter]
        reads = [Read(page, by_rules(page), part.context) for page, part in zip(pages, letter, strict=True)]
        tags = [combine(page, seen.rules, seen.tags) for page, seen in zip(pages, see(reads, model), strict=True)]
        sums.add(letter, [spans(each) for each in tags])
    return {
        "f1": round(sums.f1(), 4),
        "found": round(sums.found(), 4),
        "precision": round(sums.precision(), 4),
        "tags": sum(sums.wanted.values()),
        "clean": sums.clean,
        "wrong": sums.clean_tagged,
    }
