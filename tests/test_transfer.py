"""Transfer encodings, as programs should and as they do name them."""

from __future__ import annotations

import base64

import pytest

from intake.mime.transfer import transfer_decoded, unwrapped

TEXT = b"Please renew my plate, and tell me at once when you have done so. Thank you very much.\r\n"
B64 = base64.encodebytes(TEXT).replace(b"\n", b"\r\n")


@pytest.mark.parametrize(
    ("claims", "body"),
    [
        (["base64"], B64),
        (["BASE64"], B64),
        (["base64 (RFC 2045)"], B64),
        (["base-64"], B64),
        (['"base64"'], B64),
        (["base64; x=y"], B64),
        (["7bit", "base64"], B64),
        (["quoted-printable", "base64"], B64),
        (["x-unknown", "base64"], B64),
        (["quotedprintable"], TEXT.replace(b"P", b"=50")),
        (["Quoted-Printable"], TEXT.replace(b"P", b"=50")),
        ([], TEXT),
        (["7bit"], TEXT),
        (["8-bit"], TEXT),
    ],
)
def test_what_is_meant_is_done(claims: list[str], body: bytes) -> None:
    """MB8: misspelt and doubled fields are read as what the body is."""
    assert transfer_decoded(body, claims) == (TEXT, "")


@pytest.mark.parametrize(
    ("claims", "body", "octets", "fault"),
    [
        (["base64"], TEXT, TEXT, "says base64 and is not"),
        (["base64", "7bit"], TEXT, TEXT, "says base64 and is not"),
        (["base64"], B64.replace(b"\r\n", b" \r\n*"), TEXT, "damaged"),
        (["x-secret"], TEXT, TEXT, "unknown way"),
    ],
)
def test_what_is_wrong_is_said(claims: list[str], body: bytes, octets: bytes, fault: str) -> None:
    """MB9: dirt is read through, a lie is not believed, and staff are told."""
    read, said = transfer_decoded(body, claims)
    assert read == octets
    assert fault in said


def test_base64_that_nobody_named() -> None:
    """MB9: a text that is base64 from end to end is read, once and twice; a word or a key is left alone."""
    assert unwrapped(B64) == (TEXT, True)
    assert unwrapped(base64.encodebytes(B64)) == (TEXT, True)
    for plain in (TEXT, b"", b"aGVsbG8=", b"A" * 200, bytes(range(256)), b"Thanks\r\n", base64.encodebytes(bytes(200))):
        assert unwrapped(plain) == (plain, False)
