"""Addresses with a sign: an @ whatever stands around it, and the forms in which programs write them.

The rule it keeps is that of `address`: linear time, and prose is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2

from intake.redact import local, words
from intake.redact.allowed import Allowed
from intake.redact.pieces import ALPHA, COMMON, LABEL, REVERSED, SAFE, WORD
from intake.redact.spelling import View

# RFC 5322 atext (RFC 6531 for the letters). The character before the @ is no slash: there is no address in
# "video.example/@channel.name".
_LOCAL = rf"""(?:"[^"\n]{{1,64}}"|[{WORD}!#$%&'*+/=?^`{{|}}~.-]*[{WORD}!#$%&'*+=?^`{{|}}~.-])"""
_NO_WORDS = frozenset(("com", "net", "org", "edu", "gov"))  # a capital behind a full stop makes others a sentence
_DRAWN = r"(?:c0m|n3t|0rg|3du|g0v|1nf0|b1z|m1l|t3st|3xampl3|3x4mpl3)"  # "leet": figures for letters

# --- with an @ ---------------------------------------------------------------------------------------

_TOP = rf"(?:xn--[a-z0-9-]+|[{ALPHA}]{{2,}}|{_DRAWN})"
_MORE = re2.compile(rf"(?:@[{WORD}.-]*)+")
_ADDRESS = re2.compile(rf"{_LOCAL}@(?:{LABEL}(?:\.{LABEL})*\.{_TOP}|\[[0-9a-fipv.:]+\])")
# With something between the pieces, in the normal form of `joint`: "x @ y.com", "x@y,com", "x@y. com".
_TOUCHED = rf"[{WORD}.+-]*[{WORD}+-]"
_APART = re2.compile(
    rf"{_TOUCHED} ?@{{1,3}} ?(?:{LABEL}(?:\.{LABEL})*\.{COMMON}|{LABEL}(?:\.{{1,3}}{LABEL})*\.{{1,3}}{SAFE})\b"
    rf"|{_TOUCHED}@(?:{LABEL}(?:[.,]{LABEL})*,| ?{LABEL}(?:\.{LABEL})*\. ){SAFE}\b"
)
_ALONE = r"\s{1,3}[>\s]{0,3}"
_ONE_BY_ONE = re2.compile(rf"(?:^|[\s>])((?:[{WORD}.+-]{_ALONE}){{2,64}}@(?:{_ALONE}[{WORD}.-]){{4,64}}\b)")
# A line end and one letter behind letters that stood in a line: the next line is another.
_NEXT_LINE = re.compile(r"(?<=[^\s>][ \t][^\s>])\s*\n\s*[^\s>]\Z|\Z")
# The beginning of a link, up to the value of the parameter or the piece of the path that an address ends.
_LINK = re.compile(rf":?(?://|[\w-]+(?:\.[\w-]+)*\.{COMMON}/)(?:[^@]*[/?&;])?(?:[\w.-]{{1,20}}=)?")
_RELEASE = re.compile(r"@\d{1,2}\.[^@]*\Z")
# "{ann,bob}@house.net", "ann@{house.net,home.net}", "ann[six][one]@house.net"
_SET = r"[{\[(][^\s@{}()\[\]]{1,200}[})\]]"
_SETS = re2.compile(
    rf"[{WORD}.+-]*(?:{_SET})+@({LABEL}(?:\.{LABEL})*\.{_TOP})"
    rf"|[{WORD}.+-]+@\{{({LABEL}\.[^\s{{}}]{{1,200}})\}}"
)
_SET_SIGNS = ("}@", ")@", "]@", "@{")
_AND = r"(?:\s?[,;/&]\s?|\s(?:and|or|und|oder|y|e|o|et|ou|i|lub|ak)\s)"
_ALL = "both|all|alle|beide|ambos|ambas|todos|tous|toutes|les deux|oba|obie|tou de"
_SHARED = re2.compile(  # "ann7 and bob (both @house.net)"
    rf"((?:{_TOUCHED}{_AND}){{0,4}}{_TOUCHED})\s?\(\s?(?:{_ALL})?(?: are)?(?: at)?\s?"
    rf"@({LABEL}(?:\.{LABEL})*\.{_TOP})\s?\)"
)
_SHARED_SIGN = re.compile(r"\([^(@]{0,20}@")
_CUT = re2.compile(  # by a quotation, or by a line behind a dot
    rf"{_TOUCHED}\s?@\s?({LABEL})(?:\s?\n(?:[>|] ?)+|\.[ \t]?\r?\n[>| \t]{{0,8}})({LABEL}(?:\.{LABEL})*\.{SAFE})\b"
)
_LINE_WITHIN = re.compile(r"@[^@\n]{0,80}\n>|@\s?[^@\s]{1,64}\.[ \t]?\r?\n")
_BACKWARDS = re2.compile(
    rf"\b(?:moc|ten|gro|ude|vog|lim|ofni|zib|elpmaxe|tset|dilavni|ku|ue|ed|rf|se|lp|tp|rb|xm|ac|su|oc)\."
    rf"{LABEL}(?:\.{LABEL})*@[{WORD}.+-]+"
)


