"""What a file says beside what it shows: authors, notes, what was deleted or hidden, targets of links, properties.

The rule this module keeps: all of it is read and tagged, and none of it goes into a file written anew. The readers put
it below one line that a person understands and that no redaction touches. Where that line is missing or stands twice,
nobody knows what was shown, and nothing is.
"""

from __future__ import annotations

from collections.abc import Iterable

LINE = "[Also in this file, but not to be seen on its pages:]"
"""Brackets and a colon belong to no address, so that none which stands beside reaches into it."""


def joined(shown: str, beside: Iterable[str]) -> str:
    """The text that a reader answers with."""
    more = "\n".join(beside)
    return f"{shown}\n{LINE}\n{more}" if more.strip() else shown


def shown(text: str, redacted: str) -> str | None:
    """The part of `redacted` that the file shows; None when it is not certain which part that is."""
    count = text.count(LINE)
    if count > 1 or redacted.count(LINE) != count:
        return None
    return redacted.partition(f"\n{LINE}\n")[0] if f"\n{LINE}\n" in redacted else None if count else redacted
