"""A decision as JSON, and the question out of JSON: the contract's `intake rules explain --jsonl`.

The rule it keeps: what comes in may have any shape, what goes out holds only ids, rule names, the file's own words
and numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from intake import language
from intake.routing.conditions import Question
from intake.routing.decide import Decision


def ask(line: Mapping[str, Any], tags: frozenset[str] = frozenset()) -> Question:
    """The question in a JSON object `{"channel", "subject", "text", "sender_email"?, "recipient"?, "fields"?}`.

    `recipient` may be one address or a list; what is missing or of another type counts as empty.
    """
    fields = line.get("fields")
    return Question(
        channel=_text(line.get("channel")) or "email",
        subject=_text(line.get("subject")),
        text=_text(line.get("text")),
        sender_email=_text(line.get("sender_email")),
        recipients=_several(line.get("recipient")),
        fields={str(k): _text(v) for k, v in fields.items()} if isinstance(fields, Mapping) else {},
        language=_text(line.get("language")) or language.detect(_text(line.get("text"))),
        tags=tags,
    )


def explain(id_: Any, decision: Decision) -> dict[str, Any]:
    """The answer's JSON object; `hold` and `linked` only where there is something to say."""
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
    return answer


def _text(value: Any) -> str:
    """Text without lone surrogates, which JSON can spell and UTF-8 cannot."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _several(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list | tuple) else [value]
    return tuple(text for entry in values if (text := _text(entry)))
