"""Invariance between groups that the same persons are in: one random rating per person, again and again, combined."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.invariance import Rung


@dataclass(frozen=True, eq=False)
class RepeatedRung:
    """One level over d draws: of each the p value of its difference test and the changes of the indices (d,).

    ``failed`` draws could not be estimated.
    """

    level: str
    p_values: Floats
    cfi_changes: Floats
    rmsea_changes: Floats
    srmr_changes: Floats
    within_cutoffs: Floats
    failed: int

    @property
    def p_value(self) -> float:
        """Twice the median of the draws' p values (where there are some): holds however draws depend on each other."""
        known = self.p_values[np.isfinite(self.p_values)]
        return float(min(1.0, 2 * np.median(known))) if len(known) else np.nan

    @property
    def cfi_change(self) -> float:
        """Median change of the CFI."""
        return float(np.median(self.cfi_changes))

    @property
    def rmsea_change(self) -> float:
        """Median change of the RMSEA."""
        return float(np.median(self.rmsea_changes))

    @property
    def srmr_change(self) -> float:
        """Median change of the SRMR."""
        return float(np.median(self.srmr_changes))

    @property
    def share_within_cutoffs(self) -> float:
        """Share of draws in which the changes stay within the cut-offs; NaN where cut-offs do not apply."""
        return float(np.mean(self.within_cutoffs))


def one_rating_each(persons: Integers, rng: np.random.Generator) -> Integers:
    """Draw one row of every person.

    Parameters
    ----------
    persons : (n,) array of int
        Whose rating a row is.
    rng : numpy.random.Generator

    Returns
    -------
    (persons,) array of int
        Rows, in order; each of a person's rows equally likely.
    """
    order = rng.permutation(len(persons))
    _, first = np.unique(persons[order], return_index=True)
    return np.sort(order[first])


def repeated_ladders(
    ladder: Callable[[Sequence[Floats]], tuple[Rung, ...]],
    x: Floats,
    groups: Integers,
    persons: Integers,
    *,
    draws: int,
    rng: np.random.Generator,
) -> tuple[RepeatedRung, ...]:
    """Climb a ladder on many draws of one rating per person.

    Groups such as brands are rated by the same persons, so their rows depend on each other; within a draw they do
    not. Draws share persons, so they say little more than one draw about chance, but no longer depend on the draw.

    Parameters
    ----------
    ladder : callable
        From the rows of G groups to rungs: ``invariance_ladder`` or ``ordinal_invariance_ladder``, the rest given.
    x : (n, p) array
    groups : (n,) array of int
        From 0.
    persons : (n,) array of int
    draws : int
        At least 1; 30 make the median steady.
    rng : numpy.random.Generator

    Returns
    -------
    tuple of RepeatedRung
        The levels but for the first.

    Raises
    ------
    AnalysisError
        That of the last draw, where no draw could be estimated.

    Notes
    -----
    R has no counterpart; checked by planted differences between brands, and by their absence.

    References
    ----------
    Meinshausen, Meier & Bühlmann (2009), doi:10.1198/jasa.2009.tm08647 (p values of repeated splits)
    """
    climbed: list[tuple[Rung, ...]] = []
    error: AnalysisError | None = None
    for _ in range(draws):
        rows = one_rating_each(persons, rng)
        try:
            climbed.append(ladder([x[rows[groups[rows] == group]] for group in range(int(groups.max()) + 1)]))
        except AnalysisError as refusal:
            error = refusal
    if error is not None and not climbed:
        raise error
    return tuple(_combined(level, draws) for level in list(zip(*climbed, strict=True))[1:])


def _combined(rungs: Sequence[Rung], draws: int) -> RepeatedRung:
    """Gather what the draws say of one level."""
    within = [np.nan if rung.within_cutoffs is None else float(rung.within_cutoffs) for rung in rungs]
    return RepeatedRung(
        level=rungs[0].level,
        p_values=np.array([np.nan if rung.difference is None else rung.difference.p_value for rung in rungs]),
        cfi_changes=np.array([rung.cfi_change for rung in rungs]),
        rmsea_changes=np.array([rung.rmsea_change for rung in rungs]),
        srmr_changes=np.array([rung.srmr_change for rung in rungs]),
        within_cutoffs=np.array(within),
        failed=draws - len(rungs),
    )
