"""The reference page of the rules file, out of the one model that checks it."""

from __future__ import annotations

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from intake.routing import schema

_SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("The file", schema.RulesFile),
    ("An agency, under `agencies:`", schema.AgencyEntry),
    ("The office, under `office:`", schema.OfficeEntry),
    ("A class, under `handling:`", schema.HandlingRow),
    ("A rule, under `rules:`", schema.RuleEntry),
    ("What a rule asks, under `when:`", schema.When),
    ("How clear the words must be, under `deciding:`", schema.Deciding),
    ("An agency's words, under `vocabulary:`", schema.VocabularyEntry),
    ("A letter, under `examples:`", schema.ExampleEntry),
)


def reference() -> str:
    """The page, in Markdown."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield "# The rules file: every key"
    yield ""
    yield "Made of the model that `intake rules check` uses: `intake rules schema --reference`. How to use it stands in"
    yield "[rules.md](rules.md). A list of one needs no brackets. A key that is not known is a fault."
    for title, model in _SECTIONS:
        yield ""
        yield f"## {title}"
        yield ""
        yield " ".join((model.__doc__ or "").split())
        yield ""
        yield "| key | what may stand there | left out | meaning |"
        yield "|---|---|---|---|"
        yield from (_row(name, field) for name, field in model.model_fields.items())


def _row(name: str, field: FieldInfo) -> str:
    left_out = "a fault" if field.is_required() else _default(field.get_default(call_default_factory=True))
    kind = _kind(field.annotation)
    return f"| `{field.alias or name}` | {kind} | {left_out} | {field.description or ''} |"


def _default(value: Any) -> str:
    if value in (None, [], {}, ""):
        return "–"
    if isinstance(value, bool):
        return "no"
    if isinstance(value, BaseModel):
        return "as below"
    return f"`{', '.join(map(str, value)) if isinstance(value, list) else value}`"


def _kind(annotation: Any) -> str:
    """What a type lets stand, in words."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(inner[0])
    if origin in (Union, UnionType):
        return " or ".join(_kind(one) for one in inner if one is not NoneType)
    if origin is Literal:
        return ", ".join(f"`{one}`" for one in inner)
    if origin is list:
        return f"list of: {_kind(inner[0])}"
    if origin is dict:
        return f"{'a name' if inner[0] is str else _kind(inner[0])}: {_kind(inner[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _NAMES.get(annotation, "see below")
    return _WORDS.get(annotation, "text")


_NAMES: dict[type[BaseModel], str] = {schema.When: "conditions", schema.RuleExample: "a text, or a letter as below"}
_WORDS: dict[Any, str] = {bool: "`yes` or `no`", int: "a number", float: "a number"}
