"""Texts go out to translators and come back: unchanged where nothing changed, refused where a placeholder broke."""

import re
import shutil
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruments.exchange.carried import ExchangeError
from instruments.loader import LIBRARY, load_instrument
from instruments.modules import FOLDER
from instruments.translation.records import Unit, record_path, units_of
from instruments.translation.returning import Returned, mark, take_in
from instruments.translation.review import problems_of, side_by_side, standings_of
from instruments.translation.sheets import read_sheet, write_sheet
from instruments.translation.texts import TranslationError, placeholder_faults, texts_in, texts_of, with_texts
from instruments.translation.xliff import read_xliff, xliff_of

SMALL = """\
# A comment at the top.
title: {en: Title, de: Titel}   # beside a text
languages: [en, de]
scales:
  warm:
    items:
      - {name: warm1, label: {en: "I like ${brand}.",
                              de: "Ich mag ${brand}."}}
      - name: warm2
        label:
          en: >-
            Folded
            text

          # between two languages
          de: |
            Zwei
            Zeilen
      - name: warm3
        label:
          en: Plain text  # a comment
lists:
  agree: {choices: [{code: 1, label: {en: "No", de: "Nein"}}, {code: -98, label: {en: Don't know}}]}
"""
WARM1 = "scales.warm.items[warm1].label"
EXAMPLES = [
    (LIBRARY / "consumer_brand_relationship.yaml", "zh", "xlf"),
    (LIBRARY / "consumer_brand_relationship.yaml", "de", "xlsx"),
    (LIBRARY / "relationships.yaml", "es", "xlf"),
    *((FOLDER / "brand_love.yaml", language, ending) for language in ("zh", "de", "es") for ending in ("xlf", "xlsx")),
]


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def sent(path, language, out):
    """Export the texts in the format that the name asks for."""
    source, units = texts_of(path).source, units_of(path, language)
    if out.suffix == ".xlsx":
        write_sheet(out, path.name, source, language, units)
    else:
        out.write_text(xliff_of(path.name, source, language, units), encoding="utf-8")
    return out


def back(path):
    return (read_sheet if path.suffix == ".xlsx" else read_xliff)(path)


@pytest.mark.parametrize(("original", "language", "ending"), EXAMPLES)
def test_what_comes_back_unchanged_changes_nothing(tmp_path, original, language, ending):
    path = Path(shutil.copy(original, tmp_path))
    of, spoken, returned = back(sent(path, language, tmp_path / f"texts.{ending}"))
    assert (of, spoken) == (original.name, language)
    units = units_of(path, language)
    assert [(one.place, one.source, one.target) for one in returned] == [(u.place, u.source, u.target) for u in units]
    taken = take_in(path, language, returned)
    assert (taken.changed, taken.same, taken.left_out) == (0, len(units), ())
    assert path.read_bytes() == original.read_bytes()
    kept = record_path(path).read_bytes()
    take_in(path, language, returned)
    assert record_path(path).read_bytes() == kept


def test_texts_have_places_that_name_them(small):
    assert [text.place for text in texts_of(small).texts] == [
        "title",
        WARM1,
        "scales.warm.items[warm2].label",
        "scales.warm.items[warm3].label",
        "lists.agree.choices[1].label",
        "lists.agree.choices[-98].label",
    ]


def test_only_the_text_itself_changes_in_the_file(small):
    places = [text.place for text in texts_of(small).texts]
    new = with_texts(texts_of(small), "de", {place: f"neu {at}" for at, place in enumerate(places)})
    expected = (
        SMALL.replace("de: Titel", 'de: "neu 0"')
        .replace('"Ich mag ${brand}."', '"neu 1"')
        .replace("de: |\n            Zwei\n            Zeilen\n", 'de: "neu 2"\n')
        .replace("# a comment\n", '# a comment\n          de: "neu 3"\n')
        .replace('"Nein"', '"neu 4"')
        .replace("{en: Don't know}", '{en: Don\'t know, de: "neu 5"}')
    )
    assert new == expected


