"""Checks questionnaire and study files before they are used and tells what is wrong with them; changes none."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from instruments.catalogue import Catalogue
from instruments.grammar import fit
from instruments.loader import instrument_of
from instruments.modules import load_module
from instruments.playbook import load_playbook
from instruments.study_file import load_study
from instruments.yaml_file import FileError, Problem, read_yaml


def check_files(paths: Iterable[Path]) -> list[Problem]:
    """Check questionnaire, study and catalogue files.

    Parameters
    ----------
    paths : iterable of Path
        Questionnaires; modules (files that have a key ``module``); studies (a key ``study``), whose questionnaire is
        checked with them; relationship catalogues (a key ``relationships``); and playbooks (a key ``choose``).

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
    elif "relationships" in keys:
        _, misfits = fit(file, Catalogue)
        if file.problems or misfits:
            raise FileError((*file.problems, *misfits))
    elif "choose" in keys:
        load_playbook(path)
    elif "module" in keys:
        load_module(path)
    else:
        instrument_of(file)
