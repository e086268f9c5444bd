"""What the program cannot read: the agency hears of it, and the writer is asked to write again."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from intake import hold, mime, notes, reason
from intake.language import LANGUAGES
from intake.letter import Envelope
from intake.store import letters, outbox, tickets
from tests.road import Mailbox, Road, alias_of, body, hold_first, mail
from tests.test_relay import CITIZEN, DMV, DOT, addition, all_to, answer, first_letter

PGP = "-----BEGIN PGP MESSAGE-----\n\nhQEMA5vJ8purplebYd3AQf\n-----END PGP MESSAGE-----\n"


def head(subject: str, sender: str = f"Maria Lopez <{CITIZEN}>") -> bytes:
    return f"From: {sender}\r\nReply-To: {CITIZEN}\r\nSubject: {subject}\r\n".encode()


UNREADABLE = [
    b"Content-Type: text/plain\r\n\r\n" + PGP.encode(),
    b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\npurple",
    b"Content-Type: message/partial; id=x; number=1\r\n\r\npurple",
    b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(3000)),
]


def because(road: Road, letter: str) -> str | None:
    found = road.letter(letter)
    return found.held_because if found.state == "held" else None


@pytest.mark.parametrize("raw", UNREADABLE, ids=["PGP", "S/MIME", "fragment", "deep"])
def test_an_unreadable_letter_has_a_way_on(road: Road, mailbox: Mailbox, raw: bytes) -> None:
    """MB10: the agency that the subject names hears of it, and nothing of what it says; the writer hears it in their
    language, and what they write in answer arrives as always."""
    (ref,) = road.mail(CITIZEN, "contact@intake.example", head("La licencia de conducir, por favor") + raw)
    road.work()
    assert str(because(road, ref)).startswith(reason.UNREADABLE)
    assert hold.without_words(road.store, road.queue, ref, "ana")
    road.work()
    assert (road.ticket(ref)["state"], road.ticket(ref)["agency"]) == ("delivered", "dmv")
    assert road.letter(ref).tags is None  # a program that can read it looks for them anew
    (told,) = mailbox.to(DMV)
    assert "could not be read by our program" in body(told)
    assert "Reply to this message to answer" in body(told)
    assert not [one for one in ("licencia", "purple", "pgp", "maria", CITIZEN) if one in all_to(mailbox, DMV)]
    (asked,) = mailbox.to(CITIZEN)
    assert notes.unread("es", ref)[1].strip() in body(asked).replace("\r\n", "\n")
    addition(road, mailbox, "I need a new license.")
    assert "I need a new license." in body(mailbox.to(DMV)[-1])
    road.mail(DMV, alias_of(told), answer("What do you need?"))
    road.work()
    assert "What do you need?" in body(mailbox.to(CITIZEN)[-1])
    told = len(mailbox.to(CITIZEN))
    assert hold.reroute(road.store, road.queue, ref, "dot", "ana")
    road.work()
    assert "could not be read" in body(mailbox.to(DOT)[0])
    assert len(mailbox.to(CITIZEN)) == told  # who was asked once is not asked again
    assert road.sums()["difference"] == 0


def test_nobody_is_asked_whom_a_forger_names(road: Road, mailbox: Mailbox) -> None:
    """RA12: only who plausibly sent it is asked to write again; the agency hears of it all the same."""
    raw = head("My driver's license") + UNREADABLE[1]
    (ref,) = road.mail("x@elsewhere.example", "dmv@intake.example", raw)
    road.work()
    assert hold.without_words(road.store, road.queue, ref, "ana")
    road.work()
    assert len(mailbox.to(DMV)) == 1
    assert mailbox.to(CITIZEN) == []


def test_a_machine_whose_header_cannot_be_read_is_not_asked(road: Road, mailbox: Mailbox) -> None:
    """RFC 3834: what hides that a machine wrote it is not taken for a person's."""
    many = ", ".join(f"a{n}@post.example" for n in range(90))
    raw = f"From: {many}\r\nAuto-Submitted: auto-replied\r\nSubject: it\r\n".encode() + UNREADABLE[0]
    (ref,) = road.mail(CITIZEN, "dmv@intake.example", raw)
    road.work()
    assert hold.without_words(road.store, road.queue, ref, "ana")
    road.work()
    assert len(mailbox.to(DMV)) == 1
    assert mailbox.to(CITIZEN) == []


