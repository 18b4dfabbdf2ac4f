"""What relationships are worth, from what people stated and what the user put in; it makes up no amount."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import get_args

import numpy as np

from analysis.dataset import Dataset
from analysis.findings import (
    ArchetypeValue,
    AvoidableExit,
    BrandValue,
    Caveat,
    Estimate,
    InputEffect,
    Money,
    Shift,
    Value,
)
from analysis.intervals import bases, estimates, mean_estimates, resampled_means
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.resampled_regression import resampled_coefficients, without_strata
from analysis.numeric.resampling import PersonResamples
from analysis.plan import AnalysisPlan, ValueInputs
from instruments.model import ValueRole

Inputs = Mapping[str, float]
"""One choice of every input: margin, intent_factor, cost_per_contact, success_rate, spend, leaving and so on."""


def find_value(
    dataset: Dataset,
    archetype: Integers | None,
    testing: Booleans,
    *,
    plan: AnalysisPlan,
    resamples: PersonResamples,
) -> tuple[Value | None, tuple[Caveat, ...]]:
    """Say what customers of each archetype and brand stated, and what they are worth.

    Parameters
    ----------
    dataset : Dataset
    archetype : (ratings,) array of int or None
        Archetype of each rating; None where there are none.
    testing : (ratings,) array of bool
        Ratings of the half on which archetypes were not learned: what is said of archetypes rests on them.
    plan : AnalysisPlan
        ``plan.value`` holds the user's inputs; without it there is no money.
    resamples : PersonResamples

    Returns
    -------
    value : Value or None
        None where nothing was asked that says what a customer is worth.
    caveats : tuple of Caveat
    """
    roles = tuple(role for role in get_args(ValueRole) if not np.isnan(dataset.value(role)).all())
    if not roles:
        return None, ()
    studied = _Studied(dataset, roles, plan, resamples)
    groups = [] if archetype is None else [archetype == a for a in range(int(archetype.max()) + 1)]
    kinds = tuple(studied.archetype(f"A{a + 1}", rows & testing) for a, rows in enumerate(groups))
    value = Value(
        currency=plan.value.currency if plan.value else "",
        horizon_years=plan.value.horizon_years if plan.value else 0,
        archetypes=kinds,
        shifts=tuple(studied.shifts(kinds)),
        brands=tuple(studied.brand(brand, archetype) for brand in dataset.brands_rated),
        avoidable_exit=studied.avoidable_exit(np.ones(len(dataset.ratings), dtype=bool), archetype),
    )
    return value, _caveats(plan, value)


@dataclass(frozen=True, eq=False)
class _Studied:
    """The answers, what they say of worth, and the plan."""

    dataset: Dataset
    roles: tuple[ValueRole, ...]
    plan: AnalysisPlan
    resamples: PersonResamples

    def stated(self, rows: Booleans) -> dict[ValueRole, Estimate]:
        """Means of everything asked among some ratings; of too few nothing."""
        figures = np.column_stack([self.dataset.value(role) for role in self.roles])
        found = mean_estimates(self.dataset, figures, self.resamples, rows)
        enough = self.plan.suppress_below
        return {role: each for role, each in zip(self.roles, found, strict=True) if each.n >= enough}

    def archetype(self, key: str, rows: Booleans) -> ArchetypeValue:
        """What customers of one archetype stated and are worth."""
        stated = self.stated(rows)
        inputs = self.plan.value
        return ArchetypeValue(
            archetype=key,
            stated=stated,
            spend_index=self.spend_index(rows) if "spend" in stated else None,
            yearly=_money(_yearly, inputs, stated),
            over_horizon=_money(_over_horizon, inputs, stated),
        )

    def spend_index(self, rows: Booleans) -> Estimate | None:
        """Yearly spend of some ratings against that of all, 100 being the same."""
        spend = self.dataset.value("spend")[:, None]
        own = resampled_means(self.dataset, spend, self.resamples, rows)
        everybody = resampled_means(self.dataset, spend, self.resamples)
        if everybody[0, 0] <= 0:
            return None
        index = 100 * own / np.where(everybody > 0, everybody, np.nan)
        return estimates(index, bases(spend[rows]))[0]

    def shifts(self, kinds: tuple[ArchetypeValue, ...]) -> Iterator[Shift]:
        """What moving a customer to a more valuable archetype would bring at most."""
        inputs = self.plan.value
        if inputs is None or inputs.success_rate is None:
            return
        for origin, destination in product(kinds, kinds):
            there, here = destination.over_horizon, origin.over_horizon
            if there and here and there.central > here.central:
                low, high = inputs.success_rate
                gain = Money(
                    max(low * (there.low - here.high), 0.0),
                    (low + high) / 2 * (there.central - here.central),
                    high * (there.high - here.low),
                )
                yield Shift(origin.archetype, destination.archetype, gain)

    def brand(self, key: str, archetype: Integers | None) -> BrandValue:
        """What one brand's customers stated and are worth."""
        rows = self.dataset.ratings["brand"].to_numpy(dtype=str) == key
        stated, inputs = self.stated(rows), self.plan.value
        exit_ = self.avoidable_exit(rows, archetype)
        customers = inputs.customers.get(key) if inputs else None
        if customers is None or inputs is None:
            return BrandValue(key, stated, exit_, None, None, ())
        risk = {"broken": exit_.broken, "more_leaving": exit_.more_leaving} if exit_ else {}
        at_risk = _scaled(_money(_at_risk, inputs, stated, risk), customers) if exit_ else None
        return BrandValue(
            brand=key,
            stated=stated,
            avoidable_exit=exit_,
            portfolio=_scaled(_money(_yearly, inputs, stated), customers),
            at_risk=at_risk,
            sensitivity=_sensitivities(inputs, stated, risk, customers) if at_risk else (),
        )

    def avoidable_exit(self, rows: Booleans, archetype: Integers | None) -> AvoidableExit | None:
        """Stated leaving with any rule broken against none, of equal archetype, brand and number of rules met."""
        broken, met = self.dataset.broken, (~np.isnan(self.dataset.broken)).sum(1)
        if broken.shape[1] == 0:
            return None
        any_broken = np.where(met > 0, (np.nan_to_num(broken) == 1).any(1), np.nan)
        leaving = self.dataset.value("leaving")
        usable = rows & ~np.isnan(any_broken + leaving)
        least = self.plan.suppress_below
        if min((any_broken[usable] == 1).sum(), (any_broken[usable] == 0).sum()) < least:
            return None
        weights = self.dataset.weights[usable]
        columns = np.column_stack([any_broken, met, leaving])[usable]
        adjusted = without_strata(columns, self._strata(archetype)[usable], weights=weights)
        coefficients = resampled_coefficients(
            adjusted[:, :2],
            adjusted[:, 2],
            weights=weights,
            person=self.dataset.person_numbers[usable],
            resamples=self.resamples,
        )
        n = np.array([int(usable.sum())])
        return AvoidableExit(
            broken=mean_estimates(self.dataset, any_broken[:, None], self.resamples, rows)[0],
            more_leaving=estimates(coefficients[:, :1], n)[0],
        )

    def _strata(self, archetype: Integers | None) -> Floats:
        """A column of 0 and 1 for each brand and archetype but the first, (ratings, strata)."""
        brand = self.dataset.ratings["brand"].to_numpy(dtype=str)
        kinds = np.zeros(len(brand), dtype=np.int64) if archetype is None else archetype
        columns = [brand == key for key in self.dataset.brands_rated[1:]]
        columns += [kinds == a for a in range(1, int(kinds.max(initial=0)) + 1)]
        return np.column_stack(columns).astype(float) if columns else np.empty((len(brand), 0))


