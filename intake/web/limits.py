"""Rate limits per client, counted in Redis under a keyed digest of the day: nobody reads an address there.

When Redis is away, each process counts for itself. A forged X-Forwarded-For changes nothing: only the
connection's own address counts.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

from flask import Flask, request
from flask_limiter import Limiter

from intake.config import Config


def limiter(app: Flask, config: Config, key: bytes) -> Limiter:
    """A limiter for `app`; views take it on with `limiter.limit(amounts, methods=["POST"])`."""
    made = Limiter(
        lambda: client(key, request.remote_addr or "", datetime.now(UTC)),
        app=app,
        storage_uri=storage(config.broker),
        storage_options={"socket_connect_timeout": 1, "socket_timeout": 1},
        in_memory_fallback_enabled=True,  # with the limits that the views have
        swallow_errors=True,
        enabled=config.rate_limits,
        key_prefix="intake-limit",
        headers_enabled=False,
    )
    app.extensions["intake-limiter"] = made  # its decorators refer to it weakly
    return made


def client(key: bytes, address: str, at: datetime) -> str:
    """The digest that stands for `address` today: HMAC-SHA256 under a key of the day (`key` and the date)."""
    day = hmac.new(key, at.date().isoformat().encode(), hashlib.sha256).digest()
    return hmac.new(day, address.encode(), hashlib.sha256).hexdigest()[:32]


def storage(broker: str) -> str:
    """The broker's URL as the limits library spells it."""
    return broker.replace("redis+socket://", "redis+unix://", 1)
