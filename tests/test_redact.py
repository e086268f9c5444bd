"""Values go, meaning stays; e-mail addresses go in every spelling."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.redact import EMAIL_WITHHELD, Numbering, Redacted, redact

KNOWN = ("maria.lopez@post.example", "ml+dmv@bücher.example", "ml+dmv@xn--bcher-kva.example")
SHOWN = ("ct.gov", "agencies.example", "intake.example")


@dataclass(frozen=True)
class Tag:
    start: int
    end: int
    cls: str


def tags(text: str, *found: tuple[str, str]) -> list[Tag]:
    """Tags on the first place of each text."""
    return sorted(
        (Tag(text.index(value), text.index(value) + len(value), cls) for value, cls in found), key=lambda t: t.start
    )


def redacted(
    text: str, found: Sequence[Tag] = (), actions: dict[str, str] | None = None, numbering: Numbering | None = None
) -> Redacted:
    return redact(
        text,
        found,
        lambda cls: (actions or {}).get(cls, "masked"),
        known=KNOWN,
        shown_domains=SHOWN,
        numbering=numbering or Numbering(b"k" * 32),
    )


# --- tags --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cls", "action", "placeholder"),
    [
        ("phone", "masked", "[phone number 1]"),
        ("ssn", "withheld", "[Social Security number withheld]"),
        ("password", "removed", "[password removed]"),
        ("email", "masked", "[e-mail address withheld]"),
        ("name", "shown", "VALUE"),
        ("id", "reveal", "[identification number 1]"),
        ("id", "no such action", "[identification number withheld]"),
        ("no such class", "withheld", "[personal information withheld]"),
    ],
)
def test_a_placeholder_says_what_stood_there(cls: str, action: str, placeholder: str) -> None:
    """Each action leaves a placeholder that a reader understands; an action nobody knows withholds."""
    text = "It is VALUE, sir"
    result = redacted(text, tags(text, ("VALUE", cls)), {cls: action})
    assert result.text == f"It is {placeholder}, sir"
    assert result.withheld == ({} if action == "shown" else {cls: 1})


def test_the_same_number_has_the_same_token_in_one_case() -> None:
    """One phone is one token in every message of a ticket, however it is punctuated; another is another."""
    first = "203-555-0175 or 860 555 0152 or (203) 555-0175"
    found = tags(first, ("203-555-0175", "phone"), ("860 555 0152", "phone"), ("(203) 555-0175", "phone"))
    numbering = Numbering(b"k" * 32)
    assert (
        redacted(first, found, numbering=numbering).text == "[phone number 1] or [phone number 2] or [phone number 1]"
    )
    again = Numbering(b"k" * 32, dict(numbering.numbers))
    text = "860.555.0152"
    assert redacted(text, tags(text, (text, "phone")), numbering=again).text == "[phone number 2]"


def test_a_numbering_holds_no_value() -> None:
    """What is kept to number by is a keyed digest: nothing of the value, and useless under another key."""
    numbering, other = Numbering(b"a" * 32), Numbering(b"b" * 32)
    numbering.number("ssn", "041-37-5526")
    other.number("ssn", "041-37-5526")
    assert "0413" not in str(numbering.numbers)
    assert "0413" not in repr(numbering)
    assert numbering.numbers.keys() != other.numbers.keys()


def test_overlaps_and_nonsense_in_tags() -> None:
    """Tags that overlap, lie outside the text or are empty take out their union and break nothing."""
    text = "call 203-555-0175 now"
    found = [Tag(5, 12, "phone"), Tag(9, 17, "phone"), Tag(30, 40, "ssn"), Tag(4, 4, "ssn"), Tag(-5, 0, "ssn")]
    assert redacted(text, found).text == "call [phone number 1] now"


def test_an_address_within_a_tag_wins() -> None:
    """Where a name is tagged inside an address, the whole address goes as an address."""
    text = "to john.doe@else.example now"
    assert redacted(text, tags(text, ("john", "name"))).text == f"to {EMAIL_WITHHELD} now"


# --- addresses that nobody tagged -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "x@y.example",
        "FIRST.Last+tag@Sub.Else.Example",
        "o'neil&co=a@else.example",
        '"john smith"@else.example',
        "józef@gęśl.example",
        "用户@例え.テスト",
        "x@[192.0.2.1]",
        "x@xn--bcher-kva.example",
        "x%40else.example",
        "x%2540else.example",
        "x&#64;else.example",
        "x&commat;else&period;example",
        "x&amp;#x40;else.example",
        "x\\u0040else.example",
        "x=40else.example",
        "x@\n> else.example",
        "x @ else.example",
        "ｘ＠ｅｌｓｅ．ｅｘａｍｐｌｅ",
        "x\x01@else.exa\x7fmple",
        "x﹫else.example",
        "x@else。example",
        "x\u200b@\u2060else\u00ad.exa\u200dmple",
        "x@e\u0336l\u0336se.example",
        "x at else dot example",
        "first dot last at else dot example",
        "x (at) else (dot) example",
        "x [at] else.example",
        "x{at}else{dot}example",
        "x AT else DOT example",
        "x_at_else.example",
        "x arroba else punto example",
        "x arroba else.example",
        "x@else dot example",
    ],
)
def test_any_address_goes(address: str) -> None:
    """LK3: somebody's address that no tag found is withheld, disguised or not."""
    assert redacted(f"Write to {address}, please.").text == f"Write to {EMAIL_WITHHELD}, please."


