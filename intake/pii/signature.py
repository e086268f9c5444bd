"""Names where a letter's form puts them: fields ("Full name: …"), the line behind the closing words, the last lines.

The layout speaks here, so a name needs no list to know it; what is an ordinary word is still none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from intake.pii import roles
from intake.pii.page import Page, Word, pattern
from intake.pii.words import is_given, is_listed, is_ordinary

Believed = tuple[list[Word], float, str]

_CLOSING = pattern(
    r"(?m)^[ >]*(?:(?:with )?(?:many |kind |best |warm )?(?:thanks?|thank you|thx|ty|regards|wishes|"
    r"sincerely|respectfully|cordially|yours|truly|faithfully|"
    r"gratefully|love|blessings|peace|cheers|best|god bless)[a-z ]{0,40}|sincerely yours|"
    r"yours [a-z ]{3,20}|very truly yours|respectfully (?:submitted|yours)|"
    r"(?:muchas )?gracias[a-z ]{0,40}|atentamente|atte|saludos[a-z ]{0,20}|cordialmente|respetuosamente|"
    r"dios les bendiga|un abrazo|"
    r"obrigad[oa][a-z ]{0,20}|atenciosamente|abracos?|z powazaniem|pozdrawiam|z wyrazami szacunku|"
    r"dziekuje[a-z ]{0,20}|cordialement|merci[a-z ]{0,30}|"
    r"veuillez[^\n]{0,90}|bien a vous|mesi[a-z ]{0,20}|vennlig hilsen|signed|firma)[ ]*[,.!\-]{0,3}[ ]*$",
    anycase=True,
)
_SIGNED = pattern(r"(?m)^[ >]*(?:--?|~|-)[ ]?((?:[A-Z][A-Za-z'\x1f.-]*[ ]?){1,4})[ ]*$")
_LABEL = pattern(
    r"(?m)^[ >*\-\t]*((?:[A-Za-z()/,.'# ]{0,40}\b)?(?:name|names|first|last|nombre|nombres|apellidos?|"
    r"nome|imie|imie i nazwisko|nazwisko|nom|prenom|non|siyati|"
    r"claimant|applicant|owner|patient|client|tenant|landlord|taxpayer|student|child|parent|guardian|"
    r"contact|decedent|deceased|veteran|inmate|"
    r"spouse|employee|complainant|petitioner|executor|customer|insured|subscriber|also known as|aka|"
    r"maiden|paciente|inquilino|dueno|solicitante|"
    r"from|to|cc|de|re|para|attn|attention|witness|signed|person|relation|"
    r"other names used)[A-Za-z()/, ]{0,24}?)[ ]*(?::|\.{3,}:?)[ ]*([^\n]{2,80})$",
    anycase=True,
)
_NAMING = pattern(r"nam|nom|apellido|nazwisko|imi|first|last|known as|non|siyati", anycase=True)
_NOT_LABEL = pattern(
    r"\b(?:company|business|firm|school|user|file|agency|town|city|employer|pet|dog|street|screen|event|"
    r"facility|topic|subject|date|phone|number|no|id|ssn|zip|birth|address|email|provider|plan|program|"
    r"trade)\b",
    anycase=True,
)


def find(page: Page, sender: frozenset[str], famous: Callable[[int], bool]) -> Iterator[Believed]:
    """The words of each name, how sure, and by which rule; `famous` says where a firm's or place's name stands."""
    yield from _labels(page)
    yield from _signatures(page, sender, famous)


def _labels(page: Page) -> Iterator[Believed]:
    """A form's field: "Full name: …"."""
    for field_ in _LABEL.finditer(page.raw):
        label = field_[1]
        if _NOT_LABEL.search(label):
            continue
        sure = _NAMING.search(label) is not None
        start, end = field_.span(2)
        words = _value(page, start, end, inverted=b"," in label and b"last" in label.lower())
        if words and (sure or any(is_listed(word.low) and not is_ordinary(word.low) for word in words)):
            yield words, 0.95 if sure else 0.75, "name label"


