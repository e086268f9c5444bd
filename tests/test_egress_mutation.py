"""LK19: leaks put into finished messages after redaction, one for each hiding place; the gate finds every one."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image

from intake.attachment import cell
from intake.compose import HEADERS, Outgoing, compose
from intake.egress import Withheld, check
from intake.signer import Signer

LEAK = "maria.lopez@post.example"
PHONE = "(860) 555-0148"
SHOWN = ("agencies.example", "intake.example", "ct.gov")
LETTER = "Dear sirs,\n\nplease write to help@ct.gov, or to [e-mail address withheld].\n\nMaria Lopez, Hartford\n"
TABLE = '"Name","Mail"\r\n"Maria Lopez","[e-mail address withheld]"\r\n'
MESSAGE = Outgoing(
    from_name="Citizen via Intake",
    from_addr="reply+0123456789abcdefghjk@intake.example",
    to_addr="dmv@agencies.example",
    reply_to="reply+0123456789abcdefghjk@intake.example",
    subject="[7K3M-9QX2-TR4B] A question",
    text=LETTER,
    message_id="<7k3m-9qx2-tr4b@intake.example>",
    date=datetime(2026, 11, 3, 10, 11, 12, tzinfo=UTC),
    references=("<0000-9qx2-tr4b@intake.example>", "<1111-9qx2-tr4b@intake.example>"),
    auto_submitted="auto-generated",
)
KINDS = {
    "txt": "text/plain",
    "csv": "text/csv",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "png": "image/png",
    "jpg": "image/jpeg",
}


def gate(raw: bytes) -> tuple[str, ...]:
    """The gate as the courier asks it."""
    withheld = (Withheld("phone", PHONE, "cell "), Withheld("address", "19 Larkspur Ter.\nNew Haven CT 06513"))
    names = ("Maria Lopez",)
    return check(raw, (LEAK,), SHOWN, withheld=withheld, shown_names=names, domain="intake.example")


def finished(**changes: object) -> bytes:
    return compose(dataclasses.replace(MESSAGE, **changes))  # type: ignore[arg-type]


def sent(ending: str, data: bytes) -> bytes:
    """A finished message with one attachment."""
    return finished(attachments=((f"attachment-1.{ending}", KINDS[ending], data),))


def written(module: str, text: str) -> bytes:
    """A document that our own writer makes of a text."""
    data = cell.work(module, text.encode(), 20.0)
    assert data
    return data


def drawn(kind: str) -> bytes:
    """A picture that our own writer makes."""
    file = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(file, kind)
    data = cell.work("picture", file.getvalue(), 20.0)
    assert data
    return data


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """One harmless file of each kind, by its ending."""
    return {
        "txt": LETTER.encode(),
        "csv": TABLE.encode("utf-8-sig"),
        "pdf": written("paper", LETTER),
        "docx": written("word", LETTER),
        "png": drawn("PNG"),
        "jpg": drawn("JPEG"),
    }


def assert_caught(raw: bytes, place: str) -> None:
    """Found in its place, and told without the value."""
    found = gate(raw)
    assert any(place in one for one in found), found
    assert not any("@" in one or "maria" in one or "860" in one or "Larkspur" in one for one in found)


# --- untouched ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [LETTER, "¿Dónde está? " * 30 + "\n", "Уважаемые господа\n" * 30])
def test_an_untouched_message_passes(text: str, tmp_path: Path, files: dict[str, bytes]) -> None:
    """Text, attachments of every kind, hop header and signature: what we write ourselves may leave."""
    pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    key = tmp_path / "key.pem"
    key.write_bytes(Ed25519PrivateKey.generate().private_bytes(*pem))
    key.chmod(0o600)
    attached = tuple((f"attachment-{n}.{e}", KINDS[e], data) for n, (e, data) in enumerate(files.items(), 1))
    raw = finished(text=text, attachments=attached)
    assert gate(Signer(key, "s1", "intake.example").sign(raw)) == ()


# --- header fields -----------------------------------------------------------------------------------

HEADER_LEAKS = {
    "From": (
        b"maria.lopez at post dot example <reply+0123456789abcdefghjk@intake.example>",
        b"=?utf-8?b?bWFyaWEubG9wZXpAcG9zdC5leGFtcGxl?= <reply+0123456789abcdefghjk@intake.example>",
        b"Citizen <reply+maria.lopez.post.exa@intake.example>",
        b"Citizen <reply+0123456789abcdefghjk@intake.example> (maria.lopez@post.example)",
        b"maria.lopez@post.example",
    ),
    "To": (b"maria.lopez@post.example", b"maria.lopez@post.example <dmv@agencies.example>"),
    "Reply-To": (b"maria.lopez@post.example", b"Cell 860-555-0148 <reply+0123456789abcdefghjk@intake.example>"),
    "Subject": (
        b"on maria.lopez@post.example",
        b"=?utf-8?b?bWFyaWEubG9wZXpAcG9zdC5leGFtcGxl?=",
        b"=?utf-8?q?maria=2Elopez=40?=\r\n =?utf-8?q?post=2Eexample?=",
        b"call 860.555.0148",
    ),
    "Date": (b"Tue, 03 Nov 2026 10:11:12 +0000 (maria.lopez@post.example)", b"maria.lopez@post.example"),
    "Message-ID": (b"<maria.lopez=post.example@intake.example>", b"<7k3m-9qx2-tr4b@post.example>"),
    "In-Reply-To": (b"<1111-9qx2-tr4b@post.example>", b"maria lopez at post dot example"),
    "References": (b"<1111-9qx2-tr4b@intake.example> <CA+x1@mail.post.example>", b"<1111-9qx2-tr4b@post.example>"),
    "Auto-Submitted": (b'auto-generated; owner-email="maria.lopez@post.example"', b"maria"),
    "MIME-Version": (b"1.0 (maria.lopez@post.example)",),
    "Content-Type": (b'text/plain; charset=us-ascii; name="maria.lopez@post.example"', b"text/plain; charset=maria"),
    "Content-Transfer-Encoding": (b"7bit (maria.lopez@post.example)",),
    "Content-Language": (b"en, maria", b"x-lopez"),
    "DKIM-Signature": (b"v=1; d=intake.example; i=maria.lopez@intake.example; b=", b"maria.lopez@post.example"),
}


@pytest.mark.parametrize(("name", "value"), [(n, value) for n, values in HEADER_LEAKS.items() for value in values])
def test_a_leak_in_a_header_of_ours(name: str, value: bytes) -> None:
    """LK2, LK14, LK18: each header that we write is compared or searched."""
    head, blank, body = finished().partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?! )", head)
    kept = [field for field in fields if not field.lower().startswith(name.lower().encode() + b":")]
    assert len(kept) < len(fields) or name == "DKIM-Signature"
    raw = b"\r\n".join((*kept, name.encode() + b": " + value)) + blank + body
    assert_caught(raw, f"header {name.title()}")


def test_every_header_that_we_write_is_in_the_table() -> None:
    """A header that `compose` learns gets its leak here."""
    assert set(HEADERS) <= set(HEADER_LEAKS)


@pytest.mark.parametrize(
    ("field", "place"),
    [
        (b"X-Sender: maria.lopez@post.example", "not on the list"),
        (b"Bcc: maria.lopez@post.example", "not on the list"),
        (b"X-Maria-Lopez: 1", "not on the list"),
        (b"Received: from post.example", "not on the list"),
        (b"Subject: maria.lopez@post.example", "stands twice"),
        (b"maria.lopez@post.example", "not on the list"),
        (b": maria.lopez@post.example", "not on the list"),
    ],
)
def test_a_leak_in_a_header_that_is_not_ours(field: bytes, place: str) -> None:
    """LK2, LK15: a header that is not on the list, or stands twice, or is none, holds the message."""
    assert_caught(field + b"\r\n" + finished(), place)
    assert_caught(finished().replace(b"\r\n\r\n", b"\r\n" + field + b"\r\n\r\n", 1), place)


# --- text --------------------------------------------------------------------------------------------

LEAKS = (
    LEAK,
    "> > MARIA.LOPEZ@\n> > post.example",
    "maria lopez (at) post (dot) example",
    "860 555 0148",
    "19 Larkspur Ter",
    base64.b64encode(LEAK.encode()).decode(),
    base64.b64encode(f"my number is {PHONE}".encode()).decode(),
    " ".join(re.findall("....", base64.b64encode(LEAK.encode()).decode())),
    "post.example!maria.lopez",
    "uid=maria.lopez, dc=post, dc=example",
    "eve(home)@(work)else.\nexample",
)


@pytest.mark.parametrize("leak", LEAKS)
@pytest.mark.parametrize("around", ["{}", "Dear sirs,\n{}\n", "¿Dónde está? Ñandú:\n{}\n", "Это мой адрес:\n{}\n"])
def test_a_leak_in_the_text(leak: str, around: str) -> None:
    """LK3, LK8: in 7bit, quoted-printable and base64 bodies, and in each place of a letter."""
    assert_caught(finished(text=around.format(leak)), "in text")
    assert_caught(finished(text=LETTER + around.format(leak)), "in text")
    assert_caught(finished(text=f"{LETTER}\n-- \nReference 7K3M-9QX2-TR4B.\nNote: {leak}.\n"), "in text")


# --- structure ---------------------------------------------------------------------------------------


def boundary(raw: bytes) -> bytes:
    found = re.search(rb'boundary="([^"]+)"', raw)
    assert found
    return found[1]


STRUCTURE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "boundary": (lambda raw: raw.replace(boundary(raw), b"=_maria.lopez"), "header Content-Type"),
    "preamble": (lambda raw: raw.replace(b"\r\n\r\n--", b"\r\n\r\nmaria.lopez@post.example\r\n--", 1), "a multipart"),
    "epilogue": (lambda raw: raw + b"maria.lopez@post.example\r\n", "a multipart"),
    "a part without a header": (
        lambda raw: raw.replace(b"--" + boundary(raw), b"--" + boundary(raw) + b"maria", 1),
        "a multipart",
    ),
    "a header of a part": (
        lambda raw: raw.replace(b"Content-Disposition", b"Content-Description: maria\r\nContent-Disposition"),
        "Content-Description of part 2",
    ),
    "Content-ID": (
        lambda raw: raw.replace(b"Content-Disposition", b"Content-ID: <maria@post>\r\nContent-Disposition"),
        "Content-Id of part 2",
    ),
    "name": (
        lambda raw: raw.replace(b"charset=utf-8\r\n", b'charset=utf-8; name="maria"\r\n'),
        "Content-Type of part 2",
    ),
    "file name": (
        lambda raw: raw.replace(b"attachment-1.txt", b"maria.lopez.txt"),
        "Content-Disposition of part 2",
    ),
    "file name with an ending": (
        lambda raw: raw.replace(b"attachment-1.txt", b"attachment-1.maria"),
        "Content-Disposition of part 2",
    ),
    "file name in RFC 2231": (
        lambda raw: raw.replace(b'filename="attachment-1.txt"', b"filename*=utf-8''maria%2Elopez%40post.example"),
        "known address in header Content-Disposition of part 2",
    ),
    "parameter of the disposition": (
        lambda raw: raw.replace(b'.txt"', b'.txt"; creation-date="maria"'),
        "Content-Disposition of part 2",
    ),
    "another kind": (lambda raw: raw.replace(b"text/plain; charset=utf-8", b"text/html; charset=utf-8"), "part 2"),
    "an encoding within": (lambda raw: raw.replace(b"Encoding: base64", b"Encoding: x-uuencode"), "part 2"),
    "after the padding": (lambda raw: raw.replace(b"=\r\n\r\n--", b"=\r\nbWFyaWE=\r\n\r\n--"), "part 2"),
    "8-bit octets": (lambda raw: raw.replace(b"Dear", "Dear maría".encode(), 1), "part 1"),
}


@pytest.mark.parametrize("place", STRUCTURE)
def test_a_leak_in_the_structure(place: str) -> None:
    """LK6: boundary, preamble, epilogue, part headers and file names are of our making, or the message is held."""
    change, finding = STRUCTURE[place]
    raw = sent("txt", LETTER.encode() + b".")
    assert gate(raw) == ()
    assert change(raw) != raw
    assert_caught(change(raw), finding)


# --- attachments -------------------------------------------------------------------------------------


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_in_an_attached_text(leak: str) -> None:
    """LK4: text and tables are searched like the letter."""
    assert_caught(sent("txt", f"{LETTER}{leak}\n".encode()), "part 2")
    assert_caught(sent("csv", f'{TABLE}"x","{leak}"\r\n'.encode("utf-8-sig")), "part 2")


@pytest.mark.parametrize("leak", LEAKS[:5])
@pytest.mark.parametrize("ending", ["pdf", "docx"])
def test_a_leak_in_a_document_that_we_wrote(ending: str, leak: str) -> None:
    """LK4: what our writers were given, the gate reads on the page."""
    text = f"{LETTER}{leak}\n"
    assert_caught(sent(ending, written({"pdf": "paper", "docx": "word"}[ending], text)), "part 2")


@pytest.mark.parametrize(("ending", "module"), [("pdf", "paper"), ("docx", "word")])
def test_lines_of_a_document_are_lines(ending: str, module: str) -> None:
    """A number that stands alone on its line is a whole token, whatever the lines around it are."""
    assert "withheld phone number in part 2" in gate(sent(ending, written(module, "room 12\n8605550148\n34 seats\n")))
    assert gate(sent(ending, written(module, "room 1286055501483\n"))) == ()


def flate(data: bytes, behind: bytes = b"") -> bytes:
    """An object with a stream of its own, referred to as a page's text; `behind`: octets after the packed ones."""
    packed = zlib.compress(data) + behind
    head = b"90 0 obj\n<<\n/Filter /FlateDecode\n/Length %d\n>>\nstream\n" % len(packed)
    return head + packed + b"\nendstream\nendobj\n91 0 obj\n<<\n/Contents 90 0 R\n>>\nendobj\n"


