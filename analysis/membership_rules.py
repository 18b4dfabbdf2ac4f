"""A few if-then rules that tell a rating's archetype to a reader; the typing tool is what assigns people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from analysis.dataset import Dataset
from analysis.findings import Caveat, Condition, Estimate, MembershipRule, MembershipRules
from analysis.grouped import Grouped, archetype_key
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.proportions import clustered_share
from analysis.plan import AnalysisPlan

_FOLDS = 5
# Thresholds are round numbers: halves on scales of up to ten points or so, wider steps on wider ranges.
_FINEST = 0.5
_LEAF = -1

_Part: TypeAlias = tuple[int, float, bool]
"""A condition on a column: its threshold, and whether the value must be at least that or below it."""


@dataclass(frozen=True, eq=False)
class Clues:
    """What rules may speak of: means of scales in round steps, and what was picked as desired.

    ``columns`` says for each column of ``values`` (ratings, c) which scale, or which choice of the pick, it is.
    """

    columns: tuple[tuple[Literal["scale", "desired"], str], ...]
    steps: Floats
    values: Floats

    @classmethod
    def of(cls, dataset: Dataset) -> Clues:
        """Take the clues of a study; a scale nobody answered in a rating counts as its median.

        Parameters
        ----------
        dataset : Dataset

        Returns
        -------
        Clues
        """
        scales = dataset.measures.scales
        steps = np.array([_step(scale.low, scale.high) for scale in scales])
        scores = dataset.scale_scores
        answered = np.asarray((~np.isnan(scores)).any(0))
        scores, steps = scores[:, answered], steps[answered]
        scores = np.where(np.isnan(scores), np.nanmedian(scores, axis=0), scores)
        desired = dataset.ratings["desired"].to_numpy(dtype=str)
        choices = [choice for choice in np.unique(desired).tolist() if choice]
        return cls(
            columns=(
                *(("scale", scale.key) for scale, there in zip(scales, answered, strict=True) if there),
                *(("desired", choice) for choice in choices),
            ),
            steps=np.concatenate([steps, np.ones(len(choices))]),
            # a score is at least t, a whole number of steps, just where it rounded down is
            values=np.column_stack([np.floor(scores / steps + 1e-9) * steps, desired[:, None] == np.array(choices)]),
        )

    def threshold(self, column: int, between: float) -> float:
        """The round number just above a value between two steps.

        Parameters
        ----------
        column : int
            Of ``values``.
        between : float

        Returns
        -------
        float
        """
        return float(np.ceil(between / self.steps[column]) * self.steps[column])


@dataclass(frozen=True, eq=False)
class Leaf:
    """A rule read from a tree: its conditions, beside that no rule before it applies, and the archetype it names."""

    path: tuple[_Part, ...]
    archetype: int

    def applies(self, values: Floats) -> Booleans:
        """Where all conditions hold, (n,).

        Parameters
        ----------
        values : (n, clues) array

        Returns
        -------
        (n,) array of bool
        """
        holds = np.ones(len(values), dtype=bool)
        for column, threshold, at_least in self.path:
            holds &= (values[:, column] >= threshold) == at_least
        return holds


def find_membership_rules(
    dataset: Dataset, grouped: Grouped, *, plan: AnalysisPlan
) -> tuple[MembershipRules | None, tuple[Caveat, ...]]:
    """Learn a short list of rules on the learning half and judge it on the test half.

    A classification tree with few leaves is read as a list in which the first rule that applies counts, so that no rule
    repeats what those before it have left; as many leaves are taken as persons left out ask for, fewer
    where that is as good within a standard error.

    Parameters
    ----------
    dataset : Dataset
    grouped : Grouped
    plan : AnalysisPlan

    Returns
    -------
    rules : MembershipRules or None
        None with fewer than two archetypes, or where neither half holds enough ratings.
    caveats : tuple of Caveat
        Whether the rules tell archetypes no better than always naming the largest.

    References
    ----------
    Breiman, Friedman, Olshen & Stone (1984), doi:10.1201/9781315139470
    """
    if grouped.archetype is None or len(dataset.measures.scales) == 0:
        return None, ()
    halves = (~grouped.testing, grouped.testing)
    if any(len(np.unique(grouped.archetype[half])) < 2 or half.sum() < _FOLDS * plan.least_cell for half in halves):  # noqa: PLR2004
        return None, ()
    learner = _Learner(Clues.of(dataset), dataset, grouped.archetype, ~grouped.testing, plan)
    size, expected = learner.chosen_size()
    leaves = learner.leaves(size)
    rules = _judged(dataset, learner, leaves, grouped.testing, expected)
    return rules, tuple(_caveats(rules))


@dataclass(frozen=True, eq=False)
class _Learner:
    """Grows trees on ratings of the learning half."""

    clues: Clues
    dataset: Dataset
    archetype: Integers
    learning: Booleans
    plan: AnalysisPlan

    @cached_property
    def depth(self) -> int:
        """Conditions at most: what the plan says, or what so many archetypes need."""
        return max(self.plan.membership_conditions, int(np.ceil(np.log2(self.archetype.max() + 1))) + 1)

    def tree(self, rows: Booleans, size: int) -> DecisionTreeClassifier:
        """Grow a tree with at most so many leaves."""
        grown = DecisionTreeClassifier(
            max_leaf_nodes=size, max_depth=self.depth, min_samples_leaf=self.plan.least_cell, random_state=0
        )
        return grown.fit(self.clues.values[rows], self.archetype[rows], sample_weight=self.dataset.weights[rows])

    def chosen_size(self) -> tuple[int, float]:
        """Number of leaves by cross-validation over persons, and the accuracy expected with it."""
        fold = self._folds()
        k = int(self.archetype.max()) + 1
        sizes = range(2, min(2 * k, 2**self.depth) + 1)
        accuracy = np.array([[self._accuracy(fold, part, size) for part in range(_FOLDS)] for size in sizes])
        means = accuracy.mean(1)
        best = int(means.argmax())
        good = means >= means[best] - accuracy[best].std(ddof=1) / np.sqrt(_FOLDS)
        chosen = int(np.flatnonzero(good)[0])
        return sizes[chosen], float(means[chosen])

    def _folds(self) -> Integers:
        """The part of the persons to which each rating belongs, (ratings,)."""
        order = self.plan.stream("membership rules").permutation(self.dataset.n_raters)
        return np.asarray((order % _FOLDS)[self.dataset.person_numbers])

    def _accuracy(self, fold: Integers, part: int, size: int) -> float:
        """Share told right in a part by a tree grown without it."""
        held = self.learning & (fold == part)
        grown = self.tree(self.learning & (fold != part), size)
        weights = self.dataset.weights[held]
        return float(weights @ (grown.predict(self.clues.values[held]) == self.archetype[held]) / weights.sum())

    def leaves(self, size: int) -> tuple[Leaf, ...]:
        """Rules of the tree grown on the whole learning half, leaves side by side that name the same made one."""
        return tuple(_read(self.tree(self.learning, size), self.clues, 0, ()))


def _read(grown: DecisionTreeClassifier, clues: Clues, node: int, path: tuple[_Part, ...]) -> Iterator[Leaf]:
    """The rules below a node of a tree, the side with fewer leaves first: the other one is what that leaves."""
    tree = grown.tree_
    named = _named(grown, node)
    if len(named) == 1:
        yield Leaf(_shortened(path), named.pop())
        return
    column = int(tree.feature[node])
    threshold = clues.threshold(column, float(tree.threshold[node]))
    sides = ((int(tree.children_right[node]), True), (int(tree.children_left[node]), False))
    (first, at_least), (rest, _) = sorted(sides, key=lambda side: _leaves(grown, side[0]))
    yield from _read(grown, clues, first, (*path, (column, threshold, at_least)))
    yield from _read(grown, clues, rest, path)


def _leaves(grown: DecisionTreeClassifier, node: int) -> int:
    """How many rules there are below a node."""
    tree = grown.tree_
    if len(_named(grown, node)) == 1:
        return 1
    return _leaves(grown, int(tree.children_left[node])) + _leaves(grown, int(tree.children_right[node]))


def _named(grown: DecisionTreeClassifier, node: int) -> set[int]:
    """Archetypes that the leaves below a node name."""
    tree = grown.tree_
    if tree.children_left[node] == _LEAF:
        return {int(grown.classes_[tree.value[node, 0].argmax()])}
    return _named(grown, int(tree.children_left[node])) | _named(grown, int(tree.children_right[node]))


def _shortened(path: tuple[_Part, ...]) -> tuple[_Part, ...]:
    """Of several bounds of one kind on a column only the last, which is the narrowest."""
    narrowest = {(column, at_least): (column, threshold, at_least) for column, threshold, at_least in path}
    return tuple(narrowest.values())


def _judged(
    dataset: Dataset, learner: _Learner, leaves: tuple[Leaf, ...], testing: Booleans, expected: float
) -> MembershipRules:
    """Figures of the rules from the test half."""
    values, archetype = learner.clues.values[testing], learner.archetype[testing]
    weights, person = dataset.weights[testing], dataset.person_numbers[testing]

    def share(of: Booleans, among: Booleans) -> Estimate:
        if not weights[among].sum() > 0:
            return Estimate(None, None, None, 0)
        return Estimate(*clustered_share(of[among].astype(float), weights[among], person[among]), int(among.sum()))

    everyone = np.ones(len(values), dtype=bool)
    right, left = np.zeros(len(values), dtype=bool), everyone
    rules = []
    for leaf in leaves:
        applies, own = left & leaf.applies(values), archetype == leaf.archetype
        left = left & ~applies
        right |= applies & own
        conditions = tuple(_condition(learner.clues, *part) for part in leaf.path)
        figures = (share(applies, everyone), share(own, applies), share(applies, own))
        rules.append(MembershipRule(archetype_key(leaf.archetype), conditions, *figures))
    learned = np.bincount(learner.archetype[learner.learning], weights=dataset.weights[learner.learning])
    baseline = share(archetype == learned.argmax(), everyone)
    return MembershipRules(tuple(rules), share(right, everyone), baseline, expected)


def _condition(clues: Clues, column: int, threshold: float, at_least: bool) -> Condition:  # noqa: FBT001
    """A condition as a reader is told it."""
    kind, key = clues.columns[column]
    if kind == "desired":
        return Condition(kind, kind, "is" if at_least else "is_not", choice=key)
    return Condition(kind, key, "at_least" if at_least else "below", threshold=threshold)


def _caveats(rules: MembershipRules) -> Iterator[Caveat]:
    """Whether rules that are no better than naming the largest archetype were found."""
    if rules.accuracy.low is not None and rules.accuracy.low <= (rules.baseline.value or 0.0):
        yield Caveat("membership_weak", "archetypes", {})


def _step(low: float, high: float) -> float:
    """Steps between thresholds on a scale."""
    return max(_FINEST, float(10 ** np.floor(np.log10((high - low) / 10))))
