"""This machine: room on its disks, and its clock."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

from intake import disk
from intake.config import Config
from intake.doctor.finding import Finding, note

ROOM = 1 << 30  # octets
FILES = 10_000
_UNSYNCHRONISED = 5  # adjtimex(2): TIME_ERROR


def disks(config: Config) -> Iterator[Finding]:
    """Each disk that we write to has room, a line each."""
    folders = disk.folders(config)
    rooms = {name: disk.room(path) for name, path in folders.items()}
    for device in dict.fromkeys(room.device for room in rooms.values()):
        names = [name for name, room in rooms.items() if room.device == device]
        where, room = f"{' and '.join(names)} ({folders[names[0]]})", rooms[names[0]]
        if room.octets < ROOM:
            left = f"{room.octets >> 20} MiB are left on the disk of {where}"
            yield Finding("disk", left, "make room; when it is full, letters are refused for the time being (452)")
        if room.files is not None and room.files < FILES:
            left = f"{room.files} files (inodes) are left on the disk of {where}"
            yield Finding("disk", left, "delete files; when none is left, letters are refused for the time being (452)")


def ntp(_config: Config) -> Iterator[Finding]:
    """The kernel says that something keeps its clock right."""
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    asked = ctypes.create_string_buffer(512)  # struct timex, of 208 octets; all zero: nothing is set
    if adjtimex and adjtimex(asked) == _UNSYNCHRONISED:
        yield note("ntp", "nothing keeps this machine's clock right", "run chrony or systemd-timesyncd")
