"""Sends a file out of a folder made for it alone; the folder goes when all has been sent, or nobody listens."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from flask import Response

_BLOCK = 1 << 16


def send_and_forget(folder: tempfile.TemporaryDirectory[str], file: Path, mimetype: str) -> Response:
    """Send a file block by block: however large it is, it never stands in memory."""

    def blocks() -> Iterator[bytes]:
        with file.open("rb") as opened:
            while block := opened.read(_BLOCK):
                yield block
        folder.cleanup()

    response = Response(blocks(), mimetype=mimetype)
    response.content_length = file.stat().st_size
    response.headers.set("Content-Disposition", "attachment", filename=file.name)
    response.call_on_close(folder.cleanup)
    return response
