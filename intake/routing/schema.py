"""What may stand in a rules file. One model gives the validation, the JSON Schema for editors and the reference.

The rule it keeps: an unknown key is a fault, never ignored; what is optional has the default that is stated here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from intake.handling import CLASSES
from intake.language import LANGUAGES

_Text = Annotated[str, Field(min_length=1)]


def _listed(value: Any) -> Any:
    """One value may be written without the brackets of a list."""
    return [value] if isinstance(value, str) else value


Several = Annotated[list[_Text], BeforeValidator(_listed), Field(min_length=1)]
AnyLanguage = Literal["en", "es", "pt", "pl", "ht", "fr"]
Languages = Annotated[list[AnyLanguage], BeforeValidator(_listed), Field(min_length=1)]
Channels = Annotated[list[Literal["email", "form"]], BeforeValidator(_listed), Field(min_length=1)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


Within = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,2}( hours?| days?| working days?)?$")]
"""A time to answer: days, hours, or working days of the office."""
_Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
_Date = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
_Dates = Annotated[list[_Date], BeforeValidator(_listed)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


class OfficeEntry(_Entry):
    """When people are at work: `hours` asks it, and working days are counted by it."""

    timezone: _Text = Field("UTC", description="As in the IANA database, e.g. America/New_York.")
    days: Annotated[list[Weekday], BeforeValidator(_listed), Field(min_length=1)] = Field(
        list(WEEKDAYS[:5]), description="Days of work."
    )
    opens: _Clock = Field("08:00", description="Hours and minutes, 24 hours a day.")
    closes: _Clock = Field("17:00", description="The same.")
    holidays: _Dates = Field(default_factory=list, description="Days without work, as 2027-01-01.")


class HandlingRow(_Entry):
    """What agency mail, the desk and the public record see of one class; what is left out keeps the default."""

    agency: _Text | None = Field(None, description="`shown`, `masked`, `withheld` … in mail to the agency.")
    desk: _Text | None = Field(None, description="The same at the desk; also `reveal`.")
    record: _Text | None = Field(None, description="The same for the public record.")


HandlingTable = dict[str, HandlingRow]


class AgencyEntry(_Entry):
    """An agency that letters may go to. Its key is its id and the name of its address here: dmv → dmv@…"""

    name: dict[AnyLanguage, _Text] = Field(description="The agency's name in each language offered; en is required.")
    mailbox: _Text = Field(description="Where its letters are sent; never in the domain of this installation.")
    senders: Several | None = Field(None, description="Domains its answers come from; default: the mailbox's.")
    answer_within: Within = Field("10", description="Until an answer is due: days, or `3 working days`, `12 hours`.")
    attachments: Literal["withheld", "clean"] = Field(
        "withheld", description="Attached files: withheld, or written anew where that can be done (clean)."
    )
    handling: HandlingTable = Field(default_factory=dict, description="Changes to the handling table, for it alone.")
    state: Literal["confirmed", "unconfirmed", "refusing"] = Field(
        "confirmed",
        description="Unless confirmed (mailbox not tried yet, or it takes no letters from here), `general` gets them.",
    )
    alert: _Text | None = Field(None, description="Mailbox that is told at once of an urgent letter, by its reference.")
    redirects_from: Several | None = Field(
        None, alias="redirects from", description="Agencies that may pass a letter on to it; default: every one."
    )
    privacy_notice: _Text | None = Field(
        None, alias="privacy notice", description="Address of its own notice, which the acknowledgement names."
    )
    custodian: _Text | None = Field(None, description="Whom people ask to see and correct their record: one line.")


class When(_Entry):
    """What a rule asks. Everything that is written must hold; of a list, one suffices."""

    recipient: Several | None = Field(None, description="Our address it was written to, e.g. dmv or dmv@…")
    channel: Channels | None = Field(None, description="How it came.")
    topic: Several | None = Field(None, description="The form's topic.")
    town: Several | None = Field(None, description="The form's town.")
    fields: dict[str, Several] | None = Field(None, description="Other fields of the form and their values.")
    language: Languages | None = Field(None, description="The language it is written in, as recognised.")
    subject_has: Several | None = Field(None, alias="subject has", description="One of these words or phrases.")
    text_has: Several | None = Field(None, alias="text has", description="The same in the text.")
    letter_has: Several | None = Field(None, alias="letter has", description="The same in the subject or the text.")
    subject_matches: Several | None = Field(None, alias="subject matches", description="One of these patterns (RE2).")
    text_matches: Several | None = Field(None, alias="text matches", description="The same in the text.")
    letter_matches: Several | None = Field(None, alias="letter matches", description="The same in either.")
    tags: Several | None = Field(None, description="Classes of personal information found in it.")
    sender_domain: Several | None = Field(
        None,
        alias="sender domain",
        description="The domain it says it comes from, or one above it; anybody may say so.",
    )
    attachments: Several | None = Field(None, description="Media types, e.g. application/pdf or image/*.")
    machine: bool | None = Field(None, description="Written by a machine: yes or no.")
    authenticated: bool | None = Field(None, description="The sender's domain vouches for the mail: yes or no.")
    spam: bool | None = Field(None, description="The mail filter in front of this installation calls it spam.")
    hours: Literal["open", "closed"] | None = Field(None, description="It came within the office's hours or outside.")
    all: list[When] | None = Field(None, min_length=1, description="Every one of these holds.")
    any: list[When] | None = Field(None, min_length=1, description="One of these holds.")
    no: When | None = Field(None, alias="not", description="This does not hold.")


ADDRESSED = "addressed"
"""The rule that is always there; a bare line `- addressed` in `rules:` says where it stands, else it is first."""


def _placed(value: Any) -> Any:
    return {"rule": ADDRESSED} if value == ADDRESSED else value


class _Letter(_Entry):
    """A letter in an example, as the rules see it."""

    subject: str = Field("", description="Its subject; a form's is its topic.")
    text: str = Field("", description="Its text.")
    channel: Literal["email", "form"] = Field("email", description="How it came.")
    recipient: Several | None = Field(None, description="Our address it was written to.")
    sender: str = Field("", description="The writer's address.")
    topic: str = Field("", description="The form's topic.")
    town: str = Field("", description="The form's town.")
    fields: dict[str, str] = Field(default_factory=dict, description="Other fields of the form.")
    language: AnyLanguage | None = Field(None, description="Default: recognised.")
    tags: Several | None = Field(None, description="Classes of personal information in it.")
    machine: bool = Field(False, description="Written by a machine.")
    authenticated: bool = Field(False, description="The sender's domain vouches for it.")
    spam: bool = Field(False, description="A filter calls it spam.")
    received: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}$")] | None = Field(
        None, description="When it came, in the office's time: 2027-01-04 09:30."
    )
    attachments: Several | None = Field(None, description="Media types of its files.")


class RuleExample(_Letter):
    """A letter that this rule must decide; one that is written as a text has no more than that text."""


def _told(value: Any) -> Any:
    return [{"text": one} if isinstance(one, str) else one for one in value] if isinstance(value, list) else value


class RuleEntry(_Entry):
    """When this, then that. Rules are asked in order; the first that holds decides."""

    rule: _Text = Field(description="Its name: a short sentence; it stands on every ticket it decided.")
    when: When | None = Field(None, description="Without it the rule always holds.")
    agency: _Text | None = Field(None, description="Where the letter goes.")
    copy_to: Several | None = Field(
        None, alias="copy to", description="Further agencies: each gets the letter as a ticket of its own."
    )
    priority: Literal["urgent"] | None = Field(
        None, description="`urgent`: marked so for the agency, first at the desk, and an alarm until it is answered."
    )
    answer_within: Within | None = Field(None, description="In place of the agency's.")
    hold: _Text | None = Field(None, description="A person must look first: why.")
    refuse: dict[AnyLanguage, _Text] | None = Field(
        None, min_length=1, description="It goes nowhere, and the citizen gets this text; en is required."
    )
    examples: Annotated[list[RuleExample], BeforeValidator(_told), Field(min_length=1)] | None = Field(
        None, description="Letters that this rule must decide, tried at every check."
    )


class VocabularyEntry(_Entry):
    """An agency's words: `sure` ones nearly decide alone, `likely` ones in pairs, a `hint` tips the scale."""

    sure: Several | None = Field(None, description="5 points each, twice in the subject.")
    likely: Several | None = Field(None, description="3 points.")
    hint: Several | None = Field(None, description="1 point.")


