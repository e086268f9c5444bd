"""What is handed on of a file: only what was written anew."""

from __future__ import annotations

import csv
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfReader
from pypdf.generic import StreamObject

from intake import attachment, pii
from intake.attachment import beside, cell, paper, table
from intake.attachment.rebuild import Rebuilt, rebuild
from intake.letter import Attachment
from intake.redact import Numbering, redact
from tests.conftest import cpu_seconds
from tests.test_attachment import BOMBS, DRAWN_IN, HIDDEN_IN, WORD, XMP, docx, paragraphs, pdf, relations, stream

SAYS = "The lamp on Elm Street is dark."
SAID = b"BT /F1 12 Tf 72 720 Td (The lamp on Elm Street is dark.) Tj ET"
CANARY = "Zyxwvut"  # stands wherever a file holds more than it shows


def file(data: bytes | str, name: str = "", kind: str = "") -> Attachment:
    return Attachment(name, kind, data.encode() if isinstance(data, str) else data)


def handed_on(one: Attachment, withheld: Mapping[str, str] | None = None) -> Rebuilt | None:
    """The file as an agency gets it, with the words of `withheld` replaced."""
    text = redacted = attachment.read(one)
    for word, placeholder in (withheld or {}).items():
        redacted = redacted and redacted.replace(word, placeholder)
    return rebuild(one, text, redacted)


def shown(one: Rebuilt | None) -> str:
    """What a reader finds on the pages of a rebuilt document."""
    assert one is not None
    text = attachment.read(Attachment(f"attachment-1.{one.ending}", one.type, one.data))
    assert text is not None
    return text.partition(f"\n{beside.LINE}\n")[0]


def all_of(one: Rebuilt) -> bytes:
    """Every octet of a file, packed and unpacked."""
    pieces = [one.data]
    if one.ending == "docx":
        with zipfile.ZipFile(io.BytesIO(one.data)) as package:
            pieces += [part.filename.encode() + part.extra + part.comment for part in package.infolist()]
            pieces += [package.comment, *(package.read(name) for name in package.namelist())]
    if one.ending == "pdf":
        reader = PdfReader(io.BytesIO(one.data))
        found = (reader.get_object(number) for number in range(1, len(reader.xref[0]) + 1))
        pieces += [each.get_data() if isinstance(each, StreamObject) else str(each).encode() for each in found]
        pieces += [page.extract_text().encode() for page in reader.pages]
    return b"\n".join(pieces)


def holds(one: Rebuilt, word: str) -> bool:
    whole = all_of(one).lower()
    return any(word.lower().encode(charset) in whole for charset in ("utf-8", "utf-16-le", "utf-16-be"))


# ── documents ────────────────────────────────────────────────────────────────────────────────────────────────────


def revised(before: bytes, after: bytes) -> bytes:
    """A PDF whose page said `before` and says `after` since it was changed (ISO 32000-2, 7.5.6)."""
    old = pdf(before)
    new = b"4 0 obj\n<< /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (len(after), after)
    start = old.rpartition(b"startxref\n")[2].partition(b"\n")[0]
    table = b"xref\n0 1\n0000000000 65535 f \n4 1\n%010d 00000 n \n" % len(old)
    trailer = b"trailer\n<< /Size 7 /Root 1 0 R /Info 6 0 R /Prev %s /ID [(\x9d) (\x9e)] >>\n" % start
    return old + new + table + trailer + b"startxref\n%d\n%%%%EOF\n" % (len(old) + len(new))


LOOK = stream(b"/Subtype /Form /BBox [0 0 9 9] /Resources << /Font << /F1 5 0 R >> >>", b"BT /F1 9 Tf (Zyxwvut) Tj ET")
PDFS = {
    "information": pdf(SAID).replace(b"Anna Nowak", b"Ms Zyxwvut"),
    "metadata": pdf(
        SAID, stream(b"/Type /Metadata /Subtype /XML", XMP.replace(b"Ewa Lis", b"Zyxwvut")), root=b"/Metadata 7 0 R"
    ),
    "note": pdf(
        SAID,
        b"<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents (Zyxwvut) /T (Zyxwvut) >>",
        page=b">> /Annots [7 0 R] /X <<",
    ),
    "link": pdf(
        SAID,
        b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (mailto:Zyxwvut@mail.example) >> >>",
        page=b">> /Annots [7 0 R] /X <<",
    ),
    "hidden field": pdf(
        SAID,
        b"<< /FT /Tx /T (a) /V (Zyxwvut) /Subtype /Widget /F 2 /Rect [0 0 9 9] /AP << /N 8 0 R >> >>",
        LOOK,
        page=b">> /Annots [7 0 R] /X <<",
        root=b"/AcroForm << /Fields [7 0 R] >>",
    ),
    "look that is not shown": pdf(
        SAID,
        b"<< /Subtype /FreeText /Rect [0 0 9 9] /AS /Off /AP << /D 8 0 R /N << /On 8 0 R >> >> >>",
        LOOK,
        page=b">> /Annots [7 0 R] /X <<",
    ),
    "default of a field": pdf(SAID, b"<< /FT /Tx /T (a) /DV (Zyxwvut) >>"),
    "outline": pdf(SAID, b"<< /Title (Zyxwvut) >>", root=b"/Outlines 7 0 R"),
    "string that nothing shows": pdf(SAID, b"(Zyxwvut)"),
    "key of its own": pdf(SAID, b"<< /V (Zyxwvut) >>"),
    "earlier version": revised(b"BT /F1 12 Tf 72 720 Td (Zyxwvut) Tj ET", SAID),
    "comment": pdf(SAID + b"\n% Zyxwvut\n"),
}  # fmt: skip


