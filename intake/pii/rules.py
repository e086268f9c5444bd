"""What has a form: each kind's rules over a page, merged."""

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
    phone,
    secret,
    ssn,
    zipcode,
)
from intake.pii.merge import merge
from intake.pii.page import Page
from intake.pii.tags import Tag

_KINDS = (ssn, card, bank, phone, identifier, ip, secret, zipcode, address, email, gender, birth)


def by_rules(page: Page) -> list[Tag]:
    """What the rules say: evidence for the model, and what it may not overrule."""
    if page.bare:
        return []
    return merge(page, [one for kind in _KINDS for one in kind.find(page)])
