"""`intake doctor`: one line a finding, with its cure, whatever is broken; and never silent, hanging or raising."""

from __future__ import annotations

import json
import re
import shutil
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from redis.backoff import NoBackoff
from redis.retry import Retry

from intake import audit, doctor, migrations, users, vault
from intake.cli import cli
from intake.config import Config
from intake.desk import create_app
from intake.doctor import Check, Finding
from intake.heartbeat import beat
from intake.queue import TICKS, Queue
from intake.routing.published import Published, parsed, publish
from intake.store import Store, heartbeats, insert, letters, outbox
from tests.conftest import ROOT
from tests.road import Mailbox, Road, mail
from tests.wire import certificate
from tests.zone import Zone


def told(config: Config, *names: str) -> str:
    """What the doctor finds, of these checks or of all; each finding is whole, and one line."""
    checks = [check for check in doctor.CHECKS if check.name in names or not names]
    assert len(checks) >= len(names)
    found = doctor.findings(config, checks, seconds=120)
    assert all(finding.finding and finding.cure and "\n" not in str(finding) for finding in found)
    return "\n".join(map(str, found))


def changed(config: Config, **settings: object) -> Config:
    """Other settings; what was worked out from the old ones is not copied."""
    return Config(_env_file=None, **{**config.model_dump(), **settings})  # type: ignore[arg-type]


# ── what must be told at three in the morning ────────────────────────────────────────────────────────────────────


def test_a_stopped_installation_is_told_what_to_start(road: Road) -> None:
    """No Redis, no processes: each is a line."""
    said = told(road.config)
    assert "Redis does not answer" in said
    assert all(f"{name} gives no sign of life" in said for name in ("smtp", "web", "desk", "worker"))
    assert "note: the doors run as" in said


def test_redis_is_stopped(home: Path, redis_socket: Path) -> None:
    """A Redis that was there is gone."""
    settled = Config(home=home, redis_url=f"unix://{redis_socket}", _env_file=None)  # type: ignore[call-arg]
    client = redis.Redis(unix_socket_path=str(redis_socket), retry=Retry(NoBackoff(), 0))
    assert told(settled, "redis") == ""
    client.shutdown(nosave=True)
    assert told(settled, "redis").startswith("Redis does not answer; letters are still taken, and wait: start it")


