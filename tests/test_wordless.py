"""Letters without words of their own: what an agency sees of a photo, a forwarded mail, a mail that is one file."""

from __future__ import annotations

import base64

import pytest

from tests.road import Mailbox, Road, alias_of, body, mail

AGENCY = "dmv@agencies.example"
PICTURE = base64.encodebytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 2).decode()


def sent(kind: str, content: str, *fields: str) -> bytes:
    head = ("From: Ann Lee <ann@home.example>", "Subject: A pothole in Elm Street", f"Content-Type: {kind}", *fields)
    return "\r\n".join((*head, "", content)).encode()


def seen(road: Road, mailbox: Mailbox, raw: bytes) -> str:
    """What the agency gets."""
    road.mail("ann@home.example", "dmv@intake.example", raw)
    road.work()
    (message,) = mailbox.to(AGENCY)
    assert "A pothole in Elm Street" in message["Subject"]
    return body(message)


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (sent("image/png; name=p.png", PICTURE, "Content-Transfer-Encoding: base64"), "no text, only 1 attachment.]"),
        (sent("text/plain", " \r\n"), "no text.]"),
        (sent("text/plain", PICTURE, "Content-Transfer-Encoding: base64"), "no text, only 1 attachment.]"),
        (
            sent("multipart/mixed; boundary=b", "--b\r\nContent-Type: image/png\r\n\r\nx\r\n" * 2),
            "only 2 attachments.]",
        ),
    ],
)
def test_a_letter_without_text_says_so(road: Road, mailbox: Mailbox, raw: bytes, line: str) -> None:
    """MB9: a photo with a good subject reaches the agency, and nobody there takes it for a letter that got lost."""
    assert line in seen(road, mailbox, raw)


def test_a_mail_sent_on_as_a_file_is_read_and_restricted(road: Road, mailbox: Mailbox) -> None:
    """MB9, LK1: the agency reads what the mail says, and no address of it, of its header or of whoever sent it on."""
    inner = (
        "From: Bo Berg <bo.berg@far.example>\r\nReply-To: bo.berg@hidden.example\r\n"
        "Subject: I am bo.berg@far.example\r\n\r\nThe hole is deep. Call 860-555-0143.\r\n"
        "Ann is ann (at) home.example, I am bo.berg (at) far.example.\r\n"
    )
    text = seen(road, mailbox, sent("message/rfc822", inner))
    assert "The hole is deep." in text
    assert not [one for one in ("far.example", "hidden.example", "home.example", "bo.berg", "0143") if one in text]


def test_an_addition_may_be_a_file_alone(road: Road, mailbox: Mailbox) -> None:
    """MB9: what a citizen sends later through the alias is said to have no text as well."""
    road.mail("ann@home.example", "dmv@intake.example", mail(sender="Ann Lee <ann@home.example>"))
    road.work()
    (acknowledged,) = mailbox.to("ann@home.example")
    alias = acknowledged["From"].addresses[0].addr_spec
    road.mail("ann@home.example", alias, sent("image/png", PICTURE, "Content-Transfer-Encoding: base64"))
    road.work()
    assert "[The letter has no text, only 1 attachment.]" in body(mailbox.to(AGENCY)[-1])


def test_what_staff_attach_is_no_answer(road: Road, mailbox: Mailbox) -> None:
    """A clerk who writes "See attached." and attaches another citizen's letter has not written that letter."""
    road.mail("ann@home.example", "dmv@intake.example", mail(sender="Ann Lee <ann@home.example>"))
    road.work()
    inner = "From: Bo Berg <bo.berg@far.example>\r\n\r\nMy SSN is 219-45-8830.\r\n"
    parts = f"--b\r\n\r\nSee attached.\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n{inner}--b--\r\n"
    head = f"From: {AGENCY}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    road.mail(AGENCY, alias_of(mailbox.to(AGENCY)[0]), (head + parts).encode())
    road.work()
    said = body(mailbox.to("ann@home.example")[-1])
    assert said.startswith("See attached.")
    assert "could not pass on: 1." in said
    assert "219-45" not in said
    assert "Forwarded" not in said
