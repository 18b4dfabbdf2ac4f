"""The typing tool as files for other programs; all of them compute with the same whole numbers, so all agree.

Each takes the answers as they were given. What is not answered, or lies outside a question's range, as all missing
codes do, leaves the rating untyped.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from io import StringIO
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from reports.wording import Wording, languages

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analysis.findings import TypingModel
    from instruments.model import Language, Texts

FORMAT = "relata-typing-1"
_WIDTH = 110


def typing_json(model: TypingModel) -> str:
    """The model as JSON, for programs that compute for themselves."""
    return json.dumps({"format": FORMAT, "about": _about(model), **asdict(model)}, ensure_ascii=False, indent=2) + "\n"


def typing_python(model: TypingModel) -> str:
    """A Python module without imports: `archetype(answers)` gives the archetype and whether it is unsure."""
    return f'''"""{_about(model)}"""

QUESTIONS = {{
{_lines(f"    {q.item!r}: ({_plain(q.low)}, {_plain(q.high)}),  # {_one_line(q.text)}" for q in model.questions)}
}}
ARCHETYPES = {{
{_lines(f"    {key!r}: {_one_line(label)!r}," for key, label in zip(model.archetypes, model.labels, strict=True))}
}}
CONSTANTS = {model.constants!r}
COEFFICIENTS = (
{_lines(f"    {row!r}," for row in model.coefficients)}
)
UNSURE_BELOW = {model.unsure_below}


def archetype(answers):
    """Type one rating.

    `answers` maps each question to the answer as it was given. Gives the key of the archetype and whether it is
    unsure; (None, True) where a question was not answered.
    """
    given = [answers.get(question) for question in QUESTIONS]
    ends = QUESTIONS.values()
    # text and truth values are no answers, as in the other exports
    if any(
        answer is None or isinstance(answer, (str, bytes, bool)) or not low <= answer <= high
        for answer, (low, high) in zip(given, ends)
    ):
        return None, True
    scores = [
        constant + sum(coefficient * answer for coefficient, answer in zip(row, given))
        for constant, row in zip(CONSTANTS, COEFFICIENTS)
    ]
    best = scores.index(max(scores))
    second = max(score for i, score in enumerate(scores) if i != best)
    return list(ARCHETYPES)[best], scores[best] - second < UNSURE_BELOW
'''


def typing_javascript(model: TypingModel) -> str:
    """A JavaScript function without anything around it: `archetype(answers)` gives `{archetype, unsure}`."""
    return f"""// {_about(model)}
function archetype(answers) {{
  const questions = [
{_lines(f'    ["{q.item}", {_plain(q.low)}, {_plain(q.high)}], // {_one_line(q.text)}' for q in model.questions)}
  ];
  const archetypes = {json.dumps(model.archetypes)};
  const constants = {json.dumps(model.constants)};
  const coefficients = [
{_lines(f"    {json.dumps(row)}," for row in model.coefficients)}
  ];
  const given = questions.map(([question]) => answers[question]);
  const answered = questions.every(
    ([, low, high], i) => typeof given[i] === "number" && given[i] >= low && given[i] <= high
  );
  if (!answered) return {{ archetype: null, unsure: true }};
  const scores = constants.map((constant, a) =>
    coefficients[a].reduce((sum, coefficient, q) => sum + coefficient * given[q], constant)
  );
  const best = scores.indexOf(Math.max(...scores));
  const second = Math.max(...scores.filter((_, a) => a !== best));
  return {{ archetype: archetypes[best], unsure: scores[best] - second < {model.unsure_below} }};
}}
"""


def typing_sql(model: TypingModel, *, table: str = "answers") -> str:
    """A SELECT that adds `archetype` and `archetype_unsure` (1 or 0) to a table; SQLite, PostgreSQL and alike."""
    scores = [f"typing_score_{a + 1}" for a in range(len(model.archetypes))]
    answered = " AND ".join(f"{_quoted(q.item)} BETWEEN {_plain(q.low)} AND {_plain(q.high)}" for q in model.questions)
    # nothing of it is run here, and every name is quoted
    return f"""-- {_about(model)}
SELECT typed.*,
{_sql_cases(scores, [f"'{key}'" for key in model.archetypes])} AS archetype,
  CASE WHEN typing_score_1 IS NULL THEN 1 ELSE
{_sql_cases(scores, [_sql_close(scores, score, model.unsure_below) for score in scores])}
  END AS archetype_unsure
