"""The two-way relay: who may write through an alias, what the other side is told, and what a citizen can choose."""

from __future__ import annotations

import email
import json
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from email import policy

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from intake import alias, consent, cover, hold, mime, reason, suppression, view
from intake.letter import Attachment, Envelope, Letter
from intake.malware import Finding
from intake.outgoing import Payload
from intake.purpose import Grant, Purpose
from intake.reader import fetch, open_key
from intake.routing import Decision
from intake.signer import Signer
from intake.store import DAY, Store, aliases, events, letters, outbox, tickets
from tests.conftest import cpu_seconds
from tests.road import Mailbox, Road, alias_of, body, mail
from tests.zone import Zone
from workers import deliver, relay
from workers.relay import AN_HOUR

CITIZEN = "maria.lopez@post.example"
CLERK = "clerk@agencies.example"
DMV = "dmv@agencies.example"
DOT = "dot@agencies.example"
FAR = "203.0.113.9"


def first_letter(road: Road, text: str = "My driver's license expired.") -> str:
    """A citizen's letter that has arrived; its reference."""
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail(text))
    road.work()
    return ref


def answer(text: str = "Bring two documents.", **headers: str) -> bytes:
    return mail(text, sender=f"Clerk <{CLERK}>", **headers)


def all_to(mailbox: Mailbox, address: str) -> str:
    """All that `address` got, decoded and not."""
    sent = zip(mailbox.got, mailbox.raw, strict=True)
    raw = [octets.decode("utf-8", "replace") for (_, to, _), octets in sent if address in to]
    return "\n".join([*raw, *(str(m) + body(m) for m in mailbox.to(address))]).lower()


# ── answers of agencies ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_forged_agency_is_held_and_one_click_lets_it_go(road: Road, mailbox: Mailbox) -> None:
    """RA3: an answer that nobody vouches for reaches the citizen only after a person looked."""
    ref = first_letter(road)
    before = len(mailbox.to(CITIZEN))
    (letter,) = road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), answer(), client=FAR)
    road.work()
    assert road.letter(letter).held_because.startswith("unverified agency sender: ")
    assert len(mailbox.to(CITIZEN)) == before
    assert hold.release(road.store, road.queue, letter, "admin")
    road.work()
    assert "Bring two documents." in body(mailbox.to(CITIZEN)[-1])
    assert road.ticket(ref)["state"] == "answered"


def test_what_a_server_on_this_machine_passed_on_is_not_of_this_machine(road: Road, mailbox: Mailbox) -> None:
    """RA3: behind a mail server every stranger comes over loopback; a Received line tells."""
    first_letter(road)
    passed = b"Received: from far.example ([203.0.113.9]) by mx.intake.example\r\n" + answer()
    (letter,) = road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), passed)
    road.work()
    assert road.letter(letter).state == "held"


def test_a_signed_answer_is_believed_from_anywhere(config, store: Store, published, mailbox: Mailbox, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """RA3, RA4: an aligned DKIM signature carries the agency's answer; another domain's carries nothing here."""
    key = tmp_path / "agency.pem"
    key.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)
    agency, other = Signer(key, "s1", "agencies.example"), Signer(key, "s1", "roads.example")
    records = {(name, "TXT"): [value] for name, value in (agency.record(), other.record())}
    with Zone(records) as zone:
        settings = {"smarthost": mailbox.address, "dns": "{}:{}".format(*zone.address)}
        road = Road(config.model_copy(update=settings), store, published)
        first_letter(road)
        to = alias_of(mailbox.to(DMV)[0])
        foreign = mail("Pay 500.", sender="clerk@roads.example")
        (stranger,) = road.mail("clerk@roads.example", to, other.sign(foreign), client=FAR)
        (unaligned,) = road.mail(CLERK, to, other.sign(answer("Pay 500.")), client=FAR)
        road.mail(CLERK, to, agency.sign(answer()), client=FAR)
        road.work()
    assert [road.letter(i).state for i in (stranger, unaligned)] == ["held", "held"]
    assert "Bring two documents." in body(mailbox.to(CITIZEN)[-1])
    assert "Pay 500" not in all_to(mailbox, CITIZEN)


def test_a_configured_network_is_believed(config, store: Store, published, mailbox: Mailbox) -> None:  # type: ignore[no-untyped-def]
    """INTAKE_TRUSTED_NETWORKS: the agencies' own mail servers vouch for their senders."""
    from ipaddress import ip_network

    settings = {"smarthost": mailbox.address, "trusted_networks": (ip_network("203.0.113.0/24"),)}
    road = Road(config.model_copy(update=settings), store, published)
    first_letter(road)
    road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), answer(), client=FAR)
    road.work()
    assert "Bring two documents." in body(mailbox.to(CITIZEN)[-1])


def test_other_recipients_learn_nothing_and_the_agency_is_told(road: Road, mailbox: Mailbox) -> None:
    """LK11: an answer that is also addressed to others goes to the citizen alone."""
    first_letter(road)
    road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), answer(Cc="press@paper.example, boss@agencies.example"))
    road.work()
    got = mailbox.to(CITIZEN)[-1]
    assert "Bring two documents." in body(got)
    assert "paper.example" not in str(got) + body(got)
    assert "agencies.example" not in str(got)
    told = mailbox.to(DMV)[-1]
    assert "2 other recipients" in body(told)
    assert told["Auto-Submitted"] == "auto-generated"
    assert {to for _, rcpts, _ in mailbox.got for to in rcpts} == {CITIZEN, DMV}


@pytest.mark.parametrize(
    ("text", "address", "arrives"),
    [
        ("For the form write to {}.", "records@agencies.example", True),
        ("They can help: {}.", "help@legalaid.example", True),
        ("Ask {}.", "press@paper.example", False),
        ("Yes.\n\n> Ask {} first.", "forms@agencies.example", True),
        ("Yes.\n\n> Ask {} first.", "records@agencies.example", False),
        ("Yes.\n\n> I am {}.", "rosa@home.example", False),
        ("Yes.\n\nOn Friday Rosa <{}> wrote:\n\n> Yes.", "rosa@home.example", False),
        ("Yes.\n\nLe ven. 28 nov. 2026 à 10:04, Rosa\n<{}> a écrit :\n> Yes.", "rosa@home.example", False),
        ("Yes.\n\n*Von:* Rosa <{}>\nGesendet: Montag", "rosa@home.example", False),
        ("Yes.\n\nFrom: Rosa\nSent: Monday\nTo: DMV\n\nI am {}.", "rosa@home.example", False),
        ("To: apply, write to {}.", "apply@benefits.example", True),
        ("Yes.\n\nKopia: x\nDW: Rosa <{}>", "rosa@home.example", False),
        ("Yes.\n\n> {} wrote: no.", CLERK, False),
        ("Ask me: {}.", CLERK, False),
    ],
)
def test_addresses_in_an_answer(road: Road, mailbox: Mailbox, text: str, address: str, arrives: bool) -> None:
    """LK7, LK11: what staff write for the citizen arrives, an office's address always; whoever else got the answer or
    is quoted in it, and the writer's own, does not; a colleague's that is quoted neither."""
    first_letter(road)
    others = "press@paper.example, records@agencies.example"
    road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), answer(text.format(address), Cc=others))
    road.work()
    got = body(mailbox.to(CITIZEN)[-1]).replace("\r\n", "\n")
    assert got.partition("\n-- ")[0].strip() == text.format(address if arrives else "[e-mail address withheld]")


