"""Every outgoing message, built from nothing.

The rule this module keeps: nothing of an incoming message's structure goes out. A message is constants, our own
ids, an alias, and text that was redacted; its header is an allow-list, and no value can end a header line or
begin another (CVE-2024-6923). Lines end in CRLF, everything but an internationalised To (RFC 6532) is ASCII,
and no line is longer than RFC 5322 allows.

Written by hand because the standard library's composer costs fifty times as much; the tests use it as oracle.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote

HEADERS = (
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Language",
)
"""All that can stand in the header of a message of ours, in this order."""

LONGEST_LINE = 998  # octets without CRLF, RFC 5322 §2.1.1
_FOLD = 76
_VALUE = 600  # characters of a subject or a display name
_REFERENCES = 20  # the first and the last ones: enough for every mail program to find the thread


@dataclass(frozen=True, slots=True, repr=False)
class Outgoing:
    """A message to be. `from_addr`, `reply_to`: aliases of ours; "" leaves Reply-To out.

    In `text` \\n ends a line. `message_id` and `references` are ours, with angle brackets; the last reference is
    what the message answers. `language`: of our words; it is said where they are all, which `auto_submitted` tells.
    `attachments`: (file name, media type, octets), all three made by us; text is UTF-8.
    """

    from_name: str
    from_addr: str
    to_addr: str
    reply_to: str
    subject: str
    text: str
    message_id: str
    date: datetime
    references: tuple[str, ...] = ()
    auto_submitted: str = ""
    language: str = "en"
    attachments: tuple[tuple[str, str, bytes], ...] = ()

    def __repr__(self) -> str:
        return f"<Outgoing, {len(self.text)} characters, {len(self.attachments)} attachments>"


def compose(message: Outgoing) -> bytes:
    """The finished octets of `message`.

    ValueError, naming the field and not its value, when an address or the Message-ID is none.
    """
    language = message.language if message.auto_submitted else ""
    parts = [_text_part(message.text, language, strict=bool(message.attachments))]
    parts += [_file_part(*attachment) for attachment in message.attachments]
    if len(parts) == 1:
        fields, body = parts[0]
    else:
        boundary = "=_" + hashlib.sha256(message.message_id.encode("utf-8", "replace")).hexdigest()[:32]
        fields, body = (
            [("Content-Type", f'multipart/mixed;\r\n boundary="{boundary}"')],
            _joined(parts, boundary),
        )
    return b"".join((_lines((*_header(message), *fields)), b"\r\n", body))


def _header(message: Outgoing) -> Iterator[tuple[str, str]]:
    yield "From", _mailbox(message.from_name, _address(message.from_addr, "from_addr"))
    yield "To", _address(message.to_addr, "to_addr", international=True)
    if message.reply_to:
        yield "Reply-To", _address(message.reply_to, "reply_to")
    yield "Subject", _phrase(message.subject, "Subject")
    date = message.date if message.date.tzinfo else message.date.replace(tzinfo=UTC)
    yield "Date", format_datetime(date.astimezone(UTC))
    yield "Message-ID", _id(message.message_id)
    references = [_id(reference) for reference in message.references]
    if references:
        yield "In-Reply-To", references[-1]
        if len(references) > _REFERENCES:
            references[1 : 1 - _REFERENCES] = []
        yield "References", "\r\n ".join(references)
    if message.auto_submitted:
        yield "Auto-Submitted", _word(message.auto_submitted) or "auto-generated"
    yield "MIME-Version", "1.0"


def _lines(fields: Sequence[tuple[str, str]]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in fields).encode("utf-8")


# --- values ------------------------------------------------------------------------------------------

# C0 and C1, line and paragraph separators, direction marks, other invisible format characters, lone surrogates.
_INVISIBLE = re.compile(
    "[\0-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
_DOT_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+"
_ADDRESS = re.compile(rf'(?:{_DOT_ATOM}|"[A-Za-z0-9!#$%&\'*+/=?^_`{{|}}~., -]+")@[A-Za-z0-9.-]+\Z')
_ADDRESS_UTF8 = re.compile(r'[^\0-\x20"(),:;<>@\[\\\]\x7f-\xa0]+@[^\0-\x2c/:-@\[-`{-\xa0]+\Z')
_ID = re.compile(r"<[!-;=?A-~]{1,240}@[!-;=?A-~]{1,240}>\Z")
_WORD = re.compile(r"[a-z][a-z-]{0,40}\Z")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}\Z")
_TYPE = re.compile(r"(?:text|image|audio|video|application)/[a-z0-9][a-z0-9.+-]{0,100}\Z")
_SPECIALS = re.compile(r'[()<>@,:;."\[\]\\]')


def printable(value: str) -> str:
    """`value` on one line, without anything that nobody sees or that could begin a header."""
    return " ".join(_INVISIBLE.sub(" ", value).split())


def is_address(value: str) -> bool:
    """Whether a message can be addressed to it."""
    return len(value) <= 320 and (bool(_ADDRESS.match(value)) or _is_international(value))


def _address(value: str, name: str, international: bool = False) -> str:
    if is_address(value) and (international or _ADDRESS.match(value)):
        return value
    raise ValueError(f"{name} is not an address")


def _is_international(value: str) -> bool:
    return bool(_ADDRESS_UTF8.match(value)) and not _INVISIBLE.search(value) and printable(value) == value


def _id(value: str) -> str:
    if _ID.match(value):
        return value
    raise ValueError("message_id or references: not a Message-ID")


def _word(value: str) -> str:
    return value if _WORD.match(value) else ""


def _mailbox(name: str, address: str) -> str:
    phrase = printable(name)[:_VALUE]
    if not phrase:
        return address
    if phrase.isascii() and "=?" not in phrase and len(phrase) < 60:
        if _SPECIALS.search(phrase):
            phrase = '"' + phrase.replace("\\", "\\\\").replace('"', '\\"') + '"'
    else:
        phrase = _encoded(phrase, len("From: "))
    return f"{phrase}\r\n <{address}>" if len(phrase) + len(address) > 60 else f"{phrase} <{address}>"


def _phrase(value: str, name: str) -> str:
    """Unstructured text: as it is where ASCII fits on folded lines, else in encoded words (RFC 2047)."""
    value = printable(value)[:_VALUE]
    used = len(name) + 2
    words = value.split(" ")
    if not value.isascii() or "=?" in value or max(map(len, words)) + used > _FOLD:
        return _encoded(value, used)
    lines, line = [], ""
    for word in words:
        if line and used + len(line) + 1 + len(word) > _FOLD:
            lines.append(line)
            line, used = word, 1
        else:
            line = f"{line} {word}" if line else word
    return "\r\n ".join((*lines, line))


def _encoded(value: str, used: int) -> str:
    """Encoded words of 75 characters at most, each whole characters of UTF-8, one a line."""
    words: list[bytes] = []
    octets = b""
    for character in value:
        piece = character.encode("utf-8")
        room = 45 if words else 45 - used  # 45 octets make 60 characters of base64, and the frame takes 12
        if len(octets) + len(piece) > room:
            words.append(octets)
            octets = b""
        octets += piece
    return "\r\n ".join(f"=?utf-8?b?{b64encode(word).decode('ascii')}?=" for word in (*words, octets))


# --- bodies ------------------------------------------------------------------------------------------

_Part = tuple[list[tuple[str, str]], bytes]
_CONTROLS = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LONG_LINE = re.compile(rf"[^\n]{{{LONGEST_LINE + 1}}}")


def _text_part(text: str, language: str, strict: bool) -> _Part:
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if text and not text.endswith("\n"):
        text += "\n"
    encoding, body = _transfer_encoded(text, strict)
    charset = "us-ascii" if text.isascii() else "utf-8"
    fields = [
        ("Content-Type", f"text/plain; charset={charset}"),
        ("Content-Transfer-Encoding", encoding),
        *([("Content-Language", language)] if _LANGUAGE.match(language) else []),
    ]
    return fields, body


def _transfer_encoded(text: str, strict: bool) -> tuple[str, bytes]:
    """(encoding, body): 7bit where that is safe from every relay, else what costs fewer octets."""
    if text.isascii() and not strict and not _LONG_LINE.search(text) and not _is_touched(text):
        return "7bit", text.replace("\n", "\r\n").encode("ascii")
    data = text.encode("utf-8")
    if len(data) * 5 > len(text) * 6:  # not mostly ASCII
        return "base64", _base64(text.replace("\n", "\r\n").encode("utf-8"))
    return "quoted-printable", binascii.b2a_qp(data).replace(b"\n", b"\r\n")


def _is_touched(text: str) -> bool:
    """Mail stores write ">From", and relays cut blanks at the end of a line."""
    return text.startswith("From ") or "\nFrom " in text or " \n" in text or "\t\n" in text


def _base64(data: bytes) -> bytes:
    encoded = b64encode(data)
    return b"".join(encoded[at : at + _FOLD] + b"\r\n" for at in range(0, len(encoded), _FOLD))


def _file_part(name: str, kind: str, data: bytes) -> _Part:
    kind = kind if _TYPE.match(kind) else "application/octet-stream"
    kind += "; charset=utf-8" * kind.startswith("text/")
    fields = [
        ("Content-Type", kind),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-Disposition", f"attachment;\r\n {_file_name(name)}"),
    ]
    return fields, _base64(data)


def _file_name(name: str) -> str:
    """The parameter, RFC 2183; RFC 2231 where ASCII does not do. No folder, no quote, 100 characters at most."""
    name = re.sub(r'[/\\"%\x27*;:<>|?]', "_", printable(name))[:100].strip(". ") or "attachment"
    if name.isascii():
        return f'filename="{name}"'
    return f"filename*=utf-8''{quote(name, safe='')}"


def _joined(parts: Sequence[_Part], boundary: str) -> bytes:
    opening = f"--{boundary}\r\n".encode("ascii")
    pieces = [b"".join((opening, _lines(fields), b"\r\n", body)) for fields, body in parts]
    return b"\r\n".join((*pieces, f"--{boundary}--\r\n".encode("ascii")))
