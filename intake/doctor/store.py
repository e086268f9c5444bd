"""The store: it can be read and written, is the right one, and nothing waits in it for too long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import audit, figures, reason, ticket, vault
from intake.config import Config
from intake.doctor.finding import Finding
from intake.errors import Conflict, Deferred, Misconfigured, StoreBusy, StoreFull
from intake.heartbeat import Sign, beat, signs
from intake.queue import TICKS, Queue
from intake.store import DAY, Store, now

LATE = 60_000  # ms
AHEAD = 2_000  # ms that two clocks may differ
_SAFE = ("fsync", "full_page_writes", "synchronous_commit")
_FAILED_ON = (reason.POISON, reason.TAMPERED)


@contextmanager
def opened(config: Config) -> Iterator[Store]:
    """The store; `Deferred` when there is none: an empty one is not made by looking."""
    if _file(config) and not _file(config).exists():
        raise StoreBusy
    store = Store(config.database)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def reading(config: Config) -> Iterator[Connection]:
    """A view of the store; `Deferred` when there is none."""
    with opened(config) as store, store.read() as conn:
        yield conn


def _file(config: Config) -> Path:
    url = sa.make_url(config.database)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else Path("/")


def database(config: Config) -> Iterator[Finding]:
    """It answers, has our schema, and can be written."""
    if not _file(config).exists():
        cure = "start `intake up`, or restore it from the backup"
        yield Finding("database", f"there is no database {_file(config)}", cure)
        return
    with opened(config) as store:
        try:
            with store.read() as conn:
                conn.execute(sa.select(1))
        except Deferred:
            cure = "start it, or check INTAKE_DATABASE_URL; letters are refused for the time being (451)"
            yield Finding("database", "the database does not answer", cure)
            return
        try:
            store.check()
        except Misconfigured as fault:
            yield Finding.of("database", fault)
            return
        yield from _written(store)
        if not store.sqlite:
            yield from _safe(store)


def _written(store: Store) -> Iterator[Finding]:
    refused = "letters are refused for the time being"
    try:
        with store.write() as conn:
            beat(conn, "doctor", {})
    except Conflict:
        pass  # another doctor wrote at the same moment
    except StoreFull:
        yield Finding("database", f"the database's disk is full; {refused} (452)", "make room")
    except Deferred:
        cure = "look whether it is locked, read-only or a standby, and at its disk"
        yield Finding("database", f"nothing can be written to the database; {refused} (451)", cure)


def _safe(store: Store) -> Iterator[Finding]:
    with store.read() as conn:
        off = [name for name in _SAFE if conn.scalar(sa.select(sa.func.current_setting(name))) == "off"]
    for name in off:
        yield Finding("database", f"{name} is off, so a power cut loses letters that were thanked for", "set it to on")


def clock(config: Config) -> Iterator[Finding]:
    """Nothing in the store lies in the future, and the database's server has the same time."""
    with reading(config) as conn:
        if conn.dialect.name != "sqlite":
            theirs = conn.scalar(sa.select(sa.extract("epoch", sa.func.clock_timestamp())))
            apart = abs(int(float(theirs or 0) * 1000) - now())
            if apart > AHEAD:
                cure = "run chrony or systemd-timesyncd on both"
                yield Finding("clock", f"this machine's clock and the database's are {apart // 1000} s apart", cure)
        ahead = max(figures.newest(conn), *figures.signs_of_life(conn).values()) - now()
    if ahead > AHEAD:
        cure = "set the clocks of all machines right; what is in the future waits until then"
        yield Finding("clock", f"the newest entry of the store lies {ahead // 1000} s in the future", cure)


