"""Internet addresses, of version 4 and 6; a version number or a paragraph of a statute is none."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from intake.pii.page import Page, everywhere, pattern
from intake.pii.tags import Tag

_FOUR = everywhere(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
_SIX = everywhere(r"(?:[0-9A-Fa-f]{1,4})?:[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]{0,34}(?:\.\d{1,3}){0,3}")
_NOT = pattern(r"(?i)(?:\bv|\bversion:?|\bver\.?|\brelease|[a-z]/|\bsec\.?|section|build|firmware|[$#]) ?$")
_EVERY_MACHINE = (0, 127)  # RFC 6890: "this host" and loopback, the same of all


def find(page: Page) -> Iterator[Tag]:
    """Tags of class `ip`."""
    for found in page.all(_FOUR):
        parts = [int(part) for part in found[0].split(b".")]
        if max(parts) < 256 and parts[0] not in _EVERY_MACHINE and _free(page, *found.span()):
            yield Tag(found.start(), found.end(), "ip", 0.95, "ip v4")
    if b":" in page.raw:
        for found in page.all(_SIX):
            end = found.end() - (1 if found[0].endswith(b":") and not found[0].endswith(b"::") else 0)
            if _six(page.plain[found.start() : end]) and _free(page, found.start(), end):
                yield Tag(found.start(), end, "ip", 0.97, "ip v6")


def _six(text: str) -> bool:
    if text.count(":") < 2 or ("::" not in text and text.count(":") != 7) or len(text) < 4:
        return False
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _free(page: Page, start: int, end: int) -> bool:
    before, after = page.plain[max(0, start - 2) : start], page.plain[end : end + 2]
    if before[-1:].isalnum() or after[:1].isalnum() or (after[:1] == "." and after[1:].isdigit()):
        return False
    return not (before[-1:] == "." and before[:1].isdigit()) and not _NOT.search(page.raw[max(0, start - 12) : start])
