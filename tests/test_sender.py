"""The sender: which domain vouches for a mail, against a real DNS server and real signatures."""

from __future__ import annotations

import base64
import logging
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_network

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from dkim.canonicalization import CanonicalizationPolicy

from intake.sender import Trust, Verdict, authenticate, author, plausible
from intake.sender.alignment import organisation
from intake.sender.header import read
from intake.sender.signature import canonical_body, signatures
from intake.sender.zone import _dead
from tests.conftest import cpu_seconds
from tests.limit import OutOfTime, limited
from tests.zone import BROKEN, SHORT_KEY, SILENT, Records, Zone

THERE, ELSEWHERE, LOOPBACK = "192.0.2.10", "198.51.100.66", "127.0.0.1"
RSA = generate_private_key(65537, 2048)
PEM = RSA.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def published(pem: bytes) -> str:
    """The key record of an RSA key."""
    public = load_pem_private_key(pem, None).public_key()
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(spki).decode()}"


KEY = published(PEM)
SPF = "v=spf1 ip4:192.0.2.0/28 -all"


def records(**more: str) -> Records:
    """Agency, its mail house (a subdomain), a neighbour under the same suffix: each with a key and a policy."""
    found: Records = {}
    for domain in ("agency.gov.example", "gov.example", "mail.gov.example", "other.example"):
        found |= {(f"s1._domainkey.{domain}", "TXT"): [KEY], (domain, "TXT"): ["unrelated text", SPF]}
    return found


@pytest.fixture
def zone() -> Iterator[Zone]:
    with Zone(records()) as zone:
        yield zone


def mail(sender: str = "Agency <desk@gov.example>", *more: str, body: str = "Hello.\r\n\r\nBye.\r\n") -> bytes:
    lines = [*more, f"From: {sender}", "To: reply+x@intake.example", "Subject: Your letter", "Date: today"]
    return "\r\n".join([*lines, "", body]).encode("utf-8", "surrogateescape")


class Crafted(dkim.DKIM):  # type: ignore[misc]
    """dkimpy's signer, with the tags and signed names that it would not write by itself."""

    tags: tuple[tuple[bytes, bytes], ...] = ()
    names: tuple[bytes, ...] | None = None

    def gen_header(self, fields: list[tuple[bytes, bytes]], include: tuple[bytes, ...], *rest: object) -> bytes:
        include = self.names or include
        fields = [(k, b":".join(include) if k == b"h" else v) for k, v in fields]
        fields[-2:-2] = self.tags
        header: bytes = super().gen_header(fields, include, *rest)
        return header


def signed(
    raw: bytes,
    by: str = "gov.example",
    *,
    key: bytes = PEM,
    tags: tuple[tuple[bytes, bytes], ...] = (),
    names: tuple[bytes, ...] | None = None,
    canon: tuple[bytes, bytes] = (b"relaxed", b"relaxed"),
    algorithm: bytes = b"rsa-sha256",
    length: bool = False,
    identity: bytes | None = None,
) -> bytes:
    signer = Crafted(raw, signature_algorithm=algorithm)
    signer.tags, signer.names = tags, names
    line: bytes = signer.sign(b"s1", by.encode(), key, identity=identity, canonicalize=canon, length=length)
    return line + raw


def ask(raw: bytes, zone: Zone | None, *, mail_from: str = "", client: str = ELSEWHERE, **trust: object) -> Verdict:
    given = Trust(resolver=zone.address if zone else ("127.0.0.1", 9), **trust)  # type: ignore[arg-type]
    return authenticate(raw, mail_from=mail_from, client=client, helo="mx.unknown.example", trust=given)


# ── DKIM ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("sender", "by"),
    [
        ("desk@gov.example", "gov.example"),
        ("Desk <desk@GOV.example>", "gov.example"),
        ("desk@mail.gov.example", "gov.example"),
        ("desk@gov.example", "mail.gov.example"),
    ],
)
@pytest.mark.parametrize("canon", [(b"relaxed", b"relaxed"), (b"simple", b"simple"), (b"relaxed", b"simple")])
def test_a_signature_of_the_same_organisation_vouches(
    zone: Zone, sender: str, by: str, canon: tuple[bytes, bytes]
) -> None:
    """A real signature by the From domain, its parent or its child is enough, with or without a DMARC record."""
    verdict = ask(signed(mail(sender), by, canon=canon), zone)
    assert (verdict.domain, verdict.how, verdict.because) == (sender.partition("@")[2].strip(">").lower(), "dkim", "")


@pytest.mark.parametrize("host", ["_dmarc.gov.example", "_dmarc.mail.gov.example"])
@pytest.mark.parametrize(
    ("by", "record", "how"),
    [
        ("mail.gov.example", "v=DMARC1; p=none; adkim=s", "dkim"),
        ("gov.example", "v=DMARC1; p=none; adkim=s", ""),
        ("gov.example", "v=DMARC1; p=reject; adkim=s; rua=mailto:a@b.example;mailto:c@b.example;", ""),
        ("gov.example", "v=DMARC1;p=reject;ADKIM = S", ""),
        ("gov.example", "v=DMARC1; p=reject; rua=mailto:a@b.example;mailto:c@b.example;", "dkim"),
        ("gov.example", "v=DMARC1; p=reject; aspf=s", "dkim"),
        ("gov.example", "v=DMARC1; p=reject; adkim=r", "dkim"),
        ("gov.example", "v=spf1 adkim=s", "dkim"),
    ],
)
def test_a_domain_may_ask_for_strict_alignment(zone: Zone, host: str, by: str, record: str, how: str) -> None:
    """adkim=s of the From domain, or of its organisation, leaves only the very same domain."""
    zone.records[(host, "TXT")] = ["unrelated", record]
    verdict = ask(signed(mail("a@mail.gov.example"), by), zone)
    assert (verdict.domain, verdict.how) == ("mail.gov.example", how)


