"""What is read in an attachment, and what is unscanned."""

from __future__ import annotations

import gzip
import io
import signal
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import billiard
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from intake import attachment, view
from intake.attachment import beside, cell
from intake.letter import Attachment, Letter
from intake.pii import Tag
from intake.reader import FileTags, Tags, open_tags
from intake.vault import DataKey
from tests.conftest import cpu_seconds
from tests.limit import OutOfTime, limited

FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
SAID = b"BT /F1 12 Tf 72 720 Td (My name is Jan Kowalski) Tj ET"


def pdf(content: bytes = SAID, *more: bytes, page: bytes = b"", root: bytes = b"", font: bytes = FONT) -> bytes:
    """A PDF of one page; `more` are the objects from number 7 on, number 6 is the information about the file."""
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % root,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> %s >> >>" % page,
        content if content.startswith(b"<<") else b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        font,
        b"<< /Author (Anna Nowak) /CreationDate (D:20230101) >>",
        *more,
    )
    written, offsets = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return written + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R /Info 6 0 R"
        b" /ID [(\x9d\x9e\x9f) <9d9e9f80ff>] >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, table, len(objects) + 1, len(written))
    )


def stream(head: bytes, data: bytes = b"") -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (head, len(data), data)


WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def paragraphs(*texts: str, root: str = "document") -> str:
    inside = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in texts)
    return f"<w:{root} {WORD}>{inside}</w:{root}>"


def relations(kind: str, target: str = "x.xml", mode: str = "Internal") -> str:
    one = f'<Relationship Id="r1" Type="{KINDS}/{kind}" Target="{target}" TargetMode="{mode}"/>'
    return f"<Relationships>{one}</Relationships>"


def docx(body: str = paragraphs("My name is Jan Kowalski"), more: Mapping[str, str | bytes] | None = None) -> bytes:
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations("officeDocument", "word/document.xml"),
        "word/document.xml": body,
        **(more or {}),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in parts.items():
            package.writestr(name, part)
    return file.getvalue()


def read(data: bytes | str, name: str = "", kind: str = "") -> str | None:
    return attachment.read(Attachment(name, kind, data.encode() if isinstance(data, str) else data))


def has(text: str | None, *wanted: str) -> bool:
    return text is not None and all(one in text for one in wanted)


# ── what is read ─────────────────────────────────────────────────────────────────────────────────────────────────

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/" xmlns:d="http://purl.org/dc/elements/1.1/"><d:creator>Ewa Lis</d:creator>'
    b"</x:xmpmeta>"
)


