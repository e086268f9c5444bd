"""The open data sets of `DATA` as samples with names labelled, everything else unknown (licences: its README)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from training.letters import Sample

_CLOSE = frozenset(".,;:!?)]}'\"%")


def _joined(words: list[tuple[str, str]], source: str) -> Sample:
    """Words with BIO labels as running text."""
    text, spans, open_at = "", [], -1
    for at, (word, label) in enumerate(words):
        begins = label.startswith("B") or (label.startswith("I") and open_at < 0)
        if open_at >= 0 and not label.startswith("I"):
            spans.append((open_at, len(text), "name"))
            open_at = -1
        glue = not text or word[0] in _CLOSE or word.startswith(("'", "n't")) or text[-1] in "([$@#"
        text += ("" if glue else " ") if at else ""
        if begins:
            if open_at >= 0:
                spans.append((open_at, len(text.rstrip()), "name"))
            open_at = len(text)
        text += word
    if open_at >= 0:
        spans.append((open_at, len(text), "name"))
    return Sample(text, tuple(spans), partly=True, source=source)


def _conll(path: Path, person: str, separator: str | None, source: str) -> Iterator[list[tuple[str, str]]]:
    words: list[tuple[str, str]] = []
    for line in path.read_text("utf-8", "replace").splitlines():
        parts = line.split(separator)
        if len(parts) < 2 or not parts[0].strip():
            if words:
                yield words
            words = []
            continue
        label = parts[-1].strip()
        words.append((parts[0].strip(), label[0] if label[2:].lower() == person else "O"))
    if words:
        yield words


def wikigold(data: Path) -> Iterator[Sample]:
    """Encyclopedia sentences."""
    for path in sorted((data / "wikigold" / "CONLL-format").rglob("*")):
        if path.is_file() and "conll" in path.name.lower():
            yield from (_joined(words, "wikigold") for words in _conll(path, "per", " ", "wikigold"))


def wnut(data: Path) -> Iterator[Sample]:
    """Social posts."""
    for name in ("wnut17train.conll", "emerging.dev.conll"):
        yield from (_joined(words, "wnut17") for words in _conll(data / "wnut17" / name, "person", "\t", "wnut17"))


def btc(data: Path) -> Iterator[Sample]:
    """Tweets; those whose persons are handles are left out."""
    for path in sorted((data / "btc").glob("*.conll")):
        for words in _conll(path, "per", "\t", "btc"):
            if not any(label != "O" and word.startswith("@") for word, label in words):
                yield _joined(words, "btc")


def presidio(data: Path) -> Iterator[Sample]:
    """Sentences made from templates: persons only."""
    for row in json.loads((data / "presidio" / "synth_dataset_v2.json").read_text()):
        spans = [
            (span["start_position"], span["end_position"], "name")
            for span in row["spans"]
            if span["entity_type"] == "PERSON"
        ]
        yield Sample(row["full_text"], tuple(sorted(spans)), partly=True, source="presidio")


def emails(data: Path) -> Iterator[Sample]:
    """Business e-mail threads: person mentions with a capital."""
    for path in sorted((data / "emailcoref" / "train").glob("*.conll")):
        yield from _thread(path)


def _thread(path: Path) -> Iterator[Sample]:
    words: list[tuple[str, str]] = []
    inside = False
    for line in path.read_text("utf-8", "replace").splitlines():
        parts = line.split("\t")
        if line.startswith("#") or len(parts) < 3:
            if words and line.startswith("#"):
                yield _lines(words)
                words = []
            elif words:
                words.append(("\n", "O"))
            continue
        mark = parts[2]
        opens, closes = "(P" in mark, inside and ")" in mark
        label = "B" if opens and not inside else "I" if inside or opens else "O"
        inside = (inside or opens) and not (closes or (opens and ")" in mark))
        words.append((parts[0], label))
    if words:
        yield _lines(words)


_PRONOUN = frozenset(
    [
        "i",
        "me",
        "my",
        "we",
        "us",
        "our",
        "you",
        "your",
        "he",
        "him",
        "his",
        "she",
        "her",
        "they",
        "them",
        "their",
        "who",
    ]
)


def _lines(words: list[tuple[str, str]]) -> Sample:
    text, spans, group = "", [], []
    for word, label in [*words, ("", "O")]:
        if label != "I" and group:
            start, end = group[0][0], group[-1][1]
            said = text[start:end]
            if said[:1].isupper() and "@" not in said and said.lower() not in _PRONOUN and len(said) < 40:
                spans.append((start, end, "name"))
            group = []
        if word == "\n":
            text += "\n"
            continue
        glue = not text or text[-1] == "\n" or word[:1] in _CLOSE
        text += "" if glue else " "
        if label != "O":
            group.append((len(text), len(text) + len(word)))
        text += word
    return Sample(text, tuple(spans), partly=True, source="emailcoref")


def everything(data: Path) -> list[Sample]:
    """All of it, short posts joined to longer texts."""
    singles = [s for s in (*wikigold(data), *wnut(data), *btc(data), *presidio(data)) if s.spans or len(s.text) > 20]
    return [*emails(data), *_together(singles)]


def _together(singles: list[Sample]) -> Iterator[Sample]:
    text, spans, source = "", [], ""
    for one in singles:
        spans += [(start + len(text), end + len(text), cls) for start, end, cls in one.spans]
        text += one.text + "\n"
        source = one.source
        if len(text) > 1500:
            yield Sample(text, tuple(spans), partly=True, source=source)
            text, spans = "", []
    if text:
        yield Sample(text, tuple(spans), partly=True, source=source)
