import ast
import inspect
import re
import string
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import analysis
import reports
from analysis import archetypes
from analysis.findings import Estimate
from reports.wording import LanguageMissingError, TextMissingError, Wording, languages, read_texts

EN, ZH, DE, ES = (Wording(language) for language in ("en", "zh", "de", "es"))
PACKAGE = Path(reports.__file__).parent


def fields_of(text):
    variants = text.values() if isinstance(text, dict) else [text]
    return {name for variant in variants for _, name, _, _ in string.Formatter().parse(variant) if name}


@pytest.mark.parametrize("language", languages())
def test_every_text_is_in_every_language_with_the_same_fields(language):
    reference, texts = read_texts("en"), read_texts(language)
    assert texts.keys() == reference.keys()
    assert {k: fields_of(v) for k, v in texts.items()} == {k: fields_of(v) for k, v in reference.items()}


@pytest.mark.parametrize("language", languages())
def test_plural_variants_are_those_the_language_needs(language):
    needed = {"other"} if language == "zh" else {"one", "other"}
    assert all(set(text) == needed for text in read_texts(language).values() if isinstance(text, dict))


def test_chinese_has_full_width_signs_and_no_spaces_between_chinese_characters():
    def chinese(char):
        return "一" <= char <= "鿿"

    for key, text in read_texts("zh").items():
        for variant in text.values() if isinstance(text, dict) else [text]:
            for before, sign, after in zip(variant, variant[1:], variant[2:] + " ", strict=False):
                if key.startswith("document.") and sign == " ":
                    continue
                assert not (sign in ",;:?!()" and (chinese(before) or chinese(after))), (key, variant)
                assert not (sign == " " and chinese(before) and chinese(after)), (key, variant)


def test_a_missing_text_has_an_error_of_its_own():
    with pytest.raises(TextMissingError, match=r"zh\.yaml has no text 'no\.such\.key'"):
        ZH.say("no.such.key")


def test_a_language_without_texts_has_an_error_of_its_own():
    with pytest.raises(LanguageMissingError, match=r"reports are written in en, zh, de, es"):
        Wording("fr").say("answer.title")


def test_numbers_are_worded_as_the_language_writes_them():
    assert EN.whole(1118) == "1,118"
    assert EN.count("number.relationships", 1) == "1 relationship"
    assert EN.count("number.relationships", 2) == "2 relationships"
    assert ZH.count("number.relationships", 1118) == "1,118段关系"
    assert EN.number(-0.004) == "0.00"
    assert EN.number(-0.006) == "−0.01"
    assert EN.signed(0.31) == "+0.31"
    assert EN.coefficient(0.7) == ".70"
    assert ZH.coefficient(0.7) == "0.70"
    assert EN.coefficient(1.0) == "1.00"
    assert EN.probability(0.0123) == "= .012"
    assert EN.probability(0.0001) == "< .001"
    assert ZH.probability(0.0001) == "< 0.001"
    assert DE.whole(1118) == "1.118"
    assert ES.whole(21118) == "21.118"
    assert DE.number(-1234.5, 1) == "−1.234,5"
    assert (DE.coefficient(0.7), ES.coefficient(0.7)) == ("0,70", "0,70")
    assert (DE.percent(0.29), ES.percent(0.004)) == ("29\u00a0%", "<1\u00a0%")
    assert DE.count("number.persons", 1) == "1 Person"
    assert ES.count("number.persons", 0) == ES.count("number.persons", 2).replace("2", "0") == "0 personas"
    assert ES.count("number.persons", 2_000_000) == "2.000.000 personas"
    assert EN.tiny(2e-7) == "< .000001"
    assert EN.tiny(0.031) == ".03"


def test_halves_are_rounded_up_whatever_their_binary_form():
    assert EN.percent(0.285) == "29%"
    assert EN.of_hundred(0.285) == "29"
    assert EN.number(2.675) == "2.68"


@given(st.floats(0, 1))
def test_something_is_never_worded_as_nothing_nor_almost_all_as_all(share):
    text = EN.percent(share)
    assert (text == "0%") == (share == 0)
    assert (text == "100%") == (share == 1)


@given(st.floats(-50, 50), st.floats(0.01, 50))
def test_an_axis_holds_what_is_drawn_on_it(low, spread):
    axis = EN.number_axis(low, low + spread)
    assert axis.low <= low + 1e-6
    assert low + spread <= axis.high + 1e-6
    assert [tick.at for tick in axis.ticks] == sorted({tick.at for tick in axis.ticks})
    assert len({tick.text for tick in axis.ticks}) == len(axis.ticks)