class Deciding(_Entry):
    """When the vocabulary decides: enough points, and a clear lead over the second best."""

    least: float = Field(4.0, gt=0, le=100, description="Points the best agency needs.")
    lead: float = Field(0.2, ge=0, le=1, description="Share of its points that it must be ahead.")
    ignored: Several | None = Field(None, description="Phrases that count for nobody, longer than the term in them.")


class ExampleEntry(_Letter):
    """A letter that every check sends through the rules, and where it must go."""

    agency: _Text = Field(description="Where it must go.")
    by: _Text | None = Field(None, description="The rule that must decide; may be left out.")


class RulesFile(_Entry):
    """The whole of it. Only `agencies` must be there."""

    agencies: dict[str, AgencyEntry] = Field(min_length=1, description="Who letters can go to, by their ids.")
    office: OfficeEntry = Field(OfficeEntry.model_validate({}), description="When people are at work.")
    handling: HandlingTable = Field(default_factory=dict, description="Changes to the handling table, by class.")
    rules: list[Annotated[RuleEntry, BeforeValidator(_placed)]] = Field(
        default_factory=list, description="Asked in order; a bare `- addressed` places the rule that is always there."
    )
    deciding: Deciding = Field(Deciding.model_validate({}), description="When words decide.")
    vocabulary: dict[str, VocabularyEntry] = Field(default_factory=dict, description="Each agency's words.")
    examples: list[ExampleEntry] = Field(default_factory=list, description="Letters, and where they must go.")


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the rules file, for editors."""
    schema = RulesFile.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["properties"]["rules"]["items"] = {"anyOf": [{"const": ADDRESSED}, {"$ref": "#/$defs/RuleEntry"}]}
    examples = schema["$defs"]["RuleEntry"]["properties"]["examples"]["anyOf"][0]
    examples["items"] = {"anyOf": [{"type": "string"}, examples["items"]]}
    _let_one_stand(schema)
    return schema


def _let_one_stand(node: Any) -> None:
    """Lists of texts may be written as one text, and numbers in them as they are."""
    if isinstance(node, list):
        for entry in node:
            _let_one_stand(entry)
    if isinstance(node, dict):
        for entry in node.values():
            _let_one_stand(entry)
        if node.get("type") == "string" and "pattern" in node:
            node["type"] = ["string", "integer"]
        if node.get("type") == "array" and node["items"].get("type") == "string":
            node["type"] = ["array", "string"]


_SHAPES: tuple[tuple[tuple[str, ...], type[BaseModel]], ...] = (
    (("agencies", "*", "handling", "*"), HandlingRow),
    (("agencies", "*"), AgencyEntry),
    (("handling", "*"), HandlingRow),
    (("rules", "*", "examples", "*"), RuleExample),
    (("rules", "*"), RuleEntry),
    (("vocabulary", "*"), VocabularyEntry),
    (("examples", "*"), ExampleEntry),
    (("deciding",), Deciding),
    (("office",), OfficeEntry),
    ((), RulesFile),
)


WHEN = ("rules", 0, "when")
"""Where conditions stand, for `keys_at`."""


def keys_at(path: tuple[str | int, ...]) -> list[str]:
    """The keys that may stand in the entry at `path`, as they are written; [] where any may."""
    if path[:1] == ("rules",) and "when" in path:
        return _keys(When)
    if len(path) == 3 and (path[0], path[2]) in (("agencies", "name"), ("rules", "refuse")):
        return list(LANGUAGES)
    if path[-1:] == ("handling",):
        return list(CLASSES)
    for shape, model in _SHAPES:
        if len(shape) == len(path) and all(s in ("*", p) for s, p in zip(shape, path, strict=True)):
            return _keys(model)
    return []


def _keys(model: type[BaseModel]) -> list[str]:
    fields: Mapping[str, Any] = model.model_fields
    return [field.alias or name for name, field in fields.items()]
