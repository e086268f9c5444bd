"""Notes: what the program itself says, in the language of whom it says it to."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage

import pytest

from intake import notes
from intake.enclosure import Enclosures
from tests.road import Mailbox, Road, alias_of, body, mail
from tests.test_relay import CITIZEN, CLERK, DMV

LANGUAGES = ("en", "es", "pt", "pl", "ht", "fr")
FILES = Enclosures(
    (("attachment-1.pdf", "application/pdf", b""),), ("attachment-1.pdf",), ("a line", "another", "a third")
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_became_of_an_answer_s_files(language: str) -> None:
    """Each file is accounted for in the citizen's words: sent along, not checked, not passed on."""
    said = notes.answer(language, "  ", FILES)
    assert said.count("attachment-1.pdf") == 2
    assert " 2." in said
    assert said.startswith("[")
    assert language == "en" or said != notes.answer("en", "", FILES)
    assert notes.answer(language, "Yes.\n", Enclosures((), (), ())) == "Yes.\n"


NOTHING = Enclosures((), (), ())
WITHHELD = Enclosures((), (), ("a line",))


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_an_answer_without_words_is(language: str) -> None:
    """In what is sent along, in a file that stays here, or nowhere: three different things, in the citizen's words."""
    first = [notes.answer(language, "", files).partition("]")[0] for files in (NOTHING, FILES, WITHHELD)]
    assert len(set(first)) == 3
    quoted = notes.answer(language, "> My plates?", WITHHELD, wordless=True)
    assert quoted.startswith(f"{first[2]}]\n\n> My plates?\n\n-- \n")
    assert notes.answer(language, "Yes.", WITHHELD).startswith("Yes.\n\n-- \n")
    assert language == "en" or not set(first) & {notes.answer("en", "", f).partition("]")[0] for f in (NOTHING, FILES)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_that_goes_on(language: str) -> None:
    """Below the words, and before what is said of the files, in the citizen's words."""
    said = notes.answer(language, "Yes.", WITHHELD, goes_on=True)
    yes, goes_on, foot = said.split("\n\n")
    assert yes == "Yes."
    assert goes_on.startswith("[")
    assert foot.startswith("-- \n")
    assert language == "en" or goes_on not in notes.answer("en", "Yes.", WITHHELD, goes_on=True)


def test_a_language_that_we_do_not_have() -> None:
    """English then."""
    assert notes.answer("ru", "", FILES) == notes.answer("en", "", FILES)


def test_an_answer_that_is_only_a_file(road: Road, mailbox: Mailbox) -> None:
    """A citizen who wrote in Spanish reads in Spanish that a file came and what to do."""
    text = "Buenos días, mi licencia de conducir venció y necesito renovarla. ¿Qué papeles tengo que llevar?"
    road.mail(CITIZEN, "contact@intake.example", mail(text, sender=CITIZEN, subject="Licencia de conducir"))
    road.work()
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["Subject"] = CLERK, "Re"
    message.set_content("")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="form.pdf")
    road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), message.as_bytes())
    road.work()
    said = body(mailbox.to(CITIZEN)[-1]).replace("\r\n", "\n")
    assert said.startswith("[La respuesta no tiene texto: llegó como archivo, que no pudimos entregar. Pida a la")
    assert "\n\n-- \nArchivos que venían con la respuesta" in said
    assert "entregar: 1. Pregunte a la agencia" in said
    assert "form.pdf" not in said
