"""Whether we stay as fast and as small: beside a store of a million tickets, over many letters, with a backlog.

    python -m bench.growth [--tickets N] [--letters N] [--backlog N] [--rounds N]

Full, it takes about an hour and 15 GB of /tmp. Three parts, each left out when its number is 0:

--tickets: accepted and delivered a second beside an empty store and beside one of so many tickets, in turn. The stored
  tickets are what one real letter left, copied: other references, digests and times, random octets in place of what is
  sealed, and an audit chain that is verified before the race.
--letters: the memory of each process while so many go through, in a hundred parts that each come out before the next.
--backlog: so many are accepted while the workers stand still (SIGSTOP), then let go: how many come out a second.

Plots: docs/img/growth-memory.svg, docs/img/growth-backlog.svg.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sqlite3
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.installation import Installation, installation, temporary
from bench.plot import IMAGES, Line, chart
from bench.road import LETTER, SENDER, TO, WARM, Rival
from bench.traffic import Sink, drain, race, send
from intake import audit
from intake.reference import new_reference
from intake.store import DAY, Row, Store, aliases, contents, events, letters, outbox, tickets
from intake.vault import load_vault
from tests.postfix import missing

SESSIONS, RACE = 20, 1500
PARTS, SLICES = 100, 10
CHUNK = 1000  # tickets written at once
YEAR = 365 * DAY  # over which they are spread
SINCE = 1_000_000_000_000  # a number that is larger is a time in milliseconds

_COPIED = (contents, letters, tickets, aliases, outbox)
_DIGESTS = {aliases.c.digest, outbox.c.bounce}  # unique ones


# ---- a store of many tickets -----------------------------------------------------------------------------------------


@contextmanager
def stored(number: int, progress: Progress) -> Iterator[Path]:
    """The folder of an installation with so many tickets, which does not run."""
    with temporary() as folder:
        with Sink() as sink, installation(sink.address, folder) as ours:
            race(LETTER, 1, 1, ours.address, SENDER, TO, sink)
        home = folder / "var"
        key = load_vault(home).subkey("audit")
        store = Store(f"sqlite:///{home}/store/intake.db")
        while audit.seal(store, key, home / "audit.anchor"):
            pass
        fill(store, key, number, progress)
        verdict = audit.verify(store, key, home / "audit.anchor")
        store.close()
        if verdict.fault:
            raise RuntimeError(verdict.fault)
        os.sync()
        yield folder


def fill(store: Store, key: bytes, number: int, progress: Progress) -> None:
    """Copy the one ticket so often that there are `number`."""
    with store.read() as conn:
        ref = conn.execute(sa.select(tickets.c.ref)).scalar_one()
        pattern = {table: [dict(row._mapping) for row in conn.execute(sa.select(table))] for table in _COPIED}
        history = [dict(r._mapping) for r in conn.execute(sa.select(events).where(events.c.ticket == ref))]
        position, chained = audit.head(conn)
    names = [ref, *(row["id"] for row in pattern[outbox])]
    store.close()
    bar = progress.add_task("storing tickets", total=number)
    with closing(_unsafe(str(store.engine.url.database))) as db:
        for start in range(1, number, CHUNK):
            rows: dict[sa.Table, list[Row]] = defaultdict(list)
            for n in range(start, min(start + CHUNK, number)):
                others, earlier = {name: new_reference() for name in names}, YEAR * (number - n) // number
                for table, its in pattern.items():
                    rows[table] += [_copied(table, row, others, earlier) for row in its]
                for row in history:
                    row = _copied(events, row, others, earlier)
                    position += 1
                    chained = audit._hash(key, chained, position, SimpleNamespace(**row))
                    rows[events].append({**row, "id": None, "position": position, "hash": chained})
            for table, its in rows.items():
                columns = ", ".join(f'"{name}"' for name in its[0])
                sql = f"INSERT INTO {table.name} ({columns}) VALUES ({', '.join('?' * len(its[0]))})"
                db.executemany(sql, [tuple(row.values()) for row in its])
            db.commit()
            progress.advance(bar, len(rows[tickets]))
    progress.remove_task(bar)


def _unsafe(database: str) -> sqlite3.Connection:
    """A connection to a file that nobody else uses and that may be lost."""
    db = sqlite3.connect(database)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-2000000"):
        db.execute(f"PRAGMA {pragma}")
    return db


def _copied(table: sa.Table, row: Row, others: dict[str, str], earlier: int) -> Row:
    return {name: _value(table.c[name], value, others, earlier) for name, value in row.items()}


def _value(column: sa.Column[Any], value: Any, others: dict[str, str], earlier: int) -> Any:
    if isinstance(value, bytes):
        return os.urandom(len(value))
    if isinstance(value, int):
        return value - earlier if value > SINCE else value
    if column in _DIGESTS:
        return secrets.token_hex(32)
    if isinstance(value, str):
        for name, other in others.items():
            value = value.replace(name, other)
    return value


# ---- the three parts -------------------------------------------------------------------------------------------------


def rates(empty: Rival, full: Rival, args: argparse.Namespace, progress: Progress) -> None:
    """Race both in turn; the empty store is a new one each time."""
    with stored(args.tickets, progress) as folder:
        bar = progress.add_task("racing", total=2 * args.rounds)
        for _ in range(args.rounds):
            for rival, where in ((empty, None), (full, folder)):
                with Sink() as sink, installation(sink.address, where) as ours:
                    _race(WARM, ours, sink)
                    rival.paces.append(_race(RACE, ours, sink))
                progress.advance(bar)
        progress.remove_task(bar)


def memory(number: int, progress: Progress) -> dict[tuple[int, str], list[tuple[int, int]]]:
    """(letters, octets) of each process, by pid and kind, while so many letters go through."""
    found: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    with Sink() as sink, installation(sink.address) as ours:
        for part in progress.track(range(PARTS + 1), description="letters"):
            if part:
                _race(number // PARTS, ours, sink)
            for pid, (kind, octets) in ours.memory().items():
                found[pid, kind].append((part * (number // PARTS), octets))
    return found


def backlog(number: int, usual: Rival, progress: Progress) -> list[tuple[int, float]]:
    """Letters that have come out, and how many a second did in that slice. `usual`: a race on the same installation."""
    bar = progress.add_task("backlog", total=None)
    with Sink() as sink, installation(sink.address) as ours:
        _race(WARM, ours, sink)
        usual.paces.append(_race(RACE, ours, sink))
        workers = ours.workers()
        _freeze(workers, ours.home / "var/store/intake.db")
        send(LETTER, number, SESSIONS, ours.address, SENDER, TO)
        found = drain(sink, number, SLICES, lambda: _signal(workers, signal.SIGCONT))
    progress.remove_task(bar)
    return found


def _race(number: int, ours: Installation, sink: Sink) -> Any:
    return race(LETTER, number, SESSIONS, ours.address, SENDER, TO, sink)


def _freeze(workers: list[int], database: Path) -> None:
    """Stop them, but not while one has the store's lock: nobody else could write then."""
    while True:
        _signal(workers, signal.SIGSTOP)
        with closing(sqlite3.connect(database, timeout=0.1)) as db, suppress(sqlite3.OperationalError):
            db.execute("BEGIN IMMEDIATE")
            return
        _signal(workers, signal.SIGCONT)
        time.sleep(0.1)


