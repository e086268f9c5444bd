"""International domain names (RFC 5890): an address whose domain has two forms is one address."""

from __future__ import annotations

from collections.abc import Iterator

import idna


def both_forms(address: str) -> Iterator[str]:
    """The address, and with its domain in the other of the two forms where it has two."""
    yield address
    local, _, domain = address.rpartition("@")
    try:
        if not domain.isascii():
            yield f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
        elif "xn--" in domain:
            yield f"{local}@{idna.decode(domain)}"
    except UnicodeError:  # idna.IDNAError is one: no such domain, so no other form
        return


def one_form(address: str) -> str:
    """An address in lower case, with its domain as the DNS has it."""
    address = address.strip().lower()
    return next((one for one in both_forms(address) if one.rpartition("@")[2].isascii()), address)
