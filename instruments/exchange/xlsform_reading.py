"""XLSForm read into a draft, in the spellings of twenty years; checks nothing that a questionnaire's own checks do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from instruments.exchange.carried import refused
from instruments.exchange.draft import (
    Draft,
    DraftChoice,
    DraftList,
    DraftLoop,
    DraftPage,
    DraftQuestion,
    DraftRow,
    Tagged,
)
from instruments.exchange.formula import (
    ALWAYS,
    Meaning,
    UntranslatableError,
    Word,
    read_formula,
    simplified,
    to_condition,
)
from instruments.exchange.naming import language_of
from instruments.exchange.tables import Row, Table
from instruments.exchange.xlsform_bounds import read_constraint, read_parameters
from instruments.exchange.xlsform_words import Kind, heading_of, kind_of
from instruments.logic import Comparison, Condition, Constant, Every, Not, Some, Variable

PAGE = "page_"
"""Stands before the name of a page, so that no question has the name of its group."""
PART_OF, SCREEN_OUT = "relata_part_of", "screen_out"
RULES = ("importance", "experience")

_YES = ("yes", "true", "true()", "1", "y", "ja", "sí", "si", "oui")
_NO = ("", "no", "false", "false()", "0", "n", "nein", "non")
_KNOWN = frozenset(
    [
        *("type", "name", "label", "hint", "required", "relevant", "constraint", "appearance", "parameters", "default"),
        *(
            "kobo--score-choices",
            "kobo--rank-items",
            "choice_filter",
            "calculation",
            "repeat_count",
            PART_OF,
            "relata_scale",
            "relata_set",
            "relata_reversed",
        ),
    ]
)
_KOBO = {"score": "kobo--score-choices", "rank": "kobo--rank-items"}
_OWN_SHEETS = frozenset({"survey", "choices", "settings", "external_choices", "relata"})
_OTHER = {"en": "Other", "zh": "其他", "de": "Sonstiges", "es": "Otro"}
_LAYOUT = frozenset({"field-list", "table-list", "label", "list-nolabel"})
_SOURCES = ("brands", "industries", "families", "relationships")
_REFERENCE = re.compile(r"\$\{\s*([^{}]+?)\s*\}")
_OF_BRAND = re.compile(r"selected-at\(\s*\$\{\s*([^{}]+?)\s*\}")
_NAME_OF = re.compile(r"jr:choice-name\(\s*(?:\$\{\s*([^{}]+?)\s*\}|selected-at)")
_COUNT = re.compile(r"count-selected\(\s*\$\{\s*([^{}]+?)\s*\}")
_AT_MOST = re.compile(r"^\s*min\(\s*([0-9]{1,3})\s*,")
_CHANCE = re.compile(r"^\s*if\(\s*once\(\s*random\(\)\s*\)\s*<\s*(0?\.[0-9]+)\s*,\s*1\s*,\s*0\s*\)\s*$")
_FAMILY = re.compile(r"[a-z][a-z0-9_]{0,31}")
_MOST_EXTERNAL, _MOST_LOOSE = 300, 8


@dataclass(frozen=True)
class Line:
    """One row of the sheet `survey`, its texts by language."""

    place: str
    cells: dict[str, str]
    texts: dict[str, Tagged]
    kind: Kind

    def get(self, heading: str) -> str:
        """The text of a cell, "" where there is none.

        Parameters
        ----------
        heading : str

        Returns
        -------
        str
        """
        return self.cells.get(heading, "")


@dataclass
class _Group:
    """A group or repeat that has begun; `screen` says that all in it stands on one page."""

    line: Line
    relevant: Condition | None
    screen: bool
    repeat: bool = False
    pages: int = 0


def read_xlsform(tables: dict[str, Table], name: str) -> Draft:
    """Read a form.

    Parameters
    ----------
    tables : dict of str to Table
        The sheets of a workbook.
    name : str
        What errors call the file.

    Returns
    -------
    Draft

    Raises
    ------
    ExchangeError
        When it is no XLSForm.
    """
    survey = tables.get("survey") or _only_form(tables)
    if survey is None:
        there = ", ".join(f"'{key}'" for key in list(tables)[:8]) or "none"
        raise refused(name, f"there is no sheet 'survey' (sheets: {there})", "an XLSForm has one; check the file")
    if not any(heading_of(heading)[0] == "type" for heading in survey.headings):
        raise refused(name, "the sheet 'survey' has no column 'type'", "its first row must hold the headings")
    return _Reader(tables, name).draft_of(survey)


def _only_form(tables: dict[str, Table]) -> Table | None:
    """The one sheet that has a column `type`, where none is called `survey`."""
    forms = [table for table in tables.values() if {"type", "name"} <= {heading_of(text)[0] for text in table.headings}]
    return forms[0] if len(forms) == 1 else None


@dataclass
class _Reader:
    """Goes through the rows in order and keeps what later rows need."""

    tables: dict[str, Table]
    file: str
    default: str = ""
    calculations: dict[str, str] = field(default_factory=dict)
    brand_words: dict[str, str] = field(default_factory=dict)
    lists: dict[str, DraftList] = field(default_factory=dict)
    columns: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    groups: list[_Group] = field(default_factory=list)
    screens: dict[str, Condition] = field(default_factory=dict)
    appearances: dict[str, str] = field(default_factory=dict)
    inlining: set[str] = field(default_factory=set)
    page: DraftPage | None = None
    loop: DraftLoop | None = None
    loose: int = 0

    def draft_of(self, survey: Table) -> Draft:
        settings = self._settings()
        self.default = settings.get("default_language", "")
        form_id = settings.get("form_id", "") or settings.get("form_title", "") or Path(self.file).stem
        title = settings.get("form_title", "") or form_id
        self.draft = Draft("XLSForm", form_id, {self.default: title}, self._languages(survey), named_lists=True)
        self._tell_settings(settings)
        self._tell_columns(survey)
        self._read_lists()
        lines = list(self._lines(survey))
        self._find_words(lines)
        self._read(lines)
        self._tell_spare_lists()
        for appearance, place in self.appearances.items():
            self.draft.lose(place, f"appearance '{appearance}'", "how questions look is decided here by the program")
        return self.draft

    # Sheets ----------------------------------------------------------------------------------------------------------

    def _settings(self) -> dict[str, str]:
        table = self.tables.get("settings")
        row = table.rows[0].cells if table and table.rows else {}
        return {heading_of(heading)[0]: text for heading, text in row.items()}

    def _tell_settings(self, settings: dict[str, str]) -> None:
        version = settings.get("version", "")
        if version.isdecimal() and 0 < int(version[:9]) < 1_000_000:  # noqa: PLR2004 - longer ones are dates
            self.draft.version = int(version)
        elif version:
            self.draft.lose("settings", f"version '{version}'", "versions are counted here: it is version 1")
        for key in sorted(settings.keys() - {"form_id", "form_title", "version", "default_language"}):
            self.draft.lose("settings", f"'{key}'", "a matter of the program that collects answers")
        for key in self.tables.keys() - _OWN_SHEETS:
            if self.tables[key].rows:
                self.draft.lose(f"sheet {key}", f"{len(self.tables[key].rows)} rows", "no part of the questionnaire")

    def _tell_columns(self, survey: Table) -> None:
        for heading in survey.headings:
            key = heading_of(heading)[0]
            if key not in _KNOWN and not key.startswith("media::") and any(row.get(heading) for row in survey.rows):
                why = "the interface has messages of its own" if key.endswith("_message") else "it has no counterpart"
                self.draft.lose("survey", f"column '{heading}'", why)

    def _languages(self, survey: Table) -> list[str]:
        tags = [tag for key, tag in map(heading_of, survey.headings) if key == "label" and tag]
        return list(dict.fromkeys([*([self.default] if self.default in tags else []), *tags]))

    def _lines(self, table: Table) -> Iterator[Line]:
        skipped = 0
        for row in table.rows:
            cells, texts = self._cells(row)
            kind = kind_of(cells.get("type", ""))
            if self._is_restored(cells) or skipped:
                # Parts of something that the sheet `relata` holds whole.
                skipped += {"begin": 1, "end": -1}.get(kind.word, 0)
                continue
            place = f"survey row {row.number}" + (f" ({cells['name']})" if cells.get("name") else "")
            if cells.get("type"):
                yield Line(place, cells, texts, kind)
            elif cells.get("name") or texts:
                self.draft.lose(place, "row without a type", "it is no question")

    def _is_restored(self, cells: dict[str, str]) -> bool:
        part = cells.get(PART_OF, "")
        return part not in ("", SCREEN_OUT, *RULES) and "relata" in self.tables

    def _cells(self, row: Row) -> tuple[dict[str, str], dict[str, Tagged]]:
        """Plain cells, and texts by language; a text without one is of the default language."""
        cells: dict[str, str] = {}
        texts: dict[str, Tagged] = {}
        for heading, text in row.cells.items():
            key, tag = heading_of(heading)
            if key in ("label", "hint") or key.startswith("media::"):
                texts.setdefault(key, {}).setdefault(tag or self.default, text)
            else:
                cells.setdefault(key, text)
        return cells, texts

    def _read_lists(self) -> None:
        for sheet in ("choices", "external_choices"):
            table = self.tables.get(sheet)
            for row in table.rows if table else ():
                cells, texts = self._cells(row)
                if cells.get("list_name") and cells.get("name"):
                    self._tell_media(f"{sheet} row {row.number}", texts)
                    self._tell_apart(f"{sheet} row {row.number}", cells)
                    self._read_choice(cells, texts.get("label", {}))

    def _tell_apart(self, place: str, cells: dict[str, str]) -> None:
        """Give a code that stands twice in its list, for different filters, a form of its own."""
        key, code = cells["list_name"], cells["name"]
        taken = {choice.code for choice in self.lists[key].choices} if key in self.lists else set()
        number = 2
        while cells["name"] in taken:
            cells["name"] = f"{code}_{number}"
            number += 1
        if cells["name"] != code:
            self.draft.lose(place, f"code '{code}' for the second time", f"it is '{cells['name']}' here")

    def _read_choice(self, cells: dict[str, str], label: Tagged) -> None:
        key, code, source = cells["list_name"], cells["name"], cells.get("source", "")
        answers = self.lists.setdefault(key, DraftList(key, []))
        if source in _SOURCES:
            answers.source = source
        for column, value in cells.items():
            self.columns.setdefault((key, column), {})[code] = value
        missing = cells.get("missing", "").lower() in _YES
        family = (
            cells.get("family", "") if source not in _SOURCES and _FAMILY.fullmatch(cells.get("family", "")) else ""
        )
        choice = DraftChoice(code, label or {self.default: code}, family, missing, extra=source == "extra")
        answers.choices.append(choice)

    def _tell_media(self, place: str, texts: dict[str, Tagged]) -> None:
        for key, files in texts.items():
            if key.startswith("media::"):
                file = next(iter(files.values()))
                self.draft.lose(place, f"{key.removeprefix('media::')} '{file}'", "questionnaires here hold text only")

    def _tell_spare_lists(self) -> None:
        used = {question.answers.name for question in self.draft.questions() if question.answers}
        for key, answers in self.lists.items():
            if key not in used and "relata" in self.tables:
                self.draft.spare_lists.append(answers)
            elif key not in used and f"{key}_or_other" not in used:
                self.draft.lose("choices", f"list '{key}'", "no question here chooses from it")

    # Names that stand for the brand, for chance, and for calculations ------------------------------------------------

    def _find_words(self, lines: Sequence[Line]) -> None:
        for line in lines:
            name, formula = line.get("name"), line.get("calculation")
            if line.kind.word != "calculate":
                continue
            self.calculations[name] = formula
            named = _NAME_OF.search(formula)
            if named and (not named[1] or named[1] in self.brand_words):
                self.brand_words[name] = ""
            elif _OF_BRAND.search(formula):
                self.brand_words[name] = _OF_BRAND.findall(formula)[0]
            elif found := _CHANCE.match(formula):
                self.draft.chances[name.lower()] = float(found[1])

    def _meaning(self, word: Word) -> Meaning:
        name = word.text
        if name in self.brand_words:
            return Variable("brand", 0)
        if name.lower() in self.draft.chances:
            return Variable(name.lower(), 0)
        if name in self.screens:
            return self.screens[name]
        if name in self.calculations:
            return self._inlined(name)
        if not word.reference:
            raise UntranslatableError(f"it uses '{name}'")
        return Variable(name, 0)

    def _inlined(self, name: str) -> Meaning:
        """What a calculation says, where a condition asks for its result."""
        if name in self.inlining:
            raise UntranslatableError(f"the calculation '{name}' needs itself")
        self.inlining.add(name)
        try:
            node = read_formula(self.calculations[name], "xpath")
            return self._meaning(node) if isinstance(node, Word) else to_condition(node, self._meaning)
        except UntranslatableError as error:
            raise UntranslatableError(f"it uses the calculation '{name}': {error}") from None
        finally:
            self.inlining.discard(name)

    def _condition(self, text: str, place: str, what: str = "relevant condition") -> Condition | None:
        if not text:
            return None
        try:
            condition = to_condition(read_formula(text, "xpath"), self._meaning)
        except UntranslatableError as error:
            self.draft.lose(place, f"{what} '{text}'", f"{error}; it holds for everybody here")
            return None
        return None if condition == ALWAYS else condition

    def _text(self, line: Line, key: str = "label") -> Tagged:
        """A text in which the brand is called as it is here."""
        return {tag: _REFERENCE.sub(self._placed, text) for tag, text in line.texts.get(key, {}).items()}

    def _placed(self, found: re.Match[str]) -> str:
        return "${brand}" if found[1] in self.brand_words else found[0]

    # Rows ------------------------------------------------------------------------------------------------------------

    def _read(self, lines: list[Line]) -> None:
        at = 0
        while at < len(lines):
            line = lines[at]
            if line.kind.word == "begin":
                at = self._begin(lines, at)
            elif line.kind.word == "end":
                self._end(line)
            elif line.kind.word == "calculate":
                self._calculate(line)
            else:
                self._ask(line)
            at += 1

    def _begin(self, lines: list[Line], at: int) -> int:
        """Open a group; a matrix is read whole. The position of the last row that was read."""
        line = lines[at]
        end = next((i for i in range(at + 1, len(lines)) if lines[i].kind.word in ("begin", "end")), len(lines) - 1)
        rows = [row for row in lines[at + 1 : end] if row.kind.word != "calculate"]
        if line.kind.list_name in _KOBO:
            self._place_kobo(line, rows)
            return end
        if line.kind.list_name == "group" and lines[end].kind.word == "end" and _is_matrix(line, rows):
            self._place(self._matrix(line, rows))
            return end
        self._note_appearance(line)
        on_screen = any(group.screen for group in self.groups)
        if not on_screen:
            self.page = None
        relevant = self._without_screens(self._condition(line.get("relevant"), line.place))
        screen = on_screen or "field-list" in line.get("appearance")
        repeat = line.kind.list_name == "repeat" and self._open_loop(lines, at)
        self.groups.append(_Group(line, relevant, screen, repeat))
        return at

    def _place_kobo(self, line: Line, rows: Sequence[Line]) -> None:
        """KoboToolbox's own tables and rankings, which name their list in a column of their own."""
        answers = self._list(line.get(_KOBO[line.kind.list_name]))
        if answers is None:
            self.draft.lose(line.place, f"question '{line.get('name')}'", "its list is not in the form: left out")
            return
        question = DraftQuestion(
            line.place, line.get("name"), "rank", self._text(line), self._text(line, "hint"), answers
        )
        question.required = self._required(line)
        question.relevant = self._condition(line.get("relevant"), line.place)
        if line.kind.list_name == "score":
            question.type = "matrix"
            question.rows = [self._row(row) for row in rows]
        else:
            question.max = min(len(rows), len(answers.choices)) or None
        self._place(question)

    def _without_screens(self, condition: Condition | None) -> Condition | None:
        """A page's own condition, without what keeps those away who were screened out before."""
        excluded = [Not(screen) for screen in self.screens.values()]
        if not excluded or condition is None:
            return condition
        parts = condition.parts if isinstance(condition, Every) else (condition,)
        kept = simplified(Every(tuple(part for part in parts if part not in excluded)))
        return None if kept == ALWAYS else kept

    def _open_loop(self, lines: list[Line], at: int) -> bool:
        line, inside = lines[at], " ".join(row.get("calculation") for row in lines[at + 1 : at + 8])
        count = line.get("repeat_count")
        over = _COUNT.search(count) or _COUNT.search(self.calculations.get(_only_reference(count), ""))
        over = over or _OF_BRAND.search(inside)
        if over is None or (self.draft.entries and any(isinstance(e, DraftLoop) for e in self.draft.entries)):
            why = "only choices of one multiple answer can be gone through here: its questions are asked once"
            self.draft.lose(line.place, f"repeat '{line.get('name')}'", why)
            return False
        most = _AT_MOST.match(count)
        self.loop = DraftLoop(line.place, over[1], [], int(most[1]) if most else 0)
        self.draft.entries.append(self.loop)
        return True

    def _end(self, line: Line) -> None:
        if not self.groups:
            self.draft.lose(line.place, f"'{line.get('type')}'", "nothing has begun that it could end")
            return
        group = self.groups.pop()
        if group.repeat:
            self.loop = None
        if not any(outer.screen for outer in self.groups):
            self.page = None

    def _calculate(self, line: Line) -> None:
        name = line.get("name")
        if line.get(PART_OF) == SCREEN_OUT and self._last_page() is not None:
            condition = self._condition(line.get("calculation"), line.place, "screening")
            last = self._last_page()
            if condition is not None and last is not None:
                last.screen_out = self.screens[name] = condition
        elif name not in self.brand_words and name.lower() not in self.draft.chances:
            why = (
                "nothing is calculated during an interview; conditions that ask for it were written out where possible"
            )
            self.draft.lose(line.place, f"calculation '{line.get('calculation')}'", why)

    def _last_page(self) -> DraftPage | None:
        return next((entry for entry in reversed(self.draft.entries) if isinstance(entry, DraftPage)), None)

    def _ask(self, line: Line) -> None:
        kind = line.kind
        self._note_appearance(line)
        self._tell_media(line.place, line.texts)
        if kind.word == "recorded":
            what = f"'{line.get('type')}' of the device"
            self.draft.lose(line.place, what, "start, end and language are recorded here, nothing else")
        elif kind.word == "unknown":
            self.draft.lose(line.place, f"type '{line.get('type')}'", "there is no such question here: left out")
        elif line.get("appearance").strip() == "label" and kind.word.startswith("select"):
            return  # the head of a table, no question
        else:
            for question in self._questions(line):
                self._place(question)

    def _note_appearance(self, line: Line) -> None:
        for word in line.get("appearance").split():
            if word not in _LAYOUT:
                self.appearances.setdefault(word, line.place)

    def _place(self, question: DraftQuestion) -> None:
        """Put a question on the page that is open, or on a new one."""
        first = next((at for at, group in enumerate(self.groups) if group.screen), len(self.groups))
        inner = [group.relevant for group in self.groups[first + 1 :]]
        question.relevant = _together([*inner, question.relevant])
        if self.page is None or (not self.groups and len(self.page.questions) >= _MOST_LOOSE):
            self.page = self._open_page(first)
            (self.loop.pages if self.loop else self.draft.entries).append(self.page)
        self.page.questions.append(question)

    def _open_page(self, first: int) -> DraftPage:
        groups = self.groups[: first + 1]
        if not groups:
            self.loose += 1
            return DraftPage(self.draft.origin, f"page_{self.loose}", self.draft.title)
        group = groups[-1]
        group.pages += 1
        name = group.line.get("name").removeprefix(PAGE) + (f"_{group.pages}" if group.pages > 1 else "")
        titled = next((group for group in reversed(groups) if group.line.texts.get("label")), None)
        title = self._text(titled.line) if titled else self.draft.title
        return DraftPage(group.line.place, name, title, [], _together([group.relevant for group in groups]))

    # Questions -------------------------------------------------------------------------------------------------------

    def _questions(self, line: Line) -> Iterator[DraftQuestion]:
        kind, name = line.kind, line.get("name")
        question = DraftQuestion(line.place, name or f"row_{line.place.split()[2]}", "text", self._text(line))
        question.hint = self._text(line, "hint")
        question.relevant = self._condition(line.get("relevant"), line.place)
        question.required = self._required(line)
        self._type(question, kind, line.place)
        if line.get("default"):
            self.draft.lose(
                line.place, f"default answer '{line.get('default')}'", "nothing is answered beforehand here"
            )
        for told in (
            *read_parameters(question, line.get("parameters")),
            *read_constraint(question, line.get("constraint")),
        ):
            self.draft.lose(line.place, *told)
        if question.answers and line.get("choice_filter"):
            question.choice_filter = self._filter(question.answers, line)
        yield question
        if kind.or_other and question.answers:
            yield self._other_text(question)

    def _type(self, question: DraftQuestion, kind: Kind, place: str) -> None:
        if kind.almost:
            self.draft.lose(place, f"question '{question.name}'", kind.almost)
        if not kind.list_name:
            question.type = kind.word  # type: ignore[assignment]
            return
        answers = self._list(kind.list_name)
        if kind.external == "file" or answers is None or len(answers.choices) > _MOST_EXTERNAL:
            why = "too many choices" if answers else "its choices are not in the form"
            self.draft.lose(place, f"list '{kind.list_name}'", f"{why}: the question is asked as text")
            return
        question.type = kind.word  # type: ignore[assignment]
        question.answers = self._with_other(answers) if kind.or_other else answers

    def _list(self, key: str) -> DraftList | None:
        if key in self.lists:
            return self.lists[key]
        return next((answers for name, answers in self.lists.items() if name.lower() == key.lower()), None)

    def _with_other(self, answers: DraftList) -> DraftList:
        if any(choice.code.lower() == "other" for choice in answers.choices):
            return answers
        return DraftList(f"{answers.name}_or_other", [*answers.choices, DraftChoice("other", self._other())])

    def _other(self) -> Tagged:
        tags = self.draft.languages or [self.default]
        return {tag: _OTHER.get(language_of(tag) or "en", "Other") for tag in tags}

    def _other_text(self, question: DraftQuestion) -> DraftQuestion:
        code = next(c.code for c in question.answers.choices if c.code.lower() == "other") if question.answers else ""
        asked = Comparison("in", Constant(code), Variable(question.name, 0))
        relevant = _together([question.relevant, asked])
        return DraftQuestion(question.place, f"{question.name}_other_text", "text", self._other(), relevant=relevant)

    def _required(self, line: Line) -> bool:
        text = line.get("required").lower()
        if text not in (*_YES, *_NO):
            why = "a question is always required here or never: this one is not"
            self.draft.lose(line.place, f"required condition '{text}'", why)
        return text in _YES

    def _filter(self, answers: DraftList, line: Line) -> Condition | None:
        text = line.get("choice_filter")
        try:
            condition = to_condition(read_formula(text, "xpath"), lambda word: self._of_choice(word, answers))
        except UntranslatableError as error:
            self.draft.lose(line.place, f"choice filter '{text}'", f"{error}; every choice is offered")
            return None
        if isinstance(condition, Some):
            kept = tuple(part for part in condition.parts if "source" not in _names(part))
            condition = simplified(Some(kept))
        return None if condition == ALWAYS else condition

    def _of_choice(self, word: Word, answers: DraftList) -> Meaning:
        """What a bare word of a choice filter stands for: the code, or a column of the sheet `choices`."""
        if word.reference:
            return self._meaning(word)
        if word.text in ("name", "brand", "source"):
            return Variable({"name": "code"}.get(word.text, word.text), 0)
        values = self.columns.get((answers.name, word.text))
        if values is not None and answers.source:
            return Variable(word.text, 0)
        if values is None:
            raise UntranslatableError(f"the choices have no column '{word.text}'")
        if not all(_FAMILY.fullmatch(value) for value in values.values()):
            raise UntranslatableError(f"the values of the column '{word.text}' cannot be names of families")
        families = {choice.family for choice in answers.choices} - {""}
        if families - set(values.values()):
            raise UntranslatableError("it asks for two columns of the choices")
        for choice in answers.choices:
            choice.family = values.get(choice.code, "")
        return Variable("family", 0)

    def _matrix(self, line: Line, rows: Sequence[Line]) -> DraftQuestion:
        asked = [row for row in rows if row.kind.word == "select_one" and row.get("appearance").strip() != "label"]
        heads = [row for row in rows if row not in asked]
        label = self._text(line) or next((self._text(row) for row in heads if row.texts.get("label")), {})
        name = line.get("name") or f"grid_{line.place.split()[2]}"
        question = DraftQuestion(line.place, name, "matrix", label)
        question.answers = self._list(asked[0].kind.list_name)
        question.required = all(self._required(row) for row in asked)
        question.relevant = self._condition(line.get("relevant"), line.place)
        question.rules = next((row.get(PART_OF) for row in asked if row.get(PART_OF) in RULES), "")
        question.rows = [self._row(row) for row in asked]
        return question

    def _row(self, line: Line) -> DraftRow:
        if line.get("relevant"):
            self.draft.lose(
                line.place, f"relevant condition '{line.get('relevant')}'", "rows of a matrix have none here"
            )
        self._tell_media(line.place, line.texts)
        scale, subset = line.get("relata_scale"), line.get("relata_set")
        is_reversed = line.get("relata_reversed").lower() in _YES
        return DraftRow(line.get("name"), self._text(line), scale, subset, is_reversed)


def _is_matrix(line: Line, rows: Sequence[Line]) -> bool:
    """Whether a group is a table: rows on one list, drawn as such."""
    asked = [row for row in rows if row.kind.word == "select_one" and row.get("appearance").strip() != "label"]
    others = [row for row in rows if row not in asked and row.kind.word not in ("note", "select_one")]
    drawn = "table-list" in line.get("appearance") or any("list-nolabel" in row.get("appearance") for row in asked)
    alike = len({row.kind.list_name for row in asked}) == 1 and not any(row.kind.or_other for row in asked)
    plain = not any(row.kind.external or row.get("choice_filter") for row in asked)
    return drawn and alike and plain and not others


def _only_reference(text: str) -> str:
    found = _REFERENCE.fullmatch(text.strip())
    return found[1] if found else ""


def _names(condition: Condition) -> set[str]:
    sides = (condition.left, condition.right) if isinstance(condition, Comparison) else ()
    return {side.name for side in sides if isinstance(side, Variable)}


def _together(conditions: Sequence[Condition | None]) -> Condition | None:
    kept = [condition for condition in conditions if condition is not None]
    return kept[0] if len(kept) == 1 else Every(tuple(kept)) if kept else None
