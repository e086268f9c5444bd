"""Values go, meaning stays; e-mail addresses go in every spelling."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.redact import EMAIL_WITHHELD, Numbering, Redacted, redact
from intake.redact.hint import Hints
from tests.conftest import cpu_seconds

KNOWN = ("maria.lopez@post.example", "ml+dmv@bücher.example", "ml+dmv@xn--bcher-kva.example")
SHOWN = ("ct.gov", "agencies.example", "intake.example")


@dataclass(frozen=True)
class Tag:
    start: int
    end: int
    cls: str


def tags(text: str, *found: tuple[str, str]) -> list[Tag]:
    """Tags on the first place of each text."""
    return sorted(
        (Tag(text.index(value), text.index(value) + len(value), cls) for value, cls in found), key=lambda t: t.start
    )


def redacted(
    text: str,
    found: Sequence[Tag] = (),
    actions: dict[str, str] | None = None,
    numbering: Numbering | None = None,
    shown: Sequence[str] | None = SHOWN,
) -> Redacted:
    return redact(
        text,
        found,
        lambda cls: (actions or {}).get(cls, "masked"),
        known=KNOWN,
        shown_domains=shown,
        numbering=numbering or Numbering(b"k" * 32),
    )


def test_every_line_with_a_sign_is_looked_at() -> None:
    """An address goes in the first, a middle and the last line, and none is taken for two over a line end."""
    text = "zorb@else.example\nWe met @ noon.\nkvin@other.example, ann@yahoo\n\n“Ask” pol@third.example"
    assert redacted(text).text == text.replace("zorb@else.example", EMAIL_WITHHELD).replace(
        "kvin@other.example, ann@yahoo", f"{EMAIL_WITHHELD}, {EMAIL_WITHHELD}"
    ).replace("pol@third.example", EMAIL_WITHHELD)


# --- tags --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cls", "action", "placeholder"),
    [
        ("phone", "masked", "[phone number 1]"),
        ("ssn", "withheld", "[Social Security number withheld]"),
        ("password", "removed", "[password removed]"),
        ("email", "masked", "[e-mail address withheld]"),
        ("name", "shown", "VALUE"),
        ("id", "reveal", "[identification number 1]"),
        ("id", "no such action", "[identification number withheld]"),
        ("no such class", "withheld", "[personal information withheld]"),
    ],
)
def test_a_placeholder_says_what_stood_there(cls: str, action: str, placeholder: str) -> None:
    """Each action leaves a placeholder that a reader understands; an action nobody knows withholds."""
    text = "It is VALUE, sir"
    result = redacted(text, tags(text, ("VALUE", cls)), {cls: action})
    assert result.text == f"It is {placeholder}, sir"
    assert result.withheld == ({} if action == "shown" else {cls: 1})


def test_the_same_number_has_the_same_token_in_one_case() -> None:
    """One phone is one token in every message of a ticket, however it is punctuated; another is another."""
    first = "203-555-0141 or 860 555 0152 or (203) 555-0141"
    found = tags(first, ("203-555-0141", "phone"), ("860 555 0152", "phone"), ("(203) 555-0141", "phone"))
    numbering = Numbering(b"k" * 32)
    assert (
        redacted(first, found, numbering=numbering).text == "[phone number 1] or [phone number 2] or [phone number 1]"
    )
    again = Numbering(b"k" * 32, dict(numbering.numbers))
    text = "860.555.0152"
    assert redacted(text, tags(text, (text, "phone")), numbering=again).text == "[phone number 2]"


@pytest.mark.parametrize(
    ("cls", "values", "numbers"),
    [
        ("phone", ("203-555-0141", "+1 (203) 555-0141", "001 203 555 0141", "203-555-0142"), (1, 1, 1, 2)),
        ("ssn", ("044-51-6073", "044516073", "044 51 6073", "044-51-6074"), (1, 1, 1, 2)),
        ("id", ("KT 70914", "kt-70914", "KT 70915"), (1, 1, 2)),
        ("bank", ("DE02 1203 0000 0000 2020 51", "de02120300000000202051"), (1, 1)),
        ("name", ("Maria Lopez", "MARIA  LOPEZ", "Lopez, Maria", "Lopez", "Maria T. Lopez"), (1, 1, 1, 1, 1)),
        ("name", ("Maria Lopez", "Juan Lopez", "Juan", "Maria", "Lopez"), (1, 2, 2, 1, 3)),
        ("name", ("Adeyemi", "Clement Adeyemi", "Clement"), (1, 1, 1)),
        ("name", ("José Núñez", "Jose Diaz", "O’Neil", "O'Neil"), (1, 2, 3, 3)),
    ],
)  # fmt: skip
def test_the_same_one_has_the_same_token(cls: str, values: tuple[str, ...], numbers: tuple[int, ...]) -> None:
    """One person or number is one token however it is written; two who share a name are two."""
    numbering = Numbering(b"k" * 32)
    assert tuple(numbering.number(cls, value) for value in values) == numbers
    again = Numbering(b"k" * 32, dict(numbering.numbers))
    assert again.number(cls, values[-1]) == numbers[-1]


def test_a_person_keeps_the_token_through_a_letter() -> None:
    """Where names are masked, a reader still sees who did what."""
    text = "Maria Lopez paid. Juan Diaz did not. Ask LOPEZ, not Mr. Diaz, or Maria."
    found = tags(text, ("Maria Lopez", "name"), ("Juan Diaz", "name"), ("LOPEZ", "name"))
    found += [
        Tag(text.rindex("Diaz"), text.rindex("Diaz") + 4, "name"),
        Tag(text.rindex("Maria"), len(text) - 1, "name"),
    ]
    masked = redacted(text, found, {"name": "masked"}).text
    assert masked == "[name 1] paid. [name 2] did not. Ask [name 1], not Mr. [name 2], or [name 1]."


def test_a_numbering_holds_no_value() -> None:
    """What is kept to number by is a keyed digest: nothing of the value, and useless under another key."""
    numbering, other = Numbering(b"a" * 32), Numbering(b"b" * 32)
    numbering.number("ssn", "044-51-6073")
    other.number("ssn", "044-51-6073")
    assert "0413" not in str(numbering.numbers)
    assert "0413" not in repr(numbering)
    assert numbering.numbers.keys() != other.numbers.keys()


def test_overlaps_and_nonsense_in_tags() -> None:
    """Tags that overlap, lie outside the text or are empty take out their union and break nothing."""
    text = "call 203-555-0141 now"
    found = [Tag(5, 12, "phone"), Tag(9, 17, "phone"), Tag(30, 40, "ssn"), Tag(4, 4, "ssn"), Tag(-5, 0, "ssn")]
    assert redacted(text, found).text == "call [phone number 1] now"


def test_an_address_within_a_tag_wins() -> None:
    """Where a name is tagged inside an address, the whole address goes as an address."""
    text = "to john.doe@else.example now"
    assert redacted(text, tags(text, ("john", "name"))).text == f"to {EMAIL_WITHHELD} now"


# --- addresses that nobody tagged -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "x@y.example",
        "FIRST.Last+tag@Sub.Else.Example",
        "o'neil&co=a@else.example",
        '"john smith"@else.example',
        "józef@gęśl.example",
        "用户@例え.テスト",
        "x@[192.0.2.1]",
        "x@xn--bcher-kva.example",
        "x%40else.example",
        "x%2540else.example",
        "x&#64;else.example",
        "x&commat;else&period;example",
        "x&amp;#x40;else.example",
        "x\\u0040else.example",
        "x=40else.example",
        "x@\n> else.example",
        "x @ else.example",
        "ｘ＠ｅｌｓｅ．ｅｘａｍｐｌｅ",
        "x\x01@else.exa\x7fmple",
        "x﹫else.example",
        "x@else。example",
        "x\u200b@\u2060else\u00ad.exa\u200dmple",
        "x@e\u0336l\u0336se.example",
        "x at else dot example",
        "first dot last at else dot example",
        "x (at) else (dot) example",
        "x [at] else.example",
        "x{at}else{dot}example",
        "x AT else DOT example",
        "x_at_else.example",
        "x arroba else punto example",
        "x arroba else.example",
        "x@else dot example",
    ],
)
def test_any_address_goes(address: str) -> None:
    """LK3: somebody's address that no tag found is withheld, disguised or not."""
    assert redacted(f"Write to {address}, please.").text == f"Write to {EMAIL_WITHHELD}, please."


@pytest.mark.parametrize(
    "text",
    [
        "Write to help@ct.gov, or dmv@agencies.example.",
        "I wrote to <titles@dmv.ct.gov>. Me too.",
        "mailto:help@ct.gov",
        "Lunch @ noon. Then nothing.",
        "See § 12-415(a) applies. Com is no word.",
        "at this point in time, look at red dots",
        "https://video.example/@channel.name",
        "3 kg @ 2.50, 50% off & more, a=5",
        "Thanks!\n@dave.smith wrote that",
        "It is me, Maria Lopez, a post. Example: this",
        "Maria Lopez posted an example",
        "[x]@[y] a@b @ @@ a@ @a.b",
        "QWxhZGRpbjpvcGVuIHNlc2FtZQ== and a/very/long/path/of/something/else",
        "日本語 ñandú €5 👍🏽",
    ],
)
def test_what_is_no_ones_address_stays(text: str) -> None:
    """Agencies' own addresses and text that only resembles an address stay as they are."""
    assert redacted(text) == Redacted(text, {})


