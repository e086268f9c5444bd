"""Every version of the rules that was ever published, with who published it, when and why.

The rule it keeps: history is never rewritten. Going back to an older version publishes it once more, after the same
check as any file.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from intake.routing.lint import check_octets
from intake.routing.published import LOCK, parsed, publish
from intake.store import Store, one_at_a_time, rules_versions


@dataclass(frozen=True, slots=True)
class Version:
    """One publication. `published` is in milliseconds; `agencies` and `rules` count what is in it, None where that was
    not counted; `approver` is the second person, where one was asked."""

    version: str
    published: int
    by: str
    approver: str | None
    reason: str | None
    agencies: int | None
    rules: int | None
    in_force: bool = False


_COLUMNS = [rules_versions.c[name] for name in Version.__slots__ if name != "in_force"]


class Unknown(LookupError):
    """No version, or more than one, goes by what was typed; the text says which and what to write."""


def history(conn: Connection) -> list[Version]:
    """All publications, newest first; the newest is in force."""
    rows = conn.execute(sa.select(*_COLUMNS).order_by(rules_versions.c.id.desc()))
    return [Version(**row, in_force=not n) for n, row in enumerate(rows.mappings())]


def find(conn: Connection, prefix: str = "") -> tuple[str, bytes]:
    """The version that begins with `prefix` and its octets, of none the one in force; `Unknown`."""
    wanted = sa.select(rules_versions.c.version).order_by(rules_versions.c.id.desc())
    if prefix:
        wanted = wanted.where(rules_versions.c.version.startswith(prefix.lower(), autoescape=True))
    found = list(dict.fromkeys(conn.scalars(wanted)))
    if not found:
        none = f"no version begins with {prefix}; `intake rules history` lists them"
        raise Unknown(none if prefix else "no rules are published yet")
    if prefix and len(found) > 1:
        raise Unknown(f"several versions begin with {prefix}: {', '.join(found[:5])}; write more of it")
    source = sa.select(rules_versions.c.source).where(rules_versions.c.version == found[0])
    return found[0], bytes(conn.scalars(source.limit(1)).one())


def roll_back(store: Store, version: str, mail_domain: str, by: str, reason: str) -> list[str]:
    """Publish a version once more; its faults if it does not pass the check any more. `Unknown`.

    The rules file of each machine stays as it is, and nobody publishes it again until it is changed.
    """
    with store.read() as conn:
        version, source = find(conn, version)
    faults = check_octets(source, f"version {version}", mail_domain)
    if not faults:
        rules = parsed(source, mail_domain)
        with store.write() as conn:
            one_at_a_time(conn, LOCK)
            publish(conn, rules, by, reason=reason)
    return faults
