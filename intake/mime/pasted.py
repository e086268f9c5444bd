"""What was pasted into the words of a text and is no words: pictures of a page, files in uuencode, a PGP signature."""

from __future__ import annotations

import re

import re2

from intake.letter import Attachment
from intake.mime.part import file_name
from intake.mime.transfer import uuencoded

_PICTURE = re.compile(
    r"\[(?:cid:[^\]\s]{1,500}|https?://[^\]\s]{1,500}\.(?:gif|png|jpe?g|webp|svg|bmp)(?:\?[^\]\s]{0,500})?)\]"
    r"|!\[[^\]\n]{0,200}\]\([^)\s]{1,500}\)"
)


def without_pictures(text: str) -> str:
    """Where a plain view names a picture of the page, a word stands: its URL may only be there to be fetched."""
    if "[cid:" in text or "[http" in text or "![" in text:
        return _PICTURE.sub("[picture]", text)
    return text


_CLEARSIGNED = re2.compile(
    r"(?m)^-----BEGIN PGP SIGNED MESSAGE-----\n(?:Hash: .*\n)*\n"
    r"|^-----BEGIN PGP SIGNATURE-----\n(?:[A-Za-z]+: .*\n)*\n?(?:[A-Za-z0-9+/=]{1,76}\n)*-----END PGP SIGNATURE-----$"
)
_DASHED = re2.compile(r"(?m)^- -")


def without_clearsigning(text: str) -> str:
    """RFC 9580 §7: the words that were signed as they were written, without what is around them for machines."""
    if "-----BEGIN PGP SIGNED MESSAGE-----" not in text:
        return text
    return str(_DASHED.sub("-", _CLEARSIGNED.sub("", text)))


_UU_BEGIN = re.compile(r"^begin [0-7]{3,4} ([^\n]{1,200})\n(?=[!-`][ -`]{4})", re.MULTILINE)


def without_uuencode(text: str) -> tuple[str, list[Attachment]]:
    """Files pasted into the text the old way become attachments; a line says where they stood."""
    if "\nend" not in text or "begin " not in text:
        return text, []
    kept, files, at = [], [], 0
    for match in _UU_BEGIN.finditer(text):
        if match.start() < at:
            continue
        stop = text.find("\nend", match.end() - 1)
        if stop < 0:
            break
        block = text[match.start() : stop + 4]
        octets = uuencoded(block.encode("ascii", "replace"))
        files.append(Attachment(file_name(match[1]) or "attachment", "application/octet-stream", octets))
        kept += [text[at : match.start()], "[attached file]"]
        at = stop + 4
    return "".join((*kept, text[at:])), files