HONEST = (
    ("en", "Yours,\nMaria Lopez\npost.example"),
    ("en", "Find form_1040.pdf at irs.gov or page_2.html at example.com."),
    ("en", "I compared ct.gov at noon with amazon.com at example.com."),
    ("es", "Busque formulario_7.pdf en example.com, por favor."),
    ("fr", "J'habite 12 a, il va à example.com souvent."),
    ("en", "Can we meet at dot's place at noon?"),
    ("en", "Look at point 4 of form 7, please."),
    ("en", "See point 3 at the bottom. It is me who signed."),
    ("en", "The office closes @ 5pm on Fridays."),
    ("en", "Dinner @ 8, my treat. Come hungry."),
    ("en", "We sold 3 @ $2.50 each, $7.50 in total."),
    ("en", "Follow us @ctdmv or tag @NewHavenCity on Twitter."),
    ("en", "Thanks!\n@dave.smith wrote that on Mastodon as @dave@home"),
    ("en", "My handle there is @rosa_k, hers is @b.lee."),
    ("en", "Under § 14-213b(a) and 42 U.S.C. § 1983(a)(1) I ask for a hearing."),
    ("en", "See Smith v. Jones, 123 F.3d 456 (2d Cir. 1997), at 460."),
    ("en", "Conn. Gen. Stat. § 1-210(b)(2) applies. It is not optional."),
    ("en", "I looked at irs.gov and at ct.gov/dmv and found nothing."),
    ("en", "Sign up at portal.ct.gov today."),
    ("en", "I bought it at amazon.com. It broke."),
    ("en", "Please write to help@ct.gov or titles@dmv.ct.gov instead."),
    ("en", "Your mailbox dmv@agencies.example answered on Monday."),
    ("en", "The page https://portal.ct.gov/dmv?id=12&lang=en#a4 does not load."),
    ("en", "I used version 2.4.1-beta at home and 3.0.0 at work."),
    ("en", "Run pip install foo==1.2.3 && make test, then look at main.py."),
    ("en", "The code says x = a[i] * b[j]; if (a < b) return 0;"),
    ("en", "Set PATH=/usr/local/bin:$PATH and LANG=en_US.UTF-8 first."),
    ("en", "The error is 0x80070005 at 0x7ffd3c10, see log 77."),
    ("en", "MAC address 00:1B:44:11:3A:B7, serial 12-34-56-78."),
    ("en", "Meeting at 10:30 a.m. at 4 Elm St. Come early."),
    ("en", "Call me at home. No one answers at work."),
    ("en", "He works at Dot Foods, she at Punto Fa."),
    ("en", "Dot and I were at the fair. In the evening it rained."),
    ("en", "The polka dot dress at Macy's. Info on the tag says cotton."),
    ("en", "Arrive at dot 9, not at ten past."),
    ("en", "At this point in time, look at red dots."),
    ("en", "At that point us three left."),
    ("en", "Add 2 tsp. at a time, 50% off & more, a=5."),
    ("en", "Prices: 4 for $10, 3@4.00, 10% @ 5 years."),
    ("en", "A 30-year loan @ 6.5% is too much."),
    ("en", "(at) the corner I saw a dot. Com is no word."),
    ("en", "Sections (a) to (d) do not apply to me."),
    ("en", "I paid 1,200.50 on 03/04/2025 at branch 12."),
    ("en", "It is in Excel cell A1:B7, not =SUM(A1:A7)."),
    ("en", "The plate is 77-ABC, VIN 1HGCM82633A004352."),
    ("en", "A well-known well-to-do neighbour at no. 5 complained."),
    ("en", "My username on your site is not my name."),
    ("en", "Maria Lopez works at the post office, for example on Sundays."),
    ("en", "It is me, Maria Lopez, a post. Example: this"),
    ("en", "Maria, Lopez and Post are three firms; example follows."),
    ("en", "Yours truly,\nMaria Lopez\nPost and Example, Attorneys at Law"),
    ("en", "aGVsbG8gd29ybGQsIHRoaXMgaXMgb25seSBhIHRlc3Q= is what the machine printed."),
    ("en", "The checksum is d41d8cd98f00b204e9800998ecf8427e, see the site."),
    ("en", "Tracking number 1Z 999 AA1 01 2345 6784, order 10-20-30-40-50-60-70-80-90-11-12."),
    ("en", "Bus lines 12 14 15 20 22 25 30 35 40 44 48 52 all stop there."),
    ("en", "Temperatures were 61, 64, 70, 72, 71, 69, 66, 60, 58, 55, 52, 50."),
    ("en", "WE MET AT THE DOTTED LINE AND AT THE CATDOTHOUSE."),
    ("en", "STATEDOT AND CTDOT ARE AT FAULT."),
    ("en", "He lives at 12 a, she at 12 b."),
    ("en", "R&D at AT&T; Q&A at B&B; #1 &c."),
    ("en", "50 &amp; 60, &nbsp; and &lt;b&gt; stood in your letter."),
    ("en", "100%25 of it, and 20%20 too."),
    ("en", "Use C:\\Users\\Public\\x40 or \\\\server\\share."),
    ("en", "See http://example.com/at/dot/com for the map."),
    ("en", "The file is named form_at_dot_7.pdf."),
    ("en", 'He said "at" and I said "dot"; nobody laughed.'),
    ("en", "One-at-a-time, dot-to-dot, point-and-click."),
    ("es", "Nos vemos a las 5 en punto, en la oficina de Hartford."),
    ("es", "En este punto, no sé qué hacer. Me dijeron que esperara."),
    ("es", "Vea el punto 4 del formulario 7."),
    ("es", "Compré una arroba de papas a 12 dólares. Es cara."),
    ("es", "Dos arrobas y punto. No quiero más."),
    ("es", "Punto com es lo que dicen los jóvenes."),
    ("es", "Vivo en el punto más alto de la calle Elm."),
    ("es", "El precio es 1.200,50 € y el descuento del 15 %."),
    ("es", "Escriba a help@ct.gov o visite ct.gov/dmv."),
    ("es", "Según el artículo 14.2(a), punto 3, no procede."),
    ("pt", "Encontramo-nos às 17h em ponto. Me avise."),
    ("pt", "Veja o ponto 4 do formulário 7, por favor."),
    ("pt", "Comprei uma arroba de boi a R$ 250,00. É caro."),
    ("pt", "O ponto de ônibus fica na rua 7. No domingo não passa."),
    ("pt", "Segundo o art. 5.º, inciso II, alínea (a), tenho direito."),
    ("pt", "Escreva para help@ct.gov, que eu respondo depois."),
    ("pl", "Spotkajmy się o 17 w punkcie obsługi. Me imię jest na liście."),
    ("pl", "Proszę zobaczyć punkt 4 formularza 7."),
    ("pl", "W zoo była małpa i kropka. To nie żart."),
    ("pl", "Kropka w kropkę to samo, a małpa skacze."),
    ("pl", "Zgodnie z art. 14 ust. 2 pkt 3 lit. a) nie dotyczy."),
    ("pl", "Cena wynosi 1 200,50 zł, rabat 15%."),
    ("pl", "Napisałem na help@ct.gov i czekam."),
    ("fr", "Rendez-vous à 17 h chez moi. Me voilà."),
    ("fr", "Je suis chez le médecin. Il est au point 4."),
    ("fr", "À ce point, je ne sais plus. On m'a dit d'attendre."),
    ("fr", "Voir le point 4 du formulaire 7, s'il vous plaît."),
    ("fr", "Je l'ai acheté chez Leclerc. Fr n'est pas un mot."),
    ("fr", "Selon l'article L. 212-1, alinéa (a), point 3, non."),
    ("fr", "Le prix est de 1 200,50 € ; la remise de 15 %."),
    ("fr", "Écrivez à help@ct.gov ou allez sur ct.gov/dmv."),
    ("ht", "Mwen rive a 5 è nan biwo a. Me non mwen sou lis la."),
    ("ht", "Gade pwen 4 nan fòm 7 la, tanpri."),
    ("ht", "Nan pwen sa a, mwen pa konnen. Ki moun ki ka ede?"),
    ("ht", "Pri a se $12.50, rabè a se 15%."),
    ("ht", "Ekri help@ct.gov oswa ale sou ct.gov/dmv."),
    ("ht", "Mwen te chez li. Io pa la."),
)


@pytest.mark.parametrize(("language", "text"), HONEST)
def test_honest_look_alikes_stay(language: str, text: str) -> None:
    """Words for "at" and "dot", prices, citations, handles, code, agencies' addresses: prose stays."""
    assert redacted(text) == Redacted(text, {})


def test_there_are_enough_honest_sentences_in_six_languages() -> None:
    """The table does not shrink unseen."""
    assert len(HONEST) >= 80
    assert {language for language, _ in HONEST} == {"en", "es", "pt", "pl", "fr", "ht"}


@pytest.mark.parametrize(
    "disguised",
    [
        "x arobas else pwen example",
        "x małpa else kropka example",
        "x arobase else point com",
        "x chez else point fr",
        "xa.yb at else.example",
        "xa.yb en else.example",
        "xa_yb à else.com",
        "x at else . example",
        "x ((at)) else ((dot)) example",
        "x /at/ else /dot/ example",
        "x «at» else «dot» example",
        "x+at+else+dot+example",
        "xxATelseDOTexample",
        "xy(a)else.example",
        "x ⓐ else • example",
        "x @[else.example",
        "x@@else..example",
        "x@else,example",
        "x   |   @else.example",
        "'x' + '@' + 'else.example'",
        "x . y @ e l s e . e x a m p l e",
        "x\n.\ny\n@\ne\nl\ns\ne\n.\nc\no\nm",
        "elpmaxe.esle@x",
        "x\\40 else.example",
        "x\\100else.example",
        "x\\u{40}else.example",
        "x+AEA-else.example",
        "xU+0040else.example",
        "x%u0040else.example",
        "=?utf-8?q?x?= =?utf-8?q?=40else.example?=",
        "𝔵@𝔢𝔩𝔰𝔢.example",
        "х@еlѕе.ехаmрlе",
        "x@e1s3.3x4mpl3",
        "6c6f6f6b2d61742d6d65406578616d706c652e636f6d",
        "6c 6f 6f 6b 2d 61 74 40 65 78 61 6d 70 6c 65 2e 63 6f 6d",
        "0x6c, 0x6f, 0x6f, 0x6b, 0x40, 0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0x2e, 0x63, 0x6f, 0x6d",
        "108 111 111 107 64 101 120 97 109 112 108 101 46 99 111 109",
        base64.b32encode(b"look-at-me@example.com").decode().rstrip("="),
    ],
)
def test_disguises_of_anybody_go(disguised: str) -> None:
    """LK1, LK3: words, marks, escapes, look-alikes, numbers: an address that nobody knew is withheld."""
    done = redacted(f"Write to {disguised} soon.").text
    assert done.startswith("Write to ")
    assert done.endswith(" soon.")
    left = done.removeprefix("Write to ").removesuffix(" soon.")
    assert EMAIL_WITHHELD in left
    assert sum(c.isalnum() for c in left.replace(EMAIL_WITHHELD, "")) <= len("utf8q")


