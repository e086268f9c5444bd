"""Claims: whether a claimant lives."""

from __future__ import annotations

import os

from intake.claim import PAUSED, alive, me
from intake.heartbeat import HOST
from tests.conftest import wait_for


def test_who_lives_and_who_does_not() -> None:
    """This process lives; another one under our number does not; one on another machine is believed to."""
    host, pid, started = me().rsplit(":", 2)
    assert alive(me())
    assert not alive(f"{host}:{pid}:{int(started) - 1}")
    assert alive(f"elsewhere.{HOST}:1:1")
    assert alive(PAUSED)


def test_a_zombie_holds_nothing() -> None:
    """CR4: a worker that was killed and that nobody has waited for yet is dead."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, me().encode())
        os._exit(0)
    who = os.read(reading, 200).decode()
    wait_for(lambda: not alive(who))
    os.waitpid(child, 0)
    assert not alive(who)
