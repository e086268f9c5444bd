"""Any octets become a letter, or are said to be unreadable."""

from __future__ import annotations

import base64
import email.policy
import gzip
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake import mime
from intake.letter import Envelope, Letter
from tests.conftest import cpu_seconds

ENVELOPE = Envelope("email", "ann@home.example", ("contact@intake.example",))


def mail(body: str | bytes = "Dear sirs,\r\n", *fields: str, sender: str = "Ann Lee <ann@home.example>") -> bytes:
    """A small mail: From and Subject, then `fields`, then the body."""
    head = "\r\n".join((f"From: {sender}", "Subject: Bins", *fields)).encode("utf-8", "surrogateescape")
    return head + b"\r\n\r\n" + (body if isinstance(body, bytes) else body.encode())


def multipart(kind: str, *parts: str, boundary: str = "b0") -> bytes:
    inside = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return mail(f"{inside}--{boundary}--\r\n", f'Content-Type: multipart/{kind}; boundary="{boundary}"')


def text_part(text: str, kind: str = "plain") -> str:
    return f"Content-Type: text/{kind}; charset=utf-8\r\n\r\n{text}"


def file_part(name: str, data: bytes = b"data", kind: str = "application/pdf") -> str:
    return (
        f'Content-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{base64.b64encode(data).decode()}"
    )


INNER = "From: Bo <bo@berg.example>\r\nReply-To: bo@hidden.example\r\nSubject: My street\r\n\r\nThe lamp is out.\r\n"
FORWARDED = "---------- Forwarded message ---------\nFrom: Bo <bo@berg.example>\nSubject: My street\n\nThe lamp is out."
INNER_B64 = base64.encodebytes(INNER.encode())


COVERS = (  # what is written above a mail that was sent on, and by nobody
    "Please see below.\n\n-- \nAnn Lee, 12 Elm Street\nHartford, all the year round",
    "FYI\n\nSent from Yahoo Mail on Android",
    "Sent from my Verizon, Samsung Galaxy smartphone",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Von meinem Samsung Galaxy Smartphone gesendet.",
    "Diese Nachricht wurde von meinem Android-Mobiltelefon mit GMX Mail gesendet.",
    "Enviado desde mi teléfono inteligente Samsung Galaxy.",
    "Envoyé de mon iPhone, veuillez excuser les fautes",
    "Wysłane z mojego iPhone'a w drodze do domu",
    "Đã gửi từ điện thoại thông minh của tôi",
    "Отправлено из мобильной Почты Mail для Android",
    "Sender: ann@home.example\nSubject: My street lamp is out\nMessage-Id: <7@home.example>\nTo: bo@berg.example\n"
    "Recipient: bo@berg.example, Expanded: all@berg.example",
)


def message_part(inner: str = INNER, *fields: str) -> str:
    return "\r\n".join(("Content-Type: message/rfc822", *fields, "", inner))


def read(raw: bytes, envelope: Envelope = ENVELOPE) -> Letter:
    return mime.read(envelope, raw)


def test_a_plain_mail() -> None:
    """Subject, name, address, Message-ID and the writer's own line breaks come out."""
    letter = read(mail("One\r\n\r\n  two\r\n", "Message-ID: <1@home.example>"))
    assert (letter.subject, letter.text) == ("Bins", "One\n\n  two")
    assert (letter.sender_name, letter.sender) == ("Ann Lee", "ann@home.example")
    assert letter.message_id == "<1@home.example>"
    assert letter.recipients == ENVELOPE.recipients
    assert not letter.machine
    assert not letter.problems


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n", b"\r\n\r\n", b"x", b"\0", b"\xff\xfe", b":", b"From: a", b"From x\r\n", b"\r" * 9]
)
def test_next_to_nothing_is_a_letter(raw: bytes) -> None:
    """Empty mail, and mail that is no mail, is a letter all the same."""
    assert read(raw).channel == "email"


def test_text_without_a_header_is_kept() -> None:
    """What does not look like a header field begins the text."""
    assert read(b"Subject: Bins\r\nthis is no field\r\nmore\r\n").text == "this is no field\nmore"
    assert read(b"Dear sirs,\r\nmy bin").text == "Dear sirs,\nmy bin"


def test_blank_lines_before_the_header_are_forgiven() -> None:
    """A header behind an empty line is a header."""
    assert read(b"\r\n" + mail()).subject == "Bins"


# --- header values -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        ("=?utf-8?B?w4lj?= =?utf-8?B?b2xl?=", "École"),
        ("=?iso-8859-1?Q?caf=E9_noir?= ok", "café noir ok"),
        ("=?utf-8?B?8J+P?= =?utf-8?B?m++4jw==?=", "🏛️"),  # one character over two words
        ("=?utf-8?Q?x=0D=0ABcc:_spy@evil.example?=", "x Bcc: spy@evil.example"),
        ("=?nonsense?Q?abc?=", "abc"),
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("=?utf-8?B?w4l?=", "É"),
        ("=?utf-8*en?Q?abc?=", "abc"),
        ("a\r\n  folded\r\n\tsubject", "a folded subject"),
        ("\x1b[31mred\0\x85x", "[31mred x"),
    ],
)
def test_subjects(value: str, subject: str) -> None:
    """MB7: encoded words are decoded, and nothing of them ends a line or reaches a terminal."""
    assert read(f"Subject: {value}\r\n\r\n".encode()).subject == subject


def test_raw_octets_in_a_header() -> None:
    """A subject in raw UTF-8 or Latin-1 is readable."""
    assert read("Subject: Señal\r\n\r\n".encode()).subject == "Señal"
    assert read("Subject: Señal\r\n\r\n".encode("latin-1")).subject == "Señal"


