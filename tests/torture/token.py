"""Our own links and aliases, quoted back: who has one can speak as the other side, so neither gets the other's.

They are made when the mail is sent, because each conversation has its own.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

from tests.torture.anew import AGENCY, WORD, enclosing, paper, words
from tests.torture.case import AFTER, BEFORE, Case, body, folded64, mail, multipart, part, quoted
from tests.torture.file import run


def case(what: str, number: int, writer: str, secret: str) -> Case:
    """The `number`th way in which `writer` quotes `secret`, a link or an alias, in `what`.

    What we do not read ourselves, and a name that is an address, may be held for a person.
    """
    where, level, raw = list(quoting(writer, secret))[number]
    (hidden,) = re.findall(r"[0-9a-z]{20}", secret)
    careful = level == "best" or where == "name" or what.startswith("answer")
    known = ("token", f"{what}, {where}", level, writer, f"{hidden}@", raw)
    return Case(f"{number + 1:03}-{what}", *known, expect="hold_ok" if careful else "accept", agency=AGENCY)


def quoting(writer: str, secret: str) -> Iterator[tuple[str, str, bytes]]:
    """(where, level, mail): `writer` quotes `secret`, a link or an alias, in each way."""
    for where, level, text in _TEXTS:
        yield where, level, mail(writer, body(text(secret)))
    for where, level, text in _PAGES:
        page = f"<html><body><p>{BEFORE}</p>{text(secret)}<p>{AFTER}</p></body></html>"
        yield where, level, mail(writer, quoted(page.encode()), "text/html; charset=utf-8", "quoted-printable")
        content, octets = multipart([part(body("Hi.")), part(page, "text/html; charset=utf-8")], "alternative")
        yield f"{where}, beside a plain view", level, mail(writer, octets, content, "7bit")
    for where, encode in (("base64", folded64), ("quoted-printable", quoted)):
        yield where, "must", mail(writer, encode(body(secret).encode()), encoding=where)
    yield "subject", "must", mail(writer, body("Hi."), subject=f"Fwd: {secret}")
    yield "name", "must", mail(writer, body("Hi."), name=f'"{secret}"')
    for name, kind, file in (
        ("a.txt", "text/plain", words(secret)),
        ("a.docx", WORD, paper(run(secret[:30], secret[30:]))),
    ):
        content, octets = enclosing(file, kind, name)
        yield f"file {name}", "must", mail(writer, octets, content, "7bit")


def _head(secret: str) -> str:
    return f"From: DMV <{secret}>\nSent: Monday, 3 March 2025 10:12\nTo: Rosa\nSubject: Plate\n\nYes."


def _token(secret: str) -> str:
    return "".join(re.findall(r"[0-9a-z]{20}", secret))


def _with(secret: str, sign: str, width: int) -> str:
    """The secret with `sign` between groups of its token."""
    token = _token(secret)
    return secret.replace(token, sign.join(token[at : at + width] for at in range(0, 20, width)))


_TEXTS: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("text", "must", lambda s: f"It says {s} below."),
    ("text, in brackets", "must", lambda s: f"<{s}>"),
    ("text, with mailto", "must", lambda s: f"write to <mailto:{s}>"),
    ("quotation", "must", lambda s: f"On Monday the office <{s}> wrote:\n> To decide, press:\n> {s}\n>"),
    ("quotation, Outlook", "must", _head),
    ("quotation, folded", "should", lambda s: f"> Press this: {s[: len(s) // 2]}\n> {s[len(s) // 2 :]}\n> Bye."),
    ("quotation, folded in the token", "should", lambda s: f">> {_with(s, chr(10) + '>> ', 9)}"),
    ("token in groups, dashes", "should", lambda s: _with(s, "-", 4)),
    ("token in groups, blanks", "should", lambda s: _with(s, " ", 5)),
    ("token behind a word", "should", lambda s: f"choices: {_token(s)}"),
    ("soft line break", "should", lambda s: _with(s, "=\n", 10)),
    ("quoted-printable pasted", "should", lambda s: s.replace("/", "=2F").replace("+", "=2B")),
    ("JSON", "should", lambda s: s.replace("/", "\\/").replace("+", "\\u002b")),
    ("JavaScript", "should", lambda s: s.replace("/", "\\u002f").replace("+", "\\x2b")),
    ("look-alike letters", "should", lambda s: s.translate(str.maketrans("aceopxy", "асеорху"))),
    (
        "base64 in an address",
        "should",
        lambda s: f"https://safe.example/?u={base64.b64encode(s.encode()).decode()}&x=1",
    ),
    ("upper case", "must", lambda s: s.upper()),
    ("percent", "must", lambda s: f"https://safe.example/?url={quote(s, safe='')}&data=05"),
    ("percent, twice", "should", lambda s: f"https://safe.example/?url={quote(quote(s, safe=''), safe='')}&data=05"),
    ("link of a mail filter", "must", lambda s: f"https://urldefense.example/v3/__{s}__;!!abc$"),
    ("zero width", "should", lambda s: "\u200b".join(s)),
    ("letter by letter", "should", lambda s: " ".join(s)),
    ("full width", "should", lambda s: "".join(chr(ord(c) + 0xFEE0) for c in s)),
    ("entities", "should", lambda s: "".join(f"&#{ord(c)};" for c in s)),
    ("base64 pasted", "should", lambda s: base64.b64encode(f"see {s} there".encode()).decode()),
    ("backwards", "best", lambda s: s[::-1]),
)
_PAGES: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("HTML", "must", lambda s: f'<p><a href="{s}">{s}</a></p>'),
    ("HTML, target alone", "must", lambda s: f'<p><a href="{s}">here</a> <img src="{s}" alt="{s}"></p>'),
    ("HTML, split", "must", lambda s: f"<blockquote>{s[:25]}<wbr><b>{s[25:32]}</b>{s[32:]}</blockquote>"),
)
