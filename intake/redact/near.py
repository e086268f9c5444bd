"""The writer's own local part near the name of its domain: "you find me as Bluegarden with aol", "J wie Julius, K …".

The rule this module keeps: the local part is known, letter for letter, so that a sentence which has it and the name of
its domain tells the address, in whatever order and words. A word or a name that people know needs more: nothing but
words like "at" between the two. A person who is named in full stays.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import re2

from intake.redact import spoken, words
from intake.redact.local import is_known, is_ordinary
from intake.redact.spelling import fold

_REACH = 80  # characters between a local part and the name of its domain
_SENTENCE = re.compile(r"[.!?…](?:\s|$)|\n\s*\n|\n.*\n")
_ABBREVIATED = re.compile(r"(?<!\w)(?:\w|mr|ms|mrs|dr|st|hr|fr|sr|sra)\.\s")
_SAID_AT = (*words.AT, *words.AT_AND_MORE, *words.AT_WEAK, "affe", "affenohr", "ringel", "ätt")
_FILL = words.FILL.union(*(map(str.split, map(fold, _SAID_AT))))
_WORD = re.compile(r"\w+(?:['’]\w+)?")
_POINTS = re.compile(r"[:=→>]|\bthen\b|\bdann\b")
_LONGEST = 24  # characters of a local part that is looked for in spelt and parted forms
_SPELT = 4  # letters one by one that need no domain
_LIKE = words.either(words.LIKE)
_BETWEEN = r"[\s,.;:/_+–-]{1,4}(?:(?:and|then|y|und|et|e|i|dann|luego|puis|poi)\s)?"
_GAP = r"""[\s._"'’&-]{0,3}"""
_NUMBER = (
    r"(?:\s(?:and|plus|followed by|with|y|und|et|e|i))?(?:\s(?:the|el|die|le|a))?"
    r"(?:\s(?:numbers?|digits?|figures?|zahl|numero|nummer|liczba))?\s?\(?"
)
_AT_BEHIND = re2.compile(rf"^[\s,.(\[]{{0,3}}(?:@|(?:{words.either(_SAID_AT)})\b)")
# What says that no name is meant.
_ONE_WORD = re.compile(r"\b(?:one word|no spaces?|together|ein wort|zusammen|un mot|una palabra|junto|uma palavra)\b")
_SIGNS = re.compile(r"[\W_]+")
_SIGNS_SAID = {".": (*words.DOT, *words.DOT_AND_MORE), "_": words.UNDERSCORE, "-": words.HYPHEN}
_SHORT = 5  # characters of a local part that needs a word or a mark before its domain
_RUNS = re.compile(r"[0-9]+|[^\W\d_]+|[\W_]")


class _Known(NamedTuple):
    """What is looked for of one address: the local part, parted or spelt; its domain's name, alone and whole."""

    base: str
    parted: re2._Regexp
    spelt: re2._Regexp
    label: str
    named: re2._Regexp
    whole: re2._Regexp


@lru_cache(64)
def _known(address: str) -> _Known | None:
    local, _, domain = fold(address).rpartition("@")
    base, _, tag = local.partition("+")
    label, _, rest = domain.partition(".")
    if not 2 <= len(base) <= _LONGEST or len(label) < 2 or not rest:
        return None
    tagged = rf"(?:{_GAP}(?:plus|\+){_GAP}{_parted(tag)})?" if tag else ""
    tag_spelt = rf"(?:{_BETWEEN}(?:plus{_BETWEEN})?{_spelt(tag)})?" if tag else ""
    name = r"[ -]?".join(map(re2.escape, label.split("-")))
    tops = r"(?:\.|,|\s\.\s|\s(?:dot\s)?)".join(map(re2.escape, rest.split(".")))
    return _Known(
        base,
        re2.compile(_parted(base) + tagged),
        re2.compile(_spelt(base) + tag_spelt),
        label,
        re2.compile(rf"(?:^|[^\pL0-9]){name}(?:$|[^\pL0-9])"),
        re2.compile(rf"{name}(?:\.|,|\s\.\s|\s(?:{words.either(words.DOT)}\s)?){tops}"),
    )


def _parted(local: str) -> str:
    """The local part with other or no signs between its letters, and its figures in words."""
    said = ""
    before = ""
    for run in _RUNS.findall(local):
        if run.isdigit():
            said += (rf"(?:{_GAP}|{_NUMBER}\s)" if before else "") + _figures(run, _GAP)
        elif run.isalpha():
            letters = (
                f"(?:{_GAP}e)?" if pair in ("ae", "oe", "ue") else f"{_GAP}{re2.escape(pair[-1])}"
                for pair in map("".join, pairwise(f" {run}"))
            )
            said += "".join(letters) if before else "".join(letters).removeprefix(_GAP)
        else:
            said += f"{_GAP}(?:{re2.escape(run)}|{words.either(_SIGNS_SAID.get(run, (run,)))})?"
        before = run
    return said


def _figures(digits: str, between: str) -> str:
    """Figures as they are or in words, one by one or in pairs: 42 is "forty two" and "four two"."""
    units = [(digit, "oh") if digit == "0" else (digit,) for digit in digits]
    ways = [between.join(words.either((*unit, *spoken.UNITS[int(unit[0])])) for unit in units)]
    if len(digits) % 2 == 0:
        ways.append(r"[\s-]{0,2}".join(_pair(digits[i : i + 2]) for i in range(0, len(digits), 2)))
    return f"(?:{'|'.join(ways)})"


def _pair(digits: str) -> str:
    number = int(digits)
    ten, unit = divmod(number, 10)
    if number < len(spoken.UNITS):
        return words.either((digits, *spoken.UNITS[number]))
    tens = words.either(spoken.TENS[ten])
    if not unit:
        return f"(?:{digits}|{tens})"
    one = words.either(spoken.UNITS[unit])
    return rf"(?:{digits}|{tens}[\s-]?(?:(?:y|e|et|i|und|and)\s)?{one}|{one}und{tens})"


def _spelt(local: str) -> str:
    """The local part letter for letter, each by itself, "as in" a word, or as a word for it."""
    pieces: list[str] = []
    for character in filter(str.isalnum, local):
        if character.isdigit():
            zero = ("oh",) if character == "0" else ()
            said = rf"[(\[]?{words.either((character, *zero, *spoken.UNITS[int(character)]))}(?:\b|[)\]])"
        else:
            letter = re2.escape(character) + (r"\b" if character.isascii() else "")
            table = words.either(words.LETTERS.get(character, (character,)))
            said = rf"(?:{letter}(?:\s{_LIKE}\s(?:\[[^\]\n]+\]|[^\s,.;:\[\]()]+))?|[(\[]{letter}[)\]][a-z]+|{table}\b)"
        pieces.append(said)
    signs = words.either((*words.DOT, *words.DOT_AND_MORE, *words.UNDERSCORE, *words.HYPHEN))
    return rf"{_BETWEEN}(?:{signs}{_BETWEEN})?".join(pieces) if len(local) > len(pieces) else _BETWEEN.join(pieces)


def find(text: str, written: str, address: str, shown: Collection[str]) -> Iterator[tuple[int, int]]:
    """Where the local part of `address` is told in `text`, which is folded; `written`: the same with its capitals, if
    it is as long. `shown`: the words of names that stay."""
    known = _known(address)
    if not known:
        return
    yield from _spelt_out(text, known)
    near = not (known.base.isalpha() and is_ordinary(known.base)) and bool(known.named.search(text))
    capitals = written if len(written) == len(text) else text
    for match in known.parted.finditer(text):
        start, end = match.span()
        if _alone(text, start, end) and (
            (near and _is_told(text, capitals, start, end, known, shown))
            or _is_login(text, capitals, start, end, known, shown)
        ):
            yield start, end


def _is_login(text: str, capitals: str, start: int, end: int, known: _Known, shown: Collection[str]) -> bool:
    """Whether it has capitals within, as no name has that stands alone: "KDombrowski"."""
    word = capitals[start:end]
    mixed = word.isalpha() and not (word[1:].islower() or word.isupper())
    return mixed and end - start > _SHORT and not is_known(known.base) and not _is_named(text, start, end, shown)


def _alone(text: str, start: int, end: int) -> bool:
    return not text[start - 1 : start].isalnum() and not text[end : end + 1].isalnum()


def _spelt_out(text: str, known: _Known) -> Iterator[tuple[int, int]]:
    letters = sum(map(str.isalnum, known.base))
    for match in known.spelt.finditer(text):
        start, end = match.span()
        if letters > 1 and _alone(text, start, end):
            behind = text[end : end + 40 + 14 * len(known.label)].partition("\n\n")[0]
            explicit = letters > 2 and len(match[0]) > 6 * letters
            if letters >= _SPELT or explicit or _AT_BEHIND.search(behind) or known.named.search(f"{behind} "):
                yield start, end


def _is_told(text: str, capitals: str, start: int, end: int, known: _Known, shown: Collection[str]) -> bool:
    found, as_written = text[start:end], capitals[start:end]
    person = _is_person(text, capitals, start, end, known, shown)
    literal = not any(map(str.isspace, found))
    odd = literal and len(found) > 2 and not (known.base.isalpha() and is_known(known.base))
    name = as_written.istitle() and found in shown
    figured = any(map(str.isdigit, known.base))
    for between, label, first in _labels(text, start, end, known):
        at = known.label in words.PROVIDERS and between.strip() in words.AT_WEAK
        if person and not (at or _ONE_WORD.search(between)):
            continue
        whole = bool(known.whole.match(label))
        strong = whole or known.label in words.PROVIDERS or not is_known(known.label)
        sure = strong or not is_ordinary(known.label)
        filled = _is_filled(between, first, odd)
        if odd and (filled or strong or (len(found) > 3 and not name)):
            return True
        small = whole or not literal or as_written[:1].islower()
        apart = figured or len(found) > _SHORT or between.strip(" .\"'")
        if filled and (sure or figured) and small and apart:
            return True
    return False


def _is_person(text: str, capitals: str, start: int, end: int, known: _Known, shown: Collection[str]) -> bool:
    """Whether it is a part of a name that is shown, or all of one."""
    pieces = [piece for piece in _SIGNS.split(capitals[start:end]) if piece]
    if not known.base.replace(".", "").isalpha() or not all(map(str.istitle, pieces)):
        return False
    folded = set(map(fold, pieces))
    if len(pieces) > 1:
        return any(piece in shown for piece in folded) or not all(map(is_ordinary, folded))
    return folded <= set(shown) and _is_named(text, start, end, shown)


def _is_named(text: str, start: int, end: int, shown: Collection[str]) -> bool:
    """Whether a word of a name that is shown stands beside it."""
    around = (*_WORD.findall(text[max(0, start - 30) : start])[-1:], *_WORD.findall(text[end : end + 30])[:1])
    return any(word in shown for word in around)


def _labels(text: str, start: int, end: int, known: _Known) -> Iterator[tuple[str, str, bool]]:
    """(what stands between, the domain's name and what follows it, whether it stands first), in the same sentence."""
    window = text[end : end + _REACH + len(known.label)]
    if match := known.named.search(f"{window} "):
        between = window[: match.start() + 1].removesuffix("www.")
        if not _ends_sentence(between):
            yield between, window[match.start() + 1 :], False
    first = max(0, start - _REACH - len(known.label))
    for last in list(known.named.finditer(f" {text[first:start]}"))[-1:]:
        at = first + last.start()
        behind = text[at + len(known.label) : start]
        top = known.whole.match(text[at:start])
        between = text[at + top.end() : start] if top else behind
        if not _ends_sentence(between):
            yield between, text[at:start], True


def _ends_sentence(between: str) -> bool:
    return bool(_SENTENCE.search(_ABBREVIATED.sub(" ", between)))


def _is_filled(between: str, first: bool, odd: bool) -> bool:
    """Whether only such words as "at" stand between; behind the domain, something must point to what follows."""
    if ("\n" in between and not odd) or len(between) > 60 or (first and not _POINTS.search(between)):
        return False
    return all(word in _FILL for word in _WORD.findall(between))