def test_the_subject_of_an_answer_is_quoted(road: Road, mailbox: Mailbox) -> None:
    """LK7: it is of what is answered: a private address in it goes, an office's stays."""
    first_letter(road)
    raw = mail("Yes.", sender=CLERK, subject=f"Re: [rosa@home.example] forms@agencies.example {CLERK}")
    road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), raw)
    road.work()
    subject = str(mailbox.to(CITIZEN)[-1]["Subject"])
    assert subject.count("[e-mail address withheld]") == 2
    assert "forms@agencies.example" in subject


def test_an_answer_tells_no_alias_of_another_conversation(road: Road, mailbox: Mailbox) -> None:
    """LK7: what staff copy from another citizen's mail names that citizen's alias, in whatever form."""
    first_letter(road)
    road.mail("ann@post.example", "dmv@intake.example", mail("My license.", sender="ann@post.example"))
    road.work()
    mine, other = (alias_of(m) for m in mailbox.to(DMV))
    token = other[6:26]
    road.mail(CLERK, mine, answer(f"Yes.\n\nAs for {other}: {token[:9]}-{token[9:]}."))
    road.work()
    got = body(mailbox.to(CITIZEN)[-1])
    assert got.count("[e-mail address withheld]") == 2
    assert token[:9] not in got


@pytest.mark.both_stores
def test_an_answer_at_the_wrong_address_is_held_with_a_guess(road: Road, mailbox: Mailbox) -> None:
    """Feature 76: an agency that writes to the public address instead of the alias is no new letter."""
    ref = first_letter(road)
    message = mailbox.to(DMV)[0]
    by_thread = answer(In_Reply_To=str(message["Message-ID"]))
    by_subject = mail("Bring two documents.", sender=CLERK, subject=f"Re: [{ref}] license")
    for raw, score in ((by_thread, 0.95), (by_subject, 0.8)):
        (letter,) = road.mail(CLERK, "contact@intake.example", raw)
        road.work()
        assert road.letter(letter).state == "held"
        with road.store.read() as conn:
            told = conn.scalar(sa.select(events.c.detail).where(events.c.subject == letter, events.c.what == "held"))
        assert (json.loads(told)["guess"], json.loads(told)["score"]) == (ref, score)


# ── additions of citizens ────────────────────────────────────────────────────────────────────────────────────────


def test_another_address_waits_until_the_citizen_says_it_was_theirs(road: Road, mailbox: Mailbox) -> None:
    """RA2: the address on record is asked by a link; the agency hears nothing until then, and no address after."""
    first_letter(road)
    before = len(mailbox.to(DMV))
    to_agency = alias_of(mailbox.to(CITIZEN)[0])
    other = "maria.work@firm.example"
    (letter,) = road.mail(other, to_agency, mail("One more thing.", sender=other))
    road.work()
    assert (road.letter(letter).state, len(mailbox.to(DMV))) == ("held", before)
    question = mailbox.to(CITIZEN)[-1]
    assert other not in str(question) + body(question)
    assert "One more thing" not in body(question)
    assert question["Auto-Submitted"] == "auto-generated"
    road.wish(question, "mine")
    road.work()
    road.work()
    assert "One more thing." in body(mailbox.to(DMV)[-1])
    road.mail(other, to_agency, mail(f"And another, from {other}.", sender=other))
    road.work()
    assert "And another" in body(mailbox.to(DMV)[-1])  # known from now on
    assert "firm.example" not in all_to(mailbox, DMV)
    assert CITIZEN not in all_to(mailbox, DMV)


def test_a_stranger_s_letter_is_refused_when_the_citizen_says_so(road: Road, mailbox: Mailbox) -> None:
    """RA2: what the citizen disowns goes nowhere, and is counted."""
    first_letter(road)
    (letter,) = road.mail("x@evil.example", alias_of(mailbox.to(CITIZEN)[0]), mail("Pay me.", sender="x@evil.example"))
    road.work()
    road.wish(mailbox.to(CITIZEN)[-1], "stranger")
    road.work()
    assert road.letter(letter).state == "refused"
    assert "Pay me" not in all_to(mailbox, DMV)
    assert road.sums()["difference"] == 0


def test_a_stranger_cannot_make_us_write_for_ever(road: Road, mailbox: Mailbox) -> None:
    """RA12: a few questions a day to an address, however often a stranger writes."""
    first_letter(road)
    before, to = len(mailbox.to(CITIZEN)), alias_of(mailbox.to(CITIZEN)[0])
    for n in range(6):
        road.mail(f"x{n}@evil.example", to, mail(f"hi {n}", sender=f"x{n}@evil.example"))
        road.work()
    assert len(mailbox.to(CITIZEN)) == before + 3


@pytest.mark.parametrize(
    ("agencies", "relay_first", "busy"),
    [(["dot"], False, False), (["dot"], True, True), (["dot", "dmv"], True, False), (["dot", "dmv"], False, True)],
)
def test_the_next_agency_gets_the_whole_story(
    road: Road, mailbox: Mailbox, agencies: list[str], relay_first: bool, busy: bool
) -> None:
    """Passed on, the letter and what the citizen added go to the new agency: in order, redacted anew, under new
    aliases, whichever the workers take first and however busy the mail server is."""
    ref = first_letter(road, f"My driver's license. I am {CITIZEN}.")
    to = alias_of(mailbox.to(CITIZEN)[0])
    for n in (1, 2):
        road.mail(CITIZEN, to, mail(f"Addition {n} of {CITIZEN}.", sender=CITIZEN, message_id=f"<{n}@post.example>"))
    road.work()
    for agency in agencies:
        before, old = len(mailbox.got), {alias_of(m) for m in mailbox.to(DMV)}
        assert hold.reroute(road.store, road.queue, ref, agency, "admin")
        assert road.ticket(ref)["state"] == "received"
        mailbox.replies = ["451 busy"] if busy else []
        if relay_first:
            with road.store.read() as conn:
                waiting = sa.select(letters.c.id).where(letters.c.kind == "reply", letters.c.state == "waiting")
                added = list(conn.execute(waiting.order_by(letters.c.received)).scalars())
            assert len(added) == 2
            deliver.deliver(road.bench, relay.relay(road.bench, added))
        road.work()
        road.redeliver()
        road.redeliver()
        assert road.ticket(ref)["state"] == "delivered"
    got = [m for _, to, m in mailbox.got[before:] if to == [f"{agencies[-1]}@agencies.example"]]
    story = ("My driver's license", "Addition 1", "Addition 2")
    assert [next(words for words in story if words in body(m)) for m in got] == list(story)
    (new,) = {alias_of(m) for m in got}
    assert new not in old
    assert CITIZEN not in all_to(mailbox, DMV) + all_to(mailbox, DOT)


@dataclass
class Told:
    """A queue that remembers what it was told."""

    ids: list[str]

    def put(self, _task: str, ids: list[str], *_: object, **__: object) -> None:
        self.ids += ids


