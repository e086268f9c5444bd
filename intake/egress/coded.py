"""The letters of a known address as encoders write them, wherever in the coded text it begins.

What stands in front of an address decides how base64 and its like write it, in three or four ways. The octets in the
middle look the same each time, and their letters follow each other whatever is put between them: blanks, ends of lines,
quotation marks. So nothing is decoded here, and groups of four need no rule of their own.
"""

from __future__ import annotations

from base64 import a85encode, b64encode
from collections.abc import Iterator

from intake.egress.fold import letters, plain, seen

_LEAST = 8  # letters that are no accident
_B85 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
_AS_B85 = bytes.maketrans(bytes(range(33, 118)), _B85)  # the digits of ascii85 as base85 writes them


def coded(address: str) -> Iterator[bytes]:
    """Runs of letters of which one must be there if the address is."""
    octets = address.encode("utf-8", "replace")
    found = [b64encode(inner) for inner in _inner(octets, 3)]
    for inner in _inner(octets, 4):
        found += [in_85 := a85encode(inner), in_85.translate(_AS_B85)]
    doubled = "".join(character * 2 for character in address)
    numbers = "".join(map(str, octets))
    for text in (*(one.decode("ascii") for one in found), doubled, numbers):
        run = letters(seen(plain(text)))
        if len(run) >= _LEAST:
            yield run


def _inner(octets: bytes, size: int) -> Iterator[bytes]:
    """The whole blocks of octets, wherever the first one begins."""
    for start in range(size):
        yield octets[start : start + (len(octets) - start) // size * size]
