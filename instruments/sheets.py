"""Pages made ready to be asked: conditions parsed, choices found, the brand's name filled in; takes no answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any, Literal

from instruments.catalogue import Catalogue
from instruments.draw import Draw, best_worst_sets, shuffled
from instruments.logic import Answer, Expression, is_missing, parse
from instruments.measures import NOT_ANSWERED
from instruments.model import Choice, ChoiceList, Code, Instrument, Item, Loop, Matrix, Once, Page, Texts
from instruments.screens import JOINT, AnswerProblem, Asked, Block, Kind, judge_block
from instruments.study_file import Brand

PLACEHOLDER = "${brand}"
RuleSubset = Literal["importance", "experience"]
_BEST, _WORST, _SHOWN = "best", "worst", "shown"
_Told = tuple[tuple[str, Answer], ...]
RULE_PREFIXES: dict[RuleSubset, str] = {"importance": "imp_", "experience": "exp_"}


class Scope(Mapping[str, Answer]):
    """What the names of an expression stand for: this brand's answers before the person's, then what chance decided."""

    def __init__(
        self, variables: Mapping[str, str], answers: Mapping[str, Answer], drawn: Mapping[str, Answer]
    ) -> None:
        self._variables = variables
        self._answers = answers
        self._drawn = drawn

    def __getitem__(self, name: str) -> Answer:
        if name in self._drawn:
            return self._drawn[name]
        return self._answers[self._variables[name]]

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - the signature of a mapping
        """An answer by name, without the detour over an error that a mapping takes.

        Parameters
        ----------
        name : str
        default : object

        Returns
        -------
        Answer, or the default
        """
        if name in self._drawn:
            return self._drawn[name]
        variable = self._variables.get(name)
        return default if variable is None else self._answers.get(variable, default)

    def __iter__(self) -> Iterator[str]:
        yield from self._drawn
        yield from (name for name, variable in self._variables.items() if variable in self._answers)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True)
class Row:
    """One variable of a question; `set` and `rule` say which respondents meet it, `choice` what it is about."""

    asked: Asked
    set: str | None = None
    rule: str | None = None
    choice: Choice | None = None


@dataclass(frozen=True)
class Question:
    """An item (one row) or a matrix, with its conditions parsed.

    `own_page` says that a condition asks for an answer of the same page.
    """

    kind: Kind
    label: Texts | None
    rows: tuple[Row, ...]
    item: Item | None = None
    rule_rows: Mapping[str, Row] = field(default_factory=dict)
    relevant: Expression | None = None
    choice_filter: Expression | None = None
    extra: frozenset[Code] = frozenset()
    rules: RuleSubset | None = None
    hint: Texts | None = None
    random_rows: bool = False
    random_choices: str | None = None
    of_brands: bool = False
    of_industries: bool = False
    own_page: bool = False
    once: Once | None = None
    sold_in: Mapping[Code, frozenset[str]] = field(default_factory=dict)
    # What was offered last and to what answers: a walk asks for it several times.
    _last: dict[str, tuple[object, tuple[Choice, ...]]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def filter_names(self) -> tuple[str, ...]:
        """The names that the filter asks for."""
        return tuple(sorted(self.choice_filter.names)) if self.choice_filter else ()

    @cached_property
    def is_planned_missing(self) -> bool:
        """Whether some of its rows are shown to those alone who were drawn for them."""
        return any(row.set is not None for row in self.rows)

    @property
    def is_filtered(self) -> bool:
        """Whether not everybody is offered all of its choices."""
        return self.choice_filter is not None or bool(self.sold_in) or self.of_industries

    @property
    def is_live(self) -> bool:
        """Whether answers of the same page bring it up or take it away, and change nothing else of it."""
        return self.own_page and self.relevant is not None and self.choice_filter is None

    @property
    def is_note(self) -> bool:
        """Whether it asks nothing."""
        return self.rows[0].asked.type == "note" if self.rows else False

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The choices of a single item, or those that a rank or a constant sum asks about."""
        if self.kind in ("rank", "constant_sum"):
            return tuple(row.choice for row in self.rows if row.choice)
        return self.rows[0].asked.choices

    def offered(self, scope: Scope) -> tuple[Choice, ...]:
        """Choices of an item for which its filter holds, the extra ones last; none when only those are left.

        Parameters
        ----------
        scope : Scope

        Returns
        -------
        tuple of Choice
        """
        if not self.is_filtered:
            return self.choices
        asked_for = ("country", *self.filter_names)
        key = tuple(scope.get(name) for name in asked_for)
        last = self._last.get("offered")
        if last is None or last[0] != key:
            kept = tuple(self._fitting(scope))
            extra = tuple(choice for choice in self.choices if choice.code in self.extra)
            last = self._last["offered"] = (key, (*kept, *extra) if kept else ())
        return last[1]

    def _fitting(self, scope: Scope) -> Iterator[Choice]:
        """The ordinary choices of the person's country that the filter keeps."""
        country = scope.get("country")
        anywhere = is_missing(country)
        asked_for = {name: scope[name] for name in self.filter_names if name in scope}
        kept: dict[_Told, bool] = {}  # of 200 brands many are one case: the filter asks for their industry
        for choice, told in self._ordinary:
            if not anywhere and choice.code in self.sold_in and country not in self.sold_in[choice.code]:
                continue
            if told not in kept:
                kept[told] = self.choice_filter is None or self.choice_filter.evaluate({**asked_for, **dict(told)})
            if kept[told]:
                yield choice

    @cached_property
    def _ordinary(self) -> tuple[tuple[Choice, _Told], ...]:
        """Each choice that is no extra one, and what the filter asks of it."""
        return tuple(
            (choice, tuple((name, told) for name, told in self._told_of(choice) if name in self.filter_names))
            for choice in self.choices
            if choice.code not in self.extra
        )

    def _told_of(self, choice: Choice) -> Iterator[tuple[str, Answer]]:
        """What a filter may ask of a choice: its `code`, its `family`, and a brand as `brand`."""
        yield "code", choice.code
        if self.of_brands:
            yield "brand", choice.code
        if choice.family is not None:
            yield "family", choice.family
            if self.of_brands:
                yield "industry", choice.family

    def is_asked(self, scope: Scope) -> bool:
        """Whether the question is relevant and has something to choose from.

        Parameters
        ----------
        scope : Scope

        Returns
        -------
        bool
        """
        if self.relevant is not None and not self.relevant.evaluate(scope):
            return False
        return not self.is_filtered or bool(self.offered(scope))

    def visible(self, draw: Draw, brand: str | None, scope: Scope) -> Sequence[Row]:
        """The rows of this person's random subsets and choices; rules in the order drawn.

        Parameters
        ----------
        draw : Draw
        brand : str, or None
        scope : Scope

        Returns
        -------
        sequence of Row
        """
        if self.kind in ("rank", "constant_sum") and self.is_filtered:
            offered = {choice.code for choice in self.offered(scope)}
            return [row for row in self.rows if row.choice and row.choice.code in offered]
        if self.rules is None:
            if not self.is_planned_missing:
                return self.rows
            return [row for row in self.rows if row.set is None or row.set in draw.sets]
        subset = draw.importance if self.rules == "importance" else draw.experience
        return [self.rule_rows[rule] for rule in subset.get(brand or "", ())]

    def still_offers(self, block: Block, scope: Scope) -> bool:
        """Whether the question is still asked, with the choices that the block showed.

        Parameters
        ----------
        block : Block
        scope : Scope

        Returns
        -------
        bool
        """
        if not self.is_asked(scope):
            return False
        if not self.is_filtered:
            return True
        if self.kind == "single":
            return {c.code for c in self.offered(scope)} == {c.code for c in block.asked[0].choices}
        offered = {choice.code for choice in self.offered(scope)}
        rows = {row.asked.variable for row in self.rows if row.choice and row.choice.code in offered}
        return rows == {asked.variable for asked in block.asked}

    def admits(self, answers: Mapping[str, Answer], scope: Scope) -> bool:
        """Whether answers still go with the choices, which a filter may have changed since they were given.

        Parameters
        ----------
        answers : mapping of str to Answer
        scope : Scope

        Returns
        -------
        bool
        """
        if not self.is_filtered:
            return True
        if self.kind == "single":
            return all(self._admits(answer, scope) for answer in answers.values())
        rows = tuple(row.asked for row in self.rows if row.asked.variable in answers)
        if not rows or self.kind == "best_worst":
            return True
        raw = {variable: [] if answer in (0, NOT_ANSWERED) else [str(answer)] for variable, answer in answers.items()}
        judged = judge_block(self._block(self._numbered(rows)), raw, again=answers)
        return not any(isinstance(found, AnswerProblem) for found in judged.values())

    def _admits(self, answer: Answer, scope: Scope) -> bool:
        if answer == NOT_ANSWERED:
            return True
        codes = answer if isinstance(answer, tuple) else (answer,)
        offered = {choice.code for choice in self.offered(scope)}
        return all(code in self.extra or code in offered for code in codes)

    def blocks(self, draw: Draw, brand: str | None, scope: Scope, key: str) -> tuple[Block, ...]:
        """Draw the question up for one person: filtered, in this person's random order.

        Parameters
        ----------
        draw : Draw
        brand : str, or None
        scope : Scope
        key : str

        Returns
        -------
        tuple of Block
        """
        rows = self.visible(draw, brand, scope)
        asked = [row.asked for row in rows]
        if self.kind == "matrix":
            ordered = shuffled(asked, draw.seed, f"rows:{key}:{asked[0].variable}") if self.random_rows else asked
            return (Block("matrix", self.label, tuple(ordered)),)
        if self.kind == "best_worst":
            return tuple(self._sets(draw.seed, self.offered(scope)))
        choices = self.offered(scope)
        if self.random_choices is not None:
            choices = self._reordered(choices, draw.seed)
        if self.kind == "single":
            only = asked[0] if choices is asked[0].choices else replace(asked[0], choices=choices)
            return (Block("single", None, (only,)),)
        by_code = {row.choice.code: row.asked for row in rows if row.choice}
        return (self._block(self._numbered(tuple(by_code[choice.code] for choice in choices))),)

    def _numbered(self, asked: tuple[Asked, ...]) -> tuple[Asked, ...]:
        """No more ranks than there are choices left."""
        if self.kind != "rank":
            return asked
        return tuple(replace(row, max=min(row.max or len(asked), len(asked))) for row in asked)

    def _block(self, asked: tuple[Asked, ...], place: tuple[int, int] | None = None) -> Block:
        item = self.item
        hint, total = (self.hint, item.total) if item else (None, None)
        return Block(self.kind, self.label, asked, hint, total, asked[0].low, asked[0].high, place)

    def _sets(self, seed: int, choices: Sequence[Choice]) -> Iterator[Block]:
        """The sets of a best-worst question, each with its three variables."""
        item = self.item
        if item is None or item.show is None or item.sets is None:
            return
        dealt = best_worst_sets(choices, item.show, item.sets, seed, f"sets:{self.rows[0].asked.variable}")
        for number, shown in enumerate(dealt):
            rows = (row.asked for row in self.rows[3 * number : 3 * number + 3])
            yield self._block(tuple(replace(row, choices=shown) for row in rows), (number + 1, item.sets))

    def _reordered(self, choices: Sequence[Choice], seed: int) -> tuple[Choice, ...]:
        """One order for all questions on the same list; don't know and extra choices stay last."""
        order = shuffled([choice.code for choice in self.choices], seed, f"choices:{self.random_choices}")
        place = {code: at for at, code in enumerate(order)}
        return tuple(sorted(choices, key=lambda c: len(place) if c.missing or c.code in self.extra else place[c.code]))