@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("Reply-To: b@other.example", "b@other.example"),
        ("Sender: Bo <B@Other.Example>", "b@other.example"),
        ("Sender: B@Other.Example", "b@other.example"),
        ("Sender: b@other.example.", "b@other.example"),
        ("Return-Path: <b@other.example>", "b@other.example"),
        ("Resent-From: b@other.example", "b@other.example"),
        ("Disposition-Notification-To: <b@other.example>", "b@other.example"),
        ("X-Original-From: x (b@other.example)", "b@other.example"),
        ("Reply-To: =?utf-8?Q?b=40other.example?= <c@c.example>", "b@other.example"),
        ("Reply-To: <@relay.example,@r2.example:b@other.example>", "b@other.example"),
        ("Reply-To: <b\r\n @other.example>", "b@other.example"),
        ("Reply-To: b@bücher.example", "b@xn--bcher-kva.example"),
        ("Reply-To: b@xn--bcher-kva.example", "b@bücher.example"),
        ("Autocrypt: addr=b@other.example; keydata=x", "b@other.example"),
    ],
)
def test_every_address_that_may_be_the_writers(field: str, address: str) -> None:
    """LK2: each header that can carry the writer's address adds to those that never leave, in both IDN forms."""
    assert {"ann@home.example", address} <= set(read(mail("x", field)).addresses)


def test_the_envelope_counts_too() -> None:
    """An envelope sender that differs from From is the writer's as well."""
    envelope = Envelope("email", "Other@Work.Example", ("contact@intake.example",))
    assert set(read(mail(), envelope).addresses) == {"other@work.example", "ann@home.example"}


@pytest.mark.parametrize(
    ("fields", "name", "sender"),
    [
        (("From: Ann Lee <ann@home.example>",), "Ann Lee", "ann@home.example"),
        (('From: "Lee, Ann" <ann@home.example>',), "Lee, Ann", "ann@home.example"),
        (("From: Lee, Ann, Esq. <ann@home.example>",), "Lee, Ann, Esq.", "ann@home.example"),
        (("From: ann@home.example",), "", "ann@home.example"),
        (('From: "ann@home.example" <ann@home.example>',), "", "ann@home.example"),
        (("From: x@decoy.example <ann@home.example>",), "", "ann@home.example"),
        (("From: Ann <ann@home.example>", "Reply-To: me@work.example"), "Ann", "me@work.example"),
        (("Subject: no from",), "", "ann@home.example"),
    ],
)
def test_who_gets_the_answer(fields: tuple[str, ...], name: str, sender: str) -> None:
    """Answers go to Reply-To, else From, else the envelope's sender; a name is never an address."""
    letter = read("\r\n".join((*fields, "", "x")).encode())
    assert (letter.sender_name, letter.sender) == (name, sender)


@pytest.mark.parametrize(
    ("field", "machine"),
    [
        ("Auto-Submitted: no", False),
        ("Auto-Submitted: auto-replied (vacation)", True),
        ("Precedence: bulk", True),
        ("Precedence: first-class", False),
        ("List-Id: <x.lists.example>", True),
        ("X-Auto-Response-Suppress: All", True),
        ("X-Autoreply: yes", True),
        ("Return-Path: <>", True),
        ("Comments: bulk", False),
    ],
)
def test_machines_say_so(field: str, machine: bool) -> None:
    """RFC 3834: what a machine or a list wrote is marked, so that ours never answers it."""
    assert read(mail("x", field)).machine is machine


def test_the_null_sender_is_a_machine() -> None:
    """RFC 3834: mail from the null sender is never answered."""
    assert read(mail(), Envelope("email", "", ())).machine


def test_delivery_reports() -> None:
    """RFC 3464: a delivery report is known as one, and a read receipt is a machine's."""
    raw = multipart(
        "report; report-type=delivery-status",
        text_part("late"),
        "Content-Type: message/delivery-status\r\n\r\nx",
    )
    letter = read(raw)
    assert letter.report
    assert letter.machine
    assert letter.text == "late"
    receipt = read(multipart("report; report-type=disposition-notification", text_part("read")))
    assert receipt.machine
    assert not receipt.report


# --- parts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "text", "names"),
    [
        (multipart("mixed", text_part("one"), text_part("two")), "one\n\ntwo", []),
        (multipart("mixed", text_part("one"), file_part("a.pdf")), "one", ["a.pdf"]),
        (multipart("mixed", text_part("one"), file_part("n.txt", kind="text/plain")), "one", ["n.txt"]),
        (multipart("alternative", text_part("plain"), text_part("<p>rich</p>", "html")), "plain", []),
        (multipart("alternative", text_part(" "), text_part("<p>rich</p>", "html")), "rich", []),
        (multipart("alternative", text_part("<p>rich</p>", "html")), "rich", []),
        (
            multipart("alternative", text_part("p"), "Content-Type: text/calendar\r\n\r\nBEGIN:X"),
            "p",
            ["text.txt"],
        ),
        (
            multipart("related", text_part("<b>x</b>", "html"), file_part("i.png", kind="image/png")),
            "x",
            ["i.png"],
        ),
        (multipart("signed", text_part("one"), file_part("s.p7s")), "one", ["s.p7s"]),
        (
            multipart("mixed", text_part("one two three four five six"), message_part()),
            "one two three four five six",
            ["message.eml"],
        ),
        (multipart("alternative", text_part("{\\rtf1 x}", "richtext"), text_part("<p>x", "html")), "x", ["text.txt"]),
        (multipart("unheard-of", text_part("one")), "one", []),
    ],
)
def test_text_and_attachments(raw: bytes, text: str, names: list[str]) -> None:
    """The text is what the writer wrote, whatever else came with it is an attachment."""
    letter = read(raw)
    assert letter.text == text
    assert [attachment.name for attachment in letter.attachments] == names


NAMED = (
    'Content-Type: text/plain; name="letter.txt"\r\nContent-Disposition: {}; filename="letter.txt"\r\n\r\nDear sirs,'
)


