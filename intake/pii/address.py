"""Postal addresses: a street line, with unit, town, state and ZIP where they follow, over line breaks.

A grammar finds the street line (number, words, kind of street), the box, or a line without a kind of street that a
ZIP makes certain; then the parts behind it are taken in. The place of an incident is no address.
"""

from __future__ import annotations

from collections.abc import Iterator

from intake.pii.page import Page, everywhere, pattern
from intake.pii.tags import Tag
from intake.pii.words import is_ordinary, is_place

_KIND = (
    r"(?:street|str|st|avenue|aven|ave|av|road|rd|drive|dr|lane|ln|court|ct|circle|cir|boulevard|blvd|"
    r"place|pl|terrace|ter|terr|"
    r"turnpike|tpke|tpk|pike|highway|hwy|parkway|pkwy|way|trail|trl|row|square|sq|extension|ext|crossing|xing|path|"
    r"hill|hollow|ridge|heights|hts|park|landing|common|commons|green|manor|meadow|meadows|view|point|run|walk|alley|"
    r"loop|knoll|glen|cove|bend|pass|plaza|mews|close|rdg|brook|farms?|wharf|beach|island)"
)
_SURE = (
    r"(?:street|str|st|avenue|aven|ave|av|road|rd|drive|dr|lane|ln|circle|cir|boulevard|blvd|terrace|ter|"
    r"terr|turnpike|tpke|tpk|"
    r"pike|highway|hwy|parkway|pkwy)"
)
_NUMBER = r"\d{1,5}(?:-\d{1,4})?(?:[ ]?[A-Ha-h]|[ ]1/2)?"
_DIRECTION = r"(?:n|s|e|w|ne|nw|se|sw|north|south|east|west)\.?"
_STREET = everywhere(
    rf"\b{_NUMBER},?[ ]+(?:{_DIRECTION}[ ]+)?(?:[a-z0-9][a-z0-9'.-]*[ ]+){{1,4}}?"
    rf"{_KIND}\b\.?(?:[ ]+{_KIND}\b\.?){{0,2}}(?:[ ]+(?:{_DIRECTION}|ext|extension)\b)?"
    rf"|\b{_NUMBER}[ ]+(?:state )?(?:route|rte|rt|us|highway|hwy)\.?[ ]+\d{{1,3}}\b",
    anycase=True,
)
_BOX = everywhere(
    r"\b(?:p\.? ?o\.? ?box|post office box|apartado(?: postal)?|caixa postal|casilla|psc \d+,? box|"
    r"skrytka pocztowa)[ #]*\d{1,6}\b"
    r"|\b(?:r\.?r\.?|rural route|r\.?f\.?d\.?|hc|star route) ?#? ?\d{1,3},? box ?#? ?\d{1,5}\w?\b",
    anycase=True,
)
_ABROAD = everywhere(
    r"\b(?:[A-Z][a-z]+ ){1,3}(?:Avenue|Ave|Street|St|Road|Rd|Drive)\.? (?:#|no\.? ?)?\d{1,5}[A-Za-z]?\b"
    r"|\b(?:[A-Z][a-z'-]+ ){0,2}[A-Z][a-z'-]{3,} \d{1,4} ?[a-zA-Z]?,?[ \n]+"
    r"(?:[A-Z]{1,2}-)?\d{4,5} [A-Z][a-z'-]+(?:,? [A-Z][a-z]+)?\b"
    r"|\b(?:[Uu]l\.|[Aa]l\.|[Oo]s\.) ?[A-Z][A-Za-z. -]{2,40} \d{1,4}[A-Za-z]?(?:/\d{1,4}|"
    r" m\.? ?\d{1,4})?(?:,?[ \n]+\d{2}-\d{3} [A-Z][a-z-]+(?: [A-Z][a-z-]+)?)?"
    r"|\b(?:[Cc]alle|[Rr]ua|[Aa]venida|[Aa]v\.|[Cc]arrera|"
    r"[Rr]ue) (?:[A-Za-z][a-z']+ ){0,3}[A-Z0-9][A-Za-z0-9']*,? (?:#|n[o.]+ ?)?\d{1,5}[A-Za-z]?\b"
)
_CERTAIN = everywhere(
    r"\b\d{1,5}(?:-\d{1,4})?[A-Z]?[ ](?:[A-Z][A-Za-z'.-]+[ ]){0,3}[A-Z][A-Za-z'.-]+,?[ ]*\n?[ ]*"
    r"(?:[A-Z][A-Za-z.'-]+[ ,]+){1,4}(?:\d{5})(?:-\d{4})?\b"
)
_COMPLEX = everywhere(
    r"\b(?:[A-Z][A-Za-z']+ ){1,3}(?:Apts?|Apartments|Village|Estates|Manor|Terrace|Gardens|Heights|"
    r"Towers?|Commons|Court|Homes|House|"
    r"Mobile Home Park|Trailer Park|Park),?[ ]+"
)
_UNIT_WORD = (
    r"(?:apartment|apto|apart|apt|unit|suite|ste|floor|flr|fl|room|rm|lot|trailer|building|bldg|blg|flat|"
    r"piso|apartamento|dept|no|"
    r"mieszkanie|mieszk|m|appartement|appt|app|andar|bloco|rear|front|basement|upstairs|downstairs|bsmt|ph)"
)
_UNIT = pattern(
    rf"^(?:[ ]*[,.]?[ ]*\n?[ >]*)(?:{_UNIT_WORD}\b\.?[ ]?#?[ ]?(?:[0-9]+[a-z]?(?:-[0-9a-z]{{1,3}})?|"
    rf"[a-z](?:-?[0-9]{{1,4}})?)\b(?:[ ]?#[ ]?\w{{1,5}})?"
    rf"|#[ ]?\w{{1,5}}(?:-\w{{1,3}})?\b|\d{{1,2}}\.[oa]\b|\d{{1,2}}(?:st|nd|rd|th|er|do|ro|to|e)[ ](?:fl|"
    rf"floor|piso|etage|etaj|andar)\b\.?"
    rf"|(?:first|second|third|fourth|top|1st|2nd|3rd)[ ](?:floor|fl)\b|(?:rear|basement|upstairs|downstairs)\b)",
    anycase=True,
)
_UNIT_BEFORE = pattern(
    rf"\b(?:{_UNIT_WORD}\.?(?:[ ]?#?[ ]?\d\w{{0,4}}|[ ]#?[ ]?[a-z])|#[ ]?\w{{1,5}}|\d{{1,2}}(?:st|nd|"
    rf"rd|th) (?:floor|fl)\.?),?[ ]+(?:at |of )?$",
    anycase=True,
)
_STATES = (
    "alabama|alaska|arizona|arkansas|california|colorado|connecticut|conn|delaware|florida|georgia|"
    "hawaii|idaho|illinois|"
    "indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|mass|michigan|minnesota|"
    "mississippi|missouri|"
    "montana|nebraska|nevada|new hampshire|new jersey|new mexico|new york|north carolina|north dakota|"
    "ohio|oklahoma|oregon|"
    "pennsylvania|rhode island|south carolina|south dakota|tennessee|texas|utah|vermont|virginia|"
    "washington|west virginia|"
    "wisconsin|wyoming|puerto rico|al|ak|az|ar|ca|co|ct|de|dc|fl|ga|hi|id|il|in|ia|ks|ky|la|me|md|ma|mi|"
    "mn|ms|mo|mt|ne|nv|"
    "nh|nj|nm|ny|nc|nd|oh|ok|or|pa|ri|sc|sd|tn|tx|ut|vt|va|wa|wv|wi|wy|pr"
)
_GAP = r"[ ]*[,.]?[ ]*\n?[ >]*"
_CITY = r"[a-z][a-z.']+(?:[ -][a-z][a-z.']+){0,3}?"
_ZIPPED = pattern(
    rf"^{_GAP}(?:{_CITY}[ ]*[,.]?[ \n>]*)?(?:\b(?:{_STATES})\b\.?)?{_GAP}\b\d{{5}}(?:-\d{{4}})?\b",
    anycase=True,
)
_STATED = pattern(rf"^{_GAP}({_CITY})[ ]*[,.]?[ \n>]*\b({_STATES})\b", anycase=True)
_TOWN = pattern(r"^[ ]*(,?)[ ]*(\n?)[ >]*([A-Za-z][A-Za-z']+(?:[ -][A-Z][A-Za-z']+){0,2})")
_INCIDENT = pattern(
    r"(?i)\b(?:pothole|accident|crash|crashed|collision|incident|intersection|corner of|streetlight|"
    r"street light|hydrant|sinkhole|bus stop|"
    r"dumping|dumped|fire at|store at|restaurant at|office at|located at|in front of|outside|across from|"
    r"construction|site at|garage at|"
    r"branch at|headquarters|hq)\b[^.\n]{0,50}$"
)
_HOME = pattern(
    r"(?i)\b(?:live|lives|living|lived|reside|resides|home|house|address|mail|mailing|vivo|vive|moradia|"
    r"moro|mieszkam|i'm at|we're at|tenant|apartment|rent)\b[^.\n]{0,60}$"
)
_WHOLE_LINE = pattern(r"^[ >*\-\t]*(?:[A-Za-z ]{0,30}:)?[ ]*$")


