"""Whether loading and deciding stay quick: ten to ten thousand rules, letters of 1 kB to 1 MB.

    python -m bench.rules

Makes rules files of ten terms a rule: made-up words, words of the default file, and phrases of both; a tenth of the
rules ask for a town too. The letters are cut from `bench/letters`. Each file is loaded as a worker does it, in
processes of its own; seconds are their processor time. The pattern takes for ever where every way is tried; its
letters are nothing but a.

Plots: docs/img/rules-count.svg, docs/img/rules-length.svg.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from multiprocessing import get_context
from operator import attrgetter
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.plot import IMAGES, Line, chart
from bench.routing import read
from intake.routing import Question, Rules, decide, parse

ROOT = Path(__file__).parents[1]
DEFAULT = ROOT / "routing_rules.yaml"
PATTERN = "(a*)*b"
COUNTS = (10, 100, 1000, 3000, 10_000)
LENGTHS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # kB
LETTER = 2000  # characters
LOADS, ROUNDS, SEED = 3, 9, 7

_HEAD = """\
agencies:
  dmv: {name: {en: Motor Vehicles}, mailbox: dmv@agencies.example}
  general: {name: {en: Triage}, mailbox: general@agencies.example}
rules:
"""


# ---- what is measured ------------------------------------------------------------------------------------------------


def file_of(rules: int) -> str:
    """A rules file; the first rules of every number are the same."""
    chance = random.Random(SEED)
    text = DEFAULT.read_text(encoding="utf-8")
    known = sorted(set(re.findall(r"\b[a-z]{4,12}\b", text[text.index("\nvocabulary:") :])))
    return _HEAD + "".join(_rule(n, chance, known) for n in range(rules))


def _rule(n: int, chance: random.Random, known: Sequence[str]) -> str:
    town = f"town: {_made(chance)}, " if n % 10 == 0 else ""
    terms = ", ".join(_term(chance, known) for _ in range(10))
    return f"  - rule: the {n}th\n    agency: dmv\n    when: {{{town}letter has: [{terms}]}}\n"


def _term(chance: random.Random, known: Sequence[str]) -> str:
    shape = chance.choice(("m", "m", "m", "m", "k m", "k m", "k m", "k k", "k k", "m k m"))
    return " ".join(_made(chance) if kind == "m" else chance.choice(known) for kind in shape.split())


def _made(chance: random.Random) -> str:
    syllables = (chance.choice("bdfgklmnprstvz") + chance.choice("aeiou") for _ in range(chance.randint(2, 4)))
    return "".join(syllables) + chance.choice(("", "n", "r", "s", "t"))


def letters() -> str:
    """All of `bench/letters`, one after the other."""
    return "\n".join(str(read(path).question["text"]) for path in sorted((ROOT / "bench/letters").glob("*/*.letter")))


def of_length(text: str, characters: int) -> str:
    return "".join(islice(cycle(text), characters))


# ---- measuring -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one file: seconds to load it, octets the process grows by, seconds to decide a letter of 2 kB and one of each
    length (kB)."""

    load: float
    memory: int
    letter: float
    lengths: dict[int, float]


def cost(file: Path, lengths: Sequence[int], text: str = "") -> Cost:
    """In processes of its own; the least of several, because others only make it slower. The letters repeat `text`,
    else those of bench/letters."""
    runs = []
    for _ in range(LOADS):
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            runs.append(pool.submit(measured, file, lengths, text or letters()).result())
    load, memory, letter = (min(map(attrgetter(name), runs)) for name in ("load", "memory", "letter"))
    return Cost(load, memory, letter, {kb: min(run.lengths[kb] for run in runs) for kb in lengths})


def measured(file: Path, lengths: Sequence[int], text: str) -> Cost:
    """Here and now."""
    before, start = _resident(), time.process_time()
    rules = parse(file.read_bytes(), file.name, published=True)
    seconds, grown = time.process_time() - start, _resident() - before
    whole = of_length(text, 60 * LETTER)
    several = [Question("email", "", whole[at : at + LETTER]) for at in range(0, len(whole), LETTER)]
    one = {kb: _deciding([Question("email", "", of_length(text, kb * 1000))], rules) for kb in lengths}
    return Cost(seconds, grown, _deciding(several, rules), one)


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _deciding(questions: Sequence[Question], rules: Rules) -> float:
    """Seconds for one of them, in the middle of several rounds after one that does not count."""
    times = []
    for _ in range(ROUNDS + 1):
        start = time.process_time()
        for question in questions:
            decide(question, rules)
        times.append((time.process_time() - start) / len(questions))
    return statistics.median(times[1:])


# ---- telling ---------------------------------------------------------------------------------------------------------


def told_counts(costs: dict[int, Cost], default: Cost) -> Table:
    """Also the plot."""
    table = Table("rules of ten terms", title="rules files")
    for name in ("load, s", "memory, MB", "a letter of 2 kB, ms", "ratio to ten rules"):
        table.add_column(name, justify="right")
    few = costs[COUNTS[0]].letter
    for name, it in (*((f"{n:,}", it) for n, it in costs.items()), ("the default file", default)):
        ratio = "" if it is default else f"{it.letter / few:.2f}"
        table.add_row(name, f"{it.load:.3f}", f"{it.memory / 1e6:.1f}", f"{it.letter * 1e3:.3f}", ratio)
    lines = [
        Line("loading, s", [(n, it.load) for n, it in costs.items()]),
        Line("a letter, ratio", [(n, it.letter / few) for n, it in costs.items()]),
    ]
    chart(IMAGES / "rules-count.svg", lines, "rules of ten terms", "s, and ratio to ten rules")
    return table


def told_lengths(by_name: dict[str, Cost]) -> Table:
    """Also the plot."""
    table = Table("a letter of", title="ms to decide, and µs for each kB")
    for name in by_name:
        table.add_column(name, justify="right")
        table.add_column("a kB", justify="right")
    for kb in LENGTHS:
        times = [it.lengths[kb] for it in by_name.values()]
        table.add_row(f"{kb:,} kB", *(cell for s in times for cell in (f"{s * 1e3:.3f}", f"{s * 1e6 / kb:.0f}")))
    lines = [Line(name, [(kb, s * 1e3) for kb, s in it.lengths.items()]) for name, it in by_name.items()]
    chart(IMAGES / "rules-length.svg", lines, "kB of letter", "ms to decide")
    return table


def bench(console: Console) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        costs, file = {}, Path(folder) / "rules.yaml"
        for count in track(COUNTS, "rules", console=console, transient=True):
            file.write_text(file_of(count))
            costs[count] = cost(file, LENGTHS if count in (COUNTS[0], COUNTS[-1]) else ())
        console.print(told_counts(costs, cost(DEFAULT, ())))
        file.write_text(f"{_HEAD}  - rule: all ways\n    agency: dmv\n    when: {{letter matches: ['{PATTERN}']}}\n")
        by_name = {f"{n:,} rules": costs[n] for n in (COUNTS[0], COUNTS[-1])}
        console.print(told_lengths({**by_name, PATTERN: cost(file, LENGTHS, "a")}))


def main() -> None:
    """Read the arguments and run."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    bench(Console())


if __name__ == "__main__":
    main()
