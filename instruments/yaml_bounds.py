"""How much a YAML file may hold, and the reading that stops in the middle of one that holds more; reads no files."""

from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, MaxDepthExceededError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import Node

MOST_NODES, MOST_ANCHORS, DEEPEST = 30_000, 1_000, 20
"""Several times what the largest questionnaire holds."""
TOO_MANY = "the file holds too many values", f"at most {MOST_NODES}; aliases (*) may multiply them"
TOO_DEEP = "lists and mappings are nested too deeply", f"at most {DEEPEST} levels"
_TOO_MANY_ANCHORS = "the file holds too many anchors (&) and aliases (*)", f"at most {MOST_ANCHORS}"


class TooMuchError(Exception):
    """A file that holds more than may be; says where it was left off, counted from 1, what is wrong and what to do."""

    def __init__(self, line: int, column: int, message: str, remedy: str) -> None:
        super().__init__(message)
        self.line, self.column, self.message, self.remedy = line, column, message, remedy


def composed_within_bounds(text: str) -> Node | None:
    """Compose a text with ruamel.yaml, and stop where it holds too much: reading on is what takes long.

    Parameters
    ----------
    text : str
        YAML 1.2.

    Returns
    -------
    Node or None
        None where the text is empty.

    Raises
    ------
    TooMuchError
        For a text that holds too much.
    ruamel.yaml.error.YAMLError
        When the text is no YAML. ruamel.yaml also raises errors of other kinds on some malformed texts.
    """
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer, yaml.max_depth = _Bounded, DEEPEST
    try:
        root: Node | None = yaml.compose(text)
    except MaxDepthExceededError as error:
        raise TooMuchError(error.problem_mark.line + 1, error.problem_mark.column + 1, *TOO_DEEP) from None
    return root


class _Bounded(Composer):
    """Counts while it composes."""

    def __init__(self, loader: Any = None) -> None:  # noqa: ANN401 - ruamel.yaml's signature
        super().__init__(loader)
        self._nodes = self._anchors = 0

    def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401 - ruamel.yaml's signature
        """Compose one more node, if there may be one more."""
        event = self.parser.peek_event()
        self._nodes += 1
        self._anchors += isinstance(event, AliasEvent) or event.anchor is not None
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if self._nodes > MOST_NODES:
            raise TooMuchError(line, column, *TOO_MANY)
        if self._anchors > MOST_ANCHORS:
            raise TooMuchError(line, column, *_TOO_MANY_ANCHORS)
        return super().compose_node(parent, index)
