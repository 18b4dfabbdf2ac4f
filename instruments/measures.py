"""What the columns of an answer table measure: the one description that analysis reads, wherever answers came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from instruments.model import (
    ALL_BRANDS,
    NOT_PICKED,
    ChoiceList,
    Code,
    Instrument,
    Item,
    Loop,
    Matrix,
    Outcome,
    Picks,
    Rule,
    Scale,
    Texts,
    ValueRole,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from instruments.study_file import Brand, Mapping

# Negative codes of every answer table; the same in every export (SPSS user-missing, never blank).
NOT_ANSWERED, DONT_KNOW, PREFER_NOT, NOT_APPLICABLE = -99, -98, -97, -96
NOT_SHOWN, NOT_REACHED, NOT_IN_SUBSET = -95, -94, -93
MISSING_CODES = (NOT_ANSWERED, DONT_KNOW, PREFER_NOT, NOT_APPLICABLE, NOT_SHOWN, NOT_REACHED, NOT_IN_SUBSET)

_OF_PERSONS = ("person", "brand", "weight", "language", "country", "test", "failed", "entered")
_OF_PICKS = ("current", "desired", "treated", "current_relationship", "desired_relationship", "remedy")
RESERVED = frozenset((*_OF_PERSONS, *_OF_PICKS))
"""Names of an analysed rating's own columns: no measured column of a file may be called so."""

Background = Literal["demographic", "behavioural", "value"]
HABITS: tuple[ValueRole, ...] = ("spend", "frequency", "tenure")

SIMULATED, TEST = "_simulated", "_test"
"""Columns of 0 and 1 that mark answers nobody gave: simulated ones, and trials of the questionnaire."""
STARTED = "_started_at"
"""Column of when the person began (ISO 8601): the order of entry, wherever it is."""
ONLY_BRAND = "_only_brand"
"""Column of the brand where a file made elsewhere has none: every row is about the one brand of the study."""


@dataclass(frozen=True)
class ScaleMeasure:
    """Columns that measure one construct; codes run from `low` to `high`, `reversed` ones the other way."""

    key: str
    label: Texts
    columns: tuple[str, ...]
    low: float
    high: float
    reversed: frozenset[str] = frozenset()
    dimension: str | None = None
    texts: dict[str, Texts] = field(default_factory=dict)


@dataclass(frozen=True)
class OutcomeMeasure:
    """Columns (averaged) that relationships are judged by."""

    key: str
    label: Texts
    columns: tuple[str, ...]
    low: float
    high: float
    reversed: frozenset[str] = frozenset()
    better: Literal["high", "low"] = "high"
    primary: bool = False
    later: bool = False
    """Whether it comes from a later wave or from transactions: only then may a text say that something costs it."""


@dataclass(frozen=True)
class ValueMeasure:
    """A column that says what a customer is worth; `amounts` puts codes into figures, else the code is the figure."""

    column: str
    amounts: dict[Code, float] = field(default_factory=dict)


@dataclass(frozen=True)
class RuleMeasure:
    """The columns of one rule: how much it matters, and whether it was kept."""

    key: str
    family: str
    label: Texts
    short: Texts
    importance: str | None
    experience: str | None


@dataclass(frozen=True)
class RemedyMeasure:
    """The column of the remedy wanted after something went wrong, and what its codes are called."""

    column: str
    labels: dict[str, Texts]


@dataclass(frozen=True)
class ExperienceCodes:
    """How a rule's kept, broken and never-arose are coded."""

    kept: Code
    broken: Code
    never_arose: Code


@dataclass(frozen=True)
class PickMeasure:
    """Columns that hold the current, desired and experienced relationship as catalogue keys.

    `desired_family` is the answer to the desired pick; where it was not asked because `as_wanted`
    equals `as_wanted_code`, the desired relationship is the current one.
    """

    current_family: str | None = None
    current_relationship: str | None = None
    as_wanted: str | None = None
    as_wanted_code: Code = 1
    desired_family: str | None = None
    desired_relationship: str | None = None
    treated_family: str | None = None


