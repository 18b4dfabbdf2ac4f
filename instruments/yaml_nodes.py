"""Composes YAML text into nodes with their marks: with libyaml where the text is plain, else with ruamel.yaml.

ruamel.yaml decides what is YAML 1.2 and says what is wrong; it is slow, since it reads sign by sign in Python. libyaml
is asked first, and believed where both read alike: no tags, anchors, directives, second documents or rare line ends.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache

from ruamel.yaml.error import StringMark
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.resolver import implicit_resolvers
from ruamel.yaml.util import LazyEval
from yaml import YAMLError, events
from yaml.cyaml import CParser

from instruments.yaml_bounds import DEEPEST, composed_within_bounds

_VERSION = (1, 2)
_WORD, _LIST, _MAPPING = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))
# Line ends of YAML 1.1 alone, and marks of a byte order; libyaml counts lines by them.
_READ_DIFFERENTLY = re.compile("[\x85\u2028\u2029\ufeff]|^%|\t", re.MULTILINE)


class _NotPlainError(Exception):
    """The text holds what libyaml is not asked about."""


@lru_cache(maxsize=64)
def composed(text: str) -> Node | None:
    """Compose a text; kept, since that takes most of the time of a check and a check reads a file several times.

    Parameters
    ----------
    text : str
        YAML 1.2.

    Returns
    -------
    Node or None
        The nodes with the lines and columns where they start; None where the text is empty.

    Raises
    ------
    TooMuchError
        For a text that holds too much.
    ruamel.yaml.error.YAMLError
        When the text is no YAML. ruamel.yaml also raises errors of other kinds on some malformed texts.
    """
    if not _READ_DIFFERENTLY.search(text):
        try:
            return _Composer(text).document()
        except (_NotPlainError, YAMLError):
            pass
    return composed_within_bounds(text)


class _Composer:
    """Puts the events of libyaml together."""

    def __init__(self, text: str) -> None:
        self._parser = CParser(text)

    def document(self) -> Node | None:
        """The nodes of the one document."""
        parser = self._parser
        parser.get_event()
        if not isinstance(parser.get_event(), events.DocumentStartEvent):
            return None
        root = self._node(parser.get_event(), 0)
        parser.get_event()
        if not isinstance(parser.get_event(), events.StreamEndEvent):
            raise _NotPlainError
        return root

    def _node(self, event: events.Event, depth: int) -> Node:
        if isinstance(event, events.AliasEvent) or event.anchor or event.tag or depth > DEEPEST:
            raise _NotPlainError
        mark = StringMark(None, event.start_mark.index, event.start_mark.line, event.start_mark.column, None, None)
        if isinstance(event, events.ScalarEvent):
            tag = _tag(event.value) if event.implicit[0] else _WORD
            return ScalarNode(tag, event.value, mark)
        if isinstance(event, events.SequenceStartEvent):
            return SequenceNode(_LIST, self._children(depth), mark)
        children = self._children(depth)
        return MappingNode(_MAPPING, list(zip(children[::2], children[1::2], strict=True)), mark)

    def _children(self, depth: int) -> list[Node]:
        found = []
        while not isinstance(event := self._parser.get_event(), events.CollectionEndEvent):
            found.append(self._node(event, depth + 1))
        return found


@lru_cache(maxsize=1)
def _resolvers() -> dict[str, list[tuple[str, LazyEval]]]:
    """What YAML 1.2 takes a plain word for, by its first sign."""
    found: dict[str, list[tuple[str, LazyEval]]] = defaultdict(list)
    for versions, tag, pattern, firsts in implicit_resolvers:
        if _VERSION in versions:
            for first in firsts:
                found[first].append((tag, pattern))
    return found


def _tag(word: str) -> str:
    first = word[:1]
    return next((tag for tag, pattern in _resolvers().get(first, ()) if pattern.match(word)), _WORD)
