"""How well the rules send a folder of labelled letters: `python -m bench.routing DIR [--rules FILE] [-v]`.

DIR holds `*.letter` files (front matter, then the body with its `{{CLASS|text}}` tags). A letter counts as right
when it goes to its `agency` or to one of `also`. E-mails are taken as sent to contact@, a form's topic is its subject.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from intake.routing import Decision, Rules, ask, decide, load

_TAG = re.compile(r"\{\{[^{}|]*\|([^{}]*)\}\}")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A letter and where it should go."""

    id: str
    question: dict[str, object]
    agencies: tuple[str, ...]


def read(path: Path) -> Labelled:
    head, _, body = path.read_text(encoding="utf-8").removeprefix("---\n").partition("\n---\n")
    meta = {key: value.strip() for key, _, value in (line.partition(":") for line in head.split("\n"))}
    subject = _TAG.sub(r"\1", meta["subject"])
    question: dict[str, object] = {
        "channel": meta["channel"],
        "subject": subject,
        "text": _TAG.sub(r"\1", body),
        "sender_email": meta["from_email"],
        "recipient": "contact@intake.example",
        "fields": {"topic": subject} if meta["channel"] == "form" else {},
    }
    return Labelled(meta["id"], question, (meta["agency"], *re.findall(r"[a-z]+", meta.get("also", ""))))


def outcome(letter: Labelled, decision: Decision) -> str:
    if decision.agency in letter.agencies:
        return "right"
    return "left to general" if decision.agency == "general" else "wrong"


def in_top(letter: Labelled, decision: Decision) -> bool:
    """Whether the right agency is the decision's, or among its three suggestions."""
    offered = {decision.agency, *(agency for agency, _ in decision.suggestions)}
    return bool(offered & set(letter.agencies))


def report(letters: list[Labelled], rules: Rules, verbose: bool) -> None:
    counted: Counter[str] = Counter()
    for letter in letters:
        decision = decide(ask(letter.question), rules)
        said = outcome(letter, decision)
        counted[said] += 1
        counted["among the best three"] += in_top(letter, decision)
        if said != "right":
            offered = ", ".join(f"{agency} {points:g}" for agency, points in decision.suggestions)
            print(f"{letter.id}  {'/'.join(letter.agencies)} -> {decision.agency} ({decision.rule}): {offered}")
            for why in decision.why if verbose else ():
                print(f"    {why}")
    print(f"{len(letters)} letters under rules {rules.version}")
    for said in ("right", "wrong", "left to general", "among the best three"):
        print(f"{said:>22} {counted[said]:4d}  {100 * counted[said] / max(len(letters), 1):5.1f} %")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rules", type=Path, default=Path("routing_rules.yaml"))
    parser.add_argument("-v", "--verbose", action="store_true", help="show the evidence of what went wrong")
    arguments = parser.parse_args()
    letters = [read(path) for path in sorted(arguments.folder.glob("*.letter"))]
    report(letters, load(arguments.rules), arguments.verbose)


if __name__ == "__main__":
    main()
