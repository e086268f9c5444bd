"""The sweeper: what the queue lost goes to the task that can do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from intake.queue import BATCH
from intake.store import letters, outbox
from tests.road import Mailbox, Road, alias_of, mail
from tests.test_relay import CITIZEN, CLERK, DMV, answer, bounce_of, first_letter, report
from workers import sweep


@dataclass
class Told:
    """A queue that remembers what was put into it."""

    waiting: int | None = 0
    put_in: list[tuple[str, list[str]]] = field(default_factory=list)

    def depth(self) -> int | None:
        return self.waiting

    def put(self, task: str, ids: Sequence[str]) -> None:
        self.put_in.append((task, list(ids)))


def swept(road: Road, queue: Told) -> dict[str, set[str]]:
    """What a sweep hands out when everything is due: ids by task."""
    with road.store.write() as conn:
        conn.execute(sa.update(letters).values(due=0))
        conn.execute(sa.update(outbox).values(due=0))
    sweep.sweep(replace(road.bench, queue=queue))  # type: ignore[arg-type]
    found: dict[str, set[str]] = {}
    for task, ids in queue.put_in:
        found.setdefault(task, set()).update(ids)
    return found


def test_each_kind_goes_to_its_own_task(road: Road, mailbox: Mailbox) -> None:
    """CR3: a letter to `process`; a reply, a bounce and a choice to `relay`; a message to `deliver`; then they end."""
    first_letter(road)
    acknowledgement = mailbox.to(CITIZEN)[0]
    mailbox.replies = ["451 busy"]
    road.mail(CITIZEN, alias_of(acknowledgement), mail("And another.", sender=CITIZEN))
    road.work()
    with road.store.read() as conn:
        queued = set(conn.execute(sa.select(outbox.c.id).where(outbox.c.state == "queued")).scalars())
    (new,) = road.mail(CITIZEN, "contact@intake.example", mail("A pothole."))
    (reply,) = road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), answer())
    (bounce,) = road.mail("", bounce_of(mailbox, DMV), report("delayed", "4.4.1", DMV))
    wish = road.wish(acknowledgement, "keep")
    assert swept(road, Told()) == {"process": {new}, "relay": {reply, bounce, wish}, "deliver": queued}
    assert len(queued) == 1
    road.work()
    road.redeliver()
    assert swept(road, Told()) == {}
    assert {road.letter(ident).state for ident in (new, reply, bounce, wish)} == {"done"}


def test_what_failed_once_goes_alone(road: Road) -> None:
    """CR8: a letter that may have killed its worker takes no other with it; the rest go in batches."""
    ids = [road.mail(CITIZEN, "contact@intake.example", mail(f"Letter {n}."))[0] for n in range(BATCH + 3)]
    with road.store.write() as conn:
        conn.execute(sa.update(letters).where(letters.c.id.in_(ids[:2])).values(attempts=1))
    queue = Told()
    assert swept(road, queue) == {"process": set(ids)}
    assert sorted(len(batch) for _, batch in queue.put_in) == [1, 1, 1, BATCH]


def test_a_queue_that_is_full_or_away_gets_nothing(road: Road) -> None:
    """What waits in the store is late, not lost: nothing is handed out twice over while the workers are behind."""
    road.mail(CITIZEN, "contact@intake.example", mail())
    assert swept(road, Told(waiting=sweep.BUSY + 1)) == {}
    assert swept(road, Told(waiting=None)) == {}
    assert list(swept(road, Told())) == ["process"]
