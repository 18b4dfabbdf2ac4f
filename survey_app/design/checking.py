"""Checks files as `run.py check` does: what they say to respondents and to the analysis; loads nothing slow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from instruments.check import check_files, notices
from instruments.yaml_file import Problem, read_yaml

if TYPE_CHECKING:
    from survey_app.design.outlook import Outlook


def check(paths: Iterable[Path]) -> list[Problem]:
    """Name every problem of questionnaire, study and catalogue files, and of the plans of studies."""
    return [problem for path in paths for problem in _check(path)]


@dataclass(frozen=True)
class Played:
    """What was found in files, and what playing the studies among them showed."""

    problems: Sequence[Problem]
    notices: Sequence[Problem]
    outlooks: dict[Path, Outlook]

    @property
    def all_problems(self) -> list[Problem]:
        """Problems of the files and of playing them."""
        return [*self.problems, *(problem for outlook in self.outlooks.values() for problem in outlook.problems)]

    @property
    def all_notices(self) -> list[Problem]:
        """What is no mistake and still worth a thought."""
        return [*self.notices, *(notice for outlook in self.outlooks.values() for notice in outlook.notices)]

    def lines(self) -> Iterator[str]:
        """Tell people what was seen, file by file."""
        for path, outlook in self.outlooks.items():
            yield str(path)
            yield from (f"  {line}" for line in outlook.lines)


@dataclass(frozen=True)
class CheckedFiles:
    """Files and their problems."""

    paths: tuple[Path, ...]
    problems: tuple[Problem, ...]

    @classmethod
    def of(cls, paths: Sequence[Path]) -> CheckedFiles:
        """Check files."""
        return cls(tuple(paths), tuple(check(paths)))

    def played(self, respondents: int) -> Played:
        """Let simulated respondents play the studies, where all files are sound."""
        if self.problems:
            return Played(self.problems, (), {})
        return Played((), notices(self.paths), _outlooks(self.paths, respondents))


def _outlooks(paths: Iterable[Path], respondents: int) -> dict[Path, Outlook]:
    studies = [path for path in paths if _is_asked(path)]
    if not respondents or not studies:
        return {}
    from survey_app.design.outlook import look_ahead  # noqa: PLC0415 - checking alone shall not wait for it

    return {path: look_ahead(path, respondents) for path in studies}


def _is_asked(path: Path) -> bool:
    """Whether a file is a study with a questionnaire."""
    keys = read_yaml(path).data
    return isinstance(keys, dict) and "study" in keys and "instrument" in keys


def _check(path: Path) -> list[Problem]:
    found = [*check_files([path]), *_plan_problems(path)]
    # a study's questionnaire is another file: its problems stay together
    return sorted(found, key=lambda problem: (problem.file != str(path), problem.line, problem.column))


def _plan_problems(path: Path) -> list[Problem]:
    file = read_yaml(path)
    if not isinstance(file.data, dict) or "plan" not in file.data:
        return []
    from analysis.plan import plan_problems  # noqa: PLC0415 - brings the statistics; most files have no plan

    return plan_problems(file)
