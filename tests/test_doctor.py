"""`intake doctor`: one line a finding, with its cure."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from intake import doctor
from intake.config import Config
from intake.store import letters
from tests.road import Road, mail


def lines(config: Config) -> str:
    found = doctor.findings(config)
    assert all("\n" not in line for line in found)
    return "\n".join(found)


def test_a_stopped_installation_is_told_what_to_start(road: Road) -> None:
    """No Redis, no processes: each is a line."""
    told = lines(road.config)
    assert "Redis does not answer" in told
    assert all(f"{name} gives no sign of life" in told for name in ("smtp", "web", "worker"))
    assert "note: the doors run as" in told


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda road: (road.config.home / "keys/secret.key").chmod(0o644), "others can read this key"),
        (lambda road: road.config.rules.write_text("agencies: ["), "rules.yaml:1:"),
        (lambda road: _age(road), "a letter has waited for 10 minutes"),
        (lambda road: _lose(road), "1 accepted letters are in no state"),
        (lambda road: _hold(road), "1 letters are held"),
    ],
    ids=["key", "rules", "waiting", "lost", "held"],
)
def test_what_is_wrong_is_one_line_with_its_cure(road: Road, break_it, says: str) -> None:  # type: ignore[no-untyped-def]
    """An operator at 3 a.m. reads what is wrong and what to do."""
    road.mail("a@post.example", "contact@intake.example", mail())
    assert says not in lines(road.config)
    break_it(road)
    assert says in lines(road.config)


def _age(road: Road) -> None:
    with road.store.write() as conn:
        conn.execute(sa.update(letters).values(received=letters.c.received - 600_000))


def _lose(road: Road) -> None:
    with road.store.write() as conn:
        conn.execute(sa.delete(letters))


def _hold(road: Road) -> None:
    with road.store.write() as conn:
        conn.execute(sa.update(letters).values(state="held"))
