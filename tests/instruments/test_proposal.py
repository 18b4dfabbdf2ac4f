"""A proposed study file passes the check and reads its answers; what was planted in a file is found in it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.answer_files import AnswerFileError, read_answers
from instruments.check import check_files
from instruments.proposal.writing import propose_study
from instruments.study_file import load_study

PERSONS = 240


def planted(seed=1):
    """Two scales with a reversed item, ratings of three brands by persons, an outcome, a weight, 99 for no answer."""
    rng = np.random.default_rng(seed)
    warm, strong = rng.normal(size=(2, PERSONS))

    def item(score, sign=1):
        return np.clip(np.rint(4 + 1.4 * sign * score + rng.normal(size=PERSONS)), 1, 7).astype(int)

    table = {
        "resp_id": [f"p{at // 2}" for at in range(PERSONS)],
        "marke": rng.choice(["Nord & Co", "Süd", "ost"], PERSONS),
        "warm_1": item(warm),
        "warm_2": item(warm),
        "warm_3": item(warm, -1),
        "strength1": item(strong),
        "strength2": item(strong),
        "strength3": item(strong),
        "sat": np.clip(np.rint(6 + 2 * warm + rng.normal(size=PERSONS)), 0, 10).astype(int),
        "gewicht": np.round(rng.uniform(0.5, 2, PERSONS), 3),
        "age": rng.integers(18, 80, PERSONS),
        "note": [f"free text {at}" for at in range(PERSONS)],
    }
    frame = pd.DataFrame(table)
    frame.loc[:1, ["warm_1", "strength2"]] = 99
    return frame


@pytest.fixture
def proposed(tmp_path):
    def propose(path):
        study_file = tmp_path / "proposed.yaml"
        proposal = propose_study(path)
        study_file.write_text(proposal.text, encoding="utf-8")
        assert check_files([study_file]) == []
        study = load_study(study_file)
        return study, read_answers(path, study).frame, proposal

    return propose


@pytest.mark.parametrize(
    ("separator", "decimal", "encoding"),
    [(",", ".", "utf-8"), (";", ",", "windows-1252"), ("\t", ".", "utf-8-sig")],
)
def test_what_was_planted_is_found(proposed, tmp_path, separator, decimal, encoding):
    path = tmp_path / "planted.csv"
    planted().to_csv(path, index=False, sep=separator, decimal=decimal, encoding=encoding)
    study, frame, proposal = proposed(path)
    data = study.file.data
    assert {key: scale.columns for key, scale in data.scales.items()} == {
        "warm": ("warm_1", "warm_2", "warm_3"),
        "strength": ("strength1", "strength2", "strength3"),
    }
    assert data.scales["warm"].reversed == ("warm_3",)
    assert [scale.range for scale in data.scales.values()] == [(1, 7), (1, 7)]
    assert (data.brand, data.person, data.weight) == ("marke", "resp_id", "gewicht")
    assert [brand.name["en"] for brand in study.file.brands] == ["Nord & Co", "Süd", "ost"]
    assert list(data.outcomes) == ["sat"]
    assert data.outcomes["sat"].range == (0, 10)
    assert data.missing == (99,)
    assert data.background == {"demographic": ("age",)}
    assert set(frame["marke"]) == {brand.key for brand in study.file.brands}
    assert frame["warm_1"][:2].tolist() == [-99, -99]
    assert "# ? warm: warm_3: against the others" in proposal.text
    assert "Columns not used: note" in proposal.text


def test_labels_of_an_spss_file_become_names_of_brands(proposed, tmp_path):
    path = tmp_path / "planted.sav"
    frame = planted().assign(marke=lambda table: table["marke"].map({"Nord & Co": 1, "Süd": 2, "ost": 3}))
    pyreadstat.write_sav(
        frame,
        str(path),
        column_labels={"warm_1": "I feel at ease with this brand"},
        variable_value_labels={"marke": {1: "Nord & Co", 2: "Süd", 3: "ost"}},
    )
    study, read, proposal = proposed(path)
    assert {brand.key: brand.name["en"] for brand in study.file.brands} == {"1": "Nord & Co", "2": "Süd", "3": "ost"}
    assert set(read["marke"]) == {"1", "2", "3"}
    assert "# warm_1: I feel at ease with this brand" in proposal.text


def test_words_become_numbers_where_they_can_be_told(proposed, tmp_path):
    rng, path = np.random.default_rng(3), tmp_path / "words.csv"
    words = ["Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree", "Don't know"]
    pd.DataFrame({f"q{at}": rng.choice(words, 200) for at in (1, 2, 3)}).to_csv(path, index=False)
    study, frame, _ = proposed(path)
    assert study.file.data.codes == dict(zip(words[:5], (1, 2, 3, 4, 5), strict=True))
    assert study.file.data.missing == ("Don't know",)
    assert set(frame["q1"]) == {1, 2, 3, 4, 5, -99}


def test_numbered_statements_about_a_brand_are_no_brands(proposed, tmp_path):
    path = tmp_path / "brandy.csv"
    rng = np.random.default_rng(4)
    pd.DataFrame({f"brand_love{at}": rng.integers(1, 6, 100) for at in (1, 2, 3)}).to_csv(path, index=False)
    study, _, _ = proposed(path)
    assert study.file.data.brand is None
    assert list(study.file.data.scales) == ["brand_love"]


def test_names_in_other_scripts_become_labels(proposed, tmp_path):
    rng, path = np.random.default_rng(5), tmp_path / "文件.csv"
    words = ["非常不同意", "不同意", "一般", "同意", "非常同意", "不知道"]
    table = {f"{stem}{at}": rng.choice(words, 100) for stem in ("信任", "亲近") for at in (1, 2, 3)}
    frame = pd.DataFrame({"品牌": rng.choice(["华为", "小米"], 100), "满意度": rng.integers(0, 11, 100)} | table)
    frame.to_csv(path, index=False, encoding="gb18030")
    study, read, _ = proposed(path)
    scales = study.file.data.scales
    assert [scale.label["en"] for scale in scales.values()] == ["信任", "亲近"]
    assert [brand.name["en"] for brand in study.file.brands] == ["华为", "小米"]
    assert set(read["品牌"]) == {brand.key for brand in study.file.brands}
    assert set(read["信任1"]) == {1, 2, 3, 4, 5, -99}


def test_a_file_without_columns_of_answers_is_said_to_have_none(tmp_path):
    path = tmp_path / "texts.csv"
    pd.DataFrame({"a": [f"text {at}" for at in range(30)]}).to_csv(path, index=False)
    proposal = propose_study(path)
    assert "name columns that measure something" in proposal.text
    assert any("no columns of answers" in doubt for doubt in proposal.doubts)


@given(st.binary(max_size=200))
def test_no_file_breaks_the_proposal(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "any.csv"
    path.write_bytes(content)
    try:
        assert propose_study(path).text.startswith("# Proposed from any.csv")
    except AnswerFileError as error:
        assert error.problems  # noqa: PT017 - both ends are good


@pytest.mark.parametrize(
    ("name", "scales"),
    [
        ("seminr_corp_rep_data2.csv", {"qual": 8, "perf": 5, "csor": 5, "attr": 3, "comp": 3, "like": 3}),
        ("psych_bfi.csv", {"a": 5, "c": 5, "e": 5, "n": 5, "o": 5}),
        ("plspm_satisfaction.csv", {"imag": 5, "expe": 5, "qual": 5, "val": 4}),
        ("sustainable_luxury_vn.csv", {"func": 5, "symb": 6, "fin": 4, "pi": 5}),
        ("csem_switching.csv", {"inv": 4}),
        ("mcdonalds_msa.csv", {}),
        ("flexclust_auto.csv", {}),
        ("bayesm_Scotch.csv", {}),
    ],
)
def test_files_of_real_surveys_can_be_read_with_what_is_proposed(shared, proposed, name, scales):
    study, _, _ = proposed(Path(shared) / "data" / name)
    found = {key: len(scale.columns) for key, scale in study.file.data.scales.items()}
    assert scales.items() <= found.items()


def test_reversed_items_of_a_well_known_inventory_are_found(shared, proposed):
    study, _, _ = proposed(Path(shared) / "data" / "psych_bfi.csv")
    against = {column for scale in study.file.data.scales.values() for column in scale.reversed}
    assert against == {"A1", "C4", "C5", "E1", "E2", "O2", "O5"}
