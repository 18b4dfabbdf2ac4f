"""Whether correlations can be factored and how many factors they hold; it gives numbers and decides nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.linalg import LinAlgError
from numpy.typing import NDArray
from scipy import stats
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.special import ndtr

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.contingency import Contingency
from analysis.numeric.correlations import inverted, log_determinant, squared_multiple_correlations
from analysis.numeric.moments import Moments
from analysis.numeric.polychoric import Polychoric, polychoric

Spectrum = Literal["components", "reduced"]
Matrix = Literal["pearson", "polychoric"]

# Draws are made in blocks of this many so that memory does not grow with their number.
BLOCK = 250


@dataclass(frozen=True, eq=False)
class SamplingAdequacy:
    """Kaiser-Meyer-Olkin measure of all items (``overall``) and of each (``items``, (p,)); 0 to 1."""

    overall: float
    items: Floats


@dataclass(frozen=True)
class Sphericity:
    """Bartlett's test that no item correlates with any other."""

    chi2: float
    dof: int
    p_value: float


@dataclass(frozen=True, eq=False)
class ParallelAnalysis:
    """Observed eigenvalues beside those of unrelated items.

    ``observed``, ``mean``, ``sd`` and ``quantile`` are (p,), largest eigenvalue first; ``level`` is the
    quantile's level; ``suggested`` counts the eigenvalues above the quantile before the first that is not,
    ``suggested_by_mean`` those above the mean. ``share_fixed`` is the share of answers that no permutation
    could move (0 when the null was drawn from its distribution).
    """

    observed: Floats
    mean: Floats
    sd: Floats
    quantile: Floats
    level: float
    draws: int
    suggested: int
    suggested_by_mean: int
    share_fixed: float


@dataclass(frozen=True, eq=False)
class MinimumAveragePartial:
    """Velicer's averages after 0, 1, 2 … components are partialled out, and where each is smallest.

    ``squared`` and ``fourth`` hold the mean squared and mean fourth-power partial correlation, NaN from the
    number of components on that leaves an item without variance.
    """

    squared: Floats
    fourth: Floats
    suggested: int
    suggested_fourth: int


def sampling_adequacy(correlation: Floats) -> SamplingAdequacy:
    """Compare correlations with partial correlations.

    Parameters
    ----------
    correlation : (p, p) array
        Positive definite.

    Returns
    -------
    SamplingAdequacy

    Raises
    ------
    AnalysisError
        As ``correlations.inverted``.

    Notes
    -----
    Equals ``psych::KMO`` to 1e-9.

    References
    ----------
    Kaiser & Rice (1974), doi:10.1177/001316447403400115
    """
    inverse = inverted(correlation)
    scale = np.sqrt(np.diag(inverse))
    partial = inverse / np.outer(scale, scale)
    off_diagonal = 1 - np.eye(len(correlation))
    r2, q2 = correlation**2 * off_diagonal, partial**2 * off_diagonal
    return SamplingAdequacy(float(r2.sum() / (r2.sum() + q2.sum())), r2.sum(0) / (r2.sum(0) + q2.sum(0)))


def sphericity(correlation: Floats, n: float) -> Sphericity:
    """Test that the items are uncorrelated.

    Parameters
    ----------
    correlation : (p, p) array
        Positive definite.
    n : float
        Number of independent rows. Ratings nested in persons are not independent: the p-value is then too small.

    Returns
    -------
    Sphericity

    Raises
    ------
    AnalysisError
        ``collinear_items``, ``not_positive_definite``.

    Notes
    -----
    Equals ``psych::cortest.bartlett`` to 1e-9.

    References
    ----------
    Bartlett (1951), doi:10.1093/biomet/38.3-4.337
    """
    p = len(correlation)
    chi2 = -log_determinant(correlation) * (n - 1 - (2 * p + 5) / 6)
    dof = p * (p - 1) // 2
    return Sphericity(chi2, dof, float(stats.chi2.sf(chi2, dof)))


def retained(observed: Floats, reference: Floats) -> int:
    """Count the eigenvalues above their reference, stopping at the first that is not.

    Parameters
    ----------
    observed, reference : (p,) arrays
        In the same order, largest first.

    Returns
    -------
    int
        0 to p.
    """
    failures = np.flatnonzero(~(observed > reference))
    return int(failures[0]) if failures.size else len(observed)


