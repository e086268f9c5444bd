"""Birth dates: a date is one when a cue word, a name beside it or another birth date says so."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from intake.pii.page import Page, pattern
from intake.pii.tags import Tag

_MONTH = (
    r"(?:jan(?:uary|\.)?|feb(?:ruary|\.)?|mar(?:ch|\.)?|apr(?:il|\.)?|may|june?\.?|july?\.?|aug(?:ust|\.)?|"
    r"sept?(?:ember|\.)?|oct(?:ober|\.)?|nov(?:ember|\.)?|dec(?:ember|\.)?|enero|febrero|marzo|abril|mayo|"
    r"junio|julio|"
    r"agosto|sep?tiembre|setiembre|octubre|noviembre|diciembre|ene|abr|ago|dic|janeiro|fevereiro|marco|maio|junho|"
    r"julho|setembro|outubro|novembro|dezembro|fev|set|out|dez|janvier|fevrier|mars|avril|mai|juin|juillet|aout|"
    r"septembre|octobre|novembre|decembre|stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|wrzesnia|"
    r"pazdziernika|listopada|grudnia|janvye|fevriye|me|jen|jiye|out|septanm|oktob|novanm|desanm)"
)
_ORDINAL = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|"
    r"fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|twenty[- ]\w+|thirtieth|thirty[- ]first)"
)
_YEAR = r"(?:1[89]\d\d|20[0-3]\d)"
_SHORT = r"(?:" + _YEAR + r"|'?\d\d)"
_DATE = pattern(
    r"\b(?:"
    + "|".join(
        (
            rf"{_YEAR}[-/.]\d{{1,2}}[-/.]\d{{1,2}}",
            rf"\d{{1,2}} ?[-/.] ?\d{{1,2}} ?[-/.] ?(?:{_YEAR}|\d\d)",
            rf"\d{{1,2}} \d{{1,2}} {_YEAR}",
            rf"{_MONTH} ?\d{{1,2}}(?:st|nd|rd|th)?,?[ \n]+{_SHORT}",
            rf"(?:\d{{1,2}}(?:st|nd|rd|th|er|o)?|(?:the )?{_ORDINAL})[ \n](?:de |of |"
            rf"day of )?{_MONTH},?(?:[ \n]de[l]?|[ \n]of)?[ \n]{_SHORT}",
            rf"\d{{1,2}}[-/. ]{_MONTH}[-/. ]{_SHORT}",
            rf"{_MONTH} (?:the )?{_ORDINAL},? {_SHORT}",
        )
    )
    + r")\b",
    anycase=True,
)
_LOOSE = pattern(
    rf"\b(?:{_MONTH},? (?:of |de )?{_YEAR}|[a-z]{{3,10}}\.? \d{{1,2}}(?:st|nd|rd|th)?,? {_YEAR}|"
    rf"{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}} (?:de )?{_MONTH}|\d{{1,2}}/\d{{4}}|{_YEAR}|"
    rf"[01]\d[0-3]\d{_YEAR}|\d{{1,2}}[/-]\d{{1,2}})\b",
    anycase=True,
)
_STOP = pattern(r"\n\n|[.;!?] +[A-Z]|\d{3}")
_MINE = pattern(r"(?i)\b(?:mine|mine's|hers|la mia|el mio|o meu|a minha|moja)(?: ?(?:is|was|es|era|e|to|,|:))? ?$")
_LISTED = pattern(r"^[ ,:(*-]{1,4}$|^ ?[(,-] ?(?:age )?\d{1,2}, ?$")
_BETWEEN = pattern(r"(?i)\b(?:died|deceased|death|dod|fallec|morreu|zmar|married|divorced|since|hired|sold|moved)")


def find(page: Page, names: Sequence[Tag], genders: Sequence[Tag]) -> list[Tag]:
    """Tags of class `dob`; `names` and `genders` in order, as the other finders made them."""
    dates = [found.span() for found in _DATE.finditer(page.raw)]
    found = [Tag(a, b, "dob", score, by) for a, b in dates for score, by in _said(page, a, b)]
    taken = {tag.start for tag in found}
    found += list(_loose(page))
    found += [
        Tag(a, b, "dob", 0.8, "dob beside name")
        for a, b in dates
        if a not in taken and (_beside(page, a, b, names) or _between(page, a, b, genders))
    ]
    if found:
        found += [Tag(a, b, "dob", 0.85, "dob mine") for a, b in dates if _MINE.search(page.raw[max(0, a - 14) : a])]
    return found


def _said(page: Page, start: int, end: int) -> Iterator[tuple[float, str]]:
    cue = page.cue_before(start, 60, "dob", "expiry", "none")
    if cue and cue.kind == "dob" and not _away(page.raw[cue.end : start]):
        yield 0.97, "dob cue"
        return
    behind = page.cue_after(end, 20, "dob")
    if behind and not _STOP.search(page.raw[end : behind.start]) and b"," not in page.raw[end : behind.start]:
        yield 0.85, "dob cue behind"


def _away(between: bytes) -> bool:
    return bool(_STOP.search(between) or _DATE.search(between) or _BETWEEN.search(between))


def _loose(page: Page) -> Iterator[Tag]:
    """Part of a date straight behind the cue: "born Dec. 1874", "birthday is May 5"."""
    for cue in page.cues:
        if cue.kind != "dob":
            continue
        found = _LOOSE.search(page.raw[cue.end : cue.end + 40])
        if found and found.start() < 18 and not _away(page.raw[cue.end : cue.end + found.start()]):
            yield Tag(cue.end + found.start(), cue.end + found.end(), "dob", 0.75, "dob part")


def _beside(page: Page, start: int, end: int, names: Sequence[Tag]) -> bool:
    """A full date straight behind a name, and nothing but the end of the item behind it."""
    index = bisect_left([tag.start for tag in names], start) - 1 if names else -1
    if index < 0 or not 0 <= start - names[index].end <= 12:
        return False
    return bool(_LISTED.match(page.raw[names[index].end : start])) and page.plain[end : end + 1] in (
        "",
        "\n",
        ",",
        ")",
        ";",
        ".",
        " ",
    )


def _between(page: Page, start: int, end: int, genders: Sequence[Tag]) -> bool:
    """In a list of particulars with the gender: "man, Black, 8/8/1988, 06511"."""
    return any(0 < start - tag.end < 40 and "." not in page.plain[tag.end : start] for tag in genders[:20])
