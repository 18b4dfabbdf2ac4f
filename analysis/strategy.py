"""Which strategy the rules of thumb choose for each brand and archetype, with the evidence; it holds no rule itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.dataset import Dataset
from analysis.findings import (
    Archetypes,
    Caveat,
    Estimate,
    LevelShare,
    Norm,
    RemedyWanted,
    RoleAdvice,
    Rules,
    RuleToKeep,
    Strategies,
    StrategyChoice,
)
from analysis.intervals import mean_estimates
from analysis.mismatch import NO_RELATIONSHIP, treatments
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.incomplete import present_means
from analysis.numeric.resampling import PersonResamples
from analysis.plan import AnalysisPlan
from analysis.positions import ambivalent_ratings, negative_ratings
from instruments.catalogue import Catalogue
from instruments.logic import parse
from instruments.playbook import Playbook

RULES_NAMED = 3
LEVELS = 5
# Figures of which shares in percent are taken; spend is an index already.
_SHARES = (
    "negative",
    "ambivalent",
    "broken",
    "leaving",
    "wants_nothing",
    "wants_other",
    "under_served",
    "over_pursued",
    "satisfied",
)


def choose_strategies(
    dataset: Dataset,
    archetype: Integers | None,
    archetypes: Archetypes,
    rules: Rules | None,
    *,
    plan: AnalysisPlan,
    catalogue: Catalogue,
    playbook: Playbook,
    resamples: PersonResamples,
) -> tuple[Strategies, tuple[Caveat, ...]]:
    """Choose a strategy for every brand, as a whole and for each archetype among its customers.

    Parameters
    ----------
    dataset : Dataset
    archetype : (ratings,) array of int or None
        Archetype of each rating; None where there are none.
    archetypes : Archetypes
    rules : Rules or None
    plan : AnalysisPlan
        Fewer than ``plan.suppress_below`` ratings have no strategy.
    catalogue : Catalogue
    playbook : Playbook
        The rules of thumb.
    resamples : PersonResamples

    Returns
    -------
    strategies : Strategies
    caveats : tuple of Caveat
    """
    desk = _Desk(dataset, archetypes, rules, _figures(dataset, plan, catalogue), plan, playbook, resamples)
    brand = dataset.ratings["brand"].to_numpy(dtype=str)
    kinds = [None] if archetype is None else [None, *range(int(archetype.max()) + 1)]
    cells = [
        (key, kind, (brand == key) & (True if kind is None or archetype is None else archetype == kind))
        for key in dataset.brands_rated
        for kind in kinds
    ]
    enough = [cell for cell in cells if cell[2].sum() >= plan.suppress_below]
    found = Strategies(
        playbook=playbook.title,
        version=playbook.version,
        choices=tuple(desk.choice(*cell) for cell in enough),
        levels=tuple(level for key, kind, rows in enough if kind is None for level in desk.levels(key, rows)),
        satisfied_leaving={
            key: share
            for key, kind, rows in enough
            if kind is None and (share := desk.satisfied_leaving(rows)) is not None
        },
        owners={rule.key: playbook.owners_of(rule.key, rule.family) for rule in dataset.measures.rules},
    )
    caveats = [Caveat("rules_of_thumb", "strategy", {"version": playbook.version})]
    if len(enough) < len(cells):
        numbers: dict[str, float | int | str] = {"cells": len(cells) - len(enough), "needed": plan.suppress_below}
        caveats.append(Caveat("no_strategy_for_few", "strategy", numbers))
    return found, tuple(caveats)


@dataclass(frozen=True, eq=False)
class _Desk:
    """Everything that strategies are chosen from; ``figures`` (ratings, c) in the order of ``_SHARES``, then spend."""

    dataset: Dataset
    archetypes: Archetypes
    rules: Rules | None
    figures: Floats
    plan: AnalysisPlan
    playbook: Playbook
    resamples: PersonResamples

    def choice(self, brand: str, kind: int | None, rows: Booleans) -> StrategyChoice:
        """Choose for some ratings of a brand."""
        evidence = self.evidence(rows)
        told = _told(evidence) | self._nearest(kind)
        line = next(line for line in self.playbook.choose if line.when is None or parse(line.when).evaluate(told))
        return StrategyChoice(
            brand=brand,
            archetype=None if kind is None else self.archetypes.archetypes[kind].key,
            strategy=line.strategy,
            human_review=line.human_review,
            condition=line.when or "",
            reason=line.reason,
            step=line.step,
            evidence=evidence,
            rules=tuple(self.rules_to_keep(kind, rows)),
            remedy=self.remedy(rows),
            roles=tuple(
                RoleAdvice(role.role, role.advice) for role in self.playbook.roles if parse(role.when).evaluate(told)
            ),
        )

    def evidence(self, rows: Booleans) -> dict[str, Estimate]:
        """Every figure with enough answers behind it."""
        found = mean_estimates(self.dataset, self.figures, self.resamples, rows)
        names = (*_SHARES, "spend")
        return {name: each for name, each in zip(names, found, strict=True) if each.n >= self.plan.suppress_below}

    def rules_to_keep(self, kind: int | None, rows: Booleans) -> Iterator[RuleToKeep]:
        """The rules that hold for an archetype, else those that matter most to these people."""
        family = {rule.key: rule.family for rule in self.dataset.measures.rules}
        key = None if kind is None else self.archetypes.archetypes[kind].key
        norms = [n for n in (self.rules.norms if self.rules else ()) if n.archetype == key and n.holds]
        named = [norm.rule for norm in sorted(norms, key=_size) if (norm.difference.value or 0) > 0][:RULES_NAMED]
        # importance is asked of one brand per person: a small cell takes everybody's word for it
        for rule in named or self._most_important(rows) or self._most_important(np.ones_like(rows)):
            yield RuleToKeep(rule, "norm" if named else "important", self.playbook.owners_of(rule, family[rule]))

    def remedy(self, rows: Booleans) -> RemedyWanted | None:
        """The remedy wanted most by those of them who had reason to complain."""
        measure = self.dataset.measures.remedy
        wanted = self.dataset.ratings["remedy"].to_numpy(dtype=str)
        asked = rows & (wanted != "")
        if measure is None or asked.sum() < self.plan.suppress_below:
            return None
        codes = [code for code in measure.labels if (wanted[asked] == code).any()]
        chosen = (wanted[:, None] == np.array(codes)).astype(float)
        found = mean_estimates(self.dataset, chosen, self.resamples, asked)
        best = max(range(len(codes)), key=lambda i: found[i].value or 0.0)
        return RemedyWanted(codes[best], measure.labels[codes[best]], found[best])

    def levels(self, brand: str, rows: Booleans) -> Iterator[LevelShare]:
        """How a brand's ratings spread over the fifths of the primary outcome, and what to do at each."""
        level = _levels(self.dataset)
        at = np.where(np.isnan(level)[:, None], np.nan, level[:, None] == np.arange(1, LEVELS + 1))
        if (~np.isnan(level[rows])).sum() < self.plan.suppress_below:
            return
        found = mean_estimates(self.dataset, at, self.resamples, rows)
        for i, line in enumerate(self.playbook.levels):
            leaving = self.leaving(rows & (level == i + 1))
            yield LevelShare(brand, i + 1, found[i], line.action, line.owner, leaving)

    def satisfied_leaving(self, rows: Booleans) -> Estimate | None:
        """Of those of them in the upper two fifths of satisfaction, the share who say that they will leave."""
        return self.leaving(rows & (_levels(self.dataset) >= LEVELS - 1))

    def leaving(self, rows: Booleans) -> Estimate | None:
        """The share of some ratings whose persons say that they will leave; None with too few of them."""
        said = self.dataset.value("leaving")[:, None]
        if (~np.isnan(said[rows])).sum() < self.plan.suppress_below:
            return None
        return mean_estimates(self.dataset, said, self.resamples, rows)[0]

    def _most_important(self, rows: Booleans) -> list[str]:
        """Rules that matter most to these people, of those that enough of them judged."""
        importance = self.dataset.importances[rows]
        n = (~np.isnan(importance)).sum(0)
        means = np.where(n >= self.plan.suppress_below, np.nan_to_num(importance).sum(0) / np.maximum(n, 1), -np.inf)
        rules = [rule.key for rule in self.dataset.measures.rules]
        return [rules[i] for i in np.argsort(-means, kind="stable")[:RULES_NAMED].tolist() if np.isfinite(means[i])]

    def _nearest(self, kind: int | None) -> dict[str, int | str]:
        """The relationship of the catalogue nearest to an archetype."""
        if kind is None or not self.archetypes.archetypes[kind].matches:
            return {}
        return {"relationship": self.archetypes.archetypes[kind].matches[0].relationship}


