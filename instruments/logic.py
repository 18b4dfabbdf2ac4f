"""The one expression language of questionnaire files (relevance, screening, choice filters); runs no foreign code.

Grammar, loosest binding first::

    condition  = conjunction { "or" conjunction }
    conjunction = negation { "and" negation }
    negation   = "not" negation | "(" condition ")" | comparison
    comparison = operand ( "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" ) operand | name
    operand    = name | number | 'string'

Missing answers: an operand is missing when its variable has no answer or holds one of the negative
missing codes. A comparison with a missing operand is false, whatever the operator, `!=` included.
`and`, `or` and `not` then work on true and false alone, so `not age < 18` is TRUE for a person whose
age is missing while `age >= 18` is false. A name alone is true when it is answered with anything but 0
or an empty selection. Values of different kinds (a number and a word) are unequal and have no order.
Days are strings as '2026-03-31', whose order is that of time.
`x in y` asks whether the multiple answer `y` holds `x`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from instruments.measures import MISSING_CODES

Answer = int | float | str | tuple[int | str, ...]
"""What a variable holds: a number, a code or text, or the codes of a multiple answer."""

_LONGEST, _DEEPEST = 1000, 30
_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<number>-?\d{1,9}(?:\.\d{1,6})?(?![\w.]))|(?P<string>'[^']*'|\"[^\"]*\")|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>==|!=|<=|>=|<|>|\(|\))",
    re.ASCII,
)
_WORDS = ("and", "or", "not", "in")
_ORDERS: dict[str, Callable[[float | str, float | str], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_COMPARISONS = ("==", "!=", *_ORDERS, "in")


class LogicError(ValueError):
    """An expression that does not hold to the grammar; `position` counts characters from 0."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(message)
        self.position = position
        self.message = message


@dataclass(frozen=True)
class Variable:
    """A name that stands for an answer."""

    name: str
    position: int


@dataclass(frozen=True)
class Constant:
    """A number or a string written in the expression."""

    value: float | str


Operand = Variable | Constant


@dataclass(frozen=True)
class Comparison:
    """Two operands and the sign between them; false when either is missing."""

    sign: str
    left: Operand
    right: Operand


@dataclass(frozen=True)
class Truth:
    """A name alone: true when answered with anything but 0 or an empty selection."""

    variable: Variable


@dataclass(frozen=True)
class Not:
    """The opposite of its operand."""

    operand: Condition


