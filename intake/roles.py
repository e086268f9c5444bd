"""PostgreSQL roles: what the doors and the workers may do in the database, and nothing more.

The doors' role inserts letters and says of them that they were accepted, calls the look-ups of `intake/lookup.py`,
follows the published rules and gives signs of life. The workers' and the desk's role reads and writes every table, but
of an event only its place in the chain: what happened is never changed or deleted (AU3). Neither owns anything; the
owner's role migrates and restores. What is not granted here is not granted: a table of a later migration is closed to
the doors until it is listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from intake.lookup import LOOKUPS
from intake.store import events, heartbeats, meta

DOOR, WORKER = "intake_door", "intake_worker"

Rights = Mapping[str, Mapping[str, Sequence[str]]]
"""Table → privilege → columns; none named: the whole table."""

_HAPPENED = ("at", "what", "subject", "ticket", "by", "detail")  # of an event, without its place in the chain
_SCHEMA = {"alembic_version": {"SELECT": ("version_num",)}}

DOOR_RIGHTS: Rights = _SCHEMA | {
    "contents": {"INSERT": ("id", "sealed")},
    "letters": {
        "INSERT": (
            *("id", "ticket", "kind", "channel", "target", "content", "kid", "data_key", "octets", "notice"),
            *("received", "state", "attempts", "claimed_by", "due"),
        )
    },
    "tickets": {"INSERT": ("ref", "letter", "linked_to", "state", "channel", "received", "notice", "tags", "consent")},
    "events": {"INSERT": _HAPPENED},
    "rules_versions": {"SELECT": ("id", "version", "source")},
    "heartbeats": {"SELECT": heartbeats.c.keys(), "INSERT": heartbeats.c.keys(), "DELETE": ()},
}

WORKER_RIGHTS: Rights = (
    _SCHEMA
    | {table.name: dict.fromkeys(("SELECT", "INSERT", "UPDATE", "DELETE"), ()) for table in meta.sorted_tables}
    | {events.name: {"SELECT": (), "INSERT": _HAPPENED, "UPDATE": ("position", "hash")}}
)


def statements(door: str = DOOR, worker: str = WORKER, schema: str = "public") -> Iterator[str]:
    """The SQL that makes the two roles and gives each its rights, the same as often as it runs."""
    yield "BEGIN"
    for role in (door, worker):
        missing = f"IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')"
        yield f"""DO $$ BEGIN {missing} THEN CREATE ROLE "{role}" LOGIN; END IF; END $$"""
    both = f'"{door}", "{worker}"'
    yield f'REVOKE CREATE ON SCHEMA "{schema}" FROM PUBLIC, {both}'
    yield f'GRANT USAGE ON SCHEMA "{schema}" TO {both}'
    for kind in ("TABLES", "SEQUENCES"):
        yield f'REVOKE ALL ON ALL {kind} IN SCHEMA "{schema}" FROM PUBLIC, {both}'
    for name in LOOKUPS:
        function = f'FUNCTION "{schema}".look_up_{name}(text)'
        yield f"REVOKE ALL ON {function} FROM PUBLIC"
        yield f"GRANT EXECUTE ON {function} TO {both}"
    for role, rights in ((door, DOOR_RIGHTS), (worker, WORKER_RIGHTS)):
        for table, allowed in rights.items():
            some = ", ".join(f"{what} ({', '.join(columns)})" if columns else what for what, columns in allowed.items())
            yield f'GRANT {some} ON "{schema}".{table} TO "{role}"'
    trail = f'"{schema}".{events.name}'
    yield f"ALTER TABLE {trail} ENABLE ROW LEVEL SECURITY"  # then only what a policy lets through
    for policy, rows in (
        ("reading", "FOR SELECT USING (true)"),  # for whoever may read the table at all
        (door, f"""FOR INSERT TO "{door}" WITH CHECK (what = 'accepted')"""),
        (worker, f'TO "{worker}" USING (true) WITH CHECK (true)'),
    ):
        yield f'DROP POLICY IF EXISTS "{policy}" ON {trail}'
        yield f'CREATE POLICY "{policy}" ON {trail} {rows}'
    yield f'GRANT USAGE ON SEQUENCE "{schema}".events_id_seq TO {both}'
    yield f'GRANT USAGE ON SEQUENCE "{schema}".rules_versions_id_seq TO "{worker}"'
    yield "COMMIT"


_HELD = sa.text("""
    SELECT c.relname AS name, p.privilege, a.attname AS of_column
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) AS p(privilege)
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND has_column_privilege(c.oid, a.attnum, p.privilege)
    UNION ALL
    SELECT c.relname, p.privilege, NULL
    FROM pg_class c
    CROSS JOIN unnest(ARRAY['DELETE', 'TRUNCATE', 'TRIGGER']) AS p(privilege)
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND has_table_privilege(c.oid, p.privilege)
    ORDER BY 1, 2, 3
""")


def excess(conn: Connection) -> list[str]:
    """What the role of `conn` may do that a door must not, as "SELECT on letters"; nothing to say of SQLite."""
    if conn.dialect.name != "postgresql":
        return []
    found = [f"{row.privilege} on {row.name}" for row in conn.execute(_HELD) if not _is_a_door_s(row)]
    if not conn.scalar(sa.select(sa.func.row_security_active(events.name))):
        found.append(f"INSERT of any kind on {events.name}")
    return list(dict.fromkeys(found))


def _is_a_door_s(row: sa.Row[tuple[str, str, str | None]]) -> bool:
    allowed = DOOR_RIGHTS.get(row.name, {}).get(row.privilege)
    return allowed is not None and (row.of_column is None or row.of_column in allowed)
