"""The trained part of the tagger: a small convolutional network over tokens, in eight-bit integers by onnxruntime.

Each token's evidence (`intake.pii.features`) picks rows of one table; their sum goes through convolutions of five
tokens' width (Collobert et al., "Natural Language Processing (Almost) from Scratch", 2011) and comes out as the
logarithms of the chances of each label. Labels are "O" and B-/I- of every class. `make train` makes the files.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from itertools import accumulate, pairwise
from threading import local
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from intake.pii.features import OTHER_WORDS, PLACES, WORDS, of_places, of_words
from intake.pii.sheet import Bools, Sheet
from intake.pii.tags import CLASSES
from intake.pii.tokens import Hashes, Ints, Tokens

Floats = npt.NDArray[np.float32]

LABELS = ("O", *(f"{begin}-{cls}" for cls in CLASSES for begin in "BI"))
ROWS = sum(WORDS.values()) + sum(PLACES.values())  # of the table, beside those of single words


class Doubts(NamedTuple):
    """`which` tokens of a sheet may be something, and behind each run of them one that is nothing, so that no run
    touches the next; the logarithms of their labels' chances, [tokens, labels]; and which of all tokens are `other`
    words, known for something else than a name."""

    which: Ints
    logs: Floats
    other: Bools


@dataclass(frozen=True, repr=False)
class Model:
    """`words`: the sorted hashes of those that have a row of their own; `table` [rows, D] and `scale` [rows] by which
    it is multiplied: row 0 for all other words, theirs, then those of `WORDS` and `PLACES`; `network`: from
    [tokens, D] to [tokens, labels]."""

    words: Hashes
    table: npt.NDArray[Any]
    scale: Floats
    network: Any

    def read(self, sheet: Sheet) -> Doubts:
        """What the network is not sure to be nothing, in order."""
        x, other = self.embedded(sheet)
        scores = self.network.run(None, {"x": x})[0]
        scores[:, 0] -= _LEANING
        doubted = (scores[:, 1:].max(axis=1) > scores[:, 0] - _BEYOND_DOUBT) & (sheet.of >= 0)
        kept = doubted.copy()
        kept[1:] |= doubted[:-1]
        which = np.flatnonzero(kept)
        logs = _logarithms(scores[which])
        logs[~doubted[which]] = _NOTHING
        return Doubts(which, logs, other)

    def embedded(self, sheet: Sheet) -> tuple[Floats, Bools]:
        """The sum of the rows that each token's evidence picks, zeros in the gaps; and which tokens are known for
        something else than a name: in a list of words or places."""
        x, other = self._lately.look(sheet.tokens)
        for column, rows, zero in zip(of_places(sheet), self._places, self._rare, strict=True):
            if zero is None:
                x += rows.take(column, axis=0)
            else:
                said = np.flatnonzero(column)
                x[said] += rows.take(column[said], axis=0) - zero
        x[sheet.of < 0] = 0
        return x, other

    @cached_property
    def _places(self) -> list[Floats]:
        """The table's part for each column of `PLACES`; what is rarely said is in `beside` already, as not said."""
        edges = pairwise(accumulate(PLACES.values(), initial=len(self.table) - sum(PLACES.values())))
        parts = [self.rows(np.arange(first, last)) for first, last in edges]
        parts[0] = parts[0] + np.sum([part[0] for part in parts[_RARE:]], axis=0)
        return parts

    @cached_property
    def _rare(self) -> list[Floats | None]:
        return [part[0] if number >= _RARE else None for number, part in enumerate(self._places)]

    @cached_property
    def _threads(self) -> local:
        return local()

    @property
    def _lately(self) -> Lately:
        """The vectors of the words met lately, each thread's own."""
        if not hasattr(self._threads, "lately"):
            self._threads.lately = Lately(self)
        kept: Lately = self._threads.lately
        return kept

    def of_words(self, found: Tokens, which: Ints | slice = slice(None)) -> tuple[Floats, Bools]:
        """The part of the sum that a word picks by itself, and whether it is known for something else than a name."""
        said = of_words(found, which)
        x: Floats = self.rows(np.concatenate((self.places(found.hash[which])[None], said + self._begins))).sum(axis=0)
        other: Bools = said[OTHER_WORDS].max(axis=0) > 0
        return x, other

    @cached_property
    def _begins(self) -> Ints:
        """Where the rows of each column of `WORDS` begin."""
        sizes = list(WORDS.values())[:-1]
        return np.cumsum([len(self.words) + 1, *sizes])[:, None]

    def rows(self, which: Ints) -> Floats:
        """These rows of the table."""
        return self.table[which] * self.scale[which][..., None]

    def places(self, hashes: Hashes) -> Ints:
        """The number of each word's row; 0 for words without one."""
        at = np.searchsorted(self.words, hashes)
        at[at == len(self.words)] = 0
        return np.where(self.words[at] == hashes, at + 1, 0)


