"""Local parts: whether the word before "at gmail.com" is one, or stands in a sentence.

The rule this module keeps: where a preposition or a mere mark is all that joins a word to a domain, something must say
that an address is meant. Either the word looks like a local part (letters with figures, with a dot or an underscore,
letters that no list of words has), or a cue stands before it ("e-mail: ", "write to "). "Visit us at acme dot com" has
neither.
"""

from __future__ import annotations

import re
from functools import lru_cache

import re2

from intake.pii import lexicon
from intake.redact import words
from intake.redact.joint import TOP

_NOUN = words.either(words.MAIL)
_VERB = words.either(words.WRITE)
_BETWEEN = words.either(words.CUE_GOES_ON)
_IS = words.either(words.IS)
REACH = 80  # characters before a local part in which its cue stands
_ANNOUNCED = re2.compile(
    rf"(?:^|\W)(?:{_NOUN}(?:\W{{1,3}}{_BETWEEN})*\W{{0,2}}[:=]|{_VERB}(?:\W{{1,3}}{_BETWEEN})*)\W{{0,4}}$"
)
_SAID = re2.compile(rf"(?:^|\W){_NOUN}(?:\W{{1,3}}{_BETWEEN})*\W{{1,3}}{_IS}\W{{1,4}}(?:{_BETWEEN}\W{{1,3}})?$")
_BARE = re2.compile(rf"(?:^|\W){_NOUN}(?:\W{{1,3}}{_BETWEEN})*\W{{1,3}}$")
_WHOSE = re2.compile(rf"\W{words.either(words.WHOSE)}\W{{1,3}}$")
_SHAPED = re.compile(r"[^\W_]{3}[._+]+[^\W_]|[^\W_][._+]+[^\W_]{3}")
_FIGURED = re.compile(r"[^\W\d_][_.+-]*\d|\d[_.+-]*[^\W\d_]")
# What such a shape ends in when it is a file or a site ("form_1040.pdf at irs.gov").
_NO_LOCAL = re2.compile(
    rf"[._](?:{TOP}|pdf|docx?|odt|rtf|xlsx?|pptx?|txt|csv|json|xml|md|jpe?g|png|gif|heic|tiff?|zip|html?|php|asp|js|py|exe"
    r"|mp[34]|final|draft|v[0-9]+)$"
)
_WORD_AND_NUMBER = re.compile(r"([a-z]+)[0-9]+")
_LETTERS = 4  # of a word with figures that no product has
_SHORTEST = 3  # letters of a word that is odd though it has no shape
_PIECE = re.compile(r"[^\W_]+")


def has_shape(local: str) -> bool:
    """Whether it has a dot or an underscore that no file and no abbreviation has."""
    return bool(_SHAPED.search(local)) and not _NO_LOCAL.search(local)


def has_figures(local: str) -> bool:
    """Whether it has letters and figures, or such a shape."""
    return bool(_FIGURED.search(local) or has_shape(local)) and not _NO_LOCAL.search(local)


def is_mailbox(local: str) -> bool:
    """Whether it has figures, and is no letter or word with a number ("R229", "form1040", "COVID19")."""
    numbered = _WORD_AND_NUMBER.fullmatch(local)
    return has_figures(local) and not (numbered and (len(numbered[1]) == 1 or is_ordinary(numbered[1])))


def is_login(local: str, written: str) -> bool:
    """Whether it is one even before a site: four small letters or more, and figures ("msmith77")."""
    return written.islower() and sum(map(str.isalpha, local)) >= _LETTERS and local.isascii() and is_mailbox(local)


def is_odd(local: str, written: str) -> bool:
    """Whether no sentence has it: by its shape, or as a word of no list. `written`: the same with its capitals."""
    if has_figures(local):
        return True
    if _NO_LOCAL.search(local) or len(local) < _SHORTEST or not written.isascii() or _is_title(written):
        return False
    return not local.isdigit() and not all(map(is_known, _PIECE.findall(local)))


def is_short(written: str) -> bool:
    """Whether it is two small letters that are no word: "jn"."""
    small = len(written) == 2 and written.isascii() and written.islower()
    return small and written not in words.NEVER_LOCAL and not is_ordinary(written)


def is_announced(local: str, before: str, *, odd: bool) -> bool:
    """Whether a cue in `before` says that an address follows; the weaker the cue, the odder must be `local`."""
    if local in words.NEVER_LOCAL:
        return False
    if _ANNOUNCED.search(before):
        return odd or not (_WHOSE.search(before) and is_known(local))  # "write to my lawyer at …"
    if _SAID.search(before):
        return odd or not is_ordinary(local)
    return odd and bool(_BARE.search(before))


def _is_title(written: str) -> bool:
    return written.isalpha() and written.istitle()


@lru_cache(1024)
def is_known(word: str) -> bool:
    """Whether it is on the tagger's lists of words and names; there are none for other scripts."""
    return not word.isascii() or bool(lexicon.columns_of(word).any())


def is_ordinary(word: str) -> bool:
    """Whether sentences have it, other than as a name."""
    return _listed(word)[1]


def is_name(word: str) -> bool:
    """Whether people have it for a name, given or of a family."""
    return _listed(word)[0]


@lru_cache(4096)
def _listed(word: str) -> tuple[bool, bool]:
    """Whether the tagger's lists have it as a name, and as a word."""
    given, surname, ordinary, *_ = lexicon.columns_of(word)
    return bool(given.any() or surname.any()), bool(ordinary.any())
