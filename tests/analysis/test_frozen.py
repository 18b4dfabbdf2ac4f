"""A study's scoring and archetypes come out of its file as they went in, and refuse other questionnaires."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.frozen import FrozenModel
from analysis.saving import dump_findings, load_findings


@pytest.fixture(scope="module")
def model(findings):
    return FrozenModel.of(load_findings(dump_findings(findings)))


def kept(dataset, findings):
    """The ratings that were analysed."""
    analysed = {(m.person, m.brand) for m in findings.archetypes.memberships}
    rated = zip(dataset.ratings["person"], dataset.ratings["brand"], strict=True)
    return dataset.keeping(np.array([rating in analysed for rating in rated]))


def test_the_frozen_model_scores_the_studys_own_ratings_to_twelve_digits(model, findings, dataset):
    analysed = kept(dataset, findings)
    scores = model.solution.scored(model.items_of(analysed))
    assert scores == pytest.approx(np.array([m.scores for m in findings.archetypes.memberships]), abs=1e-12)
    chances = model.chances(scores)
    assert chances == pytest.approx(np.array([m.probabilities for m in findings.archetypes.memberships]), abs=1e-9)
    own = [f"A{number + 1}" for number in chances.argmax(1)]
    assert own == [m.archetype for m in findings.archetypes.memberships]


def test_levels_of_items_are_those_of_the_answers(model, findings, dataset):
    analysed = kept(dataset, findings)
    for i, item in enumerate(model.scoring.items):
        answers, there = analysed.items[:, i], ~np.isnan(analysed.items[:, i])
        mean = np.average(answers[there], weights=analysed.weights[there])
        assert item.mean.value == pytest.approx(mean)
        assert item.spread.value == pytest.approx(
            np.sqrt(np.average((answers[there] - mean) ** 2, weights=analysed.weights[there]))
        )
        assert item.mean.n == there.sum()


def test_an_item_that_is_not_asked_again_is_missing_and_no_more(model, dataset):
    scales = list(dataset.measures.scales)
    scales[0] = dataclasses.replace(scales[0], columns=scales[0].columns[:1])
    fewer = dataclasses.replace(dataset, measures=dataclasses.replace(dataset.measures, scales=tuple(scales)))
    items = model.items_of(fewer)
    assert np.isnan(items[:, 1:3]).all()
    assert not np.isnan(model.solution.scored(items)).any()


def test_the_distance_from_the_nearest_archetype_is_nothing_at_its_centre(model):
    assert model.distances(model.mixture.means) == pytest.approx(0, abs=1e-9)
    assert (model.distances(model.mixture.means + 10) > 5).all()


@pytest.mark.parametrize(
    ("scales", "code"),
    [
        (lambda scales: scales[:3], "other_items"),
        (lambda scales: tuple(dataclasses.replace(s, high=5) for s in scales), "other_range"),
        (lambda scales: tuple(dataclasses.replace(s, reversed=frozenset()) for s in scales), "other_range"),
    ],
)
def test_another_questionnaire_is_refused_in_a_sentence(model, dataset, scales, code):
    measures = dataclasses.replace(dataset.measures, scales=scales(dataset.measures.scales))
    with pytest.raises(AnalysisError) as refusal:
        model.items_of(dataclasses.replace(dataset, measures=measures))
    assert refusal.value.code == code


def test_findings_without_a_frozen_model_say_what_to_do(findings):
    with pytest.raises(AnalysisError, match="Analyse the earlier wave again") as refusal:
        FrozenModel.of(dataclasses.replace(findings, scoring=None))
    assert refusal.value.code == "no_frozen_model"


def test_without_archetypes_there_are_scores_only(findings):
    none = dataclasses.replace(findings, archetypes=dataclasses.replace(findings.archetypes, structure="none"))
    assert FrozenModel.of(none).mixture is None