def _figures(dataset: Dataset, plan: AnalysisPlan, catalogue: Catalogue) -> Floats:
    """What conditions speak of, for every rating, (ratings, shares and spend), NaN where not known."""
    ratings = dataset.ratings
    current, desired = (ratings[name].to_numpy(dtype=str) for name in ("current", "desired"))
    gaps = [t for t in treatments(dataset, plan=plan, catalogue=catalogue) if t.dimension == "closeness"]
    under, over = gaps[0].kinds[:, :2].T if gaps else np.full((2, len(ratings)), np.nan)
    spend = dataset.value("spend")
    known = spend[~np.isnan(spend)]
    average = float(np.average(known, weights=dataset.weights[~np.isnan(spend)])) if len(known) else 0.0
    level = _levels(dataset)
    return np.column_stack(
        [
            negative_ratings(dataset),
            ambivalent_ratings(dataset, above=plan.ambivalent_above),
            present_means(dataset.broken, axis=1),
            dataset.value("leaving"),
            np.where(desired == "", np.nan, desired == NO_RELATIONSHIP),
            np.where((current == "") | (desired == ""), np.nan, current != desired),
            under,
            over,
            np.where(np.isnan(level), np.nan, level >= LEVELS - 1),
            100 * spend / average if average > 0 else np.full(len(ratings), np.nan),
        ]
    )


def _levels(dataset: Dataset) -> Floats:
    """Fifth of the primary outcome's range, 1 for the worst to 5, NaN where not answered or no outcome is primary."""
    primary = [(i, outcome) for i, outcome in enumerate(dataset.measures.outcomes) if outcome.primary]
    if not primary:
        return np.full(len(dataset.ratings), np.nan)
    i, outcome = primary[0]
    way = (dataset.outcomes[:, i] - outcome.low) / (outcome.high - outcome.low)
    way = way if outcome.better == "high" else 1 - way
    return np.asarray(np.clip(np.floor(way * LEVELS) + 1, 1, LEVELS))


def _told(evidence: dict[str, Estimate]) -> dict[str, int | str]:
    """Figures as conditions read them: whole percents, and spend as a whole index."""
    return {
        name: int(np.rint(each.value if name == "spend" else 100 * each.value))
        for name, each in evidence.items()
        if each.value is not None
    }


def _size(norm: Norm) -> float:
    """The greatest differences first."""
    return -(norm.difference.value or 0.0)
