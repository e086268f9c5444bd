"""The gate: the finished octets of a message to an agency, read once more before they leave.

The rule this module keeps: it fails closed. What it cannot decode, a header it does not know and any surprise inside
itself are findings like an address, and a message with findings is held for a person. It shares no code with
`redact` and `compose`, so that one mistake is not made twice. Findings name a place and never a value.
"""

from __future__ import annotations

import binascii
import re
import unicodedata
from base64 import b64decode
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from email.header import decode_header
from functools import lru_cache
from html import unescape
from itertools import pairwise
from urllib.parse import unquote

import re2

UNCHECKED = "the message could not be checked"

_ALLOWED = frozenset(
    (
        *("from", "to", "reply-to", "subject", "date", "message-id", "in-reply-to", "references"),
        *("mime-version", "content-type", "content-transfer-encoding", "content-language", "auto-submitted"),
    )
)
_ALLOWED_IN_PART = frozenset(("content-type", "content-transfer-encoding", "content-language", "content-disposition"))
_SEARCHABLE = ("application/json", "application/xml")  # beside text/*
_LONGEST_LINE = 998  # RFC 5322 §2.1.1
_DEEPEST = 3


def check(
    raw: bytes,
    known: Collection[str],
    shown_domains: Collection[str] | None,
    consented: Collection[str] = (),
) -> tuple[str, ...]:
    """Why `raw` must not leave: neutral findings, none when it may.

    `known`: the writer's addresses, looked for in every spelling. `shown_domains`: whose addresses (subdomains
    included) may be seen: ours and the agencies'; None towards a citizen, who may see any but the `known` ones.
    `consented`: addresses that their owner lets this agency see.
    Never raises.
    """
    try:
        gate = _Gate(
            tuple(
                _Owner.of(a) for a in dict.fromkeys(map(str.lower, known)) if a not in set(map(str.lower, consented))
            ),
            None if shown_domains is None else frozenset(domain.lower() for domain in shown_domains),
            frozenset(address.lower() for address in consented),
        )
        return tuple(dict.fromkeys((*_lines(raw), *gate.message(raw))))
    except Exception:  # noqa: BLE001 - whatever goes wrong here must hold the message
        return (UNCHECKED,)


def _lines(raw: bytes) -> Iterator[str]:
    """What another mail program could read differently than we do."""
    if not raw.count(b"\n") == raw.count(b"\r") == raw.count(b"\r\n"):
        yield "a line does not end in CRLF"
    if b"\0" in raw:
        yield "a NUL in the message"
    if max(map(len, raw.split(b"\r\n"))) > _LONGEST_LINE:
        yield "a line is too long"


@dataclass(frozen=True, slots=True, repr=False)
class _Owner:
    """An address of the writer: whole, and in the pieces that any spelling of it must hold."""

    address: str
    pieces: tuple[str, ...]

    @classmethod
    def of(cls, address: str) -> _Owner:
        local, _, domain = _seen(address).rpartition("@")
        pieces = re.split(r"[^\w]|_", f"{local.partition('+')[0]}.{domain}")
        return cls(address, tuple(piece for piece in pieces if piece))

    def spelt_in(self, form: str, letters: str) -> bool:
        """Whether `form`, whose letters and digits are `letters`, spells the address, forwards or backwards."""
        if len(self.pieces) < 2:
            return False
        if all(piece in letters for piece in self.pieces) and _spelling(self.address).search(form):
            return True
        backwards = [piece[::-1] for piece in self.pieces]
        if not all(piece in letters for piece in backwards):
            return False
        return bool(_gapped(_halves(self.address)[1][::-1], "@", _halves(self.address)[0][::-1]).search(form))


def _halves(address: str) -> tuple[str, str]:
    local, _, domain = _seen(address).rpartition("@")
    return local.partition("+")[0], domain


_GAP = r"[^a-z0-9]{0,4}"
_SAID_DOT = r"(?:\W{0,3}(?:dot|punto|ponto|punkt|punt|kropka)\W{0,3})"
_SAID_AT = r"\W{1,4}(?:at|arroba|aapenstaartje|arobase|chiocciola|klammeraffe)\W{1,4}"


def _spelling(address: str) -> re2._Regexp:
    """The address with up to four other characters between any two of its own, or with words for @ and dot."""
    local, domain = _halves(address)
    tag = r"(?:\+[a-z0-9._-]{0,40})?"
    plain = rf"{_letters(local)}{tag}{_GAP}@{_GAP}{_letters(domain)}"
    said = rf"\b{_letters(local)}{_SAID_AT}{_letters(domain)}\b"
    return re2.compile(f"{plain}|{said}")


def _gapped(left: str, middle: str, right: str) -> re2._Regexp:
    return re2.compile(f"{_letters(left)}{_GAP}{middle}{_GAP}{_letters(right)}")