def test_a_language_is_added_after_a_block_of_text():
    content = "languages: [en]\ntexts:\n  one:\n    en: >\n      Some\n      lines\n\n# a comment\nlast: 1\n"
    new = with_texts(texts_in(content, "x.yaml"), "zh", {"texts.one": "一"})
    assert new == content.replace("lines\n", 'lines\n    zh: "一"\n')


WORDS = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="\ufeff\u2028\u2029"), min_size=1
)


@settings(max_examples=30)  # each reads the file four times
@given(WORDS, st.sampled_from([text.place for text in texts_in(SMALL, "x.yaml").texts]))
def test_any_text_can_be_put_anywhere(words, place):
    file = texts_in(SMALL, "x.yaml")
    for language in ("de", "es"):
        found = texts_in(with_texts(file, language, {place: words}), "x.yaml").texts
        expected = [t.texts | ({language: words} if t.place == place else {}) for t in file.texts]
        assert [text.texts for text in found] == expected


@given(WORDS, WORDS, WORDS)
def test_any_text_comes_back_from_xliff(tmp_path_factory, source, target, note):
    unit = Unit("a.b", 1, f"{source}${{brand}} ", f"${{brand}}{target}", "reviewed", back=source, notes=(note,))
    path = tmp_path_factory.mktemp("any") / "x.xlf"
    path.write_text(xliff_of("x.yaml", "en", "zh", [unit]), encoding="utf-8")
    [one] = read_xliff(path)[2]
    assert (one.source, one.target, one.status, one.back, one.notes) == (
        unit.source,
        unit.target,
        "reviewed",
        source,
        (note,),
    )


def test_placeholders_are_locked_in_xliff(small, tmp_path):
    content = sent(small, "de", tmp_path / "x.xlf").read_text(encoding="utf-8")
    assert 'I like <x id="1" ctype="x-placeholder" equiv-text="${brand}" />.' in content
    assert "${brand}" not in re.sub(r'equiv-text="[^"]*"', "", content)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("Ich mag sie.", "the placeholder ${brand} is missing"),
        ("Ich mag ${Marke}.", "there is no placeholder ${Marke} in the source"),
        ("Ich mag ${brand} {brand}.", "a placeholder is damaged"),
        ("Ich mag $ {brand}.", "the placeholder ${brand} is missing"),
    ],
)
def test_a_broken_placeholder_is_refused_by_name_and_nothing_is_written(small, target, said):
    good = Returned("title", "Title", "Ein anderer Titel")
    broken = Returned(WARM1, "I like ${brand}.", target, where="texts.xlsx, row 3")
    with pytest.raises(TranslationError) as refused:
        take_in(small, "de", [good, broken])
    assert said in str(refused.value)
    assert "texts.xlsx, row 3" in str(refused.value)
    assert WARM1 in str(refused.value)
    assert small.read_text(encoding="utf-8") == SMALL
    assert not record_path(small).exists()


def test_good_placeholders_may_stand_elsewhere_and_twice():
    assert placeholder_faults("I like ${brand}.", "${brand}? ${brand}!") == []
    assert placeholder_faults("It costs $5", "Es kostet 5 $") == []


def test_status_back_translation_and_notes_are_kept_beside_the_file(small):
    one = Returned(WARM1, "I like ${brand}.", "Ich mag ${brand}.", "adjudicated", "I like it.", ("mögen or lieben?",))
    take_in(small, "de", [one], by="A. Reviewer")
    unit = next(unit for unit in units_of(small, "de") if unit.place == WARM1)
    assert (unit.standing, unit.back, unit.notes, unit.by) == (
        "adjudicated",
        "I like it.",
        ("mögen or lieben?",),
        "A. Reviewer",
    )
    assert small.read_text(encoding="utf-8") == SMALL
    # what says nothing of status and notes leaves them
    take_in(small, "de", [Returned(WARM1, one.source, one.target)])
    assert next(u for u in units_of(small, "de") if u.place == WARM1) == unit


