"""The privacy notice in force: its version is stamped on every letter and never changes for that letter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Notice:
    """A version of the privacy notice; its text is the page `notice-<version>.html`."""

    version: str
    since: date


CURRENT = Notice("2026-11", date(2026, 11, 1))
