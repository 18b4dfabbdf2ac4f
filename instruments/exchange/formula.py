"""Formulas of other programs (XPath, LimeSurvey's expressions) read into our conditions; runs none of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from instruments.logic import Comparison, Condition, Constant, Every, LogicError, Not, Some, Truth, Variable
from instruments.logic import parse as parse_ours
from instruments.measures import MISSING_CODES

Dialect = Literal["xpath", "limesurvey"]
ALWAYS, NEVER = Every(()), Some(())
"""Conditions that hold for everybody, and for nobody."""

_LONGEST, _DEEPEST, _MOST_TOKENS = 10_000, 40, 2_000
_DASHES: dict[Dialect, str] = {"xpath": "-", "limesurvey": ""}
_NUMBERED: dict[Dialect, str] = {"xpath": "(?!)", "limesurvey": r"[0-9]+X[0-9]+X[0-9]+\w*(?:\.\w+)?"}
"""Words of survey, group and question numbers."""
_TOKENS: dict[Dialect, re.Pattern[str]] = {
    dialect: re.compile(
        r"(?P<space>\s+)|\$\{\s*(?P<reference>[^{}]+?)\s*\}"
        rf"|(?P<numbered>{_NUMBERED[dialect]})|(?P<number>\d+(?:\.\d+)?|\.\d+)"
        r"|(?P<string>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
        rf"|(?P<word>[^\W\d][\w.:{dash}]*)|(?P<sign>\.\.|<=|>=|!=|==|&&|\|\||[-=<>!(),+*/.\[\]%])"
    )
    for dialect, dash in _DASHES.items()
}
_SAME: Mapping[str, str] = {
    "=": "==",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "&&": "and",
    "||": "or",
}
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_LEVELS = (("or",), ("and",), _COMPARISONS, ("+", "-"), ("*", "/", "div", "mod", "%"))
_TRANSPARENT = (
    "number",
    "int",
    "string",
    "trim",
    "intval",
    "floatval",
    "strval",
    "round",
    "coalesce",
    "boolean",
    "once",
)
"""Functions that change nothing in an answer that our conditions could tell."""
_EMPTY = ("is_empty", "empty")


class UntranslatableError(ValueError):
    """A formula that our expression language cannot say; the message says what it cannot."""


@dataclass(frozen=True)
class Word:
    """A name: `${x}` in XPath, or a bare word."""

    text: str
    reference: bool = False


@dataclass(frozen=True)
class Literally:
    """A number or string written in the formula."""

    value: float | str


@dataclass(frozen=True)
class Call:
    """A function and what it is given."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Binary:
    """A sign and its two sides."""

    sign: str
    left: Node
    right: Node


Node = Word | Literally | Call | Binary


@dataclass(frozen=True)
class Part:
    """One choice of a multiple answer, which other programs keep as a variable of its own."""

    item: str
    code: str


Meaning = Variable | Part | Constant | Condition
"""What a name stands for: an answer, one choice of a multiple answer, or what a calculation says."""


def read_formula(text: str, dialect: Dialect) -> Node:
    """Read a formula's structure.

    Parameters
    ----------
    text : str
        At most 10,000 characters.
    dialect : str
        ``xpath`` as XLSForm writes it, or ``limesurvey``.

    Returns
    -------
    Node

    Raises
    ------
    UntranslatableError
        When it cannot be read.
    """
    if len(text) > _LONGEST:
        raise UntranslatableError("the formula is too long")
    return _Reader(text, dialect).whole()


def to_condition(node: Node, meaning: Callable[[Word], Meaning]) -> Condition:
    """Say a formula in our expression language.

    Parameters
    ----------
    node : Node
        A formula that is true or false.
    meaning : callable
        What a name of the formula stands for; raises `UntranslatableError` where it is unknown.

    Returns
    -------
    Condition
        With the names that `meaning` gave; ``x != ''`` asks whether there is an answer.

    Raises
    ------
    UntranslatableError
        When it cannot be said.
    """
    return simplified(_Lowering(meaning).condition(node))


def simplified(condition: Condition) -> Condition:
    """Leave out what our comparisons ask anyway: whether there is an answer.

    Parameters
    ----------
    condition : Condition

    Returns
    -------
    Condition
        Of the same truth for all answers.
    """
    match condition:
        case Not(operand=inner):
            inner = simplified(inner)
            return NEVER if inner == ALWAYS else ALWAYS if inner == NEVER else Not(inner)
        case Every(parts=parts):
            kept = [part for part in map(simplified, parts) if part != ALWAYS]
            kept = [_answered_otherwise(part, kept) for part in kept]
            kept = [part for part in kept if not _said_anyway(part, kept)]
            return NEVER if NEVER in kept else kept[0] if len(kept) == 1 else Every(tuple(kept))
        case Some(parts=parts):
            kept = [part for part in map(simplified, parts) if part != NEVER]
            return ALWAYS if ALWAYS in kept else kept[0] if len(kept) == 1 else Some(tuple(kept))
    return condition


