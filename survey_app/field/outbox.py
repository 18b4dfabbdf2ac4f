"""Messages to people of the console, left as files for whoever runs the instance: no mail leaves this machine."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

FOLDER = "outbox"


def leave_message(instance: Path, address: str, text: str) -> Path:
    """Write a message that only the instance's owner can read; returns the file."""
    folder = instance / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}_{secrets.token_hex(4)}.txt"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"To: {address}\n\n{text}\n")
    return path
