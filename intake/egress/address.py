"""Any address in a seen text, in the forms that people and mail programs write.

The rule it keeps: an unknown address is found where nothing else can be meant. Its @ is a sign with an address glued to
it, or stands in brackets, or is a name that no sentence has in this place; its domain ends in one that exists. What an
honest sentence may look like ("Meet @ noon.", "at some point in May", "shop @ amazon.com") is left to the redactor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import re2

from intake.egress.fold import plain, seen
from intake.egress.words import DOT, NOUNS, SHORT, in_words

# --- what a domain ends in ---------------------------------------------------------------------------

_SURE = "com net org edu gov mil info biz example ar br cl cn cz dk fi fr gr hu jp kr mx nz pl pt ru sk tr tw ua uk vn"
_WORDS = (
    "name pro mobi coop museum travel jobs app dev web site online store shop blog xyz club cloud email mail live life "
    "world news tech work agency law legal health church school family test invalid localhost local internal lan home "
    "corp int"
)
_NOT_LATIN = (
    "рф,рус,укр,бел,срб,мкд,бг,қаз,мон,ελ,ευ,გე,հայ,中国,中國,香港,台湾,台灣,"
    "한국,ไทย,भारत,مصر,قطر,السعودية,امارات,ישראל"
)
_NO_WORDS = frozenset((*_SURE.split(), *(seen(plain(top)) for top in _NOT_LATIN.split(","))))
"""Those that are no words: nobody goes on with them after a full stop."""
_TOPS = _NO_WORDS.union(_WORDS.split())


def _is_top(label: str, *, or_word: bool = True) -> bool:
    """`or_word`: one that is a word in some language too, as any two letters are."""
    if label in _NO_WORDS or label.startswith("xn--"):
        return True
    return or_word and (label in _TOPS or (len(label) == 2 and label.isascii() and label.isalpha()))


# --- strictly ----------------------------------------------------------------------------------------

_DOMAIN = re.compile(r"(?:[^\W_][\w-]*\.)+(xn--[a-z0-9-]+|[^\W\d_]{2,})")
_PROGRAM = re2.compile(
    r"\b(git|hg|svn)@([\w.-]+(?::[0-9]{1,5})?[:/][\w~-])|([a-z0-9])@([0-9]{1,6}\.[0-9]{1,6}(?:\.[0-9]|-))"
)
"""Where a program is ("git@host.net:path"), and which one it is ("name@1.2.3-beta.rc")."""
_BEFORE_AT = re.compile(r"[\w.!#$%&'*+=?^`{|}~-]")


def addresses(form: str) -> Iterator[tuple[str, ...]]:
    """Every address in `form`, a text in lower case: its readings, of which the whole is the last."""
    if "@" in form:
        form = _PROGRAM.sub(r"\1\3 \2\4", form)
        yield from _strictly(form)
    yield from _loosely(form)
    if "dc=" in form:
        yield from _in_directories(form)


def _strictly(form: str) -> Iterator[tuple[str, ...]]:
    """From each @ as far to the left and right as an address goes. Chinese and Japanese write no blank after the end of
    a sentence, so a domain in their letters must end in one that exists."""
    for left, right in pairwise(form.split("@")):
        domain = _DOMAIN.match(right)
        if domain and left and _BEFORE_AT.match(left[-1]) and (domain[0].isascii() or _is_top(domain[1])):
            yield (f"{_local(left, len(left))}@{domain[0]}",)


def _local(form: str, end: int) -> str:
    start = end
    while start and end - start < 64 and _BEFORE_AT.match(form[start - 1]):
        start -= 1
    return form[start:end]


# --- loosely -----------------------------------------------------------------------------------------

_BLANK = r"[ \t\r\n>|]{1,6}"
_TURN = r"[ \t]{0,4}\r?\n[ \t>|]{0,8}"
_ASIDE = r"\([^()@\n]{0,40}\)|<[/!?a-z][^<>@\n]{0,60}>"
_PIECES = r"[\"'`][ \t]?[,+.&]?[ \t]?[\"'`]"  # between the strings of a program or a list
_OPENING, _CLOSING = r"[ \t\r\n>|]{0,6}[\[({<][ \t]?", r"[ \t]?[\])}>][ \t\r\n>|]{0,6}"
_NAMED = in_words(f"{NOUNS},{SHORT}")
_SIGN = (
    rf"(?:{_ASIDE}|\"){{0,2}}@(?:{_ASIDE}|{_TURN}|[\"\[({{<]){{0,2}}|{_PIECES}@{_PIECES}"
    rf"|{_OPENING}(?:@|{_NAMED}){_CLOSING}"
)
_NAME_OF_IT = rf"{_BLANK}(?:{in_words(NOUNS)}){_BLANK}"
_AT = re2.compile(f"{_SIGN}|({_NAME_OF_IT})")
_LABEL = re.compile(r"[^\W_]{1,63}(?:-{1,8}[^\W_]{1,63}){0,8}")
_JOINT = re.compile(
    rf"(?:{_ASIDE})?\.(?:{_ASIDE})?|{_PIECES}\.{_PIECES}|{_OPENING}(?:\.|{DOT}){_CLOSING}"
    rf"|({_BLANK}(?:{DOT}){_BLANK})"
)
_OVER_A_LINE = re.compile(
    rf"(?:{_TURN}\.|\.{_TURN})({'|'.join(_SURE.split())})[.,;:!?)\]>\"']{{0,3}}[ \t]*(?:[\r\n]|$)"
)
_LABELS = 8


def _loosely(form: str) -> Iterator[tuple[str, ...]]:
    for found in _AT.finditer(form):
        start, end = found.span()
        if start and form[start - 1].isalnum() and (domains := tuple(_domains(form, end, is_sign=not found[1]))):
            local = _local(form, start)
            yield tuple(f"{local}@{domain}" for domain in domains)


def _domains(form: str, at: int, *, is_sign: bool) -> Iterator[str]:
    """What may be the domain that begins at `at`, the shorter first: it may end where its dots are not plain ones."""
    labels: list[str] = []
    or_word, label = is_sign, _LABEL.match(form, at)
    while label and len(labels) < _LABELS:
        labels.append(label[0])
        joint = _JOINT.match(form, label.end())
        following = _LABEL.match(form, joint.end()) if joint else None
        if len(labels) > 1 and _is_top(label[0], or_word=or_word):
            if not (following and joint and joint[0] == "."):
                yield ".".join(labels)
        elif (top := _OVER_A_LINE.match(form, label.end())) and not label[0].isdigit():
            yield ".".join((*labels, top[1]))
        or_word, label = is_sign and not (joint and joint[1]), following


# --- in directories ----------------------------------------------------------------------------------

_NAME = re.compile(
    r"\b(?:uid|cn|mail)=([^,=\s]{1,64})(?:,\s{0,3}(?:ou|cn|o|c)=[^,=]{1,64}){0,6}((?:,\s{0,3}dc=[\w-]{1,63}){2,8})"
)
_PART = re.compile(r"dc=([\w-]+)")


def _in_directories(form: str) -> Iterator[tuple[str, ...]]:
    for local, domain in _NAME.findall(form):
        yield (f"{local}@{'.'.join(_PART.findall(domain))}",)