@pytest.mark.parametrize(
    ("parts", "text", "files"),
    [
        ((NAMED.format("inline"),), "Dear sirs,", 0),
        ((NAMED.format("attachment"),), "", 1),
        ((text_part("See the file."), NAMED.format("inline")), "See the file.", 1),
    ],
)
def test_a_named_text_that_comes_first_is_the_letter(parts: tuple[str, ...], text: str, files: int) -> None:
    """RFC 2183 §2.1: inline, it is meant to be seen with the mail; behind words it is a file like any other."""
    letter = read(multipart("mixed", *parts))
    assert (letter.text.strip(), len(letter.attachments)) == (text, files)


@pytest.mark.parametrize(
    ("kind", "source", "text"),
    [
        ("richtext", "A <bold>word</bold><nl>\r\nin <lt>it><nl><nl>a\r\n\r\nb &amp;", "A word\nin <it>\n\na b &amp;"),
        ("richtext", "a<comment>x<comment>x</comment><nl></comment>b<paragraph>c</paragraph><np>e", "ab\n\nc\n\ne"),
        ("richtext", "a <unheard-of>b</unheard-of> 5 < 6 <ann@home.example> <<x", "a b 5 < 6 <ann@home.example> <<x"),
        ("richtext", "a<excerpt>b<excerpt>c</excerpt></excerpt>d<signature>e</signature>", "a\n\n> b\n\n> > c\n\nd\ne"),
        ("enriched", "The <bold>word</bold>\r\nstays <<here>\r\n\r\na\r\n\r\n\r\nb", "The word stays <here>\na\n\nb"),
        ("enriched", "a<color><param>red</param>b</color> <param>no\r\n\r\n</param>c", "ab c"),
        ("enriched", "a<excerpt>b</excerpt>c <nofill>d\r\n  e</nofill><center>g</center>", "a\n\n> b\n\nc\nd\n  e\ng"),
        ("enriched", "a</param></excerpt>b<param>", "a\n\nb"),
        ("enriched", "ann<bold>@</bold>home.example", "ann@home.example"),
    ],
)  # fmt: skip
def test_richtext_and_enriched_text(kind: str, source: str, text: str) -> None:
    """RFC 1341, RFC 1896: a command ends a line or hides what is in it, and no word beside it is lost."""
    assert read(multipart("mixed", text_part(source, kind))).text == text


@pytest.mark.parametrize(
    "piece", ["<", "<<", "<indent> ", "<excerpt>", "<nofill>\n", "<param>", "\n", "a<nl>", "<np>x"]
)
def test_absurd_richtext_takes_its_time_once(piece: str) -> None:
    """MB4: ten times the text takes about ten times as long."""
    texts = [mail(piece * n, "Content-Type: text/richtext") for n in (8_000, 80_000)]
    short, long = (cpu_seconds(lambda raw=raw: read(raw)) for raw in texts)
    assert long < 40 * short + 0.2


@pytest.mark.parametrize(
    ("raw", "own"),
    [
        *((multipart("mixed", text_part(own), message_part()), own.rstrip()) for own in COVERS),
        (mail(INNER, "Content-Type: message/rfc822"), ""),
        (mail(INNER, "Content-Type: message/global"), ""),
        (
            mail(INNER_B64, "Content-Type: message/rfc822", "Content-Transfer-Encoding: base64"),
            "",
        ),
        (multipart("mixed", text_part(" \r\n"), message_part()), ""),
        (multipart("mixed", text_part("Sent from my phone"), message_part()), "Sent from my phone"),
        (multipart("mixed", message_part(), text_part("Thanks, Ann")), "Thanks, Ann"),
        (multipart("digest", f"\r\n{INNER}"), ""),
        (multipart("mixed", file_part("lamp.eml", INNER.encode(), "application/octet-stream")), ""),
        (multipart("alternative", text_part(""), message_part()), ""),
        (
            multipart(
                "mixed", text_part(""), multipart("mixed", message_part(), boundary="b1").decode().split("\r\n", 2)[2]
            ),
            "",
        ),
    ],
)
def test_a_message_speaks_for_a_writer_who_wrote_hardly_a_word(raw: bytes, own: str) -> None:
    """MB9: who forwards a mail as a file lets it speak: its text is read as mail programs show one that was sent on."""
    letter = read(raw)
    assert letter.text == f"{own}\n\n{FORWARDED}".lstrip("\n")
    assert len(letter.attachments) == 1
    assert letter.addresses == ("ann@home.example",)
    assert letter.problems == ("a message came along and was read as part of the letter",)


def test_a_message_within_a_message_speaks_too() -> None:
    """MB9: a mail that was sent on and sent on again says what its first writer wrote."""
    once = multipart("mixed", text_part(""), message_part()).decode()
    assert read(mail(once, "Content-Type: message/rfc822")).text.endswith(f"Subject: Bins\n\n{FORWARDED}")


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("application/ics", "BEGIN:VEVENT\r\nSUMMARY:Hearing\r\nORGANIZER:mailto:x@y.example\r\nEND:VEVENT", "Hearing"),
        ("text/vcard", "BEGIN:VCARD\r\nFN:Ann Lee\r\nEND:VCARD", "Name: Ann Lee"),
        ("application/json", '{"said": "help \\u0040 home"}', '{"said": "help @ home"}'),
        ("application/octet-stream", "The lamp is out.", "The lamp is out."),
        ("application/octet-stream", "%PDF-1.4 (The lamp is out.)", ""),
        ("application/octet-stream; name=a.txt", "The lamp is out.", ""),
        ("application/pdf", "The lamp is out.", ""),
        ("image/svg+xml", "<svg><text>ann<b/>@home.example</text></svg>", ""),
        ("text/xml", "<a>ann<b/>@home.example</a>", ""),
        ("text/rtf", "{\\rtf1 ann\\'40home.example}", ""),
        ("image/png", "\x89PNG", ""),
        ("message/external-body", "Content-Type: text/plain\r\n\r\nx", ""),
    ],
)
def test_a_mail_that_is_one_file(kind: str, body: str, text: str) -> None:
    """MB9: plain words are read whatever they are called, nothing else is; the file itself stays one in any case."""
    letter = read(mail(body, f"Content-Type: {kind}"))
    assert letter.text.strip() == text
    assert letter.attachments[0].data == body.encode()


