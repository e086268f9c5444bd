"""Where a letter goes: an ordered rules file that is read like a list of sentences and checked like code.

`load` or `parse` turn the file into `Rules`; `decide` turns a `Question` and the rules into a `Decision` and does
nothing else; `explain` says it in JSON; `check` is what an administrator runs before publishing. The rule it keeps:
a decision names one of the file's own agencies, the rule and the evidence, and none of the citizen's words.
"""

from intake.routing.decide import Decision, Question, decide, taken
from intake.routing.document import Fault, RulesFault
from intake.routing.explain import ask, explain, told
from intake.routing.lint import Checked, check, checked, unreachable_mailboxes
from intake.routing.load import load, parse
from intake.routing.office import Within
from intake.routing.rules import Agency, Rule, Rules
from intake.routing.schema import json_schema
from intake.routing.trace import asked

__all__ = [
    "Agency",
    "Checked",
    "Decision",
    "Fault",
    "Question",
    "Rule",
    "Rules",
    "RulesFault",
    "Within",
    "ask",
    "asked",
    "check",
    "checked",
    "decide",
    "explain",
    "json_schema",
    "load",
    "parse",
    "taken",
    "told",
    "unreachable_mailboxes",
]
