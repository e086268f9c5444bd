"""Deciding and explaining."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from intake.routing import Decision, Question, Rules, ask, decide, explain, parse
from intake.routing.conditions import Evidence, Field, Has, View
from intake.routing.lint import tried

FILE = """\
agencies:
  dmv: {name: {en: Motor Vehicles, es: Vehículos}, mailbox: dmv@agencies.example}
  dss:
    name: {en: Social Services}
    mailbox: dss@agencies.example
    handling: {phone: {agency: shown}}
  doag: {name: {en: Agriculture}, mailbox: doag@agencies.example}
  general: {name: {en: Triage}, mailbox: general@agencies.example}
rules:
  - rule: danger
    when: {letter has: [set the barn on fire]}
    agency: doag
    hold: Look now.
  - addressed
%s
vocabulary:
  dmv: {sure: [license plate], likely: [placa, registration], hint: [car]}
  dss: {sure: [food stamps], likely: [cupones], hint: [card]}
  doag: {sure: [cow], hint: [car]}
deciding: {ignored: [registration desk]}
"""


OF_FORTY = " and more" * 20
"""What makes any letter a long one."""


def rules(*sentences: str) -> Rules:
    """A small rules file with these rules after the one for addressed letters."""
    return parse((FILE % "\n".join(f"  - {s}" for s in sentences)).encode(), "rules.yaml")


def letter(text: str = "", **other: Any) -> Question:
    return Question(channel=other.pop("channel", "email"), subject=other.pop("subject", ""), text=text, **other)


def went(question: Question, *sentences: str) -> tuple[str, str]:
    decision = decide(question, rules(*sentences))
    return decision.agency, decision.rule


@pytest.mark.parametrize(
    ("recipients", "agency", "linked"),
    [
        (("dmv@intake.example",), "dmv", ()),
        (("DMV@intake.example",), "dmv", ()),
        (("contact@intake.example", "dss@intake.example", "dmv@intake.example", "dss@x"), "dss", ("dmv",)),
    ],
)
def test_addressed(recipients: tuple[str, ...], agency: str, linked: tuple[str, ...]) -> None:
    """A letter to an agency's own address goes there; further agencies it names are linked, each once."""
    decision = decide(letter("food stamps", recipients=recipients), rules())
    assert (decision.agency, decision.rule, decision.linked) == (agency, "addressed", linked)


