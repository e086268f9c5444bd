"""`intake up`: it hands the doors their sockets, replaces what hangs, and reloads without refusing anybody."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from gunicorn.config import Config as Gunicorn
from gunicorn.workers.workertmp import WorkerTmp

from intake import migrations, vault
from intake.config import Config
from intake.door import Accepted
from intake.errors import StoreBusy
from intake.heartbeat import HOST, Sign, beat, signs
from intake.routing.published import parsed, publish
from intake.smtp import SESSION_SECONDS
from intake.smtp.groupcommit import GroupCommit
from intake.store import DAY, Store, heartbeats, insert, now
from intake.up.child import environment as environment_of
from intake.up.prepare import _forget
from intake.web.serve import LOOP_SECONDS, _turns
from tests.conftest import ROOT, environment, wait_for
from tests.wire import Client, kept

BIN = Path(sys.executable).parent
SILENCE = 6.0
SMTP = {"smtp": [str(BIN / "intake"), "smtp"]}

# A supervisor of its own, with these lines and this patience.
UP = """
import asyncio, json, sys
from intake.config import read_config
from intake.up import supervisor
supervisor.REDIS_LOOKS = supervisor.MOMENT = 1
lines, silence = json.loads(sys.argv[1]), float(sys.argv[2])
say = lambda line: print(line, flush=True)
async def main():
    await supervisor.Supervisor(read_config(), say, lambda: lines, silence).run(lambda at: say("ready"))
asyncio.run(main())
"""

# A process that says of itself what it is told to say, for ever or once, itself or through a child.
CHILD = """
import os, socket, sys, time
says, how, *_ = sys.argv[1:]
ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
ear.connect(os.environ["NOTIFY_SOCKET"])
for line in says.split():
    ear.send(line.encode())
if how == "by a child" and os.fork():
    time.sleep(600)
while True:
    time.sleep(0.1)
    if how != "once":
        ear.send(b"WATCHDOG=1")
"""


def tiny(name: str, says: str, how: str = "once") -> dict[str, list[str]]:
    """A line of a Procfile; the command line ends with its name."""
    return {name: [sys.executable, "-c", CHILD, says, how, name]}


class Up:
    """A running supervisor in a folder of its own, whose `.env` a test may write."""

    def __init__(self, home: Path, lines: dict[str, list[str]], silence: float = SILENCE, **more: object) -> None:
        self.home, self.out = home, home / "out"
        (home / "logs").mkdir(exist_ok=True)
        (home / "redis").mkdir(exist_ok=True)
        self.out.write_text("")
        (home / "redis/notify").unlink(missing_ok=True)
        settings = {"INTAKE_HOME": str(home), "INTAKE_REDIS_URL": "redis://127.0.0.1:1/0"}
        settings |= {f"INTAKE_{name}_LISTEN": "127.0.0.1:0" for name in ("WEB", "DESK")}
        settings |= more.pop("settings", {})  # type: ignore[arg-type]
        with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.address = free.getsockname()
        self.env()
        with self.out.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", UP, json.dumps(lines), str(silence)],
                env=environment(**settings),
                stdout=out,
                stderr=out,
                cwd=home,
                **{"stdin": subprocess.DEVNULL, **more},  # type: ignore[call-overload]
            )
        wait_for(lambda: self.process.poll() is not None or (home / "redis/notify").exists(), 60)
        assert self.process.poll() is None, self.said()

    def __enter__(self) -> Up:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(15)

    def env(self, **settings: str) -> None:
        """Put these settings into the `.env`, beside the mail door's address."""
        lines = {"INTAKE_SMTP_LISTEN": "{}:{}".format(*self.address), **settings}
        (self.home / ".env").write_text("".join(f"{name}={value}\n" for name, value in lines.items()))

    def hang_up(self, says: str) -> None:
        """SIGHUP, and wait for what it says then."""
        before = self.said().count(says)
        self.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.said().count(says) > before, 60)

    def said(self) -> str:
        return self.out.read_text()

    def pids(self, line: str) -> set[int]:
        """Living children whose command line ends so."""
        found = set()
        for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").decode().split("\0")
                if " ".join(words).endswith(line) and "intake.listener" not in words:
                    found.add(int(pid))
        return found

    def pid(self, line: str) -> int:
        """The one child whose command line ends so, once it is there."""
        wait_for(lambda: len(self.pids(line)) == 1, 60)
        (pid,) = self.pids(line)
        return pid

    def greeted(self) -> Client:
        """A client of the mail door, which has answered."""
        client = Client(self.address, timeout=60)
        assert client.greeting.startswith("220 ")
        return client


