"""Backup and restore, rehearsed: what was taken in is there again, opens, goes on, and nothing is hidden."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from intake import audit, backup, claim, doctor, migrations, ticket, vault
from intake.cli import cli
from intake.config import Config
from intake.door import Door, Target
from intake.errors import Misconfigured
from intake.letter import Envelope
from intake.queue import Queue
from intake.routing.published import Published, parsed, publish
from intake.store import Store, events, letters, outbox
from tests.conftest import ROOT, environment
from tests.road import Mailbox, Road, alias_of, mail
from tests.test_relay import CITIZEN, DMV, FAR, answer
from tests.tmpfs import needs_mount, small_disk
from tests.wire import kept

CONTACT = "contact@intake.example"
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@contextmanager
def another(config: Config, home: Path, database: str = "") -> Iterator[Config]:
    """Settings of a new machine, where the keys were copied to. Its database is empty, and of the kind of `database`;
    without one, of the same kind."""
    for name in ("keys", "public"):
        shutil.copytree(config.home / name, home / name)
    home.chmod(0o700)
    with empty(database or config.database, home) as url:
        yield Config(  # type: ignore[call-arg]
            home=home, database_url=url, rules=config.rules, smarthost=config.smarthost, _env_file=None
        )


@contextmanager
def empty(like: str, home: Path) -> Iterator[str]:
    """URL of an empty database of the same kind."""
    if like.startswith("sqlite"):
        yield f"sqlite:///{home}/store/intake.db"
        return
    url, name = sa.make_url(like), f"t{uuid.uuid4().hex}"
    admin = sa.create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.execute(sa.text(f"CREATE DATABASE {name}"))
    yield url.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as conn:
        conn.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but the signs of life."""
    with store.read() as conn:
        return {t.name: sorted(map(tuple, conn.execute(sa.select(t))), key=repr) for t in backup._TABLES}


def count(store: Store) -> int:
    with store.read() as conn:
        return conn.scalar(sa.select(sa.func.count()).select_from(letters)) or 0


def letter(road: Road, word: str, **headers: str) -> str:
    """Take a letter in that is known by `word`; its reference."""
    return road.mail(CITIZEN, CONTACT, mail(f"My driver's license, {word}.", sender=CITIZEN, **headers))[0]


def in_every_state(road: Road, mailbox: Mailbox) -> None:
    """Letters that wait, are in hand, done, held, twice there; messages sent, answered, queued and refused."""
    letter(road, "answered")
    letter(road, "once", message_id="<1@post.example>")
    letter(road, "once", message_id="<1@post.example>")
    road.work()
    alias = alias_of(mailbox.to(DMV)[0])
    road.mail(DMV, alias, answer())
    road.mail("stranger@far.example", alias, mail("It is I.", sender="stranger@far.example"), client=FAR)
    road.work()
    for reply, word in (("550 no", "refused"), ("451 busy", "queued")):
        mailbox.replies = [reply]
        letter(road, word)
        road.work()
    in_hand = letter(road, "in-hand")
    letter(road, "waiting")
    with road.store.write() as conn:
        claim.claim(conn, letters, [in_hand], ["waiting"], "elsewhere:1:1")


@contextmanager
def accepting(road: Road) -> Iterator[list[str]]:
    """Letters come in all the while; their references."""
    taken: list[str] = []
    end, begun = threading.Event(), threading.Event()

    def accept() -> None:
        while not end.is_set() and len(taken) < 50:
            taken.append(letter(road, "meanwhile"))
            begun.set()

    thread = threading.Thread(target=accept)
    thread.start()
    assert begun.wait(20)
    try:
        yield taken
    finally:
        end.set()
        thread.join()


