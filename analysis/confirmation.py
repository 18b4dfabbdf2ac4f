"""Whether the scales are as they were made: each item on its own scale, in every group; it changes no model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
import pandas as pd
from scipy import stats

from analysis.compute import Compute
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.factoring import MUCH_MISSING, decide_factoring
from analysis.findings import (
    AlignedScale,
    Caveat,
    Confirmation,
    ConfirmedLoading,
    ConfirmedModel,
    Estimate,
    GroupedBy,
    Invariance,
    InvarianceLevel,
    ModelFit,
    ModificationIndex,
    Release,
    RepeatedLevel,
)
from analysis.measurement.answers import Answers, pick_answers
from analysis.measurement.comparison import InvarianceSection, Step, compare_groups
from analysis.measurement.confirmation import ConfirmationSection, confirm
from analysis.measurement.parameters import FitOfModel, Parameter
from analysis.measurement.plan import Estimator, FactorModel, MeasurementPlan
from analysis.measurement.remarks import Remarks
from analysis.numeric.arrays import Booleans, Integers
from analysis.plan import AnalysisPlan

FEWEST_GROUPS = 2
MOST_MODIFICATIONS = 10
ALIGNED_FROM = 3
# Tests compare so many moments of all groups at once; more do not fit into memory at a sensible time.
MOST_MOMENTS = 4000

_PERSON, _GROUP = "person", "group"
_Found = TypeVar("_Found")
_PLURAL: dict[GroupedBy, str] = {"country": "countries", "language": "languages", "brand": "brands"}


def confirm_scales(
    dataset: Dataset,
    testing: Booleans,
    *,
    plan: AnalysisPlan,
    compute: Compute = Compute(),  # noqa: B008 - a frozen value
) -> tuple[Confirmation | None, tuple[Caveat, ...]]:
    """Test the model of the scales on the test half, and compare groups by it on all ratings.

    The model was made with the questionnaire, not learned from these answers: all of them may serve to compare groups.
    Answers that are missing are left to full information, ratings of a person are taken together.

    Parameters
    ----------
    dataset : Dataset
    testing : (ratings,) array of bool
        The test half.
    plan : AnalysisPlan
    compute : Compute
        Countries, languages and brands are compared side by side.

    Returns
    -------
    confirmation : Confirmation or None
        None where no two scales of two items, nor one of three, were answered.
    caveats : tuple of Caveat
        What could not be estimated or compared, and why.

    References
    ----------
    Meredith (1993), doi:10.1007/BF02294825; Chen (2007), doi:10.1080/10705510701301834;
    Asparouhov & Muthén (2014), doi:10.1080/10705511.2014.919210

    Notes
    -----
    Estimates, errors and fit equal ``lavaan::cfa(missing = "fiml", estimator = "MLR", cluster = )``, as
    `analysis.measurement` does.
    """
    answered = np.asarray(~np.isnan(dataset.items).all(0))
    scales = _scales(dataset, answered)
    if not scales:
        return None, (Caveat("confirmation_impossible", "confirmation", {"reason": "too_few_items"}),)
    ordinal = decide_factoring(dataset.items, dataset.item_scales, plan).matrix == "polychoric"
    incomplete = float(np.isnan(dataset.items[:, answered]).mean()) > MUCH_MISSING
    caveats = [Caveat("ordinal_confirmation_incomplete", "confirmation", {})] if ordinal and incomplete else []
    asked = _Asked.of(dataset, scales, plan, ordinal=ordinal and not incomplete)
    found, refusal = _attempted("confirmation_impossible", lambda: asked.confirmed(testing))
    confirmed = None if found is None else _described(found, asked.names)
    if confirmed is not None and confirmed.improper:
        caveats.append(Caveat("improper_confirmation", "confirmation", {"items": ", ".join(confirmed.improper)}))
    compared, refusals = _compared(asked, compute)
    return Confirmation(confirmed, compared), (*caveats, *refusal, *refusals)


@dataclass(frozen=True, eq=False)
class _Asked:
    """The model of the scales, and whose answers it is held against; ``names`` gives the scale of each factor."""

    dataset: Dataset
    model: FactorModel
    names: dict[str, str]
    plan: AnalysisPlan

    @classmethod
    def of(cls, dataset: Dataset, scales: dict[str, tuple[str, ...]], plan: AnalysisPlan, *, ordinal: bool) -> _Asked:
        """Make the model; factors are called by their scale's place, so that no name stands for two things."""
        columns = [dataset.item_columns.index(item) for items in scales.values() for item in items]
        complete = not np.isnan(dataset.items[:, columns]).any()
        estimator: Estimator = "WLSMV" if ordinal else "MLR" if complete else "FIML_MLR"
        names = {f"scale\x1f{place}": key for place, key in enumerate(scales)}
        factors = dict(zip(names, scales.values(), strict=True))
        return cls(dataset, FactorModel(factors=factors, estimator=estimator), names, plan)

    def confirmed(self, rows: Booleans) -> ConfirmationSection:
        """Estimate the model on some ratings."""
        asked = MeasurementPlan(items=self.model.items, person=_PERSON, model=self.model, seed=self.plan.seed)
        return confirm(self._answers(rows, asked), asked, self.model)

    def compared(self, groups: pd.Series) -> InvarianceSection:
        """Climb the ladder of invariance over the groups of the ratings, NaN where a rating is in none."""
        asked = MeasurementPlan(
            items=self.model.items,
            person=_PERSON,
            group=_GROUP,
            model=self.model,
            repeated_draws=self.plan.invariance_draws,
            align_from=ALIGNED_FROM,
            seed=self.plan.seed,
        )
        answers = self._answers(groups.notna().to_numpy(), asked, groups)
        return compare_groups(answers, asked, self.model, Remarks(self.model.items), detailed=False)

    def _answers(self, rows: Booleans, asked: MeasurementPlan, groups: pd.Series | None = None) -> Answers:
        """Turned answers of some ratings as `analysis.measurement` takes them."""
        frame = pd.DataFrame(self.dataset.items, columns=list(self.dataset.item_columns))[list(asked.items)]
        frame[_PERSON] = self.dataset.person_numbers
        if groups is not None:
            frame[_GROUP] = groups.to_numpy()
        return pick_answers(frame[rows], asked)


