"""From what a door sealed back to what a person wrote: open, unpack, read.

Only workers and the desk come here, each with a grant.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import mime
from intake.letter import Envelope, Letter, from_form, unpack
from intake.pii import Tag
from intake.purpose import Grant
from intake.store import contents, letters
from intake.vault import DataKey, SealedKey, Vault

_COLUMNS = [c for c in letters.c if c.name != "tags"]


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """One letter, open: its row, its key, and what the door sealed."""

    row: sa.Row[tuple[object, ...]]
    key: DataKey
    envelope: Envelope
    content: bytes

    def read(self, along: bool = True) -> Letter:
        """The letter, `along` with messages that speak for it. `mime.Unreadable` when a person must look at it."""
        if self.envelope.channel == "form":
            return from_form(self.envelope, self.content)
        return mime.read(self.envelope, self.content, along)

    def head(self) -> Letter:
        """Who wrote it, and its subject: of a letter that cannot be read."""
        if self.envelope.channel == "form":
            return replace(self.read(), text="", attachments=())
        return mime.head(self.envelope, self.content)


def fetch(conn: Connection, ids: Collection[str]) -> list[sa.Row[tuple[object, ...]]]:
    """The rows of letters with their sealed content beside them, in the order they were received."""
    return list(
        conn.execute(
            sa.select(*_COLUMNS, contents.c.sealed)
            .join(contents, contents.c.id == letters.c.content)
            .where(letters.c.id.in_(list(ids)))
            .order_by(letters.c.received, letters.c.id)
        )
    )


def open_letter(row: sa.Row[tuple[object, ...]], vault: Vault, grant: Grant) -> Opened:
    """Open one fetched row; `Tampered` when it is not what was sealed."""
    key = open_key(row, vault, grant)
    envelope, content = unpack(key.open(f"content {row.content}", row.sealed))
    return Opened(row, key, envelope, content)


def open_key(row: sa.Row[tuple[object, ...]], vault: Vault, grant: Grant) -> DataKey:
    """The data key of a letter's row."""
    return vault.open_key(SealedKey(row.kid, row.data_key), grant)


@dataclass(frozen=True, slots=True)
class FileTags:
    """The spans in a file's name and in the text that `attachment.texts` read in it; `text` is None when unscanned."""

    name: tuple[Tag, ...] = ()
    text: tuple[Tag, ...] | None = None


@dataclass(frozen=True, slots=True)
class Tags:
    """The spans in each part of a letter; offsets only, none of the words.

    `files` are as many as the letter's attachments, in their order; () in tags stored before attachments were read.
    `given`: in the name and the town that were given beside the letter; not stored, and not counted.
    """

    subject: tuple[Tag, ...] = ()
    text: tuple[Tag, ...] = ()
    files: tuple[FileTags, ...] = ()
    given: tuple[tuple[Tag, ...], ...] = ()

    @property
    def unscanned(self) -> int:
        """How many files could not be read whole: nobody knows what stands in them."""
        return sum(file.text is None for file in self.files)

    def counts(self) -> dict[str, int]:
        """How many of each class, in all parts."""
        found: dict[str, int] = {}
        files = (tag for file in self.files for tag in (*file.name, *(file.text or ())))
        for tag in (*self.subject, *self.text, *files):
            found[tag.cls] = found.get(tag.cls, 0) + 1
        return found

    def sealed(self, key: DataKey, letter: str) -> bytes:
        """As they are stored."""
        files = [[_plain(f.name), None if f.text is None else _plain(f.text)] for f in self.files]
        return key.seal(f"tags {letter}", json.dumps([_plain(self.subject), _plain(self.text), files]).encode())


def open_tags(sealed: bytes, key: DataKey, letter: str) -> Tags:
    """The stored tags of a letter."""
    subject, text, *rest = json.loads(key.open(f"tags {letter}", sealed))
    files = rest[0] if rest else ()
    return Tags(
        _tags(subject),
        _tags(text),
        tuple(FileTags(_tags(name), None if found is None else _tags(found)) for name, found in files),
    )


def _tags(plain: Sequence[Sequence[Any]]) -> tuple[Tag, ...]:
    return tuple(Tag(*one) for one in plain)


def _plain(tags: Sequence[Tag]) -> list[list[object]]:
    return [[t.start, t.end, t.cls, t.score, t.by] for t in tags]
