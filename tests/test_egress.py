"""The gate: what holds an address does not leave, and nothing else is held."""

from __future__ import annotations

import ast
import base64
import binascii
import codecs
import dataclasses
import gzip
import hashlib
import re
import signal
import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.compose import Outgoing, compose
from intake.egress import UNCHECKED, Withheld, check, owner
from intake.egress.address import addresses
from intake.egress.budget import Budget
from intake.egress.fold import plain, seen
from intake.egress.needle import Needles
from intake.egress.runs import hidden
from intake.egress.search import CHUNK, Search
from intake.redact import Numbering, redact
from tests.conftest import cpu_seconds

KNOWN = ("maria.lopez@post.example", "ml@bücher.example", "ml@xn--bcher-kva.example")
SHOWN = ("agencies.example", "intake.example", "ct.gov")
CLEAN = Outgoing(
    from_name="Citizen via the intake",
    from_addr="reply+0123456789abcdefghjk@intake.example",
    to_addr="dmv@agencies.example",
    reply_to="reply+0123456789abcdefghjk@intake.example",
    subject="A question",
    text="Dear sirs,\nwrite to help@ct.gov, or to [e-mail address withheld].\nMaria Lopez\n",
    message_id="<7k3m-9qx2-tr4b@intake.example>",
    date=datetime(2026, 11, 3, 10, 11, 12, tzinfo=UTC),
    references=("<0000-9qx2-tr4b@intake.example>",),
)


def finished(**changes: object) -> bytes:
    return compose(dataclasses.replace(CLEAN, **changes))  # type: ignore[arg-type]


def findings(**changes: object) -> tuple[str, ...]:
    return check(finished(**changes), KNOWN, SHOWN)


@pytest.mark.parametrize(
    "text",
    [
        CLEAN.text,
        "",
        "¿Dónde está? " * 200,
        "Уважаемые господа",
        "Lunch @ noon. 50% off & more, a=5, https://video.example/@channel.name",
        "Maria Lopez posted an example at the post office",
        "QWxhZGRpbjpvcGVuIHNlc2FtZQ== /a/very/long/path/of/something/else",
        "Case 3318052-LK, plate AB-12345, call 860-555-0123 or +1 (860) 424-3000 from 9:15 to 3:45.",
        "https://portal.ct.gov/dmv/licences-and-permits?lang=en&id=2F4A#top and www.example.org/a%20b",
        "Conn. Gen. Stat. § 46b-22; 42 U.S.C. § 1396a(a)(10)(A); Public Act 31-45, sec. 5; 29 CFR 1910.1200",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0",
        "Rechtsschutzversicherungsgesellschaften, Kraftfahrzeug-Haftpflichtversicherung, Donaudampfschifffahrt",
        'if (a[i] != "\\x41") { return &b->c; } <b>bold</b> \\u00e9 =?none',
        "help@ct.gov, Help Desk <DMV@AGENCIES.EXAMPLE>, mailto:help@sub.ct.gov",
        "THIS WHOLE LINE IS SHOUTED AT YOU, 24 TIMES.\n" * 3,
        "- \n" * 40 + "=" * 70 + "\n" + "_" * 70,
    ],
)
def test_an_honest_message_passes(text: str) -> None:
    """A clean message has no findings, whatever its encoding."""
    assert findings(text=text) == ()
    assert check(finished(text=text), KNOWN, None, domain="intake.example") == ()


A = "maria.lopez@post.example"


def letters_from(first: int, text: str = A) -> str:
    return "".join(chr(first + ord(c) - ord("a")) if c.isalpha() else c for c in text)


def coded(octets: bytes | str) -> str:
    return base64.b64encode(octets.encode() if isinstance(octets, str) else octets).decode()


def keyed(text: str, key: int) -> str:
    """As Cloudflare writes an address in a page."""
    return bytes([key, *(ord(c) ^ key for c in text)]).hex()