def test_an_invitation_without_a_word_speaks() -> None:
    """MB9: a calendar entry alone in a mail says what, when and where."""
    entry = "Content-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\nSUMMARY:Hearing\r\nEND:VEVENT"
    assert read(multipart("mixed", text_part(""), entry)).text == "Hearing"
    assert read(multipart("mixed", text_part(""), entry.replace("SUMMARY", "UID"))).text == ""


@pytest.mark.parametrize(
    "own",
    [
        "Sent from my phone is the photo of my broken lamp, and there is much more to say about it than this, so I do.",
        "Sender: ann@home.example\nI have to tell you that the lamp is out.",
        "Sender: ann@home.example\nSubject: x\nMessage-Id: <7@home.example>\n\nThe lamp in my street is out.",
        "The lamp in my street is out.\n\n-- \nAnn",
    ],
)
def test_who_wrote_something_speaks_alone(own: str) -> None:
    """MB9: what only begins like an addition of a phone or a journal is a writer's own."""
    assert read(multipart("mixed", text_part(own), message_part())).text == own


EVENT = (
    "Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
    "SUMMARY:Hearing\r\nDTSTART:20250303T150000Z\r\nLOCATION:Room 7\r\nDESCRIPTION;LANGUAGE=en:Bring the\r\n"
    "  form.\r\nORGANIZER:mailto:bo@berg.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
TOLD = "Invitation:\n\nHearing\nFrom: 2025-03-03 15:00 UTC\nWhere: Room 7"
SAID = "Mr Berg asks you to come to a hearing."


@pytest.mark.parametrize("along", [True, False])
@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((text_part(SAID), EVENT), f"{SAID}\n\n{TOLD}"),
        ((text_part(SAID), text_part(f"<p>{SAID}", "html"), EVENT, EVENT), f"{SAID}\n\n{TOLD}"),
        ((text_part(f"<p>{SAID}", "html"), EVENT), f"{SAID}\n\n{TOLD}"),
        ((text_part(" "), EVENT), f"{TOLD}\nBring the form."),
        ((EVENT,), f"{TOLD}\nBring the form."),
        ((text_part("Hello"), EVENT), f"Hello\n\n{TOLD}\nBring the form."),
        ((text_part(SAID), EVENT.replace("VEVENT", "VFREEBUSY")), SAID),
    ],
)
def test_a_calendar_entry_is_a_view_of_its_mail(parts: tuple[str, ...], text: str, along: bool) -> None:
    """MB9: when and where stand in the entry alone, and are told below the words; a citizen's and an agency's alike."""
    raw = multipart("alternative", *parts)
    assert mime.read(ENVELOPE, raw, along).text == text
    entry = file_part("invite.ics", EVENT.partition("\r\n\r\n")[2].encode(), "application/ics")
    outer = multipart("mixed", raw.decode().partition("Subject: Bins\r\n")[2], entry, boundary="b1")
    assert mime.read(ENVELOPE, outer, along).text == text


def test_what_came_along_does_not_make_a_person_a_machine() -> None:
    """Who sends a machine's mail on is a person; the words of a message that came along are not the writer's."""
    demand = "Your message has been held. To release it, confirm that you are a human."
    letter = read(multipart("mixed", text_part(""), message_part(f"Subject: Confirm\r\n\r\n{demand}")))
    assert demand in letter.text
    assert letter.written_by == ""
    assert read(mail(demand)).written_by == "challenge"


def test_a_report_says_what_its_own_text_says() -> None:
    """RFC 3464: the mail that a report returns does not speak for it."""
    raw = multipart(
        "report; report-type=delivery-status", "Content-Type: message/delivery-status\r\n\r\nx", message_part()
    )
    assert read(raw).text == ""


def test_attachments_arrive_whole() -> None:
    """An attachment's octets are those that were sent."""
    data = bytes(range(256)) * 50
    (attachment,) = read(multipart("mixed", text_part("x"), file_part("a.bin", data))).attachments
    assert attachment.data == data


ANSWER = "Your hearing is at ten on the fifth of May, and nobody else has to come."


