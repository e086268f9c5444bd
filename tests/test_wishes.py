"""Wishes that come late: after the letter went on, after the ticket moved, twice, or against one another."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from intake import hold
from intake.store import outbox, tickets
from tests.road import Mailbox, Road, alias_of, body, mail
from tests.test_backscatter import with_program
from tests.test_relay import CITIZEN, DMV, DOT, all_to, first_letter

OTHER = "maria.work@firm.example"
DPH = "dph@agencies.example"


def asked(road: Road, mailbox: Mailbox) -> str:
    """A letter from another address, about which the citizen was just asked; its id."""
    first_letter(road)
    (letter,) = road.mail(OTHER, alias_of(mailbox.to(CITIZEN)[0]), mail("One more thing.", sender=OTHER))
    road.work()
    assert road.letter(letter).state == "held"
    return letter


def arrived(mailbox: Mailbox) -> int:
    return sum("One more thing." in body(m) for m in mailbox.to(DMV))


def consents(road: Road, ref: str) -> list[str]:
    with road.store.read() as conn:
        return list(json.loads(conn.execute(sa.select(tickets.c.consent).where(tickets.c.ref == ref)).scalar_one()))


@pytest.mark.parametrize("wish", ["stranger", "mine"])
def test_a_letter_that_a_person_let_go_is_out_of_reach(road: Road, mailbox: Mailbox, wish: str) -> None:
    """A word about a letter counts while that waits: what went on is neither recalled nor sent twice."""
    letter = asked(road, mailbox)
    question = mailbox.to(CITIZEN)[-1]
    assert hold.release_letter(road.store, road.queue, letter, "admin")
    road.work()
    road.wish(question, wish)
    road.work()
    road.work()
    assert (road.letter(letter).state, arrived(mailbox)) == ("done", 1)
    assert road.sums()["difference"] == 0


@pytest.mark.parametrize(
    ("first", "second", "ends"), [("mine", "stranger", 1), ("stranger", "mine", 0), ("mine",) * 2 + (1,)]
)
def test_the_first_word_about_a_letter_counts(road: Road, mailbox: Mailbox, first: str, second: str, ends: int) -> None:
    """Two buttons pressed, before a worker came to either: the letter goes the first way, and once."""
    letter = asked(road, mailbox)
    question = mailbox.to(CITIZEN)[-1]
    for wish in (first, second):
        road.wish(question, wish)
    road.work()
    road.work()
    assert (road.letter(letter).state, arrived(mailbox)) == (("refused", "done")[ends], ends)


def test_a_yes_to_one_agency_is_none_to_the_next(road: Road, mailbox: Mailbox) -> None:
    """Promise 5: a link that asked about one agency shares nothing with another that holds the ticket by now."""
    ref = road.form(message="My driver's license expired.", email=CITIZEN, reply="email", share_email="yes")
    road.work()
    assert hold.reroute(road.store, road.queue, ref, "dot", "admin")
    road.work()
    about_dot = mailbox.to(CITIZEN)[-1]
    assert hold.reroute(road.store, road.queue, ref, "dph", "admin")
    road.work()
    road.wish(about_dot, "share")
    road.work()
    road.mail(CITIZEN, alias_of(about_dot), mail("Once more.", sender=CITIZEN))
    road.work()
    assert "Once more." in body(mailbox.to(DPH)[-1])
    assert CITIZEN not in all_to(mailbox, DPH) + all_to(mailbox, DOT)
    assert consents(road, ref) == ["dmv"]


def test_whoever_wants_no_mail_is_not_even_written_to(road: Road, mailbox: Mailbox) -> None:
    """Feature 48: no acknowledgement, question or notice lies in the outbox for somebody who said stop."""
    ref = road.form(message="My driver's license expired.", email=CITIZEN, reply="email", share_email="yes")
    road.work()
    acknowledgement = mailbox.to(CITIZEN)[0]
    road.wish(acknowledgement, "stop")
    road.work()
    with road.store.read() as conn:
        ours = sa.select(sa.func.count()).where(outbox.c.recipient == road.bench.address_digest(CITIZEN))
        before = conn.scalar(ours)
    with road.store.write() as conn:
        conn.execute(sa.update(outbox).values(created=0))  # so that none is left out for being the second of a day
    road.mail(CITIZEN, "dot@intake.example", mail("A pothole."))
    road.mail(CITIZEN, "dot@intake.example", with_program(CITIZEN))
    road.mail(OTHER, alias_of(acknowledgement), mail("One more thing.", sender=OTHER))
    road.mail(CITIZEN, alias_of(acknowledgement), with_program(CITIZEN))
    assert hold.reroute(road.store, road.queue, ref, "dph", "admin")
    road.work()
    assert "license" in body(mailbox.to(DPH)[-1])
    with road.store.read() as conn:
        assert conn.scalar(ours) == before