def test_intervals_name_their_base():
    estimate = Estimate(0.41, 0.357, 0.466, 312)
    assert EN.share_evidence(estimate) == "95% interval 36–47%; 312 relationships"
    assert ZH.share_evidence(estimate) == "95%区间36–47%；312段关系"
    assert DE.share_evidence(estimate) == "95-%-Intervall 36–47\u00a0%; 312 Beziehungen"
    assert ES.share_evidence(estimate) == "intervalo del 95\u00a0%: 36–47\u00a0%; 312 relaciones"


def test_names_inside_a_sentence_begin_small_but_for_german_nouns():
    assert EN.inside("Satisfaction") == "satisfaction"
    assert ES.inside("Satisfacción") == "satisfacción"
    assert DE.inside("Zufriedenheit") == "Zufriedenheit"
    assert ES.inside("NPS") == "NPS"


@pytest.mark.parametrize(("language", "marks"), [("de", "„“"), ("es", "“”")])
def test_quotes_and_questions_are_opened_and_closed(language, marks):
    for key, text in read_texts(language).items():
        for variant in text.values() if isinstance(text, dict) else [text]:
            assert variant.count(marks[0]) == variant.count(marks[1]), (key, variant)
            assert "'" not in variant, (key, variant)
            assert '"' not in variant, (key, variant)
            assert language == "de" or variant.count("¿") == variant.count("?"), (key, variant)
            assert not re.search(r"[\d}] ?%", variant), (key, variant)


@cache
def calls_by_name():
    """The arguments of every call anywhere in analysis, by the name of what is called."""
    found = defaultdict(list)
    for path in Path(analysis.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                found[getattr(node.func, "id", "")].append(node.args)
    return found


def literal_codes(name, position):
    """Literal codes given to a class of findings anywhere in analysis."""
    given = [arguments[position] for arguments in calls_by_name()[name] if len(arguments) > position]
    return {argument.value for argument in given if isinstance(argument, ast.Constant)}


@pytest.mark.parametrize(
    ("name", "position", "key"),
    [
        ("Caveat", 0, "caveat.{}"),
        ("Retention", 0, "methods.factors.criterion.{}"),
        ("ExclusionStep", 0, "methods.exclusion.code.{}"),
        ("_step", 0, "methods.exclusion.code.{}"),
        ("Index", 0, "methods.flags.name.{}"),
    ],
)
@pytest.mark.parametrize("language", languages())
def test_every_code_of_the_analysis_is_worded(name, position, key, language):
    codes = literal_codes(name, position)
    assert codes
    missing = [code for code in codes if not Wording(language).knows(key.format(code))]
    assert missing == []


@pytest.mark.parametrize("language", languages())
def test_every_rule_that_chose_the_groups_is_worded(language):
    tree = ast.parse(inspect.getsource(archetypes.choose))
    rules = {node.value.elts[1].value for node in ast.walk(tree) if isinstance(node, ast.Return)}
    assert rules
    missing = [rule for rule in rules if not Wording(language).knows(f"methods.archetypes.rules.{rule}")]
    assert missing == []


def rounds(node):
    if isinstance(node, ast.Call):
        return getattr(node.func, "id", getattr(node.func, "attr", "")) in {"round", "format_decimal", "format_percent"}
    if isinstance(node, ast.FormattedValue):
        return node.format_spec is not None
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant)


# They write places, sizes and colours in the grammar of PDF, by format specifications; figures reach them as words.
PAINTERS = {"embedded_fonts.py", "pdf.py", "pdf_file.py", "tagged_pages.py"}


def test_only_wording_rounds():
    found = {
        (path.name, node.lineno)
        for path in PACKAGE.glob("*.py")
        if path.name != "wording.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if rounds(node) and not (path.name in PAINTERS and is_format(node))
    }
    assert found == set()


def is_format(node):
    """A format specification, or the same for bytes."""
    return isinstance(node, ast.FormattedValue | ast.BinOp)


@pytest.mark.parametrize("painter", sorted(PAINTERS))
def test_painters_know_no_figures(painter):
    tree = ast.parse((PACKAGE / painter).read_text(encoding="utf-8"))
    known = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    known |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert known
    assert not [name for name in known if name.split(".")[0] == "analysis" or name == "reports.wording"]