def parallel_analysis(
    correlation: Floats,
    n: int,
    *,
    rng: np.random.Generator,
    draws: int = 1000,
    spectrum: Spectrum = "components",
    level: float = 0.95,
) -> ParallelAnalysis:
    """Horn's parallel analysis, its null drawn from the distribution of the correlations themselves.

    The scatter matrix of n rows of unrelated normal items is Wishart; its Bartlett decomposition is drawn
    directly, so the cost does not depend on n.

    Parameters
    ----------
    correlation : (p, p) array
        Positive definite when ``spectrum`` is "reduced".
    n : int
        Number of independent rows, more than p.
    rng : numpy Generator
    draws : int
        Matrices drawn.
    spectrum : {"components", "reduced"}
        Eigenvalues of the matrix itself, or with squared multiple correlations on its diagonal. The reduced
        matrix is known to suggest too many factors.
    level : float
        Level of the quantile, between 0 and 1.

    Returns
    -------
    ParallelAnalysis

    Raises
    ------
    AnalysisError
        ``too_few_rows``; for the reduced spectrum also as ``correlations.inverted``.

    Notes
    -----
    Same distribution as ``psych::fa.parallel(sim = TRUE, fa = "pc")``: means agree within Monte-Carlo error.

    References
    ----------
    Horn (1965), doi:10.1007/BF02289447; Smith & Hocking (1972), doi:10.2307/2346290
    """
    p = len(correlation)
    if n <= p:
        message = f"There are {n} rows for {p} items. Collect more answers than there are items, or drop items."
        raise AnalysisError("too_few_rows", message, rows=n, items=p)
    null = np.concatenate([_eigenvalues(block, spectrum) for block in _null_correlations(p, n, draws, rng)])
    return _compared(_observed(correlation, spectrum), null, level, share_fixed=0.0)


def parallel_analysis_by_permutation(
    x: Floats,
    person: Integers,
    *,
    rng: np.random.Generator,
    draws: int = 200,
    spectrum: Spectrum = "components",
    level: float = 0.95,
    matrix: Matrix = "pearson",
    weights: Floats | None = None,
) -> ParallelAnalysis:
    """Parallel analysis against the data's own answers, each item's answers exchanged between persons.

    A person's answers to an item move together, in their order, to a person with as many rows and with the
    same of them missing: the dependence between one person's ratings, every item's distribution and the
    pattern of missing answers stay as they are, only the relation between items is broken.

    Parameters
    ----------
    x : (n, p) array
        One row per rating, NaN where an answer is missing.
    person : (n,) array of int
        Whose rating the row is.
    rng : numpy Generator
    draws : int
        Permuted tables made.
    spectrum : {"components", "reduced"}
        As ``parallel_analysis``.
    level : float
        Level of the quantile, between 0 and 1.
    matrix : {"pearson", "polychoric"}
        Which correlations are compared; polychoric ones need whole numbers in ``x``.
    weights : (n,) array, optional
        Not negative. They stay with the rows while answers move, so the null is as uncertain as the weighted
        correlations are; its items have the distributions they have without weights.

    Returns
    -------
    ParallelAnalysis
        ``share_fixed`` near 0 says that nearly every answer had a person to move to.

    Raises
    ------
    AnalysisError
        As ``Moments.correlation`` or ``polychoric``; for the reduced spectrum also as ``correlations.inverted``.

    Notes
    -----
    ``psych::fa.parallel`` permutes rows one by one; with one rating per person the quantiles agree with
    ``parallel_analysis`` within Monte-Carlo error.

    References
    ----------
    Buja & Eyuboglu (1992), doi:10.1207/s15327906mbr2704_2; Lubbe (2019), doi:10.1037/met0000171
    """
    correlate = _CORRELATE[matrix]
    observed = _observed(correlate(x, weights), spectrum)
    blocks = PersonBlocks.of(x, person)
    weights = None if weights is None else weights[blocks.order]
    permuted = (correlate(blocks.permuted(rng), weights) for _ in range(draws))
    null = np.concatenate([_eigenvalues(r[None], spectrum) for r in permuted])
    return _compared(observed, null, level, blocks.share_fixed)


