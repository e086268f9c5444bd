"""Properties of tagging: what holds for every text, and what no surrounding text may hide."""

from __future__ import annotations

import random
import string
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.pii import CLASSES, Context, Tag, identifying, masked, tag
from intake.pii.page import Page
from tests.conftest import cpu_seconds

MASK = "█"
PIECES = (
    "219-45-8830", "ana@example.org", "(203) 555-0142", "4111 1111 1111 1111", "GB82 WEST 1234 5698 7654 32",
    "My name is Ana Pond", "Mr. Quillfeather", "12 Elm Street, Hamden, CT 06514", "DOB: 03/04/1961", "Sex: F",
    "password: Tulip#44", "192.0.2.44", " at ", " dot ", "\n", "\r\n", "> ", "ssn ", "card ", "#", "1", "-", "@", ".",
    "😀", "e\u0301", "\u200b", "\ud800", "\udfff", "\u2028", "\x00", "\x1f", "١٢٣", "Łódź", "山田", "ﬁ", "𝟗𝟏", MASK,
)  # fmt: skip
texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=24).map("".join)
contexts = st.builds(Context, st.text(max_size=20), st.text(max_size=20))


def covered(text: str, tags: list[Tag]) -> str:
    """The text with every tagged stretch covered."""
    for one in tags:
        text = text[: one.start] + MASK * (one.end - one.start) + text[one.end :]
    return text


# ---- whatever the text -----------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(texts, contexts)
def test_tags_lie_in_the_text_in_order(text: str, context: Context) -> None:
    """MB13: offsets are code points inside the text, tags come in order and apart, classes and scores are known."""
    tags = tag(text, context)
    assert all(type(one.start) is int and type(one.end) is int for one in tags)
    assert all(0 <= one.start < one.end <= len(text) for one in tags)
    assert all(left.end <= right.start for left, right in pairwise(tags))
    assert all(one.cls in CLASSES and one.by for one in tags)
    assert all(type(one.score) is float and 0.0 <= one.score <= 1.0 for one in tags)
    assert identifying(tags) in (True, False)


@settings(max_examples=100, deadline=None)
@given(texts)
def test_every_tag_holds_something(text: str) -> None:
    """A tag covers a letter or a figure, and neither begins nor ends with a blank."""
    plain = Page(text).plain
    for one in tag(text):
        value = plain[one.start : one.end]
        assert any(map(str.isalnum, value))
        assert value == value.strip(" \n\t,;")


@settings(max_examples=60, deadline=None)
@given(texts)
def test_the_same_text_gives_the_same_tags(text: str) -> None:
    """Nothing of an earlier call stays behind."""
    first = tag(text)
    tag("Mr. Quillfeather, 219-45-8830")
    assert tag(text) == first


@pytest.mark.parametrize(
    "front",
    ["😀 ", "𝐀𝐛 ", "e\u0301 ", "\u200d\u200b ", "\ud83d ", "\udfff\ud800 ", "\U0010ffff ", "ß İ ﬃ ", "\0 ", "\r\n"],
)
@pytest.mark.parametrize("value", ["219-45-8830", "ana@example.org", "203-555-0142", "4111 1111 1111 1111"])
def test_offsets_are_code_points(front: str, value: str) -> None:
    """Whatever stands before, astral, combining or half a pair, the tag slices to what was written."""
    text = f"{front * 9}{value} {front}"
    assert value in [text[one.start : one.end] for one in tag(text)]


@settings(max_examples=80, deadline=None)
@given(texts)
def test_no_tag_holds_what_is_masked_already(text: str) -> None:
    """A text that was masked has no tag that covers nothing but masks, and masking keeps every offset."""
    once = covered(text, tag(text))
    again = tag(once)
    assert len(once) == len(text)
    assert all(set(once[one.start : one.end]) != {MASK} for one in again)


