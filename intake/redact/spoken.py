"""Signs, figures and letters that are said in words: "joanna dash seventy three", "Juliett Oscar Alpha", "10 15 1 14".

The rule this module keeps: they become signs in a view of their own, and only where an address may be: beside a word
for a hyphen, an underscore, a dot or "@"; words for letters from four in a row, numbers for letters and letters one by
one from six.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import re2

from intake.redact import words
from intake.redact.local import is_ordinary
from intake.redact.spelling import View, fold, made

_UNITS = (
    "zero|null|zéro|cero|nula|zwo|nul",
    "one|uno|un|eins|ein|um|jeden|yon",
    "two|dos|deux|zwei|dois|dwa|due|de",
    "three|tres|trois|drei|três|trzy|tre|twa",
    "four|cuatro|quatre|vier|quatro|cztery|quattro|kat",
    "five|cinco|cinq|fünf|pięć|cinque|senk",
    "six|seis|sechs|sześć|sei|sis",
    "seven|siete|sept|sieben|sete|siedem|sette|sèt",
    "eight|ocho|huit|acht|oito|osiem|otto|uit",
    "nine|nueve|neuf|neun|nove|dziewięć|nèf",
    "ten|diez|dix|zehn|dez|dziesięć|dieci|dis",
    "eleven|once|onze|elf|jedenaście|undici|onz",
    "twelve|doce|douze|zwölf|doze|dwanaście|dodici|douz",
    "thirteen|trece|treize|dreizehn|treze|trzynaście|tredici|trèz",
    "fourteen|catorce|quatorze|vierzehn|catorze|czternaście|quattordici|katòz",
    "fifteen|quince|quinze|fünfzehn|piętnaście|quindici|kenz",
    "sixteen|dieciséis|seize|sechzehn|dezesseis|szesnaście|sedici|sèz",
    "seventeen|diecisiete|siebzehn|dezessete|siedemnaście|diciassette|disèt",
    "eighteen|dieciocho|achtzehn|dezoito|osiemnaście|diciotto|dizuit",
    "nineteen|diecinueve|neunzehn|dezenove|dziewiętnaście|diciannove|diznèf",
)
_TENS = (
    "twenty|veinte|vingt|vingts|zwanzig|vinte|dwadzieścia|venti|ven",
    "thirty|treinta|trente|dreißig|trinta|trzydzieści|trenta|trant",
    "forty|cuarenta|quarante|vierzig|quarenta|czterdzieści|quaranta|karant",
    "fifty|cincuenta|cinquante|fünfzig|cinquenta|pięćdziesiąt|cinquanta|senkant",
    "sixty|sesenta|soixante|sechzig|sessenta|sześćdziesiąt|sessanta|swasant",
    "seventy|setenta|septante|siebzig|siedemdziesiąt|settanta",
    "eighty|ochenta|huitante|achtzig|oitenta|osiemdziesiąt|ottanta",
    "ninety|noventa|nonante|neunzig|dziewięćdziesiąt|novanta",
)


def _numbered(rows: Iterable[str]) -> dict[str, int]:
    return {fold(word): number for number, row in enumerate(rows) for word in row.split("|")}


UNITS = tuple(tuple(map(fold, row.split("|"))) for row in _UNITS)
TENS = ((), ("ten",), *(tuple(map(fold, row.split("|"))) for row in _TENS))
"""How each number, and each ten, is said."""
_UNIT = _numbered(_UNITS)
_TEN = {word: 10 * ten for word, ten in _numbered(("", "", *_TENS)).items() if word}
_ALPHABET = frozenset(
    _numbered(
        (
            "alfa|alpha|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliett|juliet|kilo|lima|mike|november|oscar",
            "papa|quebec|romeo|sierra|tango|uniform|victor|whiskey|whisky|xray|yankee|zulu",
        )
    )
)
_SIGNS = dict.fromkeys(words.HYPHEN, "-") | dict.fromkeys(words.UNDERSCORE, "_")

# Each has one way to match each character, or a bound.
_UNIT_SAID, _TEN_SAID, _LETTER = words.either(_UNIT), words.either(_TEN), words.either(_ALPHABET)
_IN_WORDS = rf"(?:{_UNIT_SAID}und{_TEN_SAID}|{_TEN_SAID}|{_UNIT_SAID})"
_NUMBER = rf"{_IN_WORDS}(?:[ -](?:(?:y|e|et|i|und|and) )?{_IN_WORDS}){{0,7}}"
_SIGN = rf"(?:\s{{1,2}}{words.either(_SIGNS)}\s{{1,2}}|\s?[(\[<{{]{words.either(_SIGNS)}[)\]>}}]\s?)"
_ATS = words.either((*words.AT, *words.AT_AND_MORE, *words.AT_WEAK))
_NEXT = rf"\s(?:@|(?:{_ATS}|{words.either((*words.DOT, *words.DOT_AND_MORE))})\s)|@"
_LETTERS = rf"{_LETTER}(?:[ ,.-]{{1,2}}{_LETTER}){{3,63}}"
_PLACES = r"[12]?[0-9](?:[ ,.-]{1,2}[12]?[0-9]){5,63}"
_SINGLE = r"[a-z](?:[ ,.-]{1,2}[a-z0-9]){5,63}"
_HINT = re2.compile(  # without the longest repetition: re2 has no memory for more
    rf"{_SIGN}|\b(?:{_IN_WORDS}(?:{_NEXT})|{_LETTER}(?:[ ,.-]{{1,2}}{_LETTER}){{3}}"
    r"|[12]?[0-9](?:[ ,.-]{1,2}[12]?[0-9]){5}|[a-z](?:[ ,.-]{1,2}[a-z0-9]){5})"
)
_SAID = re.compile(
    rf"{_SIGN}(?:(?:{_NUMBER})(?![\w-]))?"
    rf"|(?<![\w-])(?:[a-z]{{3,40}}\s)?{_NUMBER}(?={_SIGN}|{_NEXT})"
    rf"|(?<=[^\w][b-df-hj-np-xz])\s{_NUMBER}(?={_NEXT})"
    rf"|(?<![\w-]){_LETTERS}(?![\w-])|(?<![\w.,-])(?:{_PLACES}|{_SINGLE})(?![\w-])"
)
_SIGN_SAID = re.compile(words.either(_SIGNS))
_BLANKS = re.compile("[ -]+")
_PIECE = re.compile(r"[^\s,.()\[\]<>{}-]+")


def heard(view: View) -> Iterator[View]:
    """The view with the signs for what is said, if anything is."""
    if _HINT.search(view.text):
        said = made(view.text, _SAID, _written, view)
        if said.text != view.text:
            yield said


def _written(said: str) -> str:
    sign = _SIGN_SAID.search(said)
    if sign and not said[0].isalnum():
        return f"{_SIGNS[_BLANKS.sub(' ', sign[0])]}{_figures(_PIECE.findall(said[sign.end() :]))}"
    pieces = _PIECE.findall(said)
    if _ALPHABET.issuperset(pieces):
        return "".join(piece[0] for piece in pieces)
    if said[0].isalpha() and all(len(piece) == 1 for piece in pieces):
        return "".join(pieces)
    if all(map(str.isdigit, pieces)):
        return "".join(chr(96 + int(piece)) for piece in pieces) if all(0 < int(p) < 27 for p in pieces) else said
    if pieces[0] in _UNIT or pieces[0] in _TEN or "und" in pieces[0]:
        return _figures(pieces)
    return said if is_ordinary(pieces[0]) else f"{pieces[0]}{_figures(pieces[1:])}"


def _figures(said: Iterable[str]) -> str:
    """What "seventy three", "siebzig drei", "dreiundsiebzig", "soixante treize" and "seven three" are: 73."""
    numbers: list[int] = []
    for piece in said:
        unit, _, ten = piece.partition("und")
        if unit in _UNIT and ten in _TEN:
            numbers.append(_TEN[ten] + _UNIT[unit])
        elif piece in _TEN:
            numbers[-1:] = [80] if piece.startswith("vingt") and numbers[-1:] == [4] else [*numbers[-1:], _TEN[piece]]
        elif piece in _UNIT:
            tens = numbers[-1] if numbers and numbers[-1] in _ROUND else 0
            fits = 0 < _UNIT[piece] < (20 if tens in (60, 80) else 10)
            numbers[-1:] = [tens + _UNIT[piece]] if tens and fits else [*numbers[-1:], _UNIT[piece]]
    return "".join(map(str, numbers))


_ROUND = frozenset(range(20, 100, 10))
