"""Birth dates: a date is one when a cue word or another birth date says so."""

from __future__ import annotations

from collections.abc import Iterator

from intake.pii.page import Page, everywhere, pattern
from intake.pii.tags import Tag

_MONTH = (
    r"(?:jan(?:uary|\.)?|feb(?:ruary|\.)?|mar(?:ch|\.)?|apr(?:il|\.)?|may|june?\.?|july?\.?|aug(?:ust|\.)?|"
    r"sept?(?:ember|\.)?|oct(?:ober|\.)?|nov(?:ember|\.)?|dec(?:ember|\.)?|enero|febrero|marzo|abril|mayo|"
    r"junio|julio|"
    r"agosto|sep?tiembre|setiembre|octubre|noviembre|diciembre|ene|abr|ago|dic|janeiro|fevereiro|marco|maio|junho|"
    r"julho|setembro|outubro|novembro|dezembro|fev|set|out|dez|janvier|fevrier|mars|avril|mai|juin|juillet|aout|"
    r"septembre|octobre|novembre|decembre|stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|wrzesnia|"
    r"pazdziernika|listopada|grudnia|janvye|fevriye|me|jen|jiye|out|septanm|oktob|novanm|desanm|januar|februar|marz|juni|juli|oktober|dezember|gennaio|febbraio|aprile|"
    r"maggio|giugno|luglio|settembre|ottobre|dicembre)"
)
_ORDINAL = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|"
    r"fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|twenty[- ]\w+|thirtieth|thirty[- ]first)"
)
_YEAR = r"(?:1[89]\d\d|20[0-3]\d)"
_SHORT = r"(?:" + _YEAR + r"|'?\d\d)"
_DATE = everywhere(
    r"\b(?:"
    + "|".join(
        (
            rf"{_YEAR}[-/.]\d{{1,2}}[-/.]\d{{1,2}}",
            rf"\d{{1,2}} ?[-/.] ?\d{{1,2}} ?[-/.] ?(?:{_YEAR}|\d\d)",
            rf"\d{{1,2}} \d{{1,2}} {_YEAR}",
            rf"{_MONTH} ?\d{{1,2}}(?:st|nd|rd|th)?,?[ \n]+{_SHORT}",
            rf"(?:\d{{1,2}}(?:st|nd|rd|th|er|o|\.)?|(?:the )?{_ORDINAL})[ \n](?:de |of |"
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
_BETWEEN = pattern(r"(?i)\b(?:died|deceased|death|dod|fallec|morreu|zmar|married|divorced|since|hired|sold|moved)")


def find(page: Page) -> Iterator[Tag]:
    """Tags of class `dob`."""
    dates = [found.span() for found in page.all(_DATE)]
    found = [Tag(a, b, "dob", score, by) for a, b in dates for score, by in _said(page, a, b)]
    found += _loose(page)
    yield from found
    if found:
        yield from (Tag(a, b, "dob", 0.85, "dob mine") for a, b in dates if _MINE.search(page.raw[max(0, a - 14) : a]))


def _said(page: Page, start: int, end: int) -> Iterator[tuple[float, str]]:
    cue = page.cue_before(start, 60, "dob", "expiry", "none")
    if cue and cue.kind == "dob" and not _away(page.raw[cue.end : start]):
        yield 0.97, "dob cue"
        return
    behind = page.cue_after(end, 20, "dob")
    if behind and not _STOP.search(page.raw[end : behind.start]) and b"," not in page.raw[end : behind.start]:
        yield 0.85, "dob cue behind"


def _away(between: bytes) -> bool:
    return bool(_STOP.search(between) or _DATE.expression.search(between) or _BETWEEN.search(between))


def _loose(page: Page) -> Iterator[Tag]:
    """Part of a date straight behind the cue: "born Oct. 1861", "birthday is May 5"."""
    for cue in page.cues if "dob" in page.kinds else ():
        if cue.kind != "dob":
            continue
        found = _LOOSE.search(page.raw[cue.end : cue.end + 40])
        if found and found.start() < 18 and not _away(page.raw[cue.end : cue.end + found.start()]):
            yield Tag(cue.end + found.start(), cue.end + found.end(), "dob", 0.75, "dob part")