SENTENCES = (
    "My name is Ana Pond.", "I am Zbigniew Kowalczyk and I live at 12 Elm Street, Hamden, CT 06514.",
    "My SSN is 219-45-8830.", "Call me at (203) 555-0142.", "Write to ana@example.org please.",
    "I was born on June 9, 1950.", "My password is Tulip#44.", "The roof leaks and nobody comes.", "Sex: F",
    "I paid with 4111 1111 1111 1111, exp 04/29.", "Me llamo Yolanda Echevarría.", "My son Brendan is nine.",
    "routing 021000021, account 88123490", "It came from IP 192.0.2.44 at night.", "Case # AB-20931-7",
    "There is a pothole on Route 8.", "> On Monday he wrote:", "Thank you for reading this.",
)  # fmt: skip


def test_masking_twice_is_masking_once() -> None:
    """Of 150 letters put together from sentences, at most six are tagged anew when their tags are masked."""
    dice = random.Random(3)
    changed = 0
    for _ in range(150):
        text = "".join(dice.choice(SENTENCES) + dice.choice((" ", "\n", "\n\n")) for _ in range(dice.randint(1, 14)))
        once = covered(text, tag(text))
        changed += covered(once, tag(once)) != once
    assert changed <= 6


@settings(max_examples=100, deadline=None)
@given(texts, contexts)
def test_the_mask_goes_further_than_the_tags(text: str, context: Context) -> None:
    """The mask for what is written outside the store covers every tag and every figure, and moves nothing."""
    black = masked(text, context)
    under = {at for one in tag(text, context) for at in range(one.start, one.end)}
    assert len(black) == len(text)
    assert all(after in (before, MASK) for before, after in zip(text, black, strict=True))
    assert not [at for at in under if black[at] != MASK and not text[at].isspace()]
    assert not any(map(str.isdigit, Page(black).plain))


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("my password is sunflower and my pet was biscuit", ["sunflower", "biscuit"]),
        ("password is correct horse battery staple", ["correct", "staple"]),
        ("mi seguro social es doscientos diecinueve", ["doscientos", "diecinueve"]),
        ("my PIN: two two, nine five", ["two", "nine", "five"]),
    ],
)
def test_the_mask_covers_what_is_told_behind_a_word_for_a_secret_or_a_number(text: str, gone: list[str]) -> None:
    """Whether or not a rule or the model knows it for one."""
    black = masked(text)
    assert [word for word in gone if word in black] == []


# ---- numbers that check digits or forms prove ------------------------------------------------------------------


def luhn_digit(digits: str) -> str:
    """The digit that makes `digits` a card's number."""
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(digits)))
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def grouped(digits: str, sizes: Iterable[int], sign: str) -> str:
    """The digits in groups, the last group as long as it comes."""
    groups, at = [], 0
    for size in sizes:
        groups.append(digits[at : at + size])
        at += size
    return sign.join(group for group in [*groups, digits[at:]] if group)


def digits_of(size: int) -> st.SearchStrategy[str]:
    """`size` decimal digits."""
    return st.text("0123456789", min_size=size, max_size=size)


ISSUERS: dict[str, tuple[tuple[str, ...], int, tuple[int, ...]]] = {
    "visa": (("4",), 16, (4, 4, 4, 4)),
    "visa of 13": (("4",), 13, (4, 3, 3, 3)),
    "visa of 19": (("4",), 19, (4, 4, 4, 4, 3)),
    "mastercard": (("51", "55", "2221", "2720"), 16, (4, 4, 4, 4)),
    "american express": (("34", "37"), 15, (4, 6, 5)),
    "discover": (("6011", "644", "65"), 16, (4, 4, 4, 4)),
    "jcb": (("3528", "3589"), 16, (4, 4, 4, 4)),
    "diners": (("36", "300", "305", "38"), 14, (4, 6, 4)),
    "unionpay": (("62",), 16, (4, 4, 4, 4)),
    "maestro": (("5018", "6304"), 16, (4, 4, 4, 4)),
}
IBANS = {"GB": ("WEST", 14), "DE": ("", 18), "FR": ("", 23), "PL": ("", 24), "ES": ("", 20), "NL": ("INGB", 10)}


