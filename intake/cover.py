"""The cover note: what staff read below a redacted letter, or in its place when its words cannot be mailed.

It is meant for staff: when they quote it in an answer, the citizen does not get it (`without`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from intake.letter import Letter
from intake.redact import NOUNS
from intake.routing import Decision
from intake.view import Restricted

_WHY = {
    "addressed": "because it was written to this agency's address",
    "vocabulary": "because of the words in it",
    "general": "because it was not clear which agency can answer",
    "operator": "because it was written to those who run this service",
    "person": "because a person at the intake desk chose this agency",
    "copy": "because a rule of the rules file sends you a copy",
}
"""Why an agency has a letter, by the ids of rules that stand in no file."""
_BY_A_RULE = "by a rule of the rules file"


def agency_text(
    seen: Restricted, letter: Letter, ref: str, decision: Decision, shared: str, enclosed: Sequence[str]
) -> str:
    """The redacted letter, then what its agency needs to know about it. `shared`: the writer's address, if it may."""
    lines = [
        *came(ref, decision),
        *_shared(shared),
        _how_to_answer(letter),
        _not_yours(ref),
        *about(seen, letter, enclosed),
    ]
    return f"{seen.whole}\n\n-- \n" + "\n".join(lines) + "\n"


def follow_up_text(seen: Restricted, letter: Letter, shared: str, enclosed: Sequence[str]) -> str:
    """What the citizen wrote later."""
    lines = [*_shared(shared), *about(seen, letter, enclosed)]
    return f"{seen.text.strip()}\n" + (("\n-- \n" + "\n".join(lines) + "\n") if lines else "")


def at_the_desk(letter: Letter, ref: str, decision: Decision | None = None, unread: bool = False) -> tuple[str, str]:
    """Subject and text in the place of a letter, or with no `decision` of an addition, that the gate keeps here or,
    `unread`, that the program cannot read: our words alone, whatever the letter is."""
    if unread:
        what, lines = ("This letter", came(ref, decision)) if decision else (f"What the writer of {ref} added", [])
        lines += [_how_to_answer(letter), *([_not_yours(ref)] * bool(decision))]
        text = f"{what} {_UNREAD}"
        return f"[{ref}] A letter that could not be read", f"{text}\n\n-- \n" + "\n".join(lines) + "\n"
    if decision:
        text = _AT_THE_DESK.format(ref)
        lines = [*came(ref, decision), _how_to_answer(letter), _not_yours(ref)]
    else:
        text = _ADDED_AT_THE_DESK.format(ref)
        lines = [_how_to_answer(letter)]
    return f"[{ref}] Please read this at the desk", f"{text}\n\n-- \n" + "\n".join(lines) + "\n"


def subject(ref: str, said: str, decision: Decision) -> str:
    """The subject of a redirected letter."""
    return f"[{ref}] {'URGENT: ' * decision.urgent}{said}"


def came(ref: str, decision: Decision) -> list[str]:
    """Why the agency has it, with the rule's name for administrators; and what it should know at once."""
    urgent = [_URGENT] * decision.urgent
    meant_for = [_MEANT_FOR.format(decision.meant_for)] * bool(decision.meant_for)
    return [*urgent, *meant_for, _CAME.format(ref, why(decision.rule), decision.rule)]


def why(rule: str) -> str:
    """A rule in words."""
    return _WHY.get(rule, _BY_A_RULE)


def _not_yours(ref: str) -> str:
    return _NOT_YOURS.format(ref)


def about(seen: Restricted, letter: Letter, enclosed: Sequence[str]) -> list[str]:
    """What was withheld, what came with it, what could not be read cleanly."""
    counts = ", ".join(f"{NOUNS.get(cls, cls)} ({n})" for cls, n in sorted(seen.withheld.items()))
    withheld = [_WITHHELD.format(counts)] if counts else []
    return [*withheld, *enclosed, *(_PROBLEM.format(problem) for problem in letter.problems)]


def _shared(shared: str) -> list[str]:
    return [_SHARED.format(shared)] if shared else []


