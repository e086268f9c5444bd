"""Files for an agency that takes them: written anew, with the honest words and without the address.

The files of `file` stay here; these are such as ordinary programs write, so that all of them can be written anew, and
each goes along. The address stands on a page, or beside what the file shows.
"""

# ruff: noqa: E501 - a row is a whole hostile file

from __future__ import annotations

import io
import zlib
from collections.abc import Callable

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.torture.case import AFTER, BEFORE, Maker, attached, mail, multipart, part
from tests.torture.file import CALENDAR, VCARD, WORD, W, docx, pdf, run

AGENCY = "drs"
"""The one that takes files."""

FIRST = "The boiler in the cellar hums at night."
LAST = "Nobody has looked at the pipes since spring."
GONE_ALONG = "attachment-1."
"""The beginning of the new file's name."""


def make(maker: Maker) -> None:
    """One file a case; on every second page another address of the same person."""
    for where, level, kind, name, content in FILES:
        writer = maker.address()
        hidden = writer if len(maker.cases) % 2 else maker.other()
        text = kind.partition("/")[0] != "image"
        octets = enclosing(content(hidden), kind, name.format(a=hidden))
        honest = (BEFORE, AFTER, GONE_ALONG, *((FIRST, LAST) if text else ()))
        raw = mail(writer, octets[1], octets[0], "7bit")
        maker.add("anew", where, raw, writer=writer, hidden=hidden, level=level, honest=honest, agency=AGENCY)


def enclosing(content: bytes, kind: str, name: str) -> tuple[str, bytes]:
    """Content type and octets of a letter with one file."""
    return multipart([part(f"{BEFORE}\n\n{AFTER}\n"), attached(content, kind, name)])


def words(*lines: str) -> bytes:
    return "\n".join((FIRST, *lines, LAST, "")).encode()


def pages(*lines: str, more: str = "", meta: str = "") -> bytes:
    """A PDF with a line for each."""
    return pdf(") Tj 0 -20 Td (".join((FIRST, *lines, LAST)), meta, more=more)


def paper(inside: str = "", more: dict[str, bytes] | None = None) -> bytes:
    """A DOCX with `inside` between two honest paragraphs."""
    return docx(run(FIRST) + inside + run(LAST), more)


def _related(kind: str, target: str, mode: str = "External") -> bytes:
    of = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return f'<Relationships><Relationship Id="r9" Type="{of}/{kind}" Target="{target}" TargetMode="{mode}"/></Relationships>'.encode()


def _table(address: str) -> str:
    return f"<w:tbl><w:tr><w:tc><w:p><w:r><w:t>mail</w:t></w:r></w:p></w:tc><w:tc>{run(address)}</w:tc></w:tr></w:tbl>"


def _cells(*cells: str) -> str:
    return f"<w:tbl><w:tr>{''.join(f'<w:tc>{run(cell)}</w:tc>' for cell in cells)}</w:tr></w:tbl>"


def _photo(kind: str, **options: object) -> bytes:
    """A small picture in colours."""
    picture = Image.merge(
        "RGB", [Image.linear_gradient("L").resize((24, 16), box=(0, 0, 200 - n, 256)) for n in (0, 50, 90)]
    )
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def _png(chunk: str, address: str) -> bytes:
    info = PngInfo()
    if chunk == "iTXt":
        info.add_itxt("Author", address)
    else:
        info.add_text("Author", address, zip=chunk == "zTXt")
    return _photo("PNG", pnginfo=info)


def _exif(tag: int, value: str | bytes) -> Image.Exif:
    exif = Image.Exif()
    exif[tag] = value
    return exif


