"""Where the door and a worker spend their time under load, as flame pictures: how wide a frame is, so much time it has.

    python -m bench.flame [--seconds N]

Needs py-spy on PATH, a tool and no part of the program. Writes docs/img/flame-door.svg and docs/img/flame-worker.svg;
whoever opens one by itself reads each frame whole under the pointer.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from threading import Event, Thread

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.installation import Installation, children, installation, temporary
from bench.plot import IMAGES, save, text
from bench.road import LETTER, SENDER, TO, WARM
from bench.traffic import Sink, race, send
from tests.postfix import missing

SESSIONS, AT_ONCE = 20, 100  # letters that are sent at once, again and again
HERTZ = 200
LEAST = 0.002  # of all samples: a narrower frame is left out
WIDTH, ROW = 1200, 16
OURS, THEIRS = "#97b5e4", "#f3d9a4"
# py-spy takes these for busy.
WAITING = {"Condition.wait (threading)", "_every_second.<locals>.looking (intake/routing/published)"}
_FRAME = re.compile(r"(.+) \((.+?)(?::\d+)?\)$")


@dataclass(slots=True)
class Frame:
    """A function, and the frames it called, by name; `samples` were taken in it or in those."""

    samples: int = 0
    called: dict[str, Frame] = field(default_factory=dict)

    def add(self, stack: list[str], samples: int) -> None:
        """Samples that were taken in the last of these functions."""
        self.samples += samples
        if stack:
            self.called.setdefault(stack[0], Frame()).add(stack[1:], samples)

    def depth(self) -> int:
        return 1 + max((frame.depth() for frame in self.called.values()), default=0)


def frames(raw: str) -> Frame:
    """The samples of `py-spy record --format raw` but for threads that wait, without the trunk that all share."""
    root = Frame()
    for line in raw.splitlines():
        stack, _, samples = line.rpartition(" ")
        named = [_named(frame) for frame in stack.split(";")]
        if named[-1] not in WAITING:
            root.add(named, int(samples))
    _prune(root, root.samples * LEAST)
    while len(root.called) == 1:
        (root,) = root.called.values()
    return root


def _named(frame: str) -> str:
    """`function (module)`; a module is called by its path below site-packages or below ours."""
    found = _FRAME.match(frame)
    if not found:
        return frame
    path = re.sub(r".*(site-packages|lib/python[\d.]+)/|.*(?=/(intake|workers)/)", "", found[2]).strip("/")
    return f"{found[1]} ({path.removesuffix('.py')})"


def _prune(frame: Frame, least: float) -> None:
    frame.called = {name: one for name, one in frame.called.items() if one.samples >= least}
    for one in frame.called.values():
        _prune(one, least)


def drawn(root: Frame, title: str, path: Path) -> None:
    """Write the picture: callers at the bottom, ours in blue."""
    height = (root.depth() + 1) * ROW
    body = [text(4, 12, f"{title}: {root.samples:,} samples")]
    body += _boxes(root, 0, height - ROW, WIDTH / root.samples, root.samples)
    save(path, WIDTH, height, body)


def _boxes(frame: Frame, x: float, y: float, scale: float, whole: int) -> Iterator[str]:
    for name, one in sorted(frame.called.items()):
        width = one.samples * scale
        colour = OURS if re.search(r"\((intake|workers)/", name) else THEIRS
        hint = f"<title>{escape(name)}, {one.samples / whole:.1%}</title>"
        box = f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{ROW - 1}" fill="{colour}"/>'
        words = text(x + 2, y + 11, name[: int(width / 5.5)], size=10) if width > 30 else ""
        yield f"<g>{hint}{box}{words}</g>"
        yield from _boxes(one, x, y - ROW, scale, whole)
        x += width


def recorded(ours: Installation, seconds: int, folder: Path, console: Console) -> dict[str, Frame]:
    """Of the door and of a worker's child, at the same time, with as much mail as they take."""
    (door,) = (pid for pid in ours.processes() if ours.kind(pid) == "door")
    child = next(pid for worker in ours.workers() for pid in children(worker))
    spies = {}
    for name, pid in (("door", door), ("worker", child)):
        command = [
            "py-spy",
            "record",
            "--format",
            "raw",
            "--function",
            "--rate",
            str(HERTZ),
            "--duration",
            str(seconds),
        ]
        command += ["--output", str(folder / name), "--pid", str(pid)]
        spies[name] = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for _ in track(range(seconds), "recording", console=console, transient=True):
        time.sleep(1)
    for spy in spies.values():
        said, _ = spy.communicate()
        if spy.returncode:
            raise RuntimeError(said)
    return {name: frames((folder / name).read_text()) for name in spies}


def bench(seconds: int, console: Console) -> int:
    """Record, draw, and print what was busiest."""
    if problem := missing() or ("" if shutil.which("py-spy") else "there is no py-spy on PATH; pip install py-spy"):
        console.print(f"{problem}; nothing was recorded")
        return 1
    enough = Event()
    with temporary() as folder, Sink() as sink, installation(sink.address) as ours:
        race(LETTER, WARM, SESSIONS, ours.address, SENDER, TO, sink)
        load = Thread(target=_load, args=(ours.address, enough))
        load.start()
        try:
            found = recorded(ours, seconds, folder, console)
        finally:
            enough.set()
            load.join()
    table = Table("picture", "samples", "kB")
    for name, root in found.items():
        path = IMAGES / f"flame-{name}.svg"
        drawn(root, f"{name}, {seconds} s at {HERTZ} Hz", path)
        table.add_row(path.name, f"{root.samples:,}", f"{path.stat().st_size / 1000:.0f}")
    console.print(table)
    return 0


def _load(address: str, enough: Event) -> None:
    while not enough.is_set():
        send(LETTER, AT_ONCE, SESSIONS, address, SENDER, TO)


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=30)
    sys.exit(bench(parser.parse_args().seconds, Console()))


if __name__ == "__main__":
    main()