@contextlib.contextmanager
def made() -> Iterator[Path]:
    """The folder of an installation with keys, a store and rules in force."""
    folder = Path(tempfile.mkdtemp(prefix="intake-up-"))
    vault.create_keys(folder)
    store = Store(f"sqlite:///{folder}/store/intake.db")
    migrations.upgrade(store)
    with store.write() as conn:
        publish(conn, parsed((ROOT / "routing_rules.yaml").read_bytes(), "intake.example"), "test")
    store.close()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """An installation for one supervisor after the other."""
    with made() as folder:
        yield folder


def letters(home: Path) -> list[bytes]:
    """What was taken in, opened."""
    config = Config(home=home, _env_file=None)  # type: ignore[call-arg]
    store = Store(config.database)
    found = [one.content for one in kept(config, store)]
    store.close()
    return found


# ── signs of life ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_door_that_hangs_is_replaced_and_whoever_waits_is_served(home: Path) -> None:
    """A stopped mail door is killed; who connected meanwhile is greeted by the next, at the same address."""
    with Up(home, SMTP, silence=3.0) as up:
        up.greeted().close()
        hung = up.pid("intake smtp")
        os.kill(hung, signal.SIGSTOP)
        with up.greeted() as client:
            assert client.hello().letter(b"Subject: hung\r\n\r\nHello.\r\n").startswith("250 ")
        assert up.pid("intake smtp") != hung
        assert "smtp hangs: no sign of life for 3 s; killed" in up.said()


def test_only_silence_after_an_announcement_is_a_hang(home: Path) -> None:
    """Who speaks lives, who never spoke and who was told to end is left alone, and nobody speaks for another."""
    lines = tiny("silent", "READY=1") | tiny("ventriloquist", "READY=1", "by a child")
    lines |= tiny("mute", "") | tiny("leaving", "READY=1 STOPPING=1") | tiny("well", "READY=1", "always")
    with Up(home, lines, silence=2.0) as up:
        before = {name: up.pid(name) for name in ("mute", "leaving", "well")}
        for name in ("silent", "ventriloquist"):
            wait_for(lambda name=name: up.said().count(f"{name} hangs") == 2, 60)  # type: ignore[misc]
        assert {name: up.pid(name) for name in before} == before


def test_a_store_that_is_away_is_no_hang(home: Path) -> None:
    """The mail door goes on answering 451, is not killed for it, and takes letters when the store is back."""
    store = Store(f"sqlite:///{home}/store/intake.db")
    with Up(home, SMTP, silence=SILENCE) as up, up.greeted() as client:
        door = up.pid("intake smtp")
        client.hello()
        for old, new in (("contents", "away"), ("heartbeats", "gone")):
            with store.write() as conn:
                conn.execute(sa.text(f"ALTER TABLE {old} RENAME TO {new}"))
        end = time.monotonic() + 1.5 * SILENCE
        while time.monotonic() < end:
            assert client.letter(b"Subject: away\r\n\r\nHello.\r\n").startswith("451 ")
            time.sleep(0.2)
        for old, new in (("contents", "away"), ("heartbeats", "gone")):
            with store.write() as conn:
                conn.execute(sa.text(f"ALTER TABLE {new} RENAME TO {old}"))
        assert client.letter(b"Subject: back\r\n\r\nHello.\r\n").startswith("250 ")
        assert up.pid("intake smtp") == door
    store.close()


def fails(_: list[Accepted]) -> None:
    raise StoreBusy


@pytest.mark.parametrize(
    ("commit", "longest", "works"),
    [(fails, 60.0, True), (lambda _: time.sleep(1), 60.0, True), (lambda _: time.sleep(1), 0.05, False)],
    ids=["the store is away", "a commit takes long", "a commit takes too long"],
)
def test_a_commit_thread_that_hangs_is_no_sign_of_life(
    commit: Callable[[list[Accepted]], None], longest: float, works: bool
) -> None:
    """The mail door says that it works as long as its commit thread has nothing in hand for too long."""
    group = GroupCommit(commit, lambda: None)
    group.longest = longest

    async def one() -> bool:
        task = asyncio.create_task(group(Accepted({}, [], [])))
        await asyncio.sleep(0.3)
        found = group.works()
        with contextlib.suppress(StoreBusy):
            await task
        return found

    assert asyncio.run(one()) is works
    group.close()
    assert not group.works()


@pytest.mark.parametrize(("ago", "turns"), [(None, False), (0.0, True), (LOOP_SECONDS + 1, False)])
def test_a_web_worker_s_loop_turns(ago: float | None, turns: bool) -> None:
    """Before its first turn, and when the last was long ago, a worker's loop is no sign of life."""

    class Worker:
        tmp = WorkerTmp(Gunicorn())

    if ago is not None:
        at = time.monotonic() - ago
        os.utime(Worker.tmp.fileno(), (at, at))
    assert _turns(Worker) is turns
    Worker.tmp.close()


