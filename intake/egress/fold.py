"""What a person sees of a text, in as few characters as possible.

Compatibility forms, accents, digits of any script and all that is invisible are put right (`plain`); letters that look
like Latin ones become those (`seen`). The same is done to what is searched for, so nothing is lost by it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
# Signs that stand for others; an envelope says "at".
_SIGNS = str.maketrans(
    {**dict(zip("。｡．․·ｰ\u2028\u2029", "....  \n\n", strict=True)), **dict.fromkeys("✉📧📨📩🖂", " at ")}
)
# Letters that no decomposition takes to what they look like, and letters that nobody sees.
_LIKE = {
    **dict(zip("łøđħŧıȷɑɡɩĸŁØĐĦŦ", "lodhtijagikLODHT", strict=True)),
    **dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True)),
    **dict(zip("ɐɔəǝɟƃɓɥᴉɾʞןɯɹʇʌʍʎ", "aceefgghijklmrtvwy", strict=True)),  # upside down
    **dict(zip("⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵⠲⠨⠜⠤", "abcdefghijklmnopqrstuvwxyz..@-", strict=True)),  # Braille
    **{"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE"},
    **dict.fromkeys("\u115f\u1160\u17b4\u17b5\u3164\uffa0", ""),
}
_INVISIBLE = ("Mn", "Me", "Cf", "Cs")
_LOOKALIKES = dict(
    zip(
        "АВЕЅІЈКМНОРСТУХҮԌԚԜаеѕіјорсухһԁԛԝүґвкмнтгΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβεηικμνορτυχωϲϳԱՏՕՍօոսհցայ",
        "ABESIJKMHOPCTYXYGQWaesijopcyxhdqwyrbkmhtrABEZHIKMNOPTYXabenikuvoptuxwcjUSOUonuhgwj",
        strict=True,
    )
)
_MANY = 100


def plain(text: str) -> str:
    """`text` in its plainest characters, case kept; only letters of other scripts are not ASCII."""
    if text.isascii():
        return text
    found = _kinds(text)
    if len(found) > _MANY:
        return _NOT_ASCII.sub(lambda c: _plain(c[0]), text)
    for character in found:
        text = text.replace(character, _plain(character))
    return text


def seen(text: str) -> str:
    """A plain text in lower case, as it looks to somebody who knows Latin letters only."""
    for character in _LOOKALIKES.keys() & _kinds(text) if not text.isascii() else ():
        text = text.replace(character, _LOOKALIKES[character])
    return text.lower()


def _kinds(text: str) -> set[str]:
    """The characters of a text that are not ASCII, each once."""
    octets = text.encode("utf-8", "surrogatepass").translate(None, _ASCII)
    return set(octets.decode("utf-8", "surrogatepass"))


_ASCII = bytes(range(128))


@lru_cache(8192)
def _plain(character: str) -> str:
    code = ord(character)
    if 0xE0020 <= code <= 0xE007E:  # tag characters
        return chr(code - 0xE0000)
    if 0xE0110 <= code <= 0xE01EF:  # variation selectors as octets; the sixteen before them are what they seem
        return chr(code - 0xE00F0) if code <= 0xE016E else ""
    if 0x1F1E6 <= code <= 0x1F1FF:  # regional indicators
        return chr(code - 0x1F1E6 + ord("a"))
    for first in (0x1F150, 0x1F170):  # white on black
        if first <= code < first + 26:
            return chr(code - first + ord("a"))
    if (digit := unicodedata.digit(character, None)) is not None:
        return str(digit)
    shown = unicodedata.normalize("NFKD", character.translate(_SIGNS))
    return "".join(_one(c) for c in shown if unicodedata.category(c) not in _INVISIBLE)


def _one(character: str) -> str:
    if character.isascii():
        return character
    return _LIKE.get(character, character if character.isalnum() else " ")


_NOT_LETTERS = bytes(code for code in range(128) if not chr(code).isalnum())


def letters(form: str) -> bytes:
    """The letters and digits of a seen text, with nothing between them, in UTF-8."""
    return form.encode("utf-8", "replace").translate(None, _NOT_LETTERS)
