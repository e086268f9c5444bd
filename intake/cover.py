"""The cover note: what staff read below a redacted letter."""

from __future__ import annotations

from collections.abc import Sequence

from intake.letter import Letter
from intake.routing import Decision
from intake.view import Restricted


def agency_text(
    seen: Restricted, letter: Letter, ref: str, decision: Decision, shared: str, enclosed: Sequence[str]
) -> str:
    """The redacted letter, then what its agency needs to know about it. `shared`: the writer's address, if it may."""
    lines = [
        f"Reference {ref}, routed to {decision.agency} by rule “{decision.rule}”.",
        *_shared(shared),
        _how_to_answer(letter),
        f"Not yours? Forward nothing: tell the intake desk the reference {ref}.",
        *about(seen, letter, enclosed),
    ]
    return f"{seen.whole}\n\n-- \n" + "\n".join(lines) + "\n"


def follow_up_text(seen: Restricted, letter: Letter, shared: str, enclosed: Sequence[str]) -> str:
    """What the citizen wrote later."""
    lines = [*_shared(shared), *about(seen, letter, enclosed)]
    return f"{seen.text.strip()}\n" + (("\n-- \n" + "\n".join(lines) + "\n") if lines else "")


def about(seen: Restricted, letter: Letter, enclosed: Sequence[str]) -> list[str]:
    """What was withheld, what came with it, what could not be read cleanly."""
    counts = ", ".join(f"{cls} ({n})" for cls, n in sorted(seen.withheld.items()))
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
