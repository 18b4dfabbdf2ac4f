"""What an analysis says when data cannot support it; it may not be used for mistakes of our own."""

from __future__ import annotations

from collections.abc import Sequence


class AnalysisError(Exception):
    """The data cannot support the analysis asked for.

    Parameters
    ----------
    code : str
        Short stable name of the problem, for programs ("constant_item").
    message : str
        One or more complete sentences: where, what, and what to do.
    **numbers : float
        The numbers the message speaks of; columns are counted from 0.
    """

    def __init__(self, code: str, message: str, **numbers: float) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.numbers = numbers

    def naming(self, items: Sequence[str], *, among: str = "items") -> AnalysisError:
        """Give the same refusal with the names of the items that it knows by their column.

        Parameters
        ----------
        items : sequence of str
            Names of the columns it counts.
        among : str
            What they are called.

        Returns
        -------
        AnalysisError
        """
        places = dict.fromkeys(int(self.numbers[key]) for key in ("column", "other_column") if key in self.numbers)
        named = ", ".join(f"column {i + 1} is {items[i]}" for i in places if i < len(items))
        message = f"{self.message} Of the {among}, {named}." if named else self.message
        return AnalysisError(self.code, message, **self.numbers)

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way back from a worker process, numbers included."""
        return (_rebuilt, (self.code, self.message, self.numbers))


def _rebuilt(code: str, message: str, numbers: dict[str, float]) -> AnalysisError:
    """Make the error again from its parts."""
    return AnalysisError(code, message, **numbers)