def test_a_status_holds_for_its_wording_only(small):
    take_in(small, "de", [Returned(WARM1, "I like ${brand}.", "Ich mag ${brand}.", "adjudicated")], by="A")
    take_in(small, "de", [Returned(WARM1, "I like ${brand}.", "${brand} mag ich.")])
    assert standings_of(small)["de"]["adjudicated"] == 0
    assert next(u for u in units_of(small, "de") if u.place == WARM1).standing == "draft"


def test_a_changed_source_makes_its_translation_stale(small, tmp_path):
    out = sent(small, "de", tmp_path / "x.xlf")
    take_in(small, "de", back(out)[2])
    small.write_text(SMALL.replace("I like ${brand}.", "I really like ${brand}."), encoding="utf-8")
    assert standings_of(small)["de"]["stale"] == 1
    [problem] = [p for p in problems_of(small) if p.place == WARM1]
    assert "older than its source" in problem.message
    assert problem.line == 7
    taken = take_in(small, "de", back(out)[2])
    assert [text for text in taken.left_out if "has changed since" in text] == [
        f"{WARM1}: the source has changed since it was sent out; translate it anew"
    ]
    assert standings_of(small)["de"]["stale"] == 1


def test_missing_translations_are_named_with_their_place(small):
    assert standings_of(small) == {"de": {"missing": 2, "stale": 0, "draft": 4, "reviewed": 0, "adjudicated": 0}}
    assert [(p.place, p.line) for p in problems_of(small)] == [
        ("scales.warm.items[warm3].label", 21),
        ("lists.agree.choices[-98].label", 23),
    ]


def test_a_translated_questionnaire_can_be_asked(tmp_path):
    path = Path(shutil.copy(LIBRARY / "consumer_brand_relationship.yaml", tmp_path))
    returned = [
        Returned(unit.place, unit.source, f"{unit.target} (neu)", "reviewed")
        for unit in units_of(path, "de")
        if unit.place.startswith("scales.")
    ]
    take_in(path, "de", returned)
    scale = next(iter(load_instrument(path).scales.values()))
    assert all(item.label["de"].endswith(" (neu)") for item in scale.items)


def test_the_review_page_lays_languages_side_by_side_and_runs_nothing(small):
    take_in(
        small, "de", [Returned("title", "Title", "<script>alert(1)</script>", "reviewed", "Back & forth", ("a < b",))]
    )
    page = side_by_side(small, ["de", "zh"])
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "Back: Back &amp; forth" in page
    assert "<mark>${brand}</mark>" in page
    assert page.count('class="state missing"') == 8


def xliff_back(tmp_path, units, head='version="1.2"', file='target-language="de-DE"'):
    """What a translation program gives back."""
    path = tmp_path / "back.xlf"
    path.write_text(
        f"\n<xliff {head}><file original='C:\\\\texts\\\\small.yaml' {file}>{units}</file></xliff>", encoding="utf-8"
    )
    of, language, returned = read_xliff(path)
    assert (of, language) == ("small.yaml", "de")
    return [(one.source, one.target, one.status) for one in returned]


SOURCE = '<source>I like <x id="1" equiv-text="${brand}"/>.</source>'
OURS = "I like ${brand}."


@pytest.mark.parametrize(
    ("target", "read"),
    [
        ('<target state="final"><g id="7">Ich <g id="8">mag</g></g> <x id="1"/>.</target>', "adjudicated"),
        ('<target><mrk mtype="seg" mid="1">Ich mag <x id="1"/></mrk><mrk mid="2">.</mrk></target>', ""),
        ('<target state="translated"><![CDATA[Ich mag ${brand}.]]></target>', "reviewed"),
        ('<target>\n    Ich mag <!-- the name --><ph id="1"/>.\n  </target>', ""),
        (
            '<target>Ich mag <x id="1"/>.</target><alt-trans><target><x id="1" equiv-text="?"/></target></alt-trans>',
            "",
        ),
    ],
)
def test_what_programs_do_to_a_translation_is_undone(tmp_path, target, read):
    unit = (
        f'<body><group><trans-unit id="a">{SOURCE}<seg-source>I like</seg-source>{target}</trans-unit></group></body>'
    )
    assert xliff_back(tmp_path, unit) == [(OURS, "Ich mag ${brand}.", read)]