SPELLINGS = [
    A,
    A.upper(),
    "marialopez@post.example",
    "m.a.r.i.a.lopez@post.example",
    "maria.lopez+x@post.example",
    # words
    "maria dot lopez at post dot example",
    "maria.lopez (at) post (dot) example",
    "maria [dot] lopez [at] post [dot] example",
    "maria_dot_lopez_at_post_dot_example",
    "mariaDOTlopezATpostDOTexample",
    "maria punto lopez arroba post punto example",
    "maria ponto lopez arroba post ponto example",
    "maria point lopez arobase post point example",
    "maria punkt lopez klammeraffe post punkt example",
    "maria punto lopez chiocciola post punto example",
    "maria kropka lopez małpa post kropka example",
    "maria punt lopez apenstaartje post punt example",
    # order, blanks, lines
    "m a r i a . l o p e z @ p o s t . e x a m p l e",
    "   ".join(A),
    A[::-1],
    codecs.encode(A, "rot13"),
    "maria.lopez@\npost.example",
    "maria.lo\n> pez@post.example",
    "maria.\n> lopez@post\n>> > .example",
    "mar-\nia.lo-\npez@post.ex-\nample",
    "ma<b>ria</b>.lo<i class='x'>pez</i>@post<wbr>.example",
    "maria<!-- x -->.lopez@post.example",
    "ma&lt;b&gt;ria.lopez&lt;/b&gt;@post.example",
    # escapes
    "maria.lopez%40post.example",
    "maria.lopez%2540post%252Eexample",
    "".join(f"%{ord(c):02x}" for c in A),
    "maria.lopez&#64;post.example",
    "maria.lopez&#64post.example",
    "maria.lopez&amp;amp;#64;post.example",
    "maria.lopez&amp;commat;post&period;example",
    "".join(f"&#x{ord(c):x};" for c in A),
    "maria=2Elopez=40post=2Eexample",
    "maria.lo=\npez@post.example",
    "maria.lopez\\u0040post.example",
    "maria.lopez\\u{40}post.example",
    "maria.lopez\\x40post.example",
    "maria.lopez\\100post.example",
    "maria.lopez\\40 post.example",
    "maria.lopez+AEA-post.example",
    "=?utf-8?q?maria=2Elopez=40post=2Eexample?=",
    f"=?utf-8?b?{coded(A[:9])}?= =?utf-8?b?{coded(A[9:])}?=",
    # characters
    "ｍaria.lopez＠post．example",
    "maria.lopez﹫post.example",
    "m\u200baria.lopez@post.example",
    "\u00ad".join(A),
    f"\u202e{A[::-1]}\u202c",
    "\u0336\u0301".join(A),
    "".join(chr(0xE0000 + ord(c)) for c in A),
    A.translate(str.maketrans("aeop", "аеор")),
    "МАRIА.LОРЕZ@РОST.ЕХАМРLЕ",
    A.translate(str.maketrans("ao", "αο")),
    letters_from(0x1D41A),
    letters_from(0x1F150),
    "ml@bücher.example",
    "ml@xn--bcher-kva.example",
    # runs
    coded(A),
    coded(A).rstrip("="),
    "x" + coded(f"mail: {A}"),
    coded(A + "." * 100)[:76] + "\n" + "QQ" * 20,
    "\n".join(coded(f"dear sir, write to {A}")[at : at + 12] for at in range(0, 60, 12)),
    base64.urlsafe_b64encode(b"\xfb\xff\xfe " + A.encode()).decode(),
    coded(coded(A)),
    coded(A.encode("utf-16")),
    coded(quote(A).replace(".", "%2E")),
    coded(gzip.compress(A.encode(), mtime=0)),
    base64.b32encode(A.encode()).decode(),
    A.encode().hex(),
    A.encode().hex(" ").upper(),
    " ".join(f"0x{ord(c):02x}" for c in A),
    f"see:\nbegin 644 x\n{binascii.b2a_uu(A.encode()).decode()}`\nend\n",
    f"see:\n> {binascii.b2a_uu(A.encode()).decode()}\n",
    f'<a href="/cdn-cgi/l/email-protection" data-cfemail="{keyed(A, 0x5A)}">[email protected]</a>',
    f"https://shop.example/cdn-cgi/l/email-protection#{keyed(A, 0xC3).upper()}",
    # signs and words that stand for others
    "maria.lopez📧post.example",
    "maria.lopez ✉\ufe0f post.example",
    "maria.lopez$post.example",
    "maria.lopezU+0040post.example",
    "".join(chr(0xE00F0 + ord(c)) for c in A),
    "maria.lopez commercial at post dot example",
    "maria.lopez (at-sign) post (full stop) example",
    "maria.lopez собака post точка example",
    "maria.lopez zavináč post tečka example",
    "maria.lopez(a)post.example",
    # of other programs
    "post.example!maria.lopez",
    "maria.lopez=post.example",
    "maria.lopez (home) @ (work) post (a host) . example",
    "BEGIN:VCARD\nEMAIL;TYPE=home:maria.lo\n pez@post.exam\n ple\nEND:VCARD",
    "uid=maria.lopez,ou=people,dc=post,dc=example",
    "rfc822;maria.lopez+40post+2Eexample",
    '"maria.lopez","@","post",".","example"',
    # letters that are not decoded
    " ".join(coded(A)[at : at + 4] for at in range(0, 40, 4)),
    "\n> ".join(coded(f"mail {A} me")[at : at + 5] for at in range(0, 40, 5)),
    " ".join(coded("ml@bücher.example")),
    base64.a85encode(A.encode()).decode(),
    base64.b85encode(f"I am {A}.".encode()).decode(),
    "".join(c * 2 for c in A),
    " ".join(str(ord(c)) for c in A),
]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    "around", ["Dear sirs, {} is mine.", "Señora, {} es mía. Ñandú", "Это {} мой адрес электронной почты"]
)
def test_no_spelling_leaves_in_the_text(around: str, spelling: str) -> None:
    """LK19: a leak put in after redaction is found in 7bit, quoted-printable and base64 bodies alike."""
    message = finished(text=around.format(spelling))
    assert check(message, KNOWN, SHOWN)
    assert check(message, ("maria.lopez@post.example", "ml@bücher.example"), None)


B = "kvx-brunel_71@post-haus.example"
C = "sunshine@gmail.com"
D = "quorvenal82@gmail.com"
DUMP = f"Write to {B} now"


def dump(pattern: str, octets: bytes = DUMP.encode()) -> str:
    """Lines of sixteen octets, as programs show them: offset, each octet by `pattern`, the characters."""
    lines = (octets[at : at + 16] for at in range(0, len(octets), 16))
    return "\n".join(
        f"{at * 16:08x}  {' '.join(pattern.format(o) for o in line)}  |{line.decode()}|"
        for at, line in enumerate(lines)
    )


