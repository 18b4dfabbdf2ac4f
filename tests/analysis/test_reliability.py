from itertools import combinations

import pytest

from analysis.numeric.reliability import alpha_interval
from analysis.reliability import assess_reliability


def test_intervals_count_persons_who_answered_two_items_together_once_each(dataset):
    # of three item sets everybody was shown two, so a third of the persons answered both of any two items
    for scale, found in zip(dataset.measures.scales, assess_reliability(dataset), strict=True):
        answered = dataset.ratings[list(scale.columns)].notna().groupby(dataset.ratings["person"]).any()
        together = min((answered[one] & answered[other]).sum() for one, other in combinations(scale.columns, 2))
        assert together == pytest.approx(dataset.n_raters / 3, rel=0.2)
        assert (found.alpha.low, found.alpha.high) == alpha_interval(found.alpha.value, int(together), 3)
        assert found.alpha.n == dataset.n_raters
