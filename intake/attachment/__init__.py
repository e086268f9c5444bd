"""The text of files that came with a letter, or the plain word that a file was not read.

The rule this module keeps: a text is handed out only when all that the file shows was read. A picture on a page, a
password, octets of no character set, a claim that the content belies, a limit, a crash: each makes the file unscanned
(None), never clean, and nothing is raised. What no reader here knows is unscanned too.

The content says what a file is. The claims (ending and media type) can only forbid: they never make a file read.
Cheap kinds are read here (`plain`), documents in a process of their own that holds no key (`cell`).

What this cannot see: a PDF or a document whose own fonts draw other letters than they name, and older versions that it
still carries inside. Whoever would hand a file on because nothing was found in it must know that: no file is handed on
as it came, it is written anew (`rebuild`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from intake.attachment import cell

if TYPE_CHECKING:
    from intake.letter import Attachment

OCTETS = 20_000_000  # of a file that is looked at
TEXT = 500_000  # characters of text, of all files of a letter together
SECONDS = 6.0  # for all files of a letter: with tagging (3 s), a batch of 20 stays below a task's soft limit of 200 s
FILES = 50  # of a letter; more are unscanned

_UNKNOWN = "unknown"
_DOCUMENTS = ("pdf", "docx")
_CARDS = ("vcf", "ics")
_ENDINGS = {
    "pdf": "pdf", "docx": "docx", "html": "html", "htm": "html", "xhtml": "html", "ics": "ics", "vcf": "vcf",
    "vcard": "vcf", "csv": "csv", "tsv": "csv", "json": "json", "xml": "xml", "txt": "text", "text": "text",
    "log": "text", "md": "text",
}  # fmt: skip
_TYPES = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/calendar": "ics",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "text/csv": "csv",
    "application/csv": "csv",
    "application/vnd.ms-excel": "csv",  # what Windows says of .csv; a real .xls is no text and is not read
    "text/tab-separated-values": "csv",
    "application/json": "json",
    "text/json": "json",
    "application/xml": "xml",
    "text/xml": "xml",
    "text/markdown": "text",
    "text/x-markdown": "text",
    "text/x-log": "text",
    "text/plain": "",
    "application/octet-stream": "",
    "": "",
}


def read(file: Attachment, seconds: float = SECONDS) -> str | None:
    """All text of `file`, at most TEXT characters; None when it is unscanned. Never raises."""
    kind = kind_of(file)
    if not kind:
        return None
    if kind in _DOCUMENTS:
        text = cell.read(kind, file.data, seconds)
    else:
        from intake.attachment import plain  # here, so that no cell carries its parsers

        text = plain.read(kind, file.data, TEXT)
    return text if text is None or len(text) <= TEXT else None


def kind_of(file: Attachment) -> str:
    """What `file` is read as: "text", "csv", "pdf" …; "" when it is nothing that is read here."""
    return _kind(_shape(file.data), _claims(file)) if len(file.data) <= OCTETS else ""


def texts(files: Sequence[Attachment]) -> list[str | None]:
    """`read` for all files of a letter, which share FILES, SECONDS and TEXT: what comes too late is unscanned."""
    end, room = time.monotonic() + SECONDS, TEXT
    answers: list[str | None] = []
    for number, file in enumerate(files):
        left = end - time.monotonic()
        text = read(file, left) if number < FILES and left > 0 else None
        if text is not None and len(text) > room:
            text = None
        room -= len(text or "")
        answers.append(text)
    return answers


def _shape(data: bytes) -> str:
    """What the content is: a kind, or "" when it is none that we know."""
    head = data[:1024]
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return "docx"
    if b"%PDF-" in head or head.startswith((b"{\\rtf", b"%!")):
        return ""  # other programs show these as what they are not here
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:100].lower()
    if start.startswith(b"begin:vcard"):
        return "vcf"
    if start.startswith(b"begin:vcalendar"):
        return "ics"
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "html"
    return "xml" if start.startswith(b"<?xml") else "text"


def _claims(file: Attachment) -> set[str]:
    stem, dot, ending = file.name.strip().lower().rpartition(".")
    claimed = _TYPES.get(file.type.partition(";")[0].strip().lower(), _UNKNOWN)
    return {claimed, _ENDINGS.get(ending, _UNKNOWN) if stem and dot else ""} - {""}


def _kind(found: str, claims: set[str]) -> str:
    """How to read it; "" when content and claims do not go together."""
    if not found or len(claims) > 1:
        return ""
    claim = next(iter(claims), found)
    if claim == found:
        return found
    if found in _CARDS and claim == "text":
        return found
    if found in _DOCUMENTS + _CARDS or claim in (*_DOCUMENTS, *_CARDS, _UNKNOWN):
        return ""
    return claim