def test_a_second_signature_that_is_good_suffices(zone: Zone) -> None:
    """A mailing list's signature above, and a broken one, do not hide the agency's own."""
    raw = signed(signed(mail()), "other.example")
    broken = signed(mail()).split(b"\r\nFrom:")[0].replace(b"bh=", b"bh=AAAA")
    assert ask(broken + b"\r\n" + raw, zone).how == "dkim"


def test_only_five_signatures_are_verified(zone: Zone) -> None:
    """A stranger's pile of signatures costs five look-ups, and the sixth is not looked at."""
    wrong = signed(mail("x@gov.example", body="another")).partition(b"From:")[0]
    raw = signed(mail())
    assert ask(wrong * 4 + raw, zone).how == "dkim"
    assert ask(wrong * 5 + raw, zone).how == ""


def test_keys_of_domains_that_do_not_matter_are_not_asked_for(zone: Zone) -> None:
    """What cannot be aligned is not looked up, so that a stranger chooses none of our questions."""
    ask(signed(mail(), "other.example"), zone, mail_from="a@other.example", client=THERE)
    assert zone.asked == []


@dataclass(frozen=True)
class Craft:
    """How a signature is made that must not count; `change` comes after signing."""

    by: str = "gov.example"
    options: dict[str, object] = field(default_factory=dict)
    change: Callable[[bytes], bytes] = lambda raw: raw
    key: str = KEY


def now(seconds: int) -> bytes:
    return str(int(time.time()) + seconds).encode()


@pytest.mark.parametrize(
    "craft",
    [
        pytest.param(Craft("other.example"), id="RA3 RA4: valid, but of another domain"),
        pytest.param(Craft("example"), id="of the suffix"),
        pytest.param(Craft(options={"length": True}), id="l= leaves room for more text"),
        pytest.param(Craft(options={"algorithm": b"rsa-sha1"}), id="sha1"),
        pytest.param(Craft(options={"names": (b"subject", b"to")}), id="From is not signed"),
        pytest.param(Craft(options={"tags": ((b"x", now(-90_000)),)}), id="expired"),
        pytest.param(Craft(options={"tags": ((b"q", b"dns/other"),)}), id="another way to the key"),
        pytest.param(Craft(change=lambda r: r.replace(b"Hello", b"Hallo")), id="body changed"),
        pytest.param(Craft(change=lambda r: r + b"more\r\n"), id="body longer"),
        pytest.param(Craft(change=lambda r: r.replace(b"Your letter", b"My letter")), id="Subject changed"),
        pytest.param(Craft(change=lambda r: r.replace(b"desk@", b"boss@")), id="From changed"),
        pytest.param(Craft(change=lambda r: r.replace(b"v=1", b"v=2")), id="version"),
        pytest.param(Craft(change=lambda r: r.replace(b"bh=", b"bx=")), id="no body hash"),
        pytest.param(Craft(change=lambda r: r.replace(b"d=gov.example;", b"d=;")), id="no domain"),
        pytest.param(Craft(key="v=DKIM1; k=rsa; p="), id="key revoked"),
        pytest.param(Craft(key="v=DKIM1; k=rsa; p=AAAA"), id="key is rubbish"),
        pytest.param(Craft(key="v=DKIM2;" + KEY.partition(";")[2]), id="key of another version"),
        pytest.param(Craft(key=KEY.replace("k=rsa", "k=rsa; s=tlsrpt")), id="key for another service"),
        pytest.param(Craft(key=KEY.replace("k=rsa", "k=rsa; h=sha1")), id="key for another hash"),
        pytest.param(Craft(key=KEY.replace("k=rsa", "k=ed25519")), id="key of another kind"),
        pytest.param(Craft(key=KEY.replace("k=rsa", "k=rsa; t=s : y")), id="key in testing"),
        pytest.param(
            Craft(key=KEY.replace("k=rsa", "k=rsa; t=s"), options={"identity": b"@a.gov.example"}),
            id="key not for subdomains",
        ),
        pytest.param(Craft(key=""), id="no key"),
    ],
)
def test_a_signature_that_proves_nothing_does_not_count(zone: Zone, craft: Craft) -> None:
    """RA3, RA4: forged, weak, loose, expired or foreign signatures leave the From line a claim."""
    zone.records[("s1._domainkey.example", "TXT")] = [KEY]
    zone.records[("s1._domainkey.gov.example", "TXT")] = [craft.key] if craft.key else ()
    raw = craft.change(signed(mail(), craft.by, **craft.options))  # type: ignore[arg-type]
    assert ask(raw, zone) == Verdict("gov.example", "", "no aligned DKIM signature or SPF pass")


def test_a_short_key_does_not_count(zone: Zone) -> None:
    """RFC 8301: 1024 bits are the least; a shorter key is broken in an afternoon."""
    enough = generate_private_key(65537, 1024).private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )
    for pem, how in ((SHORT_KEY, ""), (enough, "dkim")):
        zone.records[("s1._domainkey.gov.example", "TXT")] = [published(pem)]
        assert ask(signed(mail(), key=pem), zone).how == how


@pytest.mark.parametrize(("flags", "by"), [("s", b"desk@gov.example"), ("x", b"@a.gov.example")])
def test_a_key_that_is_not_for_subdomains_serves_its_own(zone: Zone, flags: str, by: bytes) -> None:
    """RFC 6376 §3.6.1: flags that nobody knows are ignored."""
    zone.records[("s1._domainkey.gov.example", "TXT")] = [KEY.replace("k=rsa", f"k=rsa; t={flags}")]
    assert ask(signed(mail(), identity=by), zone).how == "dkim"


