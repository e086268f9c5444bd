"""Text as a new Word document: a paragraph a line. Runs in a cell (see `cell`).

The rule this module keeps: the same text gives the same octets, and nothing else is in them: no date, no author, no
comment, no picture of the first page. Whoever can read Word documents reads what stands here (see `docx`).
"""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document

LINES = 20_000  # about 2 s

_KEPT = ("officeDocument", "core-properties", "styles", "settings", "fontTable", "theme", "numbering")
_NO_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def work(data: bytes) -> bytes:
    """The document of a text in UTF-8; ValueError when it is too long."""
    lines = data.decode().split("\n")
    if len(lines) > LINES:
        raise ValueError("too many paragraphs")
    return _written(_READY, lines)


def _blank() -> Any:
    """An empty document of the library's, without what it brings along."""
    document = Document()
    for relations in (document.part.package.rels, document.part.rels):
        for name in [n for n, one in relations.items() if one.reltype.rpartition("/")[2] not in _KEPT]:
            del relations[name]
    core = document.core_properties
    core.author = core.comments = core.title = core.last_modified_by = ""
    core.created = core.modified = _NO_TIME
    return document


def _written(document: Any, lines: list[str]) -> bytes:
    for line in lines:
        document.add_paragraph(_NO_XML.sub("\ufffd", line))
    file = io.BytesIO()
    document.save(file)
    return _undated(file)


def _undated(file: io.BytesIO) -> bytes:
    """The same package without the time of day that each of its parts carries."""
    new = io.BytesIO()
    with ZipFile(file) as package, ZipFile(new, "w") as undated:
        for name in package.namelist():
            part = ZipInfo(name)
            part.compress_type = ZIP_DEFLATED
            undated.writestr(part, package.read(name))
    return new.getvalue()


_written(_blank(), ["the library imports some of its modules late, when the cell can open no file any more"])
_READY = _blank()
