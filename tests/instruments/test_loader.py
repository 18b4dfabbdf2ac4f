"""Questionnaire files: one wrong file tells all its problems with their lines; no file gives a traceback."""

# ruff: noqa: E501 - the table of mistakes reads as a table, one to a line

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruments.loader import InstrumentError, digest, find_instrument, json_schema, library_names, load_instrument
from instruments.yaml_file import read_yaml

JARGON = re.compile(
    r"Input should|pydantic|validation error|Field required|ChoiceList|RuleBattery|tuple|dict\b|<item>|<page>|NoneType"
)


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "file.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def problems(write, small_yaml):
    """The places and messages for the small questionnaire with one piece of text replaced."""

    def problems(old, new):
        assert old in small_yaml
        with pytest.raises(InstrumentError) as caught:
            load_instrument(write(small_yaml.replace(old, new, 1)))
        assert not JARGON.search(str(caught.value))
        return [(problem.place, f"{problem.message} ({problem.remedy})") for problem in caught.value.problems]

    return problems


def line_of(text, needle):
    return text[: text.index(needle)].count("\n") + 1


def test_a_sound_file_gives_the_questionnaire(write, small_yaml, small):
    assert load_instrument(write(small_yaml)) == small
    assert load_instrument(write("\ufeff" + small_yaml)) == small


def test_one_wrong_file_tells_all_its_problems_at_once_with_their_lines(write, small_yaml):
    text = (
        small_yaml.replace("licence: MIT", "licence: MIT\nlicense: MIT")
        .replace("{en: Disagree, zh: 不同意}", "{en: Disagree}")
        .replace("name: cold2", "name: Warm2")
        .replace("name: cold3", "name: warm3")
        .replace("list: agree\n    dimension: warm", "list: agre\n    dimension: warm")
        .replace("scales: [warm, cold]", "scales: [warm, cold, colt]")
        .replace("min: 1, max: 120", "min: 130, max: 120")
        .replace("screen_out: age < 18", "screen_out: aeg < 18")
        .replace("planned_missing: {sets: [a, b, c], show: 2}", "planned_missing: {sets: [a, b, c], show: 4}")
    )
    with pytest.raises(InstrumentError) as caught:
        load_instrument(write(text))
    told = [str(problem).partition("file.yaml:")[2] for problem in caught.value.problems]
    expected = [
        ("\nlicense", "license: unknown key 'license' (remove it)"),
        ("{en: Disagree}", "lists.agree.choices[0].label: the Chinese text is missing"),
        ("list: agre\n", "scales.warm.list: unknown list 'agre' (did you mean 'agree'?)"),
        ("Warm2", "scales.cold.items[1].name: the name 'Warm2' is taken"),
        ("Warm2", "scales.cold.items[1].name: 'Warm2' is not a name"),
        ('name: warm3, set: c, label: {en: "I doubt', "scales.cold.items[2].name: the name 'warm3' is taken"),
        ("show: 4", "planned_missing.show: 'show' is 4, but there are 3 sets (at most 3)"),
        ("screen_out", "pages[1].screen_out: unknown name 'aeg' (did you mean 'age'?)"),
        ("min: 130", "pages[1].questions[0].max: empty range: min 130 is greater than max 120"),
        ("colt", "pages[4].pages[0].questions[0].scales[2]: unknown scale 'colt' (did you mean 'cold'?)"),
    ]
    assert len(told) == len(expected)
    for needle, message in expected:
        line = line_of(text, needle) + needle.startswith("\n")
        assert any(one.startswith(f"{line}:") and f" {message}" in one for one in told), (line, message, told)
    assert str(caught.value).count("\n") == len(told) - 1


def test_line_and_column_point_at_the_value(write, small_yaml):
    with pytest.raises(InstrumentError) as caught:
        load_instrument(write(small_yaml.replace("{name: age, type: integer,", "{name: age, type: integr,")))
    problem = caught.value.problems[0]
    row = small_yaml.splitlines()[problem.line - 1]
    assert row[problem.column - 1 :].startswith("integer")
    assert problem.remedy == "did you mean 'integer'?"


