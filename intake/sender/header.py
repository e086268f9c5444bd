"""The header as octets: its fields, the one address of From, and what is quoted and what is said.

What two readers could read in two ways is not read at all: a bare CR, a NUL, a line that is no field, a second From.
Every pass is linear in what it reads.
"""

from __future__ import annotations

import re

import idna

HEADER_OCTETS = 256 * 1024
FIELDS = 1000
FIELD_OCTETS = 8192  # of a field that is read word by word

NO_FROM = "no From address"
TWO_FROM = "two From addresses"
BAD_FROM = "the From line cannot be read"

Fields = tuple[tuple[bytes, bytes], ...]

_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"([!-9;-~]+):([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_LEXEME = re.compile(r'"(?:[^"\\]|\\.)*"|[^"()\\]+|.', re.DOTALL)
_COMMENT = re.compile(r"[^()\\]+|\\.|.", re.DOTALL)
_PRIVATE = re.compile("[\ue000-\uf8ff]")  # each stands for a quoted string in an outline
_ANGLE = re.compile(r"[^<>@]*<\s*([^\s<>@]+)@([^\s<>@]+)\s*>")
_BARE = re.compile(r"([^\s<>@]+)@([^\s<>@]+)")
_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOSTNAME = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}")


def read(raw: bytes) -> tuple[Fields | None, int]:
    """The fields, each value with its CRLFs, and where the body begins; None for a header that cannot be read."""
    if raw[:2] == b"\r\n" or raw[:1] == b"\n":
        return (), raw.index(b"\n") + 1
    end = _END.search(raw, 0, HEADER_OCTETS)
    if end is None and len(raw) > HEADER_OCTETS:
        return None, 0
    head = raw[: end.start()] if end else raw.removesuffix(b"\n").removesuffix(b"\r")
    if b"\0" in head or head.count(b"\r") != head.count(b"\r\n"):
        return None, 0
    fields = _fields(head.replace(b"\r\n", b"\n"))
    return fields, end.end() if end else len(raw)


def _fields(head: bytes) -> Fields | None:
    fields: list[tuple[bytes, bytes]] = []
    at = 0
    while at < len(head):
        field = _FIELD.match(head, at)
        if field is None or len(fields) == FIELDS:
            return None
        fields.append((field[1], field[2].replace(b"\n", b"\r\n") + b"\r\n"))
        at = field.end()
    return tuple(fields)


def named(fields: Fields, name: bytes) -> list[bytes]:
    """The values of the fields called `name` (lower case), topmost first."""
    return [value for found, value in fields if found.lower() == name]


def text(value: bytes) -> str:
    """A value on one line; "" for one that is too long to be read word by word."""
    return value.decode("utf-8", "replace").replace("\r\n", "") if len(value) <= FIELD_OCTETS else ""


def from_line(fields: Fields) -> tuple[str, str, str]:
    """Local part, domain and fault of the From line: exactly one address, or a fault (RFC 5322 §3.6.2).

    A display name proves nothing, and one with an unquoted @, a comma or a group is not guessed at.
    """
    lines = named(fields, b"from")
    if len(lines) != 1:
        return "", "", TWO_FROM if lines else NO_FROM
    outlined = outline(text(lines[0]))
    if outlined is None:
        return "", "", BAD_FROM
    line, strings = outlined
    if "," in line:
        return "", "", TWO_FROM
    found = _ANGLE.fullmatch(line) or _BARE.fullmatch(line)
    domain = hostname(found[2]) if found else ""
    if not found or not domain or ";" in line or ":" in line or (_PRIVATE.search(found[1]) and len(found[1]) > 1):
        return "", "", BAD_FROM
    return filled(found[1], strings), domain, ""


def outline(line: str) -> tuple[str, list[str]] | None:
    """`line` without comments, with one private character for each quoted string, and those strings.

    None when quotes or brackets do not close.
    """
    if _PRIVATE.search(line):
        return None
    out: list[str] = []
    strings: list[str] = []
    at = depth = 0
    while at < len(line):
        token = (_COMMENT if depth else _LEXEME).match(line, at)
        piece = token[0] if token else line[at]
        at += len(piece)
        if piece in ("(", ")"):
            depth += 1 if piece == "(" else -1
            out.append(" ")
        elif not depth and piece in ('"', "\\"):
            return None
        elif not depth and piece.startswith('"'):
            out.append(chr(0xE000 + len(strings)))
            strings.append(re.sub(r"\\(.)", r"\1", piece[1:-1], flags=re.DOTALL))
        elif not depth:
            out.append(piece)
        if depth < 0:
            return None
    return None if depth else ("".join(out).strip(), strings)


def filled(part: str, strings: list[str]) -> str:
    """A part of an outline with its quoted strings in their places."""
    return _PRIVATE.sub(lambda m: strings[ord(m[0]) - 0xE000], part)


def hostname(domain: str) -> str:
    """`domain` in lower case and A-labels; "" when it is none."""
    domain = domain.lower().removesuffix(".")
    if len(domain) > 253:
        return ""
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except UnicodeError:  # idna.IDNAError is one
            return ""
    return domain if len(domain) <= 253 and _HOSTNAME.fullmatch(domain) else ""
