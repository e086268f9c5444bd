"""A break-in at a door: what its own Unix user can reach, tried for real."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from intake import vault
from intake.config import Config
from intake.errors import Misconfigured
from intake.privilege import find
from intake.up.prepare import _folders, _hand_over
from intake.web.keys import load_keys
from tests.conftest import ROOT, wait_for
from tests.road import Mailbox, mail
from tests.test_road import Installation, start, stop

DOOR_USER = "nobody"
CANARY = "xochiquetzal"

needs_root = pytest.mark.skipif(os.geteuid() != 0 and not os.environ.get("CI"), reason="SKIPPED LOUDLY: needs root")


@pytest.fixture(scope="module")
def broken_into() -> Iterator[Installation]:
    """An installation whose doors have a user of their own, with a letter in it."""
    server = Mailbox()
    server.address = server.start()
    home = Path(tempfile.mkdtemp(prefix="intake-door-"))
    shutil.copy(ROOT / "routing_rules.yaml", home / "rules.yaml")
    made = start(home, server, INTAKE_DOOR_USER=DOOR_USER)
    made.send(mail(f"My driver's license. I am {CANARY}.", sender=f"{CANARY}@post.example"))
    made.form(message=f"Pothole on the highway, says {CANARY}", reply="none")
    wait_for(lambda: len([m for m in server.got if "agencies.example" in str(m[1])]) == 2)
    yield made
    stop(made)
    server.stop()
    shutil.rmtree(home, ignore_errors=True)


def as_door(attempt: Callable[[], object], name: str = DOOR_USER, groups: tuple[int, ...] = ()) -> object:
    """What `attempt` returns when the door's user makes it; the name of the exception when it is refused."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            user = pwd.getpwnam(name)
            os.setgroups(groups)
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
            result = attempt()
        except BaseException as refused:  # noqa: BLE001 - the child ends here, whatever it was
            result = type(refused).__name__
        os.write(writing, json.dumps(result).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        found = answer.read()
    os.waitpid(child, 0)
    return json.loads(found)


@needs_root
def test_the_doors_run_as_a_user_of_their_own(broken_into: Installation) -> None:
    """Promise 3: both doors gave root up; the workers did not become the doors' user."""
    uid = pwd.getpwnam(DOOR_USER).pw_uid
    for name in ("intake smtp", "intake web"):
        assert {Path(f"/proc/{pid}").stat().st_uid for pid in broken_into.pids(name)} == {uid}, name
    assert uid not in {Path(f"/proc/{pid}").stat().st_uid for pid in broken_into.pids("workers.app worker")}


@needs_root
def test_the_door_s_user_reads_no_private_key(broken_into: Installation) -> None:
    """Promise 3, files: the folder of the private keys is closed, every file of it, and the delivered mail too."""
    keys = list((broken_into.home / "keys").iterdir())
    assert len(keys) == 2
    assert as_door(lambda: os.listdir(broken_into.home / "keys")) == "PermissionError"
    for key in keys:
        assert as_door(lambda key=key: key.read_text()) == "PermissionError"  # type: ignore[misc]
    assert as_door(lambda: os.listdir(broken_into.home / "logs")) == "PermissionError"
    assert as_door(lambda: (broken_into.home / "public/seal.json").read_text()[:1]) == "{"


@needs_root
def test_the_door_s_user_finds_only_ciphertext_in_the_database(broken_into: Installation) -> None:
    """Promise 3, database: what it can read of every table holds no word of a letter."""

    def dump() -> object:
        conn = sqlite3.connect(broken_into.home / "store/intake.db")
        tables = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [repr(row) for table in tables for row in conn.execute(f"SELECT * FROM {table}")]
        return [len(rows), any(CANARY in row.lower() for row in rows)]

    rows, found = as_door(dump)  # type: ignore[misc]
    assert rows > 20
    assert not found


@needs_root
def test_the_door_s_user_finds_only_ids_in_redis(broken_into: Installation) -> None:
    """Promise 3, Redis: it may put ids into the queue, and that is all there is in it."""
    client = broken_into.redis()

    def dump() -> object:
        end, seen = time.monotonic() + 3, b""
        while time.monotonic() < end:
            for key in client.scan_iter():
                try:
                    seen += key + (client.dump(key) or b"")
                except redis.RedisError:
                    continue
        return CANARY.encode() in seen.lower()

    broken_into.send(mail(f"Driver's license, {CANARY}", sender=f"{CANARY}@post.example"))
    assert as_door(dump) is False


@needs_root
def test_the_door_s_user_cannot_look_into_the_workers(broken_into: Installation) -> None:
    """Promise 3, environment and /proc: memory and environment of those who hold keys are closed."""
    for pid in [*broken_into.pids("workers.app worker"), broken_into.process.pid]:
        for file in ("environ", "mem", "maps"):
            path = Path(f"/proc/{pid}/{file}")
            assert as_door(lambda p=path: p.open("rb").read(1).hex()) == "PermissionError"  # type: ignore[misc]


@needs_root
def test_without_root_the_store_is_shared_through_the_doors_group() -> None:
    """As under systemd: a user in the doors' group prepares, again and again; then the doors write to the store, make
    their own keys, and read no other."""
    home = Path(tempfile.mkdtemp(prefix="intake-door-"))
    config = Config(home=home, door_user=DOOR_USER, _env_file=None)  # type: ignore[call-arg]
    os.chown(home, pwd.getpwnam("daemon").pw_uid, -1)

    def use() -> object:
        conn = sqlite3.connect(home / "store/intake.db")
        conn.execute("PRAGMA journal_mode=WAL")
        conn.execute("CREATE TABLE IF NOT EXISTS used (at)")
        conn.execute("INSERT INTO used VALUES (1)")
        conn.commit()
        return conn.execute("SELECT count(*) FROM used").fetchone()[0]

    def prepare() -> object:
        os.umask(0o007)
        _folders(config)
        vault.create_keys(home)
        used = use()
        _hand_over(config)
        return used

    def door() -> object:
        os.umask(0o007)
        load_keys(home)
        (home / "store/of-the-door").touch()  # as SQLite's own files beside a database that is open
        return use()

    group = (pwd.getpwnam(DOOR_USER).pw_gid,)
    assert as_door(prepare, "daemon") == "Misconfigured"  # not in the group
    for turn in (2, 4):
        assert (as_door(prepare, "daemon", group), as_door(door)) == (turn, turn + 1)
    assert as_door(lambda: os.listdir(home / "keys")) == "PermissionError"
    shutil.rmtree(home)


@pytest.mark.parametrize(("user", "says"), [("no-such-user", "there is no user"), ("root", "root reads every key")])
def test_a_door_user_that_cannot_work_is_named(user: str, says: str) -> None:
    """A misspelt account, or root itself, stops the start with the cure."""
    with pytest.raises(Misconfigured, match=says):
        find(user)
