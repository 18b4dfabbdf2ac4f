"""The sRGB colour profile that archived PDFs carry, built from the published constants of the colour space."""

from __future__ import annotations

import struct
from functools import cache

# IEC 61966-2-1: primaries and white adapted to D50 (Bradford), and the transfer curve.
_COLUMNS = {
    b"rXYZ": (0.43607, 0.22249, 0.01392),
    b"gXYZ": (0.38515, 0.71687, 0.09708),
    b"bXYZ": (0.14307, 0.06061, 0.71410),
    b"wtpt": (0.9642, 1.0, 0.8249),
}
_ADAPTATION = (1.04788, 0.02292, -0.05022, 0.02959, 0.99048, -0.01707, -0.00925, 0.01508, 0.75168)
_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_HEADER, _ENTRY = 128, 12


@cache
def srgb_profile() -> bytes:
    """An ICC profile (version 4) of sRGB as a display; it holds no clock, so that it is always the same bytes."""
    tags = {
        b"desc": _text("sRGB"),
        b"cprt": _text("No copyright"),
        **{name: b"XYZ " + bytes(4) + _fixed(*values) for name, values in _COLUMNS.items()},
        b"chad": b"sf32" + bytes(4) + _fixed(*_ADAPTATION),
    }
    curve = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + _fixed(*_CURVE)
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return _assembled(tags)


def _assembled(tags: dict[bytes, bytes]) -> bytes:
    """Header, table of tags, and each different content once."""
    start = _HEADER + 4 + _ENTRY * len(tags)
    table, body, places = b"", b"", dict[bytes, int]()
    for name, content in tags.items():
        if content not in places:
            places[content] = start + len(body)
            body += content + bytes(-len(content) % 4)
        table += name + struct.pack(">II", places[content], len(content))
    size = start + len(body)
    return _head(size) + struct.pack(">I", len(tags)) + table + body


def _head(size: int) -> bytes:
    date = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    kind = b"mntr" + b"RGB " + b"XYZ " + date + b"acsp"
    illuminant = _fixed(*_COLUMNS[b"wtpt"])
    return (struct.pack(">I4sI", size, bytes(4), 0x04200000) + kind + bytes(28) + illuminant).ljust(_HEADER, b"\0")


def _fixed(*numbers: float) -> bytes:
    """Numbers in 1/65536ths."""
    return b"".join(struct.pack(">i", int(number * 65536 + (0.5 if number >= 0 else -0.5))) for number in numbers)


def _text(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(encoded), 28) + encoded
