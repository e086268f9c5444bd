"""The vault: who can read what.

Every letter has a data key of its own. The key is sealed to the installation's public key with HPKE (RFC 9180:
X25519, HKDF-SHA256, AES-256-GCM); the content is AES-256-GCM under the data key, with its label (which letter, which
part) as associated data, so that nothing can be swapped. A `Sealer` holds only the public key: that is all a door
has. A `Vault` holds the private keys and opens for a grant. Destroying the sealed data key destroys the letter.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from intake.durable import sync_folder
from intake.errors import Misconfigured
from intake.purpose import Grant

_HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_NONCE = 12


class Tampered(Exception):
    """The octets are not what was sealed under this label; nothing of them is readable."""


@dataclass(frozen=True, slots=True, repr=False)
class DataKey:
    """The key of one letter, in memory for as long as it is worked on."""

    octets: bytes

    def subkey(self, purpose: str) -> bytes:
        """32 octets for one purpose, destroyed with the key."""
        return hmac.new(self.octets, purpose.encode(), hashlib.sha256).digest()

    def seal(self, label: str, plain: bytes) -> bytes:
        """Nonce and ciphertext of `plain`, bound to `label`."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self.octets).encrypt(nonce, plain, label.encode())

    def open(self, label: str, sealed: bytes) -> bytes:
        """What `seal` was given under the same label; `Tampered` otherwise."""
        try:
            return AESGCM(self.octets).decrypt(sealed[:_NONCE], sealed[_NONCE:], label.encode())
        except (InvalidTag, ValueError):
            raise Tampered(label) from None


@dataclass(frozen=True, slots=True, repr=False)
class SealedKey:
    """A data key sealed to the public key named `kid`."""

    kid: str
    octets: bytes


class Sealer:
    """The public half: seals data keys and can open none."""

    def __init__(self, kid: str, public: X25519PublicKey) -> None:
        self.kid, self._public = kid, public

    def new_key(self) -> DataKey:
        """A fresh random data key."""
        return DataKey(secrets.token_bytes(32))

    def seal_key(self, key: DataKey, letter: str) -> SealedKey:
        """The data key sealed for `letter` only."""
        return SealedKey(self.kid, _HPKE.encrypt(key.octets, self._public, info=letter.encode()))


class Vault(Sealer):
    """The private half: opens data keys for a grant, and holds the keys of digests and of the audit chain."""

    def __init__(self, kid: str, private: dict[str, X25519PrivateKey], secret: bytes, folder: Path) -> None:
        super().__init__(kid, private[kid].public_key())
        self._private, self._secret, self._folder = private, secret, folder

    def open_key(self, sealed: SealedKey, grant: Grant) -> DataKey:
        """The data key of the letter that `grant` names; `Tampered` when it was sealed for another."""
        if sealed.kid not in self._private:  # rotated since we started
            self._private = _private_keys(self._folder)
        try:
            private = self._private[sealed.kid]
            return DataKey(_HPKE.decrypt(sealed.octets, private, info=grant.letter.encode()))
        except KeyError:
            raise Tampered(f"sealed to an unknown key {sealed.kid}") from None
        except (InvalidTag, ValueError):
            raise Tampered("data key") from None

    def digest(self, purpose: str, data: bytes) -> str:
        """A keyed digest (HMAC-SHA256, hex): equal for equal data, and no dictionary finds the data."""
        return hmac.new(self.subkey(purpose), data, hashlib.sha256).hexdigest()

    def subkey(self, purpose: str) -> bytes:
        """The 32 octets of a secret used for one purpose only."""
        return hmac.new(self._secret, purpose.encode(), hashlib.sha256).digest()


# ── key files ────────────────────────────────────────────────────────────────────────────────────────────────────


def create_keys(home: Path) -> bool:
    """Make the key files of a first start under `home`; False when there are some already."""
    if (home / "keys").exists() and any((home / "keys").iterdir()):
        return False
    _folder(home / "keys", 0o700)
    _write(home / "keys" / "secret.key", base64.b64encode(secrets.token_bytes(32)))
    add_key(home)
    return True


def add_key(home: Path) -> str:
    """Make a new key pair and let new letters be sealed to it; the id of the pair. Old pairs still open."""
    private = X25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    kid = hashlib.sha256(public).hexdigest()[:12]
    _write(home / "keys" / f"{kid}.key", base64.b64encode(private.private_bytes_raw()))
    _folder(home / "public", 0o755)
    seal = {"kid": kid, "x25519": base64.b64encode(public).decode()}
    _write(home / "public" / "seal.json", json.dumps(seal).encode(), mode=0o644)
    return kid


def load_sealer(home: Path) -> Sealer:
    """The door's half; reads nothing but the public key's file."""
    path = home / "public" / "seal.json"
    try:
        seal = json.loads(path.read_bytes())
        return Sealer(str(seal["kid"]), X25519PublicKey.from_public_bytes(_base64(seal["x25519"])))
    except FileNotFoundError:
        raise Misconfigured(f"{path}: no public key; `intake keys create` makes one") from None
    except (ValueError, KeyError, TypeError):
        raise Misconfigured(f"{path}: is no public key; restore it from the backup of the keys") from None


def load_vault(home: Path) -> Vault:
    """The worker's half; `Misconfigured` when a key is missing, broken or readable by others."""
    folder = home / "keys"
    private, kid = _private_keys(folder), load_sealer(home).kid
    if kid not in private or not (folder / "secret.key").exists():
        raise Misconfigured(f"{folder}: the private key {kid} or secret.key is missing; restore it from the backup")
    return Vault(kid, private, _read(folder / "secret.key"), folder)


def _private_keys(folder: Path) -> dict[str, X25519PrivateKey]:
    paths = sorted(p for p in folder.glob("*.key") if p.stem != "secret")
    return {path.stem: X25519PrivateKey.from_private_bytes(_read(path)) for path in paths}


def _read(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise Misconfigured(f"{path}: others can read this key; `chmod 600` it, and rotate if they did")
    try:
        octets = _base64(path.read_bytes())
    except ValueError:
        octets = b""
    if len(octets) != 32:
        raise Misconfigured(f"{path}: is no whole key; restore it from the backup of the keys")
    return octets


def _base64(text: str | bytes) -> bytes:
    return base64.b64decode(text, validate=True)


def _folder(path: Path, mode: int) -> None:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)


def _write(path: Path, octets: bytes, mode: int = 0o600) -> None:
    """Whole or not at all, and on disk before anybody relies on it."""
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    draft.chmod(mode)
    draft.replace(path)
    sync_folder(path.parent)  # a key whose name a power cut takes back opens no letter that was sealed to it
