"""The sender: which domain vouches for a mail, and whether an answer to its envelope would reach the one who wrote it.

A From line is a claim. It is believed when the domain it names, or one of the same organisation, has signed the mail
(`signature`) or named the client as its server (`policy`), aligned as DMARC has it (`alignment`); or when a server
(`report`), a network or a machine that the operator trusts says so. Everything else stays a claim, and the reader of
a verdict learns in one line what was missing. No mail makes it raise, and a call ends within `Trust.seconds`.

The libraries do what they do exactly and in bounded time: dkimpy reads signatures and canonicalises headers, pyspf
evaluates policies, authheaders reads DMARC records and brings the list of public suffixes. Their verdicts are not
used: authheaders takes `x@my-agency.gov` for the domain `my`, and dkimpy takes a signature that does not cover From.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from intake.sender.alignment import Alignment, related
from intake.sender.fault import FAULTS
from intake.sender.header import from_line, hostname, named, read
from intake.sender.policy import evaluate
from intake.sender.report import Result, contradict, reports
from intake.sender.signature import Body, Signature, signatures
from intake.sender.spam import says_spam
from intake.sender.zone import NoAnswer, Zone

SIGNATURES = 5  # verified in one mail; a verifier may stop (RFC 6376 §6.1)
MX_HOSTS = 10  # RFC 7208 §4.6.4 has the same limit

BAD_HEADER = "the header cannot be read"
UNVOUCHED = "no aligned DKIM signature or SPF pass"
NO_UPSTREAM = "the upstream server does not vouch for the sender"
CONTRADICTION = "the upstream server's results contradict each other"
NO_ANSWER = "DNS did not answer"

Network = IPv4Network | IPv6Network
_LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom the operator believes.

    `networks`: their clients are vouched for. With an `authserv_id` they, and this machine, are upstream servers, and
    the topmost `Authentication-Results` (RFC 8601) with exactly this id is all that counts of their mail; they must
    write one into every mail, or remove those with their id that come in (§5). `resolver`: IP address and port of a
    recursive DNS server; None: the system's.
    """

    networks: tuple[Network, ...] = ()
    authserv_id: str = ""
    resolver: tuple[str, int] | None = None
    seconds: float = 4.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """`domain`: of the one From address, in lower case, as A-labels; "" when there is not exactly one.

    `how`: "dkim", "spf", "upstream", "network", "local", or "" when nothing vouches for the domain; then `because`
    tells staff why, and `temporary` that another try may end differently.
    """

    domain: str
    how: str = ""
    because: str = ""
    temporary: bool = False

    @property
    def authentic(self) -> bool:
        """Whether the From domain may be believed."""
        return bool(self.how)


def authenticate(raw: bytes, *, mail_from: str, client: str, helo: str, trust: Trust) -> Verdict:
    """Whether the From domain of `raw` sent it. `mail_from`: the envelope's, "" when null; `client`: an IP address."""
    try:
        return _Mail(raw, mail_from, client, helo, trust).verdict()
    except FAULTS:  # hostile octets in four libraries: what none can read is not believed
        return Verdict("", because=BAD_HEADER)


def plausible(raw: bytes, mail_from: str, client: str, helo: str, trust: Trust) -> bool:
    """Whether an automatic answer to `mail_from` reaches who sent `raw`, and so is no backscatter."""
    try:
        return _Mail(raw, mail_from, client, helo, trust).answerable()
    except FAULTS:  # the same; silence harms nobody
        return False


def called_spam(raw: bytes, client: str, trust: Trust) -> bool:
    """Whether an upstream server's filter calls `raw` spam; of mail from anybody else nothing is known."""
    upstream = (_LOOPBACK if trust.authserv_id else ()) + trust.networks
    return _within(_address(client), upstream) and says_spam(read(raw)[0] or ())


def author(raw: bytes) -> str:
    """The one address of the one From line, as `authenticate` reads it; "" when there is not exactly one."""
    local, domain, _ = from_line(read(raw)[0] or ())
    return f"{local}@{domain}" if domain else ""


