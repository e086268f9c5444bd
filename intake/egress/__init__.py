"""The gate: the finished octets of a message, read once more before they leave.

The rule this package keeps: it fails closed. What it cannot decode, a header that is not exactly like ours, a limit
and any surprise inside itself are findings like an address, and a message with findings is held for a person. It
shares no code with `redact` and `compose`, so that one mistake is not made twice. Findings name a place and never a
value.

The life of a message here: `message` takes it apart and compares what must be exactly ours (`fields`); the texts that
it meets (in `pdf`, `docx` and `picture` too) are searched by `search`: in every reading that undoing escapes (`undo`)
and runs (`runs`) gives, folded to what a person sees (`fold`), for the writer's addresses (`owner`, encoded ones by
`coded`), for any other address (`address`) and for what was withheld (`withheld`).
"""

from intake.egress.gate import UNCHECKED, check
from intake.egress.withheld import Withheld

__all__ = ["UNCHECKED", "Withheld", "check"]