def _how_to_answer(letter: Letter) -> str:
    if letter.fields.get("reply") == "receipt":
        return _BY_RECEIPT
    return _BY_REPLY if letter.sender else _NO_ANSWER


# ── what it says ─────────────────────────────────────────────────────────────────────────────────────────────────

_URGENT = "URGENT: a rule marked this letter so. Please read it now."
_MEANT_FOR = "It is meant for the agency “{}”, which takes no letters from here now. Please see that it gets there."
_CAME = "Reference {}, sent to you {} (rule “{}”)."
_SHARED = "The writer agreed to share their e-mail address with you: {}"
_BY_REPLY = "Reply to this message to answer: it reaches the writer, and neither of you sees the other's address."
_BY_RECEIPT = "Reply to this message to answer: the writer left no address and reads it with a receipt."
_NO_ANSWER = "The writer left no address and asked for no answer."
_NOT_YOURS = "Not yours? Forward nothing: tell the intake desk the reference {}."
_WITHHELD = "Withheld from this copy: {}."
_PROBLEM = "Note: {}."
_UNREAD = (
    "could not be read by our program: it may be encrypted or damaged. Nobody has read it. Where we can, we ask the "
    "writer to write again, as plain text. You can ask too: reply to this message."
)
_AT_THE_DESK = "This letter could not be sent by mail safely. Read it at the desk under its reference {}."
_ADDED_AT_THE_DESK = (
    "The writer of {} wrote again. That could not be sent by mail safely. Read it at the desk under the same "
    "reference: it stands there as “Added by the writer”."
)

# ── what an answer quotes of it ──────────────────────────────────────────────────────────────────────────────────

_GAP = r"[\s>|]{1,40}+"  # between two words, wherever a mail program broke the line and however it marked the next
_MARK = r"[^\w\s]{1,3}"  # a quotation mark or an apostrophe
_REF = rf"[\w-]{{1,20}}(?:{_GAP}[\w-]{{1,20}}){{0,3}}?"  # broken at a hyphen
_WORD, _WORDS = r"\S{1,320}", r"[^.]{1,400}"
_RULE = rf"\S{{1,100}}?(?:{_GAP}\S{{1,100}}?){{0,30}}?"  # its name is a sentence


def _quoted(text: str, *values: str) -> str:
    """A line of ours, as others quote it, with what the `values` match in the place of each {}."""
    words = (re.sub("[“”']", lambda _: _MARK, re.escape(word)) for word in text.split())
    first, *others = _GAP.join(words).split(r"\{\}")
    return first + "".join(value + other for value, other in zip(values, others, strict=True))


_LINES = (
    _quoted(_CAME, _REF, f"(?:{'|'.join(map(_quoted, (*_WHY.values(), _BY_A_RULE)))})", _RULE),
    _quoted(_URGENT),
    _quoted(_MEANT_FOR, r"\S{1,100}?"),
    _quoted(_SHARED, _WORD),
    *map(_quoted, (_BY_REPLY, _BY_RECEIPT, _NO_ANSWER)),
    _quoted(_NOT_YOURS, _REF),
    _quoted(_WITHHELD, _WORDS),
    _quoted(_AT_THE_DESK, _REF),
    _quoted(_ADDED_AT_THE_DESK, _REF),
    rf"(?:This{_GAP}letter|What{_GAP}the{_GAP}writer{_GAP}of{_GAP}{_REF}{_GAP}added){_GAP}{_quoted(_UNREAD)}",
)
_FILES = (rf"attachment{_GAP}\d{{1,4}}:(?:[^.]|\.(?=\w)){{1,200}}\.", _quoted(_PROBLEM, _WORDS))
_NOTE = re.compile(
    rf"(?:(?:\n[ \t>|]{{0,20}}+){{1,3}}+)?(?:(?<!\S)--{_GAP})?(?:{'|'.join(_LINES)})"
    rf"(?:{_GAP}(?:{'|'.join((*_LINES, *_FILES))}))*+"
)


def without(text: str) -> str:
    """An answer without what it quotes of a cover note, however its lines were marked and broken."""
    return _NOTE.sub("", text)
