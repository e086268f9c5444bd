"""`intake up`: every process of the Procfile on this machine, kept alive, replaced at a reload, and stopped together.

What is missing at a first start is made here (`prepare`). A process that dies is started again, after a pause that
grows while it keeps dying; one that says READY=1 and then gives no sign of life is killed first. The doors' listening
sockets are held here and handed on, so that their addresses outlive them. Each child is its own session, so that Ctrl-C
reaches only this process, which then stops the others in order; and each dies with its parent (PR_SET_PDEATHSIG), so
that even a kill -9 leaves nothing behind. docs/decisions/0005 says why no supervising library does this, and 0020 what
it has in common with systemd.
"""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import Callable

from intake.config import Config
from intake.errors import Misconfigured
from intake.up.child import Say
from intake.up.prepare import prepare
from intake.up.supervisor import Addresses, Supervisor

__all__ = ["Supervisor", "prepare", "up"]


def up(config: Config, say: Say, ready: Callable[[Addresses], None]) -> None:
    """Prepare, then run until told to stop. `ready` gets the addresses the processes listen on."""
    try:
        config.home.mkdir(parents=True, exist_ok=True)
        lock = (config.home / "up.lock").open("w")
    except OSError as fault:
        raise Misconfigured(f"INTAKE_HOME: {config.home} cannot be used: {fault.strerror}; name a folder") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Misconfigured(f"{config.home}: `intake up` runs here already; stop it, or set INTAKE_HOME") from None
        prepare(config, say)
        asyncio.run(_run(config, say, ready))


async def _run(config: Config, say: Say, ready: Callable[[Addresses], None]) -> None:
    await Supervisor(config, say).run(ready)
