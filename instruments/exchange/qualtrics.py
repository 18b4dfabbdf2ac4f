"""Qualtrics survey files (.qsf) read into a draft; runs none of their scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

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
from instruments.exchange.formula import Part, UntranslatableError
from instruments.exchange.plain_text import plain
from instruments.exchange.qualtrics_logic import read_logic
from instruments.logic import Comparison, Condition, Constant, Every, Some, Variable
from instruments.model import ItemType

Payload = Mapping[str, Any]
_PIPED_LOOP = re.compile(r"\$\{lm://(?:Field/1|CurrentLoopNumber)\}")
_PIPED = re.compile(r"\$\{(?:q|e|lm|m|rand|date|loc|gr|rp)://([^{}]*)\}")
_ABSENT = {
    "Captcha": "robots are told from people in other ways here",
    "HotSpot": "pictures are not shown here",
    "HeatMap": "pictures are not shown here",
    "Highlight": "words of a text cannot be marked here",
    "Signature": "signatures are not taken here",
    "FileUpload": "files are not taken in here",
    "SS": "screen captures are not taken here",
    "Draw": "signatures are not taken here",
    "TreeSelect": "choices have no levels here",
    "DD": "choices have no levels here",
    "PGR": "things cannot be sorted into groups here",
    "VR": "videos are not taken here",
    "ConjointUtilities": "conjoint tasks are not known here",
    "Conjoint": "conjoint tasks are not known here",
}
_RECORDED = {"Timing": "the time of each page is recorded anyway", "Meta": "nothing of the device is recorded here"}
_TOLD_SETTINGS = {
    "DefaultChoices": ("default answers", "there are none here"),
    "GradingData": ("points for answers", "answers have no points here"),
}
_MULTIPLE = frozenset({"MAVR", "MAHR", "MACOL", "MSB", "MAHL", "MABR"})
_CARRIED = re.compile(r"q://(QID[0-9]+)/ChoiceGroup/")
_YES = ("ON", "on", True, "true", "True", "Yes")
_WRITTEN = (*_YES, 1, "1")
"""How the file says that a field to write into stands beside a choice."""
_WRITTEN_CELLS = ("Short", "Medium", "Long", "Essay", "Form")
_WHOLE = re.compile(r"-?[0-9]{1,9}")


def read_qualtrics(data: Any, name: str) -> Draft:  # noqa: ANN401 - whatever stands in the file
    """Read a survey.

    Parameters
    ----------
    data : object
        The JSON of a file.
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
    elements = data.get("SurveyElements") if isinstance(data, dict) else None
    if not isinstance(elements, list):
        raise refused(name, "this JSON is no Qualtrics survey: it has no 'SurveyElements'", "export the survey as .qsf")
    entry = _mapping(data.get("SurveyEntry"))
    reader = _Reader(entry, [element for element in elements if isinstance(element, dict)])
    if not reader.payloads:
        raise refused(name, "the survey holds no questions", "export the survey as .qsf")
    return reader.draft_of()


@dataclass
class _Block:
    """A block: its description, its elements and the choices it is repeated for."""

    id: str
    title: str
    elements: Sequence[Payload]
    options: Payload