def written(condition: Condition) -> str:
    """Write a condition in our expression language.

    Parameters
    ----------
    condition : Condition

    Returns
    -------
    str
        Text that `instruments.logic.parse` reads as the same condition.

    Raises
    ------
    UntranslatableError
        When a text in it holds both kinds of quotation marks, a number too many digits, or it becomes too long.
    """
    text = _written(condition, 0)
    try:
        parse_ours(text)
    except LogicError as error:
        raise UntranslatableError(f"it cannot be written as a condition here ({error.message})") from None
    return text


def compared(sign: str, variable: Variable, value: float | str) -> Condition:
    """Compare an answer as other programs do, where "not equal" holds without an answer as well.

    Parameters
    ----------
    sign : str
    variable : Variable
    value : float or str

    Returns
    -------
    Condition
    """
    if sign == "!=":
        return Not(Comparison("==", variable, Constant(value)))
    return Comparison(sign, variable, Constant(value))


def is_answered(name: str) -> Comparison:
    """Ask whether there is an answer.

    Parameters
    ----------
    name : str

    Returns
    -------
    Comparison
    """
    return Comparison("!=", Variable(name, 0), Constant(""))


def _written(condition: Condition, inside: int) -> str:
    """`inside` is how tightly the surroundings bind: 0 nothing, 1 or, 2 and, 3 not."""
    match condition:
        case Comparison(sign=sign, left=left, right=right):
            return f"{_operand(left)} {sign} {_operand(right)}"
        case Truth(variable=variable):
            return variable.name
        case Not(operand=operand):
            return f"not {_written(operand, 3)}"
        case Every(parts=parts):
            level, joined = 2, " and ".join(_written(part, 2) for part in parts)
        case Some(parts=parts):
            level, joined = 1, " or ".join(_written(part, 1) for part in parts)
    return f"({joined})" if inside >= level else joined


def _operand(operand: Variable | Constant) -> str:
    if isinstance(operand, Variable):
        return operand.name
    if isinstance(operand.value, str):
        mark = "'" if "'" not in operand.value else '"'
        return f"{mark}{operand.value}{mark}"
    return str(int(operand.value)) if float(operand.value).is_integer() else repr(operand.value)


def _variable_names(condition: Condition) -> Iterator[str]:
    if isinstance(condition, Truth):
        yield condition.variable.name
    if isinstance(condition, Comparison):
        yield from (side.name for side in (condition.left, condition.right) if isinstance(side, Variable))


def _asks_for_answer(condition: Condition) -> bool:
    """Whether it only asks if there is an answer at all."""
    if not isinstance(condition, Comparison) or condition.sign != "!=":
        return False
    values = [side.value for side in (condition.left, condition.right) if isinstance(side, Constant)]
    return any(value in ("", *MISSING_CODES, *map(str, MISSING_CODES)) for value in values)


def _answered_otherwise(part: Condition, parts: list[Condition]) -> Condition:
    """`x != 1` where `not x == 1` stands beside a question whether x has an answer."""
    if not isinstance(part, Not) or not isinstance(part.operand, Comparison) or part.operand.sign != "==":
        return part
    names = set(_variable_names(part.operand))
    asked = any(_asks_for_answer(other) and set(_variable_names(other)) == names for other in parts)
    return Comparison("!=", part.operand.left, part.operand.right) if asked else part


def _said_anyway(part: Condition, parts: list[Condition]) -> bool:
    """Whether another part of the same `and` is false without an answer, too."""
    names = set(_variable_names(part))
    others = [other for other in parts if other is not part and names & set(_variable_names(other))]
    if _asks_for_answer(part):
        first = next(other for other in parts if _asks_for_answer(other) and set(_variable_names(other)) == names)
        return any(not _asks_for_answer(other) for other in others) or part is not first
    told = part.operand if isinstance(part, Not) else part
    if (
        not isinstance(told, Comparison)
        or told.right != Constant(0)
        or told.sign != ("==" if told is not part else "!=")
    ):
        return False
    return any(isinstance(other, Truth) and other.variable == told.left for other in parts)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


