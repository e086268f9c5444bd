"""Files that are text already: notes, tables, pages, contact cards and calendar entries.

The rule this module keeps: linear time, no recursion, and every octet accounted for; ValueError inside, None outside.
"""

from __future__ import annotations

import binascii
import csv
import json
import re
from collections.abc import Iterator
from html import unescape
from itertools import zip_longest

from intake import html
from intake.attachment import beside, markup, table
from intake.charset import in_charset
from intake.invitation import last_day

_NO_TEXT = re.compile("[\0-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ufffd\ufffe\uffff]")
_CHARSET = re.compile(r"""(?i)\b(?:charset|encoding)\s*=\s*["']?([a-z0-9_.:-]+)""")
_RUN = re.compile(r"[A-Za-z0-9+/]+")


def read(kind: str, data: bytes, most: int) -> str | None:
    """The text of a file of `kind`, if that is at most `most` characters; None when not all of it can be read."""
    if len(data) > 4 * most + 4:
        return None
    try:
        text = decoded(data)
        if _encoded(text):
            return None
        return _READERS.get(kind, str)(text)
    except (ValueError, LookupError, RecursionError, csv.Error):
        return None


def decoded(data: bytes) -> str:
    """In the character set that fits, as the text of a mail is read; ValueError when it is none."""
    text = in_charset(data, "utf-8")[0]
    if _NO_TEXT.search(text):
        raise ValueError("no text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _encoded(text: str) -> bool:
    """Whether base64 or the like stands in it: a file within the file, which was not read."""
    long = [len(run) for run in _RUN.findall(text) if len(run) >= 60]
    return len(long) >= 4 or any(length >= 200 for length in long)


def _same_charset(text: str) -> None:
    """ValueError when the file names another character set than the one it was read in."""
    named = {name.lower() for name in _CHARSET.findall(text[:4096])}
    if not (text.isascii() or named <= {"utf-8", "utf8", "utf-16", "us-ascii"}) or any("utf-7" in n for n in named):
        raise ValueError("another character set")


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────

_SHOWS_MORE = re.compile(
    r"(?i)<(?:script|img|image|picture|svg|math|canvas|audio|video|object|embed|applet|iframe|frame|frameset|map"
    r"|input|textarea|select|datalist|template|base|noscript|noframes)[\s/>]"
    r"|<[^<>]*\bhidden\b|\bdisplay\s*:\s*none|\bvisibility\s*:\s*hidden|\bmso-hide\b|\bfont-size\s*:\s*0"
    r"|\burl\s*\(|@import|\bcontent\s*:|http-equiv\s*=\s*[\"']?refresh|<!\[cdata\["
)
_TITLE = re.compile(r"(?i)<title[^<>]*>([^<]*)")
_SAID = re.compile(
    r"""(?i)\b(alt|title|content|value|placeholder|label|summary|cite|author|href|data-[a-z-]{1,40}|aria-[a-z]{1,40})"""
    r"""\s*=\s*("[^"]*"|'[^']*'|[^\s"'<>]+)"""
)


def _page(source: str) -> str:
    """What the page shows, then its title, comments and what its elements say beside."""
    _same_charset(source)
    if _SHOWS_MORE.search(source) or len(source) > html.LARGEST:
        raise ValueError("shows more than text")
    said = [f"title: {title.strip()}" for title in _TITLE.findall(source)]
    said += [piece.partition("-->")[0] for piece in source.split("<!--")[1:]]
    said += [f"{name}: {value.strip(chr(34) + chr(39))}" for name, value in _SAID.findall(source)]
    return beside.joined(html.to_text(source), map(unescape, said))


# ── tables and data ──────────────────────────────────────────────────────────────────────────────────────────────


_HEADS = re.compile(
    r"(?i)\b(?:names?|nombre|surname|birth|born|dob|nacimiento|ssn|social|phone|tel|telefono|mobile|cell|e-?mail|address"
    r"|direccion|street|city|town|zip|postal|sex|gender|account|card|iban|routing|licen[cs]e|passport|plate|id|password"
    r"|user|users|usernames?|mailbox|login|local part|handle|nick|domain|host|hostname|server|provider|usuario|usuário"
    r"|utilisateur|identifiant|benutzer(?:name)?|użytkownik|utente|dominio|domínio|domaine|domäne|domena)\b"
)

_VALUE = re.compile(r"\d|@|\w\w\.\w\w")  # no heading


def _table(text: str) -> str:
    """Each cell beside the heading of its column, where there are headings: a number alone says little."""
    first = text.partition("\n")[0]
    heads = first.replace("_", " ")
    if not _HEADS.search(heads) or _VALUE.search(heads):
        return text
    try:
        head, *rows = table.rows(text, table.delimiter(first))
    except csv.Error:
        return text
    heads_of = [" ".join(one.replace("_", " ").split()) for one in head]
    return "\n\n".join([" | ".join(heads_of), *("\n".join(_cells(heads_of, row)) for row in rows)])


def _cells(heads: list[str], row: list[str]) -> Iterator[str]:
    for head, cell in zip_longest(heads, row, fillvalue=""):
        if cell.strip():
            yield f"{head}: {cell}" if head else cell


_ESCAPED = re.compile(r"\\u[0-9a-fA-F]{4}(?:\\u[0-9a-fA-F]{4})*")


def _json(text: str) -> str:
    """The file as it stands, its escapes undone; ValueError when it is no JSON."""
    json.loads(text)
    unbroken = text.replace("\\\\", "\\u005c").replace("\\/", "/").replace("\\n", "\n").replace("\\t", "\t")
    return _ESCAPED.sub(lambda found: str(json.loads(f'"{found[0]}"')), unbroken)


def _xml(text: str) -> str:
    """Elements and attributes as lines "name: value"; ValueError when it draws, or declares a document type."""
    _same_charset(text)
    found = markup.lines(re.sub(r"^<\?xml\s[^>]*\?>", "", text.lstrip()).encode())
    if found.names & {"svg", "html", "script", "image", "binData", "binary"}:
        raise ValueError("shows more than text")
    return "\n".join(found)


# ── contact cards and calendar entries (RFC 6350, RFC 5545, vCard 2.1) ───────────────────────────────────────────

_LABELS = {
    "FN": "Name", "N": "Name", "CN": "Name", "NICKNAME": "Name", "BDAY": "Date of birth", "TEL": "Phone",
    "ADR": "Address", "EMAIL": "E-mail", "NOTE": "Note", "ORG": "Organization", "SUMMARY": "Subject",
}  # fmt: skip
_SILENT = frozenset(
    ("TYPE", "ENCODING", "CHARSET", "VALUE", "LANGUAGE", "PREF", "ROLE", "PARTSTAT", "RSVP", "CUTYPE", "TZID")
)
_FRAME = frozenset(("BEGIN", "END", "VERSION", "PRODID", "CALSCALE"))  # says nothing of anybody
_PROPERTY = re.compile(r'((?:"[^"\n]*"|[^":\n])*):(.*)')
_PARAMETER = re.compile(r';((?:"[^"]*"|[^;"])*)')
_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")


def _card(text: str) -> str:
    """Each property as a line "label: value"; ValueError where a picture, a sound or another file is inside."""
    old = "\nVERSION:2.1" in text
    unfolded = re.sub("\n(?=[ \t])" if old else "\n[ \t]", "", text)
    return "\n".join(line for whole in _properties(unfolded.split("\n")) for line in _property(whole))


def _properties(lines: list[str]) -> Iterator[str]:
    """Lines, those of quoted-printable put together where they end in "="."""
    pieces: list[str] = []
    for line in lines:
        pieces.append(line)
        if line.endswith("=") and "QUOTED-PRINTABLE" in pieces[0].partition(":")[0].upper():
            pieces[-1] = line[:-1]
            continue
        yield "".join(pieces)
        pieces = []
    yield "".join(pieces)


def _property(line: str) -> Iterator[str]:
    whole = _PROPERTY.fullmatch(line)
    if not whole:
        yield line
        return
    head, value = whole[1], whole[2]
    name = head.partition(";")[0].rpartition(".")[2].strip().upper()
    if name in _FRAME:
        return
    params = [one.partition("=") for one in _PARAMETER.findall(head)]
    words = {word.upper() for key, _, word in params for word in (key, word.strip('"'))}
    if words & {"B", "BASE64"} or value.lstrip().lower().startswith("data:"):
        raise ValueError("a file inside")
    if "QUOTED-PRINTABLE" in words:
        charset = next((word.strip('"') for key, _, word in params if key.upper() == "CHARSET"), "utf-8")
        value = decoded(binascii.a2b_qp(value).decode(charset).encode())
    yield f"{_LABELS.get(name, name.capitalize())}: {_said(name, value)}"
    for key, _, word in params:
        if word and key.upper() not in _SILENT:
            yield f"{_LABELS.get(key.upper(), key)}: {word.strip(chr(34))}"


def _said(name: str, value: str) -> str:
    """The value as a person writes it: dates with dashes, the pieces of a name or an address in a row."""
    dated = _DATE.fullmatch(value.strip())
    if dated:
        day = f"{dated[1]}-{dated[2]}-{dated[3]}"
        if dated[4]:
            return f"{day} {dated[4]}:{dated[5]}{' UTC' if dated[6] else ''}"
        return last_day(day) if name == "DTEND" else day
    if name in ("N", "ADR"):
        value = (" " if name == "N" else ", ").join(piece for piece in re.split(r"(?<!\\);", value) if piece.strip())
    return re.sub(r"\\([nN,;\\])", lambda found: {"n": "\n", "N": "\n"}.get(found[1], found[1]), value)


_READERS = {"html": _page, "csv": _table, "json": _json, "xml": _xml, "vcf": _card, "ics": _card}