@dataclass(frozen=True)
class Measures:
    """Every column an analysis may use, and what it stands for.

    `brand` and `person` are column names; without `person` each row is a person of its own.
    `required` are the columns a file must have.
    """

    brand: str
    brands: dict[str, Texts]
    scales: tuple[ScaleMeasure, ...]
    outcomes: tuple[OutcomeMeasure, ...] = ()
    rules: tuple[RuleMeasure, ...] = ()
    importance_range: tuple[float, float] | None = None
    experience: ExperienceCodes | None = None
    picks: PickMeasure = PickMeasure()
    value: dict[ValueRole, ValueMeasure] = field(default_factory=dict)
    remedy: RemedyMeasure | None = None
    person: str | None = None
    weight: str | None = None
    language: str | None = None
    country: str | None = None
    used: dict[str, str] = field(default_factory=dict)
    """For each brand key the 0/1 column that says whether the person has ever used it."""
    seconds: str | None = None
    """Column of the seconds a rating's items took, for screening."""
    attention: dict[str, Code] = field(default_factory=dict)
    """Columns of instructed items and the code that passes."""
    background: dict[Background, tuple[str, ...]] = field(default_factory=dict)
    """Columns, codes or numbers, by which customers are otherwise segmented."""
    marks: tuple[str, ...] = ()
    """Which of `SIMULATED` and `TEST` a file must have; they count wherever they are."""


def measures_of_instrument(instrument: Instrument, brands: Sequence[Brand]) -> Measures:
    """What the answer table of a questionnaire measures.

    Parameters
    ----------
    instrument : Instrument
        A checked questionnaire.
    brands : sequence of Brand
        The brands of the study.

    Returns
    -------
    Measures
        Columns named as in the export: items by name, rules as ``imp_<rule>`` and ``exp_<rule>``,
        parts of a multiple answer as ``<item>_<choice>``. Scales about the person, which every row of theirs repeats,
        form no archetypes and are left to the codebook where others are asked about brands.
    """
    asked = {item.name: item for item in instrument.items()}
    loop = next((page for page in instrument.pages if isinstance(page, Loop)), None)
    battery = instrument.rules
    return Measures(
        brand="brand",
        brands={brand.key: brand.name for brand in brands},
        scales=tuple(_scale(instrument, key, instrument.scales[key]) for key in _rated_scales(instrument)),
        outcomes=tuple(_outcome(instrument, key, out, asked[out.item]) for key, out in instrument.outcomes.items()),
        rules=tuple(_rule(rule) for rule in battery.rules) if battery else (),
        importance_range=_range(instrument.lists[battery.importance_list]) if battery else None,
        experience=ExperienceCodes(**battery.experience.model_dump()) if battery else None,
        picks=_picks(instrument.picks) if instrument.picks else PickMeasure(),
        value={role: ValueMeasure(value.item, value.amounts) for role, value in instrument.value.items()},
        remedy=_remedy(instrument, asked[instrument.remedy]) if instrument.remedy else None,
        person="_person",
        weight="_weight",
        language="_lang",
        country=instrument.person.get("country"),
        used={brand.key: f"{picked}_{brand.key}" for brand in brands for picked in _picked(loop)[:1]},
        seconds="_seconds",
        attention={item.name: item.attention for item in asked.values() if item.attention is not None},
        background=_background(instrument),
        marks=(SIMULATED, TEST),
    )


def _background(instrument: Instrument) -> dict[Background, tuple[str, ...]]:
    """What segments customers otherwise: facts about the person, and what they say they buy."""
    facts = tuple(item for fact, item in instrument.person.items() if fact != "country")
    habits = tuple(value.item for role, value in instrument.value.items() if role in HABITS)
    named: dict[Background, tuple[str, ...]] = {"demographic": facts, "behavioural": habits}
    return {kind: columns for kind, columns in named.items() if columns}


