"""The explanation of a decision: each rule that was asked, and why it did not hold."""

from __future__ import annotations

import json

import pytest

from intake.routing import Question, ask, asked, decide, parse, told
from tests.test_cli import intake

FILE = """\
agencies:
  dmv: {name: {en: Motor Vehicles}, mailbox: dmv@agencies.example}
  parks: {name: {en: Parks}, mailbox: parks@agencies.example}
  general: {name: {en: Triage}, mailbox: general@agencies.example}
rules:
  - rule: it
    agency: dmv
    when: WHEN
  - rule: trees
    agency: parks
    copy to: [dmv]
    priority: urgent
    answer_within: 2 days
    when: {letter has: [tree]}
  - addressed
  - rule: never asked
    hold: why
"""
LETTER = Question("email", "A tree", "The tree fell. I am Maria Lopez.", sender_email="maria@post.example")


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("{letter has: [plate, car, van, bus]}", "no 'plate' or 'car' or 'van' or 1 more in subject or text"),
        ("{subject matches: ['x+']}", "no pattern 'x+' in subject"),
        ("{town: [Hartford]}", "town is not 'Hartford'"),
        ("{channel: form}", "channel is not 'form'"),
        ("{recipient: dmv}", "recipient is not 'dmv'"),
        ("{language: es}", "language is not 'es'"),
        ("{tags: ssn}", "tagged is not 'ssn'"),
        ("{sender domain: agencies.example}", "sender domain is not 'agencies.example'"),
        ("{attachments: image/*}", "attachment is not 'image/*'"),
        ("{machine: yes}", "written by a person"),
        ("{authenticated: yes}", "nobody vouches for the sender"),
        ("{spam: yes}", "no filter calls it spam"),
        ("{hours: open}", "nobody knows when it came"),
        ("{not: {letter has: [tree]}}", "'not' excludes it: 'tree' ×1 in subject at 2; 'tree' ×1 in text at 4"),
        ("{any: [{channel: form}, {machine: yes}]}", "none of: channel is not 'form' / written by a person"),
        ("{all: [{channel: email}, {machine: yes}]}", "written by a person"),
    ],
)
def test_every_rule_up_to_the_one_that_decides(when: str, why: str) -> None:
    """Each kind of condition says why it does not hold; those behind the deciding rule are not asked."""
    rules = parse(FILE.replace("WHEN", when).encode(), "rules.yaml")
    first, second = asked(LETTER, rules)
    assert (first.rule, first.held, first.why) == ("it", False, why)
    assert (second.rule, second.held) == ("trees", True)
    assert decide(LETTER, rules).rule == second.rule


def test_nothing_of_the_letter_stands_in_it() -> None:
    """The file's own words, counts and places."""
    rules = parse(FILE.replace("WHEN", "{letter matches: ['Mar.a', 'zzz']}").encode(), "rules.yaml")
    whole = "\n".join(told(decide(LETTER, rules), asked(LETTER, rules)))
    assert "Mar.a" in whole
    assert "Lopez" not in whole
    assert "maria" not in whole.casefold().replace("mar.a", "")


def test_what_a_rule_does_besides_is_told() -> None:
    """In lines for people, and in JSON."""
    rules = parse(FILE.replace("WHEN", "{machine: yes}").encode(), "rules.yaml")
    lines = list(told(decide(LETTER, rules), asked(LETTER, rules)))
    assert lines[0] == "parks  (rule: trees)"
    assert {"  copy to: dmv", "  priority: urgent", "  answer within 2 days"} <= set(lines)
    assert lines[-3:] == [
        "rules, in the order they were asked:",
        "  no   it: written by a person",
        "  yes  trees: 'tree' ×1 in subject at 2; 'tree' ×1 in text at 4",
    ]


def test_the_command_asks_what_the_workers_ask(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """A file's Date and its filter's verdict stand for what a worker knows; each rule is in the JSON."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(FILE.replace("WHEN", "{spam: yes, hours: closed}"))
    message = tmp_path / "a.eml"
    message.write_bytes(b"X-Spam-Flag: YES\r\nDate: Sun, 29 Nov 2026 10:00:00 +0000\r\nSubject: x\r\n\r\nHello.\r\n")
    ran = intake("rules", "explain", "--json", str(message), INTAKE_RULES=str(rules))
    found = json.loads(ran.stdout)
    assert found["rule"] == "it"
    assert found["asked"] == [
        {"rule": "it", "held": True, "why": "a filter calls it spam; came while the office was closed"}
    ]


def test_what_a_file_does_not_tell_is_assumed_and_said(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Who vouches for a sender is known on the road alone; nothing is said where no rule asks."""
    message = tmp_path / "a.eml"
    message.write_bytes(b"X-Spam-Flag: YES\r\nSubject: x\r\n\r\nHello.\r\n")
    found = {}
    for name, when in (("asks", "{authenticated: yes, spam: yes}"), ("none", "{language: pl}")):
        rules = tmp_path / "rules.yaml"
        rules.write_text(FILE.replace("WHEN", when))
        for flags in ((), ("--authenticated",)):
            said = intake("rules", "explain", "--json", *flags, str(message), INTAKE_RULES=str(rules))
            answer = json.loads(said.stdout)
            found[name, *flags] = (answer["rule"], [one.partition(";")[0] for one in answer["assumed"]])
    spam = "the filter that calls it spam in its header is yours"
    assert found == {
        ("asks",): ("never asked", ["nobody vouches for the sender (--authenticated)", spam]),
        ("asks", "--authenticated"): ("it", ["the sender's domain vouches for it", spam]),
        ("none",): ("never asked", []),
        ("none", "--authenticated"): ("never asked", []),
    }
    lines = intake("rules", "explain", str(message), INTAKE_RULES=str(rules)).stdout.decode()
    assert "assumed" not in lines


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ({"spam": True, "received": "2026-11-29T10:00:00Z"}, "it"),
        ({"spam": True, "received": "2026-11-30T10:00:00Z"}, "never asked"),
        ({"spam": "yes", "received": "2026-11-29T10:00:00Z"}, "never asked"),
        ({"spam": True, "received": "yesterday"}, "never asked"),
    ],
)
def test_a_line_may_say_what_a_worker_knows(line: dict[str, object], rule: str) -> None:
    """`intake rules explain --jsonl`; what has the wrong shape counts as not said."""
    rules = parse(FILE.replace("WHEN", "{spam: yes, hours: closed}").encode(), "rules.yaml")
    assert decide(ask({"text": "Hello.", **line}), rules).rule == rule