LOCAL, HOUSE = "zorb.quinx82", "plumbush.net"
STRANGERS = (
    # line ends
    f"{LOCAL}@plumbush.\nnet", f"{LOCAL}@plumbush.\r\nnet", f"{LOCAL}@plumbush. net", f"{LOCAL}@plumbush. Com",
    f"{LOCAL}@plumbush\n.net", f"{LOCAL}\n> @plumbush\n> .net", f"{LOCAL}@\n> plumbush.\n> net",
    "zorb\n> .quinx82@plumbush.net",
    f"{LOCAL}\n\n@\n\n{HOUSE}", f"{LOCAL}\u2028@{HOUSE}", f"{LOCAL}@\u2029{HOUSE}",
    f"{LOCAL}@plumbush.\u2028net", f"{LOCAL}\x85@\x85{HOUSE}",
    f"{LOCAL}\x0b@\x0c{HOUSE}", f"{LOCAL}\x1c@{HOUSE}",
    # what programs put around the pieces
    f"{LOCAL}<b>@</b>{HOUSE}", f"{LOCAL}<span class='x'>@</span>plumbush<wbr>.net",
    f"{LOCAL}<!-- a -->@<!-- b -->{HOUSE}",
    f"{LOCAL}</b>@<b>plumbush</b>.<b>net",
    "zorb<i>.qui</i>nx82@plum<b>bush</b>.net", f"{LOCAL}</td><td>@</td><td>{HOUSE}",
    f"{LOCAL}@plumbush<br>.net", f"{LOCAL} (at) plumbush<br>.net", f"{LOCAL}<b>@</b>plumbush.museum",
    f'{LOCAL}","@","{HOUSE}', f'{LOCAL}";"@";"{HOUSE}', f"{LOCAL}','@','{HOUSE}", f"{LOCAL},@,{HOUSE}",
    f"{LOCAL}\t@\t{HOUSE}",
    f"{LOCAL}(home)@(work){HOUSE}", f"{LOCAL} (home) @ (work) {HOUSE}", f"{LOCAL}@plumbush(x).net",
    "zorb . quinx82 (at) plumbush . net",
    # words
    *(f"{LOCAL} {word} {HOUSE}" for word in (
        "at-sign", "at sign", "commercial at", "arroba", "arobase", "arrobase", "a commercial", "chiocciola", "małpa",
        "malpa", "Klammeraffe", "at-Zeichen", "apenstaartje", "собака", "Собачка", "arobas", "艾特", "小老鼠", "a còng",
        "آت", "골뱅이")),
    *(f"{LOCAL}({word}){HOUSE}" for word in (
        "at-sign", "commercial at", "собака", "эт", "arroba", "chiocciola", "małpa", "Klammeraffe", "艾特", "a còng",
        "آت", "골뱅이")),
    f"{LOCAL} (commercial at) {HOUSE}", f"{LOCAL}(собака)plumbush(точка)net", f"{LOCAL}[at]plumbush[点]net",
    f"{LOCAL}艾特plumbush点net", f"{LOCAL}골뱅이plumbush점net", f"{LOCAL} собака plumbush точка ру",
    *(f"{LOCAL} {at} plumbush {dot} net" for at, dot in (
        ("at", "dot"), ("arroba", "punto"), ("arroba", "ponto"), ("arobase", "point"), ("chiocciola", "punto"),
        ("at", "Punkt"), ("Klammeraffe", "Punkt"), ("małpa", "kropka"), ("собака", "точка"), ("at", "точка"),
        ("awobas", "pwen"), ("艾特", "点"), ("at", "點"), ("골뱅이", "닷"), ("골뱅이", "점"), ("골뱅이", "쩜"),
        ("a còng", "chấm"),
        ("at", "chấm"), ("آت", "نقطة"), ("at", "دوت"))),
    # programs' own forms: UUCP, LDAP, xtext
    f"{HOUSE}!{LOCAL}", f"gate!{HOUSE}!{LOCAL}", f"{HOUSE}!zorbquinx", "uid=zorb.quinx82,dc=plumbush,dc=net",
    "UID=zorb.quinx82, OU=Staff, DC=plumbush, DC=net", "mail=zorb.quinx82;ou=a;dc=plumbush;dc=net",
    f"{LOCAL}+40{HOUSE}", f"{LOCAL}@{HOUSE}@gate.plumbush.example",
)  # fmt: skip


@pytest.mark.parametrize("form", STRANGERS)
def test_a_strangers_address_goes_in_the_forms_that_programs_make(form: str) -> None:
    """LK3: broken by lines, in tags, cells, comments, words of many languages, a mail system's own form: all goes."""
    assert (
        redacted(f"You can reach him at: {form}, he said.").text == f"You can reach him at: {EMAIL_WITHHELD}, he said."
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("> zorb.quinx82\n> @plumbush\n> .net\n> is his.", "> {}\n> is his."),
        ("BEGIN:VCARD\r\nEMAIL:zorb.qui\r\n nx82@plumbush.net\r\nEND:VCARD", "BEGIN:VCARD\r\nEMAIL:{}\r\nEND:VCARD"),
        ("EMAIL;TYPE=home:zorb.quinx82@plum\r\n bush.net\r\nTEL:1", "EMAIL;TYPE=home:{}\r\nTEL:1"),
        ("> EMAIL:zorb.quinx82@plumbush.n\n>  et\n> N:Q", "> EMAIL:{}\n> N:Q"),
        ("dn: cn=Q\nmail: zorb.qui\n nx82@plumbush.net\nsn: Q", "dn: cn=Q\nmail: {}\nsn: Q"),
        ("ATTENDEE;CN=Q:mailto:zorb.quinx82@plum\r\n\tbush.net\r\n", "ATTENDEE;CN=Q:mailto:{}\r\n"),
        ("Original-Recipient: rfc822;zorb+2Equinx82+40plumbush+2Enet\n", "Original-Recipient: rfc822;{}\n"),
        ('"zorb.quinx82","@","plumbush.net","x"', '"{}","x"'),
    ],
)
def test_a_strangers_address_goes_from_what_programs_write(text: str, shown: str) -> None:
    """LK3: quotations, vCards, LDIF, calendars, reports, cells: the address goes and its surroundings stay."""
    assert redacted(text).text == shown.format(EMAIL_WITHHELD)


NEARLY = (
    "Can you meet me at house. Net income is on form 7.",
    "The class is starting at noon. dot the i, please.",
    "We met @ noon.\nIt was raining.",
    "I work @ Yale.\nIn the evening I drive.",
    "Thanks,\n@dave.\nit works now.",
    "Thanks, Bob\n\n@house.net is his handle.",
    "Ask bob@work. It is warm there.",
    "Write to help@ct.gov.\nNet income is on line 7.",
    "Write to help@ct.gov. It is free, they said.",
    "I asked help@ct.gov (the desk). The answer was no.",
    "I asked <help@ct.gov>. It was no.",
    "> I wrote to help\n> @ct.gov\n> and waited.",
    "help<b>@</b>ct.gov, help(desk)@ct.gov, ct.gov!help and uid=help,ou=desk,dc=ct,dc=gov are theirs.",
    "I like example.com!Really, it works.",
    "Try www.example.com!it works.",
    "Stop it!now or never",
    "Pay 3 @ 4,info follows. It is $4 @ unit,net of tax.",
    "if (a<b) { return c.net; } else if (a<d @ e) stop",
    "a <b>bold</b> word, x < y and y > z. Net: 5",
    "I got it at the <b>diner</b>.It was cold.",
    "Our branch is ou=people,dc=house,dc=net; set uid=33,gid=33.",
    "Call +40 721 555 010 or +4072.",
    'The row is "a","b","@","c".',
    "At sign number 4 turn left. In fact, stop.",
    "The envelope ✉ is empty. 📧 help@ct.gov\n✉ www.house.com",
    "EMAIL: help@ct.gov\n Phone: 860 0100\n Name: Ann",
    "Email:help@ct.gov\n Phone: 860 0100",
    "BEGIN:VCARD\nFN:Ann\nNOTE:I live in\n Hartford.\nEND:VCARD",
    "У меня собака. Точка.",
    "Моя собака хорошая.Она не лает. Эта собака и точка зрения соседа.",
    "老师艾特我3点开会。电脑里有一只小老鼠.",
    "골뱅이 무침을 먹었어요.점심은 12시.",
    "Em chấm bài xong rồi. A Công không có nhà.",
    "الاجتماع آت في نقطة البداية.",
    "Ho visto una chiocciola nel giardino.Il giorno dopo pioveva.",
    "Der Klammeraffe saß im Zoo. Punkt.",
)


@pytest.mark.parametrize("text", NEARLY)
def test_what_nearly_is_such_a_form_stays(text: str) -> None:
    """A full stop, a tag, a monkey, a dog and a snail are what they are; agencies' addresses stay in any form."""
    assert redacted(text) == Redacted(text, {})