def measures_of_mapping(mapping: Mapping, brands: Sequence[Brand]) -> Measures:
    """What the columns of a file made elsewhere measure, as its study file says.

    Parameters
    ----------
    mapping : Mapping
        The ``data`` part of a study file.
    brands : sequence of Brand
        The brands of the study; their keys stand in the brand column.

    Returns
    -------
    Measures
        Columns named as in the file.
    """
    codes = mapping.experience_codes
    return Measures(
        brand=mapping.brand or ONLY_BRAND,
        brands={brand.key: brand.name for brand in brands},
        scales=tuple(
            ScaleMeasure(key, s.label, s.columns, *s.range, frozenset(s.reversed), s.dimension)
            for key, s in mapping.scales.items()
        ),
        outcomes=tuple(
            OutcomeMeasure(key, o.label, o.columns, *o.range, frozenset(o.reversed), o.better, o.primary)
            for key, o in mapping.outcomes.items()
        ),
        rules=tuple(
            RuleMeasure(key, r.family, r.label, r.short, r.importance, r.experience) for key, r in mapping.rules.items()
        ),
        importance_range=mapping.importance_range,
        experience=ExperienceCodes(**codes) if codes else None,
        picks=PickMeasure(
            current_family=mapping.current, desired_family=mapping.desired, treated_family=mapping.treated
        ),
        value={role: ValueMeasure(value.column, value.amounts) for role, value in mapping.value.items()},
        remedy=RemedyMeasure(mapping.remedy.column, mapping.remedy.labels) if mapping.remedy else None,
        person=mapping.person,
        weight=mapping.weight,
        language=mapping.language,
        country=mapping.country,
        background=dict(mapping.background),
    )


def _rated_scales(instrument: Instrument) -> list[str]:
    """Scales asked about brands; those about the person are no part of a relationship, unless there are no others."""
    rated: set[str] = set()
    for entry in instrument.pages:
        pages = entry.pages if isinstance(entry, Loop) else (entry,) if entry.about else ()
        rated.update(name for page in pages for q in page.questions if isinstance(q, Matrix) for name in q.scales)
    return [key for key in instrument.scales if key in rated or not rated]


def _picked(loop: Loop | None) -> list[str]:
    """Questions whose picked brands a loop is about, the most wanted first."""
    wanted = loop.eligible if loop else ()
    return [name for name in wanted if name != ALL_BRANDS and not name.startswith(NOT_PICKED)]


def _scale(instrument: Instrument, key: str, scale: Scale) -> ScaleMeasure:
    low, high = _range(instrument.lists[scale.list])
    return ScaleMeasure(
        key=key,
        label=scale.label,
        columns=tuple(item.name for item in scale.items),
        low=low,
        high=high,
        reversed=frozenset(item.name for item in scale.items if item.reversed),
        dimension=scale.dimension,
        texts={item.name: item.label for item in scale.items},
    )


def _outcome(instrument: Instrument, key: str, outcome: Outcome, item: Item) -> OutcomeMeasure:
    low, high = _range(instrument.lists[item.list]) if item.list else (item.min or 0, item.max or 0)
    return OutcomeMeasure(
        key,
        outcome.label,
        (outcome.item, *outcome.also),
        low,
        high,
        frozenset(outcome.reversed),
        better=outcome.better,
        primary=outcome.primary,
    )


def _remedy(instrument: Instrument, item: Item) -> RemedyMeasure:
    choices = instrument.lists[item.list].choices if item.list else ()
    return RemedyMeasure(item.name, {str(c.code): c.label for c in choices if not c.missing})


def _rule(rule: Rule) -> RuleMeasure:
    return RuleMeasure(rule.name, rule.family, rule.label, rule.short, f"imp_{rule.name}", f"exp_{rule.name}")


def _picks(picks: Picks) -> PickMeasure:
    return PickMeasure(
        current_family=picks.current.family,
        current_relationship=picks.current.relationship,
        as_wanted=picks.as_wanted,
        as_wanted_code=picks.as_wanted_code,
        desired_family=picks.desired.family if picks.desired else None,
        desired_relationship=picks.desired.relationship if picks.desired else None,
        treated_family=picks.treated,
    )


def _range(answers: ChoiceList) -> tuple[float, float]:
    codes = [choice.code for choice in answers.choices if isinstance(choice.code, int) and not choice.missing]
    return min(codes), max(codes)
