"""HTML mail becomes what its reader would have seen."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake import html
from tests.conftest import cpu_seconds


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
        ("x<img src=1 alt='@'>y<img src=2 alt=' at '>z<img src=3 alt='@kommune.example'>", "x@yatz@kommune.example"),
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
    ("page", "text"),
    [
        ("Price <s>10</s> 20", "Price [struck out: 10] 20"),
        ("<del>10 </del>20, <strike>1<s>1</s></strike>", "[struck out: 10] 20, [struck out: 11]"),
        ("<i style='text-decoration: line-through'>a<b>b</b></i> c", "[struck out: ab] c"),
        ("<p style='color:red;TEXT-DECORATION-LINE:underline line-through'>a</p>b", "[struck out: a]\n\nb"),
        ("<del><p>one</p>two<br>three</del>four", "[struck out: one]\n\n[struck out: two]\n[struck out: three]four"),
        ("<pre><s>x\n y</s>\nz</pre>", "[struck out: x]\n [struck out: y]\nz"),
        ("a<s> </s>b<s><br></s>c<s></s>d", "a b\ncd"),
        ("<ins>new</ins> <u>line</u> <span style='text-decoration:underline'>and</span>", "new line and"),
        ("<p style='--x:line-through'>a</p><section>b</section>", "a\n\nb"),
        ("<s hidden>a</s>b", "b"),
    ],
)  # fmt: skip
def test_what_was_struck_out_says_so(page: str, text: str) -> None:
    """Whoever changed a price or a date did not mean both; each line says it, and what is not there is not struck."""
    assert html.to_text(page) == text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<ol><li>a<li>b</ol>", "1. a\n2. b"),
        ("<ol start=3><li>a<li>b</ol>", "3. a\n4. b"),
        ("<ol start=-1><li>a<li value=7>b<li value=x>c</ol>", "-1. a\n7. b\n8. c"),
        ("<ol><li>a<ul><li>x</ul><li>b<ol><li>y</ol></ol>", "1. a\n\n- x\n\n2. b\n\n1. y"),
        ("<ol hidden><li>x</ol><ol start=99999999><li>a<li hidden>b<li>c</ol>", "1. a\n2. c"),
        ("<ul start=3><li>a</ul><li>b</ol>", "- a\n\n- b"),
    ],
)
def test_a_list_keeps_its_numbers(page: str, text: str) -> None:
    """ "See point 3" still says which."""
    assert html.to_text(page) == text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("Town <select><option>A<option selected>B<option>C</select>!", "Town (selected) B !"),
        ("<select multiple><optgroup><option selected>A<option selected>B</select>", "(selected) A (selected) B"),
        ("<select><option>A<option>B</select>x", "x"),
        ("Name <input value='Ann Lee'>Age<input type=NUMBER value=7>", "Name Ann Lee Age 7"),
        ("<input type=checkbox checked>yes<input type=radio>no", "(selected) yesno"),
        ("<input value>x<input type=hidden value=a><input type=password value=b><input type=submit value=c>", "x"),
        ("<input placeholder=a><datalist><option selected>b</datalist>x", "x"),
        ("Note:<textarea>one\n  two</textarea>x", "Note:\none\n  two\nx"),
        ("<img src=1 alt='A broken lamp'>", "[picture: A broken lamp]"),
        ("<img src='https://t.example/1.gif'><img src=2 alt=' '>x", "x"),
        ("<img src=1 width=1 height=1 alt='Open me'><img width=0px alt='Open me'>x", "x"),
        ("<img alt='Open me' width=10>", "[picture: Open me]"),
        ("<img style='display:none' alt='Open me'>x", "x"),
    ],
)  # fmt: skip
def test_what_a_browser_shows_of_fields_and_pictures_is_said(page: str, text: str) -> None:
    """What was typed, ticked and chosen, and the words for a picture; no picture that only counts readers."""
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
        "<s>" * 200 + "<p>x" * 4_000,
        "<ol><li>" * 120 + "<li><s>x</s>" * 14_000,
        "<select>" + "<option selected>x" * 50_000,
        "<img alt='" + "@" * 900_000 + "'>",
        "&" * 500_000,
        "x " * 600_000,
    ],
    ids=lambda page: f"{page[:12]}*{len(page)}",
)
def test_bombs_are_read_in_bounded_time(page: str) -> None:
    """MB4: tags, comments and nesting by the ten thousand take no more than a moment."""
    assert cpu_seconds(lambda: html.to_text(page)) < 2


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
