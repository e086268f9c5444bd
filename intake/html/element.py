"""What an element of a page says by its name, its style and its attributes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import unescape
from urllib.parse import unquote

import re2
from selectolax.lexbor import LexborNode

Attributes = Mapping[str, str | None]


def names(words: str) -> frozenset[str]:
    """Names of elements."""
    return frozenset(words.split())


DROPPED = names(
    "head script style template title meta link base object applet embed iframe frame frameset noframes "
    "svg math canvas audio video map datalist"
)
BLOCKS = names(
    "address article aside body blockquote center caption dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre "
    "section summary table tbody textarea tfoot thead tr ul"
)
CELLS = names("td th")
BOXES = names("li dt dd caption")
_STRUCK = names("s strike del")
LISTS = names("ol ul menu dir")
_INDENTED = LISTS | {"dd"}
_AS_TYPED = names("pre textarea")
_TYPED = names("text search tel url email number date month week time datetime-local range")
_TICKED = names("checkbox radio")
SMALL_DIGITS = {"sup": str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"), "sub": str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")}
PARAGRAPHS = names("p h1 h2 h3 h4 h5 h6 blockquote ul ol dl table pre")

_URL_AT_MOST = 300  # characters; longer links are trackers, not something a reader types
_HIDDEN = re2.compile(
    r"(?i)display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?:px|pt|em)?\s*(?:;|$)"
)
_TURNED = re2.compile(r"(?i)(?:bidi-override.*direction\s*:\s*rtl|direction\s*:\s*rtl.*bidi-override)")
_LINE_THROUGH = re2.compile(r"(?i)text-decoration(?:-line)?\s*:[^;]*line-through")
_UNSEEN_SIZE = re.compile(r"\s*[01](?:px)?\s*")  # of a picture that tells its owner that a mail was opened
_NOTED = re.compile(r"\s{0,9}[0-9]{1,3}\s{0,9}")
_NUMBER = re.compile(r"\s*(-?\d{1,6})\s*")
_AS_IT_STANDS = re2.compile(r"(?i)white-space\s*:\s*(?:break-spaces|pre(?:-wrap|-line)?)\s*(?:;|!|$)")
_RULED = re2.compile(r"(?i)border-top\s*:[^;]*\bsolid")  # Outlook draws its line above what is answered so
_NO_BORDER = re2.compile(r"(?i)border\s*:\s*(?:0|none)")  # of what is moved in and no quotation
_NO_MARGIN = re2.compile(r"(?i)margin(?:-bottom)?\s*:\s*(?:[0.]{1,5}1?[a-z]*\s*)+(?:;|!|$)")
_MARGIN = re2.compile(r"(?i)margin(?:-top|-bottom)?\s*:")
_COUNTED = re2.compile(r"(?i)list-style(?:-type)?\s*:[^;]*\b(lower|upper)-(alpha|latin|roman)\b")
_LEVEL = re2.compile(r"(?i)mso-list\s*:[^;]*\blevel([1-9])\b")
_MAILTO = re.compile(r"(?i)mailto:\s*([^?\s]{3,300})")
_ADDRESSES = re.compile(r"[^\s<>()@,;]{1,64}@[^\s<>()@,;]{1,255}(?:[,;] ?[^\s<>()@,;]{1,64}@[^\s<>()@,;]{1,255}){0,3}")
_LETTER = 3  # characters of an alternative text that stands for letters, as pictures of an "@" or "at" do


def _styled(node: LexborNode, pattern: re2._Regexp) -> re2._Match | None:
    style = node.attributes.get("style")
    return pattern.search(style) if style else None


def is_ruled(node: LexborNode) -> bool:
    """Whether a line is drawn above it."""
    return bool(_styled(node, _RULED))


def is_quoted(node: LexborNode) -> bool:
    """What is moved in by a button of webmail is no quotation: it says that it has no border."""
    return node.tag == "blockquote" and ("type" in node.attributes or not _styled(node, _NO_BORDER))


def indent(node: LexborNode) -> int:
    """How many levels in: of a list, of a term's meaning, of what was moved in; Word says it in a paragraph's style."""
    if node.tag == "p":
        level = _styled(node, _LEVEL)
        return int(level[1]) - 1 if level else 0
    return node.tag in _INDENTED or (node.tag == "blockquote" and not is_quoted(node))


def is_typed(node: LexborNode) -> bool:
    """Whether blanks and lines are shown as they stand."""
    return node.tag in _AS_TYPED or bool(_styled(node, _AS_IT_STANDS))


def is_line(node: LexborNode) -> bool:
    """A paragraph without a gap below it: Word's are, unless they say otherwise."""
    of_word = (node.attributes.get("class") or "").startswith("Mso") and not _styled(node, _MARGIN)
    return of_word or bool(_styled(node, _NO_MARGIN))