class _Mail:
    """One mail with its envelope; every question about it is asked once."""

    def __init__(self, raw: bytes, mail_from: str, client: str, helo: str, trust: Trust) -> None:
        self._trust = trust
        fields, body_at = read(raw)
        self._readable, self._fields = fields is not None, fields or ()
        self._body = Body(raw, body_at)
        _, self._domain, self._fault = from_line(self._fields)
        self._null = not mail_from.strip("<>")
        self._local, self._envelope = _mailbox(f"postmaster@{helo}" if self._null else mail_from.strip("<>"))
        self._client = _address(client)
        self._trusted = _within(self._client, trust.networks)
        self._loopback = _within(self._client, _LOOPBACK)

    def verdict(self) -> Verdict:
        if not self._domain:
            return Verdict("", because=self._fault if self._readable else BAD_HEADER)
        if self._upstream:
            return self._reported()
        if self._trusted:
            return Verdict(self._domain, "network")
        if self._handed_in:
            return Verdict(self._domain, "local")
        return self._seen()

    def answerable(self) -> bool:
        if self._null or not self._envelope:
            return False
        if self._upstream:
            return self._envelope_reported() or self._envelope_vouched()
        if self._trusted or self._handed_in:
            return True
        return self._envelope_seen() or self._envelope_vouched()

    @property
    def _upstream(self) -> bool:
        return bool(self._trust.authserv_id) and (self._trusted or self._loopback)

    @property
    def _handed_in(self) -> bool:
        """On this machine itself: what another server passed on carries its Received line."""
        return self._loopback and self._readable and not named(self._fields, b"received")

    def _envelope_vouched(self) -> bool:
        """A good signature of one's own domain says nothing about an envelope that names somebody else's."""
        return related(self._envelope, self._domain) and self.verdict().authentic

    @cached_property
    def _zone(self) -> Zone:
        return Zone(self._trust.resolver, self._trust.seconds)

    @cached_property
    def _alignment(self) -> Alignment:
        return Alignment(self._domain, self._zone)

    # what we see ourselves

    def _seen(self) -> Verdict:
        by_domain = [s for s in signatures(self._fields) if related(s.domain, self._domain)][:SIGNATURES]
        passed, silent = _first([*(self._signed_by(s) for s in by_domain), self._sent_by_envelope])
        if passed is None:
            return Verdict(self._domain, "", NO_ANSWER if silent else UNVOUCHED, silent)
        return Verdict(self._domain, "dkim" if passed < len(by_domain) else "spf")

    def _signed_by(self, signature: Signature) -> Callable[[], bool]:
        def check() -> bool:
            self._zone.check()
            return signature.verifies(self._fields, self._body, self._zone) and self._alignment.dkim(signature.domain)

        return check

    def _sent_by_envelope(self) -> bool:
        if not related(self._envelope, self._domain):
            return False
        return self._spf == "pass" and self._alignment.spf(self._envelope)

    @cached_property
    def _spf(self) -> str:
        """RFC 7208's word; loopback is nobody's server, whatever a record lists. Raises `NoAnswer`."""
        if self._client is None or self._loopback or not self._envelope:
            return "none"
        return evaluate(str(self._client), self._local, self._envelope, self._zone)

    def _envelope_seen(self) -> bool:
        try:
            return self._spf == "pass" or (self._spf in ("none", "neutral") and self._near())
        except NoAnswer:
            return False

    def _near(self) -> bool:
        """Whether the client stands beside the servers that take the envelope domain's mail: in their /24 or /48."""
        if self._client is None or self._loopback:
            return False
        near = ip_network((self._client, 24 if self._client.version == 4 else 48), strict=False)
        hosts = [host for _, host in sorted(self._zone.mx(self._envelope))[:MX_HOSTS] if host]
        return any(
            ip_address(found) in near
            for host in (*hosts, self._envelope)
            for found in self._zone.addresses(host, self._client.version)
        )

    # what an upstream server has seen

    @cached_property
    def _reports(self) -> list[tuple[Result, ...] | None]:
        return reports(self._fields, self._trust.authserv_id)

    def _reported(self) -> Verdict:
        if contradict(self._reports):
            return Verdict(self._domain, because=CONTRADICTION)
        top = (self._reports[0] if self._reports else None) or ()
        if any(r.method == "dmarc" and r.result == "fail" for r in top):
            return Verdict(self._domain, because=NO_UPSTREAM)
        passed, silent = _first([self._passed(r) for r in top if r.result == "pass"])
        if passed is None:
            return Verdict(self._domain, "", NO_ANSWER if silent else NO_UPSTREAM, silent)
        return Verdict(self._domain, "upstream")

    def _passed(self, result: Result) -> Callable[[], bool]:
        def check() -> bool:
            match result.method:
                case "dmarc":
                    return hostname(result.value("header.from")) == self._domain
                case "dkim":
                    return self._alignment.dkim(_domain(result.value("header.d") or result.value("header.i")))
                case "spf":
                    return self._alignment.spf(self._reported_envelope(result))
            return False

        return check

    def _reported_envelope(self, result: Result) -> str:
        return _domain(result.value("smtp.helo" if self._null else "smtp.mailfrom"))

    def _envelope_reported(self) -> bool:
        if contradict(self._reports):
            return False
        top = (self._reports[0] if self._reports else None) or ()
        passes = [r for r in top if (r.method, r.result) == ("spf", "pass")]
        return any(self._reported_envelope(r) == self._envelope for r in passes)


def _first(tries: Sequence[Callable[[], bool]]) -> tuple[int | None, bool]:
    """The index of the first try that is true, and whether the DNS was silent for one before it."""
    silent = False
    for index, check in enumerate(tries):
        try:
            if check():
                return index, silent
        except NoAnswer:
            silent = True
    return None, silent


def _mailbox(address: str) -> tuple[str, str]:
    local, at, domain = address.rpartition("@")
    return (local, hostname(domain)) if at else ("", "")


def _domain(value: str) -> str:
    """The domain of an address or of a domain."""
    return hostname(value.rpartition("@")[2])


def _address(client: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(client.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def _within(address: IPv4Address | IPv6Address | None, networks: tuple[Network, ...]) -> bool:
    return address is not None and any(address in network for network in networks)
