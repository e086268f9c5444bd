"""Attachments of all kinds; small enough to be made here, true enough to be opened."""

# ruff: noqa: E501 - a row is a whole hostile message, or a table of signs

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

from tests.torture.case import AFTER, BEFORE, Maker, attached, mail, multipart, part


def make(maker: Maker) -> None:
    """One attachment a case, and the names and wrappings of attachments."""
    for where, kind, name, content in _FILES:
        address = maker.address()
        content_type, octets = multipart([part(f"{BEFORE}\n\n{AFTER}\n"), attached(content(address), kind, name)])
        expect = "hold_ok" if "encrypted" in where or where in _HARMFUL else "accept"
        maker.add("file", where, mail(address, octets, content_type, "7bit"), writer=address, expect=expect)
    _names(maker)
    _wrapped(maker)


_HARMFUL = ("Windows link", "URL file", "program", "script", "file name, right-to-left")  # held by whoever is careful


def zipped(entries: dict[str, bytes], comment: bytes = b"", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name, (2025, 3, 3, 10, 12, 0)), data, method)
        archive.comment = comment
    return out.getvalue()


def _tar(name: str, data: bytes, owner: str = "") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size, entry.uname = len(data), owner[:31]
        archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def pdf(text: str, meta: str = "", compressed: bool = True, more: str = "") -> bytes:
    stream = f"BT /F1 12 Tf 50 700 Td ({text}) Tj ET".encode()
    data, way = (zlib.compress(stream), "/Filter/FlateDecode") if compressed else (stream, "")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>{more}>>".encode(),
        f"<</Length {len(data)}{way}>>stream\n".encode() + data + b"\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>", f"<</Author({meta})/Title({meta})>>".encode(),
    ]  # fmt: skip
    out, at = b"%PDF-1.4\n", []
    for number, inside in enumerate(objects, 1):
        at.append(len(out))
        out += f"{number} 0 obj".encode() + inside + b"endobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in at)
    head = f"xref\n0 {len(at) + 1}\n0000000000 65535 f \n{table}"
    return out + f"{head}trailer<</Size {len(at) + 1}/Root 1 0 R/Info 6 0 R>>\nstartxref\n{len(out)}\n%%EOF".encode()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def docx(body: str, more: dict[str, bytes] | None = None) -> bytes:
    types = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    rels = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'
    document = f"<w:document {W}><w:body>{body}</w:body></w:document>"
    return zipped(
        {
            "[Content_Types].xml": types.encode(),
            "_rels/.rels": rels.encode(),
            "word/document.xml": document.encode(),
            **(more or {}),
        }
    )


def run(*texts: str) -> str:
    return "<w:p>" + "".join(f"<w:r><w:t>{text}</w:t></w:r>" for text in texts) + "</w:p>"


def _odt(text: str, meta: str = "") -> bytes:
    content = f'<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text><text:p>{text}</text:p></office:text></office:body></office:document-content>'
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.text",
            "content.xml": content.encode(),
            "meta.xml": f"<m>{meta}</m>".encode(),
        }
    )


def png(kind: bytes, data: bytes) -> bytes:
    def chunk(name: bytes, inside: bytes) -> bytes:
        return struct.pack(">I", len(inside)) + name + inside + struct.pack(">I", zlib.crc32(name + inside))

    head, pixels = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)), chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(kind, data) + pixels + chunk(b"IEND", b"")


def _jpeg(marker: int, data: bytes) -> bytes:
    return b"\xff\xd8" + bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data + b"\xff\xd9"


def _mp3(address: str) -> bytes:
    frame = b"\x03" + address.encode()
    tag = b"TPE1" + struct.pack(">I", len(frame)) + b"\0\0" + frame
    return b"ID3\x03\0\0" + bytes((0, 0, len(tag) >> 7, len(tag) & 127)) + tag


