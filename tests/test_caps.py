"""Caps: how much an alias passes on, and how often a machine of ours writes to one citizen (RFC 3834 §2)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from intake import hold
from intake.config import Config
from intake.routing.published import Published
from intake.store import DAY, Store, outbox
from tests.road import Mailbox, Road, alias_of, body, mail
from tests.test_backscatter import with_program
from tests.test_relay import CITIZEN, CLERK, DMV, answer, first_letter
from workers.conversation import A_DAY
from workers.relay import AN_HOUR


def stranger_writes(road: Road, alias: str, n: int) -> None:
    """Somebody whom the ticket does not know: the citizen is asked whether it was them."""
    sender = f"x{n}@evil.example"
    road.mail(sender, alias, mail(f"hi {n}", sender=sender))
    road.work()


def harm_is_sent(road: Road, n: int, to: str = "contact@intake.example") -> None:
    """The citizen's own letter with a program in it: they are told."""
    road.mail(CITIZEN, to, with_program(CITIZEN, message_id=f"<harm{n}@post.example>"))
    road.work()


def test_limits_that_are_off_are_off(config: Config, store: Store, published: Published, mailbox: Mailbox) -> None:
    """INTAKE_RATE_LIMITS=off: an alias passes on what comes; a stranger still makes us ask a few times a day only."""
    settings = {"smarthost": mailbox.address, "rate_limits": False}
    road = Road(config.model_copy(update=settings), store, published)
    first_letter(road)
    to_citizen, to_agency = alias_of(mailbox.to(DMV)[0]), alias_of(mailbox.to(CITIZEN)[0])
    for n in range(AN_HOUR + 2):
        road.mail(CLERK, to_citizen, answer(f"Message {n}."))
    road.work()
    assert f"Message {AN_HOUR + 1}." in " ".join(body(m) for m in mailbox.to(CITIZEN))
    before = len(mailbox.to(CITIZEN))
    for n in range(A_DAY + 2):
        stranger_writes(road, to_agency, n)
    assert len(mailbox.to(CITIZEN)) == before + A_DAY


def test_passing_on_often_asks_a_few_times(road: Road, mailbox: Mailbox) -> None:
    """RA12: a letter that is passed from agency to agency does not become a mail to its writer each time."""
    ref = road.form(message="My driver's license expired.", email=CITIZEN, reply="email", share_email="yes")
    road.work()
    before = len(mailbox.to(CITIZEN))
    for n in range(A_DAY + 2):
        assert hold.reroute(road.store, road.queue, ref, ("dot", "dph")[n % 2], "admin")
        road.work()
    asked = mailbox.to(CITIZEN)[before:]
    assert len(asked) == A_DAY
    assert all("may they see your e-mail address" in str(m["Subject"]).lower() for m in asked)


@pytest.mark.parametrize("where", ["letters", "additions"])
def test_a_harmful_file_is_told_a_few_times(road: Road, mailbox: Mailbox, where: str) -> None:
    """RA12: a device with a virus that sends it again and again is told of it a few times a day."""
    first_letter(road)
    to = {"letters": "contact@intake.example", "additions": alias_of(mailbox.to(CITIZEN)[0])}[where]
    before = len(mailbox.to(CITIZEN))
    for n in range(A_DAY + 2):
        harm_is_sent(road, n, to)
    assert len(mailbox.to(CITIZEN)) == before + A_DAY


def test_questions_and_notices_are_counted_together(road: Road, mailbox: Mailbox) -> None:
    """RA12: per address, over all tickets and reasons; after a day there is room again."""
    first_letter(road)
    before, to = len(mailbox.to(CITIZEN)), alias_of(mailbox.to(CITIZEN)[0])
    for n in range(A_DAY - 1):
        harm_is_sent(road, n)
    for n in range(3):
        stranger_writes(road, to, n)
    assert len(mailbox.to(CITIZEN)) == before + A_DAY
    with road.store.write() as conn:
        conn.execute(sa.update(outbox).values(created=outbox.c.created - DAY))
    stranger_writes(road, to, 9)
    assert len(mailbox.to(CITIZEN)) == before + A_DAY + 1