def _attempted(code: str, make: Callable[[], _Found]) -> tuple[_Found | None, tuple[Caveat, ...]]:
    """Estimate something; a refusal becomes a caveat."""
    try:
        return make(), ()
    except AnalysisError as error:
        return None, (Caveat(code, "confirmation", {"reason": error.code}),)
    except np.linalg.LinAlgError:
        return None, (Caveat(code, "confirmation", {"reason": "no_convergence"}),)


def _scales(dataset: Dataset, answered: Booleans) -> dict[str, tuple[str, ...]]:
    """Items of each scale that has two or more with answers; nothing where that makes no model."""
    there = {name for name, some in zip(dataset.item_columns, answered, strict=True) if some}
    own = {scale.key: tuple(name for name in scale.columns if name in there) for scale in dataset.measures.scales}
    scales = {key: items for key, items in own.items() if len(items) >= FEWEST_GROUPS}
    identified = len(scales) > 1 or any(len(items) > FEWEST_GROUPS for items in scales.values())
    return scales if identified else {}


def _described(found: ConfirmationSection, names: dict[str, str]) -> ConfirmedModel:
    """Put the estimated model into the findings' words."""
    loadings = [row for row in found.parameters if row.op == "=~"]
    tests = sorted(found.modification, key=lambda test: -(test.statistic or 0.0))[:MOST_MODIFICATIONS]
    return ConfirmedModel(
        estimator=found.estimator,
        errors=found.errors,
        n_persons=found.clusters,
        n_ratings=found.n,
        scales=tuple(names.values()),
        fit=_fit(found.fit),
        loadings=tuple(_loading(row, names, found.n) for row in loadings),
        correlations=_correlations(found.parameters, names),
        modification=tuple(
            ModificationIndex(
                names.get(test.left, test.left),
                test.op,
                names.get(test.right, test.right),
                test.statistic,
                test.standardised_change,
            )
            for test in tests
        ),
        improper=tuple(dict.fromkeys(_improper(found.parameters, names))),
    )


def _fit(found: FitOfModel) -> ModelFit:
    """Scaled test, robust indices."""
    test, best = found.scaled or found.standard, found.robust or found.scaled or found.standard
    return ModelFit(
        chi2=test.chi2,
        df=test.dof,
        p=test.p_value,
        cfi=best.cfi,
        tli=best.tli,
        rmsea=best.rmsea,
        rmsea_low=best.rmsea_low,
        rmsea_high=best.rmsea_high,
        srmr=found.srmr,
        aic=found.aic,
        bic=found.bic,
    )


def _loading(row: Parameter, names: dict[str, str], n: int) -> ConfirmedLoading:
    """A standardised loading with its interval."""
    half = None if row.std_error is None else float(stats.norm.ppf(0.975)) * row.std_error
    low, high = (None, None) if row.std_all is None or half is None else (row.std_all - half, row.std_all + half)
    explained = None if row.std_all is None else row.std_all**2
    return ConfirmedLoading(row.right, names[row.left], Estimate(row.std_all, low, high, n), explained)


def _correlations(rows: Sequence[Parameter], names: dict[str, str]) -> tuple[tuple[float | None, ...], ...]:
    """Correlations between scales, free of measurement error."""
    found = {frozenset((row.left, row.right)): row.std_all for row in rows if row.op == "~~"}
    return tuple(tuple(1.0 if one == other else found.get(frozenset((one, other))) for other in names) for one in names)


def _improper(rows: Sequence[Parameter], names: dict[str, str]) -> Iterator[str]:
    """Items and scales with estimates that cannot be."""
    for row in rows:
        if row.op != "~~":
            continue
        negative = row.left == row.right and (row.estimate or 0.0) < 0
        beyond = row.left != row.right and abs(row.std_all or 0.0) > 1
        if negative or beyond:
            yield from (names.get(side, side) for side in (row.left, row.right))


