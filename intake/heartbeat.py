"""Signs of life: each process says every few seconds, in the store, that it is at work, and on which machine."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from intake.store import DAY, Row, heartbeats, insert, now

HOST = socket.gethostname()


def beat(conn: Connection, name: str, info: Row) -> None:
    """Say that the process `name` of this machine is at work."""
    conn.execute(sa.delete(heartbeats).where(heartbeats.c.name == name, heartbeats.c.host == HOST))
    insert(conn, heartbeats, [{"name": name, "host": HOST, "at": now(), "info": json.dumps(info)}])


@dataclass(frozen=True, slots=True)
class Sign:
    """The last sign of life of the process `name` on a machine; `at` in milliseconds since 1970."""

    name: str
    host: str
    at: int


def signs(conn: Connection) -> list[Sign]:
    """Each process that gave a sign of life within a day, by its name and machine; a machine silent for longer is no
    part of the installation any more."""
    query = sa.select(heartbeats.c.name, heartbeats.c.host, heartbeats.c.at)
    lately = query.where(heartbeats.c.host != "", heartbeats.c.at > now() - DAY)
    return [Sign(*row) for row in conn.execute(lately.order_by(heartbeats.c.name, heartbeats.c.host))]
