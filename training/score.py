"""How good a model is on labelled letters."""

from __future__ import annotations

from collections.abc import Sequence

from intake.pii.merge import combine
from intake.pii.model import Model
from intake.pii.page import Page
from intake.pii.rules import by_rules
from intake.pii.sheet import Read
from intake.pii.spans import see
from intake.pii.tags import Context
from training.letters import Sample


def score(model: Model, samples: Sequence[Sample]) -> dict[str, float]:
    """Exact F1, characters found (any class), precision by characters, letters without any, and those tagged.

    `python -m bench.tagging` says the same of the model that comes with the package, by class and tag by tag.
    """
    exact = wanted = tagged = found_chars = wanted_chars = tagged_chars = 0
    wrong, clean = set(), {sample.source for sample in samples} - {s.source for s in samples if s.spans}
    pages = [(Page(sample.text), sample) for sample in samples]
    reads = [Read(page, by_rules(page), Context(s.sender_name, s.sender_email)) for page, s in pages]
    for sample, read, seen in zip(samples, reads, see(reads, model), strict=True):
        given = {(t.start, t.end, t.cls) for t in combine(read.page, read.rules, seen)}
        should = set(sample.spans)
        if given and sample.source in clean:
            wrong.add(sample.source)
        exact += len(given & should)
        wanted += len(should)
        tagged += len(given)
        has, want = (
            {at for start, end, _ in spans for at in range(start, end) if not sample.text[at].isspace()}
            for spans in (given, should)
        )
        found_chars += len(has & want)
        wanted_chars += len(want)
        tagged_chars += len(has)
    return {
        "f1": round(2 * exact / max(1, wanted + tagged), 4),
        "found": round(found_chars / max(1, wanted_chars), 4),
        "precision": round(found_chars / max(1, tagged_chars), 4),
        "tags": wanted,
        "clean": len(clean),
        "wrong": len(wrong),
    }
