"""Which view of a multipart/alternative is read: the plain one, unless the HTML one says what it lacks.

The rule this module keeps: no word is dropped in silence. A view is left out only where the other has its words, or
staff are told.
"""

from __future__ import annotations

import re
import unicodedata

import re2

_ADDED = re2.compile(
    r"(?mi)^\W{0,5}(?:sent (?:from|with|via|using)|get outlook|enviad[oa] (?:desde|do|da|con|por)|inviat[oa] d"
    r"|envoyé (?:de|à partir)|gesendet (?:mit|von)|von meinem|wysłan[eo] z|voye soti|отправлено (?:с|из)"
    r"|надіслано (?:з|із)|verzonden v|verstuurd v|trimis d|发自|從我|从我|寄自|(?:được|đã) gửi từ|أ?رسلت من).{0,60}$"
    r"|^.{0,80}(?:から送信|에서 보냄|gönderildi|gesendet)\.?$"
)  # to each mail, by a program
_JOURNAL = re2.compile(
    r"(?i)\A\s*Sender: \S+@\S+\s*\n(?:[a-z-]{2,30}:.*\n?|\s*\n){2,}\s*\z"
)  # of Exchange, on a message
_SIGNATURE = re2.compile(r"(?m)^-- ?$")
_STUB = re2.compile(
    r"(?mi)^\s*\[(?:cid|image|img|picture|logo)\b[^\]\n]*\]\s*$"
    r"|^\W{0,9}(?:click here to |having trouble .{0,60})?(?:view|read|see|open)\b.{0,40}"
    r"\b(?:online|(?:in|with) (?:your|a|the) (?:web ?)?browser|web ?version)\W*(?:https?://\S+)?\W*$"
)  # lines that stand for a view that a mail program does not show
_HTML = re2.compile(r"(?i)\bhtml\b")
_STUB_AT_MOST = 600  # characters of a line that speaks of HTML; a longer one was written by a person
_COMPARED = 200_000  # characters of a view; each level of views within views costs a look at all below it
_MANY = 5  # different words
_WORD = re.compile(r"https?://[^\s<>()\[\]\"]+|[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")
_NUMBER = re.compile(r"(?!http)[^\W\d_]*\d")
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\ufeff"))
_QUOTED = re.compile(r"(?m)^[>|].*$")


def fuller(plain: str, rich: str) -> tuple[str, str]:
    """(text, what staff are told): the plain view, or the rich one where that says clearly more, or has links or
    numbers that the plain one lacks. Both where each says much that the other does not.
    """
    if not rich.strip():
        return plain, ""
    if not own_words(_without_stubs(plain)):
        return rich, "the plain view says nothing; the HTML view was read" * bool(plain.strip())
    said, shown = _words(plain), _words(rich)
    own, lost = said - shown, shown - said
    more = _is_much(lost, shown)
    missing = more or _numbers(lost) or (_links(lost) and not _links(own))
    hardly = len(own) < _MANY and 3 * len(own) < len(said) and not _numbers(own) and not _links(own)
    if missing and hardly:
        return rich, "the plain view lacks what the HTML view says; the HTML view was read"
    if more:
        return f"{rich}\n\n{plain}", "the plain and the HTML view differ; both were read"
    differ = missing or _is_much(own, said)
    return plain, "the plain and the HTML view differ; the plain one was read" * differ


def _without_stubs(plain: str) -> str:
    lines = _STUB.sub("", plain).split("\n")
    return "\n".join(line for line in lines if len(line) > _STUB_AT_MOST or not _HTML.search(line))


def own_words(text: str) -> int:
    """How many words a writer wrote, without a signature, what a phone adds, and a journal's report."""
    own = _SIGNATURE.split(text, 1)[0]
    return 0 if _JOURNAL.match(own) else len(_ADDED.sub("", own).split())


def _words(text: str) -> set[str]:
    """The different words, numbers and links of what is not quoted."""
    same = unicodedata.normalize("NFKC", text[:_COMPARED].translate(_UNSEEN)).casefold()
    return {word.rstrip(".,;:!?/") for word in _WORD.findall(_QUOTED.sub("", same))}


def _is_much(missing: set[str], of: set[str]) -> bool:
    """Whether a third and more is missing, and not only a few words."""
    return len(missing) >= _MANY and 3 * len(missing) >= len(of)


def _numbers(words: set[str]) -> bool:
    return any(map(_NUMBER.match, words))


def _links(words: set[str]) -> bool:
    return any(word.startswith("http") for word in words)
