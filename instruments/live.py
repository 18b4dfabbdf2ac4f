"""Conditions as lists of words and numbers, for a browser to judge by the same rules; judges nothing itself.

A tree is true, false or a list: `["and", tree …]`, `["or", tree …]`, `["not", tree]`, `[sign, operand, operand]`,
`["answered", operand]`, `["one of", field, [place …]]`. An operand is a number, a string, null for a missing answer,
`["list", code …]` for a multiple answer, or `["of", field]` for what stands in a field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from instruments.logic import Answer, Comparison, Condition, Every, Expression, Not, Operand, Some, Truth, Variable
from instruments.screens import Asked

Tree = bool | float | str | list["Tree"] | None
_Leaf = Comparison | Truth


@dataclass(frozen=True)
class Field:
    """Where the answer to a question stands on the page.

    Parameters
    ----------
    name : str
        Name of the field.
    asked : Asked
        The question.
    """

    name: str
    asked: Asked


def as_tree(expression: Expression) -> Tree:
    """Write an expression as a tree whose fields are its names.

    Parameters
    ----------
    expression : Expression
        A parsed condition.

    Returns
    -------
    Tree
        The tree.
    """
    return _tree(expression.condition, lambda leaf: _plain(leaf, lambda name: ["of", name]))


def tree_on_page(expression: Expression, fields: Mapping[str, Field], known: Mapping[str, Answer]) -> Tree:
    """Write an expression as a tree over the fields of one page, with everything else filled in.

    What one question with choices decides is told by the places of its choices, so that no code is given away.

    Parameters
    ----------
    expression : Expression
        A parsed condition.
    fields : mapping of str to Field
        The fields of the names that are asked for on the page.
    known : mapping of str to Answer
        The answers that other names stand for.

    Returns
    -------
    Tree
        The tree.
    """
    return _tree(expression.condition, lambda leaf: _leaf_on_page(leaf, fields, known))


def _tree(condition: Condition, leaf: Callable[[_Leaf], Tree]) -> Tree:
    match condition:
        case Not():
            return ["not", _tree(condition.operand, leaf)]
        case Every() | Some():
            word = "and" if isinstance(condition, Every) else "or"
            return [word, *(_tree(part, leaf) for part in condition.parts)]
        case Comparison() | Truth():
            return leaf(condition)


def _plain(leaf: _Leaf, resolve: Callable[[str], Tree]) -> Tree:
    def operand(side: Operand) -> Tree:
        return resolve(side.name) if isinstance(side, Variable) else side.value

    if isinstance(leaf, Truth):
        return ["answered", operand(leaf.variable)]
    return [leaf.sign, operand(leaf.left), operand(leaf.right)]


def _leaf_on_page(leaf: _Leaf, fields: Mapping[str, Field], known: Mapping[str, Answer]) -> Tree:
    names = Expression("", leaf).names
    here = sorted(name for name in names if name in fields and name not in known)
    chosen = next((name for name in here if fields[name].asked.choices), None)
    if not here:
        return Expression("", leaf).evaluate(known)
    if chosen is None:
        return _plain(leaf, lambda name: ["of", fields[name].name] if name in here else _constant(known.get(name)))
    # Without an answer to the question the leaf is false; with one it is what the other questions make of it.
    held = [(place, _leaf_on_page(leaf, fields, {**known, chosen: code})) for place, code in _codes(fields[chosen])]
    where = ["one of", fields[chosen].name]
    always: list[Tree] = [place for place, rest in held if rest is True]
    parts: list[Tree] = [["and", [*where, place], rest] for place, rest in held if not isinstance(rest, bool)]
    return ["or", [*where, *always], *parts] if parts else [*where, *always]


def _codes(field: Field) -> Iterator[tuple[int, Answer]]:
    """What an answer is with each choice, by its place; a multiple answer is true of one choice or of none."""
    several = field.asked.type == "select_multiple"
    for place, choice in enumerate(field.asked.choices, start=1):
        yield place, (choice.code,) if several and not choice.missing else choice.code


def _constant(value: Answer | None) -> Tree:
    return ["list", *value] if isinstance(value, tuple) else value
