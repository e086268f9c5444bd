"""The writer's own local part near the name of its domain: "you find me as Bluegarden with aol", "J wie Julius, K …".

The rule this module keeps: the local part is known, letter for letter, so that a sentence which has it and the name of
its domain tells the address, in whatever order and words. A word or a name that people know needs more: nothing but
words like "at" between the two. A person who is named in full stays.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cached_property, lru_cache
from itertools import pairwise

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
_SIGN_SAID = words.either((*words.DOT, *words.DOT_AND_MORE, *words.UNDERSCORE, *words.HYPHEN))
_WITH_SIGNS = rf"{_BETWEEN}(?:{_SIGN_SAID}{_BETWEEN})?"
_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())
# What says that no name is meant.
_ONE_WORD = re.compile(r"\b(?:one word|no spaces?|together|ein wort|zusammen|un mot|una palabra|junto|uma palavra)\b")
_SIGNS = re.compile(r"[\W_]+")
_SIGNS_SAID = {".": (*words.DOT, *words.DOT_AND_MORE), "_": words.UNDERSCORE, "-": words.HYPHEN}
_SHORT = 5  # characters of a local part that needs a word or a mark before its domain
_RUNS = re.compile(r"[0-9]+|[^\W\d_]+|[\W_]")


class _Known:
    """What is looked for of one address: the local part, parted or spelt; its domain's name, alone and whole. Each
    expression is made when a text looks as if it held one: most never do."""

    def __init__(self, base: str, tag: str, label: str, rest: str) -> None:
        self.base, self.label = base, label
        self._tag, self._rest = tag, rest
        self.row = min(3, max(2, sum(map(str.isalnum, base))))
        self._name = r"[ -]?".join(map(re2.escape, label.split("-")))

    @cached_property
    def parted(self) -> re2._Regexp:
        tagged = rf"(?:{_GAP}(?:plus|\+){_GAP}{_parted(self._tag)})?" if self._tag else ""
        return re2.compile(_parted(self.base) + tagged)

    @cached_property
    def begun(self) -> re2._Regexp:
        """The first few letters, spelt."""
        return re2.compile(_spelt("".join(filter(str.isalnum, self.base))[: self.row], self.base))

    @cached_property
    def spelt(self) -> re2._Regexp:
        tagged = rf"(?:{_BETWEEN}(?:plus{_BETWEEN})?{_spelt(self._tag)})?" if self._tag else ""
        return re2.compile(_spelt(self.base) + tagged)

    @cached_property
    def named(self) -> re2._Regexp:
        return re2.compile(rf"(?:^|[^\pL0-9]){self._name}(?:$|[^\pL0-9])")

    @cached_property
    def whole(self) -> re2._Regexp:
        tops = r"(?:\.|,|\s\.\s|\s(?:dot\s)?)".join(map(re2.escape, self._rest.split(".")))
        return re2.compile(rf"{self._name}(?:\.|,|\s\.\s|\s(?:{words.either(words.DOT)}\s)?){tops}")

    def names_itself(self, text: str) -> bool:
        """Whether the name of its domain stands in a text."""
        return self.label.partition("-")[0] in text and bool(self.named.search(text))

    def may_be_parted(self, text: str) -> bool:
        """Whether the runs of letters in it stand in a text, whatever parts them."""
        return all(_bare(run) in text for run in _RUNS.findall(self.base) if run.isalpha())

    def may_be_spelt(self, said: Collection[str]) -> bool:
        """Whether each of its letters and figures stands alone or as a word for it in a text whose words are `said`."""
        return all(not _saying(character).isdisjoint(said) for character in self.base if character.isalnum())


@lru_cache(512)
def _saying(character: str) -> frozenset[str]:
    """The first words of all that is said for a letter or a figure; those behind a letter that is not ASCII are one
    with it."""
    units = spoken.UNITS[int(character)] if character in _FIGURES else ()
    ways = (character, *words.LETTERS.get(character, ()), *units, *(("oh",) if character == "0" else ()))
    return frozenset(_SAID.findall(way)[0] for way in ways)


_FIGURES = frozenset("0123456789")
_SAID = re.compile(r"[^\W_]+")


def _bare(text: str) -> str:
    """Letters alone, and of "ae", "oe", "ue" the first."""
    letters = (
        text.encode().translate(None, _NO_LETTERS).decode() if text.isascii() else "".join(filter(str.isalpha, text))
    )
    return letters.replace("ae", "a").replace("oe", "o").replace("ue", "u")


@lru_cache(512)
def _known(address: str) -> _Known | None:
    local, _, domain = fold(address).rpartition("@")
    base, _, tag = local.partition("+")
    label, _, rest = domain.partition(".")
    if not 2 <= len(base) <= _LONGEST or len(label) < 2 or not rest:
        return None
    return _Known(base, tag, label, rest)


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


def _spelt(local: str, of: str = "") -> str:
    """The local part letter for letter, each by itself, "as in" a word, or as a word for it. `of`: what it begins."""
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
    return (_WITH_SIGNS if len(of or local) > len(pieces) else _BETWEEN).join(pieces)


_LETTER_SAID = words.either({word for table in words.LETTERS.values() for word in table if len(word) > 1})
_DIGIT_SAID = words.either(("oh", *(word for unit in spoken.UNITS[:10] for word in unit)))
_ITEM = rf"(?:[\pL0-9]|{_LETTER_SAID}|{_DIGIT_SAID})"
_SAYS_HOW = rf"[\pL0-9]\s{_LIKE}\s|[(\[][\pL0-9][)\]]\pL"
_IN_A_ROW = {
    many: re2.compile(rf"(?:^|[^\pL0-9])(?:{_WITH_SIGNS.join([_ITEM] * many)}(?:$|[^\pL0-9])|{_SAYS_HOW})")
    for many in (2, 3)
}
"""So many letters one by one, or one with what says how it is meant."""


def find(text: str, written: str, owners: Collection[str], shown: Collection[str]) -> Iterator[tuple[int, int]]:
    """Where local parts of `owners` are told in `text`, which is folded; `written`: the same with its capitals, if it
    is as long. `shown`: the words of names that stay."""
    known = [one for one in map(_known, owners) if one]
    rows = {many: bool(_IN_A_ROW[many].search(text)) for many in {one.row for one in known}}
    near = [one for one in known if one.names_itself(text) and not (one.base.isalpha() and is_ordinary(one.base))]
    bare = _bare(text) if near else ""
    capitals = written if len(written) == len(text) else text
    said = frozenset(_SAID.findall(text)) if any(rows.values()) else frozenset()
    for one in known:
        if rows[one.row] and (not one.base.isascii() or one.may_be_spelt(said)):
            yield from _spelt_out(text, one)
        yield from _logins(text, capitals, one, shown)
    for one in near:
        if one.may_be_parted(bare):
            for match in one.parted.finditer(text):
                start, end = match.span()
                if _alone(text, start, end) and _is_told(text, capitals, start, end, one, shown):
                    yield start, end


def _logins(text: str, capitals: str, known: _Known, shown: Collection[str]) -> Iterator[tuple[int, int]]:
    end = 0
    while known.base.isalpha() and (start := text.find(known.base, end)) >= 0:
        end = start + len(known.base)
        if _alone(text, start, end) and _is_login(text, capitals, start, end, known, shown):
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
    for match in known.spelt.finditer(text) if known.begun.search(text) else ():
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
