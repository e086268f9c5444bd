"""Privileges: a door that was started as root gives them up once it listens, and runs as a user who owns no key.

The private keys belong to the workers' user and are 0600 in a folder of 0700; whoever breaks in at the door is
another user, and finds ciphertext and a public key.
"""

from __future__ import annotations

import codecs
import ctypes
import os
import pwd
import signal
from pathlib import Path

from intake.errors import Misconfigured

# Python reads a codec when it is first used, and its own folder may be closed to the user (a pyenv under /root).
_CODECS = ("ascii", "cp437", "idna", "latin-1", "punycode", "raw-unicode-escape", "utf-8-sig", "utf-16", "utf-32")
_PDEATHSIG, _DUMPABLE = 1, 4  # prctl(2)


def drop(user: str, *owned: Path) -> None:
    """Become `user` for good, who owns the folders `owned` then; nothing when none is named.

    `Misconfigured` when there is no such user, or we may not.
    """
    if not user:
        return
    entry = find(user)
    if os.geteuid() == entry.pw_uid:
        return  # a service manager has done it
    if os.geteuid() != 0:
        raise Misconfigured("INTAKE_DOOR_USER: only root can become another user; start as root, or unset it")
    for codec in _CODECS:
        codecs.lookup(codec)
    for folder in owned:
        for path in (folder, *folder.iterdir()):
            os.chown(path, entry.pw_uid, entry.pw_gid)
    os.initgroups(entry.pw_name, entry.pw_gid)
    os.setresgid(entry.pw_gid, entry.pw_gid, entry.pw_gid)
    os.setresuid(entry.pw_uid, entry.pw_uid, entry.pw_uid)
    os.umask(0o007)
    die_with_parent()  # the kernel forgets it when the user changes


def find(user: str) -> pwd.struct_passwd:
    """The account; root is no account for a door."""
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise Misconfigured(f"INTAKE_DOOR_USER: there is no user {user}; make one with adduser --system") from None
    if entry.pw_uid == 0:
        raise Misconfigured("INTAKE_DOOR_USER: root reads every key; make a user with adduser --system")
    return entry


def die_with_parent(by: int = signal.SIGTERM) -> None:
    """Get the signal `by` when the parent dies, so that nobody goes on alone."""
    ctypes.CDLL(None).prctl(_PDEATHSIG, by)


def hide_memory() -> None:
    """No core dump, and no /proc/PID/mem or environ for others of the same user."""
    ctypes.CDLL(None).prctl(_DUMPABLE, 0)
