"""The spaCy pipelines that Presidio gets: English tokens with lemmas, and the same with trained named entities.

No pretrained spaCy pipeline is fetched (they live outside the package registries), so the entities, persons and
places, are learnt from the open data in DATA (its README names the licences). Same data, seed and spaCy, same model.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import minibatch

Sample = tuple[str, list[tuple[int, int, str]]]  # text; start, end, PERSON or LOCATION

EPOCHS = 8
_SEED = 1
_TOGETHER = 500  # characters of single sentences and posts that are learnt as one text
_LABELS = {"per": "PERSON", "person": "PERSON", "loc": "LOCATION", "location": "LOCATION", "gpe": "LOCATION"}
_LABELS |= {"street_address": "LOCATION"}
_PRONOUNS = frozenset(
    ("i", "me", "my", "we", "us", "our", "you", "your", "he", "him", "his", "she", "her", "they", "them", "who")
)


def plain(folder: Path) -> Path:
    """A pipeline with tokens and lemmas, which Presidio's context words need; made once."""
    if not folder.exists():
        folder.parent.mkdir(exist_ok=True)
        _plain().to_disk(folder)
    return folder


def trained(folder: Path, data: Path, tell: Callable[[str], None]) -> Path:
    """The plain pipeline with persons and places, learnt from `data`; made once (minutes). `tell` hears of it."""
    if not folder.exists():
        folder.parent.mkdir(exist_ok=True)
        _fit(_plain(), list(samples(data)), folder, tell)
    return folder


def _plain() -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("lemmatizer", config={"mode": "lookup"})
    nlp.initialize()
    return nlp


def _fit(nlp: Language, known: list[Sample], folder: Path, tell: Callable[[str], None]) -> None:
    spacy.util.fix_random_seed(_SEED)
    rng = random.Random(_SEED)
    examples = [_example(nlp, text, spans) for text, spans in known]
    rng.shuffle(examples)
    held, examples = examples[: len(examples) // 20], examples[len(examples) // 20 :]
    ner = nlp.add_pipe("ner")
    with nlp.select_pipes(enable=["ner"]):
        ner.initialize(lambda: examples, nlp=nlp)
        optimizer = nlp.create_optimizer()
        for epoch in range(EPOCHS):
            rng.shuffle(examples)
            for batch in minibatch(examples, 16):
                nlp.update(batch, sgd=optimizer, drop=0.2)
            with nlp.use_params(optimizer.averages):
                f1 = nlp.evaluate(held)["ents_f"]
            tell(f"spaCy NER: epoch {epoch + 1} of {EPOCHS}, F1 {f1:.2f} on the texts held back")
    with nlp.use_params(optimizer.averages):
        nlp.to_disk(folder)


def _example(nlp: Language, text: str, spans: list[tuple[int, int, str]]) -> Example:
    doc: Doc = nlp.make_doc(text)
    right = nlp.make_doc(text)
    found = [right.char_span(start, end, label, alignment_mode="expand") for start, end, label in spans]
    right.set_ents(spacy.util.filter_spans([one for one in found if one is not None]))
    return Example(doc, right)


# ---- the open data -------------------------------------------------------------------------------------------


def samples(data: Path) -> Iterator[Sample]:
    """Every text of the data sets with its persons and places."""
    yield from (_text(words) for path in sorted((data / "emailcoref/train").glob("*.conll")) for words in _mail(path))
    conll = [*sorted((data / "wnut17").glob("*.conll")), *sorted((data / "btc").glob("*.conll"))]
    conll += [data / "wikigold/CONLL-format/data/wikigold.conll.txt"]
    yield from _together(_text(words) for path in conll for words in _conll(path))
    rows = json.loads((data / "presidio/synth_dataset_v2.json").read_text("utf-8"))
    yield from _together(_marked(r["full_text"], r["spans"], "start_position", "end_position") for r in rows)
    lines = (data / "ambient/standard_entities.jsonl").read_text("utf-8").splitlines()
    yield from _together(_marked(r["text"], r["annotations"], "start", "end") for r in map(json.loads, lines))


def _marked(text: str, spans: list[dict[str, str]], start: str, end: str) -> Sample:
    known = [(int(s[start]), int(s[end]), _LABELS.get(s["entity_type"].lower(), "")) for s in spans]
    return text, [one for one in known if one[2]]


def _conll(path: Path) -> Iterator[list[tuple[str, str]]]:
    """Sentences as (word, label), the label with its B- or I-, "" for none."""
    lines = path.read_text("utf-8", "replace").splitlines()
    for filled, group in groupby(lines, key=lambda line: bool(line.strip())):
        if filled:
            rows = [line.replace("\t", " ").rsplit(" ", 1) for line in group if not line.startswith("-DOCSTART-")]
            words = [(row[0], _label(row[1])) for row in rows if len(row) == 2 and row[0]]
            if not any(word[0] == "@" and label for word, label in words):  # a handle is no name
                yield words


def _label(said: str) -> str:
    known = _LABELS.get(said[2:].lower(), "")
    return said[:2] + known if known else ""


def _mail(path: Path) -> Iterator[list[tuple[str, str]]]:
    """One thread; of the mentions of persons those that are names: with a capital, no pronoun, no address."""
    words: list[tuple[str, str]] = []
    began = -1
    for line in path.read_text("utf-8", "replace").splitlines():
        row = line.split("\t")
        if len(row) < 3:
            words.append(("\n", ""))
            continue
        words.append((row[0], ""))
        if "(P" in row[2] and began < 0:
            began = len(words) - 1
        if began >= 0 and ")" in row[2]:
            said = [word for word, _ in words[began:]]
            name = said[0][:1].isupper() and said[0].lower() not in _PRONOUNS and "@" not in "".join(said)
            if name and len(said) < 5:
                words[began:] = [(word, "B-PERSON" if at == 0 else "I-PERSON") for at, word in enumerate(said)]
            began = -1
    yield words


def _text(words: Iterable[tuple[str, str]]) -> Sample:
    """Words as running text."""
    text = ""
    spans: list[tuple[int, int, str]] = []
    inside = ""
    for word, label in words:
        glued = not text or text[-1] in "\n([$@#" or word[0] in ".,;:!?)]}'%\n" or word == "n't"
        glued = glued or (text[-1] == "'" and word == "s")
        text += "" if glued else " "
        if label and (label[:2] == "B-" or label[2:] != inside):
            spans.append((len(text), len(text) + len(word), label[2:]))
        elif label:
            spans[-1] = (spans[-1][0], len(text) + len(word), inside)
        inside = label[2:]
        text += word
    return text, spans


def _together(known: Iterable[Sample]) -> Iterator[Sample]:
    text, spans = "", list[tuple[int, int, str]]()
    for one, marked in known:
        spans += [(start + len(text), end + len(text), label) for start, end, label in marked]
        text += one + "\n"
        if len(text) > _TOGETHER:
            yield text, spans
            text, spans = "", []
    if text:
        yield text, spans
