"""The sweeper: what the queue lost goes to the task that can do it."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa

from intake.claim import claim
from intake.queue import BATCH, NAME, RETRIES
from intake.store import letters, outbox
from tests.road import Mailbox, Road, alias_of, mail
from tests.test_queue import queue_at
from tests.test_relay import CITIZEN, CLERK, DMV, answer, bounce_of, first_letter, report
from workers import sweep


@dataclass
class Told:
    """A queue that remembers what was put into it."""

    waiting: dict[str, int | None] = field(default_factory=dict)
    put_in: list[tuple[str, list[str]]] = field(default_factory=list)

    def depth(self, queue: str) -> int | None:
        return self.waiting.get(queue, 0)

    def put(self, task: str, ids: Sequence[str], _: str = "", *, alone: bool = False) -> None:
        if ids:
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


def test_what_failed_once_goes_alone(road: Road, redis_socket: Path) -> None:
    """CR8: a letter that may have killed its worker takes no other with it into its message; the rest go in batches."""
    ids = [road.mail(CITIZEN, "contact@intake.example", mail(f"Letter {n}."))[0] for n in range(BATCH + 3)]
    with road.store.write() as conn:
        conn.execute(sa.update(letters).where(letters.c.id.in_(ids[:2])).values(attempts=1))
        conn.execute(sa.update(letters).values(due=0))
    queue = queue_at(redis_socket)
    sweep.sweep(replace(road.bench, queue=queue))
    queue.close(10)
    client = redis.Redis(unix_socket_path=str(redis_socket))

    def batches(name: str) -> list[list[str]]:
        bodies = (json.loads(base64.b64decode(json.loads(m)["body"])) for m in client.lrange(name, 0, -1))
        return [args[0] for args, _, _ in bodies]

    assert sorted(batches(RETRIES)) == sorted([one] for one in ids[:2])
    assert sorted(one for batch in batches(NAME) for one in batch) == sorted(ids[2:])
    assert len(batches(NAME)) < 5


def test_suspects_are_taken_one_at_a_time(road: Road, mailbox: Mailbox) -> None:
    """CR8: even when the queue hands a whole batch out again, because its worker was killed."""
    ids = [road.mail(CITIZEN, "contact@intake.example", mail(f"Letter {n}."))[0] for n in range(4)]
    with road.store.write() as conn:
        conn.execute(sa.update(letters).where(letters.c.id.in_(ids[:2])).values(attempts=1))
        assert sorted(claim(conn, letters, ids, ("waiting",), "a")) == sorted(ids[2:])
        first, second = (claim(conn, letters, ids, ("waiting",), who) for who in ("b", "c"))
    assert len(first) == len(second) == 1
    assert sorted(first + second) == sorted(ids[:2])


def test_a_message_that_a_server_put_off_is_no_suspect(road: Road, mailbox: Mailbox) -> None:
    """What was written down is known: a thousand of these need no message each."""
    ids = [road.mail(CITIZEN, "contact@intake.example", mail(f"My license, {n}."))[0] for n in range(2)]
    mailbox.replies = ["451 later"] * 2
    road.do("process", ids)
    with road.store.write() as conn:
        queued = list(conn.execute(sa.select(outbox.c.id).where(outbox.c.state == "queued")).scalars())
        conn.execute(sa.update(outbox).where(outbox.c.id.in_(queued)).values(claimed_by=""))
        assert sorted(claim(conn, outbox, queued, ("queued",), "a")) == sorted(queued)
    assert len(queued) == 2


@pytest.mark.parametrize("attempts", [0, 1])
def test_a_queue_that_is_full_or_away_gets_nothing(road: Road, attempts: int) -> None:
    """What waits in the store is late, not lost: nothing is handed out twice over while the workers are behind; a long
    backlog keeps no retry waiting, and many retries no fresh letter (feature 109)."""
    (letter,) = road.mail(CITIZEN, "contact@intake.example", mail())
    with road.store.write() as conn:
        conn.execute(sa.update(letters).values(attempts=attempts))
    full = sweep.BUSY + 1
    own, other = (RETRIES, NAME) if attempts else (NAME, RETRIES)
    assert swept(road, Told({own: full, other: 0})) == {}
    assert swept(road, Told({own: None, other: None})) == {}
    assert swept(road, Told({own: 0, other: full})) == {"process": {letter}}
