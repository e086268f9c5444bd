"""Halves of an address that stand apart do not go along together."""

from __future__ import annotations

import pytest

from intake.attachment.halves import MOST, without_halves
from tests.conftest import cpu_seconds

PUT = "[W]"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("X,kim.orbach,krokus.example\nY,wen42,gmx.de", "X,[W],[W]\nY,[W],[W]"),
        ("User\tkim.orbach\nHost\tkrokus.example", "User\t[W]\nHost\t[W]"),
        ("krokus.example;kim_orbach", "[W];[W]"),
        ('{"u": "kim.orbach", "h": "krokus.example"}', '{"u": "[W]", "h": "[W]"}'),
        ('{"kim.orbach": "krokus.example"}', '{"[W]": "[W]"}'),
        ("u: kim.orbach\nd: krokus.example", "u: [W]\nd: [W]"),
        ("user=kim host=krokus.example up", "user=[W] host=[W] up"),
        ("user: kim\nname: Jo\nnote: two words\ndomain: gmx.de", "user: [W]\nname: Jo\nnote: two words\ndomain: [W]"),
        ("provider: gmx.de\nlogin: kim", "provider: [W]\nlogin: [W]"),
        ("kim.orbach          krokus.example  active", "[W]          [W]  active"),
        ("kim.orbach (krokus.example), kim.orbach / krokus.example", "[W] ([W]), [W] / [W]"),
        ("('kim.orbach','krokus.example')", "('[W]','[W]')"),
        ("| kim.orbach | krokus.example |", "| [W] | [W] |"),
        ("krokus.example, user kim.orbach", "[W], user [W]"),
        ("a @krokus.example b", "a [W] b"),
        ("domain \tuser\nkrokus.example \tkim\ngmx.de \twen", "domain \tuser\n[W] \t[W]\n[W] \t[W]"),
        ("Host;Since;Nick\nkrokus.example;2019;kim", "Host;Since;Nick\n[W];2019;[W]"),
        ('"dominio","usuario"\n"krokus.example","kim"', '"dominio","usuario"\n"[W]","[W]"'),
        ("Benutzer: kim\nDomäne: gmx.de", "Benutzer: [W]\nDomäne: [W]"),
        ("kim.orbach@ or k@, and more", "[W] or [W], and more"),
    ],
)  # fmt: skip
def test_halves_are_withheld(text: str, wanted: str) -> None:
    """LK4: columns, fields, headings, brackets, either order; "@domain" and "mailbox@" alone."""
    assert without_halves(text, PUT) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "I bought it at amazon.com in 2024 and at target.com, e.g. example.com.",
        "name,site\nAmazon,amazon.com\nTarget,target.com",
        "domain,name\namazon.com,Amazon",
        "domain,user\n\namazon.com,Amazon",
        "domain,user\namazon.com,two words",
        "site,site\namazon.com,target.com\nwww.krokus.example,python.org",
        "page,site\nindex.html,krokus.example\nform_1040.pdf,krokus.example",
        "kim.orbach visited krokus.example",
        "kim.orbach. The shop is krokus.example",
        "kim.orbach\n\nkrokus.example",
        "user: kim\nnote: x\n\nsite: krokus.example",
        "user: kim, user.named",
        "user guide: krokus.example",
        "See https://krokus.example/kim.orbach, or kim.orbach, https://krokus.example",
        "kim.orbach, ct.gov and kim.orbach, letter.pdf",
        "12.05.2024 krokus.example, Room 12, krokus.example",
        "R-229 krokus.example, e-mail krokus.example",
        "The U.S. krokus.example",
        "5 @ 3.00, react@17.0.2, @kim.orbach, @media, 5@ home",
        "[e-mail address withheld], krokus.example",
        "help@dmv.example, a_b",
        "",
    ],
)
def test_honest_text_is_kept(text: str) -> None:
    """Sites, files, forms, dates, user names alone, prose, and what another record says."""
    assert without_halves(text, PUT) == text


def test_more_domains_than_are_looked_at_are_withheld() -> None:
    """MB12: the file stays behind as a whole."""
    assert without_halves("krokus.example " * MOST, PUT) == "krokus.example " * MOST
    assert without_halves("krokus.example " * (MOST + 1), PUT) is None


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a.",
        "a.b.c.d@",
        "@a.de",
        "user,",
        "user:x,",
        "domain,user\na.de,b\n",
        "a_",
        "a1",
        "-",
        " ",
        "\n\n",
        "é@ ",
        "a.b1 c.de, ",
    ],
)
def test_absurd_texts_take_linear_time(piece: str) -> None:
    """MB4: ten times the text takes about ten times as long."""
    once, ten = (cpu_seconds(lambda n=n: without_halves((piece * n)[:n], PUT)) for n in (20_000, 200_000))
    assert ten < 40 * once + 0.1
