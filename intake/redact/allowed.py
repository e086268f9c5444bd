"""Whose addresses stay."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Allowed:
    """Whose addresses stay: those under `domains` (None: anybody's), and `addresses`."""

    domains: frozenset[str] | None
    addresses: frozenset[str]

    @classmethod
    def of(cls, domains: Collection[str] | None, addresses: Collection[str]) -> Allowed:
        """All in lower case."""
        lower = None if domains is None else frozenset(domain.lower() for domain in domains)
        return cls(lower, frozenset(address.lower() for address in addresses))

    def shows(self, address: str) -> bool:
        """Only an address that is written plainly: what needed decoding is never shown."""
        if self.domains is None:
            return True
        address = "".join(address.lower().split()).removeprefix("mailto:").lstrip("<(\"'").rstrip(".")
        labels = address.rpartition("@")[2].split(".")
        return address in self.addresses or any(".".join(labels[i:]) in self.domains for i in range(len(labels)))

    def names(self, host: str) -> bool:
        """Whether it is the first label of a domain whose addresses stay."""
        return any(domain.startswith(f"{host}.") for domain in self.domains or ())

    def official(self, tagged: str) -> bool:
        """Whether what was tagged as an address is nobody's secret; the writer's own is found all the same."""
        if self.domains is None or "@" not in tagged:
            return tagged.lower() in self.addresses
        return self.shows(tagged)