@pytest.mark.parametrize(
    ("known", "spelling"),
    [
        # words for signs and figures
        *(
            (A, f"maria {dot} lopez {at} post {dot} example")
            for at, dot in (
                *(("miukumauku", "piste"), ("маймунка", "точка"), ("et", "pikë"), ("at", "dhibic"), ("ات", "نقطه")),
                *(("แอท", "จุด"), ("ऐट", "डॉट"), ("एट", "बिंदु"), ("آت", "نقطة"), ("على", "نقطة"), ("@ على", "نقطة")),
                *(("כרוכית", "נקודה"), ("圈a", "点"), ("골뱅이", "점"), ("a còng", "chấm"), ("manki", "točka")),
                *(("at the", "dot"), ("then the at sign", "then a dot")),
            )
        ),
        (B, "kvx dash brunel underscore seventy-one at post hyphen haus dot example"),
        (B, "kvx tiret du 6 brunel tiret du 8 soixante et onze arobase post tiret haus point example"),
        (B, "kvx guion brunel guión bajo siete uno arroba post guion haus punto example"),
        (B, "kvx Bindestrich brunel Unterstrich einundsiebzig at post Bindestrich haus Punkt example"),
        (B, "kvx дефис brunel подчёркивание семьдесят один собака post дефис haus точка example"),
        # another order
        (A, "example dot post at lopez dot maria"),
        (A, "maria dot lopez at post dot example"[::-1]),
        (A, "airam tod zepol ta tsop tod elpmaxe"),
        (A, codecs.encode("maria dot lopez at post dot example", "rot13")),
        (A, "znevn dot ybcrm at cbfg dot rknzcyr"),
        (A, "nzirz.olkvа@klhg.vcznkov".replace("а", "a")),
        # no sign
        (A, "MARIALOPEZPOST.EXAMPLE"),
        (A, "Maria Lopez post example"),
        (D, "quorvenal-82 wrote"),
        (C, "my gmail is sunshine"),
        (C, "sunshine (gmail)"),
        (C, "gmail: sunshine"),
        (D, "quorvenal eighty-two at gmail"),
        # of programs
        (B, "https://urldefense.com/v2/url?u=http-3A__x.example_-3Fe-3Dkvx-2Dbrunel-5F71-40post-2Dhaus.example&d=x"),
        (A, "https://urldefense.com/v3/__https://x.example/?e=maria.lopez*40post.example__;JQ!!x$"),
        (A, "https://urldefense.com/v3/__https://x.example/?e=maria.lopez*post.example__;QA!!x$"),
        (A, "".join(f"%u{ord(c):04x}" for c in A)),
        (A, " ".join(f"U+{ord(c):04X}" for c in A)),
        *((A, hashlib.new(name, A.encode()).hexdigest()) for name in ("md5", "sha1", "sha256", "sha512")),
        (A, hashlib.md5(A.upper().encode()).hexdigest().upper()),
        (A, hashlib.md5(b"Maria.Lopez@post.example").hexdigest()),
        (A, coded(hashlib.sha256(A.encode()).digest())),
        (A, "+".join(f"chr({ord(c)})" for c in A)),
        (A, " ".join(f"{ord(c):03}" for c in A)),
        (A, " ".join(f"{ord(c):o}" for c in A)),
        (A, " ".join(f"{ord(c):08b}" for c in A)),
        (A, "".join(f"{ord(c):07b}" for c in A)),
        (A, base64.b32hexencode(A.encode()).decode()),
        (A, " ".join(re.findall(".{1,5}", base64.b32encode(A.encode()).decode()))),
        (A, coded(A)[::-1]),
        *((B, dump(pattern)) for pattern in ("{:02x}", "{:3d}", "{:03o}", "{:08b}", "{:c}")),
        # letters by other names
        (D, "quebec uniform oscar romeo victor echo november alfa lima eight two"),
        (A, "Mike-Alpha-Romeo-India-Alpha-Lima-Oscar-Papa-Echo-Zulu at post.example"),
        (
            D,
            "q as in qi, u as in up, o as in o, r as in r, v as in van, e as in end, n as in no, a as in a, l as in l",
        ),
        (A, "-- .- .-. .. .- / .-.. --- .--. . --.."),
        (A, "−− •− •−• •• •− / •−•• −−− •−−• • −−••"),
        (A, "⠍⠁⠗⠊⠁⠲⠇⠕⠏⠑⠵⠈⠁⠏⠕⠎⠞⠲⠑⠭⠁⠍⠏⠇⠑"),
        (A, "ǝldɯɐxǝ˙ʇsod@zǝdol˙ɐᴉɹɐɯ"),
        (A, "13-1-18-9-1 12-15-16-5-26 at post.example"),
        (A, "m4r14.l0p3z at p0st.3x4mpl3"),
        (A, "ьфкшфюдщзуя@зщыеюучфьзду"),
    ],
)
@pytest.mark.parametrize("around", ["Dear sirs,\n{}\nThank you", "Señora,\n{}\nÑandú"])
def test_no_spelling_of_the_writer_s_address_leaves(around: str, known: str, spelling: str) -> None:
    """LK19: the writer's own address is known, so words, figures, digests and letters by other names are found."""
    assert check(finished(text=around.format(spelling)), (known,), SHOWN, shown_names=("Karl Brunel",))
    assert check(finished(text=around.format("Nothing")), (known,), SHOWN) == ()


@pytest.mark.parametrize(
    "spelling",
    [
        "eve@else.\nexample",
        "eve@else\n.example",
        "> eve@\n> else\n> .example",
        '"eve"@else.example',
        "eve@[else.example]",
        "eve[at]web.de",
        "eve (at)\n> else (dot)\n> info",
        "eve (at) else punkt fr",
        "eve@почта.рф",
        "eve@\u2028else.\u2029example",
        "eve(home)@(work)else.example",
        "eve<b>@</b>else.(my host)example",
        'eve","@","else.example',
        "'eve' + '@' + 'else' + '.' + 'example'",
        "eve[@]else[.]example",
        "eve (at) else (dot) example",
        "eve at-sign else.example",
        "eve (commercial at) else dot example",
        "eve собака else точка example",
        "eve arroba else punto example",
        "eve\n> małpa else\n> kropka example",
        "BEGIN:VCARD\nEMAIL:eve@el\n se.example\nEND:VCARD",
        "> BEGIN:VCARD\n> EMAIL:ev\n>  e@el\n>  se.example",
        "uid=eve,ou=People, dc=else,dc=example",
        "rfc822;eve+40else.example",
        "eveU+0040else.example",
        "".join(chr(0xE00F0 + ord(c)) for c in "eve@else.example"),
    ],
)
def test_nobody_s_address_leaves(spelling: str) -> None:
    """LK3, LK19: an address that is neither ours nor an agency's is found as people and mail programs write it; an
    agency's, and any towards a citizen, may be seen."""
    message = finished(text=f"Write to {spelling}.\nThank you")
    assert "e-mail address in text" in check(message, (), SHOWN)
    assert check(message, (), None) == ()
    theirs = ("else.example", "else.info", "else.fr", "web.de", "почта.рф")
    assert check(message, (), (*theirs, "intake.example", *SHOWN)) == ()


@pytest.mark.parametrize(
    "text",
    [
        "write to help@ct.gov.\nThanks",
        "write to help@ct.gov.\nso that",
        "Lunch @ noon. So we went",
        "Follow us @CTDMV.\nThanks, and @channel.name",
        "we arrived at the point where the dot com boom began",
        "See section 5(a) example.com, chapter 3 (at) the end",
        "I bought 25 arrobas de maíz, y una arroba de trigo.",
        "моя собака ct.gov, собака house точка",
        "5+40 is 45, call +40 721 or 1+40a.b",
        "dc=1, uid=5, cn=Maria,ou=x",
        "Email 📧 help@ct.gov, or 📧example.org",
        "visit example.com!Now and (see below) @ (the) end",
        "BEGIN:VEVENT\n at noon\n @home",
    ],
)
def test_what_only_looks_like_an_address_passes(text: str) -> None:
    """Signs and words of addresses in honest sentences hold nothing."""
    assert findings(text=text) == ()


