"""What an analysis says when data cannot support it; it may not be used for mistakes of our own."""


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

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way back from a worker process, numbers included."""
        return (_rebuilt, (self.code, self.message, self.numbers))


def _rebuilt(code: str, message: str, numbers: dict[str, float]) -> AnalysisError:
    """Make the error again from its parts."""
    return AnalysisError(code, message, **numbers)