def test_the_workers_are_told_in_order(road: Road, mailbox: Mailbox) -> None:
    """Passed on, the letter comes first and the additions as they came, not as they are stored."""
    ref, told = first_letter(road), Told([])
    ids = []
    for n in range(4):
        ids += road.mail(CITIZEN, alias_of(mailbox.to(CITIZEN)[0]), mail(f"Addition {n}.", sender=CITIZEN))
        road.work()
    with road.store.write() as conn:
        for at, letter in enumerate([*ids, ref]):
            conn.execute(sa.update(letters).where(letters.c.id == letter).values(received=at))
    assert hold.reroute(road.store, told, ref, "dot", "admin")  # type: ignore[arg-type]
    assert told.ids == [ref, *ids]


# ── choices ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_consent_changes_exactly_one_thing(road: Road, mailbox: Mailbox) -> None:
    """Promise 5: with consent the agency that holds the ticket sees the address, in each mail and at the desk."""
    first_letter(road)
    acknowledgement = mailbox.to(CITIZEN)[0]
    to_agency = alias_of(acknowledgement)
    road.mail(CITIZEN, to_agency, mail(f"First. {CITIZEN}", sender=CITIZEN))
    road.work()
    assert CITIZEN not in all_to(mailbox, DMV)
    road.wish(acknowledgement, "share")
    road.work()
    road.mail(CITIZEN, to_agency, mail("Second.", sender=CITIZEN))
    road.work()
    assert f"share their e-mail address with you: {CITIZEN}" in body(mailbox.to(DMV)[-1])
    ref = road.tickets()[0]["ref"]
    assert view.for_desk(road.store, road.vault, road.published.current, ref, "u", "intake.example").shared == CITIZEN
    road.wish(acknowledgement, "keep")
    road.work()
    road.mail(CITIZEN, to_agency, mail("Third.", sender=CITIZEN))
    road.work()
    assert "Third." in body(mailbox.to(DMV)[-1])
    assert CITIZEN not in body(mailbox.to(DMV)[-1])
    assert view.for_desk(road.store, road.vault, road.published.current, ref, "u", "intake.example").shared == ""


def test_a_note_of_ours_needs_no_consent(road: Road, mailbox: Mailbox) -> None:
    """What shows no address goes out although consent was taken back meanwhile."""
    first_letter(road)
    acknowledgement = mailbox.to(CITIZEN)[0]
    road.wish(acknowledgement, "share")
    road.work()
    mailbox.replies = ["451 busy"] * 2
    road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), answer(Cc="press@paper.example"))
    road.work()
    road.wish(acknowledgement, "keep")
    road.work()
    road.redeliver()
    assert "one other recipient" in body(mailbox.to(DMV)[-1])


def test_passing_on_asks_again(road: Road, mailbox: Mailbox) -> None:
    """Consent on the form covers the first holder; the next agency sees nothing until the citizen says so."""
    ref = road.form(message="My driver's license expired.", email=CITIZEN, reply="email", share_email="yes")
    road.work()
    assert CITIZEN in body(mailbox.to(DMV)[0])
    assert hold.reroute(road.store, road.queue, ref, "dot", "admin")
    road.work()
    assert CITIZEN not in all_to(mailbox, DOT)
    question = mailbox.to(CITIZEN)[-1]
    assert "Department of Transportation" in body(question)
    road.wish(question, "share")
    road.work()
    road.mail(CITIZEN, alias_of(question), mail("Once more.", sender=CITIZEN))
    road.work()
    assert CITIZEN in body(mailbox.to(DOT)[-1])


def test_whoever_wants_no_mail_gets_none(road: Road, mailbox: Mailbox) -> None:
    """Feature 48: every sender obeys; the agency is told that its answer was kept, and `resume` ends it."""
    first_letter(road)
    acknowledgement = mailbox.to(CITIZEN)[0]
    road.wish(acknowledgement, "stop")
    road.work()
    before = len(mailbox.to(CITIZEN))
    (letter,) = road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), answer())
    road.mail(CITIZEN, "dot@intake.example", mail("A pothole.", message_id="<2@post.example>"))
    road.work()
    assert len(mailbox.to(CITIZEN)) == before
    assert road.letter(letter).held_because == "the writer wants no mail"
    assert "never to write to them again" in body(mailbox.to(DMV)[-1])
    road.wish(acknowledgement, "resume")
    road.work()
    road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), answer("Here you are."))
    road.work()
    assert "Here you are." in body(mailbox.to(CITIZEN)[-1])


@pytest.mark.parametrize("kind", ["redirect", "follow-up"])
def test_what_waits_for_consent_is_sent_without_it_when_released(road: Road, mailbox: Mailbox, kind: str) -> None:
    """Promise 5: released, a message that was written under a consent that is gone is written anew, without address."""
    if kind == "redirect":
        mailbox.replies = ["451 busy"]
    ref = road.form(message="My driver's license expired.", email=CITIZEN, reply="email", share_email="yes")
    road.work()
    letter = ref
    if kind == "follow-up":
        mailbox.replies = ["451 busy"]
        (letter,) = road.mail(CITIZEN, alias_of(mailbox.to(CITIZEN)[0]), mail("My license, again.", sender=CITIZEN))
        road.work()
    before = len(mailbox.to(DMV))
    with road.store.write() as conn:
        consent.withdraw(conn, conn.execute(sa.select(tickets)).one())
    road.redeliver()
    assert (road.ticket(ref)["state"], len(mailbox.to(DMV))) == ("held", before)
    assert hold.release(road.store, road.queue, letter, "admin")
    road.work()
    assert road.ticket(ref)["state"] == "delivered"
    (got,) = mailbox.to(DMV)[before:]
    assert "license" in body(got)
    assert CITIZEN not in str(got) + body(got)
    assert ("They did not get your e-mail address" in body(mailbox.to(CITIZEN)[0])) == (kind == "redirect")


def test_what_is_in_the_outbox_already_is_kept_when_its_receiver_wants_no_mail(road: Road, mailbox: Mailbox) -> None:
    """Feature 48: the list is asked last thing before a message leaves."""
    first_letter(road)
    mailbox.replies = ["451 busy"]
    road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), answer())
    road.work()
    with road.store.write() as conn:
        suppression.stop(conn, road.bench.address_digest(CITIZEN))
    before = len(mailbox.to(CITIZEN))
    road.redeliver()
    assert len(mailbox.to(CITIZEN)) == before
    with road.store.read() as conn:
        assert conn.scalar(sa.select(outbox.c.state).where(outbox.c.kind == "answer")) == "withdrawn"


# ── what a ticket's state says ───────────────────────────────────────────────────────────────────────────────────────


def addition(road: Road, mailbox: Mailbox, text: str = "One more thing.") -> str:
    """The citizen writes again; the letter's id."""
    (letter,) = road.mail(CITIZEN, alias_of(mailbox.to(CITIZEN)[0]), mail(text, sender=CITIZEN))
    road.work()
    return letter


def an_answer(road: Road, mailbox: Mailbox, text: str = "Bring two documents.") -> str:
    """The agency writes; the letter's id."""
    (letter,) = road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), answer(text))
    road.work()
    return letter


