"""What the answers to each item look like on their own, and all together against a normal; it drops no item."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.correlations import inverted

MomentType = Literal[1, 2, 3]

FEWEST_ANSWERS = 4
TRIMMED = 0.1
# Makes the median absolute deviation of normal answers their standard deviation.
_MAD_TO_SD = 1.4826
_BLOCK = 1 << 11


@dataclass(frozen=True, eq=False)
class ItemStatistics:
    """One number per item, (p,) each.

    ``n`` answers and ``missing`` ones; ``trimmed_mean`` without the lowest and highest tenth;
    ``median_deviation``, median absolute deviation times 1.4826; ``skew`` and (excess) ``kurtosis`` of the type
    asked for; ``error`` of the mean, for unrelated rows; ``floor`` and ``ceiling``, shares of answers at the ends
    of the response scale.
    """

    n: Integers
    missing: Integers
    mean: Floats
    sd: Floats
    median: Floats
    median_deviation: Floats
    trimmed_mean: Floats
    low: Floats
    high: Floats
    skew: Floats
    kurtosis: Floats
    error: Floats
    floor: Floats
    ceiling: Floats


@dataclass(frozen=True)
class MultivariateNormality:
    """Mardia's skewness and kurtosis of complete rows and their tests."""

    n: int
    skewness: float
    skewness_chi2: float
    skewness_chi2_small: float
    skewness_p: float
    kurtosis: float
    kurtosis_z: float
    kurtosis_p: float


def item_statistics(x: Floats, *, lowest: float, highest: float, moment_type: MomentType = 3) -> ItemStatistics:
    """Describe each item.

    Parameters
    ----------
    x : (n, p) array
        NaN where an answer is missing; at least four answers to each item.
    lowest, highest : float
        Ends of the response scale.
    moment_type : {1, 2, 3}
        Skewness and kurtosis of Joanes and Gill: of the sample (SAS calls it so), corrected for a normal
        population (SPSS, SAS, Excel), or with the usual standard deviation (psych, BMDP, Minitab).

    Returns
    -------
    ItemStatistics
        Skewness and kurtosis are NaN for a constant item.

    Raises
    ------
    AnalysisError
        ``too_few_rows``.

    Notes
    -----
    Equals ``psych::describe(type = )`` to 1e-9.

    References
    ----------
    Joanes & Gill (1998), doi:10.1111/1467-9884.00122
    """
    n = (~np.isnan(x)).sum(0)
    _require_answers(n)
    mean, median = np.nanmean(x, axis=0), np.nanmedian(x, axis=0)
    skew, kurtosis = _shape(x - mean, n, moment_type)
    sd = np.nanstd(x, axis=0, ddof=1)
    return ItemStatistics(
        n,
        len(x) - n,
        mean,
        sd,
        median,
        _MAD_TO_SD * np.nanmedian(np.abs(x - median), axis=0),
        np.array([stats.trim_mean(column[~np.isnan(column)], TRIMMED) for column in x.T]),
        np.nanmin(x, axis=0),
        np.nanmax(x, axis=0),
        skew,
        kurtosis,
        sd / np.sqrt(n),
        (x == lowest).sum(0) / n,
        (x == highest).sum(0) / n,
    )


def item_statistics_of_counts(
    answers: Sequence[Integers],
    counts: Sequence[Integers],
    rows: int,
    *,
    lowest: float,
    highest: float,
    moment_type: MomentType = 3,
) -> ItemStatistics:
    """Describe items of which only is known how often each answer was given.

    Parameters
    ----------
    answers : p (answers,) arrays of int
        Answers that were given to each item, in order.
    counts : p (answers,) arrays of int
        How often; each adds up to four or more.
    rows : int
        Number of rows, missing answers included.
    lowest, highest, moment_type
        As for ``item_statistics``.

    Returns
    -------
    ItemStatistics

    Raises
    ------
    AnalysisError
        ``too_few_rows``.

    Notes
    -----
    Equals ``item_statistics`` of the rows, and so ``psych::describe``, to 1e-9.
    """
    n = np.array([own.sum() for own in counts])
    _require_answers(n)
    columns = [
        _described(np.asarray(values, dtype=float), own, lowest, highest, moment_type)
        for values, own in zip(answers, counts, strict=True)
    ]
    return ItemStatistics(n, rows - n, *np.array(columns).T)


