"""Rules and model become one list of tags: in order, none over another.

What a rule knows by a check digit or by the word before it stands; everything else is the model's to say.
The surer tag wins, names give way to everything else, and what a loser covered beyond the winner is kept when it is
a class whose miss is a leak.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

from intake.pii.edges import tidy
from intake.pii.page import JOINER, Page, pattern
from intake.pii.roles import SHORTENED
from intake.pii.tags import Tag

_KEPT = frozenset(("email", "ssn", "card", "bank", "password", "phone", "address", "id"))
_WEAK = frozenset(("name", "zip", "gender", "dob"))


CERTAIN = frozenset(
    (
        "account behind routing", "account cue", "bank dictated", "bank glued", "card check digit", "card code",
        "card cue", "card dictated", "card expiry", "card last four", "dob cue", "dob mine", "email disguised",
        "email form",
        "gender field", "iban check digits", "id medicare",
        "id short plate", "id vin", "ip v4", "ip v6", "itin form", "password cue", "password form",
        "password signs",
        "phone dictated", "phone plan", "phone second", "phone zelle", "pin cue", "pin dictated",
        "routing check digit", "routing cue",
        "ssn dictated", "ssn digits+cue", "ssn form", "ssn form+cue", "ssn last four", "ssn masked", "zip cue",
    )
)  # fmt: skip
"""The rules that were right in about 19 of 20 cases on a thousand letters written after them."""


def combine(page: Page, rules: Sequence[Tag], seen: Sequence[Tag]) -> list[Tag]:
    """What the rules know for certain, and beside it what the model sees; both come in order."""
    streets = [rule for rule in rules if rule.cls == "address"]
    seen = [one for one in tidy(page, seen) if _can_be(page, one)]
    found = [_widened(page, one, streets) if one.cls == "address" else one for one in seen]
    private = [one for one in found if one.cls not in _PUBLISHED or not page.is_official(one.start)]
    sure = [
        _secret(page, rule, found) if rule.cls == "password" else rule
        for rule in rules
        if (rule.by in CERTAIN and not _longer(rule, found)) or (rule.cls == "zip" and _apart(rule, found))
    ]
    if (
        not sure
        and _told(page) >= _TELLING
        and len(private) < _MANY
        and not any(_stands(page, one, rules) for one in private)
    ):
        return []
    return merge(page, [*sure, *private])


_TELLING, _MANY, _SURE = 160, 8, 0.98
"""A letter of so many characters, blanks apart, that tells something of a person tells something for sure: a name at
its end, a number with its word before it. Where little is seen and nothing surer than that, there is nothing: on 350
letters that nobody had learnt, it cost no character found and spared half of those without personal information a tag.
"""


def _stands(page: Page, seen: Tag, rules: Sequence[Tag]) -> bool:
    """Whether the model is sure, sees a mailbox around an "@", or a rule says the same of more than a number."""
    if seen.score >= _SURE or (seen.cls == "email" and "@" in page.plain[seen.start : seen.end]):
        return True
    return seen.cls != "id" and any(rule.cls == seen.cls and rule.start == seen.start for rule in rules)


def _told(page: Page) -> int:
    """How many characters are no blanks."""
    return len(page.plain) - sum(map(page.plain.count, " \t\n\x0b\x0c"))


def _secret(page: Page, rule: Tag, seen: Sequence[Tag]) -> Tag:
    """A secret as far as the model sees it go on: "448-190" where the rule knows "448"."""
    for one in seen[max(0, bisect_left(seen, rule.start, key=_start) - 1) :]:
        if one.start >= rule.end:
            break
        if one.cls == rule.cls and one.end > rule.start:
            end = one.end if " " not in page.plain[rule.end : one.end] else rule.end
            return Tag(min(rule.start, one.start), max(rule.end, end), rule.cls, rule.score, rule.by)
    return rule


def _longer(rule: Tag, seen: Sequence[Tag]) -> bool:
    """Whether the model sees a disguised address go on where the rule knows no such ending."""
    last = seen[max(0, bisect_left(seen, rule.end, key=_start) - 1)] if seen else rule
    return rule.by == "email disguised" and last.cls == "email" and last.start <= rule.start and last.end > rule.end


def _apart(rule: Tag, seen: Sequence[Tag]) -> bool:
    """Whether the model sees nothing more there: a lone ZIP is easily overlooked, one in an address is none."""
    index = bisect_left(seen, rule.end, key=_start)
    last = seen[index - 1] if index else None
    return not last or last.end <= rule.start or (last.start, last.end) == (rule.start, rule.end)


_NUMBERS = frozenset(("card", "bank", "ssn", "phone", "zip", "ip"))
_ADDRESSING = re.compile(r"[@.]| at |arrob|aroba|malpa|dot|punt|pont|krop|point")


def _can_be(page: Page, seen: Tag) -> bool:
    """Whether the text could be what the model sees: it learnt no letters but Latin ones, and what stands beside an
    address is often none."""
    if seen.cls == "name":
        return _named(page, seen)
    if seen.cls in _NUMBERS:
        return any(c.isascii() and c.isalnum() for c in page.text[seen.start : seen.end])
    return seen.cls != "email" or _ADDRESSING.search(page.low, seen.start, seen.end) is not None


def _named(page: Page, seen: Tag) -> bool:
    """A lone word in small letters is a name for sure or none; a reported case ("Doe v. Roe, 12 Conn. 345") and what
    is only a title's shortening are none."""
    name = page.plain[seen.start : seen.end]
    if " v. " in name:
        return _REPORTED.match(page.raw[seen.end : seen.end + 12]) is None
    if name.islower() and " " not in name:
        return seen.score >= _PLAINLY
    return not (name.lower() in SHORTENED and page.plain[seen.end : seen.end + 1] == "." and seen.score < _SURE)


