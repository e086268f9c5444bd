"""Reading mail: any octets that came in over SMTP become a `Letter`, or are said to be unreadable.

The rule this module keeps: no text is dropped in silence. What is ambiguous is read in one way and noted in
`Letter.problems`; what cannot be read safely raises `Unreadable` and nothing else: then a person looks at it.

The parser is our own because every bound is then ours: it walks positions in the octets, copies nothing
until a part is taken, and is linear in the mail's size for any nesting it accepts. The standard library's
parser is the oracle of its tests.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import idna
import re2

from intake import html, invitation, machine
from intake.charset import base64, in_charset, transfer_decoded, unwrapped, uuencoded
from intake.letter import Attachment, Envelope, Letter
from intake.machine import Fields

DEEPEST = 60  # multiparts inside each other
PARTS = 2_000
FIELDS = 4_000  # header fields of one part
FIELD_OCTETS = 65_536  # of one field that are looked at
SENDERS = 50  # addresses that may be the writer's
TEXT = 1_000_000  # characters of text; what is longer goes on as an attachment
SUBJECT = 1_000  # characters
NAME = 255  # characters of a file name or a display name

_REPORT_TYPES = {
    "delivery-status": ("message/delivery-status", "message/global-delivery-status"),
    "disposition-notification": (
        "message/disposition-notification",
        "message/global-disposition-notification",
    ),
}
_SEALED_TYPES = (
    "multipart/encrypted",
    "application/pkcs7-mime",
    "application/x-pkcs7-mime",
    "application/pgp-encrypted",
)
_HTML_TYPES = ("text/html", "application/xhtml+xml")
_PLAIN_TYPES = ("text/plain", "text/markdown", "text/x-markdown", "text/enriched", "text/richtext")

# Whose addresses may be the writer's own: originators (RFC 5322), receipts (RFC 8098), what providers add.
_SENDER_FIELD_NAMES = (
    "from sender reply-to return-path resent-from resent-sender resent-reply-to "
    "disposition-notification-to return-receipt-to x-confirm-reading-to read-receipt-to errors-to apparently-from "
    "original-from x-original-from x-google-original-from x-sender x-original-sender x-envelope-from "
    "x-envelope-sender x-apparently-from x-authenticated-sender x-authenticated-user x-auth-sender "
    "x-originating-email mail-reply-to mail-followup-to mail-copies-to x-from autocrypt author"
)
_SENDER_FIELDS = frozenset(_SENDER_FIELD_NAMES.split())


class Unreadable(Exception):
    """A mail that only a person can judge. `reason` is short, neutral, and holds nothing of the mail."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read(envelope: Envelope, raw: bytes) -> Letter:
    """The letter in `raw` (RFC 5322 octets, or what somebody sent instead of them).

    Raises only `Unreadable`: nested deeper than DEEPEST, more than PARTS parts, encrypted, a fragment.
    """
    try:
        return _letter(envelope, _lines_end_in_lf(raw))
    except Unreadable:
        raise
    except Exception:  # noqa: BLE001 - the promise of this module: any other surprise is a person's to look at
        raise Unreadable("this message could not be read by the program") from None


def _letter(envelope: Envelope, raw: bytes) -> Letter:
    reading = _Reading(raw)
    root = reading.part(_start(raw), len(raw))
    reading.take(root)
    text = reading.text()
    if reading.sealed and _says_nothing(text):
        raise Unreadable("encrypted")
    headers = root.headers
    addresses = _sender_addresses(envelope, headers)
    name, sender = _answer_to(envelope, headers)
    subject = _one_line(_decoded(headers, "subject"))
    by = machine.kind(headers, envelope.mail_from, subject, text, reading.report)
    return Letter(
        channel="email",
        subject=subject[:SUBJECT],
        text=text,
        sender_name=name[:NAME],
        sender=sender,
        addresses=addresses,
        recipients=envelope.recipients,
        message_id=_one_line(_decoded(headers, "message-id"))[:998],
        references=_references(headers),
        others=_others(envelope, headers),
        attachments=tuple(reading.attachments),
        machine=bool(by.kind),
        automatic=by.sure,
        report=reading.report == "delivery-status",
        written_by=by.kind,
        problems=tuple(dict.fromkeys(reading.problems)),
    )


def _says_nothing(text: str) -> bool:
    return not text.partition("-----BEGIN PGP MESSAGE-----")[0].strip()


def _lines_end_in_lf(raw: bytes) -> bytes:
    return raw if b"\n" in raw else raw.replace(b"\r", b"\n")