def test_a_source_put_in_place_of_a_translation_is_none(tmp_path):
    target = SOURCE.replace("source>", "target>")
    targets = [target, target.replace("<target>", '<target state="new">')]
    units = [f"<trans-unit id='a' approved='yes'>{SOURCE}{one}</trans-unit>" for one in targets]
    assert xliff_back(tmp_path, "".join(units)) == [(OURS, OURS, "reviewed"), (OURS, "", "")]


def test_xliff_2_is_read_with_its_segments_and_data(tmp_path):
    data = '<originalData><data id="d1">${brand}</data></originalData>'
    first = "<segment state='{}'><source>I like </source><target>Ich <pc id='2'>mag</pc> </target></segment>"
    second = '<source><ph id="1" dataRef="d1"/>.</source>'
    whole = f"{second}{second.replace('source', 'target')}"
    units = "".join(
        f"<unit id='u{at}' name='a'><notes><note>n</note></notes>{data}{first.format(state)}{last}</unit>"
        for at, (state, last) in enumerate(
            [
                ("final", f"<segment state='reviewed'>{whole}</segment>"),
                ("final", f"<ignorable>{second}</ignorable>"),
                ("initial", f"<segment>{whole}</segment>"),
                ("final", f"<segment>{second}</segment>"),
            ]
        )
    )
    read = xliff_back(tmp_path, units, 'version="2.1" trgLang="de" xmlns="urn:oasis:names:tc:xliff:document:2.0"', "")
    target = "Ich mag ${brand}."
    assert read == [
        (OURS, target, "reviewed"),
        (OURS, target, "adjudicated"),
        (OURS, target, ""),
        (OURS, "", ""),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('<xliff version="2.0" xmlns="urn:oasis:names:tc:xliff:document:2.0"/>', "not XLIFF 1.2"),
        ('<xliff version="1.0"><file target-language="de"/></xliff>', "xliff 1.0 and not XLIFF 1.2"),
        ('<xliff version="1.2"><file target-language="fr"/></xliff>', "unknown target-language 'fr'"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><xliff version="1.2"/>', "document type"),
        ("nothing", "not valid XML"),
    ],
)
def test_other_files_are_refused(tmp_path, content, said):
    path = tmp_path / "x.xlf"
    path.write_text(content, encoding="utf-8")
    with pytest.raises((TranslationError, ExchangeError), match=said):
        read_xliff(path)


def test_a_workbook_without_its_columns_is_refused(small, tmp_path):
    out = sent(small, "de", tmp_path / "x.xlsx")
    book = openpyxl.load_workbook(out)
    book["texts"]["C1"] = "Übersetzung"
    book.save(out)
    with pytest.raises(TranslationError, match="no column translation"):
        read_sheet(out)


def test_an_unknown_status_or_place_is_named(small):
    wrong = [Returned("title", "Title", "Titel", "finished"), Returned("titel", "Title", "Titel")]
    with pytest.raises(TranslationError) as refused:
        take_in(small, "de", wrong)
    assert "unknown status 'finished'" in str(refused.value)
    assert "small.yaml has no such text" in str(refused.value)


def test_translations_are_marked_as_they_stand(small):
    assert mark(small, "de", "reviewed", by="A").same == 4
    mark(small, "de", "adjudicated", ["title"], by="B")
    assert standings_of(small)["de"] == {"missing": 2, "stale": 0, "draft": 0, "reviewed": 3, "adjudicated": 1}
    assert {unit.place: unit.by for unit in units_of(small, "de")}["title"] == "B"
    assert small.read_text(encoding="utf-8") == SMALL
    with pytest.raises(TranslationError, match="no such text"):
        mark(small, "de", "reviewed", ["titel"])