SAID = (
    # a cue
    ("My husband's e-mail is {}", "j.smith at gmail.com"), ("His email: {}", "jsmith at house.example"),
    ("Courriel {} merci", "mdupont à maison.example"), ("Mi correo es {}", "ann en casa.example"),
    ("Write to {} now", "jane at house dot com"), ("Email me at {}", "jsmith (gmail.com)"),
    ("mail: {}", "jsmith [gmail]"), ("Zelle {}", "jsmith1980 at gmail.com"), ("my gmail is {}", "jsmith1980"),
    ("gmail: {}, thanks", "j.smith.80"), ("his email is {}", "kvist at stud dot house dot edu"),
    ("forward it to {}", "una underscore tata at house dot net"),
    # a provider that everybody knows
    *(("Ask {}, he said", form) for form in (
        "jsmith@gmail com", "jsmith1980@gmail", "jsmith1980@gmail dotcom", "jsmith1980@gmailcom",
        "jsmith1980@gmail.c o m",
        "jsmith1980at gmail.com", "jsmith1980 atgmail.com", "jsmith1980atgmail.com", "jsmith1980 at g mail dot com",
        "jsmith1980 =at= gmail.com", "jsmith1980 @at gmail.com", "jsmith1980 (symbol at) gmail.com",
        "jsmith1980 [at symbol] gmail.com", "jsmith1980 (@ sign) gmail.com", "jsmith1980 (at gmail)", "jsmith at gmail",
        "jsmith1980 ａｔ gmail．com", "jsmith1980 © gmail.com", "J.S.M.I.T.H@gmail.com", "jsmith1980\ngmail.com",
        "mdupont A orange.fr", "mdupont à orange.fr", "mlopez en gmail punto com", "mlopez arrova gmail punto com",
        "jsilva em uol.com.br", "jpierre nan yahoo pwen com", "akowalska na wp.pl", "a.kowalska małpka onet pl",
        "amuster ät gmx.de", "anna.muster bei gmx.de", "amuster @t gmx.de", "a.muster Affenschwanz gmx.de",
        "arossi presso libero.it", "a.rossi chiocciola libero it", "lanwang在qq.com", "123456789@qq.com",
        "lanwang あっと yahoo.co.jp", "lanwang☆yahoo.co.jp", "anna.petrova на mail.ru", "anna.petrova эт mail точка ru",
        "anna.petrova равлик ukr.net", "anna.petrova שטרודל walla נקודה com", "anna.petrova آت gmail دوت com")),
    # several in one, and cut by a quotation
    ("Ask {}, he said", "{a.b,c.d}@house.example"), ("Ask {}, he said", "ann@{house.net,home.net}"),
    ("Ask {}, he said", "ann[six][one]@house.example"), ("Ask {} now", "ann@gmail"),
    ("{}. It is his", "jsmith1980@gmail"),
    ("> ask {} now", "jsmith1980@gm\n> ail.com"),
)  # fmt: skip


@pytest.mark.parametrize(("around", "form"), SAID)
def test_an_address_that_a_cue_or_its_provider_tells_goes(around: str, form: str) -> None:
    """LK3: a preposition for "@" is enough where "e-mail: " or a provider of mailboxes stands beside it."""
    assert redacted(around.replace("{}", form)).text == around.replace("{}", EMAIL_WITHHELD)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ann7 and bob (both @house.net) know", "{} ({}) know"),
        (
            "See https://house.net/page?mail=jane@house.net&form=R-229 now",
            "See https://house.net/page?mail={}&form=R-229 now",
        ),
        ("https://mail.house.net/u/jane@house.net/#inbox", "https://mail.house.net/u/{}/#inbox"),
        ("house.net/page?a=1&u=jane%40house.net.", "house.net/page?a=1&u={}."),
        ("ftp://jane@house.net/x", "ftp://{}/x"),
        ("https://house.net/?u=jane=home.net@lists.house.net", "https://house.net/?u={}"),
        ("https://house.net/u/jane@163.com/inbox", "https://house.net/u/{}/inbox"),
        ("token anNtaXRoMTk4MEBnbWFpbC5jb20\nThanks.\nAnn", "token {}\nThanks.\nAnn"),
        ("eGFhYS5rdmlzdEBoYXVzLm\nRl is it", "{} is it"),
        ("6a736d6974683139383040676d61696c2e636f6d\n> Thanks", "{}\n> Thanks"),
        ("Mail: s i g r u n @ f j o r d . n e t\nE-mail is broken", "Mail: {}\nE-mail is broken"),
        ("Mail: s i g r u n @ f j o r d . n e t\nI wait", "Mail: {}\nI wait"),
        ('data-cfemail="42292b26022a2d2f276c273a232f322e27"', 'data-cfemail="{}"'),
    ],
)
def test_nothing_goes_with_an_address(text: str, shown: str) -> None:
    """LK3: the rest of a link, the next line and the word below a run stay."""
    assert redacted(text).text == shown.format(*[EMAIL_WITHHELD] * 2)


SENTENCES = (
    "The thermostat at 68 dot net effect nothing.", "My dog ate at the dot com office.", "Jane at acme dot com store",
    "Visit us at acme dot com", "Thermostat at home dot com is nice", "My kids play at home dot to dot it",
    "report_2023.final at irs.gov", "file.v2 at portal.ct.gov", "no.5 at dmv.gov", "Main.St at hartford.gov",
    "see README.md at house.com", "https://cdn.example/npm/vue@3.example/dist", "git@github.com:org/repo.git",
    "ssh://git@github.com/org/repo", "I have an account at gmail.com and one at yahoo.com.", "Gmail is down. gmail: no",
    "I paid the bill at verizon.com, form R229 is at orange.fr", "My e-mail account at yahoo.com is blocked",
    "My e-mail is down at yahoo, my email at aol too", "Contact us at acme.com. Email us at acme.com today.",
    "The mail room at acme.com lost it; email support at apple.com", "Email: online at usps.com",
    "Mi cuenta en gmail no funciona", "konto na onet.pl jest zamknięte", "un compte chez orange.fr et chez free.fr",
    "Mein Postfach bei gmx.de ist voll", "La mia casella presso libero.it non va", "Kont mwen nan yahoo pa mache",
    "Мой аккаунт на mail.ru, собака на yandex.ru", "我在qq.com上看到的", "that gmail.com, format gmail.com",
    "Smith at acme.com and Jane at acme.com said no", "A and B (both of them) came (both @school)",
    "ask help@ct.gov (both @ct.gov), {help,titles}@ct.gov", "> help@c\n> t.gov said", "I am at 5 dot net",
    "https://ct.gov/?mail=help@ct.gov&x=1", "My e-mail is blocked at yahoo.com", "thermostatgmail.com",
    "COVID19 yahoo news",
)  # fmt: skip


@pytest.mark.parametrize("text", SENTENCES)
def test_a_word_before_a_site_stays(text: str) -> None:
    """Without a cue, and with a word that sentences have, "at" is a preposition and a site is a site."""
    assert redacted(text) == Redacted(text, {})


def grouped(octets: bytes, size: int, between: str = " ") -> str:
    """Base64 in pieces."""
    run = base64.b64encode(octets).decode()
    return between.join(run[at : at + size] for at in range(0, len(run), size))


def z85(octets: bytes) -> str:
    """ZeroMQ's base85, which Python has from 3.13 on."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
    groups = (int.from_bytes(octets[at : at + 4], "big") for at in range(0, len(octets), 4))
    return "".join(digits[group // 85**power % 85] for group in groups for power in (4, 3, 2, 1, 0))


@pytest.mark.parametrize(
    "spelling",
    [
        "maria.lopez@post.example",
        "MARIA.LOPEZ@POST.EXAMPLE",
        "marialopez@post.example",
        "maria.lopez+shop@post.example",
        "m a r i a . l o p e z @ p o s t . e x a m p l e",
        "maria.lopez@po\r\n> st.example",
        "maria.lo\npez@post.example",
        "maria dot lopez at post dot example",
        "Maria Lopez (at) post example",
        "maria.lopez at post example",
        "elpmaxe.tsop@zepol.airam",
        "\u202eelpmaxe.tsop@zepol.airam\u202c",
        "maria%2Elopez%2540post%2Eexample",
        "m\u200baria.lopez@post.example",
        "".join(chr(0xE0000 + ord(c)) for c in "maria") + ".lopez@post.example",
        "maria-lopez @ post - example",
        "ml@bücher.example",
        "ml+dmv@xn--bcher-kva.example",
        "ML plus DMV at bücher dot example",
        base64.b64encode(b"mail=maria.lopez@post.example").decode(),
        base64.urlsafe_b64encode("id=1;maria.lopez@post.example".encode("utf-16-le")).decode(),
        "xyz" + base64.b64encode(b"maria.lopez@post.example").decode().rstrip("="),
        base64.b64encode(base64.b64encode(b"to maria.lopez@post.example")).decode(),
        base64.b64encode(gzip.compress(b"to maria.lopez@post.example", mtime=0)).decode(),
        base64.b32encode(b"maria.lopez@post.example").decode(),
        b"maria.lopez@post.example".hex(),
        hashlib.md5(b"maria.lopez@post.example").hexdigest(),
        hashlib.sha1(b"maria.lopez@post.example").hexdigest(),
        hashlib.sha256(b"maria.lopez@post.example").hexdigest(),
        "m4r14.l0p3z (at) p0st.3x4mpl3",
        "maria.lopez#post.example",
        grouped(b"maria.lopez@post.example", 4),
        grouped(b"maria.lopez@post.example", 4, "\n"),
        grouped(b"maria.lopez@post.example", 10, "\r\n> "),
        grouped(b"maria.lopez@post.example", 1),
        grouped(b"Maria.Lopez@Post.Example", 5),
        grouped("maria.lopez@post.example".encode("utf-16-le"), 4),
        grouped("ml+dmv@bücher.example".encode(), 4),
        grouped("ml+dmv@bücher.example".encode("latin-1"), 4),
        grouped(b"ml+dmv@xn--bcher-kva.example", 4),
        base64.b64encode("ml+dmv@bücher.example".encode()).decode(),
        base64.b64encode(b"ml+dmv@xn--bcher-kva.example").decode(),
        base64.b32encode("ml+dmv@bücher.example".encode()).decode().rstrip("="),
        "ml+dmv@bücher.example".encode().hex(),
        base64.a85encode(b"maria.lopez@post.example").decode(),
        base64.a85encode(b"mail: maria.lopez@post.example", adobe=True).decode(),
        base64.b85encode(b"to maria.lopez@post.example").decode(),
        base64.b85encode("ml+dmv@bücher.example".encode()).decode(),
        z85(b"<maria.lopez@post.example>  "),
        "maria точка lopez собака post точка example",
        "maria.lopez собака post.example",
        "maria lopez a còng post chấm example",
        "maria.lopez 골뱅이 post.example",
        "\ufe0f".join("maria.lopez@post.example"),
        "\ufe0e".join("ml+dmv@bücher.example"),
        "".join(c * 2 for c in "maria.lopez@post.example"),
        "".join(c * 2 if c.isalnum() else c for c in "maria.lopez@post.example"),
        "".join(c * 3 for c in "maria.lopez@post.example"),
        "maria.lopez📧post.example",
        "maria.lopez ✉ post.example",
        "maria.lopez✉\ufe0fpost",
        "maria.lopez",
        "marialopez@post",
    ],
)
@pytest.mark.parametrize("shown", [SHOWN, None])
def test_the_writers_own_address_goes_in_every_spelling(shown: Sequence[str] | None, spelling: str) -> None:
    """LK1: spaced, spelt, split, reversed, escaped, invisible or packed: nothing of the writer's address stays,
    also where everybody else's does."""
    result = redacted(f"Write: {spelling} !", shown=shown)
    left = result.text.replace(EMAIL_WITHHELD, "")
    assert result.text.count(EMAIL_WITHHELD) == 1
    assert left.replace("Write:", "").strip("\u202c\u202e ()+!shop") == ""


