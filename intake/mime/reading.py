"""From a mail's parts to its text and its attachments: what is read, what is kept as a file, what staff are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import re2

from intake import attachment, html, invitation
from intake.charset import clean, cleaned, in_charset
from intake.letter import Attachment
from intake.mime import enriched, flowed, header
from intake.mime.bound import ALONG, DEEPEST, HARDLY, PACKED, PARTS, SUBJECT, TEXT, Unreadable
from intake.mime.part import Part, part_at, sections, usual_name
from intake.mime.pasted import without_clearsigning, without_pictures, without_uuencode
from intake.mime.transfer import transfer_decoded, unpacked, unwrapped
from intake.mime.view import fuller, own_words

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
_PLAIN_TYPES = ("text/plain", "text/markdown", "text/x-markdown", *enriched.TYPES)
_META_WITHIN = 2_048  # octets
_COMMENT = re2.compile(rb"(?s)<!--.*?(?:-->|\z)")
_META = re2.compile(
    rb"(?i)<(?:meta\s[^<>]*\bcharset\s*=|\?xml\s[^<>]*\bencoding\s*=)\s*[\"']?\s*(utf-8|us-ascii|windows-(?:125[0-8]|874)"
    rb"|iso-8859-\d{1,2}|koi8-[ru]|gb2312|gbk|gb18030|big5|euc-jp|euc-kr|shift_jis|iso-2022-jp|cp125[0-8]|latin1)"
    rb"(?:[\"'\s;>/?]|\z)"
)
_NO_LETTERS = ("text/xml", "text/json", "text/vcard", "text/x-vcard", "text/rtf")  # nor is their source
_MESSAGES = ("message/rfc822", "message/global", "message/news")
_CALENDARS = ("text/calendar", "application/ics")
_PLAINLY = ("text", "json", "csv", "vcf")  # kinds of file whose words stand there as they are
_DESCRIPTION = re2.compile(r"(?mi)^DESCRIPTION[;:].*\n(?:[ \t].*\n)*")
_CALLED = ("Invitation:", "Cancelled:", "Answer to an invitation:")  # an entry that says nothing else
_FORWARDED = "---------- Forwarded message ---------"
_TOLD = ("From", "Date", "Subject")


@dataclass(slots=True)
class Spent:
    """What a mail has cost so far, with all that came along in it."""

    parts: int = 0
    packed: int = 0  # octets of texts that were unpacked
    along: int = 0  # octets of messages within it that were read


@dataclass(slots=True)
class Reading:
    """What was found so far. One reading a mail, and one beside it for each view of an alternative."""

    raw: bytes
    texts: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    spent: Spent = field(default_factory=Spent)  # shared between the readings of one mail
    speaking: list[Part] = field(default_factory=list)  # files that can speak for a writer who wrote hardly a word
    top: int = 0  # how deep its root stands: 0, or within a message that came along
    sealed: bool = False
    report: str = ""  # the report-type, of a mail that is a report as a whole

    def whole(self) -> Part:
        """Take the mail; its root."""
        root = self.part(header.start(self.raw), len(self.raw), self.top)
        self.take(root)
        return root

    def part(self, start: int, end: int, depth: int = 0, otherwise: str = "text/plain") -> Part:
        """The part that stands there; one more of a mail's PARTS."""
        self.spent.parts += 1
        if self.spent.parts > PARTS:
            raise Unreadable("too many parts")
        if depth > DEEPEST:
            raise Unreadable("nested too deep")
        part = part_at(self.raw, start, end, depth, otherwise)
        for name in ("content-type", "content-transfer-encoding"):
            if sum(field_name == name for field_name, _ in part.headers) > 1:
                self.problems.append(f"a part has two {name} fields; the first was believed")
        return part

    def take(self, part: Part) -> None:
        """Put the part where it belongs: text, attachments, or its own parts one by one."""
        if part.type in _SEALED_TYPES:
            self.sealed = self.sealed or part.params.get("smime-type", "").lower() != "certs-only"
        if part.type == "message/partial":
            raise Unreadable("a fragment of a message")
        if part.type.startswith("multipart/"):
            self._take_parts(part)
        elif self._is_text(part):
            self._take_text(part)
        else:
            self._take_file(part)

    def _is_text(self, part: Part) -> bool:
        if part.depth == self.top:
            return part.type in _HTML_TYPES or (part.type.startswith("text/") and part.type not in _NO_LETTERS)
        if part.filename and (self.texts or part.disposition not in ("", "inline")):
            return False  # behind words a file, though it may be shown with them (RFC 2183)
        if part.disposition == "attachment":
            return False
        return part.type in _PLAIN_TYPES or part.type in _HTML_TYPES

    def _take_parts(self, part: Part) -> None:
        boundary = part.params.get("boundary", "").encode("utf-8", "replace").rstrip()
        inside, closed = sections(self.raw, part.start, part.end, boundary) if boundary else ([], False)
        if not inside:
            self.problems.append("a multipart without parts was read as text")
            self._take_text(part)
            return
        if not closed:
            self.problems.append("a multipart has no end; it may be cut off")
        otherwise = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
        parts = [self.part(start, end, part.depth + 1, otherwise) for start, end in inside]
        if part.type == "multipart/report" and part.depth == 0:  # deeper ones are what a person forwards
            self.report = _report_type(part, parts)
        if part.type == "multipart/alternative":
            self._take_one_view(parts)
            return
        for one in parts:
            self.take(one)

    def _take_one_view(self, parts: Sequence[Part]) -> None:
        """multipart/alternative: the plain view, unless another says more; what is no view is an attachment. A calendar
        entry is one: what it says of when and where is told, as a mail program shows it above the words."""
        plain = rich = entry = ""
        for part in parts:
            if part.type == "text/x-amp-html":
                continue
            beside = Reading(self.raw, problems=self.problems, spent=self.spent, speaking=self.speaking, top=self.top)
            beside.take(part)
            self.attachments += beside.attachments
            self.sealed = self.sealed or beside.sealed
            view = beside.joined()
            if part.type == "text/plain":
                plain = plain or view
            else:
                rich = view or rich
            if part.type in _CALENDARS and not entry:
                entry = self._entry(part, whole=own_words(plain or rich) <= HARDLY)
                self.speaking[:] = [one for one in self.speaking if one is not part or not entry]
        text, problem = fuller(plain, rich)
        self.problems += [problem] * bool(problem)
        self.texts += [text, entry]

    def _entry(self, part: Part, whole: bool = True) -> str:
        """What a calendar entry says; not `whole`: without what was written to it, which the other views say."""
        source = in_charset(self._octets(part), part.params.get("charset", ""))[0]
        source = source if whole else _DESCRIPTION.sub("", source)
        text = invitation.to_text(source)
        return "" if text == source or text in _CALLED else clean(text)

    def _take_text(self, part: Part) -> None:
        packed = self._octets(part)
        octets = unpacked(packed, part.packing, PACKED - self.spent.packed)
        if octets is None:
            self._take_unreadable(part, packed)
            return
        self.spent.packed += 0 if octets is packed else len(octets)
        octets, wrapped = unwrapped(octets)
        if wrapped:
            self.problems.append("a part was base64 and did not say so")
        charset = part.params.get("charset", "") or (_of_page(octets) if part.type in _HTML_TYPES else "")
        text, declared = in_charset(octets, charset)
        if not declared and (charset or "charset" in part.params or "\ufffd" in text):
            self.problems.append("the character set is not what it says")
        whole = len(text)
        text, readable = cleaned(_shown(part, text[:TEXT]))
        if not readable or text.startswith("{\\rtf"):
            self._take_unreadable(part, packed)
            return
        if whole > TEXT:
            self.problems.append("the text is too long to show; the whole of it is attached")
            self.attachments.append(Attachment("text.txt", part.type, octets))
        text, files = without_uuencode(without_pictures(without_clearsigning(text)))
        self.sealed = self.sealed or "-----BEGIN PGP MESSAGE-----" in text
        self.attachments += files
        self.texts.append(text)

    def _take_file(self, part: Part) -> None:
        octets = self._octets(part)
        if _is_message(part) or part.type in _CALENDARS or (part.depth == self.top and not part.filename):
            self.speaking.append(part)
        if octets[:4] == b"PK\x03\x04" and len(octets) > 6 and octets[6] & 1:
            self.problems.append("an attachment is encrypted")
        set_in = part.type.startswith("image/") and part.disposition != "attachment"
        within = set_in and any(name == "content-id" for name, _ in part.headers)
        self.attachments.append(Attachment(part.filename or usual_name(part.type), part.type, octets, within))

    def _take_unreadable(self, part: Part, octets: bytes) -> None:
        self.problems.append("a part cannot be read as text; it is kept as a file")
        self.attachments.append(Attachment(part.filename or usual_name(part.type), part.type, octets))

    def _octets(self, part: Part) -> bytes:
        octets, fault = transfer_decoded(self.raw[part.start : part.end], part.encodings)
        if fault:
            self.problems.append(fault)
        return octets

    def joined(self) -> str:
        """All texts, one below the other."""
        return "\n\n".join(text.strip("\n") for text in self.texts if text.strip())

    def text(self, along: bool = True) -> str:
        """The letter's text, `along` with what speaks for a writer who wrote hardly a word.

        The whole of what is too long is attached. Raises `Unreadable` when nothing but ciphertext is there.
        """
        text = self.joined()
        if along and self.speaking and not self.report and own_words(text) <= HARDLY:
            text = "\n\n".join(filter(None, (text, *dict.fromkeys(map(self._spoken, self.speaking)))))
        if self.sealed and not text.partition("-----BEGIN PGP MESSAGE-----")[0].strip():
            raise Unreadable("encrypted")
        if len(text) > TEXT:
            self.problems.append("the text is too long to show; the whole of it is attached")
            self.attachments.append(Attachment("text.txt", "text/plain", text.encode("utf-8", "replace")))
        return text[:TEXT]

    def _spoken(self, part: Part) -> str:
        """What a file says that speaks for the writer; it stays a file as well."""
        octets = self._octets(part)
        if _is_message(part):
            self.spent.along += len(octets)
            if self.spent.along > ALONG:
                self.problems.append("a message came along and is too large to be read")
                return ""
            return self._forwarded(octets, part.depth + 1)
        if part.type in _CALENDARS:
            return self._entry(part)
        file = Attachment("", part.type, octets)
        return clean(attachment.read(file) or "") if attachment.kind_of(file) in _PLAINLY else ""

    def _forwarded(self, raw: bytes, depth: int) -> str:
        """A message that came along, as mail programs show one within a text."""
        inside = Reading(raw, problems=self.problems, spent=self.spent, top=depth)
        headers = inside.whole().headers
        text = inside.text()
        told = ((name, header.one_line(header.decoded(headers, name.lower()))) for name in _TOLD)
        lines = [f"{name}: {said[:SUBJECT]}" for name, said in told if said]
        self.problems += ["a message came along and was read as part of the letter"] * bool(text)
        return "\n".join((_FORWARDED, *lines, "", text)) if lines or text else ""


def _of_page(octets: bytes) -> str:
    """The character set that a page names itself, where a browser looks for it; "" when none, or none that is safe."""
    named = _META.search(_COMMENT.sub(b"", octets[:_META_WITHIN]))
    return named[1].decode() if named else ""


def _shown(part: Part, source: str) -> str:
    """What a reader sees of the text that the octets are."""
    if part.type in _HTML_TYPES:
        return html.to_text(source, mailboxes=True)
    if part.type in enriched.TYPES:
        return enriched.to_text(source, part.type)
    if part.type == "text/plain" and flowed.is_flowed(part.params):
        return flowed.unbroken(source, part.params)
    return invitation.to_text(source) if part.type == "text/calendar" else source


def _is_message(part: Part) -> bool:
    return part.type in _MESSAGES or part.filename.lower().endswith(".eml")


def _report_type(part: Part, parts: Sequence[Part]) -> str:
    """RFC 6522: what it claims to be, else what its parts are."""
    claim = part.params.get("report-type", "").strip().lower()
    found = (name for one in parts for name, types in _REPORT_TYPES.items() if one.type in types)
    return claim if claim in _REPORT_TYPES else next(found, claim or "unknown")