_PLAINLY = 0.85
_REPORTED = pattern(r"^,? (?:\d+ [A-Z]|\([^)]{0,9}\d{4})")
_PUBLISHED = frozenset(("phone", "email"))  # what an office that is quoted says of itself


def _widened(page: Page, seen: Tag, streets: Sequence[Tag]) -> Tag:
    """An address as far as the grammar of addresses follows it; `by` says whether there is a ZIP in it."""
    start, end = seen.start, seen.end
    for street in streets[max(0, bisect_left(streets, start, key=_start) - 1) : bisect_left(streets, end, key=_start)]:
        if street.end > start:
            start, end = min(start, street.start), max(end, street.end)
    if page.plain[end - 1] == "." and page.plain[end : end + 1] == " " and page.plain[end + 1 : end + 2].isupper():
        end -= 1  # the sentence's
    return Tag(start, end, seen.cls, seen.score, seen.by + "+zip" * _zipped(page.raw[start:end]))


_ZIP = pattern(
    r"[^0-9-]((?:\b(?i:box|apt|apartment|unit|lot|suite|ste|route|rt|no)\b\.? ?)?(?:# ?)?)"
    r"\b\d{5}(?:-\d{4})?(?:[^0-9]|$)"
)


def _zipped(raw: bytes) -> bool:
    """Whether an address holds a ZIP: five figures that are no box's, no door's, and no house's in front of all."""
    return any(found.start() and not found[1].strip() for found in _ZIP.finditer(b"\n" + raw))


def merge(page: Page, tags: Iterable[Tag]) -> list[Tag]:
    """The tags that stand, in order."""
    kept: list[Tag] = []
    for tag in sorted(tags, key=_weight):
        for free in _free(kept, tag):
            trimmed = _trimmed(page, free)
            if trimmed and not (free is not tag and tag.cls in _FIGURES and not page.digits(free.start, free.end)):
                insort(kept, trimmed, key=_start)
    return kept


_FIGURES = frozenset(("ssn", "card", "bank", "phone"))  # what is left of such a tag is something if a figure is in it


def _start(tag: Tag) -> int:
    return tag.start


def _weight(tag: Tag) -> tuple[bool, bool, float, int, int]:
    address = tag.cls == "address" and "+zip" in tag.by
    return (
        tag.by.startswith("model"),
        tag.cls in _WEAK and not (tag.cls == "dob" and tag.score > 0.9),
        -tag.score - 0.1 * address,
        tag.start - tag.end,
        tag.start,
    )


def _free(kept: list[Tag], tag: Tag) -> list[Tag]:
    """The parts of `tag` that no kept tag covers, when a part of its class is worth keeping; else all or nothing."""
    index = bisect_left(kept, tag.start, key=_start)
    at = max(tag.start, kept[index - 1].end) if index else tag.start
    first, gaps = index, []
    while index < len(kept) and kept[index].start < tag.end:
        gaps.append((at, kept[index].start))
        at = max(at, kept[index].end)
        index += 1
    gaps.append((at, tag.end))
    if gaps == [(tag.start, tag.end)]:
        return [tag]
    beside = any(other.cls == tag.cls for other in kept[max(0, first - 1) : index + 1])
    if tag.cls not in _KEPT and not (tag.cls == "name" and beside):
        return []
    return [Tag(start, end, tag.cls, tag.score, tag.by) for start, end in gaps if start < end]


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