# --- header fields --------------------------------------------------------------------------------

_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
_BLANK = (b"", b"\r")


def _start(raw: bytes) -> int:
    """Where the header begins: behind blank lines, if what follows them is a header field."""
    at = len(raw) - len(raw.lstrip(b"\r\n"))
    return at if _FIELD.match(raw, at) else 0


def _fields(raw: bytes, start: int, end: int) -> tuple[list[tuple[str, bytes]], int]:
    """The header fields from `start`, and where the body begins; a line that is no field begins the body."""
    found: list[tuple[str, list[bytes]]] = []
    at = start
    while at < end:
        newline = raw.find(b"\n", at, end)
        stop = end if newline < 0 else newline
        line = raw[at : min(stop, at + FIELD_OCTETS)]
        match = _FIELD.match(line)
        if line in _BLANK:
            at = stop + 1
            break
        if line[:1] in b" \t" and found:
            found[-1][1].append(line)
        elif match:
            found.append((match[1].decode("ascii").lower(), [line[match.end() :]]))
        elif not line.startswith((b"From ", b">From ")):
            break
        if len(found) > FIELDS:
            raise Unreadable("too many header fields")
        at = stop + 1
    return [(name, b"".join(lines)[:FIELD_OCTETS].replace(b"\r", b"").strip()) for name, lines in found], min(at, end)


def _raw_field(fields: Fields, name: str) -> bytes:
    return next((value for field_name, value in fields if field_name == name), b"")


def _decoded(fields: Fields, name: str) -> str:
    return _words(_raw_field(fields, name))


_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")  # RFC 2047, blanks inside forgiven


def _words(value: bytes) -> str:
    """A header value as text: RFC 2047 words, raw UTF-8 (RFC 6532), or what else somebody put there."""
    text = _bare(value)
    if "=?" not in text:
        return clean(text)
    pieces: list[str] = []
    pending: tuple[str, bytes] | None = None  # neighbouring words may share one character (they must not, and do)
    at = 0
    for match in _WORD.finditer(text):
        between = text[at : match.start()]
        charset, octets = match[1].partition("*")[0].lower(), _word_octets(match[2], match[3])
        if pending and not between.strip() and pending[0] == charset:
            pending = (charset, pending[1] + octets)
        else:
            if pending:
                pieces.append(in_charset(pending[1], pending[0])[0])
            if between.strip() or not pending:
                pieces.append(between)
            pending = (charset, octets)
        at = match.end()
    if pending:
        pieces.append(in_charset(pending[1], pending[0])[0])
    return clean("".join((*pieces, text[at:])))


