"""What letters teach the rules: words that several letters ask for, and none of a person's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from click.testing import CliRunner

from intake import hold, replay
from intake.cli import cli
from intake.config import Config
from intake.routing import Question, parse
from intake.routing.suggest import Settled, applied, effect, propose, topics
from tests.road import Mailbox, Road, mail
from workers.replay import replay as work_on

HEAD = """\
agencies:
  dmv: {name: {en: Motor Vehicles}, mailbox: dmv@agencies.example}
  parks: {name: {en: Parks}, mailbox: parks@agencies.example}
  general: {name: {en: Triage}, mailbox: general@agencies.example}
vocabulary:
  dmv:
    sure: [plate]
    hint: [boat]
  parks:
    sure: [trail]
"""
CITIZEN = "maria.lopez@post.example"
ABOUT_BOATS = (
    "My boat is moored at the pier and the moorage fee is wrong.",
    "Who owns the moorage by the old boat house? A question.",
    "The moorage of my boat was given to a neighbor.",
    "They closed the moorage where my boat lay since spring.",
)
ABOUT_PLATES = (
    "My plate is gone, and I drive every day.",
    "A plate for my truck, please; the old one is bent.",
    "How long does a plate take to come by mail?",
    "The plate has the wrong letters on it.",
)


def settled(texts: Sequence[str], agency: str, start: int = 0) -> list[Settled]:
    return [Settled(f"R{start + n}", Question("email", "", text), agency) for n, text in enumerate(texts)]


def test_a_word_that_letters_share_is_proposed_to_their_agency() -> None:
    """And what they go by changes: none of them is wrong any more, and the others stay right."""
    rules = parse(HEAD.encode(), "rules.yaml")
    letters = [*settled(ABOUT_BOATS, "parks"), *settled(ABOUT_PLATES, "dmv", 10)]
    found = propose(letters, rules)
    (moorage,) = [one for one in found if one.term == "moorage"]
    assert (moorage.agency, moorage.was, moorage.number) == ("parks", "", 4)
    assert moorage.refs == ("R0", "R1", "R2", "R3")
    assert moorage.grade
    before, after = effect(letters, rules), effect(letters, applied(rules, found, "intake.example"))
    assert (before.right, after.right, after.wrong) == (4, 8, 0)


def test_the_same_letters_teach_the_same() -> None:
    """No chance in it."""
    rules = parse(HEAD.encode(), "rules.yaml")
    letters = [*settled(ABOUT_BOATS, "parks"), *settled(ABOUT_PLATES, "dmv", 10)]
    assert propose(letters, rules) == propose(letters, rules)


def test_words_of_few_letters_and_of_people_are_proposed_to_nobody() -> None:
    """Three letters, or more; and nothing that was tagged, however often it stands there."""
    rules = parse(HEAD.encode(), "rules.yaml")
    two = settled(("Quokka one.", "Quokka two.", "A third."), "parks")
    assert "quokka" not in {one.term for one in propose([*two, *settled(ABOUT_PLATES, "dmv", 10)], rules)}
    name = "Wojciechowska"
    named = [
        Settled(one.ref, Question("email", name, f"{name}: {one.question.text}"), one.agency, one.ref, hidden)
        for one in settled(ABOUT_BOATS, "parks")
        for hidden in [{"subject": [(0, len(name))], "text": [(0, len(name))]}]
    ]
    terms = {one.term for one in propose([*named, *settled(ABOUT_PLATES, "dmv", 10)], rules)}
    assert "moorage" in terms
    assert "wojciechowska" not in terms


def test_one_person_s_words_are_proposed_to_nobody() -> None:
    """Three letters of one writer are one; and a name that is tagged once is no word anywhere in that letter."""
    rules = parse(HEAD.encode(), "rules.yaml")
    one = [replace(letter, writer="a@post.example") for letter in settled(ABOUT_BOATS, "parks")]
    assert "moorage" not in {found.term for found in propose([*one, *settled(ABOUT_PLATES, "dmv", 10)], rules)}
    name = "Wojciechowska"
    said = [Question("email", "", f"{name} here. {one.question.text} Yours, {name}") for one in one]
    named = [Settled(f"N{n}", q, "parks", f"w{n}", {"text": [(0, len(name))]}) for n, q in enumerate(said)]
    terms = {found.term for found in propose([*named, *settled(ABOUT_PLATES, "dmv", 10)], rules)}
    assert "moorage" in terms
    assert "wojciechowska" not in terms


def test_nothing_is_learnt_of_nothing() -> None:
    """No letters, or of agencies that are no more."""
    rules = parse(HEAD.encode(), "rules.yaml")
    assert propose([], rules) == []
    assert propose(settled(ABOUT_BOATS, "gone"), rules) == []


def test_a_topic_that_always_moves_is_a_rule() -> None:
    """Not where the topic is right for others."""
    moved = [Settled(f"R{n}", Question("form", "Boats", "x", fields={"topic": "Boats"}), "parks") for n in range(3)]
    stayed = Settled("S", Question("form", "Boats", "x", fields={"topic": "Boats"}), "dmv")
    (rule,) = topics(moved, [], {"Boats"})
    assert (rule.topic, rule.agency, rule.number) == ("Boats", "parks", 3)
    assert topics(moved[:2], [], {"Boats"}) == []
    assert topics(moved, [stayed], {"Boats"}) == []
    assert topics(moved, [], {"Ships"}) == [], "whoever fills in a form by hand can write anything there"


@pytest.fixture
def passed_on(road: Road, mailbox: Mailbox) -> Road:
    """An installation under the small file, where staff passed four letters on."""
    road.config.rules.write_text(HEAD)
    for n, text in enumerate((*ABOUT_BOATS, *ABOUT_PLATES)):
        writer = f"Maria Lopez <maria{n}@post.example>"
        (ref,) = road.mail(CITIZEN, "contact@intake.example", mail(f"I am Maria Lopez. {text}", sender=writer))
        road.work()
        if text in ABOUT_BOATS:
            assert hold.reroute(road.store, road.queue, ref, "parks", "staff")
            road.work()
    return road


def test_what_staff_pass_on_is_learnt_in_the_worker(passed_on: Road) -> None:
    """References, words and counts leave it; each opening is on the trail."""
    rules = passed_on.published.current
    with passed_on.store.write() as conn:
        asked = replay.ask(conn, rules, 0, "operator 0", kind="suggest")
    work_on(passed_on.bench, [asked.id])
    with passed_on.store.read() as conn:
        done, found = replay.find(conn, asked.id), replay.result(conn, asked.id)
    assert done
    assert (done.state, done.done, done.chosen, done.unread) == ("done", 8, 4, 0)
    assert found["before"]["moved"]["right"] == 0
    assert found["after"]["moved"] == {"right": 4, "wrong": 0, "general": 0}
    assert found["after"]["others"]["right"] == 4
    proposed = {one["term"] for one in found["vocabulary"] if one["agency"] == "parks"}
    assert "moorage" in proposed
    assert "lopez" not in json.dumps(found).lower()


def test_the_command_prints_what_can_be_pasted(passed_on: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    """YAML, with what speaks for each line beside it; the rules file is not touched."""
    config: Config = passed_on.config
    before = config.rules.read_bytes()
    with passed_on.store.write() as conn:
        asked = replay.ask(conn, passed_on.published.current, 0, "operator 0", kind="suggest")
    work_on(passed_on.bench, [asked.id])
    monkeypatch.setenv("INTAKE_HOME", str(config.home))
    monkeypatch.setenv("INTAKE_DATABASE_URL", config.database)
    monkeypatch.setenv("INTAKE_RULES", str(config.rules))
    said = CliRunner().invoke(cli, ["rules", "suggest", "--follow", asked.id])
    assert said.exit_code == 0, said.output
    assert "# 4 letters that a person passed on, 4 that stayed" in said.stdout
    assert "# passed on: right 0 → 4" in said.stdout
    assert "vocabulary:\n" in said.stdout
    assert '"moorage"' in said.stdout
    merged = HEAD.partition("vocabulary:")[0] + "vocabulary:" + said.stdout.partition("vocabulary:")[2]
    parse(merged.encode(), "rules.yaml")
    assert config.rules.read_bytes() == before