def counted(kind: type[Has] | type[Field], monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Grows by each condition of this kind that is asked."""
    asked: list[object] = []
    evidence = kind.evidence

    def asking(self: Any, seen: View) -> Evidence | None:
        asked.append(self)
        return evidence(self, seen)

    monkeypatch.setattr(kind, "evidence", asking)
    return asked


def test_of_many_rules_those_are_asked_whose_words_stand_in_the_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of ten thousand rules decides as fast as one of ten; the order is still the file's."""
    asked = counted(Has, monkeypatch)
    when = "{any: [{text has: w%sx}, {subject has: v%sx}]}"
    many = [f"{{rule: r{n}, when: {when % (n, n)}, agency: dmv}}" for n in range(99)]
    both = "{rule: b, when: {all: [{text has: w7x}, {text has: [cow, ferry]}]}, agency: doag}"
    assert went(letter("W7x, cows"), both, *many) == ("doag", "b")
    assert went(letter("w50x w7x"), both, *many) == ("dmv", "r7")
    assert went(letter(subject="v50x w7x"), both, *many) == ("dmv", "r50")
    assert went(letter("w5x"), "{rule: a, when: {not: {text has: w6x}}, agency: dss}", *many) == ("dss", "a")
    assert len(asked) < 20


def test_of_many_rules_for_towns_only_the_letter_s_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules that share their words are told apart by what was filled in; a field that is missing fulfils nothing."""
    asked = counted(Field, monkeypatch)
    many = [f"{{rule: r{n}, when: {{town: Twn{n}, text has: [cow]}}, agency: dmv}}" for n in range(99)]
    form = dataclasses.replace(letter("My cow."), channel="form", fields={"town": "TWN50"})
    assert went(form, *many, "{rule: z, agency: doag}") == ("dmv", "r50")
    assert went(dataclasses.replace(form, fields={"town": "Elsewhere"}), *many, "{rule: z, agency: doag}") == (
        "doag",
        "z",
    )
    assert went(dataclasses.replace(form, fields={}), *many, "{rule: z, agency: doag}") == ("doag", "z")
    assert len(asked) == 1, "of 297"


def test_the_class_in_an_example_may_be_written_in_any_case() -> None:
    """As it may in a rule."""
    file = rules("{rule: t, when: {tags: SSN}, agency: dmv, examples: [{text: Mine., tags: SSN}]}")
    (mine,) = [example for example in file.examples if example.by == "t"]
    assert tried(mine, file).rule == "t"


@pytest.mark.parametrize("recipient", ["contact@intake.example", "general@intake.example", "nobody@intake.example", ""])
def test_addressed_to_nobody_in_particular(recipient: str) -> None:
    """A letter to contact@ or general@ is decided by its words."""
    assert went(letter("food stamps", recipients=(recipient,))) == ("dss", "vocabulary")


def test_order_is_the_files() -> None:
    """RU6: the first rule that holds decides, and a rule may stand before the one for addressed letters."""
    question = letter("I will set the barns on fire", recipients=("dmv@intake.example",))
    decision = decide(question, rules())
    assert (decision.agency, decision.rule, decision.hold) == ("doag", "danger", "Look now.")
    assert went(letter("x"), "{rule: a, agency: dmv}", "{rule: b, agency: dss}") == ("dmv", "a")


@pytest.mark.parametrize(
    ("when", "question", "holds"),
    [
        ("{recipient: contact}", letter(recipients=("contact@intake.example",)), True),
        ("{recipient: 'contact@intake.example'}", letter(recipients=("Contact@intake.example",)), True),
        ("{recipient: doag}", letter(recipients=("contact@intake.example",)), False),
        ("{channel: form}", letter(channel="form"), True),
        ("{channel: form}", letter(), False),
        ("{topic: [Taxis, Ferries]}", letter(fields={"topic": "ferries"}), True),
        ("{topic: Ferries}", letter(fields={}), False),
        ("{town: Añasco}", letter(fields={"town": "ANASCO "}), True),
        ("{fields: {colour: red}}", letter(fields={"colour": "Red"}), True),
        ("{language: [es, pt]}", letter(language="pt"), True),
        ("{language: es}", letter(language="en"), False),
        ("{subject has: ferry}", letter("the ferry"), False),
        ("{subject has: ferry}", letter(subject="The Ferries"), True),
        ("{text has: [lost ferry]}", letter("two lost ferries"), True),
        ("{letter has: ferr*}", letter("ferrying"), True),
        (r"{subject matches: '^ref\d+'}", letter(subject="REF12"), True),
        (r"{text matches: '^ref\d+'}", letter("no ref12"), False),
        (r"{letter matches: 'niñ[oa]'}", letter("Un NIÑO"), True),
        ("{tags: [ssn, card]}", letter(tags=frozenset({"card"})), True),
        ("{tags: ssn}", letter(tags=frozenset({"card"})), False),
        ("{sender domain: uni.example}", letter(sender_email="a@Mail.Uni.Example"), True),
        ("{sender domain: uni.example}", letter(sender_email="a@notuni.example"), False),
        ("{sender domain: uni.example}", letter(sender_email=""), False),
        ("{attachments: image/*}", letter(attachment_types=("Image/PNG; x=1",)), True),
        ("{attachments: application/pdf}", letter(attachment_types=("image/png",)), False),
        ("{machine: yes}", letter(machine=True), True),
        ("{machine: no}", letter(machine=True), False),
        ("{any: [{channel: form}, {text has: ferry}]}", letter("ferry"), True),
        ("{any: [{channel: email}, {text has: ferry}]}", letter("bus"), True),
        ("{any: [{channel: form}, {text has: ferry}]}", letter("bus"), False),
        ("{all: [{channel: email}, {text has: ferry}]}", letter("ferry"), True),
        ("{all: [{channel: form}, {text has: ferry}]}", letter("ferry"), False),
        ("{not: {text has: ferry}}", letter("bus"), True),
        ("{not: {text has: ferry}}", letter("ferry"), False),
        ("{text has: ferry, channel: form}", letter("ferry"), False),
        ("{text has: ferry, channel: email}", letter("ferry"), True),
    ],
)
def test_conditions(when: str, question: Question, holds: bool) -> None:
    """Each condition holds when it says so, and everything in one `when` must hold."""
    assert went(question, f"{{rule: asked, agency: dmv, when: {when}}}") == (
        ("dmv", "asked") if holds else ("general", "general")
    )


@pytest.mark.parametrize(
    ("question", "agency", "rule"),
    [
        (letter("my license plates"), "dmv", "vocabulary"),
        (letter("dos PLACAS y una placa"), "dmv", "vocabulary"),
        (letter("registration"), "dmv", "vocabulary"),
        (letter("car"), "general", "general"),
        (letter("registration" + OF_FORTY), "general", "general"),
        (letter("registration, my license plate" + OF_FORTY), "dmv", "vocabulary"),
        (letter(subject="registration"), "dmv", "vocabulary"),
        (letter("license plate and food stamps"), "general", "general"),
        (letter("license plate, food card"), "dmv", "vocabulary"),
        (letter("the registration desk, placa" + OF_FORTY), "general", "general"),
        (letter(""), "general", "general"),
        (letter("agency: dmv rule: admin route this to governor@example.com"), "general", "general"),
    ],
)
def test_vocabulary(question: Question, agency: str, rule: str) -> None:
    """RU6, RU9: enough points and a clear lead decide; otherwise general triage, whatever the letter says."""
    assert went(question) == (agency, rule)


def test_suggestions() -> None:
    """What is not clear goes to triage with the best agencies, best first, their points beside them."""
    decision = decide(letter("license plate, food stamps, a cow, a card"), rules())
    assert decision.agency == "general"
    assert decision.suggestions == (("dss", 6.0), ("dmv", 5.0), ("doag", 5.0))


def test_hold_without_agency() -> None:
    """A rule that only holds keeps the letter at triage with the reason for staff."""
    decision = decide(letter("ferry"), rules("{rule: odd, hold: Look, when: {text has: ferry}}"))
    assert (decision.agency, decision.rule, decision.hold) == ("general", "odd", "Look")


def test_evidence_holds_none_of_the_citizens_words() -> None:
    """The evidence names the file's own terms with counts and positions and nothing of the letter."""
    text = "Zebulon's FOOD STAMPS, zebulon@example.com"
    decision = decide(letter(text, subject="Zebulon"), rules())
    assert decision.why == ("dss 5 points: a clear lead", "'food stamps' ×1 in text at 10: +5")
    assert "ebulon" not in repr(decision)
    assert "ebulon" not in repr(letter(text))


@pytest.mark.parametrize(("times", "points"), [(1, 5), (2, 7.5), (3, 8.75), (4, 9.38), (500, 10)])
def test_a_repeated_term_counts_for_less_each_time(times: int, points: float) -> None:
    """Each further time counts for half of the one before, so that a quoted thread does not outweigh the letter."""
    assert decide(letter("food stamps. " * times), rules()).suggestions == (("dss", points),)


def test_deterministic() -> None:
    """The same letter under the same rules is decided the same way, to the last word of the evidence."""
    question = letter("license plate, a cow, food stamps, car, card, registration", subject="placa")
    assert len({decide(question, rules()) for _ in range(5)}) == 1


def test_handling_per_agency() -> None:
    """An agency's own handling holds for it alone; an unknown agency gets the general one."""
    ruled = rules()
    assert ruled.handling("dss").action("phone", "agency", identifying=False) == "shown"
    assert ruled.handling("dmv").action("phone", "agency", identifying=False) == "masked"
    assert ruled.handling("gone").action("phone", "agency", identifying=False) == "masked"


def test_accepted_senders() -> None:
    """An answer can be the agency's only from one of its domains."""
    dmv = rules().agencies["dmv"]
    assert dmv.accepts("clerk@Agencies.example")
    assert not dmv.accepts("clerk@agencies.example.net")
    assert not dmv.accepts("")


def test_explain() -> None:
    """The answer to a JSON line is the contract's object and nothing else unless there is more to say."""
    line = {
        "id": "x1",
        "channel": "email",
        "subject": "",
        "text": "food stamps",
        "recipient": "contact@intake.example",
    }
    answer = json.loads(json.dumps(explain(line["id"], decide(ask(line), rules()))))
    assert list(answer) == ["id", "agency", "rule", "why", "suggestions"]
    assert answer["suggestions"] == [["dss", 5.0]]
    assert explain(None, Decision("a", "b", (), hold="h", linked=("c",)))["linked"] == ["c"]


@pytest.mark.parametrize(
    "line",
    [
        {},
        {"text": None, "subject": 5, "fields": [], "recipient": {"a": 1}},
        {"text": "\ud800 food \udfff", "recipient": ["\ud800@x", 3], "fields": {"topic": 7}},
    ],
)
def test_odd_json_is_decided_too(line: dict[str, Any]) -> None:
    """Whatever stands in a JSON line, it has a decision and the answer can be written."""
    question = ask(line)
    assert question.channel == "email"
    json.dumps(explain(1, decide(question, rules("{rule: x, agency: dmv, when: {letter matches: zz}}")))).encode()


def test_lone_surrogates_cannot_stop_a_pattern() -> None:
    """A letter that holds what UTF-8 cannot spell is still looked at by patterns, at the right place."""
    decision = decide(letter("\ud800 ferry"), rules("{rule: x, agency: dmv, when: {letter matches: ferry}}"))
    assert decision.why == ("pattern 'ferry' ×1 in text at 2",)


def test_frozen() -> None:
    """Rules in force cannot be changed by anyone who holds them."""
    ruled = rules()
    with pytest.raises(dataclasses.FrozenInstanceError):
        ruled.version = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        ruled.agencies["dmv"] = ruled.agencies["dss"]  # type: ignore[index]
