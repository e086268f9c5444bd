"""Backup and restore: every row of the store as it was at one moment, in a folder that can be checked.

The copy is one SQLite file whatever the database is, read in one snapshot while letters come in, and goes back into
either (docs/decisions/0023). With it lie the rules in force and a manifest. No key is in it: without the keys it is
worthless to whoever finds it. Nor is the anchor of the audit chain: beside the backup it would prove nothing.

A backup is whole or not there. A restore goes into an empty store, in one transaction, or not at all; what was lost
between backup and anchor is said before, and stands in the audit trail afterwards.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy import Connection

from intake import audit, migrations, ticket, vault
from intake.claim import PAUSED
from intake.config import Config
from intake.durable import sync_folder
from intake.errors import StoreFull
from intake.store import Row, Store, events, heartbeats, insert, letters, meta, now, outbox, rules_versions, users

FORMAT = 1
STORE, RULES, MANIFEST = "store.db", "rules.yaml", "manifest.json"
BATCH = 20  # rows in memory at once: each may be as large as the largest letter

_TABLES = [table for table in meta.sorted_tables if table is not heartbeats]  # signs of life are true only now


class Unusable(Exception):
    """A backup that cannot be made, or not be put in place; the text is one line that says why, and the cure."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `chain`: the last entry of the audit chain; `unchained` events came after it. `keys`: the
    ids of those that its letters are sealed to. `files`: SHA-256 of each."""

    format: int
    made: str
    schema: str
    counts: dict[str, int]
    sums: dict[str, int]
    chain: int
    head: str
    unchained: int
    keys: list[str]
    files: dict[str, str]


def backup(store: Store, folder: Path) -> Manifest:
    """Make the backup `folder`. `Unusable` when it is there already or cannot be written; then nothing is left."""
    folder = folder.absolute()
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        if folder.exists():
            raise Unusable(f"{folder}: is there already; name a folder that is not")
        draft.mkdir(mode=0o700)
        manifest = _fill(store, draft)
        sync_folder(draft)
        draft.rename(folder)
        sync_folder(folder.parent)
    except (StoreFull, OSError) as fault:
        raise Unusable(f"{folder}: cannot be written ({_reason(fault)}); nothing is left of it") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def _fill(store: Store, draft: Path) -> Manifest:
    with _opened(draft / STORE) as copied:
        migrations.upgrade(copied)
        _one_file(copied)
        with _snapshot(store) as source, copied.write() as conn:
            _copy(source, conn)
        with copied.read() as conn:
            rules = conn.scalar(sa.select(rules_versions.c.source).order_by(rules_versions.c.id.desc()).limit(1))
            contents = _contents(conn)
    if rules is not None:
        (draft / RULES).write_bytes(rules)
    files = {path.name: _digest(path) for path in sorted(draft.iterdir())}
    manifest = Manifest(format=FORMAT, made=str(ticket.rfc3339(now())), files=files, **contents)
    (draft / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1) + "\n")
    for path in draft.iterdir():
        path.chmod(0o600)
        with path.open("rb") as file:
            os.fsync(file.fileno())
    return manifest


def _contents(conn: Connection) -> Row:
    """The manifest's part that is counted in the copy itself."""
    chain, head = audit.head(conn)
    sealed = sa.select(letters.c.kid).where(letters.c.data_key.is_not(None)).distinct().order_by(letters.c.kid)
    return {
        "schema": migrations.head(),
        "counts": {t.name: conn.scalar(sa.select(sa.func.count()).select_from(t)) for t in _TABLES},
        "sums": ticket.sums(conn),
        "chain": chain,
        "head": head,
        "unchained": conn.scalar(sa.select(sa.func.count()).where(events.c.position.is_(None))),
        "keys": list(conn.scalars(sealed)),
    }


@contextmanager
def _opened(file: Path) -> Iterator[Store]:
    store = Store(sa.URL.create("sqlite", database=str(file)).render_as_string())
    try:
        yield store
    finally:
        store.close()


def _one_file(store: Store) -> None:
    """No write-ahead log beside the file: what is written to it needs no room twice, and is whole without it."""
    raw = store.engine.raw_connection()
    raw.cursor().execute("PRAGMA journal_mode=DELETE")
    raw.close()  # into the pool: the next transaction goes on with it


@contextmanager
def _snapshot(store: Store) -> Iterator[Connection]:
    """One moment of the whole store, however long it takes to read it."""
    with store.read() as conn:
        if not store.sqlite:
            conn.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        yield conn


def _copy(source: Connection, target: Connection) -> None:
    for table in _TABLES:
        rows = source.execute(sa.select(table), execution_options={"yield_per": BATCH}).mappings()
        for some in rows.partitions():
            insert(target, table, [dict(row) for row in some])