_PDF, _TXT, _CSV = "application/pdf", "text/plain", "text/csv"
_ARTIST, _MAKER_NOTE = 0x013B, 0x927C
FILES: tuple[tuple[str, str, str, str, Callable[[str], bytes]], ...] = (
    ("text", "must", _TXT, "note.txt", lambda a: words(f"Write to {a} soon.")),
    ("text, name of the file", "must", _TXT, "{a}.txt", lambda a: words()),
    ("text in UTF-16", "must", _TXT, "note.txt", lambda a: words(a).decode().encode("utf-16")),
    ("text, spelt out", "should", _TXT, "note.txt", lambda a: words(a.replace("@", " (at) ").replace(".", " dot "))),
    ("Markdown", "must", "text/markdown", "n.md", lambda a: words(f"[me](mailto:{a})")),
    ("table", "must", _CSV, "t.csv", lambda a: f"name,mail,note\nRosa,{a},{FIRST}\nJan,none,{LAST}\n".encode()),
    ("table, semicolons", "must", _CSV, "t.csv", lambda a: f"note;mail\n{FIRST};{a}\n{LAST};\n".encode()),
    ("table, head of a column", "must", _CSV, "t.csv", lambda a: f"note,{a}\n{FIRST},1\n{LAST},2\n".encode()),
    ("table, formula", "must", _CSV, "t.csv", lambda a: f'note,b\n{FIRST},"=HYPERLINK(""mailto:{a}"")"\n{LAST},2\n'.encode()),
    ("table, domain first", "must", _CSV, "t.csv", lambda a: f"domain,user,note\n{a.partition('@')[2]},{a.partition('@')[0]},{FIRST}\nx,y,{LAST}\n".encode()),
    ("table, domain first, no heads", "must", _CSV, "t.csv", lambda a: f"{a.partition('@')[2]};{a.partition('@')[0]};{FIRST}\nx;y;{LAST}\n".encode()),
    ("page", "must", "text/html", "p.html", lambda a: f"<html><p>{FIRST}<p>{a[:5]}<b>{a[5:]}</b><p>{LAST}".encode()),
    ("page, link", "must", "text/html", "p.html", lambda a: f'<html><p>{FIRST}<p><a href="mailto:{a}">me</a><p>{LAST}'.encode()),
    ("page, comment and title", "must", "text/html", "p.html", lambda a: f"<html><title>{a}</title><!-- {a} --><p>{FIRST}<p>{LAST}".encode()),
    ("JSON", "must", "application/json", "p.json", lambda a: f'["{FIRST}", "{a.replace("@", chr(92) + "u0040")}", "{LAST}"]'.encode()),
    ("XML", "must", "text/xml", "p.xml", lambda a: f"<m a='{a}'><n>{FIRST}</n><n>{LAST}</n></m>".encode()),
    ("vCard", "must", "text/vcard", "r.vcf", lambda a: VCARD.format(v="3.0", p="", a=a).replace("END:", f"NOTE:{FIRST}\r\nNOTE:{LAST}\r\nEND:").encode()),
    ("calendar", "must", "text/calendar", "i.ics", lambda a: CALENDAR.format(m="PUBLISH", k="VEVENT", a=a).replace("SUMMARY:x", f"SUMMARY:{FIRST}\r\nDESCRIPTION:{LAST}").encode()),
    ("PDF, text", "must", _PDF, "p.pdf", lambda a: pages(f"Write to {a} soon.")),
    ("PDF, name of the file", "must", _PDF, "{a}.pdf", lambda a: pages()),
    ("PDF, spelt out", "should", _PDF, "p.pdf", lambda a: pages(a.replace("@", " at ").replace(".", " dot "))),
    ("PDF, letter by letter", "should", _PDF, "p.pdf", lambda a: pages(" ".join(a))),
    ("PDF, over two lines", "should", _PDF, "p.pdf", lambda a: pages(a[:14], a[14:])),
    ("PDF, author", "must", _PDF, "p.pdf", lambda a: pages(meta=a)),
    ("PDF, link", "must", _PDF, "p.pdf", lambda a: pages(more=f"/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(mailto:{a})>>>>]")),
    ("PDF, note", "must", _PDF, "p.pdf", lambda a: pages(more=f"/Annots[<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents({a})/T({a})>>]")),
    ("PDF, field", "must", _PDF, "p.pdf", lambda a: pages(more=f"/Annots[<</FT/Tx/T(mail)/V({a})/Subtype/Widget/Rect[0 0 9 9]>>]")),
    ("PDF, key of its own", "must", _PDF, "p.pdf", lambda a: pages(more=f"/Own({a})")),
    ("DOCX, text", "must", WORD, "p.docx", lambda a: paper(run(f"Write to {a} soon."))),
    ("DOCX, name of the file", "must", WORD, "{a}.docx", lambda a: paper()),
    ("DOCX, split runs", "must", WORD, "p.docx", lambda a: paper(run(a[:4], a[4:9], a[9:]))),
    ("DOCX, spelt out", "should", WORD, "p.docx", lambda a: paper(run(a.replace("@", " [at] ").replace(".", " [dot] ")))),
    ("DOCX, zero width", "must", WORD, "p.docx", lambda a: paper(run("\u200b".join(a)))),
    ("DOCX, table", "must", WORD, "p.docx", lambda a: paper(_table(a))),
    ("DOCX, table, domain first", "must", WORD, "p.docx", lambda a: paper(_cells(*a.split("@")[::-1]))),
    ("DOCX, header", "must", WORD, "p.docx", lambda a: paper(more={"word/header1.xml": f"<w:hdr {W}>{run(a)}</w:hdr>".encode()})),
    ("DOCX, deleted by", "must", WORD, "p.docx", lambda a: paper(f'<w:p><w:del w:author="{a}"><w:r><w:delText>{a}</w:delText></w:r></w:del></w:p>')),
    ("DOCX, hidden", "must", WORD, "p.docx", lambda a: paper(f"<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>{a}</w:t></w:r></w:p>")),
    ("DOCX, comment", "must", WORD, "p.docx", lambda a: paper(more={"word/comments.xml": f'<w:comments {W}><w:comment w:author="{a}">{run(a)}</w:comment></w:comments>'.encode()})),
    ("DOCX, properties", "must", WORD, "p.docx", lambda a: paper(more={"docProps/core.xml": f"<c><creator>{a}</creator></c>".encode(), "docProps/custom.xml": f"<p><q name='m'>{a}</q></p>".encode()})),
    ("DOCX, data", "must", WORD, "p.docx", lambda a: paper(more={"customXml/item1.xml": f"<x>{a}</x>".encode()})),
    ("DOCX, link", "must", WORD, "p.docx", lambda a: paper(more={"word/_rels/document.xml.rels": _related("hyperlink", f"mailto:{a}")})),
    ("DOCX, template", "must", WORD, "p.docx", lambda a: paper(more={"word/_rels/settings.xml.rels": _related("attachedTemplate", f"file:///C:/Users/{a}/Normal.dotm")})),
    ("DOCX, picture of the first page", "must", WORD, "p.docx", lambda a: paper(more={"docProps/thumbnail.jpeg": _photo("JPEG", comment=a.encode())})),
    ("DOCX, font", "must", WORD, "p.docx", lambda a: paper(more={"word/fonts/font1.odttf": a.encode() * 3})),
    ("PNG tEXt", "must", "image/png", "p.png", lambda a: _png("tEXt", a)),
    ("PNG zTXt", "must", "image/png", "p.png", lambda a: _png("zTXt", a)),
    ("PNG iTXt", "must", "image/png", "p.png", lambda a: _png("iTXt", a)),
    ("PNG EXIF", "must", "image/png", "p.png", lambda a: _photo("PNG", exif=_exif(_ARTIST, a))),
    ("PNG profile", "must", "image/png", "p.png", lambda a: _photo("PNG", icc_profile=b"profile of " + a.encode())),
    ("PNG behind its end", "must", "image/png", "p.png", lambda a: _photo("PNG") + a.encode()),
    ("JPEG, name of the file", "must", "image/jpeg", "{a}.jpg", lambda a: _photo("JPEG")),
    ("JPEG comment", "must", "image/jpeg", "p.jpg", lambda a: _photo("JPEG", comment=a.encode())),
    ("JPEG EXIF", "must", "image/jpeg", "p.jpg", lambda a: _photo("JPEG", exif=_exif(_ARTIST, a))),
    ("JPEG EXIF, the camera's own", "must", "image/jpeg", "p.jpg", lambda a: _photo("JPEG", exif=_exif(_MAKER_NOTE, a.encode()))),
    ("JPEG XMP", "must", "image/jpeg", "p.jpg", lambda a: _photo("JPEG", xmp=f"<x:xmpmeta><dc:creator>{a}</dc:creator></x:xmpmeta>".encode())),
    ("JPEG profile", "must", "image/jpeg", "p.jpg", lambda a: _photo("JPEG", icc_profile=b"profile of " + a.encode())),
    ("JPEG behind its end", "must", "image/jpeg", "p.jpg", lambda a: _photo("JPEG") + a.encode()),
    ("GIF comment", "must", "image/gif", "p.gif", lambda a: _photo("GIF", comment=a.encode())),
    ("TIFF artist", "must", "image/tiff", "p.tif", lambda a: _photo("TIFF", tiffinfo={_ARTIST: a})),
    ("WebP EXIF", "must", "image/webp", "p.webp", lambda a: _photo("WEBP", exif=_exif(_ARTIST, a).tobytes())),
    ("BMP behind its end", "must", "image/bmp", "p.bmp", lambda a: _photo("BMP") + zlib.compress(a.encode()) + a.encode()),
)  # fmt: skip
