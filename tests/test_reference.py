"""References and tokens, as people type them."""

from __future__ import annotations

import pytest

from intake.reference import (
    ALPHABET,
    canonical,
    derived_reference,
    new_reference,
    new_token,
    parse_reference,
    token_digest,
)


@pytest.mark.parametrize("typed", ["7K3M-9QX2-TR4B", "7k3m9qx2tr4b", " 7k3m 9qx2 tr4b ", "7K3M-9QX2-TR4B "])
def test_references_are_read_forgivingly(typed: str) -> None:
    """Case, dashes and spaces make no difference."""
    assert parse_reference(typed) == "7K3M-9QX2-TR4B"


def test_look_alikes_are_the_same_character() -> None:
    """Crockford: o is 0, i and l are 1."""
    assert parse_reference("OIL0-1111-0000") == parse_reference("0110-iLl1-ooOO")


@pytest.mark.parametrize("typed", ["", "7K3M", "7K3M-9QX2-TR4", "7K3M-9QX2-TR4B-1", "<script>", "UUUU-UUUU-UUUU"])
def test_what_is_no_reference_is_none(typed: str) -> None:
    """A wrong length or letter is no reference."""
    assert parse_reference(typed) == ""


def test_tokens_are_random_and_long_enough() -> None:
    """RA1: 96 bits, never twice; the digest forgives what the token forgives."""
    tokens = {new_token() for _ in range(5000)}
    assert len(tokens) == 5000
    assert {len(t) for t in tokens} == {20}
    token = tokens.pop()
    assert token_digest(token) == token_digest(token.upper())
    assert token not in token_digest(token)


def test_a_token_is_known_by_its_form() -> None:
    """Every one is divided by 11, so that one sign more, another sign, or two in the other order make none."""
    number = {sign: value for value, sign in enumerate(ALPHABET.lower())}
    for token in (new_token() for _ in range(200)):
        values = [number[sign] for sign in token]
        assert (sum(values[::2]) - sum(values[1::2])) % 11 == 0
        assert len({sign.isdigit() for sign in token}) == 2


def test_a_derived_reference_is_the_seed_s() -> None:
    """The same form gives the same reference, another form another."""
    assert derived_reference(b"a") == derived_reference(b"a") != derived_reference(b"b")
    assert parse_reference(derived_reference(b"a")) == derived_reference(b"a")


def test_references_are_random() -> None:
    """WF14: none follows from another."""
    assert len({new_reference() for _ in range(5000)}) == 5000
    assert canonical("not/ours") == ""