def _yearly(given: Inputs) -> float:
    """Margin of a year's spend less the cost of contacts."""
    return given["spend"] * given["margin"] - given.get("contacts", 0.0) * given["cost_per_contact"]


def _over_horizon(given: Inputs) -> float:
    """Value over the horizon, discounted, of those who stay; each year as many leave as the factor makes of stated."""
    staying = 1 - given["intent_factor"] * given.get("leaving", 0.0)
    yearly = staying / (1 + given["discount_rate"])
    return _yearly(given) * sum(yearly**year for year in range(int(given["horizon_years"])))


def _at_risk(given: Inputs) -> float:
    """Yearly revenue per customer that goes with avoidable exit."""
    more = max(given["more_leaving"], 0.0)
    return given["broken"] * more * given["intent_factor"] * given["spend"]


def _money(
    worth: Callable[[Inputs], float],
    inputs: ValueInputs | None,
    stated: Mapping[ValueRole, Estimate],
    more: Mapping[str, Estimate] | None = None,
) -> Money | None:
    """An amount with the range it has over the ends of all inputs and intervals; None where spend or inputs lack."""
    if inputs is None or "spend" not in stated:
        return None
    ends = _ends(inputs, stated, more or {})
    found = [worth(dict(zip(ends, chosen, strict=True))) for chosen in product(*ends.values())]
    return Money(min(found), worth(_centre(ends)), max(found))


