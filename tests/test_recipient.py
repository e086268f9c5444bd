"""Which addresses are ours, and what they stand for."""

from __future__ import annotations

import pytest

from intake.door import Target
from intake.errors import StoreBusy
from intake.recipient import Recipients
from intake.reference import new_token, token_digest

TOKEN = "0123456789abcdefghjk"
DIGEST = token_digest(TOKEN)


class Tokens:
    """The store's answer about tokens, and every question that was asked."""

    def __init__(self, *known: tuple[str, str]) -> None:
        self.known, self.asked = known, list[tuple[str, str]]()

    def __call__(self, kind: str, digest: str) -> bool:
        self.asked.append((kind, digest))
        return (kind, digest) in self.known


def recipients(tokens: Tokens | None = None) -> Recipients:
    return Recipients("intake.example", lambda: ("dmv", "dss"), tokens or Tokens())


@pytest.mark.parametrize(
    "local",
    [
        f"reply+{TOKEN}",
        f"REPLY+{TOKEN.upper()}",
        f"reply{TOKEN}",
        f"reply-{TOKEN}",
        f"reply={TOKEN}",
        "reply+O123456789ABCDEFGHJK",
        "reply+01234-56789-abcde-fghjk",
        "reply+oi23456789abcdefghjk",
    ],
)
def test_a_token_typed_from_paper_is_forgiven(local: str) -> None:
    """RA11: case, o for 0 and i or l for 1, dashes, a plus that became something else."""
    assert recipients(Tokens(("reply", DIGEST))).resolve(f"{local}@intake.example") == Target("reply", DIGEST)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("contact@intake.example", "contact"),
        ("CONTACT@Intake.Example", "contact"),
        ("contact@intake.example.", "contact"),
        ("dmv@intake.example", "dmv"),
        ("DSS@INTAKE.EXAMPLE", "dss"),
        ("postmaster@intake.example", "postmaster"),
        ("abuse@intake.example", "abuse"),
        ("postmaster", "postmaster"),
        ("Postmaster", "postmaster"),
    ],
)
def test_what_citizens_and_operators_write_to_is_ours(address: str, name: str) -> None:
    """contact@, every agency in force, postmaster (also without a domain, RFC 5321 §2.3.5) and abuse; in any case."""
    assert recipients().resolve(address) == Target("new", name)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "<>",
        "@",
        "@intake.example",
        "contact@",
        "contact",
        "abuse",
        "nobody@intake.example",
        "contact@other.example",
        "contact@mail.intake.example",
        "contact@intake.example.other.example",
        "contact@otherintake.example",
        "contact @intake.example",
        "contact@intake.example ",
        "contact%other.example@intake.example",
        "other.example!contact@intake.example",
        "@other.example:contact@intake.example",
        "contact@other.example@intake.example",
        '"contact@other.example"@intake.example',
        "contact+detail@intake.example",
        "reply@intake.example",
        "reply+@intake.example",
        "reply+short@intake.example",
        f"reply+{TOKEN}x@intake.example",
        f"reply+{TOKEN}u@intake.example",
        f"reply+{TOKEN[:-1]}é@intake.example",
        f"other+{TOKEN}@intake.example",
        f"reply+{TOKEN}@other.example",
        "reply+\udcff@intake.example",
        "x" * 300 + "@intake.example",
    ],
)
def test_everything_else_is_nobody(address: str) -> None:
    """SM21-35: no relay, no near miss, no half a token."""
    assert recipients(Tokens(("reply", DIGEST), ("bounce", DIGEST))).resolve(address) is None


@pytest.mark.parametrize("kind", ["reply", "bounce"])
@pytest.mark.parametrize("spelling", [TOKEN, TOKEN.upper(), TOKEN.replace("0", "o").replace("1", "l"), f"O{TOKEN[1:]}"])
def test_a_token_is_read_as_people_copy_it(kind: str, spelling: str) -> None:
    """Case does not matter, l and 1, o and 0 are the same; the other kind's token is nobody."""
    tokens = Tokens((kind, DIGEST))
    assert recipients(tokens).resolve(f"{kind}+{spelling}@intake.example") == Target(kind, DIGEST)
    other = {"reply": "bounce", "bounce": "reply"}[kind]
    assert recipients(tokens).resolve(f"{other}+{spelling}@intake.example") is None


def test_a_known_and_an_unknown_token_cost_the_same_look_up() -> None:
    """SM36: one question each to the store, by digest, never by the token itself."""
    tokens, unknown = Tokens(("reply", DIGEST)), new_token()
    for token in (TOKEN, unknown):
        recipients(tokens).resolve(f"reply+{token}@intake.example")
    assert tokens.asked == [("reply", DIGEST), ("reply", token_digest(unknown))]


def test_a_store_that_cannot_be_asked_is_deferred_not_refused() -> None:
    """SM45: an alias is not bounced because our database is away."""

    def away(_kind: str, _digest: str) -> bool:
        raise StoreBusy

    with pytest.raises(StoreBusy):
        Recipients("intake.example", list, away).resolve(f"reply+{TOKEN}@intake.example")


def test_the_agencies_in_force_now_count() -> None:
    """A new agency's address is taken as soon as the rules are published."""
    agencies = ["dmv"]
    known = Recipients("intake.example", lambda: agencies, Tokens())
    assert known.resolve("parks@intake.example") is None
    agencies.append("parks")
    assert known.resolve("parks@intake.example") == Target("new", "parks")
