"""The address stands plainly in the text, and the text in every character set and transfer encoding."""

# ruff: noqa: E501 - a row is a whole hostile message, or a table of signs

from __future__ import annotations

import base64
import binascii
import codecs
import gzip
import hashlib
import zlib
from collections.abc import Callable

from tests.torture import decode
from tests.torture.case import AFTER, BEFORE, Maker, body, folded64, mail, multipart, part, quoted

CHARSETS = (
    "us-ascii iso-8859-1 iso-8859-2 iso-8859-15 windows-1250 windows-1251 windows-1252 koi8-r koi8-u mac-roman cp437 "
    "cp850 utf-8 utf-8-sig utf-7 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be shift_jis euc-jp iso-2022-jp "
    "gb18030 gbk big5 euc-kr hz cp037 cp500"
)


def make(maker: Maker) -> None:
    """Character sets, transfer encodings, and files pasted into the text the old way."""
    for charset in CHARSETS.split():
        for encoding, encode in (("base64", folded64), ("quoted-printable", quoted)):
            address = maker.address()
            octets = body(f"Write to {address} soon.").replace("\n", "\r\n").encode(charset)
            kind = f"text/plain; charset={charset}"
            maker.add("body", f"{charset} in {encoding}", mail(address, encode(octets), kind, encoding), writer=address)
    for charset in ("utf-16-le", "utf-16-be", "utf-16", "utf-7", "koi8-r", "iso-2022-jp", "utf-32-be"):
        address = maker.address()
        octets = body(f"Write to {address} soon.").replace("\n", "\r\n").encode(charset)
        maker.add("body", f"{charset}, said to be utf-8", mail(address, folded64(octets), "text/plain; charset=utf-8", "base64"),
                  writer=address)  # fmt: skip
        address = maker.address()
        octets = body(f"Write to {address} soon.").replace("\n", "\r\n").encode(charset)
        maker.add(
            "body", f"{charset}, not said", mail(address, folded64(octets), "text/plain", "base64"), writer=address
        )
    for charset in ("x-unknown", "utf8", "UTF8", "latin1", "unicode", "default_charset", "utf-8;", "binary", "rot13"):
        address = maker.address()
        raw = mail(address, body(f"Write to {address} soon."), f"text/plain; charset={charset}")
        maker.add("body", f"charset called {charset}", raw, writer=address)
    _transfer(maker)
    _pasted(maker)


def _transfer(maker: Maker) -> None:
    def case(where: str, encoding: str, encode: Callable[[bytes, bytes], bytes]) -> None:
        address = maker.address()
        octets = body(f"Write to {address} soon.").replace("\n", "\r\n").encode()
        maker.add("body", where, mail(address, encode(octets, address.encode()), encoding=encoding), writer=address)

    case(
        "quoted-printable, soft break in the address",
        "quoted-printable",
        lambda o, a: o.replace(a, a[:5] + b"=\r\n" + a[5:]),
    )
    case("quoted-printable, every octet", "quoted-printable", lambda o, a: o.replace(a, _every(a)))
    case("quoted-printable, small hex", "quoted-printable", lambda o, a: o.replace(a, _every(a).lower()))
    case(
        "quoted-printable, soft break and blanks",
        "quoted-printable",
        lambda o, a: o.replace(a, a[:5] + b"=  \r\n" + a[5:]),
    )
    case(
        "quoted-printable that is broken",
        "quoted-printable",
        lambda o, a: o.replace(a, a.replace(b"@", b"=40") + b" =4 =ZZ"),
    )
    case("base64 in one line", "base64", lambda o, a: base64.b64encode(o))
    case("base64 in short lines", "base64", lambda o, a: _lines(base64.b64encode(o), 4))
    case("base64 without padding", "base64", lambda o, a: base64.b64encode(o).rstrip(b"="))
    case(
        "base64 in pieces, each padded",
        "base64",
        lambda o, a: b"".join(base64.b64encode(o[i : i + 20]) for i in range(0, len(o), 20)),
    )
    case("base64 with dirt", "base64", lambda o, a: _lines(base64.b64encode(o), 9).replace(b"\r\n", b" \r\n*"))
    case("base64, URL alphabet", "base64", lambda o, a: base64.urlsafe_b64encode(o))
    case("base64, BASE64 in capitals", "BASE64", lambda o, a: folded64(o))
    case("base64 with a comment", "base64 (RFC 2045)", lambda o, a: folded64(o))
    case("base64 misspelt base-64", "base-64", lambda o, a: folded64(o))
    case("base64 in quotation marks", '"base64"', lambda o, a: folded64(o))
    case("quoted-printable misspelt", "quotedprintable", lambda o, a: quoted(o.replace(a, _every(a))))
    case("x-uuencode", "x-uuencode", lambda o, a: _uuencoded(o))
    case("unknown transfer encoding", "x-secret", lambda o, a: o)
    case("transfer encoding 7bit", "7bit", lambda o, a: o)
    case("transfer encoding binary", "binary", lambda o, a: o)
    case("no transfer encoding, base64 all the same", "", lambda o, a: folded64(o))
    case("no transfer encoding, quoted-printable all the same", "", lambda o, a: quoted(o.replace(a, _every(a))))
    case("base64 of base64", "base64", lambda o, a: folded64(folded64(o)))
    case("quoted-printable of base64", "quoted-printable", lambda o, a: quoted(folded64(o)))
    for where, fields, encode in (
        ("two encodings, 7bit first", ("7bit", "base64"), folded64),
        ("two encodings, base64 first", ("base64", "7bit"), folded64),
        ("two encodings, quoted-printable first", ("quoted-printable", "base64"), folded64),
        ("two encodings, base64 first, is text", ("base64", "8bit"), lambda o: o),
    ):
        address = maker.address()
        octets = body(f"Write to {address} soon.").replace("\n", "\r\n").encode()
        headers = [("Content-Transfer-Encoding", value) for value in fields]
        maker.add("body", where, mail(address, encode(octets), headers=headers), writer=address)


