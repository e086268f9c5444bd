"""A whole installation among traps: real doors, real Celery workers with its time limits, a real mail server."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import smtplib
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from intake import reason, trap
from tests.conftest import ROOT, wait_for
from tests.crash import copies
from tests.road import Mailbox, mail
from tests.test_road import Installation, start, stop

CITIZEN = "maria.lopez@post.example"
DMV = "dmv@agencies.example"
TEXT = "My driver's license expired, letter {:05}."


@pytest.fixture
def running() -> Iterator[Installation]:
    """An installation whose traps lie in `traps` and whose workers have seconds for a task, not minutes."""
    home = Path(tempfile.mkdtemp(prefix="intake-poison-"))
    server = Mailbox()
    server.address = server.start()
    shutil.copy(ROOT / "routing_rules.yaml", home / "rules.yaml")
    (home / "traps").mkdir()
    lines = (ROOT / "Procfile").read_text()
    assert "--app workers.app" in lines
    (home / "Procfile").write_text(lines.replace("--app workers.app", "--app tests.impatient"))
    made = start(home, server, home, INTAKE_TRAPS=str(home / "traps"), PYTHONPATH=str(ROOT))
    yield made
    stop(made)
    server.stop()
    shutil.rmtree(home, ignore_errors=True)


def states(made: Installation) -> list[str]:
    return [ticket["state"] for ticket in made.tickets()]


def test_poison_letters_are_held_and_others_flow(running: Installation) -> None:
    """CR8, CR4: a letter on which its worker hangs beyond all signals, one that crashes it, one that eats its memory:
    three attempts each, then a person; the letters beside them arrive, each once."""
    queue = running.pids("redis-server")
    for pid in queue:
        os.kill(pid, signal.SIGSTOP)
    for n in range(8):
        running.send(mail(TEXT.format(n), sender=CITIZEN))
    poison = dict(zip(sorted(ticket["ref"] for ticket in running.tickets()), ("hang", "crash", "eat"), strict=False))
    for ref, how in poison.items():
        (running.home / "traps" / f"letter.tagged@{ref}").write_text(how)
    for pid in queue:
        os.kill(pid, signal.SIGCONT)
    wait_for(lambda: sorted(states(running)) == ["delivered"] * 5 + ["held"] * 3, 180)
    held = {ticket["ref"]: ticket for ticket in running.tickets() if ticket["state"] == "held"}
    assert held.keys() == poison.keys()
    assert all(ticket["held_because"].startswith(reason.POISON) for ticket in held.values())
    assert copies(running.mailbox, DMV) == [1] * 5
    running.is_whole()


def test_every_process_dies_at_every_step_of_a_busy_hour(running: Installation) -> None:
    """CR1 to CR4, CR15: a trap at each step, letters all the while: each that was thanked for arrives, and a second
    copy has the same Message-ID."""
    thanked = 0
    for steps in (trap.STEPS[:4], trap.STEPS[4:7], trap.STEPS[7:11], trap.STEPS[11:15], trap.STEPS[15:]):
        for step in steps:
            (running.home / "traps" / step).write_text("kill")

        def all_sprung(steps: tuple[str, ...] = steps) -> bool:
            nonlocal thanked
            with contextlib.suppress(OSError, smtplib.SMTPException):
                running.send(mail(TEXT.format(thanked), sender=CITIZEN, message_id=f"<{thanked}@post.example>"))
                thanked += 1
            return not any((running.home / "traps" / step).exists() for step in steps)

        wait_for(all_sprung, 120)
    wait_for(lambda: set(states(running)) == {"delivered"}, 120)
    arrived = copies(running.mailbox, DMV)
    assert len(arrived) == len(states(running)) >= thanked
    assert max(arrived) <= 2
    running.is_whole()


def test_a_stop_under_load_loses_nothing(running: Installation) -> None:
    """CR13: told to stop while letters come in, it ends within ten seconds; each letter that was thanked for is there
    after the next start, and arrives."""
    thanked: list[int] = []
    over = threading.Event()

    def pump(first: int) -> None:
        for n in range(first, first + 10_000):
            if over.is_set():
                return
            with contextlib.suppress(OSError, smtplib.SMTPException):
                running.send(mail(TEXT.format(n), sender=CITIZEN, message_id=f"<{n}@post.example>"))
                thanked.append(n)

    pumps = [threading.Thread(target=pump, args=(10_000 * n,)) for n in range(4)]
    for thread in pumps:
        thread.start()
    wait_for(lambda: len(thanked) > 40)
    assert stop(running) < 10
    over.set()
    for thread in pumps:
        thread.join()
    again = start(running.home, running.mailbox, INTAKE_TRAPS=str(running.home / "traps"))
    running.process = again.process
    wait_for(lambda: set(states(running)) == {"delivered"}, 120)
    there = {re.search(r"letter (\d+)", message.get_content())[1] for message in running.mailbox.to(DMV)}  # type: ignore[index,attr-defined]
    assert {f"{n:05}" for n in thanked} <= there
    assert max(copies(running.mailbox, DMV)) == 1
    running.is_whole()