def kind_of_numbers(node: LexborNode) -> str:
    """How the numbers of a list are written."""
    found = _styled(node, _COUNTED)
    if not found:
        return (node.attributes.get("type") or "").strip()[:1] or "1"
    kind = "i" if found[2].lower() == "roman" else "a"
    return kind.upper() if found[1].lower() == "upper" else kind


def is_hidden(node: LexborNode) -> bool:
    """Whether a browser shows it to nobody."""
    return "hidden" in node.attributes or bool(_styled(node, _HIDDEN))


def is_struck(node: LexborNode) -> bool:
    """Whether its words were taken back."""
    return node.tag in _STRUCK or bool(_styled(node, _LINE_THROUGH))


def number(node: LexborNode, name: str, otherwise: int) -> int:
    """What an attribute says, if it is a number."""
    found = _NUMBER.fullmatch(node.attributes.get(name) or "")
    return int(found[1]) if found else otherwise


def _pictured(attributes: Attributes) -> str:
    """The words for a picture; letters and addresses that are drawn stand where they stood, for who looks for them."""
    alternative = (attributes.get("alt") or "").strip()
    if any(_UNSEEN_SIZE.fullmatch(attributes.get(side) or "") for side in ("width", "height")):
        return ""
    if len(alternative) <= _LETTER or "@" in alternative:
        return alternative
    return f"[picture: {alternative}]"


def _filled_in(attributes: Attributes) -> str:
    """What the writer typed or ticked; what a page carries along unseen is left out."""
    kind = (attributes.get("type") or "").strip().lower() or "text"
    if kind in _TICKED:
        return " (selected) " if "checked" in attributes else ""
    return f" {attributes.get('value') or ''} " if kind in _TYPED else ""


SHOWN_BY_ATTRIBUTES: dict[str, Callable[[Attributes], str]] = {"img": _pictured, "input": _filled_in}


def small_digits(node: LexborNode) -> dict[int, int]:
    """How digits are written in what is raised or lowered: an exponent, a fraction, a note's number, if it is no more.

    What looks for addresses and numbers takes them for the digits that they are.
    """
    return SMALL_DIGITS[node.tag or ""] if _NOTED.fullmatch(node.text(deep=True)) else {}


def is_turned(node: LexborNode) -> bool:
    """Whether letters are shown from right to left whatever they are: then the page holds them backwards."""
    override = node.tag == "bdo" and (node.attributes.get("dir") or "").lower() == "rtl"
    return override or bool(_styled(node, _TURNED))


def shown_url(node: LexborNode, mailboxes: bool) -> str:
    """What follows a link's text: where it leads, unless the text says so or an address may hide in it."""
    url = (node.attributes.get("href") or "").strip()
    said = node.text(deep=True).strip().rstrip("/").lower()
    if mailbox := _MAILTO.match(url):
        address = unquote(mailbox[1])
        shown = mailboxes and address.lower() not in said and _ADDRESSES.fullmatch(address)
        return f" ({address})" if shown else ""
    if not url.lower().startswith(("http://", "https://")) or len(url) > _URL_AT_MOST:
        return ""
    if "@" in unquote(unquote(unquote(unescape(url)))) or any(c.isspace() for c in url):
        return ""
    told = url.rstrip("/").lower()
    return "" if said in (told, told.partition("://")[2]) else f" ({url})"