@st.composite
def cards(draw: st.DrawFn, issuer: str) -> str:
    """A valid number of that issuer in one of the ways that people write it."""
    prefixes, size, groups = ISSUERS[issuer]
    prefix = draw(st.sampled_from(prefixes))
    digits = prefix + draw(digits_of(size - 1 - len(prefix)))
    return grouped(digits + luhn_digit(digits), groups, draw(st.sampled_from(("", " ", "-", ".", "  "))))


@st.composite
def socials(draw: st.DrawFn) -> str:
    """A Social Security number that could have been issued."""
    area = draw(st.sampled_from((1, 665, 667, 899)) | st.integers(1, 899).filter(lambda number: number != 666))
    group, serial = draw(st.integers(1, 99)), draw(st.integers(1, 9999))
    return draw(st.sampled_from(("-", ".", " ", " - "))).join((f"{area:03}", f"{group:02}", f"{serial:04}"))


@st.composite
def routings(draw: st.DrawFn) -> str:
    """A routing number with its check digit, behind the word for it."""
    first = draw(st.sampled_from([*range(1, 13), *range(21, 33), *range(61, 73), 80]))
    digits = f"{first:02}" + draw(digits_of(6))
    check = -sum(int(digit) * (3, 7, 1)[place % 3] for place, digit in enumerate(digits)) % 10
    return draw(st.sampled_from(("routing ", "Routing number: ", "my routing no. is "))) + f"{digits}{check}"


@st.composite
def ibans(draw: st.DrawFn) -> str:
    """An IBAN with its check digits, in one piece or in groups of four."""
    country = draw(st.sampled_from(sorted(IBANS)))
    bank, size = IBANS[country]
    inner = bank + draw(digits_of(size))
    check = 98 - int("".join(str(int(char, 36)) for char in f"{inner}{country}00")) % 97
    whole = f"{country}{check:02}{inner}"
    return grouped(whole, [4] * 8, draw(st.sampled_from(("", " "))))


@st.composite
def phones(draw: st.DrawFn) -> str:
    """A number of the North American plan that nobody has: exchange 555, line 01xx."""
    area = draw(st.sampled_from(("203", "475", "860", "959", "212", "617", "413", "787", "929")))
    line = f"01{draw(st.integers(0, 99)):02}"
    form = draw(st.sampled_from(("({}) {}-{}", "{}-{}-{}", "{}.{}.{}", "+1 {} {} {}", "1-{}-{}-{}", "({}){}-{}")))
    return form.format(area, "555", line)


@st.composite
def mailboxes(draw: st.DrawFn) -> str:
    """An address in a domain that is nobody's."""
    atom = st.text(string.ascii_letters + string.digits, min_size=1, max_size=8)
    local = draw(st.sampled_from((".", "_", "-", "+"))).join(draw(st.lists(atom, min_size=1, max_size=3)))
    host = draw(st.sampled_from(("example.org", "example.com", "mail.example.net", "EXAMPLE.ORG", "a.b.c.example")))
    return f"{local}@{host}"


QUIET = (
    "the roof leaks", "and nobody comes", "merci beaucoup", "gracias", "dziękuję", "Ana Pond", "in Hamden", "—", "…",
    "山田さん", "Привет", "😀", "e\u0301", "\u200b", "WHY", "(", ")", ",", "\n", "\n> ", "\t", "\r\n", "\ud800",
)  # fmt: skip


def quiet(text: str) -> bool:
    """No figure, no mailbox, and no word that says what a number is."""
    page = Page(text)
    return not page.cues and "@" not in page.plain and not any(map(str.isdigit, page.plain))


around = st.lists(st.one_of(st.sampled_from(QUIET), st.text(max_size=10)), max_size=6).map(" ".join).filter(quiet)