@pytest.mark.parametrize(
    ("write", "to", "after"),
    [(an_answer, CITIZEN, "answered"), (addition, DMV, "delivered")],
    ids=["answer", "addition"],
)
def test_a_message_that_is_refused_holds_its_ticket(
    road: Road, mailbox: Mailbox, write: Callable[[Road, Mailbox], str], to: str, after: str
) -> None:
    """CR11: a ticket whose answer or addition the mail server refused says so, until that has gone."""
    ref = first_letter(road)
    before = len(mailbox.to(to))
    mailbox.replies = ["550 no"]
    letter = write(road, mailbox)
    found = road.ticket(ref)
    assert (found["state"], found.get("held_because")) == ("held", "smarthost 550")
    assert hold.release(road.store, road.queue, letter, "admin")
    road.redeliver()
    found = road.ticket(ref)
    assert (found["state"], found.get("held_because")) == (after, None)
    assert len(mailbox.to(to)) == before + 1


def test_an_addition_that_is_refused_does_not_undo_the_answer(road: Road, mailbox: Mailbox) -> None:
    """Answered, held because of an addition, released: answered again."""
    ref = first_letter(road)
    an_answer(road, mailbox)
    mailbox.replies = ["550 no"]
    letter = addition(road, mailbox)
    assert road.ticket(ref)["state"] == "held"
    assert hold.release(road.store, road.queue, letter, "admin")
    assert road.ticket(ref)["state"] == "answered"


def test_an_addition_that_comes_back_from_who_answered_is_seen(road: Road, mailbox: Mailbox) -> None:
    """LK9: a bounced addition is a person's to look at although there is an answer; the letter's late bounce is not."""
    ref = first_letter(road)
    of_letter = bounce_of(mailbox, DMV)
    an_answer(road, mailbox)
    road.mail("", of_letter, report("failed", "5.1.1", DMV))
    road.work()
    assert road.ticket(ref)["state"] == "answered"
    letter = addition(road, mailbox)
    road.mail("", bounce_of(mailbox, DMV), report("failed", "5.1.1", DMV))
    road.work()
    assert road.ticket(ref)["state"] == "bounced"
    assert hold.release(road.store, road.queue, letter, "admin")
    assert road.ticket(ref)["state"] == "answered"


def test_a_letter_on_its_way_again_is_not_delivered(road: Road, mailbox: Mailbox) -> None:
    """While a full mailbox is tried again the ticket is `routed`."""
    ref = first_letter(road)
    road.mail("", bounce_of(mailbox, DMV), report("failed", "4.2.2", DMV))
    road.work()
    assert road.ticket(ref)["state"] == "routed"
    road.redeliver()
    assert road.ticket(ref)["state"] == "delivered"


# ── machines and bounces ─────────────────────────────────────────────────────────────────────────────────────────


def report(action: str, status: str, address: str, sender: str = "mailer-daemon@post.example") -> bytes:
    """A delivery report (RFC 3464) that names the address it could not reach."""
    return (
        f"From: {sender}\r\nTo: bounce@intake.example\r\nSubject: Undelivered Mail\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\nYour mail to <{address}> is back.\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {address}\r\nAction: {action}\r\nStatus: {status}\r\n\r\n--b--\r\n"
    ).encode()


def bounce_of(mailbox: Mailbox, address: str) -> str:
    """The envelope sender of the last message that `address` got."""
    return [sender for sender, to, _ in mailbox.got if address in to][-1]


def test_a_citizen_s_bounce_is_told_to_the_agency_without_the_address(road: Road, mailbox: Mailbox) -> None:
    """LK10: the agency hears that its answer did not arrive, and not where."""
    ref = first_letter(road)
    road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), answer())
    road.work()
    road.mail("", bounce_of(mailbox, CITIZEN), report("failed", "5.1.1", CITIZEN))
    road.work()
    assert "could not be delivered" in body(mailbox.to(DMV)[-1])
    assert CITIZEN not in all_to(mailbox, DMV)
    assert road.ticket(ref)["state"] == "bounced"


def test_an_agency_s_mailbox_that_is_full_is_tried_again(road: Road, mailbox: Mailbox) -> None:
    """A bounce for the time being: the same message goes out again under the same Message-ID, a few times."""
    ref = first_letter(road)
    for n in range(2, 5):
        road.mail("", bounce_of(mailbox, DMV), report("failed", "4.2.2", DMV))
        road.work()
        road.redeliver()
        assert len(mailbox.to(DMV)) == n
    assert len({str(m["Message-ID"]) for m in mailbox.to(DMV)}) == 1
    road.mail("", bounce_of(mailbox, DMV), report("failed", "4.2.2", DMV))
    road.work()
    assert road.ticket(ref)["state"] == "bounced"


def test_an_agency_s_mailbox_that_is_gone_bounces_the_ticket(road: Road, mailbox: Mailbox) -> None:
    """LK9: a permanent bounce is a person's to look at, and nothing of it goes to the citizen."""
    ref = first_letter(road)
    before = len(mailbox.got)
    road.mail("", bounce_of(mailbox, DMV), report("failed", "5.1.1", DMV))
    road.work()
    assert (road.ticket(ref)["state"], len(mailbox.got)) == ("bounced", before)


def test_a_delay_is_noted_and_moves_nothing(road: Road, mailbox: Mailbox) -> None:
    """RFC 3464 §2.3.3: `delayed` is no failure."""
    ref = first_letter(road)
    road.mail("", bounce_of(mailbox, DMV), report("delayed", "4.4.1", DMV))
    road.work()
    assert road.ticket(ref)["state"] == "delivered"


def test_two_machines_that_write_to_each_other_stop(road: Road, mailbox: Mailbox) -> None:
    """RA6: a robot that says nothing about itself is stopped by the number of its messages."""
    first_letter(road)
    to = alias_of(mailbox.to(DMV)[0])
    for n in range(AN_HOUR + 2):
        (letter,) = road.mail(CLERK, to, answer(f"Message {n}."))
        road.work()
    assert road.letter(letter).held_because == f"more than {AN_HOUR} messages an hour through one alias"


def test_two_installations_stop_after_one_round(road: Road, mailbox: Mailbox) -> None:
    """RA6: an agency's mailbox that leads to another installation, and back to us from there, ends here."""
    ref = first_letter(road)
    away = "reply+0123456789abcdefghjk@county.example"
    round_trip = mail("I need a license.", sender=f"Citizen via Intake <{away}>", subject=f"[7K3M-9QX2-TR4B] [{ref}] A")
    (letter,) = road.mail("bounce+0123456789abcdefghjk@county.example", "contact@intake.example", round_trip)
    road.work()
    assert road.letter(letter).held_because.startswith("a loop")
    other = mail("I need a license.", sender=f"Citizen via Intake <{away}>", subject="[7K3M-9QX2-TR4B] A question")
    (letter,) = road.mail("bounce+0123456789abcdefghjk@county.example", "contact@intake.example", other)
    road.work()
    assert road.letter(letter).state == "done"  # a letter that the county passed on to us once is one


