"""Rules that can never decide: what is called dead is dead, whatever letters come."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from intake.routing import Question
from intake.routing.conditions import view
from intake.routing.office import Office
from intake.routing.rules import condition, terms
from intake.routing.schema import When
from intake.routing.shadow import implied, impossible, shadows
from intake.routing.words import Lexicon, key
from tests.conftest import cpu_seconds

WORDS = ["tree", "fallen tree", "dog", "dog license", "license", "road"]


def whens(rng: random.Random, depth: int = 2) -> When:
    """Some condition."""
    asked: dict[str, object] = {}
    for name in ("letter has", "subject has", "text has"):
        if rng.random() < 0.4:
            asked[name] = rng.sample(WORDS, rng.randint(1, 3))
    if rng.random() < 0.3:
        asked["channel"] = [rng.choice(["email", "form"])]
    if rng.random() < 0.2:
        asked["town"] = rng.sample(["A", "B", "C"], rng.randint(1, 2))
    if rng.random() < 0.2:
        asked["machine"] = rng.random() < 0.5
    if rng.random() < 0.2:
        asked["language"] = rng.sample(["en", "es", "pt"], rng.randint(1, 2))
    if rng.random() < 0.2:
        asked["sender domain"] = rng.sample(["a.example", "b.a.example", "c.example"], rng.randint(1, 2))
    if rng.random() < 0.2:
        asked["fields"] = {"reply": rng.sample(["email", "receipt", "none"], rng.randint(1, 2))}
    for name in ("all", "any"):
        if depth and rng.random() < 0.3:
            asked[name] = [whens(rng, depth - 1) for _ in range(rng.randint(1, 2))]
    if depth and rng.random() < 0.2:
        asked["not"] = whens(rng, depth - 1)
    return When.model_validate(asked)


def letters(rng: random.Random, number: int) -> list[Question]:
    """Some letters."""
    return [
        Question(
            channel := rng.choice(["email", "form"]),
            subject=" ".join(rng.sample(WORDS, rng.randint(0, 3))),
            text=" ".join(rng.sample(WORDS, rng.randint(0, 4))),
            fields={"town": rng.choice("ABC"), "reply": rng.choice(["email", "none"])} if channel == "form" else {},
            language=rng.choice(["en", "es"]),
            sender_email=rng.choice(["x@a.example", "x@b.a.example", "x@c.example"]),
            machine=rng.random() < 0.5,
        )
        for _ in range(number)
    ]


def holds(when: When, letter: Question) -> bool:
    """Whether the compiled condition holds."""
    lexicon = Lexicon([key(term) for term in terms(when)])
    return condition(when, Office()).evidence(view(letter, lexicon, ())) is not None


def test_what_is_implied_holds() -> None:
    """Soundness, by trying: of pairs where one is said to imply the other, no letter fulfils the first alone."""
    rng = random.Random(7)
    some, said = letters(rng, 60), 0
    for _ in range(6_000):
        one, other = whens(rng), whens(rng)
        if implied(one, other):
            said += 1
            assert all(holds(other, letter) for letter in some if holds(one, letter)), (one, other)
    assert said > 50


def test_what_is_impossible_never_holds() -> None:
    """The same of conditions that nothing fulfils."""
    rng = random.Random(8)
    some, said = letters(rng, 60), 0
    for _ in range(1_000):
        when = whens(rng)
        if impossible(when):
            said += 1
            assert not any(holds(when, letter) for letter in some), when
    assert said > 30


@pytest.mark.parametrize(
    ("wide", "narrow", "so"),
    [
        ("a.example", "b.a.example", False),
        ("b.a.example", "a.example", False),
        ("a.example", "ba.example", True),
        ("a.example", "A.example", False),
    ],
)
def test_a_sender_may_be_below_two_domains(wide: str, narrow: str, so: bool) -> None:
    """Of two domains the one may lie within the other, in either order; otherwise nobody is in both."""
    both = When.model_validate({"sender domain": wide, "all": [{"sender domain": narrow}]})
    assert bool(impossible(both)) is so


@pytest.mark.parametrize(
    ("one", "other", "so"),
    [
        ({"letter has": ["dog license"]}, {"letter has": ["license"]}, True),
        ({"letter has": ["license"]}, {"letter has": ["dog license"]}, False),
        ({"letter has": ["dog license", "tree"]}, {"letter has": ["license"]}, False),
        ({"subject has": ["tree"]}, {"letter has": ["trees"]}, True),
        ({"letter has": ["tree"]}, {"subject has": ["tree"]}, False),
        ({"town": ["a"]}, {"town": ["A", "B"]}, True),
        ({"topic": ["x"], "town": ["A"]}, {"town": ["A"]}, True),
        ({"machine": True}, {"machine": False}, False),
        ({"any": [{"town": ["A"]}, {"town": ["B"]}]}, {"town": ["A", "B"]}, True),
        ({"any": [{"town": ["A"]}, {"town": ["C"]}]}, {"town": ["A", "B"]}, False),
        ({"all": [{"town": ["A"]}, {"machine": True}]}, {"machine": True}, True),
        ({"town": ["A"]}, {"any": [{"machine": True}, {"town": ["A"]}]}, True),
        ({"town": ["A"]}, {"not": {"town": ["B"]}}, False),
        ({"letter matches": ["A"]}, {"letter matches": ["a"]}, False),
        ({"hours": "open"}, {"hours": "open"}, True),
    ],
)
def test_implied(one: dict[str, object], other: dict[str, object], so: bool) -> None:
    """What follows from what."""
    assert implied(When.model_validate(one), When.model_validate(other)) is so


def test_no_rule_is_overlooked_because_it_is_not_compared() -> None:
    """Of each of many files, the very pairs that comparing each rule with all before it finds."""
    rng, said = random.Random(9), 0
    for _ in range(40):
        asked, dead = [whens(rng, 1) for _ in range(40)], set()
        expected = []
        for n, when in enumerate(asked):
            alive = (m for m in range(n) if m not in dead and implied(when, asked[m]))
            if (first := next(alive, None)) is not None:
                dead.add(n)
                expected.append((n, first))
        assert list(shadows(asked, [False] * len(asked))) == expected
        said += len(expected)
    assert said > 100


def test_a_rule_that_always_holds_is_compared_with_whatever_stands_before_it() -> None:
    """However many rules before it tell little apart; and the rule that is always there is behind it too."""
    asked: list[When | None] = [When.model_validate({"tags": [f"x{n}"]}) for n in range(150)]
    asked += [None, When.model_validate({"letter has": ["tree"]}), None]
    assert list(shadows(asked, [False] * 152 + [True])) == [(151, 150), (152, 150)]


def test_ten_thousand_rules_are_compared_in_seconds() -> None:
    """Rules are compared with those that share a word with them, not with all."""
    asked = [When.model_validate({"letter has": [f"word{n}", f"other{n} thing{n}"]}) for n in range(10_000)]
    asked.append(When.model_validate({"letter has": ["word17 again"]}))
    assert list(shadows(asked, [False] * len(asked))) == [(10_000, 17)]


@pytest.mark.parametrize(
    ("behind", "of"),
    [
        (1_700, lambda n: {"town": [f"Town{n}"], "letter has": ["pothole", "snow plow", "bridge"]}),
        (1_700, lambda n: {"all": [{"letter has": ["license"]}, {"letter has": [f"word{n}"]}]}),
        (1_700, lambda n: {"topic": [f"Topic {n}"]}),
        (1_700, lambda n: {"fields": {"reply": [f"way{n}"]}}),
        (1_700, lambda n: {"recipient": [f"a{n}"], "language": ["en"]}),
        (1_700, lambda n: {"sender domain": [f"a{n}.example"]}),
        (1_700, lambda n: {"letter matches": [f"x{n}"]}),
        (17, lambda n: {"tags": [f"x{n}"]}),  # of what tells little apart, only the first hundred are compared
    ],
)
def test_rules_that_share_words_or_ask_for_none_are_compared_in_seconds(
    behind: int, of: Callable[[int], dict[str, object]]
) -> None:
    """A rule for each town with the same words; and of such rules, one that is behind another is still found."""
    asked = [When.model_validate(of(n)) for n in range(2_000)]
    asked.append(When.model_validate({**of(behind), "machine": True}))
    found: list[tuple[int, int]] = []
    assert cpu_seconds(lambda: found.extend(shadows(asked, [False] * len(asked)))) < 15
    assert found == [(2_000, behind)]
