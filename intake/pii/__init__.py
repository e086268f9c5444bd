"""Tagging personal information: `tag(text, context)` says where what stands, and nothing of it leaves this call.

A module per kind finds, `merge` decides between them. All of it works on a `Page`, the text in plain ASCII of the
same length, in time linear in the text. Tagging never raises on any str: it stands before everything that withholds.
"""

from __future__ import annotations

from intake.pii import (
    address,
    bank,
    birth,
    card,
    email,
    gender,
    identifier,
    ip,
    name,
    phone,
    secret,
    ssn,
    zipcode,
)
from intake.pii.email import addresses_in
from intake.pii.merge import merge
from intake.pii.page import Page
from intake.pii.tags import CLASSES, Context, Tag, identifying

__all__ = ["CLASSES", "Context", "Tag", "addresses_in", "identifying", "tag"]

_NUMBERS = (
    ssn.find,
    card.find,
    bank.find,
    phone.find,
    identifier.find,
    ip.find,
    secret.find,
    zipcode.find,
    address.find,
)


def tag(text: str, context: Context = Context()) -> list[Tag]:  # noqa: B008 - frozen, so one for all is meant
    """The personal information in `text`: tags in order, never overlapping.

    Offsets count code points of `text` as given, end exclusive. Any str will do, lone surrogates included.
    """
    page = Page(text)
    found = [one for find in _NUMBERS for one in find(page)]
    found += email.find(page, context)
    genders = list(gender.find(page))
    names = merge(page, name.find(page, context))
    found += names + genders + birth.find(page, names, genders)
    return merge(page, found)
