"""Enclosures: which files go along, and what the note below a letter says of them and of what could not be read."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from intake import hold
from intake.config import Config
from intake.letter import Attachment
from intake.malware import Finding
from intake.routing.published import Published
from intake.store import Store
from tests.conftest import _publish
from tests.road import Mailbox, Road, alias_of, mail
from tests.test_attachment import LAUGHS, docx
from tests.test_malware import EICAR
from tests.test_relay import CITIZEN, CLERK, DMV, Suspicious


@pytest.fixture
def clean(config: Config, store: Store, rules_file: Path, mailbox: Mailbox) -> Iterator[Road]:
    """An installation whose agency dmv wants files anew, with `attachments: clean`."""
    text = rules_file.read_text().replace(f"    mailbox: {DMV}\n", f"    mailbox: {DMV}\n    attachments: clean\n")
    rules_file.write_text(text)
    settled = config.model_copy(update={"smarthost": mailbox.address})
    _publish(store, settled)
    published = Published(store, settled)
    published.refresh()
    made = Road(settled, store, published)
    yield made
    made.bench.courier.close()


NOTE = ("note.txt", "text/plain", b"The lamp on Elm Street is dark.")


def files(message: EmailMessage) -> list[str]:
    return [str(part.get_filename()) for part in message.iter_attachments()]


def words(message: EmailMessage) -> str:
    part = message.get_body()
    assert part
    return " ".join(str(part.get_content()).split())


def with_file(text: str, sender: str, file: tuple[str, str, bytes]) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = sender, "A file"
    message.set_content(text)
    name, kind, data = file
    main, _, sub = kind.partition("/")
    message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


# ── infected ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_released_letter_goes_without_its_infected_file(clean: Road, mailbox: Mailbox) -> None:
    """MB11: who lets the words go on does not let the file: not even rebuilt, to an agency that wants files anew."""
    ref = clean.form((NOTE,), message="My driver's license expired.", email=CITIZEN, reply="email")
    clean.work()
    assert files(mailbox.to(DMV)[0]) == ["attachment-1.txt"]  # it could be rebuilt
    object.__setattr__(clean.bench, "scanner", Suspicious())
    ref = clean.form((NOTE,), message="My driver's license expired.", email=CITIZEN, reply="email")
    clean.work()
    assert hold.release(clean.store, clean.queue, ref, "admin")
    clean.work()
    arrived = mailbox.to(DMV)[-1]
    assert ref in arrived["Subject"]
    assert files(arrived) == []
    assert "attachment 1: text, 1 kB, withheld" in words(arrived)


@pytest.mark.parametrize("side", ["agency", "citizen"])
def test_a_released_message_goes_without_its_infected_file(clean: Road, mailbox: Mailbox, side: str) -> None:
    """MB11: the same for an addition and for an answer."""
    clean.mail(CITIZEN, "contact@intake.example", mail("My driver's license expired."))
    clean.work()
    to_citizen, to_agency = alias_of(mailbox.to(DMV)[0]), alias_of(mailbox.to(CITIZEN)[0])
    sender, alias, receiver = {"agency": (CLERK, to_citizen, CITIZEN), "citizen": (CITIZEN, to_agency, DMV)}[side]
    clean.mail(sender, alias, with_file("With a file.", sender, NOTE))
    clean.work()
    assert files(mailbox.to(receiver)[-1]) == ["attachment-1.txt"]
    object.__setattr__(clean.bench, "scanner", Suspicious())
    (letter,) = clean.mail(sender, alias, with_file("With another.", sender, NOTE))
    clean.work()
    assert clean.letter(letter).held_because == "an attachment is infected: Eicar-Test-Signature"
    assert hold.release(clean.store, clean.queue, letter, "admin")
    clean.work()
    arrived = mailbox.to(receiver)[-1]
    assert "With another." in words(arrived)
    assert files(arrived) == []


DANGEROUS = {
    "test virus": ("note.txt", "text/plain", EICAR),
    "script": ("note.txt", "text/plain", b"#!/bin/sh\nrm -r /\n"),
    "a program's name": ("note.txt.bat", "text/plain", NOTE[2]),
}


@pytest.mark.parametrize("what", DANGEROUS)
def test_a_released_letter_goes_without_its_dangerous_file(clean: Road, mailbox: Mailbox, what: str) -> None:
    """MB11: what is dangerous without any scanner is text to a rebuilder, and stays here all the same."""
    ref = clean.form((DANGEROUS[what],), message="My driver's license expired.", email=CITIZEN)
    clean.work()
    assert clean.ticket(ref)["held_because"].startswith("an attachment may do harm: ")
    assert hold.release(clean.store, clean.queue, ref, "admin")
    clean.work()
    assert files(mailbox.to(DMV)[0]) == []
    assert "attachment 1: text, 1 kB, withheld" in words(mailbox.to(DMV)[0])


@dataclass
class Away:
    """A scanner that does not answer."""

    def scan(self, files: Sequence[Attachment]) -> list[Finding]:
        return [Finding("unscanned") for _ in files]


def test_what_was_not_scanned_is_said_so(clean: Road, mailbox: Mailbox) -> None:
    """Feature "malware": a file goes along without a scan, and its receiver knows."""
    object.__setattr__(clean.bench, "scanner", Away())
    clean.form((NOTE,), message="My driver's license expired.", email=CITIZEN)
    clean.work()
    assert "sent along as attachment-1.txt; not checked for malware." in words(mailbox.to(DMV)[0])


# ── documents that would reach out, or grow ──────────────────────────────────────────────────────────────────────


class Listener:
    """A web server that counts who asks it for something."""

    def __init__(self) -> None:
        self.asked = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = "http://{}:{}/a.dtd".format(*self._socket.getsockname())
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                one, _ = self._socket.accept()
            except OSError:
                return
            self.asked += 1
            one.close()

    def close(self) -> None:
        self._socket.close()


SECRET = "the-words-of-a-local-file"
WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def test_documents_reach_for_nothing(clean: Road, mailbox: Mailbox, tmp_path: Path) -> None:
    """MB6: a document that laughs a billion times or names files and addresses: none is opened, none is sent along."""
    listener, local = Listener(), tmp_path / "local"
    local.write_text(SECRET)
    says = f"<w:document {WORD}><w:body><w:p><w:r><w:t>{{}}</w:t></w:r></w:p></w:body></w:document>"
    heads = {
        "honest": ("", "Plain words."),
        "laughs": (LAUGHS, "&j;"),
        "file": (f'<!DOCTYPE a [<!ENTITY b SYSTEM "{local.as_uri()}">]>', "&b;"),
        "address": (f'<!DOCTYPE a [<!ENTITY b SYSTEM "{listener.url}">]>', "&b;"),
        "outside": (f'<!DOCTYPE a SYSTEM "{listener.url}">', "x"),
        "parameter": (f'<!DOCTYPE a [<!ENTITY % b SYSTEM "{listener.url}"> %b;]>', "x"),
    }
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    sent = tuple((f"{name}.docx", kind, docx(head + says.format(text))) for name, (head, text) in heads.items())

    clean.form(sent, message="My driver's license expired.", email=CITIZEN)
    clean.work()
    arrived = mailbox.to(DMV)[0]
    assert files(arrived) == ["attachment-1.docx"]
    assert all(f"attachment {n}: document, 1 kB, withheld" in words(arrived) for n in range(2, len(sent) + 1))
    assert listener.asked == 0
    assert SECRET.encode() not in b"".join(mailbox.raw)
    assert b"hahaha" not in b"".join(mailbox.raw)
    listener.close()


# ── what could not be read cleanly ───────────────────────────────────────────────────────────────────────────────


def torn(text: str, sender: str = CITIZEN) -> bytes:
    """A mail with a character set that it does not keep."""
    return (
        f"From: {sender}\r\nSubject: A question\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text} żółw\r\n"
    ).encode()


def test_the_agency_is_told_what_could_not_be_read_cleanly(road: Road, mailbox: Mailbox) -> None:
    """MB9: no doubt stays ours: each problem stands below the letter, and below an addition."""
    road.mail(CITIZEN, "contact@intake.example", torn("My driver's license expired."))
    road.work()
    road.mail(CITIZEN, alias_of(mailbox.to(CITIZEN)[0]), torn("One more thing."))
    road.work()
    for arrived, says in zip(mailbox.to(DMV), ("My driver's license expired.", "One more thing."), strict=True):
        assert says in words(arrived)
        assert "Note: the character set is not what it says." in words(arrived)