@pytest.mark.parametrize(
    ("data", "name", "wanted"),
    [
        ("Jan\r\nKowalski", "a.txt", ["Jan\nKowalski"]),
        ("żółw", "a.md", ["żółw"]),
        ("żółw".encode("utf-8-sig"), "a.log", ["żółw"]),
        ("żółw".encode("utf-16"), "", ["żółw"]),
        ("The lamp: żółw".encode("utf-16-le"), "a.txt", ["The lamp: żółw"]),
        ("The lamp: żółw".encode("utf-16-be"), "a.txt", ["The lamp: żółw"]),
        ("Müller schrieb: “dark”".encode("cp1252"), "a.txt", ["Müller schrieb: “dark”"]),
        (("The lamp is dark. " * 60 + "Müller").encode("cp1252"), "a.log", ["Müller"]),
        ("name;city\nMüller;Köln".encode("cp1252"), "a.csv", ["name: Müller\ncity: Köln"]),
        ("", "", [""]),
        ("full_name;ssn\nJan Kowalski;123-45-6789\n;", "a.csv", ["full name: Jan Kowalski\nssn: 123-45-6789"]),
        ('name,note\n"Lis, Ewa","a ""b"""', "a.csv", ["name: Lis, Ewa", 'note: a "b"']),
        ("phone\tzip\n860-555-0142\t06103\t7", "a.tsv", ["phone: 860-555-0142", "zip: 06103\n7"]),
        ("Kowalski;Jan\nNowak;Anna", "a.csv", ["Kowalski;Jan\nNowak;Anna"]),
        ('name,x\n"broken', "a.csv", ['name,x\n"broken']),
        (r'{"name": "Micha\u0142 \ud83d\ude00", "path": "C:\\new"}', "a.json", ["Michał 😀", r"C:\new"]),
        ("<a b='Lis &amp; Co'>Micha&#322;<!-- Ewa --></a>", "a.xml", ["b: Lis & Co", "a: Michał", "Ewa"]),
        (
            "<html><title>For Ewa</title><p title='of \"Jan\"'>Micha&#322;</p><a href=mailto:lis@mail.example>w</a>"
            "<!--old-->",
            "a.html",
            ["Michał", "title: For Ewa", 'title: of "Jan', "href: mailto:lis@mail.example", "old"],
        ),
        (pdf(), "a.pdf", [f"My name is Jan Kowalski\n{beside.LINE}\nAuthor: Anna Nowak"]),
        (pdf(stream(b"/Filter /FlateDecode", zlib.compress(SAID))), "a.pdf", ["My name is Jan Kowalski"]),
        (
            pdf(
                SAID,
                b"<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents (call 860-555-0142) /T (Ola) >>",
                b"<< /FT /Tx /T (born) /V (1980-05-17) /Subtype /Widget /Rect [0 0 9 9] /AP << /N 9 0 R >> >>",
                stream(
                    b"/Subtype /Form /BBox [0 0 9 9] /Resources << /Font << /F1 5 0 R >> >>",
                    b"BT /F1 9 Tf (17 May) Tj ET",
                ),
                b"<< /Title (chapter of Ola) >>",
                stream(b"/Type /Metadata /Subtype /XML", XMP),
                b"(Bela Kis)",
                b"<< /Keywords 12 0 R >>",
                page=b">> /Annots [7 0 R 8 0 R] /X <<",
                root=b"/AcroForm << /Fields [8 0 R] >> /Outlines 10 0 R /Metadata 11 0 R",
            ),
            "a.pdf",
            [
                "call 860-555-0142", "T: Ola", "born: 1980-05-17", "17 May", "Title: chapter of Ola",
                "creator: Ewa Lis", "Bela Kis",
            ],
        ),
        (docx(), "a.docx", ["My name is Jan Kowalski"]),
        (
            docx(
                f'<w:document {WORD}><w:p><w:ins w:author="Ewa Lis"><w:r><w:t>860-</w:t></w:r><w:r>'
                "<w:t>555-0142</w:t></w:r></w:ins></w:p>"
                '<w:p><w:del w:author="Ola"><w:r><w:delText>gone</w:delText></w:r></w:del></w:p><w:tbl>'
                "<w:tr><w:tc><w:p><w:r><w:t>Born:</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>1980-05-17</w:t></w:r></w:p>"
                "</w:tc></w:tr></w:tbl></w:document>",
                {
                    "word/header1.xml": paragraphs("at the head", root="hdr"),
                    "word/footer1.xml": paragraphs("at the foot", root="ftr"),
                    "word/footnotes.xml": paragraphs("a note", root="footnotes"),
                    "word/comments.xml": f'<w:comments {WORD}><w:comment w:author="Jan N"><w:p><w:r>'
                    "<w:t>why?</w:t></w:r></w:p></w:comment></w:comments>",
                    "word/_rels/document.xml.rels": relations("hyperlink", "mailto:lis@mail.example", "External"),
                    "docProps/core.xml": "<cp><creator>Anna Nowak</creator></cp>",
                },
            ),
            "a.docx",
            [
                "860-555-0142", "author: Ewa Lis", "gone", "author: Ola", "Born: \t1980-05-17", "at the head",
                "at the foot", "a note", "why?", "author: Jan N", "link: mailto:lis@mail.example",
                "creator: Anna Nowak",
            ],
        ),
        (
            "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Kowalski;Jan;;;\r\nitem1.TEL;TYPE=home:860-555\r\n -0142\r\n"
            "BDAY:19800517\r\nADR:;;12 Elm Street;Hartford;CT;06103;\r\nNOTE:one\\, two\\nthree\r\nEND:VCARD\r\n",
            "a.vcf",
            [
                "Name: Kowalski Jan", "Phone: 860-555-0142", "Date of birth: 1980-05-17",
                "Address: 12 Elm Street, Hartford, CT, 06103", "Note: one, two\nthree",
            ],
        ),
        (
            "BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Micha=C5=82 =\r\nLis\r\n"
            "NOTE:two\r\n words\r\nEND:VCARD",
            "a.vcf",
            ["Name: Michał Lis", "Note: two words"],
        ),
        (
            'BEGIN:VCALENDAR\nBEGIN:VEVENT\nATTENDEE;CN="Lis: Ewa";RSVP=TRUE:mailto:lis@mail.example\n'
            "DTSTART:20240102T090000Z\nSUMMARY:Visit\nEND:VEVENT\nEND:VCALENDAR",
            "a.ics",
            ["Attendee: mailto:lis@mail.example", "Name: Lis: Ewa", "Dtstart: 2024-01-02 09:00", "Subject: Visit"],
        ),
    ],
)  # fmt: skip
def test_all_that_a_file_says_is_read(data: bytes | str, name: str, wanted: list[str]) -> None:
    """Text, headings beside cells, properties, notes, authors, links and fields."""
    text = read(data, name)
    assert has(text, *wanted), text