HONEST = [
    "I cannot pay at this point in time.",
    "At some point in 2023 the fee changed.",
    "We are at breaking point in this family",
    "I live at Sandy Point in West Haven.",
    "At that period in my life I was ill.",
    "Meet @ Rocky Point at 5.",
    "I was poor at the period of my birth.",
    "I teach (at) Pine Point School.",
    "Meet @ noon.\nIt is fine.",
    "meet @ noon.It is fine",
    "Lunch@noon.\nIt is fine.",
    "Lunch@noon.\nNet income",
    "I parked @ work.\nNo ticket.",
    "Sold 5 @ 10.50.\nNo tax",
    "Sold 5@10.\ninfo\n",
    "On Mon @ 9.\nHe said",
    "Sent from my iPhone @ work.\nTo: me",
    "shop @ amazon.com",
    "Order it at amazon dot com",
    "Follow us\n@jane.example",
    'Handles: "@dmv.example", "@jane.example"',
    "My account (on Instagram) @jane.me",
    "Interest at the rate of 5.\nIt is too high.",
    "at the rate amazon.com charges",
    "I was paid at the rate of 12.50.\nMy boss refused.",
    "I stopped at sign 5.\nIt was red.",
    "We saw the commercial at that point live.",
    'signed "at" home.\nIt is',
    'I was *at* walmart.com, or "at" Stony Point School',
    "see screenshot_at_school.py",
    "Grade (at) school.\nIs it",
    "@Override.\nIn Java",
    "Rendez-vous @ midi.\nLe bureau",
    "Cita @ mediodía.\nEl perro",
    "Die Straße @ Hof.\nEs ist",
    "У соседа собака лает.\nПомогите нам.",
    "У соседа собака лает.Помогите нам.",
    "Ta małpa uciekła.\nDo kogo zgłosić?",
    "La chiocciola cammina.\nLa vedo.",
    "La chiocciola cammina.La vedo.",
    "Compré una arroba bruta.\nEs mucho.",
    "a arroba nesse ponto de venda",
    "저는 골뱅이 무침.\n그리고",
    "会议 @ 三点。\n谢谢",
    "请在微信@我。谢谢",
    "会议@三点。Thanks",
    "Paid in full +ABCDEFGHIJKLM, thank you",
]


@pytest.mark.parametrize("text", HONEST)
def test_honest_sentences_pass(text: str) -> None:
    """What can be a sentence is no address, wherever its lines end."""
    for width in range(20, 81, 3):
        assert findings(text="\n".join(wrapped(text, width)) + "\n") == (), width
    assert findings(text=f"{text}\n\nJane") == ()


def wrapped(text: str, width: int) -> list[str]:
    """Lines as mail programs make them."""
    return textwrap.wrap(text, width, break_long_words=False)


LETTERS = Path(__file__).parents[1] / "bench" / "letters"
TAG = re.compile(r"\{\{\w+\|(.*?)\}\}")
MAY_BE = re.compile(r"@|\b(?:at|a?ar+ob|chioc|malpa|cobak)|[(\[{<](?:at|a?ar+ob)")
PARAGRAPHS = [
    text
    for path in sorted(LETTERS.rglob("*.letter"))
    for paragraph in path.read_text().split("\n\n")
    if MAY_BE.search(text := seen(plain(TAG.sub(r"\1", " ".join(paragraph.split())))))
]
"""Those with something in them that could be a sign."""


@pytest.mark.parametrize("width", range(30, 81))
def test_the_end_of_a_line_makes_no_address(width: int) -> None:
    """A letter that passes passes at any width: wrapping adds no address to those of its paragraphs."""
    assert PARAGRAPHS
    for text in PARAGRAPHS:
        once = {one[-1] for one in addresses(text)}
        assert {one[-1] for one in addresses("\n".join(wrapped(text, width)))} <= once, text


@pytest.mark.parametrize("width", [7, 12, 15])
@pytest.mark.parametrize("line", ["{}", "> {}", "{}\r"])
def test_a_run_goes_on_over_lines(width: int, line: str) -> None:
    """A run of base64 is joined over lines of which each is too short to be one, quoted or not."""
    run = coded("Write to zorb.kvin@else.example please")
    lines = [line.format(run[at : at + width]) for at in range(0, len(run), width)]
    assert b"zorb.kvin@else.example" in b"".join(hidden("\n".join(lines), b""))
    assert b"zorb.kvin@else.example" in b"".join(hidden("\n".join([f"See {run[:12]}", f"{run[12:]} there"]), b""))


@pytest.mark.parametrize("known", ["ml@bücher.example", "ml@xn--bcher-kva.example"])
@pytest.mark.parametrize("spelling", ["ml@bücher.example", "ML@XN--BCHER-KVA.EXAMPLE"])
def test_either_form_of_an_international_domain(known: str, spelling: str) -> None:
    """An address that is known in one form of its domain (RFC 5890) is found in the other."""
    assert "known address in text" in check(finished(text=f"I am {spelling}"), (known,), None)
    groups = " ".join(coded(spelling.lower()))
    assert check(finished(text=f"I am {groups}"), (known,), None) == ("encoded known address in text",)