def body(inside: str) -> str:
    return f'<w:document {WORD} xmlns:mc="mc"><w:p><w:r><w:t>{SAYS}</w:t></w:r>{inside}</w:p></w:document>'


RUN = "<w:r><w:t>Zyxwvut</w:t></w:r>"
COMMENTS = f'<w:comments {WORD}><w:comment w:author="Zyxwvut" w:initials="Z"><w:p>{RUN}</w:p></w:comment></w:comments>'
DOCXS = {
    "core properties": docx(body(""), {"docProps/core.xml": "<c><creator>Zyxwvut</creator><title>Zyxwvut</title></c>"}),
    "extended properties": docx(body(""), {"docProps/app.xml": "<Properties><Company>Zyxwvut</Company></Properties>"}),
    "properties of its own": docx(body(""), {"docProps/custom.xml": "<p><q name='Zyxwvut'>Zyxwvut</q></p>"}),
    "data": docx(body(""), {"customXml/item1.xml": "<a>Zyxwvut</a>"}),
    "comment": docx(body(""), {"word/comments.xml": COMMENTS}),
    "people": docx(body(""), {"word/people.xml": f'<w:people {WORD}><w:person w:author="Zyxwvut"/></w:people>'}),
    "deleted": docx(body('<w:del w:author="Zyxwvut"><w:r><w:delText>Zyxwvut</w:delText></w:r></w:del>')),
    "moved away": docx(body(f'<w:moveFrom w:author="Zyxwvut">{RUN}</w:moveFrom>')),
    "inserted by": docx(body('<w:ins w:author="Zyxwvut"><w:r><w:t> Now.</w:t></w:r></w:ins>')),
    "hidden": docx(body("<w:r><w:rPr><w:vanish/></w:rPr><w:t>Zyxwvut</w:t></w:r>")),
    "instruction": docx(body('<w:r><w:instrText>HYPERLINK "mailto:Zyxwvut@mail.example"</w:instrText></w:r>')),
    "field": docx(body('<w:fldSimple w:instr="HYPERLINK mailto:Zyxwvut@mail.example"/>')),
    "fallback": docx(body(f"<mc:AlternateContent><mc:Fallback>{RUN}</mc:Fallback></mc:AlternateContent>")),
    "description": docx(body('<w:r><w:drawing><wp xmlns="x" descr="Zyxwvut" title="Zyxwvut"/></w:drawing></w:r>')),
    "bookmark": docx(body('<w:bookmarkStart w:name="Zyxwvut"/>')),
    "link": docx(
        body(""), {"word/_rels/document.xml.rels": relations("hyperlink", "mailto:Zyxwvut@mail.example", "External")}
    ),
    "style": docx(body(""), {"word/styles.xml": f"<w:styles {WORD}><w:style><w:t>Zyxwvut</w:t></w:style></w:styles>"}),
    "name of a part": docx(body(""), {"word/Zyxwvut.xml": "<a/>"}),
    "picture of the first page": docx(
        body(""), {"docProps/thumbnail.jpeg": b"\xff\xd8\xff\xfe\0\x09Zyxwvut\xff\xd9",
                   "docProps/_rels/core.xml.rels": relations("metadata/thumbnail", "docProps/thumbnail.jpeg")}
    ),
    "font": docx(
        body(""), {"word/fonts/Zyxwvut-regular.ttf": b"\0\1\0\0Zyxwvut", "word/fonts/font1.odttf": CANARY.encode() * 9,
                   "word/_rels/fontTable.xml.rels": relations("font", "fonts/Zyxwvut-regular.ttf")}
    ),
    "font of 40 MB": docx(body(""), {"word/fonts/font1.odttf": bytes(40_000_000)}),
    "printer": docx(
        body(""), {"word/printerSettings/printerSettings1.bin": "Zyxwvut".encode("utf-16-le"),
                   "word/_rels/document.xml.rels": relations("printerSettings", "printerSettings/printerSettings1.bin")}
    ),
    "template": docx(
        body(""), {"word/_rels/settings.xml.rels": relations("attachedTemplate", "file:///C:/Zyxwvut.dotx", "External")}
    ),
    "list of a mail merge": docx(
        body(""), {"word/_rels/settings.xml.rels": relations("mailMergeSource", "file:///C:/Zyxwvut.csv", "External"),
                   "word/recipientData.xml": f"<w:recipients {WORD}><w:uniqueTag w:val='Zyxwvut'/></w:recipients>"}
    ),
    "task": docx(
        body(""), {"word/documenttasks/documenttasks1.xml": "<Tasks><User userName='Zyxwvut' title='Zyxwvut'/></Tasks>",
                   "word/_rels/document.xml.rels": relations("documenttasks", "documenttasks/documenttasks1.xml")}
    ),
    "add-in": docx(
        body(""), {"word/webextensions/webextension1.xml": "<e><property name='a' value='Zyxwvut'/></e>",
                   "word/webextensions/_rels/taskpanes.xml.rels": relations("webextension", "webextension1.xml")}
    ),
}  # fmt: skip
PAGE = (
    f"<!doctype html><html><head><title>{CANARY}</title><meta name=author content={CANARY}></head><body><p>{SAYS}</p>"
)
PAGES = {
    "title and head": PAGE,
    "comment": f"{PAGE}<!-- {CANARY} -->",
    "link": f'{PAGE}<a href="mailto:{CANARY}@mail.example">write</a>',
    "attribute": f'{PAGE}<p title="{CANARY}" data-owner="{CANARY}">more</p>',
}
DOCUMENTS = (
    [("pdf", "pdf", why, data) for why, data in PDFS.items()]
    + [("docx", "docx", why, data) for why, data in DOCXS.items()]
    + [("html", "txt", why, page.encode()) for why, page in PAGES.items()]
)


