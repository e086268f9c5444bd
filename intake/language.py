"""Which of the offered languages a letter is written in, by its small words and its letters.

The rule it keeps: a guess is good enough and never expensive. It picks the language of our answers and helps
the rules; nothing is lost when it is wrong, so what gives no clear sign is English.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

LANGUAGES = ("en", "es", "pt", "pl", "ht", "fr")
DEFAULT = "en"

_READ = 20_000  # characters looked at: the language of a letter shows in its first pages
_LEAST = 2  # signs a foreign language needs, so that one borrowed word changes nothing

# Words that one language uses all the time; a word that two of them share tells them from the others.
_SMALL: Mapping[str, str] = {
    "en": (
        "the and of to is in it my i that for you was have with this on not are be at we they from your me but "
        "has as am can would do what when please about had been there will if an or he she his her were by"
    ),
    "es": (
        "el la los las de que y en un una es por con no me mi para se lo su del al como pero más está estoy "
        "tengo usted ustedes gracias porque cuando muy hace nos yo he ha sin mis sus desde fue le hola quiero "
        "necesito ayuda puedo tiene hay esta este eso donde dónde qué cómo señor señora"
    ),
    "pt": (
        "o a os as de que e em um uma é por com não me meu minha para se do da dos das no na ao como mas mais "
        "está estou tenho você obrigado obrigada porque quando muito foi nos eu sem são pelo pela à já olá "
        "quero preciso ajuda posso tem isso esta este onde senhor senhora bom dia"
    ),
    "pl": (
        "i w na nie z do się że jest to o po za od ale jak mam mnie mi mój moja proszę dziękuję przez czy już "
        "był była co dla ja tak oraz ze są pan pani państwo który która jestem"
    ),
    "ht": (
        "mwen nou ou li yo ki pou nan ak se pa te gen sa ap la an yon kote lè tanpri mèsi paske men si fè "
        "epi bay jwenn konnen ka m pral kay peyi depi anpil tout"
    ),
    "fr": (
        "le la les de des et est je vous que qui un une dans pour ne pas mon ma mes sur avec au aux du nous "
        "il elle ce cette mais merci votre vos être suis ai été plus sans depuis par j ai l "
        "bonjour quel comment voudrais besoin peux"
    ),
}
_LANGUAGES_OF: Mapping[str, list[str]] = {
    word: [language for language, words in _SMALL.items() if word in words.split()]
    for word in " ".join(_SMALL.values()).split()
}
_LETTERS: Mapping[str, str] = {"es": "ñ", "pt": "ãõ", "pl": "ąęłńśźż", "fr": "œçêû"}
_WITH_LETTERS = {language: re.compile(f"[{letters}][^ ]*") for language, letters in _LETTERS.items()}
_MARKS: Mapping[str, str] = {"es": "¿¡"}
_WORD = re.compile(r"[^\W\d_]+")
_OCTETS = bytes(c if c > 127 or bytes((c,)).isalpha() else 32 for c in range(256))
"""Of ASCII the letters alone: a pattern over the whole text would cost more than all else here."""


def detect(text: str) -> str:
    """The language `text` is most likely written in, one of `LANGUAGES`; English when nothing speaks clearly."""
    start = text[:_READ].casefold()
    words = start.encode("utf-8", "replace").translate(_OCTETS).decode().split()
    foreign = ""
    if not start.isascii():
        foreign = " ".join(_WORD.findall(" ".join([word for word in words if not word.isascii()])))
        words = [word for word in words if word.isascii()] + foreign.split(" ")
    times = Counter(words)
    scores = dict.fromkeys(LANGUAGES, 0)
    for word in times.keys() & _LANGUAGES_OF.keys():
        for language in _LANGUAGES_OF[word]:
            scores[language] += times[word]
    for language, with_letters in _WITH_LETTERS.items():
        scores[language] += len(with_letters.findall(foreign))
    for language, marks in _MARKS.items():
        scores[language] += sum(start.count(mark) for mark in marks)
    best = max(LANGUAGES, key=lambda language: (scores[language], language == DEFAULT))
    return best if scores[best] >= _LEAST else DEFAULT
