"""What a printed questionnaire says of each question in one language: texts, remarks and reasons; draws nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from instruments.model import ALL_BRANDS, NOT_PICKED, Choice, Instrument, Item, Loop, Matrix, Texts
from instruments.sheets import Binder
from reports.routing import Numbered, Routing, matrix_names, number_questions
from reports.typesetting import printable
from reports.wording import Wording

_PLACE = "${brand}"


@dataclass(frozen=True)
class Told:
    """Texts of one questionnaire in one language, as they can be set."""

    binder: Binder
    wording: Wording
    routing: Routing
    numbered: Numbered

    @property
    def instrument(self) -> Instrument:
        """The questionnaire."""
        return self.binder.instrument

    def say(self, key: str, **fields: str) -> str:
        """A sentence of the printed questionnaire's own."""
        return printable(self.wording.say(f"questionnaire.{key}", **fields))

    def text(self, texts: Texts) -> str:
        """A text, the brand called by a word in brackets."""
        told = texts.get(self.wording.language) or next(iter(texts.values()), "")
        return printable(told.replace(_PLACE, self.wording.say("questionnaire.brand")))

    def optional(self, texts: Texts | None) -> str:
        """A text that may be absent."""
        return self.text(texts) if texts else ""

    def choices(self, item: Item) -> Sequence[Choice]:
        """What a question offers, the reasons not to answer last."""
        own = tuple(self.binder.choices[item.list]) if item.list else ()
        return (*own, *self.reasons(item))

    def reasons(self, item: Item) -> tuple[Choice, ...]:
        """Reasons not to answer that stand beside a question."""
        return tuple(self.binder.choices[item.missing]) if item.missing else ()

    def rows(self, matrix: Matrix) -> Iterator[Texts]:
        """Statements or rules in the order of the file."""
        battery = self.instrument.rules
        if matrix.rules and battery:
            yield from (rule.label for rule in battery.rules)
        for key in matrix.scales:
            yield from (item.label for item in self.instrument.scales[key].items)

    def number(self, matrix: Matrix) -> str:
        """The number of a matrix, without the letters of its rows."""
        first = next(iter(matrix_names(self.instrument, matrix)), "")
        return self.numbered.numbers.get(first, "").rstrip("abcdefghijklmnopqrstuvwxyz")

    def grid_choices(self, matrix: Matrix) -> Sequence[Choice]:
        """The answers that every row of a matrix has."""
        battery = self.instrument.rules
        if matrix.rules and battery:
            key = battery.importance_list if matrix.rules == "importance" else battery.experience_list
            return self.binder.choices[key]
        return self.binder.choices[self.instrument.scales[matrix.scales[0]].list]

    def remark(self, item: Item) -> str:
        """What an answer may be, in a few short sentences."""
        return " ".join(filter(None, (*self._kind(item), *self._freedom(item))))

    def grid_remark(self, matrix: Matrix) -> str:
        """How rows of a matrix are drawn and ordered."""
        told = [self.say("random_rows")] if matrix.random_order else []
        battery = self.instrument.rules
        if matrix.rules and battery:
            shown = battery.importance_shown if matrix.rules == "importance" else battery.experience_shown
            told.append(self.say("rules", shown=str(shown), all=str(len(battery.rules))))
        design = self.instrument.planned_missing
        if design and any(item.set for key in matrix.scales for item in self.instrument.scales[key].items):
            told.append(self.say("sets", show=str(design.show), all=str(len(design.sets))))
        return " ".join([*told, *self._requirement(matrix)])

    def eligible(self, loop: Loop) -> str:
        """Which brands are gone through."""
        return self.wording.listed([self._eligible(name) for name in loop.eligible])

    def _eligible(self, name: str) -> str:
        if name == ALL_BRANDS:
            return self.say("loop_all")
        key, plain = (
            ("loop_not_picked" if name.startswith(NOT_PICKED) else "loop_picked"),
            name.removeprefix(NOT_PICKED),
        )
        return self.say(key, n=self.numbered.numbers.get(plain, plain))

    def _kind(self, item: Item) -> Iterator[str]:
        if item.type in ("integer", "decimal"):
            yield self.say("whole" if item.type == "integer" else "decimal")
            yield self._bounds(item)
        match item.type:
            case "select_one":
                yield self.say("one")
            case "select_multiple":
                yield from self._how_many(item)
            case "rank":
                yield self.say("rank_some", max=str(item.max)) if item.max else self.say("rank_all")
            case "constant_sum":
                yield self.say("sum", total=str(item.total))
            case "best_worst":
                yield self.say("extremes", sets=str(item.sets), show=str(item.show))
            case "range":
                yield self.say("slider", min=str(item.min or 0), max=str(item.max), step=str(item.step or 1))
            case "date":
                yield from self._days(item)
            case "text":
                yield self.say("characters", max=str(item.max_length)) if item.max_length else ""

    def _how_many(self, item: Item) -> Iterator[str]:
        yield self.say("many")
        yield self.say("at_least_choices", min=str(item.min)) if item.min else ""
        yield self.say("at_most_choices", max=str(item.max)) if item.max else ""

    def _days(self, item: Item) -> Iterator[str]:
        yield self.say("day")
        yield self.say("day_from", day=item.earliest) if item.earliest else ""
        yield self.say("day_to", day=item.latest) if item.latest else ""

    def _bounds(self, item: Item) -> str:
        if item.min is not None and item.max is not None:
            return self.say("number_between", min=str(item.min), max=str(item.max))
        if item.max is not None:
            return self.say("number_most", max=str(item.max))
        return self.say("number_least", min=str(item.min)) if item.min is not None else ""

    def _freedom(self, item: Item) -> Iterator[str]:
        if item.random_order:
            yield self.say("random_choices")
        if item.type == "consent":
            yield self.say("consent" if item.required is True else "consent_free")
        else:
            yield from self._requirement(item)
        if item.attention is not None:
            right = next((self.text(c.label) for c in self.choices(item) if c.code == item.attention), "")
            yield self.say("attention", answer=self.routing.quoted(right))

    def _requirement(self, question: Item | Matrix) -> Iterator[str]:
        if question.required == "soft":
            yield self.say("soft")
        elif not question.required:
            yield self.say("optional")


def told_in(binder: Binder, wording: Wording) -> Told:
    """The words of a questionnaire in one language."""
    numbered = number_questions(binder)
    return Told(binder, wording, Routing(wording, numbered, binder.instrument.chances), numbered)
