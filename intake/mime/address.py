"""Addresses in a mail's header: the writer's own, whom answers go to, who else got it, what it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

import re2

from intake.charset import bare, clean
from intake.idn import both_forms
from intake.letter import Envelope
from intake.machine import Fields
from intake.mime import header
from intake.mime.bound import SENDERS, Unreadable

# Whose addresses may be the writer's own: originators (RFC 5322), receipts (RFC 8098), what providers add.
_SENDER_FIELD_NAMES = (
    "from sender reply-to return-path resent-from resent-sender resent-reply-to "
    "disposition-notification-to return-receipt-to x-confirm-reading-to read-receipt-to errors-to apparently-from "
    "original-from x-original-from x-google-original-from x-sender x-original-sender x-envelope-from "
    "x-envelope-sender x-apparently-from x-authenticated-sender x-authenticated-user x-auth-sender "
    "x-originating-email mail-reply-to mail-followup-to mail-copies-to x-from autocrypt author"
)
_SENDER_FIELDS = frozenset(_SENDER_FIELD_NAMES.split())

_ADDRESS = re2.compile(r'(?:"[^"\s@]{1,64}"|[^\s<>()\[\],;:"\\@]+)@(?:[^\s<>()\[\],;:"\\@]+|\[[^\]\s]+\])')
_ONE = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9._+-]*@[A-Za-z0-9-][A-Za-z0-9.-]*(?<!\.)")
_AROUND_AT = re.compile(r"\s?@\s?")
_TRAILING = ".'`?!>"


def addresses_in(value: str) -> Iterator[str]:
    """Every address in a header value, in lower case: bracketed, in comments, quoted, folded around its @."""
    if _ONE.fullmatch(value):
        yield value.lower()
    elif "@" in value:
        folded = _AROUND_AT.sub("@", " ".join(value.split()))
        for match in _ADDRESS.finditer(folded):
            address = match[0].lower().strip(_TRAILING)
            yield address
            if "=" in address:  # Autocrypt's addr=, and other parameters
                yield address.rpartition("=")[2]


def senders(envelope: Envelope, headers: Fields) -> tuple[str, ...]:
    """Every address that may be the writer's, in both IDN forms; `Unreadable` when they are more than SENDERS."""
    found: dict[str, None] = {}
    for value in (envelope.mail_from, *(header.words(raw) for name, raw in headers if name in _SENDER_FIELDS)):
        for address in addresses_in(value):
            found.update(dict.fromkeys(both_forms(address)))
        if len(found) > SENDERS:
            raise Unreadable("too many sender addresses")
    return tuple(found)


_ID = re.compile(r"<[^<>\s]{1,250}>")


def references(headers: Fields) -> tuple[str, ...]:
    """The messages that this one answers, nearest last (RFC 5322 §3.6.4)."""
    ids = [i for name in ("references", "in-reply-to") for i in _ID.findall(clean(bare(header.first(headers, name))))]
    return tuple(dict.fromkeys(ids))[-20:]


def others(envelope: Envelope, headers: Fields) -> tuple[str, ...]:
    """To and Cc but for the domain it was taken in at; as many as SENDERS, which is more than anybody counts."""
    ours = {recipient.lower().rpartition("@")[2] for recipient in envelope.recipients}
    named = (a.lower() for name, raw in headers if name in ("to", "cc") for a in addresses_in(header.words(raw)))
    return tuple(dict.fromkeys(a for a in islice(named, 4 * SENDERS) if a.rpartition("@")[2] not in ours))[:SENDERS]


def answer_to(envelope: Envelope, headers: Fields) -> tuple[str, str]:
    """(display name of From, the address that answers go to): Reply-To, else From, else the envelope's."""
    name, written = _mailbox(header.decoded(headers, "from"))
    _, wished = _mailbox(header.decoded(headers, "reply-to"))
    return name, wished or written or next(addresses_in(envelope.mail_from), "")


def _mailbox(value: str) -> tuple[str, str]:
    """(display name, address) of the first mailbox: the address stands in the angle brackets, if any."""
    before, opening, behind = value.partition("<")
    if not opening:
        return "", next(addresses_in(value), "")
    name = header.one_line(before.strip().strip('"').replace('\\"', '"'))
    return "" if "@" in name else name, next(addresses_in(behind.partition(">")[0]), "")
