"""The signer: our mail carries a signature of our own domain (DKIM, RFC 6376; Ed25519: RFC 8463).

Every field that says who writes to whom about what is signed once more than it is there, so that nobody can add a
second one; the whole body is signed. Relaxed canonicalisation lets servers on the way fold and trim. dkimpy
canonicalises; `cryptography` signs, because dkimpy signs Ed25519 only with a library that is not installed here.
"""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Callable
from pathlib import Path

import dkim  # type: ignore[import-untyped]
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from dkim.canonicalization import CanonicalizationPolicy  # type: ignore[import-untyped]

from intake.errors import Misconfigured

SIGNED = (
    "from", "to", "reply-to", "subject", "date", "message-id", "in-reply-to", "references", "mime-version",
    "content-type", "content-transfer-encoding", "auto-submitted",
)  # fmt: skip
LEAST_BITS = 1024  # of an RSA key (RFC 8301 §3.2); 2048 is what should be made

_POLICY = CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")
_SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?")

Key = RSAPrivateKey | Ed25519PrivateKey


class Signer:
    """Signs for `domain` with the PEM key in the file `key`; without a key, messages stay as they are.

    Raises `Misconfigured`, in one line with the cure, when the file holds no key that can be used.
    """

    def __init__(self, key: Path | None, selector: str, domain: str, clock: Callable[[], float] = time.time) -> None:
        if key is not None and not _SELECTOR.fullmatch(selector):
            raise Misconfigured(f"{selector!r} is no DKIM selector; use letters, digits and hyphens, for instance s1")
        self._key = _load(key) if key is not None else None
        self._selector, self._domain, self._clock = selector, domain.lower(), clock

    def sign(self, message: bytes) -> bytes:
        """`message` (CRLF line ends, one From) with a DKIM-Signature on top; unchanged when there is no key."""
        if self._key is None:
            return message
        fields, body = dkim.rfc822_parse(message)
        head = self._head(fields, body)
        field = (b"DKIM-Signature", b" " + head + b"\r\n")
        digest = hashlib.sha256()
        names = [n.encode() for n in _signed(fields)]
        dkim.hash_headers(digest, _POLICY, _POLICY.canonicalize_headers(fields), names, field, {})
        signature = base64.b64encode(self._signature(digest.digest()))
        lines = [signature[at : at + 72] for at in range(0, len(signature), 72)]
        return b"DKIM-Signature: " + head + b"\r\n ".join(lines) + b"\r\n" + message

    def record(self) -> tuple[str, str]:
        """Name and value of the TXT record to publish; a zone file needs the value in strings of 255 at the most."""
        if self._key is None:
            raise Misconfigured("no DKIM key is configured, so there is nothing to publish; name a key file first")
        public = self._key.public_key()
        if isinstance(self._key, Ed25519PrivateKey):
            kind, octets = "ed25519", public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        else:
            kind, octets = "rsa", public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        value = f"v=DKIM1; k={kind}; p={base64.b64encode(octets).decode()}"
        return f"{self._selector}._domainkey.{self._domain}", value

    def _head(self, fields: list[tuple[bytes, bytes]], body: bytes) -> bytes:
        """The signature's tags up to the empty b=, folded."""
        kind = "ed25519" if isinstance(self._key, Ed25519PrivateKey) else "rsa"
        body_hash = base64.b64encode(hashlib.sha256(_POLICY.canonicalize_body(body)).digest()).decode()
        names = _signed(fields)
        folded = ":\r\n  ".join(":".join(names[at : at + 3]) for at in range(0, len(names), 3))
        return (
            f"v=1; a={kind}-sha256; c=relaxed/relaxed; d={self._domain};\r\n"
            f" s={self._selector}; t={int(self._clock())};\r\n"
            f" h={folded};\r\n bh={body_hash};\r\n b="
        ).encode()

    def _signature(self, digest: bytes) -> bytes:
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(digest, PKCS1v15(), Prehashed(SHA256()))
        assert self._key
        return self._key.sign(digest)


def _signed(fields: list[tuple[bytes, bytes]]) -> list[str]:
    """The names for h=: each as often as it is there, and once more."""
    there = [name.lower().decode("ascii") for name, _ in fields]
    return [name for signed in SIGNED for name in [signed] * (there.count(signed) + 1)]


def _load(path: Path) -> Key:
    pem = _read(path)
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:
        raise Misconfigured(f"{path}: this DKIM key has a pass phrase; store it without one") from None
    except (ValueError, UnsupportedAlgorithm):
        raise Misconfigured(f"{path}: holds no private key in PEM form; {_cure(path)}") from None
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise Misconfigured(f"{path}: DKIM knows RSA and Ed25519 keys, and this is another; {_cure(path)}")
    if isinstance(key, RSAPrivateKey) and key.key_size < LEAST_BITS:
        raise Misconfigured(f"{path}: an RSA key of {key.key_size} bits is believed by nobody; {_cure(path)}")
    return key


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_mode & 0o077:
            raise Misconfigured(f"{path}: others can read this DKIM key; `chmod 600` it, and replace it if they did")
        return path.read_bytes()
    except FileNotFoundError:
        raise Misconfigured(f"{path}: there is no DKIM key; {_cure(path)}") from None
    except OSError:
        raise Misconfigured(f"{path}: cannot be read; `chown` it to the user that runs the workers") from None


def _cure(path: Path) -> str:
    return f"`openssl genrsa -out {path} 2048` makes one"