@pytest.mark.parametrize(
    ("address", "text", "stays"),
    [
        ("panaderia@post.example", "Mi panaderia, una Panadería, está en la calle Elm.", True),
        ("sunshine@post.example", "There was sunshine all day.", True),
        ("kowalczyk@post.example", "Yours, Kowalczyk", True),  # a name that the lists have
        ("kezimo@post.example", "Yours, Vobaru Kezimo", True),  # and one that is shown
        ("zorbq@post.example", "I am zorbq there.", True),  # five characters
        ("zorbquinxii@post.example", "the Zorbquinxiis came", True),
        ("zorbquinx@post.example", "I am {} there.", False),
        ("Zorbquinx+news@post.example", "They call me {}!", False),
        ("zorb82@post.example", "I am {} there.", False),
        ("zorbquin82@post.example", "id=9{}x", False),  # ten characters with figures, glued to others
        ("zorbqui82@post.example", "id=9zorbqui82x", True),
    ],
)
def test_a_local_part_alone_goes_unless_a_sentence_has_it(address: str, text: str, stays: bool) -> None:
    """LK1: six characters or more, no word or name that people know, none that is shown: it is withheld alone, too."""
    full = text.format(address.partition("@")[0].partition("+")[0])
    found = tags(full, ("Vobaru Kezimo", "name")) if "Kezimo" in full else []
    result = redact(full, found, lambda cls: "shown", known=(address,), shown_domains=SHOWN, numbering=Numbering(b"k"))
    assert result.text == text.format(EMAIL_WITHHELD)
    assert (result.text == full) is stays


@pytest.mark.parametrize(
    ("address", "text", "shown"),
    [
        ("sigrun.tveitan61@house.net", "or sigruntveitan61, sigrun_tveitan61, Sigrun-Tveitan61.", "or {}, {}, {}."),
        ("sigruntveitan61@house.net", "I am sigrun.tveitan61.", "I am {}."),
        ("sigrun.tveitan61@house.net", "> it is sigrun.tveit\n> an61@house.net", "> it is {}"),
        ("sigrun.tveitan61@house.net", "Sigrun Tveitan, 61, of House", "Sigrun Tveitan, 61, of House"),
        ("sigrun.tveitan61@house.net", "https://x.example/cdn-cgi/l/email-protection#{cf}", "{site}#{}"),
        ("mueller@kovac.example", "VALUES ('mueller','kovac.example');", "VALUES ('{}');"),
        ("mueller@kovac.example", "user mueller, host kovac.example", "user {}"),
        ("mueller@kovac.example", "mueller;kovac.example, mueller | kovac.example", "{}, {}"),
        ("maria.lopez@post.example", "Maria Lopez, post.example", "Maria Lopez, post.example"),
        ("mueller@kovac.example", "Yours, Mueller\nkovac.example", "Yours, Mueller\nkovac.example"),
        ("info@web.de", "info © web.de, info (web.de", "{}, {}"),
        ("info@web.de", "more info on web.de, see info about web.de", "more info on web.de, see info about web.de"),
        ("ann@web.de", "Ann on web.de, ann auf web.de", "{}, {}"),
        ("joe@gmail.com", "echo 'joe'.chr(64).'gmail.com'", "echo '{}'"),
        ("summer2024@house.net", "the fees for Summer2024", "the fees for {}"),
    ],
)
def test_the_writers_own_goes_beside_its_domain_and_with_other_dots(address: str, text: str, shown: str) -> None:
    """LK1: known as it is, the address goes where only a mark or a word of machines joins its halves."""
    masked = "42" + "".join(f"{ord(c) ^ 0x42:02x}" for c in address)
    text = text.replace("{cf}", masked)
    result = redact(text, (), lambda cls: "shown", known=(address,), shown_domains=None, numbering=Numbering(b"k"))
    shown = shown.replace("{site}", "https://x.example/cdn-cgi/l/email-protection")
    assert result.text == shown.replace("{}", EMAIL_WITHHELD)


# --- said, turned round, guarded, parted ------------------------------------------------------------------

OWN, WITH_FIGURES, SHORT = "vobaruk@post.example", "vobaru-73@post.example", "vo@post.example"


@pytest.mark.parametrize(
    ("address", "text", "shown"),
    [
        # each word, or all of it, from its end
        (OWN, "write ed tod post ta kurabov", "write {}"),
        (OWN, "write elpmaxe tod tsop ta kurabov now", "write {} now"),
        (OWN, "write kurabov ta tsop tod elpmaxe now", "write {} now"),
        (OWN, "write example dot post at vobaruk now", "write {} now"),
        (OWN, "elpmaxe otnup tsop aborra kurabov", "{}"),
        (OWN, "I am kurabov there", "I am {} there"),
        (OWN, "post.example at vobaruk", "{}"),
        (OWN, "ǝldɯɐxǝ˙ʇsod@ʞnɹɐqoʌ and ʞnɹɐqoʌ", "{} and {}"),
        # letters
        (OWN, "⠧⠕⠃⠁⠗⠥⠅⠈⠏⠕⠎⠞⠲⠑⠭⠁⠍⠏⠇⠑, ⠧⠕⠃⠁⠗⠥⠅", "{}, {}"),
        (OWN, "Victor Oscar Bravo Alfa Romeo Uniform Kilo it is", "{} it is"),
        (OWN, "v-o-b-a-r-u-k or V.O.B.A.R.U.K or v o b a r u k, OK", "{} or {} or {}, OK"),
        (OWN, "my login, A is 1: 22-15-2-1-18-21-11", "my login, A is 1: {}"),
        (OWN, "my login, A is 1: 22, 15, 2, 1, 18, 21, 11.", "my login, A is 1: {}."),
        # glued
        (OWN, "EMAILVOBARUKPOST.EXAMPLE", "EMAIL{}"),
        (OWN, "MAILVOBARUKATPOSTDOTEXAMPLE", "MAIL{}"),
        (OWN, "bounce-77-vobaruk=post.example@list.example", "{}"),
        # signs and figures in words
        (WITH_FIGURES, "vobaru dash seventy three at post dot example", "{}"),
        (WITH_FIGURES, "vobaru hyphen seven three at post dot example", "{}"),
        (WITH_FIGURES, "vobaru tiret soixante-treize arobase post point example", "{}"),
        (WITH_FIGURES, "vobaru guion setenta y tres arroba post punto example", "{}"),
        (WITH_FIGURES, "vobaru Bindestrich dreiundsiebzig at post Punkt example", "{}"),
        (WITH_FIGURES, "my login: vobaru dash seventy three", "my login: {}"),
        (WITH_FIGURES, "vobaru seventy three at post dot example", "{}"),
        # in cells, or alone
        (SHORT, "post.example\tvo", "{}\t{}"),
        (SHORT, '"post.example","vo"', '"{}","{}"'),
        (SHORT, "post.example | vo", "{} | {}"),
        (SHORT, "I saw post.example, vo and so on", "I saw post.example, vo and so on"),
        ("info@web.de", "see web.de/info or web.de: info", "see web.de/info or web.de: info"),
        ("v.b@post.example", "v.b", "{}"),
        ("v.b@post.example", "Part v.b of it", "Part v.b of it"),
        ("vob12@post.example", "I am vob12 there", "I am {} there"),
        ("unit7@post.example", "It is unit7 there", "It is unit7 there"),
    ],
)
def test_the_writers_own_goes_said_turned_glued_and_in_cells(address: str, text: str, shown: str) -> None:
    """LK1: what a writer or a table makes of their own address, which is known, is found from either end."""
    result = redact(text, (), lambda cls: "shown", known=(address,), shown_domains=SHOWN, numbering=Numbering(b"k"))
    assert result.text == shown.replace("{}", EMAIL_WITHHELD)


TOLD = (
    "vobaruk@tarnweb.example",
    "zvk@gmx.de",
    "lena+dmv@kezimo-bau.example",
    "fir_el_tal@hotmail.es",
    "moss42@aol.com",
)
TOLD_SPACED = ("greenlake@yahoo.co.uk", "hp.grueber@t-online.de", "fern42@outlook.com", "zq7@fastmail.com")


