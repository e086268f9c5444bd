"""Faults: what the libraries raise over a mail or a record that they cannot read, and the interpreter for them.

The rule this module keeps: it is never `Exception`. That is also what the time limit of a task raises, out of a signal
in the middle of whatever runs; it belongs to the task, and whoever swallows it works on beyond its time.
"""

from __future__ import annotations

import struct

import spf  # type: ignore[import-untyped]
from authheaders.dmarc_lookup import DMARCException  # type: ignore[import-untyped]
from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from dkim import DKIMException  # type: ignore[import-untyped]
from dkim.canonicalization import InvalidCanonicalizationPolicyError  # type: ignore[import-untyped]
from dkim.util import InvalidTagValueList  # type: ignore[import-untyped]
from dns.exception import DNSException

FAULTS: tuple[type[Exception], ...] = (
    ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError,
    struct.error, DKIMException, DMARCException, DNSException, InternalError, InvalidCanonicalizationPolicyError,
    InvalidTagValueList, UnsupportedAlgorithm, spf.AmbiguityWarning, spf.PermError, spf.TempError,
)  # fmt: skip