@pytest.mark.parametrize(
    ("old", "new", "place", "told"),
    [
        ("format: 1", "format: 2", "format", "must not be 2"),
        ("instrument: small", "instrument: Small One", "instrument", "'Small One' is not a name (lower-case"),
        ("version: 1", "version: '1'", "version", "must be a whole number, not '1'"),
        ("version: 1", "version: 0", "version", "must be at least 1, not 0"),
        ("title: {en: Small, zh: 小}", "title: Small", "title", "must give the text in each language, not 'Small'"),
        ("title: {en: Small, zh: 小}", "title: {en: Small, zh: ' '}", "title", "the Chinese text is missing"),
        ("title: {en: Small, zh: 小}", "title: {en: S, zh: 小, fr: P}", "title.fr", "unknown language 'fr'"),
        ("languages: [en, zh]", "languages: [en, zh, de]", "description", "the German text is missing"),
        ("languages: [en, zh]", "languages: en", "languages", "must be a list"),
        ("source: Made for tests\n", "", "", "'source' is missing (add it)"),
        ("code: 2, label: {en: No", "code: true, label: {en: No", "lists.yes_no.choices[1].code", "must be a whole number or a word, not true"),
        ("code: 2, label: {en: No", "code: 1, label: {en: No", "lists.yes_no.choices[1].code", "given twice"),
        ("code: 2, label: {en: No", "code: 'n o', label: {en: No", "lists.yes_no.choices[1].code", "cannot be a code"),
        ("code: -98", "code: 9", "lists.agree.choices[3].code", "one of -98 don't know, -97"),
        (", missing: true}\n  kept", "}\n  kept", "lists.agree.choices[3].code", "kept for missing answers (add 'missing: true')"),
        ("brands: {source: brands}", "brands: {}", "lists.brands", "neither choices nor a source"),
        ("brands: {source: brands}", "brands: {source: brand}", "lists.brands.source", "did you mean 'brands'?"),
        ("list: agree\n    dimension: warm", "list: brands\n    dimension: warm", "scales.warm.list", "whole-number codes"),
        ('set: a, label: {en: "I avoid', 'set: d, label: {en: "I avoid', "scales.cold.items[0].set", "unknown set 'd'"),
        ("scales: [warm, cold]", "scales: [warm]", "scales.cold", "in no matrix"),
        ("scales: [warm, cold]", "scales: []", "pages[4].pages[0].questions[0]", "scales or for rules"),
        ("name: agreed, type: consent", "name: agreed, type: consent, list: agree", "pages[0].questions[0].list", "no meaning for consent"),
        ("list: yes_no, label: {en: Do you", "label: {en: Do you", "pages[1].questions[1]", "a select_one needs a list"),
        ("max_length: 20", "max_length: 0", "pages[1].questions[2].max_length", "no room"),
        ("min: 1, max: 120", "min: -5, max: 120", "pages[1].questions[0].min", "negative"),
        ("name: works", "name: with", "pages[1].questions[1].name", "reserved word of SPSS"),
        ("name: works", "name: family", "pages[1].questions[1].name", "reserved word of expressions"),
        ("name: job", "name: aware_elm_and_many_more_brands_of_it", "pages[1].questions[2].name", "at most 32 characters"),
        ("name: job", "name: used_none", "pages[3].questions[0].list", "the name 'used_none' is taken"),
        ("name: job", "name: exp_waits", "rules.rules[4].name", "the name 'exp_waits' is taken"),
        ("relevant: works == 1", "relevant: works = 1", "pages[1].questions[2].relevant", "write == to compare, at character 7"),
        ("relevant: works == 1", "relevant: works == 3", "pages[1].questions[2].relevant", "has no code 3 (one of 1, 2)"),
        ("relevant: works == 1", "relevant: works == -98", "pages[1].questions[2].relevant", "never true"),
        ("relevant: works == 1", "relevant: used", "pages[1].questions[2].relevant", "'used' is asked only later"),
        ("relevant: works == 1", "relevant: as_wanted == 1", "pages[1].questions[2].relevant", "asked of each brand"),
        ("relevant: works == 1", "relevant: brand in age", "pages[1].questions[2].relevant", "unknown name 'brand'"),
        ("page: about_you\n", "page: about_you\n    random_order: true\n", "pages[1].questions[2].relevant", "'works' may be asked only later, in random order"),
        ("at_most: 2", "at_most: 2\n    random_order: true", "pages[4].pages[2].relevant", "'current_family' may be asked only later"),
        ("choice_filter: family ==", "choice_filter: famly ==", "pages[4].pages[2].questions[0].choice_filter", "did you mean 'family'?"),
        ("page: usage", "page: awareness", "pages[3].page", "another page 'awareness'"),
        ("page: usage", "page: one_more", "pages[4].offer.name", "another page 'one_more'"),
        ("eligible: [used, aware]", "eligible: [used, awre]", "pages[4].eligible[1]", "did you mean 'aware'?"),
        ("eligible: [used, aware]", "eligible: [works]", "pages[4].eligible[0]", "not a multiple answer over brands"),
        ("at_most: 2", "at_most: 0", "pages[4].at_most", "must be at least 1"),
        ("name: one_more, type: select_one, list: yes_no", "name: one_more, type: text", "pages[4].offer", "select_one whose code 1 is yes"),
        ("zh: 再来一个？", "zh: '再来${brand}？'", "pages[4].offer.label.zh", "no brand here"),
        ("en: Your age?", "en: 'Your ${nme}?'", "pages[1].questions[0].label.en", "unknown placeholder '${nme}'"),
        ('en: "I like ${brand}."', 'en: "I like {brand}."', "scales.warm.items[0].label.en", "the only one is ${brand}"),
        ("about: drawn_brand\n    title", "title", "pages[5].questions[0].rules", "about drawn_brand"),
        ("rules: experience", "rules: importance", "pages[4].pages[5].questions[0].rules", "about drawn_brand"),
        ("experience_shown: 3", "experience_shown: 7", "rules.experience_shown", "7 rules are to be shown, but there are 6"),
        ("shared: 2", "shared: 4", "rules.shared", "more than are shown (at most 3)"),
        ("shared: 2", "shared: 0", "rules.shared", "shared must be at least 1"),
        ("name: waits, family: care", "name: waits, family: cre", "rules.rules[4].family", "did you mean 'care'?"),
        ("name: waits, family: care", "name: warns, family: care", "rules.rules[5].name", "the name 'imp_warns' is taken"),
        ("never_arose: 3", "never_arose: 4", "rules.experience.never_arose", "has no code 4"),
        ("chances: {full_pick: 0.5}", "chances: {full_pick: 1.5}", "chances.full_pick", "must be less than 1"),
        ("chances: {full_pick: 0.5}", "chances: {age: 0.5}", "chances.age", "the name 'age' is taken"),
        ("current: {family: current_family,", "current: {family: curent_family,", "picks.current.family", "did you mean 'current_family'?"),
        ("as_wanted: as_wanted", "as_wanted: works", "picks.as_wanted", "must be asked of each brand"),
        ("primary: true, ", "", "outcomes", "0 outcomes are primary"),
        ("{item: satisfaction", "{item: comment", "outcomes.satisfaction.item", "must be asked of each brand"),
        ("person: {age: age}", "person: {age: ages}", "person.age", "did you mean 'age'?"),
        ("licence: MIT", "licence: MIT\nlicence: GPL", "licence", "stands here a second time"),
        ("licence: MIT", "licence: !!python/name:os.system x", "licence", "is not allowed"),
        ("licence: MIT", 'licence: "a\\0b"', "licence", "control character"),
        ("licence: MIT", "licence: &me [*me]", "licence[0]", "refers to what it stands in"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_at_its_place(problems, old, new, place, told):
    assert [message for where, message in problems(old, new) if where == place and told in message]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"# nothing\n", "the file is empty"),
        (b"- a\n- b\n", "must hold a mapping"),
        (b"just text", "must hold a mapping"),
        (b"a: \x00", "character that text files may not hold"),
        (b"a: b\nc: \xff\xfe", "not UTF-8"),
        ("a: é".encode("utf-16"), "not UTF-8"),
        (b"a: b: c", "not valid YAML"),
        (b"a: [1, 2", "not valid YAML"),
        (b"\ta: 1", "indent with spaces"),
        (b"a: *nobody", "not valid YAML"),
        (b"--- 1\n--- 2\n", "not valid YAML"),
        (b"[" * 1000, "nested too deeply"),
        (b"a: " + b"[" * 40 + b"]" * 40, "nested too deeply"),
        (b"a: " + b"x" * 10_000_000, "larger than half a megabyte"),
        (b"a0: &a0 [x, x]\n" + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 40)), "too many values"),
        (b"a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 9)), "too many values"),
    ],
)  # fmt: skip
def test_unreadable_files_are_a_problem_not_a_traceback(write, content, message):
    with pytest.raises(InstrumentError, match=message):
        load_instrument(write(content))