# ── sockets ──────────────────────────────────────────────────────────────────────────────────────────────────────


def listening(pid: int) -> set[str]:
    """The listening sockets that a process has open, by inode."""
    inodes = {line.split()[9] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if line.split()[3] == "0A"}
    found = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found.add(os.readlink(link).removeprefix("socket:").strip("[]"))
    return found & inodes


def test_a_socket_goes_to_its_door_and_nobody_else(home: Path) -> None:
    """Each door has its own listening socket and no other; who is no door has none."""
    lines = tiny("smtp", "READY=1", "always") | tiny("web", "READY=1", "always") | tiny("clock", "READY=1", "always")
    with Up(home, lines) as up:
        ours, has = listening(up.process.pid), {name: listening(up.pid(name)) for name in lines}
        assert (len(ours), len(has["smtp"]), len(has["web"]), has["clock"]) == (2, 1, 1, set())
        assert has["smtp"] | has["web"] == ours


def test_a_taken_port_stops_the_start_with_the_cure(home: Path) -> None:
    """The line names the setting; nothing is left running."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        at = "{}:{}".format(*taken.getsockname())
        env = environment(INTAKE_HOME=str(home), INTAKE_RULES=str(ROOT / "routing_rules.yaml"), INTAKE_WEB_LISTEN=at)
        env |= {"INTAKE_SMTP_LISTEN": "127.0.0.1:0", "INTAKE_DESK_LISTEN": "127.0.0.1:0"}
        ended = subprocess.run([BIN / "intake", "up"], env=env, capture_output=True, text=True, timeout=60, cwd=home)
    last = ended.stderr.strip().splitlines()[-1]
    says = f"intake: INTAKE_WEB_LISTEN: cannot listen on {at}: Address already in use; choose another address or port"
    assert (ended.returncode, last) == (78, says)


def test_the_doors_get_the_url_of_their_role(home: Path) -> None:
    """`INTAKE_DOOR_DATABASE_URL` is the doors' database; they are not told the workers', and nobody else is changed."""
    config = Config(home=home, database_url="postgresql://worker@db/x", _env_file=None)  # type: ignore[call-arg]
    config = config.model_copy(update={"door_database_url": "postgresql://door@db/x"})
    told = {name: environment_of(config, name).get("INTAKE_DATABASE_URL") for name in ("smtp", "web", "desk", "worker")}
    door = "postgresql://door@db/x"
    assert told == {"smtp": door, "web": door, "desk": None, "worker": None}


# ── reload ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_reload_refuses_nobody_and_loses_nothing(home: Path) -> None:
    """SIGHUP under load: every letter is 250, the one on the wire too, and the next door has the settings of now."""
    sent: list[bytes] = []
    letter = b"Subject: slow\r\n\r\n" + b"Hello.\r\n" * 50_000
    done = threading.Event()

    def write(up: Up) -> None:
        while not done.is_set():
            text = b"Subject: load %d\r\n\r\nHello.\r\n" % len(sent)
            with up.greeted() as client:
                if client.hello().letter(text).startswith("250 "):
                    sent.append(text)
                else:
                    assert any(reply.startswith("421 ") for reply in client.replies)  # the old door: sent again

    with Up(home, SMTP) as up:
        slow = up.greeted()
        slow.hello().envelope()
        slow.say("DATA")
        slow.send(letter[:-10])
        old = up.pid("intake smtp")
        writer = threading.Thread(target=write, args=(up,))
        writer.start()
        wait_for(lambda: len(sent) > 5, 60)
        up.env(INTAKE_MAX_OCTETS="1234567")
        up.hang_up("reloaded")
        with up.greeted() as client:
            assert "250-SIZE 1234567\n" in client.say("EHLO client.example").replace("\r", "")
        count = len(sent)
        wait_for(lambda: len(sent) > count, 60)
        time.sleep(SESSION_SECONDS + 1)  # time for a wrong door to end
        slow.send(letter[-10:] + b".\r\n")
        assert slow.reply().startswith("250 ")
        slow.close()
        done.set()
        writer.join()
        assert up.pid("intake smtp") != old
    assert {*sent, letter} <= set(letters(home))


@pytest.fixture(scope="module")
def running() -> Iterator[Up]:
    """A mail door and a process that announces nothing, for the next tests."""
    with made() as folder, Up(folder, {**SMTP, "worker": ["sleep", "600"]}) as up:
        yield up


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"INTAKE_MAX_OCTETS": "few"}, "not reloaded, what runs goes on: INTAKE_MAX_OCTETS: "),
        ({"INTAKE_TLS_CERT": "/no.pem", "INTAKE_TLS_KEY": "/no.pem"}, "smtp did not start anew (INTAKE_TLS_CERT, "),
        ({"INTAKE_DOOR_USER": "nobody"}, "INTAKE_DOOR_USER and an own INTAKE_REDIS_URL count from the next start"),
    ],
    ids=["settings", "a door", "fixed"],
)
def test_what_cannot_be_reloaded_changes_nothing(running: Up, settings: dict[str, str], says: str) -> None:
    """One line says why, the old process goes on, and so does what comes after it."""
    running.greeted().close()
    old = running.pids("intake smtp") | running.pids("sleep 600")
    running.env(**settings)
    running.hang_up(says)
    assert running.pid("intake smtp") in old
    assert running.pid("sleep 600") in old
    running.greeted().close()


def test_a_reload_moves_a_door_to_another_address(running: Up) -> None:
    """A changed address is opened, and the old one closed when its door has gone; a process that announces nothing is
    replaced when its successor lives."""
    running.greeted().close()
    old, worker = running.address, running.pid("sleep 600")
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as free:
        running.address = free.getsockname()
    running.env()
    running.hang_up("reloaded\n")
    running.greeted().close()
    assert running.pid("sleep 600") != worker

    def refused() -> bool:
        with contextlib.suppress(ConnectionRefusedError):
            Client(old).close()
            return False
        return True

    wait_for(refused)


def test_a_terminal_that_is_gone_stops_it(home: Path) -> None:
    """SIGHUP to an `up` that was started from a terminal ends it and its children."""
    ours, theirs = os.openpty()
    with Up(home, {"worker": ["sleep", "600"]}, stdin=theirs) as up:
        pid = up.pid("sleep 600")
        up.process.send_signal(signal.SIGHUP)
        assert up.process.wait(15) == 0
        assert not Path(f"/proc/{pid}").exists()
    os.close(ours)
    os.close(theirs)


def test_a_redis_that_never_listens_is_told(home: Path) -> None:
    """Nobody waits without a word."""
    lines = {"redis": ["sleep", "601"], "worker": ["sleep", "600"]}
    with Up(home, lines, settings={"INTAKE_REDIS_URL": ""}) as up:
        wait_for(lambda: "everything waits for Redis" in up.said(), 60)
        assert up.pid("sleep 601")
        assert not up.pids("sleep 600")


# ── signs in the store ───────────────────────────────────────────────────────────────────────────────────────────


def test_signs_of_life_tell_the_machines_apart(store: Store) -> None:
    """Each machine's process has a row of its own; a machine that was silent for a day is gone, and what is no sign
    stays."""
    at = now()
    rows = [("smtp", "b", at - 5), ("smtp", "old", at - 2 * DAY), (f"rules {HOST}:/r", "", at - 2 * DAY)]
    with store.write() as conn:
        insert(conn, heartbeats, [{"name": n, "host": h, "at": a, "info": "{}"} for n, h, a in rows])
        beat(conn, "smtp", {"listen": "127.0.0.1:1"})
        beat(conn, "smtp", {"listen": "127.0.0.1:2"})
        found = signs(conn)
        mine = conn.execute(sa.select(heartbeats.c.info).where(heartbeats.c.host == HOST)).scalars().all()
    assert {(sign.name, sign.host) for sign in found} == {("smtp", "b"), ("smtp", HOST)}
    assert Sign("smtp", "b", at - 5) in found
    assert mine == ['{"listen": "127.0.0.1:2"}']
    _forget(store)
    with store.read() as conn:
        left = conn.execute(sa.select(heartbeats.c.name, heartbeats.c.host)).all()
    assert {tuple(row) for row in left} == {("smtp", "b"), (f"rules {HOST}:/r", "")}


def test_an_update_keeps_which_rules_file_was_seen(database: str) -> None:
    """Migration 0004: the operator's file is not published again over what the desk has published since."""
    store, config = Store(database), migrations._config()
    old = sa.table("heartbeats", sa.column("name"), sa.column("at"), sa.column("info"))
    with store.write() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "0003")
        conn.execute(sa.insert(old), [{"name": name, "at": 1, "info": "{}"} for name in ("rules h:/r", "smtp")])
    migrations.upgrade(store)
    with store.read() as conn:
        rows = conn.execute(sa.select(heartbeats.c.name, heartbeats.c.host, heartbeats.c.at)).all()
    assert [tuple(row) for row in rows] == [("rules h:/r", "", 1)]
    store.close()
