"""Word documents (ISO/IEC 29500): all parts, or none.

The rule this module keeps: each part of the package and each relation between parts is of a kind that holds only
text, and all of that text is read: body, headers, footers, notes, comments, what was deleted or hidden, the names of
authors, properties, targets of links. Pictures, charts, drawings and embedded files are ValueErrors.
"""

from __future__ import annotations

import io
import zlib
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from intake.attachment import markup

PARTS = 300
UNPACKED = 30_000_000  # octets of all parts together

_RELATIONS = frozenset(
    (
        "officeDocument", "styles", "stylesWithEffects", "settings", "webSettings", "fontTable", "theme", "numbering",
        "header", "footer", "footnotes", "endnotes", "comments", "commentsExtended", "commentsIds",
        "commentsExtensible", "people", "hyperlink", "glossaryDocument", "core-properties", "extended-properties",
        "custom-properties", "metadata", "classificationlabels", "customXml", "customXmlProps",
    )
)  # fmt: skip
_DRAWN = frozenset(
    ("custGeom", "contentPart", "altChunk", "subDoc", "imagedata", "OLEObject", "pic", "binData", "polyline", "curve")
)
_TEXT = frozenset(("t", "delText", "instrText", "delInstrText"))
_BREAKS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "sym": "*"}
_SAID = frozenset(
    ("author", "initials", "userId", "descr", "title", "string", "alt", "tooltip", "displayText", "value", "fullDate")
)
_VALUED = frozenset(("alias", "tag", "docVar", "default", "result", "listEntry", "helpText", "statusText", "lvlText"))
_PLUMBING = frozenset(("created", "modified", "lastPrinted", "AppVersion", "type", "itemID", "fmtid"))


def text(data: bytes) -> str:
    """All text of the document; ValueError when it is none or shows more than text."""
    try:
        with ZipFile(io.BytesIO(data)) as package:
            return "\n".join(line for name in _parts(package, data) for line in _part(name, package.read(name)))
    except (BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error) as err:
        raise ValueError("a damaged archive") from err


def _parts(package: ZipFile, data: bytes) -> list[str]:
    """The names of the parts, the document first; ValueError when the archive is not exactly a Word document."""
    entries = [entry for entry in package.infolist() if not entry.is_dir()]
    names = {entry.filename for entry in entries}
    wrong = (
        not 0 < len(entries) <= PARTS,
        len({name.lower() for name in names}) < len(entries),
        sum(entry.file_size for entry in entries) > UNPACKED,
        not {"[Content_Types].xml", "word/document.xml"} <= names,
        any(entry.flag_bits & 1 or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for entry in entries),
        not all(name.lower().endswith((".xml", ".rels")) for name in names),
        min(entry.header_offset for entry in entries) > 0 if entries else True,  # something stands before the archive
        data[-22:-18] != b"PK\5\6",  # … or behind it
    )
    if any(wrong):
        raise ValueError("not only text")
    return sorted(names - {"[Content_Types].xml"}, key=lambda name: (name != "word/document.xml", name))


def _part(name: str, data: bytes) -> list[str]:
    if name.lower().endswith(".rels") or name.startswith("word/"):
        story = _Story()
        markup.walk(data, story.start, story.end, story.said)
        story.break_line()
        return story.lines
    return [line for line in markup.lines(data) if line.partition(":")[0] not in _PLUMBING]


class _Story:
    """Paragraphs and rows of tables as lines; what attributes say as lines "name: value" above them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._line: list[str] = []
        self._inside = [""]
        self._cells = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._inside.append(name)
        if name in _DRAWN or (name == "shape" and "path" in attributes):
            raise ValueError("a drawing")
        if name == "Relationship":
            self._relation(attributes)
        self._cells += name == "tc"
        self._line += [_BREAKS[name]] if name in _BREAKS else []
        for key, value in attributes.items():
            if value.strip() and (key in _SAID or (key == "val" and name in _VALUED)):
                line = f"{name if key == 'val' else key}: {value}"
                if line not in self.lines[-50:]:  # each change of the same author says who it was
                    self.lines.append(line)
        if name == "bookmarkStart" and not attributes.get("name", "_").startswith("_"):
            self.lines.append(f"bookmark: {attributes['name']}")

    def _relation(self, attributes: dict[str, str]) -> None:
        kind = attributes.get("Type", "").rpartition("/")[2]
        if kind not in _RELATIONS:
            raise ValueError("a part that is no text")
        if attributes.get("TargetMode") == "External":
            self.lines.append(f"link: {attributes.get('Target', '')}")

    def end(self, name: str) -> None:
        self._inside.pop()
        self._cells -= name == "tc"
        if name == "tc":
            self._line.append("\t")
        elif name == "p" and self._cells:
            self._line.append(" ")
        elif name in ("p", "tr"):
            self.break_line()

    def said(self, text: str) -> None:
        if self._inside[-1] in _TEXT:
            self._line.append(text)

    def break_line(self) -> None:
        line = "".join(self._line).strip(" \t")
        self._line.clear()
        if line:
            self.lines.append(line)
