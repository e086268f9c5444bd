"""Outgoing messages are built from nothing; the standard library's parser says what others read in them."""

from __future__ import annotations

import dataclasses
import email
import email.policy
import re
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.compose import HEADERS, LONGEST_LINE, Outgoing, compose

PLAIN = Outgoing(
    from_name="Citizen via the intake",
    from_addr="reply+0abc@intake.example",
    to_addr="dmv@agencies.example",
    reply_to="reply+0abc@intake.example",
    subject="A question",
    text="Dear sirs,\nmy plate is lost.\n",
    message_id="<0abc.1@intake.example>",
    date=datetime(2026, 11, 3, 10, 11, 12, tzinfo=UTC),
)


def outgoing(**changes: object) -> Outgoing:
    return dataclasses.replace(PLAIN, **changes)  # type: ignore[arg-type]


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def assert_well_formed(raw: bytes) -> None:
    assert raw.count(b"\n") == raw.count(b"\r") == raw.count(b"\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= LONGEST_LINE
    assert raw.isascii()
    head = raw.partition(b"\r\n\r\n")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 100
    names = [name for name, _ in parsed(raw).items()]
    assert set(names) <= set(HEADERS)
    assert len(names) == len(set(names))


def test_a_plain_letter_reads_as_written() -> None:
    """Addresses, subject, date, ids and text come out as they went in."""
    message = parsed(compose(outgoing(references=("<1@intake.example>", "<2@intake.example>"))))
    assert message["From"].addresses[0].addr_spec == "reply+0abc@intake.example"
    assert message["From"].addresses[0].display_name == "Citizen via the intake"
    assert message["To"] == "dmv@agencies.example"
    assert message["Reply-To"] == "reply+0abc@intake.example"
    assert message["Subject"] == "A question"
    assert message["Date"].datetime == PLAIN.date
    assert message["Message-ID"] == "<0abc.1@intake.example>"
    assert message["In-Reply-To"] == "<2@intake.example>"
    assert message["References"].split() == ["<1@intake.example>", "<2@intake.example>"]
    assert "Auto-Submitted" not in message
    assert message.get_content().replace("\r\n", "\n") == PLAIN.text


@pytest.mark.parametrize(
    "evil",
    [
        "Hello\r\nBcc: spy@evil.example",
        "Hello\nBcc: spy@evil.example",
        "Hello\rBcc: spy@evil.example",
        "Hello\r\n\r\nBcc: spy@evil.example",
        "=?utf-8?Q?x=0D=0ABcc:_spy@evil.example?=",
        "Hello\x0bBcc: x\x0c\x85\u2028\u2029\0\x1b[31m",
        "\u202egnp.exe \u2066abc\u2069",
        'quoted " and \\ back',
        "a" * 5_000,
        "é" * 2_000,
        "word " * 400,
        "\ud800 lone",
        "",
    ],
)
@pytest.mark.parametrize("field", ["subject", "from_name", "language", "auto_submitted", "filename", "type"])
def test_no_value_makes_a_header(field: str, evil: str) -> None:
    """MB7: line breaks, encoded words and controls in a subject, name or file name stay one harmless value."""
    if field == "filename":
        message = outgoing(attachments=((evil, "text/plain", b"x"),))
    elif field == "type":
        message = outgoing(attachments=(("a.txt", evil, b"x"),))
    else:
        message = outgoing(**{"auto_submitted": "auto-generated", field: evil})
    raw = compose(message)
    assert_well_formed(raw)
    assert b"\r\nBcc" not in raw
    seen = " ".join(f"{value}" for part in parsed(raw).walk() for _, value in part.items())
    assert not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", seen)


@pytest.mark.parametrize("field", ["from_addr", "to_addr", "reply_to"])
@pytest.mark.parametrize(
    "address",
    [
        "nobody",
        "a@b\r\nBcc: c@d",
        "a b@c.example",
        "<a@b.example>",
        "a@b.example, c@d.example",
        "a@b@c",
        "@b",
        "x" * 400 + "@y",
    ],
)
def test_what_is_no_address_is_refused(field: str, address: str) -> None:
    """An address that is none is a ValueError that names the field and not the value."""
    with pytest.raises(ValueError, match=field) as refusal:
        compose(outgoing(**{field: address}))
    assert address not in str(refusal.value)


def test_an_international_address_stands_raw_in_to_alone() -> None:
    """SMTPUTF8: a citizen's address in their own script is written as it is (RFC 6532)."""
    raw = compose(outgoing(to_addr="józef@gęśl.example"))
    assert "\r\nTo: józef@gęśl.example\r\n".encode() in raw
    assert raw.replace("józef@gęśl.example".encode(), b"").isascii()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "plain\n",
        "no end",
        "From the start\nFrom again\n.\n..\n-- \nname\n",
        "trailing blank \nand tab\t\n",
        "Señora, ¿dónde está mi permiso?\n",
        "Уважаемые господа,\nпомогите.\n",
        "x" * 5_000 + "\n",
        "é" * 5_000 + "\n",
        "a=3D b =20 soft=\n",
        "emoji 🏛️ and 日本語\n",
    ],
)
@pytest.mark.parametrize("files", [(), (("map.png", "image/png", bytes(range(256))),)])
def test_any_text_survives_its_encoding(text: str, files: tuple[tuple[str, str, bytes], ...]) -> None:
    """7bit, quoted-printable or base64: what arrives is the text, with one line break at its end."""
    raw = compose(outgoing(text=text, attachments=files))
    assert_well_formed(raw)
    body = parsed(raw).get_body()
    assert body is not None
    expected = text if not text or text.endswith("\n") else text + "\n"
    assert body.get_content().replace("\r\n", "\n") == expected


