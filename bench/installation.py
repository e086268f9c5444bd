"""A whole installation of ours in a temporary folder, as `intake up` makes it, and what its processes cost."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_TICKS = os.sysconf("SC_CLK_TCK")
_NAMES = {"smtp": "door", "worker": "workers", "redis": "redis", "web": "web", "desk": "web", "clock": "clock"}


@dataclass(slots=True)
class Installation:
    """`address` takes mail."""

    home: Path
    address: str
    up: subprocess.Popen[bytes]

    def cpu(self) -> Counter[str]:
        """Seconds of processor time by kind of process, of all that run now."""
        found: Counter[str] = Counter()
        for pid in self.processes():
            found[self.kind(pid)] += cpu_of(pid)
        return found

    def memory(self) -> dict[int, tuple[str, int]]:
        """Kind and resident octets of each process."""
        return {pid: (self.kind(pid), resident(pid)) for pid in self.processes()}

    def workers(self) -> list[int]:
        """The worker, and the children in which it works."""
        return [pid for pid in self.processes() if self.kind(pid) == "workers"]

    def processes(self) -> list[int]:
        """All that `intake up` started."""
        found, parents = [], [self.up.pid]
        while parents:
            pid = parents.pop()
            found.append(pid)
            parents += children(pid)
        return found

    def kind(self, pid: int) -> str:
        """door, workers, redis, …"""
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
        except OSError:
            return "gone"
        return next((kind for word, kind in _NAMES.items() if re.search(rf"\b{word}", words)), "up")


def children(pid: int) -> list[int]:
    try:
        return [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return []


def cpu_of(pid: int) -> float:
    """Seconds of processor time, with the children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS


def resident(pid: int) -> int:
    """Octets of a process that are its own: what it shares with those it was forked from counts for nobody."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(int(kb) * 1024 for kb in re.findall(r"^Private_\w+: +(\d+) kB", rollup, re.MULTILINE))


@contextmanager
def temporary() -> Iterator[Path]:
    """A temporary one, gone afterwards."""
    made = Path(tempfile.mkdtemp(prefix="intake-bench-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def installation(smarthost: str, folder: Path | None = None, **settings: str) -> Iterator[Installation]:
    """One that runs, with the settings a user gets but for its ports; afterwards nothing of it runs, and nothing is
    left of it unless its folder is somebody else's."""
    with contextlib.ExitStack() as stack:
        yield stack.enter_context(_running(folder or stack.enter_context(temporary()), smarthost, settings))


@contextmanager
def _running(home: Path, smarthost: str, settings: dict[str, str]) -> Iterator[Installation]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("INTAKE_")} | {
        "INTAKE_HOME": str(home / "var"),
        "INTAKE_SMTP_LISTEN": "127.0.0.1:0",
        "INTAKE_WEB_LISTEN": "127.0.0.1:0",
        "INTAKE_DESK_LISTEN": "127.0.0.1:0",
        "INTAKE_SMARTHOST": smarthost,
        "INTAKE_RATE_LIMITS": "off",  # all sessions of a race come from one address
        **settings,
    }
    out = home / "out"
    with out.open("wb") as file:
        intake = Path(sys.executable).parent / "intake"
        up = subprocess.Popen([intake, "up"], env=env, cwd=ROOT, stdout=file, stderr=file)
    try:
        while "Ready." not in out.read_text():
            if up.poll() is not None:
                raise RuntimeError(out.read_text())
            time.sleep(0.05)
        found = re.search(r"^mail +([0-9.:]+)", out.read_text(), re.MULTILINE)
        assert found
        yield Installation(home, found[1], up)
    finally:
        up.send_signal(signal.SIGTERM)
        up.wait()