@pytest.mark.parametrize(("kind", "ending", "why", "data"), DOCUMENTS, ids=[f"{d[0]}, {d[2]}" for d in DOCUMENTS])
def test_what_a_document_holds_beside_its_pages_stays_behind(kind: str, ending: str, why: str, data: bytes) -> None:
    """Properties, notes, changes, hidden text, links, earlier versions and the file's name (LK4)."""
    one = file(data, f"{CANARY}.{kind}")
    new = handed_on(one)
    assert new is not None
    assert new.ending == ending
    assert SAYS in shown(new)
    assert not holds(new, CANARY)


def test_what_word_itself_wrote_is_handed_on() -> None:
    """The document that Word wrote for python-docx: a picture of the first page, styles twice, data of its own."""
    whole, document = io.BytesIO(), Document()
    document.add_paragraph(SAYS)
    document.save(whole)
    with zipfile.ZipFile(whole) as package:
        assert {"docProps/thumbnail.jpeg", "customXml/item1.xml"} <= set(package.namelist())
    new = handed_on(file(whole.getvalue(), "letter.docx"))
    assert new is not None
    assert (new.ending, shown(new)) == ("docx", SAYS)
    assert not holds(new, "thumbnail")


def test_the_canary_would_be_seen() -> None:
    """Where it stands on the page it is handed on, in every format: the search above finds it."""
    said = f"{SAYS} {CANARY}"
    for data in (pdf(SAID.replace(b"dark.", b"dark. Zyxwvut")), docx(paragraphs(said)), f"<html><p>{said}</p>"):
        new = handed_on(file(data))
        assert new is not None
        assert holds(new, CANARY)


@pytest.mark.parametrize("why", [*HIDDEN_IN, *DRAWN_IN])
def test_a_document_that_was_not_read_is_not_handed_on(why: str) -> None:
    """Files inside, pictures, signatures, scripts, damage, bombs: withheld, whatever text the caller has (LK5)."""
    for kind, documents in (("pdf", HIDDEN_IN), ("docx", DRAWN_IN)):
        if why in documents:
            assert handed_on(file(documents[why], f"a.{kind}")) is None


def test_a_form_that_was_filled_in_keeps_its_answers() -> None:
    """Values of fields and ticked boxes belong to the page, and are redacted like the rest."""
    new = handed_on(
        file(
            pdf(
                SAID,
                b"<< /FT /Tx /T (Street) /V (Elm Street 12) /Subtype /Widget /Rect [0 0 9 9] >>",
                b"<< /FT /Btn /T (I am a tenant) /V /Yes /Subtype /Widget /Rect [0 0 9 9] >>",
                b"<< /FT /Btn /T (I am an owner) /V /Off /Subtype /Widget /Rect [0 0 9 9] >>",
                page=b">> /Annots [7 0 R 8 0 R 9 0 R] /X <<",
                root=b"/AcroForm << /Fields [7 0 R 8 0 R 9 0 R] >>",
            )
        ),
        {"Elm Street 12": "[address withheld]"},
    )
    assert "Street: [address withheld]\nI am a tenant: Yes" in shown(new)
    assert "owner" not in shown(new)


def test_headers_tables_and_notes_of_a_document_are_kept() -> None:
    """What stands on the page is handed on, what was inserted as well; deleted words no longer part it."""
    row = "".join(f"<w:tc><w:p><w:r><w:t>{said}</w:t></w:r></w:p></w:tc>" for said in ("lamp", "12"))
    inside = (
        '<w:del w:author="A"><w:r><w:delText>bright</w:delText></w:r></w:del><w:ins w:author="A"><w:r><w:t> Very'
        f" dark.</w:t></w:r></w:ins></w:p><w:tbl><w:tr>{row}</w:tr></w:tbl><w:p>"
    )
    new = handed_on(
        file(
            docx(
                body(inside),
                {
                    "word/header1.xml": paragraphs("at the head", root="hdr"),
                    "word/footnotes.xml": paragraphs("a note", root="footnotes"),
                },
            )
        )
    )
    assert shown(new).split("\n") == [f"{SAYS} Very dark.", "lamp \t12", "a note", "at the head"]


# ── text ─────────────────────────────────────────────────────────────────────────────────────────────────────────

CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Jan Kowalski\nNOTE:The lamp is dark\nEND:VCARD"


@pytest.mark.parametrize(
    ("data", "name", "wanted"),
    [
        ("Jan Kowalski: żółw".encode("utf-16"), "a.txt", "[name withheld]: żółw"),
        ("Jan Kowalski\r\n*dark*", "a.md", "[name withheld]\n*dark*"),
        ('{"name": "Jan Kowalski"}', "a.json", '{"name": "[name withheld]"}'),
        ("<a><b>Jan Kowalski</b></a>", "a.xml", "b: [name withheld]"),
        (CARD, "a.vcf", "Note: The lamp is dark"),
    ],
)
def test_text_is_handed_on_as_text(data: bytes | str, name: str, wanted: str) -> None:
    """Notes, data, cards: the redacted text, in UTF-8, whatever it came in."""
    new = handed_on(file(data, name), {"Jan Kowalski": "[name withheld]"})
    assert new is not None
    assert (new.ending, new.type) == ("txt", "text/plain")
    assert wanted in new.data.decode()
    assert b"Kowalski" not in new.data