def test_a_forged_writer_gets_nothing(road: Road, mailbox: Mailbox) -> None:
    """RA12: no acknowledgement to an address whose domain does not vouch for who wrote; the letter goes on."""
    road.mail(CITIZEN, "contact@intake.example", mail("My driver's license."), client=FAR)
    road.work()
    assert not mailbox.to(CITIZEN)
    assert len(mailbox.to(DMV)) == 1


# ── aliases ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_aliases_age(road: Road, mailbox: Mailbox) -> None:
    """RA9: open, then for the agency only, then closed; a conversation that goes on gets young ones."""
    first_letter(road)
    to_citizen, to_agency = alias_of(mailbox.to(DMV)[0]), alias_of(mailbox.to(CITIZEN)[0])

    def older(days: int) -> None:
        with road.store.write() as conn:
            conn.execute(sa.update(aliases).values(created=aliases.c.created - days * DAY))

    def taken() -> tuple[bool, bool]:
        return bool(road.recipients.resolve(to_citizen)), bool(road.recipients.resolve(to_agency))

    assert taken() == (True, True)
    older(100)
    road.mail(CLERK, to_citizen, answer())
    road.work()
    assert alias_of(mailbox.to(CITIZEN)[-1]) != to_agency
    older(81)
    assert taken() == (True, False)
    assert road.recipients.resolve(alias_of(mailbox.to(CITIZEN)[-1]))
    older(540)
    assert taken() == (False, False)


def test_aliases_are_revoked(road: Road, mailbox: Mailbox) -> None:
    """RT4: the aliases of a destroyed ticket are no recipients."""
    ref = first_letter(road)
    with road.store.write() as conn:
        alias.revoke(conn, ref)
    assert not road.recipients.resolve(alias_of(mailbox.to(DMV)[0]))


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Suspicious:
    """A scanner that finds something in every file."""

    def scan(self, files: list[Attachment]) -> list[Finding]:
        return [Finding("infected", "Eicar-Test-Signature") for _ in files]


def test_an_infected_file_holds_its_letter_and_both_sides_know(road: Road, mailbox: Mailbox) -> None:
    """MB11: quarantined; staff see why, the writer is told, and a person can let the words go on without the file."""
    object.__setattr__(road.bench, "scanner", Suspicious())
    ref = road.form((("a.txt", "text/plain", b"hello"),), message="My driver's license.", email=CITIZEN, reply="email")
    road.work()
    assert road.ticket(ref)["held_because"] == "an attachment is infected: Eicar-Test-Signature"
    assert not mailbox.to(DMV)
    assert "may do harm" in body(mailbox.to(CITIZEN)[0])
    assert hold.release(road.store, road.queue, ref, "admin")
    road.work()
    assert "attachment 1: text, 1 kB, withheld" in body(mailbox.to(DMV)[0])


def test_a_program_holds_its_letter(road: Road, mailbox: Mailbox) -> None:
    """MB11: without any scanner, a program is not passed by unseen."""
    files = (("report.pdf.exe", "application/pdf", b"MZ\x90\0" + bytes(200)),)
    ref = road.form(files, message="My driver's license.", email=CITIZEN)
    road.work()
    assert road.ticket(ref)["held_because"].startswith("an attachment may do harm: ")


def test_files_go_along_anew_where_the_agency_wants_them(config, store: Store, rules_file, mailbox: Mailbox) -> None:  # type: ignore[no-untyped-def]
    """LK4: rebuilt and redacted with `attachments: clean`; what cannot be rebuilt is withheld and said so."""
    from intake.routing.published import Published
    from tests.conftest import _publish

    text = rules_file.read_text().replace(f"    mailbox: {DMV}\n", f"    mailbox: {DMV}\n    attachments: clean\n")
    rules_file.write_text(text)
    _publish(store, config)
    published = Published(store, config)
    published.refresh()
    road = Road(config.model_copy(update={"smarthost": mailbox.address}), store, published)
    files = (
        ("maria.txt", "text/plain", f"La señora: 860-555-0143 or write {CITIZEN}.".encode()),
        ("all.zip", "application/zip", b"PK\x05\x06" + bytes(18)),
    )
    road.form(files, message="My driver's license expired.", email=CITIZEN, reply="email")
    road.work()
    raw = mailbox.raw[0]
    message = email.message_from_bytes(raw, policy=policy.default)
    (file,) = message.iter_attachments()
    assert file.get_filename() == "attachment-1.txt"
    assert "La señora: [phone number 1] or write [e-mail address withheld]." in file.get_content()
    assert "555-0143" not in file.get_content()
    note = message.get_body().get_content()
    assert "sent along as attachment-1.txt" in note
    assert "attachment 2: archive, 1 kB, withheld" in note


def test_old_rows_of_the_outbox_still_open() -> None:
    """A message that waited through an upgrade is still understood."""
    head = {"to": "a@b.example", "bounce": "t", "known": ["x@y.example"], "domains": None, "consented": []}
    payload = Payload.unpack(json.dumps(head).encode() + b"\nMessage")
    assert (payload.known, payload.secrets, payload.message) == (("x@y.example",), (), b"Message")


def test_a_new_letter_that_forwards_our_mail(road: Road, mailbox: Mailbox) -> None:
    """The aliases of another conversation are withheld from a letter that quotes them, and hold it not."""
    first_letter(road)
    ours = mailbox.to(CITIZEN)[0]
    quoted = "\n".join(f"> {line}" for line in body(ours).splitlines())
    text = f"A pothole on Route 8.\n\nFrom: <{alias_of(ours)}>\nTo: {alias_of(ours).upper()}\n{quoted}\n"
    road.mail(CITIZEN, "contact@intake.example", mail(text, sender=CITIZEN, subject=f"Fwd: {ours['Subject']}"))
    road.work()
    (got,) = [body(m) for _, _, m in mailbox.got if "A pothole on Route 8." in body(m)]
    assert "From: <[e-mail address withheld]>" in got
    assert alias_of(ours)[6:26] not in got.lower()


# ── what must not go round ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "rewritten",
    [
        "{url}",
        "https://nam02.safelinks.protection.example/?url=http%3A%2F%2F127.0.0.1%2Fchoices%2F{token}&data=05%7C01",
        "https://urldefense.example/v3/__http://127.0.0.1/choices/{token}__;!!abc",
        "http://127.0.0.1/CHOICES/\n> {token}",
    ],
)
def test_a_link_that_the_citizen_quotes_stays_with_the_citizen(road: Road, mailbox: Mailbox, rewritten: str) -> None:
    """Promise 5: the agency must not hold the link by which its address could be shown."""
    first_letter(road)
    acknowledgement = mailbox.to(CITIZEN)[0]
    (url,) = re.findall(r"http\S+/choices/[0-9a-z]{20}", body(acknowledgement))
    token = url.rpartition("/")[2]
    quoted = "\n".join(f"> {line}" for line in body(acknowledgement).replace(url, "").splitlines())
    text = f"Thank you.\n\n{quoted}\n> {rewritten.format(url=url, token=token)}\n"
    road.mail(CITIZEN, alias_of(acknowledgement), mail(text, sender=CITIZEN, message_id="<a@post.example>"))
    road.mail(
        CITIZEN, "dmv@intake.example", mail(f"My license.\n{text}", sender=CITIZEN, message_id="<b@post.example>")
    )
    road.work()
    assert len(mailbox.to(DMV)) == 3
    assert token not in all_to(mailbox, DMV).replace("=\n", "")
    assert all("Thank you." in body(m) and "withheld from this copy" in body(m).lower() for m in mailbox.to(DMV)[1:])
    ref = road.tickets()[0]["ref"]
    seen = view.for_desk(road.store, road.vault, road.published.current, ref, "u", "intake.example")
    assert token not in seen.text


