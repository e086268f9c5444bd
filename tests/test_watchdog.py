"""The watchdog: when a worker is deaf, and when it only has nothing or much to do."""

from __future__ import annotations

import pytest

from workers.watchdog import EVERY, LONGEST, PATIENCE, Watchdog


@pytest.mark.parametrize(
    ("depth", "busy", "looks", "deaf"),
    [
        (3, False, PATIENCE, True),
        (3, False, PATIENCE - 1, False),
        (0, False, 1000, False),
        (None, False, 1000, False),
        (3, True, int(LONGEST / EVERY), False),
        (3, True, int(LONGEST / EVERY) + 1, True),
    ],
    ids=["waiting and idle", "not yet", "nothing waits", "Redis away", "long task", "longer than any task may be"],
)
def test_a_worker_is_deaf_when_messages_wait_and_it_takes_none(
    depth: int | None, busy: bool, looks: int, deaf: bool
) -> None:
    """CR17: only messages that wait in vain count; an absent Redis and a long task do not."""
    watchdog = Watchdog()
    assert [watchdog.deaf(depth, busy) for _ in range(looks)][-1] is deaf


def test_a_task_taken_begins_the_count_anew() -> None:
    """A slow trickle is no deafness."""
    watchdog = Watchdog()
    for _ in range(100):
        for _ in range(PATIENCE - 1):
            assert not watchdog.deaf(5, False)
        watchdog.took_one()