@pytest.mark.parametrize(
    ("plain", "page", "text"),
    [
        ("This message is in HTML format. Please use a mail program that can show HTML.", "Yes, approved.", "{rich}"),
        ("View online: https://ct.gov/m/7", "Yes, approved.", "{rich}"),
        ("Having trouble reading this? View it in your browser\nhttps://ct.gov/m/7", ANSWER, "{rich}"),
        ("View this email in your browser (https://ct.gov/m/7)", ANSWER, "{rich}"),
        ("-- \nDMV", ANSWER, "{rich}"),
        ("[cid:image001.png@01DB8C55.77AA66B0]\n", ANSWER, "{rich}"),
        ("Sent from my phone", ANSWER, "{rich}"),
        ("Ver en línea", ANSWER, "{rich}\n\n{plain}"),
        ("Not approved.", ANSWER, "{rich}\n\n{plain}"),
        ("Your hearing is at ten. See you.", ANSWER, "{rich}"),
        ("Come to room 7.", ANSWER, "{rich}\n\n{plain}"),
        ("This is what we wrote to you before, in other words.", ANSWER, "{rich}\n\n{plain}"),
        ("Votre page est ici : https://ct.gov/m/7", ANSWER, "{rich}\n\n{plain}"),
        ("请用浏览器", "您的申请已批准", "{rich}\n\n{plain}"),
        (f"{ANSWER} Fill in the form.", f"{ANSWER} Fill in <a href='https://ct.gov/a'>the form</a>.", "{rich}"),
        (f"{ANSWER} Form", f"{ANSWER} Form<table><tr><td>Fee<td>$25<tr><td>Town<td>Hartford</table>", "{rich}"),
        (f"{ANSWER} The form <https://ct.gov/a>", f"{ANSWER} <a href='https://ct.gov/a'>The form</a>", "{plain}"),
        (f"{ANSWER} The form <https://x.example/?u=7>", f"{ANSWER} <a href='https://ct.gov/a'>The form</a>", "{plain}"),
        (f"{ANSWER} 10 m2", f"{ANSWER} <img src=1 alt='Our logo'> 10 m²", "{plain}"),
        (f"*{ANSWER}* don't", f"<b>{ANSWER}</b> <i>do\u00adn\u2019t</i>", "{plain}"),
        (ANSWER, f"{ANSWER}<blockquote>On 7 May you said other words, and more of them</blockquote>", "{plain}"),
        (ANSWER, f"{ANSWER}<p hidden>On 7 May you said other words, and more of them</p>", "{plain}"),
        (ANSWER, f"{ANSWER} <i>Thank you kindly.</i>", "{plain}"),
        (f"{ANSWER} Fee 25.", f"{ANSWER} <a href='https://ct.gov/a'>The form</a>", "{plain}"),
        (ANSWER, "\u00ad".join(ANSWER).replace("\u00ad \u00ad", " "), "{plain}"),
        (ANSWER, "Yes", "{plain}"),
        ("plain", "rich", "{plain}"),
        ("I cannot open your HTML form.", "", "{plain}"),
    ],
)
def test_the_view_that_says_more_is_read(plain: str, page: str, text: str) -> None:
    """MB9: no answer is lost behind a stub, and no link and no number; what neither view lacks comes from the plain."""
    rich = read(mail(page, "Content-Type: text/html; charset=utf-8")).text
    letter = read(multipart("alternative", text_part(plain), text_part(page, "html")))
    assert letter.text == text.format(plain=plain.strip(), rich=rich)


@pytest.mark.parametrize(
    ("plain", "page", "told"),
    [
        ("Come at 10.", "Come at 11.", "differ; the plain one was read"),
        (f"{ANSWER} We say more to you here.", ANSWER, ""),
        (
            f"{ANSWER} And here we would say to you much more than there.",
            "Come at ten",
            "differ; the plain one was read",
        ),
        ("This is what we wrote to you before, in other words.", ANSWER, "differ; both were read"),
        ("View online", ANSWER, "the HTML view was read"),
        ("Your hearing is at ten. See you.", ANSWER, "the HTML view was read"),
        (" ", ANSWER, ""),
        (ANSWER, ANSWER, ""),
    ],
)
def test_views_that_differ_are_noted(plain: str, page: str, told: str) -> None:
    """MB8: staff are told where what one view says may be missing."""
    problems = read(multipart("alternative", text_part(plain), text_part(page, "html"))).problems
    assert told in "".join(problems)
    assert len(problems) == bool(told)


def test_a_field_folded_without_end() -> None:
    """MB4: of a field as many lines are kept as are looked at."""
    raw = b"Subject: Bins\r\nX-Long:" + b" a\r\n" * 100_000 + b"\r\nHello."
    tracemalloc.start()
    try:
        assert read(raw).text == "Hello."
        assert tracemalloc.get_traced_memory()[1] < 8 * len(raw)
    finally:
        tracemalloc.stop()


def test_a_million_parts_are_not_counted_to_the_end() -> None:
    """MB4: who has too many is told before they cost anything."""
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 1_000_000
    tracemalloc.start()
    try:
        with pytest.raises(mime.Unreadable, match="too many parts"):
            read(raw)
        assert tracemalloc.get_traced_memory()[1] < len(raw)
    finally:
        tracemalloc.stop()


def test_a_pasted_file_that_begins_again_and_again() -> None:
    """MB4: its end is looked for once."""
    raw = mail("begin 644 a\n!!!!!\n" * 50_000 + "\nend\n")
    assert cpu_seconds(lambda: read(raw)) < 4


