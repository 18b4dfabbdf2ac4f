"""Our conditions written as XPath for XLSForm, with the same truth where answers are missing; reads none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from instruments.exchange.formula import UntranslatableError
from instruments.logic import Comparison, Condition, Constant, Every, Not, Some, Truth, Variable, parse

_SIGNS = {"==": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


@dataclass(frozen=True)
class Asked:
    """What XPath has to know of a variable: its type, whether 0 may be its answer, and its codes for missing."""

    type: str
    zero: bool = False
    missing: tuple[int, ...] = ()


def to_xpath(
    expression: str,
    variables: Mapping[str, Asked],
    *,
    words: Mapping[str, str] | None = None,
) -> str:
    """Write a condition of a questionnaire as XPath.

    Parameters
    ----------
    expression : str
        In the language of `instruments.logic`.
    variables : mapping of str to Asked
        Every answer that the form holds.
    words : mapping of str to str, optional
        What other names are called in the form, as `brand`.

    Returns
    -------
    str
        A comparison with a missing answer is false, as it is in ours.

    Raises
    ------
    UntranslatableError
        When it asks for something that the form does not hold.
    """
    return _Writer(variables, words or {}).written(parse(expression).condition)


@dataclass(frozen=True)
class _Writer:
    variables: Mapping[str, Asked]
    words: Mapping[str, str]

    def written(self, condition: Condition) -> str:
        match condition:
            case Comparison():
                return self._comparison(condition)
            case Truth(variable=variable):
                return self._truth(variable)
            case Not(operand=operand):
                return f"not({self.written(operand)})"
            case Every(parts=parts):
                return " and ".join(map(self._nested, parts))
            case Some(parts=parts):
                return " or ".join(map(self._nested, parts))

    def _nested(self, condition: Condition) -> str:
        text = self.written(condition)
        return f"({text})" if " and " in text or isinstance(condition, (Every, Some)) else text

    def _reference(self, variable: Variable) -> str:
        if variable.name in self.words:
            return self.words[variable.name]
        if variable.name not in self.variables:
            raise UntranslatableError(f"the form holds no answer '{variable.name}'")
        return f"${{{variable.name}}}"

    def _asked(self, variable: Variable) -> Asked:
        return self.variables.get(variable.name, Asked("text"))

    def _answered(self, variable: Variable) -> Iterator[str]:
        reference = self._reference(variable)
        yield f"{reference} != ''"
        yield from (f"{reference} != '{code}'" for code in self._asked(variable).missing)

    def _truth(self, variable: Variable) -> str:
        reference, asked = self._reference(variable), self._asked(variable)
        if asked.type == "select_multiple":
            return f"count-selected({reference}) > 0"
        parts = [f"string-length({reference}) > 0", *list(self._answered(variable))[1:]]
        return " and ".join(parts + ([f"{reference} != 0"] if asked.zero else []))

    def _comparison(self, told: Comparison) -> str:
        left, right, sign = told.left, told.right, told.sign
        sides = [side for side in (left, right) if isinstance(side, Variable)]
        if not sides:
            raise UntranslatableError("it compares two fixed values")
        if sign == "in":
            if not isinstance(right, Variable):
                raise UntranslatableError("it looks for something in a fixed text")
            code = self._reference(left) if isinstance(left, Variable) else f"'{left.value}'"
            return f"selected({self._reference(right)}, {code})"
        kind = next((self._asked(side).type for side in sides), "")
        compared = f"{self._operand(left, kind)} {_SIGNS[sign]} {self._operand(right, kind)}"
        if sign == "==" and len(sides) == 1:
            return compared
        return " and ".join([*(guard for side in sides for guard in self._answered(side)), compared])

    def _operand(self, side: Variable | Constant, kind: str) -> str:
        if isinstance(side, Variable):
            return self._reference(side)
        if isinstance(side.value, str):
            mark = '"' if "'" in side.value else "'"
            text = f"{mark}{side.value}{mark}"
            return f"date({text})" if kind == "date" else text
        return str(int(side.value)) if float(side.value).is_integer() else repr(side.value)
