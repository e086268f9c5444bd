"""The letters of a known address as encoders write them, wherever in the coded text it begins.

What stands in front of an address decides how base64 and its like write it, in three or four ways. The octets in the
middle look the same each time, and their letters follow each other whatever is put between them: blanks, ends of lines,
quotation marks. So nothing is decoded here, and groups of four need no rule of their own. Lists of numbers and Morse
code are looked for in what is left of a text without its letters.
"""

from __future__ import annotations

import hashlib
from base64 import a85encode, b64encode
from collections.abc import Collection, Iterator

import re2

from intake.egress.fold import letters, plain, seen

_LEAST = 8  # letters that are no accident
_B85 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
_Z85 = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_AS_B85, _AS_Z85 = (bytes.maketrans(bytes(range(33, 118)), one) for one in (_B85, _Z85))  # from the digits of ascii85
_ROT_47 = str.maketrans("".join(map(chr, range(33, 127))), "".join(map(chr, (*range(80, 127), *range(33, 80)))))
_UPSIDE_DOWN = bytes.maketrans(b"dpbqnu", b"pdqbun")  # beside the turned letters, which are folded to what they mean
_CYRILLIC_KEYS = {
    ord(latin): seen(plain(cyrillic))
    for latin, cyrillic in zip("qwertyuiopasdfghjklzxcvbnm.", "йцукенгшщзфывапролдячсмитью", strict=True)
}
_LOWER = bytes(range(256)).lower()
_NOT_LETTERS = bytes(code for code in range(256) if not (code < 128 and chr(code).isalnum()))


def coded(address: str) -> Iterator[bytes]:
    """Runs of letters of which one must be there if the address is."""
    octets, form = address.encode("utf-8", "replace"), seen(plain(address))
    found = [b64encode(inner) for inner in _inner(octets, 3)]
    found += [in_64[::-1] for in_64 in found]
    if address.isascii():
        found.append(address.translate(_ROT_47).encode())
    runs = [one.translate(_LOWER, _NOT_LETTERS) for one in found]
    whole = letters(form)
    runs += [letters("".join([c * times for c in form])) for times in (2, 3)]
    if (turned := whole.translate(_UPSIDE_DOWN)) != whole:
        runs += [turned, turned[::-1]]
    runs.append(letters(form.translate(_CYRILLIC_KEYS)))
    yield from (run for run in dict.fromkeys(runs) if len(run) >= _LEAST)


def _inner(octets: bytes, size: int) -> Iterator[bytes]:
    """The whole blocks of octets, wherever the first one begins."""
    for start in range(size):
        yield octets[start : start + (len(octets) - start) // size * size]


IS_85 = re2.compile(r"(?:[0-9a-z]{1,12}[!#$%&*;<=>?@^`{|}~()+]{1,4}){2}[0-9a-z]")
"""Signs within words, again and again."""


def in_85(address: str) -> Iterator[bytes]:
    """The same in ascii85 and its like."""
    for inner in _inner(address.encode("utf-8", "replace"), 4):
        run = a85encode(inner)
        for alphabet in (None, _AS_B85, _AS_Z85):
            if len(letters_ := (run.translate(alphabet)).translate(_LOWER, _NOT_LETTERS)) >= _LEAST:
                yield letters_


# --- numbers and Morse code --------------------------------------------------------------------------

IS_NUMBERS = re2.compile(r"(?:[0-9]{1,8}[^0-9]{1,8}){6}|[0-9]{16}")
_NOT_DIGITS = bytes(code for code in range(256) if not 48 <= code < 58)


def digits(letters: bytes) -> bytes:
    """The figures of a text alone, without what says how they count."""
    for prefix in (b"0x", b"0b", b"0o"):
        if prefix in letters:
            letters = letters.replace(prefix, b"")
    return letters.translate(None, _NOT_DIGITS)


def numbered(address: str) -> Iterator[bytes]:
    """The figures of the codes of its characters, however they are counted."""
    octets = address.encode("utf-8", "replace")
    for pattern in ("{}", "{:03}", "{:o}", "{:03o}", "{:04o}", "{:08b}", "{:07b}"):
        yield "".join(map(pattern.format, octets)).encode()


_SAID = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.. "
    "----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----. .-.-.- .--.-. -....- ..--.-"
)
_MORSE = dict(zip("abcdefghijklmnopqrstuvwxyz0123456789.@-_", _SAID.split(), strict=True))
_MARKS = {
    **dict.fromkeys(map(str.encode, "‐‑‒–—―−－_"), b"-"),
    **dict.fromkeys(map(str.encode, "·•∙⋅●․"), b"."),
}
_NOT_MARKS = bytes(code for code in range(256) if code not in b".-")
IS_MORSE = re2.compile(r"(?:[-.‐‑‒–—―−－_·•∙⋅●․]{1,6}[ \t\r\n/|>]{1,6}){6}")
_LEAST_MARKS = 18


def marks(text: str) -> bytes:
    """The dots and dashes of a text alone."""
    octets = text.encode("utf-8", "replace")
    for mark, plain_mark in _MARKS.items():
        octets = octets.replace(mark, plain_mark)
    return octets.translate(None, _NOT_MARKS)


def in_morse(address: str) -> Iterator[bytes]:
    """The marks of the whole address, and of its local part."""
    form = seen(plain(address))
    local = form.rpartition("@")[0]
    for said in (form, local, "".join(filter(str.isalnum, local)), form.replace(".", "").replace("@", "")):
        run = "".join(_MORSE.get(c, "") for c in said).encode()
        if len(run) >= _LEAST_MARKS:
            yield run


# --- digests -----------------------------------------------------------------------------------------

_SHORTEST, _FIRST = 16, 8  # octets of a digest; those by which it is found
_FEW = 400  # digests that are asked for one by one
_DIGESTS = (hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.sha512)


class Digests:
    """What trackers and avatar services know addresses by, whatever their capitals were; made when first asked for."""

    def __init__(self, addresses: Collection[str]) -> None:
        self._addresses, self._made = addresses, dict[bytes, bytes]()

    def are_in(self, octets: bytes) -> bool:
        """Whether one of them is."""
        if len(octets) < _SHORTEST or not self._addresses:
            return False
        self._made = self._made or {digest[:_FIRST]: digest for digest in self._all()}
        if len(self._made) <= _FEW:
            return any(digest in octets for digest in self._made.values())
        likely = self._made.keys() & {octets[at : at + _FIRST] for at in range(len(octets) - _SHORTEST + 1)}
        return any(self._made[first] in octets for first in likely)

    def _all(self) -> Iterator[bytes]:
        for address in self._addresses:
            lower = address.lower()
            forms = (lower, lower.upper(), lower.title(), _capital(lower), f"{lower}\n", f"mailto:{lower}")
            for form in {address, *forms}:
                octets = form.encode("utf-8", "replace")
                yield from (digest(octets, usedforsecurity=False).digest() for digest in _DIGESTS)


def _capital(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.title()}@{domain}"
