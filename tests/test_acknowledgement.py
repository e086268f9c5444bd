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
