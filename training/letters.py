"""Labelled letters: text, spans, sender. The format is that of `training/README.md`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_TAG = re.compile(r"\{\{([^{}|]*)\|([^{}]*)\}\}")


@dataclass(frozen=True)
class Sample:
    """A text with the spans (start, end, class) in it; `source` is the letter's name."""

    text: str
    spans: tuple[tuple[int, int, str], ...]
    sender_name: str = ""
    sender_email: str = ""
    source: str = ""


def read(path: Path) -> list[Sample]:
    """Subject and body of one `.letter` file."""
    lines = path.read_text("utf-8").split("\n")
    end = lines.index("---", 1)
    meta = dict(line.partition(": ")[::2] for line in lines[1:end])
    return [
        _sample(marked, meta.get("from_name", ""), meta.get("from_email", ""), path.stem)
        for marked in (meta.get("subject", ""), "\n".join(lines[end + 1 :]))
    ]


def _sample(marked: str, name: str, email: str, source: str) -> Sample:
    plain: list[str] = []
    spans = []
    at = length = 0
    for found in _TAG.finditer(marked):
        plain += [marked[at : found.start()], found[2]]
        length += found.start() - at
        spans.append((length, length + len(found[2]), found[1].lower()))
        length += len(found[2])
        at = found.end()
    return Sample("".join([*plain, marked[at:]]), tuple(spans), name, email, source)


def folder(*paths: Path) -> list[Sample]:
    """All letters in these folders, in order of their names."""
    return [sample for path in paths for file in sorted(path.rglob("*.letter")) for sample in read(file)]
