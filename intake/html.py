"""HTML mail as plain text: what its reader would have seen, and nothing that only machines see.

The rule this module keeps: bounded time on any input. lexbor's tree takes quadratic time on deeply nested or never
closed elements (200 000 `<div>`: minutes) and on the choices of a field, so these are counted first, and what is absurd
is stripped flat by linear expressions. Scripts, styles, comments and hidden elements never reach the text, and of
attributes only what a browser shows: what was typed or chosen, numbers of a list, the words for a picture. What was
struck out says so. Nothing is loaded.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html import unescape
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
_STRUCK = _names("s strike del")
_LISTS = _names("ol ul menu dir")
_AS_TYPED = _names("pre textarea")
_TYPED = _names("text search tel url email number date month week time datetime-local range")
_TICKED = _names("checkbox radio")
_PARAGRAPHS = _names("p h1 h2 h3 h4 h5 h6 blockquote ul ol dl table pre")
_VOID = _names("area base br col embed hr img input link meta param source track wbr p li td th tr option")
_QUOTED_AT_MOST = 6  # levels of "> "; deeper quotations are shown at this level
_URL_AT_MOST = 300  # characters; longer links are trackers, not something a reader types

_HIDDEN = re2.compile(
    r"(?i)display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?:px|pt|em)?\s*(?:;|$)"
)
_TURNED = re2.compile(r"(?i)(?:bidi-override.*direction\s*:\s*rtl|direction\s*:\s*rtl.*bidi-override)")
_LINE_THROUGH = re2.compile(r"(?i)text-decoration(?:-line)?\s*:[^;]*line-through")
_UNSEEN_SIZE = re.compile(r"\s*[01](?:px)?\s*")  # of a picture that tells its owner that a mail was opened
_NUMBER = re.compile(r"\s*(-?\d{1,6})\s*")
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
_FLAT_TAG = re.compile(r"<[a-zA-Z/!?][^>]*>?")


def to_text(html: str) -> str:
    """The visible text of `html`; lines end in \\n, quotations are marked with "> ", list items with "- " or "3. ".

    Never raises; reads at most LARGEST characters.
    """
    html = html[:LARGEST].replace("\0", "")
    if _nests_absurdly(html):
        return _flat(html)
    page = LexborHTMLParser(html)
    return _walk(page.root)


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
    text = unescape(_FLAT_TAG.sub("", _FLAT_BREAK.sub("\n", _SPACES.sub(" ", text))))
    return _tidy([line.strip() for line in text.split("\n")])


@dataclass(slots=True)
class _Page:
    """The text so far, and where in the page we are."""

    lines: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    quoted: int = 0
    preformatted: int = 0
    struck: int = 0
    says_struck: bool = False  # in this line
    numbers: list[int | None] = field(default_factory=list)  # the next one of each list that is open; None: no numbers

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

    def end_struck(self) -> None:
        """Close the bracket where the words end, in each line anew."""
        if self.says_struck:
            text = "".join(self.line)
            words = text.rstrip()
            self.line = [words, "]", text[len(words) :]]
            self.says_struck = False

    def marked(self) -> str:
        """What stands before the item of a list."""
        number = self.numbers[-1] if self.numbers else None
        if number is None:
            return "- "
        self.numbers[-1] = number + 1
        return f"{number}. "

    def end_line(self) -> None:
        self.end_struck()
        text = "".join(self.line)
        text = text.rstrip() if self.preformatted else _SPACES.sub(" ", text).strip(" ")
        self.lines.append("> " * min(self.quoted, _QUOTED_AT_MOST) + text if text else "")
        self.line.clear()

    def block(self) -> None:
        if any(piece.strip(" ") for piece in self.line):
            self.end_line()
        else:
            self.line.clear()

    def gap(self) -> None:
        self.block()
        if self.lines and self.lines[-1]:
            self.lines.append("")


def _walk(root: LexborNode | None) -> str:
    """Depth first without recursion: the page's depth is the writer's choice."""
    page = _Page()
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
    return _tidy(page.lines)


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
    if tag == "br":
        page.end_line()
    elif tag in _PARAGRAPHS:
        page.gap()
    elif tag in _BLOCKS:
        page.block()
    if tag == "option":
        if "selected" not in node.attributes:
            return False
        page.write(" (selected) ")
    elif tag == "li":
        if page.numbers and page.numbers[-1] is not None:
            page.numbers[-1] = _number(node, "value", page.numbers[-1])
        page.line.append(page.marked())
    elif tag in ("td", "th"):
        page.line.append(" ")
    elif tag in _LISTS:
        page.numbers.append(_number(node, "start", 1) if tag == "ol" else None)
    page.quoted += tag == "blockquote"
    page.preformatted += tag in _AS_TYPED
    page.struck += _is_struck(node)
    return True


def _leave(node: LexborNode, page: _Page) -> None:
    tag = node.tag
    if _is_struck(node):
        page.struck -= 1
        if not page.struck:
            page.end_struck()
    if tag == "a":
        page.line.append(_shown_url(node))
    elif tag == "option":
        page.line.append(" ")
    elif tag in _PARAGRAPHS:
        page.gap()
    elif tag in _BLOCKS:
        page.block()
    page.quoted -= tag == "blockquote"
    page.preformatted -= tag in _AS_TYPED
    if tag in _LISTS:
        page.numbers.pop()


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


def _shown_url(node: LexborNode) -> str:
    """What follows a link's text: where it leads, unless the text says so or an address may hide in it."""
    url = (node.attributes.get("href") or "").strip()
    if not url.lower().startswith(("http://", "https://")) or len(url) > _URL_AT_MOST:
        return ""
    if "@" in unquote(unquote(unquote(unescape(url)))) or any(c.isspace() for c in url):
        return ""
    said = node.text(deep=True).strip().rstrip("/").lower()
    told = url.rstrip("/").lower()
    return "" if said in (told, told.partition("://")[2]) else f" ({url})"


def _tidy(lines: Iterable[str]) -> str:
    return _GAPS.sub("\n\n", "\n".join(lines)).strip("\n")