@pytest.mark.parametrize(
    "unit", ["<", "[cid:", "https://", "view ", "html ", "7 ", "\u00ad", "好", "\n", " ", "[", ">", "-"]
)
def test_views_are_compared_in_linear_time(unit: str) -> None:
    """MB4: however often a sign stands in it, and with views within views."""
    raw = text_part(unit * (600_000 // len(unit)))
    for level in range(30):
        raw = multipart("alternative", text_part(f"a{level}"), raw, boundary=f"b{level}x").decode()
        raw = raw.partition("Subject: Bins\r\n")[2]
    assert cpu_seconds(lambda: read(b"From: a@b.example\r\n" + raw.encode())) < 4


@pytest.mark.parametrize(
    ("head", "charset"),
    [
        ("<meta charset=iso-8859-2>", "iso-8859-2"),
        ("<META CHARSET='windows-1250'/>", "cp1250"),
        ('<meta http-equiv="content-type" content="text/html; charset=iso-8859-2">', "iso-8859-2"),
        ("<meta content='text/html;charset = ISO-8859-2' http-equiv=Content-Type>", "iso-8859-2"),
        ("<?xml version='1.0' encoding='windows-1250'?>", "cp1250"),
        ("<meta charset=utf-8>", "utf-8"),
        ("<!-- <meta charset=koi8-r> --><meta charset=cp1250>", "cp1250"),
        (" " * 3_000 + "<meta charset=koi8-r>", "cp1252"),
        ("<meta charset=utf-7>+AEA-", "cp1252"),
        ("<meta charset=cp037>", "cp1252"),
        ("<meta name=charset content=koi8-r>", "cp1252"),
    ],
)
def test_a_page_names_its_character_set(head: str, charset: str) -> None:
    """Where Content-Type names none; only where a browser looks for it, and none that hides letters in others."""
    word = "Grüße" if charset == "cp1252" else "Łódź"
    said = f"<body>{word}, and so on and so forth, with many other words".encode(charset)
    raw = mail(head.encode() + said, "Content-Type: text/html")
    assert word in read(raw).text
    if charset == "iso-8859-2":
        declared = mail(head.encode() + said, "Content-Type: text/html; charset=iso-8859-1")
        assert read(declared).text.startswith("£ód¼")


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        ('filename="../../etc/passwd"', "passwd"),
        ('filename="C:\\\\temp\\\\a.pdf"', "a.pdf"),
        ("filename*=utf-8''%E2%82%AC%20a.pdf", "€ a.pdf"),
        ("filename*0=long; filename*1=name.pdf", "longname.pdf"),
        ("filename*0*=iso-8859-1'de'%FC; filename*1*=%2Epdf", "ü.pdf"),
        ('filename="=?utf-8?Q?=C3=BC=2Epdf?="', "ü.pdf"),
        ('filename="x\u202egnp.exe"', "xgnp.exe"),
        ("filename=bare.pdf; size=3", "bare.pdf"),
        ('filename="a\\"b.pdf"', 'a"b.pdf'),
        ("filename=", "attachment"),
    ],
)
def test_file_names(claim: str, name: str) -> None:
    """MB11: a file name has no folder, no direction mark, and is decoded however it was written."""
    raw = multipart(
        "mixed",
        text_part("x"),
        f"Content-Type: application/pdf\r\nContent-Disposition: attachment; {claim}\r\n\r\nx",
    )
    assert read(raw).attachments[0].name == name


def test_pasted_uuencode_is_a_file() -> None:
    """A file in the text, the old way, becomes an attachment, and the text around it stays."""
    letter = read(mail("before\r\nbegin 644 a.txt\r\n%:&5L;&\\ \r\n`\r\nend\r\nafter\r\n"))
    assert letter.text == "before\n[attached file]\nafter"
    assert letter.attachments[0].name == "a.txt"
    assert letter.attachments[0].data == b"hello"


def test_a_clearsigned_text_is_its_words() -> None:
    """RFC 9580 §7: who signs with PGP has quoted nothing; what is no signature stays."""
    begin, end = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n", "-----END PGP SIGNATURE-----"
    sign = f"-----BEGIN PGP SIGNATURE-----\nVersion: 1\n\niQEzBAEB/CAAd+F\n=abcd\n{end}"
    assert read(mail(f"{begin}Dear sirs,\n- -- Ann\n- two\n{sign}\n")).text == "Dear sirs,\n-- Ann\n- two"
    words = f"-----BEGIN PGP SIGNATURE-----\nthe lamp is out\n{end}"
    assert read(mail(f"{begin}x\n{words}")).text == f"x\n{words}"
    assert read(mail(f"x\n{sign}")).text == f"x\n{sign}"


# --- encodings and character sets ------------------------------------------------------------------------


def encoded(data: bytes, charset: str, cte: str = "8bit") -> bytes:
    return mail(data, f"Content-Type: text/plain; charset={charset}", f"Content-Transfer-Encoding: {cte}")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (encoded("¿dónde?".encode(), "utf-8"), "¿dónde?"),
        (encoded("¿dónde?".encode("latin-1"), "iso-8859-1"), "¿dónde?"),
        (encoded("“dónde”".encode("cp1252"), "iso-8859-1"), "“dónde”"),
        (encoded("“dónde”".encode(), "us-ascii"), "“dónde”"),
        (encoded("где".encode("koi8-r"), "koi8-r"), "где"),
        (encoded("日本".encode("iso-2022-jp"), "iso-2022-jp"), "日本"),
        (encoded("d\u00f3nde".encode("utf-7"), "utf-7"), "d\u00f3nde"),
        (encoded(b"ZG9uZGU", "utf-8", "base64"), "donde"),
        (encoded(b"ZG9u!ZGU=\r\nZG9uZGU=", "utf-8", "base64"), "dondedonde"),
        (
            encoded(b"this is not base64, it is a letter.", "utf-8", "base64"),
            "this is not base64, it is a letter.",
        ),
        (encoded(b"d=C3=B3n=\r\nde =ZZ", "utf-8", "quoted-printable"), "dónde =ZZ"),
        (encoded(b"begin 644 x\r\n%:&5L;&\\\r\n`\r\nend\r\n", "utf-8", "x-uuencode"), "hello"),
        (encoded("¿dónde?".encode(), "no-such-charset"), "¿dónde?"),
        (encoded("¿dónde?".encode(), "unicode_escape"), "¿dónde?"),
        (encoded("¿dónde?".encode(), "base64_codec"), "¿dónde?"),
        (encoded(base64.b64encode("¿dónde está?".encode("utf-16-le")), "utf-8", "base64"), "¿dónde está?"),
        (encoded(base64.b64encode("¿dónde está?".encode("utf-32-be")), "utf-8", "base64"), "¿dónde está?"),
        (encoded(b"donde", "utf-16"), "donde"),
        (encoded(b"a\0b\x1b[1mc\x0cd\re\r\nf", "utf-8"), "ab[1mc\nd\ne\nf"),
        (encoded(b"+2AA-x", "utf-7"), "x"),
    ],
)
def test_text_is_readable_whatever_it_claims(raw: bytes, text: str) -> None:
    """MB9, MB13: unknown, lying and damaged encodings still give the words; controls and surrogates do not stay."""
    assert read(raw).text == text


