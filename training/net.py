"""The network as PyTorch learns it; `intake.pii.model` computes the same in integers."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from intake.pii import lexicon, words
from intake.pii import model as runtime
from intake.pii.sheet import GAP
from intake.pii.tokens import Hashes
from training import vectors
from training.rounds import OFFSETS, SIZES, Prepared

WIDTH = 5  # tokens that a convolution sees
IGNORED = -1
_MET = 2  # times: a word met so often is learnt by itself

Floats = npt.NDArray[np.float32]


class Vocabulary(NamedTuple):
    """The hashes of the words that get a row, sorted; each one's vector (row 0: all other words'); each one's place
    among the words that are met often enough to be learnt (0: none)."""

    known: Hashes
    vectors: Floats
    own: npt.NDArray[np.int64]

    def places(self, hashes: Hashes) -> npt.NDArray[np.int64]:
        """The number of each word's row; 0 for words without one."""
        return runtime.Model(self.known, np.zeros((0, 0), np.int8), np.zeros(0, np.float32), None).places(hashes)


def vocabulary(ready: Sequence[Prepared], spelt: set[str], size: int) -> Vocabulary:
    """Of samples, all words spelt in them, and the length of a vector."""
    found, counts = np.unique(np.concatenate([p.hash for p in ready]), return_counts=True)
    lists = words.ordinary() | words.places() | set(words.given_names()) | set(list(words.surnames())[:6000])
    listed = sorted({word for word in spelt | lists if word.isalpha()})
    by_hash = dict(zip(lexicon.hashes(listed).tolist(), listed, strict=True))
    often = set(found[counts >= _MET].tolist())
    known = np.array(sorted({*often, *by_hash}), np.uint64)
    rows = np.zeros((len(known) + 1, size), np.float32)
    told = [n for n, one in enumerate(known.tolist(), 1) if one in by_hash]
    rows[told] = vectors.vectors(vectors.folder(), [by_hash[int(known[n - 1])] for n in told], size)
    own = np.zeros(len(known) + 1, np.int64)
    learnt = [n for n, one in enumerate(known.tolist(), 1) if one in often]
    own[learnt] = np.arange(1, len(learnt) + 1)
    return Vocabulary(known, rows, own)


class Net(nn.Module):
    """What `intake.pii.model.Model` computes, with gradients.

    A known word's row is its vector, turned, and beside it what was learnt of the word itself.
    """

    def __init__(self, known: Vocabulary, hidden: int, dilations: Sequence[int], drop: float, size: int = 64) -> None:
        super().__init__()
        if WIDTH // 2 * sum(dilations) > GAP:
            raise SystemExit(f"a network that sees further than {GAP} tokens needs a wider GAP (intake/pii/sheet.py)")
        self.dilations = tuple(dilations)
        self.vectors = nn.Parameter(torch.from_numpy(known.vectors), requires_grad=False)
        self.turn = nn.Linear(known.vectors.shape[1], size, bias=False)
        nn.init.normal_(self.turn.weight, std=0.1 / known.vectors.shape[1] ** 0.5)
        self.table = nn.Embedding(sum(SIZES), size)
        nn.init.normal_(self.table.weight, std=0.1)
        self.more = nn.Embedding(int(known.own.max()) + 1, size, padding_idx=0)  # beside the vector
        nn.init.zeros_(self.more.weight)
        self.place = nn.Parameter(torch.from_numpy(known.own), requires_grad=False)
        self.layers = nn.ModuleList(
            nn.Conv1d(size if n == 0 else hidden, hidden, WIDTH, padding=WIDTH // 2 * d, dilation=d)
            for n, d in enumerate(dilations)
        )
        self.out = nn.Linear(hidden, len(runtime.LABELS))
        self.drop = nn.Dropout(drop)

    def forward(self, rows: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        *_, last = self.steps(rows, mask)
        return self.out(self.drop(last).transpose(1, 2))  # type: ignore[no-any-return]

    def steps(self, rows: torch.Tensor, mask: torch.Tensor) -> Iterator[torch.Tensor]:
        """What goes into the first layer; then of each layer what its ReLU gives, and that with what went in added."""
        word = rows[:, 0]
        x = self.table(rows[:, 1:]).sum(1) + self.turn(self.vectors[word]) + self.more(self.place[word])
        x = x.transpose(1, 2) * mask[:, None, :]
        yield x
        x = self.drop(x)
        for layer in self.layers:
            y = torch.relu(layer(x))
            yield y
            x = y + x if y.shape == x.shape else y
            yield x
            x = self.drop(x)

    def rows(self) -> Floats:
        """The table as it is stored: vectors turned and added in."""
        words_ = self.turn(self.vectors) + self.more(self.place)
        return torch.cat((words_, self.table.weight)).detach().numpy()  # type: ignore[no-any-return]


class Batch(NamedTuple):
    """Samples side by side: rows [samples, 1 + columns, tokens], labels and mask [samples, tokens]."""

    rows: torch.Tensor
    labels: torch.Tensor
    mask: torch.Tensor


def batch(group: Sequence[Prepared], known: Vocabulary, rng: np.random.Generator, withheld: float = 0) -> Batch:
    """`withheld` says how often a word's own row is kept from the network, so that it learns to do without."""
    longest = max(map(len, group)) + 2 * GAP
    rows = np.zeros((len(group), 1 + len(SIZES), longest), np.int64)
    labels = np.full((len(group), longest), IGNORED, np.int64)
    mask = np.zeros((len(group), longest), np.float32)
    for at, p in enumerate(group):
        here = slice(GAP, GAP + len(p))
        own = known.places(p.hash)
        rows[at, 0, here] = np.where(rng.random(len(p)) < withheld, 0, own) if withheld else own
        rows[at, 1:, here] = p.columns + OFFSETS[:, None]
        labels[at, here] = p.labels
        mask[at, here] = 1
    return Batch(torch.from_numpy(rows), torch.from_numpy(labels), torch.from_numpy(mask))


def grouped(ready: Sequence[Prepared], size: int, rng: random.Random) -> list[list[int]]:
    """Numbers of samples of about one length, `size` together."""
    order = sorted(range(len(ready)), key=lambda n: len(ready[n]) * rng.uniform(0.8, 1.25))
    return [order[at : at + size] for at in range(0, len(order), size)]
