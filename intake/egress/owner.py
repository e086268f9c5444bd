"""The writer's addresses and all the ways to spell them.

They are known, so what no sentence has anywhere near is bold: any word for a sign, figures in words, the words in
another order, the whole turned round. Only names and ordinary words need a sign between them and their domain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial

import re2

from intake.egress import coded
from intake.egress.fold import plain, seen
from intake.egress.needle import BESIDE, GAP, NOTHING, Needle, anything
from intake.egress.ordinary import is_word
from intake.egress.words import AT, AT_PROVIDER, DOT, PROVIDERS, in_words, said

_LEAST = 6  # characters of a local part that is looked for alone


def needles(address: str, called: str) -> Iterator[Needle]:
    """Everything to look for so that no spelling of the whole `address` is missed."""
    for local, domain in _halves(address):
        names, labels = _pieces(local), _pieces(domain)
        if len(names) + len(labels) < 2:
            return
        pieces = _by_length((*names, *labels))
        yield Needle(called, pieces, partial(_forwards, local, domain))
        yield Needle(called, _by_length((*_LETTERS.findall(local), *labels)), partial(_in_words, local, domain), said)
        for turn, octets in _TURNS:
            turned = tuple([octets(piece) for piece in pieces])
            yield Needle(called, turned, partial(_turned, local, domain, turn), turn)


def drawn(address: str) -> Iterator[Needle]:
    """What to look for in letters that went through `as_drawn`."""
    for local, domain in _halves(address):
        halves = local.translate(_DRAWN), domain.translate(_DRAWN)
        yield _needle("known address", _pieces(".".join(halves)), partial(_plainly, *halves), _as_drawn)


def encoded(address: str) -> Iterator[Needle]:
    """What to look for so that `address` is found in the letters of a text although encoded."""
    for form in _written(address):
        for run in coded.coded(form):
            yield Needle(_ENCODED, (run,), anything)


def in_85(address: str) -> Iterator[Needle]:
    """The same in ascii85 and its like."""
    return (Needle(_ENCODED, (run,), anything) for form in _written(address) for run in coded.in_85(form))


def numbered(address: str) -> Iterator[Needle]:
    """What to look for in the figures of a text: codes of its characters, its local part's letters by their number."""
    for form in _written(address):
        for run in coded.numbered(form):
            yield Needle(_ENCODED, (run,), anything)
    letters = _ASCII.findall(_local(address))
    if len(letters) >= _LEAST:
        numbers = [str(ord(letter) - ord("a") + 1) for letter in letters]
        yield Needle(_ENCODED, ("".join(numbers).encode(),), partial(_counted, numbers))


def in_morse(address: str) -> Iterator[Needle]:
    """What to look for in dots and dashes."""
    return (Needle(_ENCODED, (run,), anything) for run in coded.in_morse(address))


def local_part(address: str, names: Names) -> Iterator[Needle]:
    """The local part alone; beside its domain or its provider, if it is short or made of names that are shown. A word
    or a name says nothing."""
    local = _local(address)
    whole = "".join(_pieces(local))
    is_named = names.make(whole)
    if len(whole) >= _LEAST and not is_named:
        yield _needle(_LOCAL, [whole], partial(_alone, local, names))
    elif whole and not names.hold(local):
        for _, domain in _halves(address):
            yield _needle(_LOCAL, [whole, *_pieces(domain)], partial(_beside, local, domain))
    provider = address.rpartition("@")[2].lower().partition(".")[0]
    if len(whole) >= _LEAST and (provider in PROVIDERS or (len(provider) > 4 and not is_named)):
        pieces = [*_LETTERS.findall(local), provider]
        yield _needle(_LOCAL, pieces, partial(_provided, local, provider, is_named), said)
        if is_named and len(_pieces(local)) > 1:
            yield _needle(_LOCAL, pieces, partial(_named, local, provider))


_ENCODED = "encoded known address"
_LOCAL = "local part of a known address"


def _needle(
    called: str, pieces: Sequence[str], pattern: Callable[[], str], view: Callable[[str], str] | None = None
) -> Needle:
    return Needle(called, _by_length(pieces), pattern, view)


def _by_length(pieces: Sequence[str]) -> tuple[bytes, ...]:
    return tuple([piece.encode() for piece in sorted(pieces, key=len, reverse=True)])


_LATIN = "abcdefghijklmnopqrstuvwxyz"
_DRAWN = str.maketrans("01l345789$", "oiieastbgs")


