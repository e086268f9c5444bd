"""Word documents (ISO/IEC 29500): all that they show, or nothing.

The rule this module keeps: each part of the package and each relation between parts is of a kind that we know. All
text is read: body, headers, footers, notes, and `beside` them comments, what was deleted or hidden, the names of
authors, properties, targets of links. What no page shows is not read: the small picture of the first page, fonts, the
settings of a printer. Pictures, charts, drawings and embedded files are ValueErrors.
"""

from __future__ import annotations

import io
import re
import zlib
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from intake.attachment import beside, markup

PARTS = 300
UNPACKED = 30_000_000  # octets of all parts that are read

_RELATIONS = frozenset(
    (
        "officeDocument", "styles", "stylesWithEffects", "settings", "webSettings", "fontTable", "theme", "numbering",
        "header", "footer", "footnotes", "endnotes", "comments", "commentsExtended", "commentsIds",
        "commentsExtensible", "people", "hyperlink", "glossaryDocument", "core-properties", "extended-properties",
        "custom-properties", "extendedProperties", "customProperties", "metadata", "classificationlabels", "customXml",
        "customXmlProps", "attachedTemplate", "keyMapCustomizations", "recipientData", "mailMergeSource",
        "mailMergeHeaderSource", "documenttasks", "intelligence", "webextension", "webextensiontaskpanes",
        "extensibility", "thumbnail", "font", "printerSettings",
    )
)  # fmt: skip
_NOT_SHOWN = re.compile(
    r"(?i)docProps/thumbnail\.(?:jpe?g|png|emf|wmf)|word/fonts/[^/]+\.(?:odttf|ttf|otf)"
    r"|word/(?:printerSettings/)?printerSettings\d*\.bin"
)
_DRAWN = frozenset(
    ("custGeom", "contentPart", "altChunk", "subDoc", "imagedata", "OLEObject", "pic", "binData", "polyline", "curve")
)
_TEXT = frozenset(("t", "delText", "instrText", "delInstrText"))
_BREAKS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "sym": "*"}
_GONE = frozenset(("del", "moveFrom", "delText", "instrText", "delInstrText", "Fallback"))
_SHOWN = re.compile(r"word/(?:document|header|footer|footnotes|endnotes)\d*\.xml")
_SAID = frozenset(
    (
        "author", "initials", "userId", "userName", "descr", "title", "alt", "tooltip", "displayText", "value",
        "fullDate", "instr",
    )
)  # fmt: skip
_VALUED = frozenset(("alias", "tag", "docVar", "default", "result", "listEntry", "helpText", "statusText", "lvlText"))
_PLUMBING = frozenset(("created", "modified", "lastPrinted", "AppVersion", "type", "itemID", "fmtid"))


def work(data: bytes) -> bytes:
    """What the cell answers: the text in UTF-8."""
    return text(data).encode()


def text(data: bytes) -> str:
    """All text of the document; ValueError when it is none or shows more than text."""
    try:
        with ZipFile(io.BytesIO(data)) as package:
            parts = [_part(name, package.read(name)) for name in _parts(package, data)]
    except (BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error) as err:
        raise ValueError("a damaged archive") from err
    shown = "\n".join(line for lines, _ in parts for line in lines)
    return beside.joined(shown, (line for _, lines in parts for line in lines))


def _parts(package: ZipFile, data: bytes) -> list[str]:
    """The names of the parts to read, the document first; ValueError when the archive is no Word document exactly."""
    entries = [entry for entry in package.infolist() if not entry.is_dir()]
    names = {entry.filename for entry in entries}
    read = {name for name in names if not _NOT_SHOWN.fullmatch(name)}
    wrong = (
        not 0 < len(entries) <= PARTS,
        len({name.lower() for name in names}) < len(entries),
        sum(entry.file_size for entry in entries if entry.filename in read) > UNPACKED,
        not {"[Content_Types].xml", "word/document.xml"} <= names,
        any(entry.flag_bits & 1 or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for entry in entries),
        not all(name.lower().endswith((".xml", ".rels")) for name in read),
        min(entry.header_offset for entry in entries) > 0 if entries else True,  # something stands before the archive
        data[-22:-18] != b"PK\5\6",  # … or behind it
    )
    if any(wrong):
        raise ValueError("not only text")
    return sorted(read - {"[Content_Types].xml"}, key=lambda name: (name != "word/document.xml", name))


def _part(name: str, data: bytes) -> tuple[list[str], list[str]]:
    """The lines that a part shows, and those that stand beside."""
    if name.lower().endswith(".rels") or name.startswith("word/"):
        story = _Story()
        markup.walk(data, story.start, story.end, story.said)
        story.break_line()
        return (story.lines, story.beside) if _SHOWN.match(name) else ([], story.beside + story.lines)
    return [], [line for line in markup.lines(data) if line.partition(":")[0] not in _PLUMBING]


class _Story:
    """Paragraphs and rows of tables as lines; beside them the same with all that is deleted or hidden, if anything is.

    What attributes say stands beside as lines "name: value".
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.beside: list[str] = []
        self._line: list[str] = []
        self._whole: list[str] = []
        self._inside = [""]
        self._cells = 0
        self._gone = 0  # how many elements around this one do not show
        self._hidden = False  # this run

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._inside.append(name)
        if name in _DRAWN or (name == "shape" and "path" in attributes):
            raise ValueError("a drawing")
        if name == "Relationship":
            self._relation(attributes)
        self._cells += name == "tc"
        self._gone += name in _GONE
        if name == "vanish" and self._inside[-3:-1] == ["r", "rPr"]:
            self._hidden = attributes.get("val", "1") not in ("0", "false", "off")
        if name in _BREAKS:
            self._add(_BREAKS[name])
        for key, value in attributes.items():
            if key == "string":  # letters as a shape
                self._add(f" {value} ")
            elif value.strip() and (key in _SAID or (key == "val" and name in _VALUED)):
                self._note(f"{name if key == 'val' else key}: {value}")
        if name == "bookmarkStart" and not attributes.get("name", "_").startswith("_"):
            self._note(f"bookmark: {attributes['name']}")

    def _note(self, line: str) -> None:
        if line not in self.beside[-50:]:  # each change of the same author says who it was
            self.beside.append(line)

    def _relation(self, attributes: dict[str, str]) -> None:
        kind = attributes.get("Type", "").rpartition("/")[2]
        if kind not in _RELATIONS:
            raise ValueError("a part that is no text")
        if attributes.get("TargetMode") == "External":
            self._note(f"link: {attributes.get('Target', '')}")

    def end(self, name: str) -> None:
        self._inside.pop()
        self._cells -= name == "tc"
        self._gone -= name in _GONE
        self._hidden = self._hidden and name != "r"
        if name == "tc":
            self._both("\t")
        elif name == "p" and self._cells:
            self._both(" ")
        elif name in ("p", "tr"):
            self.break_line()

    def said(self, text: str) -> None:
        if self._inside[-1] in _TEXT:
            self._add(text)

    def _add(self, text: str) -> None:
        self._whole.append(text)
        if not (self._gone or self._hidden):
            self._line.append(text)

    def _both(self, text: str) -> None:
        self._whole.append(text)
        self._line.append(text)

    def break_line(self) -> None:
        line, whole = ("".join(pieces).strip(" \t") for pieces in (self._line, self._whole))
        self._line.clear()
        self._whole.clear()
        if line:
            self.lines.append(line)
        if whole and whole != line:
            self.beside.append(whole)
