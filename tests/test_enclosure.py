"""What becomes of the files of a letter: what goes along, what stays behind, and what its receiver is told of each."""

from __future__ import annotations

import io
import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage

import pytest
from PIL import Image

from intake import hold
from intake.enclosure import Enclosures, enclose
from intake.letter import Attachment, Letter
from intake.malware import Finding
from tests.conftest import _publish
from tests.road import Mailbox, Road, body
from tests.test_attachment import docx, paragraphs, pdf

CLEAN = Finding("clean")
DMV, CITIZEN = "dmv@agencies.example", "maria.lopez@post.example"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><text>lis@mail.example</text></svg>'
EICAR = "Eicar-Test-Signature"


def text(words: str) -> Attachment:
    return Attachment("a.txt", "text/plain", words.encode())


def picture(image: Image.Image | None = None) -> Attachment:
    file = io.BytesIO()
    (image or Image.new("L", (8, 8), 128)).save(file, "PNG")
    return Attachment("a.png", "image/png", file.getvalue())


def done(files: Sequence[Attachment], finding: Finding = CLEAN, **limits: float) -> Enclosures:
    """Enclosed for an agency that takes files; nothing in them is withheld."""
    letter = Letter("email", attachments=tuple(files))
    return enclose(letter, [finding] * len(files), lambda _, text: text, **limits)  # type: ignore[arg-type]