def test_the_frame_of_a_contact_card_is_not_said() -> None:
    """ "Begin: VCARD" is nobody's name, and says nothing to the person who reads."""
    card = "BEGIN:VCARD\nVERSION:3.0\nPRODID:-//A//B//EN\nFN:Ana Pond\nEND:VCARD"
    assert read(card, "a.vcf").strip() == "Name: Ana Pond"


# ── what is not ──────────────────────────────────────────────────────────────────────────────────────────────────

HIDDEN_IN = {
    "picture": pdf(SAID, stream(b"/Type /XObject /Subtype /Image /Width 1 /Height 1", b"x")),
    "picture behind a reference": pdf(SAID, stream(b"/Subtype 8 0 R /Width 1 /Height 1", b"x"), b"/Image"),
    "font of unknown letters behind a reference": pdf(
        SAID, b"/Font", b"<< /Type 7 0 R /Subtype /TrueType /BaseFont /ABCDEF+Own >>"
    ),
    "font that does not say it is one": pdf(font=b"<< /Subtype /TrueType /BaseFont /ABCDEF+Own >>"),
    "form that is missing": pdf(SAID + b" /X0 Do"),
    "letter map that is broken": pdf(
        SAID,
        stream(b"", b"1 beginbfchar <01> <zz> endbfchar"),
        font=b"<< /Type /Font /Subtype /TrueType /BaseFont /AB+Own /ToUnicode 7 0 R >>",
    ),
    "inline picture": pdf(SAID + b" BI /W 1 /H 1 /BPC 8 /CS /G ID x EI"),
    "no text": pdf(b"0 0 m 9 9 l S"),
    "drawn letters": pdf(SAID + b" 0 0 m 1 1 2 2 3 3 c" * 400),
    "font unknown to the page": pdf(SAID + b" BT /F2 9 Tf (abc) Tj ET"),
    "font of unknown letters": pdf(font=b"<< /Type /Font /Subtype /TrueType /BaseFont /ABCDEF+Own >>"),
    "font of named glyphs": pdf(
        font=b"<< /Type /Font /Subtype /Type1 /BaseFont /Own /Encoding << /Differences [65 /g1 /g2] >> >>"
    ),
    "composite font without letters": pdf(
        font=b"<< /Type /Font /Subtype /Type0 /BaseFont /Own /Encoding /Identity-H /DescendantFonts [] >>"
    ),
    "drawn font": pdf(SAID, b"<< /Type /Font /Subtype /Type3 >>"),
    "file inside": pdf(SAID, b"<< /Type /Filespec /F (a.txt) /EF << /F 8 0 R >> >>", stream(b"/Type /EmbeddedFile")),
    "script": pdf(SAID, b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"),
    "form of another kind": pdf(root=b"/AcroForm << /XFA 7 0 R >>"),
    "handwriting": pdf(SAID, b"<< /Type /Annot /Subtype /Ink /Rect [0 0 9 9] >>"),
    "signature": pdf(SAID, b"<< /Type /Sig /Contents <00ff> >>"),
    "octets of unknown kind": pdf(SAID, b"<< /V <9d9e9f80ff> /W (\x9d\x9e\x9f) >>"),
    "form without fonts": pdf(SAID, stream(b"/Subtype /Form /BBox [0 0 9 9]", SAID)),
    "damaged": pdf()[:-60],
    "shifted": pdf().replace(b"Anna Nowak", b"Anna"),
    "external entity": pdf(
        SAID,
        stream(
            b"/Type /Metadata /Subtype /XML",
            b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>',
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", HIDDEN_IN)
def test_a_pdf_that_shows_more_is_unscanned(why: str) -> None:
    """Pictures, unknown letters, files, scripts, forms and damage are never read as clean."""
    assert read(HIDDEN_IN[why], "a.pdf", "application/pdf") is None


def test_an_encrypted_pdf_is_unscanned() -> None:
    """Even when the password is empty."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf())))
    writer.encrypt("", "owner", algorithm="RC4-128")
    file = io.BytesIO()
    writer.write(file)
    assert read(file.getvalue(), "a.pdf") is None


def test_a_pdf_with_object_streams_and_a_letter_map_is_read() -> None:
    """Compressed objects and ToUnicode, as word processors write them."""
    letters = b"1 begincodespacerange <00> <ff> endcodespacerange 2 beginbfchar <01> <004A> <02> <0061> endbfchar"
    font = b"<< /Type /Font /Subtype /TrueType /BaseFont /AB+Own /FirstChar 1 /LastChar 2 /Widths [9 9]"
    font += b" /ToUnicode 7 0 R >>"
    file = io.BytesIO()
    writer = PdfWriter(
        clone_from=PdfReader(io.BytesIO(pdf(b"BT /F1 9 Tf <0102> Tj ET", stream(b"", letters), font=font)))
    )
    writer.write(file)
    assert has(read(file.getvalue(), "a.pdf"), "Ja")


LAUGHS = (
    '<!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)
DRAWN_IN = {
    "picture": docx(more={"word/media/image1.png": b"\x89PNG"}),
    "linked picture": docx(
        more={"word/_rels/document.xml.rels": relations("image", "https://pictures.example/a.png", "External")}
    ),
    "picture of the first page on a page": docx(
        more={
            "docProps/thumbnail.png": b"\x89PNG",
            "word/_rels/document.xml.rels": relations("image", "../docProps/thumbnail.png"),
        }
    ),
    "picture called a font": docx(more={"word/media/font1.ttf": b"\x89PNG"}),
    "signature": docx(more={"_xmlsignatures/sig1.xml": "<a/>", "_rels/.rels": relations("signature", "sig1.xml")}),
    "chart": docx(more={"word/_rels/document.xml.rels": relations("chart")}),
    "embedded": docx(more={"word/embeddings/a.xlsx": b"PK"}),
    "freehand": docx(f'<w:document {WORD} xmlns:a="a"><w:p><w:r><w:t>x</w:t></w:r><a:custGeom/></w:p></w:document>'),
    "macro": docx(more={"word/vbaProject.bin": b"\0"}),
    "no XML": docx("<w:document"),
    "no document": docx(more={})[:40],
    "billion laughs": docx(LAUGHS + "<l>&j;</l>"),
    "external entity": docx('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>'),
    "bomb": docx(more={"word/settings.xml": b"<a>" + b" " * 40_000_000 + b"</a>"}),
    "10 000 names": docx(more={f"word/p{n}.xml": "<a/>" for n in range(10_000)}),
    "deep": docx("<a>" * 100_000 + "</a>" * 100_000),
    "before": b"PK\x03\x04" + docx(),
    "behind": docx() + b"My name is Jan",
    "two of a name": docx(more={"word/Document.xml": "<a/>"}),
    "other archive": b"PK\x03\x04" + bytes(200),
}


@pytest.mark.parametrize("why", DRAWN_IN)
def test_a_document_that_shows_more_is_unscanned(why: str) -> None:
    """Pictures, charts, drawings, files inside, entities, bombs and archives of any other kind."""
    assert read(DRAWN_IN[why], "a.docx") is None


PAGE = "<!doctype html><p>Jan</p>"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("żółw".encode("utf-16-le")[:-1], "a.txt"),
        (b"Jan \x81", "a.txt"),
        (b"Jan \xfc\1", "a.txt"),
        (b"Jan\0", "a.txt"),
        (b"\x1b$BAB\x1b(B", "a.txt"),
        ("x" * (attachment.TEXT + 1), "a.txt"),
        ("data:image/png;base64," + "iVBORw0KGgo" * 30, "a.txt"),
        ("\n".join(["QUJD" * 19] * 5), "a.txt"),
        ("", "a.png"),
        (r"{\rtf1 Jan}", "a.txt"),
        (PAGE + "<img src=a.png>", "a.html"),
        (PAGE + "<p hidden>x", "a.html"),
        (PAGE + "<p style='display: none'>x", "a.html"),
        (PAGE + "<script>document.write(1)</script>", "a.html"),
        (PAGE + "<style>p::after{content:'x'}</style>", "a.html"),
        (PAGE + "<meta charset=gbk>żółw", "a.html"),
        ("<svg xmlns='http://www.w3.org/2000/svg'><path/></svg>", "a.xml"),
        ("<?xml-stylesheet href='a.xsl'?><a/>", "a.xml"),
        (LAUGHS + "<l>&j;</l>", "a.xml"),
        ('<!DOCTYPE a SYSTEM "file:///etc/hostname"><a>b</a>', "a.xml"),
        ("<a>" * 100_000, "a.xml"),
        ("[" * 200_000, "a.json"),
        ("not json", "a.json"),
        ("BEGIN:VCARD\nPHOTO;ENCODING=b:AAAA\nEND:VCARD", "a.vcf"),
        ("BEGIN:VCARD\nPHOTO:data:image/png;base64,AAAA\nEND:VCARD", "a.vcf"),
        ("BEGIN:VCARD\nFN;CHARSET=KLINGON;ENCODING=QUOTED-PRINTABLE:=41\nEND:VCARD", "a.vcf"),
        ("BEGIN:VCALENDAR\nATTACH;VALUE=BINARY;ENCODING=BASE64:AAAA\nEND:VCALENDAR", "a.ics"),
        (gzip.compress(b"Jan", mtime=0), "a.gz"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.doc"),
    ],
)
def test_what_is_not_all_text_is_unscanned(data: bytes | str, name: str) -> None:
    """Octets of no character set, pictures, what is hidden, files inside, too much and too deep."""
    assert read(data, name) is None


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (pdf(), "a.txt", ""),
        (pdf(), "a.pdf", "image/png"),
        (pdf(), "a.docx", ""),
        (b"GIF89a " + pdf(), "a.pdf", ""),
        (docx(), "a.pdf", ""),
        (docx(), "a.docx", "application/zip"),
        ("Jan", "a.pdf", ""),
        ("Jan", "a.jpg", "image/jpeg"),
        ("Jan", "a.txt", "text/html"),
        ("Jan", "a.txt", "message/rfc822"),
        ("Jan", "a.vcf", ""),
        ("Jan", "a.txt.exe", ""),
        (PAGE, "a.csv", "text/html"),
        ("From: a@mail.example\n\nJan", "a.eml", "text/plain"),
    ],
)
def test_a_claim_that_the_content_belies_is_unscanned(data: bytes | str, name: str, kind: str) -> None:
    """Whatever opens the file would perhaps show something else than was read."""
    assert read(data, name, kind) is None


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (pdf(), "", ""),
        (pdf(), "A.PDF", "application/octet-stream"),
        (docx(), "no ending", "application/octet-stream"),
        ("My name is Jan Kowalski", "a.TXT", "text/plain; charset=utf-8"),
        ("name\nMy name is Jan Kowalski", "a.csv", "application/vnd.ms-excel"),
    ],
)
def test_the_content_decides_where_nothing_contradicts(data: bytes | str, name: str, kind: str) -> None:
    """No claim, or one that says nothing, is enough."""
    assert has(read(data, name, kind), "My name is Jan Kowalski")


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────

LOOP = pdf(SAID, *[b"<< /Type /Pages /Kids [7 0 R 7 0 R] /Count 9 >>"]).replace(b"/Kids [3 0 R]", b"/Kids [7 0 R]")
BOMBS = {
    "flate": pdf(stream(b"/Filter /FlateDecode", zlib.compress(b" " * 200_000_000, 9))),
    "flate twice": pdf(
        stream(b"/Filter [/FlateDecode /FlateDecode]", zlib.compress(zlib.compress(b" " * 300_000_000)))
    ),
    "operators": pdf(SAID + b" q 1 0 0 1 0 0 cm (a) Tj Q" * 400_000),
    "page tree": LOOP,
    "large": pdf(SAID, stream(b"", b"\x9d" * 19_000_000)),
    "arrays": pdf(SAID, b"[" * 50_000 + b"]" * 50_000),
    "open arrays": pdf(SAID, b"[" * 1_000_000),
    "links": b"<html>" + b"<a " * 66_000,
    "comments": b"<html>" + b"<!--" * 40_000,
    "elements": b"<html>" + b"<div>" * 20_000,
    "attributes": b"<html>" + b'alt="' * 90_000,
    "display": b"<html>" + b"display " * 50_000,
    "quotes": b'BEGIN:VCARD\n' + b';"' * 200_000,
    "colons": b"BEGIN:VCARD\n" + b"a;b=" * 100_000 + b":",
    "soft breaks": b"BEGIN:VCARD\n" + b"A;ENCODING=QUOTED-PRINTABLE:=\n" + b"=\n" * 200_000,
    "cells": b"name" + b"," * 490_000,
    "rows": b"name,ssn\n" + b",\n" * 200_000,
    "escapes": b'["' + b"\\u0061" * 80_000 + b'"]',
    "markup": b"<?xml version='1.0'?><a>" + b"<b/>" * 120_000 + b"</a>",
    "attribute": b"<?xml version='1.0'?><a b='" + b"x " * 200_000 + b"'/>",
}  # fmt: skip


def peak() -> int:
    """The most memory this process had, in KiB."""
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])


@pytest.mark.parametrize("why", BOMBS)
def test_no_file_costs_more_than_its_share(why: str) -> None:
    """Bombs, nesting and repetition end within seconds, and this process grows little (MB4, MB5, MB12)."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew (proc(5))
    before = peak()
    assert cpu_seconds(lambda: read(BOMBS[why])) < 3  # a cell has limits of its own
    assert peak() - before < 100_000


def test_a_table_that_would_unfold_to_more_than_a_text_is_unscanned() -> None:
    """A heading is repeated beside each cell: the answer is bounded, not only the question."""
    assert read("name " + "x" * 1000 + "\n" + "a\n" * 200_000, "a.csv") is None


def test_the_cell_is_ended_in_time() -> None:
    """What takes longer than it may is unscanned, at once."""
    start = time.monotonic()
    assert cell.read("pdf", BOMBS["operators"], 0.3) is None
    assert time.monotonic() - start < cell.CPU_SECONDS  # which would end it, too


def test_a_time_limit_is_not_taken_for_a_document_that_cannot_be_read() -> None:
    """While the cell is waited for, the task's own exception reaches the task."""
    with pytest.raises(OutOfTime), limited(0.2):
        read(BOMBS["operators"])


def test_a_cell_that_does_not_exist_is_unscanned() -> None:
    """The reader's own failure is no reading."""
    assert cell.read("nothing", b"", 5) is None


def test_the_files_of_a_letter_share_what_they_may_take() -> None:
    """One long text leaves no room for the next, and the number of files is bounded."""
    long, short = Attachment("a.txt", "", b"a " * 200_000), Attachment("b.txt", "", b"b")
    assert [text and len(text) for text in attachment.texts([long, long, short])] == [400_000, None, 1]
    assert attachment.texts([short] * (attachment.FILES + 2))[-3:] == ["b", None, None]


def in_a_worker(answers: billiard.SimpleQueue) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # so that nobody learns how a child ended
    for data in (pdf(), BOMBS["operators"]):
        answers.put(cell.read("pdf", data, 20))


def test_a_cell_works_in_a_daemonic_process_that_ignores_its_children() -> None:
    """In a worker of Celery's, a reading is a reading, and a cell ended by the kernel is none."""
    answers: billiard.SimpleQueue = billiard.SimpleQueue()
    worker = billiard.Process(target=in_a_worker, args=(answers,), daemon=True)
    worker.start()
    assert has(answers.get(), "My name is Jan Kowalski")
    assert answers.get() is None
    worker.join(5)


def test_a_cell_carries_no_other_reader() -> None:
    """Beside a stranger's document stands its own reader alone: less code to misuse, and half the time to start."""
    said = "import sys, intake.attachment.docx, intake.attachment.picture; print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    others = {"selectolax", "re2", "charset_normalizer", "intake.html", "intake.charset", "intake.attachment.plain"}
    assert others & set(ended.stdout.split()) == set()


def test_a_cell_opens_nothing() -> None:
    """Neither a file, nor a socket, nor a pipe to another process."""
    start = "import os, socket; from intake.attachment.cell import confine; confine()"
    for what in ("open('/etc/hostname')", "socket.socket()", "os.pipe()"):
        code = f"{start}\ntry: {what}; print('opened')\nexcept OSError: print('refused')"
        done = subprocess.run([sys.executable, "-I", "-c", code], env={}, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "refused"


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["", "a.csv", "a.html", "a.json", "a.xml", "a.vcf", "a.ics", "a.txt"]),
    st.sampled_from([b"", b"BEGIN:VCARD\n", b"BEGIN:VCALENDAR\n", b"<?xml version='1.0'?>", b"<html>", b"name,ssn\n"]),
    st.binary(max_size=200) | st.text(alphabet='=;:,"\\\n <>a@&!-[]{}u0', max_size=200).map(str.encode),
)
def test_no_octets_make_it_raise(name: str, start: bytes, rest: bytes) -> None:
    """Any octets under any name are either text or unscanned."""
    answer = read(start + rest, name)
    assert answer is None or isinstance(answer, str)


@pytest.mark.parametrize("whole", [pdf(), docx()])
def test_damaged_documents_never_raise(whole: bytes) -> None:
    """Cut anywhere, a document is unscanned."""
    for at in range(5, len(whole) - 10, len(whole) // 4):
        assert read(whole[:at]) is None


# ── in a letter's tags ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_letter_s_tags_cover_names_and_texts_of_its_files() -> None:
    """Each attachment by itself, in order; what was not read is counted apart."""
    letter = Letter(
        "email",
        attachments=(
            Attachment("my_ssn_is_123_45_6789.txt", "text/plain", b"Write to lis@mail.example"),
            Attachment("lis@mail.example.jpg", "image/jpeg", b"\xff\xd8"),
        ),
    )
    tags = view.find_tags(letter)
    said, picture = tags.files
    assert [(tag.cls, letter.attachments[0].name[tag.start : tag.end]) for tag in said.name] == [("ssn", "123_45_6789")]
    assert [(tag.cls, tag.end) for tag in said.text or ()] == [("email", 25)]
    assert [letter.attachments[1].name[tag.start : tag.end] for tag in picture.name] == ["lis@mail.example"]
    assert picture.text is None
    assert tags.unscanned == 1
    assert tags.counts() == {"ssn": 1, "email": 2}


def test_tags_of_files_are_stored_and_older_ones_still_open() -> None:
    """Sealed and opened they are the same; two elements were enough before attachments were read."""
    key, one = DataKey(bytes(32)), Tag(1, 2, "name", 0.5, "x")
    tags = Tags((one,), (), (FileTags((one,), None), FileTags((), (one, one)), FileTags((), ())))
    assert open_tags(tags.sealed(key, "A"), key, "A") == tags
    older = key.seal("tags A", b'[[[1, 2, "name", 0.5, "x"]], []]')
    assert open_tags(older, key, "A") == Tags((one,), ())
