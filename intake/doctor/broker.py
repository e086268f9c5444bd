"""The broker: Redis is there, keeps what it is given, and does not run full."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from intake.config import Config
from intake.doctor.finding import Finding, note
from intake.queue import QUEUES

SECONDS = 2.0
OLDEST = (6, 2)  # the version that the tests run with
NEARLY_FULL = 0.9  # of maxmemory
DEEP = 10_000  # messages; the sweeper adds none beyond 50


def redis_server(config: Config) -> Iterator[Finding]:
    """What Redis says of itself."""
    url = config.broker.replace("redis+socket://", "unix://")
    once = Retry(NoBackoff(), 0)
    client = redis.Redis.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=once)
    try:
        info: dict[str, Any] = client.info()
        depth = sum(int(client.llen(name)) for name in QUEUES)
    except (redis.ConnectionError, redis.TimeoutError):
        cure = "start it, or check INTAKE_REDIS_URL"
        yield Finding("redis", "Redis does not answer; letters are still taken, and wait", cure)
        return
    finally:
        client.close()
    yield from _told(info)
    if depth > DEEP:
        cure = "wait, or start more workers; nothing is lost"
        yield note("redis", f"{depth} messages are in the queue: more comes than is worked on", cure)


def _told(info: dict[str, Any]) -> Iterator[Finding]:
    if info["maxmemory_policy"] != "noeviction":
        cure = "set maxmemory-policy to noeviction"
        yield Finding("redis", "Redis may throw the queue away when memory is short", cure)
    if info["maxmemory"] and info["used_memory"] > NEARLY_FULL * info["maxmemory"]:
        cure = "raise maxmemory, and see whether the workers take what waits"
        yield Finding("redis", f"Redis has used {info['used_memory'] * 100 // info['maxmemory']} % of maxmemory", cure)
    for field in ("rdb_last_bgsave_status", "aof_last_write_status", "aof_last_bgrewrite_status"):
        if info.get(field, "ok") != "ok":
            yield Finding("redis", f"Redis cannot write to its disk ({field})", "make room, and look into redis.log")
    if info.get("role") == "slave":
        yield Finding("redis", "this Redis is a replica and takes no messages", "set INTAKE_REDIS_URL to its master")
    if tuple(int(n) for n in info["redis_version"].split(".")[:2]) < OLDEST:
        yield note("redis", f"Redis {info['redis_version']} is older than what is tested", "use 6.2 or newer")