def test_half_a_character_is_a_question_mark() -> None:
    """A text with a lone surrogate has no UTF-8, and is handed on all the same."""
    for data, name, ending in (("x", "a.txt", "txt"), (pdf(), "a.pdf", "pdf"), (docx(), "a.docx", "docx")):
        new = rebuild(file(data, name), "Jan \ud83d", "[name withheld] \ud83d")
        assert new is not None
        assert (new.ending, shown(new)) == (ending, "[name withheld] ?")


def test_the_real_redaction_leaves_what_the_rebuilding_needs() -> None:
    """The line above what stands beside is neither tagged nor taken out, and nothing tagged is handed on."""
    said = "My name is Jan Kowalski, jan@mail.example"
    for one in (
        file(pdf(b"BT /F1 12 Tf 72 720 Td (%s) Tj ET" % said.encode()), "a.pdf"),
        file(docx(paragraphs(said), {"docProps/core.xml": "<a>Jan</a>"}), "a.docx"),
        file(f"{PAGE}<p>{said}", "a.html"),
    ):
        text = attachment.read(one)
        assert text is not None
        assert beside.LINE in text
        (tags,) = pii.tag_all([(text, pii.Context("", ""))])
        done = redact(text, tags, lambda _: "withheld", known=(), shown_domains=(), numbering=Numbering(bytes(32)))
        new = rebuild(one, text, done.text)
        assert new is not None
        assert "My name is [name withheld], [e-mail address withheld]" in shown(new).replace("\n", " ")
        assert not holds(new, "Kowalski")
        assert not holds(new, "jan@mail")


BEFORE = (
    "jan.kowalski61@example.com", "jan", "jan at", "jan@", "j a n", "<", "(", "=", "--", "name:", "SSN: 123-45-",
    "860-555-", "123 Elm Street", "born on", "http://", "My name is Jan",
)  # fmt: skip
AFTER = (
    "jan.kowalski61@example.com", "@example.com", ".com", "at example dot com", "(at) example.com", "[at] example.com",
    "author: jan@example.com", "moc.elpmaxe@naj", "%40example.com", "example.com/x", "=?utf-8?q?", ">", "*", "6789",
    "0143", "Hartford, CT 06103", "12 May 1980", "Kowalski",
)  # fmt: skip


@pytest.mark.parametrize("before", BEFORE)
def test_no_redaction_reaches_over_the_line(before: str) -> None:
    """An address, a number or a name that begins above the line or goes on below it leaves the line as it is."""
    known = ["jan.kowalski61@example.com"]
    for after in AFTER:
        text = beside.joined(f"The lamp is dark. {before}", [after])
        (tags,) = pii.tag_all([(text, pii.Context("", ""))])
        done = redact(text, tags, lambda _: "withheld", known=known, shown_domains=(), numbering=Numbering(bytes(32)))
        assert (beside.shown(text, done.text) or "").startswith("The lamp is dark. "), after


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        (None, None),
        (None, "text"),
        ("text", None),
        (f"a\n{beside.LINE}\nb", "a\nb"),
        (f"a\n{beside.LINE}\nb", f"a {beside.LINE} b"),
        ("a\nb", f"a\n{beside.LINE}\nb"),
        (f"a\n{beside.LINE}\nb\n{beside.LINE}\nc", f"a\n{beside.LINE}\nb\n{beside.LINE}\nc"),
        ("a", "a" * (2 * attachment.TEXT + 1)),
    ],
)
def test_where_it_is_not_certain_what_is_shown_nothing_is(text: str | None, redacted: str | None) -> None:
    """No text, no redacted text, or no way to tell the pages from what stands beside them."""
    for data, name in ((pdf(), "a.pdf"), (docx(), "a.docx"), ("x", "a.txt"), ("x,y", "a.csv")):
        assert rebuild(file(data, name), text, redacted) is None


# ── halves of an address ─────────────────────────────────────────────────────────────────────────────────────────────


def placed(*words: tuple[int, int, str]) -> bytes:
    """A page with words that are drawn in this order, whatever their place."""
    return pdf(b" ".join(b"BT /F1 12 Tf %d %d Td (%s) Tj ET" % (x, y, word.encode()) for x, y, word in words))


FIRST = (72, 720, "The lamp is dark.")
APART = {
    "a.csv": "lamp,user,domain\ndark,kim.orbach,krokus.example",
    "b.csv": "lamp,user,domain\ndark,kim,krokus.example",
    "c.csv": "dark,kim.orbach,krokus.example",
    "a.tsv": "User\tkim.orbach\nHost\tkrokus.example\nlamp\tdark",
    "a.json": '{"u": "kim.orbach", "h": "krokus.example", "lamp": "dark"}',
    "a.xml": "<a><u>kim.orbach</u><d>krokus.example</d><lamp>dark</lamp></a>",
    "a.log": "dark user=kim.orbach host=krokus.example",
    "a.html": "<html><table><tr><td>kim.orbach<td>krokus.example<tr><td>dark</table>",
    "a.docx": docx(paragraphs("dark", "kim.orbach", "krokus.example")),
    "drawn backwards.pdf": placed(FIRST, (150, 600, "@krokus.example"), (72, 600, "kim.orbach")),
    "two columns.pdf": placed(FIRST, (72, 600, "kim.orbach"), (300, 600, "krokus.example")),
    "column by column.pdf": placed(
        FIRST, (72, 600, "kim.orbach"), (72, 580, "joe.orbach"), (300, 600, "krokus.example"), (300, 580, "gmx.de")
    ),
}


