"""Quotations and signatures of the big mail programs: the address goes, and who wrote when and about what stays."""

from __future__ import annotations

import pytest

from intake import mime, pii
from intake.handling import DEFAULT
from intake.letter import Envelope
from intake.redact import EMAIL_WITHHELD, Numbering, redact
from tests.torture.case import body, mail
from tests.torture.quotation import WORDS, blocks, pages

WRITER = "vobaru.kezimo41@example.com"
ROSA = "rosa.kvist@zuhause.example"
LANGUAGES = ("en", "es", "pt", "pl", "fr", "ht")
SPLIT = ("Gmail, folded", "Gmail, second level, folded")


def seen(raw: bytes) -> tuple[str, str]:
    """(the text as it came, the text as an agency gets it)."""
    letter = mime.read(Envelope("email", mail_from=WRITER, recipients=("dmv@intake.example",)), raw)
    shown = redact(
        letter.text,
        pii.tag(letter.text, pii.Context(letter.sender_name, letter.sender)),
        lambda cls: DEFAULT.action(cls, "agency", identifying=False),
        known=letter.addresses,
        shown_domains=("intake.example",),
        numbering=Numbering(b"k" * 32),
    )
    return letter.text, shown.text


@pytest.mark.parametrize("whose", [WRITER, ROSA])
@pytest.mark.parametrize("program", [program for program in blocks("en", "") if program not in SPLIT])
@pytest.mark.parametrize("language", LANGUAGES)
def test_only_the_address_goes(language: str, program: str, whose: str) -> None:
    """LK3, LK8: of a quotation's header and a signature everything but the address can still be read."""
    came, shown = seen(mail(WRITER, body(blocks(language, whose)[program])))
    assert whose in came
    assert shown == came.replace(whose, EMAIL_WITHHELD).replace("555-0100", "[phone number 1]")


@pytest.mark.parametrize("whose", [WRITER, ROSA])
@pytest.mark.parametrize("program", SPLIT)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_address_that_is_cut_by_a_line_goes_whole(language: str, program: str, whose: str) -> None:
    """LK3, LK8: where a program broke the line within or before the address, it goes with what is around it kept."""
    _, shown = seen(mail(WRITER, body(blocks(language, whose)[program])))
    before, _, after = WORDS[language][0].partition("{a}")
    words = " ".join(shown.replace("\n>", "\n").split())
    assert before.split()[-2] in words
    assert after.strip("<>():").strip() in words
    assert "The plate is bent." in words
    assert whose.partition("@")[2] not in words


@pytest.mark.parametrize("whose", [WRITER, ROSA])
@pytest.mark.parametrize("program", list(pages("")))
def test_pages_keep_all_but_the_address(program: str, whose: str) -> None:
    """LK3, LK8: the same in HTML: it becomes text in which the address alone is missing."""
    page = f"<html><body><p>My plate</p>{pages(whose)[program]}<p>Thanks</p></body></html>"
    came, shown = seen(mail(WRITER, page, "text/html; charset=utf-8"))
    # The words for a picture touch what follows it: "ann@house.netann@house.net" is one address to a reader.
    assert shown == came.replace(whose * 2, whose).replace(whose, EMAIL_WITHHELD)
    assert shown.startswith("My plate\n")
    assert shown.endswith("\nThanks")


@pytest.mark.parametrize("whose", [WRITER, ROSA])
def test_a_mailbox_behind_a_link_goes(whose: str) -> None:
    """LK3, LK8: what a link writes to is shown to nobody who may not see it; the words for it stay."""
    page = "<table><tr><td>Ask</td><td><p><a href='mailto:{}?cc=x@far.example'>Rosa Kvist</a></p></td></tr></table>"
    came, shown = seen(mail(WRITER, page.format(whose), "text/html; charset=utf-8"))
    assert came == f"Ask\tRosa Kvist ({whose})"
    assert shown == f"Ask\tRosa Kvist ({EMAIL_WITHHELD})"


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("Rosa\n[cid:image001.png@01DB8C55.77AA66B0]\nx", "Rosa\n[picture]\nx"),
        ("[https://t.example/open.gif?id=7] Rosa", "[picture] Rosa"),
        ("![logo](https://t.example/logo.png) Rosa", "[picture] Rosa"),
        ("[https://ct.gov/form] and [1] and [cid] stay", "[https://ct.gov/form] and [1] and [cid] stay"),
    ],
)
def test_pictures_of_a_plain_view_are_a_word(line: str, read: str) -> None:
    """LK12: Outlook names pictures in its plain view; what could be fetched is no text."""
    assert seen(mail(WRITER, line))[0] == read
