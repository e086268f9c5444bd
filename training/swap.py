"""Letters made anew: the same sentences with other people in them, so that the model learns contexts, not names.

Most names, streets, secrets, dates and figures inside labels are exchanged (the same one for the same one within a
letter), in half of the letters the long numbers outside of labels too; then the whole letter may lose its capitals or
accents. Given and family names are drawn apart, and some are put together from the halves of two: no pair is meant to
be real, and no list has all.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace

from intake.pii import roles, words
from intake.pii.address import STATES, STREETS, UNITS
from training.letters import Sample

_WORD = re.compile(r"[^\W\d_]+")
_KEPT = roles.PARTICLES | roles.TITLES | {"jr", "sr", "ii", "iii", "esq", "md"}


class Pools:
    """Where exchanged words come from: the census, and the names that the labelled letters themselves hold."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        given, surnames = words.given_names(), words.surnames()
        self.known = frozenset(given)
        seen = {
            word
            for sample in samples
            for start, end, cls in sample.spans
            if cls == "name"
            for word in _WORD.findall(sample.text[start:end])
            if word[0].isupper() and len(word) > 1
        }
        self.given = [name.capitalize() for name in given] + 3 * sorted(w for w in seen if w.lower() in given)
        ranked = [name.capitalize() for name in surnames]
        self.surnames = 3 * ranked[:4000] + ranked[4000:30000]
        own = sorted(w for w in seen if w.lower() not in given)
        self.surnames += own * max(1, len(self.surnames) // (3 * max(1, len(own))))
        self.given += sorted(set(words.more_given())) * 2
        self.streets = ranked[:3000] + [w.capitalize() for w in sorted(words.ordinary()) if 3 < len(w) < 9][::7]
        self.secrets = sorted(
            {sample.text[a:b] for sample in samples for a, b, cls in sample.spans if cls == "password"} - {""}
        )
        self.places = [place.capitalize() for place in sorted(words.places()) if len(place) > 3]

    def name(self, word: str, rng: random.Random) -> str:
        """Another name of the same sort."""
        if len(word) == 1:
            return rng.choice("ABCDEFGHJKLMNPRSTVWZ")
        pool = self.given if word.lower() in self.known else self.surnames
        name = rng.choice(pool)
        if rng.random() < 0.15:
            half = rng.choice(pool)
            name = name[: (len(name) + 1) // 2] + half[len(half) // 2 :].lower()
        return name

    def secret(self, old: str, rng: random.Random) -> str:
        """Another secret of as many words; of figures other figures."""
        if not any(map(str.isalpha, old)):
            return re.sub(r"\d", lambda found: str(rng.randrange(10)), old)
        new = rng.choice(self.secrets)
        return new if len(new.split()) == len(old.split()) and any(map(str.isalpha, new)) else old


def swapped(sample: Sample, pools: Pools, rng: random.Random) -> Sample:
    """The letter with other people in it."""
    map_: dict[str, str] = {}

    def name(word: str) -> str:
        low = word.lower()
        if low in _KEPT or (not word.isascii() and rng.random() < 0.5):
            return word
        if low not in map_:
            map_[low] = pools.name(word, rng) if rng.random() < 0.85 else word
        return _cased(map_[low], word)

    def street(word: str) -> str:
        low = word.lower()
        if low in STREETS or low in STATES or low in UNITS or low in roles.PARTICLES or low in ("box", "po", "p", "o"):
            return word
        return _cased(rng.choice(pools.places if words.is_place(low) else pools.streets), word)

    def others(untagged: str) -> str:
        return _LONG.sub(lambda found: _figures(found[0], rng), untagged) if strangers else untagged

    text, spans, at, strangers = "", [], 0, rng.random() < 0.5
    for start, end, cls in sample.spans:
        text += others(sample.text[at:start])
        inner = sample.text[start:end]
        if cls == "name":
            inner = _WORD.sub(lambda found: name(found[0]), inner)
        elif cls == "address" and rng.random() < 0.7:
            inner = _figures(_WORD.sub(lambda found: street(found[0]), inner), rng)
        elif cls in ("id", "zip", "phone") and rng.random() < 0.5:
            inner = _figures(inner, rng)
        elif cls == "dob" and rng.random() < 0.5:
            inner = _date(inner, rng)
        elif cls == "password" and rng.random() < 0.5:
            inner = pools.secret(inner, rng)
        spans.append((len(text), len(text) + len(inner), cls))
        text += inner
        at = end
    display = _WORD.sub(lambda found: name(found[0]), sample.sender_name) if map_ else sample.sender_name
    box = _WORD.sub(lambda found: map_.get(found[0].lower(), found[0]).lower(), sample.sender_email.partition("@")[0])
    new = replace(sample, text=text + others(sample.text[at:]), spans=tuple(spans), sender_name=display)
    return replace(new, sender_email=f"{box}@{sample.sender_email.partition('@')[2]}")


def _cased(word: str, like: str) -> str:
    if like.islower():
        return word.lower()
    return word.upper() if like.isupper() and len(like) > 1 else word


_LONG = re.compile(r"(?<![\d.$])(?!(?:19|20)\d\d(?!\d))\d{4,}")  # no years, no amounts
_DAY = re.compile(r"(?<!\d)(\d{1,2})([/.-])(\d{1,2})(?=[/.-]\d)")
_YEAR = re.compile(r"(?<!\d)(19|20)(\d\d)(?!\d)")
_MONTHS = {
    name: months
    for months in (
        ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
          "december"),
        ("jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"),
        ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
          "noviembre", "diciembre"),
        ("janeiro", "fevereiro", "março", "maio", "junho", "julho", "setembro", "outubro", "novembro", "dezembro"),
        ("stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia", "września",
          "października", "listopada", "grudnia"),
        ("janvier", "février", "mars", "avril", "juin", "juillet", "août", "septembre", "octobre", "novembre",
          "décembre"),
        ("janvye", "fevriye", "mas", "avril", "me", "jen", "jiyè", "out", "septanm", "oktòb", "novanm", "desanm"),
    )
    for name in months
}  # fmt: skip


