"""Ordinary words: found in any letter, so they say nothing about anybody.

The list is the tagger's file of 40,000 English words (data, not code); it is read when first a word of it is met.
"""

from __future__ import annotations

import gzip
from functools import cache
from importlib.resources import files

# What many mailboxes are called and no list of English words has.
_ROLES = (
    "contactus webmaster mailbox noreply donotreply postmaster hostmaster helpdesk customerservice feedback newsroom "
    "newsletter townclerk secretaria secretariat consulta consultas contacto contato correo correio oficina escritorio "
    "kontakt bureau direction mairie biuro sekretariat contabilidad ventas ayuda atencion soporte recepcion servicio "
    "servicios licencias accueil bonjour"
)
_MAILBOXES = frozenset(_ROLES.split())


def is_ordinary(word: str) -> bool:
    """Whether `word`, in lower case, is a word that many use."""
    return word in _MAILBOXES or word in _words()


@cache
def _words() -> frozenset[str]:
    packed = (files("intake") / "pii" / "data" / "words.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode().split())
