"""The acknowledgement in every language we detect."""

from __future__ import annotations

import pytest

from intake import acknowledgement
from intake.language import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_text_with_reference_and_agency(language: str) -> None:
    """A citizen reads in their own language what is known and where it went."""
    subject, text = acknowledgement.write(language, "7K3M-9QX2-TR4B", "Motor Vehicles")
    assert "7K3M-9QX2-TR4B" in subject
    assert "7K3M-9QX2-TR4B" in text
    assert "Motor Vehicles" in text
    assert language == "en" or text != acknowledgement.write("en", "7K3M-9QX2-TR4B", "Motor Vehicles")[1]


def test_an_unknown_language_is_english() -> None:
    """Something is better than nothing."""
    assert acknowledgement.write("xx", "R", "A") == acknowledgement.write("en", "R", "A")


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_sent_a_password_is_told_to_change_it(language: str) -> None:
    """DESIGN's handling table: removed, and the citizen is told."""
    plain, warned = (acknowledgement.write(language, "R", "A", password)[1] for password in (False, True))
    assert warned.startswith(plain)
    assert "PIN" in warned or "code" in warned


NOBODY = (
    "noreply no-reply no_reply donotreply do-not-reply dont.reply NoReply+7 mailer-daemon postmaster bounce "
    "bounces+ann=a.example owner-news news-request news-owner news-bounces noanswer"
)
PEOPLE = "maria anoreply norma reply no bouncer owner request noreplyer ann-bounce-house"


@pytest.mark.parametrize("local", NOBODY.split())
def test_nobody_reads_at_these_mailboxes(local: str) -> None:
    """RFC 3834 §2: no machine answers to them."""
    assert acknowledgement.is_nobody_s(f"{local}@post.example")


@pytest.mark.parametrize("local", PEOPLE.split())
def test_people_are_no_such_mailboxes(local: str) -> None:
    """Whoever has a name like one hears from us."""
    assert not acknowledgement.is_nobody_s(f"{local}@noreply.example")
