"""Transfer encodings, as programs should and as they do name them."""

from __future__ import annotations

import base64
import gzip
import tracemalloc
import zlib

import pytest

from intake.mime.bound import PACKED
from intake.mime.transfer import transfer_decoded, unpacked, unwrapped

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


def raw_deflate(data: bytes) -> bytes:
    return zlib.compress(data)[2:-4]


@pytest.mark.parametrize(
    ("octets", "packing"),
    [
        (gzip.compress(TEXT), "gzip"),
        (gzip.compress(TEXT), ""),
        (gzip.compress(TEXT), "br"),
        (gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:]), "gzip"),
        (gzip.compress(TEXT) + b"\r\n", "gzip"),
        (zlib.compress(TEXT), "deflate"),
        (raw_deflate(TEXT), "deflate"),
        (TEXT, "gzip"),
        (TEXT, "deflate"),
        (TEXT, "br"),
        (TEXT, "7bit"),
        (TEXT, ""),
    ],
)
def test_a_packed_text_is_unpacked(octets: bytes, packing: str) -> None:
    """MB9: gzip and deflate, as they should be and as programs write them; a lie is not believed."""
    assert unpacked(octets, packing) == TEXT


@pytest.mark.parametrize(
    ("octets", "packing"),
    [
        (gzip.compress(bytes(PACKED + 1)), "gzip"),
        (zlib.compress(bytes(PACKED + 1)), "deflate"),
        (raw_deflate(bytes(PACKED + 1)), "deflate"),
        (gzip.compress(b"") * 50_000, "gzip"),
        (gzip.compress(bytes(PACKED)) * 2, "gzip"),
        (gzip.compress(gzip.compress(TEXT)), "gzip"),
        (gzip.compress(TEXT)[:-9], "gzip"),
        (gzip.compress(TEXT) + b"more", "gzip"),
        (zlib.compress(TEXT)[:-9], "deflate"),
        (bytes(range(256)), "deflate"),
        (bytes(range(256)), "br"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value[:2].hex()}*{len(value)}",
)
def test_what_does_not_unpack_is_not_guessed_at(octets: bytes, packing: str) -> None:
    """MB5: a bomb, a damaged end, an unknown way: nobody shows what came of half of it."""
    assert unpacked(octets, packing) is None


@pytest.mark.parametrize(
    ("body", "claim"),
    [
        (b"A\r\n" * 100_000, "base64"),
        (b"AAA=" * 80_000, "base64"),
        (b"!" * 320_000, "base64"),
        (b"begin 644 a\n" + b"!\n" * 150_000, "x-uuencode"),
    ],
)
def test_memory_grows_with_octets_and_not_with_lines(body: bytes, claim: str) -> None:
    """MB4: no line and no piece of a packed part costs an object of its own."""
    tracemalloc.start()
    try:
        transfer_decoded(body, [claim])
        assert tracemalloc.get_traced_memory()[1] < 5 * len(body)
    finally:
        tracemalloc.stop()
