"""The handling table: what each audience sees of each class."""

from __future__ import annotations

import pytest

from intake.handling import AUDIENCES, CLASSES, DEFAULT, Action, refusals


@pytest.mark.parametrize(
    ("cls", "audience", "identifying", "holder", "action"),
    [
        ("name", "agency", True, True, Action.SHOWN),
        ("email", "agency", False, True, Action.WITHHELD),
        ("email", "desk", False, True, Action.WITHHELD),
        ("phone", "agency", False, True, Action.MASKED),
        ("phone", "desk", False, True, Action.REVEAL),
        ("ssn", "desk", False, True, Action.REVEAL_WITH_REASON),
        ("password", "agency", False, True, Action.REMOVED),
        ("password", "desk", False, True, Action.NEVER),
        ("dob", "agency", True, True, Action.MASKED),
        ("dob", "agency", False, True, Action.SHOWN),
        ("zip", "desk", True, True, Action.SHOWN),
        ("id", "agency", False, True, Action.SHOWN),
        ("id", "agency", False, False, Action.MASKED),
        ("ip", "desk", False, True, Action.MASKED),
    ],
)
def test_default_table(cls: str, audience: str, identifying: bool, holder: bool, action: Action) -> None:
    """The default table says what the design's table says."""
    assert DEFAULT.action(cls, audience, identifying=identifying, holder=holder) is action


@pytest.mark.parametrize("cls", CLASSES)
def test_public_record_is_withheld(cls: str) -> None:
    """Nothing personal is in the public record by default."""
    assert DEFAULT.action(cls, "record", identifying=False) is Action.WITHHELD


@pytest.mark.parametrize(("cls", "audience"), [("shoe size", "agency"), ("name", "press")])
def test_what_nobody_decided_is_withheld(cls: str, audience: str) -> None:
    """A class or an audience that the table does not know is withheld."""
    assert DEFAULT.action(cls, audience, identifying=False) is Action.WITHHELD


def test_every_class_has_every_audience() -> None:
    """The default table has no gap."""
    assert all(set(DEFAULT.table[cls]) == set(AUDIENCES) for cls in CLASSES)


def test_an_agency_changes_only_its_own() -> None:
    """A change is laid over the table and leaves the rest and the original as they were."""
    changed = DEFAULT.changed({"phone": {"agency": "shown"}})
    assert changed.action("phone", "agency", identifying=False) is Action.SHOWN
    assert changed.action("phone", "desk", identifying=False) is Action.REVEAL
    assert DEFAULT.action("phone", "agency", identifying=False) is Action.MASKED


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"email": {"agency": "shown"}}, "never shown to an agency"),
        ({"email": {"agency": "shown to holder"}}, "never shown to an agency"),
        ({"email": {"agency": "masked when identifying"}}, "never shown to an agency"),
        ({"shoe": {"agency": "shown"}}, "no class 'shoe'"),
        ({"name": {"press": "shown"}}, "no audience 'press'"),
        ({"name": {"agency": "reveal"}}, "'reveal' cannot stand for 'agency'"),
        ({"name": {"record": "never"}}, "'never' cannot stand for 'record'"),
    ],
)
def test_refusals(changes: dict[str, dict[str, str]], said: str) -> None:
    """What may not stand in a table is named with its cure, and never takes effect."""
    assert [said in reason for _, _, reason in refusals(changes)] == [True]
    with pytest.raises(ValueError, match="write"):
        DEFAULT.changed(changes)
