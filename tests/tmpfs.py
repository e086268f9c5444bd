"""A small file system of a test's own, which can be filled."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _may_mount() -> bool:
    """Whether this process has CAP_SYS_ADMIN (capabilities(7), bit 21); root in a container often has not."""
    held = re.search(r"^CapEff:\s*(\w+)$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return held is not None and bool(int(held[1], 16) >> 21 & 1)


needs_mount = pytest.mark.skipif(
    not _may_mount() and not os.environ.get("CI"), reason="SKIPPED LOUDLY: needs the right to mount"
)


@contextmanager
def small_disk(folder: Path, octets: int) -> Iterator[Path]:
    """`folder`, on a disk with so much room."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={octets}", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Leave no room for another octet."""
    with (folder / "filler").open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return