def test_the_drill(road: Road, mailbox: Mailbox, tmp_path: Path) -> None:
    """CR14, KY5: backed up while letters come in, lost, restored elsewhere with the keys; then all of it goes on."""
    in_every_state(road, mailbox)
    road.seal()
    with accepting(road) as taken:
        made = backup.backup(road.store, tmp_path / "backup")
    assert made.sums["difference"] == 0
    assert {"answered", "held", "routed", "duplicate", "waiting"} <= made.sums.keys()
    assert made.counts["letters"] <= count(road.store)

    road.redeliver()  # what happens after the backup is lost with this machine
    road.work()
    after = letter(road, "lost")
    road.seal()
    told = audit.read_anchor(road.bench.anchor)
    with another(road.config, tmp_path / "new") as config:
        shutil.copy(road.bench.anchor, config.home)
        at_most = told[0] - made.chain
        says = rf"ends at entry {made.chain} .* stands at {told[0]}: .* is lost \(at most {at_most} events\), letters"
        with pytest.raises(backup.Unusable, match=says):
            backup.restore(config, tmp_path / "backup")
        restored = backup.restore(config, tmp_path / "backup", accept_loss=True)
        assert (restored.manifest, restored.lost) == (made, at_most)
        store = Store(config.database)
        store.check()
        there = {name: len(found) for name, found in rows(store).items()}
        assert there == made.counts | {"events": made.counts["events"] + 1}

        key = vault.load_vault(config.home).subkey("audit")
        assert audit.verify(store, key, config.home / "audit.anchor") == audit.Verdict(there["events"], 0, "")
        with store.read() as conn:
            (lost,) = conn.execute(sa.select(events).where(events.c.what == "restored"))
            assert ticket.sums(conn) == made.sums
        detail = {"from": made.chain, "to": told[0], "made": made.made}
        assert (lost.by, json.loads(lost.detail)) == ("operator", detail)
        opened = kept(config, store)
        assert len(opened) == made.counts["letters"]
        assert after not in {one.id for one in opened}
        assert not [line for line in doctor.findings(config) if "broken" in str(line) or "no state" in str(line)]

        again = Road(config, store, Published(store, config))
        again.work()
        again.redeliver()
        with store.read() as conn:
            assert conn.scalar(sa.select(sa.func.count()).where(letters.c.state == "waiting")) == 0
            assert conn.scalar(sa.select(sa.func.count()).where(outbox.c.state == "queued")) == 0
        assert again.sums()["difference"] == 0
        assert again.seal().fault == ""
        again.bench.courier.close()
        store.close()
    assert taken
    for word, most in (("answered", 1), ("once", 1), ("queued", 1), ("in-hand", 1), ("waiting", 2)):
        got = [message for message in mailbox.to(DMV) if f"license, {word}." in str(message.get_content())]
        assert len({re.search(r"\[([0-9A-Z-]{14})\]", str(message["Subject"]))[1] for message in got}) == 1, word
        assert 1 <= len({message["Message-ID"] for message in got}) <= most, word


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_backup_goes_into_either_database(
    road: Road, mailbox: Mailbox, tmp_path: Path, kind: str, postgresql: str
) -> None:
    """Every row is the same afterwards, from SQLite or PostgreSQL into SQLite or PostgreSQL."""
    letter(road, "one")
    road.form(message="A pothole.", reply="none")
    road.work()
    road.seal()
    before = rows(road.store)
    backup.backup(road.store, tmp_path / "backup")
    with another(road.config, tmp_path / "new", postgresql if kind == "postgresql" else "sqlite") as config:
        backup.restore(config, tmp_path / "backup")
        store = Store(config.database)
        after = rows(store)
        added = [row for row in after.pop("events") if row not in before["events"]]
        assert after == {name: found for name, found in before.items() if name != "events"}
        assert [row[2] for row in added] == ["restored"]
        store.close()


