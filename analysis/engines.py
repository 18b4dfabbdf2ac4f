"""The second engine: the package factor-analyzer, met with its known faults, and how far it agrees with ours."""

from __future__ import annotations

import importlib
import inspect
import warnings
from types import ModuleType

import numpy as np
from sklearn.utils import check_array

from analysis.numeric.arrangement import Arrangement
from analysis.numeric.arrays import Floats

_ENGINE = "factor_analyzer.factor_analyzer"


def factor_analyzer_agreement(
    correlation: Floats, pattern: Floats, *, communalities: Floats, kmo: float
) -> dict[str, float]:
    """Greatest absolute differences between our solution and factor-analyzer's minres and oblimin.

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

    Returns
    -------
    dict of str to float
        ``loadings``, ``communalities``, ``kmo``; empty when the package is not installed.
    """
    engine = mended_engine()
    if engine is None:
        return {}
    loadings, phi = second_solution(engine, correlation, pattern.shape[1])
    matched = Arrangement.towards(loadings, pattern)
    loadings, phi = matched.columns(loadings), matched.square(phi)
    shared = ((loadings @ phi) * loadings).sum(1)
    return {
        "loadings": float(np.abs(loadings - pattern).max()),
        "communalities": float(np.abs(shared - communalities).max()),
        "kmo": abs(_kmo(engine, correlation) - kmo),
    }


def second_solution(engine: ModuleType, correlation: Floats, k: int) -> tuple[Floats, Floats]:
    """Loadings (p, k) and factor correlations (k, k) of factor-analyzer, in step with each other.

    Parameters
    ----------
    engine : module
        ``factor_analyzer.factor_analyzer``.
    correlation : (p, p) array
    k : int

    Returns
    -------
    pattern, phi : arrays

    Notes
    -----
    Release 0.5.1 sorts the loadings by variance after rotation but leaves the factor correlations in the
    order before. They are sorted here in the same way.
    """
    rotation = "oblimin" if k > 1 else None
    analyzer = engine.FactorAnalyzer(n_factors=k, method="minres", rotation=rotation, is_corr_matrix=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own notes on SciPy's options
        analyzer.fit(correlation)
    if k == 1:
        return np.asarray(analyzer.loadings_), np.eye(1)
    # its structure matrix is sorted with the loadings, and structure = pattern @ phi
    return np.asarray(analyzer.loadings_), np.asarray(np.linalg.lstsq(analyzer.loadings_, analyzer.structure_)[0])


def _kmo(engine: ModuleType, correlation: Floats) -> float:
    """KMO by factor-analyzer, which takes answers: rows with exactly these correlations.

    It gives up exact inversion when the determinant of the covariances is small, which says nothing about
    correlations; answers ten times as large have a large one.
    """
    values, vectors = np.linalg.eigh(correlation)
    root = 10 * (vectors * np.sqrt(values)) @ vectors.T
    return float(engine.calculate_kmo(np.concatenate([root, -root]))[1])


def mended_engine() -> ModuleType | None:
    """Give the package's module, mended; None when it is not installed.

    Release 0.5.1 calls scikit-learn's ``check_array(force_all_finite=...)``; since scikit-learn 1.8 the
    argument is called ``ensure_all_finite``. The name is replaced in that package's module, not in scikit-learn.
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