def parallel_analysis_of_categories(
    found: Polychoric,
    n: int,
    *,
    rng: np.random.Generator,
    draws: int = 200,
    spectrum: Spectrum = "components",
    level: float = 0.95,
) -> ParallelAnalysis:
    """Parallel analysis of polychoric correlations against unrelated normal variables cut at the items' thresholds.

    Polychoric correlations of few or skewed categories vary more than Pearson correlations of as many rows: each
    draw is cut into the items' categories and correlated as the items were.

    Parameters
    ----------
    found : Polychoric
        Correlations and thresholds of the items.
    n : int
        Number of independent rows.
    rng : numpy Generator
    draws : int
        Tables drawn.
    spectrum : {"components", "reduced"}
        As ``parallel_analysis``.
    level : float
        Level of the quantile, between 0 and 1.

    Returns
    -------
    ParallelAnalysis

    Raises
    ------
    AnalysisError
        As ``polychoric``; for the reduced spectrum also as ``correlations.inverted``.

    Notes
    -----
    ``psych::fa.parallel(cor = "poly")`` compares with normal items. Checked by simulation: skewed categories
    need larger eigenvalues.

    References
    ----------
    Lubbe (2019), doi:10.1037/met0000171
    """
    observed = _observed(found.correlation, spectrum)
    drawn = (_polychoric(_categories(found.thresholds, n, rng)) for _ in range(draws))
    null = np.concatenate([_eigenvalues(r[None], spectrum) for r in drawn])
    return _compared(observed, null, level, share_fixed=0.0)


@dataclass(frozen=True, eq=False)
class EmpiricalKaiser:
    """Eigenvalues beside those expected where all that remains is noise, (p,), and how many lie above."""

    observed: Floats
    reference: Floats
    suggested: int


def empirical_kaiser(correlation: Floats, n: float) -> EmpiricalKaiser:
    """Empirical Kaiser criterion: the largest eigenvalue noise is expected to have, given the larger ones.

    Parameters
    ----------
    correlation : (p, p) array
    n : float
        Number of independent rows.

    Returns
    -------
    EmpiricalKaiser

    Notes
    -----
    The reference values of ``EFAtools::EKC`` by its formula, to 1e-9.

    References
    ----------
    Braeken & van Assen (2017), doi:10.1037/met0000074
    """
    p = len(correlation)
    observed = np.asarray(np.linalg.eigvalsh(correlation)[::-1], dtype=np.float64)
    remaining = p - np.concatenate([[0.0], np.cumsum(observed)[:-1]])
    reference = np.maximum((1 + np.sqrt(p / n)) ** 2 * remaining / (p - np.arange(p)), 1.0)
    return EmpiricalKaiser(observed, reference, retained(observed, reference))


def minimum_average_partial(correlation: Floats) -> MinimumAveragePartial:
    """Velicer's test: how many components leave the least common variance behind.

    Parameters
    ----------
    correlation : (p, p) array
        At least three items.

    Returns
    -------
    MinimumAveragePartial
        Averages for 0 to p - 2 components.

    Notes
    -----
    ``squared`` equals ``map`` of ``psych::vss`` to 1e-9.

    References
    ----------
    Velicer (1976), doi:10.1007/BF02293557; Velicer, Eaton & Fava (2000), doi:10.1007/978-1-4615-4397-8_3
    """
    p = len(correlation)
    values, vectors = np.linalg.eigh(correlation)
    components = (vectors * np.sqrt(np.maximum(values, 0)))[:, ::-1]
    below = np.tril_indices(p, -1)
    averages = np.full((p - 1, 2), np.nan)
    for k in range(p - 1):
        partial = correlation - components[:, :k] @ components[:, :k].T
        variance = np.diag(partial)
        if (variance <= 0).any():
            break
        off = (partial / np.sqrt(np.outer(variance, variance)))[below]
        averages[k] = np.mean(off**2), np.mean(off**4)
    suggested = np.nanargmin(averages, axis=0)
    return MinimumAveragePartial(averages[:, 0], averages[:, 1], int(suggested[0]), int(suggested[1]))


def _pearson(x: Floats, weights: Floats | None = None) -> Floats:
    """Pearson correlations of a table."""
    return Moments.of(x, weights).correlation()


def _polychoric(x: NDArray[Any], weights: Floats | None = None) -> Floats:
    """Polychoric correlations of a table."""
    return polychoric(Contingency.of(x, weights)).correlation


def _categories(thresholds: tuple[Floats, ...], n: int, rng: np.random.Generator) -> NDArray[np.int8]:
    """Draw unrelated normal variables cut at thresholds, as shares of a uniform draw: codes from 0, (n, p)."""
    uniform = rng.random((len(thresholds), n), dtype=np.float32)
    cuts = (ndtr(cut).astype(np.float32) for cut in thresholds)
    codes = [np.searchsorted(below, draw).astype(np.int8) for below, draw in zip(cuts, uniform, strict=True)]
    return np.stack(codes, axis=1)


_CORRELATE = {"pearson": _pearson, "polychoric": _polychoric}