_RARE = list(PLACES).index("sender")  # this column and those behind it say nothing of most tokens


@dataclass(repr=False)
class Lately:
    """What words say by themselves, kept for those met lately: most words of a letter stood in another one.

    A word's place is picked by its hash, and the next word of the same place takes it. What is kept is what would be
    computed anew, to the bit.
    """

    model: Model
    places: int = 1 << 15

    def __post_init__(self) -> None:
        self._key = np.zeros(self.places, np.uint64)
        self._vector = np.zeros((self.places, self.model.table.shape[1]), np.float32)
        self._other = np.zeros(self.places, bool)

    def look(self, found: Tokens) -> tuple[Floats, Bools]:
        """For each token what `Model.of_words` says of it."""
        whole = found.whole
        place = (whole >> np.uint64(49)).astype(np.int64) % self.places
        x, other = self._vector[place], self._other[place]
        new = np.flatnonzero(self._key[place] != whole)
        if len(new):
            _, first, which = np.unique(whole[new], return_index=True, return_inverse=True)
            vectors, others = self.model.of_words(found, new[first])
            x[new], other[new] = vectors[which], others[which]
            into = place[new[first]]
            self._key[into] = 0  # a worker's time limit may end this at any line: half of an entry is none
            self._vector[into], self._other[into] = vectors, others
            self._key[into] = whole[new[first]]
        return x, other


def _logarithms(scores: Floats) -> Floats:
    """The logarithms of the chances."""
    logs: Floats = scores - scores.max(axis=1, keepdims=True)
    logs -= np.log(np.exp(logs).sum(axis=1, keepdims=True))
    return logs


_LEANING = np.float32(0.3)  # towards something: a miss is a leak, and costs a letter more than a word withheld
_BEYOND_DOUBT = np.float32(9.0)
_NOTHING = np.array([0.0, *[-_BEYOND_DOUBT] * (len(LABELS) - 1)], np.float32)


@cache
def load() -> Model:
    """The model that came with the package."""
    data = files("intake.pii") / "data"
    with (data / "model.npz").open("rb") as file:
        return unpack(dict(np.load(file)), (data / "model.onnx").read_bytes())


def unpack(arrays: dict[str, npt.NDArray[Any]], network: bytes) -> Model:
    """A model from what is stored (rows int8 with a scale each); ValueError when other lists made it."""
    rows = len(arrays["words"]) + 1 + ROWS
    if len(arrays["table"]) != rows:
        raise ValueError(f"the model has {len(arrays['table'])} rows and the lists ask for {rows}: run `make train`")
    scale = arrays["scale"].astype(np.float32)
    return Model(arrays["words"].astype(np.uint64), arrays["table"], scale, _session(network))


def _session(network: bytes) -> Any:
    """One thread: the workers are processes, and a pool of threads would not live through a fork."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False  # it keeps one for each length of a sheet, for ever
    return onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
