"""Measurement beside psych where the larger reference does not ask: promax, principal axes, mixed, omega, scores."""

import numpy as np
import pandas as pd
import pytest

from analysis.measurement import MeasurementPlan, measure
from tests.analysis.numeric.conftest import REFERENCE, Case

ITEMS = tuple(f"q{i:02d}" for i in range(1, 13))
QUICK = {"factors": 3, "draws": 100, "permutations": 20, "resamples": 0}
SIM4C = Case(REFERENCE / "sim4c")
R = SIM4C.results("measure")


@pytest.fixture(scope="module")
def answers():
    return pd.read_csv(SIM4C.folder / "data.csv")


def measured(answers, **choices):
    return measure(answers, MeasurementPlan(items=ITEMS, **(QUICK | choices)))


def order_of(ours, theirs):
    """Columns of ours that theirs are, and their directions."""
    agreement = ours.T @ theirs / np.outer(np.linalg.norm(ours, axis=0), np.linalg.norm(theirs, axis=0))
    order = np.abs(agreement).argmax(0)
    return order, np.sign(agreement[order, np.arange(len(order))])


@pytest.mark.parametrize(
    ("choices", "key", "tolerance"),
    [
        ({"rotation": "promax", "kaiser": True}, "promax", 1e-4),
        ({"method": "paf"}, "principal_axis", 1e-5),
    ],
)
def test_promax_after_kaiser_and_principal_axes_equal_psych(answers, choices, key, tolerance):
    found, theirs = measured(answers, **choices).efa, R[key]
    pattern, phi = (getattr(found, name).to_frame().to_numpy() for name in ("pattern", "phi"))
    order, signs = order_of(pattern, theirs["loadings"])
    np.testing.assert_allclose(pattern[:, order] * signs, theirs["loadings"], atol=tolerance)
    np.testing.assert_allclose(phi[np.ix_(order, order)] * np.outer(signs, signs), theirs["phi"], atol=tolerance)
    if key == "principal_axis":
        np.testing.assert_allclose([item.uniqueness for item in found.items], theirs["uniquenesses"], atol=1e-6)


def test_general_factor_equals_psych(answers):
    found = measured(answers).reliability.scales[0].omega_hierarchical
    assert found.hierarchical == pytest.approx(R["omega"]["omega_h"], abs=1e-4)
    assert found.total == pytest.approx(R["omega"]["omega_t"], abs=1e-4)
    theirs = R["omega"]["schmid"]
    ours = found.loadings.to_frame().to_numpy()
    np.testing.assert_allclose(ours[:, 0], theirs[:, 0], atol=1e-3)
    order, signs = order_of(ours[:, 1:], theirs[:, 1:4])
    np.testing.assert_allclose(ours[:, 1:][:, order] * signs, theirs[:, 1:4], atol=1e-3)


def test_mixed_correlations_equal_psych():
    columns = (*ITEMS[:6], "warm", "able")
    plan = MeasurementPlan(items=columns, matrix="mixed", **(QUICK | {"factors": 2}))
    found = measure(pd.read_csv(SIM4C.folder / "mixed.csv"), plan).correlations
    assert found.ordinal == columns[:6]
    r = found.to_frame().to_numpy()
    np.testing.assert_allclose(r[:6, 6:], R["mixed"]["polyserial"], atol=1e-9)
    np.testing.assert_allclose(r, R["mixed"]["rho"], atol=5e-5)


@pytest.mark.parametrize("method", ["regression", "bartlett", "tenberge"])
def test_weights_of_scores_and_scores_equal_psych(answers, method):
    found = measured(answers, method="ml", rows=True)
    ours = next(one for one in found.scores if one.method == method)
    theirs, weights = R["scores"][method], ours.weights.to_frame().to_numpy()
    order, signs = order_of(weights, theirs["weights"])
    np.testing.assert_allclose(weights[:, order] * signs, theirs["weights"], atol=1e-3)
    np.testing.assert_allclose(np.array(ours.rows)[:20, order] * signs, theirs["first"], atol=1e-3)
    between = ours.correlations.to_frame().to_numpy()[np.ix_(order, order)] * np.outer(signs, signs)
    np.testing.assert_allclose(between, theirs["r_scores"], atol=1e-3)


def test_scores_of_keyed_items_equal_psych(answers):
    ours = measured(answers, method="ml", rows=True).scores[3]
    keys = ours.weights.to_frame().to_numpy()
    order, signs = order_of(keys, R["unit"]["keys"])
    np.testing.assert_array_equal(keys[:, order] * signs, R["unit"]["keys"])
    np.testing.assert_allclose(np.array(ours.rows)[:20, order] * signs, R["unit"]["first"], atol=1e-9)