def test_redis_is_not_well(home: Path, redis_socket: Path, tmp_path: Path) -> None:
    """It may throw messages away, is nearly full, cannot write to its disk, or is a replica: a line each."""
    settled = Config(home=home, redis_url=f"unix://{redis_socket}", _env_file=None)  # type: ignore[call-arg]
    client = redis.Redis(unix_socket_path=str(redis_socket))
    (tmp_path / "gone").mkdir()
    client.config_set("dir", str(tmp_path / "gone"))
    (tmp_path / "gone").rmdir()
    client.bgsave()
    _wait(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err")
    client.config_set("maxmemory", client.info("memory")["used_memory"])
    client.config_set("maxmemory-policy", "allkeys-lru")
    client.replicaof("127.0.0.1", "1")
    said = told(settled, "redis")
    assert "set maxmemory-policy to noeviction" in said
    assert "% of maxmemory: raise maxmemory" in said
    assert "cannot write to its disk (rdb_last_bgsave_status): make room" in said
    assert "is a replica" in said


@pytest.mark.parametrize("broken", ["stopped", "silent", "no schema", "no file"])
def test_the_database_is_away(config: Config, tmp_path: Path, broken: str) -> None:
    """Stopped, silent, without a schema or not there: one line, and nothing is made by looking."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    if broken == "stopped":
        listener.close()
    if broken == "no schema":
        Store(config.database_url).engine.connect().close()
    file = tmp_path / "empty" / "intake.db"
    url, says = {
        "stopped": (f"postgresql://x@127.0.0.1:{port}/x", "the database does not answer: start it"),
        "silent": (f"postgresql://x@127.0.0.1:{port}/x", "the check of database took longer than 1 s: look whether"),
        "no schema": (config.database_url, "the database has no schema"),
        "no file": (f"sqlite:///{file}", f"there is no database {file}: start `intake up`, or restore it"),
    }[broken]
    settled = changed(config, database_url=url)
    checks = [check for check in doctor.CHECKS if check.name in ("database", "processes", "waiting", "sums")]
    found = doctor.findings(settled, checks, 1 if broken == "silent" else 120)
    assert says in str(found[0])
    assert len(found) == 1 or broken == "silent"
    assert not file.parent.exists()
    listener.close()


@contextmanager
def disk(folder: Path, size: str) -> Iterator[Path]:
    """A small file system of its own."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "none", folder], check=False)
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_the_disk_is_full(tmp_path: Path) -> None:
    """Little room is a line; none at all another one, with what the senders hear meanwhile."""
    with disk(tmp_path / "small", "4m") as home:
        vault.create_keys(home)
        config = Config(home=home, _env_file=None)  # type: ignore[call-arg]
        store = Store(config.database)
        migrations.upgrade(store)
        said = told(config, "disk", "database")
        assert re.fullmatch(rf"\d MiB are left on the disk of home and database \({home}\): make room; .*\(452\)", said)
        with suppress(OSError), (home / "fill").open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        store.close()
        assert "the database's disk is full; letters are refused for the time being (452): make room" in told(
            config, "database"
        )


def test_nothing_can_be_written(config: Config, store: Store) -> None:
    """A database that somebody has locked, or that is read-only: said with what the senders hear meanwhile."""
    assert told(config, "database") == ""
    if store.sqlite:
        with store.write():
            found = doctor.findings(config, [c for c in doctor.CHECKS if c.name == "database"], seconds=0.5)
        assert "took longer than 0.5 s: look whether it is locked" in str(found[0])
    else:
        name = store.engine.url.database
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
            conn.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
        said = told(config, "database")
        assert "nothing can be written to the database; letters are refused for the time being (451): look" in said
        assert "synchronous_commit is off" in said


def test_the_worker_is_dead(road: Road, redis_socket: Path) -> None:
    """Its queue tells whether it is the worker that is silent, or the clock that wakes it."""
    settled = changed(road.config, redis_url=f"unix://{redis_socket}")
    for name in ("smtp", "web", "desk", "worker"):
        with road.store.write() as conn:
            beat(conn, name, {})
    assert told(settled, "processes") == ""
    with road.store.write() as conn:
        conn.execute(sa.update(heartbeats).where(heartbeats.c.name == "worker").values(at=heartbeats.c.at - 90_000))
    assert re.search(
        "^worker gives no sign of life, and the clock says nothing: .*clock.log.*", told(settled, "processes")
    )
    redis.Redis(unix_socket_path=str(redis_socket)).rpush(TICKS, "1", "2")
    cure = "start `intake up`, or look into logs/worker.log"
    assert (
        told(settled, "processes") == f"worker gives no sign of life, and hears nothing of what the clock says: {cure}"
    )


def test_the_smarthost_is_away(config: Config, mailbox: Mailbox) -> None:
    """Away, refusing us, or silent: one line; nothing is sent to one that is well."""
    with _server(b"554 5.7.1 go away\r\n") as rude, _server(b"") as silent:
        for address, says in (
            (mailbox.address, ""),
            ("127.0.0.1:1", "the smarthost 127.0.0.1:1 does not answer (ConnectionRefusedError): start it, or check"),
            (rude, f"the smarthost {rude} refuses us (554)"),
            (silent, "the check of smarthost took longer than"),
        ):
            checks = [check for check in doctor.CHECKS if check.name == "smarthost"]
            settled = changed(config, smarthost=address)
            found = doctor.findings(settled, checks, seconds=0.5 if address == silent else 120)
            assert [str(finding).startswith(says) for finding in found] == [True] * bool(says)
    assert mailbox.got == []


@contextmanager
def _server(says: bytes) -> Iterator[str]:
    """host:port of a server that says one thing to whoever comes, and then nothing."""
    listener = socket.create_server(("127.0.0.1", 0))
    there: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                there.append(listener.accept()[0])
            except OSError:
                return
            there[-1].sendall(says)

    threading.Thread(target=serve, daemon=True).start()
    yield "{}:{}".format(*listener.getsockname())
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for conn in there:
        conn.close()


def test_the_database_was_restored_from_an_older_backup(tmp_path: Path) -> None:
    """The anchor outside of the database knows what the backup does not; and the chain does not go on by itself."""
    vault.create_keys(tmp_path)
    config = Config(home=tmp_path, _env_file=None)  # type: ignore[call-arg]
    store, key, anchor = Store(config.database), vault.load_vault(tmp_path).subkey("audit"), tmp_path / "audit.anchor"
    migrations.upgrade(store)

    def happens(at: int | None = None) -> None:
        with store.write() as conn:
            audit.record(conn, [audit.Event("denied", "none", None, "test")], at)

    happens()
    audit.seal(store, key, anchor)
    with closing(sqlite3.connect(tmp_path / "store" / "intake.db")) as conn:
        conn.execute(f"VACUUM INTO '{tmp_path}/backup.db'")
    happens()
    audit.seal(store, key, anchor)
    store.close()
    assert told(config, "chain", "unchained") == ""
    for file in (tmp_path / "store").iterdir():
        file.unlink()
    shutil.copy(tmp_path / "backup.db", tmp_path / "store" / "intake.db")
    happens(at=1)
    with pytest.raises(audit.Broken):
        audit.seal(store, key, anchor)
    store.close()
    unchained, older = told(config, "chain", "unchained").splitlines()
    assert re.match("1 events wait for the audit chain, for .*the chain is broken: `intake audit verify`", unchained)
    assert re.match("the database is older than its audit trail: entry 2 and .*intake restore", older)


def test_a_key_is_missing(road: Road) -> None:
    """The key of new letters, or an older one that letters still need."""
    road.mail("a@post.example", "contact@intake.example", mail())
    (older,) = [path for path in (road.config.home / "keys").glob("*.key") if path.stem != "secret"]
    newer = road.config.home / "keys" / f"{vault.add_key(road.config.home)}.key"
    assert told(road.config, "keys") == ""
    older.rename(older.with_suffix(".away"))
    assert (
        told(road.config, "keys")
        == f"letters wait that only the private key {older.stem} opens: restore it from the backup"
    )
    older.with_suffix(".away").rename(older)
    newer.unlink()
    said = told(road.config, "keys", "chain")
    assert re.fullmatch(
        f".*keys: the private key {newer.stem} or secret.key is missing: restore it from the backup", said
    )


# ── everything else ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("check", "break_it", "says"),
    [
        ("keys", lambda road: (road.config.home / "keys/secret.key").chmod(0o644), "others can read this key"),
        ("rules", lambda road: road.config.rules.write_text("agencies: ["), "rules.yaml:1:"),
        ("waiting", lambda road: _age(road), "a letter has waited for 10 minutes, 1 wait: look into logs/worker.log"),
        ("sums", lambda road: _lose(road), "1 accepted letters are in no state"),
        ("held", lambda road: _hold(road), "note: 1 letters are held and wait for a person: look under Held"),
        ("held", lambda road: _hold(road, days=2), "1 letters are held and wait for a person, one of them for 2 days"),
        ("held", lambda road: _hold(road, because="poison: KeyError"), "the program failed on 1 letters: report it"),
        ("clock", lambda road: _beat_ahead(road), "the newest entry of the store lies 3599 s in the future"),
    ],
    ids=["key", "rules", "waiting", "lost", "held", "held long", "poison", "future"],
)
def test_what_is_wrong_is_one_line_with_its_cure(  # type: ignore[no-untyped-def]
    road: Road, check: str, break_it, says: str
) -> None:
    """An operator at 3 a.m. reads what is wrong and what to do."""
    road.mail("a@post.example", "contact@intake.example", mail())
    assert told(road.config, check) == ""
    break_it(road)
    assert says in told(road.config, check)


