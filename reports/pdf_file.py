"""Numbered objects of a PDF file, which reportlab writes; knows nothing of what stands in them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from reportlab.pdfbase.pdfdoc import (
    DummyDoc,
    PDFDictionary,
    PDFDocument,
    PDFObjectReference,
    PDFStream,
    PDFStreamFilterZCompress,
    PDFString,
)

_VERSION = (1, 7)
_END = b"endstream\n"
_EFFORT = 1
"""Of nine: files are a twentieth larger than with six, and packed in half the time."""
_ESCAPED = str.maketrans({"\\": "\\\\", "(": "\\(", ")": "\\)", "\r": "\\r"})


class _Packed(PDFStreamFilterZCompress):  # type: ignore[misc]  # reportlab states no types
    """What reportlab packs streams with, at less effort."""

    def encode(self, content: bytes) -> bytes:
        return zlib.compress(content, _EFFORT)


class PdfFile:
    """A document of reportlab's, and objects in it that are put as text.

    A tagged report has more than a thousand small ones: as dictionaries of reportlab's they would take longer than
    all else that is painted.
    """

    def __init__(self, language: str) -> None:
        self.document = PDFDocument(invariant=1, pdfVersion=_VERSION, lang=language)

    def reserve(self) -> int:
        """Give a number to an object that is put later."""
        return self._add(b"")

    def put(self, body: str, number: int | None = None) -> int:
        """Add an object, or the one that a number was reserved for."""
        written = body.encode("latin-1")
        if number is None:
            return self._add(written)
        self.document.idToObject[_name(number)] = written
        return number

    def put_page(self, entries: str, number: int) -> None:
        """Add the page that a number was reserved for behind those that are there."""
        pages = self.document.Reference(self.document.Pages).format(self.document).decode()
        self.document.Pages.addPage(PDFObjectReference(_name(number)))
        self.put(f"<</Type/Page/Parent {pages}{entries}>>", number)

    def stream(self, content: bytes, entries: Mapping[str, object] | None = None, *, packed: bool = True) -> int:
        """Add a stream; its dictionary has these entries beside its length."""
        stream = PDFStream(PDFDictionary(entries), content, [_Packed()] if packed else None)
        written: bytes = stream.format(self.document)
        self.document.updateSignature(written)
        return self._add(b"%b\n%b" % (written.removesuffix(_END), _END))  # archives want the end on a line of its own

    def written(self) -> bytes:
        """Give the whole file; its identifier is a digest of its streams and of what it says of itself."""
        content: bytes = self.document.GetPDFData(None)
        return content

    def _add(self, written: bytes) -> int:
        number: int = self.document.objectcounter + 1
        self.document.Reference(written, _name(number))
        return number


def _name(number: int) -> str:
    """What reportlab knows an object by."""
    return f"{number}"


def reference(number: int) -> str:
    """An object named by another."""
    return f"{number} 0 R"


def references(numbers: list[int]) -> str:
    """Objects named by another, in square brackets."""
    return f"[{' '.join([f'{number} 0 R' for number in numbers])}]"


def text_string(text: str) -> str:
    """A text for readers: in one byte a character where that is possible, else in UTF-16."""
    written: bytes = PDFString(text).format(DummyDoc())
    return written.decode("latin-1")


def literal(characters: str) -> str:
    """Bytes, given as the characters of the same numbers, in round brackets."""
    return f"({characters.translate(_ESCAPED)})"
