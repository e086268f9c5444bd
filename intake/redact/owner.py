"""The writer's own addresses: known, so that they are found in spellings nobody else's would be found in.

The rule this module keeps: between the two halves of an address stands an @, a word for it, or something that no
sentence has there. Then all that is no letter or digit is looked through. A local part of six characters or more goes
alone, too, as a word of its own: unless it is a word or a name that people know, or one of a name that is shown and not
called a user's. Nobody can write to "bakery", and a reader would miss the word in a sentence. With figures it goes from
four characters, with other dots than its own, too, and though a sentence might have it: "summer2024" is missed, but it
finds the mailbox.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import re2

from intake.redact import near, words
from intake.redact.local import has_figures, is_known, is_ordinary
from intake.redact.spelling import FEW, View, fold, kinds


def alnum(text: str) -> str:
    """The letters and digits of a text, alone."""
    text = text.encode("utf-8", "replace").translate(None, _NOT_ALNUM).decode()
    if text.isascii():
        return text
    signs = [character for character in kinds(text) if not character.isalnum()]
    if len(signs) > FEW:
        return _FOREIGN.sub(lambda c: c[0] if c[0].isalnum() else "", text)
    for sign in signs:
        text = text.replace(sign, "")
    return text


_NOT_ALNUM = bytes(code for code in range(128) if not chr(code).isalnum())
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_SAID = ("at", "chez", "bei", *map(alnum, words.AT + words.AT_AND_MORE))
_TURNED = tuple(word[::-1] for word in _SAID)
_SPOKEN = frozenset(_SAID + _TURNED)
_DOTS = tuple(map(alnum, words.DOT + words.DOT_AND_MORE))
_DOT = f"(?:{'|'.join((*_DOTS, 'd'))})?"
_DOT_EITHER = f"(?:{'|'.join(dict.fromkeys(form for dot in _DOTS for form in (dot, dot[::-1])))})?"
_AT = f"({'|'.join(_SAID)}|a|t|.{{0,16}}?)"
_SIGNS = "@📧✉📨📩"
_BRACKETED_A = re.compile(r"\s?[\[({<*]\s?a\s?[\])}>*]\s?\Z")
_BESIDE = frozenset(("on", "auf", "in", "host", "server", "domain", "provider", "chr64"))
_SENTENCE_ENDS = re.compile(r"[.!?]\s")
_KEY = 2  # letters or figures
_NO_DOTS = str.maketrans("", "", "._-")
_DRAWN = str.maketrans("01l345789", "oiieastbg")
_UPSIDE_DOWN = str.maketrans("nudpbq69", "unpdqb96")  # the other letters are folded to those they look like
_NO_MERE_WORD = re.compile(r"[0-9._+-]")
_SHORTEST = 6  # characters of a local part that is looked for alone
_FIGURED = 4  # and of one with figures
_GLUED = 14  # letters of an address between others
_REACH = 40  # characters
_ACCOUNT = words.either(words.ACCOUNT)
_CALLED = re2.compile(rf"(?:^|\W){_ACCOUNT}\W{{1,3}}(?:{words.either(words.IS)}\W{{1,3}})?$")
_CALLED_BEHIND = re2.compile(
    rf"^\W{{1,3}}(?:{words.either(words.IS)}\W(?:\w{{1,3}}\W)?(?:\w{{1,6}}\W)?)?{_ACCOUNT}(?:\W|$)"
)
_CELL = re.compile(r"""["']?\s{0,3}(?:[;|\t]|,(?! ))\s{0,3}["']?""")
_OWN = 10  # and of one that is nothing else even when glued to other letters


def find(
    view: View, owners: Sequence[str], shown: Collection[str] = (), written: str = ""
) -> Iterator[tuple[int, int]]:
    """Where addresses of `owners` stand in `view`, however they are broken up, said or turned round.

    `shown`: the words of names that stay, folded. `written`: the text itself.
    """
    text = view.text
    for address in owners:
        whole = _needles(address)[0]
        at = -1
        while (at := text.find(whole, at + 1)) >= 0:
            yield at, at + len(whole)
        text = text.replace(whole, "\0" * len(whole))
    letters = alnum(text) if owners else ""
    drawn = letters.translate(_DRAWN)
    indices: list[int] = []
    for address in owners:
        yield from _in_two(text, address)
        if not _may_stand(_pieces(address), letters, drawn):
            continue
        known = is_known(alnum(_base(address)))
        for expression, form, domain_first in _spellings(address, letters):
            for match in expression.finditer(form):
                indices = indices or [i for i, c in enumerate(text) if c.isalnum()]
                start, end = indices[match.start()], indices[match.end() - 1] + 1
                left, right = indices[match.end(1) - 1] + 1, indices[match.start(3)]
                close = end - start <= 6 * len(match[0]) + 60
                alone = _stands_alone(text, start, end)
                halves, between = (text[start:left], text[right:end]), text[left:right]
                beside = alone and _is_literal(address, *halves) and _beside(between, match)
                glued = alone or _is_glued(match, text[start:end])
                joined = _joined(between, match, glued) and not (domain_first and known and "@" not in between)
                if close and (joined or beside):
                    yield start, end
                elif alone and _is_literal(address, *halves[::-1]) and _CELL.fullmatch(between):
                    yield from ((start, left), (right, end))
        yield from _alone(text, address, shown)
        respelt = _figured(address)
        if respelt and respelt in letters:
            indices = indices or [i for i, c in enumerate(text) if c.isalnum()]
            yield from _with_other_dots(text, respelt, letters, indices)
    yield from near.find(text, written, owners, shown)


def _may_stand(pieces: _Pieces, letters: str, drawn: str) -> bool:
    """Whether any way to write the local part begins somewhere in the letters of a text."""
    if not pieces.names or pieces.drawn[0] in drawn:
        return True
    first = (pieces.names[0], pieces.names[0][::-1], pieces.upside_down[0], *(half for half, _ in pieces.stuttered))
    return any(map(letters.__contains__, first))


def _in_two(text: str, address: str) -> Iterator[tuple[int, int]]:
    """The beginning of the local part, alone, near the rest of the address: "first fab.de, then launay@house.net"."""
    local, _, domain = _needles(address)[0].rpartition("@")
    at = -1
    while (at := text.find(f"@{domain}", at + 1)) >= 0:
        rest = 0
        while rest < len(local) and text[at - rest - 1 : at - rest] == local[-rest - 1]:
            rest += 1
        first = local[: len(local) - rest]
        start = text.rfind(first, max(0, at - _REACH - len(local)), at - rest) if rest and len(first) > 2 else -1
        if start >= 0 and _stands_alone(text, start, start + len(first)):
            yield from ((start, start + len(first)), (at - rest, at + 1 + len(domain)))


def _joined(between: str, match: re2._Match, alone: bool) -> bool:
    """Whether what stands between the halves joins them; a domain that is cut short needs an @."""
    whole = match[4] is not None
    sign = any(map(between.__contains__, _SIGNS))
    if sign or not whole:
        return sign and (whole or alone)
    if "=" in between or ":" in between:
        return True
    if match[2]:
        if _SENTENCE_ENDS.match(between) and len(match[1]) > 1:
            return False
        key = len(match[2]) <= _KEY and between == match[2]  # what a finger hit for the "@"
        return alone and (key or match[2] in _SPOKEN or bool(_BRACKETED_A.match(between)))
    return alone and not any(c.isspace() or c == "," for c in between)


def _is_glued(match: re2._Match, found: str) -> bool:
    """Whether it is an address though letters stand beside it: "EMAILJOANNAKMAIL.EXAMPLE"."""
    halves = sorted(map(len, (match[1], match[3])))
    return halves[0] >= _SHORTEST and sum(halves) >= _GLUED and not any(map(str.isspace, found))


def _is_literal(address: str, local: str, domain: str) -> bool:
    whole, forms = fold(address), _needles(address)[1]
    return f"{local}@{domain}" == whole or (local in forms and whole.endswith(f"@{domain}"))


def _beside(between: str, match: re2._Match) -> bool:
    """Whether a local part and its domain, both as they are, are one address, for all that stands between."""
    if "\n" in between:
        return False
    return not match[2] or (match[2] in _BESIDE and not is_ordinary(match[1]))


def _with_other_dots(text: str, local: str, letters: str, indices: Sequence[int]) -> Iterator[tuple[int, int]]:
    """A local part with figures, alone, whatever dots, hyphens and underscores are in it."""
    at = -1
    while (at := letters.find(local, at + 1)) >= 0:
        start, end = indices[at], indices[at + len(local) - 1] + 1
        near = end - start < 2 * len(local) and _stands_alone(text, start, end)
        if near and text[start:end].translate(_NO_DOTS) == local:
            yield start, end


def _stands_alone(text: str, start: int, end: int) -> bool:
    return not text[start - 1 : start].isalnum() and not text[end : end + 1].isalnum()


def _spellings(address: str, letters: str) -> Iterator[tuple[re2._Regexp, str, bool]]:
    """Expressions for the address, each with the form of `letters` to look in, and whether the domain stands first: as
    it is, with words, halves or all of it turned round, upside down, each letter twice or thrice, with one letter for
    all that look alike. None if the pieces do not occur."""
    pieces = _pieces(address)
    if not pieces.names or not pieces.labels:
        return
    if pieces.labels[0] in letters and all(map(letters.__contains__, pieces.names)):
        yield _forwards(pieces), letters, False
    if all(name in letters or name[::-1] in letters for name in (*pieces.names, pieces.labels[0])):
        yield _either_way(pieces.names, pieces.labels), letters, False
        yield _either_way(pieces.labels, pieces.names), letters, True
    local, domain = pieces.upside_down
    if local in letters and domain in letters:
        yield _halves(domain, local), letters, False
    for local, domain in pieces.stuttered:
        if local in letters and domain in letters:
            yield _halves(local, domain), letters, False
    local, domain = pieces.drawn
    form = letters.translate(_DRAWN)
    if domain in form and local in form:
        yield _halves(local, domain), form, False


@lru_cache(64)
def _halves(first: str, second: str) -> re2._Regexp:
    return re2.compile(f"({re2.escape(first)}){_AT}({re2.escape(second)}())")


@lru_cache(64)
def _either_way(first: Sequence[str], second: Sequence[str]) -> re2._Regexp:
    """Both halves from either end, each word as it is or turned round; a word for "@", turned round or not, or none."""
    ats = "|".join((*_SAID, *_TURNED, ""))
    return re2.compile(f"({_from_either_end(first)})({ats})({_from_either_end(second)}())")


def _from_either_end(half: Sequence[str]) -> str:
    either = [f"(?:{re2.escape(word)}|{re2.escape(word[::-1])})" for word in half]
    return f"(?:{_DOT_EITHER.join(either)}|{_DOT_EITHER.join(either[::-1])})"


@lru_cache(64)
def _forwards(pieces: _Pieces) -> re2._Regexp:
    tagged = rf"(?:(?:plus)?{re2.escape(pieces.tag)})?" if pieces.tag else ""
    local = _DOT.join(map(re2.escape, pieces.names))
    first, *rest = (re2.escape(label) for label in pieces.labels)
    return re2.compile(f"({local}{tagged}){_AT}({first}({''.join(_DOT + label for label in rest)})?)")


class _Pieces(NamedTuple):
    """The words of a local part, its plus tag, the labels of the domain: letters and digits alone; then both halves
    upside down, stuttered, and with one letter for all that look alike."""

    names: tuple[str, ...]
    tag: str
    labels: tuple[str, ...]
    upside_down: tuple[str, str]
    stuttered: tuple[tuple[str, str], ...]
    drawn: tuple[str, str]


@lru_cache(512)
def _pieces(address: str) -> _Pieces:
    local, _, domain = fold(address).rpartition("@")
    base, _, tag = local.partition("+")
    names = tuple(piece for piece in map(alnum, base.split(".")) if piece)
    labels = tuple(piece for piece in map(alnum, domain.split(".")) if piece)
    halves = ("".join(names), "".join(labels))
    upside_down = (halves[0][::-1].translate(_UPSIDE_DOWN), halves[1][::-1].translate(_UPSIDE_DOWN))
    drawn = (halves[0].translate(_DRAWN), halves[1].translate(_DRAWN))
    stuttered = tuple((_stuttered(halves[0], times), _stuttered(halves[1], times)) for times in (2, 3))
    return _Pieces(names, alnum(tag), labels, upside_down, stuttered, drawn)


def _stuttered(half: str, times: int) -> str:
    return "".join(letter * times for letter in half)


def _alone(text: str, address: str, shown: Collection[str]) -> Iterator[tuple[int, int]]:
    """The local part without its domain, as a word of its own; a long one that no word is like also within others."""
    whole = text.strip()
    for word in (*_needles(address)[1], *(form for form in _short_forms(address) if form == whole)):
        odd = bool(_NO_MERE_WORD.search(word))
        at = -1
        while (at := text.find(word, at + 1)) >= 0:
            if (odd and len(word) >= _OWN) or _stands_alone(text, at, at + len(word)):
                if not odd and is_known(word):
                    break
                if odd or word not in shown or _by_its_domain(text, at, address) or _is_called(text, at, len(word)):
                    yield at, at + len(word)


def _is_called(text: str, at: int, length: int) -> bool:
    """Whether it is said to be a user's name: "login: …", "… is my ID"."""
    before, behind = text[max(0, at - _REACH) : at], text[at + length : at + length + _REACH]
    return bool(_CALLED.search(before) or _CALLED_BEHIND.search(behind))


def _by_its_domain(text: str, at: int, address: str) -> bool:
    """Whether the name of the domain stands in the same line, near: then no name is meant."""
    name = fold(address).rpartition("@")[2].partition(".")[0]
    before, behind = text[max(0, at - _REACH) : at].rpartition("\n")[2], text[at : at + 2 * _REACH].partition("\n")[0]
    return len(name) >= _SHORTEST and not is_known(name) and (name in before or name in behind)


@lru_cache(512)
def _figured(address: str) -> str:
    """The letters and figures of a local part that has both and is long enough; or nothing."""
    local = alnum(_base(address))
    return local if len(local) >= _SHORTEST and not local.isalpha() and not local.isdigit() else ""


@lru_cache(512)
def _needles(address: str) -> tuple[str, tuple[str, ...]]:
    """(the address, what of its local part may be looked for alone), folded: as it is, and turned round or over."""
    local = fold(address).rpartition("@")[0]
    base = _base(address)
    forms = dict.fromkeys((local, base, base[::-1], base[::-1].translate(_UPSIDE_DOWN)))
    return fold(address), tuple(form for form in forms if len(form) >= _least(form))


def _least(form: str) -> int:
    """From how many characters it is looked for alone."""
    return _FIGURED if has_figures(form) and not is_ordinary(form.strip("0123456789")) else _SHORTEST


def _short_forms(address: str) -> tuple[str, ...]:
    """What is looked for where nothing else stands beside it, in a subject or a cell."""
    base = _base(address)
    return (base,) if 1 < len(base) < _SHORTEST else ()


def _base(address: str) -> str:
    return fold(address).rpartition("@")[0].partition("+")[0]
