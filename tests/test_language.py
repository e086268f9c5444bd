"""The language of a letter."""

from __future__ import annotations

import pytest

from intake.language import LANGUAGES, detect


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Could you please tell me when the office is open, and what I have to bring?"),
        ("es", "Buenas tardes, quiero saber por qué no me han contestado la carta que mandé."),
        ("es", "Quiero renovar mi licencia"),
        ("pt", "Bom dia, gostaria de saber como faço para tirar a segunda via do documento."),
        ("pl", "Dzień dobry, proszę o informację, czy moja sprawa jest już załatwiona."),
        ("ht", "Bonjou, mwen bezwen konnen ki kote pou mwen ale ak papye sa yo."),
        ("fr", "Bonjour, je voudrais savoir où en est mon dossier, merci de votre réponse."),
        ("en", ""),
        ("en", "12345 !!! \u200b"),
        ("en", "Señor García sent me here with the form"),
        ("en", "DMV"),
        ("es", "El_camino2la ruta"),
        ("fr", "Le—la… «les» l’été"),
        ("pl", "Gęś\u0660żółć"),
        ("es", "¿QUÉ?"),
        ("en", "le2"),
    ],
)
def test_detect(language: str, text: str) -> None:
    """A sentence or two suffice; without a clear sign it is English."""
    assert detect(text) == language


@pytest.mark.parametrize("text", ["ñ" * 500_000, "a " * 500_000, "¿" * 500_000, "\ud800 " * 1000])
def test_hostile_texts_have_a_language_too(text: str) -> None:
    """No text is too long or too strange for an answer."""
    assert detect(text) in LANGUAGES