def test_two_key_records_are_none(zone: Zone) -> None:
    """RFC 6376 §3.6.2.2: with more than one record nothing is known, so nothing is believed."""
    zone.records[("s1._domainkey.gov.example", "TXT")] = [KEY, KEY + ";"]
    assert not ask(signed(mail()), zone).authentic


def test_a_key_may_lie_behind_a_cname(zone: Zone) -> None:
    """How mail houses hand out keys."""
    zone.records[("key.house.example", "TXT")] = [KEY]
    del zone.records[("s1._domainkey.gov.example", "TXT")]
    zone.records[("s1._domainkey.gov.example", "CNAME")] = ["key.house.example"]
    assert ask(signed(mail()), zone).how == "dkim"


def test_the_canonical_body_is_dkimpys() -> None:
    """Linear in time, and octet for octet what the library that signs makes of it."""
    chance = random.Random(6376)
    bodies = [b"", b"\r\n", b" ", b"a", b" \r\n\r\n", b"\r", b"\r\r\n", b"a\r\r\n\r\n", b"a\r\n\r", b"\r\r\n\r\n"]
    bodies += [
        b"".join(chance.choices([b" ", b"\t", b"\r\n", b"a", b"\r"], k=chance.randrange(12))) for _ in range(5000)
    ]
    for body in bodies:
        for name, relaxed in ((b"simple/simple", False), (b"relaxed/relaxed", True)):
            theirs = CanonicalizationPolicy.from_c_value(name).canonicalize_body(body)
            assert canonical_body(body, relaxed=relaxed) == theirs, body


# ── SPF ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("record", "how"),
    [
        (SPF, "spf"),
        ("v=spf1 mx -all", "spf"),
        ("v=spf1 a:mx.gov.example -all", "spf"),
        ("v=spf1 include:other.example -all", "spf"),
        ("v=spf1 redirect=other.example", "spf"),
        ("v=spf1 exists:%{ir}.list.example -all", "spf"),
        ("v=spf1 ip4:198.51.100.0/24 -all", ""),
        ("v=spf1 ~all", ""),
        ("v=spf1 ?all", ""),
        ("v=spf1 ip4:192.0.2.300 +all", ""),
        ("v=spf1 mox +all", ""),
        ("v=spf1 include:nowhere.example +all", ""),
        ("v=spf1 " + "a:x.example " * 11 + "+all", ""),
        ("v=spf1 " + "ip4:203.0.113.1 " * 600 + "+all", ""),
        ("v=spf1 ip6:2001:db8::/32 -all", ""),
        ("no policy", ""),
    ],
)
def test_spf_vouches_when_the_client_is_the_domain_s(zone: Zone, record: str, how: str) -> None:
    """Only a pass counts: fail, softfail, neutral, none and permerror do not."""
    zone.records |= {
        ("gov.example", "TXT"): [record],
        ("gov.example", "MX"): ["10 mx.gov.example."],
        ("mx.gov.example", "A"): [THERE],
        ("x.example", "A"): ["203.0.113.7"],
        ("10.2.0.192.list.example", "A"): ["127.0.0.2"],
    }
    verdict = ask(mail(), zone, mail_from="desk@gov.example", client=THERE)
    assert (verdict.how, verdict.temporary) == (how, False)


@pytest.mark.parametrize(
    ("sender", "mail_from", "client", "record", "how"),
    [
        ("a@gov.example", "bounce@mail.gov.example", THERE, "", "spf"),
        ("a@gov.example", "bounce@mail.gov.example", THERE, "v=DMARC1; p=none; aspf=s", ""),
        ("a@gov.example", "bounce@gov.example", THERE, "v=DMARC1; p=none; aspf=s", "spf"),
        ("a@gov.example", "<bounce@gov.example>", "::ffff:192.0.2.10", "", "spf"),
        ("a@gov.example", "bounce@other.example", THERE, "", ""),
        ("a@gov.example", "bounce@gov.example", ELSEWHERE, "", ""),
        ("a@gov.example", '"x@gov.example"@other.example', THERE, "", ""),
        ("a@gov.example", '"x@other.example"@gov.example', THERE, "", ""),
        ("a@gov.example", "x@other.example@gov.example", THERE, "", ""),
        ("a@gov.example", "gov.example", THERE, "", ""),
        ("a@gov.example", "bounce@gov.example", "local", "", ""),
        ("a@gov.example", "bounce@gov.example", "", "", ""),
        ("a@unknown.example", "", THERE, "", ""),
    ],
)
def test_spf_counts_for_an_aligned_envelope(
    zone: Zone, sender: str, mail_from: str, client: str, record: str, how: str
) -> None:
    """RA3: the envelope's domain is what SPF proves, so it must be of the From domain's organisation."""
    zone.records[("_dmarc.gov.example", "TXT")] = [record] if record else ()
    zone.records[("other.example\\@gov.example", "TXT")] = [SPF]  # what pyspf would ask for
    assert ask(mail(sender), zone, mail_from=mail_from, client=client).how == how


def test_the_null_sender_is_judged_by_its_greeting(zone: Zone) -> None:
    """RFC 7208 §2.4: a bounce has no envelope domain but that of HELO."""
    given = Trust(resolver=zone.address)
    for helo, how in (("mail.gov.example", "spf"), ("other.example", ""), ("[192.0.2.10]", ""), ("", "")):
        verdict = authenticate(mail(), mail_from="", client=THERE, helo=helo, trust=given)
        assert verdict.how == how