def processes(config: Config) -> Iterator[Finding]:
    """Each kind of process, on each machine where it ran within a day, has said lately that it lives."""
    depth = Queue(config).depth(TICKS)
    with reading(config) as conn:
        seen = [sign for sign in signs(conn) if sign.name in figures.PROCESSES]
    never = set(figures.PROCESSES) - {sign.name for sign in seen}
    several = len({sign.host for sign in seen}) > 1
    for sign in (*seen, *(Sign(name, "", 0) for name in figures.PROCESSES if name in never)):
        if abs(now() - sign.at) > LATE:
            name = f"{sign.name} on {sign.host}" if several and sign.host else sign.name
            more, logs = _without_a_worker(depth) if sign.name == "worker" else ("", f"logs/{sign.name}.log")
            yield Finding("processes", f"{name} gives no sign of life{more}", f"start `intake up`, or look into {logs}")


def _without_a_worker(depth: int | None) -> tuple[str, str]:
    """What the queue knows of it: the clock says something every second, the workers hear it."""
    if depth:
        return ", and hears nothing of what the clock says", "logs/worker.log"
    if depth == 0:
        return ", and the clock says nothing", "logs/clock.log and logs/worker.log"
    return "", "logs/worker.log"


def waiting(config: Config) -> Iterator[Finding]:
    """No letter has waited for long."""
    with reading(config) as conn:
        pile = figures.waiting(conn)
    if pile.seconds(now()) * 1000 > LATE:
        minutes = int(pile.seconds(now()) // 60)
        cure = "look into logs/worker.log, and restart the workers; nothing is lost meanwhile"
        yield Finding("waiting", f"a letter has waited for {minutes} minutes, {pile.number} wait", cure)


def held(config: Config) -> Iterator[Finding]:
    """Nobody has waited for a person for more than a day, and the program has failed on no letter."""
    with reading(config) as conn:
        piles = figures.held(conn)
    number = sum(pile.number for pile in piles.values())
    if number:
        days = int(max(pile.seconds(now()) for pile in piles.values()) * 1000) // DAY
        since = f", one of them for {days} days" if days else ""
        cure = "look under Held at the desk"
        yield Finding("held", f"{number} letters are held and wait for a person{since}", cure, advice=not days)
    failed = sum(pile.number for because, pile in piles.items() if because.startswith(_FAILED_ON))
    if failed:
        cure = "report it with the reasons under Held at the desk, which hold no words of people"
        yield Finding("held", f"the program failed on {failed} letters", cure)


def urgent(config: Config) -> Iterator[Finding]:
    """Urgent letters have their answers in time."""
    with reading(config) as conn:
        pile, late = figures.urgent(conn, now())
    if pile.number:
        hours = int(pile.seconds(now()) // 3600)
        what = f"{pile.number} urgent letters wait for an answer, one of them for {hours} hours; {late} are late"
        yield Finding("urgent", what, "see the top of Letters at the desk, and call the agency", advice=not late)


def sums(config: Config) -> Iterator[Finding]:
    """The conservation sum."""
    with reading(config) as conn:
        difference = ticket.sums(conn)["difference"]
    if difference:
        cure = "compare with the backup, and restore what is missing"
        yield Finding("sums", f"{difference} accepted letters are in no state", cure)


def unchained(config: Config) -> Iterator[Finding]:
    """What happens is in the audit chain a second later."""
    with reading(config) as conn:
        pile = figures.unchained(conn)
    if pile.seconds(now()) * 1000 > LATE:
        minutes = int(pile.seconds(now()) // 60)
        cure = "if worker and clock live, the chain is broken: `intake audit verify` says where"
        yield Finding("unchained", f"{pile.number} events wait for the audit chain, for {minutes} minutes", cure)


def chain(config: Config) -> Iterator[Finding]:
    """The audit chain is whole, from its first entry to its anchor."""
    key = vault.load_vault(config.home).subkey("audit")
    with opened(config) as store:
        fault = audit.verify(store, key, config.home / "audit.anchor").fault
    if fault.endswith("all after it are missing"):
        cure = "put backups in place with `intake restore` only: docs/backup.md"
        yield Finding("chain", f"the database is older than its audit trail: {fault}", cure)
    elif fault:
        yield Finding("chain", f"the audit chain is broken: {fault}", "compare with the backup")
