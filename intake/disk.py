"""Disks: how much room the folders of an installation have."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from intake.config import Config


@dataclass(frozen=True, slots=True)
class Room:
    """What is left in a folder for us, who are not root. `files`: None where the file system has no such limit."""

    device: int
    octets: int
    of: int
    files: int | None


def folders(config: Config) -> dict[str, Path]:
    """Where this machine writes, by name. A PostgreSQL's own disk is not ours to see."""
    found = {"home": config.home, "logs": config.home / "logs"}
    url = sa.make_url(config.database)
    if url.get_backend_name() == "sqlite" and url.database:
        found["database"] = Path(url.database).absolute().parent
    if not config.redis_url:
        found["redis"] = config.home / "redis"
    return {name: path for name, path in found.items() if path.exists()}


def room(path: Path) -> Room:
    """Of the file system that `path` is on."""
    stat = os.statvfs(path)
    files = stat.f_favail if stat.f_files else None
    return Room(os.stat(path).st_dev, stat.f_bavail * stat.f_frsize, stat.f_blocks * stat.f_frsize, files)