def test_a_mailbox_that_refuses_is_named(road: Road, mailbox: Mailbox) -> None:
    """The health of a destination: refused, and nothing taken since."""
    refuses = "the mailbox of dmv refuses mail"
    road.mail("a@post.example", "contact@intake.example", mail("My driver's license."))
    road.work()
    assert refuses not in told(road.config, "mailboxes")
    with road.store.write() as conn:
        conn.execute(sa.update(outbox).where(outbox.c.side == "agency").values(state="bounced"))
    assert refuses in told(road.config, "mailboxes")
    road.mail("b@post.example", "contact@intake.example", mail("My driver's license."))
    road.work()
    assert refuses not in told(road.config, "mailboxes")


def test_what_cannot_be_delivered_says_to_whom(road: Road, mailbox: Mailbox) -> None:
    """The oldest message that waits, and for which destinations."""
    mailbox.replies += ["451 later"] * 2
    road.mail("a@post.example", "contact@intake.example", mail("My driver's license."))
    road.work()
    assert told(road.config, "outbox") == ""
    with road.store.write() as conn:
        conn.execute(sa.update(outbox).values(created=outbox.c.created - 300_000))
    said = told(road.config, "outbox")
    assert said.startswith("1 messages could not be delivered yet, to dmv; the oldest waits for 5 minutes: is the")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, ["the doors run as"]),
        ({"door_user": "nobody"}, []),
        (
            {"door_user": "nobody", "smtp_listen": "0.0.0.0:25", "only_mail_to": {"a.example"}},
            ["intake.example, which nobody has", "stays in", "unencrypted", "in a test", "set INTAKE_WEB_URL to"],
        ),
        (
            {"door_user": "nobody", "web_listen": "192.0.2.1:80", "web_url": "https://a.example", "rate_limits": False},
            ["nothing limits what one client sends"],
        ),
        (
            {"door_user": "nobody", "metrics_listen": "0.0.0.0:9464", "desk_listen": "[::]:8001"},
            ["the metrics are on every address", "the desk is on every address"],
        ),
    ],
    ids=["as it comes", "quiet", "public mail", "public web", "everywhere"],
)
def test_settings_that_can_hardly_be_meant(tmp_path: Path, settings: dict[str, object], says: list[str]) -> None:
    """Advice on values that start and are not for an office; nothing else is said."""
    config = changed(Config(home=tmp_path, _env_file=None), **settings)  # type: ignore[call-arg]
    lines = told(config, "settings").splitlines()
    assert len(lines) == len(says)
    assert all(line.startswith("note: ") and said in line for line, said in zip(lines, says, strict=True))


