"""Where ratings lie on the relationship dimensions, and which of them are negative or ambivalent; it groups nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.dataset import Dataset
from analysis.numeric.arrays import Floats
from instruments.catalogue import DIMENSIONS
from instruments.measures import ScaleMeasure

# The family of relationships that have gone wrong.
TROUBLED = "troubled"


def named_dimensions(scales: Sequence[ScaleMeasure]) -> tuple[str, ...]:
    """Dimensions of the catalogue that at least one scale measures, in the catalogue's order."""
    named = {scale.dimension for scale in scales}
    return tuple(dimension for dimension in DIMENSIONS if dimension in named)


def positions(scale_means: Floats, scales: Sequence[ScaleMeasure]) -> Floats:
    """Map scale means linearly from each scale's range to its dimension's range.

    Parameters
    ----------
    scale_means : (..., scales) array
        In the scales' own ranges.
    scales : sequence of ScaleMeasure

    Returns
    -------
    (..., dimensions) array
        One column for each of ``named_dimensions``; scales of one dimension are averaged.
    """
    columns = []
    for dimension in named_dimensions(scales):
        low, high = DIMENSIONS[dimension]
        mapped = [
            low + (scale_means[..., i] - scale.low) / (scale.high - scale.low) * (high - low)
            for i, scale in enumerate(scales)
            if scale.dimension == dimension
        ]
        columns.append(np.mean(mapped, axis=0))
    return np.stack(columns, axis=-1)


def feelings(dataset: Dataset) -> tuple[Floats, Floats] | None:
    """Warm and cold feeling of each rating from 0 to 2, (ratings,) each; None where no scales measure both."""
    dimensions = named_dimensions(dataset.measures.scales)
    if not {"warm", "cold"} <= set(dimensions):
        return None
    place = positions(dataset.scale_scores, dataset.measures.scales)
    return place[:, dimensions.index("warm")], place[:, dimensions.index("cold")]


def negative_ratings(dataset: Dataset) -> Floats:
    """Which ratings are negative: colder than warm, or picked as troubled.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    (ratings,) array
        1 or 0, NaN where neither feelings nor a pick are known.
    """
    picks = dataset.ratings["current"].to_numpy(dtype=str)
    by_pick = np.where(picks == "", np.nan, (picks == TROUBLED).astype(float))
    felt = feelings(dataset)
    if felt is None:
        return by_pick
    warm, cold = felt
    by_feeling = np.where(np.isnan(warm + cold), np.nan, (cold > warm).astype(float))
    return np.asarray(np.fmax(by_feeling, by_pick))


def ambivalent_ratings(dataset: Dataset, *, above: float) -> Floats:
    """Which ratings are warm and cold at once, by Griffin's index (W + C)/2 - |W - C|.

    Parameters
    ----------
    dataset : Dataset
    above : float
        Index from which a rating counts; both feelings at the middle of their scales give 1.

    Returns
    -------
    (ratings,) array
        1 or 0, NaN where the feelings are not known.

    References
    ----------
    Thompson, Zanna & Griffin (1995), Let's not be indifferent about (attitudinal) ambivalence
    """
    felt = feelings(dataset)
    if felt is None:
        return np.full(len(dataset.ratings), np.nan)
    warm, cold = felt
    index = (warm + cold) / 2 - np.abs(warm - cold)
    return np.where(np.isnan(index), np.nan, (index > above).astype(float))