def _through(letters: str) -> tuple[Callable[[str], str], Callable[[bytes], bytes]]:
    """What puts each letter of the Latin alphabet in the place of another one, in a text and in octets."""
    text, octets = str.maketrans(_LATIN, letters), bytes.maketrans(_LATIN.encode(), letters.encode())
    return lambda form: form.translate(text), lambda piece: piece.translate(octets)


def _backwards(text: str) -> str:
    return text[::-1]


_TURNS = (
    (_backwards, lambda piece: piece.decode()[::-1].encode()),
    _through(_LATIN[13:] + _LATIN[:13]),
    _through(_LATIN[::-1]),
)
"""Each undoes itself: the end first, ROT13, z for a."""


def _as_drawn(form: str) -> str:
    return form.translate(_DRAWN)


_DRAWN_LETTERS = bytes.maketrans(b"01l345789", b"oiieastbg")


IS_DRAWN = re2.compile(r"[a-z][01345789$]+[a-z]+[01345789$@]")


def as_drawn(letters: bytes) -> bytes:
    """Letters and the figures that are drawn like them, as one."""
    return letters.translate(_DRAWN_LETTERS)


def _halves(address: str) -> list[tuple[str, str]]:
    """(local part, domain), seen; twice where the domain has an international and an ASCII form."""
    local, domain = _local(address), address.rpartition("@")[2]
    whole = seen(plain(domain))
    return [(local, whole), *((local, seen(plain(other))) for other in _other_forms(domain.lower()))]


def _local(address: str) -> str:
    """The local part without its tag, seen."""
    return seen(plain(address.rpartition("@")[0])).partition("+")[0]


def _written(address: str) -> set[str]:
    """The whole address as it may be written in octets, with and without its tag."""
    local, _, domain = address.rpartition("@")
    domains = {domain, *_other_forms(domain)}
    return {f"{half}@{other}" for half in (local, local.partition("+")[0]) for other in domains}


def _other_forms(domain: str) -> Iterator[str]:
    try:
        if not domain.isascii():
            yield domain.encode("idna").decode("ascii")
        elif "xn--" in domain:
            yield domain.encode("ascii").decode("idna")
    except UnicodeError:
        return


_PIECE = re.compile(r"[^\W_]+")
_pieces = _PIECE.findall
_LETTERS = re.compile(r"[^\W\d_]+")
_RUN = re.compile(r"[^\W\d_]+|\d+")
_ASCII = re.compile(r"[a-z]")


# --- patterns over seen texts ------------------------------------------------------------------------

_TAGGED = r"(?:\+[a-z0-9._-]{0,40})?"
_SIGN = "[!$#*=%^~|&]"  # written for @, with nothing around
_NEXT = r"(?:(?:ou|cn|o|c)=[^,=]{1,40},\s*){0,4}dc"  # in directory names (RFC 4514)
_JOINT = rf"{GAP}(?:(?:{DOT}|dc){GAP})?"
_WORDS_BETWEEN = in_words(AT_PROVIDER)
_KEPT_BY = rf"(?:{GAP}(?:{_WORDS_BETWEEN})){{0,3}}{GAP}"
_SURELY_KEPT_BY = rf"(?:(?:{GAP}(?:{_WORDS_BETWEEN})){{1,3}}{GAP}| ?[:=(@] ?)"
_START, _END = f"(?:^|{BESIDE})", f"(?:$|{BESIDE})"
_SPACE = r"[\s,;|/>]{1,3}"
_GLUED = 5  # letters of a local part that is known with its domain behind it, and nothing between
_NEAR = r".{0,16}"
_TELLING = 4  # letters of a piece that is no word, which says enough when it is turned


def _forwards(local: str, domain: str) -> str:
    """With anything but letters between its letters, or with words and other signs for @ and dot; as a bang path; as
    one word; the words alone."""
    left, right = _letters(local), _letters(domain)
    names, labels = _pieces(local), _pieces(domain)
    found = [
        rf"{left}{_TAGGED}{GAP}@{GAP}{right}",
        rf"{_START}(?:{left}(?:{GAP}(?:{AT}|{_NEXT}){GAP}|{_SIGN}){right}|{right}!{left}){_END}",
    ]
    if len("".join(names)) >= _GLUED:
        found.append("[._-]?".join(map(re2.escape, (*names, *labels))))
    if len(names) > 1 or not is_word(labels[0]):
        found.append(_SPACE.join(map(re2.escape, (*names, *labels))))
    return "|".join(found)


