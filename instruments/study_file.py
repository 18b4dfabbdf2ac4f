"""A study: an instrument or a mapping of someone else's columns, its brands, languages and plan; reads no answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from instruments.consistency.fieldwork import check_fieldwork
from instruments.consistency.study import check_study
from instruments.fieldwork import Consent, Country, Entity, Quality, Quota, Source
from instruments.grammar import fit
from instruments.loader import InstrumentError, digest, find_instrument, instrument_of
from instruments.measures import Background, Measures, measures_of_instrument, measures_of_mapping
from instruments.model import Code, Day, Goal, Instrument, Language, Name, Part, Texts, ValueRole, Whole
from instruments.modules import with_modules
from instruments.terms import Terms
from instruments.yaml_file import FileError, YamlFile, parse_yaml, read_yaml

BrandKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=32)]
Meaning = Code | Annotated[float, Field(strict=True)]
"""What a word of a file stands for: a number, or the key of a brand or of a relationship family."""


class Brand(Part):
    """One brand of the study; `key` is the value that stands in the answers.

    Without `countries` it is asked about everywhere. `boost` is how many times as many ratings it shall get as a
    brand without one; `logo` is a picture beside the study file.
    """

    key: BrandKey
    name: Texts
    industry: Name | None = None
    countries: tuple[Country, ...] = ()
    entity: Entity | None = None
    logo: str | None = None
    boost: Annotated[float, Field(gt=0, le=100)] = 1.0


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


class MappedValue(Part):
    """A column of the file that says what a customer is worth, and what its codes amount to."""

    column: str
    amounts: dict[Code, float] = {}


class MappedRemedy(Part):
    """The column of the remedy wanted, and what its codes are called."""

    column: str
    labels: dict[str, Texts]


class Mapping(Part):
    """How a file made elsewhere is read: which column is what, what its words stand for, which codes mean missing.

    Without `brand` every row is about the one brand of the study. `codes` holds for every column, `codes_of` for one;
    `missing` and `invalid` likewise.
    """

    brand: str | None = None
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
    value: dict[ValueRole, MappedValue] = {}
    remedy: MappedRemedy | None = None
    background: dict[Background, tuple[str, ...]] = {}
    codes: dict[str, Meaning] = {}
    codes_of: dict[str, dict[str, Meaning]] = {}
    missing: tuple[Code, ...] = ()
    invalid: dict[str, tuple[Code, ...]] = {}
    separator: Literal[",", ";", "\t"] = ","
    decimal: Literal[".", ","] = "."
    encoding: str = "utf-8"


class StudyFile(Part):
    """The grammar of a study file: exactly one of `instrument` and `data`.

    `eligibility` is an expression over questions asked before the first brand; for whom it is false, the interview
    ends as screened out. `brands_per_respondent` takes the place of what the questionnaire says. Answers are erased
    after `retention`; `goals` say which outcomes are the main ones.
    """

    format: Literal[1]
    study: Name
    title: Texts
    simulated: bool = False
    category: Texts | None = None
    languages: tuple[Language, ...]
    instrument: str | None = None
    data: Mapping | None = None
    industries: dict[Name, Texts] = {}
    brands: tuple[Brand, ...] = Field(min_length=1)
    countries: tuple[Country, ...] = ()
    eligibility: str | None = None
    brands_per_respondent: Whole | None = Field(default=None, ge=1, le=20)
    quotas: tuple[Quota, ...] = ()
    sources: dict[Name, Source] = {}
    quality: Quality | None = None
    consent: Consent | None = None
    retention: Day | None = None
    contact: Texts | None = None
    goals: tuple[Goal, ...] = ()
    plan: dict[str, Any] = {}


def adapted(instrument: Instrument, file: StudyFile) -> Instrument:
    """Make a questionnaire say what a study says otherwise.

    Parameters
    ----------
    instrument : Instrument
        The questionnaire.
    file : StudyFile
        The study, checked against it.

    Returns
    -------
    Instrument
        With the study's industries as choices, brands per respondent, consent text, eligibility, and as primary
        outcome the first one that serves the study's first goal.
    """
    terms = Terms(
        brands_per_respondent=file.brands_per_respondent,
        eligibility=file.eligibility,
        consent=file.consent.text if file.consent else None,
        industries=file.industries,
        goals=file.goals,
    )
    return terms.applied_to(instrument)


class StudyError(FileError):
    """A study file that cannot be used, with all its problems."""


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
        The questionnaire as the study asks it: with its number of brands, its consent text and who is eligible;
        None for a file made elsewhere.
    study_text, instrument_text : str
        Both files word for word, a questionnaire that includes modules with what it asks of them; "" for none.
    instrument_digest : str
        Digest of the questionnaire as its own file says it, stored with every answer; "" for none.
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


def load_study(path: Path) -> Study:
    """Read a study file, and the questionnaire that it names.

    Parameters
    ----------
    path : Path
        A YAML 1.2 file of the grammar `StudyFile`. Its ``instrument`` is a questionnaire of the library, or a path
        that starts in the study file's folder.

    Returns
    -------
    Study
        A study whose answers can be read.

    Raises
    ------
    StudyError
        With every problem of the study file.
    InstrumentError
        With every problem of the questionnaire file.
    """
    source = read_yaml(path)
    named = source.data.get("instrument") if isinstance(source.data, dict) else None
    questionnaire = with_modules(read_yaml(find_instrument(named, path))) if isinstance(named, str) else None
    return _study(source, questionnaire)


def parse_study(study_text: str, instrument_text: str) -> Study:
    """Read the texts of a published study.

    Parameters
    ----------
    study_text, instrument_text : str
        What the two files held; "" for a study without a questionnaire.

    Returns
    -------
    Study
        As `load_study` gives.

    Raises
    ------
    StudyError, InstrumentError
        As `load_study` does; published studies have been checked.
    """
    questionnaire = parse_yaml(instrument_text, "questionnaire") if instrument_text else None
    return _study(parse_yaml(study_text, "study"), questionnaire)


def _study(source: YamlFile, questionnaire: YamlFile | None) -> Study:
    if source.data is None:
        raise StudyError(source.problems)
    file, misfits = fit(source, StudyFile)
    try:
        instrument = instrument_of(questionnaire) if questionnaire else None
    except InstrumentError as error:
        # What is wrong with the study by itself is told at the same time.
        own = (*source.problems, *misfits, *check_study(source, None))
        if not own:
            raise
        raise StudyError(tuple(dict.fromkeys((*own, *error.problems)))) from error
    found = (*check_study(source, instrument), *check_fieldwork(source, instrument))
    problems = [*source.problems, *misfits, *found]
    if problems or file is None:
        raise StudyError(tuple(dict.fromkeys(problems)))
    if instrument is None or questionnaire is None:
        assert file.data is not None, "a study without a questionnaire maps a file"  # noqa: S101
        return Study(file, measures_of_mapping(file.data, file.brands), None, source.text)
    asked = adapted(instrument, file)
    measures = measures_of_instrument(asked, file.brands)
    return Study(file, measures, asked, source.text, questionnaire.text, digest(instrument))