def plain(view: View, text: str, allowed: Allowed) -> Iterator[tuple[int, int]]:
    seen = view.text
    for first, last in _addresses(seen):
        start, end = view.span(first, last)
        more = _MORE.match(seen, last) if seen.startswith("@", last) else None  # "a@b.gov@c.example"
        if more or not (text[start:end].lower() == seen[first:last] and allowed.shows(seen[first:last])):
            yield first, more.end() if more else last
    if " @ " in seen or "@\n" in seen:
        for match in _ONE_BY_ONE.finditer(seen):
            if "." in match[1]:
                yield match.start(1), match.end(1) - len(_NEXT_LINE.findall(match[1])[0])
    for match in _SETS.finditer(seen) if any(map(seen.__contains__, _SET_SIGNS)) else ():
        if not allowed.shows(f"@{match[1] or match[2]}"):
            yield match.span()
    for match in _SHARED.finditer(seen) if _SHARED_SIGN.search(seen) else ():
        if not allowed.shows(f"@{match[2]}"):
            yield match.span(1)
    if _LINE_WITHIN.search(seen):
        for match in _CUT.finditer(seen):
            if not (allowed.shows(f"@{match[1]}{match[2]}") or allowed.shows(f"@{match[1]}.{match[2]}")):
                yield match.span()
    for at, line in _lines(seen):
        if any(map(line.__contains__, REVERSED)):
            yield from ((at + match.start(), at + match.end()) for match in _BACKWARDS.finditer(line))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Where each line begins that has an "@", and the line: what no expression finds beyond is not looked for there."""
    at = text.find("@")
    while at >= 0:
        start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        yield start, text[start : end if end >= 0 else len(text)]
        at = text.find("@", end) if end >= 0 else -1


# "ann@house": a host without its top domain; hearts round a sign.
_BARE = re2.compile(rf"(?:^|[^{WORD}@/.+-])({_TOUCHED})@({LABEL})")
_GOES_ON = re.compile(r"[@/]|\.\w")
_HEART = r"[\x{2190}-\x{2bff}]{0,2}"
_DECKED = re2.compile(rf"{_TOUCHED}{_HEART}@{_HEART}{LABEL}(?:\.{LABEL})*\.{COMMON}\b")
_HOSTS = frozenset((*words.PROVIDERS, *words.PROVIDERS_TOO))
_HOST_LEAST = 3  # letters


def without_top(seen: str, allowed: Allowed) -> Iterator[tuple[int, int]]:
    """Where one of the two halves is no word that people know: "Class@Home" is none."""
    for at, line in _lines(seen):
        for match in _BARE.finditer(line):
            name, host = match[1], match[2].rstrip("-_")
            short = len(host) < _HOST_LEAST or not host[0].isalpha() or sum(map(str.isalpha, name)) < 2
            if short or _GOES_ON.match(line[match.end() : match.end() + 2]) or allowed.names(host):
                continue
            if host in _HOSTS or "-" in host or not local.is_known(host) or local.is_mailbox(name):
                yield at + match.start(1), at + match.end(2)
        for match in () if seen.isascii() else _DECKED.finditer(line):
            if not allowed.shows(match[0]):
                yield at + match.start(), at + match.end()


def _addresses(seen: str) -> Iterator[tuple[int, int]]:
    """Plain addresses; of a link only the parameter or the piece of the path that one is."""
    found = ((at + match.start(), at + match.end()) for at, line in _lines(seen) for match in _ADDRESS.finditer(line))
    for start, end in found:
        if link := _LINK.match(seen[max(0, start - 1) : end]):
            start += link.end() - (start > 0)
        if not _is_nobodys(seen, start, end):
            yield start, end


def _is_nobodys(seen: str, start: int, end: int) -> bool:
    """A program's login, the release of a package in a link ("npm/vue@3.example/dist"), a handle in one."""
    if seen.startswith(("@", "git@"), start):
        return True
    return seen[start - 1 : start] == "/" and seen[end : end + 1] == "/" and bool(_RELEASE.search(seen[start:end]))


def apart(whole: View, seen: str, text: str, allowed: Allowed) -> Iterator[tuple[int, int]]:
    """In the normal form of `joint`; plain addresses where that is another text than was `seen`."""
    for start, end in _addresses(whole.text) if whole.text != seen else ():
        if not allowed.shows(whole.text[start:end]):
            yield start, end
    for at, line in _lines(whole.text):
        for match in _APART.finditer(line):
            found = at + match.start(), at + match.end()
            if _is_nobodys(whole.text, *found):
                continue
            before, gap, top = match[0].partition(". ")
            end = whole.span(*found)[1]
            sentence = gap and top not in _NO_WORDS and text[end - len(top) : end].istitle()
            if not (sentence or allowed.shows(before) or allowed.shows(match[0])):
                yield found


# --- as programs write them --------------------------------------------------------------------------

# UUCP's path; the distinguished name of a directory.
_HOST = rf"{LABEL}(?:\.{LABEL})*"
_BANG = re2.compile(rf"(?:{_HOST}!)*({_HOST}\.{COMMON})!(?:{LABEL}!)*([{WORD}](?:[{WORD}.+-]*[{WORD}])?)")
_NAMED = re2.compile(rf"\b(?:uid|userid|cn|mail)=[^,;=\n]+(?:[,;]\s?[a-z]+=[^,;=\n]+)*?((?:[,;]\s?dc={LABEL}){{2,}})")


def otherwise(view: View, text: str, allowed: Allowed) -> Iterator[tuple[int, int]]:
    for match in _BANG.finditer(view.text):
        start, end = view.span(*match.span(2))
        sentence = text[start:end].istitle() and text[start:end].isalpha()  # "I like example.com!Really"
        if not (sentence or match[1].startswith("www.") or allowed.shows(f"{match[2]}@{match[1]}")):
            yield match.span()
    for match in _NAMED.finditer(view.text):
        domain = ".".join(part.partition("=")[2] for part in match[1].replace(";", ",").split(",")[1:])
        if not allowed.shows(f"@{domain}"):
            yield match.span()