def _described(
    values: Floats, counts: Integers, lowest: float, highest: float, moment_type: MomentType
) -> tuple[float, ...]:
    """Statistics of one item, in the order of ``ItemStatistics`` after n and missing."""
    n = int(counts.sum())
    mean = float(counts @ values) / n
    central = np.array([[float(counts @ (values - mean) ** power) / n] for power in (2, 3, 4)])
    skew, kurtosis = _of_type(central, np.array([n]), moment_type)
    median, sd = _middle(values, counts), float(np.sqrt(central[0, 0] * n / (n - 1)))
    cut, ends = int(TRIMMED * n), np.cumsum(counts)
    kept = np.maximum(np.minimum(ends, n - cut) - np.maximum(ends - counts, cut), 0)
    return (
        mean,
        sd,
        median,
        _MAD_TO_SD * _middle(np.abs(values - median), counts),
        float(kept @ values) / (n - 2 * cut),
        values[0],
        values[-1],
        skew[0],
        kurtosis[0],
        sd / np.sqrt(n),
        counts[values == lowest].sum() / n,
        counts[values == highest].sum() / n,
    )


def _middle(values: Floats, counts: Integers) -> float:
    """Median of values that occur so often."""
    order = np.argsort(values, kind="stable")
    ends, n = np.cumsum(counts[order]), int(counts.sum())
    both = np.searchsorted(ends, [(n - 1) // 2, n // 2], side="right")
    return float(values[order][both].mean())


def multivariate_normality(x: Floats) -> MultivariateNormality:
    """Test whether rows are multivariate normal.

    Parameters
    ----------
    x : (n, p) array
        Rows with a missing answer are left out.

    Returns
    -------
    MultivariateNormality

    Raises
    ------
    AnalysisError
        ``too_few_rows``; as ``correlations.inverted``.

    Notes
    -----
    Equals ``psych::mardia`` to 1e-8, which standardises with the divisor n - 1.

    References
    ----------
    Mardia (1970), doi:10.1093/biomet/57.3.519
    """
    x = x[~np.isnan(x).any(1)]
    n, p = x.shape
    if n <= p:
        message = f"There are {n} complete rows for {p} items. Collect more answers than there are items."
        raise AnalysisError("too_few_rows", message, rows=n, items=p)
    z = (x - x.mean(0)) / x.std(0, ddof=1)
    inverse = inverted(z.T @ z / (n - 1))
    white = z @ np.linalg.cholesky(inverse)
    third = np.zeros((p * p, p))
    for start in range(0, n, _BLOCK):
        block = white[start : start + _BLOCK]
        third += (block[:, :, None] * block[:, None, :]).reshape(len(block), -1).T @ block
    skewness = float((third**2).sum()) / n**2
    kurtosis = float(((white**2).sum(1) ** 2).mean())
    chi2, dof = n * skewness / 6, p * (p + 1) * (p + 2) / 6
    small = chi2 * (p + 1) * (n + 1) * (n + 3) / (n * ((n + 1) * (p + 1) - 6))
    z_value = (kurtosis - p * (p + 2)) * np.sqrt(n / (8 * p * (p + 2)))
    p_skew, p_kurtosis = float(stats.chi2.sf(chi2, dof)), float(2 * stats.norm.sf(abs(z_value)))
    return MultivariateNormality(n, skewness, chi2, small, p_skew, kurtosis, float(z_value), p_kurtosis)


def _require_answers(n: Integers) -> None:
    """Refuse an item with too few answers to be described."""
    if (n < FEWEST_ANSWERS).any():
        column = int(np.argmin(n))
        message = f"The item in column {column + 1} has {n[column]} answers, at least {FEWEST_ANSWERS} are needed."
        raise AnalysisError("too_few_rows", f"{message} Leave it out.", column=column, rows=int(n[column]))


def _shape(centred: Floats, n: Integers, moment_type: MomentType) -> tuple[Floats, Floats]:
    """Skewness and excess kurtosis of answers about their mean."""
    return _of_type(np.stack([np.nanmean(centred**power, axis=0) for power in (2, 3, 4)]), n, moment_type)


def _of_type(central: Floats, n: Integers, moment_type: MomentType) -> tuple[Floats, Floats]:
    """Skewness and excess kurtosis of a type from the second to fourth central moments (3, p)."""
    second, third, fourth = central
    second = np.where(second > 0, second, np.nan)
    skew, kurtosis = third / second**1.5, fourth / second**2 - 3
    if moment_type == 1:
        return skew, kurtosis
    if moment_type == 2:  # noqa: PLR2004  (the types are numbered)
        return skew * np.sqrt(n * (n - 1)) / (n - 2), ((n + 1) * kurtosis + 6) * (n - 1) / ((n - 2) * (n - 3))
    return skew * ((n - 1) / n) ** 1.5, (kurtosis + 3) * (1 - 1 / n) ** 2 - 3
