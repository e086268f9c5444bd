"""kill -9 at every named step (`intake.trap`): what was thanked for arrives, once, or again under the same Message-ID.

A process of its own does the work on the test's store and dies where the trap is; the sweeper and the workers of the
test go on. tests/test_poison.py does the same with real Celery workers.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from intake import reason, trap
from intake.store import events, letters
from tests.conftest import wait_for
from tests.crash import copies, dies, ending, is_whole, recover, swept
from tests.road import Mailbox, Road, alias_of, mail
from tests.test_relay import CITIZEN, CLERK, DMV, answer, bounce_of, first_letter, report
from workers.limits import limit_memory

CONTACT = "contact@intake.example"
LETTER = mail("My driver's license expired.", sender=CITIZEN, message_id="<1@post.example>")
DOOR = ("accept.commit", "accept.committed", "queue.send")
CLOCK = ("sweep.taken", "chain.commit", "chain.committed")
OF_LETTERS = tuple(step for step in trap.STEPS if step not in (*DOOR, *CLOCK))
OF_ANSWERS = tuple(step for step in OF_LETTERS if not step.startswith("letter.") or step == "letter.built")
TWICE = ("deliver.accepted", "deliver.commit")  # the mail server has it, and our store does not know
PERHAPS = (*TWICE, "deliver.data", "deliver.claimed", "deliver.connected", "step.committed")


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
    assert ("maybe_sent_before" in told) == (step in PERHAPS)
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


def _in_use() -> int:
    """Octets of private memory of this process (proc(5)); after many tests it is more than a worker may have."""
    found = re.search(r"VmData:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) * 1024


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
            limit_memory(_in_use() + 512 * 2**20)
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


def test_what_the_queue_hands_out_again_is_worked_on_once(road: Road, mailbox: Mailbox) -> None:
    """CR7: a task takes longer than Redis waits for its word, and others get the same id meanwhile."""
    (ref,) = road.mail(CITIZEN, CONTACT, LETTER)
    traps = road.config.home / "traps"
    traps.mkdir()
    (traps / "letter.tagged").write_text("wait 1.5")
    slow = threading.Thread(target=lambda: ending(road, traps, Road.work))
    slow.start()
    wait_for(lambda: not (traps / "letter.tagged").exists())
    for _ in range(5):
        road.do("process", [ref])
    assert mailbox.got == []
    slow.join()
    assert copies(mailbox, DMV) == [1]
    assert road.letter(ref).attempts == 1
    assert is_whole(road)