@on_sqlite
def test_a_backup_is_for_its_owner_and_holds_no_key(road: Road, tmp_path: Path) -> None:
    """Nobody else can read the folder; no key and no anchor is in it; the digests are those of `sha256sum`."""
    letter(road, "one")
    folder = tmp_path / "backup"
    made = backup.backup(road.store, folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == {
        "manifest.json": 0o600,
        "rules.yaml": 0o600,
        "store.db": 0o600,
    }
    assert (folder / "rules.yaml").read_bytes() == road.published.current.source
    everything = b"".join(path.read_bytes() for path in folder.iterdir())
    for secret in (road.config.home / "keys").iterdir():
        assert secret.read_bytes().strip() not in everything
    assert CITIZEN.encode() not in everything
    assert made.keys == [road.vault.kid]
    assert made.sums["waiting"] == 1


@on_sqlite
def test_a_folder_that_is_there_is_left_alone(road: Road, tmp_path: Path) -> None:
    """An older backup is never written over, not even an empty folder."""
    folder = tmp_path / "backup"
    folder.mkdir()
    with pytest.raises(backup.Unusable, match="is there already"):
        backup.backup(road.store, folder)
    assert list(folder.iterdir()) == []


@needs_mount
@on_sqlite
def test_a_full_disk_leaves_nothing_of_a_backup(road: Road, tmp_path: Path) -> None:
    """One clear line, and no half of a backup."""
    road.form(message="x" * 400_000, reply="none")
    with small_disk(tmp_path / "disk", 500_000) as disk:
        with pytest.raises(backup.Unusable, match=r"backup: cannot be written .*; nothing is left of it"):
            backup.backup(road.store, disk / "backup")
        assert list(disk.iterdir()) == []


@needs_mount
@on_sqlite
def test_a_full_disk_leaves_nothing_of_a_restore(road: Road, tmp_path: Path) -> None:
    """The store is as empty as it was, and a restore on a larger disk goes well."""
    road.form(message="x" * 400_000, reply="none")
    backup.backup(road.store, tmp_path / "backup")
    with small_disk(tmp_path / "disk", 1_600_000) as disk, another(road.config, disk / "new") as config:
        with pytest.raises(backup.Unusable, match="nothing is restored"):
            backup.restore(config, tmp_path / "backup")
        assert {path.name for path in config.home.iterdir()} <= {"keys", "public", "store"}
        store = Store(config.database)
        assert count(store) == 0
        store.close()
    with another(road.config, tmp_path / "new") as config:
        backup.restore(config, tmp_path / "backup")


def _edit(**changes: object) -> Callable[[Path], object]:
    def edit(folder: Path) -> None:
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps(manifest | changes))

    return edit


