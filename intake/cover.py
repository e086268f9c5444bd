"""The cover note: what staff read below a redacted letter, or in its place when its words cannot be mailed."""

from __future__ import annotations

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
}
"""Why an agency has a letter, by the ids of rules that stand in no file."""


def agency_text(
    seen: Restricted, letter: Letter, ref: str, decision: Decision, shared: str, enclosed: Sequence[str]
) -> str:
    """The redacted letter, then what its agency needs to know about it. `shared`: the writer's address, if it may."""
    lines = [
        came(ref, decision),
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
        what, lines = ("This letter", [came(ref, decision)]) if decision else (f"What the writer of {ref} added", [])
        text = (
            f"{what} could not be read by our program: it may be encrypted or damaged. Nobody has read it. Where we "
            "can, we ask the writer to write again, as plain text. You can ask too: reply to this message."
        )
        lines += [_how_to_answer(letter), *([_not_yours(ref)] * bool(decision))]
        return f"[{ref}] A letter that could not be read", f"{text}\n\n-- \n" + "\n".join(lines) + "\n"
    if decision:
        text = f"This letter could not be sent by mail safely. Read it at the desk under its reference {ref}."
        lines = [came(ref, decision), _how_to_answer(letter), _not_yours(ref)]
    else:
        text = (
            f"The writer of {ref} wrote again. That could not be sent by mail safely. Read it at the desk under the "
            "same reference: it stands there as “Added by the writer”."
        )
        lines = [_how_to_answer(letter)]
    return f"[{ref}] Please read this at the desk", f"{text}\n\n-- \n" + "\n".join(lines) + "\n"


def came(ref: str, decision: Decision) -> str:
    """Why the agency has it, and the rule's id for administrators."""
    return f"Reference {ref}, sent to you {why(decision.rule)} (rule “{decision.rule}”)."


def why(rule: str) -> str:
    """A rule in words."""
    return _WHY.get(rule, "by a rule of the rules file")


def _not_yours(ref: str) -> str:
    return f"Not yours? Forward nothing: tell the intake desk the reference {ref}."


def about(seen: Restricted, letter: Letter, enclosed: Sequence[str]) -> list[str]:
    """What was withheld, what came with it, what could not be read cleanly."""
    counts = ", ".join(f"{NOUNS.get(cls, cls)} ({n})" for cls, n in sorted(seen.withheld.items()))
    withheld = [f"Withheld from this copy: {counts}."] if counts else []
    return [*withheld, *enclosed, *(f"Note: {problem}." for problem in letter.problems)]


def _shared(shared: str) -> list[str]:
    return [f"The writer agreed to share their e-mail address with you: {shared}"] if shared else []


def _how_to_answer(letter: Letter) -> str:
    if letter.fields.get("reply") == "receipt":
        return "Reply to this message to answer: the writer left no address and reads it with a receipt."
    if not letter.sender:
        return "The writer left no address and asked for no answer."
    return "Reply to this message to answer: it reaches the writer, and neither of you sees the other's address."