def _in_words(local: str, domain: str) -> str:
    """Over what was `said`: its letters and figures in order, or the last word first."""
    names, labels = _RUN.findall(local), _pieces(domain)
    orders = (names, labels), (labels[::-1], names[::-1])
    sides = ((GAP.join(map(_spelt, left)), GAP.join(map(_spelt, right))) for left, right in orders)
    return "|".join(f"{_START}{left}{GAP}@{GAP}{right}{_END}" for left, right in sides)


def _turned(local: str, domain: str, turn: Callable[[str], str]) -> str:
    """Over the text that was turned: as forwards, and its pieces near each other if no sentence has them so."""
    names, labels = _pieces(local), _pieces(domain)
    found = [_forwards(local, domain)]
    if any(len(piece) >= _TELLING and not is_word(turn(piece)) for piece in (*names, *labels)):
        orders = ((*names, *labels), (*labels, *names), (*labels[::-1], *names[::-1]))
        found += [_NEAR.join(map(re2.escape, order)) for order in orders]
    return f"(?s){'|'.join(found)}"


def _beside(local: str, domain: str) -> str:
    """In one breath with the domain, in any order."""
    if is_word(local):
        return NOTHING
    alone, right = f"{_START}{_exact(local)}{_END}", _letters(domain)
    return rf"(?s){alone}.{{0,40}}{right}{_END}|{_START}{right}.{{0,40}}{alone}"


def _provided(local: str, provider: str, is_named: bool) -> str:
    """Over what was `said`: beside who keeps the mailbox ("zorb at gmail", "gmail: zorb"). A shown name needs an @, a
    word at least a colon."""
    if provider not in PROVIDERS and is_word(provider):
        return NOTHING
    left = GAP.join(map(_spelt, _RUN.findall(local)))
    found = [rf"{left}{GAP}@{GAP}{provider}"]
    if not is_named:
        between = _SURELY_KEPT_BY if is_word(local) else _KEPT_BY
        found += [f"{left}{between}{provider}", f"{provider}{between}{left}"]
    return f"{_START}(?:{'|'.join(found)}){_END}"


def _named(local: str, provider: str) -> str:
    """The same with a shown name as the mailbox writes it: "gmail: maria.lopez"."""
    exact = _exact(local)
    return f"{_START}(?:{exact}{_KEPT_BY}{provider}|{provider}{_KEPT_BY}{exact}){_END}"


def _plainly(left: str, right: str) -> str:
    return rf"{_letters(left)}{GAP}(?:@|at){GAP}{_letters(right)}"


def _letters(half: str) -> str:
    return _JOINT.join(map(_spelt, _pieces(half)))


def _spelt(piece: str) -> str:
    return GAP.join(map(re2.escape, piece))


def _exact(local: str) -> str:
    """The local part with its own signs, others of their kind, or none."""
    return "[._+-]?".join(map(re2.escape, _pieces(local)))


def _counted(numbers: Sequence[str]) -> str:
    """Numbers with some sign between each two, and perhaps a word for one."""
    return rf"(?:^|[^0-9]){r'(?:[^0-9a-z]{1,4}|[^0-9]{1,12})'.join(numbers)}(?:$|[^0-9])"


def _alone(local: str, names: Names) -> str:
    """As a whole token, and not as another address's local part. One with figures in it also with other signs."""
    if is_word(local):
        return NOTHING
    whole = re2.escape(local)
    if not local.isalpha() and any(map(str.isdigit, local)):
        words = _LETTERS.findall(local)
        sign = "[._+-]?" if all(is_word(word) or names.make(word) for word in words) else "[._+ -]?"
        whole = f"(?:{whole}|{sign.join(map(re2.escape, _RUN.findall(local)))})"
    return rf"(?:^|{BESIDE}){whole}(?:$|[\x00-/:-?\[-`{{-\x7f])"


class Names:
    """Names that are shown, in words."""

    def __init__(self, names: Collection[str]) -> None:
        words = set(_pieces(seen(plain(" ".join(names)))))
        self._parts = {*words, *(word[0] for word in words)}

    def hold(self, local: str) -> bool:
        """Whether it is one of them."""
        return local in self._parts

    def make(self, whole: str) -> bool:
        """Whether names and initials of these, one after the other, are all of `whole`."""
        reached = {0}
        for at in range(len(whole) if self._parts else 0):
            if at in reached:
                reached |= {end for end in range(at + 1, len(whole) + 1) if whole[at:end] in self._parts}
        return len(whole) in reached
