"""Says in plain words who is asked what: the conditions of a questionnaire as sentences; draws nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from instruments.exchange.formula import ALWAYS, NEVER, simplified
from instruments.logic import Comparison, Condition, Constant, Every, Not, Operand, Some, Truth, Variable, parse
from instruments.model import Choice, Instrument, Item, Matrix
from instruments.sheets import RULE_PREFIXES, Binder, item_names
from reports.wording import Wording

_COMPARED = {"==": "is", "!=": "is_not", "<": "less", "<=": "at_most", ">": "more", ">=": "at_least"}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_QUOTES = {"en": "“{}”", "zh": "“{}”", "de": "„{}“", "es": "«{}»"}
_CHOICE_WORDS = ("code", "family", "industry")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Numbered:
    """Questions as they are numbered on paper: the number of each variable, and the choices that it has."""

    numbers: Mapping[str, str]
    choices: Mapping[str, Sequence[Choice]]
    parts: Mapping[str, Choice]
    """What a rank or an amount is about."""


def number_questions(binder: Binder) -> Numbered:
    """Number questions in the order of the questionnaire; rows of a matrix get letters."""
    numbers: dict[str, str] = {}
    choices: dict[str, Sequence[Choice]] = {}
    asked = [question for page in binder.instrument.all_pages() for question in page.questions]
    at = 0
    for question in asked:
        if isinstance(question, Item) and question.type == "note":
            continue
        at += 1
        names = matrix_names(binder.instrument, question) if isinstance(question, Matrix) else _names(question, binder)
        for row, name in enumerate(names):
            numbers[name] = f"{at}{letter(row)}" if isinstance(question, Matrix) else str(at)
            choices[name] = _choices(binder, question, name)
    parts = {f"{item.name}_{choice.code}": choice for item, choice in _ranked(binder)}
    return Numbered(numbers, choices, parts)


def _ranked(binder: Binder) -> Iterator[tuple[Item, Choice]]:
    for item in binder.instrument.items():
        if item.type in ("rank", "constant_sum"):
            yield from ((item, choice) for choice in binder.choices[item.list or ""])


def letter(row: int) -> str:
    """Letter of a row: a to z, then aa."""
    return _LETTERS[row] if row < len(_LETTERS) else _LETTERS[row // 26 - 1] + _LETTERS[row % 26]


def matrix_names(instrument: Instrument, matrix: Matrix) -> list[str]:
    """Names of a matrix's rows, in the order of the file."""
    if matrix.rules and instrument.rules:
        return [RULE_PREFIXES[matrix.rules] + rule.name for rule in instrument.rules.rules]
    return [item.name for key in matrix.scales for item in instrument.scales[key].items]


def _names(item: Item, binder: Binder) -> list[str]:
    return list(dict.fromkeys((item.name, *item_names(item, binder.choices), f"{item.name}_drawn")))


def _choices(binder: Binder, question: Item | Matrix, name: str) -> Sequence[Choice]:
    if isinstance(question, Item):
        return binder.choices[question.list] if question.list else ()
    battery = binder.instrument.rules
    if question.rules and battery:
        return binder.choices[battery.importance_list if question.rules == "importance" else battery.experience_list]
    scales = (binder.instrument.scales[key] for key in question.scales)
    return next(binder.choices[scale.list] for scale in scales if any(item.name == name for item in scale.items))


def _names_in(condition: Condition) -> Iterator[str]:
    if isinstance(condition, Truth):
        yield condition.variable.name
    if isinstance(condition, Comparison):
        yield from (side.name for side in (condition.left, condition.right) if isinstance(side, Variable))


