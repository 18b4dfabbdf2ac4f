"""Opens files that strangers made: bounded in size and depth, no entities; understands no questionnaire."""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element
from xml.parsers.expat import ErrorString, ExpatError, ParserCreate

from instruments.exchange.carried import refused

LARGEST_BYTES = 20_000_000
"""No questionnaire is larger; files with pictures inside may be."""
_LARGEST_UNPACKED = 100_000_000
_MOST_ENTRIES = 2_000
_MOST_ELEMENTS = 2_000_000
_DEEPEST = 60
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff\ufffe\uffff]")


def read_bytes(path: Path) -> bytes:
    """Read a file of bearable size.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bytes

    Raises
    ------
    ExchangeError
        When it is not there, cannot be read, is empty or too large.
    """
    name = str(path)
    try:
        if not path.is_file():
            raise refused(name, "there is no such file", "check the path")
        if path.stat().st_size > LARGEST_BYTES:
            message = f"the file is larger than {LARGEST_BYTES // 1_000_000} megabytes"
            raise refused(name, message, "take out pictures and recordings; questionnaires are small")
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise refused(name, f"the file cannot be read: {error}", "check the path and its permissions") from None
    if not content.strip(b"\x00 \t\r\n"):
        raise refused(name, "the file is empty", "export it again")
    return content


def decoded(content: bytes, name: str) -> str:
    """Read text in the encodings that spreadsheet programs write.

    Parameters
    ----------
    content : bytes
    name : str

    Returns
    -------
    str
        Without byte-order mark.

    Raises
    ------
    ExchangeError
        When it is in another encoding, with the line.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return printable(content.decode("utf-16", errors="replace"))
    try:
        return printable(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise refused(name, "the file is not UTF-8", "save it with the encoding UTF-8", line=line) from None


def read_json(content: bytes, name: str) -> Any:  # noqa: ANN401 - whatever stands in the file
    """Read JSON as plain data.

    Parameters
    ----------
    content : bytes
    name : str

    Returns
    -------
    object

    Raises
    ------
    ExchangeError
        Where it is not JSON, with line and column.
    """
    text = decoded(content, name)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        message = f"not valid JSON: {error.msg}"
        raise refused(name, message, "export the file again", line=error.lineno, column=error.colno) from None
    except (RecursionError, ValueError):
        raise refused(name, "the JSON is nested too deeply or holds an endless number", "export it again") from None


def read_xml(content: bytes, name: str) -> Element:
    """Read XML without a document type, so that no entity can multiply or reach other files.

    Parameters
    ----------
    content : bytes
    name : str

    Returns
    -------
    Element
        The root.

    Raises
    ------
    ExchangeError
        Where it is not XML, declares a document type, or is too large or deep.
    """
    target = _Tree(name)
    try:
        target.parser.Parse(content.lstrip(b" \t\r\n"), True)  # noqa: FBT003 - expat takes it so: this is all
    except ExpatError as error:
        message = f"not valid XML: {ErrorString(error.code)}"
        raise refused(name, message, "export the file again", line=error.lineno, column=error.offset + 1) from None
    except (LookupError, ValueError):
        raise refused(name, "the XML names an encoding that is not known", "save it as UTF-8") from None
    if target.root is None:
        raise refused(name, "the XML holds nothing", "export the file again")
    return target.root


class _Tree:
    """Builds elements from expat's events, counts them and stops at a document type."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Element | None = None
        self.open: list[Element] = []
        self.count = 0
        self.parser = ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data

    def _doctype(self, *_: object) -> None:
        raise refused(
            self.name,
            "the XML declares a document type",
            "remove the part that begins with <!DOCTYPE",
            line=self.parser.CurrentLineNumber,
        )

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if self.count > _MOST_ELEMENTS or len(self.open) >= _DEEPEST:
            line = self.parser.CurrentLineNumber
            message = "the XML is too large or nested too deeply"
            raise refused(self.name, message, "export the questionnaire alone", line=line)
        element = Element(tag.rpartition(":")[2], attributes)
        if self.open:
            self.open[-1].append(element)
        elif self.root is None:
            self.root = element
        self.open.append(element)

    def _end(self, _tag: str) -> None:
        self.open.pop()

    def _data(self, text: str) -> None:
        """Text goes to the element it stands in; where it stands among children does not matter here."""
        if self.open:
            self.open[-1].text = (self.open[-1].text or "") + text


def unpacked(content: bytes, name: str) -> zipfile.ZipFile:
    """Open a zip file that unpacks to a bearable size.

    Parameters
    ----------
    content : bytes
    name : str

    Returns
    -------
    ZipFile

    Raises
    ------
    ExchangeError
        When it is broken, encrypted or unpacks to too much.
    """
    try:
        archive = zipfile.ZipFile(BytesIO(content))
        entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, RuntimeError):
        raise refused(name, "the file is cut off or damaged", "save or export it again") from None
    if len(entries) > _MOST_ENTRIES or sum(entry.file_size for entry in entries) > _LARGEST_UNPACKED:
        raise refused(name, "the file unpacks to far more than a questionnaire needs", "export the form alone")
    if any(entry.flag_bits & 1 for entry in entries):
        raise refused(name, "the file is protected with a password", "save it without one")
    return archive


def xml_part(archive: zipfile.ZipFile, path: str, name: str) -> Element:
    """Read XML that stands in a zip file.

    Parameters
    ----------
    archive : ZipFile
    path : str
        Of the part.
    name : str
        What errors call the archive.

    Returns
    -------
    Element
        The root.

    Raises
    ------
    ExchangeError
        When the part is not there, or broken.
    """
    try:
        return read_xml(archive.read(path), f"{name}/{path}")
    except KeyError:
        raise refused(name, f"the file has no part {path}", "open it in its program and save it again") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
        raise refused(name, "the file is cut off or damaged", "save or export it again") from None


def printable(text: str) -> str:
    """Take out characters that text files may not hold.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Without control characters; line breaks and tabs stay.
    """
    return _FORBIDDEN.sub("", text)
