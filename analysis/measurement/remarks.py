"""What a reader must know about a measurement: gathered on the way, sections that the data refuse included."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from analysis.errors import AnalysisError
from analysis.measurement.tables import Remark

_Part = TypeVar("_Part")


@dataclasses.dataclass
class Remarks:
    """Remarks gathered so far; ``items`` are the names of the columns that refusals count."""

    items: tuple[str, ...]
    found: list[Remark] = dataclasses.field(default_factory=list)

    def attempt(self, section: str, make: Callable[[], _Part], items: Sequence[str] | None = None) -> _Part | None:
        """Make a section, or a part named ``section.part``, or remark why not.

        Parameters
        ----------
        section : str
        make : callable
        items : sequence of str, optional
            Names of the columns it works on, where these are not all.

        Returns
        -------
        object or None
            None where the data refuse it.
        """
        try:
            return make()
        except AnalysisError as error:
            named = error.naming(self.items if items is None else items)
            self.found.append(Remark(section, named.code, named.message, refused=True))
        except np.linalg.LinAlgError:  # a matrix without inverse that no step could name
            message = "The answers do not determine these figures: a matrix has no inverse. Collect more answers."
            self.found.append(Remark(section, "not_identified", message, refused=True))
        return None

    def add(self, section: str, code: str, message: str) -> None:
        """Remark on a section that is there, or on a part that does not apply.

        Parameters
        ----------
        section, code, message : str
        """
        self.found.append(Remark(section, code, message, refused=False))