def gone(enclosed: Enclosures) -> list[str]:
    return [name for name, _, _ in enclosed.along]


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_goes_along_has_a_room_and_the_smaller_ones_still_fit() -> None:
    """Of six texts those that fit in a thousand octets, one after the other."""
    enclosed = done([text("word " * (size // 5)) for size in (400, 400, 400, 150, 400, 150)], octets=1000)
    assert gone(enclosed) == ["attachment-1.txt", "attachment-2.txt", "attachment-4.txt"]
    assert [n for n, line in enumerate(enclosed.lines, 1) if "withheld" in line] == [3, 5, 6]


def test_ten_megabytes_are_the_room() -> None:
    """Three pictures of nearly five megabytes that cannot be made smaller: what a mail server refuses stays behind."""
    noise = picture(Image.frombytes("L", (2200, 2200), random.Random(1).randbytes(2200 * 2200)))
    assert gone(done([noise] * 3, seconds=60)) == ["attachment-1.png", "attachment-2.png"]


def test_without_time_no_cell_starts() -> None:
    """Pictures stay behind, documents go as the words they are, and so do texts."""
    document = Attachment("a.docx", "", docx(paragraphs("One.")))
    enclosed = done([picture(), document, Attachment("a.pdf", "", pdf()), text("Two.")], seconds=0)
    assert gone(enclosed) == ["attachment-2.txt", "attachment-3.txt", "attachment-4.txt"]
    assert enclosed.along[0][2] == b"One."


def test_all_files_of_a_letter_share_their_time() -> None:
    """Thirty pictures take more than a second, each alone takes less: some stay behind, the text after them goes."""
    enclosed = done([*[picture()] * 30, text("Two.")], seconds=1.0)
    assert len(enclosed.along) < 31
    assert gone(enclosed)[-1] == "attachment-31.txt"


# ── what never goes along ────────────────────────────────────────────────────────────────────────────────────────

SVG_NAMES = ("a.svg", "a.SVG", "a.svgz", "a.xml", "a.html", "a.png", "a.txt", "")
SVG_TYPES = ("image/svg+xml", "image/svg", "image/png", "text/xml", "text/html", "text/plain", "")


@pytest.mark.parametrize("start", [b"", b'<?xml version="1.0"?>', b"\xef\xbb\xbf \n<!-- x -->"])
def test_a_drawing_in_svg_never_goes_along_as_one(start: bytes) -> None:
    """WF4, LK5: withheld; called a text, it goes as the words of its source, which nothing draws."""
    for name, kind in itertools.product(SVG_NAMES, SVG_TYPES):
        went = [media for _, media, _ in done([Attachment(name, kind, start + SVG)]).along]
        assert went in ([], ["text/plain"]), (name, kind)
        assert not went or "svg" not in f"{name} {kind}".lower(), (name, kind)


@pytest.mark.parametrize(
    "file", [text("hello"), picture(), Attachment("a.docx", "", docx()), Attachment("a.pdf", "", pdf())]
)
def test_an_infected_file_is_never_rebuilt(file: Attachment) -> None:
    """MB11: of any kind: it stays behind, and its neighbour goes."""
    letter = Letter("email", attachments=(file, text("fine")))
    enclosed = enclose(letter, [Finding("infected", EICAR), CLEAN], lambda _, text: text)
    assert gone(enclosed) == ["attachment-2.txt"]
    assert "withheld" in enclosed.lines[0]


def test_a_file_that_runs_is_never_rebuilt() -> None:
    """MB11: known by its content or its name, without any scanner."""
    assert done([Attachment("a.txt", "text/plain", b"#!/bin/sh"), Attachment("a.txt.js", "", b"x")]).along == ()


@pytest.mark.parametrize(("state", "said"), [("clean", False), ("unscanned", True), ("infected", False)])
def test_what_was_not_scanned_is_said_so(state: str, said: bool) -> None:
    """MB11: beside a file that goes along, and beside one that does not."""
    finding = Finding(state)  # type: ignore[arg-type]
    for enclosed in (done([text("hello")], finding), enclose(Letter("email", attachments=(text("x"),)), [finding])):
        assert ("not checked for malware" in enclosed.lines[0]) is said


# ── on the road ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Suspicious:
    """A scanner that finds something in every file that says so."""

    def scan(self, files: Sequence[Attachment]) -> list[Finding]:
        return [Finding("infected", EICAR) if b"wormwood" in file.data else CLEAN for file in files]


@pytest.fixture
def clean(road: Road) -> Road:
    """A whole installation whose agency takes files that are written anew."""
    rules, mailbox = road.config.rules, f"    mailbox: {DMV}\n"
    rules.write_text(rules.read_text().replace(mailbox, f"{mailbox}    attachments: clean\n"))
    _publish(road.store, road.config)
    road.published.refresh()
    return road


def files_of(message: EmailMessage) -> list[str | None]:
    return [part.get_filename() for part in message.iter_attachments()]


def words_of(message: EmailMessage) -> str:
    return body(message.get_body())  # type: ignore[arg-type]


FILES = (("a.txt", "text/plain", b"wormwood"), ("b.txt", "text/plain", b"harmless"))


def test_released_at_the_desk_a_letter_goes_without_its_infected_file(clean: Road, mailbox: Mailbox) -> None:
    """MB11: the agency takes files and a person lets the letter on: the infected one still stays here."""
    object.__setattr__(clean.bench, "scanner", Suspicious())
    ref = clean.form(FILES, message="My driver's license.", email=CITIZEN, reply="email")
    clean.work()
    assert clean.ticket(ref)["held_because"] == f"an attachment is infected: {EICAR}"
    assert hold.release(clean.store, clean.queue, ref, "admin")
    clean.work()
    (message,) = mailbox.to(DMV)
    assert files_of(message) == ["attachment-2.txt"]
    assert "attachment 1: text, 1 kB, withheld; the intake desk keeps it." in words_of(message)
    assert not any(b"wormwood" in raw for raw in mailbox.raw)


def test_a_file_that_nobody_scanned_goes_along_and_is_said_so(clean: Road, mailbox: Mailbox) -> None:
    """MB11: without a scanner the agency reads it beside each file; what was scanned and clean is not mentioned."""
    clean.form(FILES[1:], message="My driver's license.", email=CITIZEN, reply="email")
    clean.work()
    object.__setattr__(clean.bench, "scanner", Suspicious())
    clean.form(FILES[1:], message="My driver's license, again.", email=CITIZEN, reply="email")
    clean.work()
    unscanned, scanned = mailbox.to(DMV)
    along = "attachment 1: text, 1 kB, written anew by us and sent along as attachment-1.txt"
    assert f"{along}; not checked for malware." in words_of(unscanned)
    assert f"{along}." in words_of(scanned)


def test_a_drawing_in_svg_stays_here(clean: Road, mailbox: Mailbox) -> None:
    """WF4, LK5: withheld in so many words, and not one octet of it leaves."""
    clean.form((("a.svg", "image/svg+xml", SVG),), message="My driver's license.", email=CITIZEN, reply="email")
    clean.work()
    (message,) = mailbox.to(DMV)
    assert files_of(message) == []
    assert "attachment 1: picture, 1 kB, withheld" in words_of(message)
    assert b"svg" not in mailbox.raw[0]
