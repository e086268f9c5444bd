"""Enclosures: the files that come with a letter, as whoever gets the letter hears of them.

Withheld unless the agency chose `attachments: clean`: then what can be rebuilt from nothing goes along, and what
cannot is still withheld. A file is named neutrally, because its own name may say who wrote it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from intake import attachment
from intake.attachment.danger import danger
from intake.attachment.rebuild import Rebuilt, rebuild
from intake.letter import Attachment, Letter
from intake.malware import Finding

SECONDS = 8.0  # for rebuilding all files of a letter
OCTETS = 10 * 1024 * 1024  # of all that goes along
Redact = Callable[[int, str], str]
"""The text of the letter's nth file (from 0), as its receiver may have it."""

_KINDS = {
    "application/pdf": "PDF document",
    "image/": "picture",
    "audio/": "sound",
    "video/": "video",
    "text/calendar": "calendar entry",
    "text/": "text",
    "message/": "message",
    "application/msword": "document",
    "application/vnd.openxmlformats-officedocument.wordprocessingml": "document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml": "table",
    "application/zip": "archive",
}


def attached(letter: Letter) -> tuple[tuple[str, str, int], ...]:
    """What came with a letter: neutral name, kind in words, octets."""
    return tuple((f"attachment {n}", _kind(file), len(file.data)) for n, file in enumerate(letter.attachments, 1))


def _kind(file: Attachment) -> str:
    return next((words for kind, words in _KINDS.items() if file.type.lower().startswith(kind)), "file")


@dataclass(frozen=True, slots=True, repr=False)
class Enclosures:
    """`along`: (name, media type, octets) of what goes along; `unscanned`: names of those that clamd has not seen;
    `lines`: a line about each file, for staff; `within`: how many pictures in the lines of the text do not go along."""

    along: tuple[tuple[str, str, bytes], ...]
    unscanned: tuple[str, ...]
    lines: tuple[str, ...]
    within: int = 0

    @property
    def withheld(self) -> int:
        """How many files do not go along, such pictures apart."""
        return len(self.lines) - len(self.along) - self.within


def enclose(
    letter: Letter,
    findings: Sequence[Finding],
    redact: Redact | None = None,
    texts: Sequence[str | None] | None = None,
    seconds: float = SECONDS,
    octets: int = OCTETS,
) -> Enclosures:
    """What becomes of the files of a letter. With `redact`, they are rebuilt where that can be done.

    `findings`: what the malware scan says of each. `texts`: what was read in each, read now where None; what was not
    read was not tagged either and stays withheld.
    All files share `seconds` and `octets`: what does not fit stays behind, and smaller ones after it still go.
    """
    along: list[tuple[str, str, bytes]] = []
    unscanned: list[str] = []
    lines: list[str] = []
    within = 0
    if texts is None:
        texts = attachment.texts(letter.attachments) if redact else []
    end, room = time.monotonic() + seconds, octets
    for n, (name, kind, size) in enumerate(attached(letter)):
        unseen = findings[n].state == "unscanned"
        made = _rebuilt(letter.attachments[n], n, texts[n], redact, findings[n], end) if redact else None
        if made and len(made.data) <= room:
            room -= len(made.data)
            along.append((f"attachment-{n + 1}.{made.ending}", made.type, made.data))
            unscanned += [along[-1][0]] * unseen
            fate = f"written anew by us and sent along as {along[-1][0]}"
        else:
            fate = "withheld; the intake desk keeps it"
            within += letter.attachments[n].within
        lines.append(f"{name}: {kind}, {max(1, size // 1024)} kB, {fate}{'; not checked for malware' * unseen}.")
    return Enclosures(tuple(along), tuple(unscanned), tuple(lines), within)


def _rebuilt(
    file: Attachment, n: int, text: str | None, redact: Redact, finding: Finding, end: float
) -> Rebuilt | None:
    if finding.state == "infected" or danger(file):
        return None
    return rebuild(file, text, None if text is None else redact(n, text), max(0.0, end - time.monotonic()))