def test_a_certificate_that_ends_soon(tmp_path: Path) -> None:
    """Two weeks ahead, and when its file is none."""
    config = Config(home=tmp_path, tls_cert=certificate(tmp_path)[0], _env_file=None)  # type: ignore[call-arg]
    assert told(config, "certificate") == (
        "the SMTP door's certificate expires in 0 days: renew it, and restart the SMTP door"
    )
    (tmp_path / "cert.pem").write_text("nothing")
    assert "INTAKE_TLS_CERT cannot be read" in told(config, "certificate")


def test_a_signature_that_is_not_in_dns_is_told_with_the_record(tmp_path: Path) -> None:
    """DKIM: what to publish, as long as it is not there; a key that is none is said so."""
    key = tmp_path / "dkim.pem"
    private = Ed25519PrivateKey.generate()
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)

    def said(zone: Zone) -> str:
        settings = {"dkim_key": key, "dns": "{}:{}".format(*zone.address)}
        return told(Config(home=tmp_path, _env_file=None, **settings), "signature")  # type: ignore[arg-type]

    with Zone() as empty:
        found = re.search(
            r'publish (intake\._domainkey\.intake\.example) TXT "(v=DKIM1; k=ed25519; p=[^"]+)"', said(empty)
        )
    assert found
    with Zone({(found[1], "TXT"): [found[2]]}) as zone:
        assert said(zone) == ""
        key.write_text("nothing")
        assert said(zone).startswith("INTAKE_DKIM_KEY: ")


def test_a_scanner_that_is_away_is_told(config: Config, tmp_path: Path) -> None:
    """Without clamd a note, with one that does not answer a finding."""
    assert told(config, "clamd").startswith("note: files are not checked for malware")
    assert "clamd does not answer" in told(changed(config, clamd=str(tmp_path / "none")), "clamd")


