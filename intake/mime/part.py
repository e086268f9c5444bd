"""A part (an entity of RFC 2045): its header, what it claims to be, and where it and its own parts stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from intake.charset import bare
from intake.machine import Fields
from intake.mime import header
from intake.mime.bound import NAME, PARTS, Unreadable

_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*\Z")


@dataclass(frozen=True, slots=True)
class Part:
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
        """Its Content-Transfer-Encoding fields."""
        return [bare(value) for name, value in self.headers if name == "content-transfer-encoding"]

    @property
    def packing(self) -> str:
        """What its Content-Encoding (RFC 9110 §8.4.1) says, which is no header of mail, but some programs write it."""
        return bare(header.first(self.headers, "content-encoding")).strip().lower()


def part_at(raw: bytes, start: int, end: int, depth: int = 0, otherwise: str = "text/plain") -> Part:
    """The part that stands there. `otherwise`: its type if it claims none, or none that is one."""
    headers, body = header.fields(raw, start, end)
    value = header.words(header.first(headers, "content-type"))
    kind = value.partition(";")[0].partition("(")[0].strip().lower()
    placed = header.words(header.first(headers, "content-disposition"))
    params = header.parameters(value)
    filename = file_name(header.parameters(placed).get("filename") or params.get("name") or "")
    disposition = placed.partition(";")[0].strip().lower()
    kind = kind if _TYPE.match(kind) else otherwise
    return Part(headers, kind, params, disposition, filename, body, end, depth)


def sections(raw: bytes, start: int, end: int, boundary: bytes) -> tuple[list[tuple[int, int]], bool]:
    """Where the parts stand between the delimiter lines (RFC 2046 §5.1.1), and whether there is an end.

    `Unreadable` when they are more than a mail may have.
    """
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
        if len(found) > PARTS:
            raise Unreadable("too many parts")
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


def file_name(claimed: str) -> str:
    """The claimed name without folders, controls and direction marks; "" when nothing is left."""
    name = _BIDI.sub("", header.one_line(header.words(claimed.encode("utf-8", "replace"))))
    name = name.replace("\\", "/").rpartition("/")[2].strip(". ")
    return name[-NAME:]


def usual_name(kind: str) -> str:
    """What a file without a name is called."""
    if kind == "message/rfc822":
        return "message.eml"
    return "attachment" if not kind.startswith("text/") else "text.txt"
