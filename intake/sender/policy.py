"""Policy: whether a domain names the client as its server (SPF, RFC 7208).

pyspf evaluates, with its limits of ten look-ups and two void ones; what it asks goes through our `Zone`. Its `query`
is made to be subclassed: `dns` is its one way out, so that nothing of the module is patched.
"""

from __future__ import annotations

import spf  # type: ignore[import-untyped]

from intake.sender.fault import FAULTS
from intake.sender.zone import Zone

RECORD_OCTETS = 4096  # pyspf's patterns take quadratic time


def evaluate(client: str, local: str, domain: str, zone: Zone) -> str:
    """RFC 7208's word for the result ("pass", "fail", "none" …); raises `NoAnswer` instead of "temperror"."""
    if "@" in local:  # pyspf would take what follows the first one for the domain
        return "permerror"
    try:
        return str(_Query(zone, client, f"{local[:64]}@{domain}", domain).check()[0])
    except FAULTS:  # pyspf lets some malformed records out as ValueError or AssertionError
        return "permerror"


class _Query(spf.query):  # type: ignore[misc] # pyspf ships no types
    """One evaluation."""

    def __init__(self, zone: Zone, client: str, sender: str, helo: str) -> None:
        self._zone = zone
        super().__init__(i=client, s=sender, h=helo)

    def dns(self, name: object, qtype: str, cnames: object = None, ignore_void: bool = False) -> list[object]:
        """The values at `name`, in pyspf's own shapes."""
        found = self._look_up(str(name), qtype)
        if not found and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError("too many void look-ups")
        return found

    def _look_up(self, name: str, qtype: str) -> list[object]:
        match qtype:
            case "TXT":
                return [(text,) for text in self._zone.texts(name)]
            case "MX":
                return list(self._zone.mx(name))
            case "PTR":
                return list(self._zone.names(name))
        return list(self._zone.addresses(name, 6 if qtype == "AAAA" else 4))

    def dns_spf(self, domain: str) -> str | None:
        """The record, if pyspf can read it in time."""
        record: str | None = super().dns_spf(domain)
        if record and len(record) > RECORD_OCTETS:
            raise spf.PermError("too long")
        return record

    def get_explanation(self, spec: str) -> None:
        """Not asked for: nobody reads it, and it would cost a look-up."""