def test_a_check_that_hangs_or_fails_is_a_line_itself(tmp_path: Path) -> None:
    """The others are still heard, in time, and in order."""
    here = threading.Event()

    def fails(_config: Config) -> Iterator[Finding]:
        yield Finding("two", "something was seen", "cure it")
        raise RuntimeError("maria@post.example")

    def hangs(_config: Config) -> list[Finding]:
        here.wait(60)
        return []

    checks = (
        Check("one", hangs, "look at one"),
        Check("two", fails, "look at two"),
        Check("three", lambda _: [Finding("three", "well seen", "go on", advice=True)], "look at three"),
        Check("four", hangs, "look at four", long=True),
    )
    began = time.monotonic()
    found = doctor.findings(Config(home=tmp_path, _env_file=None), checks, seconds=0.3)  # type: ignore[call-arg]
    took = time.monotonic() - began
    here.set()
    assert took < 30
    assert list(map(str, found)) == [
        "the check of one took longer than 0.3 s: look at one",
        "something was seen: cure it",
        "the check of two failed (RuntimeError): look at two",
        "note: well seen: go on",
        "note: the check of four took longer than 0.3 s: look at four",
    ]


def test_the_command_says_it_in_lines_or_as_json(home: Path, rules_file: Path) -> None:
    """The same findings for people and programs; the exit code is 1 when something must be done."""
    env = {"INTAKE_HOME": str(home), "INTAKE_RULES": str(rules_file), "INTAKE_DATABASE_URL": "", "INTAKE_REDIS_URL": ""}
    lines = CliRunner().invoke(cli, ["doctor"], env=env)
    found = json.loads(CliRunner().invoke(cli, ["doctor", "--json"], env=env).stdout)
    assert lines.exit_code == 1
    assert [str(Finding(**finding)) for finding in found] == lines.stdout.splitlines()
    assert {"redis", "database"} <= {finding["check"] for finding in found if not finding["advice"]}


def test_administrators_see_it_at_the_desk(home: Path) -> None:
    """On the page of sums, asked for at most once a minute, and the page waits for no check."""
    config = Config(home=home, rate_limits=False, _env_file=None)  # type: ignore[call-arg]
    store, keys = Store(config.database), vault.load_vault(home)
    migrations.upgrade(store)
    with store.write() as conn:
        publish(conn, parsed((ROOT / "routing_rules.yaml").read_bytes(), config.mail_domain), "test")
        users.create(conn, "ana", "a long enough one", "admin")
    client = create_app(config, store, keys, Queue(config), Published(store, config)).test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/signin").text)
    assert token
    client.post("/signin", data={"name": "ana", "password": "a long enough one", "csrf_token": token[1]})
    assert "The doctor is looking." in client.get("/sums").text
    _wait(lambda: "Redis does not answer" in client.get("/sums").text)
    page = client.get("/sums").text
    assert page.index("start it, or check INTAKE_REDIS_URL") < page.index("Note: <strong>")
    looked = sa.select(heartbeats.c.at).where(heartbeats.c.name == "doctor")
    with store.read() as conn:
        at = conn.scalar(looked)
    for _ in range(3):
        client.get("/sums")
        _wait(lambda: not [thread for thread in threading.enumerate() if thread.name == "cached"])
    with store.read() as conn:
        assert conn.scalar(looked) == at  # it looked once
    store.close()


def _wait(what: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def _age(road: Road) -> None:
    with road.store.write() as conn:
        conn.execute(sa.update(letters).values(received=letters.c.received - 600_000))


def _lose(road: Road) -> None:
    with road.store.write() as conn:
        conn.execute(sa.delete(letters))


def _hold(road: Road, days: int = 0, because: str = "") -> None:
    with road.store.write() as conn:
        earlier = letters.c.received - days * 24 * 3_600_000
        conn.execute(sa.update(letters).values(state="held", held_because=because, received=earlier))


def _beat_ahead(road: Road) -> None:
    with road.store.write() as conn:
        ahead = {"name": "web", "at": int(time.time() * 1000) + 3_600_000, "info": "{}"}
        insert(conn, heartbeats, [ahead])
