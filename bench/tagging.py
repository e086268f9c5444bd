"""Score `intake.pii.tag` on a folder of labelled letters: `python -m bench.tagging DIR [IDS…] [--wrong]`.

Prints exact F1, characters found (any class), precision by characters, figures by class, letters without personal
information that were tagged nevertheless, and KB/s. `--wrong` lists what was missed and what was wrongly tagged.
`bench.peers` scores other taggers in the same way.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from intake.pii import CLASSES, Context, Tag, tag_all

Span = tuple[int, int, str]  # start, end, class; offsets as in a Tag

_TAG = re.compile(r"\{\{([^{}|]*)\|([^{}]*)\}\}")


@dataclass(frozen=True, slots=True)
class Part:
    """One text with what should be tagged in it; a letter is its subject and its body."""

    letter: str
    text: str
    wanted: list[Span]
    context: Context


@dataclass(slots=True)
class Sums:
    """Counts of tags and characters by class ("" for none), and of letters without personal information."""

    exact: Counter[str] = field(default_factory=Counter)
    wanted: Counter[str] = field(default_factory=Counter)
    tagged: Counter[str] = field(default_factory=Counter)
    wanted_chars: Counter[str] = field(default_factory=Counter)
    found_chars: Counter[str] = field(default_factory=Counter)
    tagged_chars: Counter[str] = field(default_factory=Counter)
    right_chars: Counter[str] = field(default_factory=Counter)
    clean: int = 0
    clean_tagged: int = 0

    def add(self, letter: list[Part], spans: list[list[Span]]) -> None:
        """Count one letter; `spans` are what a tagger said of each of its parts, not overlapping."""
        for part, given in zip(letter, spans, strict=True):
            self._add(part, set(given))
        if not any(part.wanted for part in letter):
            self.clean += 1
            self.clean_tagged += any(spans)

    def _add(self, part: Part, given: set[Span]) -> None:
        should = set(part.wanted)
        self.exact.update(cls for _, _, cls in given & should)
        self.wanted.update(cls for _, _, cls in should)
        self.tagged.update(cls for _, _, cls in given)
        for has, want, char in zip(_marked(part.text, given), _marked(part.text, should), part.text, strict=True):
            if not char.isspace():
                self.wanted_chars[want] += 1
                self.tagged_chars[has] += 1
                self.found_chars[want] += bool(has)
                self.right_chars[has] += bool(want)

    def f1(self, classes: Collection[str] = CLASSES) -> float:
        """F1 of tags with the very same edges and class."""
        return _ratio(2 * _of(self.exact, classes), _of(self.wanted, classes) + _of(self.tagged, classes))

    def found(self, classes: Collection[str] = CLASSES) -> float:
        """The share of characters of these classes that got any tag."""
        return _ratio(_of(self.found_chars, classes), _of(self.wanted_chars, classes))

    def precision(self, classes: Collection[str] = CLASSES) -> float:
        """The share of characters tagged as these classes that are personal information of any class."""
        return _ratio(_of(self.right_chars, classes), _of(self.tagged_chars, classes))


def _marked(text: str, spans: Iterable[Span]) -> list[str]:
    classes = [""] * len(text)
    for start, end, cls in spans:
        classes[start:end] = [cls] * (end - start)
    return classes


def _of(counts: Counter[str], classes: Collection[str]) -> int:
    return sum(counts[cls] for cls in classes)


def _ratio(of: float, whole: float) -> float:
    return of / whole if whole else 1.0


def letters(folder: Path) -> list[list[Part]]:
    """Every `*.letter` in the folder and below, in order of their paths."""
    return [read(path) for path in sorted(folder.rglob("*.letter"))]


def read(path: Path) -> list[Part]:
    """Subject and body of one `.letter` file."""
    lines = path.read_text("utf-8").split("\n")
    end = lines.index("---", 1)
    meta = dict(line.partition(": ")[::2] for line in lines[1:end])
    context = Context(meta.get("from_name", ""), meta.get("from_email", ""))
    body = "\n".join(lines[end + 1 :])
    return [_part(path.stem, text, context) for text in (meta.get("subject", ""), body)]


def _part(letter: str, marked: str, context: Context) -> Part:
    plain, wanted, at, length = [], [], 0, 0
    for found in _TAG.finditer(marked):
        plain += [marked[at : found.start()], found[2]]
        length += found.start() - at
        wanted.append((length, length + len(found[2]), found[1].lower()))
        length += len(found[2])
        at = found.end()
    return Part(letter, "".join([*plain, marked[at:]]), wanted, context)


def spans(tags: Iterable[Tag]) -> list[Span]:
    """Tags without score and reason."""
    return [(one.start, one.end, one.cls) for one in tags]


def _show(part: Part, tags: list[Tag]) -> None:
    given = {(one.start, one.end, one.cls): one.by for one in tags}
    for start, end, cls in sorted(given.keys() ^ set(part.wanted)):
        kind = "missed" if (start, end, cls) in part.wanted else "extra "
        near = part.text[max(0, start - 30) : start].replace("\n", "/")
        by = given.get((start, end, cls), "")
        print(f"{part.letter} {kind} {cls:8} {part.text[start:end]!r:40} <- {near!r} {by}")


def report(sums: Sums, speed: float) -> None:
    """Print the figures; `speed` in KB/s."""
    print(f"{'class':10}{'wanted':>8}{'tagged':>8}{'exact F1':>10}{'found':>8}{'precision':>11}")
    for name, classes in [*((cls, (cls,)) for cls in CLASSES), ("all", CLASSES)]:
        figures = f"{sums.f1(classes):10.3f}{sums.found(classes):8.3f}{sums.precision(classes):11.3f}"
        print(f"{name:10}{_of(sums.wanted, classes):8}{_of(sums.tagged, classes):8}{figures}")
    print(f"letters without any: {sums.clean}, wrongly tagged: {sums.clean_tagged}; {speed:.0f} KB/s")


def main() -> None:
    """The command."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("only", nargs="*", help="ids; all when none is named")
    options.add_argument("--wrong", action="store_true")
    given = options.parse_args()
    chosen = [letter for letter in letters(given.folder) if not given.only or letter[0].letter in given.only]
    sums = Sums()
    for letter in chosen:
        tags = tag_all((part.text, part.context) for part in letter)
        sums.add(letter, [spans(each) for each in tags])
        if given.wrong:
            for part, each in zip(letter, tags, strict=True):
                _show(part, each)
    parts = [part for letter in chosen for part in letter]
    started = time.process_time()
    for _ in range(3):
        tag_all((part.text, part.context) for part in parts)
    seconds = (time.process_time() - started) / 3
    report(sums, sum(len(part.text.encode()) for part in parts) / 1000 / seconds)


if __name__ == "__main__":
    main()
