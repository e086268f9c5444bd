"""The store: transactions on SQLite or PostgreSQL, and the tables (`intake/tables.py`) for whoever works in them.

It is the truth about every letter; the queue only says what to look at. What people wrote stands here sealed
(`LargeBinary` columns); everything else is ids, states, counts and times (milliseconds since 1970, UTC).
A writing transaction on SQLite begins IMMEDIATE: a deferred one that reads first and writes later fails at once when
another writes, whatever the busy timeout.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from intake import engine
from intake.errors import Conflict, Misconfigured, StoreBusy, StoreFull
from intake.tables import aliases as aliases  # who works in a transaction finds the tables beside it
from intake.tables import answers as answers
from intake.tables import contents as contents
from intake.tables import events as events
from intake.tables import heartbeats as heartbeats
from intake.tables import letters as letters
from intake.tables import links as links
from intake.tables import meta as meta
from intake.tables import outbox as outbox
from intake.tables import replayed as replayed
from intake.tables import replays as replays
from intake.tables import rules_versions as rules_versions
from intake.tables import suppressed as suppressed
from intake.tables import tickets as tickets
from intake.tables import users as users

RESERVE = 64 * 1024 * 1024  # octets that letters leave free for the workers, who finish them (Postfix: queue_minfree)

Row = dict[str, Any]
DAY = 24 * 3600 * 1000  # milliseconds, as all times here

log = structlog.get_logger("intake.store")


def now() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


class Store:
    """One database; `read()` and `write()` give a connection inside a transaction."""

    def __init__(self, url: str) -> None:
        self.sqlite = url.startswith("sqlite")
        self._folder = Path(str(sa.make_url(url).database)).parent if self.sqlite else None
        if self._folder:
            _private_folder(self._folder)
        self._unsynced = False  # an fsync failed, and what it was for may not be on disk
        self.engine = engine.sqlite(url) if self.sqlite else engine.postgresql(url)
        # Not postgresql_readonly: a connection that had it says READ WRITE later, to a server told to take nothing.
        self._reading = self.engine if self.sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A view of one moment; nothing is written through it."""
        with self._translated(), self._reading.connect() as conn:
            yield conn  # closed without a commit

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """All or nothing: committed and on disk when the block ends without an exception."""
        writing = self.engine.execution_options(intake_begin="BEGIN IMMEDIATE")
        with self._translated():
            if self._unsynced:
                self._begin_a_new_log()
            with writing.connect() as conn, conn.begin():
                yield conn

    def check_room(self, octets: int) -> None:
        """`StoreFull` when a letter of so many octets would leave the disk less than the reserve.

        A letter takes its room twice: in the log, and in its table when the log is written back. PostgreSQL's disk is
        another machine's.
        """
        try:
            full = self._folder and shutil.disk_usage(self._folder).free < RESERVE + 2 * octets
        except OSError as fault:
            log.warning("database", fault=type(fault).__name__)
            raise StoreBusy from None
        if full:
            log.warning("out of room", octets=octets)
            raise StoreFull

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """The database's own troubles as ours: full, busy, or a constraint; without its words.

        After trouble every connection is thrown away: one to a server that may no longer be written to never says so
        by itself, and a file that is still open keeps its disk from being put right. But for an fsync that failed:
        a log that is opened again gives what that fsync lost as committed, out of the system's cache.
        """
        try:
            yield
        except sa.exc.IntegrityError:
            raise Conflict from None
        except DBAPIError as fault:
            if getattr(fault.orig, "sqlite_errorname", "") == "SQLITE_IOERR_FSYNC":
                self._unsynced = True
            else:
                self.engine.dispose()
            text = str(fault.orig).lower()
            full = "disk is full" in text or "no space" in text or "could not extend" in text
            log.warning("database", fault=type(fault.orig).__name__, full=full)
            raise (StoreFull if full else StoreBusy) from None

    def _begin_a_new_log(self) -> None:
        """What a failed fsync left in SQLite's log may never get to disk, whatever later ones say: the system counts it
        as written, and ext4 as never. So nothing is committed behind it: once the disk takes as much again, all of
        the log goes into the tables, and the next begins in new blocks."""
        log_file = Path(f"{self.engine.url.database}-wal")
        try:
            with tempfile.TemporaryFile(dir=log_file.parent) as probe:
                probe.write(os.urandom(log_file.stat().st_size))
                probe.flush()
                os.fsync(probe.fileno())
        except OSError as fault:
            if fault.filename:  # no file can be made or found: this disk must be put right, and goes when it is closed
                self.engine.dispose()
            log.warning("database", fault=type(fault).__name__)
            raise StoreBusy from None
        with self.engine.execution_options(intake_begin="").connect() as conn:
            if conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar():
                raise StoreBusy  # somebody reads
        self._unsynced = False

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def check(self) -> None:
        """`Misconfigured` when the schema is not the one this program was written for."""
        from intake.migrations import head

        try:
            with self.read() as conn:
                found = conn.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        except StoreBusy as fault:
            raise Misconfigured("the database has no schema or cannot be reached; run `intake migrate`") from fault
        if found != head():
            raise Misconfigured(f"the database's schema is {found}, the program's {head()}; run `intake migrate`")


def one_at_a_time(conn: Connection, lock: int) -> None:
    """Until the end of this transaction nobody else is past this line with the same lock (PostgreSQL's advisory locks).
    SQLite's write transaction is such a lock already."""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))


def insert(conn: Connection, table: Table, rows: list[Row]) -> None:
    """Insert rows that all have the same columns. Nothing is asked back: a door may write events and read none."""
    if rows:
        sql, order, defaults = _inserting(table, tuple(rows[0]), conn.dialect)
        whole: Any = [{**defaults, **row} for row in rows] if defaults else rows
        conn.exec_driver_sql(sql, [tuple(map(row.__getitem__, order)) for row in whole] if order else whole)


@cache
def _inserting(table: Table, columns: tuple[str, ...], dialect: sa.Dialect) -> tuple[str, list[str] | None, Row]:
    """The statement, the order of its values where they have no names, and those of columns that are left out:
    SQLAlchemy takes longer to find a statement among those it has compiled than the database for the rows."""
    compiled = sa.insert(table).inline().compile(dialect=dialect, column_keys=columns)
    defaults = {c.name: c.default.arg for c in table.c if isinstance(c.default, sa.ColumnDefault)}
    return str(compiled), compiled.positiontup, defaults


def update(conn: Connection, table: Table, key: Column[Any], rows: Iterable[Row]) -> int:
    """Set the columns of rows that are found by `key`, those with the same columns together; how many were found."""
    alike: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        alike.setdefault(tuple(row), []).append({f"{name}_": value for name, value in row.items()})
    found = 0
    for names, some in alike.items():
        values: dict[str, Any] = {name: sa.bindparam(f"{name}_") for name in names if name != key.name}
        statement = sa.update(table).where(key == sa.bindparam(f"{key.name}_")).values(values)
        found += conn.execute(statement, some, execution_options=_COUNTED).rowcount
    return found


_COUNTED = {"preserve_rowcount": True}  # psycopg says -1 otherwise


def insert_new(conn: Connection, table: Table, rows: list[Row]) -> int:
    """Insert rows; one whose key is there already is left as it is. Returns how many are new."""
    if not rows:
        return 0
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).on_conflict_do_nothing()
    return int(conn.execute(statement, rows, execution_options=_COUNTED).rowcount)


def _private_folder(folder: Path) -> None:
    if not folder.exists():
        folder.mkdir(parents=True, mode=0o700)
