"""Our tagger as a recogniser of Microsoft Presidio, for programs that use its analyzer: `IntakeRecognizer`.

The only module that imports `presidio_analyzer`, which this package does not depend on.
"""

from __future__ import annotations

from presidio_analyzer import (  # type: ignore[import-not-found] # where types are checked it is not installed
    AnalysisExplanation,
    EntityRecognizer,
    RecognizerResult,
)
from presidio_analyzer.nlp_engine import NlpArtifacts  # type: ignore[import-not-found] # as above

from intake.pii import Context, Tag, tag

# Presidio's name for each class; where it has none, a name in its manner.
ENTITIES = {
    "name": "PERSON",
    "address": "LOCATION",
    "email": "EMAIL_ADDRESS",
    "ssn": "US_SSN",
    "password": "PASSWORD",
    "bank": "US_BANK_NUMBER",
    "card": "CREDIT_CARD",
    "phone": "PHONE_NUMBER",
    "dob": "DATE_OF_BIRTH",
    "zip": "ZIP_CODE",
    "gender": "GENDER",
    "id": "ID",
    "ip": "IP_ADDRESS",
}
IBAN = "IBAN_CODE"


def entity(one: Tag, text: str) -> str:
    """Presidio's name for a tag of `text`. An IBAN, alone of bank numbers, begins with the letters of a country."""
    country = text[one.start : one.start + 2]
    return IBAN if one.cls == "bank" and country.isalpha() else ENTITIES[one.cls]


class IntakeRecognizer(EntityRecognizer):  # type: ignore[misc] # as above
    """Finds what `intake.pii.tag` finds; the score is the tag's (0..1), the explanation names what said so.

    It needs no NLP engine and no other recogniser. By itself:

    >>> from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    >>> from presidio_analyzer.nlp_engine import NoOpNlpEngine
    >>> engine = NoOpNlpEngine(models=[{"lang_code": "en", "model_name": ""}])
    >>> engine.load()
    >>> analyzer = AnalyzerEngine(RecognizerRegistry([IntakeRecognizer()]), engine)
    >>> text = "My phone is 860-555-0110, my SSN 219-09-9981."
    >>> found = analyzer.analyze(text, language="en")
    >>> sorted((one.entity_type, text[one.start : one.end]) for one in found)
    [('PHONE_NUMBER', '860-555-0110'), ('US_SSN', '219-09-9981')]

    Beside Presidio's own: `analyzer.registry.add_recognizer(IntakeRecognizer())`. What is known of a letter's sender
    helps to find the name; such a recogniser is made for the letter and goes with the call:

    >>> sender = IntakeRecognizer(sender=Context("Ana Lima", "ana.lima@mail.example"))
    >>> found = analyzer.analyze("Thanks, ana", language="en", entities=["PERSON"], ad_hoc_recognizers=[sender])
    >>> [(one.entity_type, one.start, one.end) for one in found]
    [('PERSON', 8, 11)]
    """

    def __init__(
        self,
        supported_language: str = "en",
        supported_entities: list[str] | None = None,
        sender: Context = Context(),  # noqa: B008 - frozen, so one for all is meant
        name: str = "IntakeRecognizer",
    ) -> None:
        """`supported_language` says under which of Presidio's languages it is asked; the tagger reads all alike."""
        self._sender = sender
        super().__init__(
            supported_entities=supported_entities or [*ENTITIES.values(), IBAN],
            supported_language=supported_language,
            name=name,
        )

    def load(self) -> None:
        """Nothing to load: the tagger's data comes with its first call."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """What of `entities` stands in `text` (all that this recogniser knows where the list is empty), in order."""
        asked = {one for one in self.supported_entities if not entities or one in entities}
        found = [(entity(one, text), one) for one in tag(text, self._sender)]
        return [self._result(named, one) for named, one in found if named in asked]

    def _result(self, named: str, one: Tag) -> RecognizerResult:
        reason = AnalysisExplanation(self.name, one.score, textual_explanation=one.by)
        source = {
            RecognizerResult.RECOGNIZER_NAME_KEY: self.name,
            RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
        }
        return RecognizerResult(named, one.start, one.end, one.score, reason, source)