def _value(page: Page, start: int, end: int, inverted: bool = False) -> list[Word]:
    """The words of a name at the start of a field, until anything but a name follows."""
    taken: list[Word] = []
    for word in page.within(start, min(end, start + 60)):
        gap = page.plain[taken[-1].end if taken else start : word.start]
        if any(char in gap for char in ";:/<\n") or any(map(str.isdigit, gap)) or len(taken) > 5:
            break
        turned = len(taken) == 1 and gap == ", " and (inverted or taken[0].text.isupper() or is_given(word.low))
        if (gap.strip() == "," and not turned) or ("(" in gap and '"' not in gap):
            break
        if not taken and word.low in roles.TITLES | {"esq"}:
            continue
        if is_ordinary(word.low) and gap != "-" and not (word.text[0].isupper() and is_listed(word.low)):
            break
        taken.append(word)
    return taken if any(len(word.low) > 1 for word in taken) else []


def _signatures(page: Page, sender: frozenset[str], famous: Callable[[int], bool]) -> Iterator[Believed]:
    """The line behind the closing words; "- Maria" at the end; a last line that is a name."""
    for closing in _CLOSING.finditer(page.raw):
        yield from _signed_line(page, closing.end(), sender)
    for signed in _SIGNED.finditer(page.raw):
        words = [word for word in page.within(*signed.span(1)) if not is_ordinary(word.low) or word.low in sender]
        if words and (any(is_given(word.low) for word in words) or any(word.low in sender for word in words)):
            yield words, 0.85, "name signed"
    for start, end in _last_lines(page):
        words = page.within(start, end)
        names = [
            word
            for word in words
            if (len(word.low) == 1 or not is_ordinary(word.low) or word.low in sender) and word.low not in roles.TITLES
        ]
        all_names = bool(words) and len(words) == len(names) < 5 and not famous(start)
        if all_names and (_own(words, sender) or _first_is_given(words)):
            yield bare(words), 0.85, "name signed"


def _own(words: list[Word], sender: frozenset[str]) -> bool:
    return any(word.low in sender for word in words)


def _first_is_given(words: list[Word]) -> bool:
    return is_given(words[0].low) and (len(words) > 1 or words[0].text[0].isupper())


def _signed_line(page: Page, at: int, sender: frozenset[str]) -> Iterator[Believed]:
    start = at
    while start < len(page.plain) and page.plain[start] in " \n>,-(":
        start += 1
    if page.plain.count("\n", at, start) > 4:
        return
    end = page.line(start)[1]
    words = _value(page, start, end)
    behind = page.plain[words[-1].end : end].strip() if words else ""
    alone = len(behind) < 3 or behind[0] in ",(|<+/-" or behind[0].isdigit()
    if words and alone and (words[0].text[0].isupper() or _own(words, sender) or any(is_given(w.low) for w in words)):
        yield bare(words), 0.93, "name signed"


def _last_lines(page: Page) -> Iterator[tuple[int, int]]:
    """The last twelve lines that hold anything, each without quote marks and what follows a comma or dash."""
    end, seen = len(page.plain), 0
    while end > 0 and seen < 12:
        start = page.plain.rfind("\n", 0, end) + 1
        line = page.plain[start:end]
        if line.strip():
            seen += 1
            body = line.lstrip(" >-~")
            left = end - len(body)
            cut = min(
                (body.find(mark) for mark in (",", "(", "|", " - ", "  ", ":") if mark in body),
                default=len(body),
            )
            digits = next((i for i, char in enumerate(body) if char.isdigit()), len(body))
            yield left, left + min(cut, digits)
        end = start - 1


def bare(words: list[Word]) -> list[Word]:
    kept = [word for word in words if word.low not in ("esq", "md", "phd", "rn", "jr.")]
    return kept or words