def _date(text: str, rng: random.Random) -> str:
    """Another day, month and year, written alike."""

    def two(old: str, least: int, most: int) -> str:
        return f"{rng.randint(least, most):02d}" if len(old) == 2 else str(rng.randint(least, min(most, 9)))

    def day(found: re.Match[str]) -> str:
        first, mark, second = found.groups()
        months = (12, 28) if int(second) > 12 else (28, 12) if int(first) > 12 else (12, 12)
        return f"{two(first, 1, months[0])}{mark}{two(second, 1, months[1])}"

    def month(found: re.Match[str]) -> str:
        names = _MONTHS.get(found[0].lower())
        return _cased(rng.choice(names).capitalize(), found[0]) if names else found[0]

    text = _WORD.sub(month, _DAY.sub(day, text))
    return _YEAR.sub(lambda found: str(rng.randint(1932, 2012)), text)


def _figures(text: str, rng: random.Random) -> str:
    """Other digits; a leading one stays, so that areas, centuries and states stay plausible."""
    return re.sub(r"(?<=\d)\d", lambda found: str(rng.randrange(10)), text)


def _bare(text: str) -> str:
    """Accents off, code point for code point."""
    return "".join(unicodedata.normalize("NFD", char)[0] for char in text)


def _typed(text: str) -> str:
    """As typed on a phone: no capitals."""
    low = text.lower()
    return low if len(low) == len(text) else text


def _shouted(text: str) -> str:
    up = text.upper()
    return up if len(up) == len(text) else text


_SPOILED: tuple[tuple[float, Callable[[str], str]], ...] = ((0.08, _typed), (0.05, _shouted), (0.15, _bare))


def spoiled(sample: Sample, rng: random.Random) -> Sample:
    """Sometimes without capitals, all in capitals, or without accents; lengths stay, so spans stay true."""
    text = sample.text
    for chance, change in _SPOILED:
        if rng.random() < chance:
            text = change(text)
    return replace(sample, text=text)
