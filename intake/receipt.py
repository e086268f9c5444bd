"""Receipts: a code for a citizen who leaves no e-mail address, and answers that only the code opens.

The code is 125 random-looking bits, shown once on the thank-you page. A key pair is derived from it (HKDF-SHA256,
X25519); the door seals the public half into the letter, the worker seals every answer to it (HPKE, RFC 9180). The
store keeps a digest to find the ticket by, from which neither the code nor the key follows.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from intake.reference import ALPHABET, canonical

LENGTH = 25
_HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True, repr=False)
class Receipt:
    """What a code gives: `digest` finds the ticket, `private` opens its answers."""

    digest: str
    private: X25519PrivateKey

    @property
    def public(self) -> bytes:
        """The 32 octets that answers are sealed to."""
        return self.private.public_key().public_bytes_raw()

    def open(self, letter: str, sealed: bytes) -> bytes | None:
        """The answer of `letter`; None when it was not sealed to this receipt."""
        try:
            return _HPKE.decrypt(sealed, self.private, info=letter.encode())
        except (InvalidTag, ValueError):
            return None


def new_code(secret: bytes, seed: bytes) -> str:
    """The code for `seed` (a form exactly as sent), the same when it is sent twice: five groups of five characters."""
    number = int.from_bytes(hmac.new(secret, seed, hashlib.sha256).digest())
    plain = "".join(ALPHABET[number >> 5 * i & 31] for i in range(LENGTH))
    return "-".join(plain[i : i + 5] for i in range(0, LENGTH, 5))


def from_code(code: str) -> Receipt | None:
    """The receipt of a code as people type it; None when it cannot be one."""
    plain = canonical(code)
    if len(plain) != LENGTH:
        return None
    private = HKDF(SHA256(), 32, salt=None, info=b"intake receipt key").derive(plain.encode())
    digest = hashlib.sha256(b"intake receipt " + plain.encode()).hexdigest()
    return Receipt(digest, X25519PrivateKey.from_private_bytes(private))


def seal(public: bytes, letter: str, plain: bytes) -> bytes:
    """`plain`, readable only with the code that `public` comes from."""
    return _HPKE.encrypt(plain, X25519PublicKey.from_public_bytes(public), info=letter.encode())
