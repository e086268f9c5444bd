"""One input: whoever fails or takes too long leaves a file behind that does it again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import gettempdir

SECONDS = 8.0  # of CPU for one input, which has 100,000 octets at most; nearly all take a tenth of one


def tried(target: Callable[[bytes], None], octets: bytes, kind: str) -> None:
    """Try it; AssertionError with the path of a file that holds the input."""
    try:
        began = time.process_time()
        target(octets)
        spent = time.process_time() - began
        assert spent <= SECONDS, f"{spent:.1f} seconds of CPU"
    except Exception as fault:
        path = Path(gettempdir()) / f"fuzz-{kind}-{hashlib.sha256(octets).hexdigest()[:12]}"
        path.write_bytes(octets)
        raise AssertionError(f"{path}: {type(fault).__name__}: {fault}") from fault
