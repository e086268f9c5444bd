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
        ("<table><tr><td>Plate</td><td>12</td></tr><tr><td>Town</td></tr></table>", "Plate\t12\nTown"),
        ("He said <q>yes</q>.", 'He said "yes".'),
        ("a<hr>b<br><br><br>c", "a\n---\nb\n\nc"),
        (
            "<dl><dt>Fee</dt><dd>Five</dd><dd><p>Six</p></dd><dt>Place<dd>Room 1</dl>x",
            "Fee\n  Five\n  Six\nPlace\n  Room 1\n\nx",
        ),
        ("<div style='white-space: pre-wrap'>a\n  b</div>c", "a\n  b\nc"),
        ("<div style='white-space:normal'>a\n  b</div><p style='line-break:after-white-space'>c\nd", "a b\n\nc d"),
        ("<pre>  x\n    y</pre>", "  x\n    y"),
        ("I wrote:<blockquote>you<blockquote>I</blockquote></blockquote>", "I wrote:\n\n> you\n\n> > I"),
        ("5 &lt; 6 &amp;&nbsp;&eacute;&#33;", "5 < 6 &\xa0é!"),
        ("split<wbr>ted<span>@</span>x", "splitted@x"),
        ("x<img src=1 alt='@'>y<img src=2 alt=' at '>z<img src=3 alt='@kommune.example'>", "x@yatz@kommune.example"),
        ("10<sup>2</sup> m<sup> 2 </sup>, H<sub>2</sub>O, 5<sup>1</sup>/<sub>16</sub>", "10² m ² , H₂O, 5¹/₁₆"),
        ("a<sup><a href='#n'>7</a></sup> 2<sub>b</sub> 1<sup>st</sup> <sup>2nd</sup> 7", "a⁷ 2b 1st 2nd 7"),
        ("<sup>1234</sup><sup>2</sup>3<sup>2<sup>x</sup></sup><sup>2", "1234²32x²"),
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
        ("<ol><li>a<ul><li>x</ul><li>b<ol><li>y</ol></ol>", "1. a\n  - x\n2. b\n  1. y"),
        (
            "<ul><li><p>a</p></li><li><p>b</p><p>c</p></li><li></li><li>d<br>e</li></ul>",
            "- a\n- b\n\n  c\n\n-\n- d\n  e",
        ),
        ("<ol type=a start=26><li>x<li>y</ol><ol type=I start=4><li>z</ol>", "z. x\naa. y\n\nIV. z"),
        ("<ol style='list-style-type: lower-roman' start=9><li>a<li>b</ol>", "ix. a\nx. b"),
        ("<ol style='list-style: inside upper-alpha'><li>a</ol><ol type=x><li>b</ol>", "A. a\n\n1. b"),
        ("<ol type=i start=0><li>a<li>b</ol><ol type=A start=500><li>c</ol>", "0. a\ni. b\n\n500. c"),
        ("<p class=MsoListParagraph style='mso-list:l0 level2 lfo1'>a. x</p><p>y", "  a. x\n\ny"),
        ("<ul>" * 9 + "<li>a<br>b" + "</ul>" * 9, "            - a\n            b"),
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