@pytest.mark.parametrize(
    ("address", "text", "shown"),
    [
        # in a sentence with its domain, though a tagger took it for a name
        (TOLD[0], "You find me as Vobaruk with tarnweb.", "You find me as {} with tarnweb."),
        (TOLD[0], "Mr. Vobaruk of tarnweb.example", "Mr. {} of tarnweb.example"),
        (TOLD[0], "VobaruK (that is me at tarnweb)", "{} (that is me at tarnweb)"),
        ("vobaruk@aol.com", "Vobaruk is late. I read it on aol.", "Vobaruk is late. I read it on aol."),
        ("vobaruk@aol.com", "Yours, Rosa Vobaruk, aol", "Yours, Rosa Vobaruk, aol"),
        (TOLD[0], "We are VobarukS, VobaRuk said, Rosa VobaRuk too", "We are VobarukS, {} said, Rosa VobaRuk too"),
        # short ones, and names
        (TOLD[1], "zvk on gmx, gmx: zvk, zvk at www.gmx.de", "{} on gmx, gmx: {}, {} at www.gmx.de"),
        (TOLD[1], "user,provider\nzvk,gmx", "user,provider\n{},gmx"),
        (TOLD[2], "lena at kezimo-bau", "{} at kezimo-bau"),
        (TOLD[2], "kezimo-bau.example, then lena in front", "kezimo-bau.example, then {} in front"),
        (TOLD[2], "lena at www.kezimo-bau.example", "{} at www.kezimo-bau.example"),
        (TOLD[2], "I saw kezimo-bau, lena and so on", "I saw kezimo-bau, lena and so on"),
        (TOLD[2], "Ask Lena at Kezimo-Bau", "Ask Lena at Kezimo-Bau"),
        (TOLD[2], "My niece lena works hard. Kezimo-Bau pays", "My niece lena works hard. Kezimo-Bau pays"),
        ("may@noon.example", "In may at noon we met", "In may at noon we met"),
        ("kind.lady@garden.example", "ask the kind lady, garden is hers", "ask the kind lady, garden is hers"),
        # parted, with figures in words
        (TOLD[3], "fir el tal en hotmail", "{}"),
        (TOLD_SPACED[0], "green lake, one word, then yahoo.co.uk", "{}, one word, then yahoo.co.uk"),
        (TOLD_SPACED[0], "Green Lake (no space) yahoo", "{} (no space) yahoo"),
        (TOLD_SPACED[0], "The green lake is dirty. I read it on yahoo", "The green lake is dirty. I read it on yahoo"),
        (TOLD_SPACED[0], "a green lake and yahoo news", "a green lake and yahoo news"),
        (TOLD_SPACED[1], "hp grüber bei t-online", "{} bei t-online"),
        (TOLD_SPACED[2], "fern and the number forty two, at outlook dot com", "{}, at outlook dot com"),
        (TOLD_SPACED[2], "fern forty-two, outlook", "{}, outlook"),
        (TOLD_SPACED[2], "F like fir, e, r, (n)ovember, (4), two", "{}"),
        (TOLD_SPACED[2], "fern followed by four two, outlook.com", "{}, outlook.com"),
        # letter for letter
        (TOLD[1], "Zulu Victor Kilo at gmx.de, zee vee kay at gmx", "{} at gmx.de, {}"),
        (TOLD[1], "Z as in [name 1], V as in van, K as in key", "{}"),
        (TOLD[1], "Z wie Zeppelin, V wie Viktor, K wie Karl", "{}"),
        (TOLD[1], "(z)ulu (v)ictor (k)ilo at gmx.de", "{} at gmx.de"),
        (TOLD[1], "Zulu Victor Kilo came to the show", "Zulu Victor Kilo came to the show"),
        (TOLD[1], "The plate reads Z as in zoo, V as in van", "The plate reads Z as in zoo, V as in van"),
        (TOLD[2], "Lima Echo November Alpha plus Delta Mike Victor at the firm", "{} at the firm"),
        (TOLD[2], "L de Lorenzo, E de Enrique, N de Navarra, A de Antonio", "{}"),
        (TOLD[3], "f i r _ e l _ t a l", "{}"),
        ("rosa.tveit@gmail.com", "Rosa Tveit at gmail, Rosa Tveit, gmail", "{} at gmail, Rosa Tveit, gmail"),
        ("oma.kezi@web.de", "oma Punkt kezi Affenohr web Punkt de", "{} Affenohr web Punkt de"),
        (TOLD_SPACED[3], "zq 7 fastmail", "{} fastmail"),
        (TOLD_SPACED[3], "z q seven at fastmail", "{} at fastmail"),
    ],
)
def test_the_writers_own_goes_told_beside_its_domain(address: str, text: str, shown: str) -> None:
    """LK1: what a reader puts together: a local part in a sentence with its domain, parted, or letter for letter."""
    found = tags(
        text,
        *[(name, "name") for name in ("Green Lake", "Rosa VobaRuk", "Rosa Vobaruk", "Vobaruk", "Lena") if name in text][
            :1
        ],
    )
    known = (address,)
    result = redact(text, found, lambda cls: "shown", known=known, shown_domains=SHOWN, numbering=Numbering(b"k"))
    assert result.text == shown.replace("{}", EMAIL_WITHHELD)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("User Kezimo cannot log in", "User {} cannot log in"),
        ("ID: KEZIMO.", "ID: {}."),
        ("My login is Kezimo, it fails", "My login is {}, it fails"),
        ("Kezimo is my user name", "{} is my user name"),
        ("Mi usuario es Kezimo", "Mi usuario es {}"),
        ("Yours, Kezimo", "Yours, Kezimo"),
        ("Kezimo is my name", "Kezimo is my name"),
    ],
)
def test_a_name_that_is_called_a_user_s_goes(text: str, shown: str) -> None:
    """LK1: a tagger takes a mailbox with a capital for a name; what is called a login is one."""
    at = text.lower().index("kezimo")
    found = [Tag(at, at + 6, "name")]
    known = ("kezimo@post.example",)
    done = redact(text, found, lambda cls: "shown", known=known, shown_domains=SHOWN, numbering=Numbering(b"k"))
    assert done.text == shown.replace("{}", EMAIL_WITHHELD)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Write to Rosa jn.k@else.example please", "Write to Rosa {} please"),
        ("-- \nRosa <jn.k@else.example>", "-- \nRosa <{}>"),
    ],
)
def test_a_name_before_an_address_stays_though_it_is_tagged_as_one(text: str, shown: str) -> None:
    """LK5: of honest words before an address only the address goes."""
    found = tags(text, ("Rosa", "email"), ("jn.k@else.example", "email"))
    assert redacted(text, found).text == shown.replace("{}", EMAIL_WITHHELD)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # a local part with figures before a site, and before an address that went
        ("Ask mstone77 at smithfamily.org, he said", "Ask {}, he said"),
        ("Ask mstone77 at [e-mail address withheld]", "Ask {} at {}"),
        ("form1040 at irs.gov, iphone12 at house.com, WX500B at house.com", None),
        # without a top domain
        ("m-kvist@onet, KDKvist@outlook, bob@bobsgarage, jn.kvist@house", "{}, {}, {}, {}"),
        ("pics@11, 3@5, @handle, Class@Home, l@s alumn@s, bob@work, @dave@kvist, W@lmart, kvq77@agencies", None),
        # signs
        ("anna❤gmail.com, anna77 (ätt) gmail.com, jn❤@❤house.net", "{}, {}, {}"),
        ("we ♥ gmail.com, click→gmail.com", None),
        ("my wife: anna at gmail", "my wife: {}"),
        ("Anna at gmail said no, lost pages at gmail", None),
        ("kvist77 on outlook, zq7 at fastmail", "{} on outlook, {} at fastmail"),
        ("R229 on outlook, covid19 at orange", None),
        # with its host
        ("User name: jtavares\nDomain: sapo.pt", "User name: {}\nDomain: {}"),
        ("user jn.k, host house.net", "user {}, host {}"),
        ("his mail is zvk and he is with gmx.de", "his mail is {} and he is with {}"),
        ("the user guide, domain house.net; my mail is late and I am at house.net", None),
    ],
)
def test_a_strangers_address_goes_without_its_top_or_with_its_host(text: str, shown: str | None) -> None:
    """LK3: half a domain is enough where no word that people know stands beside the sign; others stay."""
    assert redacted(text).text == (text if shown is None else shown.replace("{}", EMAIL_WITHHELD))


@pytest.mark.parametrize(
    ("address", "text", "shown"),
    [
        ("vobaruk@post.example", "vobarukqpost.example, vobaruk2post.example, vobarukæpost.example", "{}, {}, {}"),
        ("vob@post.example", "vobandpost.example", "vobandpost.example"),
        ("zbx@proton.me", "ZBX. At proton, me and my son", "ZBX. At proton, me and my son"),
        ("fir.talon@house.net", "first fir.ta, then lon@house.net", "first {}, then {}"),
        ("fir.talon@house.net", "first fire, then lon@house.net", "first fire, then {}"),
    ],
)
def test_the_writers_own_goes_with_a_letter_for_its_sign_and_in_two(address: str, text: str, shown: str) -> None:
    """LK1: what a finger hit for the "@", and what a sentence puts together; the end of a sentence is no sign."""
    result = redact(text, (), lambda cls: "shown", known=(address,), shown_domains=SHOWN, numbering=Numbering(b"k"))
    assert result.text == shown.replace("{}", EMAIL_WITHHELD)


@pytest.mark.parametrize(
    ("text", "tagged", "shown"),
    [
        ("Sold in May. anna77@ house.net", "May. anna77@ house.net", "Sold in May. {}"),
        ("It is open. jn at house.net", "open. jn at house.net", "It is open. {}"),
        ("Ask maria. lopez @ house.net", "maria. lopez @ house.net", "Ask {}"),
    ],
)
def test_the_end_of_a_sentence_stays_though_it_is_tagged(text: str, tagged: str, shown: str) -> None:
    """LK5: of an address that was tagged with the word before it only the address goes; a name may be a part of it."""
    assert redacted(text, tags(text, (tagged, "email"))).text == shown.replace("{}", EMAIL_WITHHELD)


