"""Quotas, sources and brands in a draft's study file: found, changed in their lines, judged; stores nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Literal

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from instruments.consistency.outline import Cursor
from instruments.fieldwork import KNOWN_AT_ENTRY, OPEN
from instruments.loader import instrument_of
from instruments.model import Instrument, Item, Page
from instruments.yaml_file import FileError, Problem, parse_yaml
from survey_app.design import designs
from survey_app.design.part_fields import Variable
from survey_app.store.designs import Design

Kind = Literal["quotas", "sources", "brands"]
_NUMBERS = ("integer", "decimal", "range")
_KEPT = 8


def part(draft: Design, kind: Kind) -> list[tuple[str, Cursor]]:
    """Return what a draft has of a kind, each with what it is known by, however broken the rest of the file is."""
    at = Cursor(parse_yaml(draft.study_text, "study").data, ())[kind]
    if kind == "sources":
        return list(at.entries())
    return [(str(number), element) for number, element in enumerate(at.elements())]


def languages(draft: Design) -> list[str]:
    """Return the languages of a draft's study."""
    root = Cursor(parse_yaml(draft.study_text, "study").data, ())
    return [one.text for one in root["languages"].elements() if one.text in designs.LANGUAGES]


def variables(draft: Design) -> dict[str, Variable]:
    """Return everything a quota of this draft may be by."""
    root = Cursor(parse_yaml(draft.study_text, "study").data, ())
    known = {
        "country": [country.text for country in root["countries"].elements()],
        "language": languages(draft),
        "source": [OPEN, *(name for name, _ in root["sources"].entries() if name != OPEN)],
    }
    of_entry = {name: Variable(name, None, {code: (code, None) for code in known[name]}) for name in KNOWN_AT_ENTRY}
    instrument = _instrument(draft.instrument_text)
    return {**of_entry, **(dict(_asked_once(instrument)) if instrument else {})}


@lru_cache(maxsize=_KEPT)
def _instrument(text: str) -> Instrument | None:
    """The questionnaire of a draft; None while it cannot be asked."""
    try:
        return instrument_of(parse_yaml(text, "questionnaire"))
    except FileError:
        return None


def _asked_once(instrument: Instrument) -> Iterator[tuple[str, Variable]]:
    for page in instrument.pages:
        for item in page.questions if isinstance(page, Page) and not page.about else ():
            if not isinstance(item, Item):
                continue
            answers = instrument.lists.get(item.list or "")
            if item.type in _NUMBERS:
                yield item.name, Variable(item.name, item.label)
            elif item.type == "select_one" and answers is not None and not answers.source:
                codes = {str(one.code): (one.code, one.label) for one in answers.choices if not one.missing}
                yield item.name, Variable(item.name, item.label, codes)


def with_part(draft: Design, kind: Kind, known_as: str, value: dict[str, Any] | None, name: str = "") -> str:
    """Return the study's text with one quota, source or brand changed, added or, for None, taken out.

    Comments and everything else stay; `name` is what a source is called from now on.
    """
    yaml = designs.yaml_as_written()
    content = yaml.load(draft.study_text)
    if kind == "sources":
        _change_source(content, known_as, name, value)
    else:
        _change_element(content, kind, int(known_as), value)
    if not content.get(kind) and kind in content:
        del content[kind]
    text = io.StringIO()
    yaml.dump(content, text)
    return text.getvalue()


def _change_element(content: Any, kind: str, at: int, value: dict[str, Any] | None) -> None:  # noqa: ANN401 - YAML
    there = content[kind] if isinstance(content.get(kind), CommentedSeq) else CommentedSeq()
    content[kind] = there
    if value is None:
        del there[at]
    elif at < len(there):
        there[at] = _merged(there[at], value)
    else:
        there.append(_styled(value))


def _change_source(content: Any, known_as: str, name: str, value: dict[str, Any] | None) -> None:  # noqa: ANN401 - YAML
    there = content["sources"] if isinstance(content.get("sources"), CommentedMap) else CommentedMap()
    content["sources"] = there
    if value is None:
        del there[known_as]
    elif known_as == name and name in there:
        there[name] = _merged(there[name], value)
    elif known_as in there:
        at = list(there).index(known_as)
        before = there.pop(known_as)
        there.insert(at, name, _merged(before, value))
    else:
        there[name] = _styled(value)


def _merged(before: Any, value: Any) -> Any:  # noqa: ANN401 - whatever stands in the file
    """What is as before stays the very lines that were written."""
    if before == value:
        return before
    if isinstance(before, CommentedMap) and isinstance(value, dict):
        for key in [key for key in before if key not in value]:
            del before[key]
        for key, inner in value.items():
            before[key] = _merged(before[key], inner) if key in before else _styled(inner)
        return before
    if isinstance(before, CommentedSeq) and isinstance(value, list):
        for at in reversed(range(len(before))):
            if len(before) > len(value) and before[at] not in value:
                del before[at]
        del before[len(value) :]
        for at, inner in enumerate(value):
            if at < len(before):
                before[at] = _merged(before[at], inner)
            else:
                before.append(_styled(inner))
        return before
    return _styled(value)


def _styled(value: Any, depth: int = 0) -> Any:  # noqa: ANN401 - whatever stands in the file
    """A value as a person would write it: what holds nothing deep on one line."""
    styled: Any
    if isinstance(value, dict):
        styled = CommentedMap({key: _styled(inner, depth + 1) for key, inner in value.items()})
    elif isinstance(value, list):
        styled = CommentedSeq([_styled(inner, depth + 1) for inner in value])
    else:
        return value
    if depth and _height(value) <= 2:  # noqa: PLR2004 - a cell with its values is two high
        styled.fa.set_flow_style()
    return styled


def _height(value: Any) -> int:  # noqa: ANN401 - whatever stands in the file
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max((_height(one) for one in inner), default=0) if isinstance(value, (dict, list)) else 0


def problems_beside(problems: Sequence[Problem], kind: Kind, known_as: str, rows: Sequence[int]) -> dict[str, str]:
    """Return what is wrong with one part by the field it is wrong in; "" is the part as a whole."""
    begins = f"sources.{known_as}" if kind == "sources" else f"{kind}[{known_as}]"
    found: dict[str, str] = {}
    for problem in problems:
        rest = problem.place.removeprefix(begins)
        if problem.file == "study" and rest != problem.place and rest[:1] in ("", ".", "["):
            told = f"{problem.message} ({problem.remedy})" if problem.remedy else problem.message
            found.setdefault(_field(rest.removeprefix("."), rows), told)
    return found


def _field(rest: str, rows: Sequence[int]) -> str:
    if cell := re.match(r"cells\[(\d+)\](?:\.(is|limit))?(?:\.([\w]+))?", rest):
        row = rows[int(cell[1])] if int(cell[1]) < len(rows) else int(cell[1])
        return f"cell_{row}_{cell[2]}_{cell[3]}" if cell[3] else f"cell_{row}_{cell[2] or 'limit'}"
    return re.sub(r"\[\d+\].*", "", rest).replace(".", "_")