def _every(octets: bytes) -> bytes:
    return b"".join(f"={octet:02X}".encode() for octet in octets)


def _lines(octets: bytes, length: int) -> bytes:
    return b"".join(octets[at : at + length] + b"\r\n" for at in range(0, len(octets), length))


def _uuencoded(octets: bytes) -> bytes:
    lines = b"".join(binascii.b2a_uu(octets[at : at + 45]) for at in range(0, len(octets), 45))
    return b"begin 644 letter.txt\n" + lines + b"`\nend\n"


def _pasted(maker: Maker) -> None:
    """Something encoded, pasted into a text."""

    def case(
        where: str,
        make: Callable[[str], str],
        level: str = "must",
        kind: str = "text/plain; charset=utf-8",
        other: str = "",
    ) -> None:
        for whose, grade in (("writer", level), ("other", other or level)):
            writer = maker.address()
            hidden = writer if whose == "writer" else maker.other()
            raw = mail(writer, body(make(hidden)), kind)
            maker.add("pasted", f"{where}, {whose}", raw, writer=writer, hidden=hidden, level=grade)

    def blob(address: str) -> bytes:
        return f"Contact: my mail is {address}, thank you very much indeed for everything you do.\n".encode() * 2

    case("uuencoded file", lambda a: _uuencoded(blob(a)).decode())
    case("uuencoded file in a quotation", lambda a: "> " + _uuencoded(blob(a)).decode().replace("\n", "\n> "))
    case("uuencoded lines without begin", lambda a: _uuencoded(blob(a)).decode().partition("\n")[2])
    case("yEnc file", lambda a: _yenc(blob(a)))
    case("BinHex file", lambda a: "(This file must be converted with BinHex 4.0)\n\n:" + _binhex(blob(a)) + ":")
    case("base64", lambda a: base64.b64encode(blob(a)).decode(), "should")
    case("base64 in lines", lambda a: base64.encodebytes(blob(a)).decode(), "should")
    case("base64 in a quotation", lambda a: "> " + base64.encodebytes(blob(a)).decode().replace("\n", "\n> "), "should")
    case("base64 in short lines", lambda a: _lines(base64.b64encode(blob(a)), 20).decode().replace("\r", ""), "should")
    case("base64, URL alphabet", lambda a: base64.urlsafe_b64encode(blob(a)).decode(), "should")
    case("base64 of the address alone", lambda a: base64.b64encode(a.encode()).decode(), "should")
    case("base64 of UTF-16", lambda a: base64.b64encode(a.encode("utf-16-le")).decode(), "should")
    case("base64 of gzip", lambda a: base64.b64encode(gzip.compress(blob(a), mtime=0)).decode(), "should")
    case("base64 of zlib", lambda a: base64.b64encode(zlib.compress(blob(a))).decode(), "should")
    case("base64 twice", lambda a: base64.b64encode(base64.b64encode(blob(a))).decode(), "should")
    case("base64 in a data: URI", lambda a: f"data:text/plain;base64,{base64.b64encode(a.encode()).decode()}", "should")
    case(
        "base64 in a URL",
        lambda a: f"https://example.net/open?id={base64.b64encode(a.encode()).decode()}&x=1",
        "should",
    )
    case(
        "percent of base64 in a URL",
        lambda a: f"https://example.net/{base64.b64encode(a.encode()).decode().replace('=', '%3D')}",
        "should",
    )
    case("base32", lambda a: base64.b32encode(a.encode()).decode(), "should")
    case("hex", lambda a: a.encode().hex(), "should")
    case("hex, spaced", lambda a: a.encode().hex(" "), "should")
    case("hex, colons", lambda a: a.encode().hex(":").upper(), "should")
    case("hex, 0x and commas", lambda a: ", ".join(f"0x{o:02x}" for o in a.encode()), "should")
    case("decimal codes", lambda a: " ".join(map(str, a.encode())), "should")
    case("decimal codes, commas", lambda a: ",".join(map(str, a.encode())), "should")
    case("String.fromCharCode", lambda a: f"String.fromCharCode({','.join(map(str, a.encode()))})", "should")
    case("octal escapes", lambda a: "".join(f"\\{o:03o}" for o in a.encode()), "should")
    case("ascii85", lambda a: base64.a85encode(blob(a), adobe=True).decode(), "best")
    case("bits", lambda a: " ".join(f"{o:08b}" for o in a.encode()), "best")
    case("rot13", lambda a: codecs.encode(a, "rot13"), "should")
    case("morse", decode.morse, "best")
    case("SHA-256 of it", lambda a: hashlib.sha256(a.encode()).hexdigest(), "best")
    case(
        "MD5 of it in a Gravatar URL",
        lambda a: f"https://gravatar.example/avatar/{hashlib.md5(a.encode()).hexdigest()}",
        "best",
    )
    case("JSON", lambda a: '{"mail": "' + a.replace("@", "\\u0040") + '"}')
    case("JSON, every character", lambda a: '"' + "".join(f"\\u{ord(c):04x}" for c in a) + '"')
    case("JSON Web Token", lambda a: _token(a), "should")
    case("PEM certificate", lambda a: _armour("CERTIFICATE", b"0\x82\x01\x0a\x02\x03" + a.encode() + b"\x30\x0d" * 40))
    case(
        "OpenPGP key block",
        lambda a: _armour(
            "PGP PUBLIC KEY BLOCK", b"\x99\x01\x0d\x04" * 20 + b"Rosa <" + a.encode() + b">" + b"\x89\x01" * 40
        ),
    )
    case("vCard in the text", lambda a: f"BEGIN:VCARD\nVERSION:3.0\nFN:Rosa\nEMAIL;TYPE=INTERNET:{a}\nEND:VCARD")
    case(
        "vCard 2.1 in the text, quoted-printable",
        lambda a: f"BEGIN:VCARD\nVERSION:2.1\nEMAIL;ENCODING=QUOTED-PRINTABLE:{_every(a.encode()).decode()}\nEND:VCARD",
    )
    case(
        "vCard folded",
        lambda a: f"BEGIN:VCARD\nVERSION:3.0\nEMAIL;TYPE=INTERNET:{a[:9]}\n {a[9:]}\nEND:VCARD",
        "should",
    )
    case("calendar entry in the text", lambda a: f"BEGIN:VEVENT\nORGANIZER;CN=Rosa:mailto:{a}\nUID:7-{a}\nEND:VEVENT")
    case(
        "e-mail header pasted",
        lambda a: f"Return-Path: <{a}>\nReceived: from x for <{a}>\nFrom: =?utf-8?q?{a.replace('@', '=40')}?=",
    )
    case(
        "e-mail header pasted, encoded word B",
        lambda a: f"From: =?utf-8?b?{base64.b64encode(a.encode()).decode()}?=",
        "should",
    )
    case("utf-7 in the text", lambda a: a.replace("@", "+AEA-"), "should")
    case("utf-7 of IMAP", lambda a: a.replace("@", "&AEA-"), "should")
    case("XML", lambda a: f'<person mail="{a}"><m>{a}</m></person>')
    case("CSV", lambda a: f'"Kvist";"Rosa";"{a}"')
    case("SQL", lambda a: f"INSERT INTO people VALUES ('{a}');")
    case("LaTeX", lambda a: "\\href{mailto:" + a + "}{\\texttt{" + a.replace("@", "\\@") + "}}")
    case("Markdown", lambda a: f"[mail]({a}) <{a}> [m](mailto:{a})")
    case("reStructuredText", lambda a: f"`mail <mailto:{a}>`_")
    case("BBCode", lambda a: f"[email={a}]mail[/email]")
    case("MECARD as scanned from a QR code", lambda a: f"MECARD:N:Kvist,Rosa;EMAIL:{a};;")
    case("MATMSG as scanned from a QR code", lambda a: f"MATMSG:TO:{a};SUB:x;BODY:y;;")
    case("SMTP talk", lambda a: f"MAIL FROM:<{a}>\n250 2.1.0 Ok\nRCPT TO:<{a}>")
    case("SRS address", lambda a: f"SRS0=HHH=TT={a.partition('@')[2]}={a.partition('@')[0]}@relay.example.net")
    case("VERP address", lambda a: f"bounces+7-{a.replace('@', '=')}@list.example.net")
    case("source route", lambda a: f"@relay.example.net:{a}")
    case("URL user", lambda a: f"https://{a}/path")
    case(
        "URL query, two parameters",
        lambda a: f"https://example.net/?user={a.partition('@')[0]}&domain={a.partition('@')[2]}",
        "should",
        other="best",
    )
    case("URL path", lambda a: f"https://example.net/people/{a}/photo.jpg")
    case("URL fragment, percent thrice", lambda a: f"https://example.net/#{a.replace('@', '%252540')}")
    case("URL, every character percent", lambda a: "https://example.net/?m=" + "".join(f"%{o:02x}" for o in a.encode()))
    case("URL, %u0040", lambda a: f"https://example.net/?m={a.replace('@', '%u0040')}")
    case(
        "mailto with header fields", lambda a: f"mailto:office@example.net?cc={a}&bcc={a.replace('@', '%40')}&subject=x"
    )
    case("text/enriched", lambda a: f"<bold>{a}</bold>", kind="text/enriched")
    case(
        "format=flowed, split",
        lambda a: f"my address is {a[:8]} \n{a[8:]}",
        "best",
        "text/plain; charset=utf-8; format=flowed; delsp=yes",
    )
    address = maker.address()
    content, octets = multipart([part(BEFORE), part(address), part(AFTER)])
    maker.add("pasted", "a part of its own", mail(address, octets, content, "7bit"), writer=address)
    address = maker.address()
    content, octets = multipart([part(BEFORE), part(address[:9]), part(address[9:]), part(AFTER)])
    maker.add("pasted", "split over two parts", mail(address, octets, content, "7bit"), writer=address, level="should")


def _yenc(octets: bytes) -> str:
    out = []
    for octet in octets:
        code = (octet + 42) % 256
        out.append("=" + chr((code + 64) % 256) if code in (0, 10, 13, 61) else chr(code))
    return f"=ybegin line=128 size={len(octets)} name=letter.txt\n{''.join(out)}\n=yend size={len(octets)}"


_BINHEX = "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"


def _binhex(octets: bytes) -> str:
    bits = "".join(f"{octet:08b}" for octet in octets)
    text = "".join(_BINHEX[int(bits[at : at + 6].ljust(6, "0"), 2)] for at in range(0, len(bits), 6))
    return "\n".join(text[at : at + 64] for at in range(0, len(text), 64))


def _armour(what: str, octets: bytes) -> str:
    return f"-----BEGIN {what}-----\n\n{base64.encodebytes(octets).decode()}-----END {what}-----"


def _token(address: str) -> str:
    pieces = (b'{"alg":"HS256"}', f'{{"sub":"7","email":"{address}"}}'.encode(), b"\x01\x02\x03" * 10)
    return ".".join(base64.urlsafe_b64encode(piece).decode().rstrip("=") for piece in pieces)
