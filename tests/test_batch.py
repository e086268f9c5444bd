"""A batch of letters goes together, and fails one by one (docs/decisions/0026)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
import sqlalchemy as sa

from intake import hold, view
from intake.config import Config
from intake.courier import Courier, Delivery
from intake.letter import Letter
from intake.outgoing import Payload
from intake.purpose import Grant
from intake.reader import open_letter
from intake.store import aliases, letters, outbox, tickets, update
from tests.conftest import wait_for
from tests.road import Mailbox, Road, alias_of, mail
from tests.test_courier import Moody
from tests.test_relay import CITIZEN, CLERK, DMV, answer
from tests.test_workers import time_limit
from workers import deliver, process, step
from workers.step import LetterRow, Outcome
from workers.stored import Stored

CONTACT = "contact@intake.example"


def three(road: Road) -> list[str]:
    """Letters of three citizens, in the order they came."""
    texts = ["My driver's license expired.", "My license plates are lost.", "My driver's license was stolen."]
    return [
        road.mail(f"c{n}@post.example", CONTACT, mail(t, sender=f"c{n}@post.example"))[0] for n, t in enumerate(texts)
    ]


def statements(road: Road, ids: Sequence[str]) -> int:
    """How many the database is given for `ids`, on their whole road."""
    given: list[str] = []

    def count(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        given.append(statement)

    sa.event.listen(road.store.engine, "before_cursor_execute", count)
    deliver.deliver(road.bench, process.process(road.bench, ids))
    sa.event.remove(road.store.engine, "before_cursor_execute", count)
    return len(given)


def test_the_store_is_asked_no_more_for_many_letters_than_for_one(road: Road, mailbox: Mailbox) -> None:
    """But for what each may alone have: here an acknowledgement of its own, and its sending."""
    one, *more = [road.mail("", CONTACT, mail(f"My driver's license expired {n}.", sender=""))[0] for n in range(9)]
    alone = statements(road, [one])
    assert statements(road, more) <= alone + 2
    assert len(mailbox.to(DMV)) == 9


def test_each_ticket_of_a_batch_gets_its_own(road: Road, mailbox: Mailbox) -> None:
    """Aliases, messages and what is known of a citizen are asked for together, and mixed up never."""
    ids = three(road)
    road.work()
    for n, message in enumerate(sorted(mailbox.to(DMV), key=lambda m: ids.index(m["Subject"][1:15]))):
        road.mail(CLERK, alias_of(message), answer(f"Answer {n}"))
    road.work()
    assert all(hold.reroute(road.store, road.queue, ref, "dot", "admin") for ref in ids)
    before = {row.digest: row.ticket for row in rows(road, aliases)}
    road.work()  # three tickets that have aliases, messages and links by now, in one batch
    for n in range(3):
        (got,) = [m for m in mailbox.to(f"c{n}@post.example") if "Answer" in m.get_content()]
        assert f"Answer {n}" in got.get_content()
        assert ids[n] in got["Subject"]
    owners = {row.digest: row.ticket for row in rows(road, aliases)}
    assert before.items() <= owners.items()
    assert sorted(owners.values()) == sorted(ids * 4)  # a pair for each agency


def rows(road: Road, table: sa.Table) -> list[sa.Row]:  # type: ignore[type-arg]
    with road.store.read() as conn:
        return list(conn.execute(sa.select(table)))


def test_a_letter_that_somebody_changed_meanwhile_is_worked_out_anew_and_the_others_stand(
    road: Road, mailbox: Mailbox
) -> None:
    """Found out when all is written: each is written by itself then."""
    ids = three(road)

    def overtaken(row: LetterRow, grants: dict[str, Grant], conn: sa.Connection) -> Outcome:
        opened = open_letter(row, road.vault, grants[row.id])
        stored = Stored(conn, [row.ticket])
        outcome = process.redirect(road.bench, road.bench.rules(), opened, stored, hold.Said())
        if row.id == ids[1]:
            with road.store.write() as other:
                other.execute(sa.update(tickets).where(tickets.c.ref == row.ticket).values(citizen=b"another"))
        return outcome

    deliver.deliver(road.bench, step.run(road.bench, ids, step.Step(overtaken)))
    assert [road.letter(ident).state for ident in ids] == ["done", "waiting", "done"]
    assert (road.letter(ids[1]).attempts, road.letter(ids[1]).claimed_by) == (0, "-")
    assert len(mailbox.to(DMV)) == 2


def test_a_letter_that_cannot_be_tagged_is_its_own_fault(
    road: Road, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are tagged together; where that fails each is tagged when its turn comes, and one is tried again."""
    ids = three(road)
    calls: list[int] = []

    def read_tags(given: Sequence[Letter]) -> list[view.Read]:
        calls.append(len(given))
        if any("plates" in letter.text for letter in given):
            raise ValueError
        return view.read_tags(given)

    monkeypatch.setattr(process, "read_tags", read_tags)
    deliver.deliver(road.bench, process.process(road.bench, ids))
    assert calls == [3, 1, 1, 1]
    assert [(road.letter(i).state, road.letter(i).attempts) for i in ids] == [("done", 1), ("waiting", 1), ("done", 1)]