@pytest.mark.parametrize(
    "spelling",
    [
        "maria.lopez@post.example",
        "MARIA LOPEZ @ POST . EXAMPLE",
        "maria dot lopez at post dot example",
        "ml@bücher.example",
    ],
)
@pytest.mark.parametrize("field", ["subject", "from_name"])
def test_no_spelling_leaves_in_a_header(field: str, spelling: str) -> None:
    """LK19: a leak in the subject or a display name is found, encoded words or not."""
    assert any("header" in finding for finding in findings(**{field: f"on {spelling}"}))
    assert findings(**{field: f"sí: {spelling}"})


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"from_addr": "eve@else.example"}, "e-mail address in header From"),
        ({"reply_to": "maria.lopez@post.example"}, "known address in header Reply-To"),
        ({"to_addr": "maria.lopez@post.example"}, "e-mail address in header To"),
        ({"message_id": "<1.maria@post.example>"}, "e-mail address in header Message-Id"),
        ({"message_id": "<maria-lope-zpos@intake.example>"}, "header Message-Id is not like ours"),
        ({"references": ("<1@post.example>",)}, "e-mail address in header References"),
        ({"from_addr": "reply+maria@intake.example"}, "header From is not like ours"),
        ({"reply_to": "dmv@agencies.example"}, "header Reply-To is not like ours"),
        ({"auto_submitted": "maria"}, "header Auto-Submitted is not like ours"),
        ({"language": "mlopez", "auto_submitted": "auto-replied"}, "header Content-Language is not like ours"),
        ({"text": "eve@else.example"}, "e-mail address in text"),
        (
            {"attachments": (("eve@else.example.txt", "text/plain", b""),)},
            "e-mail address in header Content-Disposition of part 2",
        ),
        (
            {"attachments": (("é maria.lopez@post.example", "text/plain", b""),)},
            "known address in header Content-Disposition of part 2",
        ),
        (
            {"attachments": (("letter.txt", "text/plain", b""),)},
            "header Content-Disposition of part 2 is not like ours",
        ),
        ({"attachments": (("attachment-1.txt", "text/plain", A.encode()),)}, "known address in part 2"),
        (
            {"attachments": (("attachment-1.zip", "application/zip", b"PK"),)},
            "part 2 is of a kind that cannot be searched",
        ),
    ],
)
def test_findings_name_the_place_and_no_value(changes: dict[str, object], finding: str) -> None:
    """LK14, LK18: every header and part is looked at, and what is found is told without the value."""
    found = findings(**changes)
    assert finding in found
    assert not any("@" in code or "maria" in code for code in found)


def test_an_official_who_writes_as_a_citizen() -> None:
    """The agency's own mailbox may be the writer's claim: To is compared, the text is still searched."""
    raw = compose(CLEAN)
    assert check(raw, ("dmv@agencies.example",), SHOWN) == ()
    assert "known address in text" in check(raw, ("help@ct.gov",), SHOWN)


def test_consent_lets_that_address_pass_alone() -> None:
    """With consent the writer's address passes, in its plain form, and nobody else's."""
    consented = ("maria.lopez@post.example",)
    shared = compose(dataclasses.replace(CLEAN, text="I am maria.lopez@post.example."))
    assert check(shared, KNOWN, SHOWN, consented) == ()
    other = compose(dataclasses.replace(CLEAN, text="I am maria.lopez@post.example, not eve@else.example"))
    assert check(other, KNOWN, SHOWN, consented) == ("e-mail address in text",)


HEAD = compose(CLEAN).partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        HEAD,
        HEAD + b"\r\n\r\nbare\nline",
        HEAD + b"\r\n\r\nbare\rline",
        HEAD + b"\r\n\r\nNUL\0\r\n",
        HEAD + b"\r\n\r\n" + b"x" * 999 + b"\r\n",
        HEAD + b"\r\nX-Sender: a\r\n\r\n",
        HEAD + b"\r\nBcc: a\r\n\r\n",
        HEAD + b"\r\nSubject: twice\r\n\r\n",
        HEAD + b"\r\nno field\r\n\r\n",
        HEAD + b"\r\n\r\n8-bit \xff\r\n",
        HEAD.replace(b"7bit", b"8bit") + b"\r\n\r\nx\r\n",
        HEAD.replace(b"7bit", b"x-uuencode") + b"\r\n\r\nx\r\n",
        HEAD.replace(b"7bit", b"base64") + b"\r\n\r\nnot base64!\r\n",
        HEAD.replace(b"7bit", b"base64") + b"\r\n\r\n/w==\r\n",
        HEAD.replace(b"text/plain", b"application/zip") + b"\r\n\r\nx\r\n",
        HEAD.replace(b"text/plain; charset=us-ascii", b"multipart/mixed") + b"\r\n\r\nx\r\n",
        HEAD.replace(b"text/plain; charset=us-ascii", b'multipart/mixed; boundary="b"') + b"\r\n\r\npre\r\n--b--\r\n",
        HEAD.replace(b"A question", b"=?x-none?b?eA==?=") + b"\r\n\r\nx\r\n",
    ],
)
def test_what_is_not_understood_is_held(raw: bytes) -> None:
    """Unknown headers, bare line breaks, foreign encodings and broken structure are findings: the gate fails closed."""
    assert check(raw, KNOWN, SHOWN)


def test_an_error_inside_is_a_finding() -> None:
    """Whatever goes wrong within the gate holds the message."""
    assert check(compose(CLEAN), (None,), SHOWN) == (UNCHECKED,)  # type: ignore[arg-type]
    assert check(HEAD.replace(b"A question", b"=?utf-8?b?A?=") + b"\r\n\r\nx\r\n", KNOWN, SHOWN) == (UNCHECKED,)


class Enough(Exception):
    """A worker's time limit, as Celery has it: an exception that its signal raises wherever the worker is."""


class Slow(tuple[str, ...]):
    """What the gate reads when the signal comes."""

    def __iter__(self) -> Iterator[str]:
        signal.raise_signal(signal.SIGUSR1)
        return super().__iter__()


def enough(_signal: int, _frame: object) -> None:
    raise Enough


