"""The second engine: the package factor-analyzer, met with its known faults; beside ours, or instead of it."""

from __future__ import annotations

import importlib
import inspect
import warnings
from dataclasses import dataclass
from types import ModuleType

import numpy as np
from sklearn.utils import check_array

from analysis.errors import AnalysisError
from analysis.numeric.arrangement import Arrangement
from analysis.numeric.arrays import Floats

_ENGINE = "factor_analyzer.factor_analyzer"
# Its names of our rotations. Its varimax, and promax after it, stop early unless they are told to go on.
_ROTATIONS = {
    "none": None,
    "varimax": "varimax",
    "promax": "promax",
    "oblimin": "oblimin",
    "quartimin": "quartimin",
    "geomin": "geomin_obl",
}
_IMPATIENT = ("varimax", "promax")
_PATIENCE = {"max_iter": 5000, "tol": 1e-9}


@dataclass(frozen=True, eq=False)
class SecondSolution:
    """factor-analyzer's loadings (p, k), factor correlations (k, k) and uniquenesses (p,), in step with each other."""

    pattern: Floats
    phi: Floats
    uniquenesses: Floats


@dataclass(frozen=True, eq=False)
class SecondAdequacy:
    """factor-analyzer's sampling adequacy, of all items and of each (p,), and Bartlett's test."""

    kmo: float
    items: Floats
    chi2: float
    p_value: float


def factor_analyzer_agreement(
    correlation: Floats,
    pattern: Floats,
    *,
    communalities: Floats,
    kmo: float,
    extraction: str = "minres",
    rotation: str = "oblimin",
) -> dict[str, float]:
    """Greatest absolute differences between our solution and factor-analyzer's.

    Parameters
    ----------
    correlation : (p, p) array
        What both engines factor.
    pattern : (p, k) array
        Our rotated loadings.
    communalities : (p,) array
        Ours.
    kmo : float
        Ours.
    extraction, rotation : str
        As ``second_solution``.

    Returns
    -------
    dict of str to float
        ``loadings``, ``communalities``, ``kmo``; empty when the package is not installed.

    Raises
    ------
    AnalysisError
        As ``second_solution``, which it asks only where the package is installed.
    """
    engine = mended_engine()
    if engine is None:
        return {}
    second = second_solution(correlation, pattern.shape[1], extraction=extraction, rotation=rotation)
    matched = Arrangement.towards(second.pattern, pattern)
    loadings, phi = matched.columns(second.pattern), matched.square(second.phi)
    shared = ((loadings @ phi) * loadings).sum(1)
    return {
        "loadings": float(np.abs(loadings - pattern).max()),
        "communalities": float(np.abs(shared - communalities).max()),
        "kmo": abs(_adequacy(engine, correlation)[0] - kmo),
    }


def second_solution(
    correlation: Floats, k: int, *, extraction: str = "minres", rotation: str = "oblimin"
) -> SecondSolution:
    """Extract and rotate by factor-analyzer.

    Parameters
    ----------
    correlation : (p, p) array
    k : int
    extraction : {"minres", "ml"}
    rotation : {"none", "varimax", "promax", "oblimin", "quartimin", "geomin"}

    Returns
    -------
    SecondSolution

    Raises
    ------
    AnalysisError
        ``engine_absent`` where the package is not installed.

    Notes
    -----
    Release 0.5.1 sorts the loadings by variance after rotation but leaves the factor correlations in the
    order before. They are sorted here in the same way.
    """
    name = _ROTATIONS[rotation] if k > 1 else None
    analyzer = _required_engine().FactorAnalyzer(
        n_factors=k,
        method=extraction,
        rotation=name,
        rotation_kwargs=dict(_PATIENCE) if rotation in _IMPATIENT else {},
        is_corr_matrix=True,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own notes on SciPy's options
        analyzer.fit(correlation)
    pattern = np.asarray(analyzer.loadings_)
    oblique = getattr(analyzer, "structure_", None) is not None
    # its structure matrix is sorted with the loadings, and structure = pattern @ phi
    phi = np.asarray(np.linalg.lstsq(pattern, analyzer.structure_)[0]) if oblique else np.eye(k)
    return SecondSolution(pattern, phi, 1 - ((pattern @ phi) * pattern).sum(1))


def second_adequacy(correlation: Floats, n: int) -> SecondAdequacy:
    """Compute sampling adequacy and Bartlett's test by factor-analyzer.

    Parameters
    ----------
    correlation : (p, p) array
        Positive definite.
    n : int
        Number of independent rows, more than p.

    Returns
    -------
    SecondAdequacy

    Raises
    ------
    AnalysisError
        ``engine_absent`` where the package is not installed.
    """
    engine = _required_engine()
    kmo, items = _adequacy(engine, correlation)
    # the test takes answers: n rows with exactly these correlations
    waves = np.cos(np.outer(np.arange(n) + 0.5, np.arange(1, len(correlation) + 1)) * np.pi / n)
    chi2, p_value = engine.calculate_bartlett_sphericity(waves @ _root(correlation))
    return SecondAdequacy(kmo, items, float(chi2), float(p_value))


def _adequacy(engine: ModuleType, correlation: Floats) -> tuple[float, Floats]:
    """KMO of all items and of each by factor-analyzer, which takes answers: rows with exactly these correlations.

    It gives up exact inversion when the determinant of the covariances is small, which says nothing about
    correlations; answers ten times as large have a large one.
    """
    root = 10 * _root(correlation)
    items, overall = engine.calculate_kmo(np.concatenate([root, -root]))
    return float(overall), np.asarray(items)


def _root(correlation: Floats) -> Floats:
    """Symmetric root of a positive definite matrix."""
    values, vectors = np.linalg.eigh(correlation)
    return np.asarray((vectors * np.sqrt(values)) @ vectors.T)


def _required_engine() -> ModuleType:
    """Give the package's module, or refuse in words."""
    engine = mended_engine()
    if engine is None:
        message = "The plan asks for the engine factor-analyzer, which is not installed. Install it, or take 'ours'."
        raise AnalysisError("engine_absent", message)
    return engine


def mended_engine() -> ModuleType | None:
    """Give the package's module, mended; None when it is not installed.

    Release 0.5.1 calls scikit-learn's ``check_array(force_all_finite=...)``; since scikit-learn 1.8 the
    argument is called ``ensure_all_finite``. The name is replaced in that package's module, not in scikit-learn.

    Returns
    -------
    module or None
    """
    try:
        engine = importlib.import_module(_ENGINE)
    except ImportError:
        return None
    if "force_all_finite" not in inspect.signature(check_array).parameters:
        engine.check_array = _translated_check  # type: ignore[attr-defined]
    return engine


def _translated_check(array: Floats, *, force_all_finite: bool | str = True, **choices: object) -> Floats:
    """scikit-learn's ``check_array`` under the argument's old name."""
    return np.asarray(check_array(array, ensure_all_finite=force_all_finite, **choices))
