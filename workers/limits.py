"""Bounds of a worker process that the kernel keeps."""

from __future__ import annotations

import resource

MEMORY = 1536 * 1024 * 1024
"""Octets of private memory. A letter that wants more meets a MemoryError, and is counted and held like any that fails;
the machine's own way out, killing the largest process, may hit the database."""


def limit_memory(octets: int = MEMORY) -> None:
    """Let this process, and each of its children, have no more than `octets` (RLIMIT_DATA, setrlimit(2))."""
    resource.setrlimit(resource.RLIMIT_DATA, (octets, octets))