def _signal(pids: list[int], number: int) -> None:
    for pid in pids:
        os.kill(pid, number)


# ---- telling ---------------------------------------------------------------------------------------------------------


def told_rates(empty: Rival, full: Rival, args: argparse.Namespace) -> Table:
    table = Table("", title=f"{RACE} letters, medians of {args.rounds} rounds in turn")
    for name in ("accepted/s", "delivered/s"):
        table.add_column(name, justify="right")
    for rival in (empty, full):
        table.add_row(rival.name, f"{rival.accepted():.0f}", f"{rival.delivered():.0f}")
    table.add_row("ratio", f"{full.accepted() / empty.accepted():.2f}", f"{full.delivered() / empty.delivered():.2f}")
    return table


def told_memory(found: dict[tuple[int, str], list[tuple[int, int]]], number: int) -> Table:
    """Also the plot."""
    table = Table("process", title=f"private memory while {number:,} letters go through, MB")
    for name in ("at first", "after 10 %", "at the end", "slope after 10 %, octets a letter"):
        table.add_column(name, justify="right")
    for (_, kind), points in sorted(found.items(), key=lambda one: one[0][1]):
        warm = [point for point in points if point[0] >= number / 10]
        if len(warm) < 2:
            table.add_row(kind, *(f"{octets / 1e6:.1f}" for _, octets in points[:1]), "ended")
            continue
        slope = statistics.linear_regression(*zip(*warm, strict=True)).slope
        table.add_row(kind, *(f"{at[1] / 1e6:.1f}" for at in (points[0], warm[0], warm[-1])), f"{slope:.0f}")
    lines = [Line(kind, [(n, octets / 1e6) for n, octets in points]) for (_, kind), points in found.items()]
    chart(IMAGES / "growth-memory.svg", lines, "letters", "MB of each process")
    return table


def told_backlog(found: list[tuple[int, float]], usual: Rival, number: int) -> Table:
    """Also the plot."""
    table = Table("letters drained", title=f"a backlog of {number:,} letters")
    for name in ("a second", "of the usual rate"):
        table.add_column(name, justify="right")
    for out, rate in found:
        table.add_row(f"{out:,}", f"{rate:.0f}", f"{rate / usual.delivered():.2f}")
    table.add_row("usual", f"{usual.delivered():.0f}", "1")
    level = Line("usual rate", [(0, usual.delivered()), (number, usual.delivered())])
    chart(IMAGES / "growth-backlog.svg", [Line("draining", found), level], "letters drained", "letters a second")
    return table


def bench(args: argparse.Namespace, console: Console) -> int:
    """Measure and print."""
    if problem := missing():
        console.print(f"{problem}; nothing was measured")
        return 1
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        if args.tickets:
            empty, full = Rival("an empty store"), Rival(f"{args.tickets:,} tickets stored")
            rates(empty, full, args, progress)
            console.print(told_rates(empty, full, args))
        if args.letters:
            console.print(told_memory(memory(args.letters, progress), args.letters))
        if args.backlog:
            usual = Rival("usual")
            console.print(told_backlog(backlog(args.backlog, usual, progress), usual, args.backlog))
    return 0


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--letters", type=int, default=100_000)
    parser.add_argument("--backlog", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    sys.exit(bench(parser.parse_args(), Console()))


if __name__ == "__main__":
    main()