def _letters(half: str) -> str:
    pieces = [_GAP.join(map(re2.escape, piece)) for piece in re.split(r"[^\w]|_", half) if piece]
    return rf"(?:{_SAID_DOT}|{_GAP})".join(pieces)


@dataclass(frozen=True, slots=True, repr=False)
class _Gate:
    owners: Sequence[_Owner]
    domains: frozenset[str] | None
    consented: frozenset[str]

    # --- the message and its parts -------------------------------------------------------------------

    def message(self, raw: bytes) -> Iterator[str]:
        head, blank, body = raw.partition(b"\r\n\r\n")
        if not blank:
            yield "a header without an end"
        fields = _fields(head)
        yield from _unknown(fields, _ALLOWED)
        for name, value in fields:
            yield from self.field(name, value)
        yield from self.body(dict(fields), body, "text", 0)

    def field(self, name: str, value: str) -> Iterator[str]:
        if name != "to" and not value.isascii():
            yield f"raw 8-bit octets in header {name.title()}"
        text = _words(value)
        if name in ("from", "reply-to", "to"):
            yield from self.mailbox(name, text)
        else:
            yield from self.search(text, f"header {name.title()}")

    def mailbox(self, name: str, value: str) -> Iterator[str]:
        """The address must be ours or an agency's; it is compared, what stands before it is searched."""
        display, opening, address = value.rpartition("<")
        address = address.strip().removesuffix(">").strip().lower()
        if opening:
            yield from self.search(display, f"header {name.title()}")
        if not self.permitted(address):
            yield f"e-mail address in header {name.title()}"
        if name != "to" and any(owner.address == address for owner in self.owners):
            yield f"known address in header {name.title()}"

    def body(self, fields: dict[str, str], body: bytes, where: str, depth: int) -> Iterator[str]:
        kind, _, parameters = fields.get("content-type", "text/plain").partition(";")
        kind = kind.strip().lower()
        if kind == "multipart/mixed" and depth < _DEEPEST:
            yield from self.parts(parameters, body, depth + 1)
            return
        octets = _transfer_decoded(fields.get("content-transfer-encoding", "7bit").strip().lower(), body)
        if octets is None:
            yield f"undecodable octets in {where}"
        elif kind.startswith("text/") or kind in _SEARCHABLE:
            yield from self.search(octets.decode("utf-8"), where)
        else:
            yield f"{where} is of a kind that cannot be searched"

    def parts(self, parameters: str, body: bytes, depth: int) -> Iterator[str]:
        found = re.search(r'boundary="([^"]+)"', parameters)
        delimiter = b"\r\n--" + (found[1].encode("ascii") if found else b"")
        preamble, *parts = (b"\r\n" + body).split(delimiter)
        if not found or preamble or not parts or parts.pop() != b"--\r\n":
            yield "a multipart that is not like ours"
            return
        for number, part in enumerate(parts, 1):
            head, blank, inside = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
            if not blank or not part.startswith(b"\r\n"):
                yield "a multipart that is not like ours"
                continue
            fields = _fields(head)
            yield from _unknown(fields, _ALLOWED_IN_PART)
            for name, value in fields:
                yield from self.search(_words(value), f"header {name.title()} of part {number}")
            yield from self.body(dict(fields), inside, f"part {number}", depth)

    # --- what is searched ----------------------------------------------------------------------------

    def search(self, text: str, where: str) -> Iterator[str]:
        for form in _forms(text):
            if "@" in form and any(not self.permitted(address) for address in _addresses(form)):
                yield f"e-mail address in {where}"
            letters = _only_letters(form)
            if any(owner.spelt_in(form, letters) for owner in self.owners):
                yield f"known address in {where}"
        if self.domains is not None and _hides_address(text):
            yield f"encoded e-mail address in {where}"

    def permitted(self, address: str) -> bool:
        if self.domains is None:
            return True
        labels = address.rpartition("@")[2].split(".")
        return address in self.consented or any(".".join(labels[i:]) in self.domains for i in range(len(labels)))


# --- header fields -----------------------------------------------------------------------------------

_NAME = re.compile(r"[A-Za-z-]+\Z")
_ENCODINGS = ("7bit", "quoted-printable", "base64")


def _fields(head: bytes) -> list[tuple[str, str]]:
    """(name in lower case, unfolded value); a line that is no field has the name ""."""
    text = head.decode("utf-8")
    found: list[tuple[str, str]] = []
    for line in text.split("\r\n"):
        if line[:1] in (" ", "\t") and found:
            found[-1] = (found[-1][0], found[-1][1] + line)
            continue
        name, colon, value = line.partition(":")
        found.append((name.lower() if colon and _NAME.match(name) else "", value.strip()))
    return found