def before_xref(more: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(b"endobj\nxref\n", b"endobj\n" + more + b"xref\n")


UTF_16 = b"\xfe\xff" + LEAK.encode("utf-16-be")
PDF: dict[str, Callable[[bytes], bytes]] = {
    "Info": before_xref(b"90 0 obj\n<<\n/Author (maria.lopez@post.example)\n>>\nendobj\n"),
    "Info in UTF-16": before_xref(b"90 0 obj\n<<\n/Author (" + UTF_16 + b")\n>>\nendobj\n"),
    "Info in hexadecimal": before_xref(b"90 0 obj\n<<\n/Author <" + LEAK.encode().hex().encode() + b">\n>>\nendobj\n"),
    "Info in octal": before_xref(b"90 0 obj\n<<\n/Author (maria.lopez\\100post.example)\n>>\nendobj\n"),
    "a phone number in Info": before_xref(b"90 0 obj\n<<\n/Title (860-555-0148)\n>>\nendobj\n"),
    "a name": before_xref(b"90 0 obj\n<<\n/maria.lopez@post.example 1\n>>\nendobj\n"),
    "an escaped name": before_xref(b"90 0 obj\n<<\n/maria.lopez#40post.example 1\n>>\nendobj\n"),
    "a link": before_xref(b"90 0 obj\n<<\n/URI (mailto:x)\n>>\nendobj\n"),
    "a script": before_xref(b"90 0 obj\n<<\n/JS (x)\n>>\nendobj\n"),
    "the trailer": lambda data: data.replace(b"trailer\n<<\n", b"trailer\n<<\n/X (maria.lopez@post.example)\n"),
    "a comment": lambda data: data.replace(b"endobj\nxref\n", b"endobj\n%maria.lopez@post.example\nxref\n"),
    "a comment in the head": lambda data: data.replace(b"%PDF-1.3\n", b"%PDF-1.3\n%maria.lopez@post.example\n"),
    "before the file": lambda data: b"maria.lopez@post.example\n" + data,
    "after the end": lambda data: data + b"maria.lopez@post.example\n",
    "an update": lambda data: data + b"90 0 obj\n<<\n/A (maria)\n>>\nendobj\nxref\n0 0\ntrailer\n<<\n>>\n%%EOF\n",
    "drawn in an own font": before_xref(flate(b"BT /F1 11 Tf (maria.lopez@post.example) Tj ET\n")),
    "drawn in pieces": before_xref(flate(b"BT /F1 11 Tf [(mar) 5 (ia.lopez@) -7 (post.example)] TJ ET\n")),
    "drawn in hexadecimal": before_xref(flate(b"BT /F1 11 Tf <" + LEAK.encode().hex().encode() + b"> Tj ET\n")),
    "drawn on two lines": before_xref(flate(b"BT (maria.lopez@post) Tj ET\nBT 1 2 Td (.example) Tj ET\n")),
    "drawn as a comment": before_xref(flate(b"% maria.lopez@post.example\n")),
    "a picture on the page": before_xref(flate(b"q /I1 Do Q\n")),
    "a stream of no role": before_xref(flate(b"x").replace(b"/Contents", b"/Metadata")),
    "an attached file": before_xref(b"90 0 obj\n<<\n/Type /Filespec\n>>\nendobj\n"),
    "an encoded stream": before_xref(flate(b"x").replace(b"/FlateDecode", b"/ASCIIHexDecode")),
    "behind the packed text": before_xref(flate(b"q Q\n", b"maria")),
    "twice the same object": before_xref(b"1 0 obj\n<<\n/A (maria)\n>>\nendobj\n"),
}


@pytest.mark.parametrize("place", PDF)
def test_a_leak_in_a_pdf(place: str, files: dict[str, bytes]) -> None:
    """LK4, LK5: dictionaries, pages, comments and what stands around the file: each octet is accounted for."""
    harmless = before_xref(flate(b"BT /F1 11 Tf (x) Tj ET\n") + b"92 0 obj\n<<\n/A (x)\n>>\nendobj\n")
    assert gate(sent("pdf", harmless(files["pdf"]))) == ()
    assert PDF[place](files["pdf"]) != files["pdf"]
    assert_caught(sent("pdf", PDF[place](files["pdf"])), "in part 2")


def test_a_leak_in_a_font_of_a_pdf(files: dict[str, bytes]) -> None:
    """LK4: a font is a file with names in it; it is searched as octets, in UTF-16 too."""
    for leak in (LEAK.encode(), LEAK.encode("utf-16-be")):
        packed = zlib.compress(b"\0\1\0\0" + leak + b"\0" * 8)
        head = b"90 0 obj\n<<\n/Filter /FlateDecode\n/Length %d\n>>\nstream\n" % len(packed)
        font = head + packed + b"\nendstream\nendobj\n91 0 obj\n<<\n/FontFile2 90 0 R\n>>\nendobj\n"
        assert "known address in part 2" in gate(sent("pdf", before_xref(font)(files["pdf"])))


def zipped(
    data: bytes,
    change: Callable[[str, bytes], bytes] = lambda _, inside: inside,
    more: tuple[tuple[str, bytes], ...] = (),
    **entry: bytes,
) -> bytes:
    """The members of a document packed again, each changed, with more of them."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(file, "w") as target:
        members = [*((name, source.read(name)) for name in source.namelist()), *more]
        for name, inside in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for field, value in entry.items():
                setattr(info, field, value)
            target.writestr(info, change(name, inside))
    return file.getvalue()


def into(member: str, old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """Changes one member of a document."""
    return lambda data: zipped(data, lambda name, inside: inside.replace(old, new, 1) if name == member else inside)


def longer(data: bytes, behind: bytes) -> bytes:
    """The first member with octets behind its packed ones, counted in the header."""
    packed, name, extra = struct.unpack_from("<I4xHH", data, 18)
    end = 30 + name + extra + packed
    return data[:18] + struct.pack("<I", packed + len(behind)) + data[22:end] + behind + data[end:]


SPLIT = b"maria.</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>lopez@po</w:t></w:r><w:r><w:t>st.example</w:t></w:r></w:p>"
NEXT = b" 12</w:t></w:r></w:p><w:p><w:r><w:t>860</w:t></w:r><w:r><w:t>5550148</w:t></w:r></w:p>"
WORD: dict[str, Callable[[bytes], bytes]] = {
    "split runs": into("word/document.xml", b"</w:t></w:r></w:p>", SPLIT),
    "split runs after another line": into("word/document.xml", b"</w:t></w:r></w:p>", NEXT),
    "entities": into("word/document.xml", b"</w:t>", b"maria.lopez&#x40;post.example</w:t>"),
    "a phone number": into("word/document.xml", b"</w:t>", b"</w:t><w:t>860</w:t><w:t>-555-0148</w:t>"),
    "a hidden text": into("word/document.xml", b"<w:t>", b"<w:rPr><w:vanish/></w:rPr><w:t>maria.lopez@post.example"),
    "an attribute": into("word/document.xml", b"<w:p>", b'<w:p w:rsidR="maria.lopez@post.example">'),
    "a comment": into("word/document.xml", b"<w:body>", b"<!-- x --><w:body>"),
    "an instruction": into("word/document.xml", b"<w:body>", b"<?maria x?><w:body>"),
    "CDATA": into("word/document.xml", b"<w:t>", b"<w:t><![CDATA[x]]>"),
    "an entity": into("word/document.xml", b"<w:document", b'<!DOCTYPE x [<!ENTITY a "x">]><w:document'),
    "author": into(
        "docProps/core.xml", b"</cp:coreProperties>", b"<x>maria.lopez@post.example</x></cp:coreProperties>"
    ),
    "a link": into(
        "word/_rels/document.xml.rels", b"<Relationship ", b'<R T="mailto:maria.lopez@post.example"/><Relationship '
    ),
    "styles": into("word/styles.xml", b"<w:style ", b'<w:style w:styleId="maria.lopez@post.example"/><w:style '),
    "no text": into("word/document.xml", b"<w:t>", b"<w:t>\xff"),
    "another member": lambda data: zipped(data, more=(("word/comments.xml", b"x"),)),
    "a member twice": lambda data: zipped(data, more=(("word/styles.xml", b""),)),
    "a member's name": lambda data: zipped(data, more=(("maria.lopez", b""),)),
    "a member's comment": lambda data: zipped(data, comment=b"maria"),
    "a member's extra field": lambda data: zipped(data, extra=b"\xfe\xca\x05\0maria"),
    "comment of the archive": lambda data: data[:-2] + b"\5\0maria",
    "before the archive": lambda data: b"maria" + data,
    "after the archive": lambda data: data + b"maria",
    "before the directory": lambda data: data.replace(b"PK\1\2", b"mariaPK\1\2", 1),
    "a wrong sum": lambda data: data[:14] + b"mari" + data[18:],
    "behind a packed member": lambda data: longer(data, b"maria"),
    "not packed": lambda data: data.replace(b"\x08\0", b"\x0e\0"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("place", WORD)
def test_a_leak_in_a_word_document(place: str, files: dict[str, bytes]) -> None:
    """LK4, LK5: the text over all its runs, every attribute and member, and what stands between and around them."""
    assert gate(sent("docx", zipped(files["docx"]))) == ()
    assert WORD[place](files["docx"]) != files["docx"]
    assert_caught(sent("docx", WORD[place](files["docx"])), "in part 2")


def chunk(kind: bytes, inside: bytes) -> bytes:
    return struct.pack(">I", len(inside)) + kind + inside + struct.pack(">I", binascii.crc32(kind + inside))


def before_pixels(more: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data[:33] + more + data[33:]


def packed_anew(change: Callable[[bytes], bytes], behind: bytes = b"") -> Callable[[bytes], bytes]:
    """A PNG with other pixels, or octets behind them in the same chunk."""

    def anew(data: bytes) -> bytes:
        (size,) = struct.unpack(">I", data[33:37])
        pixels = zlib.decompress(data[41 : 41 + size])
        return data[:33] + chunk(b"IDAT", zlib.compress(change(pixels)) + behind) + chunk(b"IEND", b"")

    return anew


PNG: dict[str, Callable[[bytes], bytes]] = {
    "tEXt": before_pixels(chunk(b"tEXt", b"Author\0maria.lopez@post.example")),
    "zTXt": before_pixels(chunk(b"zTXt", b"Author\0\0" + zlib.compress(LEAK.encode()))),
    "iTXt": before_pixels(chunk(b"iTXt", b"Author\0\0\0\0\0maria")),
    "eXIf": before_pixels(chunk(b"eXIf", b"MM\0*maria")),
    "iCCP": before_pixels(chunk(b"iCCP", b"maria\0\0" + zlib.compress(b"x"))),
    "an own chunk": before_pixels(chunk(b"maRi", b"maria")),
    "a wrong sum": lambda data: data[:29] + b"mari" + data[33:],
    "in the last chunk": lambda data: data[:-12] + chunk(b"IEND", b"maria"),
    "after the end": lambda data: data + b"maria.lopez@post.example",
    "before the beginning": lambda data: b"maria" + data,
    "more rows than are shown": packed_anew(lambda pixels: pixels + b"maria.lopez@post.example"),
    "behind the pixels": packed_anew(lambda pixels: pixels, b"maria.lopez@post.example"),
    "no picture": lambda _: b"maria.lopez@post.example",
}
JPEG: dict[str, Callable[[bytes], bytes]] = {
    "COM": lambda data: data[:2] + b"\xff\xfe\0\7maria" + data[2:],
    "EXIF": lambda data: data[:2] + b"\xff\xe1\0\x0dExif\0\0maria" + data[2:],
    "APP13": lambda data: data[:2] + b"\xff\xed\0\7maria" + data[2:],
    "APP15": lambda data: data[:20] + b"\xff\xef\0\7maria" + data[20:],
    "a thumbnail": lambda data: data[:4] + b"\0\x13" + data[6:18] + b"\1\1mar" + data[20:],
    "after the end": lambda data: data + b"maria.lopez@post.example",
    "before the end": lambda data: data[:-2] + b"\xff\xfe\0\7maria\xff\xd9",
    "before the beginning": lambda data: b"maria" + data,
    "no end": lambda data: data[:-2],
    "no picture": lambda _: b"maria.lopez@post.example",
}


@pytest.mark.parametrize(("ending", "place"), [*(("png", p) for p in PNG), *(("jpg", p) for p in JPEG)])
def test_a_leak_in_a_picture(ending: str, place: str, files: dict[str, bytes]) -> None:
    """LK4: a picture is pixels and nothing else, before, between or behind them."""
    assert gate(sent("png", packed_anew(lambda pixels: pixels)(files["png"]))) == ()
    changed = {"png": PNG, "jpg": JPEG}[ending][place](files[ending])
    assert changed != files[ending]
    assert_caught(sent(ending, changed), "in part 2")


@pytest.mark.parametrize(
    "kind", ["text/html", "message/rfc822", "application/zip", "image/svg+xml", "application/json"]
)
def test_a_kind_that_we_never_write(kind: str) -> None:
    """LK5: what the gate has no reader for does not leave."""
    assert_caught(finished(attachments=(("attachment-1.txt", kind, b"x"),)), "part 2 is of a kind")


@pytest.mark.parametrize(
    ("ending", "bomb"),
    [
        ("pdf", lambda: b"%PDF-1.3\n" + flate(b"\n" * 30_000_000)),
        (
            "docx",
            lambda: zipped(written("word", "x"), lambda name, inside: inside + b" " * 30_000_000 * ("styles" in name)),
        ),
    ],
)
def test_a_bomb_is_held(ending: str, bomb: Callable[[], bytes]) -> None:
    """MB12: a stream that grows without end is not unpacked."""
    assert "too large to be searched" in gate(sent(ending, bomb()))
