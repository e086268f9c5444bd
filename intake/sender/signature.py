"""Signatures (DKIM, RFC 6376 and RFC 8463): whether a domain has signed this From and this body.

One that leaves room is none: it must cover From (dkimpy does not ask for that) and the whole body (no l=), with
SHA-256 and a key of 1024 bits or more (RFC 8301). dkimpy reads the tags and canonicalises the header; the body is
canonicalised here, because dkimpy's pattern takes quadratic time for a line of blanks, and the key is the work of
`cryptography`, which bounds what a stranger's key can cost.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property

import dkim  # type: ignore[import-untyped]
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from dkim.canonicalization import CanonicalizationPolicy  # type: ignore[import-untyped]
from dkim.util import parse_tag_value  # type: ignore[import-untyped]

from intake.sender.fault import FAULTS
from intake.sender.header import FIELD_OCTETS, Fields, hostname
from intake.sender.zone import Zone

RSA_BITS = range(1024, 8193)

_KEY_TYPES = {b"rsa-sha256": b"rsa", b"ed25519-sha256": b"ed25519"}
_BLANKS = re.compile(rb"\s{65}")  # dkimpy's patterns take quadratic time for more


class Body:
    """The body of one mail; each canonical form is hashed once, however many signatures ask."""

    def __init__(self, raw: bytes, at: int) -> None:
        self._raw, self._at = raw, at
        self._hashes: dict[bool, bytes] = {}

    def hash(self, *, relaxed: bool) -> bytes:
        """SHA-256 of a canonical form."""
        if relaxed not in self._hashes:
            self._hashes[relaxed] = hashlib.sha256(canonical_body(self._octets, relaxed=relaxed)).digest()
        return self._hashes[relaxed]

    @cached_property
    def _octets(self) -> bytes:
        body = self._raw[self._at :]
        return re.sub(rb"\r?\n", b"\r\n", body) if body.count(b"\n") != body.count(b"\r\n") else body


def canonical_body(body: bytes, *, relaxed: bool) -> bytes:
    """RFC 6376 §3.4.3 and §3.4.4 for a body with CRLF line ends, in linear time whatever the body is."""
    if relaxed:
        body = body.replace(b"\t", b" ")
        while b"  " in body:
            body = body.replace(b"  ", b" ")
        body = body.replace(b" \r\n", b"\r\n")
    text = body.rstrip(b"\r\n")
    tail = body[len(text) :]
    kept = tail if tail.endswith(b"\r") else tail[: tail.rfind(b"\r\r") + 1]  # a bare CR is no line end
    if relaxed and not text and not kept:
        return b""
    return text + kept + b"\r\n"


@dataclass(frozen=True, slots=True)
class Signature:
    """One DKIM-Signature field that could count; `domain` is its d=."""

    domain: str
    field: tuple[bytes, bytes]
    tags: dict[bytes, bytes]

    def verifies(self, fields: Fields, body: Body, zone: Zone) -> bool:
        """Whether the key in the DNS made it over these fields and this body; raises `NoAnswer`."""
        try:
            policy = CanonicalizationPolicy.from_c_value(self.tags.get(b"c", b"simple/simple"))
            if body.hash(relaxed=policy.body_algorithm.name == b"relaxed") != _octets(self.tags[b"bh"]):
                return False
            name = f"{self.tags[b's'].decode('ascii')}._domainkey.{self.domain}"
            key = _key(zone.texts(name), self.tags)
            return key is not None and _made(key, _octets(self.tags[b"b"]), self._digest(fields, policy))
        except FAULTS:  # a signature or key that cannot be read is none (RFC 6376 §6.1)
            return False

    def _digest(self, fields: Fields, policy: CanonicalizationPolicy) -> bytes:
        digest = hashlib.sha256()
        names = [*_names(self.tags), b"from"]  # one From more than is signed: a second one would be hashed too
        dkim.hash_headers(digest, policy, policy.canonicalize_headers(fields), names, self.field, self.tags)
        return digest.digest()


def signatures(fields: Fields) -> list[Signature]:
    """The signatures that could count, topmost first."""
    found = [_signature(name, value) for name, value in fields if name.lower() == b"dkim-signature"]
    return [signature for signature in found if signature]


def _signature(name: bytes, value: bytes) -> Signature | None:
    if len(value) > FIELD_OCTETS or _BLANKS.search(value):
        return None
    try:
        tags: dict[bytes, bytes] = parse_tag_value(value)
        dkim.validate_signature_fields(tags)  # x= and t= with ten hours' leeway, i= below d=
        domain, names = hostname(tags[b"d"].decode("ascii")), _names(tags)
    except FAULTS:
        return None
    if tags[b"a"] not in _KEY_TYPES or b"l" in tags or b"from" not in names:
        return None
    return Signature(domain, (name, value), tags) if domain else None


def _names(tags: dict[bytes, bytes]) -> list[bytes]:
    return [name.strip().lower() for name in tags[b"h"].split(b":")]


def _key(texts: list[bytes], signature: dict[bytes, bytes]) -> RSAPublicKey | Ed25519PublicKey | None:
    """The key of the one key record (RFC 6376 §3.6.1) for a signature with these tags; None when there is none that
    serves."""
    if len(texts) != 1 or len(texts[0]) > FIELD_OCTETS:
        return None
    tags, algorithm = parse_tag_value(texts[0]), signature[b"a"]
    flags, signer = _listed(tags.get(b"t", b"")), signature.get(b"i", signature[b"d"]).rpartition(b"@")[2]
    if b"y" in flags or (b"s" in flags and signer.lower() != signature[b"d"].lower()):
        return None  # in testing; not for subdomains
    if tags.get(b"v", b"DKIM1") != b"DKIM1" or tags.get(b"k", b"rsa") != _KEY_TYPES[algorithm]:
        return None
    if b"sha256" not in _listed(tags.get(b"h", b"sha256")) or not {b"*", b"email"} & _listed(tags.get(b"s", b"*")):
        return None
    if algorithm == b"ed25519-sha256":
        return Ed25519PublicKey.from_public_bytes(_octets(tags[b"p"]))
    key = load_der_public_key(_octets(tags[b"p"]))
    return key if isinstance(key, RSAPublicKey) and key.key_size in RSA_BITS else None


def _made(key: RSAPublicKey | Ed25519PublicKey, signature: bytes, digest: bytes) -> bool:
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(signature, digest, PKCS1v15(), Prehashed(SHA256()))
        else:
            key.verify(signature, digest)
    except InvalidSignature:
        return False
    return True


def _listed(value: bytes) -> set[bytes]:
    return {part.strip() for part in value.split(b":")}


def _octets(value: bytes) -> bytes:
    return base64.b64decode(b"".join(value.split()))
