"""kill -9 at every named step (`intake.trap`): what was thanked for arrives, once, or again under the same Message-ID.

A process of its own does the work on the test's store and dies where the trap is; the sweeper and the workers of the
test go on. tests/test_poison.py does the same with real Celery workers.
"""

from __future__ import annotations

import faulthandler
import os
import re
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from intake import claim, reason, trap
from intake.routing.published import Published
from intake.store import Store, events, letters, outbox
from tests.road import Mailbox, Road, alias_of, mail
from tests.test_relay import CITIZEN, CLERK, DMV, answer, bounce_of, first_letter, report
from workers import sweep
from workers.limits import limit_memory

CONTACT = "contact@intake.example"
LETTER = mail("My driver's license expired.", sender=CITIZEN, message_id="<1@post.example>")
DOOR = ("accept.commit", "accept.committed", "queue.send")
CLOCK = ("sweep.taken", "chain.commit", "chain.committed")
OF_LETTERS = tuple(step for step in trap.STEPS if step not in (*DOOR, *CLOCK))
OF_ANSWERS = tuple(step for step in OF_LETTERS if not step.startswith("letter.") or step == "letter.built")
TWICE = ("deliver.accepted", "deliver.commit")  # the mail server has it, and our store does not know
SAID_TWICE = (*TWICE, "deliver.data")

Work = Callable[[Road], object]


def dies(road: Road, step: str, work: Work) -> None:
    """Have a process of its own do `work`, with a trap at `step` that kills it."""
    traps = road.config.home / "traps"
    traps.mkdir(exist_ok=True)
    (traps / step).write_text("kill")
    assert ending(road, traps, work) == -signal.SIGKILL, f"nobody reached {step}"