@pytest.mark.parametrize("name", APART)
def test_halves_of_an_address_do_not_go_along(name: str) -> None:
    """LK4: in columns, fields and out of order on a page; the rest of the file goes."""
    one = file(APART[name], name)
    text = attachment.read(one)
    assert text is not None
    done = redact(text, (), lambda _: "withheld", known=(), shown_domains=(), numbering=Numbering(bytes(32)))
    new = rebuild(one, text, done.text)
    assert new is not None
    assert not any(holds(new, half) for half in ("krokus", "orbach", "kim"))
    assert holds(new, "dark")


def test_columns_that_hold_no_address_are_read_one_by_one() -> None:
    """Columns of prose stay as they were drawn, though a site is named in them."""
    page = placed(
        (72, 720, "See amazon.com,"), (72, 700, "it is dark."), (300, 720, "Second story"), (300, 700, "here.")
    )
    assert attachment.read(file(page, "a.pdf")) == (
        f"See amazon.com,\nit is dark.\nSecond story\nhere.\n{beside.LINE}\nAuthor: Anna Nowak"
    )


def test_half_an_address_whose_place_is_not_known_is_withheld() -> None:
    """The other half stands in a form, of which the order on the page says nothing."""
    form = stream(
        b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /Font << /F1 5 0 R >> >>",
        b"BT /F1 9 Tf (kim.orbach) Tj ET",
    )
    one = pdf(b"BT /F1 12 Tf 150 600 Td (@krokus.example) Tj ET /X0 Do", form, page=b"/XObject << /X0 7 0 R >>")
    assert attachment.read(file(one, "a.pdf")) is None


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────────


def cells(new: Rebuilt | None) -> list[list[str]]:
    assert new is not None
    assert (new.ending, new.type) == ("csv", "text/csv")
    return list(csv.reader(io.StringIO(new.data.decode("utf-8-sig"), "")))


WITHHELD = {"Jan Kowalski": "[name withheld]", "Lis, Ewa": "[name withheld]", "123-45-6789": "[number withheld]"}


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ("lamp;12\nJan Kowalski;3\n", [["lamp", "12"], ["[name withheld]", "3"]]),
        ("a\tb\n1\t2\n", [["a", "b"], ["1", "2"]]),
        (
            'full_name,ssn,note\n"Lis, Ewa",123-45-6789,"dark, ""very"""\n,,\nJan Kowalski,,żółw',
            [["full name", "ssn", "note"], ["[name withheld]", "[number withheld]", 'dark, "very"'], ["", "", ""],
             ["[name withheld]", "", "żółw"]],
        ),
        ('name,note\n"Jan Kowalski","two\nlines"\n', [["name", "note"], ["[name withheld]", "two\nlines"]]),
        ("name,\nJan Kowalski,7\n\nx,8", [["name", ""], ["[name withheld]", "7"], [], ["x", "8"]]),
        ("name,x\nJan Kowalski,1,2", [["name", "x"], ["[name withheld]", "1", "2"]]),
    ],
)  # fmt: skip
def test_a_table_keeps_rows_and_columns(data: str, wanted: list[list[str]]) -> None:
    """With and without headings, with commas, quotes, lines and nothing in the cells."""
    assert cells(handed_on(file(data, "a.csv"), WITHHELD)) == wanted


@pytest.mark.parametrize(
    ("data", "withheld"),
    [
        ("name,note\nJan,dark\nEwa,light\n", {"name: Jan\n": "[withheld] "}),
        ("name,note\nJan,dark\n\nEwa,light\n", {"\n\n": " "}),
        ("name,note\nJan,dark\nEwa,light\n", {"\nnote: light": ""}),
        ("name,note\nJan,dark\n", {"name | note": "[withheld]"}),
        ("a,b\nJan,dark\n", {"Jan,": "[withheld]"}),
        ('name,note\n"x\n\ny",dark\n', {}),
        ('name,x\n"broken', {}),
    ],
)
def test_a_table_that_lost_its_columns_is_handed_on_as_text(data: str, withheld: dict[str, str]) -> None:
    """No cell slips into another column: rather no table at all."""
    new = handed_on(file(data, "a.csv"), withheld)
    assert new is not None
    assert new.ending == "txt"
    assert b"dark" in new.data or b"broken" in new.data


