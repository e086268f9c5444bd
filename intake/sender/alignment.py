"""Alignment (RFC 7489 §3.1): which other domains may speak for the domain of From.

Those of the same organisation, unless the domain's own record asks for the very same one. An organisation is a public
suffix and one label; of a suffix that the list does not know (`.internal`) the last label is one. authheaders' own
function would take the suffix itself there, and let all domains under it be one organisation.
"""

from __future__ import annotations

import importlib.resources
from functools import cached_property, lru_cache

from authheaders.dmarc_lookup import lookup_receiver_record  # type: ignore[import-untyped]
from publicsuffix2 import PublicSuffixList  # type: ignore[import-untyped]

from intake.sender.zone import Zone


def related(one: str, other: str) -> bool:
    """Whether both are domains of one organisation."""
    return bool(one) and (one == other or organisation(one) == organisation(other))


def organisation(domain: str) -> str:
    """The organisational domain (RFC 7489 §3.2)."""
    labels = domain.split(".")
    suffix = str(_suffixes().get_tld(domain) or labels[-1])
    return ".".join(labels[-(suffix.count(".") + 2) :])


class Alignment:
    """Who may speak for `domain`. The DNS is asked only where the record's word makes a difference (`NoAnswer`)."""

    def __init__(self, domain: str, zone: Zone) -> None:
        self._domain, self._zone = domain, zone

    def dkim(self, signer: str) -> bool:
        """Whether a signature by `signer` counts."""
        return self._aligned(signer, "adkim")

    def spf(self, envelope: str) -> bool:
        """Whether a pass of `envelope` counts."""
        return self._aligned(envelope, "aspf")

    def _aligned(self, domain: str, mode: str) -> bool:
        if not related(domain, self._domain):
            return False
        return domain == self._domain or self._record.get(mode) != "s"

    @cached_property
    def _record(self) -> dict[str, str]:
        for host in dict.fromkeys((self._domain, organisation(self._domain))):
            found: dict[str, str] = lookup_receiver_record(host, self._text)
            if found:
                return found
        return {}

    def _text(self, name: str) -> str:
        """The one record at `name`; what is no `tag=value` is dropped, as RFC 7489 §6.3 has it."""
        texts = [t.decode("ascii", "replace") for t in self._zone.texts(name) if t.startswith(b"v=DMARC1")]
        return ";".join(part for part in texts[0].split(";") if "=" in part) if len(texts) == 1 else ""


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    """authheaders' list, which is years younger than publicsuffix2's own."""
    listed = (importlib.resources.files("authheaders") / "public_suffix_list.txt").read_text("utf-8")
    return PublicSuffixList(listed.splitlines())