def _null_correlations(p: int, n: int, draws: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Draw correlation matrices of n rows of p unrelated normal items, in blocks (b, p, p)."""
    below, on = np.tril_indices(p, -1), np.arange(p)
    for start in range(0, draws, BLOCK):
        size = min(BLOCK, draws - start)
        root = np.zeros((size, p, p))
        root[:, below[0], below[1]] = rng.standard_normal((size, below[0].size))
        root[:, on, on] = np.sqrt(rng.chisquare(n - 1 - on, (size, p)))
        root /= np.linalg.norm(root, axis=2, keepdims=True)
        yield root @ root.transpose(0, 2, 1)


def _eigenvalues(correlations: Floats, spectrum: Spectrum) -> Floats:
    """Eigenvalues of a stack of matrices (b, p, p), largest first."""
    if spectrum == "reduced":
        on = np.arange(correlations.shape[1])
        explained = 1 - 1 / np.stack([_inverse_diagonal(correlation) for correlation in correlations])
        correlations = correlations.copy()
        correlations[:, on, on] = explained
    return np.asarray(np.linalg.eigvalsh(correlations)[:, ::-1])


def _inverse_diagonal(correlation: Floats) -> Floats:
    """Diagonal of the inverse, by way of the Cholesky root: half the work of a general inverse."""
    root, singular = dpotrf(correlation)
    if singular:
        raise LinAlgError("a correlation matrix is singular")
    return np.asarray(dpotri(root)[0].diagonal())


def _observed(correlation: Floats, spectrum: Spectrum) -> Floats:
    """Eigenvalues of the observed matrix; refused by name where the reduced one cannot be had."""
    if spectrum == "reduced":
        squared_multiple_correlations(correlation)
    return np.asarray(_eigenvalues(correlation[None], spectrum)[0])


def _compared(observed: Floats, null: Floats, level: float, share_fixed: float) -> ParallelAnalysis:
    """Set the observed eigenvalues beside those drawn under the null, (draws, p)."""
    mean, quantile = null.mean(0), np.quantile(null, level, axis=0)
    return ParallelAnalysis(
        observed,
        mean,
        null.std(0, ddof=1),
        quantile,
        level,
        len(null),
        retained(observed, quantile),
        retained(observed, mean),
        share_fixed,
    )


@dataclass(frozen=True, eq=False)
class PersonBlocks:
    """Ratings gathered by person, and which persons may exchange their answers to which item.

    ``x`` (n, p) is sorted by person, ``order`` (n,) the rows' old places; ``first`` (persons,) is a person's
    first row; ``position`` (n,) a row's place within its person and ``owner`` (n,) its person; ``stratum``
    (persons, p) numbers, per item, the persons with as many rows and the same of them missing.
    """

    x: Floats
    order: Integers
    first: Integers
    position: Integers
    owner: Integers
    stratum: Integers

    @classmethod
    def of(cls, x: Floats, person: Integers) -> Self:
        """Gather the rows of each person, in their order.

        Parameters
        ----------
        x : (n, p) array
            NaN where missing.
        person : (n,) array of int

        Returns
        -------
        PersonBlocks
        """
        _, owner, sizes = np.unique(person, return_inverse=True, return_counts=True)
        order = np.argsort(owner, kind="stable")
        x, owner = np.asarray(x, dtype=float)[order], owner[order]
        first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        position = np.arange(len(x)) - first[owner]
        answered = np.full((len(sizes), sizes.max(), x.shape[1]), 2, dtype=np.int8)
        answered[owner, position] = ~np.isnan(x)
        alike = [np.unique(answered[:, :, j], axis=0, return_inverse=True)[1] for j in range(x.shape[1])]
        return cls(x, order, first, position, owner, np.stack(alike, axis=1).reshape(len(sizes), -1))

    @property
    def share_fixed(self) -> float:
        """Share of answers whose person has nobody to exchange with."""
        alone = [np.bincount(column)[column] == 1 for column in self.stratum.T]
        answered = ~np.isnan(self.x)
        return float((np.stack(alone, axis=1)[self.owner] & answered).sum() / answered.sum())

    def permuted(self, rng: np.random.Generator) -> Floats:
        """Exchange each item's answers between the persons of a stratum, items independently of each other.

        Parameters
        ----------
        rng : numpy Generator

        Returns
        -------
        (n, p) array
        """
        places = np.argsort(self.stratum, axis=0, kind="stable")
        shuffled = np.argsort(self.stratum + rng.random(self.stratum.shape), axis=0)
        source = np.empty_like(places)
        np.put_along_axis(source, places, shuffled, axis=0)
        rows = self.first[source[self.owner]] + self.position[:, None]
        return np.take_along_axis(self.x, rows, axis=0)