def assert_found(cls: str, value: str, before: str, after: str) -> None:
    """Every letter and figure of the number itself is under tags of its class."""
    text = f"{before} {value} {after}"
    start = len(before) + 1 + (max(value.rfind(" ", 0, -9), value.rfind(":")) + 1 if "outing" in value else 0)
    inside = {at for one in tag(text) if one.cls == cls for at in range(one.start, one.end)}
    missed = [at for at in range(start, len(before) + 1 + len(value)) if text[at].isalnum() and at not in inside]
    assert not missed, ascii(text)


@pytest.mark.parametrize("issuer", ISSUERS)
def test_cards_are_found(issuer: str) -> None:
    """A number with an issuer's first digits and its check digit is found in any text."""

    @settings(max_examples=30, deadline=None)
    @given(cards(issuer), around, around)
    def check(value: str, before: str, after: str) -> None:
        assert_found("card", value, before, after)

    check()


PLANTED = {"ssn": socials(), "bank": st.one_of(routings(), ibans()), "phone": phones(), "email": mailboxes()}


@pytest.mark.parametrize("cls", PLANTED)
def test_numbers_are_found(cls: str) -> None:
    """A Social Security number, routing number, IBAN, phone number or mailbox is found in any text."""

    @settings(max_examples=80, deadline=None)
    @given(PLANTED[cls], around, around)
    def check(value: str, before: str, after: str) -> None:
        assert_found(cls, value, before, after)

    check()


EVERYDAY = (
    "For my order I paid with", "On the form I wrote", "The invoice was settled from", "The license fee went to",
    "On page two stands", "The bill came to", "La orden la pagué con", "At the office I gave them",
)  # fmt: skip


@pytest.mark.parametrize("before", EVERYDAY)
def test_a_number_is_found_where_forms_and_bills_are_spoken_of(before: str) -> None:
    """What has a check digit or a form of its own is no order's number because there is an order."""

    @settings(max_examples=10, deadline=None)
    @given(cards("visa"), socials())
    def check(card: str, social: str) -> None:
        assert_found("card", card, before, "and then nothing came of it")
        assert_found("ssn", social, before, "and then nothing came of it")

    check()


# ---- time ------------------------------------------------------------------------------------------------------


def seconds(text: str) -> float:
    """CPU time of tagging."""
    return cpu_seconds(lambda: tag(text))


HOSTILE = ("1 ", "a@", "1-", "A ", "john ", "> ", ".", "a.", "one ", "é ", "Maria Lopez, ")
LETTER = (
    "Hello, my name is Ana Pond and I live at 12 Orchard Road, Hamden.\n"
    "Call 203-555-0142 about case AB-20931-7 please, I wrote in May.\n\nRegards,\nAna Pond\n"
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_twice_the_text_takes_twice_the_time(piece: str) -> None:
    """MB12: 40 KB of a repeat cost about twice what 20 KB cost."""
    tag("warm Maria")  # reads the lists and the model
    short, long = (seconds((piece * size)[:size]) for size in (20_000, 40_000))
    assert long < 4 * short + 0.2


@pytest.mark.parametrize("piece", ["@@5/Johna", "calldot1a@", "\nbornAna12CT555"])
def test_what_confuses_the_model_costs_no_more(piece: str) -> None:
    """MB12: labels that do not fit together are put right in time linear in the text."""
    tag("warm Maria")
    short, long = (seconds((piece * size)[:size]) for size in (1_500, 6_000))
    assert long < 8 * short + 0.3


@pytest.mark.parametrize(("piece", "size", "limit"), [(LETTER, 1_000_000, 30), ("1 ", 400_000, 30)])
def test_a_megabyte_takes_seconds(piece: str, size: int, limit: float) -> None:
    """MB12: a megabyte of letter is read in a few seconds, and hostile text is no worse than a few times that."""
    tag("warm Maria")
    assert seconds((piece * size)[:size]) < limit
