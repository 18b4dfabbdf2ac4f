"""Two analyses side by side: what was put in differently comes out, and archetypes find their counterparts."""

from dataclasses import replace

import pytest

from analysis.findings import Membership
from analysis.run_comparison import compare_runs
from tests.survey_app.small_findings import small_findings

SWAPPED = {"a1": "b2", "a2": "b3", "a3": "b1"}


def other_run(found, *, memberships=(), plan=None):
    """The same archetypes under other keys and in another order."""
    groups = found.archetypes
    kinds = [replace(kind, key=SWAPPED[kind.key]) for kind in groups.archetypes]
    again = replace(groups, archetypes=tuple(sorted(kinds, key=lambda kind: kind.key)), memberships=tuple(memberships))
    manifest = replace(found.manifest, plan=plan or found.manifest.plan, data_sha256="b" * 64)
    brands = tuple(
        replace(brand, portfolio=tuple(replace(share, key=SWAPPED[share.key]) for share in brand.portfolio))
        for brand in found.brands
    )
    return replace(found, archetypes=again, manifest=manifest, brands=brands)


def pairs(compared):
    return {
        (one.first.key if one.first else None, one.second.key if one.second else None) for one in compared.archetypes
    }


def test_an_analysis_differs_in_nothing_from_itself():
    compared = compare_runs(small_findings(), small_findings())

    assert compared.same_data
    assert (compared.plan, compared.manifest) == ((), ())
    assert compared.agreement == pytest.approx(1)
    assert [one.congruence for one in compared.factors] == pytest.approx([1, 1, 1])
    assert [(one.first, one.second) for one in compared.factors] == [(0, 0), (1, 1), (2, 2)]


def test_what_was_chosen_otherwise_is_named_with_both_values():
    plan = {"seed": 20261, "k_min": 3, "k_max": 5, "value": None, "alpha": 0.1}

    compared = compare_runs(small_findings(), other_run(small_findings(), plan=plan))

    assert {(one.key, one.first, one.second) for one in compared.plan} == {
        ("k_min", 2, 3),
        ("exclude_flags", 2, None),
        ("alpha", None, 0.1),
    }
    assert [one.key for one in compared.manifest] == ["data_sha256"]


def test_without_ratings_in_both_archetypes_are_matched_by_their_scales():
    compared = compare_runs(small_findings(), other_run(small_findings()))

    assert compared.matched_by == "scales"
    assert pairs(compared) == set(SWAPPED.items())
    assert {one.likeness for one in compared.archetypes} == {1.0}
    aurora = compared.brands[0]
    assert [(one.first, one.second) for one in aurora.shares] == [(one.first, one.first) for one in aurora.shares]


def test_ratings_in_both_match_archetypes_whatever_their_scales():
    found = small_findings()
    rated = [(f"p{i}", "aurora", ("a1", "a2", "a3")[i % 3]) for i in range(30)]
    crossed = {"a1": "b1", "a2": "b2", "a3": "b3"}  # the scales say otherwise
    before = tuple(Membership(person, brand, kind, 0.5, (0.0,)) for person, brand, kind in rated)
    after = [Membership(person, brand, crossed[kind], 0.5, (0.0,)) for person, brand, kind in rated]
    first = replace(found, archetypes=replace(found.archetypes, memberships=before))

    compared = compare_runs(first, other_run(found, memberships=after))

    assert (compared.matched_by, compared.shared_ratings) == ("ratings", 30)
    assert compared.agreement == pytest.approx(1)
    assert pairs(compared) == set(crossed.items())


def test_an_archetype_too_many_has_no_counterpart():
    found = small_findings()
    fewer = replace(found.archetypes, archetypes=found.archetypes.archetypes[:2], memberships=())

    compared = compare_runs(found, replace(found, archetypes=fewer))

    assert pairs(compared) == {("a1", "a1"), ("a2", "a2"), ("a3", None)}


@pytest.mark.parametrize("missing", ["archetypes", "factors"])
def test_what_one_analysis_lacks_is_matched_with_nothing(missing):
    bare = replace(small_findings(), **{missing: None})

    for compared in (compare_runs(small_findings(), bare), compare_runs(bare, small_findings())):
        assert compared.agreement is None or missing == "factors"
        assert all(one.second is None for one in compared.factors) or missing == "archetypes"
        assert missing == "factors" or {one.likeness for one in compared.archetypes} == {None}
