"""Header fields: which may stand in a message of ours, and how each of them looks exactly.

What is ours alone (dates, ids, aliases, kinds, the signature) is compared and not searched; anything else in such a
field is a finding. Subject, display names and the agency's mailbox are given back to be searched or compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email.header import decode_header

_LETTER = "[0-9a-hjkmnp-tv-z]"  # Crockford's base32, as in all our ids
_ID = rf"<{_LETTER}{{4}}(?:-{_LETTER}{{4}}){{2}}@([A-Za-z0-9.-]+)>"
_DATE = (
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"\d\d:\d\d:\d\d \+0000"
)
BOUNDARY = r'multipart/mixed; boundary="(=_[0-9a-f]{32})"'
TEXT = "text/plain; charset=(?:us-ascii|utf-8)"
_DOCUMENT = r"application/vnd\.openxmlformats-officedocument\.wordprocessingml\.document"
_FILE = rf"(?:text/plain|text/csv)(?:; charset=(?:us-ascii|utf-8))?|application/pdf|{_DOCUMENT}|image/png|image/jpeg"
_ALIAS = re.compile(rf"reply\+{_LETTER}{{20}}@([a-z0-9.-]+)")
_REFERENCE = re.compile(r"(?:Re: )?\[((?:[0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4})\]")


def _exact(**forms: str) -> dict[str, re.Pattern[str]]:
    return {name.replace("_", "-"): re.compile(form) for name, form in forms.items()}


_ENCODING = "7bit|quoted-printable|base64"
_LANGUAGE = "[a-z]{2,3}"
IN_MESSAGE = _exact(
    date=_DATE,
    message_id=_ID,
    in_reply_to=_ID,
    references=rf"{_ID}(?: {_ID})*",
    auto_submitted="auto-generated|auto-replied|auto-notified",
    mime_version=r"1\.0",
    content_type=f"{TEXT}|{BOUNDARY}",
    content_transfer_encoding=_ENCODING,
    content_language=_LANGUAGE,
)
"""The exact form of each field of ours but those that are looked at in other ways."""
IN_PART = _exact(
    content_type=f"{TEXT}|{_FILE}",
    content_transfer_encoding=_ENCODING,
    content_language=_LANGUAGE,
    content_disposition=r"attachment; filename=\"attachment-\d{1,3}\.(?:txt|csv|pdf|docx|png|jpg|jpeg)\"",
)
ADDRESSES = ("from", "reply-to", "to")
ALLOWED = frozenset((*IN_MESSAGE, *ADDRESSES, "subject", "dkim-signature"))

Field = tuple[str, str]
_NAME = re.compile(r"[A-Za-z-]+\Z")


def read(head: bytes) -> list[Field]:
    """(name in lower case, unfolded value); a line that is no field has the name ""."""
    found: list[Field] = []
    for line in head.decode("utf-8").split("\r\n"):
        if line[:1] in (" ", "\t") and found:
            found[-1] = (found[-1][0], found[-1][1] + line)
            continue
        name, colon, value = line.partition(":")
        found.append((name.lower() if colon and _NAME.match(name) else "", value.strip()))
    return found


def unknown(fields: Sequence[Field], allowed: frozenset[str]) -> Iterator[str]:
    """Fields that are not ours, or stand twice."""
    names = [name for name, _ in fields]
    if not allowed.issuperset(names):
        yield "a header that is not on the list"
    if len(names) != len(set(names)):
        yield "a header that stands twice"


def words(value: str) -> str:
    """A value without its encoded words; ValueError or LookupError for none of ours."""
    if "=?" not in value:
        return value
    pieces = decode_header(value)
    return "".join(piece.decode(charset or "ascii") if isinstance(piece, bytes) else piece for piece, charset in pieces)


def reference(subject: str) -> str:
    """The ticket's own reference in a subject of ours, "" if there is none."""
    found = _REFERENCE.match(subject)
    return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class Ours:
    """Tells our fields from others. `domain`: our mail domain, "" when only `permitted` is known."""

    domain: str
    permitted: Callable[[str], bool] | None

    def is_exact(self, forms: dict[str, re.Pattern[str]], name: str, value: str) -> bool:
        """Whether a field is of the one form that it has in messages of ours."""
        found = forms[name].fullmatch(value)
        if found is None:
            return False
        if "@" not in value:
            return True
        return all(self.is_our_domain(domain) for domain in re.findall(r"@([^>]*)>", value))

    def is_alias(self, address: str) -> bool:
        """Whether `address` is an alias of ours, to answer to."""
        found = _ALIAS.fullmatch(address)
        return found is not None and self.is_our_domain(found[1])

    def is_our_domain(self, domain: str) -> bool:
        """Our mail domain, or one that may be seen where ours is not given."""
        if self.domain:
            return domain.lower() == self.domain
        return self.permitted is None or self.permitted(f"@{domain.lower()}")

    def is_signature(self, value: str) -> bool:
        """Whether a DKIM-Signature (RFC 6376 §3.5) is like ours: no unknown tag, no free text but two hashes."""
        tags: dict[str, str] = {}
        for tag in value.removesuffix(";").split(";"):
            name, equals, inside = tag.partition("=")
            name, inside = name.strip(), inside.strip()
            if not equals or name in tags or name not in _TAGS or not _TAGS[name].fullmatch(inside):
                return False
            tags[name] = inside
        if not self.domain or tags.get("d") != self.domain or tags.get("i", f"@{self.domain}") != f"@{self.domain}":
            return False
        signed = {name.strip().lower() for name in tags.get("h", "").split(":")}
        return "b" in tags and "bh" in tags and signed <= ALLOWED


_TAGS = _exact(
    v="1",
    a="rsa-sha256|ed25519-sha256",
    c="(?:relaxed|simple)/(?:relaxed|simple)",
    d="[a-z0-9.-]+",
    i="@[a-z0-9.-]+",
    q="dns/txt",
    s="[a-z0-9][a-z0-9._-]{0,62}",
    t=r"\d{10}",
    x=r"\d{10}",
    h=r"[A-Za-z-]+(?:\s*:\s*[A-Za-z-]+)*",
    bh=r"[A-Za-z0-9+/]{43}=",
    b=r"(?:[A-Za-z0-9+/]\s*){80,700}(?:=\s*){0,2}",
)
