"""What `intake rules suggest` is worth: `python -m bench.suggest DIR [DIR …] [--folds 5] [--rules FILE]`.

Cross-validation: of the labelled letters in all folders each fold in turn is held back, what the others teach is
applied to the rules, and the letters held back are decided before and after. Nothing is written.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from rich.progress import track

from bench.routing import read
from intake.routing import ask, load
from intake.routing.rules import Rules
from intake.routing.suggest import Effect, Settled, applied, effect, propose

_SEED = 7
_DOMAIN = "intake.example"


def settled(folder: Path) -> list[Settled]:
    """The letters of a folder; the first agency of each is the one that is right."""
    letters = (read(path) for path in sorted(folder.glob("*.letter")))
    return [Settled(letter.id, ask(letter.question), letter.agencies[0]) for letter in letters]


def validated(letters: list[Settled], rules: Rules, folds: int) -> tuple[Effect, Effect, int]:
    """Held-back letters before and after, summed over all folds; and how many proposals there were."""
    order = random.Random(_SEED).sample(letters, len(letters))
    before, after, number = Effect(0, 0, 0), Effect(0, 0, 0), 0
    for fold in track(range(folds), description="Folds"):
        held = order[fold::folds]
        found = propose([letter for n, letter in enumerate(order) if n % folds != fold], rules)
        number += len(found)
        before = _sum(before, effect(held, rules))
        after = _sum(after, effect(held, applied(rules, found, _DOMAIN)))
    return before, after, number


def _sum(one: Effect, other: Effect) -> Effect:
    return Effect(one.right + other.right, one.wrong + other.wrong, one.general + other.general)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--rules", type=Path, default=Path("routing_rules.yaml"))
    arguments = parser.parse_args()
    letters = [letter for folder in arguments.folders for letter in settled(folder)]
    before, after, number = validated(letters, load(arguments.rules), arguments.folds)
    print(f"{len(letters)} letters, {arguments.folds} folds, {number / arguments.folds:.0f} proposals a fold")
    for name, one in (("before", before), ("after", after)):
        right, wrong, general = (100 * n / len(letters) for n in (one.right, one.wrong, one.general))
        print(f"{name:>6}: right {right:.1f} %, wrong {wrong:.1f} %, left to general {general:.1f} %")


if __name__ == "__main__":
    main()
