"""HTML mail as plain text: what its reader would have seen, and nothing that only machines see.

The rule this module keeps: bounded time on any input. lexbor's tree takes quadratic time on deeply nested or never
closed elements (200 000 `<div>`: minutes) and on the choices of a field, so these are counted first, and what is absurd
is stripped flat by linear expressions. Scripts, styles, comments and hidden elements never reach the text, and of
attributes only what a browser shows or does when it is pressed: what was typed or chosen, numbers of a list, the words
for a picture, where a link leads. What was struck out says so. Nothing is loaded.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import NamedTuple
from urllib.parse import unquote

import re2
from selectolax.lexbor import LexborHTMLParser, LexborNode

Attributes = Mapping[str, str | None]

LARGEST = 1_000_000  # characters read; a longer page is cut, and `mime` says so
DEEPEST = 256  # elements open at once
TAGS_AT_MOST = 60_000  # more are stripped flat: no letter has them, and each costs a step of Python
OPTIONS = 3_000  # of all choices; lexbor looks at all of them again for each one
COSTLIEST = 1_000_000  # open elements x tags: lexbor opens unclosed formatting anew in every block


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_DROPPED = _names(
    "head script style template title meta link base object applet embed iframe frame frameset noframes "
    "svg math canvas audio video map datalist"
)
_BLOCKS = _names(
    "address article aside body blockquote center caption dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre "
    "section summary table tbody textarea tfoot thead tr ul"
)
_CELLS = _names("td th")
_BOXES = _CELLS | _names("li dt dd caption")
_STRUCK = _names("s strike del")
_LISTS = _names("ol ul menu dir")
_INDENTED = _LISTS | {"dd"}
_AS_TYPED = _names("pre textarea")
_TYPED = _names("text search tel url email number date month week time datetime-local range")
_TICKED = _names("checkbox radio")
_PARAGRAPHS = _names("p h1 h2 h3 h4 h5 h6 blockquote ul ol dl table pre")
_VOID = _names("area base br col embed hr img input link meta param source track wbr p li td th tr option")
_QUOTED_AT_MOST = 6  # levels of "> "; deeper quotations are shown at this level
_INDENTED_AT_MOST = 6  # levels of lists
_ROW_AT_MOST = 2_000  # characters of a row whose next cell goes on in its line; each cell costs a look at all of it
_URL_AT_MOST = 300  # characters; longer links are trackers, not something a reader types

_HIDDEN = re2.compile(
    r"(?i)display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?:px|pt|em)?\s*(?:;|$)"
)
_TURNED = re2.compile(r"(?i)(?:bidi-override.*direction\s*:\s*rtl|direction\s*:\s*rtl.*bidi-override)")
_LINE_THROUGH = re2.compile(r"(?i)text-decoration(?:-line)?\s*:[^;]*line-through")
_UNSEEN_SIZE = re.compile(r"\s*[01](?:px)?\s*")  # of a picture that tells its owner that a mail was opened
_NUMBER = re.compile(r"\s*(-?\d{1,6})\s*")
_AS_IT_STANDS = re2.compile(r"(?i)white-space\s*:\s*(?:break-spaces|pre(?:-wrap|-line)?)\s*(?:;|!|$)")
_NO_BORDER = re2.compile(r"(?i)border\s*:\s*(?:0|none)")  # of what is moved in and no quotation
_NO_MARGIN = re2.compile(r"(?i)margin(?:-bottom)?\s*:\s*(?:[0.]{1,5}1?[a-z]*\s*)+(?:;|!|$)")
_RULED = re2.compile(r"(?i)border-top\s*:[^;]*\bsolid")  # Outlook draws its line above what is answered so
_MARGIN = re2.compile(r"(?i)margin(?:-top|-bottom)?\s*:")
_COUNTED = re2.compile(r"(?i)list-style(?:-type)?\s*:[^;]*\b(lower|upper)-(alpha|latin|roman)\b")
_LEVEL = re2.compile(r"(?i)mso-list\s*:[^;]*\blevel([1-9])\b")
_ROMAN = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_MAILTO = re.compile(r"(?i)mailto:\s*([^?\s]{3,300})")
_ADDRESSES = re.compile(r"[^\s<>()@,;]{1,64}@[^\s<>()@,;]{1,255}(?:[,;] ?[^\s<>()@,;]{1,64}@[^\s<>()@,;]{1,255}){0,3}")
_BORDER = "\0"  # between the cells of a row, until its line ends; a page has none
_BORDERS = re.compile(r"[ \xa0]*\0[ \xa0]*")
_LETTER = 3  # characters of an alternative text that stands for letters, as pictures of an "@" or "at" do
# The expressions of the standard library here have one way to match each character: they are linear.
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)")
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_GAPS = re.compile(r"\n{3,}")
_FLAT_DROPPED = re2.compile(
    r"(?is)<!--.*?(?:-->|\z)|<script\b.*?(?:</script|\z)|<style\b.*?(?:</style|\z)|<head\b.*?(?:</head|\z)"
    r"|<title\b.*?(?:</title|\z)|<template\b.*?(?:</template|\z)"
)
_FLAT_BREAK = re.compile(r"(?i)</?(?:p|div|br|tr|li|ul|ol|table|h[1-6]|blockquote|hr|pre|section)\b[^>]*>?")
_FLAT_CELL = re.compile(r"(?i)<t[dh]\b[^>]*>?")
_FLAT_TAG = re.compile(r"<[a-zA-Z/!?][^>]*>?")


def to_text(html: str, mailboxes: bool = False) -> str:
    """The visible text of `html`; lines end in \\n, quotations are marked with "> ", list items with "- " or "3. ", and
    the cells of a row are parted by tabs, as browsers copy them.

    `mailboxes`: whether what a link writes to is shown behind its words, as where it leads is. Never raises; reads at
    most LARGEST characters.
    """
    html = html[:LARGEST].replace("\0", "")
    if _nests_absurdly(html):
        return _flat(html)
    page = LexborHTMLParser(html)
    return _walk(page.root, mailboxes)


def _nests_absurdly(html: str) -> bool:
    if html.count("<") < DEEPEST:
        return False
    opened: Counter[str] = Counter()
    depth = deepest = 0
    tags = _TAG.findall(html)
    for closing, name in tags:
        name = name.lower()
        if name in _VOID:
            continue
        if not closing:
            opened[name] += 1
            depth += 1
            if depth > deepest:
                deepest = depth
                if deepest > DEEPEST:
                    return True
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
    options = sum(name.lower() == "option" for closing, name in tags if not closing)
    return len(tags) > TAGS_AT_MOST or options > OPTIONS or deepest * len(tags) > COSTLIEST


def _flat(html: str) -> str:
    text = _FLAT_DROPPED.sub(" ", html)
    text = _FLAT_CELL.sub("\t", _FLAT_BREAK.sub("\n", _SPACES.sub(" ", text)))
    text = unescape(_FLAT_TAG.sub("", text))
    return _tidy([line.strip() for line in text.split("\n")])


class _Line(NamedTuple):
    """A line that has ended."""

    quoted: int
    indent: int
    text: str

    def __str__(self) -> str:
        marks = "> " * min(self.quoted, _QUOTED_AT_MOST) + "  " * min(self.indent, _INDENTED_AT_MOST)
        return marks + self.text if self.text else ""


@dataclass(slots=True)
class _Page:
    """The text so far, and where in the page we are."""

    mailboxes: bool = False
    lines: list[_Line] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    quoted: int = 0
    indent: int = 0
    marked: bool = False  # this line begins with the mark of a list's item, which hangs out
    preformatted: int = 0
    struck: int = 0
    says_struck: bool = False  # in this line
    lists: list[_Count | None] = field(default_factory=list)  # that are open; None: without numbers
    boxes: list[int] = field(default_factory=list)  # lines when each cell or item that is open began
    empty: bool = False  # nothing was written yet in the box that began last

    def write(self, text: str) -> None:
        if self.preformatted:
            first, *rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            self._put(first)
            for more in rest:
                self.end_line()
                self._put(more)
        else:
            self._put(_SPACES.sub(" ", text))

    def _put(self, piece: str) -> None:
        if self.struck and not self.says_struck and (words := piece.lstrip()):
            self.line += [piece[: -len(words)], "[struck out: "]
            piece, self.says_struck = words, True
        self.line.append(piece)
        self.empty = self.empty and not piece.strip()

    def end_struck(self) -> None:
        """Close the bracket where the words end, in each line anew."""
        if self.says_struck:
            text = "".join(self.line)
            words = text.rstrip()
            self.line = [words, "]", text[len(words) :]]
            self.says_struck = False

    def open_box(self, before: str = "") -> None:
        """A cell or an item begins: behind a border or a mark, if any."""
        self.line.append(before)
        self.boxes.append(len(self.lines))
        self.empty = True

    def close_box(self) -> None:
        """It ends; what was one paragraph stays open for the next cell."""
        began = self.boxes.pop()
        self.empty = False
        if self._is_begun():
            return
        last = next((at for at in range(len(self.lines), began, -1) if self.lines[at - 1].text), began)
        if last == began + 1 and len(self.lines[began].text) < _ROW_AT_MOST and self.lines[began].quoted == self.quoted:
            _, indent, text = self.lines[began]
            self.marked = indent < self.indent
            self.line = [text.replace("\t", _BORDER)]
            del self.lines[began:]

    def _is_begun(self) -> bool:
        return any(piece.strip(" \0") for piece in self.line)

    def end_line(self) -> None:
        self.end_struck()
        text = "".join(self.line)
        text = text.rstrip() if self.preformatted else _SPACES.sub(" ", text).lstrip(" \0").rstrip(" \0\xa0")
        text = _BORDERS.sub("\t", text)
        self.lines.append(_Line(self.quoted, self.indent - self.marked, text if text.strip() else ""))
        self.line.clear()
        self.marked = False

    def block(self) -> None:
        if self.empty:
            return
        if self._is_begun():
            self.end_line()
        else:
            self.line.clear()

    def gap(self) -> None:
        self.block()
        if self.lines and self.lines[-1].text and not self.empty:
            self.lines.append(_Line(0, 0, ""))


@dataclass(slots=True)
class _Count:
    """The numbers of a list: the next one, and the letter that says how they are written (HTML's `type`)."""

    next: int
    kind: str = "1"

    def take(self) -> str:
        number = self.next
        self.next += 1
        if not 0 < number < 400 or self.kind not in "aAiI":
            return f"{number}. "
        said = _roman(number) if self.kind in "iI" else _letters(number)
        return f"{said.upper() if self.kind in 'AI' else said}. "


def _letters(number: int) -> str:
    before, letter = divmod(number - 1, 26)
    return (_letters(before) if before else "") + chr(97 + letter)


def _roman(number: int) -> str:
    said = ""
    for value, sign in _ROMAN:
        times, number = divmod(number, value)
        said += sign * times
    return said


def _walk(root: LexborNode | None, mailboxes: bool) -> str:
    """Depth first without recursion: the page's depth is the writer's choice."""
    page = _Page(mailboxes)
    node = root
    while node is not None:
        inside = _enter(node, page)
        child = node.child if inside else None
        if child is not None:
            node = child
            continue
        if inside:
            _leave(node, page)
        while node is not None and node.next is None:
            node = node.parent
            if node is not None:
                _leave(node, page)
        node = node.next if node is not None else None
    page.block()
    return _tidy(map(str, page.lines))


def _enter(node: LexborNode, page: _Page) -> bool:
    """Write what stands before the node's children; False when they are not to be seen."""
    tag = node.tag
    if tag == "-text":
        page.write(node.text_content or "")
        return False
    if tag is None or (tag.startswith("-") and tag != "-document"):
        return False
    if tag in _DROPPED or _hidden(node):
        return False
    if tag in _SHOWN_BY_ATTRIBUTES:
        page.write(_SHOWN_BY_ATTRIBUTES[tag](node.attributes))
        return False
    if _turned(node):
        page.write(node.text(deep=True)[::-1])
        return False
    if tag == "br" and not page.empty:
        page.end_line()
    _part(tag, node, page)
    if tag == "option":
        if "selected" not in node.attributes:
            return False
        page.write(" (selected) ")
    elif tag == "hr":
        page.write("---")
        page.block()
    elif tag == "q":
        page.write('"')
    elif tag == "li":
        count = page.lists[-1] if page.lists else None
        if count:
            count.next = _number(node, "value", count.next)
        page.marked = bool(page.lists)
        page.open_box(count.take() if count else "- ")
    elif tag in _BOXES:
        page.open_box(_BORDER if tag in _CELLS and page.line else "")
    elif tag in _LISTS:
        page.lists.append(_Count(_number(node, "start", 1), _kind(node)) if tag == "ol" else None)
    page.quoted += _is_quoted(node)
    page.indent += _indent(node)
    page.preformatted += _is_typed(node)
    page.struck += _is_struck(node)
    return True


def _part(tag: str | None, node: LexborNode, page: _Page) -> None:
    """End the line where a block begins or ends, and leave one empty at a paragraph that is not in a list."""
    if tag in _PARAGRAPHS and not (tag in _LISTS and page.lists) and not (tag == "p" and _is_line(node)):
        page.gap()
    elif tag in _BLOCKS:
        page.block()
        if tag == "div" and _RULED.search(_style(node)):
            page.gap()


def _leave(node: LexborNode, page: _Page) -> None:
    tag = node.tag
    if _is_struck(node):
        page.struck -= 1
        if not page.struck:
            page.end_struck()
    if tag in _LISTS:
        page.block()
        page.lists.pop()
    if tag == "a":
        page.line.append(_shown_url(node, page.mailboxes))
    elif tag == "option":
        page.line.append(" ")
    elif tag == "q":
        page.write('"')
    if tag in _BOXES:
        page.close_box()
    if tag not in _CELLS:
        _part(tag, node, page)
    page.quoted -= _is_quoted(node)
    page.indent -= _indent(node)
    page.preformatted -= _is_typed(node)


def _style(node: LexborNode) -> str:
    return node.attributes.get("style") or ""


def _is_quoted(node: LexborNode) -> bool:
    """What is moved in by a button of webmail is no quotation: it says that it has no border."""
    return node.tag == "blockquote" and ("type" in node.attributes or not _NO_BORDER.search(_style(node)))


def _indent(node: LexborNode) -> int:
    """How many levels in: of a list, of a term's meaning, of what was moved in; Word says it in a paragraph's style."""
    if node.tag == "p":
        level = _LEVEL.search(_style(node))
        return int(level[1]) - 1 if level else 0
    return node.tag in _INDENTED or (node.tag == "blockquote" and not _is_quoted(node))


def _is_typed(node: LexborNode) -> bool:
    return node.tag in _AS_TYPED or bool(_AS_IT_STANDS.search(_style(node)))


def _is_line(node: LexborNode) -> bool:
    """A paragraph without a gap below it: Word's are, unless they say otherwise."""
    style = _style(node)
    of_word = (node.attributes.get("class") or "").startswith("Mso") and not _MARGIN.search(style)
    return of_word or bool(_NO_MARGIN.search(style))


def _kind(node: LexborNode) -> str:
    """How the numbers of a list are written."""
    found = _COUNTED.search(_style(node))
    if not found:
        return (node.attributes.get("type") or "").strip()[:1] or "1"
    kind = "i" if found[2].lower() == "roman" else "a"
    return kind.upper() if found[1].lower() == "upper" else kind


def _hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return bool(attributes) and ("hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or "")))


def _is_struck(node: LexborNode) -> bool:
    return node.tag in _STRUCK or bool(_LINE_THROUGH.search(node.attributes.get("style") or ""))


def _number(node: LexborNode, name: str, otherwise: int) -> int:
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


_SHOWN_BY_ATTRIBUTES: dict[str, Callable[[Attributes], str]] = {"img": _pictured, "input": _filled_in}


def _turned(node: LexborNode) -> bool:
    """Whether letters are shown from right to left whatever they are: then the page holds them backwards."""
    attributes = node.attributes
    if not attributes:
        return False
    override = node.tag == "bdo" and (attributes.get("dir") or "").lower() == "rtl"
    return override or bool(_TURNED.search(attributes.get("style") or ""))


def _shown_url(node: LexborNode, mailboxes: bool) -> str:
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


def _tidy(lines: Iterable[str]) -> str:
    return _GAPS.sub("\n\n", "\n".join(lines)).strip("\n")
