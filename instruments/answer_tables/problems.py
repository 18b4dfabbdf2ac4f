"""What is said of an answer file that cannot be used; reads none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class AnswerFileError(Exception):
    """An answer file that cannot be used as it is; `problems` are sentences for the person who made it."""

    def __init__(self, path: Path, problems: Sequence[str]) -> None:
        self.path, self.problems = path, tuple(problems)
        super().__init__("\n".join(f"{path.name}: {problem}" for problem in problems))

    def __reduce__(self) -> tuple[type[AnswerFileError], tuple[Path, tuple[str, ...]]]:
        """Whole as it came, when another process has found it."""
        return type(self), (self.path, self.problems)
