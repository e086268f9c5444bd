"""Any address in a seen text, in the forms that people and mail programs write.

`addresses` reads what is written strictly, and what is known by a mark: signs in brackets or quotation marks, comments
and tags around them (RFC 5322 §3.2.2), ends of lines, names of @ that name nothing else, directory names (RFC 4514).
What only looks like an address in a loose order of words is left to the redactor: honest sentences look like that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import re2

from intake.egress.fold import plain, seen

# --- the signs in words ------------------------------------------------------------------------------

_SURE = (
    "arroba,arobas,arobase,arobaz,arrobase,chiocciola,chiocciolina,klammeraffe,małpa,aapenstaartje,apenstaartje,"
    "apestaartje,snabel a,snabela,krollalfa,kukac,zavináč,papaki,παπάκι,собака,собачка,sobaka,равлик,골뱅이,"
    "アットマーク,艾特,at sign,at symbol,at mark,commercial at,at the rate,at the rate of"
)
_SHORT = "at,ät,ett,æt"
_ALSO = (
    "a,et,chez,bei,bij,strudel,a commercial,a commerciale,a comercial,a rond,coada de maimuta,kuyruklu a,a còng,a móc,"
    "アット,majmun,afna,shift 2"
)
_DOTS = (
    "dot,d0t,punto,ponto,point,punkt,punkts,punt,punct,kropka,pwen,точка,крапка,tochka,tečka,bodka,pont,piste,prikk,"
    "prik,nokta,τελεία,teleia,tačka,pika,period,full stop,titik,chấm,ドット,点,點,점,닷"
)


def _in_words(table: str) -> str:
    """A pattern for the words of a table as they are seen, the longest first."""
    words = sorted((seen(plain(word)) for word in table.split(",")), key=len, reverse=True)
    return "|".join(re2.escape(word).replace(r"\ ", "[ _-]*") for word in words)


AT = _in_words(f"{_SURE},{_SHORT},{_ALSO}")
"""Words that people say for @, if it is known where an address is."""
DOT = _in_words(_DOTS)

# --- strictly ----------------------------------------------------------------------------------------

_DOMAIN = re.compile(r"(?:[^\W_][\w-]*\.)+(?:xn--[a-z0-9-]+|[^\W\d_]{2,})")
_BEFORE_AT = re.compile(r"[\w.!#$%&'*+=?^`{|}~-]")


def addresses(form: str) -> Iterator[tuple[str, ...]]:
    """Every address in `form`, a text in lower case: its readings, of which the whole is the last."""
    if "@" in form:
        yield from _strictly(form)
    if _HINT.search(form):
        yield from _loosely(form)
    if "dc=" in form:
        yield from _in_directories(form)


def _strictly(form: str) -> Iterator[tuple[str, ...]]:
    """From each @ as far to the left and right as an address goes."""
    for left, right in pairwise(form.split("@")):
        domain = _DOMAIN.match(right)
        if domain and left and _BEFORE_AT.match(left[-1]):
            yield (f"{_local(left, len(left))}@{domain[0]}",)


def _local(form: str, end: int) -> str:
    start = end
    while start and end - start < 64 and _BEFORE_AT.match(form[start - 1]):
        start -= 1
    return form[start:end]


# --- loosely -----------------------------------------------------------------------------------------

_BLANK = r"[ \t\r\n>|]{1,6}"
_TURN = r"[ \t]{0,4}\r?\n[ \t>|]{0,8}"
_ASIDE = r"[ \t]?\([^()@\n]{0,40}\)[ \t]?|<[/!?a-z][^<>@\n]{0,60}>"
_PIECES = r"[\"'`][ \t]?[,+.&]?[ \t]?[\"'`]"  # between the strings of a program or a list
_OPENING, _CLOSING = r"[ \t]{0,2}[\[({<*_~|\"']{1,2}[ \t]?", r"[ \t]?[\])}>*_~|\"']{1,2}[ \t]{0,2}"
_NAMED = _in_words(f"{_SURE},{_SHORT}")
_ATS = (
    rf"(?:{_ASIDE}|{_TURN}|{_PIECES}|[\"'`\])}}>]){{0,2}}@(?:{_ASIDE}|{_TURN}|{_PIECES}|[\"'`\[({{<]){{0,2}}"
    rf"|[ \t]{{1,3}}@[ \t]{{1,3}}|{_OPENING}(?:@|{_NAMED}){_CLOSING}|{_BLANK}(?:{_in_words(_SURE)}){_BLANK}"
)
_SAID = rf"{_BLANK}(?:at){_BLANK}"  # a word of every letter: only before a domain whose dots are words too
_HINT = re2.compile(
    rf"@|{_OPENING}(?:{_NAMED}){_CLOSING}|{_BLANK}(?:{_in_words(_SURE)}){_BLANK}"
    rf"|{_SAID}[a-z0-9-]+(?:{_BLANK}|{_OPENING})(?:{DOT})(?:{_BLANK}|{_CLOSING})"
)
_AT = re2.compile(rf"{_ATS}|({_SAID})")
_LABEL = re.compile(r"[^\W_]{1,63}(?:-{1,8}[^\W_]{1,63}){0,8}")
_JOINT = re.compile(
    rf"\.(?:{_TURN}|{_ASIDE})?|(?:{_TURN}|{_ASIDE}|[ \t])\.[ \t]?|(?:{_BLANK}|{_OPENING})({DOT})(?:{_BLANK}|{_CLOSING})"
    rf"|{_OPENING}\.{_CLOSING}|{_PIECES}\.{_PIECES}"
)
_LABELS = 8
_GENERIC = (
    "com net org edu gov mil int info biz name pro mobi coop museum travel jobs app dev web site online store shop "
    "blog xyz club cloud email mail live life world news tech work agency law legal health church school family "
    "example test invalid localhost local internal lan home corp"
)
_TOPS = frozenset(_GENERIC.split())


def _loosely(form: str) -> Iterator[tuple[str, ...]]:
    for found in _AT.finditer(form):
        start, end = found.span()
        if not start or not form[start - 1].isalnum():
            continue
        domains = tuple(_domains(form, end, in_words=found[1] is not None))
        if domains:
            local = _local(form, start)
            yield tuple(f"{local}@{domain}" for domain in domains)


def _domains(form: str, at: int, *, in_words: bool) -> Iterator[str]:
    """What may be the domain that begins at `at`, the shorter first: it may end where its dots are not plain ones."""
    labels: list[str] = []
    while len(labels) < _LABELS and (label := _LABEL.match(form, at)):
        labels.append(label[0])
        joint = _JOINT.match(form, label.end())
        if (not joint or joint[0] != ".") and len(labels) > 1 and _is_top(label[0]):
            yield ".".join(labels)
        if not joint or (in_words and not joint[1]):
            return
        at = joint.end()


def _is_top(label: str) -> bool:
    return (len(label) == 2 and label.isalpha()) or label in _TOPS or label.startswith("xn--") or not label.isascii()


# --- in directories ----------------------------------------------------------------------------------

_NAME = re.compile(
    r"\b(?:uid|cn|mail)=([^,=\s]{1,64})(?:,\s{0,3}(?:ou|cn|o|c)=[^,=]{1,64}){0,6}((?:,\s{0,3}dc=[\w-]{1,63}){2,8})"
)
_PART = re.compile(r"dc=([\w-]+)")


def _in_directories(form: str) -> Iterator[tuple[str, ...]]:
    for local, domain in _NAME.findall(form):
        yield (f"{local}@{'.'.join(_PART.findall(domain))}",)
