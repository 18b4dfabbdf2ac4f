"""A study: an instrument or a mapping of someone else's columns, its brands, languages and plan; reads no answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from instruments.measures import Measures
from instruments.model import Code, Instrument, Language, Name, Part, Texts

BrandKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=32)]


class Brand(Part):
    """One brand of the study; `key` is the value that stands in the answers."""

    key: BrandKey
    name: Texts


class MappedScale(Part):
    """Columns of the file that measure one construct, each within `range`."""

    label: Texts
    columns: tuple[str, ...] = Field(min_length=1)
    range: tuple[float, float]
    reversed: tuple[str, ...] = ()
    dimension: Name | None = None


class MappedOutcome(Part):
    """Columns of the file (averaged) that relationships are judged by."""

    label: Texts
    columns: tuple[str, ...] = Field(min_length=1)
    range: tuple[float, float]
    reversed: tuple[str, ...] = ()
    better: Literal["high", "low"] = "high"
    primary: bool = False


class MappedRule(Part):
    """Columns of the file that hold one rule's importance and whether it was kept."""

    label: Texts
    short: Texts
    family: Name
    importance: str | None = None
    experience: str | None = None


class Mapping(Part):
    """How a file made elsewhere is read: which column is what, and which codes mean missing."""

    brand: str
    person: str | None = None
    weight: str | None = None
    language: str | None = None
    country: str | None = None
    scales: dict[Name, MappedScale]
    outcomes: dict[Name, MappedOutcome] = {}
    rules: dict[Name, MappedRule] = {}
    experience_codes: dict[Literal["kept", "broken", "never_arose"], Code] = {}
    importance_range: tuple[float, float] | None = None
    current: str | None = None
    desired: str | None = None
    treated: str | None = None
    missing: tuple[Code, ...] = ()
    invalid: dict[str, tuple[Code, ...]] = {}
    separator: Literal[",", ";", "\t"] = ","
    encoding: str = "utf-8"


class StudyFile(Part):
    """The grammar of a study file: exactly one of `instrument` and `data`."""

    format: Literal[1]
    study: Name
    title: Texts
    simulated: bool = False
    category: Texts | None = None
    languages: tuple[Language, ...]
    instrument: str | None = None
    data: Mapping | None = None
    brands: tuple[Brand, ...] = Field(min_length=1)
    plan: dict[str, Any] = {}


@dataclass(frozen=True)
class Study:
    """A checked study: its file, what its answers measure, and its questionnaire where it has one.

    Parameters
    ----------
    file : StudyFile
        The study as it was written.
    measures : Measures
        What the columns of its answers measure.
    instrument : Instrument or None
        The questionnaire; None for a file made elsewhere.
    study_text, instrument_text : str
        Both files word for word; "" for no questionnaire.
    instrument_digest : str
        Digest of the questionnaire, stored with every answer; "" for none.
    """

    file: StudyFile
    measures: Measures
    instrument: Instrument | None
    study_text: str
    instrument_text: str = ""
    instrument_digest: str = ""

    def require_instrument(self) -> Instrument:
        """Return the questionnaire of a study that has one.

        Returns
        -------
        Instrument
            The questionnaire.

        Raises
        ------
        ValueError
            For a study that describes a file made elsewhere; callers check first.
        """
        if self.instrument is None:
            raise ValueError(f"study {self.file.study!r} has no questionnaire")
        return self.instrument
