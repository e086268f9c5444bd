"""Numbers said in words: "five two zero, eleven", "ocho seis cero 555". Digits only, never a value.

A sequence counts when it holds at least three words; figures may stand among them, as people mix both.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from intake.pii.page import Page, everywhere, pattern

_UNITS = {
    "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13",
    "fourteen": "14", "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
    "cero": "0", "uno": "1", "dos": "2", "tres": "3", "cuatro": "4", "cinco": "5", "seis": "6", "siete": "7",
    "ocho": "8", "nueve": "9", "diez": "10", "once": "11", "doce": "12", "trece": "13", "catorce": "14",
    "quince": "15", "um": "1", "dois": "2", "quatro": "4", "sete": "7", "oito": "8", "nove": "9", "meia": "6",
    "un": "1", "une": "1", "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "sept": "7", "huit": "8", "neuf": "9",
    "dix": "10", "onze": "11", "douze": "12", "treize": "13", "seize": "16", "jeden": "1", "dwa": "2", "trzy": "3",
    "dieciseis": "16", "diecisiete": "17", "dieciocho": "18", "diecinueve": "19", "veintiuno": "21",
    "veintidos": "22", "veintitres": "23", "veinticuatro": "24", "veinticinco": "25", "veintiseis": "26",
    "veintisiete": "27", "veintiocho": "28", "veintinueve": "29", "doscientos": "2", "trescientos": "3",
    "cuatrocientos": "4", "quinientos": "5", "seiscientos": "6", "setecientos": "7", "ochocientos": "8",
    "novecientos": "9", "cztery": "4", "piec": "5", "szesc": "6", "siedem": "7", "osiem": "8", "dziewiec": "9",
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "veinte": 20, "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80,
    "noventa": 90, "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60,
    "vinte": 20, "trinta": 30, "cinquenta": 50, "sessenta": 60, "oitenta": 80,
}  # fmt: skip
_HUNDREDS = frozenset(("hundred", "cent", "cento", "ciento", "cien", "sto"))
_REPEAT = {"double": 2, "triple": 3, "doble": 2}

_NUMBER = "|".join(sorted([*_UNITS, *_TENS, *_REPEAT, *_HUNDREDS], key=len, reverse=True))
_SAID = everywhere(
    rf"\b(?:(?:{_NUMBER})\b|\d{{1,4}}\b)(?:[ ,.\-\n]{{1,3}}(?:(?:and|y|e|dash|guion) )?(?:(?:{_NUMBER})\b|"
    rf"\d{{1,4}}\b)){{2,24}}",
    anycase=True,
)
WORD = pattern(rf"\b(?:{_NUMBER})\b", anycase=True)
_PART = pattern(r"[a-z]+|\d+|-", anycase=True)


class Said(NamedTuple):
    """`digits` is what the words at `start`..`end` dictate."""

    start: int
    end: int
    digits: str
    words: int


def said_in(page: Page) -> Iterator[Said]:
    """Every dictated number of the page, at least three of its parts being words."""
    for found in page.all(_SAID):
        if found[0].translate(None, b"0123456789 ,.-\n") == b"":
            continue
        parts = [part[0].decode("ascii").lower() for part in _PART.finditer(found[0])]
        words = sum(part in _UNITS or part in _TENS or part in _HUNDREDS for part in parts)
        if words >= 3:
            yield Said(found.start(), found.end(), _dictated(parts), words)


def _dictated(parts: list[str]) -> str:
    """The digits; a ten takes up the unit that follows it ("ninety three" is 93)."""
    digits, ten, times = "", 0, 1
    for part in parts:
        if part in _REPEAT:
            times = _REPEAT[part]
        elif part in _TENS:
            digits += str(ten) if ten else ""
            ten = _TENS[part]
        elif part.isdigit() or part in _UNITS:
            unit = _UNITS.get(part, part)
            joined = ten and len(unit) == 1 and unit != "0"
            digits += str(ten + int(unit)) if joined else (str(ten) if ten else "") + unit * times
            ten, times = 0, 1
    return digits + (str(ten) if ten else "")
