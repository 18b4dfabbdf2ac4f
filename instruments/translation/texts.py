"""The texts of a questionnaire, module, study or catalogue file: found by place, and put back; judges none of them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from instruments.model import Language
from instruments.yaml_file import FileError, Problem, YamlFile, parse_yaml, read_yaml

LANGUAGES: tuple[str, ...] = get_args(Language)
PLACEHOLDER = re.compile(r"\$\{[^{}]*\}")
_NAMING = ("name", "key", "page", "code", "loop")
_BLOCK_STYLES = (">", "|")
_LINE = 120


class TranslationError(FileError):
    """Texts that cannot be read or put back, with all their problems."""


@dataclass(frozen=True)
class Text:
    """One text in all its languages.

    Parameters
    ----------
    place : str
        Where it stands, by names: ``scales.warm.items[warm1].label``. It stays when other parts are moved about it.
    line : int
        Line of the file.
    texts : dict of str to str
        By language.
    """

    place: str
    line: int
    texts: dict[str, str]
    node: MappingNode = field(repr=False, compare=False)


@dataclass(frozen=True)
class TextFile:
    """A file and its texts.

    Parameters
    ----------
    name : str
        Path of the file.
    content : str
        The file word for word.
    languages : tuple of str
        Languages that the file says it speaks.
    source : str
        The language that others are translated from: the first.
    texts : tuple of Text
        In the order of the file.
    """

    name: str
    content: str = field(repr=False)
    languages: tuple[str, ...]
    source: str
    texts: tuple[Text, ...]


def texts_of(path: Path) -> TextFile:
    """Read the texts of a file.

    Parameters
    ----------
    path : Path
        A questionnaire, module, study, catalogue or playbook. Texts of included modules stand in the modules' files.

    Returns
    -------
    TextFile
        Every mapping of languages to texts, with its place.

    Raises
    ------
    TranslationError
        For a file that is no YAML, names no languages, or holds two texts at one place.
    """
    return _texts_in(read_yaml(path))


def texts_in(content: str, name: str) -> TextFile:
    """Read the texts of what a file holds.

    Parameters
    ----------
    content, name : str
        YAML, and what problems call it.

    Returns
    -------
    TextFile
        As `texts_of` gives.

    Raises
    ------
    TranslationError
        As `texts_of` does.
    """
    return _texts_in(parse_yaml(content, name))


def _texts_in(file: YamlFile) -> TextFile:
    if file.data is None or file.problems:
        raise TranslationError(file.problems)
    spoken = file.data.get("languages") if isinstance(file.data, dict) else None
    languages = tuple(word for word in spoken if word in LANGUAGES) if isinstance(spoken, list) else ()
    if not languages:
        raise TranslationError((file.problem((), "the file names no languages", "add `languages: [en]`"),))
    root = YAML(typ="safe", pure=True).compose(file.text)
    texts = tuple(_found(root, "", set()))
    places = [text.place for text in texts]
    if twice := [text for text in texts if places.count(text.place) > 1]:
        problems = [Problem(file.name, text.line, 1, text.place, "two texts stand at one place") for text in twice]
        raise TranslationError(tuple(problems))
    return TextFile(file.name, file.text, languages, languages[0], texts)


def _found(node: Node, place: str, seen: set[int]) -> Iterator[Text]:
    """Texts below a node; what an alias repeats is told once."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, MappingNode):
        if _is_text(node):
            said = {key.value: value.value for key, value in node.value}
            yield Text(place, node.start_mark.line + 1, said, node)
            return
        for key, value in node.value:
            yield from _found(value, f"{place}.{key.value}".removeprefix("."), seen)
    elif isinstance(node, SequenceNode):
        names = [_named(element, at) for at, element in enumerate(node.value)]
        for at, element in enumerate(node.value):
            name = names[at] if names.count(names[at]) == 1 else str(at)
            yield from _found(element, f"{place}[{name}]", seen)


def _is_text(node: MappingNode) -> bool:
    """Whether all keys are languages and all values words."""
    return bool(node.value) and all(
        isinstance(key, ScalarNode) and key.value in LANGUAGES and isinstance(value, ScalarNode)
        for key, value in node.value
    )


def _named(element: Node, at: int) -> str:
    """What an element of a list is called; its position where it has no name."""
    if isinstance(element, MappingNode):
        values = {key.value: value for key, value in element.value}
        for key in _NAMING:
            if isinstance(values.get(key), ScalarNode):
                return str(values[key].value)
    return str(at)