@dataclass(frozen=True)
class Routing:
    """Words the conditions of one questionnaire in one language."""

    wording: Wording
    numbered: Numbered
    chances: Mapping[str, float] = field(default_factory=dict)

    def sentence(self, key: str, expression: str | None) -> str:
        """A routing note; empty where there is no condition."""
        condition = self._judged(parse(expression).condition) if expression else ALWAYS
        if condition == ALWAYS:
            return ""
        told = self._formula(expression or "") if condition == NEVER else self._condition(condition, expression or "")
        return self.wording.say(f"questionnaire.{key}", condition=told)

    def _judged(self, condition: Condition) -> Condition:
        """A condition without what this study does not ask, which is never answered."""
        match condition:
            case Not(operand=operand):
                return simplified(Not(self._judged(operand)))
            case Every(parts=parts):
                return simplified(Every(tuple(map(self._judged, parts))))
            case Some(parts=parts):
                return simplified(Some(tuple(map(self._judged, parts))))
        known = (*self.numbered.numbers, *self.chances, "brand", *_CHOICE_WORDS)
        return condition if all(name in known for name in _names_in(condition)) else NEVER

    def quoted(self, text: str) -> str:
        """A text in the language's quotation marks."""
        return _QUOTES[self.wording.language].format(text)

    def _number(self, name: str) -> str:
        """A question's number, with the choice whose rank or amount is meant."""
        part = self.numbered.parts.get(name)
        number = self.numbered.numbers[name]
        return f"{number} ({self.quoted(self.wording.label(part.label))})" if part else number

    def _say(self, key: str, **fields: str) -> str:
        return self.wording.say(f"questionnaire.condition.{key}", **fields)

    def _condition(self, condition: Condition, formula: str) -> str:
        match condition:
            case Comparison():
                return self._comparison(condition, formula)
            case Truth(variable=variable):
                return self._truth(variable, formula)
            case Not(operand=operand):
                return self._say("not", condition=self._nested(operand, formula))
            case Every(parts=parts):
                return self._joined("and", parts, formula)
            case Some(parts=parts):
                return self._joined("or", parts, formula)

    def _joined(self, key: str, parts: Sequence[Condition], formula: str) -> str:
        told = [self._nested(part, formula) for part in parts]
        joined = told[0]
        for other in told[1:]:
            joined = self._say(key, one=joined, other=other)
        return joined

    def _nested(self, condition: Condition, formula: str) -> str:
        """Parts that are joined themselves stand in parentheses."""
        told = self._condition(condition, formula)
        return f"({told})" if isinstance(condition, (Every, Some)) else told

    def _truth(self, variable: Variable, formula: str) -> str:
        if variable.name in self.chances:
            return self._say("chance", percent=self.wording.percent(self.chances[variable.name]))
        if variable.name not in self.numbered.numbers:
            return self._formula(formula)
        return self._say("answered", n=self._number(variable.name))

    def _formula(self, formula: str) -> str:
        return self._say("formula", formula=formula)

    def _comparison(self, told: Comparison, formula: str) -> str:
        if told.sign == "in" and isinstance(told.right, Variable):
            return self._picked(told.left, told.right, formula)
        left, sign, right = told.left, told.sign, told.right
        if isinstance(left, Constant) or (isinstance(right, Variable) and right.name in _CHOICE_WORDS):
            left, sign, right = right, _TURNED.get(sign, sign), left
        if isinstance(left, Variable) and isinstance(right, Variable):
            return self._two(left, sign, right, formula)
        if isinstance(left, Variable) and isinstance(right, Constant) and left.name in self.chances:
            return self._truth(left, formula)
        return self._with_value(left, sign, right, formula)

    def _with_value(self, left: Operand, sign: str, right: Operand, formula: str) -> str:
        if not isinstance(left, Variable) or not isinstance(right, Constant):
            return self._formula(formula)
        if left.name == "brand" and sign == "==":
            return self._say("brand_is", value=self.quoted(str(right.value)))
        if left.name not in self.numbered.numbers or sign not in _COMPARED:
            return self._formula(formula)
        n = self._number(left.name)
        return self._say(_COMPARED[sign], n=n, value=self._value(left.name, right.value))

    def _two(self, left: Variable, sign: str, right: Variable, formula: str) -> str:
        numbers = self.numbered.numbers
        if left.name in _CHOICE_WORDS and right.name in numbers and sign == "==":
            return self._say("family", n=numbers[right.name])
        if left.name in numbers and right.name in numbers and sign == "==":
            return self._say("same", n=numbers[left.name], m=numbers[right.name])
        return self._formula(formula)

    def _picked(self, left: Variable | Constant, right: Variable, formula: str) -> str:
        if right.name not in self.numbered.numbers:
            return self._formula(formula)
        n = self.numbered.numbers[right.name]
        if isinstance(left, Constant):
            return self._say("picked", n=n, value=self._value(right.name, left.value))
        key = {"brand": "brand_picked"}.get(left.name, "code_picked")
        return self._say(key, n=n)

    def _value(self, name: str, value: float | str) -> str:
        """What a code is called where there is one, else the number or word itself."""
        for choice in self.numbered.choices.get(name, ()) if name not in self.numbered.parts else ():
            if choice.code == value:
                return self.quoted(self.wording.label(choice.label))
        return self.quoted(value) if isinstance(value, str) else self.wording.plain(value)
