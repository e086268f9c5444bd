"""How we are connected to SQLite and to PostgreSQL: what a commit means there, and how long we wait for either."""

from __future__ import annotations

from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from intake.errors import Misconfigured

BUSY_SECONDS = 10
ANSWER_SECONDS = 75  # PostgreSQL ends a statement after 60; one that says nothing for longer is stopped or cut off


def sqlite(url: str) -> Engine:
    """A file that several processes write to; a transaction begins as the option `intake_begin` says."""
    engine = sa.create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})

    @sa.event.listens_for(engine, "connect")
    def settings(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None  # SQLAlchemy's "begin" event decides, not the driver
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # a commit is on disk before it returns
            "foreign_keys=ON",
            "secure_delete=ON",  # gone means gone, also from free pages
            "wal_autocheckpoint=4000",
        ):
            dbapi.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begin(conn: Connection) -> None:
        if how := conn.get_execution_options().get("intake_begin", "BEGIN"):
            conn.exec_driver_sql(how)

    return engine


def postgresql(url: str) -> Engine:
    """A server; `Misconfigured` when the URL is of neither kind."""
    url = url.replace("postgres://", "postgresql://", 1).replace("postgresql://", "postgresql+psycopg://", 1)
    if not url.startswith("postgresql+psycopg://"):
        raise Misconfigured("INTAKE_DATABASE_URL: write sqlite:///… or postgresql://…")
    options = f"-c lock_timeout={BUSY_SECONDS}s -c statement_timeout=60s -c timezone=UTC"
    engine = sa.create_engine(
        url, hide_parameters=True, pool_pre_ping=True, connect_args={"options": options, "connect_timeout": 5}
    )

    @sa.event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, _args: Any, options: Any) -> _Impatient:
        return _Impatient.connect(**options)

    return engine


class _Impatient(psycopg.Connection[Any]):
    """Gives up on a server that says nothing, where libpq waits for ever; the server's own limits cannot end that."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """As psycopg's, through which every statement goes."""
        try:
            return super().wait(gen, interval, timeout or ANSWER_SECONDS)
        except psycopg.OperationalError:
            self.pgconn.finish()  # else a rollback would wait as long again
            raise