def test_place_of_a_broken_byte(write):
    problem = read_yaml(write(b"a: b\ncd: \xff")).problems[0]
    assert (problem.line, problem.column) == (2, 5)


def test_absent_file_and_folder(tmp_path):
    for path in (tmp_path / "absent.yaml", tmp_path):
        with pytest.raises(InstrumentError, match="there is no such file"):
            load_instrument(path)


def test_words_stay_words(write):
    file = read_yaml(write("a: no\nb: yes\nc: 2020-01-01\nd: ~\ne: true\nf: 0.5\ng: '5'\nh: 1e3\n"))
    assert file.data == {
        "a": "no", "b": "yes", "c": "2020-01-01", "d": None, "e": True, "f": 0.5, "g": "5", "h": 1000.0,
    }  # fmt: skip


def test_questionnaires_are_found_by_name_and_beside_a_study_file(tmp_path, small_yaml):
    (tmp_path / "mine.yaml").write_text(small_yaml, encoding="utf-8")
    study = tmp_path / "study.yaml"
    assert find_instrument("mine.yaml", study) == tmp_path / "mine.yaml"
    assert find_instrument("consumer_brand_relationship").is_file()
    with pytest.raises(InstrumentError, match="did you mean 'consumer_brand_relationship'"):
        find_instrument("consumer_brand_relationships", study)


