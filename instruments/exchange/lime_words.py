"""LimeSurvey's survey files as rows by table, and its variables' names; makes no questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from instruments.exchange.carried import refused
from instruments.exchange.draft import Tagged

Row = Mapping[str, str]
_TABLES = frozenset(
    [
        *("groups", "group_l10ns", "questions", "subquestions", "question_l10ns", "answers", "answer_l10ns", "surveys"),
        *("question_attributes", "conditions", "defaultvalues", "quota", "quota_members", "assessments"),
        *("surveys_languagesettings", "survey_url_parameters"),
    ]
)

_KINDS = ("Survey", "Group", "Question")


@dataclass
class Option:
    """An answer option or subquestion: its code, its text by language, its scale and its own condition."""

    id: str
    code: str
    label: Tagged
    scale: str
    relevance: str = ""


@dataclass
class Asked:
    """A question of the file with everything that belongs to it."""

    id: str
    code: str
    type: str
    group: str
    label: Tagged
    help: Tagged
    row: Row
    attributes: dict[str, Tagged] = field(default_factory=dict)
    subquestions: list[Option] = field(default_factory=list)
    answers: list[Option] = field(default_factory=list)
    script: bool = False

    def attribute(self, name: str) -> str:
        """An attribute that is the same in every language.

        Parameters
        ----------
        name : str

        Returns
        -------
        str
            "" where there is none.
        """
        return next(iter(self.attributes.get(name, {}).values()), "").strip()

    def is_set(self, name: str) -> bool:
        """Whether an attribute is switched on.

        Parameters
        ----------
        name : str

        Returns
        -------
        bool
        """
        return self.attribute(name).lower() in ("1", "y", "yes", "on")


@dataclass
class Group:
    """A group of questions: one page."""

    id: str
    name: Tagged
    description: Tagged
    row: Row


@dataclass
class Survey:
    """A whole file."""

    row: Row
    languages: list[str]
    settings: dict[str, Row]
    groups: list[Group]
    questions: list[Asked]
    conditions: list[Row]
    tables: Mapping[str, list[Row]]


def read_survey(root: Element, name: str) -> Survey:
    """Gather a survey file's tables.

    Parameters
    ----------
    root : Element
        The document.
    name : str
        What errors call the file.

    Returns
    -------
    Survey
        Groups and questions in their order.

    Raises
    ------
    ExchangeError
        When it is no survey file.
    """
    kind = next((element.text or "" for element in root.iter("LimeSurveyDocType")), "")
    if root.tag != "document" or kind.strip() not in _KINDS:
        what = f"a LimeSurvey file of the kind '{kind.strip()}'" if kind else f"XML of another kind ('{root.tag}')"
        raise refused(name, f"this is {what}", "export the survey as a structure file (.lss)")
    tables = {child.tag: list(_rows(child)) for child in root if child.tag in _TABLES}
    main = next(iter(tables.get("surveys", [])), {})
    settings = {row.get("surveyls_language", ""): row for row in tables.get("surveys_languagesettings", [])}
    named = [text for element in root.iter("language") if (text := (element.text or "").strip())]
    base = main.get("language", "") or next(iter(settings), "") or next(iter(named), "en")
    # Files of a group or question have no settings; their languages stand at the head.
    others = [*main.get("additional_languages", "").split(), *(settings or named)]
    languages = [language for language in dict.fromkeys([base, *others]) if language]
    reader = _Tables(tables, base)
    questions = reader.questions()
    if not questions:
        raise refused(name, "the survey holds no questions", "export the survey as a structure file (.lss)")
    return Survey(main, languages, settings, reader.groups(), questions, tables.get("conditions", []), tables)


def _rows(table: Element) -> Iterator[Row]:
    for row in table.iter("row"):
        yield {cell.tag: (cell.text or "").strip() for cell in row}


@dataclass(frozen=True)
class _Tables:
    """Rows joined with their texts, which older files hold themselves and newer ones keep in tables of their own."""

    tables: Mapping[str, list[Row]]
    base: str

    def rows(self, table: str) -> list[Row]:
        return self.tables.get(table, [])

    def texts(self, table: str, key: str, column: str) -> dict[str, Tagged]:
        found: dict[str, Tagged] = {}
        for row in self.rows(table):
            if row.get(key) and row.get(column):
                found.setdefault(row[key], {}).setdefault(row.get("language") or self.base, row[column])
        return found

    def groups(self) -> list[Group]:
        names = self.texts("groups", "gid", "group_name") | self.texts("group_l10ns", "gid", "group_name")
        told = self.texts("groups", "gid", "description") | self.texts("group_l10ns", "gid", "description")
        rows = {row.get("gid", ""): row for row in reversed(self.rows("groups"))}
        groups = [Group(key, names.get(key, {}), told.get(key, {}), row) for key, row in rows.items()]
        return sorted(groups, key=lambda group: _whole(group.row.get("group_order")))

    def questions(self) -> list[Asked]:
        texts = self.texts("questions", "qid", "question") | self.texts("question_l10ns", "qid", "question")
        helps = self.texts("questions", "qid", "help") | self.texts("question_l10ns", "qid", "help")
        rows = {row.get("qid", ""): row for row in reversed(self.rows("questions"))}
        found = {
            key: Asked(
                key, row.get("title", ""), row.get("type", ""), row.get("gid", ""),
                texts.get(key, {}), helps.get(key, {}), row,
            )
            for key, row in rows.items()
            if row.get("parent_qid", "0") in ("", "0")
        }  # fmt: skip
        self._add_subquestions(found, texts)
        self._add_answers(found)
        for row in self.rows("question_l10ns"):
            if row.get("script") and row.get("qid") in found:
                found[row["qid"]].script = True
        for row in self.rows("question_attributes"):
            if row.get("qid") in found and row.get("value"):
                attributes = found[row["qid"]].attributes.setdefault(row.get("attribute", ""), {})
                attributes.setdefault(row.get("language") or "", row["value"])
        order = {group.id: at for at, group in enumerate(self.groups())}
        key = lambda asked: (order.get(asked.group, len(order)), _whole(asked.row.get("question_order")))  # noqa: E731
        return sorted(found.values(), key=key)

    def _add_subquestions(self, found: dict[str, Asked], texts: dict[str, Tagged]) -> None:
        own = self.texts("subquestions", "qid", "question")
        rows = [row for row in [*self.rows("subquestions"), *self.rows("questions")] if row.get("parent_qid") in found]
        for row in {row.get("qid", ""): row for row in reversed(rows)}.values():
            key = row.get("qid", "")
            label = texts.get(key) or own.get(key, {})
            option = Option(key, row.get("title", ""), label, row.get("scale_id") or "0", row.get("relevance", ""))
            found[row["parent_qid"]].subquestions.append(option)
        order = {row.get("qid", ""): _whole(row.get("question_order")) for row in rows}
        for asked in found.values():
            asked.subquestions.sort(key=lambda option: order[option.id])

    def _add_answers(self, found: dict[str, Asked]) -> None:
        told = self.texts("answer_l10ns", "aid", "answer")
        options: dict[tuple[str, str, str], tuple[int, Option]] = {}
        for row in self.rows("answers"):
            key = (row.get("qid", ""), row.get("scale_id") or "0", row.get("code", ""))
            order = _whole(row.get("sortorder"))
            _, option = options.setdefault(key, (order, Option(row.get("aid", ""), key[2], {}, key[1])))
            option.label |= told.get(row.get("aid", ""), {})
            if row.get("answer"):
                option.label.setdefault(row.get("language") or self.base, row["answer"])
        for (question, _, _), (_, option) in sorted(options.items(), key=lambda entry: entry[1][0]):
            if question in found:
                found[question].answers.append(option)


def _whole(text: str | None) -> int:
    return int(text) if text and text.lstrip("-").isdecimal() else 0
