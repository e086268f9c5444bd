"""The vault: what a public key can and cannot do, and key files."""

from __future__ import annotations

from pathlib import Path

import pytest

from intake.errors import Misconfigured
from intake.purpose import Grant, Purpose
from intake.vault import SealedKey, Tampered, Vault, add_key, create_keys, load_sealer, load_vault


def grant(letter: str = "A") -> Grant:
    return Grant(letter, Purpose.REDIRECT, "test")


def test_what_a_door_seals_only_the_vault_opens(home: Path) -> None:
    """A data key sealed with the public key opens with the private one, for the letter it was sealed for."""
    sealer = load_sealer(home)
    key = sealer.new_key()
    sealed, body = sealer.seal_key(key, "A"), key.seal("content A", b"Dear Sir")
    assert load_vault(home).open_key(sealed, grant()).open("content A", body) == b"Dear Sir"
    assert not isinstance(sealer, Vault)
    assert not hasattr(sealer, "open_key")


def test_a_data_key_moved_to_another_letter_does_not_open(home: Path) -> None:
    """KY3: sealed keys cannot be swapped between rows."""
    vault = load_vault(home)
    sealed = vault.seal_key(vault.new_key(), "A")
    with pytest.raises(Tampered):
        vault.open_key(sealed, grant("B"))


@pytest.mark.parametrize("change", ["label", "bit", "cut"])
def test_content_that_was_changed_does_not_open(home: Path, change: str) -> None:
    """KY3: a swapped column, a flipped bit and a cut end are found."""
    key = load_sealer(home).new_key()
    body = key.seal("content A", b"Dear Sir")
    label, broken = {
        "label": ("tags A", body),
        "bit": ("content A", body[:-1] + bytes([body[-1] ^ 1])),
        "cut": ("content A", body[:5]),
    }[change]
    with pytest.raises(Tampered):
        key.open(label, broken)


def test_a_rotated_installation_still_opens_older_letters(home: Path) -> None:
    """KY2: new letters go to the new key, older ones open with theirs."""
    old = load_sealer(home)
    key = old.new_key()
    sealed = old.seal_key(key, "A")
    kid = add_key(home)
    assert load_sealer(home).kid == kid != old.kid
    assert load_vault(home).open_key(sealed, grant()).octets == key.octets


def test_a_key_of_another_installation_is_not_opened(home: Path, tmp_path: Path) -> None:
    """KY5: a backup without its keys is useless."""
    other = tmp_path / "other"
    create_keys(other)
    sealer = load_sealer(other)
    with pytest.raises(Tampered):
        load_vault(home).open_key(sealer.seal_key(sealer.new_key(), "A"), grant())
    with pytest.raises(Tampered):
        load_vault(home).open_key(SealedKey(load_sealer(home).kid, b"short"), grant())


def test_nonces_do_not_repeat(home: Path) -> None:
    """KY4: sealing the same twice gives different octets, and nonces differ."""
    key = load_sealer(home).new_key()
    nonces = {key.seal("x", b"")[:12] for _ in range(20_000)}
    assert len(nonces) == 20_000


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda home: (home / "keys/secret.key").unlink(), "missing"),
        (lambda home: (home / "keys/secret.key").write_bytes(b"c2hvcnQ="), "no whole key"),
        (lambda home: (home / "keys/secret.key").chmod(0o644), "others can read"),
        (lambda home: (home / "public/seal.json").unlink(), "no public key"),
        (lambda home: (home / "public/seal.json").write_text("{}"), "is no public key"),
    ],
)
def test_a_key_that_is_missing_broken_or_open_to_others_stops_the_start(home: Path, break_it, says: str) -> None:  # type: ignore[no-untyped-def]
    """KY1: each is one line that names the file and the cure."""
    break_it(home)
    with pytest.raises(Misconfigured, match=says) as caught:
        load_vault(home)
    assert "\n" not in str(caught.value)


def test_private_keys_are_for_their_owner_only(home: Path) -> None:
    """A fresh installation's key files are 0600 in a folder of 0700."""
    modes = {p.stat().st_mode & 0o777 for p in (home / "keys").iterdir()}
    assert (modes, (home / "keys").stat().st_mode & 0o777) == ({0o600}, 0o700)


def test_keys_are_never_overwritten(home: Path) -> None:
    """`create_keys` on an installation that has keys changes nothing."""
    before = {p.name: p.read_bytes() for p in (home / "keys").iterdir()}
    assert not create_keys(home)
    assert before == {p.name: p.read_bytes() for p in (home / "keys").iterdir()}


def test_digests_are_keyed(home: Path, tmp_path: Path) -> None:
    """LK17: the same address has another digest in another installation, and for another purpose."""
    other = tmp_path / "other"
    create_keys(other)
    mine, theirs = load_vault(home), load_vault(other)
    digests = [mine.digest("a", b"x"), mine.digest("b", b"x"), theirs.digest("a", b"x")]
    assert len(set(digests)) == 3
    assert mine.digest("a", b"x") == digests[0]


def test_keys_show_nothing_of_themselves(home: Path) -> None:
    """PI3: the repr of a data key holds no octet of it."""
    key = load_sealer(home).new_key()
    assert key.octets.hex() not in repr(key)
    assert repr(key.octets) not in repr(key)