@pytest.mark.parametrize("name", library_names())
def test_every_questionnaire_of_the_library_is_sound(name):
    assert load_instrument(find_instrument(name)).instrument == name


def test_digest_is_of_the_content_not_of_the_layout(write, small_yaml, small):
    assert digest(load_instrument(write("# a comment\n" + small_yaml))) == digest(small)
    changed = load_instrument(write(small_yaml.replace("en: Your age?", "en: What age?")))
    assert digest(changed) != digest(small)
    assert re.fullmatch(r"[0-9a-f]{64}", digest(small))


def test_schema_for_editors_names_every_part():
    schema = json_schema()
    assert {"Item", "Matrix", "Scale", "Loop"} <= schema["$defs"].keys()
    assert json.loads(json.dumps(schema)) == schema
    assert schema["additionalProperties"] is False


edits = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 12),
        st.sampled_from(
            ["", " ", "\n", ":", "- ", "[", "]", "{", "}", "&a ", "*a", "!!", "'", "1", "null", "yes", "名"]
        )
        | st.text(max_size=6),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40)
@given(edits)
def test_edited_files_load_or_tell_problems(tmp_path_factory, small_yaml, changes):
    text = small_yaml
    for where, cut, new in changes:
        at = int(where * len(text))
        text = text[:at] + new + text[at + cut :]
    path = tmp_path_factory.getbasetemp() / "edited.yaml"
    path.write_bytes(text.encode("utf-8", errors="surrogatepass"))
    tell(path)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 9) | st.text("ab 1${}", max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["en", "name", "list", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=60)
@given(data=st.data())
def test_any_value_in_any_place_is_a_problem_not_a_traceback(tmp_path_factory, write_data, data):
    content = write_data
    document = json.loads(content)
    here, key = document, None
    for _ in range(data.draw(st.integers(1, 7))):
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        parent, key = here, data.draw(st.sampled_from(keys))
        here = parent[key]
        if not isinstance(here, dict | list) or not here:
            break
    parent[key] = data.draw(values)
    path = tmp_path_factory.getbasetemp() / "replaced.yaml"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    tell(path)


@pytest.fixture(scope="module")
def write_data(small):
    return json.dumps(small.model_dump(mode="json", exclude_none=True))


def tell(path: Path):
    """Load a file that may be wrong: it loads, or every problem is told in an author's words."""
    told = ()
    try:
        load_instrument(path)
    except InstrumentError as error:
        told = error.problems or [None]
    assert None not in told, "an error tells problems"
    assert not [problem for problem in told if JARGON.search(problem.message) or problem.line < 1 or problem.column < 1]
