"""Checks questionnaire files before they are used and tells what is wrong with them; changes none."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from instruments.loader import InstrumentError, load_instrument
from instruments.yaml_file import Problem


def check_files(paths: Iterable[Path]) -> list[Problem]:
    """Check questionnaire files.

    Parameters
    ----------
    paths : iterable of Path
        Files of the grammar in `instruments.model`.

    Returns
    -------
    list of Problem
        Every problem, file by file in the order given, each file's in the order of its lines.
    """
    problems: list[Problem] = []
    for path in paths:
        try:
            load_instrument(path)
        except InstrumentError as error:
            problems.extend(error.problems)
    return problems