def _ends(
    inputs: ValueInputs, stated: Mapping[ValueRole, Estimate], more: Mapping[str, Estimate]
) -> dict[str, tuple[float, ...]]:
    """Lower and upper end of everything an amount may rest on; one value where there is no range."""
    cost = inputs.cost_per_contact
    ends: dict[str, tuple[float, ...]] = {
        "margin": inputs.margin,
        "intent_factor": inputs.intent_factor,
        "discount_rate": (inputs.discount_rate,),
        "horizon_years": (float(inputs.horizon_years),),
        "cost_per_contact": cost or (0.0,),
    }
    asked = {role: stated[role] for role in ("spend", "leaving", "contacts") if role in stated}
    for name, estimate in {**asked, **more}.items():
        ends[name] = tuple(value for value in (estimate.low, estimate.high) if value is not None) or (
            estimate.value or 0.0,
        )
    return ends


def _centre(ends: Mapping[str, tuple[float, ...]]) -> dict[str, float]:
    """The middle of every range."""
    return {name: float(np.mean(values)) for name, values in ends.items()}


def _sensitivities(
    inputs: ValueInputs, stated: Mapping[ValueRole, Estimate], risk: Mapping[str, Estimate], customers: int
) -> tuple[InputEffect, ...]:
    """What each input that has a range does to the revenue at risk, the one that does most first."""
    ends = _ends(inputs, stated, risk)
    centre = _centre(ends)
    found = [
        InputEffect(name, *(customers * _at_risk({**centre, name: end}) for end in (values[0], values[-1])))
        for name, values in ends.items()
        if len(values) > 1
    ]
    telling = [each for each in found if each.at_low != each.at_high]
    return tuple(sorted(telling, key=lambda each: -abs(each.at_high - each.at_low)))


def _scaled(money: Money | None, by: float) -> Money | None:
    """An amount for so many customers."""
    return None if money is None else Money(by * money.low, by * money.central, by * money.high)


def _caveats(plan: AnalysisPlan, value: Value) -> tuple[Caveat, ...]:
    """What a reader must know of worth."""
    if plan.value is None:
        return (Caveat("no_value_inputs", "value", {}),)
    absent = [brand.brand for brand in value.brands if brand.brand not in plan.value.customers]
    caveats = [Caveat("value_from_inputs", "value", {})]
    if absent:
        caveats.append(Caveat("customers_unknown", "value", {"brands": ", ".join(absent)}))
    if not any("spend" in brand.stated for brand in value.brands):
        caveats.append(Caveat("spend_unknown", "value", {}))
    return tuple(caveats)
