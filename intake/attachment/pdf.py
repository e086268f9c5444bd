"""PDF files (ISO 32000-2): all objects, or none.

The rule this module keeps: every object of the file is looked at, reached from a page or not. Pages must have text in
fonts whose letters are known, streams must be of a kind that shows nothing else, and every string that stands in an
object (author, outline, note, alternative text) is read `beside` the pages. Fields of a form and what annotations look
like belong to the pages. Whatever the library had to guess, repair or skip counts as not read: it says so in its log,
and that ends the reading.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from typing import Any

# The library imports some of its modules late, when the cell can open no file any more.
from pypdf import PageObject, PdfReader, _text_extraction, filters, xmp  # noqa: F401
from pypdf._codecs import core_font_metrics  # noqa: F401
from pypdf._codecs.adobe_glyphs import adobe_glyphs
from pypdf.errors import PyPdfError
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    StreamObject,
    TextStringObject,
)

from intake.attachment import beside, halves, markup

PAGES = 300
OBJECTS = 50_000
CURVES = 300  # of all pages; more are perhaps letters drawn as lines, or a signature

_REFUSED_KEYS = frozenset(
    (
        "/JS", "/JavaScript", "/XFA", "/EF", "/EmbeddedFiles", "/AF", "/Collection", "/RichMediaContent",
        "/RichMediaSettings", "/3DD", "/Movie", "/Sound",
    )
)  # fmt: skip
_REFUSED_SUBTYPES = frozenset(
    (
        "/Image", "/Type3", "/PS", "/FileAttachment", "/Sound", "/Movie", "/Screen", "/3D", "/RichMedia", "/Ink",
        "/PrinterMark", "/XML+SVG",
    )
)  # fmt: skip
_REFUSED_TYPES = frozenset(("/EmbeddedFile", "/Sig", "/DocTimeStamp", "/Rendition", "/3D"))
_UNSEEN = frozenset(("/ID", "/CreationDate", "/ModDate", "/M", "/DA", "/NM", "/Lang", "/Registry", "/Ordering"))
_UNSEEN |= {"/CharSet", "/Panose", "/CheckSum"}
_UNREADABLE = re.compile("[\0-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd]")
_FONTS = frozenset(("/Type0", "/Type1", "/MMType1", "/TrueType"))
_ENCODINGS = frozenset(("/WinAnsiEncoding", "/MacRomanEncoding", "/StandardEncoding"))
_STANDARD = re.compile(
    r"/(?:(?:Helvetica|Courier|Times)(?:-(?:Roman|Bold|Oblique|Italic|BoldOblique|BoldItalic))?|ZapfDingbats|Symbol)"
)
_NAMED = re.compile(r"/(?:\.notdef|uni[0-9A-F]{4}|u[0-9A-F]{4,6})")

_HALF = re.compile(r"(?<![\w.@+-])@[\w-]{1,63}\.\w|[\w.+-]@(?!\s?[\w@\[])")  # whatever it was drawn against


class _Doubts(logging.Handler):
    """Counts what the library was not sure of."""

    count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1


def work(data: bytes) -> bytes:
    """What the cell answers: the text in UTF-8."""
    return text(data).encode()


def text(data: bytes) -> str:
    """All text of the file; ValueError when it is none or shows more than text."""
    doubts = _Doubts(logging.WARNING)
    log = logging.getLogger("pypdf")
    log.addHandler(doubts)
    log.propagate = False
    try:
        found = _text(PdfReader(io.BytesIO(data), strict=True))
    except (PyPdfError, LookupError, TypeError, AttributeError, AssertionError, OverflowError) as err:
        raise ValueError("a damaged file") from err
    finally:
        log.removeHandler(doubts)
    if doubts.count or _UNREADABLE.search(found):
        raise ValueError("not read for certain")
    return found


def _text(reader: PdfReader) -> str:
    if reader.is_encrypted or not 0 < len(reader.pages) <= PAGES:
        raise ValueError("encrypted, empty or too long")
    objects = list(_objects(reader))
    shown = _Shown()
    pages = [shown.page(page) for page in reader.pages]
    drawn: dict[bool, list[str]] = {True: [], False: []}
    for one in objects:
        for look, seen in _appearances(one):
            drawn[seen] += shown.form(reader.pages[0], look).split("\n")
        for line, seen in _said(one):
            drawn[seen].append(line)
    read = {line.strip() for page in pages for line in page.split("\n")}
    lines = [line for line in dict.fromkeys(drawn[True]) if line.strip() and line.strip() not in read]
    read.update(lines)
    more = [line for line in dict.fromkeys(drawn[False]) if line.strip() and line.strip() not in read]
    return beside.joined("\n".join(pages + lines), more)


class _Shown:
    """The text of pages and forms, and how much was drawn in lines."""

    def __init__(self) -> None:
        self.curves = 0

    def page(self, page: PageObject) -> str:
        found = page.extract_text(visitor_operand_before=self._operator)
        if not found.strip():
            raise ValueError("a page without text")
        return _as_laid_out(page, found) if _HALF.search(found) or halves.DOMAIN.search(found) else found

    def form(self, page: PageObject, form: StreamObject) -> str:
        return str(page.extract_xform_text(form, visitor_operand_before=self._operator))  # type: ignore[arg-type]

    def _operator(self, operator: bytes, *_: Any) -> None:
        self.curves += operator in (b"c", b"v", b"y")
        if operator == b"INLINE IMAGE" or self.curves > CURVES:
            raise ValueError("a picture")


def _as_laid_out(page: PageObject, drawn: str) -> str:
    """The text in the order of the page where it was `drawn` in another and halves of an address stand in it.

    ValueError when that order is not known: forms have no place here. What is whole as drawn stays: columns are
    drawn one after the other, and read so.
    """
    whole = page.extract_text(
        extraction_mode="layout", layout_mode_space_vertically=False, layout_mode_strip_rotated=False
    )
    laid = "\n".join(" ".join(line.split()) for line in whole.split("\n"))
    one, other = "".join(drawn.split()), "".join(laid.split())
    half = _HALF.search(drawn)
    if one == other or not (half or any(halves.spans(laid))):
        return drawn
    if sorted(one) == sorted(other):
        return laid
    if half:
        raise ValueError("half an address, and the rest is somewhere")
    return drawn


def _objects(reader: PdfReader) -> Iterator[Any]:
    """Every object of the file once, with the objects inside it; each checked."""
    numbers = {(number, generation) for generation, table in reader.xref.items() for number in table}
    numbers |= {(number, 0) for number in reader.xref_objStm}
    if len(numbers) > OBJECTS:
        raise ValueError("too many objects")
    tops = [reader.get_object(IndirectObject(n, g, reader)) for n, g in sorted(numbers)]
    bare = ArrayObject(one for one in tops if isinstance(one, TextStringObject))
    waiting = [bare, *reversed(tops), reader.trailer]  # the last is the first: in the order of their numbers
    seen = 0
    while waiting:
        one = waiting.pop()
        seen += 1
        if seen > 20 * OBJECTS:
            raise ValueError("too many objects")
        if isinstance(one, DictionaryObject):
            _check(one)
            waiting.extend(value for key, value in dict.items(one) if key not in _UNSEEN)
            yield one
        elif isinstance(one, ArrayObject):
            waiting.extend(list.__iter__(one))
            yield one
        elif isinstance(one, ByteStringObject):
            raise ValueError("octets of an unknown kind")


def _at(one: DictionaryObject, key: str) -> Any:
    """The value, wherever in the file it stands: `get` may answer with a reference."""
    value = dict.get(one, key)
    return value.get_object() if isinstance(value, IndirectObject) else value


def _check(one: DictionaryObject) -> None:
    """ValueError when the object shows something that is not read here."""
    subtype, kind = _at(one, "/Subtype"), _at(one, "/Type")
    wrong = (
        not _REFUSED_KEYS.isdisjoint(one),
        subtype in _REFUSED_SUBTYPES,
        kind in _REFUSED_TYPES,
        _at(one, "/PatternType") == 1,
        isinstance(one, StreamObject) and ("/F" in one or (subtype == "/Form" and "/Resources" not in one)),
        (kind == "/Font" or subtype in _FONTS) and not _legible(one),
    )
    if any(wrong):
        raise ValueError("shows more than text")


def _legible(font: DictionaryObject) -> bool:
    """Whether the codes of the font are known to be letters, and which."""
    subtype, encoding = _at(font, "/Subtype"), _at(font, "/Encoding")
    if isinstance(_at(font, "/ToUnicode"), StreamObject) or subtype in ("/CIDFontType0", "/CIDFontType2"):
        return True
    if subtype == "/Type0":
        return False
    standard = bool(_STANDARD.fullmatch(str(_at(font, "/BaseFont"))))
    if isinstance(encoding, DictionaryObject):
        names = [name for name in _at(encoding, "/Differences") or () if isinstance(name, NameObject)]
        known = all(name in adobe_glyphs or _NAMED.fullmatch(name) for name in names)
        return known and (standard or _at(encoding, "/BaseEncoding") in _ENCODINGS)
    return encoding in _ENCODINGS or (encoding is None and standard)


def _hidden(one: DictionaryObject) -> bool:
    """Whether an annotation is not to be seen (ISO 32000-2, 12.5.3: Hidden, NoView)."""
    flags = _at(one, "/F")
    return isinstance(flags, int) and bool(flags & (2 | 32))


def _appearances(one: Any) -> Iterator[tuple[StreamObject, bool]]:
    """What an annotation looks like: a form, or one for each of its states; and whether it looks so now."""
    if not isinstance(one, DictionaryObject) or "/AP" not in one:
        return
    looks = _at(one, "/AP")
    for when, look in looks.items() if isinstance(looks, DictionaryObject) else ():
        found, now = look.get_object(), when == "/N" and not _hidden(one)
        if isinstance(found, StreamObject):
            yield found, now
        elif isinstance(found, DictionaryObject):
            for state, value in found.items():
                if isinstance(each := value.get_object(), StreamObject):
                    yield each, now and state == _at(one, "/AS")


def _said(one: Any) -> Iterator[tuple[str, bool]]:
    """The strings of an object, in a dictionary as lines "Key: value", and whether they are a field's value."""
    if isinstance(one, ArrayObject):
        yield from ((str(each), False) for each in list.__iter__(one) if isinstance(each, TextStringObject))
        return
    name = _at(one, "/T") or "Value"  # of a form's field
    field = ("/FT" in one or "/Parent" in one) and not _hidden(one)
    for key, value in dict.items(one):
        if key in _UNSEEN:
            continue
        if isinstance(value, TextStringObject) and value.strip():
            yield f"{name if key in ('/V', '/DV') else key[1:]}: {value}", field and key == "/V"
        elif key == "/V" and field and isinstance(value, NameObject) and value != "/Off":
            yield f"{name}: {value[1:]}", True  # a box that is ticked
    if _at(one, "/Type") == "/Metadata" and isinstance(one, StreamObject):
        yield from ((line, False) for line in markup.lines(one.get_data()))
