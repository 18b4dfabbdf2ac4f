"""Workbooks (XLSX) with living formulas; the same content gives the same bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_range_abs

from reports.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from analysis.findings import TypingModel
    from instruments.model import Language

TYPING_ROWS = 1000
"""Ratings that a typing workbook has formulas for."""

# Files carry no clock: equal findings give equal bytes.
_MADE = datetime(2000, 1, 1, tzinfo=UTC)
_WIDTH, _TEXT_WIDTH = 14, 30
# Rows of the sheet of functions; the archetypes follow the last.
_TITLE, _WARNING, _HOW, _MARGIN, _QUESTION, _TEXT, _LOWEST, _HIGHEST, _FIRST_ARCHETYPE = range(9)


def typing_workbook(model: TypingModel, language: Language) -> bytes:
    """The typing tool as a workbook: answers are entered row by row, formulas type them."""
    file = BytesIO()
    book = Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": f"Typing tool {model.version}", "created": _MADE})
    sheets = _TypingSheets(model, Wording(language), book)
    sheets.write_answers()
    sheets.write_functions()
    book.close()
    return file.getvalue()


class _TypingSheets:
    """The two sheets of a typing workbook; the formulas of the first point into the second.

    In both sheets the first column of a question is column 0, so that a row of answers and a row of coefficients
    are multiplied cell by cell.
    """

    def __init__(self, model: TypingModel, wording: Wording, book: Workbook) -> None:
        self.model, self.wording = model, wording
        self.answers: Worksheet = book.add_worksheet(wording.say("typing.sheet.answers"))
        self.functions: Worksheet = book.add_worksheet(wording.say("typing.sheet.functions"))
        self.bold: Format = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.wrapped: Format = book.add_format({"text_wrap": True, "valign": "top"})
        self.n_questions, self.n_archetypes = len(model.questions), len(model.archetypes)
        # the sheet of functions, right of the questions: constant, key and label of an archetype, what a row holds
        self.constant, self.key, self.label, self.head = range(self.n_questions, self.n_questions + 4)

    def write_answers(self) -> None:
        """One row per rating: answers, scores (hidden), archetype, certainty."""
        first, result = self.n_questions, self.n_questions + self.n_archetypes
        heads = [*(q.item for q in self.model.questions), *self.model.archetypes]
        for column, head in enumerate([*heads, self._say("archetype"), self._say("unsure")]):
            self.answers.write_string(0, column, head, self.bold)
        self.answers.freeze_panes(1, 0)
        self.answers.set_column(0, result + 1, _WIDTH)
        self.answers.set_column(first, result - 1, _WIDTH, None, {"hidden": True})
        for row in range(1, TYPING_ROWS + 1):
            for column, formula in enumerate(self._formulas(row), first):
                self.answers.write_formula(row, column, formula, None, "")

    def _formulas(self, row: int) -> Iterator[str]:
        """Formulas of one rating: the scores, the archetype, and whether it is unsure."""
        n, last = self.n_questions, self.n_questions - 1
        given = xl_range_abs(row, 0, row, last)
        low, high = self._there(_LOWEST, 0, _LOWEST, last), self._there(_HIGHEST, 0, _HIGHEST, last)
        answered = f"AND(COUNT({given})={n},SUMPRODUCT(({given}>={low})*({given}<={high}))={n})"
        for at in range(_FIRST_ARCHETYPE, _FIRST_ARCHETYPE + self.n_archetypes):
            constant = self._there(at, self.constant, at, self.constant)
            yield f'=IF({answered},{constant}+SUMPRODUCT({given},{self._there(at, 0, at, last)}),"")'
        scores = xl_range_abs(row, n, row, n + self.n_archetypes - 1)
        keys = self._there(_FIRST_ARCHETYPE, self.key, _FIRST_ARCHETYPE + self.n_archetypes - 1, self.key)
        yield f'=IF(COUNT({scores})=0,"",INDEX({keys},MATCH(MAX({scores}),{scores},0)))'
        close = f"MAX({scores})-LARGE({scores},2)<{self._there(_MARGIN, 0, _MARGIN, 0)}"
        yield f'=IF(COUNT({scores})=0,"",IF({close},"{self._say("yes")}","{self._say("no")}"))'

    def write_functions(self) -> None:
        """What the formulas read: ranges, constants and coefficients, with what they are called."""
        sheet, model = self.functions, self.model
        sheet.write_string(_TITLE, 0, self.wording.say("typing.sheet.title", version=model.version), self.bold)
        sheet.write_string(_WARNING, 0, self._say("simulated") if model.simulated else "", self.bold)
        sheet.write_string(_HOW, 0, self.wording.say("typing.sheet.how", answers=self._say("answers")))
        sheet.write_number(_MARGIN, 0, model.unsure_below)
        sheet.write_string(_MARGIN, 1, self._say("margin"))
        for q, question in enumerate(model.questions):
            sheet.write_string(_QUESTION, q, question.item, self.bold)
            sheet.write_string(_TEXT, q, question.text.get(self.wording.language, ""), self.wrapped)
            sheet.write_number(_LOWEST, q, question.low)
            sheet.write_number(_HIGHEST, q, question.high)
        for name, row in (("question", _QUESTION), ("text", _TEXT), ("lowest", _LOWEST), ("highest", _HIGHEST)):
            sheet.write_string(row, self.head, self._say(name))
        sheet.write_string(_QUESTION, self.constant, self._say("constant"), self.bold)
        sheet.write_string(_QUESTION, self.key, self._say("archetype"), self.bold)
        for a, functions in enumerate(zip(model.coefficients, model.constants, strict=True)):
            self._write_archetype(_FIRST_ARCHETYPE + a, a, *functions)
        sheet.set_column(0, self.head, _TEXT_WIDTH)

    def _write_archetype(self, row: int, a: int, coefficients: tuple[int, ...], constant: int) -> None:
        """One row of functions."""
        for q, coefficient in enumerate(coefficients):
            self.functions.write_number(row, q, coefficient)
        self.functions.write_number(row, self.constant, constant)
        self.functions.write_string(row, self.key, self.model.archetypes[a])
        label = self.model.labels[a]
        self.functions.write_string(row, self.label, label.get(self.wording.language) or next(iter(label.values()), ""))

    def _there(self, first_row: int, first_column: int, last_row: int, last_column: int) -> str:
        """Cells of the sheet of functions."""
        return f"'{self.functions.get_name()}'!{xl_range_abs(first_row, first_column, last_row, last_column)}"

    def _say(self, key: str) -> str:
        return self.wording.say(f"typing.sheet.{key}")