@pytest.mark.parametrize(
    ("packing", "pack"), [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress)]
)
@pytest.mark.parametrize("kind", ["plain", "html"])
def test_packed_text_is_unpacked(packing: str, pack: Callable[[bytes], bytes], kind: str) -> None:
    """MB9: Content-Encoding is no header of mail, but some programs write it and mean it."""
    raw = mail(pack(b"The lamp is out."), f"Content-Type: text/{kind}", f"Content-Encoding: {packing}")
    assert read(raw).text == "The lamp is out."


RUBBISH = {
    "bomb": gzip.compress(b"word " * 4_000_000),
    "bomb in a bomb": gzip.compress(gzip.compress(bytes(1_000_000))),
    "cut off": gzip.compress(b"The lamp is out." * 99)[:-20],
    "brotli": bytes(range(160, 250)) * 9,
    "picture": b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(range(256)) * 4,
    "controls": b"a\1\2b\3\4" * 30,
}


@pytest.mark.parametrize("kind", ["plain", "html"])
@pytest.mark.parametrize("what", RUBBISH)
def test_what_is_no_text_is_kept_as_a_file(what: str, kind: str) -> None:
    """MB5, MB9: octets that never were a text, or too much of it, are no soup of signs in the letter, nor lost."""
    fields = [f"Content-Type: text/{kind}; charset=utf-8", "Content-Transfer-Encoding: base64"]
    letter = read(mail(base64.encodebytes(RUBBISH[what]), *fields, *["Content-Encoding: br"] * (what == "brotli")))
    assert letter.text == ""
    assert [file.data for file in letter.attachments] == [RUBBISH[what]]
    assert "a part cannot be read as text; it is kept as a file" in letter.problems


@pytest.mark.parametrize("charset", ["IBM01140", "us-ascii", ""])
def test_a_mainframe_s_letter(charset: str) -> None:
    """MB9: EBCDIC is read, named or not; an address in it is one."""
    text = "The lamp is out. Write to ann@home.example, please, and do it today."
    assert read(encoded(text.encode("cp037"), charset)).text == text


def test_undeclared_octets_are_guessed_and_said() -> None:
    """MB9: octets that do not fit their claim are guessed at, kept, and noted."""
    letter = read(encoded("Доброе утро, я пишу вам о мусоре во дворе. ".encode("cp1251") * 5, "utf-8"))
    assert "мусоре" in letter.text
    assert letter.problems


def test_a_second_encoding_field_is_noted() -> None:
    """MB8: where two fields contradict each other the first is believed, and staff are told."""
    raw = mail("ZG9uZGU=", "Content-Transfer-Encoding: base64", "Content-Transfer-Encoding: 7bit")
    assert read(raw).text == "donde"
    assert read(raw).problems


def test_a_longer_boundary_is_another_boundary() -> None:
    """MB8: a delimiter that only begins like ours does not end a part."""
    inner = "--b0x is no delimiter\r\nstill one"
    assert read(multipart("mixed", text_part(inner))).text == inner.replace("\r\n", "\n")


def test_text_beyond_the_cap_goes_on_as_a_file() -> None:
    """MB9: a text too long to show is attached whole and never dropped."""
    letter = read(mail("word " * 250_000))
    assert len(letter.text) == mime.TEXT
    assert len(letter.attachments[0].data) == 1_250_000
    assert letter.problems


def test_many_texts_beyond_the_cap_go_on_as_a_file() -> None:
    """MB9: each is short enough to show, all of them are not."""
    letter = read(multipart("mixed", *[text_part("word " * 60_000)] * 4))
    assert len(letter.text) == mime.TEXT
    assert [len(a.data) for a in letter.attachments] == [4 * 300_000 + 3 * len("\n\n")]
    assert letter.problems == ("the text is too long to show; the whole of it is attached",)


def test_certificates_hide_nothing() -> None:
    """RFC 8551 §3.2.2: a file of certificates is of that type, too, and nothing in it is encrypted."""
    letter = read(mail("x", "Content-Type: application/pkcs7-mime; smime-type=certs-only"))
    assert len(letter.attachments) == 1


def test_an_encrypted_archive_is_told() -> None:
    """MB3: staff hear that a file cannot be read; the letter goes on."""
    archive = "PK\x03\x04\x14\0\x01\0\x08\0"
    letter = read(multipart("mixed", text_part("See the file."), file_part("a.zip", archive.encode())))
    assert letter.problems == ("an attachment is encrypted",)


class Enough(Exception):
    """A worker's time limit: an exception that a signal raises wherever the worker is."""


class Slow(tuple[str, ...]):
    """What is read when the signal comes."""

    def __iter__(self) -> Iterator[str]:
        raise Enough


def test_a_time_limit_of_the_worker_is_no_fault_of_the_mail() -> None:
    """MB12: it goes on to the worker, and the letter is not held as one that cannot be read."""
    with pytest.raises(Enough):
        read(mail(), replace(ENVELOPE, recipients=Slow(ENVELOPE.recipients)))


# --- what cannot be read safely ----------------------------------------------------------------------


def many(parts: int) -> str:
    """A message of so many parts, to be put into another."""
    return "\r\n" + multipart("mixed", *([text_part("x")] * parts), boundary="b1").decode()


