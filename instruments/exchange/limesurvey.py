"""LimeSurvey's surveys, groups and questions (versions 1.9 to 6) read into a draft; runs no expression of theirs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from xml.etree.ElementTree import Element

from instruments.exchange.draft import Draft, DraftChoice, DraftList, DraftPage, DraftQuestion, DraftRow, Tagged
from instruments.exchange.formula import (
    ALWAYS,
    Meaning,
    Part,
    UntranslatableError,
    Word,
    compared,
    is_answered,
    read_formula,
    simplified,
    to_condition,
)
from instruments.exchange.lime_words import Asked, Group, Option, Survey, read_survey
from instruments.exchange.plain_text import plain
from instruments.logic import Comparison, Condition, Constant, Every, Not, Some, Variable
from instruments.model import ItemType

OTHER = "-oth-"
"""LimeSurvey's code for an answer that is written in."""

_FIXED: dict[str, tuple[tuple[str, dict[str, str]], ...]] = {
    "Y": (
        ("Y", {"en": "Yes", "zh": "是", "de": "Ja", "es": "Sí"}),
        ("N", {"en": "No", "zh": "否", "de": "Nein", "es": "No"}),
    ),
    "G": (
        ("F", {"en": "Female", "zh": "女", "de": "Weiblich", "es": "Mujer"}),
        ("M", {"en": "Male", "zh": "男", "de": "Männlich", "es": "Hombre"}),
    ),
    "C": (
        ("Y", {"en": "Yes", "zh": "是", "de": "Ja", "es": "Sí"}),
        ("U", {"en": "Uncertain", "zh": "不确定", "de": "Unsicher", "es": "No estoy seguro/a"}),
        ("N", {"en": "No", "zh": "否", "de": "Nein", "es": "No"}),
    ),
    "E": (
        ("I", {"en": "Increase", "zh": "增加", "de": "Zunahme", "es": "Aumento"}),
        ("S", {"en": "Same", "zh": "不变", "de": "Gleich", "es": "Igual"}),
        ("D", {"en": "Decrease", "zh": "减少", "de": "Abnahme", "es": "Disminución"}),
    ),
}
"""Choices that LimeSurvey itself words."""
_POINTS = {"5": 5, "A": 5, "B": 10}
_OTHER_LABEL = {"en": "Other", "zh": "其他", "de": "Sonstiges", "es": "Otro"}
_ABSENT = {
    "I": "the language is chosen at the beginning here",
    "|": "files are not taken in here",
}
_TOLD_ATTRIBUTES = {
    "em_validation_q": "checks across answers are not made here",
    "em_validation_sq": "checks across answers are not made here",
    "exclude_all_others": "a choice that excludes others is not known here",
    "exclude_all_others_auto": "a choice that excludes others is not known here",
    "prefix": "texts before and after a field are not shown here",
    "suffix": "texts before and after a field are not shown here",
    "time_limit": "answers have no time limit here",
    "numbers_only": "any text is accepted",
    "code_filter": "every choice is offered",
    "array_filter_exclude": "every choice is offered",
    "parent_order": "choices keep their order",
    "other_comment_mandatory": "what is written beside 'other' is never required here",
    "assessment_value": "answers have no points here",
}
_BOUNDS = frozenset(
    [
        *("min_answers", "max_answers", "max_subquestions", "maximum_chars", "min_num_value_n", "max_num_value_n"),
        *("equals_num_value", "multiflexible_min", "multiflexible_max", "multiflexible_step"),
        *("slider_min", "slider_max", "slider_accuracy"),
    ]
)
_KEPT_ATTRIBUTES = _BOUNDS | {
    *("hidden", "random_order", "random_group", "answer_order", "other_replace_text", "array_filter", "date_format"),
    *("num_value_int_only", "input_boxes", "multiflexible_checkbox", "slider_layout", "date_min", "date_max"),
    *("subquestion_order", "dualscale_headerA", "dualscale_headerB"),
}
_LOOKS = re.compile(
    r"time_limit_|statistics_|public_statistics|location_(?!mapservice)|cssclass|hide_tip|page_break|input_size|display_|"
    r".*_width(_|$)|.*_style$|scale_export|save_as_default|clear_default|question_template|.*_tip$|printable_help|"
    r"alphasort|category_separator|choice_title|rank_title|samechoiceheight|samelistheight|showpopups|use_dropdown|"
    r"repeat_headings|dropdown_|placeholder|text_input_|slider_(?!default)|reverse$|num_value_"
)
"""Attributes that say how a question looks."""
_UNSET = frozenset({"", "0", "n", "no", "default", "inherit"})
_TOLD_TABLES = (
    ("defaultvalues", "default answers", "there are none here"),
    ("assessments", "assessment rules", "there are none here"),
    ("survey_url_parameters", "parameters of the address", "nothing is kept that is not asked"),
)
_TOLD_SETTINGS = (
    ("policy_notice", "data policy notice", "consent has a question of its own here: write it into the study"),
    ("url", "address after the last page", "the program has an end page of its own"),
)
_SGQA = re.compile(r"^\+?([0-9]+)X([0-9]+)X([0-9]+)(.*)$")
_SUFFIX = re.compile(r"\.(NAOK|value|code|valueNAOK)$", re.IGNORECASE)
_WHOLE = re.compile(r"-?[0-9]{1,9}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEAR = re.compile(r"[0-9]{4}")
_MOST_POINTS = 11


def read_limesurvey(root: Element, name: str) -> Draft:
    """Read a survey.

    Parameters
    ----------
    root : Element
        The document.
    name : str
        What errors call the file.

    Returns
    -------
    Draft

    Raises
    ------
    ExchangeError
        When it is no survey file.
    """
    return _Reader(read_survey(root, name)).draft_of()


@dataclass
class _Reader:
    """One survey; `variables` are the names that its expressions may ask for."""

    survey: Survey
    variables: dict[str, Meaning] = field(default_factory=dict)
    numbered: dict[str, Meaning] = field(default_factory=dict)
    equations: dict[str, str] = field(default_factory=dict)
    inlining: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        base = self.survey.languages[0]
        titles = {tag: row.get("surveyls_title", "") for tag, row in self.survey.settings.items()}
        titles = titles or self._first_words()
        name, _ = plain(titles.get(base, "") or next(iter(titles.values()), "") or "survey")
        self.draft = Draft("LimeSurvey", name, titles or {base: name}, self.survey.languages)
        self.draft.description = {tag: row.get("surveyls_description", "") for tag, row in self.survey.settings.items()}

    def _first_words(self) -> Tagged:
        """What files without a survey's settings are called: by their group, or by their question's code."""
        named = next((group.name for group in self.survey.groups if group.name), {})
        return dict(named) or {self.survey.languages[0]: self.survey.questions[0].code}

    def draft_of(self) -> Draft:
        self._name_variables()
        self._welcome()
        grouped = {group.id: group for group in self.survey.groups}
        for key, asked in groupby(self.survey.questions, lambda asked: asked.group):
            self._page(grouped.get(key) or Group(key, {}, {}, {}), list(asked))
        self._tell_rest()
        return self.draft

    # Names -----------------------------------------------------------------------------------------------------------

    def _name_variables(self) -> None:
        sid = self.survey.row.get("sid", "")
        for asked in self.survey.questions:
            sgqa = f"{sid or asked.row.get('sid', '')}X{asked.group}X{asked.id}"
            for suffix, meaning in self._meanings(asked):
                self.variables[f"{asked.code}{'_' if suffix else ''}{suffix}"] = meaning
                self.variables[f"{sgqa}{suffix.replace('_', '')}"] = meaning
                self.variables[f"{sgqa}{suffix}"] = meaning
            self._name_by_numbers(asked)
            if asked.type == "*":
                self.equations[asked.code] = plain(next(iter(asked.label.values()), ""))[0].strip("{} ")

    def _name_by_numbers(self, asked: Asked) -> None:
        """Names of version 7, made of numbers; a question's own code comes first where it reads the same."""
        rows = [option for option in asked.subquestions if option.scale == "0"]
        columns = [option for option in asked.subquestions if option.scale == "1"]
        named = {"": "", "_Cother": "_other", "_Ccomment": "_comment"}
        for row in rows:
            named[f"_S{row.id}"] = f"_{row.code}"
            named |= {f"_S{row.id}#{scale}": f"_{row.code}_{scale}" for scale in ("0", "1")}
            named |= {f"_S{row.id}_S{column.id}": f"_{row.code}_{column.code}" for column in columns}
        for number, code in named.items():
            if f"{asked.code}{code}" in self.variables:
                self.numbered[f"Q{asked.id}{number}"] = self.variables[f"{asked.code}{code}"]

    def _meanings(self, asked: Asked) -> Iterator[tuple[str, Meaning]]:
        """What the question's variables stand for, by what follows its code."""
        code = asked.code
        if asked.type in ("M", "P"):
            yield "", Variable(code, 0)
            yield from ((option.code, Part(code, option.code)) for option in asked.subquestions)
            yield "other", Part(code, OTHER)
            return
        yield "", Variable(code, 0)
        for suffix in ("other", "comment"):
            yield suffix, Variable(f"{code}_{suffix}", 0)
        rows = [option.code for option in asked.subquestions if option.scale == "0"]
        columns = [option.code for option in asked.subquestions if option.scale == "1"]
        for row in rows:
            yield row, Variable(f"{code}_{row}", 0)
            yield from ((f"{row}_{n}", Variable(f"{code}_{row}_{n}", 0)) for n in ("0", "1") if asked.type == "1")
            yield from ((f"{row}_{column}", self._cell(asked, row, column)) for column in columns)

    def _cell(self, asked: Asked, row: str, column: str) -> Meaning:
        if asked.is_set("multiflexible_checkbox"):
            return Part(f"{asked.code}_{row}", column)
        return Variable(f"{asked.code}_{row}_{column}", 0)

    def _meaning(self, word: Word) -> Meaning:
        name = _SUFFIX.sub("", word.text)
        if name in self.equations:
            return self._inlined(name)
        if name in self.variables or name in self.numbered:
            return self.variables.get(name) or self.numbered[name]
        if "." in name:
            raise UntranslatableError(f"it asks for '.{name.rpartition('.')[2]}'")
        raise UntranslatableError(f"it asks for '{name}', which is no question")

    def _inlined(self, name: str) -> Meaning:
        if name in self.inlining:
            raise UntranslatableError(f"the equation '{name}' needs itself")
        self.inlining.add(name)
        try:
            node = read_formula(self.equations[name], "limesurvey")
            return self._meaning(node) if isinstance(node, Word) else to_condition(node, self._meaning)
        finally:
            self.inlining.discard(name)

    # Conditions ------------------------------------------------------------------------------------------------------

    def _relevance(self, text: str, place: str) -> Condition | None:
        text = text.strip().removeprefix("{").removesuffix("}").strip()
        if text in ("", "1"):
            return None
        try:
            condition = to_condition(read_formula(text, "limesurvey"), self._meaning)
        except UntranslatableError as error:
            self.draft.lose(place, f"condition '{text}'", f"{error}; it holds for everybody here")
            return None
        return None if condition == ALWAYS else condition

    def _conditions(self, asked: Asked, place: str) -> Condition | None:
        """Conditions as older versions keep them: one of the scenarios, and in it every question asked for."""
        if asked.row.get("relevance", "").strip() not in ("", "1"):
            return self._relevance(asked.row["relevance"], place)
        rows = [row for row in self.survey.conditions if row.get("qid") == asked.id]
        scenarios: dict[str, dict[str, list[Condition]]] = {}
        for row in rows:
            try:
                held = self._old_condition(row)
            except UntranslatableError as error:
                self.draft.lose(place, f"condition on '{row.get('cfieldname', '')}'", f"{error}; it is left out")
                continue
            fields = scenarios.setdefault(row.get("scenario") or "1", {})
            fields.setdefault(row.get("cfieldname", ""), []).append(held)
        each = [Every(tuple(Some(tuple(held)) for held in fields.values())) for fields in scenarios.values()]
        return simplified(Some(tuple(each))) if each else None

    def _old_condition(self, row: Mapping[str, str]) -> Condition:
        name, value = row.get("cfieldname", ""), row.get("value", "")
        plain_name = name.removeprefix("+")
        meaning = self.variables.get(plain_name) or self.numbered.get(plain_name)
        meaning = meaning or self.variables.get(_longest(name, self.variables))
        sign = {"": "==", "=": "=="}.get(row.get("method", "").strip(), row.get("method", "").strip())
        if meaning is None or not isinstance(meaning, (Variable, Part)):
            raise UntranslatableError("it asks for something that is no question")
        if isinstance(meaning, Part):
            held: Condition = Comparison("in", Constant(meaning.code), Variable(meaning.item, 0))
            return held if sign == "==" and value == "Y" else Not(held)
        if value.strip() == "":
            return Not(is_answered(meaning.name)) if sign == "==" else is_answered(meaning.name)
        if sign not in ("==", "!=", "<", "<=", ">", ">="):
            raise UntranslatableError(f"it compares by '{sign}'")
        return compared(sign, meaning, int(value) if _WHOLE.fullmatch(value) else value)

    # Pages -----------------------------------------------------------------------------------------------------------

    def _welcome(self) -> None:
        text = {tag: row.get("surveyls_welcometext", "") for tag, row in self.survey.settings.items()}
        if any(plain(told)[0] for told in text.values()):
            note = DraftQuestion("welcome text", "welcome", "note", text)
            self.draft.entries.append(DraftPage("welcome text", "welcome", self.draft.title, [note]))
        if any(plain(row.get("surveyls_endtext", ""))[0] for row in self.survey.settings.values()):
            self.draft.lose("end text", "text after the last page", "the program has an end page of its own")

    def _page(self, group: Group, asked: Sequence[Asked]) -> None:
        title = next((plain(text)[0] for text in group.name.values()), "") or f"group_{group.id}"
        place = f"group '{title[:60]}'"
        relevant = self._relevance(group.row.get("grelevance", ""), place)
        page = DraftPage(place, title[:40], group.name, [], relevant)
        if any(plain(text)[0] for text in group.description.values()):
            page.questions.append(DraftQuestion(place, f"about_{title[:20]}", "note", group.description))
        if group.row.get("randomization_group"):
            self.draft.lose(place, "random order of groups", "pages keep their order here")
        for question in asked:
            page.questions += self._asked(question)
        self.draft.entries.append(page)

    def _asked(self, asked: Asked) -> list[DraftQuestion]:
        place = f"question {asked.code or asked.id}"
        if asked.type == "*" or asked.is_set("hidden"):
            what = "equation" if asked.type == "*" else "hidden question"
            self.draft.lose(
                place, what, "nothing is kept that is not asked; conditions on it were written out if possible"
            )
            return []
        if asked.type in _ABSENT:
            self.draft.lose(place, f"question of the type '{asked.type}'", f"{_ABSENT[asked.type]}: left out")
            return []
        make = _MAKERS.get(asked.type)
        if make is None:
            self.draft.lose(place, f"question of the type '{asked.type}'", "there is no such question here: left out")
            return []
        made = make(self, asked, place)
        relevant = self._conditions(asked, place)
        for question in made:
            question.relevant = _both(relevant, question.relevant)
        self._tell_attributes(asked, place)
        self._tell_other_attributes(asked, place)
        return made

    def _tell_other_attributes(self, asked: Asked, place: str) -> None:
        for name in sorted(asked.attributes.keys() - _TOLD_ATTRIBUTES.keys() - _KEPT_ATTRIBUTES):
            value = asked.attribute(name)
            if value.lower() not in _UNSET and not _LOOKS.match(name):
                self.draft.lose(place, f"{name} '{value[:80]}'", "it has no counterpart here")
        for name in sorted(_BOUNDS & asked.attributes.keys()):
            if asked.attribute(name) and _whole(asked.attribute(name)) is None:
                self.draft.lose(place, f"{name} '{asked.attribute(name)[:80]}'", "only whole numbers are bounds here")

    def _tell_attributes(self, asked: Asked, place: str) -> None:
        for name, why in _TOLD_ATTRIBUTES.items():
            value = asked.attribute(name)
            if value not in ("", "0", "N") and not (name == "numbers_only" and asked.type in "KNS"):
                self.draft.lose(place, f"{name} '{value}'", why)
        if asked.row.get("preg"):
            self.draft.lose(place, f"pattern '{asked.row['preg']}'", "answers are not held against patterns here")
        if asked.row.get("randomization_group") or asked.attribute("random_group"):
            self.draft.lose(place, "random order of questions", "questions of a page keep their order here")
        if asked.script:
            self.draft.lose(place, "JavaScript", "nothing is run that came with a questionnaire")
        for option in asked.subquestions:
            if option.relevance not in ("", "1"):
                self.draft.lose(place, f"condition '{option.relevance}' of '{option.code}'", "it is always offered")

    # Questions -------------------------------------------------------------------------------------------------------

    def _new(
        self, asked: Asked, place: str, kind: ItemType, suffix: str = "", label: Tagged | None = None
    ) -> DraftQuestion:
        told = _joined(asked.label, label) if label else asked.label
        question = DraftQuestion(place, asked.code + suffix, kind, told, dict(asked.help))
        question.required = asked.row.get("mandatory", "").upper() in ("Y", "S")
        question.soft = asked.row.get("mandatory", "").upper() == "S"
        return question

    def single(self, asked: Asked, place: str) -> list[DraftQuestion]:
        question = self._new(asked, place, "select_one")
        question.answers = self._list(asked, asked.answers)
        question.random_order = asked.is_set("random_order") or asked.attribute("answer_order") == "random"
        question.choice_filter = self._array_filter(asked)
        return [question, *self._other_text(asked, place, question), *self._comment(asked, place)]

    def fixed(self, asked: Asked, place: str) -> list[DraftQuestion]:
        question = self._new(asked, place, "select_one")
        question.answers = self._worded(asked)
        return [question]

    def _worded(self, asked: Asked) -> DraftList:
        """Choices that are LimeSurvey's own."""
        if asked.type in _POINTS:
            points = range(1, _POINTS[asked.type] + 1)
            return DraftList(f"points{_POINTS[asked.type]}", [self._number(point) for point in points])
        choices = [DraftChoice(code, self._in_languages(texts)) for code, texts in _FIXED[asked.type]]
        return DraftList({"Y": "yes_no", "G": "gender", "C": "yes_uncertain_no", "E": "change"}[asked.type], choices)

    def _number(self, number: int) -> DraftChoice:
        return DraftChoice(str(number), dict.fromkeys(self.survey.languages, str(number)))

    def _in_languages(self, texts: Mapping[str, str]) -> Tagged:
        return {tag: texts.get(tag.split("-")[0].lower(), texts["en"]) for tag in self.survey.languages}

    def _list(self, asked: Asked, options: Sequence[Option], scale: str = "0") -> DraftList:
        choices = [DraftChoice(option.code, option.label) for option in options if option.scale == scale]
        if asked.row.get("other", "").upper() == "Y" and scale == "0":
            text = asked.attributes.get("other_replace_text", {})
            choices.append(DraftChoice(OTHER, text or self._in_languages(_OTHER_LABEL), with_text=True))
        return DraftList(asked.code, choices)

    def _other_text(self, asked: Asked, place: str, question: DraftQuestion) -> Iterator[DraftQuestion]:
        if asked.row.get("other", "").upper() == "Y":
            relevant = Comparison("in", Constant(OTHER), Variable(question.name, 0))
            label = self._in_languages(_OTHER_LABEL)
            yield DraftQuestion(place, f"{asked.code}_other", "text", label, relevant=relevant)

    def _comment(self, asked: Asked, place: str) -> Iterator[DraftQuestion]:
        if asked.type == "O":
            label = self._in_languages({"en": "Comment", "zh": "说明", "de": "Kommentar", "es": "Comentario"})
            yield DraftQuestion(place, f"{asked.code}_comment", "text", label)

    def multiple(self, asked: Asked, place: str) -> list[DraftQuestion]:
        question = self._new(asked, place, "select_multiple")
        question.answers = self._list(asked, asked.subquestions)
        question.min, question.max = _whole(asked.attribute("min_answers")), _whole(asked.attribute("max_answers"))
        question.random_order = asked.is_set("random_order") or asked.attribute("answer_order") == "random"
        question.choice_filter = self._array_filter(asked)
        if asked.type == "P":
            self.draft.lose(place, "comments beside choices", "only the choices are asked here")
        return [question, *self._other_text(asked, place, question)]

    def _array_filter(self, asked: Asked) -> Condition | None:
        """Only the choices picked in another question are offered."""
        names = re.split(r"[;,\s]+", asked.attribute("array_filter"))
        if names == [""]:
            return None
        if len(names) == 1 and isinstance(self.variables.get(names[0]), Variable):
            return Comparison("in", Variable("code", 0), Variable(names[0], 0))
        self.draft.lose(
            f"question {asked.code}", f"array_filter '{asked.attribute('array_filter')}'", "every choice is offered"
        )
        return None

    def array(self, asked: Asked, place: str) -> list[DraftQuestion]:
        answers = self._list(asked, asked.answers) if asked.answers else None
        if answers is None and asked.type in {**_POINTS, **_FIXED}:
            answers = self._worded(asked)
        return [self._grid(asked, place, answers, "")]

    def _grid(
        self, asked: Asked, place: str, answers: DraftList | None, end: str, label: Tagged | None = None
    ) -> DraftQuestion:
        made = self._new(asked, place, "note", end, label)
        made.type, made.answers = "matrix", answers
        rows = [option for option in asked.subquestions if option.scale == "0"]
        made.rows = [DraftRow(f"{asked.code}_{row.code}{end}", row.label) for row in rows]
        made.random_order = asked.is_set("random_order") or asked.attribute("subquestion_order") == "random"
        if asked.attribute("array_filter"):
            self.draft.lose(place, f"array_filter '{asked.attribute('array_filter')}'", "every row is asked")
        if any("|" in text for row in rows for text in row.label.values()):
            self.draft.lose(place, "rows with words at both ends", "they stand in one text, with | between them")
        return made

    def dual(self, asked: Asked, place: str) -> list[DraftQuestion]:
        heads = [asked.attributes.get(f"dualscale_header{letter}") for letter in "AB"]
        made = []
        for scale, head in zip(("0", "1"), heads, strict=True):
            choices = [DraftChoice(option.code, option.label) for option in asked.answers if option.scale == scale]
            answers = DraftList(f"{asked.code}_{scale}", choices)
            made.append(self._grid(asked, place, answers, f"_{scale}", head))
        return made

    def cells(self, asked: Asked, place: str) -> list[DraftQuestion]:
        """A table of numbers or texts: a matrix for each column where there are few numbers, else a question each."""
        columns = [option for option in asked.subquestions if option.scale == "1"]
        rows = [option for option in asked.subquestions if option.scale == "0"]
        if asked.is_set("multiflexible_checkbox"):
            return [self._checked_row(asked, place, row, columns) for row in rows]
        numbers = self._numbers(asked) if asked.type == ":" else None
        if numbers:
            return [self._grid(asked, place, numbers, f"_{column.code}", column.label) for column in columns]
        kind: ItemType = "decimal" if asked.type == ":" else "text"
        return [
            self._new(asked, place, kind, f"_{row.code}_{column.code}", _joined(row.label, column.label))
            for row in rows
            for column in columns
        ]

    def _checked_row(self, asked: Asked, place: str, row: Option, columns: Sequence[Option]) -> DraftQuestion:
        question = self._new(asked, place, "select_multiple", f"_{row.code}", row.label)
        choices = [DraftChoice(column.code, column.label) for column in columns]
        question.answers = DraftList(f"{asked.code}_columns", choices)
        return question

    def _numbers(self, asked: Asked) -> DraftList | None:
        if asked.is_set("input_boxes"):
            return None
        low, high = (_whole(asked.attribute(f"multiflexible_{end}")) for end in ("min", "max"))
        low, high = 1 if low is None else low, 10 if high is None else high
        step = max(_whole(asked.attribute("multiflexible_step")) or 1, 1)
        points = range(low, high + 1, step)
        if low < 0 or not 1 < len(points) <= _MOST_POINTS:
            return None
        return DraftList(f"from_{low}_to_{high}", [self._number(point) for point in points])

    def number_field(self, asked: Asked, place: str) -> list[DraftQuestion]:
        question = self._new(asked, place, "integer" if asked.is_set("num_value_int_only") else "decimal")
        question.min, question.max = (_whole(asked.attribute(f"{end}_num_value_n")) for end in ("min", "max"))
        return [question]

    def number_fields(self, asked: Asked, place: str) -> list[DraftQuestion]:
        total = _whole(asked.attribute("equals_num_value"))
        if total and not asked.is_set("slider_layout"):
            question = self._new(asked, place, "constant_sum")
            question.answers, question.total = self._list(asked, asked.subquestions), total
            return [question]
        return [self._one_number(asked, place, option) for option in asked.subquestions]

    def _one_number(self, asked: Asked, place: str, option: Option) -> DraftQuestion:
        kind: ItemType = "integer" if asked.is_set("num_value_int_only") else "decimal"
        question = self._new(asked, place, kind, f"_{option.code}", option.label)
        question.min, question.max = (_whole(asked.attribute(f"{end}_num_value_n")) for end in ("min", "max"))
        if asked.is_set("slider_layout"):
            low, high, step = (_whole(asked.attribute(f"slider_{part}")) for part in ("min", "max", "accuracy"))
            question.type, question.min, question.max, question.step = "range", low or 0, high or 100, step or 1
        return question

    def text_field(self, asked: Asked, place: str) -> list[DraftQuestion]:
        question = self._new(asked, place, "decimal" if asked.is_set("numbers_only") else "text")
        question.max_length = _whole(asked.attribute("maximum_chars")) if question.type == "text" else None
        return [question]

    def text_fields(self, asked: Asked, place: str) -> list[DraftQuestion]:
        return [self._new(asked, place, "text", f"_{option.code}", option.label) for option in asked.subquestions]

    def rank(self, asked: Asked, place: str) -> list[DraftQuestion]:
        question = self._new(asked, place, "rank")
        question.answers = self._list(asked, asked.answers or asked.subquestions)
        question.max = _whole(asked.attribute("max_answers")) or _whole(asked.attribute("max_subquestions"))
        if _whole(asked.attribute("min_answers")):
            self.draft.lose(
                place, f"min_answers '{asked.attribute('min_answers')}'", "any number of places may be filled"
            )
        question.random_order = asked.is_set("random_order") or asked.attribute("answer_order") == "random"
        return [question]

    def date(self, asked: Asked, place: str) -> list[DraftQuestion]:
        question = self._new(asked, place, "date")
        for key, end in (("earliest", "min"), ("latest", "max")):
            text = _day(asked.attribute(f"date_{end}"), end)
            if _DAY.fullmatch(text):
                setattr(question, key, text)
            elif text:
                self.draft.lose(place, f"date_{end} '{text}'", "only fixed days bound a date here")
        if any(letter in asked.attribute("date_format") for letter in ("H", "M:", ":")):
            self.draft.lose(place, "time of day", "only the day is asked here")
        return [question]

    def note(self, asked: Asked, place: str) -> list[DraftQuestion]:
        question = self._new(asked, place, "note")
        question.required = False
        return [question]

    # The rest of the file --------------------------------------------------------------------------------------------

    def _tell_rest(self) -> None:
        tables = self.survey.tables
        for row in tables.get("quota", []):
            self.draft.lose("quotas", f"quota '{row.get('name', '')}'", "quotas stand in the study file here")
        for table, what, why in _TOLD_TABLES:
            if tables.get(table):
                self.draft.lose(table, f"{len(tables[table])} {what}", why)
        for part, place, why in _TOLD_SETTINGS:
            texts = (plain(row.get(f"surveyls_{part}", ""))[0] for row in self.survey.settings.values())
            told = next(filter(None, texts), "")
            if told:
                self.draft.lose(place, f"'{told[:80]}'", why)


def _both(one: Condition | None, other: Condition | None) -> Condition | None:
    if one is None or other is None:
        return one or other
    return Every((one, other))


def _joined(first: Tagged, second: Tagged | None) -> Tagged:
    """Two texts in one, each without its markup."""
    found = {tag: plain(text)[0] for tag, text in first.items()}
    for tag, text in (second or {}).items():
        one, other = found.get(tag) or found.get("", ""), plain(text)[0]
        found[tag] = f"{one} – {other}" if one and other else one or other
    return found


def _longest(name: str, known: Mapping[str, Meaning]) -> str:
    """The known name that an old field name begins with."""
    matched = _SGQA.match(name)
    stem = name.removeprefix("+") if matched else name
    return max((key for key in known if key and stem.startswith(key)), key=len, default="")


def _day(text: str, end: str) -> str:
    """A year stands for its first or last day."""
    return text + ("-01-01" if end == "min" else "-12-31") if _YEAR.fullmatch(text) else text


def _whole(text: str) -> int | None:
    return int(text) if _WHOLE.fullmatch(text) else None


_Maker = Callable[[_Reader, Asked, str], list[DraftQuestion]]
_MAKERS: dict[str, _Maker] = {
    **dict.fromkeys("L!O", _Reader.single),
    **dict.fromkeys("5YG", _Reader.fixed),
    **dict.fromkeys("MP", _Reader.multiple),
    **dict.fromkeys("FHABCE", _Reader.array),
    **dict.fromkeys(":;", _Reader.cells),
    **dict.fromkeys("STU", _Reader.text_field),
    "1": _Reader.dual,
    "N": _Reader.number_field,
    "K": _Reader.number_fields,
    "Q": _Reader.text_fields,
    "R": _Reader.rank,
    "D": _Reader.date,
    "X": _Reader.note,
}
"""How each of LimeSurvey's types, which it calls by single characters, is asked here."""
