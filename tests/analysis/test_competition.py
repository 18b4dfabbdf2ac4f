"""The role of each brand follows from its share of all relationships."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from analysis.competition import find_competitors
from analysis.findings import Comparison, Estimate
from analysis.numeric.resampling import PersonResamples
from analysis.plan import AnalysisPlan
from tests.analysis.simulated import Simulation

PLAN = AnalysisPlan()


@pytest.fixture(scope="module")
def dataset():
    """Three brands; the weights make relationships out of balance."""
    found = Simulation(seed=3, persons=300, brands=3).dataset()
    brand = found.ratings["brand"].to_numpy(dtype=str)
    weights = np.ones(len(brand))
    for key, part in zip(found.measures.brands, (0.55, 0.35, 0.1), strict=True):
        weights[brand == key] = part / (brand == key).sum()
    return dataclasses.replace(found, ratings=found.ratings.assign(weight=weights))


def brands(dataset, *, liked=(), suppressed=()):
    primary = next(o.key for o in dataset.measures.outcomes if o.primary)
    estimate = Estimate(1.0, 0.5, 1.5, 100)
    return [
        SimpleNamespace(
            key=key,
            suppressed=key in suppressed,
            outcomes=(Comparison(primary, estimate, estimate, estimate, 0.01, differs=key in liked),),
        )
        for key in dataset.measures.brands
    ]


def found(dataset, told):
    resamples = PersonResamples.drawn(dataset.n_raters, 100, rng=np.random.default_rng(1))
    return find_competitors(dataset, told, plan=PLAN, resamples=resamples)


def test_shares_are_those_of_the_weights_and_add_up(dataset):
    competitors, caveats = found(dataset, brands(dataset))
    assert [c.share.value for c in competitors] == pytest.approx([0.55, 0.35, 0.1])
    assert all(c.share.low < c.share.value < c.share.high for c in competitors)
    assert [caveat.code for caveat in caveats] == ["roles_from_sample"]


def test_half_of_the_leaders_share_makes_a_challenger_and_being_liked_a_niche(dataset):
    third = list(dataset.measures.brands)[2]
    assert [c.role for c in found(dataset, brands(dataset))[0]] == ["leader", "challenger", "follower"]
    assert [c.role for c in found(dataset, brands(dataset, liked=(third,)))[0]] == ["leader", "challenger", "niche"]


def test_without_weights_or_with_too_few_brands_there_are_no_roles(dataset):
    level = dataclasses.replace(dataset, ratings=dataset.ratings.assign(weight=1.0))
    assert found(level, brands(level)) == ((), ())
    first = next(iter(dataset.measures.brands))
    assert found(dataset, brands(dataset, suppressed=(first,))) == ((), ())
