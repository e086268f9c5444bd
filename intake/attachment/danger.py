"""Files that run when somebody opens them, whatever they call themselves.

The rule this module keeps: the content is looked at first and the name second, nothing is unpacked, and nothing is
raised. Of an archive only the names in its headers are read, wherever in the file they stand. This is no malware scan
(`malware`): it knows kinds, not samples.
"""

from __future__ import annotations

import hashlib
import re
import struct
import unicodedata
from collections.abc import Iterator

from intake.letter import Attachment

NAMES = 20_000  # of an archive; more are not looked at, and the archive is no honest one
LONGEST = 260  # octets of a name, from its end

# SHA-256 of EICAR's 68 octets: with the octets themselves in here, scanners would take this module away.
_EICAR = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"

_PROGRAMS = frozenset(
    (
        "exe", "scr", "com", "pif", "cpl", "msi", "msix", "msp", "mst", "appx", "apk", "dll", "sys", "drv", "ocx",
        "xll", "jar", "class", "gadget", "deb", "rpm", "pkg", "chm", "appimage",
    )
)  # fmt: skip
_SCRIPTS = frozenset(
    (
        "js", "jse", "vbs", "vbe", "vb", "wsf", "wsh", "wsc", "ws", "ps1", "psm1", "psd1", "bat", "cmd", "hta", "sh",
        "lnk", "url", "scf", "reg", "inf", "sct", "msc", "py", "pyw", "jnlp", "desktop", "command", "terminal",
        "settingcontent-ms", "library-ms", "search-ms", "theme", "application", "iqy", "slk",
    )
)  # fmt: skip
_MACROS = frozenset(("docm", "dotm", "xlsm", "xltm", "xlam", "pptm", "potm", "ppam", "ppsm", "sldm"))
_DISKS = frozenset(("iso", "img", "vhd", "vhdx", "vmdk", "dmg", "wim", "udf"))
_HARMLESS = frozenset(
    (
        "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "rtf", "txt", "csv", "jpg", "jpeg", "png",
        "gif", "bmp", "tif", "tiff", "webp", "heic", "zip", "mp3", "mp4", "mov", "htm", "html", "xml", "eml", "msg",
    )
)  # fmt: skip

_EXECUTED = (
    b"\x7fELF", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe",
    b"\xca\xfe\xba\xbf", b"\0asm", b"dex\n", b"ITSF\3\0",
)  # fmt: skip
_SCRIPT = re.compile(
    rb"(?i)#!\s*/|<\?php\b|<job\b|<hta:|\[(?:InternetShortcut|Shell|Desktop Entry)\]|REGEDIT4"
    rb"|Windows Registry Editor Version|@echo (?:off|on)\b"
)
_SHORTCUT = b"\x4c\0\0\0\x01\x14\x02\0"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PROJECT = "_VBA_PROJECT".encode("utf-16-le")  # MS-OVBA 2.3.4.1
_INSTALLER = bytes.fromhex("84100c0000000000c000000000000046")  # the class of an .msi
_HEADER = re.compile(rb"PK\x01\x02|PK\x03\x04")
_TURNED = re.compile("[\u202a-\u202e\u2066-\u2069]")  # UAX 9, 2.1–2.5: embeddings, overrides, isolates
_NOTHING = re.compile("[\0-\x1f\x7f\xad\u200b-\u200f\u2060\ufeff]")


def danger(file: Attachment) -> str:
    """Why `file` is dangerous to open, in a few words for staff; "" when nothing says so. Never raises."""
    return _content(file.data) or _name(file.name)


def _content(data: bytes) -> str:
    start = data[:256].removeprefix(b"\xef\xbb\xbf").lstrip()
    if hashlib.sha256(start[:68]).hexdigest() == _EICAR:
        return "test virus"
    if data.startswith(_EXECUTED) or (data.startswith(b"MZ") and not _is_text(data[:512])):
        return "program"
    if data.startswith(_SHORTCUT) or _SCRIPT.match(_narrow(start)):
        return "script"
    if data.startswith(_OLE):
        return "macro" if _PROJECT in data else "program" if _INSTALLER in data else ""
    if data.startswith((b"vhdxfile", b"conectix", b"KDMV", b"MSWIM\0\0\0")) or data[0x8001:0x8006] == b"CD001":
        return "disk image"
    if data[-512:].startswith((b"koly", b"conectix")):
        return "disk image"
    return _archive(data) if data.startswith(b"PK") or b"PK\5\6" in data[-65_557:] else ""


def _is_text(start: bytes) -> bool:
    return b"\0" not in start and start.isascii()


def _narrow(start: bytes) -> bytes:
    """The same without the zeros of UTF-16, in which Windows writes scripts as well."""
    return start[2:].replace(b"\0", b"") if start.startswith((b"\xff\xfe", b"\xfe\xff")) else start


def _archive(data: bytes) -> str:
    found = set()
    for number, name in enumerate(_names(data)):
        if number >= NAMES:
            return "archive with too many files"
        if name.endswith("vbaproject.bin") or "/macrosheets/" in name or name == "basic/script-lc.xml":
            found.add("macro")
        elif name in ("androidmanifest.xml", "classes.dex") or name.endswith(".class"):
            found.add("program")
        elif not name.endswith("/") and _ending(_plain(name)) in _PROGRAMS | _SCRIPTS:
            found.add("archive with a program")
    return next((one for one in ("program", "macro", "archive with a program") if one in found), "")


def _names(data: bytes) -> Iterator[str]:
    """The file names in all headers of a zip (APPNOTE 4.3.7, 4.3.12), of the directory and of the files."""
    for found in _HEADER.finditer(data):
        at, (length_at, name_at) = found.start(), (28, 46) if found[0][2] == 1 else (26, 30)
        if at + name_at <= len(data):
            (length,) = struct.unpack_from("<H", data, at + length_at)
            start, end = at + name_at, at + name_at + length
            yield data[max(start, end - LONGEST) : end].decode("utf-8", "replace").lower()


def _name(name: str) -> str:
    if _TURNED.search(name):
        return "a name written backwards"
    plain = _plain(name)
    ending = _ending(plain)
    runs = next((word for word, endings in _KINDS if ending in endings), "")
    return "two endings" if runs and _ending(plain.removesuffix(ending)[:-1].rstrip(" .")) in _HARMLESS else runs


_KINDS = (("program", _PROGRAMS), ("script", _SCRIPTS), ("macro", _MACROS), ("disk image", _DISKS))


def _plain(name: str) -> str:
    """The name as Windows takes it: without folders, streams, and dots and blanks at the end."""
    plain = _NOTHING.sub("", unicodedata.normalize("NFKC", name[-1000:])).lower()
    return re.split(r"[/\\]", plain)[-1].removesuffix("::$data").rstrip(" .")


def _ending(plain: str) -> str:
    stem, dot, ending = plain.rpartition(".")
    return ending.strip() if dot and stem.strip() else ""
