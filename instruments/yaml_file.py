"""YAML 1.2 files read as plain data, with the line of everything in them; knows nothing of questionnaires."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from instruments.yaml_bounds import DEEPEST, MOST_NODES, TOO_DEEP, TOO_MANY, TooMuchError
from instruments.yaml_nodes import composed

DataPath = tuple[str | int, ...]
"""Where a value stands in the data: keys and positions from the top."""

_LARGEST_BYTES, _LONGEST_NUMBER = 500_000, 18
_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp", "value", "merge")
}
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff]")
_WHOLE = re.compile(r"[+-]?[0-9]+", re.ASCII)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a file, for the person who writes it.

    Parameters
    ----------
    file : str
        The file's path as it was given.
    line, column : int
        Counted from 1.
    place : str
        Where in the data, as ``scales.warm.items[0].list``; empty for the file as a whole.
    message : str
        What is wrong.
    remedy : str
        What to do about it; may be empty.
    """

    file: str
    line: int
    column: int
    place: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.place}: " if self.place else ""
        remedy = f" ({self.remedy})" if self.remedy else ""
        return f"{self.file}:{self.line}:{self.column}: {place}{self.message}{remedy}"


class FileError(Exception):
    """A file that cannot be used; `problems` are all that were found, in the order of their lines."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        files = list(dict.fromkeys(problem.file for problem in problems))
        self.problems = tuple(
            sorted(problems, key=lambda problem: (files.index(problem.file), problem.line, problem.column))
        )
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True)
class Places:
    """Line and column of each value, and of each key of a mapping, counted from 1."""

    values: Mapping[DataPath, tuple[int, int]] = field(default_factory=dict)
    keys: Mapping[DataPath, tuple[int, int]] = field(default_factory=dict)

    def value(self, path: DataPath) -> tuple[int, int]:
        """Find a value; where it is absent, what it would stand in.

        Parameters
        ----------
        path : tuple
            Where the value stands in the data.

        Returns
        -------
        tuple of int
            Line and column.
        """
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, (1, 1))

    def key(self, path: DataPath) -> tuple[int, int]:
        """Find the key that a value stands under.

        Parameters
        ----------
        path : tuple
            Where the value stands in the data.

        Returns
        -------
        tuple of int
            Line and column of the key; of the value where it has none.
        """
        return self.keys.get(path) or self.value(path)


@dataclass(frozen=True)
class YamlFile:
    """What a file holds, and what was wrong with it as YAML.

    Parameters
    ----------
    name : str
        The file's path as it was given.
    data : object
        Mappings with text keys, lists, texts, numbers, true, false and None; None when nothing could be read.
    places : Places
        Where it all stands.
    problems : tuple of Problem
        Empty when the YAML is sound.
    text : str
        The file word for word; "" when it could not be read.
    taken : mapping of DataPath to tuple of YamlFile and DataPath, or None
        Places whose content was taken from another file, and where it stands there; None for a part of such a place
        that is this file's own.
    """

    name: str
    data: Any
    places: Places = Places()
    problems: tuple[Problem, ...] = ()
    text: str = field(default="", repr=False)
    taken: Mapping[DataPath, tuple[YamlFile, DataPath] | None] = field(default_factory=dict, repr=False)

    def origin(self, path: DataPath) -> tuple[YamlFile, DataPath]:
        """Find the file that a place was written in.

        Parameters
        ----------
        path : tuple
            Where in the data.

        Returns
        -------
        tuple of YamlFile and DataPath
            That file, and where it stands there.
        """
        for end in range(len(path), 0, -1):
            if path[:end] in self.taken:
                source = self.taken[path[:end]]
                return (self, path) if source is None else source[0].origin((*source[1], *path[end:]))
        return self, path

    def problem(self, path: DataPath, message: str, remedy: str = "", *, at_key: bool = False) -> Problem:
        """Say what is wrong at a place.

        Parameters
        ----------
        path : tuple
            Where in the data.
        message, remedy : str
            What is wrong, and what to do about it.
        at_key : bool, optional
            Point at the key instead of the value.

        Returns
        -------
        Problem
            With file, line and column.
        """
        file, there = self.origin(path)
        line, column = file.places.key(there) if at_key else file.places.value(there)
        return Problem(file.name, line, column, place_text(there), message, remedy)


def place_text(path: DataPath) -> str:
    """Write a place in the data for a reader.

    Parameters
    ----------
    path : tuple
        Keys and positions from the top.

    Returns
    -------
    str
        As ``scales.warm.items[0].list``.
    """
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def read_yaml(path: Path) -> YamlFile:
    """Read a YAML 1.2 file as plain data.

    Parameters
    ----------
    path : Path
        The file; UTF-8, at most half a megabyte.

    Returns
    -------
    YamlFile
        Its data and places; everything that is wrong with it stands in `problems`, nothing is raised.
    """
    try:
        text = _text(path)
    except _Unreadable as error:
        return _unreadable(str(path), error)
    return parse_yaml(text, str(path))


def parse_yaml(text: str, name: str) -> YamlFile:
    """Read YAML 1.2 text as plain data.

    Parameters
    ----------
    text : str
        What a file holds.
    name : str
        What problems call it.

    Returns
    -------
    YamlFile
        As `read_yaml` gives.
    """
    try:
        return replace(_Builder(name).build(composed(_no_longer(text))), text=text)
    except (_Unreadable, TooMuchError) as error:
        return _unreadable(name, error)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = Problem(name, line, column, "", f"not valid YAML: {error.problem or error.context}", _hint(error))
    except YAMLError as error:
        problem = Problem(name, *_position(text, error), "", "a character that text files may not hold", "remove it")
    except RecursionError:
        problem = Problem(name, 1, 1, "", *TOO_DEEP)
    except (ValueError, KeyError, AttributeError, AssertionError, TypeError, IndexError):
        # ruamel.yaml's scanner fails in these ways on some malformed directives and escapes.
        problem = Problem(name, 1, 1, "", "not valid YAML", "check directives (%) and escapes (\\) of the file")
    return YamlFile(name, None, problems=(problem,))


def _no_longer(text: str) -> str:
    if len(text) > _LARGEST_BYTES:
        raise _Unreadable(1, 1, "the file is larger than half a megabyte", "no questionnaire needs so much")
    return text


def _unreadable(name: str, error: _Unreadable | TooMuchError) -> YamlFile:
    return YamlFile(name, None, problems=(Problem(name, error.line, error.column, "", error.message, error.remedy),))


class _Unreadable(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, line: int, column: int, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.line, self.column, self.message, self.remedy = line, column, message, remedy


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            raise _Unreadable(1, 1, "there is no such file")
        if path.stat().st_size > _LARGEST_BYTES:
            raise _Unreadable(1, 1, "the file is larger than half a megabyte", "no questionnaire needs so much")
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise _Unreadable(1, 1, f"the file cannot be read: {error}") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", errors="replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise _Unreadable(line, column, "the file is not UTF-8", "save it with the encoding UTF-8") from error


def _position(text: str, error: YAMLError) -> tuple[int, int]:
    """Line and column of a character the reader refused."""
    at = getattr(error, "position", 0)
    before = text[:at] if isinstance(at, int) else ""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _hint(error: MarkedYAMLError) -> str:
    message = str(error.problem)
    if "mapping values are not allowed" in message:
        return "put the text in quotation marks if it holds a colon, and check the indentation"
    if "'\\t'" in message:
        return "indent with spaces, not with tabs"
    return ""


class _Builder:
    """Turns YAML nodes into plain data; what it cannot turn becomes None and a problem."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.nodes = 0
        self.values: dict[DataPath, tuple[int, int]] = {}
        self.keys: dict[DataPath, tuple[int, int]] = {}
        self.problems: list[Problem] = []

    def build(self, root: Node | None) -> YamlFile:
        if root is None:
            raise _Unreadable(1, 1, "the file is empty")
        data = self._plain(root, (), ())
        return YamlFile(self.name, data, Places(self.values, self.keys), tuple(self.problems))

    def _plain(self, node: Node, path: DataPath, above: tuple[Node, ...]) -> Any:  # noqa: ANN401 - whatever stands there
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise TooMuchError(*_mark(node), *TOO_MANY)
        self.values.setdefault(path, _mark(node))
        if any(node is parent for parent in above):
            return self._fail(node, path, "an alias (*) refers to what it stands in", "write the values out")
        if len(above) >= DEEPEST:
            raise TooMuchError(*_mark(node), *TOO_DEEP)
        if isinstance(node, MappingNode):
            return dict(self._entries(node, path, (*above, node)))
        if isinstance(node, SequenceNode):
            return [self._plain(child, (*path, at), (*above, node)) for at, child in enumerate(node.value)]
        return self._scalar(node, path)

    def _entries(self, node: MappingNode, path: DataPath, above: tuple[Node, ...]) -> Iterator[tuple[str, Any]]:
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self._fail(key_node, path, "a key must be a word, not a list or mapping")
                continue
            key, place = str(key_node.value), (*path, str(key_node.value))
            if key in lines:
                message = f"the key '{key}' stands here a second time"
                self._fail(key_node, place, message, f"first in line {lines[key]}; keep one of them")
                continue
            lines[key] = _mark(key_node)[0]
            self.keys[place] = _mark(key_node)
            if not isinstance(value_node, ScalarNode):
                self.values[place] = _mark(key_node)
            yield key, self._plain(value_node, place, above)

    def _scalar(self, node: Node, path: DataPath) -> Any:  # noqa: ANN401 - text, number, true, false or None
        tag = str(node.tag)  # made anew each time it is asked for
        kind = tag.rpartition(":")[2]
        if tag not in _PLAIN_TAGS:
            return self._fail(node, path, f"the tag '{node.tag}' is not allowed", "remove it")
        text = str(node.value)
        if _FORBIDDEN.search(text):
            return self._fail(node, path, "the text holds a control character", "remove it")
        if kind == "null":
            return None
        if kind == "bool" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        return self._number(node, path, text) if kind in ("int", "float") else text

    def _number(self, node: Node, path: DataPath, text: str) -> int | float | str | None:
        if len(text) > _LONGEST_NUMBER:
            self._fail(node, path, "the number has too many digits")
            return None
        try:
            return int(text) if _WHOLE.fullmatch(text) else float(text)
        except ValueError:
            return text

    def _fail(self, node: Node, path: DataPath, message: str, remedy: str = "") -> None:
        line, column = _mark(node)
        self.problems.append(Problem(self.name, line, column, place_text(path), message, remedy))


def _mark(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1