def test_nobody_is_told_that_a_stranger_s_addition_was_theirs(road: Road, mailbox: Mailbox) -> None:
    """RA5: staff let it go to the agency; the citizen did not write it, and is not asked to write it again."""
    first_letter(road)
    raw = b"From: x@firm.example\r\nSubject: hi\r\n" + UNREADABLE[0]
    (letter,) = road.mail("x@firm.example", alias_of(mailbox.to(CITIZEN)[0]), raw)
    road.work()
    assert hold.without_words(road.store, road.queue, letter, "ana")
    road.work()
    told = len(mailbox.to(CITIZEN))
    assert hold.release(road.store, road.queue, letter, "ana", reason.STRANGER)
    road.work()
    assert "could not be read" in body(mailbox.to(DMV)[-1])
    assert len(mailbox.to(CITIZEN)) == told


def test_an_unreadable_addition_has_a_way_on(road: Road, mailbox: Mailbox) -> None:
    """MB10: what a citizen adds too; it is still asked who wrote it, and an agency's answer can only be refused."""
    ref = first_letter(road)
    (letter,) = road.mail("x@firm.example", alias_of(mailbox.to(CITIZEN)[0]), head("purple") + UNREADABLE[0])
    (theirs,) = road.mail(DMV, alias_of(mailbox.to(DMV)[0]), head("Re: it", DMV) + UNREADABLE[0])
    road.work()
    assert not hold.without_words(road.store, road.queue, theirs, "ana")
    assert hold.refuse(road.store, theirs, "ana")
    assert hold.without_words(road.store, road.queue, letter, "ana")
    road.work()
    assert because(road, letter) == reason.STRANGER
    road.wish(mailbox.to(CITIZEN)[-1], "mine")
    road.work()
    road.work()
    assert because(road, letter) is None
    assert f"What the writer of {ref} added could not be read" in body(mailbox.to(DMV)[-1])
    assert "purple" not in all_to(mailbox, DMV)


@pytest.mark.parametrize("channel", ["email", "form"])
def test_what_the_program_fails_on_waits_for_another_program(road: Road, mailbox: Mailbox, channel: str) -> None:
    """RS4: its words can be read, and nobody looked what in them must be covered: they go nowhere without that."""
    if channel == "form":
        ref = road.form(message="A purple car.", topic="My driver's license", email=CITIZEN, reply="email")
    else:
        (ref,) = road.mail(CITIZEN, "contact@intake.example", head("My driver's license") + b"\r\nA purple car.")
    with road.store.write() as conn:
        fails = {"state": "held", "held_because": f"{reason.POISON}ValueError"}
        conn.execute(sa.update(letters).values(**fails))
        conn.execute(sa.update(tickets).values(**fails))
    assert not hold.without_words(road.store, road.queue, ref, "ana")
    assert hold.release(road.store, road.queue, ref, "ana")
    road.work()
    assert "purple" in body(mailbox.to(DMV)[0])


def test_what_can_be_read_keeps_its_words(road: Road, mailbox: Mailbox) -> None:
    """The button is for what nothing else helps; pressed on another reason, it does nothing."""
    hold_first(road, "end my life")
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail("I want to end my life."))
    road.work()
    assert not hold.without_words(road.store, road.queue, ref, "ana")
    assert str(because(road, ref)).startswith(reason.RULE)
    with road.store.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(outbox)) == 0


@pytest.mark.parametrize(
    "raw", [b"", b"\0" * 50, b"From: a@b.example\r\n" * 5000, b"From: " + b"a@b.example, " * 90, b"\xff: \xff\r\n\r\n"]
)
def test_any_head_is_read(raw: bytes) -> None:
    """Who wrote it can be asked of any octets; what the header hides, the envelope still says."""
    assert CITIZEN in mime.head(Envelope("email", mail_from=CITIZEN), raw).addresses


def test_it_is_said_in_every_language() -> None:
    """Each language that a citizen may write in has words for it, and none is another's."""
    said = {notes.unread(language, "7K3M-9QX2-TR4B") for language in LANGUAGES}
    assert len(said) == len(LANGUAGES)
    assert all("7K3M-9QX2-TR4B" in subject and "7K3M-9QX2-TR4B" in text for subject, text in said)
