"""A file that may be handed on: written anew from what was read, or not at all.

The rule this module keeps: no octet of the file that came is in the file that goes, and neither its name nor anything
that stands `beside` what it shows. Text is the redacted text without the `halves` of addresses; pictures are their
pixels. What was not read for certain (archives, signed and encrypted files, unknown kinds, claims that the content
belies) is None and stays withheld.

Documents and pictures are written in a `cell`. A document that cannot be written in its own format is handed on as
plain text: no word is dropped. What a picture shows is not read and not redacted.
"""

from __future__ import annotations

from dataclasses import dataclass

from intake import attachment
from intake.attachment import beside, cell, plain, table
from intake.attachment.halves import without_halves
from intake.letter import Attachment
from intake.redact import EMAIL_WITHHELD

_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*")
_ENDINGS = frozenset(("jpg", "jpeg", "jpe", "jfif", "png", "gif", "webp", "bmp", "dib", "tif", "tiff"))
_TYPES = frozenset(("jpeg", "jpg", "pjpeg", "png", "x-png", "apng", "gif", "webp", "bmp", "x-ms-bmp", "x-bmp", "tiff"))
_SILENT = ("", "application/octet-stream")
_SCANT = 0.05  # seconds: no cell starts in less


@dataclass(frozen=True, slots=True, repr=False)
class Rebuilt:
    """A file written by us: `ending` without a dot, media `type`, octets; text is UTF-8. The caller gives the name."""

    ending: str
    type: str
    data: bytes

    def __repr__(self) -> str:
        return f"<Rebuilt {self.ending}, {len(self.data)} bytes>"


def rebuild(
    file: Attachment, text: str | None, redacted: str | None, seconds: float = attachment.SECONDS
) -> Rebuilt | None:
    """`file` written anew within `seconds`, or None when it stays withheld. Never raises.

    `text`: what `attachment.read` answered; `redacted`: the same without what is withheld. Pictures have neither.
    """
    if picture(file):
        return _picture(file.data, seconds)
    kind = attachment.kind_of(file)
    if not kind or text is None or redacted is None or len(redacted) > 2 * attachment.TEXT:
        return None
    shown = beside.shown(text, redacted)
    shown = None if shown is None else without_halves(shown, EMAIL_WITHHELD)
    if shown is None:
        return None
    shown = shown.encode(errors="replace").decode()  # halves of a character
    if kind == "csv":
        return _table(file.data, text, shown)
    return (_document(kind, shown, seconds) if kind in _WRITTEN else None) or _text(shown)


def picture(file: Attachment) -> bool:
    """Whether content, name and media type all say that `file` is a picture of a kind that is drawn anew."""
    data, stem_and_ending, kind = file.data, file.name.strip().lower(), file.type.partition(";")[0].strip().lower()
    ending = stem_and_ending.rpartition(".")[2] if "." in stem_and_ending[1:] else ""
    return (
        len(data) <= attachment.OCTETS
        and (data.startswith(_PICTURES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"))
        and b"%PDF-" not in data[:1024]  # other programs show it as what it is not here
        and (not ending or ending in _ENDINGS)
        and (kind in _SILENT or (kind.startswith("image/") and kind.removeprefix("image/") in _TYPES))
    )


def _picture(data: bytes, seconds: float) -> Rebuilt | None:
    drawn = cell.work("picture", data, seconds) if seconds > _SCANT else None
    if not drawn:
        return None
    return Rebuilt("png", "image/png", drawn) if drawn.startswith(b"\x89PNG") else Rebuilt("jpg", "image/jpeg", drawn)


_WRITTEN = {
    "pdf": ("paper", "application/pdf"),
    "docx": ("word", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
}


def _document(kind: str, shown: str, seconds: float) -> Rebuilt | None:
    module, media = _WRITTEN[kind]
    written = cell.work(module, shown.encode(), seconds) if seconds > _SCANT else None
    return Rebuilt(kind, media, written) if written else None


def _text(shown: str) -> Rebuilt:
    return Rebuilt("txt", "text/plain", shown.encode())


def _table(data: bytes, text: str, shown: str) -> Rebuilt:
    """Rows and columns where the redacted text still has them; else the text as it is."""
    try:
        filled = table.refilled(plain.decoded(data), text, shown)
    except ValueError:
        filled = None
    return _text(shown) if filled is None else Rebuilt("csv", "text/csv", table.as_csv(filled))