def _word_octets(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "bB":
        return base64(data)[0]
    return binascii.a2b_qp(data.replace(b" ", b"_"), header=True)


def _bare(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")


def _one_line(text: str) -> str:
    return " ".join(text.split())


_CONTROLS = re.compile("[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85]")


def clean(text: str) -> str:
    """Text that a database, a log line and a screen stand: \\n ends a line; no controls, no surrogates."""
    return _CONTROLS.sub("", _BREAKS.sub("\n", text))


_PARAMETER = re2.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*\Z")


def _parameters(value: str) -> dict[str, str]:
    """The parameters of a Content-Type or Content-Disposition (RFC 2045, RFC 2231), names in lower case."""
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for count, match in enumerate(_PARAMETER.finditer(value)):
        if count >= 200:
            break
        name, text = match[1].lower(), match[2].strip()
        if text.startswith('"') and text.endswith('"') and len(text) > 1:
            text = re.sub(r"\\(.)", r"\1", text[1:-1])
        base, star, rest = name.partition("*")
        if not star:
            plain.setdefault(base, text)
        else:
            number = rest.rstrip("*")
            index = int(number) if number.isdecimal() and len(number) < 4 else 0
            pieces.setdefault(base, []).append((index, name.endswith("*"), text))
    for base, parts in pieces.items():
        plain[base] = _continued(sorted(parts, key=lambda part: part[0]))
    return plain


def _continued(parts: Sequence[tuple[int, bool, str]]) -> str:
    charset, octets = "utf-8", b""
    for count, (_, encoded, text) in enumerate(parts):
        if encoded and count == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        data = text.encode("utf-8", "replace")
        octets += re.sub(rb"%([0-9a-fA-F]{2})", lambda m: bytes((int(m[1], 16),)), data) if encoded else data
    return in_charset(octets, charset.lower())[0]


# --- addresses ------------------------------------------------------------------------------------

_ADDRESS = re2.compile(r'(?:"[^"\s@]{1,64}"|[^\s<>()\[\],;:"\\@]+)@(?:[^\s<>()\[\],;:"\\@]+|\[[^\]\s]+\])')
_AROUND_AT = re.compile(r"\s?@\s?")
_TRAILING = ".'`?!>"


def addresses_in(value: str) -> Iterator[str]:
    """Every address in a header value, in lower case: bracketed, in comments, quoted, folded around its @."""
    if "@" in value:
        folded = _AROUND_AT.sub("@", " ".join(value.split()))
        for match in _ADDRESS.finditer(folded):
            address = match[0].lower().strip(_TRAILING)
            yield address
            if "=" in address:  # Autocrypt's addr=, and other parameters
                yield address.rpartition("=")[2]


def _sender_addresses(envelope: Envelope, headers: Fields) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for value in (envelope.mail_from, *(_words(raw) for name, raw in headers if name in _SENDER_FIELDS)):
        for address in addresses_in(value):
            found.update(dict.fromkeys(_both_ways(address)))
        if len(found) > SENDERS:
            raise Unreadable("too many sender addresses")
    return tuple(found)


_ID = re.compile(r"<[^<>\s]{1,250}>")


def _references(headers: Fields) -> tuple[str, ...]:
    """The messages that this one answers, nearest last (RFC 5322 §3.6.4)."""
    ids = [i for name in ("references", "in-reply-to") for i in _ID.findall(_bare(_raw_field(headers, name)))]
    return tuple(dict.fromkeys(ids))[-20:]


def _others(envelope: Envelope, headers: Fields) -> tuple[str, ...]:
    """To and Cc but for the domain it was taken in at; as many as SENDERS, which is more than anybody counts."""
    ours = {recipient.lower().rpartition("@")[2] for recipient in envelope.recipients}
    named = (a.lower() for name, raw in headers if name in ("to", "cc") for a in addresses_in(_words(raw)))
    return tuple(dict.fromkeys(a for a in islice(named, 4 * SENDERS) if a.rpartition("@")[2] not in ours))[:SENDERS]


def _both_ways(address: str) -> Iterator[str]:
    """The address, and with its domain in the other of the two IDN forms (RFC 5890) where it has two."""
    yield address
    local, _, domain = address.rpartition("@")
    try:
        if not domain.isascii():
            yield f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
        elif "xn--" in domain:
            yield f"{local}@{idna.decode(domain)}"
    except UnicodeError:  # idna.IDNAError is one: no such domain, so no other form
        return


def _answer_to(envelope: Envelope, headers: Fields) -> tuple[str, str]:
    """(display name of From, the address that answers go to): Reply-To, else From, else the envelope's."""
    name, written = _mailbox(_decoded(headers, "from"))
    _, wished = _mailbox(_decoded(headers, "reply-to"))
    return name, wished or written or next(addresses_in(envelope.mail_from), "")


def _mailbox(value: str) -> tuple[str, str]:
    """(display name, address) of the first mailbox: the address stands in the angle brackets, if any."""
    before, opening, behind = value.partition("<")
    if not opening:
        return "", next(addresses_in(value), "")
    name = _one_line(before.strip().strip('"').replace('\\"', '"'))
    return "" if "@" in name else name, next(addresses_in(behind.partition(">")[0]), "")


# --- parts ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """One entity: its header, its claims, and where its body stands in the octets."""

    headers: Fields
    type: str
    params: dict[str, str]
    disposition: str
    filename: str
    start: int
    end: int
    depth: int

    @property
    def encodings(self) -> list[str]:
        return [_bare(value) for name, value in self.headers if name == "content-transfer-encoding"]


@dataclass(slots=True)
class _Reading:
    """What was found so far. One reading a mail, and one beside it for each view of an alternative."""

    raw: bytes
    texts: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    counted: list[int] = field(default_factory=lambda: [0])  # shared between the readings of one mail
    sealed: bool = False
    report: str = ""  # the report-type, of a mail that is a report as a whole

    def part(self, start: int, end: int, depth: int = 0, otherwise: str = "text/plain") -> _Part:
        self.counted[0] += 1
        if self.counted[0] > PARTS:
            raise Unreadable("too many parts")
        if depth > DEEPEST:
            raise Unreadable("nested too deep")
        headers, body = _fields(self.raw, start, end)
        for name in ("content-type", "content-transfer-encoding"):
            if sum(field_name == name for field_name, _ in headers) > 1:
                self.problems.append(f"a part has two {name} fields; the first was believed")
        value = _words(_raw_field(headers, "content-type"))
        kind = value.partition(";")[0].partition("(")[0].strip().lower()
        placed = _words(_raw_field(headers, "content-disposition"))
        params = _parameters(value)
        filename = _file_name(_parameters(placed).get("filename") or params.get("name") or "")
        disposition = placed.partition(";")[0].strip().lower()
        kind = kind if _TYPE.match(kind) else otherwise
        return _Part(headers, kind, params, disposition, filename, body, end, depth)

    def take(self, part: _Part) -> None:
        """Put the part where it belongs: text, attachments, or its own parts one by one."""
        if part.type in _SEALED_TYPES:
            self.sealed = self.sealed or part.params.get("smime-type", "").lower() != "certs-only"
        if part.type == "message/partial":
            raise Unreadable("a fragment of a message")
        if part.type.startswith("multipart/"):
            self.take_parts(part)
        elif self._is_text(part):
            self.take_text(part)
        else:
            self.take_file(part)

    def _is_text(self, part: _Part) -> bool:
        if part.depth == 0:
            return part.type.startswith("text/") or part.type in _HTML_TYPES
        if part.disposition == "attachment" or (part.filename and (part.disposition or self.texts)):
            return False
        return part.type in _PLAIN_TYPES or part.type in _HTML_TYPES

    def take_parts(self, part: _Part) -> None:
        boundary = part.params.get("boundary", "").encode("utf-8", "replace").rstrip()
        inside, closed = _sections(self.raw, part.start, part.end, boundary) if boundary else ([], False)
        if not inside:
            self.problems.append("a multipart without parts was read as text")
            self.take_text(part)
            return
        if not closed:
            self.problems.append("a multipart has no end; it may be cut off")
        otherwise = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
        parts = [self.part(start, end, part.depth + 1, otherwise) for start, end in inside]
        if part.type == "multipart/report" and part.depth == 0:  # deeper ones are what a person forwards
            self.report = _report_type(part, parts)
        if part.type == "multipart/alternative":
            self.take_one_view(parts)
            return
        for one in parts:
            self.take(one)

    def take_one_view(self, parts: Sequence[_Part]) -> None:
        """multipart/alternative: the plain view, unless it says nothing; what is no view is an attachment."""
        plain = rich = ""
        for part in parts:
            if part.type == "text/x-amp-html":
                continue
            beside = _Reading(self.raw, problems=self.problems, counted=self.counted)
            beside.take(part)
            self.attachments += beside.attachments
            self.sealed = self.sealed or beside.sealed
            view = beside.joined()
            if part.type == "text/plain":
                plain = plain or view
            else:
                rich = view or rich
        self.texts.append(self._fuller(plain, rich))

    def _fuller(self, plain: str, rich: str) -> str:
        said, shown = len(plain.split()), len(rich.split())
        if not said:
            return rich
        if shown > 30 + 5 * said:
            self.problems.append("the plain view says next to nothing; the HTML view was read")
            return rich
        if abs(shown - said) > 20 + (said + shown) // 4:
            self.problems.append("the plain and the HTML view differ; the plain one was read")
        return plain

    def take_text(self, part: _Part) -> None:
        octets, wrapped = unwrapped(self.octets(part))
        if wrapped:
            self.problems.append("a part was base64 and did not say so")
        text, declared = in_charset(octets, part.params.get("charset", ""))
        if not declared and ("charset" in part.params or "\ufffd" in text):
            self.problems.append("the character set is not what it says")
        if len(text) > TEXT:
            self.problems.append("the text is too long to show; the whole of it is attached")
            self.attachments.append(Attachment("text.txt", part.type, octets))
            text = text[:TEXT]
        if part.type in _HTML_TYPES or part.type in ("text/enriched", "text/richtext"):
            text = html.to_text(text)
        elif part.type == "text/calendar":
            text = invitation.to_text(text)
        text, files = _without_uuencode(_without_pictures(clean(text)))
        self.sealed = self.sealed or "-----BEGIN PGP MESSAGE-----" in text
        self.attachments += files
        self.texts.append(text)

    def take_file(self, part: _Part) -> None:
        octets = self.octets(part)
        if part.type.startswith("message/rfc822") and not self.texts:
            self.problems.append("a message is attached; its text was not read")
        if octets[:4] == b"PK\x03\x04" and len(octets) > 6 and octets[6] & 1:
            self.problems.append("an attachment is encrypted")
        self.attachments.append(Attachment(part.filename or _usual_name(part.type), part.type, octets))

    def octets(self, part: _Part) -> bytes:
        octets, fault = transfer_decoded(self.raw[part.start : part.end], part.encodings)
        if fault:
            self.problems.append(fault)
        return octets

    def joined(self) -> str:
        return "\n\n".join(text.strip("\n") for text in self.texts if text.strip())

    def text(self) -> str:
        text = self.joined()
        if len(text) > TEXT:
            self.problems.append("the text is too long to show; the whole of it is attached")
            self.attachments.append(Attachment("text.txt", "text/plain", text.encode("utf-8", "replace")))
        return text[:TEXT]


def _report_type(part: _Part, parts: Sequence[_Part]) -> str:
    """RFC 6522: what it claims to be, else what its parts are."""
    claim = part.params.get("report-type", "").strip().lower()
    found = (name for one in parts for name, types in _REPORT_TYPES.items() if one.type in types)
    return claim if claim in _REPORT_TYPES else next(found, claim or "unknown")


def _sections(raw: bytes, start: int, end: int, boundary: bytes) -> tuple[list[tuple[int, int]], bool]:
    """Where the parts stand between the delimiter lines (RFC 2046 §5.1.1), and whether there is an end."""
    delimiter = b"--" + boundary
    found: list[tuple[int, int]] = []
    opened, at = -1, start
    while (here := raw.find(delimiter, at, end)) >= 0:
        at = here + len(delimiter)
        if here != start and raw[here - 1] != 10:
            continue
        newline = raw.find(b"\n", at, end)
        line_end = end if newline < 0 else newline + 1
        rest = raw[at:line_end].strip()
        if rest not in (b"", b"--"):
            continue  # a longer boundary that begins like ours
        if opened >= 0:
            found.append((opened, _before_newline(raw, opened, here)))
        if rest:
            return found, True
        opened = at = line_end
    if opened >= 0:
        found.append((opened, end))
    return found, False


def _before_newline(raw: bytes, start: int, here: int) -> int:
    """The line break before a delimiter belongs to the delimiter."""
    if here - 1 >= start and raw[here - 1] == 10:
        here -= 1
        if here - 1 >= start and raw[here - 1] == 13:
            here -= 1
    return max(here, start)


_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def _file_name(claimed: str) -> str:
    """The claimed name without folders, controls and direction marks; "" when nothing is left."""
    name = _BIDI.sub("", _one_line(_words(claimed.encode("utf-8", "replace"))))
    name = name.replace("\\", "/").rpartition("/")[2].strip(". ")
    return name[-NAME:]


def _usual_name(kind: str) -> str:
    if kind == "message/rfc822":
        return "message.eml"
    return "attachment" if not kind.startswith("text/") else "text.txt"


_PICTURE = re.compile(
    r"\[(?:cid:[^\]\s]{1,500}|https?://[^\]\s]{1,500}\.(?:gif|png|jpe?g|webp|svg|bmp)(?:\?[^\]\s]{0,500})?)\]"
    r"|!\[[^\]\n]{0,200}\]\([^)\s]{1,500}\)"
)


def _without_pictures(text: str) -> str:
    """Where a plain view names a picture of the page, a word stands: its URL may only be there to be fetched."""
    if "[cid:" in text or "[http" in text or "![" in text:
        return _PICTURE.sub("[picture]", text)
    return text


_UU_BEGIN = re.compile(r"^begin [0-7]{3,4} ([^\n]{1,200})\n(?=[!-`][ -`]{4})", re.MULTILINE)


def _without_uuencode(text: str) -> tuple[str, list[Attachment]]:
    """Files pasted into the text the old way become attachments; a line says where they stood."""
    if "\nend" not in text or "begin " not in text:
        return text, []
    kept, files, at = [], [], 0
    for match in _UU_BEGIN.finditer(text):
        stop = text.find("\nend", match.end() - 1)
        if stop < 0:
            break
        if match.start() < at:
            continue
        block = text[match.start() : stop + 4]
        octets = uuencoded(block.encode("ascii", "replace"))
        files.append(Attachment(_file_name(match[1]) or "attachment", "application/octet-stream", octets))
        kept += [text[at : match.start()], "[attached file]"]
        at = stop + 4
    return "".join((*kept, text[at:])), files
