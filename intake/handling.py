"""What each audience may see of each class of personal information: the handling table, as data.

The rule it keeps: what nobody decided is withheld. A class or audience the table does not know gets the most
careful answer, and no table, however written, shows a citizen's e-mail address to an agency (CONTRACT.md,
promise 5): `refusals` says so at load, and consent is asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

CLASSES = (
    "name", "email", "phone", "address", "ssn", "bank", "card", "password", "dob", "zip", "gender", "id", "ip",
)  # fmt: skip
AUDIENCES = ("agency", "desk", "record")
"""The agency's mailbox, staff at the desk, the public record."""


class Action(StrEnum):
    """What is done with a tagged piece of text before an audience sees it."""

    SHOWN = "shown"
    MASKED = "masked"  # its kind stays visible, its value does not
    LAST_FOUR = "last four"  # masked, but for its last four characters
    WITHHELD = "withheld"  # replaced by a note that it was withheld
    REMOVED = "removed"  # taken out, and the citizen is told
    REVEAL = "reveal"  # desk only: masked until staff name a purpose
    REVEAL_WITH_REASON = "reveal with a reason"  # desk only: the purpose and a written reason
    NEVER = "never"  # desk only: no purpose opens it


class Setting(StrEnum):
    """What may stand in the table: an action, or one of two that depend on the letter."""

    SHOWN = "shown"
    MASKED = "masked"
    LAST_FOUR = "last four"
    WITHHELD = "withheld"
    REMOVED = "removed"
    REVEAL = "reveal"
    REVEAL_WITH_REASON = "reveal with a reason"
    NEVER = "never"
    MASKED_WHEN_IDENTIFYING = "masked when identifying"  # birth date + ZIP + gender, or one with a name
    SHOWN_TO_HOLDER = "shown to holder"  # to the agency that holds the ticket, masked for any other


_PASSING = (Setting.SHOWN, Setting.MASKED, Setting.LAST_FOUR, Setting.WITHHELD, Setting.REMOVED)
ALLOWED: Mapping[str, tuple[Setting, ...]] = MappingProxyType(
    {
        "agency": (*_PASSING, Setting.MASKED_WHEN_IDENTIFYING, Setting.SHOWN_TO_HOLDER),
        "desk": (*_PASSING, Setting.REVEAL, Setting.REVEAL_WITH_REASON, Setting.NEVER),
        "record": (*_PASSING, Setting.MASKED_WHEN_IDENTIFYING),
    }
)
"""The settings that make sense for each audience."""

Table = Mapping[str, Mapping[str, str]]
"""class -> audience -> setting, as the rules file writes it; either level may be incomplete."""


@dataclass(frozen=True, slots=True)
class Handling:
    """A complete handling table: class -> audience -> setting."""

    table: Mapping[str, Mapping[str, Setting]]

    def action(self, cls: str, audience: str, *, identifying: bool, holder: bool = True) -> Action:
        """What `audience` gets of a piece of text of class `cls`.

        `identifying`: the letter holds the combination that identifies (CONTRACT.md, "A tag").
        `holder`: the asking agency holds the ticket. Unknown classes and audiences get `withheld`.
        """
        setting = self.table.get(cls, {}).get(audience, Setting.WITHHELD)
        if setting is Setting.MASKED_WHEN_IDENTIFYING:
            return Action.MASKED if identifying else Action.SHOWN
        if setting is Setting.SHOWN_TO_HOLDER:
            return Action.SHOWN if holder else Action.MASKED
        return Action(setting.value)

    def changed(self, changes: Table) -> Handling:
        """This table with an agency's own settings laid over it; ValueError for what `refusals` names."""
        for _, _, reason in refusals(changes):
            raise ValueError(reason)
        merged = {cls: dict(row) for cls, row in self.table.items()}
        for cls, row in changes.items():
            merged.setdefault(cls, {}).update((audience, Setting(value)) for audience, value in row.items())
        return _frozen(merged)


def refusals(changes: Table) -> Iterator[tuple[str, str, str]]:
    """What may not stand in a table: (class, audience, what is wrong and what to write instead)."""
    for cls, row in changes.items():
        if cls not in CLASSES:
            yield cls, "", f"there is no class {cls!r}; write one of {', '.join(CLASSES)}"
            continue
        for audience, value in row.items():
            if reason := _refusal(cls, audience, value):
                yield cls, audience, reason


def _refusal(cls: str, audience: str, value: str) -> str:
    if audience not in ALLOWED:
        return f"there is no audience {audience!r}; write one of {', '.join(AUDIENCES)}"
    if value not in {setting.value for setting in ALLOWED[audience]}:
        return f"{value!r} cannot stand for {audience!r}; write one of {', '.join(ALLOWED[audience])}"
    if cls == "email" and audience == "agency" and Setting(value) in (Setting.SHOWN, Setting.LAST_FOUR, *_DEPENDING):
        return "an e-mail address is never shown to an agency without the citizen's consent; write 'withheld'"
    return ""


_DEPENDING = (Setting.MASKED_WHEN_IDENTIFYING, Setting.SHOWN_TO_HOLDER)


def _frozen(table: Mapping[str, Mapping[str, Setting]]) -> Handling:
    return Handling(MappingProxyType({cls: MappingProxyType(dict(row)) for cls, row in table.items()}))


def _row(agency: Setting, desk: Setting) -> Mapping[str, Setting]:
    """The public record is withheld by default; what is released is the records officer's decision."""
    return {"agency": agency, "desk": desk, "record": Setting.WITHHELD}


DEFAULT = _frozen(
    {
        "name": _row(Setting.SHOWN, Setting.SHOWN),
        "email": _row(Setting.WITHHELD, Setting.WITHHELD),
        "phone": _row(Setting.MASKED, Setting.REVEAL),
        "address": _row(Setting.MASKED, Setting.REVEAL),
        "ssn": _row(Setting.MASKED, Setting.REVEAL_WITH_REASON),
        "bank": _row(Setting.MASKED, Setting.REVEAL_WITH_REASON),
        "card": _row(Setting.MASKED, Setting.REVEAL_WITH_REASON),
        "password": _row(Setting.REMOVED, Setting.NEVER),
        "dob": _row(Setting.MASKED_WHEN_IDENTIFYING, Setting.SHOWN),
        "zip": _row(Setting.MASKED_WHEN_IDENTIFYING, Setting.SHOWN),
        "gender": _row(Setting.MASKED_WHEN_IDENTIFYING, Setting.SHOWN),
        "id": _row(Setting.SHOWN_TO_HOLDER, Setting.SHOWN),
        "ip": _row(Setting.MASKED, Setting.MASKED),
    }
)
"""The handling table of docs/DESIGN: what holds where the rules file says nothing."""
