"""Our road and a Postfix that relays untouched mail, in turn, with one real letter.

    python -m bench.road [--letters N] [--rounds N] [--sessions N] [--letter FILE]

Each round starts one of them alone, with a mail server behind it that takes everything, sends it a hundred letters to
warm up, and then as many as asked, a connection each: how many are accepted (250) and delivered a second, and what a
letter costs in processor time. Both run as users get them: fsync before 250, and ours with its audit trail and its
last check of what leaves. Then single letters on an idle road, from the 250 to the agency's mail server.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.installation import Installation, installation
from bench.traffic import Pace, Sink, race
from tests.postfix import free_port, missing, postfix

LETTER = Path(__file__).with_name("race.eml")
SENDER, TO = "citizen@post.example", "contact@intake.example"
WARM = 100
IDLE = 100  # single letters


@dataclass(slots=True)
class Rival:
    """What one of the two did, a value a round."""

    name: str
    paces: list[Pace] = field(default_factory=list)
    cpu: list[dict[str, float]] = field(default_factory=list)  # seconds of processor time by kind of process

    def accepted(self) -> float:
        return statistics.median(p.letters / p.accepted for p in self.paces)

    def delivered(self) -> float:
        return statistics.median(p.letters / p.delivered for p in self.paces)


@contextmanager
def relaying_postfix(sink: Sink) -> Iterator[str]:
    """The address of a Postfix with its defaults that relays everything to the sink."""
    listen = f"127.0.0.1:{free_port()}"
    main = f"relayhost = [127.0.0.1]:{sink.port}\nmynetworks = 127.0.0.0/8\nmyhostname = postfix.example\n"
    with postfix(listen, main):
        yield listen


def round_of_postfix(rival: Rival, mail: Path, args: argparse.Namespace) -> None:
    with Sink() as sink, relaying_postfix(sink) as address:
        race(mail, WARM, args.sessions, address, SENDER, TO, sink)
        rival.paces.append(race(mail, args.letters, args.sessions, address, SENDER, TO, sink))


def round_of_ours(rival: Rival, mail: Path, args: argparse.Namespace) -> list[float]:
    """Also the seconds of single letters."""
    with Sink() as sink, installation(f"127.0.0.1:{sink.port}") as ours:
        race(mail, WARM, args.sessions, ours.address, SENDER, TO, sink)
        before = ours.cpu()
        rival.paces.append(race(mail, args.letters, args.sessions, ours.address, SENDER, TO, sink))
        rival.cpu.append({kind: seconds - before[kind] for kind, seconds in ours.cpu().items()})
        return [alone(mail, ours, sink) for _ in range(IDLE)]


def alone(mail: Path, ours: Installation, sink: Sink) -> float:
    """Seconds from the 250 of a letter on an idle road to its arrival."""
    time.sleep(0.02)
    pace = race(mail, 1, 1, ours.address, SENDER, TO, sink)
    return pace.delivered - pace.accepted


def bench(args: argparse.Namespace, console: Console) -> int:
    """Race and print."""
    if problem := missing():
        console.print(f"{problem}; nothing was raced")
        return 1
    theirs, ours, idle = Rival("Postfix, relaying"), Rival("intake"), []
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        steps: list[Callable[[], object]] = [
            lambda: round_of_postfix(theirs, args.letter, args),
            lambda: idle.extend(round_of_ours(ours, args.letter, args)),
        ]
        bar = progress.add_task("racing", total=args.rounds * len(steps))
        for _ in range(args.rounds):
            for step in steps:
                step()
                progress.advance(bar)
    console.print(_table(theirs, ours, args))
    _costs(ours, console)
    ms = sorted(1000 * s for s in idle)
    console.print(f"alone on an idle road: median {statistics.median(ms):.0f} ms, p99 {ms[int(len(ms) * 0.99)]:.0f} ms")
    return 0


def _table(theirs: Rival, ours: Rival, args: argparse.Namespace) -> Table:
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    letters = (
        f"{args.letters} letters of {args.letter.stat().st_size} octets, {args.sessions} sessions, a connection each"
    )
    table = Table(title=f"{letters}; medians of {args.rounds} rounds in turn; {machine}")
    for name in ("", "accepted/s", "delivered/s"):
        table.add_column(name, justify="left" if not name else "right")
    for rival in (theirs, ours):
        table.add_row(rival.name, f"{rival.accepted():.0f}", f"{rival.delivered():.0f}")
    table.add_row("ratio", f"{ours.accepted() / theirs.accepted():.2f}", f"{ours.delivered() / theirs.delivered():.2f}")
    return table


def _costs(ours: Rival, console: Console) -> None:
    """Processor time a letter."""
    letters = ours.paces[0].letters
    kinds = {kind for cost in ours.cpu for kind in cost}
    by_kind = {kind: statistics.median(cost.get(kind, 0.0) for cost in ours.cpu) / letters * 1000 for kind in kinds}
    told = ", ".join(f"{kind} {ms:.2f}" for kind, ms in sorted(by_kind.items(), key=lambda one: -one[1]) if ms > 0.005)
    console.print(f"processor time a letter, ms: {told}")


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--letter", type=Path, default=LETTER, help="a mail")
    sys.exit(bench(parser.parse_args(), Console()))


if __name__ == "__main__":
    main()
