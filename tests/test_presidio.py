"""The recogniser for Presidio, inside the real analyzer. Skipped where that is not installed; it is in `.venv-peers`:

.venv-peers/bin/python -m pytest --noconftest tests/test_presidio.py
"""

from __future__ import annotations

import doctest
import subprocess
import sys

import pytest

pytest.importorskip("presidio_analyzer")

from presidio_analyzer import AnalyzerEngine, RecognizerRegistry, RecognizerResult
from presidio_analyzer.nlp_engine import NoOpNlpEngine
from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider

from intake import pii
from intake.pii import presidio
from intake.pii.presidio import ENTITIES, IntakeRecognizer

LETTER = """I am Rosalind Akintola, born 03/14/1961, of 14 Harbor Lane, Apt 2, Mystic, CT 06355.
Write to rosalind@mail.example or call 860-555-0110. My SSN is 219-09-9981, my card 4111 1111 1111 1111.
The refund goes to IBAN GB33 BUKB 2020 1555 5555 55. I wrote from 203.0.113.7. My password is Mulberry7!
"""


def analyzer(*recognizers: IntakeRecognizer, languages: tuple[str, ...] = ("en",)) -> AnalyzerEngine:
    """Presidio's engine with nothing but these recognisers."""
    engine = NoOpNlpEngine(models=[{"lang_code": language, "model_name": ""} for language in languages])
    engine.load()
    registry = RecognizerRegistry(list(recognizers), supported_languages=list(languages))
    return AnalyzerEngine(registry, engine, supported_languages=list(languages))


def places(found: list[RecognizerResult]) -> list[tuple[int, int, str, float]]:
    return sorted((one.start, one.end, one.entity_type, one.score) for one in found)


def test_the_analyzer_finds_what_the_tagger_finds() -> None:
    """Presidio returns each of our tags with its place and score, under Presidio's name."""
    found = places(analyzer(IntakeRecognizer()).analyze(LETTER, language="en"))
    tags = [(one.start, one.end, presidio.entity(one, LETTER), one.score) for one in pii.tag(LETTER)]
    assert found == tags
    assert {"EMAIL_ADDRESS", "PHONE_NUMBER", "US_SSN", "CREDIT_CARD", "IP_ADDRESS"} <= {named for *_, named, _ in found}


def test_an_iban_has_presidio_s_name_for_it() -> None:
    """IBANs are IBAN_CODE, other bank numbers US_BANK_NUMBER."""
    text = "IBAN GB33 BUKB 2020 1555 5555 55. My routing number is 122105155."
    found = places(analyzer(IntakeRecognizer()).analyze(text, language="en"))
    assert [(text[start:end][:4], named) for start, end, named, _ in found] == [
        ("GB33", "IBAN_CODE"),
        ("1221", "US_BANK_NUMBER"),
    ]


def test_only_what_was_asked_for_is_found() -> None:
    """`entities`, of the call or of the recogniser, leaves the rest out."""
    asked = analyzer(IntakeRecognizer()).analyze(LETTER, "en", entities=["US_SSN"])
    narrow = analyzer(IntakeRecognizer(supported_entities=["PHONE_NUMBER"])).analyze(LETTER, "en")
    assert {one.entity_type for one in asked} == {"US_SSN"}
    assert {one.entity_type for one in narrow} == {"PHONE_NUMBER"}


def test_the_explanation_names_what_said_so() -> None:
    """Presidio's decision process shows the recogniser and the tagger's reason."""
    (found,) = analyzer(IntakeRecognizer()).analyze("SSN: 219-09-9981", "en", return_decision_process=True)
    (tag,) = pii.tag("SSN: 219-09-9981")
    assert found.recognition_metadata["recognizer_name"] == "IntakeRecognizer"
    assert (found.analysis_explanation.recognizer, found.analysis_explanation.textual_explanation) == (
        "IntakeRecognizer",
        tag.by,
    )


def test_it_stands_beside_presidio_s_own_under_every_language() -> None:
    """A configuration names it as it names Presidio's own; each language gets one."""
    provider = RecognizerRegistryProvider(
        registry_configuration={
            "supported_languages": ["en", "es"],
            "recognizers": [
                {"name": "IntakeRecognizer", "type": "predefined"},
                {"name": "UrlRecognizer", "type": "predefined", "supported_languages": ["en"]},
            ],
        }
    )
    found = provider.create_recognizer_registry().recognizers
    assert sorted((one.name, one.supported_language) for one in found) == [
        ("IntakeRecognizer", "en"),
        ("IntakeRecognizer", "es"),
        ("UrlRecognizer", "en"),
    ]


def test_every_class_has_a_name_of_its_own() -> None:
    """No class of ours is missing, and no two share a name."""
    assert tuple(ENTITIES) == pii.CLASSES
    assert len({*ENTITIES.values(), presidio.IBAN}) == len(pii.CLASSES) + 1


def test_the_example_runs() -> None:
    """The docstring's example does what it says."""
    done = doctest.testmod(presidio)
    assert (done.failed, done.attempted > 8) == (0, True)


def test_the_tagger_does_not_need_presidio() -> None:
    """Importing and using `intake.pii` loads nothing of Presidio."""
    code = "import sys; from intake import pii; pii.tag('SSN: 219-09-9981'); print('presidio_analyzer' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