@dataclass(frozen=True)
class Sheet:
    """A page for one brand (or for none), ready to be asked."""

    key: str
    page: str
    title: Texts | None
    brand: str | None
    questions: tuple[Question, ...]
    names: Mapping[str, str]
    relevant: Expression | None = None
    screen_out: Expression | None = None
    random_order: bool = False
    question_of: Mapping[str, Question] = field(default_factory=dict)

    def ordered(self, questions: Sequence[Question], seed: int) -> Sequence[Question]:
        """Questions in this person's order; notes stay where they are.

        Parameters
        ----------
        questions : sequence of Question
        seed : int

        Returns
        -------
        sequence of Question
        """
        if not self.random_order:
            return questions
        moved = iter(shuffled([q for q in questions if not q.is_note], seed, f"questions:{self.page}"))
        return [question if question.is_note else next(moved) for question in questions]

    def is_live(self, question: Question) -> bool:
        """Whether a question comes and goes with answers of this page that each stand for themselves.

        Parameters
        ----------
        question : Question

        Returns
        -------
        bool
        """
        if not question.is_live or question.relevant is None:
            return False
        variables = (self.names.get(name, "") for name in question.relevant.names)
        return all(self.question_of[each].kind not in JOINT for each in variables if each in self.question_of)

    def variables_of(self, question: Question) -> Sequence[str]:
        """Variables that a question fills; none for a note.

        Parameters
        ----------
        question : Question

        Returns
        -------
        sequence of str
        """
        return [] if question.is_note else [row.asked.variable for row in question.rows]


