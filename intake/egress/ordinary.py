"""Ordinary words: found in any letter, so they say nothing about anybody.

The lists are the tagger's files of 40,000 English words, of the most common ones of Spanish, Portuguese, Polish and
French, and of some Haitian ones (data, not code); each is read when first a word of it is met.
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
# Trades and houses that are too rare for the lists.
_TRADES = (
    "ferreteria floristeria tortilleria taqueria plomeria plomberia tintoreria notaria heladeria papeleria cerrajeria "
    "jardineria reposteria sorveteria acougue confeitaria floricultura borracharia marcenaria piekarnia cukiernia "
    "apteka kwiaciarnia fryzjer krawcowa przychodnia parafia ubezpieczenia fleuriste quincaillerie plombier boucherie "
    "patisserie epicerie blanchisserie boutik legliz restoran famasi lopital boulanje kwafe asirans travay sosyete "
    "bonjou bonswa kominote edikasyon klinik konstriksyon elektrisyen plonbye mekanisyen pwofese jadinye ayisyen "
    "backerei baeckerei metzgerei apotheke werkstatt kanzlei panetteria panificio farmacia officina parrocchia"
)
_MAILBOXES = frozenset(f"{_ROLES} {_TRADES}".split())


def is_ordinary(word: str) -> bool:
    """Whether `word`, in lower case, is a word that many use in English."""
    return word in _MAILBOXES or word in _english()


def is_word(text: str) -> bool:
    """Whether `text`, a name of a mailbox in lower case, is a word that many use in any language, or several with
    hyphens between them. Common names are among them."""
    return all(is_ordinary(word) or word in _foreign() for word in text.split("-"))


@cache
def _english() -> frozenset[str]:
    return frozenset(_data("words.txt.gz").split())


@cache
def _foreign() -> frozenset[str]:
    """Words, without the grades that stand beside them."""
    lists = (_data("frequent.txt.gz"), _data("foreign.txt"))
    return frozenset(word for one in lists for word in one.split() if word.isalpha())


def _data(name: str) -> str:
    octets = (files("intake") / "pii" / "data" / name).read_bytes()
    return (gzip.decompress(octets) if name.endswith(".gz") else octets).decode()
