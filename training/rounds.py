"""Letters as numbers: each as it was written, and anew in every round (`training.swap`)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from intake.pii.features import PLACES, WORDS, of_places, of_words
from intake.pii.page import Page
from intake.pii.rules import by_rules
from intake.pii.sheet import GAP, Read, sheets
from intake.pii.tags import CLASSES, Context
from intake.pii.tokens import Hashes
from training.letters import Sample
from training.swap import Pools, spoiled, swapped

SIZES = (*WORDS.values(), *PLACES.values())
OFFSETS = np.concatenate(([0], np.cumsum(SIZES[:-1])))
_LONGEST = 16_000  # characters of a sample that are learnt
_SWAPPED = 0.75  # of the samples get other people in a round

Short = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Prepared:
    """A sample's tokens: the evidence [columns, tokens] of `intake.pii.features`, hashes and labels."""

    columns: Short
    hash: Hashes
    labels: npt.NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.labels)


def prepared(sample: Sample) -> Prepared:
    """The sample as the model will meet it, and what it is to say."""
    page = Page(sample.text[:_LONGEST])
    (sheet,) = sheets([Read(page, by_rules(page), Context(sample.sender_name, sample.sender_email))])
    ((first, last),) = sheet.bounds.tolist()
    columns = np.concatenate((of_words(sheet.tokens), of_places(sheet)))[:, first:last]
    labels = np.zeros(last - first, np.int8)
    for start, end, cls in sample.spans:
        left, right = np.searchsorted(sheet.tokens.start[first:last], (start + GAP, end + GAP))
        if left < right:
            labels[left:right] = 2 + 2 * CLASSES.index(cls)
            labels[left] -= 1
    return Prepared(columns.astype(np.int16), sheet.tokens.hash[first:last], labels)


def words_in(samples: Sequence[Sample]) -> set[str]:
    """All words that stand in the samples, plain and in lower case."""
    return {word for sample in samples for word in _words(sample)}


def _words(sample: Sample) -> Iterator[str]:
    page = Page(sample.text)
    letters = "".join(char if char.isalpha() else " " for char in page.low)
    return iter(letters.split())


def rounds(samples: Sequence[Sample], count: int, seed: int, processes: int) -> list[list[Prepared]]:
    """The samples `count` times, each time made anew; progress a line a round."""
    pools = Pools(samples)
    made = []
    with ProcessPoolExecutor(processes, initializer=_keep, initargs=(samples, pools, seed)) as pool:
        for number, one in enumerate(pool.map(_round, range(count)), 1):
            made.append(one)
            print(f"round {number} of {count} made", flush=True)
    return made


_kept: tuple[Sequence[Sample], Pools, int]


def _keep(samples: Sequence[Sample], pools: Pools, seed: int) -> None:
    global _kept
    _kept = samples, pools, seed


def _round(number: int) -> list[Prepared]:
    samples, pools, seed = _kept
    rng = random.Random(f"{seed} {number}")
    return [prepared(spoiled(swapped(s, pools, rng) if rng.random() < _SWAPPED else s, rng)) for s in samples]