@dataclass(frozen=True)
class Every:
    """True when all parts are (`and`)."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Some:
    """True when one part is (`or`)."""

    parts: tuple[Condition, ...]


Condition = Comparison | Truth | Not | Every | Some


@dataclass(frozen=True)
class Expression:
    """A parsed condition.

    Parameters
    ----------
    text : str
        The expression as written.
    condition : Condition
        Its syntax tree.
    """

    text: str
    condition: Condition

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables in the order they are written, each with its position."""
        return tuple(_variables(self.condition))

    @property
    def names(self) -> frozenset[str]:
        """The names that the expression asks for."""
        return frozenset(variable.name for variable in self.variables)

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Every comparison in the order written."""
        return tuple(_comparisons(self.condition))

    def evaluate(self, values: Mapping[str, Answer]) -> bool:
        """Judge the condition.

        Parameters
        ----------
        values : mapping of str to Answer
            Answers by name; a name that is absent is missing.

        Returns
        -------
        bool
            Whether the condition holds; the module says how missing answers count.
        """
        return _holds(self.condition, values)


def parse(text: str) -> Expression:
    """Read an expression.

    Parameters
    ----------
    text : str
        An expression of the grammar above, at most 1000 characters.

    Returns
    -------
    Expression
        The parsed condition.

    Raises
    ------
    LogicError
        When the text does not hold to the grammar; says where and what was expected.
    """
    if len(text) > _LONGEST:
        raise LogicError(_LONGEST, f"the expression is longer than {_LONGEST} characters")
    return Expression(text, _Parser(text).whole())


def is_missing(value: Answer | None) -> bool:
    """Tell whether an answer is absent or a missing code.

    Parameters
    ----------
    value : Answer or None
        An answer, or None where there is none.

    Returns
    -------
    bool
        True for None and for the codes of `instruments.measures.MISSING_CODES`.
    """
    return value is None or (isinstance(value, int | float) and value in MISSING_CODES)


def _holds(condition: Condition, values: Mapping[str, Answer]) -> bool:
    match condition:
        case Comparison():
            return _compare(condition.sign, _value(condition.left, values), _value(condition.right, values))
        case Truth():
            value = values.get(condition.variable.name)
            return not is_missing(value) and value not in (0, ())
        case Not():
            return not _holds(condition.operand, values)
        case Every():
            return all(_holds(part, values) for part in condition.parts)
        case Some():
            return any(_holds(part, values) for part in condition.parts)


def _value(operand: Operand, values: Mapping[str, Answer]) -> Answer | None:
    return operand.value if isinstance(operand, Constant) else values.get(operand.name)


def _compare(sign: str, left: Answer | None, right: Answer | None) -> bool:
    if left is None or right is None or is_missing(left) or is_missing(right):
        return False
    if sign == "in":
        return left in right if isinstance(right, tuple) else left == right
    if sign in ("==", "!="):
        return (left == right) == (sign == "==")
    if isinstance(left, tuple) or isinstance(right, tuple) or isinstance(left, str) != isinstance(right, str):
        return False
    return _ORDERS[sign](left, right)


def _variables(condition: Condition) -> Iterator[Variable]:
    match condition:
        case Comparison():
            yield from (side for side in (condition.left, condition.right) if isinstance(side, Variable))
        case Truth():
            yield condition.variable
        case Not():
            yield from _variables(condition.operand)
        case Every() | Some():
            for part in condition.parts:
                yield from _variables(part)


def _comparisons(condition: Condition) -> Iterator[Comparison]:
    match condition:
        case Comparison():
            yield condition
        case Not():
            yield from _comparisons(condition.operand)
        case Every() | Some():
            for part in condition.parts:
                yield from _comparisons(part)
        case Truth():
            pass


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    position: int


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise LogicError(position, _strange(text[position:]))
        kind = "word" if found.group() in _WORDS else str(found.lastgroup)
        if kind != "space":
            yield _Token(kind, found.group(), position)
        position = found.end()
    yield _Token("end", "", len(text))


def _strange(rest: str) -> str:
    if rest[0] in "'\"":
        return "the string has no closing quotation mark"
    if rest[0] == "=":
        return "write == to compare"
    if rest[0].isdigit() or rest[0] == "-":
        return "numbers have at most 9 digits, and 6 after a point"
    return f"{rest[0]!r} has no meaning in an expression"


class _Parser:
    """Recursive descent; each method reads one rule of the grammar."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0
        self.depth = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self, *texts: str) -> bool:
        """Step over the next token if it is one of these signs or words."""
        if self.next.kind in ("sign", "word") and self.next.text in texts:
            self.at += 1
            return True
        return False

    def fail(self, message: str) -> LogicError:
        return LogicError(self.next.position, message)

    def whole(self) -> Condition:
        condition = self.condition()
        if self.next.kind == "end":
            return condition
        if self.next.text in _COMPARISONS:
            raise self.fail("comparisons cannot be chained: write `a < b and b < c`")
        raise self.fail(f"expected `and`, `or` or the end, not `{self.next.text}`")

    def condition(self) -> Condition:
        parts = [self.conjunction()]
        while self.take("or"):
            parts.append(self.conjunction())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def conjunction(self) -> Condition:
        parts = [self.negation()]
        while self.take("and"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def negation(self) -> Condition:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.fail(f"more than {_DEEPEST} levels of parentheses and `not`")
        condition = self.nested()
        self.depth -= 1
        return condition

    def nested(self) -> Condition:
        if self.take("not"):
            return Not(self.negation())
        if self.take("("):
            condition = self.condition()
            if not self.take(")"):
                raise self.fail("a closing parenthesis is missing")
            return condition
        return self.comparison()

    def comparison(self) -> Condition:
        left = self.operand()
        sign = self.next.text
        if self.take(*_COMPARISONS):
            return Comparison(sign, left, self.operand())
        if self.next.text == "not":
            raise self.fail("write `not (x in y)`")
        if isinstance(left, Constant):
            raise self.fail("a number or string must be compared with something")
        return Truth(left)

    def operand(self) -> Operand:
        token = self.next
        if token.kind not in ("name", "number", "string"):
            raise self.fail("expected a name, a number or a 'string'" + (f", not `{token.text}`" if token.text else ""))
        self.at += 1
        if token.kind == "name":
            return Variable(token.text, token.position)
        return Constant(_number(token.text) if token.kind == "number" else token.text[1:-1])


def _number(text: str) -> float:
    return float(text) if "." in text else int(text)
