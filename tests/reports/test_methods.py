"""What the methods section says of the scales as they were made, and across groups."""

import dataclasses

import pandas as pd
import pytest

from analysis.findings import (
    Confirmation,
    ConfirmedLoading,
    ConfirmedModel,
    Discrimination,
    Estimate,
    Invariance,
    ModelFit,
    MoreClasses,
    Release,
    Retention,
)
from analysis.measurement.plan import Margin, PopulationMargins
from analysis.measurement.raking import describe_weights, raked
from reports import compose_brand_report, compose_study_report
from reports.content import Paragraph, Table

FIT = ModelFit(219.4, 224.0, 0.57, 0.981, 0.972, 0.041, 0.032, 0.05, 0.028, None, None)
MODEL = ConfirmedModel(
    estimator="FIML_MLR",
    errors="clustered by person",
    n_persons=350,
    n_ratings=700,
    scales=("warm", "cold"),
    fit=FIT,
    loadings=(
        ConfirmedLoading("warm_1", "warm", Estimate(0.61, 0.5, 0.7, 700), 0.37),
        ConfirmedLoading("cold_1", "cold", Estimate(0.88, 0.8, 0.9, 700), 0.77),
    ),
    correlations=((1.0, -0.4), (-0.4, 1.0)),
    modification=(),
    improper=(),
)
RELEASED = Release("warm_1", "~1", "", "de", 31.0, 0.0, -0.004)


def invariance(**others):
    fields = {
        "by": "country",
        "estimator": "FIML_MLR",
        "groups": {"cn": 400, "de": 300},
        "left_out": {},
        "levels": (),
        "reached": "metric",
        "failed": "scalar",
        "verdict": "",
        "partial_holds": True,
        "released": (RELEASED,),
        "repeated": (),
        "aligned": (),
    }
    return Invariance(**(fields | others))


@pytest.fixture(params=["en", "zh"])
def language(request):
    return request.param


def methods(findings, language, catalogue):
    report = compose_brand_report(findings, findings.brands[0].key, language, catalogue)
    (section,) = [section for section in report.sections if section.key == "methods"]
    return str(section.blocks)


def test_fit_and_verdicts_are_told(full, catalogue, language):
    apart = Discrimination(("warm", "cold"), ((1.0, 0.71), (0.71, 1.0)), 0.5, 0.9, 0.4)
    compared = (invariance(), invariance(by="brand", groups={"aurora": 300}, reached="strict", released=()))
    findings = dataclasses.replace(full, confirmation=Confirmation(MODEL, compared), discrimination=apart)
    said = methods(findings, language, catalogue)
    assert all(number in said for number in (".981", ".041", ".61", ".88", ".71"))
    expected = {
        "en": ("cn 400", "means cannot", "once 1 single", "Aurora 300", "sums of answers can"),
        "zh": ("cn 400", "不能比较均值", "允许1个", "晨光 300", "可以比较总分"),
    }
    assert all(part in said for part in expected[language])


def test_what_was_not_confirmed_is_not_mentioned(full, catalogue, language):
    heading = {"en": "The scales as they were made", "zh": "按设计检验量表"}[language]
    assert heading not in methods(full, language, catalogue)
    empty = dataclasses.replace(full, confirmation=Confirmation(None, ()))
    assert heading not in methods(empty, language, catalogue)


@pytest.mark.parametrize(
    "reached", ["configural", "scalar", "means", "thresholds", "loadings", "intercepts", "uniquenesses"]
)
def test_every_level_has_a_verdict(full, catalogue, language, reached):
    findings = dataclasses.replace(full, confirmation=Confirmation(None, (invariance(reached=reached),)))
    assert "cn 400" in methods(findings, language, catalogue)


def test_every_choice_and_criterion_has_its_name(full, catalogue, language):
    names = (
        "parallel_permutation",
        "parallel_permutation_reduced",
        "parallel_normal_reduced",
        "empirical_kaiser",
        "hull",
        "kaiser",
    )
    retention = tuple(Retention(name, 3) for name in (*names, "parallel_normal_mean"))
    for extraction, rotation in (("ml", "geomin"), ("paf", "promax"), ("minres", "target"), ("ml", "varimax")):
        factors = dataclasses.replace(
            full.factors, extraction=extraction, rotation=rotation, retention=retention, matrix="polychoric"
        )
        said = methods(dataclasses.replace(full, factors=factors), language, catalogue)
        assert rotation in said or language == "zh"
        assert {"en": "Polychoric", "zh": "多分格"}[language] in said


