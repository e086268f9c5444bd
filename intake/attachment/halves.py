"""Halves of an address that stand apart: in two columns, two fields, or out of order on a page.

The rule this module keeps: no file that goes shows a domain beside what may be the name of a mailbox there, nor
"@domain" or "mailbox@" alone: what is doubtful is withheld. A domain alone stays, a site in a sentence too, and so do
user names. What stands together was taken out before (`redact`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

MOST = 2_000  # domains in a file: each costs a look around
_NEAR = 160  # characters on each side of a domain that are looked at

# Each expression has one way to match each character, or a bound: they are linear.
_TOPS = (
    r"(?:com|net|org|edu|info|biz|io|example|test|invalid|uk|eu|fr|pl|pt|br|mx|ca|ht|nl|ch|jp|ru|ua|de|es|it|be|at|se|no"
    r"|dk|fi|ie|in|cn|kr|au|nz|za|tr|cz|hu|ro|gr|me|tv|co|us|app|dev|xyz|online|site|live|mail|email|name|cloud|family)"
)
DOMAIN = re.compile(rf"(?i)(?<![\w@.-])(?<!//)(?!www\.)(?:[\w-]{{1,63}}\.){{1,5}}{_TOPS}(?![\w@/-]|\.\w)")
HALF = re.compile(
    rf"(?i)(?<![\w.@+-])@(?:[\w-]{{1,63}}\.){{1,5}}{_TOPS}(?![\w-]|\.\w)"
    r"|(?<![\w.@+-])(?=[\w.+-]{0,63}[^\W\d_])[\w.+-]{1,64}@(?![\w@\[])"
)

_SAYS = r"""["'\]]?\s?[:=>,;|\t]["'\s]{0,4}"""
_USER = (
    r"(?<!\w)(?:mail)?(?:user(?:[ _-]?(?:name|id))?|uid|log[ _-]?in|mailbox|local(?:[ _-]?part)?|nick(?:name)?|handle"
    r"|usuario|usuário|utilisateur|identifiant|benutzer(?:name)?|użytkownik|utente|itilizatè)"
)
_HOST = (
    r"(?<!\w)(?:(?:e-?)?mail[ _-]?)?(?:domain|host(?:[ _-]?name)?|provider|server|h|d"
    r"|domin(?:io|é)|domínio|domaine|domäne|domena|serveur|servidor|serwer|proveedor|fournisseur|anbieter|dostawca)"
)
_LETTER = r"[^\W\d_]"
_SHAPED = rf"{_LETTER}[\w+-]{{0,63}}(?:[._+][\w+-]{{1,64}}){{1,6}}|{_LETTER}{{2,40}}\d{{1,8}}"
_MAILBOX = re.compile(
    rf"(?i){_USER}{_SAYS}(?P<said>(?!{_HOST}\b)\w[\w.+-]{{1,63}})"
    rf"|(?<![\w.@+-])(?P<shaped>{_SHAPED})(?![\w@+-]|\.\w)"
)
_HOST_SAID = re.compile(rf"(?i){_HOST}{_SAYS}\Z")
_NO_MAILBOX = re.compile(
    r"(?i)www\..*|.*\.(?:pdf|docx?|xlsx?|txt|csv|jpe?g|png|gif|zip|html?|php|js|exe|mp[34]|gov|mil)"
)
_CELLS = re.compile(r"(?:^|[\t|,;])([^\t|,;]*)")
_AROUND = " \t\"'"
_HOST_TITLE, _USER_TITLE = re.compile(rf"(?i){_HOST}"), re.compile(rf"(?i){_USER}")
_TITLES = re.compile(rf"(?i){_HOST}\s?[\"']?\s?[\t|,;]|[\t|,;]\s?[\"']?\s?{_HOST}")
_WORD = re.compile(r"[\w.+-]{1,64}")
_LEAST = 4  # letters and digits of a mailbox that only its shape betrays ("e.g.")

_PARTS = r"""[\s"'`<>()\[\]{}|,;:=*/&~#-]"""
_GAP = re.compile(
    rf"(?i){_PARTS}{{1,80}}(?:(?:user(?:name)?|login|host|domain|at)\s{{1,4}}"
    rf"""|\w[\w-]{{0,20}}(?: [\w-]{{1,20}})?\s?["'\]]?\s?[:=>,;|\t]{_PARTS}{{0,40}})?"""
)


def without_halves(text: str, placeholder: str) -> str | None:
    """The text with `placeholder` for both halves of such addresses; None when it has more than MOST domains."""
    if len(list(islice(DOMAIN.finditer(text), MOST + 1))) > MOST:
        return None
    pieces, at = [], 0
    for start, end in sorted(spans(text)):
        if start >= at:
            pieces += [text[at:start], placeholder]
            at = end
    return "".join((*pieces, text[at:]))


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Where halves stand that can be put together, or alone; around MOST domains."""
    yield from (match.span() for match in HALF.finditer(text))
    if _TITLES.search(text):
        yield from _below_titles(text)
    for domain in islice(DOMAIN.finditer(text), MOST):
        mailboxes = [*_before(text, domain.start()), *_behind(text, domain.end())]
        if mailboxes:
            yield domain.span()
            yield from mailboxes


def _below_titles(text: str) -> Iterator[tuple[int, int]]:
    """Both halves in the columns of a table whose headings say what they are; an empty line ends it."""
    titles: tuple[int, int] | None = None
    start = 0
    for line in text.split("\n"):
        spans = [_stripped(line, *cell.span(1)) for cell in _CELLS.finditer(line)]
        cells = [line[first:last] for first, last in spans]
        hosts, users = (
            [number for number, cell in enumerate(cells) if title.fullmatch(cell)]
            for title in (_HOST_TITLE, _USER_TITLE)
        )
        if hosts and users:
            titles = hosts[0], users[0]
        elif not line.strip():
            titles = None
        elif titles and max(titles) < len(cells):
            host, user = titles
            if DOMAIN.fullmatch(cells[host]) and _WORD.fullmatch(cells[user]):
                yield from ((start + spans[at][0], start + spans[at][1]) for at in titles)
        start += len(line) + 1


def _stripped(line: str, start: int, end: int) -> tuple[int, int]:
    cell = line[start:end]
    return start + len(cell) - len(cell.lstrip(_AROUND)), start + len(cell.rstrip(_AROUND))


def _before(text: str, end: int) -> Iterator[tuple[int, int]]:
    """Mailboxes in front of the domain that begins at `end`, within its record."""
    start = max(0, end - _NEAR, text.rfind("\n\n", max(0, end - _NEAR), end))
    window = text[start:end]
    said = bool(_HOST_SAID.search(window))
    for found in _MAILBOX.finditer(window):
        span = _named(found)
        if span and _beside(window[span[1] :], said and bool(found["said"])):
            yield start + span[0], start + span[1]


def _behind(text: str, start: int) -> Iterator[tuple[int, int]]:
    said = bool(_HOST_SAID.search(text[max(0, start - _NEAR) : start].rpartition("\n")[2]))
    window = text[start : start + _NEAR].partition("\n\n")[0]
    for found in _MAILBOX.finditer(window):
        span = _named(found)
        if span and _beside(window[: found.start()], said and bool(found["said"])):
            yield start + span[0], start + span[1]


def _named(found: re.Match[str]) -> tuple[int, int] | None:
    """Where the mailbox stands; None when it is a site or a file."""
    word = found["said"] or found["shaped"]
    none = DOMAIN.fullmatch(word) or _NO_MAILBOX.fullmatch(word) or (found["shaped"] and _letters(word) < _LEAST)
    return None if none else found.span("said" if found["said"] else "shaped")


def _letters(word: str) -> int:
    return sum(map(str.isalnum, word))


def _beside(between: str, both_said: bool) -> bool:
    """Whether nothing parts the two but signs and a heading, or both are called what they are."""
    return both_said or bool(_GAP.fullmatch(between))
