"""The writer's addresses and all the ways to spell them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from functools import partial

import re2

from intake.egress.address import AT, DOT
from intake.egress.coded import coded
from intake.egress.fold import plain, seen
from intake.egress.needle import BESIDE, GAP, NOTHING, Needle, anything
from intake.egress.ordinary import is_word

_LEAST = 6  # characters of a local part that is looked for alone


def needles(address: str, called: str) -> Iterator[Needle]:
    """Everything to look for so that no spelling of the whole `address` is missed."""
    for local, domain in _halves(address):
        pieces = _pieces(f"{local}.{domain}")
        if len(pieces) < 2:
            return
        yield _needle(called, pieces, partial(_forwards, local, domain))
        yield _needle(called, [p[::-1] for p in pieces], partial(_plainly, domain[::-1], local[::-1]))
        turned = local.translate(_ROT_13), domain.translate(_ROT_13)
        yield _needle(called, [p.translate(_ROT_13) for p in pieces], partial(_plainly, *turned))


def encoded(address: str) -> Iterator[Needle]:
    """What to look for so that `address` is found in the letters of a text although encoded."""
    for form in _written(address):
        for run in coded(form):
            yield Needle("encoded known address", (run,), anything)


def local_part(address: str, names: Names) -> Iterator[Needle]:
    """The local part alone; beside its domain, if it is short or made of names that are shown. A word or a name says
    nothing."""
    local = _local(address)
    whole = "".join(_pieces(local))
    if len(whole) >= _LEAST and not names.make(whole):
        yield _needle(_LOCAL, [whole], partial(_alone, local))
    elif whole and not names.hold(local):
        for _, domain in _halves(address):
            yield _needle(_LOCAL, [whole, *_pieces(domain)], partial(_beside, local, domain))


_LOCAL = "local part of a known address"


def _needle(called: str, pieces: list[str], pattern: Callable[[], str]) -> Needle:
    return Needle(called, tuple([p.encode() for p in sorted(pieces, key=len, reverse=True)]), pattern)


_ROT_13 = str.maketrans("abcdefghijklmnopqrstuvwxyz", "nopqrstuvwxyzabcdefghijklm")


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


# --- patterns over seen texts ------------------------------------------------------------------------

_TAGGED = r"(?:\+[a-z0-9._-]{0,40})?"
_SIGN = "[!$#*=%^~|&]"  # written for @, with nothing around
_NEXT = r"(?:(?:ou|cn|o|c)=[^,=]{1,40},\s*){0,4}dc"  # in directory names (RFC 4514)


def _forwards(local: str, domain: str) -> str:
    """With anything but letters between its letters, or with words and other signs for @ and dot; or as a bang path."""
    left, right = _letters(local), _letters(domain)
    return (
        rf"{left}{_TAGGED}{GAP}@{GAP}{right}"
        rf"|(?:^|{BESIDE}){left}(?:{GAP}(?:{AT}|{_NEXT}){GAP}|{_SIGN}){right}(?:$|{BESIDE})"
        rf"|(?:^|{BESIDE}){right}!{left}(?:$|{BESIDE})"
    )


def _beside(local: str, domain: str) -> str:
    """In one breath with the domain, in any order."""
    if is_word(local):
        return NOTHING
    alone, right = rf"(?:^|{BESIDE}){re2.escape(local)}(?:$|{BESIDE})", _letters(domain)
    return rf"(?s){alone}.{{0,40}}{right}(?:$|{BESIDE})|(?:^|{BESIDE}){right}.{{0,40}}{alone}"


def _plainly(left: str, right: str) -> str:
    return rf"{_letters(left)}{GAP}@{GAP}{_letters(right)}"


def _letters(half: str) -> str:
    pieces = [GAP.join(map(re2.escape, piece)) for piece in _pieces(half)]
    return rf"{GAP}(?:(?:{DOT}|dc){GAP})?".join(pieces)


def _alone(local: str) -> str:
    """As a whole token, and not as another address's local part."""
    if is_word(local):
        return NOTHING
    return rf"(?:^|{BESIDE}){re2.escape(local)}(?:$|[\x00-/:-?\[-`{{-\x7f])"


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
