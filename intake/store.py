"""The store: the tables, and transactions on SQLite or PostgreSQL.

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
from sqlalchemy import Column, Connection, Index, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from intake import engine
from intake.errors import Conflict, Misconfigured, StoreBusy, StoreFull

RESERVE = 64 * 1024 * 1024  # octets that letters leave free for the workers, who finish them (Postfix: queue_minfree)

meta = MetaData()
_Int = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _where(condition: sa.TextClause) -> dict[str, Any]:
    """Of an index that holds only some rows."""
    return {"sqlite_where": condition, "postgresql_where": condition}


# What was accepted, as it was accepted: sealed once, read by every letter that was made of it.
contents = Table("contents", meta, Column("id", Text, primary_key=True), Column("sealed", LargeBinary, nullable=False))

# One row for each letter taken in: a citizen's (`new`), mail to an alias (`reply`) or a bounce token (`bounce`), or
# what a citizen chose on the page of a link (`wish`).
letters = Table(
    "letters",
    meta,
    Column("id", Text, primary_key=True),
    Column("ticket", Text),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("target", Text, nullable=False),  # `contact`, an agency id, `copy to` one, or the digest of a token
    Column("content", Text, nullable=False),
    Column("kid", Text, nullable=False),
    Column("data_key", LargeBinary),  # sealed; NULL when destroyed
    Column("octets", _Int, nullable=False),
    Column("notice", Text, nullable=False),
    Column("received", _Int, nullable=False),
    Column("state", Text, nullable=False),  # waiting done held duplicate refused destroyed
    Column("attempts", _Int, nullable=False),
    Column("claimed_by", Text, nullable=False),
    Column("due", _Int, nullable=False),  # when the sweeper may hand it out (again)
    Column("digest", Text, unique=True),  # keyed; the worker knows a retransmission by it
    Column("held_because", Text),
    Column("tags", LargeBinary),  # sealed: the spans
    Column("agency", Text),  # chosen by a person: overrides the rules
    Index("letters_due", "state", "due"),
    Index("letters_ticket", "ticket"),
    Index("letters_target", "target", "received"),
)

tickets = Table(
    "tickets",
    meta,
    Column("ref", Text, primary_key=True),
    Column("letter", Text, nullable=False),  # the one that opened it
    Column("linked_to", Text),
    Column("state", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("received", _Int, nullable=False),
    Column("notice", Text, nullable=False),
    Column("agency", Text),
    Column("due", _Int),
    Column("language", Text),
    Column("rule", Text),
    Column("rules_version", Text),
    Column("why", Text),
    Column("tags", Text, nullable=False),  # counts by class, JSON
    Column("held_because", Text),
    Column("citizen", LargeBinary),  # sealed: addresses, language, what the redactor must remember
    Column("consent", Text, nullable=False),  # agencies that may have the address, JSON
    Column("receipt", Text),  # digest of the receipt's code
    Column("priority", Text),  # urgent, or nothing
    Index("tickets_agency", "agency", "received"),
    Index("tickets_state", "state"),
    Index("tickets_receipt", "receipt"),
    Index("tickets_urgent", "state", **_where(sa.text("priority IS NOT NULL"))),
)

# Answers for those who left no address, sealed to their receipt: nobody here can read them.
answers = Table(
    "answers",
    meta,
    Column("letter", Text, primary_key=True),
    Column("ticket", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("created", _Int, nullable=False),
    Index("answers_ticket", "ticket"),
)

aliases = Table(
    "aliases",
    meta,
    Column("digest", Text, primary_key=True),
    Column("ticket", Text, nullable=False),
    Column("side", Text, nullable=False),  # whom it stands for: citizen or agency
    Column("agency", Text, nullable=False),
    Column("state", Text, nullable=False),  # open closed
    Column("token", LargeBinary, nullable=False),  # sealed
    Column("created", _Int, nullable=False),
    Index("aliases_ticket", "ticket"),
)

# What stands in a link that a citizen got by mail: who holds it may choose for this ticket, or say whose letter it was.
links = Table(
    "links",
    meta,
    Column("digest", Text, primary_key=True),
    Column("ticket", Text, nullable=False),
    Column("letter", Text),  # the held letter that the link asks about
    Column("agency", Text),  # the agency that the link asks consent for
    Column("token", LargeBinary, nullable=False),  # sealed
    Column("created", _Int, nullable=False),
    Index("links_ticket", "ticket"),
)

# Whom we never write to: keyed digests of addresses.
suppressed = Table(
    "suppressed",
    meta,
    Column("recipient", Text, primary_key=True),
    Column("since", _Int, nullable=False),
)

outbox = Table(
    "outbox",
    meta,
    Column("id", Text, primary_key=True),  # also its Message-ID: sent twice, it can be recognised
    Column("letter", Text, nullable=False),
    Column("ticket", Text, nullable=False),
    Column("kind", Text, nullable=False),  # redirect answer follow-up acknowledgement note question
    Column("side", Text, nullable=False),  # who gets it: agency or citizen
    Column("agency", Text, nullable=False),
    Column("recipient", Text, nullable=False),  # keyed digest of the address
    Column("sealed", LargeBinary, nullable=False),
    Column("bounce", Text, nullable=False, unique=True),  # digest of the envelope sender's token
    Column("state", Text, nullable=False),  # later queued sent held kept bounced withdrawn
    Column("attempts", _Int, nullable=False),
    Column("claimed_by", Text, nullable=False),
    Column("due", _Int, nullable=False),
    Column("created", _Int, nullable=False),
    Column("sent", _Int),
    Column("held_because", Text),
    Index("outbox_due", "state", "due"),
    Index("outbox_ticket", "ticket"),
    Index("outbox_recipient", "recipient", "created"),
)

events = Table(
    "events",
    meta,
    Column("id", _Int, primary_key=True, autoincrement=True),
    Column("at", _Int, nullable=False),
    Column("what", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("ticket", Text),
    Column("by", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("position", _Int, unique=True),  # NULL until the sealer has chained it
    Column("hash", Text),
    Index("events_ticket", "ticket"),
    Index("events_what", "what"),
    sqlite_autoincrement=True,  # an id of a deleted event is never given again
)

rules_versions = Table(
    "rules_versions",
    meta,
    Column("id", _Int, primary_key=True, autoincrement=True),
    Column("version", Text, nullable=False),
    Column("source", LargeBinary, nullable=False),
    Column("published", _Int, nullable=False),
    Column("by", Text, nullable=False),
    Column("approver", Text),  # the second person, where one was asked
    Column("reason", Text),
    Column("agencies", _Int),  # how many it has; NULL of those from before these were counted
    Column("rules", _Int),
)

# Past letters under a draft of the rules: how far that is. Kept for a week.
replays = Table(
    "replays",
    meta,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # replay, or suggest: what they teach the rules in force
    Column("version", Text, nullable=False),  # of the draft
    Column("source", LargeBinary, nullable=False),
    Column("since", _Int, nullable=False),  # the letters received from then on …
    Column("until", _Int, nullable=False),  # … and before
    Column("by", Text, nullable=False),
    Column("asked", _Int, nullable=False),
    Column("state", Text, nullable=False),  # asked running done failed
    Column("total", _Int, nullable=False),
    Column("done", _Int, nullable=False),
    Column("unread", _Int, nullable=False),  # of these: could not be read
    Column("chosen", _Int, nullable=False),  # of these: a person chose the agency
    Column("last", Text, nullable=False),  # the letter that was looked at last; they go by their ids
    Column("attempts", _Int, nullable=False),  # at the letters behind it
    Column("due", _Int, nullable=False),  # when the sweeper may hand it out (again)
    Column("result", Text),  # what is suggested, JSON
)

# The letters that a draft would send elsewhere.
replayed = Table(
    "replayed",
    meta,
    Column("replay", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("was", Text, nullable=False),  # the agency that has it
    Column("was_by", Text, nullable=False),  # the rule that sent it there
    Column("now", Text, nullable=False),  # the agency under the draft
    Column("now_by", Text, nullable=False),
    Column("chosen", sa.Boolean, nullable=False),  # a person chose where it is
)

users = Table(
    "users",
    meta,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("password", Text, nullable=False),  # Argon2id
    Column("role", Text, nullable=False),  # agency or admin
    Column("agencies", Text, nullable=False),  # JSON list
    Column("session", Text, nullable=False),  # changes when every open session must end
    Column("created", _Int, nullable=False),
)

# Signs of life of each kind of process on each machine. What stands here without a host is none: it is the mark of
# the rules file that a machine saw last.
heartbeats = Table(
    "heartbeats",
    meta,
    Column("name", Text, primary_key=True),
    Column("host", Text, primary_key=True, default=""),
    Column("at", _Int, nullable=False),
    Column("info", Text, nullable=False),
)

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
