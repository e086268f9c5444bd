"""Signs of life, as sd_notify(3) has them: datagrams to the socket that NOTIFY_SOCKET names.

`Notifier` is a process's own voice, `Ear` is the other end, which `intake up` holds as systemd does. The kernel says
with each datagram who sent it, so that a process speaks for itself only.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from contextlib import suppress
from pathlib import Path

import structlog

_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: struct ucred, unix(7)

log = structlog.get_logger("intake.notify")


class Notifier:
    """Says READY, WATCHDOG and STOPPING; says nothing when nobody asked to be told.

    It takes the variables out of the environment, so that no child speaks in our name, and connects at once: the
    socket may be closed to the user that a door becomes. It never waits: an ear that is full has heard enough.
    """

    def __init__(self) -> None:
        address = os.environ.pop("NOTIFY_SOCKET", "")
        usec, pid = os.environ.pop("WATCHDOG_USEC", ""), os.environ.pop("WATCHDOG_PID", "")
        asked = usec.isdigit() and pid in ("", str(os.getpid()))
        self._pause = int(usec) / 1e6 / 4 if asked else None  # four signs in the time that one is waited for
        self._said, self._is_ready = 0.0, False
        self._socket = _connected(address) if address else None

    def ready(self) -> None:
        """We serve; said once."""
        if not self._is_ready:
            self._is_ready = True
            self._say("READY=1")

    def alive(self) -> None:
        """We work. To be called every second or so; says it as often as was asked for."""
        now = time.monotonic()
        if self._pause is not None and now - self._said >= self._pause:
            self._said = now
            self._say("WATCHDOG=1")

    def stopping(self) -> None:
        """We were told to end, and finish what we have in hand."""
        self._say("STOPPING=1")

    def _say(self, what: str) -> None:
        if self._socket:
            with suppress(OSError):
                self._socket.send(what.encode())


def _connected(address: str) -> socket.socket | None:
    ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    ear.setblocking(False)
    try:
        ear.connect("\0" + address[1:] if address[0] == "@" else address)
    except OSError as fault:
        log.warning("nobody hears our signs of life", fault=type(fault).__name__)
        return None
    return ear


class Ear:
    """The socket at `path` that processes give their signs of life to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.bind(str(path))
        path.chmod(0o600)

    def fileno(self) -> int:
        """For whoever waits until something is said."""
        return self._socket.fileno()

    def hear(self) -> tuple[int, list[str]]:
        """Who said something, and the lines of it; (0, []) when nobody did."""
        try:
            said, control, _, _ = self._socket.recvmsg(4096, socket.CMSG_SPACE(_CREDENTIALS.size))
        except BlockingIOError:
            return 0, []
        who = next((data for _, kind, data in control if kind == socket.SCM_CREDENTIALS), b"")
        pid = _CREDENTIALS.unpack(who)[0] if len(who) == _CREDENTIALS.size else 0
        return pid, said.decode("ascii", "replace").splitlines()

    def close(self) -> None:
        """Hear no more."""
        self._socket.close()
        self.path.unlink(missing_ok=True)
