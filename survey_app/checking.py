"""Checks files as `run.py check` does: what they say to respondents and to the analysis; loads nothing slow."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from analysis.plan import plan_problems
from instruments.check import check_files, notices
from instruments.yaml_file import Problem, read_yaml


def check(paths: Iterable[Path]) -> list[Problem]:
    """Name every problem of questionnaire, study and catalogue files, and of the plans of studies."""
    return [problem for path in paths for problem in _check(path)]


def worth_a_thought(paths: Iterable[Path]) -> list[Problem]:
    """Tell what is no mistake in these files and still worth a thought."""
    return notices(paths)


def _check(path: Path) -> list[Problem]:
    found = [*check_files([path]), *plan_problems(read_yaml(path))]
    # a study's questionnaire is another file: its problems stay together
    return sorted(found, key=lambda problem: (problem.file != str(path), problem.line, problem.column))
