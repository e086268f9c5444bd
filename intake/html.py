"""HTML mail as plain text: what its reader would have seen, and nothing that only machines see.

The rule this module keeps: bounded time on any input. lexbor's tree takes quadratic time on deeply nested or
never closed elements (200 000 `<div>`: minutes), so nesting is counted first, and what nests absurdly is
stripped flat by linear expressions. Scripts, styles, comments, attributes and hidden elements never reach the
text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import unquote

import re2
from selectolax.lexbor import LexborHTMLParser, LexborNode

LARGEST = 1_000_000  # characters read; a longer page is cut, and `mime` says so
DEEPEST = 256  # elements open at once
TAGS_AT_MOST = 60_000  # more are stripped flat: no letter has them, and each costs a step of Python
COSTLIEST = 1_000_000  # open elements x tags: lexbor opens unclosed formatting anew in every block


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_DROPPED = _names(
    "head script style template title meta link base object applet embed iframe frame frameset noframes "
    "svg math canvas audio video map select datalist textarea input"
)
_BLOCKS = _names(
    "address article aside body blockquote center caption dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre "
    "section summary table tbody tfoot thead tr ul"
)
_PARAGRAPHS = _names("p h1 h2 h3 h4 h5 h6 blockquote ul ol dl table pre")
_VOID = _names("area base br col embed hr img input link meta param source track wbr p li td th tr option")
_QUOTED_AT_MOST = 6  # levels of "> "; deeper quotations are shown at this level
_URL_AT_MOST = 300  # characters; longer links are trackers, not something a reader types

_HIDDEN = re2.compile(
    r"(?i)display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?:px|pt|em)?\s*(?:;|$)"
)
_TURNED = re2.compile(r"(?i)(?:bidi-override.*direction\s*:\s*rtl|direction\s*:\s*rtl.*bidi-override)")
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
    """The visible text of `html`; lines end in \\n, quotations are marked with "> ", list items with "- ".

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
    return len(tags) > TAGS_AT_MOST or deepest * len(tags) > COSTLIEST


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

    def write(self, text: str) -> None:
        if self.preformatted:
            first, *rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            self.line.append(first)
            for more in rest:
                self.end_line()
                self.line.append(more)
        else:
            self.line.append(_SPACES.sub(" ", text))

    def end_line(self) -> None:
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
    if tag == "img":
        page.write(_letters_drawn(node))
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
    if tag == "li":
        page.line.append("- ")
    elif tag in ("td", "th"):
        page.line.append(" ")
    page.quoted += tag == "blockquote"
    page.preformatted += tag == "pre"
    return True


def _leave(node: LexborNode, page: _Page) -> None:
    tag = node.tag
    if tag == "a":
        page.line.append(_shown_url(node))
    elif tag in _PARAGRAPHS:
        page.gap()
    elif tag in _BLOCKS:
        page.block()
    page.quoted -= tag == "blockquote"
    page.preformatted -= tag == "pre"


def _hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return bool(attributes) and ("hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or "")))


def _letters_drawn(node: LexborNode) -> str:
    alternative = (node.attributes.get("alt") or "").strip()
    return alternative if len(alternative) <= _LETTER else ""


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