def named(elements: object) -> list[str]:
    """Say what the elements of a list are called in places.

    Parameters
    ----------
    elements : object
        A list of a file as plain data; anything else has no elements.

    Returns
    -------
    list of str
        A name for each; its position where it has none, or shares it.
    """
    names = []
    for at, element in enumerate(elements if isinstance(elements, list) else ()):
        values = [element[key] for key in _NAMING if key in element] if isinstance(element, dict) else []
        names.append(next((str(value) for value in values if not isinstance(value, (dict, list))), str(at)))
    return [name if names.count(name) == 1 else str(at) for at, name in enumerate(names)]


def digest(text: str) -> str:
    """Tell one wording from another.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Twelve hexadecimal digits; white space at the ends and line breaks do not count.
    """
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:12]


def placeholder_faults(source: str, target: str) -> list[str]:
    """Say what is wrong with the placeholders of a translation.

    Parameters
    ----------
    source, target : str
        The text and its translation.

    Returns
    -------
    list of str
        A sentence for each placeholder that is missing, unknown or damaged.
    """
    wanted, found = set(PLACEHOLDER.findall(source)), set(PLACEHOLDER.findall(target))
    faults = [f"the placeholder {one} is missing" for one in sorted(wanted - found)]
    faults += [f"there is no placeholder {one} in the source" for one in sorted(found - wanted)]
    rest_of_source, rest = PLACEHOLDER.sub("", source), PLACEHOLDER.sub("", target)
    if any(sign in rest and sign not in rest_of_source for sign in ("{", "}", "$")):
        faults.append(
            f"a placeholder is damaged; it is written exactly as {' '.join(sorted(wanted)) or 'in the source'}"
        )
    return faults


def with_texts(file: TextFile, language: str, changes: Mapping[str, str]) -> str:
    """Put texts into a file; comments, order and everything else stay letter for letter.

    Parameters
    ----------
    file : TextFile
        The file as it was read.
    language : str
        The language of the texts.
    changes : mapping of str to str
        New texts by place; those that are the same already change nothing.

    Returns
    -------
    str
        The new content of the file.

    Raises
    ------
    TranslationError
        For a place that the file does not have.
    """
    known = {text.place: text for text in file.texts}
    if unknown := [place for place in changes if place not in known]:
        problems = [Problem(file.name, 1, 1, place, "there is no such text", "export again") for place in unknown]
        raise TranslationError(tuple(problems))
    edits = [
        _edit(file.content, known[place].node, language, text)
        for place, text in changes.items()
        if known[place].texts.get(language) != text
    ]
    if not edits:
        return file.content
    content = file.content
    for start, end, text in sorted(edits, reverse=True):
        content = content[:start] + text + content[end:]
    _require_only(file, content, language, changes)
    return content


def _edit(content: str, node: MappingNode, language: str, text: str) -> tuple[int, int, str]:
    """What to put where: in place of the text that is there, else after the last language."""
    quoted = json.dumps(text, ensure_ascii=False)
    for key, value in node.value:
        if key.value == language:
            start, end = _span(content, value, key)
            return start, end, quoted + ("\n" if value.style in _BLOCK_STYLES else "")
    key, value = node.value[-1]
    _, end = _span(content, value, key)
    indent = " " * node.value[0][0].start_mark.column
    if node.flow_style:
        begins = content.rfind("\n", 0, end) + 1
        together = f", {language}: {quoted}"
        apart = f",\n{indent}{language}: {quoted}"
        return end, end, together if end - begins + len(together) < _LINE else apart
    if value.style in _BLOCK_STYLES:
        return end, end, f"{indent}{language}: {quoted}\n"
    line_end = content.find("\n", end)
    at = len(content) if line_end < 0 else line_end
    return at, at, f"\n{indent}{language}: {quoted}"


def _span(content: str, value: ScalarNode, key: ScalarNode) -> tuple[int, int]:
    """Where a value stands; a block ends before the first line that is not indented under its key."""
    start = value.start_mark.index
    if value.style not in _BLOCK_STYLES:
        return start, value.end_mark.index
    end = content.find("\n", start) + 1
    while 0 < end < len(content):
        line_end = content.find("\n", end) + 1 or len(content)
        line = content[end:line_end]
        if line.strip() and len(line) - len(line.lstrip(" ")) <= key.start_mark.column:
            break
        end = line_end
    lines = content[start:end].rstrip("\n")
    return start, start + len(lines) + 1


def _require_only(file: TextFile, content: str, language: str, changes: Mapping[str, str]) -> None:
    """Make sure that the texts are there and nothing else has changed."""
    expected = [
        {**text.texts, **({language: changes[text.place]} if text.place in changes else {})} for text in file.texts
    ]
    found: Sequence[dict[str, str]] = [text.texts for text in texts_in(content, file.name).texts]
    if found != expected:
        at = next((t for t, new, old in zip(file.texts, found, expected, strict=False) if new != old), file.texts[0])
        message = "the text cannot be put here without changing others"
        raise TranslationError((Problem(file.name, at.line, 1, at.place, message, "write it in by hand"),))
