"""Any octets as a rules file: good, or faults that name a line."""

from __future__ import annotations

import re

from intake.routing import Question, RulesFault, decide, parse
from intake.routing.document import TOLD
from intake.routing.lint import check_octets

_FAULT = re.compile(r"rules\.yaml:[1-9][0-9]*: .+")
_QUESTION = Question("email", subject="A permit", text="My license, please.", sender_email="a@post.example")


def check(octets: bytes) -> None:
    """What the check says is what the loader does, and nothing else is raised."""
    faults = check_octets(octets, "rules.yaml")
    assert len(faults) <= TOLD
    assert all(map(_FAULT.fullmatch, faults)), faults
    try:
        rules = parse(octets, "rules.yaml")
    except RulesFault:
        assert faults, "a fault that the check does not tell"
    else:
        assert decide(_QUESTION, rules).agency in rules.agencies
