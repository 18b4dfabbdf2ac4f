"""The flagship questionnaire's content: design, balance, four languages, and words that respondents never read."""

import re
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest
from ruamel.yaml import YAML

import instruments
from instruments.catalogue import DIMENSIONS, load_catalogue
from instruments.logic import parse
from instruments.measures import MISSING_CODES
from instruments.model import Instrument, Item, Language, Loop, Matrix

LIBRARY = Path(instruments.__file__).parent / "library"
BIPOLAR = {name for name, (low, _) in DIMENSIONS.items() if low < 0}

FORBIDDEN = {
    "en": re.compile(
        r"\b(flings?|one-night|affairs?|masters?|servants?|slaves?|enslave\w*|captives?|abus\w*|lovers?|mistress\w*"
        r"|marri\w*|spouses?|divorc\w*|enem\w*|hostages?|victims?)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"一夜情|炮友|主仆|主奴|主人|奴|仆|婚|恋情|热恋|外遇|出轨|情人|小三|虐|囚|俘|敌人|仇人|前任"),
    "de": re.compile(
        r"\b(affären?|one-night\S*|seitenspr\w+|herr(in|en)?|diener\w*|knecht\w*|sklav\w*|versklav\w*|gefangen\w*"
        r"|missbrauch\w*|misshand\w*|geliebte\w*|liebhaber\w*|(\w+[^gst])?ehe(n|partner\w*|leute)?|verheirat\w*"
        r"|heirat\w*|geschieden\w*|scheidung\w*|feind\w*|geiseln?|opfer)\b",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\b(aventuras?|romances?|amantes?|amos?|sirvient\w+|criad[oa]s?|esclav\w*|cautiv\w*|maltrat\w*|abus\w*"
        r"|matrimoni\w*|espos[oa]s?|divorci\w*|enemig\w*|rehen\w*|víctimas?)\b",
        re.IGNORECASE,
    ),
}
LANGUAGES = get_args(Language)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
TRADITIONAL = re.compile(r"[麼嗎這對們與個關係說沒歡還讓應該會來時後過從認為實際雖傳給]")


def _read(name):
    return YAML(typ="safe", pure=True).load((LIBRARY / name).read_text(encoding="utf-8"))


RAW = _read("consumer_brand_relationship.yaml")
FLAGSHIP = Instrument.model_validate(RAW)
RULES = FLAGSHIP.rules.rules


def _texts(node, path=()):
    """Every text in several languages, wherever it stands, with its place."""
    if isinstance(node, dict) and "en" in node:
        yield ".".join(path), node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _texts(value, (*path, str(key)))
    elif isinstance(node, list):
        for position, value in enumerate(node):
            yield from _texts(value, (*path, str(position)))


def _cards():
    catalogue = load_catalogue()
    for entry in (*catalogue.families, *catalogue.relationships):
        yield f"card of {entry.key}", entry.card


READ_BY_RESPONDENTS = [*_texts(RAW), *_cards()]
EVERYTHING = [*_texts(RAW), *_texts(_read("relationships.yaml")), *_texts(_read("../studies/demo.yaml"))]


def _pages():
    for page in FLAGSHIP.pages:
        yield from page.pages if isinstance(page, Loop) else (page,)


def _items():
    loops = [page.offer for page in FLAGSHIP.pages if isinstance(page, Loop)]
    return [*loops, *(question for page in _pages() for question in page.questions if isinstance(question, Item))]


def test_every_text_is_there_in_every_language_and_in_its_own_script():
    for place, texts in EVERYTHING:
        assert set(texts) == set(LANGUAGES), place
        assert not any(CHINESE.search(texts[language]) for language in ("en", "de", "es")), place
        assert CHINESE.search(texts["zh"]) or texts["zh"].isdigit(), place
        assert all(text == text.strip() for text in texts.values()), place


def test_chinese_is_simplified_and_polite():
    for place, texts in EVERYTHING:
        assert not TRADITIONAL.search(texts["zh"]), place
        assert "你" not in texts["zh"], f"{place}: address people as 您"


def test_chinese_sentences_use_chinese_punctuation():
    for place, texts in EVERYTHING:
        assert not re.search(r"[\u4e00-\u9fff][,;:!?.]", texts["zh"]), place


def test_german_and_spanish_address_people_politely():
    """Capital "Sie" and "usted": no "du", no "tú"."""
    for place, texts in EVERYTHING:
        assert not re.search(r"\b([Dd](u|ir|ich|ein\w*)|[Ee]uch|[Ee]uer)\b", texts["de"]), place
        assert not re.search(r"\b(tú|ti|contigo|tu|tus|te|vosotros|vuestr\w+|os)\b", texts["es"]), place


def test_spanish_questions_open_and_close_and_german_quotes_are_low_first():
    for place, texts in EVERYTHING:
        assert texts["es"].count("¿") == texts["es"].count("?"), place
        assert texts["de"].count("„") == texts["de"].count("“"), place


def test_a_text_that_names_the_brand_names_it_in_every_language():
    for place, texts in EVERYTHING:
        assert len({"${brand}" in text for text in texts.values()}) == 1, place


@pytest.mark.parametrize("language", LANGUAGES)
def test_respondents_never_read_the_labels_meant_for_researchers(language):
    for place, texts in READ_BY_RESPONDENTS:
        assert not FORBIDDEN[language].search(texts[language]), place


def test_the_forbidden_words_would_be_found():
    """The check above bites: the aliases in the same catalogue do hold such words."""
    aliases = [entry.alias for entry in load_catalogue().relationships]
    for language in LANGUAGES:
        assert sum(bool(FORBIDDEN[language].search(alias[language])) for alias in aliases) >= 8, language


def test_each_dimension_has_a_scale_of_three_items_one_in_each_set():
    assert {key: scale.dimension for key, scale in FLAGSHIP.scales.items()} == {name: name for name in DIMENSIONS}
    for scale in FLAGSHIP.scales.values():
        assert sorted(item.set for item in scale.items) == ["a", "b", "c"]
        assert scale.list == "agree7"


def test_a_respondent_meets_16_of_24_statements():
    design = FLAGSHIP.planned_missing
    per_set = Counter(item.set for scale in FLAGSHIP.scales.values() for item in scale.items)
    assert set(per_set) == set(design.sets)
    assert {count * design.show for count in per_set.values()} == {16}


def test_bipolar_scales_are_keyed_both_ways_and_unipolar_ones_one_way():
    for key, scale in FLAGSHIP.scales.items():
        turned = sum(item.reversed for item in scale.items)
        assert turned == (1 if key in BIPOLAR else 0), key


def test_every_form_of_the_design_mixes_directions_equally():
    """Straight-lining shows only against reversed statements, so no form may be short of them."""
    turned = Counter(item.set for scale in FLAGSHIP.scales.values() for item in scale.items if item.reversed)
    assert turned == {"a": 2, "b": 2, "c": 2}


def test_statements_are_short_single_and_about_the_brand():
    statements = [item.label for scale in FLAGSHIP.scales.values() for item in scale.items]
    assert [len({texts[language] for texts in statements}) for language in LANGUAGES] == [24] * len(LANGUAGES)
    for texts in statements:
        assert len(texts["en"].replace("${brand}", "Brand").split()) <= 13, texts["en"]
        assert len(texts["zh"].replace("${brand}", "品牌")) <= 24, texts["zh"]
        for language in ("de", "es"):
            assert len(texts[language].replace("${brand}", "Brand").split()) <= 14, texts[language]
        assert "${brand}" in texts["en"]
        assert not re.search(r" (and|or) (?!me|I\b)", texts["en"].replace("${brand} and", "")), texts["en"]


def test_there_are_four_rules_in_each_of_six_families():
    assert set(Counter(rule.family for rule in RULES).items()) == {
        (family, 4) for family in ("care", "respect", "fairness", "voice", "freedom", "identity")
    }
    assert set(FLAGSHIP.rules.families) == {rule.family for rule in RULES}


def test_the_rule_sets_overlap_in_four():
    battery = FLAGSHIP.rules
    assert (battery.importance_shown, battery.experience_shown, battery.shared) == (12, 8, 4)


def test_rules_continue_the_sentence_that_asks_about_them():
    for rule in RULES:
        assert rule.label["en"].startswith(("it ", "its "))
        assert rule.label["de"].startswith("Die Marke ")
        assert rule.label["es"].startswith(("La marca ", "Para la marca, "))
        assert not any(text.endswith((".", "。")) for text in rule.label.values())
        assert max(map(len, rule.short.values())) <= 32, rule.name


def test_short_labels_of_rules_differ():
    for language in FLAGSHIP.languages:
        assert len({rule.short[language] for rule in RULES}) == 24


def test_the_catalogue_refers_to_rules_that_are_asked():
    asked = {rule.name for rule in RULES}
    for entry in load_catalogue().relationships:
        assert set(entry.rules.rule_keys) <= asked, entry.key


def test_variables_have_names_of_their_own_within_32_characters():
    names = [item.name for item in _items()]
    names += [item.name for scale in FLAGSHIP.scales.values() for item in scale.items]
    names += [f"{prefix}_{rule.name}" for rule in RULES for prefix in ("imp", "exp")]
    assert [name for name, count in Counter(map(str.lower, names)).items() if count > 1] == []
    assert max(map(len, names)) <= 32


def test_every_scale_is_asked_once_and_both_sides_of_the_rules_are():
    matrices = [question for page in _pages() for question in page.questions if isinstance(question, Matrix)]
    assert sorted(key for matrix in matrices for key in matrix.scales) == sorted(FLAGSHIP.scales)
    assert sorted(matrix.rules for matrix in matrices if matrix.rules) == ["experience", "importance"]


def test_statements_come_before_the_picks_that_could_prime_them():
    order = [question for page in _pages() for question in page.questions]
    last_scale = max(i for i, question in enumerate(order) if isinstance(question, Matrix) and question.scales)
    picks = [i for i, question in enumerate(order) if isinstance(question, Item) and question.list == "families"]
    assert len(picks) == 3
    assert last_scale < min(picks)


def test_codes_of_missing_answers_are_those_of_every_table():
    for key, answers in FLAGSHIP.lists.items():
        for choice in (*answers.choices, *answers.extra):
            negative = isinstance(choice.code, int) and choice.code < 0
            assert choice.missing == negative == (choice.code in MISSING_CODES), (key, choice.code)


def test_answers_of_a_scale_run_upwards_without_gaps():
    for key in ("agree7", "importance", "satisfaction5", "likelihood5", "leaving5", "recommend11", "share", "premium"):
        codes = [choice.code for choice in FLAGSHIP.lists[key].choices if not choice.missing]
        assert codes == list(range(codes[0], codes[0] + len(codes))), key
    assert len([c for c in FLAGSHIP.lists["satisfaction5"].choices if not c.missing]) == 5
    assert len(FLAGSHIP.lists["agree7"].choices) == 7


def test_one_outcome_is_primary_and_each_is_an_item_of_the_loop():
    loop = next(page for page in FLAGSHIP.pages if isinstance(page, Loop))
    asked = {question.name for page in loop.pages for question in page.questions if isinstance(question, Item)}
    assert [key for key, outcome in FLAGSHIP.outcomes.items() if outcome.primary] == ["satisfaction"]
    assert {outcome.item for outcome in FLAGSHIP.outcomes.values()} <= asked
    assert [key for key, outcome in FLAGSHIP.outcomes.items() if outcome.better == "low"] == ["leaving"]


def _condition(page_name):
    return parse(next(page for page in _pages() if page.page == page_name).relevant)


@pytest.mark.parametrize(
    ("answers", "shown"),
    [
        ({"as_wanted": 2, "full_pick": 0, "desired_family": "love"}, True),
        ({"as_wanted": 1, "full_pick": 1, "desired_family": "love"}, True),
        ({"as_wanted": 1, "full_pick": 0}, False),
        ({"as_wanted": -98, "full_pick": 0}, False),
        ({"as_wanted": 2, "full_pick": 0, "desired_family": "none_fits"}, False),
        ({"as_wanted": 2, "full_pick": 1, "desired_family": "no_relationship"}, False),
        ({"as_wanted": 2, "full_pick": 1, "desired_family": -97}, False),
        ({"as_wanted": 2, "full_pick": 1}, False),
    ],
)
def test_descriptions_follow_a_family_that_has_some(answers, shown):
    assert _condition("desired_two").evaluate(answers) is shown
    current = {"current_family": answers["desired_family"]} if "desired_family" in answers else {}
    assert _condition("current_two").evaluate(current) is (
        answers.get("desired_family") not in (None, "none_fits", "no_relationship", -97)
    )


def test_the_second_card_offers_the_chosen_family_alone():
    item = next(item for item in _items() if item.name == "current_relationship")
    offered = parse(item.choice_filter)
    assert offered.evaluate({"family": "love", "current_family": "love"})
    assert not offered.evaluate({"family": "distant", "current_family": "love"})


def test_minors_are_screened_out():
    screener = next(page for page in _pages() if page.screen_out)
    assert parse(screener.screen_out).evaluate({"age": 17})
    assert not parse(screener.screen_out).evaluate({"age": 18})