def nested(depth: int) -> bytes:
    fields = "".join(f"--b{n}\r\nContent-Type: multipart/mixed; boundary=b{n + 1}\r\n\r\n" for n in range(depth))
    return mail(fields, "Content-Type: multipart/mixed; boundary=b0")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (nested(100), "nested too deep"),
        (nested(4_000), "nested too deep"),
        (multipart("mixed", *([text_part("x")] * 3_000)), "too many parts"),
        (multipart("digest", *([many(50)] * 50)), "too many parts"),
        (mail("x", *[f"X-{n}: y" for n in range(8_000)]), "too many header fields"),
        (
            mail("x", "Reply-To: " + ", ".join(f"a{n}@x.example" for n in range(5_000))),
            "too many sender addresses",
        ),
        (mail("x", "Content-Type: application/pkcs7-mime; smime-type=enveloped-data"), "encrypted"),
        (
            multipart("encrypted", "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1", file_part("e.asc")),
            "encrypted",
        ),
        (mail("-----BEGIN PGP MESSAGE-----\r\n\r\nhQ==\r\n-----END PGP MESSAGE-----\r\n"), "encrypted"),
        (
            multipart("alternative", text_part(" "), "Content-Type: application/pkcs7-mime\r\n\r\nx"),
            "encrypted",
        ),
        (mail("x", 'Content-Type: message/partial; id="1"; number=2; total=3'), "a fragment of a message"),
        (b"Content-Type: message/rfc822\r\n\r\n" * 300, "nested too deep"),
        (mail("Content-Type: application/pkcs7-mime\r\n\r\nx", "Content-Type: message/rfc822"), "encrypted"),
    ],
    ids=[
        "deep",
        "deeper",
        "parts",
        "parts within",
        "fields",
        "senders",
        "smime",
        "pgp-mime",
        "pgp",
        "one view of two",
        "partial",
        "messages",
        "inner",
    ],
)
def test_what_a_person_must_look_at(raw: bytes, reason: str) -> None:
    """MB2, MB3, MB10: bombs, encrypted mail and fragments are unreadable, for a reason that names nobody."""
    with pytest.raises(mime.Unreadable) as refusal:
        read(raw)
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    "raw",
    [
        mail("x", "To: " + "(" * 6_000),
        mail("x", "To: " + ", ".join(f"a{n}@x.example" for n in range(5_000))),
        mail("x", "X-Long: " + "x" * 500_000),
        mail("x", sender='"' * 3_000),
        mail("x", "Content-Type: text/plain; " + "; ".join(f"p*{n}*=x" for n in range(4_000))),
        mail("x", "Content-Type: multipart/mixed; boundary=" + '"\\' * 20_000),
        mail("--\r\n\r\nx\r\n----", 'Content-Type: multipart/mixed; boundary=""'),
        mail("--b\r\n" * 1_500, "Content-Type: multipart/mixed; boundary=b"),
        mail("--b" * 400_000, "Content-Type: multipart/mixed; boundary=b"),
        mail("begin 644 x\r\n%:&5L;&\\\r\n" * 40_000 + "\r\nen"),
        mail("<" * 1_000_000, "Content-Type: text/html"),
        mail("=?" * 500_000, "Content-Type: text/plain; charset==?=?"),
        b"Content-Type: message/rfc822\r\n\r\n" * 50 + b"x" * 1_000_000,
        b"Subject: " + b"=?utf-8?q?" * 50_000,
    ],
)
def test_bombs_are_letters_in_bounded_time(raw: bytes) -> None:
    """MB2, MB3: hostile structure is read as far as is safe, in a moment."""
    assert read(raw).channel == "email"
    assert cpu_seconds(lambda: read(raw)) < 2


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_octets(raw: bytes) -> None:
    """No octets whatever raise anything but Unreadable."""
    assert_readable(raw)


_PIECES = [
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b"--b\r\n",
        b"--b--\r\n",
        b"Content-Type: ",
        b"multipart/mixed; boundary=b\r\n",
        b"text/html",
        b"\0",
    ),
    *(
        b"Content-Transfer-Encoding: base64\r\n",
        b"QUJD",
        b"=?utf-8?b?",
        b"?=",
        b"=C3",
        b"; charset=utf-16",
        b"; x*0*=y''%",
    ),
    *(
        b"From: a@b.example",
        b"multipart/alternative; boundary=b\r\n",
        b"message/rfc822\r\n",
        b"application/json\r\n",
        b"Content-Encoding: deflate\r\n",
        b"begin 644 x\n",
        b"end",
        b"\xff",
    ),
    *(
        b"<p>",
        b"Content-Disposition: attachment; filename*=utf-7''+2AA-",
        b"Subject: ",
        b"; charset=hz",
        b"~{",
        b'"',
        b"\\",
    ),
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=30))
def test_any_structure(pieces: list[bytes]) -> None:
    """No order of header, boundary and encoding pieces raises anything but Unreadable."""
    assert_readable(b"".join(pieces))


def reason_or_letter(raw: bytes) -> str | Letter:
    try:
        return read(raw)
    except mime.Unreadable as unreadable:
        return unreadable.reason


def assert_readable(raw: bytes) -> None:
    letter = reason_or_letter(raw)
    if isinstance(letter, str):
        assert letter != "this message could not be read by the program"
        return
    for text in (
        letter.subject,
        letter.text,
        letter.sender_name,
        letter.message_id,
        *(a.name for a in letter.attachments),
    ):
        assert "\0" not in text
        text.encode("utf-8")


@settings(max_examples=80, deadline=None)
@given(
    st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufeff\u2028\u2029"), max_size=200),
    st.sampled_from(["7bit", "base64", "quoted-printable"]),
)
def test_agrees_with_the_standard_library(text: str, cte: str) -> None:
    """What the standard library composes is read as it was written."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = "ann@home.example"
    message["Subject"] = "".join(text.split())[:60]
    message.set_content(f"{text}\n", cte=cte if text.isascii() or cte != "7bit" else "base64")
    message.add_attachment(b"\x00\xff" * 20, maintype="application", subtype="pdf", filename="a ü.pdf")
    letter = read(message.as_bytes())
    assert letter.text == text.strip("\n") if text.strip() else letter.text == ""
    assert letter.attachments[0].data == b"\x00\xff" * 20
    assert letter.attachments[0].name == "a ü.pdf"


def test_surprises_say_nothing() -> None:
    """PI3: an unreadable mail's error carries a reason and nothing of the mail."""
    assert str(mime.Unreadable("encrypted")) == "encrypted"
