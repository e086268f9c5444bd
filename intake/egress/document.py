"""What the readers of attached files hand out: texts and octets to be searched, or a fault."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

from intake.egress.budget import PART, Budget


class Fault(str):
    """Why a file is not one of ours, or cannot be searched: a phrase that fits before "in part 2"."""


Found = str | bytes | Fault
Reader = Callable[[bytes, Budget], Iterator[Found]]


def inflated(packed: bytes, budget: Budget, window: int = zlib.MAX_WBITS) -> bytes | None:
    """A whole deflate stream and nothing behind it; None for anything else. `TooMuch` when it grows too large."""
    stream = zlib.decompressobj(window)
    try:
        octets = stream.decompress(packed, PART + 1)
    except zlib.error:
        return None
    budget.spend(len(octets))
    budget.breathe()
    return octets if stream.eof and not stream.unused_data else None
