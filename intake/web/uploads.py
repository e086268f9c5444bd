"""Uploads stay in memory and are bounded: werkzeug would put files over 500 kB into /tmp, readable.

The rule it keeps: a request keeps no more octets than a letter may have, however many and large its files
are; the rest is read and dropped, so that the fields around it are still there for the answer.
"""

from __future__ import annotations

import io
from typing import IO, Any

from flask import Request, current_app

from intake.web.form import MOST_FILES, File


class _Held(io.BytesIO):
    """A file's octets as long as there is room; `size` counts them all."""

    def __init__(self, room: list[int]) -> None:
        super().__init__()
        self._room, self.size = room, 0

    def write(self, data: Any) -> int:
        self.size += len(data)
        if self._room[0] >= len(data):
            self._room[0] -= len(data)
            super().write(data)
        else:
            self._room[0] = 0
        return len(data)


class BoundedRequest(Request):
    """A request whose uploads share one room of `MAX_OCTETS`."""

    _room: list[int] | None = None
    _held = 0

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if self._room is None:
            self._room = [int(current_app.config["MAX_OCTETS"])]
        self._held += 1
        return _Held(self._room if self._held <= MOST_FILES else [0])


def files(request: Request) -> list[File]:
    """The attached files; a browser sends one nameless empty part when none was chosen."""
    sent = []
    for upload in request.files.getlist("attachments"):
        octets = upload.stream.getvalue() if isinstance(upload.stream, io.BytesIO) else upload.stream.read()
        size = upload.stream.size if isinstance(upload.stream, _Held) else len(octets)
        if upload.filename or size:
            sent.append(File(upload.filename or "", upload.content_type or "", octets, size))
    return sent