def test_harm_in_an_answer_and_in_an_addition_is_told_to_its_sender(road: Road, mailbox: Mailbox) -> None:
    """MB11: whoever sent a file that may do harm hears of it; the other side hears nothing."""
    first_letter(road)
    to_citizen, to_agency = alias_of(mailbox.to(DMV)[0]), alias_of(mailbox.to(CITIZEN)[0])
    for sender, to in ((CLERK, to_citizen), (CITIZEN, to_agency)):
        message = email.message_from_bytes(mail("See the file.", sender=sender), policy=policy.SMTP)
        message.add_attachment(b"MZ\x90\0" + bytes(200), maintype="application", subtype="pdf", filename="a.exe")
        (letter,) = road.mail(sender, to, message.as_bytes())
        road.work()
        assert road.letter(letter).held_because.startswith("an attachment may do harm: ")
    assert "A file in your answer" in mailbox.to(DMV)[-1]["Subject"]
    assert "may do harm" in body(mailbox.to(CITIZEN)[-1])
    assert "See the file" not in all_to(mailbox, DMV) + all_to(mailbox, CITIZEN)


@pytest.mark.both_stores
def test_a_loop_can_be_ended_at_the_desk(road: Road) -> None:
    """RA6: a letter that was ours need not wait for ever; the sum stays whole."""
    ours = mail("hello", sender="Citizen via Intake <reply+0123456789abcdefghjk@intake.example>")
    (letter,) = road.mail("bounce+0123456789abcdefghjk@intake.example", "contact@intake.example", ours)
    road.work()
    assert hold.refuse(road.store, letter, "admin")
    assert (road.letter(letter).state, road.ticket(letter)["state"]) == ("refused", "closed")
    assert road.sums()["difference"] == 0


# ── two things at once ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_stores
def test_consent_that_is_taken_back_stops_what_waits(road: Road, mailbox: Mailbox) -> None:
    """Promise 5: "withdrawn → not in the next one" holds for a message that waits for a busy server too."""
    ref = road.form(message="My driver's license expired.", email=CITIZEN, reply="email", share_email="yes")
    mailbox.replies = ["451 busy"]
    road.work()
    with road.store.write() as conn:
        ticket = conn.execute(sa.select(tickets).where(tickets.c.ref == ref)).one()
        consent.withdraw(conn, ticket)
    road.redeliver()
    assert CITIZEN not in all_to(mailbox, DMV)
    assert "consent" in road.ticket(ref)["held_because"]
    assert hold.reroute(road.store, road.queue, ref, "dmv", "admin")
    road.work()
    assert "driver's license" in body(mailbox.to(DMV)[-1])
    assert CITIZEN not in all_to(mailbox, DMV)


@dataclass
class Slow:
    """A scanner during whose work something else happens."""

    meanwhile: Callable[[], None]

    def scan(self, files: list[Attachment]) -> list[Finding]:
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return [Finding("clean") for _ in files]


@pytest.mark.both_stores
def test_consent_that_is_taken_back_while_a_letter_is_written_counts(road: Road, mailbox: Mailbox) -> None:
    """Promise 5: what was written under a consent that is gone is written anew."""
    first_letter(road)
    acknowledgement = mailbox.to(CITIZEN)[0]
    road.wish(acknowledgement, "share")
    road.work()

    def keep() -> None:
        with road.store.write() as conn:
            consent.withdraw(conn, conn.execute(sa.select(tickets)).one())

    object.__setattr__(road.bench, "scanner", Slow(keep))
    (letter,) = road.mail(CITIZEN, alias_of(acknowledgement), mail("Second.", sender=CITIZEN))
    road.work()
    assert road.letter(letter).state == "waiting"
    with road.store.write() as conn:
        conn.execute(sa.update(letters).where(letters.c.id == letter).values(claimed_by="", due=0))
    road.work()
    assert "Second." in body(mailbox.to(DMV)[-1])
    assert CITIZEN not in all_to(mailbox, DMV)


def test_two_additions_at_once_share_one_numbering(road: Road, mailbox: Mailbox) -> None:
    """The same number is the same token in one case, and another number another, in a batch too."""
    first_letter(road)
    to = alias_of(mailbox.to(CITIZEN)[0])
    for n, phone in enumerate(("860-555-0143", "860-555-0177")):
        road.mail(CITIZEN, to, mail(f"Call {phone}.", sender=CITIZEN, message_id=f"<{n}@post.example>"))
    road.work()
    road.mail(CITIZEN, to, mail("Again 860-555-0143.", sender=CITIZEN))
    road.work()
    told = [re.findall(r"phone number \d", body(m)) for m in mailbox.to(DMV)[1:]]
    assert told == [["phone number 1"], ["phone number 2"], ["phone number 1"]]


def test_limits_count_within_a_batch(road: Road, mailbox: Mailbox) -> None:
    """RA6, RA12: many at once are no more than many one after the other."""
    first_letter(road)
    to_citizen, to_agency = alias_of(mailbox.to(DMV)[0]), alias_of(mailbox.to(CITIZEN)[0])
    before = len(mailbox.to(CITIZEN))
    for n in range(6):
        road.mail(f"x{n}@evil.example", to_agency, mail(f"hi {n}", sender=f"x{n}@evil.example"))
    road.work()
    assert len(mailbox.to(CITIZEN)) == before + 3
    for n in range(AN_HOUR + 5):
        road.mail(CLERK, to_citizen, answer(f"Message {n}."))
    road.work()
    assert len(mailbox.to(CITIZEN)) == before + 3 + AN_HOUR


def test_what_was_learnt_of_a_citizen_stays_when_a_letter_is_passed_on(road: Road, mailbox: Mailbox) -> None:
    """A confirmed address is still known, and the citizen's old alias leads to the new agency."""
    ref = first_letter(road)
    to, other = alias_of(mailbox.to(CITIZEN)[0]), "maria.work@firm.example"
    road.mail(other, to, mail("One more thing.", sender=other))
    road.work()
    road.wish(mailbox.to(CITIZEN)[-1], "mine")
    road.work()
    assert hold.reroute(road.store, road.queue, ref, "dot", "admin")
    road.work()
    road.mail(other, to, mail("To whoever has it now.", sender=other))
    road.work()
    assert "To whoever has it now." in body(mailbox.to(DOT)[-1])
    assert "firm.example" not in all_to(mailbox, DOT)


