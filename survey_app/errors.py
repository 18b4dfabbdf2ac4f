"""Failures that a command expects, by what they mean to the person who gave it; loads nothing."""


class WrongUseError(Exception):
    """Something was asked for that cannot be done; the sentence says what to do."""


class RefusedError(Exception):
    """What was asked for was tried, and what was given does not support it; the sentence says why."""
