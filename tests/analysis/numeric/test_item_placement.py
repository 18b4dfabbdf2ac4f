import numpy as np
import pytest

from analysis.numeric.item_placement import ItemPlacement


def test_items_stand_on_their_largest_loading_whatever_its_sign():
    placed = ItemPlacement.of(np.array([[0.2, -0.7, 0.1], [0.5, 0.5, 0.0], [0.0, 0.0, 0.0]]))
    assert placed.primary.tolist() == [1, 0, 0]
    assert placed.loading.tolist() == [-0.7, 0.5, 0.0]
    assert placed.second.tolist() == [0.2, 0.5, 0.0]
    assert placed.gap == pytest.approx([0.5, 0.0, 0.0])
    # one factor: 1; two equal ones: 2; none: not known
    assert placed.complexity == pytest.approx([0.54**2 / (0.7**4 + 0.2**4 + 0.1**4), 2.0, np.nan], nan_ok=True)


def test_a_single_factor_has_no_second():
    placed = ItemPlacement.of(np.array([[0.6], [-0.3]]))
    assert np.isnan(placed.second).all()
    assert placed.gap == pytest.approx([0.6, 0.3])
    assert placed.complexity == pytest.approx([1.0, 1.0])
