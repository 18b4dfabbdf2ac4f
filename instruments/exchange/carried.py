"""What came over from one format to another, and what did not; knows no format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from instruments.yaml_file import FileError, Problem

Content = TypeVar("Content")


class ExchangeError(FileError):
    """A file of another program that cannot be read, with its place and remedy."""


@dataclass(frozen=True, order=True)
class Loss:
    """Something that the other format has no room for.

    Parameters
    ----------
    place : str
        Where it stood, in the words of the file that was read: a sheet and row, a question's code.
    what : str
        What it was.
    why : str
        What became of it, and why.
    """

    place: str
    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}: {self.why}"


@dataclass(frozen=True)
class Carried(Generic[Content]):
    """What was carried over, and everything that was not.

    Parameters
    ----------
    content : object
        A questionnaire, or the bytes of a file.
    losses : tuple of Loss
        Each thing that could not be carried over, in the order of the source, each once.
    """

    content: Content
    losses: tuple[Loss, ...] = ()


def refused(file: str, message: str, remedy: str, *, line: int = 1, column: int = 1, place: str = "") -> ExchangeError:
    """Say why a file is not read.

    Parameters
    ----------
    file : str
        Its path as it was given.
    message, remedy : str
        What is wrong, and what to do about it.
    line, column : int, optional
        Where, counted from 1.
    place : str, optional
        Where in its data.

    Returns
    -------
    ExchangeError
        To be raised.
    """
    return ExchangeError((Problem(file, line, column, place, message, remedy),))


def each_once(losses: Iterable[Loss]) -> tuple[Loss, ...]:
    """Leave out repetitions.

    Parameters
    ----------
    losses : iterable of Loss

    Returns
    -------
    tuple of Loss
        In the order given.
    """
    return tuple(dict.fromkeys(losses))
