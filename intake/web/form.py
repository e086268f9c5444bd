"""The contact form: what was typed, what is wrong with it, and the envelope it becomes.

Pure: no Flask, no clock, no store. Only the fields named here exist; anything else that is sent is never
looked at.
"""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from intake.letter import Envelope
from intake.receipt import Receipt
from intake.topics import OTHER

REPLIES = ("email", "receipt", "none")
MOST_FILES = 20
LONGEST = {"name": 200, "topic": 200, "town": 100, "email": 320}  # characters
LONGEST_MESSAGE = 500_000  # characters; about 150 printed pages
_LONGEST_FILE_NAME = 200


@dataclass(frozen=True, slots=True, repr=False)
class File:
    """An attached file. `name` and `type` are the sender's claims; `octets` may be less than `size` of what
    was too much to keep."""

    name: str
    type: str
    octets: bytes
    size: int


@dataclass(frozen=True, slots=True, repr=False)
class Form:
    """The fields as they were sent, one-line fields on one line."""

    name: str = ""
    reply: str = ""
    email: str = ""
    topic: str = ""
    town: str = ""
    message: str = ""
    share_email: bool = False
    files: tuple[File, ...] = ()

    @property
    def way(self) -> str:
        """How the answer is wanted; when nothing was chosen, by the address if there is one."""
        return self.reply or ("email" if self.email else "none")

    def __repr__(self) -> str:
        return f"<Form {len(self.message)} characters, {len(self.files)} files>"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field, in words for the writer that quote nothing. `status`: of the answer (RFC
    9110)."""

    field: str
    text: str
    status: int = 400


def read(fields: Mapping[str, str], files: Sequence[File]) -> Form:
    """The form in `fields` and `files`."""
    return Form(
        name=_line(fields.get("name", "")),
        reply=_line(fields.get("reply", "")),
        email=_line(fields.get("email", "")),
        topic=_line(fields.get("topic", "")),
        town=_line(fields.get("town", "")),
        message=fields.get("message", ""),
        share_email=_line(fields.get("share_email", "")).lower() in _AGREED,
        files=tuple(files),
    )


_AGREED = ("yes", "on", "true", "1")  # what a ticked box says; anything else is no consent


def _line(text: str) -> str:
    """One line without controls: what stands in a header later starts no second one (Cc and Cf of Unicode)."""
    kept = ("" if unicodedata.category(c) == "Cf" else " " if unicodedata.category(c) == "Cc" else c for c in text)
    return " ".join("".join(kept).split())


def faults(form: Form, max_octets: int) -> list[Fault]:
    """Everything wrong with `form`, in the order of the page; empty when it can be taken."""
    found: list[Fault | None] = [_reply(form), _email(form), _message(form)]
    found += [
        *_files(form),
        _octets(form, max_octets),
        *(_length(form, name) for name in ("topic", "town", "name")),
    ]
    return [fault for fault in found if fault]


def _reply(form: Form) -> Fault | None:
    return None if form.way in REPLIES else Fault("reply", "Choose one of the three ways")


def _email(form: Form) -> Fault | None:
    if not form.email:
        needed = form.way == "email"
        return Fault("email", "Enter your e-mail address, or choose another way to get the answer") if needed else None
    if len(form.email) > LONGEST["email"]:
        return Fault("email", "This is too long for an e-mail address; enter one address")
    if "," in form.email or ";" in form.email or form.email.count("@") > 1:
        return Fault("email", "Enter one e-mail address only")
    if not form.email.isascii():
        return Fault("email", "We cannot write to an address with letters such as é or ü; choose another way")
    if not address(form.email):
        return Fault("email", "This is not a complete e-mail address; it looks like name@example.com")
    return None


def address(text: str) -> str:
    """The address in its usual spelling (RFC 5321); "" when it is none. No name is looked up."""
    try:
        return validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        return "" if not _reserved(text) else text


def _reserved(text: str) -> bool:
    """Addresses in reserved names (RFC 2606) are taken on test installations: the check stands in for another
    name."""
    local, _, domain = text.rpartition("@")
    top = domain.lower().rpartition(".")[2]
    if top not in ("example", "invalid", "localhost"):
        return False
    try:
        validate_email(f"{local}@{domain[: -len(top)]}com", check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def _message(form: Form) -> Fault | None:
    if not form.message.strip():
        return Fault("message", "Write your message")
    if len(form.message) > LONGEST_MESSAGE:
        return Fault("message", f"Your message is longer than {LONGEST_MESSAGE:,} characters; attach it as a file", 413)
    return None


def _files(form: Form) -> list[Fault | None]:
    if len(form.files) > MOST_FILES:
        return [Fault("attachments", f"Attach at most {MOST_FILES} files; you chose {len(form.files)}")]
    if any(not file.size for file in form.files):
        return [Fault("attachments", "One of your files is empty; choose it again, or leave it out")]
    return []


def _octets(form: Form, max_octets: int) -> Fault | None:
    whole = sum(file.size for file in form.files) + len(form.message.encode("utf-8", "replace"))
    if whole <= max_octets:
        return None
    return Fault("attachments", f"Your files are too large; all together may have {in_words(max_octets)}", 413)


def in_words(octets: int) -> str:
    """26214400 octets as `25 MB`."""
    return f"{octets // 1024**2} MB" if octets >= 1024**2 else f"{octets // 1024} KB"


def _length(form: Form, field: str) -> Fault | None:
    too_long = len(getattr(form, field)) > LONGEST[field]
    return Fault(field, f"Use at most {LONGEST[field]} characters here") if too_long else None


def seed(token: str, form: Form) -> bytes:
    """What a form's reference and receipt follow from: equal exactly when the same form is sent again."""
    fields = [token, form.name, form.reply, form.email, form.topic, form.town, form.message, form.share_email]
    files = [[f.name, f.type, hashlib.sha256(f.octets).hexdigest()] for f in form.files]
    return json.dumps([*fields, files]).encode()


def envelope(form: Form, receipt: Receipt | None) -> Envelope:
    """The envelope of a form without faults; `receipt` when an answer is wanted that way.

    An address that is not wanted for the answer is not kept: nothing can go wrong with it later.
    """
    by_mail = form.way == "email"
    return Envelope(
        channel="form",
        recipients=("contact",),
        fields={
            "name": form.name,
            "reply": form.way,
            "email": address(form.email) if by_mail else "",
            "topic": "" if form.topic.lower() == OTHER else form.topic,
            "town": form.town,
            "message": form.message,
            "share_email": "yes" if by_mail and form.share_email else "",
            "receipt_digest": receipt.digest if receipt else "",
            "receipt_public": base64.b64encode(receipt.public).decode() if receipt else "",
        },
        files=tuple((_file_name(f.name), _line(f.type)[:100], f.size) for f in form.files),
    )


def content(form: Form) -> bytes:
    """The attachments' octets, one after the other."""
    return b"".join(f.octets for f in form.files)


def _file_name(claimed: str) -> str:
    """The last part of a path, on one line, with its ending when it has to be cut."""
    name = _line(claimed.replace("\\", "/").rpartition("/")[2])
    stem, dot, ending = name.rpartition(".")
    if len(name) <= _LONGEST_FILE_NAME:
        return name
    return stem[: _LONGEST_FILE_NAME - 20] + dot + ending[:19]
