"""Every byte sequence has one end: seeds and mutants for reading, the rules loader and the SMTP door (`tests.fuzz`)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice

import pytest

from tests.fuzz import door, letter, rules
from tests.fuzz.mutation import CORPUS, mutants, seeds
from tests.fuzz.trial import tried
from tests.wire import Entrance

SEED = 5
MAILS, RULES, TALKS = 120, 250, 120


@pytest.fixture(scope="module")
def entrance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entrance]:
    """A door for all talks: what one client does must not harm the next."""
    with door.opened(tmp_path_factory.mktemp("door")) as made:
        yield made


@pytest.mark.parametrize("name", seeds("mail"))
def test_a_mail_is_read_or_held(name: str) -> None:
    """Each seed becomes a letter of clean text, or is said to be unreadable; its writer's address does not leave."""
    tried(letter.check, seeds("mail")[name], "mail")


def test_a_mutant_of_a_mail_is_read_or_held() -> None:
    """The same of mails that nobody would write."""
    for octets in islice(mutants("mail", SEED), MAILS):
        tried(letter.check, octets, "mail")


@pytest.mark.parametrize("name", seeds("rules"))
def test_a_rules_file_is_good_or_has_faults(name: str) -> None:
    """Each seed is a good file, or its faults name a line."""
    tried(rules.check, seeds("rules")[name], "rules")


def test_a_mutant_of_a_rules_file_is_good_or_has_faults() -> None:
    """The same of files that an editor has damaged."""
    for octets in islice(mutants("rules", SEED), RULES):
        tried(rules.check, octets, "rules")


@pytest.mark.parametrize("name", seeds("smtp"))
def test_a_talk_leaves_what_was_thanked_for(entrance: Entrance, name: str) -> None:
    """Each seed is said to the door in pieces: one letter is kept for each 250, and the next client is served."""
    tried(partial(door.check, entrance), seeds("smtp")[name], "smtp")


def test_a_mutant_of_a_talk_leaves_what_was_thanked_for(entrance: Entrance) -> None:
    """The same of clients that speak no SMTP."""
    for octets in islice(mutants("smtp", SEED), TALKS):
        tried(partial(door.check, entrance), octets, "smtp")


def test_the_corpus_is_small() -> None:
    """It travels with every copy of the repository."""
    files = [path for path in CORPUS.rglob("*") if path.is_file()]
    assert len(files) <= 80
    assert sum(path.stat().st_size for path in files) < 200_000