OF_MANY_COUNTRIES = (
    ("ät", "piste"), ("miukumauku", "piste"), ("kissanhäntä", "piste"), ("маймунско а", "точка"), ("кльомба", "точка"),
    ("et", "pika"), ("at", "pikë"), ("at", "dhibic"), ("ات", "نقطه"), ("ات ساین", "دات"), ("แอท", "จุด"),
    ("แอด", "ดอท"),
    ("एट", "डॉट"), ("ऐट", "बिंदु"), ("παπάκι", "τελεία"), ("arond", "punct"), ("a rond", "punct"),
    ("coadă de maimuță", "punct"), ("coada de maimuta", "punct"), ("majmun", "točka"),
    ("manki", "tacka"),
    ("keong", "titik"), ("at", "titik"), ("آت", "نقطة"), ("שטרודל", "נקודה"), ("כרוכית", "נקודה"), ("a vòng", "chấm"),
    ("kuyruklu a", "nokta"), ("et işareti", "nokta"), ("@", "nokta"), ("花a", "点"), ("アット", "ドット"),
    ("에트", "점"),
    ("at the rate", "dot"), ("at the rate of", "dot"), ("zavináč", "bodka"), ("snabel-a", "prik"),
)  # fmt: skip


@pytest.mark.parametrize(("at", "dot"), OF_MANY_COUNTRIES)
@pytest.mark.parametrize("top", ["example", "fi"])
def test_the_words_for_at_and_dot_of_many_countries(at: str, dot: str, top: str) -> None:
    """LK3: what letters in those languages say for the signs."""
    assert redacted(f"> zorb.quinx {at} plumbush {dot} {top}").text == f"> {EMAIL_WITHHELD}"


@pytest.mark.parametrize(
    "form",
    [
        "ed tod plumbush ta xniuqz",
        "moc tod hsubmulp ta brouz tod qx",
        "brouz tod qx ta hsubmulp tod moc",
        "com dot plumbush at zquinx",
        "com punto plumbush arroba zquinx punto k",
        "zquinx dash seventy three at plumbush dot example",
        "zquinx underscore k at plumbush dot com",
        "zquinx (dash) k (at) plumbush (dot) com",
        "zquinx trait d'union k arobase plumbush point fr",
        "zquinx.k seventy-three at plumbush dot com",
        "zquinx quatre-vingt-dix arobase plumbush point fr",
        "Zulu Quebec Uniform India at plumbush dot com",
        "zquinx แอท plumbush ดอท คอม",
        "zquinx at the rate plumbush.com",
        "jn at lakaymail dot example",
        "eve@mail.\nelse.example",
        "eve@mail.\r\n else.example",
        "eve@mail.\n> else.example",
        "eve@\nmail.\nelse.example",
        "zquinxatgmaildotcom",
    ],
)
def test_a_strangers_address_goes_said_turned_or_broken(form: str) -> None:
    """LK3: nobody knows it; what joins its words says that it is one."""
    assert redacted(f"Ask {form}.").text == f"Ask {EMAIL_WITHHELD}."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("my gmail is zorb.k73", "my gmail is {}"),
        ("zorbk73 on gmail", "{} on gmail"),
        ("Gmailim zorbk73", "Gmailim {}"),
        ("mon gmail c'est zorbk73", "mon gmail c'est {}"),
        ("mi gmail es zorbk73", "mi gmail es {}"),
        ("我的gmail是zorbk73", "我的gmail是{}"),
        ("my yahoo id: zorb_k", "my yahoo id: {}"),
        ("zorbk73 w gmailu", "{} w gmailu"),
        ("I sent form1040 on gmail, R229 by gmail", "I sent form1040 on gmail, R229 by gmail"),
        ("my yahoo COVID19 group, our gmail is full", "my yahoo COVID19 group, our gmail is full"),
        ("Write to my lawyer at smith dot com", "Write to my lawyer at smith dot com"),
        ("Escriba a mi abogado en smith punto com", "Escriba a mi abogado en smith punto com"),
        ("Write to my friend zquinx at smith dot com", "Write to my friend {}"),
        (
            "talk to it at acme dot com, go to us at acme dot com",
            "talk to it at acme dot com, go to us at acme dot com",
        ),
        ("at mail.example\nthat is", "at {}\nthat is"),
        ("At amazon.com I bought it", "At amazon.com I bought it"),
        ("x at gmail dot com dot br at noon", "x at gmail dot com dot br at noon"),
        ("zquinx at house dot com dot br at noon", "{} at noon"),
        ("Ask bob@work.\nIt is at example.com", "Ask bob@work.\nIt is at example.com"),
        ("help@ct.\ngov is theirs", "help@ct.\ngov is theirs"),
    ],
)
def test_what_is_said_beside_a_provider_and_a_person(text: str, shown: str) -> None:
    """LK3: a name of a mailbox goes; a form, a person who is somebody's, and a site stay."""
    assert redacted(text).text == shown.replace("{}", EMAIL_WITHHELD)


