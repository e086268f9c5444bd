"""References and tokens: random, readable aloud, forgiving.

Crockford's base32 has no I, L, O or U; when it is read back, case does not matter and i/l/1 and o/0 are the same.
"""

from __future__ import annotations

import hashlib
import secrets
from operator import ne

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FORGIVE = str.maketrans("ILO", "110", "- ")


def _encode(number: int, length: int) -> str:
    return "".join(ALPHABET[number >> 5 * i & 31] for i in reversed(range(length)))


def canonical(text: str) -> str:
    """The one spelling of a token or reference, without dashes; "" when it is none."""
    plain = text.strip().upper().translate(_FORGIVE)
    return "" if plain.strip(ALPHABET) else plain


def new_reference() -> str:
    """A letter's or ticket's reference: 60 random bits as `7K3M-9QX2-TR4B`."""
    return _dashed(_encode(secrets.randbits(60), 12))


def derived_reference(seed: bytes) -> str:
    """The reference that belongs to `seed`, so that the same form sent twice is one letter."""
    return _dashed(_encode(int.from_bytes(hashlib.sha256(seed).digest()[:8]) >> 4, 12))


def parse_reference(text: str) -> str:
    """A reference as people type it; "" when it is none."""
    plain = canonical(text)
    return _dashed(plain) if len(plain) == 12 else ""


def _dashed(plain: str) -> str:
    return "-".join(plain[i : i + 4] for i in range(0, len(plain), 4))


CHECK = 11  # divides the number that a token is: the sum of its values, every other one negative, is a multiple
CHANGES = 5  # of letters and figures in a token; 0 and 1, which people write as letters, are neither
_TOKENS = (1 << 100) // CHECK


def new_token() -> str:
    """A token: 96 random bits, twenty lower-case characters; of a kind that sentences seldom have, for `echo`."""
    token = _encode(CHECK * secrets.randbelow(_TOKENS), 20).lower()
    kinds = [character.isdigit() for character in token if character not in "01"]
    return token if sum(map(ne, kinds, kinds[1:])) >= CHANGES else new_token()


def token_digest(token: str) -> str:
    """What the store looks a token up by: SHA-256 of 96 random bits cannot be reversed."""
    return hashlib.sha256(canonical(token).encode()).hexdigest()
