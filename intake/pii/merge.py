"""Many finders' opinions become one list of tags: in order, none over another.

The surer tag wins, names give way to everything else, and what a loser covered beyond the winner is kept when it is
a class whose miss is a leak.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from intake.pii.page import JOINER, Page
from intake.pii.tags import Tag

_KEPT = frozenset(("email", "ssn", "card", "bank", "password", "phone", "address", "id"))
_WEAK = frozenset(("name", "zip", "gender", "dob"))


def merge(page: Page, tags: Iterable[Tag]) -> list[Tag]:
    """The tags that stand, in order."""
    kept: list[Tag] = []
    for tag in sorted(tags, key=_weight):
        for free in _free(kept, tag):
            trimmed = _trimmed(page, free)
            if trimmed:
                insort(kept, trimmed, key=_start)
    return kept


def _start(tag: Tag) -> int:
    return tag.start


def _weight(tag: Tag) -> tuple[bool, float, int, int]:
    address = tag.cls == "address" and "+zip" in tag.by
    return (
        tag.cls in _WEAK and not (tag.cls == "dob" and tag.score > 0.9),
        -tag.score - 0.1 * address,
        tag.start - tag.end,
        tag.start,
    )


def _free(kept: list[Tag], tag: Tag) -> list[Tag]:
    """The part of `tag` that no kept tag covers: all, nothing, or one end of it."""
    index = bisect_left(kept, tag.start, key=_start)
    start, end = tag.start, tag.end
    if index and kept[index - 1].end > start:
        start = kept[index - 1].end
    if index < len(kept) and kept[index].start < end:
        end = kept[index].start
    if (start, end) == (tag.start, tag.end):
        return [tag]
    if start >= end or (tag.cls not in _KEPT and not (tag.cls == "name" and kept and _same(kept, index, tag))):
        return []
    return [Tag(start, end, tag.cls, tag.score, tag.by)]


def _same(kept: list[Tag], index: int, tag: Tag) -> bool:
    return any(other.cls == tag.cls for other in kept[max(0, index - 1) : index + 1])


def _trimmed(page: Page, tag: Tag) -> Tag | None:
    """Without blanks and commas at its edges; nothing when no letter or figure is left."""
    start, end = tag.start, tag.end
    while start < end and page.plain[start] in " \n\t,;>" + JOINER:
        start += 1
    while end > start and page.plain[end - 1] in " \n\t,;" + JOINER:
        end -= 1
    if not any(map(str.isalnum, page.plain[start:end])):
        return None
    return tag if (start, end) == (tag.start, tag.end) else Tag(start, end, tag.cls, tag.score, tag.by)