def _compared(asked: _Asked, compute: Compute) -> tuple[tuple[Invariance, ...], tuple[Caveat, ...]]:
    """Compare countries, languages and brands; what there is only one of is not mentioned."""
    dataset, plan = asked.dataset, asked.plan
    facts = dataset.persons.loc[dataset.ratings["person"], ["country", "language"]].reset_index(drop=True)
    columns: dict[GroupedBy, pd.Series] = {
        "country": facts["country"],
        "language": facts["language"],
        "brand": dataset.ratings["brand"].reset_index(drop=True),
    }
    caveats: list[Caveat] = []
    groups: dict[GroupedBy, pd.Series] = {}
    persons: dict[GroupedBy, dict[str, float]] = {}
    for by, column in columns.items():
        known = column.where(column != "")
        if known.nunique() < FEWEST_GROUPS:
            continue
        persons[by] = _persons(known, dataset.person_numbers)
        large = [name for name, n in persons[by].items() if n >= plan.invariance_persons][: _most_groups(asked.model)]
        if len(large) < FEWEST_GROUPS:
            caveats.append(Caveat(f"{_PLURAL[by]}_not_compared", "confirmation", {"needed": plan.invariance_persons}))
            continue
        groups[by] = known.where(known.isin(large))
    found = compute.mapped(partial(_ladder, asked), list(groups.items()))
    ladders = [
        _invariance(ladder, by, persons[by], asked.names)
        for by, (ladder, _) in zip(groups, found, strict=True)
        if ladder is not None
    ]
    refused = (caveat for _, refusal in found for caveat in refusal)
    return tuple(ladders), (*caveats, *refused)


def _ladder(asked: _Asked, task: tuple[GroupedBy, pd.Series]) -> tuple[InvarianceSection | None, tuple[Caveat, ...]]:
    """Climb the ladder of invariance over one kind of groups."""
    by, groups = task
    return _attempted(f"{_PLURAL[by]}_refused", lambda: asked.compared(groups))


def _persons(groups: pd.Series, person: Integers) -> dict[str, float]:
    """Persons behind each group, the largest first; who is in several counts for each in part."""
    share = 1 / groups.groupby(person).transform("count")
    counted = share.groupby(groups).sum().sort_index().sort_values(ascending=False, kind="stable")
    return {str(name): float(n) for name, n in counted.items()}


def _most_groups(model: FactorModel) -> int:
    """How many groups of a model of so many items can be compared at once."""
    p = len(model.items)
    return max(FEWEST_GROUPS, MOST_MOMENTS // (p * (p + 3) // 2))


def _invariance(
    found: InvarianceSection, by: GroupedBy, persons: dict[str, float], names: dict[str, str]
) -> Invariance:
    """Put a ladder into the findings' words."""
    partial = found.partial
    return Invariance(
        by=by,
        estimator=found.estimator,
        groups=dict(sorted(found.groups.items())),
        left_out={name: int(n) for name, n in sorted(persons.items()) if name not in found.groups},
        levels=tuple(_level(step) for step in found.steps),
        reached=found.reached,
        failed=next((step.level for step in found.steps if step.holds is False), None),
        verdict=found.verdict,
        partial_holds=None if partial is None else partial.holds,
        released=()
        if partial is None
        else tuple(
            Release(
                names.get(cell.left, cell.left),
                cell.op,
                names.get(cell.right, cell.right),
                cell.group,
                cell.statistic,
                cell.p_value,
                cell.cfi_change,
            )
            for cell in partial.released
        ),
        repeated=tuple(
            RepeatedLevel(
                level=step.level,
                draws=step.draws,
                failed=step.failed,
                p=step.p_value,
                cfi_change=step.cfi_change,
                rmsea_change=step.rmsea_change,
                srmr_change=step.srmr_change,
                share_within_cutoffs=step.share_within_cutoffs,
            )
            for step in found.repeated
        ),
        aligned=tuple(
            AlignedScale(
                scale=names[factor.factor],
                means=dict(zip(found.groups, factor.means, strict=True)),
                variances=dict(zip(found.groups, factor.variances, strict=True)),
                loading_r2=dict(zip(factor.items, factor.loading_r2, strict=True)),
                intercept_r2=dict(zip(factor.items, factor.intercept_r2, strict=True)),
                trustworthy=factor.trustworthy,
            )
            for factor in found.alignment
        ),
    )


def _level(step: Step) -> InvarianceLevel:
    """One level of the ladder."""
    fit = _fit(step.fit)
    return InvarianceLevel(
        level=step.level,
        chi2=fit.chi2,
        df=fit.df,
        cfi=fit.cfi,
        rmsea=fit.rmsea,
        srmr=fit.srmr,
        difference_chi2=step.difference_chi2,
        difference_df=step.difference_dof,
        difference_p=step.difference_p,
        cfi_change=step.cfi_change,
        rmsea_change=step.rmsea_change,
        srmr_change=step.srmr_change,
        within_cutoffs=step.within_cutoffs,
        holds=step.holds,
    )
