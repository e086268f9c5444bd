"""The store on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from intake import migrations
from intake.errors import Conflict, Misconfigured, StoreBusy
from intake.store import Store, contents, events, insert, insert_new, letters, meta


def test_migrations_make_exactly_the_tables_of_the_program(store: Store) -> None:
    """The migrated schema and the tables in code are the same."""
    with store.read() as conn:
        assert compare_metadata(MigrationContext.configure(conn), meta) == []


def test_an_older_database_keeps_its_rows(database: str) -> None:
    """CR14: what was stored under the first schema is there under the newest."""
    store = Store(database)
    config = migrations._config()
    with store.write() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "0001")
        row = {"id": "A", "kind": "new", "channel": "form", "target": "contact", "content": "A", "kid": "k"}
        row |= {"octets": 1, "notice": "2026-11", "received": 1, "state": "waiting", "attempts": 0, "claimed_by": ""}
        old = sa.table("letters", *map(sa.column, (*row, "due", "released")))
        conn.execute(sa.insert(old).values(**row, due=1, released=False))
    with pytest.raises(Misconfigured, match="intake migrate"):
        store.check()
    migrations.upgrade(store)
    store.check()
    with store.read() as conn:
        assert conn.scalar(sa.select(letters.c.target)) == "contact"
    store.close()


def test_a_database_without_schema_is_refused_with_the_cure(database: str) -> None:
    """A process does not start on a database that was never migrated."""
    store = Store(database)
    with pytest.raises(Misconfigured, match="intake migrate"):
        store.check()


def test_a_migrated_database_passes_the_check_and_migrating_twice_is_harmless(store: Store) -> None:
    """`upgrade` may run at every start."""
    migrations.upgrade(store)
    store.check()


def test_what_raises_inside_a_write_leaves_nothing(store: Store) -> None:
    """A transaction is all or nothing."""

    def fails_half_way() -> None:
        with store.write() as conn:
            insert(conn, contents, [{"id": "a", "sealed": b"x"}])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails_half_way()
    with store.read() as conn:
        assert conn.execute(sa.select(contents)).all() == []


def test_insert_new_leaves_what_is_there(store: Store) -> None:
    """The second row of the same key changes nothing, and only the new ones are counted."""
    told = []
    for ids, sealed in (("a", b"first"), ("a", b"second"), ("abc", b"third"), ("", b"")):
        with store.write() as conn:
            told.append(insert_new(conn, contents, [{"id": one, "sealed": sealed} for one in ids]))
    assert told == [1, 0, 2, 0]
    with store.read() as conn:
        assert conn.scalar(sa.select(contents.c.sealed).where(contents.c.id == "a")) == b"first"


def test_writers_that_read_first_wait_for_each_other(store: Store) -> None:
    """Two writing transactions that read and then write both succeed (SQLite: BEGIN IMMEDIATE)."""
    faults: list[Exception] = []

    def write(name: str) -> None:
        try:
            for n in range(20):
                with store.write() as conn:
                    conn.execute(sa.select(sa.func.count()).select_from(contents)).scalar()
                    insert(conn, contents, [{"id": f"{name}{n}", "sealed": b""}])
        except Exception as fault:  # noqa: BLE001 - told to the test
            faults.append(fault)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as conn:
        assert (faults, conn.scalar(sa.select(sa.func.count()).select_from(contents))) == ([], 60)


def test_sqlite_commits_are_on_disk_before_they_return(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """CR10: WAL with synchronous=FULL, and deleted text does not stay in free pages."""
    store = Store(f"sqlite:///{tmp_path}/store/intake.db")
    with store.read() as conn:
        found = [conn.exec_driver_sql(f"PRAGMA {p}").scalar() for p in ("journal_mode", "synchronous", "secure_delete")]
    assert found == ["wal", 2, 1]


def test_a_database_that_is_away_is_deferred() -> None:
    """CR9: trouble of the database's is ours and temporary, whatever the driver calls it."""
    with pytest.raises(StoreBusy), Store("postgresql://nobody@127.0.0.1:1/none").read():
        pass


def test_parameters_stay_out_of_the_database_s_errors(store: Store) -> None:
    """PI3: an SQL error shows no value."""
    with pytest.raises(Conflict) as caught, store.write() as conn:
        insert(conn, events, [{"at": 1, "what": None, "subject": "maria@post.example", "by": "x", "detail": ""}])
    assert (str(caught.value), caught.value.__cause__) == ("", None)


def test_a_view_is_of_one_moment(store: Store) -> None:
    """What is committed while somebody reads is not seen by a second look: a sum over two tables is of one moment."""
    with store.write() as conn:
        insert(conn, contents, [{"id": "first", "sealed": b""}])
    with store.read() as view:
        looks = [view.scalar(sa.select(sa.func.count()).select_from(contents))]
        with store.write() as conn:
            insert(conn, contents, [{"id": "second", "sealed": b""}])
        looks.append(view.scalar(sa.select(sa.func.count()).select_from(contents)))
    assert looks == [1, 1]
    with store.read() as view:
        assert view.scalar(sa.select(sa.func.count()).select_from(contents)) == 2


def test_nothing_is_written_through_a_view(store: Store) -> None:
    """A slip of the program writes nothing where it said that it reads; and the connection writes again afterwards."""
    with store.read() as view:
        insert(view, contents, [{"id": "slip", "sealed": b""}])
    with store.write() as conn:
        insert(conn, contents, [{"id": "meant", "sealed": b""}])
    with store.read() as view:
        assert view.scalars(sa.select(contents.c.id)).all() == ["meant"]