STREETS = frozenset(_KIND[3:-1].replace("farms?", "farm|farms").split("|"))
STATES = frozenset(word for name in _STATES.split("|") for word in name.split(" "))
UNITS = frozenset(_UNIT_WORD[3:-1].split("|"))


def find(page: Page) -> Iterator[Tag]:
    """Tags of class `address`; `by` ends in "+zip" when a ZIP stands inside."""
    for found in page.all(_BOX):
        yield _whole(page, found.start(), found.end(), 0.95, "address box")
    for found in page.all(_STREET):
        start, end = _street(page, *found.span())
        if start < end:
            tag = _whole(page, start, end, 0.9, "address street")
            if _believed(page, tag, start, end):
                yield tag
    for found in page.all(_CERTAIN):
        if _town_before_zip(page, *found.span()):
            yield Tag(found.start(), found.end(), "address", 0.85, "address line+zip")
    for found in page.all(_ABROAD):
        yield _whole(page, found.start(), found.end(), 0.8, "address abroad")
    for found in page.all(_COMPLEX):
        unit = _unit(page, found.end() - 1)
        if unit > found.end():
            yield _whole(page, found.start(), unit, 0.8, "address complex")


def _street(page: Page, start: int, end: int) -> tuple[int, int]:
    """The street line proper: behind the last number that can be its own, before it a unit named first."""
    if (page.plain[start - 1 : start] in ("$", "#", "-", "/", ".", ":") and start) or page.plain[end : end + 2] in (
        "'s",
    ):
        return start, start
    later = [i for i, part in _numbers(page, start, end) if part]
    if later and later[-1] > start:
        start = later[-1]
    return start, end