@pytest.mark.parametrize(
    ("cell", "harmless"),
    [
        ("=HYPERLINK(\"https://x.example\")", "'=HYPERLINK(\"https://x.example\")"),
        ("+1 860 555 0142", "'+1 860 555 0142"),
        ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        (" =1+1", "' =1+1"),
        ("\ufeff=1", "'\ufeff=1"),
        ("＝1+1", "'＝1+1"),
        ("-2+3", "'-2+3"),
        ("-5", "-5"),
        ("-1,234.50", "-1,234.50"),
        ("-3%", "-3%"),
        ("a=b", "a=b"),
        ("a;=1;-5", "a;'=1;-5"),
        ("a|@b", "a|'@b"),
        ("two\n=1+1", "two\n'=1+1"),
        ("Elm Street, +1", "Elm Street, +1"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_cell_is_no_formula(cell: str, harmless: str) -> None:
    """What a spreadsheet would calculate gets a ' before it; negative numbers stay numbers (WF17)."""
    assert table.harmless(cell) == harmless
    source = io.StringIO(newline="")
    csv.writer(source, quoting=csv.QUOTE_ALL).writerows([["x", cell], ["y", "z"]])
    if "\r" not in cell and cell.strip():  # a line end is one line end in a text
        assert cells(handed_on(file(source.getvalue(), "a.csv"))) == [["x", harmless], ["y", "z"]]


def test_a_cell_stays_a_cell_whatever_parts_the_columns() -> None:
    """A spreadsheet that takes ; for the comma finds no formula either (WF17)."""
    new = handed_on(file('x,"a;=1+1;b"\n', "a.csv"))
    assert new is not None
    assert new.data.decode() == '"x","a;\'=1+1;b"\r\n'
    (row,) = csv.reader(io.StringIO(new.data.decode()), delimiter=";")
    assert row[1] == "'=1+1"


# ── pictures ─────────────────────────────────────────────────────────────────────────────────────────────────────


def scene(width: int = 60, height: int = 40) -> Image.Image:
    """Four colours in four corners."""
    picture = Image.new("RGB", (width, height), (200, 30, 30))
    picture.paste((30, 200, 30), (width // 2, 0, width, height // 2))
    picture.paste((30, 30, 200), (0, height // 2, width // 2, height))
    picture.paste((220, 220, 30), (width // 2, height // 2, width, height))
    return picture


def encoded(picture: Image.Image, kind: str, **more: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


def exif(orientation: int = 1) -> bytes:
    """EXIF with an author, a place, a remark and a maker's words."""
    found = Image.Exif()
    found[0x0112] = orientation
    found[0x013B] = found[0x010E] = found[0x8298] = found[0x9C9D] = CANARY
    found.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + CANARY.encode()
    found.get_ifd(0x8825)[0x001B] = CANARY.encode()
    return found.tobytes()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def png() -> bytes:
    words = PngInfo()
    words.add_text("Author", CANARY)
    words.add_text("Comment", CANARY, zip=True)
    words.add_itxt("XML:com.adobe.xmp", f"<x>{CANARY}</x>")
    whole = encoded(scene(), "PNG", pnginfo=words, exif=exif(), icc_profile=CANARY.encode() * 50)
    return whole[:33] + chunk(b"prVt", CANARY.encode()) + whole[33:] + CANARY.encode()


def jpeg() -> bytes:
    whole = encoded(scene(), "JPEG", quality=95, exif=exif(), comment=CANARY, icc_profile=CANARY.encode() * 50)
    xmp = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>Zyxwvut</x>")
    iptc = segment(0xED, b"Photoshop 3.0\08BIM\x04\x04\0\0\0\0\0\x0c\x1c\x02\x50\0\x07Zyxwvut")
    thumbnail = segment(0xE2, b"MPF\0" + encoded(scene(8, 8), "JPEG", comment=CANARY))
    return whole[:2] + xmp + iptc + thumbnail + whole[2:] + CANARY.encode()


def gif() -> bytes:
    film = [scene().quantize(8), Image.new("P", (60, 40), 3)]
    return encoded(film[0], "GIF", save_all=True, append_images=film[1:], comment=CANARY.encode()) + CANARY.encode()


PICTURES: dict[str, Callable[[], bytes]] = {
    "png": png,
    "jpg": jpeg,
    "gif": gif,
    "webp": lambda: encoded(scene(), "WEBP", quality=95, exif=exif(), xmp=f"<x>{CANARY}</x>".encode()),
    "bmp": lambda: encoded(scene(), "BMP") + CANARY.encode(),
    "tiff": lambda: encoded(scene(), "TIFF", exif=exif(), description=CANARY, artist=CANARY) + CANARY.encode(),
}  # fmt: skip


@pytest.mark.parametrize("kind", PICTURES)
def test_what_a_picture_holds_beside_its_pixels_stays_behind(kind: str) -> None:
    """EXIF, XMP, IPTC, profiles, comments, thumbnails, chunks, what stands behind the end, and the name (LK4)."""
    data = PICTURES[kind]()
    assert CANARY.encode() in data
    new = handed_on(file(data, f"{CANARY}.{kind}", f"image/{kind.replace('jpg', 'jpeg')}"))
    assert new is not None
    assert not holds(new, CANARY)
    with Image.open(io.BytesIO(new.data)) as picture:
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert not picture.getexif()
        assert picture.size == (60, 40)
        for spot, colour in (((5, 5), (200, 30, 30)), ((55, 5), (30, 200, 30)), ((5, 35), (30, 30, 200))):
            assert all(abs(a - b) < 12 for a, b in zip(picture.convert("RGB").getpixel(spot), colour, strict=True))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_picture_is_turned_as_it_was_held(kind: str, orientation: int) -> None:
    """The orientation of EXIF goes into the pixels before it goes."""
    data = encoded(scene(), kind, exif=exif(orientation), **({"lossless": True} if kind == "WEBP" else {}))
    new = handed_on(file(data))
    assert new is not None
    with Image.open(io.BytesIO(new.data)) as picture, Image.open(io.BytesIO(data)) as before:
        wanted = ImageOps.exif_transpose(before).convert("RGB")
        assert picture.size == wanted.size
        for x, y in ((5, 5), (wanted.width - 5, 5), (5, wanted.height - 5)):
            found, right = picture.convert("RGB").getpixel((x, y)), wanted.getpixel((x, y))
            assert all(abs(a - b) < 12 for a, b in zip(found, right, strict=True))


def layered() -> Image.Image:
    """Something written under full transparency."""
    picture = Image.new("RGBA", (60, 40), (10, 20, 30, 0))
    picture.paste((200, 30, 30, 255), (0, 0, 20, 20))
    return picture


@pytest.mark.parametrize(
    ("picture", "kind", "spot", "colour"),
    [
        (layered(), "PNG", (50, 30), (255, 255, 255)),
        (layered(), "WEBP", (50, 30), (255, 255, 255)),
        (layered(), "GIF", (50, 30), (255, 255, 255)),
        (layered(), "TIFF", (50, 30), (255, 255, 255)),
        (layered().convert("LA"), "PNG", (50, 30), (255, 255, 255)),
        (scene().convert("P", palette=Image.Palette.ADAPTIVE), "PNG", (5, 5), (200, 30, 30)),
        (scene().convert("CMYK"), "JPEG", (5, 5), (200, 30, 30)),
        (scene().convert("CMYK"), "TIFF", (5, 5), (200, 30, 30)),
        (Image.new("1", (60, 40), 1), "TIFF", (5, 5), (255, 255, 255)),
        (Image.new("L", (60, 40), 90), "JPEG", (5, 5), (90, 90, 90)),
        (Image.new("I;16", (60, 40), 0x8000), "PNG", (5, 5), (128, 128, 128)),
        (Image.new("I;16", (60, 40), 0x8000), "TIFF", (5, 5), (128, 128, 128)),
    ],
)
def test_a_picture_of_any_colours_is_drawn_as_it_is_seen(
    picture: Image.Image, kind: str, spot: tuple[int, int], colour: tuple[int, int, int]
) -> None:
    """Palettes, inks, greys of 16 bits; what is transparent is white, whatever lies under it."""
    new = handed_on(file(encoded(picture, kind)))
    assert new is not None
    with Image.open(io.BytesIO(new.data)) as drawn:
        assert drawn.mode in ("1", "L", "RGB")
        found = drawn.convert("RGB").getpixel(spot)
        assert all(abs(a - b) < 20 for a, b in zip(found, colour, strict=True)), found


@pytest.mark.parametrize(
    ("size", "kind", "wanted"),
    [
        ((12_000, 100), "PNG", (8_000, 66)),
        ((9_000, 6_000), "JPEG", None),
        ((16_000, 12_000), "JPEG", None),
        ((7_900, 7_900), "PNG", None),
    ],
)
def test_a_large_picture_is_made_smaller(size: tuple[int, int], kind: str, wanted: tuple[int, int] | None) -> None:
    """At most 40 megapixels and 8000 pixels a side, in the same proportions."""
    new = handed_on(file(encoded(Image.new("L", size, 128), kind)))
    assert new is not None
    with Image.open(io.BytesIO(new.data)) as picture:
        assert wanted in (None, picture.size)
        assert picture.width * picture.height <= 40_000_000
        assert max(picture.size) <= 8_000
        assert abs(picture.width / picture.height - size[0] / size[1]) < 0.02 * size[0] / size[1]


NOT_DRAWN = {
    "HEIC": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200), "a.heic"),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'><path/></svg>", "a.svg"),
    "PDF as well": (encoded(scene(), "JPEG", comment=pdf()), "a.jpg"),
    "called a document": (encoded(scene(), "JPEG"), "a.pdf"),
    "called a program": (encoded(scene(), "JPEG"), "a.jpg.exe"),
    "document called a picture": (pdf(), "a.jpg"),
    "text called a picture": (b"BM is my name", "a.bmp"),
    "cut": (encoded(scene(400, 300), "JPEG")[:-400], "a.jpg"),
    "cut PNG": (encoded(scene(400, 300), "PNG")[:-60], "a.png"),
    "only a head": (b"\x89PNG\r\n\x1a\n", "a.png"),
    "several pages": (encoded(scene(), "TIFF", save_all=True, append_images=[scene()]), "a.tiff"),
    "zip": (b"PK\x03\x04" + bytes(200), "a.zip"),
    "empty": (b"", "a.png"),
}  # fmt: skip


@pytest.mark.parametrize("why", NOT_DRAWN)
def test_what_is_no_certain_picture_is_not_handed_on(why: str) -> None:
    """Other kinds, two kinds at once, false names, cut files, pages that would be missing (LK5)."""
    data, name = NOT_DRAWN[why]
    assert handed_on(file(data, name)) is None
    assert rebuild(file(data, name), None, "words") is None


def test_a_claimed_type_that_is_no_picture_withholds_it() -> None:
    """Type and content must agree; a type that says nothing is enough."""
    data = encoded(scene(), "PNG")
    for kind, known in (("image/png", True), ("application/octet-stream", True), ("image/png; name=a", True),
                        ("application/zip", False), ("image/svg+xml", False), ("text/html", False)):  # fmt: skip
        assert (handed_on(file(data, "a.png", kind)) is not None) is known


SWOLLEN: dict[str, Callable[[], bytes]] = {
    "400 megapixels": lambda: encoded(Image.new("1", (20_000, 20_000)), "PNG"),
    "64 megapixels in colours": lambda: encoded(Image.new("RGB", (8_000, 8_000)), "PNG", compress_level=1),
    "4 gigapixels that are not there": lambda: encoded(scene(), "PNG")[:16] + b"\0\0\xff\xff\0\0\xff\xff" + bytes(99),
    "a profile of 100 MB": lambda: (w := encoded(scene(), "PNG"))[:33]
    + chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(100_000_000))) + w[33:],
    "a thousand comments": lambda: (w := encoded(scene(), "JPEG"))[:2] + segment(0xFE, b"x" * 60_000) * 300 + w[2:],
    "a directory in itself": lambda: b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\1\0\0\0\x08\0\0\0",
}  # fmt: skip


@pytest.mark.parametrize("why", SWOLLEN)
def test_no_picture_costs_more_than_its_share(why: str) -> None:
    """Bombs end in the cell, and the answer is bounded (MB5)."""
    data, made = SWOLLEN[why](), []
    assert cpu_seconds(lambda: made.append(rebuild(file(data), None, None))) < 3  # the cell has limits of its own
    assert made[0] is None or len(made[0].data) <= cell.ANSWER


def test_what_is_too_much_is_not_decoded_and_not_written() -> None:
    """72 megapixels that no smaller decoding helps, and a photo that would be written longer than an answer may be."""
    assert handed_on(file(encoded(Image.new("L", (9_000, 8_000)), "PNG", compress_level=1))) is None
    noise = encoded(Image.effect_noise((5_800, 5_800), 120), "JPEG", quality=50)
    assert len(noise) < attachment.OCTETS
    assert handed_on(file(noise)) is None


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────

LATIN = "Zażółć gęślą jaźń, año, São João, Ẹ̀kọ́, Tiếng Việt, là-bas, ¿qué? “x” – … € £ ½ [name withheld] **a** __b__"


def rewritten(text: str, kind: str = "pdf") -> Rebuilt:
    new = rebuild(file(pdf() if kind == "pdf" else docx(), f"a.{kind}"), text, text)
    assert new is not None
    return new


@pytest.mark.parametrize(
    "text", [LATIN, f"{LATIN}\n\n" * 60, "word " * 3_000, "x" * 9_000, "a\n" * 3_000, "\\ ( ) << %%EOF"]
)
@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_no_word_is_lost_on_the_page(text: str, kind: str) -> None:
    """Letters of all Latin alphabets, long lines, many pages, and what is an instruction elsewhere."""
    new = rewritten(text, kind)
    assert new.ending == kind
    assert "".join(shown(new).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("☐ no ☒ yes", "[ballot box] no [ballot box with x] yes"),
        ("A → B 😀", "A [rightwards arrow] B [grinning face]"),
        ("● one\n▪ two", "• one\n• two"),
        ("non\u2011breaking, soft\xadhyphen", "non-breaking, softhyphen"),
        ("turn\u202eback", "turn[right-to-left override]back"),
        ("①②", "12"),
        ("one\u2028two\fthree", "one\ntwo\nthree"),
    ],
)
def test_a_sign_that_the_font_lacks_is_named(text: str, wanted: str) -> None:
    """Nothing is dropped silently, and nobody has to know a sign's number."""
    assert shown(rewritten(text)) == wanted


@pytest.mark.parametrize(
    "text", ["Меня зовут Ян", "我的名字", "اسمي", "שמי", "मेरा नाम", "Jan (Ян) Kowalski", "x" * 150_001]
)
def test_letters_that_the_font_lacks_are_handed_on_as_text(text: str) -> None:
    """Scripts that cannot be drawn, and what is too long to draw: the same words, as plain text."""
    new = rewritten(text)
    assert (new.ending, new.type, new.data.decode()) == ("txt", "text/plain", text)


def test_without_time_for_a_page_the_words_go_as_text() -> None:
    """A page is drawn within the seconds that are left, and a picture not at all."""
    assert rebuild(file(pdf(), "a.pdf"), SAYS, SAYS, 0) == Rebuilt("txt", "text/plain", SAYS.encode())
    assert rebuild(file(pdf(), "a.pdf"), SAYS, SAYS, 0.06) == Rebuilt("txt", "text/plain", SAYS.encode())
    assert rebuild(file(encoded(scene(), "PNG")), None, None, 0) is None
    assert rebuild(file(encoded(scene(), "PNG")), None, None, -1) is None


def test_the_longest_text_is_handed_on() -> None:
    """Half a million characters, and as many lines as they can be."""
    for kind in ("pdf", "docx"):
        for text in ("word " * 100_000, "a\n" * 250_000, "\n" * 500_000, "x" * 500_000):
            assert len(rewritten(text, kind).data) < 2_000_000


# ── all of them ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_file_is_always_written_the_same() -> None:
    """No date, no random number, no order of a set: the outbox may compare octets."""
    for one in (file(pdf()), file(docx()), file("a,b\n1,2", "a.csv"), file(jpeg()), file(png()), file("x", "a.txt")):
        first, second = handed_on(one), handed_on(one)
        assert first is not None
        assert first == second
    written = rewritten(SAYS, "docx")
    with zipfile.ZipFile(io.BytesIO(written.data)) as package:
        assert {part.date_time for part in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = package.read("docProps/core.xml").decode()
    assert "2000-01-01" in core
    assert "python" not in core
    assert b"2000010100" in rewritten(SAYS).data


@pytest.mark.parametrize("why", [one for one in BOMBS if one not in ("large", "operators")])
def test_what_was_too_much_to_read_is_not_handed_on(why: str) -> None:
    """Bombs are no text, and nothing is written of them (MB5)."""
    text = attachment.read(file(BOMBS[why]))
    assert text is not None or rebuild(file(BOMBS[why]), text, "words") is None


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(
        [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"II*\0", b"RIFF\x10\0\0\0WEBP", b"%PDF-"]
    ),
    st.binary(max_size=200),
    st.sampled_from(["", "a.csv", "a.png", "a.pdf", "a.txt"]),
    st.none() | st.text(max_size=50),
)
def test_nothing_makes_it_raise(start: bytes, rest: bytes, name: str, text: str | None) -> None:
    """Any octets under any name with any text."""
    new = rebuild(file(start + rest, name), text, text)
    assert new is None or isinstance(new, Rebuilt)


def test_the_font_and_its_licence_are_part_of_the_package() -> None:
    """SIL OFL 1.1, 2: each copy comes with the notice."""
    assert paper.FONT.stat().st_size > 50_000
    assert "SIL OPEN FONT LICENSE" in (paper.FONT.parent / "PublicSans-LICENCE.txt").read_text()