def ending(road: Road, traps: Path, work: Work) -> int:
    """The exit code of a process that does `work` among `traps`; negative: the signal that ended it."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            faulthandler.disable()  # nobody wants to read where a trap was
            trap.folder = traps
            store = Store(road.config.database)  # no connection survives a fork
            published = Published(store, road.config)
            published.refresh()
            mine = Road(road.config, store, published)
            mine.bench = replace(mine.bench, me=claim.me())
            work(mine)
            mine.queue.close(10)
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@dataclass
class Told:
    """A queue that remembers what the sweeper put into it."""

    put_in: list[tuple[str, Sequence[str]]] = field(default_factory=list)

    def depth(self) -> int:
        return 0

    def put(self, task: str, ids: Sequence[str]) -> None:
        self.put_in.append((task, ids))


def swept(road: Road) -> list[tuple[str, Sequence[str]]]:
    """What the sweeper hands out."""
    told = Told()
    sweep.sweep(replace(road.bench, queue=told))  # type: ignore[arg-type]
    return told.put_in


def recover(road: Road, work: Callable[[str, Sequence[str]], object] | None = None) -> None:
    """Time passes; the sweeper hands out what it finds, and the workers do it (`work`), until nothing is left to do."""
    for _ in range(12):
        with road.store.write() as conn:
            for table in (letters, outbox):
                free = table.c.claimed_by.in_(("", claim.PAUSED))
                conn.execute(sa.update(table).where(free).values(due=0))
        handed_out = swept(road)
        if not handed_out:
            return
        for task, ids in handed_out:
            (work or road.do)(task, ids)
    raise AssertionError("it goes round for ever")


def is_whole(road: Road) -> bool:
    """Whether every letter is in one state, none waits, and the audit chain is whole."""
    sums = road.sums()
    return sums["difference"] == 0 and not sums.get("waiting") and road.seal().fault == ""


def copies(mailbox: Mailbox, to: str) -> list[int]:
    """How often each message, by its Message-ID, came to `to`."""
    ids = [message["Message-ID"] for message in mailbox.to(to)]
    return sorted(ids.count(one) for one in set(ids))


@pytest.mark.parametrize("step", DOOR)
def test_a_door_that_dies(road: Road, mailbox: Mailbox, step: str) -> None:
    """CR1, CR2, CR3: before the commit nothing is there, after it everything; the client comes again, and it is one
    ticket and one message."""
    dies(road, step, lambda road: road.mail(CITIZEN, CONTACT, LETTER))
    assert len(road.tickets()) == (step != "accept.commit")
    if step != "queue.send":  # it saw no 250
        road.mail(CITIZEN, CONTACT, LETTER)
    recover(road)
    assert [ticket["state"] for ticket in road.tickets()] == ["delivered"]
    assert copies(mailbox, DMV) == [1]
    assert road.sums().get("duplicate", 0) == (step == "accept.committed")
    assert is_whole(road)


@pytest.mark.parametrize("step", OF_LETTERS)
def test_a_worker_that_dies_with_a_letter_in_hand(road: Road, mailbox: Mailbox, step: str) -> None:
    """CR4: it arrives; twice only where nobody can know better, and then the trail says "perhaps"."""
    road.mail(CITIZEN, CONTACT, LETTER)
    dies(road, step, Road.work)
    recover(road)
    assert [ticket["state"] for ticket in road.tickets()] == ["delivered"]
    assert copies(mailbox, DMV) == [1 + (step in TWICE)]
    with road.store.read() as conn:
        told = conn.execute(sa.select(events.c.detail).where(events.c.what == "delivered")).scalar_one()
    assert ("maybe_sent_before" in told) == (step in (*SAID_TWICE, "deliver.claimed", "deliver.connected"))
    assert is_whole(road)


@pytest.mark.parametrize("step", OF_ANSWERS)
def test_a_worker_that_dies_with_an_answer_in_hand(road: Road, mailbox: Mailbox, step: str) -> None:
    """CR4: so does what an agency answers, and what the citizen adds."""
    ref = first_letter(road)
    to_citizen = alias_of(mailbox.to(DMV)[0])
    mailbox.got.clear()
    road.mail(CLERK, to_citizen, answer())
    dies(road, step, Road.work)
    recover(road)
    assert road.ticket(ref)["state"] == "answered"
    assert copies(mailbox, CITIZEN) == [1 + (step in TWICE)]
    assert is_whole(road)


@pytest.mark.parametrize("step", [step for step in OF_ANSWERS if step.startswith("step.")])
def test_a_worker_that_dies_with_a_bounce_in_hand(road: Road, mailbox: Mailbox, step: str) -> None:
    """CR4: a bounce moves its ticket once."""
    ref = first_letter(road)
    road.mail("", bounce_of(mailbox, DMV), report("failed", "5.1.1", DMV))
    dies(road, step, Road.work)
    recover(road)
    assert road.ticket(ref)["state"] == "bounced"
    assert [event["what"] for event in road.ticket(ref)["history"]].count("bounced") == 1
    assert is_whole(road)


@pytest.mark.parametrize("step", CLOCK)
def test_a_sweeper_or_sealer_that_dies(road: Road, mailbox: Mailbox, step: str) -> None:
    """CR3, AU2: what it had put off comes again; the chain goes on without a gap."""
    road.mail(CITIZEN, CONTACT, LETTER)
    with road.store.write() as conn:
        conn.execute(sa.update(letters).values(due=0))
    dies(road, step, swept if step == "sweep.taken" else Road.seal)
    recover(road)
    assert copies(mailbox, DMV) == [1]
    assert is_whole(road)


def test_every_step_is_on_the_list() -> None:
    """What is not listed would be tested by nobody."""
    root = Path(trap.__file__).parents[1]
    source = "".join(path.read_text() for name in ("intake", "workers") for path in (root / name).rglob("*.py"))
    assert sorted(set(re.findall(r'\breached\("([a-z.]+)"', source))) == sorted(trap.STEPS)


# ── letters that no program can do anything with ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("how", ["fail", "kill", "crash", "eat"])
def test_a_poison_letter_is_tried_three_times_and_held(road: Road, mailbox: Mailbox, how: str) -> None:
    """CR8: whether it raises, kills its worker, crashes the interpreter or eats the memory; its neighbours arrive."""
    (first,) = road.mail(CITIZEN, CONTACT, mail("My driver's license, one."))
    (poison,) = road.mail(CITIZEN, CONTACT, mail("My driver's license, two."))
    (last,) = road.mail(CITIZEN, CONTACT, mail("My driver's license, three."))
    traps = road.config.home / "traps"
    traps.mkdir()
    (traps / f"letter.tagged@{poison}").write_text(how)
    ends: list[int] = []

    def work(task: str, ids: Sequence[str]) -> None:
        def do(road: Road) -> None:
            limit_memory()
            road.do(task, ids)

        ends.append(ending(road, traps, do))

    work("process", [first, poison, last])
    recover(road, work)
    assert {end for end in ends if end} == {"fail": set(), "eat": set(), "kill": {-9}, "crash": {-11}}[how]
    assert len([end for end in ends if end]) in (0, 3)
    assert [road.ticket(ref)["state"] for ref in (first, poison, last)] == ["delivered", "held", "delivered"]
    assert road.ticket(poison)["held_because"].startswith(reason.POISON)
    assert road.letter(poison).attempts in (3, 4)
    assert copies(mailbox, DMV) == [1, 1]
    assert is_whole(road)
