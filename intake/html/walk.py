"""The way through a page: what each element does to the text."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from intake.html.element import (
    BLOCKS,
    BOXES,
    CELLS,
    DROPPED,
    LISTS,
    PARAGRAPHS,
    SHOWN_BY_ATTRIBUTES,
    SMALL_DIGITS,
    indent,
    is_hidden,
    is_line,
    is_quoted,
    is_ruled,
    is_struck,
    is_turned,
    is_typed,
    kind_of_numbers,
    number,
    shown_url,
    small_digits,
)
from intake.html.page import Count, Page, tidy


def walk(root: LexborNode | None, mailboxes: bool) -> str:
    """Depth first without recursion: the page's depth is the writer's choice."""
    page = Page(mailboxes)
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
    return tidy(map(str, page.lines))


def _enter(node: LexborNode, page: Page) -> bool:
    """Write what stands before the node's children; False when they are not to be seen."""
    tag = node.tag
    if tag == "-text":
        page.write(node.text_content or "")
        return False
    if tag is None or (tag.startswith("-") and tag != "-document"):
        return False
    if tag in DROPPED or is_hidden(node):
        return False
    if tag in SHOWN_BY_ATTRIBUTES:
        page.write(SHOWN_BY_ATTRIBUTES[tag](node.attributes))
        return False
    if is_turned(node):
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
            count.next = number(node, "value", count.next)
        page.marked = bool(page.lists)
        page.open_box(count.take() if count else "- ")
    elif tag in CELLS:
        page.open_cell()
    elif tag in BOXES:
        page.open_box()
    elif tag == "tr":
        page.tall = False
    elif tag in SMALL_DIGITS:
        page.digits = small_digits(node)
    elif tag in LISTS:
        page.lists.append(Count(number(node, "start", 1), kind_of_numbers(node)) if tag == "ol" else None)
    page.quoted += is_quoted(node)
    page.indent += indent(node)
    page.preformatted += is_typed(node)
    page.struck += is_struck(node)
    return True


def _part(tag: str | None, node: LexborNode, page: Page) -> None:
    """End the line where a block begins or ends, and leave one empty at a paragraph that is not in a list."""
    if tag in PARAGRAPHS and not (tag in LISTS and page.lists) and not (tag == "p" and is_line(node)):
        page.gap()
    elif tag in BLOCKS:
        page.block()
        if tag == "div" and is_ruled(node):
            page.gap()


def _leave(node: LexborNode, page: Page) -> None:
    tag = node.tag
    if is_struck(node):
        page.struck -= 1
        if not page.struck:
            page.end_struck()
    if tag in LISTS:
        page.block()
        page.lists.pop()
    if tag == "a":
        page.line.append(shown_url(node, page.mailboxes))
    elif tag == "option":
        page.line.append(" ")
    elif tag == "q":
        page.write('"')
    elif tag in SMALL_DIGITS:
        page.digits = {}
    if tag in CELLS:
        page.close_cell()
    elif tag in BOXES:
        page.close_box()
    if tag not in CELLS:
        _part(tag, node, page)
    page.quoted -= is_quoted(node)
    page.indent -= indent(node)
    page.preformatted -= is_typed(node)
