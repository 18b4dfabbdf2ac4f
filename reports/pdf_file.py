"""Numbered objects as the bytes of a PDF file; knows the file's grammar and nothing of what stands in it."""

from __future__ import annotations

import hashlib
import zlib

_HEAD = b"%PDF-1.7\n%\x93\x8c\x8b\x9e\n"
_LEVEL = 6
_ESCAPED = str.maketrans({"\\": "\\\\", "(": "\\(", ")": "\\)", "\r": "\\r"})


class PdfFile:
    """Objects in the order of their numbers, which count from 1."""

    def __init__(self) -> None:
        self._bodies: list[bytes] = []

    def reserve(self) -> int:
        """Give a number to an object that is put later."""
        self._bodies.append(b"")
        return len(self._bodies)

    def put(self, body: str, number: int | None = None) -> int:
        """Add an object, or the one that a number was reserved for."""
        return self._put(body.encode("latin-1"), number)

    def stream(self, content: bytes, entries: str = "", *, packed: bool = True) -> int:
        """Add a stream; `entries` of its dictionary stand beside its length."""
        if packed:
            content, entries = zlib.compress(content, _LEVEL), entries + "/Filter/FlateDecode"
        head = f"<<{entries}/Length {len(content)}>>stream\n".encode("latin-1")
        return self._put(b"%b%b\nendstream" % (head, content), None)

    def written(self, root: int, info: int) -> bytes:
        """Give the whole file; its identifier is a digest of what stands in it."""
        objects = [b"%d 0 obj\n%b\nendobj\n" % (number, body) for number, body in enumerate(self._bodies, start=1)]
        digest = hashlib.sha256(b"".join(objects)).hexdigest()[:32].encode()
        place, table = len(_HEAD), [b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)]
        for written in objects:
            table.append(b"%010d 00000 n \n" % place)
            place += len(written)
        entries = (len(objects) + 1, root, info, digest, digest)
        table.append(b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%b><%b>]>>\n" % entries)
        return b"".join([_HEAD, *objects, *table, b"startxref\n%d\n%%%%EOF\n" % place])

    def _put(self, body: bytes, number: int | None) -> int:
        if number is None:
            number = self.reserve()
        self._bodies[number - 1] = body
        return number


def reference(number: int) -> str:
    """An object named by another."""
    return f"{number} 0 R"


def references(numbers: list[int]) -> str:
    """Objects named by another, in square brackets."""
    return f"[{' '.join([f'{number} 0 R' for number in numbers])}]"


def text_string(text: str) -> str:
    """A text for readers: as it is where the characters allow, else in UTF-16."""
    return literal(text) if text.isascii() else f"<FEFF{text.encode('utf-16-be', 'replace').hex().upper()}>"


def literal(characters: str) -> str:
    """Bytes, given as the characters of the same numbers, in round brackets."""
    return f"({characters.translate(_ESCAPED)})"
