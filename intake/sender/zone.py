"""The zone: the DNS as one mail asks it, with one deadline and every question once.

A resolver that is silent to a name *and* to the root is dead, and no mail waits for it again for half a minute. The
second question is what keeps a stranger with a silent domain from cutting us off from everybody else's.
"""

from __future__ import annotations

import itertools
import time
from functools import lru_cache
from typing import Any

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver

TRY_SECONDS = 1.0  # for one packet; then the next server, or the same again
SHARE = 2 / 3  # of the time that is left, for one question: a silent domain leaves some for the others
DEAD_SECONDS = 30.0

_dead: dict[tuple[str, int] | None, float] = {}  # resolver: until when it is not asked (monotonic)


class NoAnswer(Exception):
    """The DNS has not answered in time, or has failed: nothing is known."""


class Zone:
    """`resolver`: IP address and port; None: the system's. Every look-up raises `NoAnswer` once the time is over."""

    def __init__(self, resolver: tuple[str, int] | None, seconds: float) -> None:
        self._resolver = resolver
        self._last = time.monotonic() + seconds
        self._end = self._last - min(0.5, seconds / 4)  # what is left then is for the question to the root
        self._known: dict[tuple[str, dns.rdatatype.RdataType], list[Any] | None] = {}
        self._heard = self._waited = False

    def check(self) -> None:
        """Raise `NoAnswer` when the time is over."""
        if time.monotonic() >= self._end:
            raise NoAnswer

    def texts(self, name: str) -> list[bytes]:
        """TXT records, each in one piece."""
        return [b"".join(r.strings) for r in self._ask(name, dns.rdatatype.TXT)]

    def mx(self, name: str) -> list[tuple[int, str]]:
        """MX records, preference and host; the null MX (RFC 7505) has the host ""."""
        return [(r.preference, r.exchange.to_text().removesuffix(".")) for r in self._ask(name, dns.rdatatype.MX)]

    def names(self, name: str) -> list[str]:
        """PTR records."""
        return [r.target.to_text().removesuffix(".") for r in self._ask(name, dns.rdatatype.PTR)]

    def addresses(self, name: str, version: int) -> list[str]:
        """A or AAAA records."""
        return [r.address for r in self._ask(name, dns.rdatatype.A if version == 4 else dns.rdatatype.AAAA)]

    def _ask(self, name: str, kind: dns.rdatatype.RdataType) -> list[Any]:
        asked = (name.lower(), kind)
        if asked not in self._known:
            self._known[asked] = self._answer(name, kind)
        found = self._known[asked]
        if found is None:
            raise NoAnswer
        return found

    def _answer(self, name: str, kind: dns.rdatatype.RdataType) -> list[Any] | None:
        """None: not known. There is nothing at what is no name."""
        if _dead.get(self._resolver, 0.0) > time.monotonic():
            return None
        try:
            query = dns.message.make_query(dns.name.from_text(name), kind, use_edns=0, payload=1232)
        except (dns.exception.DNSException, UnicodeError):
            return []
        now = time.monotonic()
        response = self._exchange(query, now + (self._end - now) * SHARE)
        if response is None:
            self._bury_the_dead()
            return None
        try:
            rrset = response.resolve_chaining().answer if isinstance(response, dns.message.QueryMessage) else None
        except dns.exception.DNSException:  # a loop of CNAMEs
            return []
        return list(rrset) if rrset else []

    def _bury_the_dead(self) -> None:
        if not self._heard:
            self._exchange(dns.message.make_query(dns.name.root, dns.rdatatype.NS), self._last)
        if self._waited and not self._heard:
            _dead[self._resolver] = time.monotonic() + DEAD_SECONDS

    def _exchange(self, query: dns.message.Message, end: float) -> dns.message.Message | None:
        """The answer of the first server that has one; those that are only silent are asked again until `end`."""
        servers = _servers(self._resolver)
        failed: set[tuple[str, int]] = set()
        for server in itertools.cycle(servers):
            left = min(end - time.monotonic(), TRY_SECONDS)
            if left <= 0 or len(failed) == len(servers):
                return None
            if server in failed:
                continue
            try:
                response = self._send(query, server, left, end)
            except dns.exception.Timeout:
                self._waited |= left >= 0.1  # less is our own slowness, not the server's
                continue
            except (dns.exception.DNSException, OSError, ValueError, EOFError):
                failed.add(server)
                continue
            self._heard = True
            if response.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                return response
            failed.add(server)
        return None

    def _send(
        self, query: dns.message.Message, server: tuple[str, int], seconds: float, end: float
    ) -> dns.message.Message:
        host, port = server
        try:
            return dns.query.udp(
                query, host, seconds, port, ignore_unexpected=True, raise_on_truncation=True, ignore_errors=True
            )
        except dns.message.Truncated:
            self._heard = True
            return dns.query.tcp(query, host, max(end - time.monotonic(), 0.001), port)


@lru_cache(maxsize=16)
def _servers(resolver: tuple[str, int] | None) -> tuple[tuple[str, int], ...]:
    if resolver:
        return (resolver,)
    try:
        system = dns.resolver.Resolver()
    except dns.exception.DNSException:  # no /etc/resolv.conf
        return ()
    return tuple((str(server), 53) for server in system.nameservers)
