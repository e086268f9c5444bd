"""What the tagger learns from: the letters are marked as the format says, and become numbers that say the same."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from intake.pii import CLASSES
from training.letters import Sample, folder
from training.rounds import SIZES, prepared, rounds
from training.swap import Pools, swapped

LETTERS = Path(__file__).parent.parent / "training" / "letters"


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return folder(LETTERS)


def test_letters_are_marked_with_known_classes(samples: list[Sample]) -> None:
    assert len({sample.source for sample in samples}) > 2800
    wrong = [
        sample.source
        for sample in samples
        if "{{" in sample.text or "}}" in sample.text or any(cls not in CLASSES for _, _, cls in sample.spans)
    ]
    assert wrong == []


def test_labels_say_what_the_marks_say() -> None:
    ready = prepared(Sample("Ana Ruiz, 860-555-0142.", ((0, 8, "name"), (10, 22, "phone"))))
    name, phone = 1 + 2 * CLASSES.index("name"), 1 + 2 * CLASSES.index("phone")
    assert ready.labels.tolist() == [name, name + 1, 0, phone, *[phone + 1] * 4, 0]
    assert (ready.columns >= 0).all()
    assert (ready.columns < np.array(SIZES)[:, None]).all()


def test_a_letter_made_anew_keeps_its_marks(samples: list[Sample]) -> None:
    pools, rng = Pools(samples), random.Random(5)
    changed = 0
    for sample in samples[1::40]:
        new = swapped(sample, pools, rng)
        assert [cls for *_, cls in new.spans] == [cls for *_, cls in sample.spans]
        for (start, end, cls), (first, last, _) in zip(sample.spans, new.spans, strict=True):
            if cls in ("email", "gender", "ip"):
                assert new.text[first:last] == sample.text[start:end]
            changed += cls == "name" and new.text[first:last] != sample.text[start:end]
    assert changed > 50


def test_the_same_seed_makes_the_same_rounds(samples: list[Sample]) -> None:
    one, other = (rounds(samples[:30], 2, 3, processes) for processes in (1, 2))
    for made, again in zip(one, other, strict=True):
        assert all((a.hash == b.hash).all() and (a.labels == b.labels).all() for a, b in zip(made, again, strict=True))
    assert any((a.hash != b.hash).any() for a, b in zip(*one, strict=True) if len(a) == len(b))