@pytest.mark.parametrize(
    "text",
    [
        "Write to help@ct.gov, or dmv@agencies.example.",
        "I wrote to <titles@dmv.ct.gov>. Me too.",
        "mailto:help@ct.gov",
        "Lunch @ noon. Then nothing.",
        "See § 12-415(a) applies. Com is no word.",
        "at this point in time, look at red dots",
        "https://video.example/@channel.name",
        "3 kg @ 2.50, 50% off & more, a=5",
        "Thanks!\n@dave.smith wrote that",
        "It is me, Maria Lopez, a post. Example: this",
        "Maria Lopez posted an example",
        "[x]@[y] a@b @ @@ a@ @a.b",
        "QWxhZGRpbjpvcGVuIHNlc2FtZQ== and a/very/long/path/of/something/else",
        "日本語 ñandú €5 👍🏽",
    ],
)
def test_what_is_no_ones_address_stays(text: str) -> None:
    """Agencies' own addresses and text that only resembles an address stay as they are."""
    assert redacted(text) == Redacted(text, {})


@pytest.mark.parametrize(
    "spelling",
    [
        "maria.lopez@post.example",
        "MARIA.LOPEZ@POST.EXAMPLE",
        "marialopez@post.example",
        "maria.lopez+shop@post.example",
        "m a r i a . l o p e z @ p o s t . e x a m p l e",
        "maria.lopez@po\r\n> st.example",
        "maria.lo\npez@post.example",
        "maria dot lopez at post dot example",
        "Maria Lopez (at) post example",
        "maria.lopez at post example",
        "elpmaxe.tsop@zepol.airam",
        "\u202eelpmaxe.tsop@zepol.airam\u202c",
        "maria%2Elopez%2540post%2Eexample",
        "m\u200baria.lopez@post.example",
        "".join(chr(0xE0000 + ord(c)) for c in "maria") + ".lopez@post.example",
        "maria-lopez @ post - example",
        "ml@bücher.example",
        "ml+dmv@xn--bcher-kva.example",
        "ML plus DMV at bücher dot example",
        base64.b64encode(b"mail=maria.lopez@post.example").decode(),
        base64.urlsafe_b64encode("id=1;maria.lopez@post.example".encode("utf-16-le")).decode(),
        "xyz" + base64.b64encode(b"maria.lopez@post.example").decode().rstrip("="),
    ],
)
def test_the_writers_own_address_goes_in_every_spelling(spelling: str) -> None:
    """LK1: spaced, spelt, split, reversed, escaped, invisible or packed: nothing of the writer's address stays."""
    result = redacted(f"Write: {spelling} !")
    left = result.text.replace(EMAIL_WITHHELD, "")
    assert result.text.count(EMAIL_WITHHELD) == 1
    assert left.replace("Write:", "").strip("\u202c\u202e ()+!shop") == ""


def test_the_writers_address_goes_even_under_a_shown_domain() -> None:
    """An official who writes as a citizen keeps the citizen's protection."""
    result = redact(
        "I am ann@ct.gov, not help@ct.gov",
        (),
        lambda cls: "shown",
        known=("ann@ct.gov",),
        shown_domains=SHOWN,
        numbering=Numbering(b"k"),
    )
    assert result.text == f"I am {EMAIL_WITHHELD}, not help@ct.gov"


def test_consent_shows_that_address_alone() -> None:
    """With consent the writer's address is shown as it stands, and nobody else's with it."""
    text = "I am Maria.Lopez@post.example, she is eve@else.example"
    result = redact(
        text,
        tags(text, ("Maria.Lopez@post.example", "email")),
        lambda cls: "withheld",
        known=KNOWN,
        shown_domains=SHOWN,
        numbering=Numbering(b"k"),
        consented=("maria.lopez@post.example",),
    )
    assert result.text == f"I am Maria.Lopez@post.example, she is {EMAIL_WITHHELD}"


@pytest.mark.parametrize(
    "unit",
    [
        "a@",
        "a.",
        "a dot ",
        "@ ",
        "%25",
        "&amp;",
        "é",
        "QWxh",
        "maria.lopez@ ",
        "maria.lopez ",
        "(at)",
        "a(at)b.",
        "=40",
        '"a',
        "a\u200b",
        "A",
        "f",
        "aaaaaaaaaaaaaaaa/",
        "64",
        "64 ",
        "0x40,",
        "QWxh\n",
        "AAAAAAAAAAAAAAAA\n> ",
        "M" + "!" * 60 + "\n",
        "begin 644 x\n",
        "=ybegin ",
        "(This file must be converted with BinHex",
        " at ",
        "a at b . ",
        "a.b at c.",
        "aATbDOT",
        "a @ b . c ",
        "a\n@\n",
        "moc.a@",
        "maria.lopez",
        "maria lopez at ",
        "elpmaxe tsop ",
        "=?utf-8?q?",
        "\\u0040",
        "\\40 ",
        "+aea-",
        "u+0040",
        "&#64",
        "%u0040",
        "ⓐ",
        "𝓪",
    ],
)
def test_linear_in_hostile_text(unit: str) -> None:
    """MB12: a hundred thousand characters of almost-addresses take less than a moment."""
    began = time.process_time()
    redacted(unit * (100_000 // len(unit)))
    assert time.process_time() - began < 1


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [*"a.@+ -_(\n>%=&;\\é\u200b", "maria", "lopez", "post", "example", "40", "at", "dot", "ct.gov", "\ud800"]
        )
    )
)
def test_redacting_twice_changes_nothing(pieces: list[str]) -> None:
    """What redaction leaves standing it would leave standing again."""
    once = redacted("".join(pieces)).text
    assert redacted(once).text == once


def test_repr_shows_nothing() -> None:
    """A redacted text does not print itself."""
    assert "bin" not in repr(redacted("my bin"))