def _cut(folder: Path) -> None:
    octets = (folder / "store.db").read_bytes()
    (folder / "store.db").write_bytes(octets[: len(octets) // 2])


def _flip(folder: Path) -> None:
    octets = bytearray((folder / "store.db").read_bytes())
    octets[len(octets) // 2] ^= 1
    (folder / "store.db").write_bytes(octets)


HARM = {
    "cut": (_cut, "store.db: is damaged"),
    "flipped": (_flip, "store.db: is damaged"),
    "no store": (lambda folder: (folder / "store.db").unlink(), "store.db: is missing"),
    "rules": (lambda folder: (folder / "rules.yaml").write_text("agencies:"), "rules.yaml: is damaged"),
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "is no backup"),
    "half a manifest": (lambda folder: (folder / "manifest.json").write_text('{"form'), "manifest.json: is damaged"),
    "no counts": (_edit(counts=None), "manifest.json: is damaged"),
    "no files": (_edit(files={}), "manifest.json: is damaged"),
    "a way out": (_edit(files={"store.db": "", "../keys": ""}), "manifest.json: is damaged"),
    "newer schema": (_edit(schema="9999"), "newer version of this program"),
    "newer format": (_edit(format=2), "newer version of this program"),
    "gone": (shutil.rmtree, "is no backup"),
}


@on_sqlite
@pytest.mark.parametrize(("harm", "says"), HARM.values(), ids=HARM)
def test_a_damaged_backup_is_refused_in_one_line(
    road: Road, tmp_path: Path, harm: Callable[[Path], object], says: str
) -> None:
    """What is not what was written is not put in place, and nothing is left behind."""
    letter(road, "one")
    backup.backup(road.store, tmp_path / "backup")
    harm(tmp_path / "backup")
    with another(road.config, tmp_path / "new") as config:
        with pytest.raises(backup.Unusable, match=says) as told:
            backup.restore(config, tmp_path / "backup")
        assert "\n" not in str(told.value)
        assert {path.name for path in config.home.iterdir()} == {"keys", "public"}


@on_sqlite
@pytest.mark.parametrize("gone", ["keys/KID.key", "keys/secret.key", "public/seal.json"])
def test_without_the_keys_a_backup_is_useless(road: Road, tmp_path: Path, gone: str) -> None:
    """KY5: the key that is missing is named before anything is touched."""
    letter(road, "one")
    backup.backup(road.store, tmp_path / "backup")
    name = gone.replace("KID", road.vault.kid)
    with another(road.config, tmp_path / "new") as config:
        (config.home / name).unlink()
        with pytest.raises(backup.Unusable, match=f"there is no {name}; put the backup of the keys there first"):
            backup.restore(config, tmp_path / "backup")
        assert not (config.home / "store").exists()


@on_sqlite
def test_another_installation_s_secret_is_no_key_to_the_chain(road: Road, tmp_path: Path) -> None:
    """Keys that are there but are not the backup's are found by the audit chain."""
    letter(road, "one")
    road.seal()
    backup.backup(road.store, tmp_path / "backup")
    with another(road.config, tmp_path / "new") as config:
        vault.create_keys(tmp_path / "other")
        shutil.copy(tmp_path / "other/keys/secret.key", config.home / "keys")
        with pytest.raises(backup.Unusable, match=r"secret\.key is not its own"):
            backup.restore(config, tmp_path / "backup")


def test_letters_are_never_written_over(road: Road, tmp_path: Path) -> None:
    """A store with a letter in it is refused; one that a first start has made is not."""
    backup.backup(road.store, tmp_path / "backup")
    first = rows(road.store)
    backup.restore(road.config, tmp_path / "backup")
    assert rows(road.store)["rules_versions"] == first["rules_versions"]
    letter(road, "one")
    before = rows(road.store)
    with pytest.raises(backup.Unusable, match="this store has letters"):
        backup.restore(road.config, tmp_path / "backup", accept_loss=True)
    assert rows(road.store) == before


@on_sqlite
def test_what_was_only_not_chained_yet_is_no_loss(road: Road, tmp_path: Path) -> None:
    """Events that the backup holds and the sealer chained a second later are the same entries of the same chain."""
    letter(road, "one")
    made = backup.backup(road.store, tmp_path / "backup")
    assert (made.chain, made.unchained) == (0, 2)
    road.seal()
    with another(road.config, tmp_path / "new") as config:
        shutil.copy(road.bench.anchor, config.home)
        assert backup.restore(config, tmp_path / "backup").lost == 0


@on_sqlite
def test_an_anchor_of_another_chain_stops_the_restore(road: Road, tmp_path: Path) -> None:
    """Somebody rewrote the backup, or it is another installation's: no word of the operator's helps."""
    letter(road, "one")
    road.seal()
    backup.backup(road.store, tmp_path / "backup")
    with another(road.config, tmp_path / "new") as config:
        (config.home / "audit.anchor").write_text(f"1 {'a' * 64}\n")
        with pytest.raises(backup.Unusable, match=r"audit\.anchor is not of this backup's chain"):
            backup.restore(config, tmp_path / "backup", accept_loss=True)


@on_sqlite
def test_a_backup_of_an_older_schema_is_brought_up_to_date(road: Road, tmp_path: Path) -> None:
    """CR14: what an earlier version of the program backed up, this one restores; the backup itself is not touched."""
    letter(road, "one")
    folder = tmp_path / "backup"
    backup.backup(road.store, folder)
    old = sqlite3.connect(folder / "store.db")
    old.executescript("""
        DROP TABLE links;
        DROP TABLE suppressed;
        DROP TABLE replays;
        DROP TABLE replayed;
        ALTER TABLE rules_versions DROP COLUMN approver;
        ALTER TABLE rules_versions DROP COLUMN reason;
        ALTER TABLE rules_versions DROP COLUMN agencies;
        ALTER TABLE rules_versions DROP COLUMN rules;
        DROP INDEX letters_target;
        DROP INDEX tickets_linked;
        DROP INDEX tickets_urgent;
        ALTER TABLE tickets DROP COLUMN priority;
        ALTER TABLE letters ADD COLUMN released BOOLEAN NOT NULL DEFAULT 0;
        UPDATE alembic_version SET version_num = '0001';
    """)
    old.close()
    digests = {name: backup._digest(folder / name) for name in ("rules.yaml", "store.db")}
    _edit(schema="0001", files=digests)(folder)
    with another(road.config, tmp_path / "new") as config:
        backup.restore(config, folder)
        store = Store(config.database)
        store.check()
        assert [one.content for one in kept(config, store)] == [one.content for one in kept(road.config, road.store)]
        store.close()
    assert backup._digest(folder / "store.db") == digests["store.db"]


@on_sqlite
def test_nothing_is_restored_while_processes_run(road: Road, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A door that runs seals to the keys it began with: first everything is stopped."""
    monkeypatch.setenv("INTAKE_HOME", str(tmp_path / "new"))
    (tmp_path / "new").mkdir()
    with (tmp_path / "new/up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ended = CliRunner().invoke(cli, ["restore", str(tmp_path / "backup")])
    assert isinstance(ended.exception, Misconfigured)
    assert "stop it first" in str(ended.exception)


def test_a_schema_that_this_program_knows(store: Store) -> None:
    """The newest revision is among those that a backup may have, and none beyond it."""
    assert migrations.head() in migrations.known()
    assert max(migrations.known()) == migrations.head()


# ── the manual ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_commands_of_the_manual_answer_as_it_says(tmp_path: Path) -> None:
    """Each console block of docs/backup.md, in order, in a shell beside an installation with three letters."""
    blocks = re.findall(r"^```console\n(.*?)^```$", (ROOT / "docs/backup.md").read_text(), re.MULTILINE | re.DOTALL)
    shown = [step.partition("\n") for step in "".join(blocks).split("$ ")[1:]]
    shutil.copy(ROOT / "routing_rules.yaml", tmp_path)
    (tmp_path / "backups").mkdir()
    config = Config(home=tmp_path / "var", rules=tmp_path / "routing_rules.yaml", _env_file=None)  # type: ignore[call-arg]
    _work_goes_on(config, 3)
    settings = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for number, (command, _, says) in enumerate(shown):
        if number == 1:
            _work_goes_on(config, 2)
            for name in ("keys", "public", "web", "audit.anchor"):
                shutil.move(config.home / name, tmp_path / "kept" / name)
        if command.startswith("export "):
            settings |= [command.removeprefix("export ").split("=")]
            continue
        run = subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, env=environment(**settings), capture_output=True, text=True
        )
        assert _shape(run.stderr + run.stdout, tmp_path) == _shape(says, tmp_path), command


def _work_goes_on(config: Config, times: int) -> None:
    """So many forms are taken in, and their events chained; keys and store are made the first time."""
    made = vault.create_keys(config.home)
    store, secrets = Store(config.database), vault.load_vault(config.home)
    if made:
        migrations.upgrade(store)
        (config.home / "web").mkdir()
        (config.home.parent / "kept").mkdir()
        with store.write() as conn:
            publish(conn, parsed(config.rules.read_bytes(), config.mail_domain), "operator", config.rules)
    door = Door(store, secrets, Queue(config))
    for _ in range(times):
        door.commit([door.seal(Envelope("form", fields={"message": "x"}), b"", [Target("new", "contact")])])
    audit.seal(store, secrets.subkey("audit"), config.home / "audit.anchor")
    store.close()


def _shape(said: str, folder: Path) -> str:
    """Without what is another each time: the folder, and ids of keys."""
    return re.sub(r"\b[0-9a-f]{12}\b", "KEY", said.replace(f"{folder}/", "")).strip()
