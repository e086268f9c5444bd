"""The gate: what holds an address does not leave, and nothing else is held."""

from __future__ import annotations

import base64
import dataclasses
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.compose import Outgoing, compose
from intake.egress import UNCHECKED, check
from intake.redact import Numbering, redact

KNOWN = ("maria.lopez@post.example", "ml@bücher.example", "ml@xn--bcher-kva.example")
SHOWN = ("agencies.example", "intake.example", "ct.gov")
CLEAN = Outgoing(
    from_name="Citizen via the intake",
    from_addr="reply+0abc@intake.example",
    to_addr="dmv@agencies.example",
    reply_to="reply+0abc@intake.example",
    subject="A question",
    text="Dear sirs,\nwrite to help@ct.gov, or to [e-mail address withheld].\nMaria Lopez\n",
    message_id="<0abc.1@intake.example>",
    date=datetime(2026, 11, 3, 10, 11, 12, tzinfo=UTC),
    references=("<0abc.0@intake.example>",),
)


def findings(**changes: object) -> tuple[str, ...]:
    return check(compose(dataclasses.replace(CLEAN, **changes)), KNOWN, SHOWN)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        CLEAN.text,
        "",
        "¿Dónde está? " * 200,
        "Уважаемые господа",
        "Lunch @ noon. 50% off & more, a=5, https://video.example/@channel.name",
        "Maria Lopez posted an example at the post office",
        "QWxhZGRpbjpvcGVuIHNlc2FtZQ== /a/very/long/path/of/something/else",
    ],
)
def test_an_honest_message_passes(text: str) -> None:
    """A clean message has no findings, whatever its encoding."""
    assert findings(text=text) == ()


SPELLINGS = [
    "maria.lopez@post.example",
    "MARIA.LOPEZ@POST.EXAMPLE",
    "marialopez@post.example",
    "maria.lopez+x@post.example",
    "m a r i a . l o p e z @ p o s t . e x a m p l e",
    "maria.lopez@\npost.example",
    "maria.lo\n> pez@post.example",
    "maria dot lopez at post dot example",
    "elpmaxe.tsop@zepol.airam",
    "maria.lopez%40post.example",
    "maria.lopez%2540post.example",
    "maria.lopez&#64;post.example",
    "maria.lopez&amp;commat;post&period;example",
    "maria.lopez\\u0040post.example",
    "ｍaria.lopez＠post．example",
    "m\u200baria.lopez@post.example",
    "".join(chr(0xE0000 + ord(c)) for c in "maria.lopez@post.example"),
    "ml@bücher.example",
    "ml@xn--bcher-kva.example",
    base64.b64encode(b"maria.lopez@post.example").decode(),
    "x" + base64.b64encode(b"mail: maria.lopez@post.example").decode(),
    base64.b64encode(b"maria.lopez@post.example" + b"." * 100).decode()[:76] + "\n" + "QQ" * 20,
]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    "around", ["Dear sirs, {} is mine.", "Señora, {} es mía. Ñandú", "Это {} мой адрес электронной почты"]
)
def test_no_spelling_leaves_in_the_text(around: str, spelling: str) -> None:
    """LK19: a leak put in after redaction is found in 7bit, quoted-printable and base64 bodies alike."""
    assert findings(text=around.format(spelling))


@pytest.mark.parametrize(
    "spelling",
    [
        "maria.lopez@post.example",
        "MARIA LOPEZ @ POST . EXAMPLE",
        "maria dot lopez at post dot example",
        "ml@bücher.example",
    ],
)
@pytest.mark.parametrize("field", ["subject", "from_name"])
def test_no_spelling_leaves_in_a_header(field: str, spelling: str) -> None:
    """LK19: a leak in the subject or a display name is found, encoded words or not."""
    assert any("header" in finding for finding in findings(**{field: f"on {spelling}"}))
    assert findings(**{field: f"sí: {spelling}"})


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"from_addr": "eve@else.example"}, "e-mail address in header From"),
        ({"reply_to": "maria.lopez@post.example"}, "known address in header Reply-To"),
        ({"to_addr": "maria.lopez@post.example"}, "e-mail address in header To"),
        ({"message_id": "<1.maria@post.example>"}, "e-mail address in header Message-Id"),
        ({"references": ("<1@post.example>",)}, "e-mail address in header References"),
        ({"text": "eve@else.example"}, "e-mail address in text"),
        (
            {"attachments": (("eve@else.example.txt", "text/plain", b""),)},
            "e-mail address in header Content-Disposition of part 2",
        ),
        (
            {"attachments": (("é maria.lopez@post.example", "text/plain", b""),)},
            "known address in header Content-Disposition of part 2",
        ),
        ({"attachments": (("a.txt", "text/plain", b"maria.lopez@post.example"),)}, "known address in part 2"),
        ({"attachments": (("a.pdf", "application/pdf", b"%PDF"),)}, "part 2 is of a kind that cannot be searched"),
    ],
)
def test_findings_name_the_place_and_no_value(changes: dict[str, object], finding: str) -> None:
    """LK14, LK18: every header and part is looked at, and what is found is told without the value."""
    found = findings(**changes)
    assert finding in found
    assert not any("@" in code or "maria" in code for code in found)


