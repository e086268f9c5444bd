"""HTML mail becomes what its reader would have seen."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake import html


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<div>One</div><div>Two<br>Three</div>", "One\nTwo\nThree"),
        ("a  \n b<b>c</b> d", "a bc d"),
        ("<ul><li>hat<li>coat</ul>", "- hat\n- coat"),
        ("<table><tr><td>Plate</td><td>12</td></tr><tr><td>Town</td></tr></table>", "Plate 12\nTown"),
        ("<pre>  x\n    y</pre>", "  x\n    y"),
        ("I wrote:<blockquote>you<blockquote>I</blockquote></blockquote>", "I wrote:\n\n> you\n\n> > I"),
        ("5 &lt; 6 &amp;&nbsp;&eacute;&#33;", "5 < 6 &\xa0é!"),
        ("split<wbr>ted<span>@</span>x", "splitted@x"),
        ("x<img src=1 alt='@'>y<img src=2 alt=' at '>z<img src=3 alt='Our fine logo'>", "x@yatz"),
        ("see <bdo dir=rtl>sey</bdo> <bdo dir=ltr>no</bdo>", "see yes no"),
        ("<span style='unicode-bidi:bidi-override; direction:rtl'>s<b>e</b>y</span>", "yes"),
        ("<span style='direction:rtl'>no</span>", "no"),
        ("<p>never <b>closed", "never closed"),
        ("no markup at all", "no markup at all"),
        ("", ""),
    ],
)
def test_lines_follow_the_layout(page: str, text: str) -> None:
    """Blocks, breaks, lists, tables, quotations and preformatted text keep their lines."""
    assert html.to_text(page) == text


@pytest.mark.parametrize(
    "page",
    [
        "<head><title>S3CRET</title></head>seen",
        "<style>p{content:'S3CRET'}</style>seen",
        "<script>S3CRET</script>seen",
        "<!-- S3CRET -->seen<!--[if mso]>S3CRET<![endif]-->",
        "<template>S3CRET</template>seen",
        "<p style='display: none'>S3CRET</p>seen",
        "<p hidden>S3CRET</p>seen",
        "<div style='font-size:0'>S3CRET</div>seen",
        "<span title=S3CRET data-x=S3CRET>seen</span>",
        "<img src='https://t.example/?S3CRET' alt=''>seen",
        "<meta content=S3CRET><base href=S3CRET>seen",
        "<a href='mailto:S3CRET@x.example'>seen</a>",
        "<a href='https://t.example/?m=S3CRET%2540x.example'>seen</a>",
        "<a href='data:text/plain,S3CRET'>seen</a>",
        'seen<a href="mailto:S3CRET',
    ],
)
def test_what_only_machines_see_is_dropped(page: str) -> None:
    """Scripts, styles, comments, hidden elements, attributes and links with an address never reach the text."""
    assert html.to_text(page) == "seen"


def test_a_link_says_where_it_leads() -> None:
    """A web link is shown behind its text, once, and not when the text is the link."""
    page = "<a href='https://ct.gov/form'>the form</a>, <a href='https://ct.gov/'>ct.gov</a>"
    assert html.to_text(page) == "the form (https://ct.gov/form), ct.gov"


@pytest.mark.parametrize(
    "page",
    [
        "<a " * 66_000,
        "<!--" * 40_000,
        "<div>" * 20_000 + "end",
        "<div>" * 200_000,
        "<b><i><u><a>" * 20_000 + "<p>x" * 2_000,
        "".join(f"<b a={n}>" for n in range(250)) + "<p>x" * 4_000,
        "<div><table><td></div>" * 10_000,
        "<br>" * 250_000,
        "&" * 500_000,
        "x " * 600_000,
    ],
    ids=lambda page: f"{page[:12]}*{len(page)}",
)
def test_bombs_are_read_in_bounded_time(page: str) -> None:
    """MB4: tags, comments and nesting by the ten thousand take no more than a moment."""
    began = time.process_time()
    html.to_text(page)
    assert time.process_time() - began < 2


def test_a_bomb_still_says_what_it_says() -> None:
    """MB4: text behind absurd nesting is not lost."""
    page = "<div>" * 5_000 + "<p>Dear sirs,</p>help &amp; hope" + "</div>" * 5_000
    assert html.to_text(page).split() == ["Dear", "sirs,", "help", "&", "hope"]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from([*"<>/=\"' &;!-", "<p", "<table", "</td>", "<a href=", "<!--", "x", "\0", "é", "\ud800"]))
)
def test_never_raises(pieces: list[str]) -> None:
    """Any text at all gives a text."""
    assert isinstance(html.to_text("".join(pieces)), str)
