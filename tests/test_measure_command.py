"""The verb `measure`: R's numbers in its JSON, the JSON against the printed schema, and bad input told by name."""

import importlib.util
import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from survey_app.cli import main
from tests.analysis.numeric.conftest import REFERENCE, as_arrays

QUICK = ("--draws", 200, "--resamples", 0)
ITEMS = [f"q{i:02d}" for i in range(1, 13)]
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int,
         "number": int | float}  # fmt: skip


def run(*arguments):
    return CliRunner().invoke(main, ["measure", *(str(argument) for argument in arguments)])


def measured(*arguments, code=0):
    result = run(*arguments, *QUICK, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def schema():
    return json.loads(run("--schema").stdout)


@pytest.fixture(scope="module")
def sim4c():
    return REFERENCE / "sim4c" / "data.csv"


@pytest.fixture
def oracle(shared):
    """Results from R on data that are not ours to pass on."""

    def read(case, family):
        return as_arrays(json.loads((shared / "oracle" / case / f"{family}.json").read_text()))

    return read


def misfits(value, schema, whole, place="$"):
    """Where a value breaks a JSON Schema, for the keywords that ours uses."""
    if "$ref" in schema:
        return misfits(value, whole["$defs"][schema["$ref"].rpartition("/")[2]], whole, place)
    if "anyOf" in schema:
        tried = [misfits(value, choice, whole, place) for choice in schema["anyOf"]]
        return [] if [] in tried else [f"{place}: none of the choices", *tried[0]]
    allowed = schema.get("enum", [schema["const"]] if "const" in schema else [value])
    kind = schema.get("type")
    is_flag = isinstance(value, bool) and kind in {"number", "integer"}
    if value not in allowed or is_flag or not isinstance(value, TYPES.get(kind, object)):
        return [f"{place}: {value!r} is no {kind} of {allowed}"]
    parts = {"array": _misfits_of_array, "object": _misfits_of_object}.get(kind)
    return parts(value, schema, whole, place) if parts else []


def _misfits_of_array(value, schema, whole, place):
    own = schema.get("prefixItems") or [schema.get("items", {})] * len(value)
    return [told for i, (item, rule) in enumerate(zip(value, own, strict=True))
            for told in misfits(item, rule, whole, f"{place}[{i}]")]  # fmt: skip


def _misfits_of_object(value, schema, whole, place):
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    told = [f"{place}: {name} is missing" for name in schema.get("required", []) if name not in value]
    for name, item in value.items():
        if name not in known and others is False:
            told.append(f"{place}: {name} is not in the schema")
        elif isinstance(rule := known.get(name, others), dict):
            told += misfits(item, rule, whole, f"{place}.{name}")
    return told


@pytest.fixture
def model(tmp_path):
    """A model file."""

    def write(text):
        path = tmp_path / "model.yaml"
        path.write_text(text)
        return path

    return write


THREE = """
factors:
  f1: [q01, q02, q03, q04]
  f2: [q05, q06, q07, q08]
  f3: [q09, q10, q11, q12]
"""
HOLZINGER = """
factors:
  visual: [x1, x2, x3]
  textual: [x4, x5, x6]
  speed: [x7, x8, x9]
"""


@pytest.mark.parametrize(
    "choices",
    [
        ["--factors", 3, "--model", "MODEL", "--group", "country", "--rows"],
        ["--factors", 3, "--matrix", "polychoric", "--ordered", "--model", "MODEL"],
        ["--matrix", "spearman", "--method", "paf", "--rotation", "none"],
        ["--factors", 9],
    ],
)
def test_the_output_is_what_the_printed_schema_says(sim4c, schema, model, choices):
    arguments = [model(THREE) if choice == "MODEL" else choice for choice in choices]
    result = run(sim4c, "--items", "q01:q12", *arguments, *QUICK, "--json")
    assert result.exit_code in (0, 1)
    found = json.loads(result.stdout)
    assert misfits(found, schema, schema) == []
    assert result.exit_code == any(remark["refused"] for remark in found["remarks"])


def test_the_schema_describes_every_section_and_finds_what_is_wrong(sim4c, schema):
    assert all(definition.get("description") or "enum" in definition for definition in schema["$defs"].values())
    found = measured(sim4c, "--items", "q01:q04")
    assert misfits({**found, "rows": 3}, schema, schema)
    assert misfits({**found, "more": 3}, schema, schema)
    assert misfits({name: part for name, part in found.items() if name != "efa"}, schema, schema)


def test_a_run_of_columns_is_the_same_as_their_names(sim4c):
    one, other = (measured(sim4c, "--items", items) for items in ("q01:q12", ",".join(ITEMS)))
    assert one == other


def matrix(section):
    """A labelled matrix as a frame."""
    return pd.DataFrame(section["values"], index=section["rows"], columns=section["columns"])


def matched(ours, theirs):
    """Columns of ours in the order and direction of theirs."""
    agreement = ours.T @ theirs
    order = np.abs(agreement).argmax(0)
    return ours[:, order] * np.sign(agreement[order, np.arange(len(order))])


@pytest.mark.parametrize("missing", ["listwise", "pairwise"])
def test_factors_of_personality_items_equal_r(shared, oracle, missing):
    data = shared / "oracle" / "bfi25" / "data.csv"
    found = measured(data, "--items", "A1:O5", "--factors", 5, "--missing", missing)
    correlations, efa = oracle("bfi25", f"factorability_{missing}"), oracle("bfi25", f"efa_{missing}")
    np.testing.assert_allclose(matrix(found["correlations"]["values"]), correlations["R"], atol=1e-9)
    assert found["adequacy"]["kmo"] == pytest.approx(correlations["kmo_overall"], abs=1e-9)
    assert found["adequacy"]["bartlett_chi2"] == pytest.approx(correlations["bartlett"]["chisq"], rel=1e-9)
    theirs = efa["minres_k5"]["tight"]
    expected = theirs["oblimin_gam0"]["loadings"]
    np.testing.assert_allclose(matched(matrix(found["efa"]["pattern"]).to_numpy(), expected), expected, atol=1e-5)
    assert found["efa"]["fit"]["rmsea"] == pytest.approx(theirs["fit"]["rmsea"], abs=1e-6)


def test_polychoric_correlations_of_personality_items_equal_r(shared, oracle):
    data = shared / "oracle" / "bfi25" / "data.csv"
    theirs = oracle("bfi25", "polychoric_pairwise_10items")
    found = measured(data, "--items", "A1:C5", "--matrix", "polychoric", "--factors", 2)
    np.testing.assert_allclose(matrix(found["correlations"]["values"]), theirs["tight_two_step"]["R"], atol=1e-7)
    corrected = measured(data, "--items", "A1:C5", "--matrix", "polychoric", "--correction", 0.5, "--factors", 2)
    psych = theirs["psych"]["correct0.5_globalFALSE"]["rho"]
    np.testing.assert_allclose(matrix(corrected["correlations"]["values"]), psych, atol=5e-5)


CONFIRMED = [
    ("hs1939", "data.csv", "x1:x9", HOLZINGER, "ML", ("cfa", "ML")),
    ("hs1939", "data.csv", "x1:x9", HOLZINGER, "MLR", ("cfa", "MLR")),
    ("hs1939", "data_missing.csv", "x1:x9", HOLZINGER, "FIML", ("cfa_missing", "FIML_ML")),
    ("hs1939", "data_missing.csv", "x1:x9", HOLZINGER, "FIML_MLR", ("cfa_missing", "FIML_MLR")),
    ("hs1939", "data.csv", "x1:x9", HOLZINGER + "second_order: {g: [visual, textual, speed]}\n", "ML",
     ("cfa_second_order",)),
    ("hs1939", "data.csv", "x1:x9", HOLZINGER + "bifactor: g\n", "ML", ("cfa_bifactor",)),
]  # fmt: skip


@pytest.mark.parametrize("case", CONFIRMED, ids=lambda case: "-".join(case[5]))
def test_confirmatory_models_equal_lavaan(shared, model, case):
    folder, file, items, text, estimator, way = case
    theirs = json.loads((shared / "oracle" / folder / f"{way[0]}.json").read_text())
    for step in way[1:]:
        theirs = theirs[step]
    path = model(f"{text}estimator: {estimator}\n")
    found = measured(shared / "oracle" / folder / file, "--items", items, "--factors", 3, "--model", path)["cfa"]
    ours = {(p["left"], p["op"], p["right"]): p for p in found["parameters"]}
    table = theirs["parameters"]
    rows = zip(*(table[name] for name in ("lhs", "op", "rhs", "est", "se", "std.all")), strict=True)
    for lhs, op, rhs, estimate, error, standard in rows:
        parameter = ours.get((lhs, op, rhs)) or ours.get((rhs, op, lhs))
        if parameter is None:
            assert error in (0, None)
            continue
        assert parameter["estimate"] == pytest.approx(estimate, abs=1e-3 if "FIML" in estimator else 1e-4)
        assert (parameter["error"] or 0) == pytest.approx(error, rel=5e-3 if "FIML" in estimator else 1e-3)
        if op == "=~":
            assert parameter["std_all"] == pytest.approx(standard, abs=1e-4)
    fit = theirs["fit"]
    assert found["fit"]["standard"]["chi2"] == pytest.approx(fit["chisq"], rel=1e-6)
    assert found["fit"]["standard"]["dof"] == fit["df"]
    assert found["fit"]["standard"]["cfi"] == pytest.approx(fit["cfi"], abs=1e-5)
    assert found["fit"]["srmr"] == pytest.approx(fit["srmr"], abs=1e-5)
    assert found["fit"]["bic"] == pytest.approx(fit["bic"], abs=1e-3)
    if "MLR" in estimator:
        assert found["fit"]["robust"]["rmsea"] == pytest.approx(fit["rmsea.robust"], rel=1e-3)
        assert found["fit"]["scaling"] == pytest.approx(fit["chisq.scaling.factor"], rel=1e-3)


def test_invariance_of_schools_equals_lavaan(shared, model):
    theirs = json.loads((shared / "oracle" / "hs1939" / "invariance_school.json").read_text())["ML"]
    data = shared / "oracle" / "hs1939" / "data.csv"
    arguments = ("--items", "x1:x9", "--factors", 3, "--group", "school", "--model", model(HOLZINGER))
    found = measured(data, *arguments)["invariance"]
    assert list(found["groups"]) == theirs["configural"]["group_labels"]
    for step in found["steps"]:
        assert step["fit"]["standard"]["chi2"] == pytest.approx(theirs[step["level"]]["fit"]["chisq"], rel=1e-6)
    assert found["reached"] == "metric"


def table(tmp_path, frame, name="answers.csv"):
    path = tmp_path / name
    frame.to_csv(path, index=False)
    return path


def simulated(n=120, items=6):
    """Simulated five-point answers of one factor."""
    rng = np.random.default_rng(1)
    x = np.clip(np.rint(3 + rng.normal(size=(n, 1)) + rng.normal(size=(n, items))), 1, 5)
    return pd.DataFrame(x, columns=[f"a{i + 1}" for i in range(items)]).astype(object)


def halves():
    frame = simulated()
    frame.loc[:59, "a1"] = -95
    frame.loc[60:, "a2"] = ""
    return frame


MODEL = "factors: {f: [a1, a2, a3], g: [a4, a5, a6]}\n"
EVERY_SECTION = {
    "plain": [],
    "polychoric": ["--matrix", "polychoric"],
    "mixed, unrotated principal axes": ["--matrix", "mixed", "--method", "paf", "--rotation", "none"],
    "spearman, listwise": ["--matrix", "spearman", "--missing", "listwise"],
    "likelihood of all answers": ["--missing", "em", "--method", "ml", "--rotation", "geomin"],
    "robust model, groups, persons, brands": [
        "--model",
        "MLR",
        "--group",
        "half",
        "--person",
        "who",
        "--brand",
        "half",
    ],
    "incomplete model": ["--model", "FIML", "--group", "half"],
    "ordinal model": ["--model", "ML", "--ordered", "--group", "half"],
    "weights": ["--weight", "w", "--model", "ML"],
    "blocks": ["--chunks", "--model", "ML"],
    "3 factors": ["--factors", 3, "--rows", "--smooth"],
}


def spoilt(kind):
    """Simulated answers that cannot carry every statistic."""
    frame = {"few": simulated(5), "group of 5": simulated(125), "4 items": simulated(items=4)}.get(kind, simulated())
    changed = {
        "constant": {"a2": 4},
        "collinear": {"a2": frame["a1"]},
        "sum": {"a4": frame["a1"] + frame["a2"]},
        "all missing": {"a3": ""},
        "fractional": {"a3": frame["a3"] + 0.5},
    }
    frame = halves() if kind == "pair" else frame.assign(**changed.get(kind, {}))
    n = len(frame)
    half = np.where(np.arange(n) % 2, "u", "v") if kind != "group of 5" else np.where(np.arange(n) < 5, "few", "many")
    return frame.assign(half=half, who=np.arange(n) // 2, w=1 + np.arange(n) % 3)


@pytest.mark.slow
@pytest.mark.parametrize("choices", EVERY_SECTION)
@pytest.mark.parametrize(
    "kind",
    ["constant", "collinear", "sum", "few", "pair", "all missing", "fractional", "group of 5", "4 items"],
)
def test_no_section_breaks_or_is_silent_on_bad_input(tmp_path, kind, choices):
    """Warnings are errors here; every section that is absent though it was asked for has a remark with a code."""
    frame = spoilt(kind)
    items = [name for name in frame.columns if name.startswith("a")]
    options = list(EVERY_SECTION[choices])
    if "--model" in options:
        at = options.index("--model") + 1
        text = MODEL.replace(", g: [a4, a5, a6]", "") if kind == "4 items" else MODEL
        (tmp_path / "model.yaml").write_text(f"{text}estimator: {options[at]}\n")
        options[at] = tmp_path / "model.yaml"
    result = run(
        table(tmp_path, frame), "--items", ",".join(items), *options, "--draws", 100, "--resamples", 2,
        "--starts", 2, "--json",
    )  # fmt: skip
    assert result.exit_code in (0, 1), result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    if not result.stdout:  # nothing can be said: a sentence instead
        assert "rows are left" in result.stderr
        return
    found = json.loads(result.stdout)
    told = {remark["section"].partition(".")[0] for remark in found["remarks"]}
    told |= {"normality", "carelessness"} if found["rows"]["in_blocks"] else set()
    asked = {"items", "normality", "correlations", "adequacy", "retention", "efa", "scores", "reliability",
             "carelessness"}  # fmt: skip
    asked |= {"cfa"} if "--model" in options else set()
    asked |= {"invariance"} if "--group" in options else set()
    assert {section for section in asked if found[section] is None} <= told
    assert all(remark["code"] and remark["message"] for remark in found["remarks"])
    for scale in (found["reliability"] or {"scales": []})["scales"]:
        parts = {part for part in ("guttman", "omega", "ordinal") if scale[part] is None}
        named = [remark["section"] for remark in found["remarks"]]
        assert all(any(name.startswith(f"reliability.{scale['scale']}.{part}") for name in named) for part in parts)


def test_blocks_of_a_file_tell_what_the_file_tells(sim4c, schema):
    whole, blocks = (measured(sim4c, "--items", "q01:q12", "--factors", 3, *way) for way in ([], ["--chunks"]))
    assert misfits(blocks, schema, schema) == []
    for one, other in zip(blocks["items"]["items"], whole["items"]["items"], strict=True):
        assert one == {
            name: pytest.approx(value) if isinstance(value, float) else value for name, value in other.items()
        }
    assert blocks["adequacy"]["kmo"] == pytest.approx(whole["adequacy"]["kmo"])
    np.testing.assert_allclose(matrix(blocks["efa"]["pattern"]), matrix(whole["efa"]["pattern"]), atol=1e-9)
    assert blocks["carelessness"] is None


def test_large_files_are_read_in_blocks_by_themselves(sim4c, monkeypatch):
    monkeypatch.setattr("survey_app.commands.measuring.LARGE_FILE", 1000)
    assert measured(sim4c, "--items", "q01:q12", "--factors", 3)["rows"]["in_blocks"]
    assert not measured(sim4c, "--items", "q01:q12", "--factors", 3, "--no-chunks")["rows"]["in_blocks"]


def test_files_that_options_name_are_read(sim4c, tmp_path, schema):
    target, population = tmp_path / "target.csv", tmp_path / "population.yaml"
    rows = [f"{item},,0,0" if i < 4 else f"{item},0,,0" if i < 8 else f"{item},0,0," for i, item in enumerate(ITEMS)]
    target.write_text("item,first,second,third\n" + "\n".join(rows) + "\n")
    population.write_text(
        "margins:\n  - columns: [country]\n    shares: {AA: 0.25, BB: 0.25, CC: 0.25, DD: 0.25}\ncaps: [0.2, 5]\n"
    )
    arguments = ("--target", target, "--population", population, "--instructed", "q12=3", "--blocks", 4)
    found = measured(sim4c, "--items", "q01:q12", *arguments)
    assert misfits(found, schema, schema) == []
    assert found["efa"]["factors"] == ["first", "second", "third"]
    assert found["efa"]["rotation"] == "target"
    assert found["weighting"]["met"]
    assert [share["after"] for share in found["weighting"]["categories"]] == pytest.approx([0.25] * 4)
    assert found["carelessness"]["instructed"][0]["column"] == "q12"
    assert len(found["carelessness"]["blocks"]) == 4


@pytest.mark.parametrize(
    ("option", "content", "words"),
    [
        ("--target", "item,f\na1,x\n", "column f holds text"),
        ("--target", "item,f\na1,0\n", "stand in one of target and items only"),
        ("--population", "margins: [{columns: [w], shares: {a: 0.4}}]\n", "add up to 0.4"),
        ("--population", "margins: [{columns: [w], shares: {b: 1}}]\n", "has no share for 'a'"),
        ("--instructed", None, "as check1=3"),
    ],
)
def test_files_and_lists_that_make_no_sense_are_told(tmp_path, option, content, words):
    path = tmp_path / "file.yaml"
    path.write_text(content or "")
    frame = table(tmp_path, simulated().assign(w="a"))
    result = run(frame, "--items", "a1:a6", option, path if content else "check1", *QUICK)
    assert result.exit_code in (1, 2)
    assert words in result.stderr


BAD = {
    "constant item": (simulated().assign(a2=4), [], "constant_item", "a2"),
    "collinear items": (simulated().assign(a2=lambda x: x["a1"]), [], "collinear_items", "a2"),
    "fewer rows than items": (simulated(5), [], "too_few_rows", "more rows than items"),
    "all-missing pair": (halves(), [], "pair_never_observed", "a1"),
    "non-integer ordinal codes": (simulated().assign(a3=simulated()["a3"] + 0.5), ["--matrix", "polychoric"],
                                  "fractional_code", "a3"),
    "a group with 5 rows": (simulated().assign(g=["few"] * 5 + ["many", "more"] * 57 + ["more"]), ["--group", "g"],
                            "group_too_small", "'few' has 5 usable rows"),
    "3 factors of 4 items": (simulated(items=4), ["--factors", 3], "too_many_factors", "4 items"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_told_by_name(tmp_path, schema, name):
    frame, choices, code, words = BAD[name]
    items = ",".join(column for column in frame.columns if column.startswith("a"))
    result = run(table(tmp_path, frame), "--items", items, *choices, *QUICK, "--json")
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    found = json.loads(result.stdout)
    assert misfits(found, schema, schema) == []
    told = [remark["message"] for remark in found["remarks"] if remark["code"] == code and remark["refused"]]
    assert any(words in message for message in told), found["remarks"]
    assert code in result.stderr
    assert found["items"]["items"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--items", "a1,a22"], 1, "did you mean"),
        (["--items", "a1,a2", "--range", "5"], 2, "as 1,5"),
        (["--items", "a1"], 2, "--items"),
        ([], 2, "Name the data file and its items"),
        (["--items", "a3:a1"], 2, "Turn them round"),
        (["--items", "a1:a6", "--weight", "w"], 1, "not a number"),
        (["--items", "a1:a6", "--factors", "0"], 2, "--factors"),
    ],
)
def test_what_cannot_be_started_ends_with_a_sentence(tmp_path, arguments, code, words):
    result = run(table(tmp_path, simulated().assign(w="much")), *arguments)
    assert result.exit_code == code
    assert words in result.stderr
    assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("factors: {f: [a1, a2, a3], f2: [a4]}\nestimator: PLS\n", "model.yaml:2"),
        ("factors: {f: [a1, a2, a3]}\n\nresiduals: [[a1, a4]]\n", "model.yaml:3"),
        ("factors: {a1: [a1, a2, a3]}\n", "stands for two things"),
        ("factors: {f: [a1, a2, a3]}\nsecond_order: {g: [h]}\n", "h is not part of the model"),
        ("factor: {f: [a1]}\n", "factors"),
        ("factors: {f: [a1, b2]}\n", "b2"),
        ("- f\n", "mapping"),
    ],
)
def test_a_wrong_model_file_is_told_with_its_line(tmp_path, model, text, words):
    result = run(table(tmp_path, simulated()), "--items", "a1:a6", "--model", model(text))
    assert result.exit_code == 1
    assert words in result.stderr


def test_a_parquet_file_says_what_it_needs(tmp_path):
    path = tmp_path / "answers.parquet"
    path.write_bytes(b"PAR1")
    result = run(path, "--items", "a1,a2")
    assert result.exit_code == 1
    assert ("pyarrow" if importlib.util.find_spec("pyarrow") is None else "Parquet") in result.stderr


def test_people_are_told_the_main_figures(tmp_path):
    result = run(table(tmp_path, simulated()), "--items", "a1:a6", *QUICK)
    assert result.exit_code == 0
    assert "120 of 120 rows" in result.stdout
    assert "Number of factors" in result.stdout


def test_missing_codes_are_no_answers(tmp_path):
    frame = simulated()
    frame.loc[:9, "a1"] = [-99, -98, -97, -96, -95, -94, -93, "", "NA", "."]
    found = measured(table(tmp_path, frame), "--items", "a1:a6")
    assert found["items"]["items"][0]["missing"] == 10
    assert found["items"]["items"][0]["low"] >= 1