def test_an_official_who_writes_as_a_citizen() -> None:
    """The agency's own mailbox may be the writer's claim: To is compared, the text is still searched."""
    raw = compose(CLEAN)
    assert check(raw, ("dmv@agencies.example",), SHOWN) == ()
    assert "known address in text" in check(raw, ("help@ct.gov",), SHOWN)


def test_consent_lets_that_address_pass_alone() -> None:
    """With consent the writer's address passes, in its plain form, and nobody else's."""
    consented = ("maria.lopez@post.example",)
    shared = compose(dataclasses.replace(CLEAN, text="I am maria.lopez@post.example."))
    assert check(shared, KNOWN, SHOWN, consented) == ()
    other = compose(dataclasses.replace(CLEAN, text="I am maria.lopez@post.example, not eve@else.example"))
    assert check(other, KNOWN, SHOWN, consented) == ("e-mail address in text",)


HEAD = compose(CLEAN).partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        HEAD,
        HEAD + b"\r\n\r\nbare\nline",
        HEAD + b"\r\n\r\nbare\rline",
        HEAD + b"\r\n\r\nNUL\0\r\n",
        HEAD + b"\r\n\r\n" + b"x" * 999 + b"\r\n",
        HEAD + b"\r\nX-Sender: a\r\n\r\n",
        HEAD + b"\r\nBcc: a\r\n\r\n",
        HEAD + b"\r\nSubject: twice\r\n\r\n",
        HEAD + b"\r\nno field\r\n\r\n",
        HEAD + b"\r\n\r\n8-bit \xff\r\n",
        HEAD.replace(b"7bit", b"8bit") + b"\r\n\r\nx\r\n",
        HEAD.replace(b"7bit", b"x-uuencode") + b"\r\n\r\nx\r\n",
        HEAD.replace(b"7bit", b"base64") + b"\r\n\r\nnot base64!\r\n",
        HEAD.replace(b"7bit", b"base64") + b"\r\n\r\n/w==\r\n",
        HEAD.replace(b"text/plain", b"application/zip") + b"\r\n\r\nx\r\n",
        HEAD.replace(b"text/plain; charset=us-ascii", b"multipart/mixed") + b"\r\n\r\nx\r\n",
        HEAD.replace(b"text/plain; charset=us-ascii", b'multipart/mixed; boundary="b"') + b"\r\n\r\npre\r\n--b--\r\n",
        HEAD.replace(b"A question", b"=?x-none?b?eA==?=") + b"\r\n\r\nx\r\n",
    ],
)
def test_what_is_not_understood_is_held(raw: bytes) -> None:
    """Unknown headers, bare line breaks, foreign encodings and broken structure are findings: the gate fails closed."""
    assert check(raw, KNOWN, SHOWN)


def test_an_error_inside_is_a_finding() -> None:
    """Whatever goes wrong within the gate holds the message."""
    assert check(compose(CLEAN), (None,), SHOWN) == (UNCHECKED,)  # type: ignore[arg-type]


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *"a.@+ -_(\n>%=&;\\é\u200b'\"/",
                "maria",
                "lopez",
                "post",
                "example",
                "40",
                "at",
                " dot ",
                "ct.gov",
                "QQ==",
                "x" * 16,
            ]
        ),
        max_size=40,
    )
)
def test_the_gate_does_not_trip_over_what_redaction_left(pieces: list[str]) -> None:
    """Redactor and gate agree: a redacted text passes, whatever it was before."""
    text = redact(
        "".join(pieces), (), lambda cls: "shown", known=KNOWN, shown_domains=SHOWN, numbering=Numbering(b"k")
    ).text
    assert findings(text=text, subject=" ".join(text.split())[:200]) == ()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_never_raises(raw: bytes) -> None:
    """Any octets have an answer."""
    assert isinstance(check(HEAD + b"\r\n\r\n" + raw, KNOWN, SHOWN), tuple)


@pytest.mark.parametrize(
    "unit", ["a@", "@a.a1", "a-", "%25", "&amp;", "QWxh", "maria.lopez ", "maria.lopez@ ", "&#64;", "é@"]
)
def test_linear_in_hostile_text(unit: str) -> None:
    """MB12: a hundred thousand characters of almost-addresses take less than a moment."""
    raw = compose(dataclasses.replace(CLEAN, text=unit * (100_000 // len(unit))))
    began = time.process_time()
    check(raw, KNOWN, SHOWN)
    assert time.process_time() - began < 1
