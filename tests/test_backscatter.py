"""Backscatter: nothing a machine of ours writes goes to somebody who did not write to us (RFC 3834 §2)."""

from __future__ import annotations

import email
from dataclasses import dataclass, field
from email import policy

import pytest
import sqlalchemy as sa

from intake import hold
from intake.config import Config
from intake.routing.published import Published
from intake.store import Store, events
from tests.road import Mailbox, Road, alias_of, body, mail
from tests.test_relay import (
    CITIZEN,
    CLERK,
    DMV,
    FAR,
    all_to,
    answer,
    bounce_of,
    first_letter,
    report,
)


def with_program(sender: str, **headers: str) -> bytes:
    """A mail with a program that says it is a document."""
    message = email.message_from_bytes(mail("See the file.", sender=sender, **headers), policy=policy.SMTP)
    message.add_attachment(b"MZ\x90\0" + bytes(200), maintype="application", subtype="pdf", filename="a.exe")
    return message.as_bytes()


@dataclass(frozen=True, slots=True)
class Sent:
    """How a mail comes: who hands it in from where, and what its header says besides."""

    mail_from: str = CITIZEN
    client: str = "127.0.0.1"
    headers: dict[str, str] = field(default_factory=dict)


FORGED = {
    "nobody vouches for it": Sent(client=FAR),
    "another envelope": Sent("spam@evil.example"),
    "no envelope sender": Sent(""),
    "a machine": Sent(headers={"Auto_Submitted": "auto-generated"}),
    "a list": Sent(headers={"List_Id": "<talk.post.example>"}),
    "in bulk": Sent(headers={"Precedence": "bulk"}),
}


def test_whoever_surely_sent_a_harmful_file_is_told(road: Road, mailbox: Mailbox) -> None:
    """MB11: the other half of the tests below: without a doubt there is a notice."""
    road.mail(CITIZEN, "contact@intake.example", with_program(CITIZEN))
    road.work()
    assert "may do harm" in body(mailbox.to(CITIZEN)[0])


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_letter_with_a_harmful_file_tells_nobody(road: Road, mailbox: Mailbox, how: str) -> None:
    """RA12, MB11: a virus that forges its sender makes us write to no victim; its letter is held."""
    sent = FORGED[how]
    raw = with_program(CITIZEN, **sent.headers)
    (ref,) = road.mail(sent.mail_from, "contact@intake.example", raw, client=sent.client)
    road.work()
    assert road.ticket(ref)["held_because"].startswith("an attachment may do harm: ")
    assert mailbox.got == []


@pytest.mark.parametrize("side", ["agency", "citizen"])
def test_a_forged_message_with_a_harmful_file_tells_nobody(road: Road, mailbox: Mailbox, side: str) -> None:
    """RA12, RA3: at an alias too: neither the agency nor the citizen is told of what others sent in their name."""
    first_letter(road)
    alias, sender = {
        "agency": (alias_of(mailbox.to(DMV)[0]), CLERK),
        "citizen": (alias_of(mailbox.to(CITIZEN)[0]), "x@evil.example"),
    }[side]
    before = len(mailbox.got)
    (letter,) = road.mail(sender, alias, with_program(sender), client=FAR)
    road.work()
    assert road.letter(letter).held_because.startswith("an attachment may do harm: ")
    assert len(mailbox.got) == before


@pytest.mark.parametrize("address", ["contact@intake.example", "dmv@intake.example", "Postmaster@INTAKE.Example"])
@pytest.mark.parametrize("way", ["form", "mail", "harm"])
def test_we_never_write_to_ourselves(road: Road, mailbox: Mailbox, address: str, way: str) -> None:
    """RA6: a letter that gives an address of ours as its writer's is answered by no machine."""
    if way == "form":
        road.form(message="My driver's license expired.", email=address, reply="email")
    else:
        raw = mail("My driver's license expired.", sender=address) if way == "mail" else with_program(address)
        road.mail(address, "contact@intake.example", raw)
    road.work()
    assert {to.lower() for _, rcpts, _ in mailbox.got for to in rcpts} <= {DMV}


def test_where_nobody_reads_nobody_is_answered(road: Road, mailbox: Mailbox) -> None:
    """RFC 3834: the letter goes its way; the mailbox of a machine gets nothing."""
    nobody = "no-reply@post.example"
    road.mail(nobody, "contact@intake.example", mail("My road is flooded.", sender=nobody))
    road.work()
    assert mailbox.got
    assert not mailbox.to(nobody)


def test_without_acknowledgements_no_machine_writes_to_a_citizen(
    config: Config, store: Store, published: Published, mailbox: Mailbox
) -> None:
    """INTAKE_ACKNOWLEDGE=off: no acknowledgement, no question, no notice; the words of an agency arrive."""
    settings = {"smarthost": mailbox.address, "acknowledge": False}
    road = Road(config.model_copy(update=settings), store, published)
    ref = road.form(message="My driver's license expired.", email=CITIZEN, reply="email", share_email="yes")
    road.mail(CITIZEN, "contact@intake.example", with_program(CITIZEN))
    road.work()
    road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), answer())
    road.work()
    (arrived,) = mailbox.to(CITIZEN)
    assert "Bring two documents." in body(arrived)
    road.mail("x@evil.example", alias_of(arrived), mail("Pay me.", sender="x@evil.example"))
    road.mail(CITIZEN, alias_of(arrived), with_program(CITIZEN))
    assert hold.reroute(road.store, road.queue, ref, "dot", "admin")
    road.work()
    assert mailbox.to(CITIZEN) == [arrived]


# ── reports that come twice, or late ─────────────────────────────────────────────────────────────────────────────


def bounced(road: Road) -> int:
    with road.store.read() as conn:
        return conn.scalar(sa.select(sa.func.count()).where(events.c.what == "bounced")) or 0


def test_a_failure_that_is_reported_twice_is_one(road: Road, mailbox: Mailbox) -> None:
    """LK10: only what is on its way can come back: the agency is told once that its answer did not arrive."""
    ref = first_letter(road)
    road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), answer())
    road.work()
    to = bounce_of(mailbox, CITIZEN)
    for _ in range(3):
        road.mail("", to, report("failed", "5.1.1", CITIZEN))
        road.work()
    assert sum("could not be delivered" in body(m) for m in mailbox.to(DMV)) == 1
    assert bounced(road) == 1
    assert CITIZEN not in all_to(mailbox, DMV)
    assert road.ticket(ref)["state"] == "bounced"


@pytest.mark.both_stores
def test_a_report_about_what_waits_moves_nothing(road: Road, mailbox: Mailbox) -> None:
    """A message that is to go out once more is not lost for a second report about the first time."""
    ref = first_letter(road)
    to = bounce_of(mailbox, DMV)
    road.mail("", to, report("failed", "4.2.2", DMV))
    road.work()
    road.mail("", to, report("failed", "5.1.1", DMV))
    road.work()
    assert bounced(road) == 0
    road.redeliver()
    assert (len(mailbox.to(DMV)), road.ticket(ref)["state"]) == (2, "delivered")
