"""Checks questionnaire and study files before they are used and tells what is wrong with them; changes none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from instruments.catalogue import Catalogue
from instruments.coding_frame import load_coding_frame
from instruments.consistency.fieldwork import check_publishable, left_open
from instruments.consistency.outline import Cursor
from instruments.grammar import fit
from instruments.loader import find_instrument, instrument_of
from instruments.modules import load_module, with_modules
from instruments.playbook import load_playbook
from instruments.study_file import StudyError, load_study
from instruments.translation.records import record_path
from instruments.translation.review import problems_of
from instruments.yaml_file import FileError, Problem, YamlFile, read_yaml

_TELLING = 3
"""Statements from which a scale is expected to have a reversed one; shorter ones have no room for it."""


def check_files(paths: Iterable[Path]) -> list[Problem]:
    """Check questionnaire, study and catalogue files.

    Parameters
    ----------
    paths : iterable of Path
        Questionnaires; modules (files that have a key ``module``); studies (a key ``study``), whose questionnaire is
        checked with them; relationship catalogues (a key ``relationships``); playbooks (a key ``choose``);
        and coding frames (a key ``frame``).

    Returns
    -------
    list of Problem
        Every problem, file by file in the order given, each file's in the order of its lines.
    """
    problems: list[Problem] = []
    for path in paths:
        try:
            _load(path)
        except FileError as error:
            problems.extend(error.problems)
    return problems


def _load(path: Path) -> None:
    file = read_yaml(path)
    keys = file.data if isinstance(file.data, dict) else {}
    if "study" in keys:
        load_study(path)
        if problems := tuple(check_publishable(file)):
            raise StudyError(problems)
    elif "relationships" in keys:
        _, misfits = fit(file, Catalogue)
        if file.problems or misfits:
            raise FileError((*file.problems, *misfits))
    elif "choose" in keys:
        load_playbook(path)
    elif "frame" in keys:
        load_coding_frame(path)
    elif "module" in keys:
        load_module(path)
    else:
        instrument_of(file)


def notices(paths: Iterable[Path]) -> list[Problem]:
    """Tell what is no mistake in questionnaires, studies and modules, and still worth a thought.

    Parameters
    ----------
    paths : iterable of Path
        As for `check_files`; files with problems have no notices.

    Returns
    -------
    list of Problem
        Scales without a reversed statement: agreeing with everything looks there like a high score. Translations that
        are older than their source. Signed panels beside an entry that is open to everybody.
    """
    return [notice for path in paths for notice in _worth_a_thought(path)]


def _worth_a_thought(path: Path) -> Iterator[Problem]:
    questionnaire = _questionnaire(path)
    yield from _one_sided(with_modules(read_yaml(questionnaire)))
    yield from left_open(read_yaml(path))
    for each in dict.fromkeys((path, questionnaire)):
        yield from _translations(each)


def _questionnaire(path: Path) -> Path:
    """A questionnaire or module is its own; that of a study."""
    file = read_yaml(path)
    keys = file.data if isinstance(file.data, dict) else {}
    named = keys.get("instrument")
    if "study" not in keys or not isinstance(named, str):
        return path
    try:
        return find_instrument(named, path)
    except FileError:
        return path


def _translations(path: Path) -> Iterator[Problem]:
    """What is known of the translations of a file says that some need another look."""
    if record_path(path).exists():
        try:
            yield from problems_of(path)
        except FileError as error:
            yield from error.problems


def _one_sided(file: YamlFile) -> Iterator[Problem]:
    for name, scale in Cursor(file.data, ())["scales"].entries():
        items = list(scale["items"].elements())
        if len(items) >= _TELLING and not any(item["reversed"].value is True for item in items):
            message = f"all statements of the scale '{name}' run the same way"
            yield file.problem(scale.path, message, "reverse one, so that agreeing with everything shows", at_key=True)
