"""Outgoing messages: what goes into the outbox, for an agency or for a citizen.

Every one is composed from nothing, from an alias of ours, under an envelope sender that leads its bounce back to it.
The sealed payload holds the address it goes to, the addresses that must not be in it, and the finished bytes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from intake.alias import address
from intake.compose import Outgoing, compose
from intake.reference import new_reference, new_token, token_digest
from intake.store import Row, now
from intake.vault import DataKey

WORDS = ("redirect", "follow-up", "answer")
"""Kinds of messages that carry people's words; every other kind is ours alone."""


@dataclass(frozen=True, slots=True, repr=False)
class Payload:
    """What the courier needs. `known`: addresses that must not occur in `message`, but for `consented` ones;
    `domains`: whose addresses may (None: anybody's, towards a citizen). `secrets`: what else was taken out, as
    (class, value, what is shown in front of it); `names`: those that are shown."""

    to: str
    bounce: str  # token of the envelope sender
    known: tuple[str, ...]
    domains: tuple[str, ...] | None
    consented: tuple[str, ...]
    message: bytes
    secrets: tuple[tuple[str, str, str], ...] = ()
    names: tuple[str, ...] = ()

    def pack(self) -> bytes:
        """One JSON line, then the message."""
        return json.dumps({f: getattr(self, f) for f in _HEAD}).encode() + b"\n" + self.message

    @classmethod
    def unpack(cls, packed: bytes) -> Payload:
        """The reverse of `pack`."""
        line, _, message = packed.partition(b"\n")
        head = {name: _frozen(value) for name, value in json.loads(line).items()}
        return cls(**head, message=message)


_HEAD = ("to", "bounce", "known", "domains", "consented", "secrets", "names")


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True, repr=False)
class Draft:
    """A message before it is composed. `side`: who gets it."""

    kind: str
    side: str
    ticket: str
    letter: str
    agency: str
    to: str
    from_name: str
    from_token: str
    subject: str
    text: str
    language: str = "en"
    auto_submitted: str = ""
    references: Sequence[str] = ()
    known: Sequence[str] = ()
    domains: Sequence[str] | None = None
    consented: Sequence[str] = ()
    secrets: Sequence[tuple[str, str, str]] = ()
    names: Sequence[str] = ()
    attachments: Sequence[tuple[str, str, bytes]] = ()


def write(draft: Draft, key: DataKey, domain: str, recipient: str, at: datetime | None = None) -> tuple[Row, Payload]:
    """The outbox row of `draft`, and what is sealed in it; `recipient` is the keyed digest of its address."""
    ident, bounce = new_reference(), new_token()
    alias = address(draft.from_token, domain)
    message = compose(
        Outgoing(
            from_name=draft.from_name,
            from_addr=alias,
            to_addr=draft.to,
            reply_to=alias,
            subject=draft.subject,
            text=draft.text,
            message_id=message_id(ident, domain),
            date=at or datetime.now(UTC),
            references=tuple(message_id(r, domain) for r in draft.references),
            auto_submitted=draft.auto_submitted,
            language=draft.language,
            attachments=tuple(draft.attachments),
        )
    )
    payload = Payload(
        draft.to,
        bounce,
        tuple(draft.known),
        None if draft.domains is None else tuple(draft.domains),
        tuple(draft.consented),
        message,
        tuple(draft.secrets),
        tuple(draft.names),
    )
    row = {
        "id": ident,
        "letter": draft.letter,
        "ticket": draft.ticket,
        "kind": draft.kind,
        "side": draft.side,
        "agency": draft.agency,
        "recipient": recipient,
        "sealed": key.seal(f"outbox {ident}", payload.pack()),
        "bounce": token_digest(bounce),
        "state": "queued",
        "attempts": 0,
        "claimed_by": "",
        "due": now(),
        "created": now(),
    }
    return row, payload


def message_id(ident: str, domain: str) -> str:
    """The Message-ID of an outbox row: the same each time it is sent, so that a receiver can tell."""
    return f"<{ident.lower()}@{domain}>"
