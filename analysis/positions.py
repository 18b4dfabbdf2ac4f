"""Where ratings lie on the relationship dimensions, and which of them are negative or ambivalent; it groups nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from analysis.dataset import Dataset
from analysis.numeric.arrays import Floats
from analysis.numeric.incomplete import present_means
from instruments.catalogue import DIMENSIONS
from instruments.measures import ScaleMeasure

# The family of relationships that have gone wrong.
TROUBLED = "troubled"
# What a scale's reliability is taken to be where no scale's is known.
_USUAL_RELIABILITY = 0.7


def named_dimensions(scales: Sequence[ScaleMeasure]) -> tuple[str, ...]:
    """Dimensions of the catalogue that at least one scale measures, in the catalogue's order.

    Parameters
    ----------
    scales : sequence of ScaleMeasure

    Returns
    -------
    tuple of str
    """
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


def position_errors(dataset: Dataset, reliabilities: Mapping[str, float]) -> Floats:
    """Standard error of measurement of each rating's position, in the dimensions' points.

    Parameters
    ----------
    dataset : Dataset
    reliabilities : mapping of str
        Alpha by scale; a scale without one is taken to be as reliable as the others on average, or .7.

    Returns
    -------
    (ratings, dimensions) array
        Greater where fewer items of a scale were answered; NaN where none was.

    References
    ----------
    Lord & Novick (1968), Statistical Theories of Mental Test Scores, chapter 3; Spearman-Brown for the items asked
    """
    usual = float(np.mean(list(reliabilities.values()))) if reliabilities else _USUAL_RELIABILITY
    scale_of = np.array(dataset.item_scales)
    columns = []
    for dimension in named_dimensions(dataset.measures.scales):
        low, high = DIMENSIONS[dimension]
        scales = [scale for scale in dataset.measures.scales if scale.dimension == dimension]
        squares = [
            _error_variance(dataset.items[:, scale_of == scale.key], reliabilities.get(scale.key, usual))
            * ((high - low) / (scale.high - scale.low)) ** 2
            for scale in scales
        ]
        columns.append(np.sqrt(np.sum(squares, axis=0)) / len(scales))
    return np.stack(columns, axis=-1)


def _error_variance(items: Floats, alpha: float) -> Floats:
    """Error variance of the mean of the items each rating answered, (ratings,)."""
    k = items.shape[1]
    alpha = min(max(alpha, 0.0), 1.0)
    # reliability of one item, so that fewer answered items mean more error
    single = alpha / (k - (k - 1) * alpha)
    spread = present_means((items - present_means(items, axis=0)) ** 2, axis=0)
    answered = (~np.isnan(items)).sum(1)
    variance = np.nan_to_num(spread).sum() / max(1, int((~np.isnan(spread)).sum())) * (1 - single)
    return np.where(answered > 0, variance / np.maximum(answered, 1), np.nan)


def feelings(dataset: Dataset) -> tuple[Floats, Floats] | None:
    """Warm and cold feeling of each rating from 0 to 2, (ratings,) each; None where no scales measure both.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    tuple of (ratings,) arrays, or None
        0 to 2; NaN where not answered.
    """
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
