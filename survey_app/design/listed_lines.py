"""Elements of lists in YAML text by their lines: found, taken out, added, put in another order; judges nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode


class FlowError(Exception):
    """A list that stands in brackets or under an alias, where no element has lines of its own; `key` is its name."""


@dataclass(frozen=True)
class Element:
    """An element of a list: its node, and its lines from `start` up to `end`, counted from 0."""

    node: Node
    start: int
    end: int


def entry(node: Node | None, key: str) -> Node | None:
    """Return what stands under a key of a mapping, None where there is nothing."""
    pairs = node.value if isinstance(node, MappingNode) else ()
    return next((value for name, value in pairs if name.value == key), None)


def words(node: Node | None) -> list[str]:
    """Return the words of a list of words, or the one word that stands there."""
    if isinstance(node, ScalarNode):
        return [str(node.value)]
    found = node.value if isinstance(node, SequenceNode) else ()
    return [str(word.value) for word in found if isinstance(word, ScalarNode)]


def elements(lines: Sequence[str], owner: Node | None, key: str) -> list[Element]:
    """Return the elements of a list below a key; raises FlowError where they have no lines of their own."""
    found = entry(owner, key)
    if not isinstance(found, SequenceNode):
        return []
    starts = [_dash(lines, node, key) for node in found.value]
    ends = [*starts[1:], len(lines)]
    return [
        Element(node, start, _end(lines, start, last))
        for node, start, last in zip(found.value, starts, ends, strict=True)
    ]


def _dash(lines: Sequence[str], node: Node, key: str) -> int:
    """The line in which an element begins."""
    at = int(node.start_mark.line)
    before = lines[at][: node.start_mark.column]
    while at > 0 and not before.strip():
        at -= 1
        before = lines[at].partition("#")[0]
    if before.strip() != "-":
        raise FlowError(key)
    return at


def _end(lines: Sequence[str], start: int, limit: int) -> int:
    """The line behind an element; remarks and empty lines behind it belong to what follows."""
    depth = indent(lines[start])
    end = start + 1
    for at in range(start + 1, limit):
        text = lines[at].strip()
        inside = indent(lines[at]) > depth
        if text and not text.startswith("#") and not inside:
            break
        end = at + 1 if text and inside else end
    return end


def indent(line: str) -> int:
    """Return how far a line is indented."""
    return len(line) - len(line.lstrip(" "))


def without(lines: Sequence[str], gone: Iterable[Element]) -> list[str]:
    """Return lines without those of some elements."""
    dropped = {at for element in gone for at in range(element.start, element.end)}
    return [line for at, line in enumerate(lines) if at not in dropped]


def with_added(lines: Sequence[str], after: Element, texts: Iterable[str]) -> list[str]:
    """Return lines with elements, written without indentation, behind another of the same list."""
    space = " " * indent(lines[after.start])
    added = [f"{space}{line}" for text in texts for line in text.split("\n")]
    return [*lines[: after.end], *added, *lines[after.end :]]


def in_order(lines: Sequence[str], there: Sequence[Element], wanted: Sequence[Element]) -> list[str]:
    """Return lines in which the places of some elements are taken by the same elements in another order.

    Remarks directly above an element go with it.
    """
    begins = {element.start: _with_remarks(lines, element) for element in there}
    result, at = [], 0
    for place, taken in zip(there, wanted, strict=True):
        result += [*lines[at : begins[place.start]], *lines[begins[taken.start] : taken.end]]
        at = place.end
    return [*result, *lines[at:]]


def _with_remarks(lines: Sequence[str], element: Element) -> int:
    start = element.start
    while start > 0 and lines[start - 1].strip().startswith("#") and indent(lines[start - 1]) == indent(lines[start]):
        start -= 1
    return start


def mapping_keys(root: Node | None) -> Iterator[tuple[str, int]]:
    """Yield the keys of a mapping with their lines."""
    for name, _ in root.value if isinstance(root, MappingNode) else ():
        yield str(name.value), int(name.start_mark.line)
