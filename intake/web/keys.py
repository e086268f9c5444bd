"""The web's own keys: one signs the session cookie, one hides addresses in the rate limits. None opens a
letter."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from intake.errors import Misconfigured

_OCTETS = 32


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """`session` signs cookies, `receipt` makes receipt codes, `limit` hides client addresses; 32 octets each."""

    session: bytes
    receipt: bytes
    limit: bytes


def load_keys(home: Path) -> Keys:
    """The keys under `home`/web, made at the first start. `Misconfigured` when one is damaged or others can
    read it."""
    session = _key(home / "web" / "session.key")
    return Keys(session, subkey(session, "receipt code"), _key(home / "web" / "limit.key"))


def subkey(key: bytes, purpose: str) -> bytes:
    """The 32 octets of `key` for one purpose."""
    return hmac.new(key, purpose.encode(), hashlib.sha256).digest()


def _key(path: Path) -> bytes:
    if not path.exists():
        path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
        _create(path)
    if path.stat().st_mode & 0o077:
        raise Misconfigured(f"{path}: others can read this key; delete it, a new one is made at the next start")
    octets = path.read_bytes()
    if len(octets) != _OCTETS:
        raise Misconfigured(f"{path}: is no whole key; delete it, a new one is made at the next start")
    return octets


def _create(path: Path) -> None:
    """Whole or not at all; when two processes start at once, the first one's key counts."""
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(secrets.token_bytes(_OCTETS))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
