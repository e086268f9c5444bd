"""Gender: a form's field, or a statement about a given person. Kinship words, pronouns and titles are none."""

from __future__ import annotations

from collections.abc import Iterator

from intake.pii.page import Page, everywhere, pattern
from intake.pii.tags import Tag

_WORD = (
    r"(?:male|female|man|woman|boy|girl|non-?binary|transgender|trans|hombre|mujer|masculino|femenino|femenina|varon|"
    r"nino|nina|homem|mulher|masculin|feminin|feminino|homme|femme|kobieta|mezczyzna|kobiety|mezczyzny|gason|fanm)"
)
_FIELD = everywhere(
    r"\b(?:sex|gender|sexo|genero|plec|sexe|genre|seks|gender identity)(?: ?\([^)\n]{1,20}\))?(?: on \w+|"
    r" at birth)?(?: is| es)?[ ]*[:=,.-]*[ ]*"
    r"\b(" + _WORD + r"|[mfxhk])\b",
    anycase=True,
)
_AGED = everywhere(
    r"\b\d{1,3}[- ]?(?:years?|yrs?|yr|y\.?o|anos|ans|lat|months?|meses)[- .]{0,2}(?:old|of age|"
    r"de edad)?[ ,-]{1,2}(?:\w+ ){0,3}?(" + _WORD + r")\b",
    anycase=True,
)
_STATED = everywhere(
    r"\b(?:i am|i'm|im|as|he is|she is|she's|he's|identify as|identifies as|soy|es|sou|jestem|"
    r"je suis) (?:an? |una? |uma? |une? )?"
    r"(?:\w+ ){0,2}?(male|female|man|woman|non-?binary|transgender|mujer|hombre|mulher|homem|kobieta|"
    r"mezczyzna|femme|homme)\b",
    anycase=True,
)
_ITEM = everywhere(
    r"[,:(;/][ ]*(male|female|man|woman|masculino|femenino|femenina|feminino)[ ]*(?:[,;)/.\n]|)",
    anycase=True,
)
_SHORT = everywhere(
    r"\b(?:\d{1,2}/([MF])|([MF])/\d{1,2}|(?i:license|licence|id|certificate|record|card|marker) (?i:says|"
    r"reads|shows|is) ([MF]))\b"
)
_NOT = pattern(r"(?i)\b(?:not|stupid|nice|poor|good|kind|lovely|polite|same|right|only|that|this|the) (?:\w+ )?$")


def find(page: Page) -> Iterator[Tag]:
    """Tags of class `gender`: the word alone."""
    for expression, score, by in (
        (_FIELD, 0.97, "gender field"),
        (_AGED, 0.9, "gender with age"),
        (_STATED, 0.85, "gender stated"),
        (_ITEM, 0.8, "gender item"),
    ):
        for found in page.all(expression):
            start, end = found.span(1)
            if expression is _ITEM and not _ended(page, found.end()):
                continue
            if not _NOT.search(page.raw[max(0, start - 24) : start]):
                yield Tag(start, end, "gender", score, by)
    for found in page.all(_SHORT):
        group = next(index for index in (1, 2, 3) if found.start(index) >= 0)
        yield Tag(found.start(group), found.end(group), "gender", 0.7, "gender short")


def _ended(page: Page, at: int) -> bool:
    """Whether an item ends there: with a mark, or with the text."""
    return page.plain[at - 1] in ",;)/.\n" or at == len(page.plain)