@pytest.mark.parametrize(
    "reading", [{"known": Slow(KNOWN)}, {"shown_domains": Slow(SHOWN)}, {"withheld": Slow()}, {"shown_names": Slow()}]
)
def test_a_time_limit_of_the_worker_is_no_verdict(reading: dict[str, Any]) -> None:
    """MB12: what ends the worker while the gate reads goes on to the worker: it is not swallowed as a finding."""
    before = signal.signal(signal.SIGUSR1, enough)
    try:
        with pytest.raises(Enough):
            check(**{"raw": compose(CLEAN), "known": KNOWN, "shown_domains": SHOWN, **reading})
    finally:
        signal.signal(signal.SIGUSR1, before)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *"a.@+ -_(\n>%=&;\\é\u200b'\"/",
                "maria",
                "lopez",
                "post",
                "example",
                "40",
                "at",
                " dot ",
                "ct.gov",
                "QQ==",
                "x" * 16,
            ]
        ),
        max_size=40,
    )
)
def test_the_gate_does_not_trip_over_what_redaction_left(pieces: list[str]) -> None:
    """Redactor and gate agree: a redacted text passes, whatever it was before."""
    given = "".join(pieces)
    text, line = (
        redact(one, (), lambda cls: "shown", known=KNOWN, shown_domains=SHOWN, numbering=Numbering(b"k")).text
        for one in (given, " ".join(given.split())[:200])
    )
    assert findings(text=text, subject=line) == ()


@pytest.mark.parametrize("text", ["a@ct.gov@act.gov", "bob@ct.gov@b.example", "ann@agencies.example@ct.gov@x.example"])
def test_an_office_s_address_before_another_sign(text: str) -> None:
    """Found by the test above: what stands between two signs is the beginning of an address, too."""
    redacted = redact(text, (), lambda cls: "shown", known=KNOWN, shown_domains=SHOWN, numbering=Numbering(b"k")).text
    assert findings(text=redacted, subject="x") == ()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_never_raises(raw: bytes) -> None:
    """Any octets have an answer."""
    assert isinstance(check(HEAD + b"\r\n\r\n" + raw, KNOWN, SHOWN), tuple)


UNITS = [
    *(
        "a@",
        "@a.a1",
        "a-",
        "%25",
        "=",
        "=\n",
        "&amp;",
        "&",
        "&#64;",
        "<a",
        "\\",
        "+A",
        "=?a?b?",
        "QWxh",
        "QUJD\n",
        "é@",
    ),
    *(
        "maria.lopez ",
        "maria.lopez@ ",
        "8 6 0-",
        "8605550110x",
        "deadbeef",
        "0x",
        "M!!!!\n",
        "ABCDEFGHIJKLMNOP\n",
        "аb ",
    ),
    *("a@b.\n", "<a@", "'@'", "@(x)", "x at a dot ", "a (at) b ", " arroba ", "uid=a,dc=b,", "+40a", "BEGIN:V\n "),
    *("zorb post.example ", "U+0040", "((", "ⓐ📧"),
    *("maria post lopez example ", "seventy one at dot ", "mike alfa romeo ", "m as in sam ", ".- -. ", "115 111 "),
    *("00000000: 6b76 ", "ABCDE FGHIJ ", "B" * 64 + " ", "urldefense.com/v3/*", "git@a:", "a@1.", "m4r14 ", "%u0041"),
]


@pytest.mark.parametrize("unit", UNITS)
def test_linear_in_hostile_text(unit: str) -> None:
    """MB12: four times as many almost-addresses cost about four times as much."""

    def cost(size: int) -> float:
        raw = finished(text=unit * (size // len(unit)))
        return cpu_seconds(lambda: check(raw, KNOWN, SHOWN, withheld=SECRETS, seconds=60))

    assert cost(32_000) < 10 * cost(8_000) + 0.1


def test_linear_in_what_is_withheld() -> None:
    """MB12: withheld numbers and addresses beside a long text take no longer than both of them need."""

    def cost(many: int) -> float:
        numbers = [f"{n * 7919 % 10**10:010}" for n in range(many)]
        raw = finished(text="\n".join(number[::-1] for number in numbers))
        withheld, known = [Withheld("phone", n) for n in numbers], [f"writer{n}@host{n}.example" for n in range(many)]
        return cpu_seconds(lambda: check(raw, known, SHOWN, withheld=withheld, seconds=60))

    assert cost(4_000) < 10 * cost(1_000) + 0.2


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream"])
def test_an_address_across_the_border_of_two_chunks(kind: str) -> None:
    """A long text, or octets, are searched piece by piece, and no address falls between two."""
    budget, border = Budget(60), CHUNK - 8
    needles = Needles([*owner.needles(A, "known address")], budget.breathe)
    search = Search(needles, Needles([], budget.breathe), None, budget)
    long = "0" * border + f" {A} " + "0" * border
    found = search.text(long) if kind == "text/plain" else search.octets(long.encode())
    assert found == ("known address",)


# --- what was withheld -------------------------------------------------------------------------------

SECRETS = [
    Withheld("phone", "(860) 555-0148", "cell "),
    Withheld("ssn", "219-09-9981"),
    Withheld("address", "41 Larchmont Pl., Unit 5-B\nEnfield CT 06082"),
    Withheld("password", "Biscuit1984!", "It was "),
    Withheld("password", "4711", "The code of the gate is "),
    Withheld("password", "sunshine", "The word of the house is "),
    Withheld("zip", "06106", "\nCity: Hartford\nZip: "),
    Withheld("dob", "March 9, 1951"),
    Withheld("gender", "F", "\nBorn in Hartford\nSex: "),
    Withheld("ip", "203.0.113.44"),
    Withheld("id", "1HGCM82633A004352"),
    Withheld("name", "Jorinde Alpers"),
    Withheld("id", "PR-2231907"),
    Withheld("password", "zorbquin"),
    Withheld("email", "anjali.pillai@home.example", "write to "),
    Withheld("email", "anjali at home dot example"),
]


def held(text: str, withheld: Sequence[Withheld] = SECRETS, **more: object) -> tuple[str, ...]:
    return check(finished(text=text), KNOWN, SHOWN, withheld=withheld, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("call 860-555-0148.", "withheld phone number in text"),
        ("call 8605550148", "withheld phone number in text"),
        ("call (860)\u00a0555 / 01 48", "withheld phone number in text"),
        ("call +1 860 555 0148", "withheld phone number in text"),
        ("call 18605550148", "withheld phone number in text"),
        ("call 860.555.\n> 0148", "withheld phone number in text"),
        ("call ８６０５５５０１４８", "withheld phone number in text"),
        ("call ٨٦٠٥٥٥٠١٤٨", "withheld phone number in text"),
        ("call 8\u200b6\u200b0-555-0148", "withheld phone number in text"),
        ("call 860%2D555&#45;0148", "withheld phone number in text"),
        (f"see {coded('my phone: 860-555-0148')}", "encoded withheld phone number in text"),
        ("number 7 219 09 9981", "withheld Social Security number in text"),
        ("I live at 41 LARCHMONT PL, unit. 5B", "withheld street address in text"),
        ("41 Larchmont\n> Pl. is mine", "withheld street address in text"),
        ("biscuit1984 is my dog", "withheld password in text"),
        ("The code of\nthe gate is 4711", "withheld password in text"),
        ("the word of the house is: Sunshine", "withheld password in text"),
        ("City: Hartford Zip: 06106", "withheld ZIP code in text"),
        ("born MARCH 9 1951", "withheld date of birth in text"),
        ("Born in Hartford\nSex: F\n", "withheld gender in text"),
        ("from 203.0.113.44 at night", "withheld IP address in text"),
        ("VIN 1hgcm-82633-a004352", "withheld identifying number in text"),
        ("file 223.1907", "withheld identifying number in text"),  # seven digits are enough,
        ("say zorb-quin", "withheld password in text"),  # and eight letters
        ("Ms. JORINDE  ALPERS", "withheld name in text"),
        ("Joránd? No: Jorínde Alpers", "withheld name in text"),
        ("A.N.J.A.L.I.pillai @ home.example", "withheld e-mail address in text"),
        ("anjali (at) home, dot example", "withheld e-mail address in text"),
    ],
)
def test_what_was_withheld_does_not_leave(text: str, finding: str) -> None:
    """LK19: a value that was withheld is found as a whole token, whatever stands between its letters or digits."""
    assert finding in held(text)
    assert finding.replace("in text", "in header Subject") in check(
        finished(subject=" ".join(text.split())), KNOWN, SHOWN, withheld=SECRETS
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ticket 98605550148, invoice 86055501480, year 555-0148",  # digits beside it, or not all of it
        "ZIP 06106 is in Hartford; 06106",  # shorter ones only in their place
        "4711 is a perfume, code 4711",
        "We had a week of sunshine in the house",
        "The code of the gate is 47110",
        "F is a letter. Sex: withheld",
        "Enfield CT 06082 has a Larchmont Pl.",  # the town is no secret, nor the street
        "141 Larchmont Place, 41 Larchmonts Pl",
        "March 9, 19510",
        "Jorinde Alpersson, xJorinde Alpers",
        "Biscuit was born in 1984",
    ],
)
def test_whole_tokens_only(text: str) -> None:
    """A value that is only part of another one, or short and elsewhere, holds nothing."""
    assert held(text) == ()


