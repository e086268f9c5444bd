"""What a page costs to read, and the reading of those that cost too much: flat, by linear expressions."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape

import re2

from intake.html.element import names
from intake.html.page import SPACES, tidy

DEEPEST = 256  # elements open at once
TAGS_AT_MOST = 60_000  # more are stripped flat: no letter has them, and each costs a step of Python
OPTIONS = 3_000  # of all choices; lexbor looks at all of them again for each one
COSTLIEST = 1_000_000  # open elements x tags: lexbor opens unclosed formatting anew in every block

_VOID = names("area base br col embed hr img input link meta param source track wbr p li td th tr option")
# The expressions of the standard library here have one way to match each character: they are linear.
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)")
_FLAT_DROPPED = re2.compile(
    r"(?is)<!--.*?(?:-->|\z)|<script\b.*?(?:</script|\z)|<style\b.*?(?:</style|\z)|<head\b.*?(?:</head|\z)"
    r"|<title\b.*?(?:</title|\z)|<template\b.*?(?:</template|\z)"
)
_FLAT_BREAK = re.compile(r"(?i)</?(?:p|div|br|tr|li|ul|ol|table|h[1-6]|blockquote|hr|pre|section)\b[^>]*>?")
_FLAT_CELL = re.compile(r"(?i)<t[dh]\b[^>]*>?")
_FLAT_TAG = re.compile(r"<[a-zA-Z/!?][^>]*>?")


def costs_too_much(html: str) -> bool:
    """Whether lexbor, or the way through its tree, would take more than a moment."""
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


def flat(html: str) -> str:
    """The text of a page whose tags mean nothing but ends of lines and cells."""
    text = _FLAT_DROPPED.sub(" ", html)
    text = _FLAT_CELL.sub("\t", _FLAT_BREAK.sub("\n", SPACES.sub(" ", text)))
    text = unescape(_FLAT_TAG.sub("", text))
    return tidy([line.strip() for line in text.split("\n")])