VCARD = "BEGIN:VCARD\r\nVERSION:{v}\r\nFN:Rosa\r\nEMAIL{p}:{a}\r\nEND:VCARD\r\n"
_OCTETS = "application/octet-stream"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CALENDAR = 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{m}\r\nBEGIN:{k}\r\nUID:{a}\r\nORGANIZER:mailto:{a}\r\nATTENDEE;SENT-BY="mailto:{a}":mailto:x@example.net\r\nCONTACT:{a}\r\nSUMMARY:x\r\nEND:{k}\r\nEND:VCALENDAR\r\n'

_FILES: tuple[tuple[str, str, str, Callable[[str], bytes]], ...] = (
    ("vCard 4.0", "text/vcard", "r.vcf", lambda a: VCARD.format(v="4.0", p=";TYPE=home", a=a).encode()),
    ("vCard 2.1, base64", "text/x-vcard", "r.vcf", lambda a: VCARD.format(v="2.1", p=";ENCODING=BASE64", a=base64.b64encode(a.encode()).decode()).encode()),
    ("vCard folded", "text/vcard", "r.vcf", lambda a: VCARD.format(v="3.0", p="", a=a[:9] + "\r\n " + a[9:]).encode()),
    ("vCard in UTF-16", "text/vcard", "r.vcf", lambda a: VCARD.format(v="3.0", p="", a=a).encode("utf-16")),
    ("jCard", "application/vcard+json", "r.json", lambda a: f'["vcard",[["email",{{}},"text","{a}"]]]'.encode()),
    ("xCard", "application/vcard+xml", "r.xml", lambda a: f"<vcards><vcard><email><text>{a}</text></email></vcard></vcards>".encode()),
    ("calendar invite", "text/calendar; method=REQUEST", "i.ics", lambda a: CALENDAR.format(m="REQUEST", k="VEVENT", a=a).encode()),
    ("calendar reply", "text/calendar; method=REPLY", "i.ics", lambda a: CALENDAR.format(m="REPLY", k="VEVENT", a=a).encode()),
    ("to-do", "text/calendar", "i.ics", lambda a: CALENDAR.format(m="PUBLISH", k="VTODO", a=a).encode()),
    ("free/busy", "text/calendar", "i.ifb", lambda a: CALENDAR.format(m="PUBLISH", k="VFREEBUSY", a=a).encode()),
    ("text", "text/plain", "note.txt", lambda a: f"write to {a}".encode()),
    ("text in UTF-16", "text/plain; charset=utf-16", "note.txt", lambda a: f"write to {a}".encode("utf-16")),
    ("Markdown", "text/markdown", "note.md", lambda a: f"<{a}>".encode()),
    ("CSV", "text/csv", "t.csv", lambda a: f"name;mail\nRosa;{a}\n".encode()),
    ("CSV formula", "text/csv", "t.csv", lambda a: f'=HYPERLINK("mailto:{a}")\n'.encode()),
    ("HTML", "text/html", "p.html", lambda a: f"<p>{a}</p>".encode()),
    ("MHTML", "multipart/related", "p.mht", lambda a: f"From: {a}\r\n\r\n{a}".encode()),
    ("XML", "application/xml", "p.xml", lambda a: f"<m a='{a}'/>".encode()),
    ("JSON", "application/json", "p.json", lambda a: f'{{"m": "{a}"}}'.encode()),
    ("YAML", "application/yaml", "p.yml", lambda a: f"m: {a}".encode()),
    ("SVG", "image/svg+xml", "p.svg", lambda a: f'<svg xmlns="http://www.w3.org/2000/svg"><text>{a}</text></svg>'.encode()),
    ("SVGZ", "image/svg+xml", "p.svgz", lambda a: gzip.compress(f"<svg><text>{a}</text></svg>".encode(), mtime=0)),
    ("RTF", "application/rtf", "p.rtf", lambda a: f"{{\\rtf1{{\\info{{\\author {a}}}}} {a}}}".encode()),
    ("RTF, hex", "application/rtf", "p.rtf", lambda a: ("{\\rtf1 " + "".join(f"\\'{o:02x}" for o in a.encode()) + "}").encode()),
    ("PDF, compressed text", "application/pdf", "p.pdf", lambda a: pdf(a)),
    ("PDF, plain text", "application/pdf", "p.pdf", lambda a: pdf(a, compressed=False)),
    ("PDF, author", "application/pdf", "p.pdf", lambda a: pdf("x", a)),
    ("PDF, link", "application/pdf", "p.pdf", lambda a: pdf("x", more=f"/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(mailto:{a})>>>>]")),
    ("PDF, note", "application/pdf", "p.pdf", lambda a: pdf("x", more=f"/Annots[<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents({a})/T({a})>>]")),
    ("PDF behind its end", "application/pdf", "p.pdf", lambda a: pdf("x") + b"\n" + a.encode()),
    ("PDF said to be text", "text/plain", "p.txt", lambda a: pdf(a)),
    ("DOCX", WORD, "p.docx", lambda a: docx(run(a))),
    ("DOCX, split runs", WORD, "p.docx", lambda a: docx(run(a[:4], a[4:9], a[9:]))),
    ("DOCX, deleted text", WORD, "p.docx", lambda a: docx(f'<w:p><w:del w:author="{a}"><w:r><w:delText>{a}</w:delText></w:r></w:del></w:p>')),
    ("DOCX, hidden text", WORD, "p.docx", lambda a: docx(f"<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>{a}</w:t></w:r></w:p>")),
    ("DOCX, core properties", WORD, "p.docx", lambda a: docx(run("x"), {"docProps/core.xml": f"<c><creator>{a}</creator></c>".encode()})),
    ("DOCX, header", WORD, "p.docx", lambda a: docx(run("x"), {"word/header1.xml": f"<w:hdr {W}>{run(a)}</w:hdr>".encode()})),
    ("DOCX, custom XML", WORD, "p.docx", lambda a: docx(run("x"), {"customXml/item1.xml": f"<x>{a}</x>".encode()})),
    ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "t.xlsx", lambda a: zipped({"xl/sharedStrings.xml": f"<sst><si><t>{a}</t></si></sst>".encode()})),
    ("PPTX", "application/vnd.openxmlformats-officedocument.presentationml.presentation", "t.pptx", lambda a: zipped({"ppt/slides/slide1.xml": f"<a:t>{a}</a:t>".encode()})),
    ("ODT", "application/vnd.oasis.opendocument.text", "p.odt", lambda a: _odt(a)),
    ("ODT, meta", "application/vnd.oasis.opendocument.text", "p.odt", lambda a: _odt("x", a)),
    ("Pages", "application/vnd.apple.pages", "p.pages", lambda a: zipped({"Index/Document.iwa": a.encode()})),
    ("EPUB", "application/epub+zip", "p.epub", lambda a: zipped({"OEBPS/content.opf": a.encode()})),
    ("zip", "application/zip", "a.zip", lambda a: zipped({"note.txt": a.encode()})),
    ("zip, name", "application/zip", "a.zip", lambda a: zipped({f"{a}.txt": b"x"})),
    ("zip, comment", "application/zip", "a.zip", lambda a: zipped({"x": b"x"}, a.encode())),
    ("zip in zip", "application/zip", "a.zip", lambda a: zipped({"b.zip": zipped({"n": a.encode()})})),
    ("zip, stored, said to be a picture", "image/png", "a.png", lambda a: zipped({"n": a.encode()}, method=zipfile.ZIP_STORED)),
    ("zip, encrypted", "application/zip", "a.zip", lambda a: bytes(_flagged(zipped({"n": a.encode()})))),
    ("tar", "application/x-tar", "a.tar", lambda a: _tar("n.txt", a.encode())),
    ("tar, owner and name", "application/x-tar", "a.tar", lambda a: _tar(a, b"x", a)),
    ("tar.gz", "application/gzip", "a.tgz", lambda a: gzip.compress(_tar("n.txt", a.encode()), mtime=0)),
    ("gzip", "application/gzip", "a.gz", lambda a: gzip.compress(a.encode(), mtime=0)),
    ("bzip2", "application/x-bzip2", "a.bz2", lambda a: bz2.compress(a.encode())),
    ("xz", "application/x-xz", "a.xz", lambda a: lzma.compress(a.encode())),
    ("7z, header only", "application/x-7z-compressed", "a.7z", lambda a: b"7z\xbc\xaf\x27\x1c\0\4" + a.encode()),
    ("RAR, header only", "application/vnd.rar", "a.rar", lambda a: b"Rar!\x1a\x07\x01\0" + a.encode()),
    ("PNG tEXt", "image/png", "p.png", lambda a: png(b"tEXt", b"Author\0" + a.encode())),
    ("PNG iTXt", "image/png", "p.png", lambda a: png(b"iTXt", b"Author\0\0\0\0\0" + a.encode())),
    ("PNG zTXt", "image/png", "p.png", lambda a: png(b"zTXt", b"Author\0\0" + zlib.compress(a.encode()))),
    ("PNG behind its end", "image/png", "p.png", lambda a: png(b"tEXt", b"x\0y") + a.encode()),
    ("JPEG comment", "image/jpeg", "p.jpg", lambda a: _jpeg(0xFE, a.encode())),
    ("JPEG EXIF", "image/jpeg", "p.jpg", lambda a: _jpeg(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x3b\0\2" + struct.pack(">II", len(a) + 1, 26) + b"\0\0\0\0" + a.encode() + b"\0")),
    ("JPEG XMP", "image/jpeg", "p.jpg", lambda a: _jpeg(0xE1, b"http://ns.adobe.com/xap/1.0/\0<dc:creator>" + a.encode() + b"</dc:creator>")),
    ("JPEG IPTC", "image/jpeg", "p.jpg", lambda a: _jpeg(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\x1c\x02\x50\0" + bytes((len(a),)) + a.encode())),
    ("GIF comment", "image/gif", "p.gif", lambda a: b"GIF89a\1\0\1\0\0\0\0!\xfe" + bytes((len(a),)) + a.encode() + b"\0;"),
    ("TIFF artist", "image/tiff", "p.tif", lambda a: b"MM\0*\0\0\0\x08\0\1\1\x3b\0\2" + struct.pack(">II", len(a) + 1, 26) + b"\0\0\0\0" + a.encode() + b"\0"),
    ("WebP EXIF", "image/webp", "p.webp", lambda a: b"RIFF\0\0\0\0WEBPEXIF" + struct.pack("<I", len(a)) + a.encode()),
    ("HEIC", "image/heic", "p.heic", lambda a: b"\0\0\0\x18ftypheic" + a.encode()),
    ("MP3 artist", "audio/mpeg", "p.mp3", _mp3),
    ("MP4 title", "video/mp4", "p.mp4", lambda a: b"\0\0\0\x18ftypmp42\0\0\0\0" + b"\0\0\0\x40\xa9ART" + a.encode()),
    ("font", "font/ttf", "p.ttf", lambda a: b"\0\1\0\0" + a.encode("utf-16-be")),
    ("OLE message", "application/vnd.ms-outlook", "m.msg", lambda a: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 64 + a.encode("utf-16-le")),
    ("TNEF", "application/ms-tnef", "winmail.dat", lambda a: b"\x78\x9f\x3e\x22" + a.encode()),
    ("mbox", "application/mbox", "m.mbox", lambda a: f"From {a} Mon Mar  3 10:12:00 2025\nFrom: {a}\n\n{a}\n".encode()),
    ("eml as octets", _OCTETS, "m.eml", lambda a: f"From: {a}\r\n\r\n{a}".encode()),
    ("eml in base64", "message/rfc822", "m.eml", lambda a: f"From: {a}\r\n\r\n{a}".encode()),
    ("S/MIME signature", "application/pkcs7-signature", "smime.p7s", lambda a: b"0\x82\1\2" + a.encode()),
    ("certificate, PEM", "application/x-pem-file", "c.pem", lambda a: b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(b"0\x82" + a.encode()) + b"-----END CERTIFICATE-----\n"),
    ("PKCS #12", "application/x-pkcs12", "c.p12", lambda a: b"0\x82\1\2" + a.encode("utf-16-be")),
    ("OpenPGP key", "application/pgp-keys", "k.asc", lambda a: b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n" + base64.encodebytes(b"\x99" + a.encode()) + b"-----END PGP PUBLIC KEY BLOCK-----\n"),
    ("OpenPGP signature", "application/pgp-signature", "s.asc", lambda a: b"-----BEGIN PGP SIGNATURE-----\n\n" + base64.encodebytes(a.encode()) + b"-----END PGP SIGNATURE-----\n"),
    ("SQLite", "application/vnd.sqlite3", "d.db", lambda a: b"SQLite format 3\0" + a.encode()),
    ("Windows link", "application/x-ms-shortcut", "l.lnk", lambda a: b"L\0\0\0\1\x14\2\0" + a.encode("utf-16-le")),
    ("URL file", "application/internet-shortcut", "l.url", lambda a: f"[InternetShortcut]\r\nURL=mailto:{a}\r\n".encode()),
    ("program", "application/x-msdownload", "p.exe", lambda a: b"MZ" + a.encode()),
    ("script", "text/javascript", "p.js", lambda a: f'mail = "{a}"'.encode()),
    ("patch", "text/x-diff", "p.diff", lambda a: f"From: Rosa <{a}>\nSigned-off-by: Rosa <{a}>\n".encode()),
    ("log", "text/x-log", "p.log", lambda a: f"login {a}\n".encode()),
    ("uuencoded file", "text/plain", "p.uu", lambda a: b"begin 644 x\n" + __import__("binascii").b2a_uu(a.encode()) + b"`\nend\n"),
    ("empty type", "", "p.bin", str.encode),
    ("type of nonsense", "nonsense", "p.bin", str.encode),
    ("delivery report", "message/delivery-status", "d.txt", lambda a: f"Final-Recipient: rfc822;{a}\r\n".encode()),
    ("external body", 'message/external-body; access-type=mail-server; server="x"', "e", lambda a: f"Content-Type: text/plain\r\n\r\n{a}".encode()),
    ("HTTP message", "message/http", "h", lambda a: f"GET /{a} HTTP/1.1\r\n".encode()),
    ("news message", "message/news", "n", lambda a: f"From: {a}\r\n\r\n".encode()),
)  # fmt: skip


def _flagged(archive: bytes) -> bytearray:
    marked = bytearray(archive)
    marked[6] |= 1
    return marked


def _names(maker: Maker) -> None:
    for where, name in (
        ("file name", "{a}.pdf"), ("file name, reversed", "{r}.pdf"), ("file name, percent", "{l}%40{d}.pdf"),
        ("file name, underscore", "{l}_at_{d}.pdf"), ("file name, right-to-left", "{a}\u202efdp.exe"), ("file name, path", "../../{a}/x.pdf"),
        ("file name, Windows path", "C:\\\\Users\\\\{a}\\\\x.pdf"), ("file name, full width", "{w}.pdf"), ("file name, 300 letters", "{a}" + "x" * 300),
    ):  # fmt: skip
        address = maker.address()
        local, _, domain = address.partition("@")
        wide = "".join(chr(ord(c) + 0xFEE0) for c in address)
        written = name.format(a=address, r=address[::-1], l=local, d=domain, w=wide)
        content, octets = multipart([part(f"{BEFORE}\n\n{AFTER}\n"), attached(b"x", "application/pdf", written)])
        expect = "hold_ok" if where in _HARMFUL else "accept"
        maker.add("file", where, mail(address, octets, content, "7bit"), writer=address, expect=expect)


def _wrapped(maker: Maker) -> None:
    """Messages within messages, and parts that carry files in their own ways."""
    text = part(f"{BEFORE}\n\n{AFTER}\n")

    def inner(address: str) -> bytes:
        return mail(address, f"see {address}", headers=[("Received", f"for <{address}>"), ("Subject", address)])

    for where, wrap in (
        ("message/rfc822", lambda a: part(inner(a), "message/rfc822", "7bit")),
        ("message/rfc822, in line", lambda a: part(inner(a), "message/rfc822", "7bit", "Content-Disposition: inline\r\n")),
        ("message/rfc822 twice", lambda a: part(mail("x@example.net", inner(a), "message/rfc822", "7bit"), "message/rfc822", "7bit")),
        ("message/global", lambda a: part(inner(a), "message/global", "8bit")),
        ("digest", lambda a: part(*_pair([b"\r\n" + inner(a)], "digest"))),
        ("appledouble", lambda a: part(*_pair([part(base64.encodebytes(a.encode()), "application/applefile", "base64"), part(a, "text/plain")], "appledouble"))),
        ("parallel", lambda a: part(*_pair([part(f"see {a}")], "parallel"))),
        ("related, picture with cid", lambda a: part(*_pair([part(f"<p>x<img src='cid:{a}'>", "text/html"), part("x", "image/png", more=f"Content-ID: <{a}>\r\n")], "related"))),
        ("form-data", lambda a: part(*_pair([part(a, more='Content-Disposition: form-data; name="mail"\r\n')], "form-data"))),
        ("x-mixed-replace", lambda a: part(*_pair([part(a)], "x-mixed-replace"))),
        ("byteranges", lambda a: part(*_pair([part(a)], "byteranges"))),
        ("rfc822 headers", lambda a: part(f"From: {a}\n", "text/rfc822-headers")),
    ):  # fmt: skip
        address = maker.address()
        content, octets = multipart([text, wrap(address)])
        maker.add("file", where, mail(address, octets, content, "7bit"), writer=address)
    for where, kind in (
        ("the whole letter is a PDF", "application/pdf"),
        ("the whole letter is a picture", "image/png"),
    ):
        address = maker.address()
        octets = base64.encodebytes(pdf(address) if "PDF" in where else png(b"tEXt", b"x\0" + address.encode()))
        maker.add("file", where, mail(address, octets, kind, "base64"), writer=address, honest=())
    address = maker.address()
    content, octets = multipart(
        [text, part(f"x {address}", "application/pgp-signature")], "signed", more="; protocol=x; micalg=y"
    )
    maker.add("file", "multipart/signed", mail(address, octets, content, "7bit"), writer=address)
    address = maker.address()
    content, octets = multipart([part("Version: 1", "application/pgp-encrypted"), part(address, _OCTETS)], "encrypted")
    maker.add(
        "file",
        "multipart/encrypted",
        mail(address, octets, content, "7bit"),
        writer=address,
        honest=(),
        expect="hold_ok",
    )
    address = maker.address()
    maker.add("file", "message/partial", mail(address, inner(address), "message/partial; id=7; number=1; total=2", "7bit"),
              writer=address, honest=(), expect="hold_ok")  # fmt: skip
    address = maker.address()
    signed = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{BEFORE}\n{AFTER}\n-----BEGIN PGP SIGNATURE-----\n\n{base64.encodebytes(b'x' * 40 + address.encode()).decode()}-----END PGP SIGNATURE-----\n"
    maker.add("file", "clear-signed text", mail(address, signed), writer=address)


def _pair(parts: list[bytes], kind: str) -> tuple[bytes, str, str]:
    content, octets = multipart(parts, kind, "=_inside")
    return octets, content, "7bit"