def test_attachments_are_parts_of_our_own() -> None:
    """A file goes out as base64 under the name we gave it, within our own boundary."""
    data = bytes(range(256)) * 9
    raw = compose(
        outgoing(attachments=(("Übersicht ../x.pdf", "application/pdf", data), ("b", "message/rfc822", b"y")))
    )
    assert_well_formed(raw)
    first, second = parsed(raw).iter_attachments()
    assert first.get_content() == data
    assert first.get_filename() == "Übersicht .._x.pdf"
    assert second.get_content_type() == "application/octet-stream"


@pytest.mark.parametrize(
    ("auto_submitted", "language", "named"),
    [("auto-replied", "es", "es"), ("auto-generated", "pt-BR", "pt-BR"), ("auto-replied", "", None), ("", "es", None)],
)
def test_the_language_is_named_of_our_own_words(auto_submitted: str, language: str, named: str | None) -> None:
    """RFC 3282: nobody knows in which language other people's words are, and ours stand below them."""
    message = parsed(compose(outgoing(auto_submitted=auto_submitted, language=language)))
    assert message["Content-Language"] == named


def test_long_threads_are_cut_in_the_middle() -> None:
    """References keeps the first and the last ids, so that its lines stay short and threads hold."""
    references = tuple(f"<{n}@intake.example>" for n in range(500))
    kept = parsed(compose(outgoing(references=references)))["References"].split()
    assert kept[0] == references[0]
    assert kept[-1] == references[-1]
    assert len(kept) == 20


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), st.text(max_size=120), st.text(max_size=80))
def test_whatever_is_said_is_one_message(text: str, subject: str, name: str) -> None:
    """MB7: no combination of texts makes another header, a bare line break or a long line."""
    raw = compose(outgoing(text=text, subject=subject, from_name=name, attachments=((name, "text/plain", b""),)))
    assert_well_formed(raw)
    message = parsed(raw)
    assert message["To"] == PLAIN.to_addr
    assert message["From"].addresses[0].addr_spec == PLAIN.from_addr


@settings(max_examples=150, deadline=None)
@given(
    st.text(
        st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=("Cc", "Cf", "Zs", "Zl", "Zp")),
        min_size=1,
        max_size=300,
    )
)
def test_a_subject_reads_as_written(subject: str) -> None:
    """Every visible character of a subject arrives, however it had to be encoded and folded."""
    assert str(parsed(compose(outgoing(subject=subject)))["Subject"]) == subject


def test_repr_shows_nothing() -> None:
    """An outgoing message does not print its text."""
    assert "plate" not in repr(PLAIN)
