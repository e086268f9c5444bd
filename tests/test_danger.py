"""Files that run when somebody opens them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from intake.attachment.danger import danger
from intake.letter import Attachment
from tests.conftest import cpu_seconds

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
PE = b"MZ\x90\x00\x03" + bytes(55) + b"\x80\0\0\0" + bytes(64) + b"PE\0\0"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def archive(parts: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return file.getvalue()


def photo(kind: str = "JPEG") -> bytes:
    file = io.BytesIO()
    Image.effect_noise((60, 40), 50).save(file, kind)
    return file.getvalue()


DOCX = {"[Content_Types].xml": b"<Types/>", "_rels/.rels": b"", "word/document.xml": b"", "word/theme/theme1.xml": b""}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (PE, "program"),
        (b"MZ" + bytes(100), "program"),
        (b"\x7fELF\x02\x01\x01" + bytes(60), "program"),
        (b"\xcf\xfa\xed\xfe" + bytes(60), "program"),
        (b"\xca\xfe\xba\xbe\0\0\0\x34", "program"),
        (OLE + bytes.fromhex("84100c0000000000c000000000000046"), "program"),
        (archive({"META-INF/MANIFEST.MF": b"", "a/Main.class": b""}), "program"),
        (archive({"AndroidManifest.xml": b"", "classes.dex": b""}), "program"),
        (b"#!/bin/sh\nrm -r /", "script"),
        (b"\xef\xbb\xbf\r\n@ECHO OFF\r\n", "script"),
        ("\ufeff[InternetShortcut]\nURL=x".encode("utf-16-le"), "script"),
        ("Windows Registry Editor Version 5.00".encode("utf-16"), "script"),
        (b"REGEDIT4\n", "script"),
        (b"\x4c\0\0\0\x01\x14\x02\0" + bytes(60), "script"),
        (OLE + "_VBA_PROJECT".encode("utf-16-le"), "macro"),
        (archive({**DOCX, "word/vbaProject.bin": b"x"}), "macro"),
        (archive({"xl/macrosheets/sheet1.xml": b"x"}), "macro"),
        (EICAR, "test virus"),
        (EICAR + b"\r\n", "test virus"),
        (bytes(0x8001) + b"CD001" + bytes(90), "disk image"),
        (b"conectix" + bytes(600), "disk image"),
        (archive({"photo.jpg": b"x", "folder/Setup.EXE": b"x"}), "archive with a program"),
        (archive({"photo.jpg.lnk": b"x"}, zipfile.ZIP_STORED), "archive with a program"),
        (archive({"inside.zip": archive({"a.exe": b"x"})}, zipfile.ZIP_STORED), "archive with a program"),
        (photo() + archive({"a.exe": b"x"}), "archive with a program"),
        (archive({"a.exe": b"x"})[:-22], "archive with a program"),
    ],
)
@pytest.mark.parametrize("name", ["", "letter.pdf", "photo.jpg"])
def test_the_content_betrays_what_runs(data: bytes, reason: str, name: str) -> None:
    """Programs, scripts, macros, disk images and EICAR, whatever the name says (MB11)."""
    assert danger(Attachment(name, "application/pdf", data)) == reason


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("setup.exe", "program"),
        ("SETUP.EXE", "program"),
        ("saver.scr", "program"),
        ("a.com", "program"),
        ("a.pif", "program"),
        ("a.cpl", "program"),
        ("a.msi", "program"),
        ("a.dll", "program"),
        ("a.apk", "program"),
        ("a.jar", "program"),
        ("C:\\letters\\a.exe", "program"),
        ("a.exe. . ", "program"),
        ("a.e\u200bxe", "program"),
        ("ａ．ｅｘｅ", "program"),
        ("a.exe::$DATA", "program"),
        ("Re: a.exe", "program"),
        ("a.js", "script"),
        ("a.vbs", "script"),
        ("a.wsf", "script"),
        ("a.ps1", "script"),
        ("a.bat", "script"),
        ("a.cmd", "script"),
        ("a.hta", "script"),
        ("a.sh", "script"),
        ("a.lnk", "script"),
        ("a.url", "script"),
        ("a.scf", "script"),
        ("a.reg", "script"),
        ("form.docm", "macro"),
        ("form.xlsm", "macro"),
        ("form.pptm", "macro"),
        ("a.iso", "disk image"),
        ("a.img", "disk image"),
        ("a.vhd", "disk image"),
        ("report.pdf.exe", "two endings"),
        ("report.pdf          .exe", "two endings"),
        ("photo.jpg.lnk", "two endings"),
        ("form.docx.js ", "two endings"),
        ("letter.txt.docm", "two endings"),
        ("report\u202efdp.exe", "a name written backwards"),
        ("\u202egpj.scr", "a name written backwards"),
        ("a\u2067gpj", "a name written backwards"),
    ],
)
def test_the_name_betrays_what_runs(name: str, reason: str) -> None:
    """Endings that run, two endings, invisible and backward letters in the name (MB11)."""
    assert danger(Attachment(name, "", b"Dear agency")) == reason


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("photo.jpg", photo()),
        ("photo.png", photo("PNG")),
        ("form.pdf", b"%PDF-1.4\n%%EOF"),
        ("form.docx", archive(DOCX)),
        ("table.csv", b"name,town\nJan,Hartford\n"),
        ("photos.zip", archive({f"photo{n}.jpg": photo() for n in range(30)})),
        ("photos.zip", archive({"program.of.the.day/a.jpg": b"x", "scripts.sh/": b""})),
        ("old form.doc", OLE + "_Macros and you".encode("utf-16-le")),
        ("letter.v2.final.pdf", b"%PDF-1.4\n%%EOF"),
        ("form.docx.pdf", b"%PDF-1.4\n%%EOF"),
        ("letter.tar.gz", b"\x1f\x8b"),
        ("letter.txt", b"MZ Trucking Company\nDear agency"),
        ("letter.txt", b"# !important"),
        ("letter.txt", b"My scanner says X5O!P%@AP[4 was found"),
        ("מכתב\u200f.pdf", b"%PDF-1.4"),
        (".exe", b""),
        ("exe", b""),
        ("", b""),
    ],
)
def test_honest_files_are_no_danger(name: str, data: bytes) -> None:
    """Photos, documents, tables, archives of photos, and names that only look odd."""
    assert danger(Attachment(name, "", data)) == ""


BOMBS = {
    "zeros": archive({"zeros": bytes(20_000_000)}),
    "nested": archive({"a.zip": archive({"b.zip": archive({"zeros": bytes(20_000_000)})})}),
    "10 000 names": archive({f"{n}.txt": b"" for n in range(10_000)}),
    "headers": b"PK\x01\x02" * 5_000_000,
    "long names": (b"PK\x03\x04" + bytes(22) + b"\xff\xff" + bytes(2)) * 600_000,
    "endings": b"PK" + b"." * 20_000_000,
}


@pytest.mark.parametrize("why", BOMBS)
def test_an_archive_is_not_unpacked(why: str) -> None:
    """Bombs, nesting, thousands of names and of false headers: bounded, whatever the sizes say (MB5)."""
    assert cpu_seconds(lambda: danger(Attachment("a.zip", "", BOMBS[why]))) < 2


def test_an_archive_of_endless_headers_is_no_honest_one() -> None:
    """What cannot be looked at is said so; ten thousand names can."""
    assert danger(Attachment("a.zip", "", BOMBS["headers"])) == "archive with too many files"
    assert danger(Attachment("a.zip", "", BOMBS["10 000 names"])) == ""


def test_a_long_name_takes_no_time() -> None:
    """Two megabytes of dots and blanks."""
    assert cpu_seconds(lambda: danger(Attachment(". " * 1_000_000 + ".exe", "", b""))) < 2


@given(
    st.text(max_size=40) | st.text(alphabet=".exejspdf/\\: \u202e", max_size=30),
    st.sampled_from([b"", b"PK\x03\x04", b"PK\x01\x02", b"MZ", EICAR, OLE, b"PK\5\6"]),
    st.binary(max_size=80),
)
@example("\ud800.exe", b"", b"")
def test_nothing_makes_it_raise(name: str, start: bytes, rest: bytes) -> None:
    """Any name and any octets."""
    assert isinstance(danger(Attachment(name, "", start + rest)), str)