def _unknown(fields: Sequence[tuple[str, str]], allowed: frozenset[str]) -> Iterator[str]:
    names = [name for name, _ in fields]
    if not allowed.issuperset(names):
        yield "a header that is not on the list"
    if len(names) != len(set(names)):
        yield "a header that stands twice"


def _words(value: str) -> str:
    if "=?" not in value:
        return value
    pieces = decode_header(value)
    return "".join(piece.decode(charset or "ascii") if isinstance(piece, bytes) else piece for piece, charset in pieces)


def _transfer_decoded(encoding: str, body: bytes) -> bytes | None:
    """The octets; None when they are not what an encoding of ours makes."""
    if not body.isascii() or encoding not in _ENCODINGS:
        return None
    if encoding == "7bit":
        return body
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body)
    try:
        return b64decode(body.replace(b"\r\n", b""), validate=True)
    except binascii.Error:
        return None


# --- forms of a text ---------------------------------------------------------------------------------

_ESCAPED = re.compile(r"\\u\{?([0-9a-fA-F]{4})\}?|\\x([0-9a-fA-F]{2})|=([0-9a-fA-F]{2})")
_NOT_LETTERS = bytes(code for code in range(128) if not chr(code).isalnum())
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_NOT_WORD = re.compile(r"\W+")
_STOPS = str.maketrans("。｡．․", "....")


def _forms(text: str) -> list[str]:
    """The text as it is seen, and what it says when its escapes are undone; lower case, each once."""
    forms = [_seen(text)]
    for _ in range(3):
        last = forms[-1]
        if not any(mark in last for mark in "%&\\="):
            break
        deeper = _seen(_ESCAPED.sub(_character, unquote(unescape(last))).replace("=\r\n", ""))
        if deeper == last:
            break
        forms.append(deeper)
    return forms


def _character(match: re.Match[str]) -> str:
    return chr(int(match[1] or match[2] or match[3], 16))


def _seen(text: str) -> str:
    """Lower case, compatibility forms and accents undone, tags and all that is invisible put right."""
    return text.lower() if text.isascii() else _NOT_ASCII.sub(lambda c: _seen_character(c[0]), text).lower()


@lru_cache(2048)
def _seen_character(character: str) -> str:
    if "\U000e0020" <= character <= "\U000e007e":
        return chr(ord(character) - 0xE0000)
    plain = unicodedata.normalize("NFKD", character.translate(_STOPS)).casefold()
    return "".join(c for c in plain if unicodedata.category(c) not in ("Mn", "Me", "Cf", "Cs"))


def _only_letters(form: str) -> str:
    letters = form.encode().translate(None, _NOT_LETTERS).decode()
    return letters if letters.isascii() else _NOT_WORD.sub("", letters)


_DOMAIN = re.compile(r"(?:[^\W_][\w-]*\.)+(?:xn--[a-z0-9-]+|[^\W\d_]{2,})")
_BEFORE_AT = re.compile(r"[\w.!#$%&'*+=?^`{|}~-]")


def _addresses(form: str) -> Iterator[str]:
    """Every address in `form`: from each @ as far to the left and right as an address goes."""
    pieces = form.split("@")
    for left, right in pairwise(pieces):
        domain = _DOMAIN.match(right)
        if domain and left and _BEFORE_AT.match(left[-1]):
            start = len(left)
            while start and len(left) - start < 64 and _BEFORE_AT.match(left[start - 1]):
                start -= 1
            yield f"{left[start:]}@{domain[0]}"


_RUN = re.compile(r"[A-Za-z0-9+/_-]{16,}")
_BROKEN_RUN = re.compile(r"(?<=[A-Za-z0-9+/_-]{40})\r?\n[> ]*(?=[A-Za-z0-9+/_-]{4})")
_IN_OCTETS = re2.compile(rb"(?i)[a-z0-9._+-]{2,}@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}")
_URL_SAFE = str.maketrans("-_", "+/")


def _hides_address(text: str) -> bool:
    """Base64 that decodes to an address, wherever in the run its first quad begins."""
    runs = _RUN.findall(text)
    if any(len(run) >= 40 for run in runs):
        runs = _RUN.findall(_BROKEN_RUN.sub("", text))
    return any(_IN_OCTETS.search(octets) for run in runs for octets in _decoded(run.translate(_URL_SAFE)))


def _decoded(run: str) -> Iterator[bytes]:
    for offset in range(4):
        length = (len(run) - offset) // 4 * 4
        rest = run[offset + length :]
        tail = rest + "=" * (4 - len(rest)) if len(rest) > 1 else ""
        yield b64decode(run[offset : offset + length] + tail).replace(b"\0", b"")