@pytest.mark.parametrize(
    "link",
    [
        "https://urldefense.proofpoint.com/v2/url?u=mailto-3A{l}-40{d}&d=DwMF&c=x",
        "https://urldefense.proofpoint.com/v2/url?u=https-3A__x.org_u-3Fe-3D{l}-2540{d}-26x-3D1&d=DwMF",
        "https://urldefense.com/v3/__mailto:{l}@{d}__;!!AbC!xyz$",
        "https://urldefense.com/v3/__https://x.org/u?e={l}*40{d}__;JQ!!AbC!xyz$",
        "https://urldefense.us/v3/__https://x.org/u?e={l}*2540{d}__;JQ!!AbC!xyz$",
        "https://urldefense.com/v3/__mailto:{l}*{d}__;QA!!AbC!xyz$",
        "https://eur01.safelinks.protection.outlook.com/?url=mailto%3A{l}%40{d}&data=05%7C01%7C{l}%40{d}%7Cabc",
        "https://www.google.com/url?q=https://x.org/%3Fe%3D{l}%2540{d}&sa=D",
        "https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fx.org%3fe%3d{l}%40{d}&c=E,1,abc",
        "https://secure-web.cisco.com/1abc/https%3A%2F%2Fx.org%2F%3Fe%3D{l}%2540{d}",
        "https://protect-us.mimecast.com/s/AbC?domain=x.org&e={l}%40{d}",
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_an_address_goes_from_guarded_links(link: str, known: bool) -> None:
    """LK1, LK3: what mail filters make of links, with codes of their own."""
    text = link.format(l="vobaru.k", d="post.example")
    owners = ("vobaru.k@post.example",) if known else ()
    done = redact(text, (), lambda cls: "shown", known=owners, shown_domains=SHOWN, numbering=Numbering(b"k")).text
    assert EMAIL_WITHHELD in done
    assert "vobaru" not in done
    assert done.startswith(text[:20])


PARAGRAPHS = {
    "en": (
        "Look at this dot on the map. We meet at noon. Dot said that a dash of salt, minus the pepper, is at "
        "the table. Seventy three at the door, twenty one at the bar, one at a time. Charlie, Mike, Oscar and "
        "Juliet live in India; golf at the Delta hotel. Lines 12 14 15 20 22 25 stop here. He pays interest "
        "at the rate of 4.5 percent. My ID: R-229. My gmail is down. HR at Acme dot com never called; I am on "
        "it at the com dot org debate. User guide: page 2. The login is broken, my account is closed. Write "
        "to your boss at Acme dot com."
    ),
    "es": (
        "Estamos en este punto en casa. El guion de la obra tiene tres actos. Son setenta y tres en total, "
        "veinte a la izquierda y uno a la derecha. Mi cuenta es vieja; el usuario es mi hijo. Me pica la "
        "nariz. Mi gmail no funciona. Una arroba punto por punto. Escriba a mi abogado en la oficina."
    ),
    "fr": (
        "Il est à ce point fatigué et moi aussi. Le tiret est de trop. Une piste de ski, un trait d'union "
        "entre nous. Soixante-treize et quatre-vingt-dix sont des nombres, vingt à table. Il habite au 12 a "
        "rond-point des Arts. Mon compte est fermé, l'utilisateur est absent, mon gmail ne marche pas. "
        "Écrivez à mon avocat chez Dupont."
    ),
    "de": (
        "Punkt sieben ist wichtig. Der Bindestrich fehlt. Dreiundsiebzig Leute kamen, sieben bei Müller. "
        "Minus drei Grad. Tod und Leben, ta ta. Um elf in Punkt Null. Mein Konto ist leer, der Benutzer ist "
        "weg. Mein gmail ist kaputt."
    ),
    "pl": (
        "To jest punkt pierwszy. Minus trzy stopnie na dworze, siedem na plusie. Kreska i kropka w tekście, "
        "małpa na drzewie. Konto jest zamknięte, login to nie wszystko. Moje gmail nie działa. Dwadzieścia "
        "jeden osób na sali."
    ),
    "pt": (
        "Estamos em casa, no ponto sete. O hífen e o traço são sinais. Vinte e um na sala. A conta é minha, o "
        "usuário é outro. Meu gmail não abre. Uma arroba de boi em Goiás. Escreva a meu advogado."
    ),
    "ht": (
        "Nan pwen sa a mwen pa konnen. Mwen se ki moun? Sèt a dis moun te la. Kont lan fèmen. Gmail mwen pa "
        "mache. De a twa fwa. Pwen twa nan fòm nan. Ekri avoka mwen nan biwo a."
    ),
    "it": (
        "A questo punto in casa siamo sette. Il trattino manca. Settanta a tavola, tre in piedi. Il conto è "
        "chiuso, l'utente è assente. Una chiocciola nel giardino, punto e basta. Scrivere a mio avvocato "
        "presso Rossi."
    ),
    "fi": "Tulimme perille ja piste. Kissanhäntä heilui. Tavuviiva puuttuu. Tulos oli kolme piste kaksi.",
    "ro": "La acest punct am ajuns. Coada de maimuță e lungă. Un punct de vedere, a rond de flori.",
    "tr": "Bu nokta önemli. Kuyruklu a harfi. Gmailim çalışmıyor. Et ve süt aldım, at koşuyor. Tire yok.",
    "hr": "Majmun je u zoološkom vrtu, točka. Manki i afna su riječi. Kod kuće smo.",
    "ru": "Точка. Собака лает на улице. Дефис и тире. Мой аккаунт закрыт. Мой gmail не работает.",
    "th": "จุดนี้สำคัญ แอดมินไม่ตอบ ดอทคอม",
    "hi": "एटीएम बंद है। यह बिंदु महत्वपूर्ण है। डॉट कॉम।",
    "ar": "في هذه النقطة لا أعرف. الاجتماع آت. نقطة.",
    "fa": "در این نقطه ات نیست. حساب من بسته است.",
    "he": "נקודה. שטרודל תפוחים טעים. אט אט.",
    "el": "Στο σημείο αυτό, τελεία. Το παπάκι κολυμπά.",
    "vi": "Tôi chấm bài xong rồi. A Công đi vắng. Chấm hết.",
    "id": "Keong di sawah titik. Pada titik ini saya tidak tahu.",
    "zh": "在这一点上我不知道。艾特我。有一点问题。",
    "ja": "この点について。ドット柄のシャツ。アットホームな会。",
    "ko": "이 점에서 모릅니다. 골뱅이 무침. 에트나 산.",
}


@pytest.mark.parametrize("language", PARAGRAPHS)
@pytest.mark.parametrize("address", ["vobaruk@post.example", "vobaru-73@post.example", "info@web.de", "rosa@gmail.com"])
def test_a_paragraph_that_only_resembles_stays_word_for_word(language: str, address: str) -> None:
    """LK5: dots on maps, dashes of salt, monkeys, numbers, users and accounts, whoever wrote."""
    text = PARAGRAPHS[language]
    done = redact(text, (), lambda cls: "shown", known=(address,), shown_domains=SHOWN, numbering=Numbering(b"k"))
    assert done == Redacted(text, {})


@pytest.mark.parametrize(
    "file",
    [
        "=ybegin line=128 size=9 name=a.txt\n\x93\x8f\x96\x96\x99\n=yend size=9",
        '(This file must be converted with BinHex 4.0)\n\n:#("B@jb!*!%:',
    ],
    ids=["yEnc", "BinHex"],
)
def test_a_file_pasted_the_old_way_goes_as_a_file(file: str) -> None:
    """LK9: what nobody reads by eye goes as a file, and the words around it stay."""
    assert redacted(f"See below.\n{file}\nThank you.").text == "See below.\n[encoded file withheld]\nThank you."


def test_the_writers_address_goes_even_under_a_shown_domain() -> None:
    """An official who writes as a citizen keeps the citizen's protection."""
    result = redact(
        "I am ann@ct.gov, not help@ct.gov",
        (),
        lambda cls: "shown",
        known=("ann@ct.gov",),
        shown_domains=SHOWN,
        numbering=Numbering(b"k"),
    )
    assert result.text == f"I am {EMAIL_WITHHELD}, not help@ct.gov"


def test_an_address_of_an_agency_stays_though_it_is_tagged() -> None:
    """Whom a letter was sent to is no secret; the writer's own address goes even there."""
    text = "To: DMV <dmv@agencies.example>, from me@ct.gov"
    found = tags(text, ("dmv@agencies.example", "email"), ("me@ct.gov", "email"))
    done = redact(
        text,
        found,
        lambda cls: "withheld",
        known=("me@ct.gov",),
        shown_domains=SHOWN,
        numbering=Numbering(b"k"),
    )
    assert done.text == f"To: DMV <dmv@agencies.example>, from {EMAIL_WITHHELD}"


def test_an_agency_s_address_at_the_end_of_a_sentence_stays() -> None:
    """What a careless full stop joins to it does not make it somebody else's."""
    text = "Write to help@agency.support. it is free"
    result = redact(
        text, (), lambda cls: "shown", known=(), shown_domains=("agency.support",), numbering=Numbering(b"k")
    )
    assert result.text == text


def test_consent_shows_that_address_alone() -> None:
    """With consent the writer's address is shown as it stands, and nobody else's with it."""
    text = "I am Maria.Lopez@post.example, she is eve@else.example"
    result = redact(
        text,
        tags(text, ("Maria.Lopez@post.example", "email")),
        lambda cls: "withheld",
        known=KNOWN,
        shown_domains=SHOWN,
        numbering=Numbering(b"k"),
        consented=("maria.lopez@post.example",),
    )
    assert result.text == f"I am Maria.Lopez@post.example, she is {EMAIL_WITHHELD}"


def test_consent_holds_at_a_well_known_provider() -> None:
    """What everybody recognises is shown with consent as anything else is."""
    text = "I am jsmith1980@gmail.com"
    result = redact(
        text,
        (),
        lambda cls: "shown",
        known=("jsmith1980@gmail.com",),
        shown_domains=SHOWN,
        numbering=Numbering(b"k"),
        consented=("jsmith1980@gmail.com",),
    )
    assert result.text == text


@pytest.mark.parametrize(
    "unit",
    [
        "a@",
        "a.",
        "a dot ",
        "@ ",
        "%25",
        "&amp;",
        "é",
        "QWxh",
        "maria.lopez@ ",
        "maria.lopez ",
        "(at)",
        "a(at)b.",
        "=40",
        '"a',
        "a\u200b",
        "A",
        "f",
        "aaaaaaaaaaaaaaaa/",
        "64",
        "64 ",
        "0x40,",
        "QWxh\n",
        "AAAAAAAAAAAAAAAA\n> ",
        "M" + "!" * 60 + "\n",
        "begin 644 x\n",
        "=ybegin ",
        "(This file must be converted with BinHex",
        " at ",
        "a at b . ",
        "a.b at c.",
        "aATbDOT",
        "a @ b . c ",
        "a\n@\n",
        "moc.a@",
        "maria.lopez",
        "maria lopez at ",
        "elpmaxe tsop ",
        "=?utf-8?q?",
        "\\u0040",
        "\\40 ",
        "+aea-",
        "u+0040",
        "&#64",
        "%u0040",
        "ⓐ",
        "𝓪",
        "<b>@",
        "<!--",
        "(a)@",
        "\n> @",
        " . ",
        "a@b. net ",
        "\u2028@",
        "a.com!",
        "uid=a,dc=b,",
        "email:a\n ",
        '","@',
        "собака a точка ",
        "a点",
        "zorbquinx ",
        "bWFyaWEubG9wZXpAcG9zdC5leGFtcGxl ",
        "!#a$",
        "mmaarriiaalloo",
        "gmail ",
        "a gmail.com ",
        "e-mail is at ",
        "{a,",
        "]@",
        "x@a\n> ",
        "a and ",
        "a, a (",
        "https://a/?",
        "x.com/",
        "maria.lopez, ",
        "AAAAAAAAAAAAAAAA\nThanks\n",
        "a @ b\nc ",
        "maria dash seventy three at ",
        "seven dash ",
        "alpha bravo charlie delta ",
        "1 2 3 4 5 6 7 ",
        "my gmail is a1 ",
        "com dot a at b ",
        "ta a tod moc ",
        "a-b ",
        "a-",
        "a@b.\n",
        "mariapostexample",
        "post.example,maria,",
        "zepol.airam ",
        "urldefense.-40*a",
        "a แอท b จุด ",
        "login is maria.lopez ",
    ],
)
def test_linear_in_hostile_text(unit: str) -> None:
    """MB12: thirty thousand characters of almost-addresses take less than a moment."""
    assert cpu_seconds(lambda: redacted(unit * (30_000 // len(unit)))) < 2


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *"a.@+ -_(\n>%=&;\\é\u200b",
                "maria",
                "lopez",
                "post",
                "example",
                "40",
                "at",
                "dot",
                "ct.gov",
                "\ud800",
                " dash ",
                " seventy ",
                " three ",
                "ta",
                "tod",
                "alpha ",
                "1-",
                "gmail ",
            ]
        )
    )
)
def test_redacting_twice_changes_nothing(pieces: list[str]) -> None:
    """What redaction leaves standing it would leave standing again."""
    once = redacted("".join(pieces)).text
    assert redacted(once).text == once


def test_repr_shows_nothing() -> None:
    """A redacted text does not print itself."""
    assert "bin" not in repr(redacted("my bin"))


@pytest.mark.parametrize("unit", ["y", "y.", "y_", "9", "_", ".", "y9"])
def test_an_address_of_any_length(unit: str) -> None:
    """MB4: one that no server delivers to is withheld in its time all the same."""
    long = f"a{unit * (50_000 // len(unit))}b@post.example"

    def work() -> None:
        how = {"known": [long], "shown_domains": SHOWN, "numbering": Numbering(b"k")}
        assert "post.example" not in redact(f"Write to {long} soon", [], lambda _cls: "shown", **how).text

    assert cpu_seconds(work) < 4


def test_a_set_of_hints_that_gives_up_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without room for its states the set says nothing at all, and then everything is looked for."""
    assert Hints("a+b", "c+d").met("xx ccd") == (False, True)
    assert Hints("a+b", "c+d").met("") == (False, False)
    hints = Hints("a+b", "c+d")
    monkeypatch.setattr(hints, "_set", SimpleNamespace(Match=lambda _: []))
    assert hints.met("xx ccd") == (True, True)


@pytest.mark.parametrize("sign", ["é", "ß", "ж", "Ж", "Ｍ", "…", "\u200b", "Σ", "İ"])
def test_a_text_in_any_script_is_cut_at_the_right_place(sign: str) -> None:
    """What one character becomes in the view, one or several or none, moves nothing."""
    text = f"{sign}{sign} {sign}A, write to Vorka.lunt7@house.example {sign}!"
    assert redacted(text).text == f"{sign}{sign} {sign}A, write to {EMAIL_WITHHELD} {sign}!"