FROM (
  SELECT source.*,
{_lines(_sql_scores(model, scores, answered), between=",")}
  FROM {_quoted(table)} AS source
) AS typed
"""  # noqa: S608


def typing_instrument(model: TypingModel) -> str:
    """A questionnaire file that asks the golden questions about one brand, to be checked and served like any other."""
    file = StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = _WIDTH
    yaml.dump(_instrument(model), file)
    return f"# {_about(model)}\n{file.getvalue()}"


def _instrument(model: TypingModel) -> dict[str, Any]:
    """The questionnaire as plain values."""
    spoken = [
        language for language in languages() if all(language in question.text for question in model.questions)
    ] or [languages()[0]]
    ranges = list(dict.fromkeys((q.low, q.high) for q in model.questions))
    scales = {f"typing_{i + 1}": ends for i, ends in enumerate(ranges)}
    return {
        "format": 1,
        "instrument": f"typing_{model.study}",
        "version": 1,
        "title": _said("typing.title", spoken),
        "description": _said("typing.description", spoken, version=model.version),
        "source": "The questions of the study from which they were chosen.",
        "licence": "MIT",
        "languages": spoken,
        "lists": {f"range_{key}": {"choices": _choices(ends, spoken)} for key, ends in scales.items()}
        | {"brands": {"source": "brands"}},
        "scales": {
            key: {
                "label": _said("typing.title", spoken),
                "list": f"range_{key}",
                "items": [
                    {"name": q.item, "label": {language: q.text.get(language, q.item) for language in spoken}}
                    for q in model.questions
                    if (q.low, q.high) == ends
                ],
            }
            for key, ends in scales.items()
        },
        "pages": [
            _page("brands", spoken, [{"name": "used", "type": "select_multiple", "list": "brands"}]),
            {
                "loop": "brand",
                "eligible": ["used"],
                "at_most": 1,
                "pages": [_page("statements", spoken, [{"type": "matrix", "scales": [key]} for key in scales])],
            },
        ],
    }


def _page(name: str, spoken: Sequence[Language], questions: list[dict[str, Any]]) -> dict[str, Any]:
    """A page whose questions are all worded alike."""
    label = _said(f"typing.{name}.question", spoken)
    asked = [{**question, "label": dict(label)} for question in questions]
    return {"page": name, "title": _said(f"typing.{name}.title", spoken), "questions": asked}


def _choices(ends: tuple[float, float], spoken: Sequence[Language]) -> list[dict[str, Any]]:
    """Numbered answers, with words at both ends."""
    low, high = int(ends[0]), int(ends[1])
    words = {low: "typing.not_at_all", high: "typing.completely"}
    return [
        {
            "code": code,
            "label": {
                language: f"{code} – {Wording(language).say(words[code])}" if code in words else str(code)
                for language in spoken
            },
        }
        for code in range(low, high + 1)
    ]


def _said(key: str, spoken: Sequence[Language], **fields: str) -> dict[str, str]:
    """A text in every language of the questionnaire."""
    return {language: Wording(language).say(key, **fields) for language in spoken}


def _about(model: TypingModel) -> str:
    """What this is and where it comes from, for the first line of every file."""
    warning = " SIMULATED: learned from invented answers." if model.simulated else ""
    count = len(model.questions)
    return f"Typing tool {model.version} of the study {model.study}: {count} questions.{warning} Made with Relata."


def _sql_scores(model: TypingModel, names: list[str], answered: str) -> Iterable[str]:
    """The score of each archetype, NULL where a question was not answered."""
    for name, constant, row in zip(names, model.constants, model.coefficients, strict=True):
        products = " + ".join(
            f"CAST({coefficient} AS BIGINT) * {_quoted(question.item)}"
            for coefficient, question in zip(row, model.questions, strict=True)
        )
        yield f"    CASE WHEN {answered}\n      THEN CAST({constant} AS BIGINT) + {products} END AS {name}"


def _sql_cases(scores: list[str], results: list[str]) -> str:
    """The result that belongs to the greatest score, the first of equals; NULL where there are no scores."""
    conditions = [" AND ".join(f"{score} >= {other}" for other in scores if other != score) for score in scores]
    cases = [f"    WHEN {condition} THEN {result}" for condition, result in zip(conditions, results, strict=True)]
    return "  CASE\n" + "\n".join(cases) + "\n  END"


def _sql_close(scores: list[str], best: str, margin: int) -> str:
    """1 where another score comes close to the best one."""
    close = " OR ".join(f"{best} - {other} < {margin}" for other in scores if other != best)
    return f"CASE WHEN {close} THEN 1 ELSE 0 END"


def _plain(number: float) -> str:
    """A number as every language reads it, whole ones without a point."""
    return str(int(number)) if number == int(number) else str(number)


def _quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _one_line(texts: Texts) -> str:
    """A text for a comment, in English where there is one."""
    text = texts.get("en") or next(iter(texts.values()), "")
    return " ".join(text.split()).replace('"', "'").replace("\\", "/")


def _lines(lines: Iterable[str], *, between: str = "") -> str:
    """Lines under each other."""
    return f"{between}\n".join(lines)
