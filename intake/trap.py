"""Traps: how a test makes a running process fail at a named step. Without INTAKE_TRAPS there are none.

`reached(step)` is called wherever a kill -9 would hurt most; the list of steps is `STEPS`. With the variable set, it
names a folder, and a file in it that is called like a step is a trap: the first process that reaches the step takes
the file away and does what stands in it. A trap `STEP@ID` waits for the letter or message with that id and stays.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

STEPS = (
    "accept.commit",  # a door: everything is inserted, nothing committed
    "accept.committed",  # committed, and the citizen not thanked
    "queue.send",  # thanked, and the queue not told
    "step.claimed",  # a worker: the claim is committed
    "letter.opened",
    "letter.tagged",
    "letter.routed",
    "letter.built",
    "step.commit",  # all results are inserted, nothing committed
    "step.committed",
    "deliver.claimed",
    "deliver.connected",  # before MAIL
    "deliver.data",  # the mail server has said 354
    "deliver.accepted",  # the mail server has said 250, and that is not written down
    "deliver.commit",
    "deliver.committed",  # and the queue has not heard that the task is done
    "sweep.taken",  # the sweeper: rows are put off, and not handed out
    "chain.commit",  # the audit chain: hashes are written, nothing committed
    "chain.committed",  # and the anchor is the old one
)

folder: Path | None = Path(os.environ["INTAKE_TRAPS"]) if "INTAKE_TRAPS" in os.environ else None


def reached(step: str, *ids: str) -> None:
    """This process is at `step` with the letters or messages `ids` in hand."""
    if folder is not None:
        _spring(folder, step, ids)


def _spring(folder: Path, step: str, ids: Sequence[str]) -> None:
    for name in (step, *(f"{step}@{one}" for one in ids)):
        trap = folder / name
        try:
            action, *values = trap.read_text().split()
            if name == step:
                trap.unlink()  # whoever takes it away has it
        except (FileNotFoundError, ValueError):
            continue
        _ACTIONS[action](values)


def _kill(_: Sequence[str]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


def _fail(_: Sequence[str]) -> None:
    raise RuntimeError("a trap")


def _wait(values: Sequence[str]) -> None:
    time.sleep(float(values[0]))


def _hang(_: Sequence[str]) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # as in a library that never comes back
    time.sleep(3600)


def _crash(_: Sequence[str]) -> None:
    ctypes.string_at(0)  # the interpreter itself dies (SIGSEGV)


def _eat(_: Sequence[str]) -> None:
    eaten = []
    while True:
        eaten.append(bytes(64 * 1024 * 1024))


_ACTIONS: dict[str, Callable[[Sequence[str]], None]] = {
    "kill": _kill,
    "fail": _fail,
    "wait": _wait,
    "hang": _hang,
    "crash": _crash,
    "eat": _eat,
}
