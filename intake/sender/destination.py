"""Whether a domain takes mail at all, by what DNS says (RFC 5321 §5.1, RFC 7505)."""

from __future__ import annotations

import idna

from intake.sender.zone import NoAnswer, Zone

SECONDS = 5.0  # for one domain


def refusal(domain: str, resolver: tuple[str, int] | None = None) -> str:
    """Why no mail can be sent to `domain`; "" when it can. `resolver`: IP address and port; None: the system's."""
    zone = Zone(resolver, SECONDS)
    try:
        name = idna.encode(domain, uts46=True).decode()
        servers = zone.mx(name)
        if servers:
            return "" if any(host for _, host in servers) else "it says that it takes no mail (RFC 7505)"
        return "" if zone.addresses(name, 4) or zone.addresses(name, 6) else "DNS knows no mail server for it"
    except idna.IDNAError:
        return "it is no name of a domain"
    except NoAnswer:
        return "DNS did not answer"