class Binder:
    """Makes the sheets of one questionnaire and one set of brands, each once."""

    def __init__(self, instrument: Instrument, brands: Sequence[Brand], catalogue: Catalogue | None) -> None:
        self.instrument = instrument
        self.brand_names = {brand.key: brand.name for brand in brands}
        self.industries = {brand.key: brand.industry for brand in brands}
        self.country = instrument.person.get("country", "country")
        self._sold_in: dict[Code, frozenset[str]] = {
            brand.key: frozenset(brand.countries) for brand in brands if brand.countries
        }
        self.choices = {name: _list_choices(answers, brands, catalogue) for name, answers in instrument.lists.items()}
        self.person_names, self.rating_names = _names(instrument, self.choices)
        self._pages = {page.page: page for page in instrument.all_pages()}
        self._offers = {e.offer.name: e.offer for e in instrument.pages if isinstance(e, Loop) and e.offer}
        self._sold: dict[Answer | None, tuple[str, ...]] = {}
        self._sheets: dict[tuple[str, str | None], Sheet] = {}
        self._brand_scopes: dict[str | None, dict[str, str]] = {}
        self._filled: dict[tuple[str, str | None], tuple[Choice, ...]] = {}

    def sold(self, country: Answer | None) -> tuple[str, ...]:
        """The brands that are asked about in a country; all where none is known.

        Parameters
        ----------
        country : Answer, or None

        Returns
        -------
        tuple of str
        """
        if country not in self._sold:
            of_country = (key for key in self.brand_names if _is_sold(self._sold_in.get(key), country))
            self._sold[country] = tuple(of_country)
        return self._sold[country]

    @cached_property
    def asked_once(self) -> Mapping[str, tuple[Sheet, Question]]:
        """The sheet and question of each variable that stands on a page asked once of a person."""
        pages = [page for page in self.instrument.pages if isinstance(page, Page) and not page.about]
        sheets = [self.sheet(page, None) for page in pages]
        return {name: (sheet, question) for sheet in sheets for name, question in sheet.question_of.items()}

    def by_key(self, key: str) -> Sheet:
        """The sheet of a screen's key.

        Parameters
        ----------
        key : str

        Returns
        -------
        Sheet
        """
        name, _, brand = key.partition("@")
        if name in self._offers:
            return self.offer(self._offers[name])
        return self.sheet(self._pages[name], brand or None)

    def sheet(self, page: Page, brand: str | None) -> Sheet:
        """The sheet of a page for a brand.

        Parameters
        ----------
        page : Page
        brand : str, or None

        Returns
        -------
        Sheet
        """
        key = (page.page, brand)
        if key not in self._sheets:
            self._sheets[key] = self._bind(page, brand)
        return self._sheets[key]

    def offer(self, item: Item) -> Sheet:
        """The sheet that offers one more brand.

        Parameters
        ----------
        item : Item

        Returns
        -------
        Sheet
        """
        key = (item.name, None)
        if key not in self._sheets:
            page = Page(page=item.name, title={}, questions=(item,))
            self._sheets[key] = replace(self._bind(page, None), title=None)
        return self._sheets[key]

    def variables(self, brand: str | None) -> Mapping[str, str]:
        """The variable each name stands for on a page about this brand.

        Parameters
        ----------
        brand : str, or None

        Returns
        -------
        mapping of str to str
        """
        if brand not in self._brand_scopes:
            of_brand = {} if brand is None else {name: f"{name}@{brand}" for name in self.rating_names}
            # The word `country` stands for the question about it, whatever that is called.
            alias = {"country": self.country} if self.country in self.person_names else {}
            self._brand_scopes[brand] = alias | {name: name for name in self.person_names} | of_brand
        return self._brand_scopes[brand]

    def _bind(self, page: Page, brand: str | None) -> Sheet:
        own = frozenset(row_names(self.instrument, page, self.choices))
        questions = tuple(self._question(question, brand, own) for question in page.questions)
        return Sheet(
            key=page.page if brand is None else f"{page.page}@{brand}",
            page=page.page,
            title=self._fill(page.title, brand),
            brand=brand,
            questions=questions,
            names=self.variables(brand),
            relevant=_condition(page.relevant),
            screen_out=_condition(page.screen_out),
            random_order=page.random_order,
            question_of={row.asked.variable: question for question in questions for row in question.rows},
        )

    def _question(self, question: Item | Matrix, brand: str | None, own: frozenset[str]) -> Question:
        relevant = _condition(question.relevant)
        rows = tuple(self._rows(question, brand))
        if isinstance(question, Matrix):
            return Question(
                kind="matrix",
                label=self._fill(question.label, brand),
                rows=rows,
                rule_rows={row.rule: row for row in rows if row.rule},
                relevant=relevant,
                rules=question.rules,
                random_rows=question.random_order and question.rules is None,
                once=question.once,
                own_page=relevant is not None and not own.isdisjoint(relevant.names),
            )
        choice_filter = _condition(question.choice_filter)
        answers = self.instrument.lists[question.list] if question.list else ChoiceList()
        asks_for = {name for condition in (relevant, choice_filter) if condition for name in condition.names}
        kind: Kind = question.type if question.type in JOINT else "single"
        return Question(
            kind=kind,
            label=None if kind == "single" else self._fill(question.label, brand),
            hint=self._fill(question.hint, brand) if question.hint else None,
            rows=rows,
            item=question,
            relevant=relevant,
            choice_filter=choice_filter,
            extra=frozenset(choice.code for choice in answers.extra),
            of_brands=answers.source == "brands",
            of_industries=answers.source == "industries",
            sold_in=self._sold_in if answers.source == "brands" else {},
            once=question.once,
            random_choices=question.list if question.random_order else None,
            own_page=not own.isdisjoint(asks_for),
        )

    def _rows(self, question: Item | Matrix, brand: str | None) -> Iterator[Row]:
        if isinstance(question, Item):
            yield from self._item_rows(question, brand)
        elif question.rules is not None:
            yield from self._rule_rows(question, question.rules, brand)
        else:
            yield from self._scale_rows(question, brand)

    def _item_rows(self, item: Item, brand: str | None) -> Iterator[Row]:
        """One row, or those of a question about each choice of its list."""
        asked = self._item(item, brand)
        if item.type not in JOINT:
            yield Row(asked)
            return
        if item.type == "best_worst":
            for name in item_names(item, self.choices):
                shown = name.startswith(f"{item.name}_{_SHOWN}")
                kind: Literal["shown", "select_one"] = "shown" if shown else "select_one"
                yield Row(replace(asked, variable=_variable(name, brand), type=kind))
            return
        most = item.total if item.type == "constant_sum" else item.max or len(asked.choices)
        for choice in asked.choices:
            variable = _variable(f"{item.name}_{choice.code}", brand)
            low = 0 if item.type == "constant_sum" else 1
            row = replace(asked, variable=variable, type="integer", label=choice.label, hint=None, choices=())
            yield Row(replace(row, min=low, max=most), choice=choice)

    def _item(self, item: Item, brand: str | None) -> Asked:
        return Asked(
            variable=_variable(item.name, brand),
            type=item.type,
            label=self._fill(item.label, brand),
            hint=self._fill(item.hint, brand) if item.hint else None,
            choices=self._choices(item.list, brand) if item.list else (),
            alone=self._alone(item.list) if item.list else frozenset(),
            reasons=self._choices(item.missing, brand) if item.missing else (),
            min=item.min,
            max=item.max,
            step=item.step or 1,
            low=self._fill(item.low, brand) if item.low else None,
            high=self._fill(item.high, brand) if item.high else None,
            earliest=item.earliest,
            latest=item.latest,
            max_length=item.max_length,
            attention=item.attention,
            required=item.required is True,
            soft=item.required == "soft",
        )

    def _scale_rows(self, matrix: Matrix, brand: str | None) -> Iterator[Row]:
        for key in matrix.scales:
            scale = self.instrument.scales[key]
            choices = self._choices(scale.list, brand)
            for item in scale.items:
                asked = Asked(
                    variable=_variable(item.name, brand),
                    type="select_one",
                    label=self._fill(item.label, brand),
                    choices=choices,
                    required=matrix.required is True,
                    soft=matrix.required == "soft",
                )
                yield Row(asked, set=item.set)

    def _rule_rows(self, matrix: Matrix, subset: RuleSubset, brand: str | None) -> Iterator[Row]:
        battery = self.instrument.rules
        if battery is None:
            return
        choices = self._choices(battery.importance_list if subset == "importance" else battery.experience_list, brand)
        for rule in battery.rules:
            asked = Asked(
                variable=_variable(RULE_PREFIXES[subset] + rule.name, brand),
                type="select_one",
                label=self._fill(rule.label, brand),
                choices=choices,
                required=matrix.required is True,
                soft=matrix.required == "soft",
            )
            yield Row(asked, rule=rule.name)

    def _choices(self, name: str, brand: str | None) -> tuple[Choice, ...]:
        key = (name, brand)
        if key not in self._filled:
            self._filled[key] = self._choices_filled(name, brand)
        return self._filled[key]

    def _choices_filled(self, name: str, brand: str | None) -> tuple[Choice, ...]:
        choices = self.choices[name]
        if not any(PLACEHOLDER in text for choice in choices for text in choice.label.values()):
            return choices
        return tuple(choice.model_copy(update={"label": self._fill(choice.label, brand)}) for choice in choices)

    def _alone(self, name: str) -> frozenset[Code]:
        answers = self.instrument.lists[name]
        return frozenset(c.code for c in (*answers.choices, *answers.extra) if c.missing or c in answers.extra)

    def _fill(self, texts: Texts, brand: str | None) -> Texts:
        if brand is None:
            return texts
        names = self.brand_names[brand]
        return {language: text.replace(PLACEHOLDER, names.get(language, brand)) for language, text in texts.items()}