@pytest.mark.parametrize(
    "withheld",
    [
        Withheld("id", "7K3M-9QX2-TR4B"),  # the ticket's own reference
        Withheld("password", "password"),  # a word of every cover note
        Withheld("password", "Maria Lopez"),  # shown anyway
        Withheld("email", "help@ct.gov"),
        Withheld("email", "maria.lopez@post.example"),  # its owner agreed
        Withheld("gender", "F"),
        Withheld("id", ""),
        Withheld("name", "---"),
        Withheld("unheard of", "x" * 100_000),
    ],
)
def test_what_is_ours_or_shown_is_no_secret(withheld: Withheld) -> None:
    """Our reference, our words, names and addresses that may be seen are not looked for."""
    raw = finished(
        subject="[7K3M-9QX2-TR4B] A question",
        text=f"{CLEAN.text}\nReference 7K3M-9QX2-TR4B. Withheld: password (1). My password is [password]. {A}",
    )
    seen = {"consented": (A,), "shown_names": ("Maria Lopez",), "domain": "intake.example"}
    assert check(raw, (A,), SHOWN, withheld=[withheld], **seen) == ()  # type: ignore[arg-type]


def test_a_withheld_value_shows_nothing_of_itself() -> None:
    """Nobody reads a secret in a log by accident."""
    assert "Biscuit" not in repr(SECRETS) + str(SECRETS)


# --- the local part ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "text", "names", "is_held"),
    [
        ("mfokun79@post.example", "my login is MFOKUN79.", (), True),
        ("mfokun79@post.example", "my login is m\u200bfokun79", (), True),
        ("mfokun79@post.example", "my login is xmfokun79, mfokun791", (), False),
        ("mfokun79@post.example", "write to mfokun79@ct.gov", (), False),
        ("maria.lopez@post.example", "maria.lopez wrote", (), True),
        ("maria.lopez@post.example", "maria.lopez wrote", ("Maria Lopez",), False),
        ("m_lopez-cruz@post.example", "m_lopez-cruz wrote", ("María López Cruz",), False),
        ("m_lopez-cruz@post.example", "M_López-Cruz wrote", (), True),
        ("maria.lopez@post.example", "Maria Lopez wrote, marialopez", (), False),
        ("mlopez@post.example", "mlopez wrote", ("Maria Lopez",), False),
        ("mlopez77@post.example", "mlopez77 wrote", ("Maria Lopez",), True),
        ("zorbqx@post.example", "my login is zorbqx", (), True),
        ("zorbq@post.example", "my login is zorbq", (), False),
        ("maria@post.example", "maria wrote", (), False),
        ("webmaster@post.example", "ask the webmaster", (), False),
        ("transportation@post.example", "on public transportation", (), False),
        ("panaderia@post.example", "Tengo una panadería en Hartford; la panaderia", (), False),
        ("boulangerie@post.example", "ma boulangerie", (), False),
        ("padaria-escola@post.example", "a padaria-escola", (), False),
        ("ubezpieczenia@post.example", "moje ubezpieczenia", (), False),
        ("restoran@post.example", "yon restoran", (), False),
        ("zorbquinx@post.example", "my login is zorbquinx", (), True),
        ("hartfordmom@post.example", "hartfordmom wrote", (), True),
        ("zorb@post.example", "zorb, and the provider is post.example", (), True),
        ("zorb@post.example", "host: post.example\nuser: zorb", (), True),
        ("zorb@post.example", "the zorb is a ball. Posts: example", (), False),
        ("maria.lopez@post.example", "user maria.lopez, server post.example", ("Maria Lopez",), True),
        ("maria.lopez@post.example", "Maria Lopez, www.post.example", ("Maria Lopez",), False),
        ("zelmo@post.example", "post.example!\n\nZelmo", ("Zelmo Lopez",), False),
        ("bread@post.example", "my bread (post.example), and bread: post.example", (), False),
        ("torta@post.example", "mi torta (post.example), una torta: post.example", (), False),
    ],
)
def test_the_local_part_alone(address: str, text: str, names: tuple[str, ...], is_held: bool) -> None:
    """Six characters that are no name and no word of many say who somebody is; as a whole token only."""
    assert (
        "local part of a known address in text" in check(finished(text=text), (address,), SHOWN, shown_names=names)
    ) is is_held
    assert check(finished(text=text), (address,), None, shown_names=names) == ()


