"""The queue: ids only, never in the way of a door."""

from __future__ import annotations

import json
import time
from pathlib import Path

import redis

from intake.config import Config
from intake.queue import BATCH, GATHER_SECONDS, NAME, Queue
from tests.conftest import wait_for


def queue_at(socket: Path) -> Queue:
    return Queue(Config(redis_url=f"unix://{socket}", _env_file=None))  # type: ignore[call-arg]


def test_ids_travel_together_and_nothing_else_does(redis_socket: Path) -> None:
    """PI2, PI9: a message holds the task's name and up to twenty ids; no result key is ever written."""
    queue, client = queue_at(redis_socket), redis.Redis(unix_socket_path=str(redis_socket))
    ids = [f"ID{n:02}" for n in range(50)]
    queue.put("process", ids)
    queue.close(10)
    messages = [json.loads(m) for m in client.lrange(NAME, 0, -1)]
    import base64

    bodies = [json.loads(base64.b64decode(m["body"])) for m in messages]
    assert sorted(i for args, _, _ in bodies for i in args[0]) == ids
    assert max(len(args[0]) for args, _, _ in bodies) == BATCH
    assert {m["headers"]["task"] for m in messages} == {"intake.process"}
    assert queue.depth() == len(messages)
    assert {k.decode().partition(".")[0] for k in client.scan_iter()} <= {NAME, "_kombu"}


def test_a_letter_alone_goes_at_once_and_many_together(redis_socket: Path) -> None:
    """A message is dear: what comes within a moment of the last waits for its like, and no longer than that."""
    queue, begun = queue_at(redis_socket), time.monotonic()
    queue.send("warm", ["up"])
    for n in range(40):
        queue.put("process", [str(n)])
        time.sleep(0.002)
        if n == 0:
            wait_for(lambda: queue.depth() == 2)
    passed = time.monotonic() - begun
    wait_for(lambda: not queue._pending)
    queue.close()
    assert 3 <= queue.depth() - 1 <= 2 + passed / GATHER_SECONDS


def test_a_queue_that_is_away_blocks_nobody(tmp_path: Path) -> None:
    """SM45: with Redis away putting returns at once, and says nothing to the caller."""
    queue = queue_at(tmp_path / "nowhere.sock")
    begin = time.monotonic()
    for n in range(1000):
        queue.put("process", [str(n)])
    queue.close(5)
    assert time.monotonic() - begin < 5
    assert queue.depth() is None


def test_a_redis_that_comes_back_is_used_again(redis_socket: Path) -> None:
    """CR5: the thread outlives every failure."""
    away = redis_socket.with_suffix(".away")
    redis_socket.rename(away)
    queue = queue_at(redis_socket)
    queue.put("process", ["lost"])
    wait_for(lambda: not queue._pending)
    away.rename(redis_socket)
    queue.put("process", ["found"])
    wait_for(lambda: queue.depth() == 1)
    queue.close()
