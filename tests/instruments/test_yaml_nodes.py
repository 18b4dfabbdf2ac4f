"""libyaml is believed only where it reads what ruamel.yaml reads: the same words, kinds and places."""

from pathlib import Path

import numpy as np
import pytest

from instruments import loader
from instruments.yaml_bounds import composed_within_bounds
from instruments.yaml_file import parse_yaml
from instruments.yaml_nodes import composed
from tests.instruments.conftest import SMALL
from tests.instruments.test_broken_files import MAPPED, TEA, smudged

SHIPPED = sorted(Path(loader.__file__).parent.rglob("*.yaml"))
EMPTY = "tag:yaml.org,2002:null"


def told(node):
    """A node as plain values; where nothing stands after a colon, the two put the mark before or after the blank."""
    if node is None or isinstance(node.value, str):
        return node and (
            str(node.tag),
            node.value,
            str(node.tag) == EMPTY or (node.start_mark.line, node.start_mark.column),
        )
    inner = [tuple(map(told, each)) if isinstance(each, tuple) else told(each) for each in node.value]
    return str(node.tag), inner, (node.start_mark.line, node.start_mark.column)


def both(text, monkeypatch):
    """What a text is read as, with libyaml and without."""
    quick = parse_yaml(text, "x")
    with monkeypatch.context() as slow:
        slow.setattr("instruments.yaml_file.composed", composed_within_bounds)
        return quick, parse_yaml(text, "x")


@pytest.mark.parametrize("path", SHIPPED[::6], ids=lambda path: path.stem)
def test_shipped_files_are_plain_and_read_alike(path):
    text = path.read_text(encoding="utf-8")
    assert told(composed(text)) == told(composed_within_bounds(text))


@pytest.mark.parametrize(
    "text",
    [
        "no: yes\noff: [on, ~, null, Null, 1_000, 0o17, 0x1F, 017, 1e3, .5, +.inf, .nan, 12:30, 2030-01-01, =]\n",
        "'1': \"2\"\nplain: true\nquoted: 'true'\n",
        "text: |\n  one\n   two\nfolded: >-\n  one\n  two\n\n  three\n",
        "? a\n: b\n- c\n",
        "a: 1\na: 2\n",
        "a: &x [1]\nb: *x\n",
        "%YAML 1.1\n---\nno: yes\n",
        "a: !!int '3'\n",
        "a: 1\n---\nb: 2\n",
        "a: [1, 2\nb: 3\n",
        "a:\tb\n",
        "a: one\u2028two\nb: 1\n",
        "a: {b:c, d:e}\n",
        'a: "\\/ \\x41 \\u4e2d"\n',
        "",
        "# nothing\n",
    ],
)
def test_what_is_not_plain_is_left_to_ruamel(text, monkeypatch):
    quick, slow = both(text, monkeypatch)
    assert (quick.data, quick.problems) == (slow.data, slow.problems)


def test_broken_texts_are_read_alike(monkeypatch):
    rng = np.random.default_rng(4)
    for number in range(60):
        lines = (SMALL, TEA, MAPPED)[number % 3].split("\n")
        start = int(rng.integers(max(1, len(lines) - 12)))
        text = smudged("\n".join(lines[start : start + 12]), rng)
        quick, slow = both(text, monkeypatch)
        assert (quick.data, quick.problems) == (slow.data, slow.problems), text


@pytest.mark.parametrize("text", ["[" * 200_000, "{a: " * 50_000, "- " * 100_000], ids=["lists", "mappings", "blocks"])
def test_what_is_nested_without_end_is_told(text):
    (problem,) = parse_yaml(text, "x").problems
    assert "nested too deeply" in problem.message
