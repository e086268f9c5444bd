"""What a program broke into lines is read as the paragraphs that were written."""

from __future__ import annotations

import pytest

from intake.letter import Envelope
from intake.mime import flowed, read
from tests.conftest import cpu_seconds

YES = {"delsp": "yes"}


@pytest.mark.parametrize(
    ("params", "text", "wanted"),
    [
        (YES, "my driver's lice \nnse renewed", "my driver's license renewed"),
        ({}, "my driver's \nlicense \nrenewed\nThanks", "my driver's license renewed\nThanks"),
        ({"delsp": "no"}, "my \nlicense", "my license"),
        ({"delsp": "YES"}, "two  \nwords\r\n\r\nmore", "two words\n\nmore"),
        ({}, "> I am \n> here\n> now\nGood", "> I am here\n> now\nGood"),
        (YES, "> lice \n> nse\n>> a \n>> b", "> license\n> > ab"),
        ({}, "> I am \nhere", "> I am \nhere"),
        (YES, "> I am \n>> here", "> I am\n> > here"),
        ({}, "> a\n>\n> b", "> a\n>\n> b"),
        ({}, "> > a \n>> b\n> > > c", "> > a b\n> > > c"),
        ({}, "> >a\n> > \n>  > b", "> > a\n> >\n>  > b"),
        ({}, "> >= 5 people\n> > 5 people", "> >= 5 people\n> > 5 people"),
        ({}, "a > b \n > c\n-> d", "a > b > c\n-> d"),
        ({}, "Dear sirs, \n\nI am \nhere", "Dear sirs, \n\nI am here"),
        (YES, "> a \n>\n> b \n> c", "> a\n>\n> bc"),
        ({}, "x \n-- \nAnn\n--\nLee", "x \n-- \nAnn\n--\nLee"),
        ({}, "Regards \n-- \nAnn \nLee", "Regards \n-- \nAnn Lee"),
        ({}, "> x\n> -- \n> y", "> x\n> -- \n> y"),
        ({}, " From me\n  two\n > no quotation", "From me\n two\n> no quotation"),
        ({}, "last ", "last "),
        (YES, "last ", "last"),
        ({}, "", ""),
        ({}, "\n\n", "\n\n"),
    ],
)
def test_lines_are_joined_where_they_flow(params: dict[str, str], text: str, wanted: str) -> None:
    """RFC 3676: blanks at the end, DelSp, quotations of each depth, signatures and stuffed blanks."""
    assert flowed.unbroken(text, params) == wanted


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("text/plain; format=flowed; delsp=yes", "my license\nnow"),
        ('text/plain; charset=utf-8; FORMAT="Flowed"; DelSp=Yes', "my license\nnow"),
        ("text/plain; format=flowed", "my lice nse\nnow"),
        ("text/plain; delsp=yes", "my lice \nnse\nnow"),
        ("text/plain; format=fixed; delsp=yes", "my lice \nnse\nnow"),
        ("text/markdown; format=flowed; delsp=yes", "my lice \nnse\nnow"),
    ],
)
def test_only_a_text_that_says_so_flows(kind: str, wanted: str) -> None:
    """Blanks at the end of other texts mean nothing."""
    raw = f"From: a@home.example\r\nContent-Type: {kind}\r\n\r\nmy lice \r\nnse\r\nnow\r\n".encode()
    assert read(Envelope("email", "a@home.example", ("b@x.example",)), raw).text.strip() == wanted


@pytest.mark.parametrize("piece", ["a \n", ">", "> a \n>> b \n", ">\n", "-- \n", "> >", " >=", "> >="])
def test_absurd_texts_flow_in_linear_time(piece: str) -> None:
    """MB4: ten times the text takes about ten times as long."""
    short, long = (cpu_seconds(lambda n=n: flowed.unbroken(piece * n, YES)) for n in (10_000, 100_000))
    assert long < 40 * short + 0.1