class _Reader:
    """Recursive descent over five levels of signs."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self.tokens = [*_tokenised(text, dialect), _Token("end", "")]
        self.at = 0
        self.depth = 0
        if len(self.tokens) > _MOST_TOKENS:
            raise UntranslatableError("the formula is too long")

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self, *texts: str) -> str:
        token = self.next
        text = _SAME.get(token.text.lower(), token.text.lower())
        if token.kind in ("sign", "word") and text in texts:
            self.at += 1
            return text
        return ""

    def whole(self) -> Node:
        node = self.level(0)
        if self.next.kind != "end":
            raise UntranslatableError(f"'{self.next.text}' was not expected there")
        return node

    def level(self, height: int) -> Node:
        if height == len(_LEVELS):
            return self.negated()
        node = self.level(height + 1)
        while sign := self.take(*_LEVELS[height]):
            node = Binary(sign, node, self.level(height + 1))
        return node

    def negated(self) -> Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise UntranslatableError("the formula is nested too deeply")
        if self.take("!"):
            node: Node = Call("not", (self.negated(),))
        elif self.take("-"):
            node = _negative(self.negated())
        else:
            node = self.simple()
        self.depth -= 1
        return node

    def simple(self) -> Node:
        token = self.next
        if self.take("("):
            node = self.level(0)
            self.expect(")")
            return node
        if token.kind not in ("reference", "number", "string", "word") and token.text not in (".", ".."):
            raise UntranslatableError(f"'{token.text}' was not expected there" if token.text else "it ends too early")
        self.at += 1
        if token.kind == "word" and self.take("("):
            return Call(token.text.lower(), self.arguments())
        if self.next.text in ("/", "[") or token.text == "..":
            raise UntranslatableError("it asks for a place in the form by its path")
        if token.kind in ("number", "string"):
            return Literally(float(token.text) if token.kind == "number" else _unquoted(token.text))
        return Word(token.text, reference=token.kind == "reference")

    def arguments(self) -> tuple[Node, ...]:
        if self.take(")"):
            return ()
        if self.next.text == ".." and self.tokens[self.at + 1].text == ")":
            self.at += 2
            return (Word(".."),)
        found = [self.level(0)]
        while self.take(","):
            found.append(self.level(0))
        self.expect(")")
        return tuple(found)

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise UntranslatableError(f"a '{text}' is missing")


def _tokenised(text: str, dialect: Dialect) -> Iterator[_Token]:
    position = 0
    while position < len(text):
        found = _TOKENS[dialect].match(text, position)
        if found is None:
            raise UntranslatableError(f"'{text[position]}' has no meaning here")
        kind = "word" if found.lastgroup == "numbered" else str(found.lastgroup)
        if kind != "space":
            yield _Token(kind, found[str(found.lastgroup)])
        position = found.end()


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _negative(node: Node) -> Node:
    if isinstance(node, Literally) and not isinstance(node.value, str):
        return Literally(-node.value)
    return Binary("-", Literally(0), node)


class _Lowering:
    """Says nodes as conditions; one method for each kind of node."""

    def __init__(self, meaning: Callable[[Word], Meaning]) -> None:
        self.meaning = meaning

    def condition(self, node: Node) -> Condition:
        if isinstance(node, Binary):
            return self.binary(node)
        if isinstance(node, Call):
            return self.call(node)
        if isinstance(node, Literally):
            return ALWAYS if node.value not in (0, "", "0") else NEVER
        return self.meant(self.meaning(node))

    def meant(self, found: Meaning) -> Condition:
        if isinstance(found, Variable):
            return Truth(found)
        if isinstance(found, Part):
            return _holds(found)
        return self.condition(Literally(found.value)) if isinstance(found, Constant) else found

    def binary(self, node: Binary) -> Condition:
        if node.sign in ("and", "or"):
            parts = [self.condition(part) for part in _chain(node, node.sign)]
            return Every(tuple(parts)) if node.sign == "and" else Some(tuple(parts))
        if node.sign in _COMPARISONS:
            return self.comparison(node)
        raise UntranslatableError(f"it calculates with '{node.sign}'")

    def call(self, node: Call) -> Condition:
        arguments = node.arguments
        if node.name in ("true", "false"):
            return ALWAYS if node.name == "true" else NEVER
        if node.name == "not" and len(arguments) == 1:
            return self.negation(arguments[0])
        if node.name in ("selected", *_EMPTY) and arguments:
            return self.selected(arguments) if node.name == "selected" else Not(self.answered(arguments[0]))
        if node.name in ("if", "iif") and len(arguments) == 3:  # noqa: PLR2004 - condition, then, else
            return self.either(arguments[0], arguments[1], arguments[2])
        if node.name in _TRANSPARENT and arguments:
            return self.condition(arguments[0])
        if node.name in ("count-selected", "string-length", "strlen") and len(arguments) == 1:
            return self.answered(arguments[0])
        raise UntranslatableError(f"it uses the function {node.name}()")

    def negation(self, node: Node) -> Condition:
        if isinstance(node, Call) and node.name in _EMPTY and node.arguments:
            return self.answered(node.arguments[0])
        return Not(self.condition(node))

    def either(self, test: Node, then: Node, otherwise: Node) -> Condition:
        held = self.condition(test)
        yes, no = self.condition(then), self.condition(otherwise)
        if (yes, no) == (ALWAYS, NEVER):
            return held
        return Some((Every((held, yes)), Every((Not(held), no))))

    def selected(self, arguments: tuple[Node, ...]) -> Condition:
        if len(arguments) != 2:  # noqa: PLR2004 - an answer and a code
            raise UntranslatableError("selected() needs an answer and a code")
        return Comparison("in", self.operand(arguments[1]), self.operand(arguments[0]))

    def answered(self, node: Node) -> Condition:
        found = self.meaning(node) if isinstance(node, Word) else self.operand(node)
        if isinstance(found, Part):
            return _holds(found)
        if isinstance(found, Variable):
            return is_answered(found.name)
        raise UntranslatableError("it asks whether something else than an answer is empty")

    def comparison(self, node: Binary) -> Condition:
        for side, other, sign in (
            (node.left, node.right, node.sign),
            (node.right, node.left, _TURNED.get(node.sign, node.sign)),
        ):
            if isinstance(side, Call) and side.name in ("count-selected", "string-length", "strlen", "count"):
                return self.counted(side, sign, other)
            special = self.special(side, sign, other)
            if special is not None:
                return special
        left, right = self.operand(node.left), self.operand(node.right)
        if isinstance(left, Constant) and isinstance(right, Constant):
            raise UntranslatableError("it compares two fixed values")
        if right == Constant("") and node.sign == "==":
            return Not(Comparison("!=", left, right))
        told = Comparison(node.sign, left, right)
        if isinstance(left, Variable) and isinstance(right, Constant) and not _asks_for_answer(told):
            return compared(node.sign, left, right.value)
        return told

    def counted(self, call: Call, sign: str, other: Node) -> Condition:
        """Whether anything at all was picked or written is all that can be said of a count."""
        number = other.value if isinstance(other, Literally) else None
        if not call.arguments:
            raise UntranslatableError(f"it counts with {call.name}()")
        some = self.answered(call.arguments[0])
        if call.name != "count" and isinstance(some, Comparison) and isinstance(some.left, Variable):
            some = Truth(some.left)
        if (sign, number) in ((">", 0), (">=", 1), ("!=", 0)):
            return some
        if (sign, number) in (("==", 0), ("<", 1), ("<=", 0)):
            return Not(some)
        raise UntranslatableError(f"it counts with {call.name}()")

    def special(self, side: Node, sign: str, other: Node) -> Condition | None:
        """Comparisons of something that is itself true or false, or one choice of a multiple answer."""
        if sign not in ("==", "!="):
            return None
        found: Meaning | None = self.meaning(side) if isinstance(side, Word) else None
        if isinstance(side, Call) and side.name in ("selected", "not", "if", "iif", "true", "false", "is_empty"):
            found = self.condition(side)
        if found is None or isinstance(found, (Variable, Constant)):
            return None
        held = _holds(found) if isinstance(found, Part) else found
        value = self.condition(other) if isinstance(other, Call) else self.operand(other)
        yes = value in (ALWAYS, Constant("Y"), Constant("1"), Constant(1), Constant("yes"), Constant("true"))
        no = value in (
            NEVER,
            Constant(""),
            Constant("0"),
            Constant(0),
            Constant("N"),
            Constant("no"),
            Constant("false"),
        )
        if not (yes or no):
            raise UntranslatableError("it compares something that is only true or false")
        return held if yes == (sign == "==") else Not(held)

    def operand(self, node: Node) -> Variable | Constant:
        if isinstance(node, Literally):
            value = node.value
            return Constant(int(value) if isinstance(value, float) and value.is_integer() else value)
        if isinstance(node, Word):
            found = self.meaning(node)
            if isinstance(found, (Variable, Constant)):
                return found
            raise UntranslatableError(f"it uses '{node.text}' as a value")
        if isinstance(node, Call) and node.name in _TRANSPARENT and node.arguments:
            return self.operand(node.arguments[0])
        if isinstance(node, Call) and node.name == "date" and len(node.arguments) == 1:
            return self.operand(node.arguments[0])
        what = f"the function {node.name}()" if isinstance(node, Call) else f"a calculation with '{node.sign}'"
        raise UntranslatableError(f"it compares {what}")


def _holds(part: Part) -> Condition:
    return Comparison("in", Constant(part.code), Variable(part.item, 0))


def _chain(node: Node, sign: str) -> Iterator[Node]:
    """The parts of `a and b and c`, which is read as `(a and b) and c`."""
    if isinstance(node, Binary) and node.sign == sign:
        yield from _chain(node.left, sign)
        yield node.right
    else:
        yield node
