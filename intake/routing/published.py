"""The rules in force: the newest published version in the store, the same for every process on every host.

A changed file that passes `check` is published as the operator's; a bad one changes nothing, and is told once. What
was published is kept with its author and time, so that each decision can be replayed.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa
import structlog
from sqlalchemy import Connection

from intake import audit
from intake.config import Config
from intake.errors import Deferred, Misconfigured
from intake.heartbeat import HOST
from intake.routing.document import RulesFault
from intake.routing.lint import check_octets
from intake.routing.load import octets, parse, version
from intake.routing.rules import Rules
from intake.store import Store, heartbeats, insert, now, one_at_a_time, rules_versions

REFRESH_SECONDS = 1.0
LOCK = 0x1_A7E6  # of the one who publishes

log = structlog.get_logger("intake.rules")


class Published:
    """`current` never touches the store or the file; `refresh`, `follow` and `follow_file` do."""

    def __init__(self, store: Store, config: Config) -> None:
        self._store, self._path, self._domain = store, config.rules, config.mail_domain
        self._current: Rules | None = None
        self._seen: tuple[int, int, int] | None = None

    @property
    def current(self) -> Rules:
        """The rules in force as last seen. `Misconfigured` before any were published."""
        if self._current is None:
            self.refresh()
        if self._current is None:
            raise Misconfigured("no rules are published yet; start `intake up`, or `intake rules publish FILE`")
        return self._current

    def refresh(self) -> None:
        """Look whether a newer version was published."""
        with self._store.read() as conn:
            found = in_force(conn)
            if found is None or (self._current and self._current.version == found):
                return
            source = conn.scalar(sa.select(rules_versions.c.source).where(rules_versions.c.version == found).limit(1))
        self._current = parsed(bytes(source or b""), self._domain)

    def follow(self) -> None:
        """Refresh every second from a thread; for processes that must not wait for the store."""
        self.refresh()
        _every_second(self.refresh)

    def watch_file(self) -> None:
        """Follow the file every second from a thread. One process of each machine does it: whose workers get no letter
        would not see it change."""
        _every_second(self.follow_file)

    def follow_file(self) -> None:
        """Publish the rules file if it changed and is good, and look what others published: another process may have
        seen a good file that is broken by now. Costs one stat(2) and one look into the store when nothing changed."""
        mark = self._mark()
        if mark and mark != self._seen:
            for fault in self.publish_file():
                log.error("rules refused; the last good ones stay", fault=fault)
            self._seen = mark
        self.refresh()

    def _mark(self) -> tuple[int, int, int] | None:
        """What changes with the file; None when it is not there."""
        try:
            seen = self._path.stat()
        except OSError:
            return None
        return seen.st_mtime_ns, seen.st_size, seen.st_ino

    def publish_file(self, by: str = "operator", reason: str | None = None, *, again: bool = False) -> list[str]:
        """Publish the file if it is not the one this host saw last, or, with `again`, all the same; what is in force
        already is not published once more. Its faults if it cannot be."""
        try:
            source = octets(self._path)
        except RulesFault as fault:
            return fault.lines

        def is_news(conn: Connection) -> bool:
            return again or _last_seen(conn, self._path) != version(source)

        with self._store.read() as conn:
            if not is_news(conn):
                return []
        faults = check_octets(source, str(self._path), self._domain)
        if not faults:
            with self._store.write() as conn:
                one_at_a_time(conn, LOCK)
                if is_news(conn):
                    if in_force(conn) != version(source) and (again or not self._is_stale(conn, source)):
                        publish(conn, parsed(source, self._domain), by, reason=reason)
                    _saw(conn, self._path, version(source))
            self.refresh()
        return faults

    def _is_stale(self, conn: Connection, source: bytes) -> bool:
        """Whether this host has never told what it sees, and sees what was in force once and is no more: a rollback
        stands, whatever a machine that comes back under another name has on its disk."""
        known = sa.select(rules_versions.c.id).where(rules_versions.c.version == version(source)).limit(1)
        return _last_seen(conn, self._path) is None and conn.scalar(known) is not None


def _every_second(look: Callable[[], None]) -> None:
    def looking() -> None:
        while True:
            time.sleep(REFRESH_SECONDS)
            try:
                look()
            except (Deferred, RulesFault) as fault:
                log.warning("rules not followed", fault=type(fault).__name__)

    threading.Thread(target=looking, name="rules", daemon=True).start()


@lru_cache(maxsize=4)
def parsed(source: bytes, mail_domain: str) -> Rules:
    """The rules of a source that passed the check; reading one takes half a second, so the last few are kept."""
    return parse(source, f"version {version(source)}", mail_domain, published=True)


def publish(
    conn: Connection,
    rules: Rules,
    by: str,
    file: Path | None = None,
    *,
    approver: str | None = None,
    reason: str | None = None,
) -> None:
    """Make `rules` the version in force, from the end of the transaction on; `file` is where this host saw them."""
    said = {"approver": approver, "reason": reason}
    counts = {"agencies": len(rules.agencies), "rules": len(rules.rules)}
    row = {"version": rules.version, "source": rules.source, "published": now(), "by": by}
    detail = {"instead of": in_force(conn), **said}
    insert(conn, rules_versions, [row | said | counts])
    told = {name: value for name, value in detail.items() if value}
    audit.record(conn, [audit.Event("rules published", rules.version, None, by, told)])
    if file:
        _saw(conn, file, rules.version)


def in_force(conn: Connection) -> str | None:
    """The version in force; None before any was published."""
    return conn.scalar(sa.select(rules_versions.c.version).order_by(rules_versions.c.id.desc()).limit(1))


def _saw(conn: Connection, file: Path, seen: str) -> None:
    """This host has seen this version in the file: it is not published again until the file is another one."""
    conn.execute(sa.delete(heartbeats).where(heartbeats.c.name == _name(file)))
    insert(conn, heartbeats, [{"name": _name(file), "at": now(), "info": json.dumps({"version": seen})}])


def _name(path: Path) -> str:
    return f"rules {HOST}:{path}"


def _last_seen(conn: Connection, path: Path) -> str | None:
    info = conn.scalar(sa.select(heartbeats.c.info).where(heartbeats.c.name == _name(path)))
    return str(json.loads(info)["version"]) if info else None
