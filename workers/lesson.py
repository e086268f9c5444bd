"""What past letters teach the rules in force: those that staff passed on, beside those that stayed where they went.

All of them are read at once, by one worker, and what leaves it are words that stand in several letters and in nobody's
personal information, grades, counts and references.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from intake.routing import Rules, suggest
from intake.routing.suggest import Settled
from intake.store import letters, tickets
from intake.topics import TOPICS

MOST = 1_000  # letters, the newest; those that staff passed on first
SECONDS = 60.0  # for reading them
KEPT = 300  # proposals

OFFERED = frozenset(topic for _, topics in TOPICS for topic in topics)

ORDER = (letters.c.agency.is_(None), letters.c.received.desc())
"""Of letters joined to tickets: those that a person sent somewhere come first."""
STAYED = sa.and_(
    letters.c.state != "refused",
    sa.or_(letters.c.agency.is_not(None), tickets.c.state.in_(("delivered", "answered", "closed"))),
)
"""A letter whose agency is known to be right: chosen by a person, or not given back."""


def learnt(read: Sequence[tuple[Settled, bool]], rules: Rules, domain: str) -> dict[str, Any]:
    """What is suggested; `read`: each letter, and whether a person chose its agency."""
    known = [(one, chosen) for one, chosen in read if one.agency in rules.agencies]
    moved, others = [one for one, chosen in known if chosen], [one for one, chosen in known if not chosen]
    proposals = suggest.propose([*moved, *others], rules)[:KEPT]
    after = suggest.applied(rules, proposals, domain)
    return {
        "vocabulary": [asdict(one) for one in proposals],
        "topics": [asdict(one) for one in suggest.topics(moved, others, OFFERED)],
        "before": _effects(moved, others, rules),
        "after": _effects(moved, others, after),
    }


def _effects(moved: Sequence[Settled], others: Sequence[Settled], rules: Rules) -> dict[str, dict[str, int]]:
    return {"moved": asdict(suggest.effect(moved, rules)), "others": asdict(suggest.effect(others, rules))}