def _reason(fault: StoreFull | OSError) -> str:
    return (fault.strerror if isinstance(fault, OSError) else None) or "the disk is full"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ── restore ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put in place. `lost`: how many events, at most, came after the backup; None when there was no anchor
    to tell it by."""

    manifest: Manifest
    lost: int | None


def restore(config: Config, folder: Path, *, accept_loss: bool = False) -> Restored:
    """Put the backup `folder` into the empty store of this installation, which does not run, and make the audit chain
    go on from there. `Unusable` when it cannot be, or when something is lost and nobody said `accept_loss`."""
    manifest = _manifest(folder)
    _keys_are_there(config.home, manifest)
    key, anchor = vault.load_vault(config.home).subkey("audit"), config.home / "audit.anchor"
    try:
        with tempfile.TemporaryDirectory(dir=config.home, prefix="restore-") as scratch:
            file = _taken_over(folder, manifest, Path(scratch))
            with _opened(file) as copied:
                migrations.upgrade(copied)
                lost = _lost(copied, key, Path(scratch) / "anchor", audit.read_anchor(anchor), manifest)
                if lost and not accept_loss:
                    raise Unusable(
                        f"the backup ends at entry {manifest.chain} of the audit chain, the anchor stands at "
                        f"{manifest.chain + lost}: what came later is lost (at most {lost} events), letters with it; "
                        "take a newer backup, or say --accept-loss"
                    )
                _make_ready(copied, manifest, lost)
                _seal(copied, key, Path(scratch) / "anchor")
                _put_in_place(config, copied)
                _anchor(copied, anchor)
    except (StoreFull, OSError) as fault:
        raise Unusable(f"nothing is restored: there is no room, or no right to write ({_reason(fault)})") from None
    return Restored(manifest, lost)


def _manifest(folder: Path) -> Manifest:
    try:
        read = json.loads((folder / MANIFEST).read_bytes())
        if read["format"] > FORMAT or read["schema"] not in migrations.known():
            raise Unusable(f"{folder}: was made by a newer version of this program; restore it with that one")
        manifest = TypeAdapter(Manifest).validate_python(read)
        if not {STORE} <= manifest.files.keys() <= {STORE, RULES}:
            raise ValueError
        return manifest
    except FileNotFoundError:
        raise Unusable(f"{folder}: is no backup: it has no {MANIFEST}") from None
    except (ValueError, KeyError, TypeError):
        raise Unusable(f"{folder / MANIFEST}: is damaged; take another backup") from None


def _keys_are_there(home: Path, manifest: Manifest) -> None:
    needed = [*(f"keys/{key}.key" for key in [*manifest.keys, "secret"]), "public/seal.json"]
    missing = [name for name in needed if not (home / name).exists()]
    if missing:
        cure = "put the backup of the keys there first: without them nobody can read these letters"
        raise Unusable(f"{home}: there is no {', '.join(missing)}; {cure}")


def _taken_over(folder: Path, manifest: Manifest, scratch: Path) -> Path:
    """A copy of the store's file to work on; `Unusable` when any file of the backup is not what was written."""
    for name, digest in manifest.files.items():
        try:
            shutil.copyfile(folder / name, scratch / name)
        except FileNotFoundError:
            raise Unusable(f"{folder / name}: is missing; take another backup") from None
        if _digest(scratch / name) != digest:
            raise Unusable(f"{folder / name}: is damaged: it is not what was written; take another backup")
    return scratch / STORE


def _lost(copied: Store, key: bytes, scratch: Path, anchored: tuple[int, str] | None, manifest: Manifest) -> int | None:
    """How many events, at most, were chained after the backup and are not in it. Its own unchained events are given
    their place: if the anchor is on the chain then, nothing is missing."""
    verdict = audit.verify(copied, key, scratch)
    if verdict.fault:
        raise Unusable(f"the audit chain of the backup is broken ({verdict.fault}), or secret.key is not its own")
    _seal(copied, key, scratch)
    if anchored is None:
        return None
    position, hash_ = anchored
    with copied.read() as conn:
        if conn.scalar(sa.select(events.c.hash).where(events.c.position == position)) == hash_:
            return 0
    if position <= manifest.chain:
        raise Unusable("audit.anchor is not of this backup's chain: one of them is another installation's")
    return position - manifest.chain


def _seal(copied: Store, key: bytes, scratch: Path) -> None:
    while audit.seal(copied, key, scratch):
        pass


def _make_ready(copied: Store, manifest: Manifest, lost: int | None) -> None:
    """What is not so any more. Here tombstones of destroyed tickets will be replayed, before anything is opened."""
    with copied.write() as conn:
        for table, state in ((letters, "waiting"), (outbox, "queued")):
            in_hand = table.c.state == state, table.c.claimed_by.not_in(("", PAUSED))
            conn.execute(sa.update(table).where(*in_hand).values(claimed_by="", due=now()))  # nobody works on it now
        span = {"from": manifest.chain, "to": manifest.chain + (lost or 0), "made": manifest.made}
        audit.record(conn, [audit.Event("restored", manifest.files[STORE][:16], None, "operator", span)])


def _put_in_place(config: Config, copied: Store) -> None:
    """All rows, in one transaction. What a first start left there, its rules and their events, makes room."""
    store = Store(config.database)
    try:
        migrations.upgrade(store)
        with store.write() as conn, copied.read() as source:
            if any(conn.execute(sa.select(table).limit(1)).first() for table in (letters, users)):
                raise Unusable("this store has letters or accounts; a restore goes into an empty one")
            for table in reversed(meta.sorted_tables):
                conn.execute(sa.delete(table))
            _copy(source, conn)
            if not store.sqlite:
                _count_on(conn)
    finally:
        store.close()


def _count_on(conn: Connection) -> None:
    """PostgreSQL's sequences do not see ids that came with the rows."""
    for table in (events, rules_versions):
        last = sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0) + 1).scalar_subquery()
        conn.execute(sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(table.name, "id"), last, False)))


def _anchor(copied: Store, path: Path) -> None:
    """The chain goes on from what is in place now."""
    with copied.read() as conn:
        head = audit.head(conn)
    try:
        audit.set_anchor(path, *head)
    except OSError as fault:
        raise Unusable(f"all is restored but {path} ({_reason(fault)}); remove it before the start") from None