@dataclass
class _Reader:
    """One survey; questions by their id."""

    entry: Payload
    elements: list[Payload]
    payloads: dict[str, Payload] = field(default_factory=dict)
    blocks: dict[str, _Block] = field(default_factory=dict)
    codes: dict[tuple[str, str], str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    looping: bool = False

    def __post_init__(self) -> None:
        for element in self.elements:
            payload = element.get("Payload")
            if element.get("Element") == "SQ" and isinstance(payload, dict):
                key = str(payload.get("QuestionID") or element.get("PrimaryAttribute"))
                self.payloads[key] = payload
                self.tags[key] = str(payload.get("DataExportTag") or key)
            if element.get("Element") == "BL":
                self._read_blocks(payload)
        self.base = str(self.entry.get("SurveyLanguage") or "EN")
        title = _text(self.entry.get("SurveyName")) or "survey"
        self.draft = Draft("Qualtrics", title, {self.base: title}, self._languages())
        self.draft.description = {self.base: _text(self.entry.get("SurveyDescription"))}

    def _read_blocks(self, payload: Any) -> None:  # noqa: ANN401 - whatever stands in the file
        found = payload.values() if isinstance(payload, dict) else payload if isinstance(payload, list) else ()
        for block in (block for block in found if isinstance(block, dict)):
            if block.get("Type") == "Trash":
                continue
            elements = [part for part in _values(block.get("BlockElements")) if isinstance(part, dict)]
            key = str(block.get("ID"))
            self.blocks[key] = _Block(key, _text(block.get("Description")), elements, _mapping(block.get("Options")))

    def _languages(self) -> list[str]:
        found = [self.base]
        for payload in self.payloads.values():
            found += list(_mapping(payload.get("Language")))
        return list(dict.fromkeys(found))

    def draft_of(self) -> Draft:
        for key, payload in list(self.payloads.items()):
            if self._carried_from(payload):
                self.payloads[key] = _with_carried(payload, self.payloads[self._carried_from(payload)])
        for key in self.payloads:
            self._number(key)
        flow = next((element.get("Payload") for element in self.elements if element.get("Element") == "FL"), None)
        steps = _values(_mapping(flow).get("Flow"))
        if steps:
            self._flow(steps, None, 0)
        else:
            for block in self.blocks.values():
                self._block(block, None)
        self._tell_rest()
        return self.draft

    # Codes -----------------------------------------------------------------------------------------------------------

    def _number(self, key: str) -> None:
        """The code of each choice: the number that its answers are recoded to, else its own."""
        payload = self.payloads[key]
        recoded = {} if _is_max_diff(payload) else _mapping(payload.get("RecodeValues"))
        part = "Answers" if payload.get("QuestionType") == "Matrix" and not _is_max_diff(payload) else "Choices"
        taken: set[str] = set()
        for choice in _keyed(payload.get(part)):
            told = _text(recoded.get(choice)) or choice
            code = next(code for code in (told, choice, *map(str, range(1, len(taken) + 2))) if code not in taken)
            if code != told:
                self.draft.lose(
                    f"question {self.tags[key]}", f"code '{told}' for the second time", f"it is '{code}' here"
                )
            taken.add(code)
            self.codes[key, choice] = code

    # The survey's flow -----------------------------------------------------------------------------------------------

    def _flow(self, steps: Sequence[Any], under: Condition | None, depth: int) -> None:
        for step in (step for step in steps if isinstance(step, dict)):
            kind = str(step.get("Type"))
            if kind in ("Block", "Standard"):
                self._block_named(str(step.get("ID")), under)
            elif depth < 30:  # noqa: PLR2004 - no survey is nested so deeply
                self._step(kind, step, under, depth + 1)

    def _step(self, kind: str, step: Payload, under: Condition | None, depth: int) -> None:
        place, inner = f"flow {step.get('FlowID', '')}", _values(step.get("Flow"))
        if kind == "Branch":
            self._branch(step, inner, under, depth)
            return
        if kind == "BlockRandomizer":
            self.draft.lose(
                place, f"{len(inner)} parts in random order or chosen at random", "all are asked, in their order"
            )
        elif kind == "EmbeddedData":
            for data in _values(step.get("EmbeddedData")):
                what = f"embedded data '{_text(_mapping(data).get('Field'))}'"
                self.draft.lose(place, what, "nothing is kept that is not asked")
        elif kind == "EndSurvey":
            self.draft.lose(place, "end of the survey", "the interview goes on; a page may screen out here instead")
        elif kind not in ("Group", "Root"):
            self.draft.lose(place, f"step '{kind}'", "there is no such step here")
        self._flow(inner, under, depth)

    def _branch(self, step: Payload, inner: Sequence[Any], under: Condition | None, depth: int) -> None:
        place = f"flow {step.get('FlowID', '')}"
        condition = self._logic(step.get("BranchLogic"), place)
        ends = any(isinstance(part, dict) and part.get("Type") == "EndSurvey" for part in inner)
        last = next((entry for entry in reversed(self.draft.entries) if isinstance(entry, DraftPage)), None)
        if ends and condition is not None and under is None and last is not None and last.screen_out is None:
            last.screen_out = condition
            inner = [part for part in inner if not (isinstance(part, dict) and part.get("Type") == "EndSurvey")]
        self._flow(inner, _both(under, condition), depth)

    def _block_named(self, key: str, under: Condition | None) -> None:
        if key in self.blocks and key not in self.seen:
            self.seen.add(key)
            self._block(self.blocks[key], under)
        elif key in self.seen:
            self.draft.lose(f"block '{self.blocks[key].title}'", "asked a second time", "it is asked once")

    def _block(self, block: _Block, under: Condition | None) -> None:
        place = f"block '{block.title[:60]}'"
        over = self._looped(block, place)
        self.looping = bool(over)
        pages = list(self._pages(block, under))
        self.looping = False
        if block.options.get("RandomizeQuestions") not in (None, "", "false", False):
            self.draft.lose(place, "questions in random order", "they keep their order")
        if over:
            self.draft.entries.append(DraftLoop(place, over, pages))
        else:
            self.draft.entries += pages

    def _looped(self, block: _Block, place: str) -> str:
        """The question whose choices the block is repeated for; "" for none."""
        looping = block.options.get("Looping")
        if looping in (None, "", "None", False):
            return ""
        locator = str(_mapping(block.options.get("LoopingOptions")).get("Locator", ""))
        found = re.match(r"q://(QID[0-9]+)/ChoiceGroup/Selected", locator)
        there = any(isinstance(entry, DraftLoop) for entry in self.draft.entries)
        if found and found[1] in self.payloads and not there and self._is_multiple(found[1]):
            return self.tags[found[1]]
        self.draft.lose(
            place, f"loop and merge '{looping}'", "only selected choices of one question can be gone through"
        )
        return ""

    def _is_multiple(self, key: str) -> bool:
        payload = self.payloads[key]
        return payload.get("QuestionType") == "MC" and payload.get("Selector") in _MULTIPLE

    def _pages(self, block: _Block, under: Condition | None) -> Iterator[DraftPage]:
        title = plain(block.title)[0] or block.id
        current = DraftPage(self.draft.origin, title[:40], self.draft.title, [], under)
        for element in block.elements:
            if element.get("Type") == "Page Break" and current.questions:
                yield current
                current = DraftPage(self.draft.origin, title[:40], self.draft.title, [], under)
            key = str(element.get("QuestionID"))
            if element.get("Type") == "Question" and key in self.payloads:
                current.questions += self._asked(key)
                self._tell_skips(element, key)
        if current.questions:
            yield current

    def _tell_skips(self, element: Payload, key: str) -> None:
        for skip in map(_mapping, _values(element.get("SkipLogic"))):
            told = plain(_text(skip.get("Description")))[0] or f"to {_text(skip.get('SkipToDestination'))}"
            why = "write it as a condition of the questions that are skipped"
            self.draft.lose(f"question {self.tags[key]}", f"skip '{told[:200]}'", why)

    def _logic(self, logic: Any, place: str) -> Condition | None:  # noqa: ANN401 - whatever stands in the file
        if not isinstance(logic, (dict, list)) or not logic:
            return None
        try:
            return read_logic(logic, self._meaning)
        except UntranslatableError as error:
            self.draft.lose(place, "display or branch logic", f"{error}; it holds for everybody here")
            return None

    def _meaning(self, key: str, choice: str, part: str) -> Variable | Part | tuple[Variable, str]:
        """What a locator of the logic stands for: an answer, a choice of many, or an answer with its code."""
        payload = self.payloads.get(key)
        if payload is None:
            raise UntranslatableError(f"it asks for {key}, which is no question")
        tag, kind = self.tags[key], payload.get("QuestionType")
        if kind == "Matrix" or part == "SubQuestion":
            row, _, answer = choice.partition("/")
            name, answer = self._row_name(key, row), re.sub(r"/.*", "", answer)
            if answer and _has_cells(payload):
                return Variable(f"{name}_{answer}", 0)
            answer_code = self.codes.get((key, answer), answer)
            if answer and payload.get("SubSelector") == "MultipleAnswer":
                return Part(name, answer_code)
            return (Variable(name, 0), answer_code) if answer else Variable(name, 0)
        code = self.codes.get((key, choice), choice)
        if not choice or kind in ("TE", "Slider", "CS"):
            return Variable(f"{tag}_{choice}" if choice and kind != "TE" else tag, 0)
        return Part(tag, code) if self._is_multiple(key) else (Variable(tag, 0), code)

    # Questions -------------------------------------------------------------------------------------------------------

    def _asked(self, key: str) -> list[DraftQuestion]:
        payload, place = self.payloads[key], f"question {self.tags[key]}"
        kind = str(payload.get("QuestionType"))
        if kind in {**_ABSENT, **_RECORDED}:
            why = _ABSENT.get(kind) or _RECORDED[kind]
            self.draft.lose(place, f"question of the type '{kind}'", f"{why}: left out")
            return []
        make = _MAKERS.get(kind)
        made = make(self, key, payload, place) if make else []
        if make is None:
            self.draft.lose(place, f"question of the type '{kind}'", "there is no such question here: left out")
        logics = [self._logic(payload.get(part), place) for part in ("DisplayLogic", "InPageDisplayLogic")]
        relevant = _both(*logics)
        for question in made:
            question.relevant = _both(relevant, question.relevant)
        self._tell_scripts(payload, place)
        self._tell_settings(payload, place)
        return made

    def _tell_settings(self, payload: Payload, place: str) -> None:
        for part, (what, why) in _TOLD_SETTINGS.items():
            if payload.get(part):
                self.draft.lose(place, what, why)
        for group in map(_mapping, _values(payload.get("ChoiceGroups"))):
            told = plain(_text(group.get("GroupLabel")))[0]
            if told:
                self.draft.lose(place, f"heading '{told[:80]}' of a group of choices", "choices have no headings here")
        decimals = _whole(_mapping(payload.get("Configuration")).get("NumDecimals"))
        if payload.get("QuestionType") == "Slider" and decimals:
            self.draft.lose(place, f"{decimals} decimals of the slider", "it moves in whole steps here")

    def _tell_scripts(self, payload: Payload, place: str) -> None:
        if payload.get("QuestionJS"):
            self.draft.lose(place, "JavaScript", "nothing is run that came with a questionnaire")
        validation = _mapping(_mapping(payload.get("Validation")).get("Settings"))
        if validation.get("Type") == "CustomValidation":
            self.draft.lose(place, "custom validation", "answers are held against bounds only")
        if (payload.get("DynamicChoices") or payload.get("DynamicChoicesData")) and not self._carried_from(payload):
            self.draft.lose(place, "choices carried forward", "the question's own choices are offered")

    def _carried_from(self, payload: Payload) -> str:
        """The question whose choices are carried forward into this one; "" for none."""
        found = _CARRIED.match(_text(_mapping(payload.get("DynamicChoices")).get("Locator")))
        there = found and self.payloads.get(found[1], {}).get("Choices") and payload is not self.payloads[found[1]]
        return found[1] if found and there else ""

    def _filter_carried(self, question: DraftQuestion, key: str, payload: Payload) -> None:
        """Offer only what was selected there, and the question's own choices."""
        source = self._carried_from(payload)
        locator = _text(_mapping(payload.get("DynamicChoices")).get("Locator"))
        if source and locator.endswith("/SelectedChoices") and self._is_multiple(source) and question.type != "rank":
            code = Variable("code", 0)
            own = [self.codes[key, choice] for choice in _keyed(payload.get("Choices")) if not choice.startswith("x")]
            selected: Condition = Comparison("in", code, Variable(self.tags[source], 0))
            whole = [_whole(choice) for choice in own]
            codes = [told if number is None else number for told, number in zip(own, whole, strict=True)]
            also = tuple(Comparison("==", code, Constant(choice)) for choice in codes)
            question.choice_filter = Some((selected, *also)) if also else selected
        elif source:
            what = f"choices carried forward from {self.tags[source]}"
            self.draft.lose(question.place, what, "all of them are offered")

    def _new(self, key: str, kind: ItemType, place: str, end: str = "", label: Tagged | None = None) -> DraftQuestion:
        payload = self.payloads[key]
        told = self._texts(payload, "QuestionText")
        question = DraftQuestion(place, self.tags[key] + end, kind, _joined(told, label) if label else told)
        settings = _mapping(_mapping(payload.get("Validation")).get("Settings"))
        forced = settings.get("ForceResponse")
        question.required = forced in (*_YES, "RequestResponse")
        question.soft = forced == "RequestResponse" or settings.get("ForceResponseType") == "RequestResponse"
        return question

    def _texts(self, payload: Payload, part: str) -> Tagged:
        texts = {self.base: _text(payload.get(part))}
        for tag, told in _mapping(payload.get("Language")).items():
            texts[str(tag)] = _text(_mapping(told).get(part))
        return {tag: self._named(text) for tag, text in texts.items() if text}

    def _named(self, text: str) -> str:
        """A text whose placeholders are of the kind that drafts have."""
        if self.looping:
            text = _PIPED_LOOP.sub("${brand}", text)
        return _PIPED.sub(self._piped, text)

    def _piped(self, found: re.Match[str]) -> str:
        """A placeholder of the kind that drafts have, naming the question."""
        key = found[1].partition("/")[0]
        return "${" + re.sub(r"[^\w/]+", "_", self.tags.get(key, found[1])) + "}"

    def _label(self, payload: Payload, part: str, key: str) -> Tagged:
        """The words of a choice or answer in every language."""
        texts = {self.base: _display(_found(payload.get(part), key))}
        for tag, told in _mapping(payload.get("Language")).items():
            texts[str(tag)] = _display(_found(_mapping(told).get(part), key))
        return {tag: self._named(text) for tag, text in texts.items() if text}

    def _list(self, key: str, part: str) -> DraftList:
        payload = self.payloads[key]
        order = [str(choice) for choice in _values(payload.get(f"{part.removesuffix('s')}Order"))]
        keys = [choice for choice in order if _found(payload.get(part), choice)] or list(_keyed(payload.get(part)))
        choices = [self._choice(key, part, choice) for choice in keys]
        return DraftList(self.tags[key], choices)

    def _choice(self, key: str, part: str, choice: str) -> DraftChoice:
        told = _mapping(_found(self.payloads[key].get(part), choice))
        label = self._label(self.payloads[key], part, choice)
        if told.get("Image"):
            self.draft.lose(f"question {self.tags[key]}", f"picture of choice {choice}", "pictures are not shown here")
        if told.get("DisplayLogic"):
            self.draft.lose(f"question {self.tags[key]}", f"display logic of choice {choice}", "it is always offered")
        if told.get("ExclusiveAnswer"):
            self.draft.lose(
                f"question {self.tags[key]}", f"choice {choice} excludes others", "it is a choice like others"
            )
        code = self.codes.get((key, choice), choice)
        return DraftChoice(code, label or {self.base: choice}, with_text=told.get("TextEntry") in _WRITTEN)

    def _is_random(self, payload: Payload, place: str) -> bool:
        settings = _mapping(payload.get("Randomization"))
        if settings.get("Type") == "Subset":
            what = f"only {_text(settings.get('TotalRandSubset')) or 'some'} of the choices, drawn at random"
            self.draft.lose(place, what, "all are offered, in random order")
        if settings.get("Type") == "Advanced":
            self.draft.lose(place, "random order with fixed places", "all choices are in random order")
        return settings.get("Type") in ("All", "Subset", "Advanced")

    def chosen(self, key: str, payload: Payload, place: str) -> list[DraftQuestion]:
        selector = str(payload.get("Selector"))
        question = self._new(key, "select_multiple" if selector in _MULTIPLE else "select_one", place)
        question.answers = self._list(key, "Choices")
        question.random_order = self._is_random(payload, place)
        self._filter_carried(question, key, payload)
        if selector == "NPS":
            ends = _values(payload.get("ColumnLabels"))
            question.hint = {self.base: " – ".join(filter(None, (_display(end) for end in ends)))} if ends else {}
        settings = _mapping(_mapping(payload.get("Validation")).get("Settings"))
        if selector in _MULTIPLE:
            question.min, question.max = _whole(settings.get("MinChoices")), _whole(settings.get("MaxChoices"))
        return [question, *self._written_in(question, key)]

    def _written_in(self, question: DraftQuestion, key: str) -> Iterator[DraftQuestion]:
        """A text question for each choice beside which something may be written."""
        for choice in question.answers.choices if question.answers else ():
            if choice.with_text:
                asked = Comparison("in", Constant(choice.code), Variable(question.name, 0))
                name = f"{self.tags[key]}_{choice.code}_text"
                yield DraftQuestion(question.place, name, "text", dict(choice.label), relevant=asked)

    def grid(self, key: str, payload: Payload, place: str) -> list[DraftQuestion]:
        selector, sub = str(payload.get("Selector")), str(payload.get("SubSelector"))
        if selector == "MaxDiff":
            return self._best_worst(key, payload, place)
        self._tell_rows(payload, place)
        if _has_cells(payload):
            return self._matrix_cells(key, payload, place)
        if selector == "Profile":
            return self._profile(key, payload, place)
        if sub == "MultipleAnswer":
            return self._checked_rows(key, payload, place)
        question = self._new(key, "note", place)
        question.type, question.answers = "matrix", self._list(key, "Answers")
        if selector == "Bipolar":
            self.draft.lose(place, "rows with words at both ends", "they stand in one text")
        question.rows = [DraftRow(self._row_name(key, row), label) for row, label in self._rows(payload)]
        if self._carried_from(payload):
            self.draft.lose(place, "rows carried forward", "all of them are asked")
        question.random_order = self._is_random(payload, place)
        return [question]

    def _row_name(self, key: str, row: str) -> str:
        """What answers to a row are called: by its own tag where it has one."""
        own = _text(_mapping(self.payloads[key].get("ChoiceDataExportTags")).get(row))
        return own or f"{self.tags[key]}_{row}"

    def _rows(self, payload: Payload) -> Iterator[tuple[str, Tagged]]:
        order = [str(row) for row in _values(payload.get("ChoiceOrder"))] or list(_keyed(payload.get("Choices")))
        for row in order:
            if _found(payload.get("Choices"), row):
                yield row, self._label(payload, "Choices", row) or {self.base: row}

    def _tell_rows(self, payload: Payload, place: str) -> None:
        """What rows of a matrix hold beside their words."""
        for row in _keyed(payload.get("Choices")):
            told = _mapping(_found(payload.get("Choices"), row))
            if told.get("DisplayLogic"):
                self.draft.lose(place, f"display logic of row {row}", "it is always asked")
            if told.get("TextEntry") in _WRITTEN:
                self.draft.lose(place, f"field to write into beside row {row}", "rows have words only")
            if told.get("Image"):
                self.draft.lose(place, f"picture of row {row}", "pictures are not shown here")

    def _row_question(self, key: str, kind: ItemType, place: str, row: str, label: Tagged) -> DraftQuestion:
        question = self._new(key, kind, place, f"_{row}", label)
        question.name = self._row_name(key, row)
        return question

    def _matrix_cells(self, key: str, payload: Payload, place: str) -> list[DraftQuestion]:
        kind: ItemType = {"CS": "decimal", "RO": "integer"}.get(str(payload.get("Selector")), "text")  # type: ignore[assignment]
        if kind != "text":
            self.draft.lose(place, "sums or ranks of the cells", "each cell takes any number")
        return self._cells(key, payload, place, kind)

    def _cells(self, key: str, payload: Payload, place: str, kind: ItemType) -> list[DraftQuestion]:
        columns = list(_keyed(payload.get("Answers"))) or [""]
        made = []
        for row, label in self._rows(payload):
            for column in columns:
                told = _joined(label, self._label(payload, "Answers", column)) if column else label
                question = self._row_question(key, kind, place, row, told)
                question.name += f"_{column}" if column else ""
                made.append(question)
        return made

    def _checked_rows(self, key: str, payload: Payload, place: str) -> list[DraftQuestion]:
        answers, rows = self._list(key, "Answers"), self._rows(payload)
        made = [self._row_question(key, "select_multiple", place, row, label) for row, label in rows]
        for question in made:
            question.answers = answers
        return made

    def _profile(self, key: str, payload: Payload, place: str) -> list[DraftQuestion]:
        """A matrix in which each row has answers of its own."""
        kind: ItemType = "select_multiple" if payload.get("SubSelector") == "MultipleAnswer" else "select_one"
        made = []
        for row, label in self._rows(payload):
            own = _found(payload.get("Answers"), row)
            question = self._row_question(key, kind, place, row, label)
            texts = [(answer, self._label({"Answers": own}, "Answers", answer)) for answer in _keyed(own)]
            question.answers = DraftList(question.name, [DraftChoice(at, told) for at, told in texts if told])
            made.append(question)
        if len(self.draft.languages) > 1:
            self.draft.lose(place, "translations of the answers of each row", f"they are in {self.base} only")
        return made

    def _best_worst(self, key: str, payload: Payload, place: str) -> list[DraftQuestion]:
        question = self._new(key, "best_worst", place)
        question.answers = self._list(key, "Choices")
        ends = [self._label(payload, "Answers", column) for column in list(_keyed(payload.get("Answers")))[:2]]
        if len(question.answers.choices) < 3 or len(ends) < 2:  # noqa: PLR2004 - what a best-worst question needs
            self.draft.lose(place, "best-worst question", "it has too few choices: left out")
            return []
        question.low, question.high = ends
        question.show, question.sets = len(question.answers.choices), 1
        return [question]

    def text(self, key: str, payload: Payload, place: str) -> list[DraftQuestion]:
        if payload.get("Selector") == "FORM":
            return [self._new(key, "text", place, f"_{row}", label) for row, label in self._rows(payload)]
        settings = _mapping(_mapping(payload.get("Validation")).get("Settings"))
        content = settings.get("ContentType") if settings.get("Type") == "ContentType" else None
        kind: ItemType = {"ValidNumber": "decimal", "ValidDate": "date"}.get(str(content), "text")  # type: ignore[assignment]
        question = self._new(key, kind, place)
        if content == "ValidNumber":
            bounds = _mapping(settings.get("ValidNumber"))
            question.min, question.max = _whole(bounds.get("Min")), _whole(bounds.get("Max"))
            if _text(bounds.get("NumDecimals")) in ("", "0"):
                question.type = "integer"
        elif content and content != "ValidDate":
            self.draft.lose(place, f"content of the type '{content}'", "any text is accepted")
        self._bound_length(question, settings)
        if payload.get("Selector") == "PW":
            self.draft.lose(place, "password field", "what is written can be seen here")
        return [question]

    def _bound_length(self, question: DraftQuestion, settings: Payload) -> None:
        kind = str(settings.get("Type"))
        most, least = (_whole(settings.get(part)) for part in ("TotalChars", "MinChars"))
        if "Char" in kind and not kind.startswith("Min"):
            question.max_length = most or _whole(settings.get("MaxChars"))
        if "Char" in kind and least and kind != "MaxChars":
            self.draft.lose(question.place, f"at least {least} characters", "shorter answers are accepted")

    def slider(self, key: str, payload: Payload, place: str) -> list[DraftQuestion]:
        settings = _mapping(payload.get("Configuration"))
        low, high = _whole(settings.get("CSSliderMin")), _whole(settings.get("CSSliderMax"))
        low, high = (low or 0), (100 if high is None else high)
        if payload.get("Selector") == "STAR":
            low, high = 1, _whole(settings.get("StarCount")) or 5
        made = []
        for row, label in self._rows(payload):
            question = self._new(key, "range", place, f"_{row}", label)
            question.min, question.max, question.step = low, high, 1
            made.append(question)
        self._word_ends(made, payload, place)
        self._tell_rows(payload, place)
        if settings.get("NotApplicable") in _WRITTEN:
            self.draft.lose(place, "'not applicable' beside the slider", "a question that is not required is left out")
        return made

    def _word_ends(self, sliders: Sequence[DraftQuestion], payload: Payload, place: str) -> None:
        words = list(_keyed(payload.get("Labels")))
        for question in sliders if len(words) > 1 else ():
            question.low, question.high = (self._label(payload, "Labels", words[end]) for end in (0, -1))
        if len(words) != 2:  # noqa: PLR2004 - two ends
            for word in words[1:-1] or words:
                told = plain(_display(_found(payload.get("Labels"), word)))[0]
                self.draft.lose(place, f"word '{told}' along the slider", "only its ends have words here")

    def described(self, key: str, payload: Payload, place: str) -> list[DraftQuestion]:
        question = self._new(key, "note", place)
        question.required = False
        if payload.get("Selector") == "GRB":
            self.draft.lose(place, "picture", "pictures are not shown here")
        return [question]

    def ranked(self, key: str, payload: Payload, place: str) -> list[DraftQuestion]:
        question = self._new(key, "rank", place)
        question.answers, question.random_order = self._list(key, "Choices"), self._is_random(payload, place)
        self._filter_carried(question, key, payload)
        return [question]

    def summed(self, key: str, payload: Payload, place: str) -> list[DraftQuestion]:
        settings = _mapping(_mapping(payload.get("Validation")).get("Settings"))
        total = _whole(settings.get("ChoiceTotal")) or _whole(_mapping(payload.get("Configuration")).get("CSTotal"))
        self._tell_rows(payload, place)
        if not total and payload.get("Selector") in ("HSLIDER", "HBAR"):
            return self.slider(key, payload, place)
        if not total:
            return self._cells(key, payload, place, "decimal")
        question = self._new(key, "constant_sum", place)
        question.answers, question.total = self._list(key, "Choices"), total
        return [question]

    def side_by_side(self, key: str, payload: Payload, place: str) -> list[DraftQuestion]:
        """Columns that are questions of their own about the same rows."""
        made = []
        for number, column in _mapping(payload.get("AdditionalQuestions")).items():
            told = _mapping(payload.get("Language"))
            spoken = {tag: _found(_mapping(text).get("AdditionalQuestions"), number) for tag, text in told.items()}
            inner = {**_mapping(column), "Language": {tag: text for tag, text in spoken.items() if text}}
            if not _values(inner.get("ChoiceOrder")) and not inner.get("Choices"):
                inner |= {part: payload.get(part) for part in ("Choices", "ChoiceOrder")}
            part = f"{key}#{number}"
            self.payloads_of_parts(part, inner, f"{self.tags[key]}_{number}")
            for question in self.grid(part, inner, place):
                question.label = _joined(self._texts(payload, "QuestionText"), question.label)
                made.append(question)
        return made

    def payloads_of_parts(self, key: str, payload: Payload, tag: str) -> None:
        """Take in a column of a side-by-side question as if it were a question."""
        self.payloads[key], self.tags[key] = {**payload, "QuestionType": "Matrix"}, tag
        self._number(key)

    def _tell_rest(self) -> None:
        for element in self.elements:
            kind, payload = element.get("Element"), _mapping(element.get("Payload"))
            for part in ("Header", "Footer", "EOSMessage") if kind == "SO" else ():
                told = plain(_text(payload.get(part)))[0]
                if told:
                    self.draft.lose(
                        "survey options", f"{part} '{told[:80]}'", "pages and their end have a form of their own"
                    )
            if kind == "SCO" and _values(payload.get("ScoringCategories")):
                self.draft.lose("scoring", f"{len(payload['ScoringCategories'])} scores", "answers have no points here")
            if kind in ("QO", "QG"):
                self.draft.lose(
                    "quotas", f"quota '{_text(element.get('SecondaryAttribute'))}'", "quotas stand in the study file"
                )
        unused = [self.tags[key] for key in self.payloads if "#" not in key and key not in self._placed()]
        for tag in unused:
            self.draft.lose(f"question {tag}", "in no block that is shown", "left out")

    def _placed(self) -> set[str]:
        blocks = [block for key, block in self.blocks.items() if key in self.seen or not self.seen]
        return {str(element.get("QuestionID")) for block in blocks for element in block.elements}


def _with_carried(payload: Payload, source: Payload) -> Payload:
    """A question with the choices of another before its own, under the keys that Qualtrics gives them."""
    own = {choice: _found(payload.get("Choices"), choice) for choice in _keyed(payload.get("Choices"))}
    own = {choice: told for choice, told in own.items() if not choice.startswith("x")}
    order = [str(choice) for choice in _values(source.get("ChoiceOrder"))] or list(_keyed(source.get("Choices")))
    carried = {f"x{choice}": {"Display": _display(_found(source.get("Choices"), choice))} for choice in order}
    spoken = {**_mapping(source.get("Language")), **_mapping(payload.get("Language"))}
    languages = {}
    for tag in spoken:
        there, here = (_mapping(_mapping(one.get("Language")).get(tag)) for one in (source, payload))
        words = {f"x{choice}": _found(there.get("Choices"), choice) for choice in _keyed(there.get("Choices"))}
        languages[tag] = {**here, "Choices": {**words, **_mapping(here.get("Choices"))}}
    recoded = _mapping(payload.get("RecodeValues"))
    if payload.get("QuestionType") != "Matrix":
        codes = _mapping(source.get("RecodeValues"))
        recoded = {**recoded, **{f"x{choice}": codes.get(choice, choice) for choice in order}}
    changed = {"Choices": {**carried, **own}, "ChoiceOrder": [*carried, *own], "Language": languages}
    return {**payload, **changed, "RecodeValues": recoded}


def _mapping(value: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever stands in the file
    return value if isinstance(value, dict) else {}


def _values(value: Any) -> list[Any]:  # noqa: ANN401 - whatever stands in the file
    """The elements of a list, or of the mapping by number that Qualtrics writes in its place."""
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _keyed(value: Any) -> Iterator[str]:  # noqa: ANN401 - whatever stands in the file
    if isinstance(value, dict):
        yield from map(str, value)
    elif isinstance(value, list):
        yield from map(str, range(len(value)))


def _found(value: Any, key: str) -> Any:  # noqa: ANN401 - whatever stands in the file
    if isinstance(value, dict):
        return value.get(key)
    inside = isinstance(value, list) and key.isdecimal() and int(key) < len(value)
    return value[int(key)] if inside else None


def _is_max_diff(payload: Payload) -> bool:
    return payload.get("Selector") == "MaxDiff"


def _has_cells(payload: Payload) -> bool:
    """Whether something is written into each cell of a matrix."""
    return payload.get("Selector") in ("TE", "CS", "RO") or payload.get("SubSelector") in _WRITTEN_CELLS


def _display(value: Any) -> str:  # noqa: ANN401 - whatever stands in the file
    return _text(value.get("Display")) if isinstance(value, dict) else _text(value)


def _text(value: Any) -> str:  # noqa: ANN401 - whatever stands in the file
    return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def _whole(value: Any) -> int | None:  # noqa: ANN401 - whatever stands in the file
    text = _text(value)
    return int(text) if _WHOLE.fullmatch(text) else None


def _both(one: Condition | None, other: Condition | None) -> Condition | None:
    if one is None or other is None:
        return one or other
    return Every((one, other))


def _joined(first: Tagged, second: Tagged | None) -> Tagged:
    found = {tag: plain(text)[0] for tag, text in first.items()}
    for tag, text in (second or {}).items():
        found[tag] = " – ".join(filter(None, (found.get(tag, ""), plain(text)[0])))
    return found


_Maker = Callable[[_Reader, str, Payload, str], list[DraftQuestion]]
_MAKERS: dict[str, _Maker] = {
    "MC": _Reader.chosen,
    "Matrix": _Reader.grid,
    "TE": _Reader.text,
    "Slider": _Reader.slider,
    "DB": _Reader.described,
    "RO": _Reader.ranked,
    "CS": _Reader.summed,
    "SBS": _Reader.side_by_side,
}
"""How each of Qualtrics' types is asked here."""
