"""The translations of a file side by side as one page to read or print, and how far they are; changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from instruments.consistency.texts import LANGUAGE_NAMES
from instruments.translation.records import Standing, Unit, units_of
from instruments.translation.texts import LANGUAGES, PLACEHOLDER, placeholder_faults, texts_of
from instruments.yaml_file import Problem

STANDINGS: tuple[Standing, ...] = ("missing", "stale", "draft", "reviewed", "adjudicated")
_STYLE = """\
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem; color: #1c2430; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
th, td { border-bottom: 1px solid #d5dae1; padding: .5rem .6rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
thead th { position: sticky; top: 0; background: #fff; border-bottom: 2px solid #1c2430; }
col.place { width: 16%; }
.place { color: #5b6573; font-size: 12px; font-weight: normal; }
.state { display: inline-block; font-size: 12px; border-radius: 3px; padding: 0 .4em; background: #e8ebf0; }
.missing, .stale { background: #f6d9d5; color: #7a1f12; }
.reviewed { background: #dbe8f7; } .adjudicated { background: #d9efdf; }
.more { color: #5b6573; font-size: 13px; margin: .3rem 0 0; }
mark { background: #fff1c2; }
@media print { body { margin: 0; font-size: 10px; } thead th { position: static; } }
"""


def problems_of(path: Path, languages: Sequence[str] = ()) -> tuple[Problem, ...]:
    """Name every translation that is missing, out of date, or has a damaged placeholder.

    Parameters
    ----------
    path : Path
        A file that `texts_of` reads.
    languages : sequence of str
        Those to look at; all that the file speaks unless named.

    Returns
    -------
    tuple of Problem
        With place and remedy, in the order of the file.

    Raises
    ------
    TranslationError
        As `texts_of` does.
    """
    file = texts_of(path)
    found = [
        problem
        for language in languages or _others(file.languages)
        for unit in units_of(path, language)
        for problem in _problems(path, language, unit)
    ]
    return tuple(sorted(found, key=lambda problem: problem.line))


def _problems(path: Path, language: str, unit: Unit) -> Iterator[Problem]:
    if unit.standing == "missing":
        yield Problem(str(path), unit.line, 1, unit.place, f"the text in '{language}' is missing", "translate it")
        return
    if unit.standing == "stale":
        message = f"the text in '{language}' is older than its source"
        mark = f"run.py translate mark {path.name} --lang {language} --status reviewed --place '{unit.place}'"
        yield Problem(
            str(path), unit.line, 1, unit.place, message, f"translate it anew, or where it still holds: {mark}"
        )
    for fault in placeholder_faults(unit.source, unit.target):
        yield Problem(str(path), unit.line, 1, unit.place, f"in '{language}' {fault}", f"source: {unit.source}")


def standings_of(path: Path, languages: Sequence[str] = ()) -> dict[str, dict[Standing, int]]:
    """Count how far the translations of a file are.

    Parameters
    ----------
    path : Path
        A file that `texts_of` reads.
    languages : sequence of str
        Those to look at; all that the file speaks unless named.

    Returns
    -------
    dict
        For each language the number of texts of each standing.

    Raises
    ------
    TranslationError
        As `texts_of` does.
    """
    counted = {}
    for language in languages or _others(texts_of(path).languages):
        count = Counter(unit.standing for unit in units_of(path, language))
        counted[language] = {standing: count[standing] for standing in STANDINGS}
    return counted


def _others(languages: Sequence[str]) -> list[str]:
    return [language for language in languages[1:] if language in LANGUAGES]


def side_by_side(path: Path, languages: Sequence[str] = ()) -> str:
    """Lay all translations beside the source.

    Parameters
    ----------
    path : Path
        A file that `texts_of` reads.
    languages : sequence of str
        Those to show; all that the file speaks unless named.

    Returns
    -------
    str
        An HTML page that stands alone; texts are escaped.

    Raises
    ------
    TranslationError
        As `texts_of` does.
    """
    file = texts_of(path)
    wanted = list(languages or _others(file.languages))
    units = {language: units_of(path, language) for language in wanted}
    sources = units[wanted[0]] if wanted else ()
    rows = "\n".join(_row(at, units, wanted) for at in range(len(sources)))
    heads = "".join(f'<th scope="col">{LANGUAGE_NAMES[language]}</th>' for language in (file.source, *wanted))
    columns = "<col>" * (len(wanted) + 1)
    name = escape(path.name)
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{name}: translations</title>\n'
        f"<style>{_STYLE}</style>\n<h1>{name}</h1>\n"
        f'<table><colgroup><col class="place">{columns}</colgroup>\n'
        f'<thead><tr><th scope="col">Place</th>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></html>\n'
    )


def _row(at: int, units: dict[str, tuple[Unit, ...]], wanted: list[str]) -> str:
    first = units[wanted[0]][at]
    cells = "".join(_cell(language, units[language][at]) for language in wanted)
    place = escape(first.place).replace(".", ".<wbr>").replace("[", "<wbr>[")
    return f'<tr><th scope="row" class="place">{place}</th><td>{_marked(first.source)}</td>{cells}</tr>'


def _cell(language: str, unit: Unit) -> str:
    state = f'<span class="state {unit.standing}">{unit.standing}</span>'
    said = [f'<span lang="{language}">{_marked(unit.target)}</span> {state}']
    if unit.back:
        said.append(f'<p class="more">Back: {escape(unit.back)}</p>')
    said += [f'<p class="more">Note: {escape(note)}</p>' for note in unit.notes]
    if unit.by:
        said.append(f'<p class="more">{escape(unit.by)}</p>')
    return f"<td>{''.join(said)}</td>"


def _marked(text: str) -> str:
    """A text with its placeholders standing out."""
    return PLACEHOLDER.sub(lambda found: f"<mark>{found.group()}</mark>", escape(text))
