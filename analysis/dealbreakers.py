"""What goes with a broken rule, everywhere and more in one archetype than elsewhere; it claims no causes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.dataset import Dataset
from analysis.findings import ArchetypeDealbreaker, Caveat, Dealbreaker, Estimate, Reversal, Untested
from analysis.grouped import Grouped, archetype_key, brand_numbers, country_numbers, indicators
from analysis.intervals import number
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.incomplete import present_means
from analysis.numeric.ordinal_regression import fit_cumulative_logit
from analysis.numeric.random_slopes import fit_random_slopes
from analysis.numeric.regression import false_discovery_rates, fit_linear
from analysis.numeric.score_tests import (
    FittedModel,
    ScoreContributions,
    Tested,
    one_way_tests,
    score_contributions,
    two_way_tests,
)
from analysis.plan import AnalysisPlan
from instruments.measures import OutcomeMeasure

# An outcome with more different answers than this is taken as a number.
MOST_CATEGORIES = 11
# A prior so wide that it matters only to coefficients without a finite estimate (all rows on one side).
_WIDE = 0.01
_NORMAL_QUANTILE = 1.959963984540054


@dataclass(frozen=True, eq=False)
class Experiences:
    """Kept and broken rules of the ratings that speak of one outcome, and what they are compared at equal levels of.

    ``answer`` (n,) is the outcome, ``broken`` (n, rules) 1 broken, 0 kept, NaN not known; ``archetype`` (n,) counts
    from 0 and is None without archetypes; ``context`` (n, c) holds indicators of brands and countries.
    """

    answer: Floats
    broken: Floats
    archetype: Integers | None
    person: Integers
    brand: Integers
    context: Floats

    @classmethod
    def of(cls, dataset: Dataset, grouped: Grouped, outcome: int) -> Experiences:
        """Take the ratings of the test half with an answer to one outcome and any rule known to be kept or broken.

        Parameters
        ----------
        dataset : Dataset
        grouped : Grouped
        outcome : int
            Number of the outcome.

        Returns
        -------
        Experiences
        """
        answer = dataset.outcomes[:, outcome]
        rows = grouped.testing & ~np.isnan(answer) & (~np.isnan(dataset.broken)).any(1)
        brand, country = brand_numbers(dataset)[rows], country_numbers(dataset)[rows]
        return cls(
            answer=answer[rows],
            broken=dataset.broken[rows],
            archetype=None if grouped.archetype is None else grouped.archetype[rows],
            person=dataset.person_numbers[rows],
            brand=brand,
            context=np.column_stack([indicators(brand), indicators(country)]),
        )

    @cached_property
    def known(self) -> Booleans:
        """Where a rule is known to be kept or broken, (n, rules)."""
        return ~np.isnan(self.broken)

    @cached_property
    def persons_mean(self) -> Floats:
        """Violation between persons, (n,): how much more than others each finds rules broken, whatever the rule."""
        apart = np.nan_to_num(self.broken - _rates(self.broken))
        sums, counts = (np.bincount(self.person, weights=part.sum(1)) for part in (apart, self.known.astype(float)))
        return np.asarray(sums[self.person] / counts[self.person])

    def within(self, members: Booleans | None = None) -> Floats:
        """Violation within persons: broken less the rule's rate and the person's mean, 0 where not known, (n, rules).

        With `members` the rates are theirs and everyone else's rows are 0.

        Parameters
        ----------
        members : (n,) array of bool, optional

        Returns
        -------
        (n, rules) array
            -1 to 1.
        """
        rows = np.ones(len(self.broken), dtype=bool) if members is None else members
        apart = self.broken - _rates(self.broken[rows]) - self.persons_mean[:, None]
        return np.where(self.known & rows[:, None], apart, 0.0)

    def counts(self, members: Booleans | None = None) -> tuple[Integers, Integers]:
        """How many ratings (of members) kept and broke each rule, (rules,) each.

        Parameters
        ----------
        members : (n,) array of bool, optional

        Returns
        -------
        kept, broke : (rules,) arrays of int
        """
        rows = slice(None) if members is None else members
        return (self.broken[rows] == 0).sum(0), (self.broken[rows] == 1).sum(0)

    @property
    def told(self) -> bool:
        """Whether there is anything to compare: two different answers at least."""
        return len(np.unique(self.answer)) > 1

    @cached_property
    def background(self) -> Floats:
        """Everything but the rules themselves: whether each arose, violation between persons, archetype, context."""
        columns = [self.known.astype(float), self.persons_mean[:, None], self.context]
        if self.archetype is not None:
            kinds = indicators(self.archetype)
            columns += [kinds, kinds * self.persons_mean[:, None]]
        background = np.column_stack(columns)
        return np.asarray(background[:, np.ptp(background, axis=0) > 0])


@dataclass(frozen=True, eq=False)
class Cell:
    """One archetype and rule: which of them, how many kept and broke it there, and its violation there (n,)."""

    archetype: int
    rule: int
    kept: int
    broken: int
    violation: Floats


@dataclass(frozen=True, eq=False)
class Clustering:
    """How ratings depend on each other in tests: by person, and by brand too where there are brands enough."""

    person: Integers
    brand: Integers
    by_brand: bool
    draws: int
    rng: np.random.Generator

    @classmethod
    def of(cls, experiences: Experiences, *, plan: AnalysisPlan, rng: np.random.Generator) -> Clustering:
        """Choose by the number of brands with ratings.

        Parameters
        ----------
        experiences : Experiences
        plan : AnalysisPlan
        rng : numpy Generator

        Returns
        -------
        Clustering
        """
        brands = len(np.unique(experiences.brand))
        draws = 0 if brands >= plan.many_brands else plan.wild_draws
        return cls(experiences.person, experiences.brand, brands >= plan.fewest_brand_clusters, draws, rng)

    def tested(self, contributions: ScoreContributions) -> Tested:
        """Test coefficients.

        Parameters
        ----------
        contributions : ScoreContributions

        Returns
        -------
        Tested
        """
        if self.by_brand:
            return two_way_tests(contributions, self.person, self.brand, draws=self.draws, rng=self.rng)
        return one_way_tests(contributions, self.person)


@dataclass(frozen=True, eq=False)
class RuleComparison:
    """One outcome compared between broken and kept rules, over all archetypes and in each against elsewhere."""

    rules: tuple[str, ...]
    outcome: OutcomeMeasure
    primary: bool
    experiences: Experiences
    clustering: Clustering
    alpha: float
    least_cell: int

    @classmethod
    def of(
        cls, dataset: Dataset, outcome: OutcomeMeasure, experiences: Experiences, *, plan: AnalysisPlan
    ) -> RuleComparison:
        """Take what a comparison needs from study and plan.

        Parameters
        ----------
        dataset : Dataset
        outcome : OutcomeMeasure
        experiences : Experiences
        plan : AnalysisPlan

        Returns
        -------
        RuleComparison
        """
        measures = dataset.measures
        main = next((other for other in measures.outcomes if other.primary), measures.outcomes[0])
        clustering = Clustering.of(experiences, plan=plan, rng=plan.stream(f"rules {outcome.key}"))
        keys = tuple(rule.key for rule in measures.rules)
        return cls(keys, outcome, outcome is main, experiences, clustering, plan.alpha, plan.least_cell)

    def overall(self) -> tuple[Dealbreaker, ...]:
        """Each rule over all archetypes, between which it is taken not to differ.

        Returns
        -------
        tuple of Dealbreaker
        """
        kept, broken = self.experiences.counts()
        columns = np.flatnonzero(np.minimum(kept, broken) >= self.least_cell)
        if not columns.size:
            return ()
        penalty = np.full(self._predictors().shape[1], _WIDE)
        model = self._fit(self._predictors(), penalty)
        tested = self.clustering.tested(score_contributions(model, columns, penalty[columns]))
        rates = false_discovery_rates(tested.p_values)
        differences = _estimates(tested, model.residual_sd, (kept + broken)[columns])
        return tuple(
            Dealbreaker(
                rule=self.rules[r],
                outcome=self.outcome.key,
                difference=differences[i],
                n_broken=int(broken[r]),
                p=float(tested.p_values[i]),
                q=float(rates[i]),
                holds=bool(rates[i] <= self.alpha),
                exploratory=not self.primary,
            )
            for i, r in enumerate(columns)
            if not np.isnan(rates[i])
        )

    def here(self) -> tuple[ArchetypeDealbreaker, ...]:
        """Each comparable archetype and rule against elsewhere, the slopes of all others drawn together.

        Returns
        -------
        tuple of ArchetypeDealbreaker
        """
        cells = self.comparable
        if not cells:
            return ()
        predictors = np.column_stack([self._predictors(), *(cell.violation for cell in cells)])
        wide = np.full(predictors.shape[1] - len(cells), _WIDE)
        slopes = fit_random_slopes(lambda p: self._fit(predictors, p), wide, len(cells), self.experiences.person)
        columns = np.arange(len(wide), predictors.shape[1])
        tested = self.clustering.tested(score_contributions(slopes.model, columns, slopes.penalty[columns]))
        rates = false_discovery_rates(tested.p_values)
        n = np.array([cell.kept + cell.broken for cell in cells])
        differences = _estimates(tested, slopes.model.residual_sd, n)
        pooled = _pooled(slopes.model, columns, n)
        return tuple(
            ArchetypeDealbreaker(
                rule=self.rules[cell.rule],
                archetype=archetype_key(cell.archetype),
                outcome=self.outcome.key,
                difference=differences[i],
                pooled=pooled[i],
                n_kept=cell.kept,
                n_broken=cell.broken,
                p=float(tested.p_values[i]),
                q=float(rates[i]),
                holds=bool(rates[i] <= self.alpha),
                worse=bool((tested.estimate[i] < 0) == (self.outcome.better == "high")),
                exploratory=not self.primary,
            )
            for i, cell in enumerate(cells)
            if not np.isnan(rates[i])
        )

    @property
    def comparable(self) -> tuple[Cell, ...]:
        """Archetypes and rules with enough kept and enough broken, here and elsewhere."""
        return tuple(cell for cell in self._cells if self._enough(cell))

    def untested(self) -> tuple[Untested, ...]:
        """The other archetypes and rules.

        Returns
        -------
        tuple of Untested
        """
        return tuple(
            Untested(self.rules[cell.rule], archetype_key(cell.archetype), cell.kept, cell.broken)
            for cell in self._cells
            if not self._enough(cell)
        )

    def _enough(self, cell: Cell) -> bool:
        kept, broken = self.experiences.counts()
        elsewhere = (kept[cell.rule] - cell.kept, broken[cell.rule] - cell.broken)
        return bool(min(cell.kept, cell.broken, *elsewhere) >= self.least_cell)

    @cached_property
    def _cells(self) -> tuple[Cell, ...]:
        """Every archetype and rule that was asked about."""
        archetype, found = self.experiences.archetype, []
        for k in [] if archetype is None else np.unique(archetype):
            kept, broken = self.experiences.counts(archetype == k)
            violation = self.experiences.within(archetype == k)
            found += [
                Cell(int(k), r, int(kept[r]), int(broken[r]), violation[:, r])
                for r in np.flatnonzero(self.experiences.known.any(0)).tolist()
            ]
        return tuple(found)

    def _predictors(self) -> Floats:
        """Violation of every rule, then the background."""
        return np.column_stack([self.experiences.within(), self.experiences.background])

    def _fit(self, predictors: Floats, penalty: Floats) -> FittedModel:
        """Fit the outcome; one with few different answers as an ordinal one."""
        answers, category = np.unique(self.experiences.answer, return_inverse=True)
        if len(answers) <= MOST_CATEGORIES:
            return fit_cumulative_logit(category, predictors, penalty)
        return fit_linear(self.experiences.answer, predictors, penalty)


def find_dealbreakers(
    dataset: Dataset, grouped: Grouped, *, plan: AnalysisPlan
) -> tuple[tuple[Dealbreaker, ...], tuple[ArchetypeDealbreaker, ...], tuple[Untested, ...], tuple[Caveat, ...]]:
    """Compare outcomes where a rule was broken with those where it was kept, on the test half.

    All rules are entered jointly, with brands, countries and archetypes held equal. The person's mean over all rules
    is entered apart, so that a rule's coefficient is what goes with its violation within persons.

    Parameters
    ----------
    dataset : Dataset
    grouped : Grouped
    plan : AnalysisPlan

    Returns
    -------
    overall : tuple of Dealbreaker
        Each rule and outcome over all archetypes; false-discovery rates within an outcome.
    here : tuple of ArchetypeDealbreaker
        Each archetype, rule and outcome against all other archetypes; false-discovery rates within an outcome.
    untested : tuple of Untested
        Archetypes and rules with too few kept or broken for the main outcome.
    caveats : tuple of Caveat

    References
    ----------
    McCullagh (1980), doi:10.1111/j.2517-6161.1980.tb01109.x; Mundlak (1978), doi:10.2307/1913646;
    Chinn (2000), doi:10.1002/1097-0258(20001130)19:22<3127::AID-SIM784>3.0.CO;2-M
    """
    overall: tuple[Dealbreaker, ...] = ()
    here: tuple[ArchetypeDealbreaker, ...] = ()
    untested: tuple[Untested, ...] = ()
    asked = not np.isnan(dataset.broken).all()
    caveats: tuple[Caveat, ...] = (Caveat("rules_without_outcome", "rules", {}),) if asked else ()
    for o, outcome in enumerate(dataset.measures.outcomes):
        experiences = Experiences.of(dataset, grouped, o)
        if not experiences.told:
            continue
        comparison = RuleComparison.of(dataset, outcome, experiences, plan=plan)
        overall += comparison.overall()
        here += comparison.here()
        if comparison.primary:
            untested = comparison.untested()
            caveats = _caveats(comparison, untested, plan)
    return overall, here, untested, caveats


def reversed_dealbreakers(found: Sequence[ArchetypeDealbreaker]) -> tuple[Reversal, ...]:
    """Find rules whose breaking holds to go with a worse outcome more in one archetype and less in another.

    Parameters
    ----------
    found : sequence of ArchetypeDealbreaker
        Exploratory ones are left out.

    Returns
    -------
    tuple of Reversal
    """
    held = [deal for deal in found if deal.holds and not deal.exploratory]
    reversals = []
    for rule in dict.fromkeys(deal.rule for deal in held):
        more, less = (
            tuple(d.archetype for d in held if d.rule == rule and d.worse is worse) for worse in (True, False)
        )
        if more and less:
            reversals.append(Reversal("dealbreaker", rule, more, less))
    return tuple(reversals)


def _caveats(comparison: RuleComparison, untested: Sequence[Untested], plan: AnalysisPlan) -> tuple[Caveat, ...]:
    """What must be known of the comparisons of the main outcome."""
    found = []
    brands = len(np.unique(comparison.experiences.brand))
    if 1 < brands < plan.fewest_brand_clusters:
        found.append(Caveat("rules_few_brands", "rules", {"brands": brands, "needed": plan.fewest_brand_clusters}))
    if not (comparison.experiences.broken == 1).any():
        found.append(Caveat("rules_none_broken", "rules", {}))
    elif untested:
        numbers: dict[str, float | int | str] = {
            "untested": len(untested),
            "cells": len(untested) + len(comparison.comparable),
            "needed": plan.least_cell,
        }
        found.append(Caveat("rules_untested", "rules", numbers))
    return tuple(found)


def _rates(broken: Floats) -> Floats:
    """Share of broken among known, by rule; 0 where nothing is known."""
    return np.nan_to_num(present_means(broken, axis=0))


def _estimates(tested: Tested, unit: float, n: Integers) -> tuple[Estimate, ...]:
    """Tested coefficients as estimates in units of the outcome's residual standard deviation."""
    figures = np.column_stack([tested.estimate, tested.low, tested.high]) / unit
    return tuple(_estimate(row, base) for row, base in zip(figures, n, strict=True))


def _estimate(figures: Floats, n: int) -> Estimate:
    """Value, low and high as an estimate."""
    value, low, high = (number(figure) for figure in figures)
    return Estimate(value, low, high, int(n))


def _pooled(model: FittedModel, columns: Integers, n: Integers) -> tuple[Estimate, ...]:
    """Slopes drawn together, with the interval that prior and data leave."""
    place = model.n_leading + columns
    half = _NORMAL_QUANTILE * np.sqrt(np.linalg.pinv(model.information, rcond=1e-12, hermitian=True)[place, place])
    value = model.parameters[place]
    figures = np.column_stack([value, value - half, value + half]) / model.residual_sd
    return tuple(_estimate(row, base) for row, base in zip(figures, n, strict=True))
