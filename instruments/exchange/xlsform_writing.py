"""A questionnaire as an XLSForm workbook that pyxform accepts; what that cannot hold stands in a sheet of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from instruments.catalogue import Catalogue, load_catalogue
from instruments.exchange.carried import Carried, Loss, each_once
from instruments.exchange.formula import UntranslatableError
from instruments.exchange.residue import as_rows, difference, losses_of
from instruments.exchange.tables import Row, Table, write_tables
from instruments.exchange.xlsform import composed_form
from instruments.exchange.xlsform_reading import PAGE, PART_OF, SCREEN_OUT
from instruments.exchange.xpath import Asked, to_xpath
from instruments.measures import MISSING_CODES
from instruments.model import ALL_BRANDS, NOT_PICKED, Choice, Instrument, Item, Loop, Matrix, Page, Texts
from instruments.sheets import RULE_PREFIXES, Binder
from instruments.study_file import Brand

Cells = dict[str, str]
_LANGUAGE_NAMES = {"en": "English", "zh": "中文", "de": "Deutsch", "es": "Español"}
_SURVEY = (
    *("type", "name", "label", "hint", "required", "relevant", "constraint", "appearance", "parameters"),
    *("choice_filter", "calculation", "repeat_count", "relata_scale", "relata_set", "relata_reversed", PART_OF),
)
_CHOICES = ("list_name", "name", "label", "family", "industry", "brand", "missing", "source")
_TYPES = {"consent": "acknowledge", "constant_sum": "integer"}
_FILTER_WORDS = {"code": "name", "family": "family", "industry": "industry", "brand": "brand"}
_PLACE = "${brand}"


def write_xlsform(
    instrument: Instrument, brands: Sequence[Brand] = (), catalogue: Catalogue | None = None
) -> Carried[bytes]:
    """Write a questionnaire as an XLSForm.

    Parameters
    ----------
    instrument : Instrument
        A checked questionnaire.
    brands : sequence of Brand, optional
        The brands of a study; two that stand for them unless given.
    catalogue : Catalogue, optional
        That of the toolkit unless given.

    Returns
    -------
    Carried
        An XLSX file, and what other programs will not do. A sheet `relata` keeps it for `read_xlsform`.
    """
    brands = brands or _stand_ins(instrument)
    writer = _Writer(instrument, Binder(instrument, brands, catalogue or load_catalogue()))
    sheets = {
        "survey": (writer.headings(_SURVEY), list(writer.rows())),
        "choices": (writer.headings(_CHOICES), list(writer.choices(brands))),
        "settings": (["form_title", "form_id", "version", "default_language"], [writer.settings()]),
    }
    tables = {name: _as_table(name, *sheet) for name, sheet in sheets.items()}
    # An empty sheet `relata`, so that the form is read as one of ours.
    plain, _ = composed_form({**tables, "relata": Table("relata", (), ())}, instrument.instrument)
    rest = difference(instrument.model_dump(mode="json", exclude_defaults=True), plain)
    content = write_tables({**sheets, "relata": (["place", "value"], as_rows(rest))})
    return Carried(content, each_once([*writer.losses, *losses_of(rest)]))


def language_heading(language: str) -> str:
    """Name a language as headings do.

    Parameters
    ----------
    language : str

    Returns
    -------
    str
        As ``Deutsch (de)``.
    """
    return f"{_LANGUAGE_NAMES.get(language, language)} ({language})"


def _stand_ins(instrument: Instrument) -> list[Brand]:
    names = {n: dict.fromkeys(instrument.languages, f"Brand {n}") for n in (1, 2)}
    return [Brand(key=f"brand_{n}", name=name, industry=f"industry_{n}") for n, name in names.items()]


def _as_table(name: str, headings: Sequence[str], rows: Sequence[Cells]) -> Table:
    return Table(name, tuple(headings), tuple(Row(at, row) for at, row in enumerate(rows, start=2)))


@dataclass
class _Writer:
    """Rows of one questionnaire, in order."""

    instrument: Instrument
    binder: Binder
    losses: list[Loss] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)
    brand_text: str = _PLACE
    screens: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.asked = dict(self._asked())
        self.brand_name, self.drawn_name = (self._free(name) for name in ("brand_name", "drawn_brand_name"))

    def headings(self, columns: Sequence[str]) -> list[str]:
        found: list[str] = []
        for column in columns:
            translated = column in ("label", "hint")
            tags = [f"{column}::{language_heading(language)}" for language in self.instrument.languages]
            found += tags if translated else [column]
        return found

    def settings(self) -> Cells:
        first = self.instrument.languages[0]
        return {
            "form_title": self.instrument.title[first],
            "form_id": self.instrument.instrument,
            "version": str(self.instrument.version),
            "default_language": language_heading(first),
        }

    def choices(self, brands: Sequence[Brand]) -> Iterator[Cells]:
        industries = {brand.key: brand.industry or "" for brand in brands}
        for name, answers in self.instrument.lists.items():
            extra = {choice.code for choice in answers.extra}
            for choice in self.binder.choices[name]:
                source = "extra" if choice.code in extra else answers.source or ""
                yield self._choice(name, choice, source, industries)

    def _choice(self, name: str, choice: Choice, source: str, industries: Mapping[str, str]) -> Cells:
        cells = {"list_name": name, "name": str(choice.code), "family": choice.family or "", "source": source}
        cells["missing"] = "yes" if choice.missing else ""
        if source == "brands":
            cells |= {"brand": str(choice.code), "industry": industries.get(str(choice.code), "")}
        return cells | self._texts("label", choice.label)

    def rows(self) -> Iterator[Cells]:
        for name, chance in self.instrument.chances.items():
            yield {"type": "calculate", "name": name, "calculation": f"if(once(random()) < {chance}, 1, 0)"}
        for entry in self.instrument.pages:
            yield from self._loop(entry) if isinstance(entry, Loop) else self._page(entry)

    # What the form holds ---------------------------------------------------------------------------------------------

    def _asked(self) -> Iterator[tuple[str, Asked]]:
        yield from ((name, Asked("integer", zero=True)) for name in self.instrument.chances)
        for item in self.instrument.items():
            choices = self.binder.choices[item.list] if item.list else ()
            if item.type == "constant_sum":
                yield from ((f"{item.name}_{choice.code}", Asked("integer", zero=True)) for choice in choices)
            elif item.type not in ("note", "rank", "best_worst"):
                yield item.name, _as_asked(item.type, choices)
        for scale in self.instrument.scales.values():
            asked = _as_asked("select_one", self.binder.choices[scale.list])
            yield from ((row.name, asked) for row in scale.items)
        if battery := self.instrument.rules:
            lists = {"importance": battery.importance_list, "experience": battery.experience_list}
            for subset, prefix in RULE_PREFIXES.items():
                asked = _as_asked("select_one", self.binder.choices[lists[subset]])
                yield from ((prefix + rule.name, asked) for rule in battery.rules)

    def _free(self, name: str) -> str:
        while name in self.asked:
            name += "_"
        return name

    def _xpath(self, expression: str | None, place: str, words: Mapping[str, str] | None = None) -> str:
        if not expression:
            return ""
        try:
            words = {**self.words, **(words or {})}
            return to_xpath(expression, self.asked, words=words)
        except UntranslatableError as error:
            self.losses.append(Loss(place, f"condition '{expression}'", f"{error}; it holds for everybody there"))
            return ""

    def _texts(self, column: str, texts: Texts | None) -> Cells:
        if texts is None:
            return {}
        return {
            f"{column}::{language_heading(language)}": texts[language].replace(_PLACE, self.brand_text)
            for language in self.instrument.languages
        }

    # Pages -----------------------------------------------------------------------------------------------------------

    def _page(self, page: Page) -> Iterator[Cells]:
        if page.about:
            yield from self._drawn_brand()
            self.words, self.brand_text = {"brand": "${drawn_brand}"}, f"${{{self.drawn_name}}}"
        place = f"page {page.page}"
        own = self._xpath(page.relevant, place)
        relevant = " and ".join(
            [*([f"({own})"] if own and self.screens else [own] if own else []), *self._not_screened()]
        )
        group = {"type": "begin_group", "name": f"{PAGE}{page.page}", "relevant": relevant, "appearance": "field-list"}
        yield group | self._texts("label", page.title)
        for question in page.questions:
            yield from self._matrix(question) if isinstance(question, Matrix) else self._item(question)
        yield {"type": "end_group"}
        yield from self._screen(page)
        self.words, self.brand_text = ({}, _PLACE) if page.about else (self.words, self.brand_text)

    def _not_screened(self) -> Iterator[str]:
        """What keeps away from a page those who were screened out before; a loop's pages are kept by the loop."""
        yield from (f"${{{name}}} = 0" for name in self.screens if "brand" not in self.words)

    def _screen(self, page: Page) -> Iterator[Cells]:
        condition = self._xpath(page.screen_out, f"page {page.page}")
        if condition:
            name = self._free(f"{page.page}_screened")
            self.screens.append(name)
            yield {"type": "calculate", "name": name, "calculation": f"if({condition}, 1, 0)", PART_OF: SCREEN_OUT}

    def _loop(self, loop: Loop) -> Iterator[Cells]:
        over = self._over(loop)
        count = f"min({loop.at_most}, count-selected(${{{over}}}))"
        title = dict.fromkeys(self.instrument.languages, _PLACE)
        self.brand_text = f"${{{self.brand_name}}}"
        relevant = " and ".join(self._not_screened())
        repeat = {"type": "begin_repeat", "name": self._free("brand_loop"), "repeat_count": count, "relevant": relevant}
        yield repeat | self._texts("label", title)
        selected = f"selected-at(${{{over}}}, position(..) - 1)"
        yield {"type": "calculate", "name": "brand", "calculation": selected}
        name = f"jr:choice-name(${{brand}}, '${{{over}}}')"
        yield {"type": "calculate", "name": self.brand_name, "calculation": name}
        self.words = {"brand": "${brand}"}
        for page in loop.pages:
            yield from self._page(page)
        yield {"type": "end_repeat"}
        self.words, self.brand_text = {}, _PLACE

    def _over(self, loop: Loop) -> str:
        """The question whose choices are gone through: the first that is not about what was left unpicked."""
        asked = [name for name in loop.eligible if name != ALL_BRANDS and not name.startswith(NOT_PICKED)]
        many = [item.name for item in self.instrument.items() if item.type == "select_multiple"]
        return next(iter([*asked, *many]), loop.eligible[0])

    def _drawn_brand(self) -> Iterator[Cells]:
        over = next((self._over(entry) for entry in self.instrument.pages if isinstance(entry, Loop)), "")
        draw = f"selected-at(${{{over}}}, int(once(random()) * count-selected(${{{over}}})))"
        yield {"type": "calculate", "name": "drawn_brand", "calculation": draw}
        name = f"jr:choice-name(${{drawn_brand}}, '${{{over}}}')"
        yield {"type": "calculate", "name": self.drawn_name, "calculation": name}

    # Questions -------------------------------------------------------------------------------------------------------

    def _item(self, item: Item) -> Iterator[Cells]:
        if item.type == "constant_sum":
            yield from self._constant_sum(item)
            return
        if item.type == "best_worst":
            yield from self._best_worst(item)
            return
        yield self._head(item) | {
            "type": f"{_TYPES.get(item.type, item.type)} {item.list or ''}".strip(),
            "name": item.name,
            "constraint": _constraint(item),
            "parameters": _parameters(item),
            "choice_filter": self._filter(item),
        }

    def _head(self, item: Item) -> Cells:
        required = "yes" if item.required is True and item.type != "note" else ""
        cells = {"required": required, "relevant": self._xpath(item.relevant, f"question {item.name}")}
        return cells | self._texts("label", item.label) | self._texts("hint", item.hint)

    def _filter(self, item: Item) -> str:
        if not item.choice_filter or not item.list:
            return ""
        answers = self.instrument.lists[item.list]
        words = _FILTER_WORDS if answers.source == "brands" else {"code": "name", "family": "family"}
        text = self._xpath(item.choice_filter, f"question {item.name}", words)
        return f"({text}) or source = 'extra'" if text and answers.extra else text

    def _constant_sum(self, item: Item) -> Iterator[Cells]:
        """A number for each choice; the last checks the total."""
        choices = self.binder.choices[item.list or ""]
        names = [f"{item.name}_{choice.code}".lower().replace("-", "_").replace(".", "_") for choice in choices]
        yield self._head(item) | {"type": "begin_group", "name": f"{item.name}_sum", "required": "", PART_OF: item.name}
        for name, choice in zip(names, choices, strict=True):
            others = " + ".join([".", *(f"coalesce(${{{other}}}, 0)" for other in names[:-1])])
            total = f"{others} = {item.total}" if name == names[-1] else ". >= 0"
            row = {"type": "integer", "name": name, "constraint": total}
            yield row | self._texts("label", choice.label)
        yield {"type": "end_group"}
        self._lose(item, "a constant sum", "a number for each choice is asked; the last is checked against the total")

    def _best_worst(self, item: Item) -> Iterator[Cells]:
        """One question for each extreme, about all choices instead of drawn sets."""
        yield self._head(item) | {
            "type": "begin_group",
            "name": f"{item.name}_extremes",
            "required": "",
            PART_OF: item.name,
        }
        for part, texts in (("best", item.high), ("worst", item.low)):
            row = {"type": f"select_one {item.list}", "name": f"{item.name}_{part}", "parameters": "randomize=true"}
            yield row | self._texts("label", texts)
        yield {"type": "end_group"}
        self._lose(item, "a best-worst question", "the best and the worst of all choices are asked once, without sets")

    def _lose(self, item: Item, what: str, why: str) -> None:
        self.losses.append(Loss(f"question {item.name}", what, f"XLSForm has none: {why}"))

    def _matrix(self, matrix: Matrix) -> Iterator[Cells]:
        rows = list(self._rules(matrix) if matrix.rules else self._statements(matrix))
        name = f"grid_{matrix.rules or '_'.join(matrix.scales)}"
        relevant = self._xpath(matrix.relevant, name)
        group = {"type": "begin_group", "name": self._free(name), "appearance": "table-list", "relevant": relevant}
        yield group | self._texts("label", matrix.label)
        required = "yes" if matrix.required is True else ""
        yield from (row | {"required": required} for row in rows)
        yield {"type": "end_group"}

    def _statements(self, matrix: Matrix) -> Iterator[Cells]:
        for key in matrix.scales:
            scale = self.instrument.scales[key]
            for item in scale.items:
                row = {"type": f"select_one {scale.list}", "name": item.name, "relata_scale": key}
                row |= {"relata_set": item.set or "", "relata_reversed": "yes" if item.reversed else ""}
                yield row | self._texts("label", item.label)

    def _rules(self, matrix: Matrix) -> Iterator[Cells]:
        battery, subset = self.instrument.rules, matrix.rules
        if battery is None or subset is None:
            return
        answers = battery.importance_list if subset == "importance" else battery.experience_list
        for rule in battery.rules:
            row = {"type": f"select_one {answers}", "name": RULE_PREFIXES[subset] + rule.name, PART_OF: subset}
            yield row | self._texts("label", rule.label)


def _as_asked(kind: str, choices: Sequence[Choice]) -> Asked:
    codes = {choice.code for choice in choices}
    missing = tuple(code for code in MISSING_CODES if code in codes)
    return Asked(kind, kind in ("integer", "decimal", "range") or 0 in codes, missing)


def _constraint(item: Item) -> str:
    match item.type:
        case "integer" | "decimal":
            return _between(".", item.min, item.max)
        case "select_multiple":
            return _between("count-selected(.)", item.min, item.max)
        case "text":
            return f"string-length(.) <= {item.max_length}" if item.max_length else ""
        case "date":
            first = [f". >= date('{item.earliest}')"] if item.earliest else []
            last = [f". <= date('{item.latest}')"] if item.latest else []
            return " and ".join([*first, *last])
    return ""


def _between(what: str, low: int | None, high: int | None) -> str:
    return " and ".join(f"{what} {sign} {bound}" for sign, bound in ((">=", low), ("<=", high)) if bound is not None)


def _parameters(item: Item) -> str:
    if item.type == "range":
        return f"start={item.min or 0} end={item.max} step={item.step or 1}"
    return "randomize=true" if item.random_order else ""
