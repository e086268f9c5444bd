"""The signer: our signature verifies with dkimpy against a real DNS, and breaks when it should."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import dkim
import dns.message
import dns.query
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from intake.errors import Misconfigured
from intake.sender import Trust, authenticate
from intake.signer import Signer
from tests.zone import SHORT_KEY, Zone

MESSAGE = (
    b"From: DMV <reply+x@intake.example>\r\n"
    b"To: someone@citizen.example\r\n"
    b"Reply-To: reply+x@intake.example\r\n"
    b"Subject: =?utf-8?q?Your_letter?=\r\n of today\r\n"
    b"Date: Mon, 01 Jan 2029 10:00:00 +0000\r\n"
    b"Message-ID: <m1@intake.example>\r\n"
    b"In-Reply-To: <m0@intake.example>\r\n"
    b"References: <m0@intake.example>\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: text/plain; charset="utf-8"\r\n'
    b"Content-Transfer-Encoding: 8bit\r\n"
    b"Auto-Submitted: auto-generated\r\n"
    b"X-Hop: 1\r\n"
    b"\r\n"
    b"Dear reader,\r\n\r\n  gr\xc3\xbc\xc3\x9fe\t \r\n.\r\n\r\n\r\n"
)
RSA = generate_private_key(65537, 2048)
KINDS: dict[str, tuple[PrivateKeyTypes, PrivateFormat]] = {
    "rsa": (RSA, PrivateFormat.PKCS8),
    "rsa, older form": (RSA, PrivateFormat.TraditionalOpenSSL),
    "ed25519": (Ed25519PrivateKey.generate(), PrivateFormat.PKCS8),
}


@pytest.fixture
def keep(tmp_path: Path) -> Callable[..., Path]:
    """Keeps octets in a file of their own, for the owner only unless told otherwise."""

    def keep(octets: bytes, mode: int = 0o600) -> Path:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.pem"
        path.write_bytes(octets)
        path.chmod(mode)
        return path

    return keep


@pytest.fixture
def signer(keep: Callable[..., Path]) -> Callable[[str], Signer]:
    return lambda kind: Signer(keep(pem(*KINDS[kind])), "s1", "intake.example")


def pem(key: PrivateKeyTypes, form: PrivateFormat = PrivateFormat.PKCS8, phrase: bytes = b"") -> bytes:
    return key.private_bytes(Encoding.PEM, form, BestAvailableEncryption(phrase) if phrase else NoEncryption())


def verified(message: bytes, zone: Zone) -> bool:
    """What dkimpy says, with its key from the zone."""

    def txt(name: bytes, timeout: float = 5) -> bytes:
        query = dns.message.make_query(name.decode(), "TXT")
        response, _ = dns.query.udp_with_fallback(query, zone.address[0], timeout, zone.address[1])
        return b"".join(response.answer[0][0].strings)  # type: ignore[attr-defined]

    result: bool = dkim.verify(message, dnsfunc=txt)
    return result


def trusted(message: bytes, zone: Zone) -> bool:
    """What our own door says to a mail that we have signed."""
    trust = Trust(resolver=zone.address)
    return authenticate(message, mail_from="", client="198.51.100.1", helo="x", trust=trust).how == "dkim"


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_verifies_with_the_record_to_publish(signer: Callable[[str], Signer], kind: str) -> None:
    """LK15: the message goes out under a signature of our own domain; dkimpy (RSA) and our own door take it."""
    ours = signer(kind)
    name, value = ours.record()
    assert name == "s1._domainkey.intake.example"
    with Zone({(name, "TXT"): [value]}) as zone:
        raw = ours.sign(MESSAGE)
        assert raw.endswith(MESSAGE)
        assert trusted(raw, zone)
        assert kind == "ed25519" or verified(raw, zone)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("old", "new", "holds"),
    [
        (b"", b"", True),
        (b"\r\n of today", b" of  today ", True),  # folded anew
        (b"Subject: ", b"SUBJECT:", True),
        (b"gr\xc3\xbc\xc3\x9fe\t \r\n", b"gr\xc3\xbc\xc3\x9fe\r\n", True),  # blanks at a line's end
        (b".\r\n\r\n\r\n", b".\r\n", True),
        (b"X-Hop: 1", b"X-Hop: 2", True),  # not signed
        (b"X-Hop: 1", b"Received: from here\r\nX-Hop: 1", True),
        (b"X-Hop: 1", b"To: another@citizen.example", False),
        (b"X-Hop: 1", b"Subject: another", False),
        (b"X-Hop: 1", b"Reply-To: evil@evil.example", False),
        (b"Subject: ", b"Subject: not ", False),
        (b"Subject: ", b"X-Subject: ", False),
        (b"To: someone", b"To: somebody", False),
        (b"auto-generated", b"no", False),
        (b"8bit", b"base64", False),
        (b"Dear reader", b"Dear Reader", False),
        (b".\r\n\r\n\r\n", b".\r\nPS\r\n", False),
    ],
)
def test_a_signature_survives_white_space_and_nothing_else(
    signer: Callable[[str], Signer], kind: str, old: bytes, new: bytes, holds: bool
) -> None:
    """Servers fold and trim; a changed or added word of a signed field, or of the body, breaks it."""
    ours = signer(kind)
    with Zone({(ours.record()[0], "TXT"): [ours.record()[1]]}) as zone:
        signature, _, rest = ours.sign(MESSAGE).partition(b"From:")
        raw = signature + (b"From:" + rest).replace(old, new, 1)
        assert trusted(raw, zone) is holds
        assert kind == "ed25519" or verified(raw, zone) is holds


def test_every_field_that_matters_is_signed_once_more_than_it_is_there(keep: Callable[..., Path]) -> None:
    """Nobody can add a second From, To, Reply-To or Subject; lines are folded, all with CRLF."""
    raw = Signer(keep(pem(RSA)), "s1", "Intake.Example", clock=lambda: 1_800_000_000.5).sign(MESSAGE)
    field = raw[: -len(MESSAGE)]
    tags = dkim.util.parse_tag_value(field.partition(b":")[2])
    names = [n.strip().decode() for n in tags[b"h"].split(b":")]
    there = [line.partition(b":")[0].decode().lower() for line in MESSAGE.partition(b"X-Hop")[0].splitlines()]
    assert sorted(names) == sorted(2 * [name for name in there if not name.startswith(" ")])
    assert {k: tags[k] for k in (b"a", b"c", b"d", b"s", b"t")} == {
        b"a": b"rsa-sha256",
        b"c": b"relaxed/relaxed",
        b"d": b"intake.example",
        b"s": b"s1",
        b"t": b"1800000000",
    }
    assert all(len(line) <= 78 for line in field.split(b"\r\n"))
    assert field.count(b"\n") == field.count(b"\r\n") == field.count(b"\r")


def test_an_absent_field_cannot_be_added(signer: Callable[[str], Signer]) -> None:
    """A message without Reply-To signs that it has none."""
    ours = signer("rsa")
    short = b"From: a@intake.example\r\nTo: b@citizen.example\r\n\r\nhello\r\n"
    with Zone({(ours.record()[0], "TXT"): [ours.record()[1]]}) as zone:
        raw = ours.sign(short)
        assert verified(raw, zone)
        assert not verified(raw.replace(b"To: b", b"Reply-To: evil@evil.example\r\nTo: b"), zone)


def test_without_a_key_nothing_changes() -> None:
    """No key configured: the message as it was, and nothing to publish."""
    signer = Signer(None, "", "intake.example")
    assert signer.sign(MESSAGE) is MESSAGE
    with pytest.raises(Misconfigured, match="no DKIM key is configured"):
        signer.record()


def test_the_record_holds_the_public_key_only(signer: Callable[[str], Signer]) -> None:
    """RFC 8463: 32 octets for Ed25519; RFC 6376: the SubjectPublicKeyInfo for RSA."""
    head, _, value = signer("ed25519").record()[1].rpartition("p=")
    assert (head, len(base64.b64decode(value))) == ("v=DKIM1; k=ed25519; ", 32)
    head, _, value = signer("rsa").record()[1].rpartition("p=")
    spki = RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert (head, base64.b64decode(value)) == ("v=DKIM1; k=rsa; ", spki)


PUBLIC = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("octets", "mode", "says"),
    [
        pytest.param(pem(RSA), 0o640, "others can read this DKIM key; `chmod 600`", id="open to the group"),
        pytest.param(pem(RSA), 0o604, "others can read this DKIM key; `chmod 600`", id="open to all"),
        pytest.param(b"", 0o600, "holds no private key in PEM form; `openssl genrsa", id="empty"),
        pytest.param(b"\xff\0", 0o600, "holds no private key in PEM form", id="rubbish"),
        pytest.param(pem(RSA)[:-99], 0o600, "holds no private key in PEM form", id="cut short"),
        pytest.param(PUBLIC, 0o600, "holds no private key in PEM form", id="the public half"),
        pytest.param(pem(RSA, phrase=b"secret"), 0o600, "has a pass phrase", id="with a pass phrase"),
        pytest.param(SHORT_KEY, 0o600, "an RSA key of 768 bits is believed by nobody", id="too short"),
        pytest.param(pem(generate_ec_key(SECP256R1())), 0o600, "DKIM knows RSA and Ed25519 keys", id="another kind"),
    ],
)
def test_a_key_that_cannot_serve_stops_the_start_with_one_line(
    keep: Callable[..., Path], octets: bytes, mode: int, says: str
) -> None:
    """The file, what is wrong with it, and the cure."""
    path = keep(octets, mode)
    with pytest.raises(Misconfigured) as told:
        Signer(path, "s1", "intake.example")
    line = str(told.value)
    assert line.startswith(f"{path}: ")
    assert says in line
    assert "`" in line or "store it" in line
    assert "\n" not in line


def test_a_key_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A missing file and a folder: one line each."""
    with pytest.raises(
        Misconfigured, match=r"none\.pem: there is no DKIM key; `openssl genrsa -out .* 2048` makes one"
    ):
        Signer(tmp_path / "none.pem", "s1", "intake.example")
    tmp_path.chmod(0o700)
    with pytest.raises(Misconfigured, match="cannot be read"):
        Signer(tmp_path, "s1", "intake.example")


@pytest.mark.parametrize("selector", ["", "a b", "a;b", "-a", "ü", "a\r\n"])
def test_a_selector_is_a_name(keep: Callable[..., Path], selector: str) -> None:
    """It is written into a header and a DNS name as it is."""
    with pytest.raises(Misconfigured, match="is no DKIM selector"):
        Signer(keep(pem(RSA)), selector, "intake.example")
