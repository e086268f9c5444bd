"""Anybody's e-mail address in a text, plain or in a disguise that does not need to know whose it is.

The rule this module keeps: linear time, and prose is left alone. A word for "@" counts where brackets, a word for
"dot" or the shape of what stands before it say that it is one; the weaker the sign, the better known must be the top
domain behind it. What stands between the pieces of an address is `joint`'s.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import re2

from intake.redact import joint, local, provider, words
from intake.redact.hint import Hints
from intake.redact.spelling import View


@dataclass(frozen=True, slots=True, repr=False)
class Allowed:
    """Whose addresses stay: those under `domains` (None: anybody's), and `addresses`."""

    domains: frozenset[str] | None
    addresses: frozenset[str]

    @classmethod
    def of(cls, domains: Collection[str] | None, addresses: Collection[str]) -> Allowed:
        """All in lower case."""
        lower = None if domains is None else frozenset(domain.lower() for domain in domains)
        return cls(lower, frozenset(address.lower() for address in addresses))

    def shows(self, address: str) -> bool:
        """Only an address that is written plainly: what needed decoding is never shown."""
        if self.domains is None:
            return True
        address = "".join(address.lower().split()).removeprefix("mailto:").lstrip("<(\"'").rstrip(".")
        labels = address.rpartition("@")[2].split(".")
        return address in self.addresses or any(".".join(labels[i:]) in self.domains for i in range(len(labels)))

    def names(self, host: str) -> bool:
        """Whether it is the first label of a domain whose addresses stay."""
        return any(domain.startswith(f"{host}.") for domain in self.domains or ())

    def official(self, tagged: str) -> bool:
        """Whether what was tagged as an address is nobody's secret; the writer's own is found all the same."""
        if self.domains is None or "@" not in tagged:
            return tagged.lower() in self.addresses
        return self.shows(tagged)


def find(view: View, text: str, allowed: Allowed) -> Iterator[tuple[int, int]]:
    """Where addresses stand in `text`, seen through `view`; those that are allowed are left out."""
    seen = view.text
    said, told, from_end, turned, rest, *named = _HINTS.met(seen)
    if "@" in seen:
        yield from (view.span(*span) for span in _plain(view, text, allowed))
        yield from (view.span(*span) for span in _without_top(seen, allowed))
    if "!" in seen or "dc=" in seen:
        yield from (view.span(*span) for span in _otherwise(view, text, allowed))
    if said or "@" in seen:
        whole = joint.joined(view)
        yield from (whole.span(*span) for span in _apart(whole, seen, text, allowed))
        if whole.text != seen and _SOMETHING.search(whole.text):
            yield from (whole.span(*span) for span in _said(whole, text))
    if said:
        yield from (view.span(*span) for span in _said(view, text))
    if told:
        yield from (view.span(*span) for span in _told(seen, allowed))
    if _WITHHELD in seen:
        found = (match.span(1) for match in _AT_WITHHELD.finditer(seen) if local.is_mailbox(match[1]))
        yield from (view.span(*span) for span in found)
    for start, end in provider.find(view, text, named):
        if not allowed.shows(seen[start:end]):
            yield view.span(start, end)
    if from_end or turned:
        yield from (view.span(*span) for span in _from_its_end(seen))
    if rest and (match := _REST.match(seen)) and not allowed.shows(f"@{match[1]}"):  # the subject had its beginning
        yield view.span(*match.span(1))
    if "AT" in text and "DOT" in text and text.isascii() and view.below is None:
        yield from (match.span() for match in _SHOUTED.finditer(text))


# Letters of any script, as ranges: with \pL re2 makes expressions so large that it leaves its fast path. Left
# out are the blocks of punctuation, so that a typographic quotation mark ends an address.
_ALPHA = r"a-z\x{c0}-\x{1fff}\x{2c00}-\x{2dff}\x{3040}-\x{fdff}\x{fe70}-\x{1ffff}\x{20000}-\x{3ffff}"
_WORD = rf"{_ALPHA}0-9_"
# RFC 5322 atext (RFC 6531 for the letters). The character before the @ is no slash: there is no address in
# "video.example/@channel.name".
_LOCAL = rf"""(?:"[^"\n]{{1,64}}"|[{_WORD}!#$%&'*+/=?^`{{|}}~.-]*[{_WORD}!#$%&'*+=?^`{{|}}~.-])"""
_LABEL = rf"[{_ALPHA}0-9][{_WORD}-]*"
_SAFE = joint.TOP
_COMMON = (
    r"(?:com|net|org|edu|gov|mil|info|biz|name|io|app|dev|xyz|online|site|live|mail|email|example|test"
    r"|invalid|us|uk|de|fr|es|it|nl|be|pl|pt|br|mx|ca|ht|co|me|tv|eu|ch|at|se|no|dk|ie|in|ru|ua|cn|jp|au"
    r"|ar|bg|cl|cz|fi|gr|hk|hr|hu|id|ir|kr|lt|lv|nz|ro|rs|sk|th|tr|tw|vn|za)"
)

_NO_WORDS = frozenset(("com", "net", "org", "edu", "gov"))  # a capital behind a full stop makes others a sentence
_DRAWN = r"(?:c0m|n3t|0rg|3du|g0v|1nf0|b1z|m1l|t3st|3xampl3|3x4mpl3)"  # "leet": figures for letters

# --- with an @ ---------------------------------------------------------------------------------------

_TOP = rf"(?:xn--[a-z0-9-]+|[{_ALPHA}]{{2,}}|{_DRAWN})"
_MORE = re2.compile(rf"(?:@[{_WORD}.-]*)+")
_ADDRESS = re2.compile(rf"{_LOCAL}@(?:{_LABEL}(?:\.{_LABEL})*\.{_TOP}|\[[0-9a-fipv.:]+\])")
# With something between the pieces, in the normal form of `joint`: "x @ y.com", "x@y,com", "x@y. com".
_TOUCHED = rf"[{_WORD}.+-]*[{_WORD}+-]"
_APART = re2.compile(
    rf"{_TOUCHED} ?@{{1,3}} ?(?:{_LABEL}(?:\.{_LABEL})*\.{_COMMON}|{_LABEL}(?:\.{{1,3}}{_LABEL})*\.{{1,3}}{_SAFE})\b"
    rf"|{_TOUCHED}@(?:{_LABEL}(?:[.,]{_LABEL})*,| ?{_LABEL}(?:\.{_LABEL})*\. ){_SAFE}\b"
)
_ALONE = r"\s{1,3}[>\s]{0,3}"
_ONE_BY_ONE = re2.compile(rf"(?:^|[\s>])((?:[{_WORD}.+-]{_ALONE}){{2,64}}@(?:{_ALONE}[{_WORD}.-]){{4,64}}\b)")
# A line end and one letter behind letters that stood in a line: the next line is another.
_NEXT_LINE = re.compile(r"(?<=[^\s>][ \t][^\s>])\s*\n\s*[^\s>]\Z|\Z")
# The beginning of a link, up to the value of the parameter or the piece of the path that an address ends.
_LINK = re.compile(rf":?(?://|[\w-]+(?:\.[\w-]+)*\.{_COMMON}/)(?:[^@]*[/?&;])?(?:[\w.-]{{1,20}}=)?")
_RELEASE = re.compile(r"@\d{1,2}\.[^@]*\Z")
# "{ann,bob}@house.net", "ann@{house.net,home.net}", "ann[six][one]@house.net"
_SET = r"[{\[(][^\s@{}()\[\]]{1,200}[})\]]"
_SETS = re2.compile(
    rf"[{_WORD}.+-]*(?:{_SET})+@({_LABEL}(?:\.{_LABEL})*\.{_TOP})"
    rf"|[{_WORD}.+-]+@\{{({_LABEL}\.[^\s{{}}]{{1,200}})\}}"
)
_SET_SIGNS = ("}@", ")@", "]@", "@{")
_AND = r"(?:\s?[,;/&]\s?|\s(?:and|or|und|oder|y|e|o|et|ou|i|lub|ak)\s)"
_ALL = "both|all|alle|beide|ambos|ambas|todos|tous|toutes|les deux|oba|obie|tou de"
_SHARED = re2.compile(  # "ann7 and bob (both @house.net)"
    rf"((?:{_TOUCHED}{_AND}){{0,4}}{_TOUCHED})\s?\(\s?(?:{_ALL})?(?: are)?(?: at)?\s?"
    rf"@({_LABEL}(?:\.{_LABEL})*\.{_TOP})\s?\)"
)
_SHARED_SIGN = re.compile(r"\([^(@]{0,20}@")
_CUT = re2.compile(  # by a quotation, or by a line behind a dot
    rf"{_TOUCHED}\s?@\s?({_LABEL})(?:\s?\n(?:[>|] ?)+|\.[ \t]?\r?\n[>| \t]{{0,8}})({_LABEL}(?:\.{_LABEL})*\.{_SAFE})\b"
)
_LINE_WITHIN = re.compile(r"@[^@\n]{0,80}\n>|@\s?[^@\s]{1,64}\.[ \t]?\r?\n")
_BACKWARDS = re2.compile(
    rf"\b(?:moc|ten|gro|ude|vog|lim|ofni|zib|elpmaxe|tset|dilavni|ku|ue|ed|rf|se|lp|tp|rb|xm|ac|su|oc)\."
    rf"{_LABEL}(?:\.{_LABEL})*@[{_WORD}.+-]+"
)
_TURNED = "moc. ten. gro. ude. vog. ofni. elpmaxe. tset. dilavni. ku. ue. ed. rf. se. lp. tp. rb. xm. ac. su. oc."
_REVERSED = tuple(_TURNED.split())


def _plain(view: View, text: str, allowed: Allowed) -> Iterator[tuple[int, int]]:
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
        if any(map(line.__contains__, _REVERSED)):
            yield from ((at + match.start(), at + match.end()) for match in _BACKWARDS.finditer(line))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Where each line begins that has an "@", and the line: what no expression finds beyond is not looked for there."""
    at = text.find("@")
    while at >= 0:
        start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        yield start, text[start : end if end >= 0 else len(text)]
        at = text.find("@", end) if end >= 0 else -1


# "ann@house": a host without its top domain; hearts round a sign.
_BARE = re2.compile(rf"(?:^|[^{_WORD}@/.+-])({_TOUCHED})@({_LABEL})")
_GOES_ON = re.compile(r"[@/]|\.\w")
_HEART = r"[\x{2190}-\x{2bff}]{0,2}"
_DECKED = re2.compile(rf"{_TOUCHED}{_HEART}@{_HEART}{_LABEL}(?:\.{_LABEL})*\.{_COMMON}\b")
_HOSTS = frozenset((*words.PROVIDERS, *words.PROVIDERS_TOO))
_HOST_LEAST = 3  # letters


def _without_top(seen: str, allowed: Allowed) -> Iterator[tuple[int, int]]:
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


def _apart(whole: View, seen: str, text: str, allowed: Allowed) -> Iterator[tuple[int, int]]:
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
_HOST = rf"{_LABEL}(?:\.{_LABEL})*"
_BANG = re2.compile(rf"(?:{_HOST}!)*({_HOST}\.{_COMMON})!(?:{_LABEL}!)*([{_WORD}](?:[{_WORD}.+-]*[{_WORD}])?)")
_NAMED = re2.compile(rf"\b(?:uid|userid|cn|mail)=[^,;=\n]+(?:[,;]\s?[a-z]+=[^,;=\n]+)*?((?:[,;]\s?dc={_LABEL}){{2,}})")


def _otherwise(view: View, text: str, allowed: Allowed) -> Iterator[tuple[int, int]]:
    for match in _BANG.finditer(view.text):
        start, end = view.span(*match.span(2))
        sentence = text[start:end].istitle() and text[start:end].isalpha()  # "I like example.com!Really"
        if not (sentence or match[1].startswith("www.") or allowed.shows(f"{match[2]}@{match[1]}")):
            yield match.span()
    for match in _NAMED.finditer(view.text):
        domain = ".".join(part.partition("=")[2] for part in match[1].replace(";", ",").split(",")[1:])
        if not allowed.shows(f"@{domain}"):
            yield match.span()


# --- in words ----------------------------------------------------------------------------------------

# "point" counts in brackets, or before a top domain that is no word ("at this point in time").
_DOT_WORDS = words.either(words.DOT)
_DOT_ALL = words.either((*words.DOT, *words.DOT_AND_MORE))
_AT_ALL = (*words.AT, *words.AT_AND_MORE)
_AT_SAID = rf"(?:@|{words.either((*words.AT_BETWEEN_MARKS, *_AT_ALL))})"
_AMONG = words.among_others(_AT_ALL)
_POINT = rf"\s+{words.either(words.DOT_AND_MORE)}\s+"
_OPEN, _SHUT = r"[\[({<*]", r"[\])}>*]"
_MARKS = r"""[\[({<*\])}>/~|«»"'`_+.-]{1,3}"""
_DOT_BRACKETED = rf"\s*{_OPEN}\s*(?:{_DOT_ALL}|\.)\s*{_SHUT}\s*"
_DOT_SPOKEN = rf"(?:{_DOT_BRACKETED}|{words.among_others(words.DOT)}|[_+-]{_DOT_WORDS}[_+-])"
_DOT = rf"(?:{_DOT_SPOKEN}|\.)"
_DOT_MARKED = rf"(?:\s*{_MARKS}\s*(?:{_DOT_ALL}|d)\s*{_MARKS}\s*|{_DOT})"
_LOCAL_SAID = rf"(?:[{_WORD}+-]+{_DOT}){{0,4}}[{_WORD}+.-]*[{_ALPHA}0-9]"


def _spelt(at: str, dot: str, last_dot: str, top: str, local: str = _LOCAL_SAID) -> re2._Regexp:
    return re2.compile(rf"{local}{at}{_LABEL}(?:{dot}{_LABEL})*{last_dot}{top}\b")


_ANY = rf"[{_ALPHA}]{{2,24}}"
_BRACKETED = (
    _spelt(rf"\s*{_OPEN}\s*{_AT_SAID}\s*{_SHUT}\s*", _DOT, _DOT, _ANY),
    _spelt(rf"\s*{_MARKS}\s*{_AT_SAID}\s*{_MARKS}\s*", _DOT_MARKED, _DOT_MARKED, _COMMON),
    _spelt(r"\s?[\[({]a[\])}]\s?", _DOT_MARKED, _DOT_MARKED, _SAFE, rf"[{_ALPHA}][{_WORD}.+-]*[{_ALPHA}0-9]"),
)
_TOPS_FOREIGN = words.either(top for top in words.TOPS if not top.isascii())  # re2 sees no end of such words
_PLAIN_DOT = rf"(?:{_POINT}|{_DOT})"
_TOPS = rf"(?:{_COMMON}|{words.either(filter(str.isascii, words.TOPS))})"
_FOREIGN = (
    _spelt(rf"\s+{words.either(filter(str.isascii, words.AT))}\s+", _DOT, _DOT_SPOKEN, _ANY),
    _spelt(_AMONG, _PLAIN_DOT, _PLAIN_DOT, _TOPS),
    re2.compile(rf"{_LOCAL_SAID}{_AMONG}{_LABEL}(?:{_PLAIN_DOT}{_LABEL})*{_PLAIN_DOT}{_TOPS_FOREIGN}"),
)
_STRONG_DOTTED = _spelt(r"(?:\s*@\s*|[+]at[+])", _DOT, _DOT_SPOKEN, _COMMON)
# A preposition for the "@": `local` says whether an address is meant.
_AT_WEAK = rf"\s+{words.either(words.AT_WEAK)}\s+"
_DOT_LOOSE = rf"(?:\s+\.\s+|{_PLAIN_DOT})"
_DOMAIN_WEAK = (
    rf"{_LABEL}(?:{_DOT_LOOSE}{_LABEL})*"
    rf"(?:{_DOT_SPOKEN}{_COMMON}|{_POINT}{_SAFE}|\s+\.\s+{_SAFE}|\.(?:{_SAFE}|de))"
)
_WEAK = re2.compile(
    rf"\b({_LOCAL_SAID}){_AT_WEAK}({_DOMAIN_WEAK}\b|{_LABEL}(?:{_DOT_LOOSE}{_LABEL})*{_DOT_SPOKEN}{_TOPS_FOREIGN})"
)
_OFFICIAL = re2.compile(r"\.(?:gov|mil)$")
_VISIBLE = re2.compile(rf"^{_LABEL}(?:\.{_LABEL})*$")
_SHOUTED = re2.compile(r"[A-Za-z0-9][a-z0-9._-]*[a-z0-9]AT[a-z0-9-]+(?:(?:DOT|\.)[a-z0-9-]+)*DOT[a-z]{2,12}\b")

# From its end to its beginning: "com dot house at ann", and each word turned round as well.
_SURE = r"(?:com|net|org|edu|gov|info|biz|example|test|invalid|uk|eu|de|fr|pl|br|mx|ca)"
_LAST = rf"[{_WORD}+.-]*[{_ALPHA}0-9]"
_FROM_ITS_END = re2.compile(
    rf"\b{_SURE}\s{_DOT_WORDS}\s{_LABEL}(?:\s{_DOT_WORDS}\s{_LABEL})*\s{words.either((*words.AT, *_AT_ALL, 'at'))}\s"
    rf"{_LAST}(?:\s{_DOT_WORDS}\s{_LAST})*"
)
_DOT_TURNED = words.either(word[::-1] for word in (*words.DOT, *words.DOT_AND_MORE))
_TOP_TURNED = rf"(?:{'|'.join(top.rstrip('.') for top in _REVERSED)})"
_AT_TURNED = words.either(word[::-1] for word in (*_AT_ALL, "at"))
_LOCAL_TURNED = rf"{_LAST}(?:\s{_DOT_TURNED}\s{_LAST})*"
_LABELS_TURNED = rf"{_LABEL}(?:\s{_DOT_TURNED}\s{_LABEL})*"
_WORDS_TURNED = re2.compile(
    rf"\b(?:{_TOP_TURNED}\s{_DOT_TURNED}\s{_LABELS_TURNED}\s{_AT_TURNED}\s{_LOCAL_TURNED}"
    rf"|{_LOCAL_TURNED}\s{_AT_TURNED}\s{_LABELS_TURNED}\s{_DOT_TURNED}\s{_TOP_TURNED}\b)"
)
_DOT_BEFORE = re2.compile(rf"\s{_DOT_WORDS}\s$")
_REST = re2.compile(
    rf"^\s*(?:@|at|{words.either(_AT_ALL)})\s?({_LABEL}(?:\.{_LABEL})*\.{_COMMON})[.!]?[ \t]*(?:\n|\r|$)"
)

_BEFORE_AT = re2.compile(rf"{_MARKS}\s*(?:{_AT_SAID}|a[\])}}])")
_DOT_TOP = re2.compile(rf"{_DOT_SPOKEN}(?:{_COMMON}\b|{_TOPS_FOREIGN})")
_AT_TOP = re2.compile(rf"(?:{_POINT}|\s\.\s+){_SAFE}\b|{_AT_WEAK}{_LABEL}(?:\.{_LABEL})*\.(?:{_SAFE}|de)\b")
_SOMETHING = re2.compile("|".join((_BEFORE_AT.pattern, _AMONG, _DOT_TOP.pattern, _AT_TOP.pattern)))


def _said(view: View, text: str) -> Iterator[tuple[int, int]]:
    """Spelt out: "maria dot lopez at example dot com", "maria (at) example.com"."""
    seen = view.text
    if not _SOMETHING.search(seen):
        return
    expressions = [*_BRACKETED, *_FOREIGN]
    dotted = _DOT_TOP.search(seen)
    if dotted:
        expressions.append(_STRONG_DOTTED)
    for expression in expressions:
        yield from (match.span() for match in expression.finditer(seen))
    if dotted or _AT_TOP.search(seen):
        yield from (match.span() for match in _WEAK.finditer(seen) if _is_meant(match, view, text))


def _from_its_end(seen: str) -> Iterator[tuple[int, int]]:
    for match in _FROM_ITS_END.finditer(seen):
        if not _DOT_BEFORE.search(seen[max(0, match.start() - local.REACH) : match.start()]):
            yield match.span()
    yield from (match.span() for match in _WORDS_TURNED.finditer(seen))


def _is_meant(match: re2._Match, view: View, text: str) -> bool:
    """Whether "word at domain" is an address: a visible domain needs more than one whose dot is said."""
    start, end = match.span(1)
    written_at, written_end = view.span(start, end)
    odd = local.is_odd(match[1], text[written_at:written_end])
    if local.is_announced(match[1], view.text[max(0, start - local.REACH) : start], odd=odd):
        return True
    if not _VISIBLE.search(match[2]):
        at, written = view.text[end : match.start(2)].strip(), text[written_at:written_end]
        foreign = not at.isascii() and written.isascii()
        return odd or foreign or (at == "at" and local.is_short(written)) or " " in match[1]
    meant = local.has_shape(match[1]) or local.is_login(match[1], text[written_at:written_end])
    return meant and not _OFFICIAL.search(match[2])


# "user ann7, host house.net", "his mail is ann7 and he is with house.net", "ann7 at [e-mail address withheld]"
_CALLED = r"(\s?[:=]\s?|\s(?:is|es|est|ist|to|jest|é|è)\s|\s)[\"']?"
_SITE = rf"{_LABEL}(?:\.{_LABEL})*\.{_COMMON}"
_NAME = rf"[{_WORD}.+-]*[{_ALPHA}0-9]"
_ACCOUNT = words.either(words.ACCOUNT)
_USER_AND_HOST = re2.compile(
    rf"\b{_ACCOUNT}{_CALLED}({_NAME})[\"']?(?:\s*[,;|/]\s*|\s?\r?\n[> ]{{0,4}}|\s(?:and|und|y|et|e|i)\s)"
    rf"(?:(?:my|the|mein|mi|mon)\s)?{words.either(words.HOST)}{_CALLED}({_SITE})\b"
)
_MAIL_AND_HOST = re2.compile(
    rf"\b{words.either(words.MAIL)}\s{words.either(words.IS)}\s()({_NAME})\s(?:and|und|y|et|e|i)\s(?:[a-z]+\s){{0,3}}"
    rf"(?:with|at|bei|en|chez|w)()\s({_SITE})\b"
)
_WITHHELD = "[e-mail address withheld]"
_AT_WITHHELD = re2.compile(rf"\b({_LOCAL_SAID}){_AT_WEAK}{re2.escape(_WITHHELD)}")

_HINTS = Hints(
    _SOMETHING.pattern,
    f"{_USER_AND_HOST.pattern}|{_MAIL_AND_HOST.pattern}",
    _FROM_ITS_END.pattern,
    _WORDS_TURNED.pattern,
    _REST.pattern,
    *provider.HINTS,
)


def _is_no_word(name: str) -> bool:
    return local.has_figures(name) or not local.is_ordinary(name)


def _told(seen: str, allowed: Allowed) -> Iterator[tuple[int, int]]:
    """A local part that is called a user's, and its host."""
    for expression in (_USER_AND_HOST, _MAIL_AND_HOST):
        for match in expression.finditer(seen):
            if match[2] in words.NEVER_LOCAL or allowed.shows(f"@{match[4]}"):
                continue
            if match[1].strip() or _is_no_word(match[2]):
                yield from (match.span(2), match.span(4))
