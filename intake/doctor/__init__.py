"""`intake doctor`: what is wrong with this installation, one line a finding, each with its cure.

The rule it keeps: no check hangs and none raises. All look at once, each in a thread of its own, and one that fails or
has not come to an end within a few seconds is a finding itself. When the database does not answer, one check says so
and the others that need it are silent.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from intake.config import Config
from intake.doctor import broker, destinations, machine, settings, store
from intake.doctor.finding import Finding
from intake.errors import Deferred, Misconfigured

__all__ = ["CHECKS", "QUICK", "Check", "Finding", "findings"]

SECONDS = 8.0  # for all checks together


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at. `cure`: what to do when the looking itself fails, or takes too long. `long`: it may, in a
    large installation that is well."""

    name: str
    look: Callable[[Config], Iterable[Finding]]
    cure: str
    long: bool = False


CHECKS = (
    Check("keys", settings.keys, "look at INTAKE_HOME/keys and its disk"),
    Check("rules", settings.rules, "look at INTAKE_RULES and its disk"),
    Check("settings", settings.advice, "check the settings"),
    Check("roles", settings.door_role, "look at INTAKE_DOOR_DATABASE_URL"),
    Check("certificate", settings.certificate, "look at INTAKE_TLS_CERT"),
    Check("disk", machine.disks, "look whether a network disk is away"),
    Check("ntp", machine.ntp, "look at the machine's clock"),
    Check("redis", broker.redis_server, "look at Redis and INTAKE_REDIS_URL"),
    Check("database", store.database, "look whether it is locked, overloaded or out of disk"),
    Check("clock", store.clock, "look at the database"),
    Check("processes", store.processes, "look at the database"),
    Check("waiting", store.waiting, "look at the database"),
    Check("held", store.held, "look at the database"),
    Check("urgent", store.urgent, "look at the database"),
    Check("smarthost", destinations.smarthost, "look at the smarthost and INTAKE_SMARTHOST"),
    Check("outbox", destinations.outbox_, "look at the database"),
    Check("mailboxes", destinations.mailboxes, "look at the database"),
    Check("signature", destinations.signature, "look at INTAKE_DKIM_KEY and INTAKE_DNS"),
    Check("clamd", destinations.scanner, "look at clamd and INTAKE_CLAMD"),
    Check("sums", store.sums, "see the sums at the desk, or the metrics", long=True),
    Check("unchained", store.unchained, "look at the database"),
    Check("chain", store.chain, "run `intake audit verify`", long=True),
)

QUICK = tuple(check for check in CHECKS if not check.long)
"""What may be looked at every minute."""


def findings(config: Config, checks: Sequence[Check] = CHECKS, seconds: float = SECONDS) -> list[Finding]:
    """Every finding, in the order of the checks; an empty list means that all is well."""
    end = time.monotonic() + seconds
    begun = [_Look(check, config) for check in checks]
    found = [finding for look in begun for finding in look.until(end, seconds)]
    return list({str(finding): finding for finding in found}.values())  # a missing key is one finding, not two


class _Look(threading.Thread):
    def __init__(self, check: Check, config: Config) -> None:
        super().__init__(name=f"doctor {check.name}", daemon=True)
        self._check, self._config = check, config
        self._found: list[Finding] | None = None
        self.start()

    def run(self) -> None:
        name, found = self._check.name, []
        try:
            for finding in self._check.look(self._config):
                found.append(finding)
        except Deferred:
            pass  # the check of the database says so
        except Misconfigured as fault:
            found.append(Finding.of(name, fault))
        except Exception as fault:  # noqa: BLE001 - the edge: whatever it is, the others still look
            found.append(Finding(name, f"the check of {name} failed ({type(fault).__name__})", self._check.cure))
        self._found = found

    def until(self, end: float, seconds: float) -> list[Finding]:
        """What was found by then."""
        self.join(max(0.0, end - time.monotonic()))
        if self._found is not None:
            return self._found
        name, cure = self._check.name, self._check.cure
        return [Finding(name, f"the check of {name} took longer than {seconds:g} s", cure, self._check.long)]