def _variable(name: str, brand: str | None) -> str:
    return name if brand is None else f"{name}@{brand}"


def _is_sold(countries: frozenset[str] | None, country: Answer | None) -> bool:
    return countries is None or is_missing(country) or country in countries


@lru_cache(maxsize=1024)
def _condition(text: str | None) -> Expression | None:
    return None if text is None else parse(text)


def _names(instrument: Instrument, choices: Mapping[str, Sequence[Choice]]) -> tuple[list[str], list[str]]:
    """Names of person-level and of rating-level variables."""
    person: list[str] = []
    rating: list[str] = []
    for entry in instrument.pages:
        pages = entry.pages if isinstance(entry, Loop) else (entry,)
        for page in pages:
            about_brand = isinstance(entry, Loop) or page.about is not None
            (rating if about_brand else person).extend(row_names(instrument, page, choices))
        if isinstance(entry, Loop) and entry.offer:
            person.append(entry.offer.name)
    return person, rating


def item_names(item: Item, choices: Mapping[str, Sequence[Choice]]) -> Iterator[str]:
    """Names of the variables that an item fills, in order.

    Parameters
    ----------
    item : Item
        The item.
    choices : mapping of str to sequence of Choice
        The choices of each list.

    Yields
    ------
    str
        Names without brand; notes fill nothing.
    """
    if item.type in ("rank", "constant_sum"):
        yield from (f"{item.name}_{choice.code}" for choice in choices[item.list or ""])
    elif item.type == "best_worst":
        yield from (f"{item.name}_{part}{at + 1}" for at in range(item.sets or 0) for part in (_BEST, _WORST, _SHOWN))
    elif item.type != "note":
        yield item.name


