"""Mail for a race: Postfix's own smtp-source sends it, its smtp-sink takes what comes out and counts."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from tests.postfix import free_port

_COUNT = re.compile(rb"mesg=(\d+)")
STALLED = 60.0  # seconds without one more letter


@dataclass(frozen=True, slots=True)
class Pace:
    """Letters and the seconds until the last was accepted, and until the last was delivered."""

    letters: int
    accepted: float
    delivered: float


class Sink:
    """smtp-sink, which takes everything; `count` is how many messages it has."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host, self.port = host, free_port()
        command = [
            "smtp-sink",
            "-c",
            *(["-u", "postfix"] if os.geteuid() == 0 else []),
            self.address,
            "200",
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self._process.stdout
        self._out: IO[bytes] = self._process.stdout
        os.set_blocking(self._out.fileno(), False)
        self._count = 0
        while socket.socket().connect_ex((self.host, self.port)):
            time.sleep(0.01)

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def count(self) -> int:
        """Messages so far."""
        while said := self._out.read():
            if found := _COUNT.findall(said):
                self._count = int(found[-1])
        return self._count

    def __enter__(self) -> Sink:
        return self

    def __exit__(self, _type: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        self._out.close()


def send(file: Path, letters: int, sessions: int, address: str, sender: str, to: str) -> float:
    """Send the mail in `file` so many times, a connection each; the seconds until the last was accepted."""
    command = ["smtp-source", "-F", str(file), "-m", str(letters), "-s", str(sessions), "-f", sender, "-t", to, address]
    start = time.monotonic()
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    if said.returncode or said.stderr:
        raise RuntimeError(said.stderr or f"smtp-source ended with {said.returncode}")
    return time.monotonic() - start


def race(file: Path, letters: int, sessions: int, address: str, sender: str, to: str, sink: Sink) -> Pace:
    """Send, and wait until as many have come out."""
    before, start = sink.count(), time.monotonic()
    accepted = send(file, letters, sessions, address, sender, to)
    wait(sink, before + letters)
    return Pace(letters, accepted, time.monotonic() - start)


def wait(sink: Sink, count: int) -> None:
    """Until the sink has as many."""
    for _ in watch(sink, count):
        pass


def watch(sink: Sink, count: int) -> Iterator[int]:
    """How many the sink has, again and again until it has `count`; RuntimeError when no more come."""
    last, have = time.monotonic(), sink.count()
    while have < count:
        time.sleep(0.005)
        if (now := sink.count()) > have:
            last, have = time.monotonic(), now
            yield have
        if time.monotonic() - last > STALLED:
            raise RuntimeError(f"{count - have} letters did not come out")


def drain(sink: Sink, letters: int, slices: int, begin: Callable[[], object]) -> list[tuple[int, float]]:
    """Letters that have come out of a backlog, and how many a second did in that slice of it, once `begin` has let it
    go."""
    before, start, counted = sink.count(), time.monotonic(), 0
    marks, found = [letters * n // slices for n in range(1, slices + 1)], list[tuple[int, float]]()
    begin()
    for have in watch(sink, before + letters):
        if (out := have - before) >= marks[0]:
            marks = [mark for mark in marks if mark > out]
            now = time.monotonic()
            found.append((out, (out - counted) / (now - start)))
            start, counted = now, out
    return found
