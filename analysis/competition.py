"""Which role each brand plays among its rivals, by its share of all relationships; it compares no markets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.dataset import Dataset
from analysis.findings import BrandFindings, Caveat, Competitor, CompetitorRole
from analysis.intervals import estimates, resampled_means
from analysis.numeric.resampling import PersonResamples
from analysis.plan import AnalysisPlan

_FEWEST = 3


def find_competitors(
    dataset: Dataset, brands: Sequence[BrandFindings], *, plan: AnalysisPlan, resamples: PersonResamples
) -> tuple[tuple[Competitor, ...], tuple[Caveat, ...]]:
    """Find each brand's share of all relationships and the role that follows from it.

    Parameters
    ----------
    dataset : Dataset
        Its weights undo the draw of brands; without weights shares say who was asked, and there are no roles.
    brands : sequence of BrandFindings
        Suppressed ones have no role.
    plan : AnalysisPlan
        ``challenger_share`` parts challengers from the rest.
    resamples : PersonResamples

    Returns
    -------
    competitors : tuple of Competitor
        In the order of the study; empty with fewer than three brands that are not suppressed.
    caveats : tuple of Caveat
    """
    told = [brand for brand in brands if not brand.suppressed]
    if np.ptp(dataset.weights) == 0 or len(told) < _FEWEST:
        return (), ()
    rated = dataset.ratings["brand"].to_numpy(dtype=str)
    of_brand = (rated[:, None] == np.array([brand.key for brand in told])).astype(float)
    shares = estimates(resampled_means(dataset, of_brand, resamples), of_brand.sum(0).astype(int))
    greatest = max(share.value or 0.0 for share in shares)
    primary = next((outcome.key for outcome in dataset.measures.outcomes if outcome.primary), None)
    better = {o.key: o.better == "high" for o in dataset.measures.outcomes}
    competitors = tuple(
        Competitor(
            brand.key,
            share,
            _role(
                (share.value or 0.0) / greatest,
                liked=primary is not None and _clearly_better(brand, primary, high=better[primary]),
                plan=plan,
            ),
        )
        for brand, share in zip(told, shares, strict=True)
    )
    return competitors, (Caveat("roles_from_sample", "brands", {"percent": 100 * plan.challenger_share}),)


def _role(part: float, *, liked: bool, plan: AnalysisPlan) -> CompetitorRole:
    """The role that follows from a share, as a part of the leader's."""
    if part == 1:
        return "leader"
    if part >= plan.challenger_share:
        return "challenger"
    return "niche" if liked else "follower"


def _clearly_better(brand: BrandFindings, outcome: str, *, high: bool) -> bool:
    found = next((each for each in brand.outcomes if each.key == outcome), None)
    return bool(found and found.differs and found.difference.value is not None and (found.difference.value > 0) == high)