def test_likelihood_ratio_tests_are_told_where_they_were_made(full, catalogue):
    tests = (MoreClasses(4, 31.2, 0.005, 199, 350), MoreClasses(5, 9.1, 0.412, 24, 350))
    archetypes = dataclasses.replace(full.archetypes, likelihood_ratios=tests)
    found = dataclasses.replace(full, archetypes=archetypes)
    expected = {"en": "4 groups against 3", "zh": "4组对3组", "de": "4 Gruppen gegen 3", "es": "4 grupos frente a 3"}
    for language, said in expected.items():
        assert said in methods(found, language, catalogue)
        assert said not in methods(full, language, catalogue)
    assert ".412" in methods(found, "en", catalogue)


@pytest.fixture(scope="module")
def raked_weights():
    margins = (
        Margin(columns=("country",), shares={"de": 0.5, "cn": 0.5}),
        Margin(columns=("age",), shares={"18-39": 0.45, "40+": 0.55}),
    )
    persons = pd.DataFrame({"country": ["de", "de", "cn", "de"] * 10, "age": ["18-39", "40+", "40+", "40+"] * 10})
    made = raked(persons, PopulationMargins(margins=margins, caps=(0.5, 1.8)), None)
    return describe_weights(made.found.weights, made, rows=False)


def test_a_weighted_sample_tells_what_it_was_weighted_to(full, catalogue, raked_weights):
    found = dataclasses.replace(full, weighting=raked_weights)
    said = {
        "en": "shares of country and age",
        "zh": "使样本在国家和age上",
        "de": "nach Land und age",
        "es": "por país y age",
    }
    for language, part in said.items():
        assert part in methods(found, language, catalogue)
        assert part not in methods(full, language, catalogue)
    assert "With a weight at its cap: 20 persons." in methods(found, "en", catalogue)


def test_a_study_report_shows_the_shares_of_every_category(full, catalogue, raked_weights):
    found = dataclasses.replace(full, weighting=raked_weights)
    sample = compose_study_report(found, "de", catalogue).sections[0]
    (table,) = [block for block in sample.blocks if "Grundgesamtheit" in str(getattr(block, "columns", ""))]
    cells = [row.cells for row in table.rows]
    assert [cell[0] for cell in cells] == ["Land: Deutschland", "Land: China", "age: 18-39", "age: 40+"]
    assert [cell[1] for cell in cells] == ["30", "10", "10", "30"]
    assert [(cell[2], cell[3]) for cell in cells[:2]] == [("50\xa0%", "75\xa0%"), ("50\xa0%", "25\xa0%")]


def captions(report):
    """The captions of a report's tables."""
    blocks = [block for section in report.sections for block in section.blocks]
    return {block.caption for block in blocks if isinstance(block, Table)}


def named_elsewhere(findings, catalogue):
    """The tables that the brand report's appendix says are in the study report."""
    appendix = compose_brand_report(findings, findings.brands[0].key, "en", catalogue).sections[-1]
    said = [block.text for block in appendix.blocks if isinstance(block, Paragraph)]
    start = "More tables in the study report: "
    return [name for text in said if text.startswith(start) for name in text[len(start) : -1].split("; ")]


def test_the_appendix_names_the_tables_that_only_the_study_report_has(full, catalogue, raked_weights):
    unstructured = dataclasses.replace(full.archetypes, structure="none")
    for findings, number in (
        (dataclasses.replace(full, weighting=raked_weights), 5),
        (dataclasses.replace(full, archetypes=unstructured), 3),
        (dataclasses.replace(full, factors=None, archetypes=None), 1),
        (
            dataclasses.replace(full, factors=None, archetypes=None, sample=dataclasses.replace(full.sample, flags=())),
            0,
        ),
    ):
        named = named_elsewhere(findings, catalogue)
        assert len(named) == number
        assert set(named) <= captions(compose_study_report(findings, "en", catalogue))
        appendix = compose_brand_report(findings, findings.brands[0].key, "en", catalogue)
        assert not set(named) & captions(appendix)