def test_short_letters_are_tagged_in_one_call(road: Road, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a long one by itself, so that its time is nobody else's."""
    ids = [*three(road), *road.mail(CITIZEN, CONTACT, mail("A long story.\n" * (process.SHORT // 10)))]
    calls: list[int] = []

    def read_tags(given: Sequence[Letter]) -> list[view.Read]:
        calls.append(len(given))
        return view.read_tags(given)

    monkeypatch.setattr(process, "read_tags", read_tags)
    process.process(road.bench, ids)
    assert sorted(calls) == [1, 3]


def test_what_is_written_is_sent_without_a_second_claim(road: Road, mailbox: Mailbox) -> None:
    """It is in hand from the first: the sweeper of another worker does not hand it out meanwhile."""
    (ref, *_) = three(road)
    messages = process.process(road.bench, [ref])
    (row,) = rows(road, outbox)[:1]
    assert (row.claimed_by, row.attempts, row.state) == (road.bench.me, 1, "queued")
    deliver.deliver(road.bench, messages)
    assert [row.state for row in rows(road, outbox) if row.kind == "redirect"] == ["sent"]
    openings = [event["what"] for event in road.ticket(ref)["history"]].count("opened")
    assert openings == 1 + any(row.kind == "acknowledgement" for row in rows(road, outbox))


def test_messages_for_which_no_time_was_left_are_given_back(road: Road, mailbox: Mailbox) -> None:
    """CR8: what one letter led to is written when the next runs into the time limit; it goes out soon, uncounted."""
    ids = three(road)
    with time_limit() as up:

        def handle(row: LetterRow, grants: dict[str, Grant], conn: sa.Connection) -> Outcome:
            if row.id == ids[1]:
                up()
            opened = open_letter(row, road.vault, grants[row.id])
            return process.redirect(road.bench, road.bench.rules(), opened, Stored(conn, [row.ticket]), hold.Said())

        assert step.run(road.bench, ids, step.Step(handle), one_by_one=True) == []
    (row,) = [row for row in rows(road, outbox) if row.kind == "redirect"]
    assert (row.claimed_by, row.attempts, row.state) == ("-", 0, "queued")
    road.redeliver()
    assert len(mailbox.to(DMV)) == 1


class _Broken(Courier):
    """A courier that breaks on the second message."""

    asked = 0

    def deliver(self, payload: Payload, box: str) -> Delivery:
        self.asked += 1
        if self.asked == 2:
            raise ValueError
        return super().deliver(payload, box)


def test_a_message_that_breaks_the_courier_is_its_own_fault(road: Road, mailbox: Mailbox) -> None:
    """The others of its batch are sent and written down."""
    ids = three(road)
    bench = replace(road.bench, courier=_Broken(road.config))
    deliver.deliver(bench, process.process(bench, ids))
    states = sorted((row.state, row.attempts) for row in rows(road, outbox) if row.kind == "redirect")
    assert states == [("queued", 1), ("sent", 1), ("sent", 1)]


@pytest.mark.parametrize("extension", ["HELP", "PIPELINING"])
@pytest.mark.parametrize("stage", ["mail", "dot"])
def test_a_connection_that_dies_within_a_batch_touches_only_its_own_message(
    road: Road, stage: str, extension: str
) -> None:
    """The next one is sent over a new connection."""
    ids = three(road)
    server = Moody(stage, "reset", extension)
    bench = replace(road.bench, courier=Courier(Config(smarthost=server.address, _env_file=None)))  # type: ignore[call-arg]
    messages = [m for m in process.process(bench, ids) if m.kind == "redirect"]
    deliver.deliver(bench, messages)
    wait_for(lambda: len(server.taken) >= 2)
    server.close()
    mine = [row for row in rows(road, outbox) if row.id in {message.id for message in messages}]
    assert sorted((row.state, row.attempts) for row in mine) == [("queued", 1), ("sent", 1), ("sent", 1)]
    assert server.connections >= 2


def test_rows_with_other_columns_are_updated_in_one_go(road: Road) -> None:
    """Each gets its own values, and how many were found is told."""
    first, second, third = three(road)
    with road.store.write() as conn:
        changes = [{"id": first, "state": "held"}, {"id": second, "state": "done", "agency": "dmv"}]
        found = update(conn, letters, letters.c.id, [*changes, {"id": "none", "state": "held"}])
    assert found == 2
    assert [(row.state, row.agency) for row in map(road.letter, (first, second, third))] == [
        ("held", None),
        ("done", "dmv"),
        ("waiting", None),
    ]