# --- headers, limits, house --------------------------------------------------------------------------

SIGNATURE = (
    b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=intake.example;\r\n s=s1; t=1790000000;\r\n"
    b" h=from:from:to:to:\r\n  subject:subject:date:message-id;\r\n bh=" + b"A" * 43 + b"=;\r\n b="
    b"" + b"\r\n ".join([b"a" * 72] * 4) + b"aa==\r\n"
)


@pytest.mark.parametrize(
    ("old", "new", "passes"),
    [
        (b"", b"", True),
        (b"d=intake.example", b"d=post.example", False),
        (b"s=s1;", b"s=s1; i=@intake.example;", True),
        (b"s=s1;", b"s=s1; i=maria.lopez@intake.example;", False),
        (b"s=s1;", b"s=s1; n=maria;", False),
        (b"s=s1;", b"s=maria.lopez@post.example;", False),
        (b"s=s1;", b"s=s1; l=0;", False),
        (b":subject:date", b":subject:date:x-maria-lopez", False),
        (b"aa==", b"aa== maria.lopez@post.example", False),
    ],
)
def test_a_signature_is_ours_or_none(old: bytes, new: bytes, passes: bool) -> None:
    """LK15: a DKIM-Signature has the tags that we write, for our domain; without a domain of ours there is none."""
    raw = SIGNATURE.replace(old, new, 1) + finished()
    found = check(raw, KNOWN, SHOWN, domain="intake.example")
    assert (found == ()) is passes
    assert passes or "header Dkim-Signature is not like ours" in found
    assert check(raw, KNOWN, SHOWN)


@pytest.mark.parametrize(
    "text",
    [
        "token SGVsbG8gV29ybGQsIHRoaXMgaXMgYSB0ZXN0IQ==\n0123456789abcdef0123456789abcdef\n",
        "SGVsbG8gV29ybGQsIHRoaXMgaXMgYSB0ZXN0IQ==\n\n-- \nWho may see your address is your choice:\n",
        "aGVsbG8=aGVsbG8=aGVsbG8=aGVsbG8=\nabcdefghijklmnopqrstuvwxyz=\n",
    ],
)
def test_padding_in_the_middle_is_no_fault(text: str) -> None:
    """Base64 that ends in a line and is followed by another is honest text."""
    assert check(finished(text=text), KNOWN, SHOWN) == ()


def test_our_ids_are_of_our_domain() -> None:
    """LK14, LK18: an alias, a Message-ID or a reference of another domain is not ours, even one that is shown."""
    assert check(finished(), KNOWN, SHOWN, domain="INTAKE.example") == ()
    found = check(finished(), KNOWN, SHOWN, domain="other.example")
    assert {f"header {name} is not like ours" for name in ("From", "Reply-To", "Message-Id", "References")} <= set(
        found
    )


@pytest.mark.parametrize(
    ("changes", "seconds", "finding"),
    [
        ({"text": "word " * 100_000}, -1.0, "could not be searched in time"),
        (
            {"attachments": tuple((f"attachment-{n}.txt", "text/plain", b"") for n in range(1, 2100))},
            60.0,
            "too many parts",
        ),
        ({"text": "a word or two " * 1_500_000}, 60.0, "too large to be searched"),
        ({"text": "%25" + "25" * 20 + "41"}, 60.0, "escaped too often"),
    ],
)
def test_a_limit_holds_the_message(changes: dict[str, object], seconds: float, finding: str) -> None:
    """MB12: what cannot be searched whole and in time is held, and said so."""
    found = check(finished(**changes), KNOWN, SHOWN, seconds=seconds)
    assert any(one.startswith(finding) for one in found)


def test_many_near_hits_run_out_of_time() -> None:
    """MB12: a letter made of almost-leaks is held as soon as proving them takes too long."""
    numbers = [f"{n * 7_654_321 % 10**10:010}" for n in range(1, 20_000)]
    raw = finished(text="9 x\n".join(numbers) + "9")
    withheld = [Withheld("ssn", number) for number in numbers]
    assert check(raw, KNOWN, SHOWN, withheld=withheld, seconds=0.5) == ("could not be searched in time",)


def test_the_gate_shares_no_code_with_what_it_checks() -> None:
    """No module of the gate imports any other of ours: a mistake of the redactor is not made twice."""
    wrong = []
    for path in (Path(__file__).parents[1] / "intake" / "egress").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or "."] if isinstance(node, ast.ImportFrom) else []
            wrong += [
                n for n in names if n.split(".")[0] in ("intake", "workers", "") and not n.startswith("intake.egress")
            ]
    assert wrong == []


def test_many_runs_are_searched_together() -> None:
    """MB12: many short runs are read in time, and the one that holds an address is found among them."""
    lines = [f"{n * 2_654_435_761 % 26**12:026d}".translate(_CAPITALS)[-16:] for n in range(40_000)]
    short, long = (
        cpu_seconds(lambda some=some: check(finished(text="\n".join(lines[:some])), KNOWN, SHOWN, seconds=60))
        for some in (10_000, 40_000)
    )
    assert long < 6 * short + 0.2
    lines[2_000:] = [base64.b32encode(KNOWN[0].encode()).decode(), *lines[:2_000]]
    assert "encoded known address in text" in check(finished(text="\n".join(lines)), KNOWN, SHOWN, seconds=60)


_CAPITALS = str.maketrans("0123456789", "ABDEFGHIJK")
