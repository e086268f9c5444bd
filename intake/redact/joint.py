"""Joints: the text without what programs and people put between the pieces of an address.

The rule this module keeps: around an "@" and before a dot of a view, line ends with their quotation marks, tags,
comments, brackets and the borders of cells are left out. Blanks and lines leave one blank by the "@": it is a weaker
sign than an "@" between two words. A dot behind which something stood keeps a blank too: most such dots end a sentence.
"""

from __future__ import annotations

import re

import re2

from intake.redact.spelling import View, made

_TAG = r"<(?:[a-z/][^<>@\n]*|!--[^@>]*--)>"
_COMMENT = r"\([^()@\n]*\)"
_CELL = r"""["'][,;]\s?["']"""
_AROUND_AT = rf"""(?:{_TAG}|{_COMMENT}|{_CELL}|[ \t\r\n>\[\](){{}}<"'\\|*+])*"""
_AROUND_DOT = rf"(?:{_TAG}|{_COMMENT}|[ \t]|\r?\n(?:[>|] ?)*)"
_INLINE = r"</?(?:a|b|i|u|em|strong|span|font|mark|small|wbr)(?:\s[^<>@\n]*)?/?>"
TOP = r"(?:com|net|org|edu|gov|mil|info|biz|io|example|test|invalid|uk|eu|fr|pl|pt|br|mx|ca|ht|it|nl|ch|jp|ru|ua)"
_JOINT = re2.compile(
    rf"{_AROUND_AT}@+{_AROUND_AT}|[,;]@[,;]"
    rf"|{_AROUND_DOT}+\.{_AROUND_DOT}*|\.{_AROUND_DOT}+{TOP}\b|{_INLINE}"
)
_NOTHING = re.compile(rf"{_TAG}|{_COMMENT}|{_CELL}")
_SIGN = re.compile("@+")
_LONGEST = 40  # characters of a joint, without tags and comments
_LINES = 2  # that may end on each side of a sign; if none does on the other, one
_MOST = 3  # signs in a row


def joined(view: View) -> View:
    """The view without what parts an address; itself when nothing does."""
    return made(view.text, _JOINT, _put, view)


def _put(joint: str) -> str:
    """What a joint is in the normal form; what is too long, or over too many lines, is none and stays."""
    bare = _NOTHING.sub("", joint)
    if len(bare) > _LONGEST:
        return joint
    if sign := _SIGN.search(bare):
        return _at(bare[: sign.start()], sign[0], bare[sign.end() :]) or joint
    if "." not in bare:
        return ""  # an inline tag
    before, _, behind = bare.partition(".")
    if max(before.count("\n"), behind.count("\n")) > _LINES:
        return joint
    top = behind.lstrip(" \t\r\n>|")
    if not top:  # the gap is in front; "… (a note). The next sentence"
        return joint if behind and (not before or "(" in joint) else "."
    return f".{top}" if top == behind else f". {top}"


def _at(before: str, sign: str, behind: str) -> str:
    lines = before.count("\n"), behind.count("\n")
    if len(sign) > _MOST or max(lines) > (_LINES if min(lines) else 1):
        return ""
    return f"{' ' * any(map(str.isspace, before))}@{' ' * any(map(str.isspace, behind))}"
