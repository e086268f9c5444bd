"""A decision as JSON, and the question out of JSON: the contract's `intake rules explain --jsonl`.

The rule it keeps: what comes in may have any shape, what goes out holds only ids, rule names, the file's own words
and numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from intake import language
from intake.routing.conditions import Question
from intake.routing.decide import Decision
from intake.routing.trace import Asked


def ask(line: Mapping[str, Any], tags: frozenset[str] = frozenset()) -> Question:
    """The question in a JSON object `{"channel", "subject", "text", "sender_email"?, "recipient"?, "fields"?}`.

    Further keys: `language`, `machine`, `authenticated`, `spam` (true), `attachments` (media types), `received`
    (RFC 3339). `recipient` may be one address or a list; what is missing or of another type counts as empty.
    """
    fields, subject, text = line.get("fields"), _text(line.get("subject")), _text(line.get("text"))
    return Question(
        channel=_text(line.get("channel")) or "email",
        subject=subject,
        text=text,
        sender_email=_text(line.get("sender_email")),
        recipients=_several(line.get("recipient")),
        fields={str(k): _text(v) for k, v in fields.items()} if isinstance(fields, Mapping) else {},
        language=_text(line.get("language")) or language.detect(f"{subject}\n{text}"),
        tags=tags,
        machine=line.get("machine") is True,
        attachment_types=_several(line.get("attachments")),
        authenticated=line.get("authenticated") is True,
        spam=line.get("spam") is True,
        received=_moment(_text(line.get("received"))),
    )


def explain(id_: Any, decision: Decision) -> dict[str, Any]:
    """The answer's JSON object; what a rule does besides only where there is something to say."""
    answer: dict[str, Any] = {
        "id": id_,
        "agency": decision.agency,
        "rule": decision.rule,
        "why": list(decision.why),
        "suggestions": [[agency, points] for agency, points in decision.suggestions],
    }
    if decision.hold:
        answer["hold"] = decision.hold
    if decision.linked:
        answer["linked"] = list(decision.linked)
    if decision.copies:
        answer["copies"] = list(decision.copies)
    if decision.urgent:
        answer["priority"] = "urgent"
    if decision.answer_within:
        answer["answer_within"] = str(decision.answer_within)
    if decision.refusal:
        answer["refuse"] = dict(decision.refusal)
    if decision.meant_for:
        answer["meant_for"] = decision.meant_for
    return answer


def told(decision: Decision, looked: Sequence[Asked]) -> Iterator[str]:
    """The same in lines for people: where it goes, what happens besides, and what each rule said."""
    yield f"{decision.agency}  (rule: {decision.rule})"
    yield from (f"  {reason}" for reason in decision.why)
    if decision.refusal:
        yield "  refused: it goes nowhere, and the writer gets the rule's text"
    if decision.hold:
        yield f"  held for a person: {decision.hold}"
    if decision.copies:
        yield f"  copy to: {', '.join(decision.copies)}"
    if decision.urgent:
        yield "  priority: urgent"
    if decision.answer_within:
        yield f"  answer within {decision.answer_within}"
    yield from (f"  suggestion: {agency} {points:g}" for agency, points in decision.suggestions)
    yield "rules, in the order they were asked:"
    yield from (f"  {'yes' if one.held else 'no '}  {one.rule}: {one.why or 'it asks for nothing'}" for one in looked)


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _text(value: Any) -> str:
    """Text without lone surrogates, which JSON can spell and UTF-8 cannot."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _several(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list | tuple) else [value]
    return tuple(text for entry in values if (text := _text(entry)))
