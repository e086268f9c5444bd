"""Machines: what wrote a letter if no person did, and what a delivery report says.

The rule this module keeps: an honest letter is never swallowed. What a header says of the mail itself is evidence;
words are not, because people write every word that machines write. So words alone only make it *perhaps* a machine's:
still a letter, but never answered by ours. Words and a header together, or a header that no person's mail has, make
it *sure*: noted on the ticket and never sent on. Nothing here raises or quotes the mail, and the time is linear.

A header's signs are read in `signs`, words in `words`, reports in `report`. One kind of mail is judged by its words
alone: an agency's that is a note to the last word (`note`), because a citizen waits for an answer and got none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from intake.machine.report import ACTIONS, Failure, failure, is_coded, is_notice
from intake.machine.signs import (
    ABSENCE_NOTE,
    AUTOMATIC,
    CHALLENGE,
    CLAIMED,
    DELIVERY_REPORT,
    HINT,
    LIST,
    LISTED,
    READ_RECEIPT,
    SOME,
    SURE,
    Fields,
    Sign,
    from_a_desk,
    signs,
)
from intake.machine.wording import note
from intake.machine.words import absent, confirms_receipt, forwarded, spoken

__all__ = [
    "ABSENCE_NOTE",
    "ACTIONS",
    "AUTOMATIC",
    "CHALLENGE",
    "DELIVERY_REPORT",
    "LIST",
    "READ_RECEIPT",
    "REPORTS",
    "Failure",
    "Fields",
    "Machine",
    "failure",
    "is_noise",
    "kind",
    "note",
]

REPORTS = {"delivery-status": DELIVERY_REPORT, "disposition-notification": READ_RECEIPT}
"""The report-type of a multipart/report (RFC 6522), and whose it is; any other is automatic."""


@dataclass(frozen=True, slots=True)
class Machine:
    """`kind`: one of those above, "" for a person. `sure`: nobody wrote it; otherwise a person may have."""

    kind: str = ""
    sure: bool = False


PERSON = Machine()


def kind(headers: Fields, mail_from: str, subject: str = "", text: str = "", report: str = "") -> Machine:
    """What wrote the mail. `mail_from` is "" for the null sender; `report` the report-type of a whole mail that is one.

    `subject` and `text` are decoded. Linear in the number of headers; of the text the beginning is looked at.
    """
    if report:
        return Machine(REPORTS.get(report, AUTOMATIC), True)
    found = list(signs(headers))
    words = spoken(subject, text)
    if not found and mail_from:
        return Machine(words) if words else PERSON
    seen = _Evidence(headers, found, words, subject, text)
    return seen.of_nobody() if not mail_from else seen.of_somebody()


def is_noise(subject: str, text: str) -> bool:
    """Whether the words, too, are a machine's: of an absence, a failure, a receipt. Each alone says it of mail whose
    header does."""
    return bool(spoken(subject, text)) or absent(text) or is_notice(text) or confirms_receipt(text)


@dataclass(frozen=True, slots=True, repr=False)
class _Evidence:
    """A mail with a sign in its header, or from the null sender."""

    headers: Fields
    signs: Sequence[Sign]
    words: str
    subject: str
    text: str

    def of_somebody(self) -> Machine:
        sure = self._sure()
        if sure:
            if all(how == CLAIMED for _, how in sure) and self._may_be_a_person_s():
                return Machine(AUTOMATIC)
            return Machine(self._which(sure), True)
        if self.words and any(self._bears_out(sign) for sign in self.signs):
            return Machine(self.words, True)
        perhaps = next((kind for kind, how in self.signs if how in (SOME, LISTED)), "")
        return Machine(self.words or perhaps)

    def _sure(self) -> list[Sign]:
        return [sign for sign in self.signs if sign[1] in (SURE, CLAIMED)]

    def _bears_out(self, sign: Sign) -> bool:
        """A header beside the words. Of a challenge only its own: agencies, too, ask to confirm things."""
        kind, how = sign
        return how in (SOME, HINT) if kind == self.words else how == SOME and self.words != CHALLENGE

    def of_nobody(self) -> Machine:
        """The null sender is for what must not be answered (RFC 5321 §4.5.5); without another word, a report."""
        sure = self._sure()
        if self.words or any(kind in (DELIVERY_REPORT, CHALLENGE) for kind, _ in sure):
            return Machine(self._which(sure), True)
        if absent(self.text) and not is_coded(self.text):
            return Machine(ABSENCE_NOTE, True)
        if is_notice(self.text):
            return Machine(DELIVERY_REPORT, True)
        return Machine(self._which(sure) if sure else DELIVERY_REPORT, True)

    def _which(self, sure: Sequence[Sign]) -> str:
        """The kind, of what is surely a machine's: by the most telling sign, then by words, then by any sign."""
        kinds = {kind for kind, _ in sure}
        for telling in (CHALLENGE, DELIVERY_REPORT):
            if telling in kinds:
                return telling
        if self.words in (CHALLENGE, DELIVERY_REPORT):
            return self.words
        if kinds and from_a_desk(self.headers):
            return AUTOMATIC
        if self.words:
            return self.words
        if ABSENCE_NOTE in kinds or (ABSENCE_NOTE, HINT) in self.signs:
            return ABSENCE_NOTE
        return AUTOMATIC

    def _may_be_a_person_s(self) -> bool:
        """Ticket systems send an agent's answer as auto-generated, Exchange what a rule forwards."""
        if self.words not in ("", CHALLENGE):
            return False
        if from_a_desk(self.headers):
            return not confirms_receipt(self.text)
        return (ABSENCE_NOTE, HINT) in self.signs and forwarded(self.subject)
