"""Score `intake.pii.tag` on a folder of labelled letters: `python -m bench.tagging DIR [--wrong] [FILES…]`.

Prints exact F1, characters found (any class), precision by characters, figures by class, letters without personal
information that were tagged nevertheless, and KB/s. `--wrong` lists what was missed and what was wrongly tagged.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from intake.pii import CLASSES, Context, tag

_TAG = re.compile(r"\{\{([^{}|]*)\|([^{}]*)\}\}")


@dataclass(frozen=True, slots=True)
class Part:
    """One text with what should be tagged in it: (start, end, class)."""

    letter: str
    text: str
    wanted: list[tuple[int, int, str]]
    context: Context


@dataclass(slots=True)
class Sums:
    """Counts of tags and characters, over all letters and by class."""

    exact: Counter[str] = field(default_factory=Counter)
    wanted: Counter[str] = field(default_factory=Counter)
    tagged: Counter[str] = field(default_factory=Counter)
    wanted_chars: Counter[str] = field(default_factory=Counter)
    found_chars: Counter[str] = field(default_factory=Counter)
    tagged_chars: Counter[str] = field(default_factory=Counter)
    right_chars: Counter[str] = field(default_factory=Counter)


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


def score(part: Part, sums: Sums, wrong: bool) -> bool:
    """Add one part to the sums; whether anything was tagged."""
    tags = tag(part.text, part.context)
    given = {(one.start, one.end, one.cls) for one in tags}
    should = set(part.wanted)
    marked, meant = [""] * len(part.text), [""] * len(part.text)
    for start, end, cls in given:
        marked[start:end] = [cls] * (end - start)
        sums.tagged[cls] += 1
    for start, end, cls in should:
        meant[start:end] = [cls] * (end - start)
        sums.wanted[cls] += 1
        sums.exact[cls] += (start, end, cls) in given
    for has, want, char in zip(marked, meant, part.text, strict=True):
        if not char.isspace():
            sums.wanted_chars[want] += 1
            sums.tagged_chars[has] += 1
            sums.found_chars[want] += bool(has)
            sums.right_chars[has] += bool(want)
    if wrong:
        _show(part, {(one.start, one.end, one.cls): one.by for one in tags}, should)
    return bool(tags)


def _show(part: Part, given: dict[tuple[int, int, str], str], should: set[tuple[int, int, str]]) -> None:
    for start, end, cls in sorted(given.keys() ^ should):
        kind = "missed" if (start, end, cls) in should else "extra "
        near = part.text[max(0, start - 30) : start].replace("\n", "/")
        by = given.get((start, end, cls), "")
        print(f"{part.letter} {kind} {cls:8} {part.text[start:end]!r:40} <- {near!r} {by}")


def _ratio(of: float, whole: float) -> float:
    return of / whole if whole else 1.0


def report(sums: Sums, clean: list[bool], parts: list[Part], seconds: float) -> None:
    """Print the figures."""
    exact, wanted, tagged = (sum(each.values()) for each in (sums.exact, sums.wanted, sums.tagged))
    found = sum(count for cls, count in sums.found_chars.items() if cls)
    right = sum(count for cls, count in sums.right_chars.items() if cls)
    all_wanted = sum(count for cls, count in sums.wanted_chars.items() if cls)
    all_tagged = sum(count for cls, count in sums.tagged_chars.items() if cls)
    size = sum(len(part.text.encode()) for part in parts)
    print(f"{'class':10}{'wanted':>8}{'tagged':>8}{'exact F1':>10}{'found':>8}{'precision':>11}")
    for cls in CLASSES:
        f1 = _ratio(2 * sums.exact[cls], sums.wanted[cls] + sums.tagged[cls])
        row = (
            f1,
            _ratio(sums.found_chars[cls], sums.wanted_chars[cls]),
            _ratio(sums.right_chars[cls], sums.tagged_chars[cls]),
        )
        print(f"{cls:10}{sums.wanted[cls]:8}{sums.tagged[cls]:8}{row[0]:10.3f}{row[1]:8.3f}{row[2]:11.3f}")
    print(f"{'all':10}{wanted:8}{tagged:8}{_ratio(2 * exact, wanted + tagged):10.3f}", end="")
    print(f"{_ratio(found, all_wanted):8.3f}{_ratio(right, all_tagged):11.3f}")
    print(f"letters without any: {len(clean)}, wrongly tagged: {sum(clean)}; {size / 1000 / seconds:.0f} KB/s")


def main() -> None:
    """The command."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("only", nargs="*", help="ids; all when none is named")
    options.add_argument("--wrong", action="store_true")
    given = options.parse_args()
    letters = [path for path in sorted(given.folder.glob("*.letter")) if not given.only or path.stem in given.only]
    sums, clean, parts = Sums(), [], []
    for letter in letters:
        read_now = read(letter)
        parts += read_now
        touched = [score(part, sums, given.wrong) for part in read_now]
        if not any(part.wanted for part in read_now):
            clean.append(any(touched))
    started = time.perf_counter()
    for part in parts * 3:
        tag(part.text, part.context)
    report(sums, clean, parts, (time.perf_counter() - started) / 3)


if __name__ == "__main__":
    main()