def test_ten_look_ups_are_the_limit(zone: Zone) -> None:
    """RFC 7208 §4.6.4: the tenth look-up still counts, the eleventh is an error, whatever it would have said."""
    zone.records[("x.example", "A")] = ["203.0.113.7"]
    for others, how in ((9, "spf"), (10, "")):
        zone.records[("gov.example", "TXT")] = ["v=spf1 " + "a:x.example " * others + "a:mx.gov.example -all"]
        zone.records[("mx.gov.example", "A")] = [THERE]
        assert ask(mail(), zone, mail_from="a@gov.example", client=THERE).how == how


def test_two_void_look_ups_are_the_limit(zone: Zone) -> None:
    """RFC 7208 §4.6.4: a policy cannot use us to ask for what is not there."""
    for void, how in ((2, "spf"), (3, "")):
        names = " ".join(f"a:void{n}.example" for n in range(void))
        zone.records[("gov.example", "TXT")] = [f"v=spf1 {names} ip4:{THERE} -all"]
        assert ask(mail(), zone, mail_from="a@gov.example", client=THERE).how == how


# ── From ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("desk@gov.example", "desk@gov.example"),
        ("Desk <desk@gov.example>", "desk@gov.example"),
        ('"boss@gov.example" <x@evil.example>', "x@evil.example"),
        ('"boss@gov.example, " <x@evil.example>', "x@evil.example"),
        ("(boss@gov.example) x@evil.example", "x@evil.example"),
        ("x@evil.example (boss@gov.example)", "x@evil.example"),
        ("=?utf-8?q?boss=40gov=2Eexample?= <x@evil.example>", "x@evil.example"),
        ("Jörg Müller <j@Bücher.example>", "j@xn--bcher-kva.example"),
        ('"a \\"b\\" c" <x@evil.example>', "x@evil.example"),
        ('<"a b"@gov.example>', "a b@gov.example"),
        ("desk@gov.example.", "desk@gov.example"),
        ("desk\r\n <desk@gov.example>", "desk@gov.example"),
    ],
)
def test_only_the_real_address_of_from_counts(line: str, address: str) -> None:
    """A display name, a comment or an encoded word is no address, whatever it looks like."""
    assert author(mail(line)) == address
    assert ask(mail(line), None, client=LOOPBACK).domain == address.rpartition("@")[2]


