"""The answer of the gate: may this message leave."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from email.errors import MessageError
from functools import partial

import re2

from intake.egress import coded, owner
from intake.egress.budget import Budget, TooMuch
from intake.egress.fields import Ours
from intake.egress.fold import plain, seen
from intake.egress.message import Message, Place
from intake.egress.needle import Later, Needle, Needles
from intake.egress.runs import LONGEST
from intake.egress.search import CHUNK, Search
from intake.egress.spelt import Spelt
from intake.egress.withheld import Withheld
from intake.egress.withheld import needles as needles_of

UNCHECKED = "the message could not be checked"
_FAULTS = (
    *(ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError, RuntimeError, MemoryError),
    *(MessageError, struct.error, zlib.error, re2.error),
)
"""Whatever may go wrong in here must hold the message. Not `Exception`: that a time limit is, too."""
_SHORTEST = 8  # characters of a run: a shorter one is a word
_SMALL = 65_536  # characters of a text that is searched together with others


def check(
    raw: bytes,
    known: Collection[str],
    shown_domains: Collection[str] | None,
    consented: Collection[str] = (),
    *,
    withheld: Sequence[Withheld] = (),
    shown_names: Collection[str] = (),
    domain: str = "",
    seconds: float = 5.0,
) -> tuple[str, ...]:
    """Why `raw` must not leave: neutral findings, none when it may.

    `known`: the writer's addresses, looked for in every spelling. `shown_domains`: whose addresses (subdomains
    included) may be seen: ours and the agencies'; None towards a citizen, who may see any but the `known` ones.
    `consented`: addresses that their owner lets this agency see. `withheld`: values of the ticket that the handling
    table keeps from this reader. `shown_names`: names that the message may show; a local part made of them is not
    looked for alone. `domain`: our mail domain. `seconds`: how long reading may take.
    Raises nothing, whatever `raw` is. What comes from outside while it reads (a worker's time limit) is no verdict on
    the message and goes on to the caller, who has none then and sends nothing.
    """
    try:
        budget = Budget(seconds)
        allowed = _Allowed.of(shown_domains, consented)
        permitted = None if shown_domains is None else allowed.permits
        ours = Ours(domain.lower(), permitted)
        message = Message(ours, permitted, budget)
        findings: list[str] = []
        try:
            findings += message.findings(raw)
            addresses = [a for a in dict.fromkeys(map(str.lower, known)) if a not in allowed.consented]
            names = owner.Names(shown_names)
            needles = [*_of_owners(addresses, names, permitted is not None, budget)]
            needles += needles_of(withheld, (*shown_names, message.reference), allowed.permits)
            searched = Needles(needles, budget.breathe)
            people = [address for address in addresses if not ours.is_alias(address)]
            search = _search(searched, people, known, names, permitted, budget)
            findings += _searched(message.places, search)
        except TooMuch as fault:
            findings.append(str(fault))
        return tuple(dict.fromkeys(findings))
    except _FAULTS:
        return (UNCHECKED,)


@dataclass(frozen=True, slots=True, repr=False)
class _Allowed:
    """Addresses that may be seen."""

    domains: frozenset[str]
    consented: frozenset[str]

    @classmethod
    def of(cls, domains: Collection[str] | None, consented: Collection[str]) -> _Allowed:
        return cls(frozenset(seen(plain(domain)) for domain in domains or ()), frozenset(map(str.lower, consented)))

    def permits(self, address: str) -> bool:
        """Whether it is of a domain that is shown, or of one below it, or its owner agreed."""
        labels = seen(plain(address.rpartition("@")[2])).split(".")
        return address in self.consented or any(".".join(labels[i:]) in self.domains for i in range(len(labels)))


def _of_owners(addresses: Sequence[str], names: owner.Names, alone: bool, budget: Budget) -> Iterator[Needle]:
    """`alone`: local parts too. Those of an agency's staff are towns and offices, and stand in its answers."""
    for address in addresses:
        budget.breathe()
        yield from owner.needles(address, "known address")
        if alone:
            yield from owner.local_part(address, names)


def _search(
    needles: Needles,
    addresses: Sequence[str],
    known: Collection[str],
    names: owner.Names,
    permitted: Callable[[str], bool] | None,
    budget: Budget,
) -> Search:
    """`addresses` in all that encoders and people who spell make of them. `known`: the same as they were written."""

    def every(kind: Callable[[str], Iterator[Needle]]) -> Needles:
        return Needles([needle for address in addresses for needle in kind(address)], budget.breathe)

    theirs = frozenset(addresses)
    more = (
        Later(partial(every, owner.in_85), coded.IS_85),
        Later(partial(every, owner.numbered), coded.IS_NUMBERS, coded.digits),
        Later(partial(every, owner.drawn), owner.IS_DRAWN, owner.as_drawn),
        Spelt(addresses, names.make),
    )
    morse = Later(partial(every, owner.in_morse), coded.IS_MORSE)
    digests = coded.Digests([address for address in known if address.lower() in theirs])
    return Search(needles, every(owner.encoded), permitted, budget, _shortest(addresses), more, morse, digests)


def _shortest(addresses: Sequence[str]) -> int:
    """How long a run of base64 is at least that holds one of these."""
    return max(_SHORTEST, min((LONGEST, *(len(address) * 4 // 3 for address in addresses))))


def _searched(places: Sequence[Place], search: Search) -> Iterator[str]:
    """What is found, with its place. All small texts are searched together first: nearly always nothing is in them."""
    small = [place for place in places if isinstance(place.inside, str) and len(place.inside) < _SMALL]
    together = "\n\0\n".join(str(place.inside) for place in small)
    suspects = places if len(together) > CHUNK or search.text(together) else [p for p in places if p not in small]
    for place in suspects:
        found = search.text(place.inside) if isinstance(place.inside, str) else search.octets(place.inside)
        yield from (f"{one} in {place.where}" for one in found)