def row_names(instrument: Instrument, page: Page, choices: Mapping[str, Sequence[Choice]]) -> Iterator[str]:
    """Names of the variables that a page fills, in order.

    Parameters
    ----------
    instrument : Instrument
        The questionnaire.
    page : Page
        One of its pages.
    choices : mapping of str to sequence of Choice
        The choices of each list.

    Yields
    ------
    str
        Names without brand; notes fill nothing.
    """
    for question in page.questions:
        if isinstance(question, Item):
            yield from item_names(question, choices)
        elif question.rules is not None:
            rules = instrument.rules.rules if instrument.rules else ()
            yield from (RULE_PREFIXES[question.rules] + rule.name for rule in rules)
        else:
            yield from (item.name for key in question.scales for item in instrument.scales[key].items)


def _list_choices(answers: ChoiceList, brands: Sequence[Brand], catalogue: Catalogue | None) -> tuple[Choice, ...]:
    """The choices of a list, those of the brands or the catalogue found; extra ones last."""
    found: tuple[Choice, ...] = ()
    if answers.source == "brands":
        found = tuple(Choice(code=brand.key, label=brand.name, family=brand.industry) for brand in brands)
    elif answers.source and catalogue is None:
        raise ValueError(f"the questionnaire shows {answers.source}: give the relationship catalogue")
    elif answers.source == "families" and catalogue:
        found = tuple(Choice(code=family.key, label=family.card) for family in catalogue.families)
    elif answers.source == "relationships" and catalogue:
        found = tuple(Choice(code=r.key, label=r.card, family=r.family) for r in catalogue.relationships)
    return (*answers.choices, *found, *answers.extra)