def _numbers(page: Page, start: int, end: int) -> Iterator[tuple[int, bool]]:
    """Where in a street line a further house number starts ("in 2019 to 12 Elm Street")."""
    at = start
    for part in page.plain[start:end].split(" "):
        body = part.rstrip(",")
        yield (
            at,
            at > start
            and body[:-1].isdigit()
            and (body.isdigit() or body[-1] in "ABCDEFGabcdefgh")
            and at + len(part) < end - 6,
        )
        at += len(part) + 1


def _believed(page: Page, tag: Tag, start: int, end: int) -> bool:
    """A street line stands for an address when what follows or its capitals say so, and no incident is told."""
    more = tag.end > end
    if not more or not tag.by.endswith("zip"):
        before = page.raw[max(0, start - 90) : start]
        if _INCIDENT.search(before) and not _HOME.search(before):
            return False
    return more or _proper(page, start, end)


def _proper(page: Page, start: int, end: int) -> bool:
    parts = page.plain[start:end].replace(".", "").split(" ")
    words = [part for part in parts[1:] if part]
    if not words:
        return False
    sure = words[-1].lower() in _SURE_KINDS or words[-1].lower() in ("n", "s", "e", "w") or words[-1].isdigit()
    capital = all(word[0].isupper() or word[0].isdigit() for word in words)
    if page.shouting or not capital:
        named = [w for w in words[:-1] if not is_ordinary(w.lower())]
        return sure and bool(named) and len(words) <= 3
    return sure or bool(_WHOLE_LINE.match(page.raw[page.line(start)[0] : start]))


_SURE_KINDS = frozenset(_SURE[3:-1].split("|"))


def _whole(page: Page, start: int, end: int, score: float, by: str) -> Tag:
    """The tag from `start` over unit, town, state and ZIP behind `end`, and a unit before `start`."""
    before = _UNIT_BEFORE.search(page.raw[max(0, start - 24) : start])
    if before:
        start = max(0, start - 24) + before.start()
    end = _unit(page, _unit(page, end))
    end, zipped = _tail(page, end)
    while end > start and page.plain[end - 1] in " ,\n":
        end -= 1
    return Tag(start, end, "address", score + 0.05 * zipped, by + "+zip" * zipped)


def _unit(page: Page, end: int) -> int:
    found = _UNIT.match(page.raw[end : end + 60])
    return end + found.end() if found else end


def _tail(page: Page, end: int) -> tuple[int, bool]:
    """Where town, state and ZIP end, and whether there is a ZIP."""
    rest = page.raw[end : end + 90]
    zipped = _ZIPPED.match(rest)
    if zipped:
        return end + zipped.end(), True
    stated = _STATED.match(rest)
    if (
        stated
        and _state(page, end + stated.start(2), end + stated.end(2))
        and _townlike(page.plain[end + stated.start(1) : end + stated.end(1)])
    ):
        return end + stated.end(2), False
    return _town(page, end), False


def _state(page: Page, start: int, end: int) -> bool:
    """Two letters are a state only in capitals."""
    return end - start > 2 or page.plain[start:end].isupper()


def _townlike(town: str) -> bool:
    return town[:1].isupper() or is_place(town.split(" ")[-1].lower())


def _town(page: Page, end: int) -> int:
    """A town behind a comma, on the same or the next line, known or at the line's end."""
    found = _TOWN.match(page.raw[end : end + 60])
    if not found:
        return end
    name = found[3].decode("ascii").rstrip(".").split(" ")
    for size in (3, 2, 1):
        part = name[:size]
        if len(part) == size and is_place(part[-1].lower()) and (found[1] or not found[2]):
            return end + int(found.start(3)) + len(" ".join(part))
    return end


def _town_before_zip(page: Page, start: int, end: int) -> bool:
    """A known place or state stands among the words before the ZIP."""
    words = [word.strip(".,").lower() for word in page.plain[start:end].replace("\n", " ").split(" ")]
    return any(is_place(word) or word in ("ct", "ma", "ny", "ri", "nj") for word in words)