def test_what_staff_refused_is_not_the_citizen_s_by_a_late_word(road: Road, mailbox: Mailbox) -> None:
    """`mine` counts for a letter that still waits."""
    first_letter(road)
    to = alias_of(mailbox.to(CITIZEN)[0])
    (letter,) = road.mail("x@evil.example", to, mail("Pay me.", sender="x@evil.example"))
    road.work()
    assert hold.refuse(road.store, letter, "admin")
    road.wish(mailbox.to(CITIZEN)[-1], "mine")
    (again,) = road.mail("x@evil.example", to, mail("Pay me now.", sender="x@evil.example"))
    road.work()
    assert (road.letter(letter).state, road.letter(again).state) == ("refused", "held")


def test_each_side_s_alias_is_its_own(road: Road, mailbox: Mailbox) -> None:
    """LK7: who quotes a mail quotes the alias that it came from; the other side does not learn it."""
    first_letter(road)
    to_citizen, to_agency = alias_of(mailbox.to(DMV)[0]), alias_of(mailbox.to(CITIZEN)[0])
    quoting = answer(f"Yes.\n\nFrom: Citizen via Intake <{to_citizen}>\nSent: Friday\n")
    road.mail(CLERK, to_citizen, quoting)
    road.mail(CITIZEN, to_agency, mail(f"No.\n\nOn Friday Department <{to_agency}> wrote:\n> x", sender=CITIZEN))
    road.work()
    assert to_citizen.partition("@")[0] not in body(mailbox.to(CITIZEN)[-1])
    assert to_agency.partition("@")[0] not in body(mailbox.to(DMV)[-1])
    assert "Yes." in body(mailbox.to(CITIZEN)[-1])
    assert "No." in body(mailbox.to(DMV)[-1])


def test_addresses_of_agencies_are_no_secret(road: Road, mailbox: Mailbox) -> None:
    """What a citizen writes about the office they wrote to arrives."""
    first_letter(road, f"My driver's license. I wrote to dmv@intake.example and {DOT} before.")
    assert f"I wrote to dmv@intake.example and {DOT} before." in " ".join(body(mailbox.to(DMV)[0]).split())


def test_a_name_that_is_the_address_is_withheld(road: Road, mailbox: Mailbox) -> None:
    """LK1: blanks instead of signs hide nothing, in the name, the subject or the text."""
    spelt = "maria lopez post example"
    raw = mail(
        f"I need a new driver's license. I am {spelt}.", sender=f'"{spelt}" <{CITIZEN}>', subject=f"From {spelt}"
    )
    road.mail(CITIZEN, "contact@intake.example", raw)
    road.work()
    assert spelt not in all_to(mailbox, DMV)
    assert "I need a new driver's license. I am [e-mail address withheld]." in body(mailbox.to(DMV)[0])


def test_an_absence_note_without_any_header_waits_for_a_person(road: Road, mailbox: Mailbox) -> None:
    """LK9: a subject alone proves nothing, but a citizen need not get it."""
    first_letter(road)
    before = len(mailbox.to(CITIZEN))
    note = answer("I am away until Monday. Your plates?")
    note = note.replace(b"Subject: A question", b"Subject: Automatic reply: A question")
    (letter,) = road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), note)
    road.work()
    assert road.letter(letter).held_because == "perhaps written by a machine: absence note"
    assert len(mailbox.to(CITIZEN)) == before


NOTE = "I am out of the office until Monday."


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (NOTE, "absence note"),
        (f"{NOTE}\n\n> My driver's license expired.", "absence note"),
        ('Lee, Ann would like to recall the message, "License".', "automatic"),
        (
            "Your message\n\n  To: Ann\n  Subject: x\n  Sent: 11/2/2026 9:12\n\nwas read on 11/2/2026 9:15.",
            "read receipt",
        ),
        (f"{NOTE} Your license is ready.", ""),
        (f"{NOTE}\n\nApproved", ""),
    ],
)
def test_an_agency_s_note_is_known_by_its_words(road: Road, mailbox: Mailbox, text: str, kind: str) -> None:
    """LK9: noted on the ticket where it is nothing else, until staff say that a person wrote it; else an answer."""
    ref = first_letter(road)
    before = len(mailbox.to(CITIZEN))
    to = mailbox.to(DMV)[0]
    (letter,) = road.mail(CLERK, alias_of(to), mail(text, sender=CLERK, subject=f"Re: {to['Subject']}"))
    road.work()
    with road.store.read() as conn:
        noted = conn.scalar(sa.select(events.c.detail).where(events.c.subject == letter, events.c.what == hold.NOTED))
    assert (json.loads(noted)["kind"] if noted else "") == kind
    assert len(mailbox.to(CITIZEN)) == before + (not kind)
    assert road.ticket(ref)["state"] == ("delivered" if kind else "answered")
    if kind:
        assert hold.by_a_person(road.store, road.queue, letter, "admin")
        road.work()
        assert text.partition("\n")[0] in body(mailbox.to(CITIZEN)[-1])


DECIDED = "Paula added a comment: your renewal is approved. Bring 45 dollars to window 4."
CONFIRMED = "We have received your request. Ticket #40512 was created; we will respond within two business days."


@pytest.mark.parametrize(
    ("sender", "header", "text", "held"),
    [
        (CLERK, {"Auto_Submitted": "auto-generated"}, DECIDED, True),
        ("", {}, DECIDED, True),
        ("", {}, f"{DECIDED}\n\n> My driver's license expired.", True),
        (CLERK, {"Auto_Submitted": "auto-generated"}, CONFIRMED, False),
        (CLERK, {"Auto_Submitted": "auto-generated"}, "> My driver's license expired.", False),
        (CLERK, {"Auto_Submitted": "auto-replied"}, "I am away.", False),
        ("", {}, "I am out of the office.", False),
        ("", {}, "Delivery to the following recipient failed permanently.", False),
    ],
)
def test_words_under_a_machine_s_header_are_shown_to_a_person(
    road: Road, mailbox: Mailbox, sender: str, header: dict[str, str], text: str, held: bool
) -> None:
    """LK9: ticket systems that nobody named send a clerk's decision as their own; it is not lost without a look."""
    first_letter(road)
    before = len(mailbox.to(CITIZEN))
    (letter,) = road.mail(sender, alias_of(mailbox.to(DMV)[0]), answer(text, **header))
    road.work()
    because = road.letter(letter).held_because or ""
    assert (because.startswith(reason.MACHINE), len(mailbox.to(CITIZEN))) == (held, before)
    if held:
        assert hold.release(road.store, road.queue, letter, "admin")
        road.work()
        assert DECIDED in body(mailbox.to(CITIZEN)[-1])


