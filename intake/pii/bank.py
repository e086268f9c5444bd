"""Bank accounts: account and routing numbers, IBAN, the last digits of an account when said to be that.

The check digit of a routing number helps, the cue decides: an account number has no form of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from intake.pii import checks, spelt
from intake.pii.page import Page, everywhere, pattern
from intake.pii.tags import Tag

_IBAN = everywhere(r"\b[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{4}){2,7}(?: ?[A-Za-z0-9]{1,4})?\b")
_ROUTING = pattern(r"\b\d{9}\b|\b\d{4}[- ]\d{4}[- ]\d\b|\b\d{3}[- ]\d{3}[- ]\d{3}\b")
_ACCOUNT = pattern(r"\b[A-Za-z]{0,3}\d(?:[ \-.]{0,2}\d){3,19}\b")

_CALLED = (
    "routing", "bank", "account", "ssn", "card", "phone", "id", "none", "dob", "zip", "pin", "password", "code",
    "utility", "office", "cvv", "expiry",
)  # fmt: skip


_GLUED = everywhere(
    r"(?i)\b(?:rtn|aba|routing|acct|account|acc|iban)[:#.]?(\d{5,17})\b|(?:rtn|aba|"
    r"routing)[:#.]?(\d{9})(?i:acct|account|acc)[:#.]?(\d{5,17})\b"
)
_TELEPHONE = pattern(r"^[2-9]\d{2}[-. ][2-9]\d{2}[-. ]\d{4}$")
_NEXT = pattern(r"\b\d(?:[ \-]?\d){5,16}\b")


def find(page: Page) -> Iterator[Tag]:
    """Tags of class `bank`; a telephone number that money goes to by Zelle is one of class `phone`."""
    yield from _ibans(page)
    yield from _glued(page)
    if not page.kinds.isdisjoint(("routing", "bank", "account")):
        for said in spelt.said_in(page):
            cue = page.cue_before(said.start, 60, *_CALLED)
            if cue and cue.kind in ("routing", "bank", "account") and len(said.digits) >= 6:
                yield Tag(said.start, said.end, "bank", 0.9, "bank dictated")
        routing = list(_routing(page))
        yield from routing
        yield from _accounts(page, routing)


def _ibans(page: Page) -> Iterator[Tag]:
    for found in page.all(_IBAN):
        text, start = page.plain[found.start() : found.end()], found.start()
        while len(text) >= 15:
            if checks.iban(text.replace(" ", "")):
                yield Tag(start, start + len(text), "bank", 0.99, "iban check digits")
                break
            text = text.rpartition(" ")[0]


def _routing(page: Page) -> Iterator[Tag]:
    for start, end in page.spans(_ROUTING):
        cue = page.cue_before(start, 60, *_CALLED)
        valid = checks.aba(page.digits(start, end))
        if cue and cue.kind == "routing":
            yield Tag(start, end, "bank", 0.98 if valid else 0.9, "routing cue")
        elif valid and (not cue or cue.kind in ("bank", "none")) and _money_about(page, start):
            yield Tag(start, end, "bank", 0.9, "routing check digit")


def _money_about(page: Page, start: int) -> bool:
    around = page.low[max(0, start - 60) : start + 40]
    return page.near(start, 120, 40, "bank", "routing") or "check" in around or "cheque" in around


def _glued(page: Page) -> Iterator[Tag]:
    """Cue and number written as one: "rtn122105155acct44718826"."""
    for found in page.all(_GLUED):
        for group in (1, 2, 3):
            if found.start(group) >= 0:
                yield Tag(found.start(group), found.end(group), "bank", 0.85, "bank glued")


def _accounts(page: Page, routing: list[Tag]) -> Iterator[Tag]:
    taken = {tag.start for tag in routing}
    for tag in routing:
        beside = _NEXT.search(page.raw[tag.end : tag.end + 40])
        cue = page.cue_before(tag.end + beside.start(), 30, *_CALLED) if beside else None
        if beside and (not cue or cue.kind in ("bank", "account", "routing", "none") or cue.end <= tag.end):
            yield Tag(tag.end + beside.start(), tag.end + beside.end(), "bank", 0.85, "account behind routing")
    for start, end in page.spans(_ACCOUNT):
        if start in taken or _amount(page, start, end):
            continue
        cue = page.cue_before(start, 60, *_CALLED)
        if cue and _account(page, start, end, cue.kind, cue.end):
            zelle = page.low[cue.start : cue.end] == "zelle" and _TELEPHONE.match(page.raw[start:end])
            yield (
                Tag(start, end, "phone", 0.92, "phone zelle") if zelle else Tag(start, end, "bank", 0.92, "account cue")
            )


def _account(page: Page, start: int, end: int, kind: str, said: int) -> bool:
    """Whether the number called `kind` is a bank's: an account with a bank about, and no utility nearer."""
    digits = len(page.digits(start, end))
    last = page.cue_before(start, 14, "last") is not None
    if (digits < 6 and not last) or page.digits(said, start):
        return False
    if kind == "bank":
        return last or start - said < 30
    if kind != "account":
        return False
    money = page.cue_before(start, 200, "bank", "routing", "utility", "card")
    behind = page.cue_after(end, 60, "bank", "routing")
    return bool((money and money.kind in ("bank", "routing")) or behind)


def _amount(page: Page, start: int, end: int) -> bool:
    before, after = page.plain[max(0, start - 2) : start], page.plain[end : end + 2]
    return (
        "$" in before or (after[:1] in "/:" and after[1:].isdigit()) or (before[-1:] in "/:#-" and before[:1].isdigit())
    )
