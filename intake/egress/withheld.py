"""What the handling table keeps from this reader: values that must not stand in the decoded text.

The rule it keeps: whole tokens only. A number of seven digits or more is looked for with anything but letters between
its digits and no digit beside it; eight letters or digits are looked for as a whole phrase; what is shorter, or an
ordinary word, only where it stood, after the words in front of it. What is shorter still stands in every letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import re2

from intake.egress import owner
from intake.egress.fold import letters, plain, seen
from intake.egress.needle import BESIDE, GAP, NOTHING, Needle
from intake.egress.ordinary import is_ordinary

DIGITS = 7
LETTERS = 8
_LONGEST = 400  # characters of a value that are looked for


@dataclass(frozen=True, slots=True, repr=False)
class Withheld:
    """A sealed value: its class of personal information, as it stood in the letter, and what stood before it.

    `before`: up to 24 characters directly in front of it that are shown, "" if none.
    """

    cls: str
    value: str
    before: str = ""

    def __repr__(self) -> str:
        return f"<Withheld {self.cls}>"


_CALLED = {
    "name": "name",
    "address": "street address",
    "email": "e-mail address",
    "ssn": "Social Security number",
    "password": "password",
    "bank": "bank account",
    "card": "card number",
    "phone": "phone number",
    "dob": "date of birth",
    "zip": "ZIP code",
    "gender": "gender",
    "id": "identifying number",
    "ip": "IP address",
    "link": "link",
    "alias": "alias",
}
# A value that is made of nothing but words of our own notes and placeholders says nothing, and stands everywhere.
_NOTES = (
    "reference routed to by rule reply this message answer it reaches the writer and neither of you sees other s "
    "address not yours forward nothing ours or tell intake desk withheld from copy attachment for ask name town "
    "citizen via e mail email phone telephone number social security zip code gender date birth password removed "
    "card bank account ip identifying note subject left no asked reads with a receipt vocabulary person operator "
    "sent you because of words in written this agency clear can chose rules file please read desk"
)
_OURS = frozenset(_NOTES.split())


def needles(withheld: Sequence[Withheld], shown: Collection[str], permitted: Callable[[str], bool]) -> Iterator[Needle]:
    """What to look for. `shown`: names and references that may be seen; `permitted`: addresses that may."""
    free = {letters(seen(plain(one))) for one in shown}
    for one in withheld:
        value = seen(plain(one.value[:_LONGEST]))
        called = f"withheld {_CALLED.get(one.cls, 'value')}"
        if one.cls == "email" and "@" in value:
            if not permitted(value.strip()):
                yield from owner.needles(value.strip(), called)
        elif (whole := letters(value)) not in free and not _OURS.issuperset(_WORD.findall(value)):
            yield from _value(one, value, whole, called)


_WORD = re.compile(r"[^\W_]+")
_LINE = re.compile(r"[,;\n]")


def _value(one: Withheld, value: str, whole: bytes, called: str) -> Iterator[Needle]:
    for number in map(bytes.decode, dict.fromkeys(_NUMBERS.findall(whole))):
        for form in _forms(number) if one.cls == "phone" else (number,):
            yield Needle(called, (form.encode(),), partial(_number, form))
    if whole.isdigit() and len(whole) >= DIGITS:
        return
    if len(whole) >= LETTERS:
        yield Needle(called, (whole,), partial(_phrase, value))
        if one.cls == "address":
            yield from _street(value, whole, called)
    if whole and (len(whole) < LETTERS or value.isalpha()):  # a word may be ordinary, and then only its place counts
        before = seen(plain(one.before))
        if len(whole) + len(letters(before)) >= LETTERS:
            yield Needle(called, (letters(before) + whole,), partial(_placed, before, value))


def _street(value: str, whole: bytes, called: str) -> Iterator[Needle]:
    """The first line of an address says enough alone."""
    line = _LINE.split(value)[0]
    street = letters(line)
    if LETTERS <= len(street) < len(whole) and any(c.isdigit() for c in line) and any(c.isalpha() for c in line):
        yield Needle(called, (street,), partial(_phrase, line))


_NUMBERS = re.compile(rb"[0-9]{%d,}" % DIGITS)
"""In the letters and digits of a value: those with no letter between them."""


def _forms(number: str) -> tuple[str, ...]:
    """A telephone number of North America with its country's 1 and without."""
    if len(number) == 10:
        return number, f"1{number}"
    return (number, number[1:]) if len(number) == 11 and number[0] == "1" else (number,)


# --- patterns over seen texts ------------------------------------------------------------------------


def _number(number: str) -> str:
    return rf"(?:^|[^0-9]){GAP.join(number)}(?:$|[^0-9])"


def _phrase(value: str) -> str:
    if is_ordinary(value):
        return NOTHING
    return rf"(?:^|{BESIDE}){_spaced(value)}(?:$|{BESIDE})"


def _placed(before: str, value: str) -> str:
    return rf"{_spaced(before)}{GAP}{_spaced(value)}(?:$|{BESIDE})"


def _spaced(value: str) -> str:
    return GAP.join(re2.escape(c) for c in value if c.isalnum())
