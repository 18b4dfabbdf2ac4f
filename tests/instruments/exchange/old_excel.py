"""Workbooks of old Excel (.xls), written byte by byte: no package that writes them is kept up."""

import struct

SECTOR, SMALLEST = 512, 4096
FREE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def old_workbook(sheets):
    """Return an .xls file of sheets, each a list of rows of texts, numbers, truth values and None."""
    bodies = [_sheet(rows) for rows in sheets.values()]
    start, entries = len(_globals(sheets, [0] * len(sheets))), []
    for body in bodies:
        entries.append(start)
        start += len(body)
    return _container(_globals(sheets, entries) + b"".join(bodies))


def _record(kind, data=b""):
    return struct.pack("<HH", kind, len(data)) + data


def _begin(kind):
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 0))


def _globals(sheets, places):
    named = zip(sheets, places, strict=True)
    listed = (_record(0x85, struct.pack("<IHBB", at, 0, len(name), 0) + name.encode("latin-1")) for name, at in named)
    return _begin(0x0005) + b"".join(listed) + _record(0x0A)


def _sheet(rows):
    cells = (_cell(row, column, value) for row, line in enumerate(rows) for column, value in enumerate(line))
    return _begin(0x0010) + b"".join(cells) + _record(0x0A)


def _cell(row, column, value):
    place = struct.pack("<HHH", row, column, 0)
    if value is None:
        return b""
    if isinstance(value, bool):
        return _record(0x0205, place + struct.pack("<BB", value, 0))
    if isinstance(value, str):
        return _record(0x0204, place + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
    return _record(0x0203, place + struct.pack("<d", value))


def _container(stream):
    """Put the stream into the file system that such a file is: header, table of sectors, directory, stream."""
    stream = stream.ljust(SMALLEST, b"\0")
    stream += b"\0" * (-len(stream) % SECTOR)
    last = 1 + len(stream) // SECTOR
    table = [TABLE, END, *range(3, last + 1), END]
    head = struct.pack(
        "<8s16sHHHHH6xIIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"",
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        0,
        1,
        1,
        0,
        SMALLEST,
        END,
        0,
        END,
        0,
        0,
    )
    head += struct.pack("<I", FREE) * 108
    directory = _entry("Root Entry", 5, END, 0, child=1) + _entry("Workbook", 2, 2, len(stream)) + bytes(256)
    return head + struct.pack(f"<{len(table)}I", *table).ljust(SECTOR, b"\xff") + directory + stream


def _entry(name, kind, start, size, child=FREE):
    written = (name + "\0").encode("utf-16-le")
    links = struct.pack("<64sHBBIII", written, len(written), kind, 1, FREE, FREE, child)
    return links + bytes(36) + struct.pack("<III", start, size, 0)