@pytest.mark.parametrize(
    ("raw", "because"),
    [
        (mail("a@gov.example", "From: b@evil.example"), "two From addresses"),
        (mail("a@gov.example", "from: a@gov.example"), "two From addresses"),
        (mail("a@gov.example, b@evil.example"), "two From addresses"),
        (mail("Smith, John <a@gov.example>"), "two From addresses"),
        (mail("Agency: a@gov.example;"), "the From line cannot be read"),
        (mail("Agency: <a@gov.example>"), "the From line cannot be read"),
        (mail("Agency:a@gov.example"), "the From line cannot be read"),
        (mail("undisclosed:;"), "the From line cannot be read"),
        (mail('a"b"@gov.example'), "the From line cannot be read"),
        (mail("a@gov.example (open"), "the From line cannot be read"),
        (mail("a@gov.example <b@evil.example>"), "the From line cannot be read"),
        (mail("<a@gov.example> <b@evil.example>"), "the From line cannot be read"),
        (mail("a@gov.example@evil.example"), "the From line cannot be read"),
        (mail("<@gov.example:b@evil.example>"), "the From line cannot be read"),
        (mail('"open <a@gov.example>'), "the From line cannot be read"),
        (mail("open (<a@gov.example>"), "the From line cannot be read"),
        (mail("a@[192.0.2.1]"), "the From line cannot be read"),
        (mail("a@gov..example"), "the From line cannot be read"),
        (mail("a@gov_example\udcff.example"), "the From line cannot be read"),
        (mail("<>"), "the From line cannot be read"),
        (mail(""), "the From line cannot be read"),
        (mail("x" * 9000 + " <a@gov.example>"), "the From line cannot be read"),
        (b"Subject: x\r\n\r\nFrom: a@gov.example\r\n", "no From address"),
        (b"\r\nFrom: a@gov.example\r\n\r\n", "no From address"),
        (b"", "no From address"),
        (mail("a@gov.example", "X-A: b\rFrom: c@evil.example"), "the header cannot be read"),
        (mail("a@gov.example", "X-A: \0"), "the header cannot be read"),
        (mail("a@gov.example", "no field"), "the header cannot be read"),
        (mail("a@gov.example", "From : b@evil.example"), "the header cannot be read"),
        (mail("a@gov.example", *["X: y"] * 1001), "the header cannot be read"),
        (mail("a@gov.example", "X: " + "y" * 300_000), "the header cannot be read"),
    ],
)
def test_what_can_be_read_in_two_ways_is_not_believed(raw: bytes, because: str) -> None:
    """Two addresses, a group, or a header that other readers see otherwise: not authentic, even from this machine."""
    assert ask(raw, None, client=LOOPBACK) == Verdict("", "", because)
    assert ask(raw, None, networks=(ip_network("198.51.100.0/24"),)) == Verdict("", "", because)
    assert author(raw) == ""


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("gov.example", "gov.example"),
        ("a.b.gov.example", "gov.example"),
        ("a.internal", "a.internal"),
        ("x.a.internal", "a.internal"),
        ("www.dvla.gov.uk", "dvla.gov.uk"),
        ("www.service.gov.uk", "www.service.gov.uk"),
        ("dmv.ca.gov", "ca.gov"),
        ("a.b.github.io", "b.github.io"),
        ("co.uk", "co.uk"),
        ("localhost", "localhost"),
        ("a.xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_an_organisation_is_a_suffix_and_one_label(domain: str, expected: str) -> None:
    """Also under a suffix that no list knows: two agencies in `.internal` are two."""
    assert organisation(domain) == expected


# ── whom the operator trusts ─────────────────────────────────────────────────────────────────────────────────────

NETWORKS = (ip_network("198.51.100.0/24"), ip_network("2001:db8:1::/48"))


@pytest.mark.parametrize(
    ("client", "how"),
    [
        ("198.51.100.66", "network"),
        ("2001:db8:1::5", "network"),
        ("::ffff:198.51.100.1", "network"),
        ("203.0.113.9", ""),
    ],
)
def test_a_trusted_network_is_believed(zone: Zone, client: str, how: str) -> None:
    """The operator vouches for its clients; nothing is asked of the DNS."""
    assert ask(mail(), zone, client=client, networks=NETWORKS).how == how


@pytest.mark.parametrize("client", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_mail_written_on_this_machine_is_local(zone: Zone, client: str) -> None:
    """Without a Received line it came from here; with one another server only passed it on."""
    received = "Received: from evil.example by mx.gov.example; today"
    assert ask(mail(), zone, client=client).how == "local"
    assert ask(mail("a@gov.example", received), zone, client=client, mail_from="a@gov.example").how == ""
    assert ask(mail("a@gov.example", received.lower()), zone, client=client).how == ""
    assert zone.asked == []
    assert ask(signed(mail("a@gov.example", received)), zone, client=client).how == "dkim"


def test_a_policy_that_lists_loopback_vouches_for_nobody(zone: Zone) -> None:
    """`ip4:127.0.0.1` in a policy would let everybody speak for it whose mail a server here passes on."""
    zone.records[("gov.example", "TXT")] = ["v=spf1 ip4:127.0.0.1 +all"]
    raw = mail("a@gov.example", "Received: from evil.example")
    assert ask(raw, zone, client=LOOPBACK, mail_from="a@gov.example").how == ""


RECEIVED = "Received: from mx.gov.example by filter.example; today"
PASS = "Authentication-Results: filter.example; dmarc=pass header.from=gov.example"


@pytest.mark.parametrize(
    ("lines", "how"),
    [
        ([PASS], "upstream"),
        ([PASS, RECEIVED], "upstream"),
        ([RECEIVED, PASS], "upstream"),
        ([RECEIVED, PASS, RECEIVED], "upstream"),
        (["Authentication-Results: filter.example 1; dmarc=pass header.from=gov.example"], "upstream"),
        (
            ["Authentication-Results: filter.example (v1; (x)) ; dmarc = pass (p=none) header.from=GOV.example"],
            "upstream",
        ),
        (["Authentication-Results: filter.example;\r\n\tdmarc/1=Pass header.from=gov.example;"], "upstream"),
        (["Authentication-Results: filter.example; dkim=pass (2048) header.d=gov.example header.s=s1"], "upstream"),
        (["Authentication-Results: filter.example; dkim=pass header.i=@mail.gov.example"], "upstream"),
        (["Authentication-Results: filter.example; spf=pass smtp.mailfrom=a@gov.example"], "upstream"),
        (['Authentication-Results: filter.example; spf=pass smtp.mailfrom="a;b"@gov.example'], "upstream"),
        ([PASS, "Authentication-Results: elsewhere.example; dmarc=fail header.from=gov.example"], "upstream"),
        ([PASS, "Authentication-Results: filter.example; spf=fail smtp.mailfrom=gov.example"], "upstream"),
        # nothing of ours
        ([], ""),
        ([RECEIVED, RECEIVED, PASS], ""),
        (["Authentication-Results: elsewhere.example; dmarc=pass header.from=gov.example"], ""),
        (["Authentication-Results: Filter.example; dmarc=pass header.from=gov.example"], ""),
        (["Authentication-Results: filter.example.; dmarc=pass header.from=gov.example"], ""),
        (["Authentication-Results: x.filter.example; dmarc=pass header.from=gov.example"], ""),
        (['Authentication-Results: "filter.example"; dmarc=pass header.from=gov.example'], ""),
        (["Authentication-Results: (filter.example) evil.example; dmarc=pass header.from=gov.example"], ""),
        (["Authentication-Results: evil.example filter.example; dmarc=pass header.from=gov.example"], ""),
        (["X-Authentication-Results: filter.example; dmarc=pass header.from=gov.example"], ""),
        (["ARC-Authentication-Results: i=1; filter.example; dmarc=pass header.from=gov.example"], ""),
        # ours, and it does not vouch
        (["Authentication-Results: filter.example 2; dmarc=pass header.from=gov.example"], ""),
        (["Authentication-Results: filter.example; none"], ""),
        (
            ["Authentication-Results: filter.example; dkim=pass header.d=gov.example; dmarc=fail"],
            "",
        ),
        (["Authentication-Results: filter.example; dmarc=pass header.from=evil.example"], ""),
        (["Authentication-Results: filter.example; dmarc=pass"], ""),
        (["Authentication-Results: filter.example; dmarc=pass header.from=evil.example header.from=gov.example"], ""),
        (["Authentication-Results: filter.example; dkim=pass header.d=evil.example"], ""),
        (["Authentication-Results: filter.example; dkim=fail header.d=gov.example"], ""),
        (["Authentication-Results: filter.example; spf=pass smtp.mailfrom=evil.example"], ""),
        (["Authentication-Results: filter.example; spf=pass smtp.helo=gov.example"], ""),
        (['Authentication-Results: filter.example; spf=pass reason="; dmarc=pass header.from=gov.example"'], ""),
        (["Authentication-Results: filter.example; spf=pass (; dmarc=pass header.from=gov.example)"], ""),
        (["Authentication-Results: filter.example; x-dmarc=pass header.from=gov.example"], ""),
        # two that do not agree
        (["Authentication-Results: filter.example; dmarc=fail header.from=gov.example", PASS], ""),
        ([PASS, "Authentication-Results: filter.example; dmarc=fail header.from=gov.example"], ""),
        ([PASS, 'Authentication-Results: filter.example; "open'], ""),
        (["Authentication-Results: filter.example; spf=fail smtp.mailfrom=gov.example", PASS], ""),
    ],
)
@pytest.mark.parametrize("client", [ELSEWHERE, LOOPBACK])
def test_only_the_upstream_server_s_own_report_counts(zone: Zone, lines: list[str], how: str, client: str) -> None:
    """RA3: exactly its id, on top, unquoted; one lower down, with another id or in a comment is a stranger's."""
    raw = mail("a@gov.example", *lines)
    verdict = ask(raw, zone, client=client, mail_from="a@gov.example", networks=NETWORKS, authserv_id="filter.example")
    assert verdict.how == how
    assert bool(verdict.because) == (not how)


def test_an_upstream_report_on_a_bounce_names_its_greeting(zone: Zone) -> None:
    """RFC 7208 §2.4: the null sender's domain is that of HELO, and only then."""
    raw = mail("a@gov.example", "Authentication-Results: filter.example; spf=pass smtp.helo=mail.gov.example")
    for mail_from, how in (("", "upstream"), ("a@gov.example", "")):
        assert ask(raw, zone, mail_from=mail_from, client=LOOPBACK, authserv_id="filter.example").how == how


def test_behind_an_upstream_server_nothing_else_counts(zone: Zone) -> None:
    """Its network is no voucher, loopback is no voucher, and what our own look would find is not looked for."""
    for client in (ELSEWHERE, LOOPBACK):
        verdict = ask(signed(mail()), zone, client=client, networks=NETWORKS, authserv_id="filter.example")
        assert verdict == Verdict("gov.example", "", "the upstream server does not vouch for the sender")
    assert zone.asked == []


def test_a_stranger_s_report_is_not_read(zone: Zone) -> None:
    """RA3: who is no upstream server is looked at by ourselves, whatever the mail reports."""
    raw = mail("a@gov.example", PASS)
    assert not ask(raw, zone, client="203.0.113.9", networks=NETWORKS, authserv_id="filter.example").authentic
    assert not ask(raw, zone, client=ELSEWHERE, networks=()).authentic
    assert not ask(mail("a@gov.example", RECEIVED, PASS), zone, client=LOOPBACK).authentic


def test_an_upstream_report_is_aligned_like_our_own_look(zone: Zone) -> None:
    """A subdomain's signature does not count for a domain that asks for strict alignment."""
    raw = mail("a@gov.example", "Authentication-Results: filter.example; dkim=pass header.d=mail.gov.example")
    for record, how in (("v=DMARC1; p=none", "upstream"), ("v=DMARC1; p=none; adkim=s", "")):
        zone.records[("_dmarc.gov.example", "TXT")] = [record]
        assert ask(raw, zone, networks=NETWORKS, authserv_id="filter.example").how == how


# ── a DNS in trouble ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_dead_resolver_costs_one_mail_its_seconds_and_the_next_ones_nothing() -> None:
    """A DNS that never answers is temporary, bounded, and not waited for again for half a minute."""
    with Zone(silent=True) as dead:
        asked: list[tuple[str, str]] = []
        for _ in range(3):
            assert asked in ([], dead.asked)
            verdict = ask(signed(mail()), dead, mail_from="a@gov.example", client=THERE, seconds=1.0)
            assert verdict == Verdict("gov.example", "", "DNS did not answer", True)
            asked = asked or list(dead.asked)
        assert not plausible(mail(), "a@gov.example", THERE, "x.example", Trust(resolver=dead.address, seconds=1.0))
        _dead[dead.address] = time.monotonic()  # half a minute later
        dead.silent, dead.records = False, records()
        assert ask(signed(mail()), dead).how == "dkim"


def test_a_silent_domain_does_not_silence_the_others(zone: Zone) -> None:
    """A stranger whose own DNS never answers cannot make us take the resolver for dead."""
    zone.records[("s1._domainkey.evil.example", "TXT")] = SILENT
    verdict = ask(signed(mail("x@evil.example"), "evil.example"), zone, seconds=1.0)
    assert (verdict.because, verdict.temporary) == ("DNS did not answer", True)
    assert ask(signed(mail()), zone).how == "dkim"


@pytest.mark.parametrize("trouble", [SILENT, BROKEN])
@pytest.mark.parametrize(
    ("name", "mail_from", "how"),
    [
        ("s1._domainkey.gov.example", "a@gov.example", "spf"),
        ("s1._domainkey.gov.example", "a@other.example", ""),
        ("gov.example", "a@gov.example", "dkim"),
        ("_dmarc.mail.gov.example", "a@gov.example", ""),
        ("_dmarc.gov.example", "a@gov.example", ""),
    ],
)
def test_a_question_that_failed_is_not_taken_for_an_answer(
    zone: Zone, name: str, trouble: str, mail_from: str, how: str
) -> None:
    """Key, policy or alignment unknown: try again later; what is proven otherwise stands."""
    zone.records[(name, "TXT")] = trouble
    verdict = ask(signed(mail("a@mail.gov.example")), zone, mail_from=mail_from, client=THERE, seconds=1.0)
    assert (verdict.how, verdict.temporary) == (how, not how)


def test_a_refused_port_is_temporary() -> None:
    """No server there at all, and no IP address either: the same word, and no exception."""
    with Zone() as gone:
        pass
    for resolver in (gone.address, ("resolver.invalid", 53)):
        trust = Trust(resolver=resolver, seconds=0.6)
        verdict = authenticate(signed(mail()), mail_from="", client=ELSEWHERE, helo="x", trust=trust)
        assert verdict == Verdict("gov.example", "", "DNS did not answer", True)


# ── a task's time limit ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["s1._domainkey.gov.example", "gov.example", "_dmarc.mail.gov.example"])
@pytest.mark.parametrize("question", [authenticate, plausible])
def test_a_time_limit_is_not_taken_for_an_unreadable_record(
    zone: Zone, name: str, question: Callable[..., object]
) -> None:
    """While a key, a policy or an alignment is waited for, the task's own exception reaches the task."""
    zone.records[(name, "TXT")] = SILENT
    raw = mail("a@mail.gov.example") if name == "gov.example" else signed(mail("a@mail.gov.example"))
    with pytest.raises(OutOfTime), limited(lambda: (name, "TXT") in zone.asked):
        question(raw, mail_from="a@gov.example", client=ELSEWHERE, helo="x.example", trust=Trust(resolver=zone.address))


def test_a_time_limit_ends_the_reading_of_signatures() -> None:
    """Wherever in dkimpy it strikes: what it says is not that a signature cannot be read."""
    fields = read(signed(mail()))[0] or ()
    with pytest.raises(OutOfTime), limited(0.1):
        signatures(fields * 50_000)


# ── where an answer may go ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("mail_from", "client", "expected"),
    [
        ("a@gov.example", THERE, True),  # SPF pass
        ("a@gov.example", ELSEWHERE, False),  # fail
        ("a@soft.example", "203.0.113.8", False),  # softfail, though beside its MX
        ("a@broken.example", "203.0.113.8", False),  # permerror
        ("a@none.example", "203.0.113.8", True),  # no policy, beside its MX
        ("a@none.example", "203.0.114.8", False),
        ("a@neutral.example", "203.0.113.8", True),
        ("a@bare.example", "203.0.113.8", True),  # no MX, beside its A
        ("a@six.example", "2001:db8:7::99", True),
        ("a@six.example", "2001:db8:8::99", False),
        ("a@null.example", "203.0.113.8", False),
        ("a@nowhere.example", "203.0.113.8", False),
        ("a@here.example", LOOPBACK, False),  # its MX says 127.0.0.1
        ("", THERE, False),
        ("<>", THERE, False),
        ("a@", THERE, False),
        ("a@gov.example", "local", False),
    ],
)
def test_an_answer_goes_where_the_mail_came_from(zone: Zone, mail_from: str, client: str, expected: bool) -> None:
    """RA12: no backscatter: the envelope's own domain, or the host beside its mail servers, must have sent it."""
    for domain in ("soft", "broken", "none", "neutral"):
        zone.records[(f"{domain}.example", "MX")] = ["10 mx.house.example."]
    zone.records |= {
        ("mx.house.example", "A"): ["203.0.113.25"],
        ("soft.example", "TXT"): ["v=spf1 ~all"],
        ("broken.example", "TXT"): ["v=spf1 mox ~all"],
        ("neutral.example", "TXT"): ["v=spf1 ?all"],
        ("bare.example", "A"): ["203.0.113.26"],
        ("six.example", "MX"): ["10 mx.six.example."],
        ("mx.six.example", "AAAA"): ["2001:db8:7:1::25"],
        ("null.example", "MX"): ["0 ."],
        ("here.example", "MX"): ["10 localhost.example."],
        ("localhost.example", "A"): ["127.0.0.1"],
    }
    raw = mail("x@elsewhere.example", RECEIVED)
    assert plausible(raw, mail_from, client, "mx.example", Trust(resolver=zone.address)) is expected


def test_a_good_signature_does_not_aim_an_answer_at_somebody_else(zone: Zone) -> None:
    """RA12: with a signed mail of one's own and a victim in the envelope one gets no answer sent to the victim."""
    trust = Trust(resolver=zone.address)
    raw = signed(mail("x@other.example"), "other.example")
    assert not plausible(raw, "victim@gov.example", ELSEWHERE, "x.example", trust)
    assert plausible(raw, "x@mail.other.example", ELSEWHERE, "x.example", trust)


def test_an_answer_to_who_is_trusted(zone: Zone) -> None:
    """This machine and trusted networks are answered; of an upstream server's mail, what it vouches for."""
    trust = Trust(NETWORKS, resolver=zone.address)
    assert plausible(mail(), "a@any.example", LOOPBACK, "x", trust)
    assert plausible(mail(), "a@any.example", ELSEWHERE, "x", trust)
    assert not plausible(mail(), "", LOOPBACK, "x", trust)
    behind = Trust(NETWORKS, "filter.example", zone.address)
    spf = "Authentication-Results: filter.example; spf=pass smtp.mailfrom=a@any.example; dmarc=none"
    failed = "Authentication-Results: filter.example; spf=softfail smtp.mailfrom=a@any.example"
    for lines, mail_from, expected in (
        ([], "a@any.example", False),
        ([spf], "a@any.example", True),
        ([spf], "a@victim.example", False),
        ([failed], "a@any.example", False),
        ([failed, spf], "a@any.example", False),
        ([spf, failed], "a@any.example", False),
        ([RECEIVED, RECEIVED, spf], "a@any.example", False),
        ([PASS], "a@gov.example", True),
        ([PASS], "a@any.example", False),
    ):
        assert plausible(mail("x@gov.example", *lines), mail_from, LOOPBACK, "x", behind) is expected, lines
    assert zone.asked == []


# ── hostile octets ───────────────────────────────────────────────────────────────────────────────────────────────


def test_no_octets_raise(zone: Zone) -> None:
    """Rubbish, NULs, 8-bit, half headers: a verdict, never an exception, and never an authentic one."""
    chance = random.Random(5)
    good = signed(mail())
    trust = Trust(resolver=zone.address)
    for _ in range(1500):
        raw = bytearray(good)
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(raw))
            raw[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        for client in (ELSEWHERE, LOOPBACK):
            authenticate(bytes(raw), mail_from="\0@\udcff", client=client, helo="\n", trust=trust)
        plausible(bytes(raw), "a@\0.example", ELSEWHERE, "é", trust)
    for raw in (b"\0", b"\xff\xfe", b":", b"\r", b"\n\n", b"From:", b"From: \xff@\xff\r\n\r\n", chance.randbytes(9999)):
        assert not authenticate(raw, mail_from="a@b", client="x%y", helo="", trust=trust).authentic


SIGNATURE = signed(mail()).partition(b"From:")[0]
BLANKS = SIGNATURE.replace(b" b=", b" b=A" + b"\r\n " * 2400 + b"!", 1)
NAMES = re.sub(rb" h=[^;]*;", b" h=from:" + b":".join(b"%x" % n for n in range(0x1000, 0xC000)) + b";", SIGNATURE)
NASTY_SPF = "v=spf1 " + " ".join(["a:" + "%{l}." * 100 + "example"] * 7) + " -all"


@pytest.mark.parametrize(
    ("raw", "record"),
    [
        pytest.param(signed(mail()).replace(b"Bye", b" " * 20_000_000), SPF, id="a line of blanks"),
        pytest.param(signed(mail()) + b"\r\n" * 5_000_000, SPF, id="empty lines"),
        pytest.param(signed(mail()) + b" \t\r\n" * 2_500_000, SPF, id="blank lines"),
        pytest.param(signed(mail()) + b"a " * 10_000_000, SPF, id="words"),
        pytest.param(BLANKS * 30 + mail(), SPF, id="blanks in a signature"),
        pytest.param(NAMES + mail("a@gov.example", *["X: y"] * 980), SPF, id="many signed names"),
        pytest.param(signed(mail()).replace(b" b=", b" b=" + b"A" * 200_000, 1), SPF, id="a long signature"),
        pytest.param(b"DKIM-Signature: a\r\n" * 990 + signed(mail()), SPF, id="many signatures"),
        pytest.param(mail("(" * 8000 + "a@gov.example"), SPF, id="brackets"),
        pytest.param(mail('"' * 8000 + "a@gov.example"), SPF, id="quotes"),
        pytest.param(mail("a@gov.example", "X:" + "\r\n " * 80_000), SPF, id="a long field"),
        pytest.param(mail(), NASTY_SPF, id="macros"),
        pytest.param(mail(), "v=spf1 " + "." * 60_000, id="dots"),
        pytest.param(mail(), "v=spf1 a:" + "a" * 4000 + "! -all", id="a long label"),
        pytest.param(mail(), "v=spf1 include:gov.example -all", id="includes itself"),
        pytest.param(mail(), "v=spf1 include:a.%{d} include:b.%{d} -all", id="a tree"),
    ],
)
def test_hostile_mail_is_bounded_in_time(zone: Zone, raw: bytes, record: str) -> None:
    """Nothing that a stranger writes, in a mail or in the DNS, costs more than a moment."""
    zone.records[("gov.example", "TXT")] = [record]
    assert cpu_seconds(lambda: ask(raw, zone, mail_from=f"{'x' * 64}@gov.example", client=THERE)) < 3


def test_nothing_of_a_mail_is_logged_or_printed(
    zone: Zone, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """The libraries log domains, keys and signatures at DEBUG and ERROR; here they have no logger to do it with."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("dkimpy").setLevel(logging.DEBUG)
    zone.records[("s1._domainkey.other.example", "TXT")] = ["v=DKIM1; p=broken"]
    for by in ("gov.example", "other.example"):
        ask(signed(mail(f"canary@{by}"), by), zone, mail_from=f"canary@{by}", client=ELSEWHERE)
    assert (caplog.text, *capsys.readouterr()) == ("", "", "")


def test_an_ed25519_signature_vouches(zone: Zone) -> None:
    """RFC 8463; made here by hand, since dkimpy signs it only with a library that we do not have."""
    key = Ed25519PrivateKey.generate()
    octets = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    zone.records[("s1._domainkey.gov.example", "TXT")] = [f"v=DKIM1; k=ed25519; p={base64.b64encode(octets).decode()}"]

    class Pk:
        def sign(self, digest: bytes) -> Pk:
            self.signature = key.sign(digest)
            return self

    class Ed25519(Crafted):
        def gen_header(self, fields: list[tuple[bytes, bytes]], include: tuple[bytes, ...], *rest: object) -> bytes:
            self.signature_algorithm = b"ed25519-sha256"
            fields = [(k, b"ed25519-sha256" if k == b"a" else v) for k, v in fields]
            return super().gen_header(fields, include, *rest[:2], Pk())

    line = Ed25519(mail()).sign(b"s1", b"gov.example", PEM)
    assert ask(line + mail(), zone).how == "dkim"
    assert ask(line + mail(body="other"), zone).how == ""