def test_a_citizen_s_absence_is_told_to_the_agency(road: Road, mailbox: Mailbox) -> None:
    """RA13: asked when somebody may come, a citizen answers with these words."""
    first_letter(road)
    road.mail(CITIZEN, alias_of(mailbox.to(CITIZEN)[0]), mail(NOTE, sender=CITIZEN))
    road.work()
    assert NOTE in body(mailbox.to(DMV)[-1])


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("application/pkcs7-signature", "Yes.", "Yes.\n"),
        ("application/x-pkcs7-signature", "Yes.", "Yes.\n"),
        ("application/pgp-signature", "Yes.", "Yes.\n"),
        ("application/pgp-signature", "", "[The answer has no text.]\n"),
        ("application/pdf", "Yes.", "Yes.\n\n-- \nFiles that came with the answer and that we could not pass on: 1."),
        ("image/jpeg", NOTE, f"{NOTE}\n\n-- \nFiles that came"),
        ("image/jpeg", "", "[The answer has no text: it came as a file"),
        ("image/jpeg", "> My driver's license expired.", "[The answer has no text: it came as a file"),
    ],
)
def test_what_comes_with_an_answer(road: Road, mailbox: Mailbox, kind: str, text: str, said: str) -> None:
    """LK4: a mail's own signature is no file; a file may be the answer, whatever stands beside it."""
    first_letter(road)
    message = email.message_from_bytes(answer(text), policy=policy.SMTP)
    message.add_attachment(b"\x30\x80" + bytes(50), maintype=kind.partition("/")[0], subtype=kind.partition("/")[2])
    road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), message.as_bytes())
    road.work()
    got = body(mailbox.to(CITIZEN)[-1]).replace("\r\n", "\n")
    assert got.startswith(said)
    assert "could not pass on" in said or "could not pass on" not in got.removeprefix(said) or kind[0] == "i"


ENTRY = (
    "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Road test\nDTSTART:20261208T143000Z\nEND:VEVENT\n"
    "END:VCALENDAR\n"
)


def test_what_is_said_in_an_answer_is_no_file_that_is_missed(road: Road, mailbox: Mailbox) -> None:
    """A calendar entry that is told in the words is not counted; a picture in the lines is called one."""
    first_letter(road)
    message = email.message_from_bytes(answer("See you."), policy=policy.SMTP)
    message.add_alternative(ENTRY.encode(), maintype="text", subtype="calendar")
    message.make_mixed()
    message.add_attachment(ENTRY.encode(), maintype="application", subtype="ics", filename="invite.ics")
    logo = {"maintype": "image", "subtype": "png", "disposition": "inline", "cid": "<logo@x>", "filename": "logo.png"}
    message.add_attachment(b"\x89PNG", **logo)  # type: ignore[arg-type]
    road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), message.as_bytes())
    road.work()
    got = body(mailbox.to(CITIZEN)[-1])
    assert "Road test" in got
    assert "could not pass on" not in got
    assert "perhaps only a logo: 1." in got


@pytest.mark.parametrize("end", ["text/plain", "text/html"])
def test_an_answer_that_is_too_long_says_so(end: str) -> None:
    """What `mime` cuts, the citizen is told of."""
    raw = b"Content-Type: " + end.encode() + b"\n\n" + b"A long answer. " * 70_000
    read = mime.read(Envelope("email", CLERK), raw)
    assert relay.goes_on(read)
    assert not relay.goes_on(mime.read(Envelope("email", CLERK), raw[:9_000]))


QUOTATIONS: dict[str, Callable[[str], str]] = {
    "marked": lambda text: "\n".join(f"> {line}" for line in text.splitlines()),
    "twice": lambda text: "\n".join(f"> > {line}" for line in text.splitlines()),
    "not marked": lambda text: text,
    "in one line": lambda text: " ".join(text.split()),
    "broken and marked": lambda text: "\n".join(
        f"> {line}" for all_ in text.splitlines() for line in textwrap.wrap(all_, 40) or [""]
    ),
    "marked and broken": lambda text: "\n".join(
        line for all_ in text.splitlines() for line in textwrap.wrap(f"> {all_}", 50)
    ),
    "with plain quotation marks": lambda text: text.replace("“", '"').replace("”", '"').replace("'", "’"),
}


@pytest.mark.parametrize("how", QUOTATIONS)
def test_a_cover_note_that_is_quoted_stays_with_staff(road: Road, mailbox: Mailbox, how: str) -> None:
    """What we tell staff is not for the citizen, however it is quoted; what the clerk writes around it is."""
    files = (("a.zip", "application/zip", b"PK\x05\x06" + bytes(18)),)
    text = "My driver's license expired. SSN 219-45-8830."
    road.form(files, message=text, email=CITIZEN, reply="email", share_email="yes")
    road.work()
    before = body(mailbox.to(DMV)[0]).replace("\r\n", "\n")
    assert "-- \nReference " in before
    quoted = QUOTATIONS[how](before)
    road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), answer(f"Yes.\n\n{quoted}\nReference 12, the blue form."))
    road.work()
    got = body(mailbox.to(CITIZEN)[-1])
    for ours in ("rule", "intake desk", "Forward nothing", "Reply to this", "Withheld from", "agreed to share", "kB"):
        assert ours not in got
    assert "license expired." in " ".join(got.replace(">", "").split())
    assert "Reference 12, the blue form." in got


@pytest.mark.parametrize("unread", [False, True])
@pytest.mark.parametrize("decided", [False, True])
def test_what_stands_in_the_place_of_a_letter_stays_with_staff(unread: bool, decided: bool) -> None:
    """All of it is ours."""
    decision = Decision("dmv", "person", ()) if decided else None
    _, text = cover.at_the_desk(Letter("email", sender=CITIZEN), "7K3M-9QX2-TR4B", decision, unread)
    files = (
        "attachment 1: text, 1 kB, written anew by us and sent along as attachment-1.txt; not checked for malware.\n"
    )
    assert cover.without(f"Yes.\n{text}{files}Note: it is cut.\n").strip() == "Yes."
    assert cover.without(f"{files}Note: it is cut.") == f"{files}Note: it is cut."


@pytest.mark.parametrize(
    "unit", ["Reference 1, sent to you ", "-- ", "\n> ", "Withheld from this copy: ", "\n", "Note: "]
)
def test_cover_notes_are_found_in_linear_time(unit: str) -> None:
    """A megabyte of beginnings."""
    text = unit * (1_000_000 // len(unit))
    assert cpu_seconds(lambda: cover.without(text)) < 1


def test_the_gate_is_told_what_was_withheld(road: Road, mailbox: Mailbox) -> None:
    """LK19: from the worker to the gate: addresses, values, names and links."""
    first_letter(road, "My SSN is 219-45-8830. My sister is ann.lee@home.example. License, please. Maria Lopez")
    with road.store.read() as conn:
        row = conn.execute(sa.select(outbox, letters).join(letters, letters.c.id == outbox.c.letter)).mappings().all()
        redirect = next(r for r in row if r[outbox.c.kind] == "redirect")
        opened = fetch(conn, [redirect[letters.c.id]])[0]
    granted = Grant(redirect[letters.c.id], Purpose.REDIRECT, "test")
    key = open_key(opened, road.vault, granted)
    payload = Payload.unpack(key.open(f"outbox {redirect[outbox.c.id]}", redirect[outbox.c.sealed]))
    assert {CITIZEN, "ann.lee@home.example"} <= set(payload.known)
    assert ("ssn", "219-45-8830", "My SSN is ") in payload.secrets
    assert "Maria Lopez" in payload.names


def test_the_scan_and_the_reading_are_one(road: Road) -> None:
    """LK4: a file that was not read when it was tagged is not rebuilt from a second reading."""
    from intake.enclosure import enclose
    from intake.letter import Letter

    file = Attachment("a.txt", "text/plain", b"My SSN is 219-45-8830.")
    done = enclose(Letter("email", attachments=(file,)), [Finding("clean")], lambda _, text: text, [None])
    assert done.along == ()