WORD = "<p class=MsoNormal>{}<o:p></o:p></p>"


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ("<td><p>a</p></td><td><p>b</p></td><tr><td><div>c</div></td><td>d<br></td>", "a\tb\nc\td"),
        (f"<td>{WORD.format('a')}</td>\n<td>{WORD.format('b')}</td>", "a\tb"),
        ("<td><br>a<td> <p>&nbsp;</p><td>b", "a\t\tb"),
        ("<td><td>a<td><td>b<td>", "a\t\tb"),
        ("<td>a<td><p>b</p><p>c</p><td>d", "a\n\nb\n\nc\n\nd"),
        ("<td>a<br>b<td>c", "a\nb\n\nc"),
        ("<td>a<br>b<td>c<br>d<tr><td>e<td>f", "a\nb\n\nc\nd\ne\tf"),
        ("<td>a<td>b<td>c<br>d<td>e<td>f<tr><td>g", "a\tb\n\nc\nd\n\ne\tf\ng"),
        ("<td>a<td><div>b</div><div>c</div><td>d", "a\n\nb\nc\n\nd"),
        ("<td>a<td><ol><li>b<li>c</ol>", "a\n\n1. b\n2. c"),
        ("<td>a<br><td>b<br><br><td><br>c", "a\tb\tc"),
        ("<td><td>a<br>b<tr><td>c<br>d<tr><td>e", "a\nb\nc\nd\ne"),
        ("<td>a<td><table><tr><td>b<td>c<br>d</table><td>e", "a\n\nb\n\nc\nd\n\ne"),
        ("<td><ul><li><table><tr><td>a<td>b<br>c</table></ul>", "- a\n\n  b\n  c"),
        ("<td><ul><li><table><tr><td>a<td>b</table></ul>", "- a\tb"),
        ("<td><table><tr><td>a<td>b</table><td>c", "a\tb\tc"),
        ("<td><ul><li>a<li>b</ul><td>c", "- a\n- b\n\nc"),
        ("<td><blockquote>a</blockquote><td>b", "> a\n\nb"),
        ("<td><s>a</s><td>b", "[struck out: a]\tb"),
        ("<tr style='text-decoration:line-through'><td>c<td>d", "[struck out: c]\t[struck out: d]"),
        ("<td hidden>a<td>b<tr hidden><td>c", "b"),
        ("<td><pre>a\n  b</pre><td>c", "a\n  b\n\nc"),
    ],
)  # fmt: skip
def test_a_row_is_a_line(rows: str, text: str) -> None:
    """Cells stand apart in one line, whatever paragraphs a program makes of them; one of many paragraphs keeps them."""
    assert html.to_text(f"<table><tr>{rows}</table>") == text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (WORD.format("a") + WORD.format("b") + WORD.format("&nbsp;") + WORD.format("c"), "a\nb\n\nc"),
        ("<p class=MsoNormal style='margin-bottom:12.0pt'>a</p><p class=MsoNormal>b</p>", "a\n\nb"),
        ("<p style='margin-top:0;margin-bottom:0'>a</p><p style='margin:0in 0in .0001pt'>b</p>", "a\nb"),
        ("a<div style='border:none;border-top:solid #E1E1E1 1pt'>b</div>c", "a\n\nb\n\nc"),
        ("<p style='margin:0 0 12px'>a</p><p style='margin-left:0'>b</p>c", "a\n\nb\n\nc"),
        ("<blockquote style='margin:0 0 0 40px;border:none'>a</blockquote>", "  a"),
        ("<blockquote type=cite style='border:none'>a</blockquote>", "> a"),
        ("<blockquote style='border-left:1px solid'>a</blockquote>", "> a"),
    ],
)
def test_what_a_program_means_by_paragraphs_and_quotations(page: str, text: str) -> None:
    """Word's paragraphs are lines, and a button of webmail moves in what is no quotation."""
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
        "<a href='mailto:?cc=S3CRET@x.example'>seen</a>",
        "<a href='mailto:S3CRET%2540x.example'>seen</a>",
        "<a href='mailto:S3CRET'>seen</a>",
        "<a href='https://t.example/?m=S3CRET%2540x.example'>seen</a>",
        "<a href='data:text/plain,S3CRET'>seen</a>",
        'seen<a href="mailto:S3CRET',
    ],
)
def test_what_only_machines_see_is_dropped(page: str) -> None:
    """Scripts, styles, comments, hidden elements, attributes and links with an address never reach the text."""
    assert html.to_text(page, mailboxes=True) == "seen"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<a href='https://ct.gov/form'>the form</a>", "the form (https://ct.gov/form)"),
        ("<a href='https://ct.gov/'>ct.gov</a>", "ct.gov"),
        ("<a href='mailto:x@office.example'>write us</a>.", "write us (x@office.example)."),
        ("<a href='MAILTO:x%40office.example?subject=Hi&cc=y@office.example'>us</a>", "us (x@office.example)"),
        ("<a href='mailto:x@office.example,y@office.example'>us</a>", "us (x@office.example,y@office.example)"),
        ("<a href='mailto:X@office.example'>our box: x@Office.example</a>", "our box: x@Office.example"),
    ],
)
def test_a_link_says_where_it_leads(page: str, text: str) -> None:
    """A web link and a mailbox are shown behind their text, once, and not when the text says them."""
    assert html.to_text(page, mailboxes=True) == text


def test_a_file_keeps_whom_its_links_write_to() -> None:
    """LK4: what a document holds beside its words stays behind, unless a reader asks for it."""
    assert html.to_text("<a href='mailto:x@office.example'>us</a>") == "us"


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
        "<table><tr>" + "<td><p>xxxxxxxx</p>" * 19_000,
        "<ul>" * 120 + "<li><p>x" * 19_000,
        "<table><tr style='text-decoration:line-through'>" + "<td>x" * 50_000,
        "<table><tr>" + "<td>x<br>y" * 19_000,
        "<table><tr>" + "<td>x" * 25_000 + "<td>x<br>y<td>z" * 9_000,
        "<sup>" * 200 + "2" * 800_000,
        "<table><tr><td>a<td>" * 40 + "x<br>" * 19_000,
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
