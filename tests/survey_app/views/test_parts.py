"""Brands, quotas and sources by form: the file says what the form says, and what is wrong stands beside its field."""

import io
import re
from html import unescape

import pytest

from survey_app.design import designs
from survey_app.store import designs as rows
from survey_app.views.visitors import EXTENSION
from tests.survey_app.small_study import INSTRUMENT, STUDY
from tests.survey_app.views.people import make_person, signed_in

PAGE = "/studies/tea/design/field"
HOSTILE = '"><script>alert("x")</script>'
FIELD = """\
retention: 2031-01-01
quotas:
  # one for each place
  - key: where
    by: [place]
    cells:
      - {is: {place: secret_code_home}, limit: 10}  # at home
      - {is: {place: secret_code_out}, limit: 20}
sources:
  # the first panel
  panel_a:
    label: {en: Panel A, zh: 样本库}
    kind: panel
    id: psid
    exits: {complete: "https://panel.example/c?id={id}"}
"""
SOURCE = {
    "name": "panel_b",
    "kind": "panel",
    "label_en": HOSTILE,
    "label_zh": "乙",
    "id": "uid",
    "keep": "wave, cell",
    "exits_complete": "https://b.example/?u={id}&w={wave}",
    "signature_kind": "hmac_sha256",
    "signature_parameter": "sig",
    "signature_secret": "PANEL_B",
    "limit": "300",
}


@pytest.fixture
def writer(app):
    """The browser of a researcher who has sent a study with a quota and a panel."""
    app.config["WTF_CSRF_ENABLED"] = False
    browser = signed_in(app, make_person(app, "rae", "researcher"))
    files = {
        "study_file": (io.BytesIO((STUDY.replace("study: coffee", "# kept\nstudy: tea") + FIELD).encode()), "s.yaml"),
        "questionnaire_file": (io.BytesIO(INSTRUMENT.encode()), "q.yaml"),
    }
    assert browser.post("/studies/upload", data=files).status_code == 303
    return browser


@pytest.fixture
def draft(app):
    def now():
        with app.extensions[EXTENSION].store.reading() as tx:
            return rows.find(tx, "tea")

    return now


@pytest.fixture
def send(writer, draft):
    """Send a form of the page: what becomes of it, and the page that says so."""

    def sent(room, expected=303, **fields):
        answer = writer.post(f"{PAGE}/{room}", data={"revision": str(draft().revision), **fields})
        assert answer.status_code == expected, unescape(re.sub(r"<[^>]+>", " ", answer.text))[:3000]
        return unescape(answer.text)

    return sent


def file_of(draft):
    checked = designs.check(draft())
    assert checked.problems == ()
    return checked.study.file


def beside(page, field):
    """What stands beside a field."""
    return re.search(rf'id="{re.escape(field)}-problem"[^>]*>([^<]*)<', page)[1]


def test_quotas_are_made_changed_and_taken_out(draft, send, writer):
    send("quotas", key="both", by=["place", "age"], classes_age="18-34, 35-99", limit="25", margin="3")
    both = file_of(draft).quotas[1]
    assert (both.by, both.margin, len(both.cells)) == (("place", "age"), 3, 4)
    assert both.cells[3].values == {"place": "secret_code_out", "age": (35, 99)}

    send("quotas", known_as="0", key="where", cell_0_drop="1", cell_1_is_place="secret_code_out", cell_1_limit="20")
    assert "# at home" not in draft().study_text
    page = writer.get(PAGE).text
    assert 'value="18-34"' in page
    cells = dict(re.findall(r'name="(cell_\d+_is_age)" value="([^"]+)"', page.partition('id="quotas-1"')[2]))
    places = {f"cell_{row}_is_place": f"secret_code_{'home' if row < 2 else 'out'}" for row in range(4)}
    limits = {f"cell_{row}_limit": "25" for row in range(4)}
    changed = {**cells, **places, **limits, "cell_0_limit": "40", "cell_3_drop": "1"}
    send("quotas", known_as="1", key="both", margin="", **changed)
    assert [cell.limit for cell in file_of(draft).quotas[1].cells] == [40, 25, 25]

    send("quotas", known_as="1", remove="1")
    text = draft().study_text
    assert [quota.key for quota in file_of(draft).quotas] == ["where"]
    assert "# one for each place" in text
    assert "# kept" in text


def test_a_wrong_quota_is_told_beside_its_field(draft, send):
    before = draft()
    cells = {"cell_0_is_place": "secret_code_home", "cell_0_limit": "many", "cell_1_is_place": "", "cell_1_limit": "5"}
    page = send("quotas", 422, known_as="0", key="where", **cells)
    assert beside(page, "quotas-0-cell_0_limit") == "A whole number, please."
    assert beside(page, "quotas-0-cell_1_is_place") == "Please fill this in."
    assert 'value="many"' in page

    # What only the check knows stands beside the field as well; the third row of the form is the second of the file.
    rows_ = {"cell_0_is_place": "secret_code_home", "cell_0_limit": "5", "cell_1_drop": "1"}
    page = send("quotas", 422, known_as="0", key="where", **rows_, cell_2_is_place="nowhere", cell_2_limit="5")
    assert "is never 'nowhere'" in beside(page, "quotas-0-cell_2_is_place")
    assert "is never" not in page.partition('name="cell_2_is_place"')[0].rpartition('name="cell_1_is_place"')[0]

    page = send("quotas", 422, key="", by=["age"], classes_age="", limit="")
    assert beside(page, "quotas-new-key") == "Please fill this in."
    assert beside(page, "quotas-new-classes_age") == "Please fill this in."
    many = ", ".join(str(age) for age in range(18, 99))
    assert "More than 200" in send("quotas", 422, key="x", by=["age", "place", "language"], classes_age=many, limit="1")
    assert draft() == before


def test_sources_are_made_renamed_and_taken_out(draft, send, writer):
    send("sources", **SOURCE)
    made = file_of(draft).sources["panel_b"]
    assert (made.id, made.keep, made.limit) == ("uid", ("wave", "cell"), 300)
    assert made.signature.secret == "PANEL_B"  # noqa: S105 - the name of a setting
    page = writer.get(PAGE).text
    assert "<script>alert" not in page

    send("sources", known_as="panel_b", **{**SOURCE, "name": "panel_c", "signature_kind": ""})
    sources = file_of(draft).sources
    assert list(sources) == ["panel_a", "panel_c"]
    assert sources["panel_c"].signature is None
    send("sources", known_as="panel_c", name="panel_c", remove="1")
    assert "# the first panel" in draft().study_text
    assert list(file_of(draft).sources) == ["panel_a"]


@pytest.mark.parametrize(
    ("wrong", "field", "told"),
    [
        ({"name": "panel_a"}, "name", "another source"),
        ({"label_zh": ""}, "label_zh", "fill this in"),
        ({"exits_complete": "javascript:alert(1)"}, "exits_complete", "is not a web address"),
        ({"exits_quality": "https://x.example/{nothing}"}, "exits_quality", "nothing is known"),
        ({"signature_secret": "s3cret!"}, "signature_secret", ""),
        ({"id": ""}, "", "needs the name of the parameter"),
    ],
)
def test_a_wrong_source_is_told_beside_its_field(draft, send, wrong, field, told):
    before = draft()
    page = send("sources", 422, **{**SOURCE, **wrong})
    assert told in beside(page, f"sources-new-{field}" if field else "sources-new")
    assert draft() == before


def test_brands_have_a_name_in_each_language(draft, send):
    send("brands", name_en=HOSTILE, name_zh="茶", entity="service", boost="1.5")
    made = file_of(draft).brands[3]
    assert (made.name["en"], made.name["zh"], made.entity, made.boost) == (HOSTILE, "茶", "service", 1.5)
    page = send("brands", 422, known_as="0", name_en="Alba", name_zh="", boost="much")
    assert beside(page, "brands-0-name_zh") == "Please fill this in."
    assert beside(page, "brands-0-boost").startswith("A number")
    for _ in range(3):
        send("brands", known_as="0", remove="1")
    assert "at least one brand" in send("brands", 422, known_as="0", remove="1")
    assert len(file_of(draft).brands) == 1


def test_nobody_overwrites_what_somebody_else_has_saved(writer, draft, send):
    send("brands", known_as="0", name_en="Alba", name_zh="阿")
    refused = writer.post(f"{PAGE}/brands", data={"revision": "1", "known_as": "0", "name_en": "B", "name_zh": "B"})
    assert refused.status_code == 409
    assert file_of(draft).brands[0].name["en"] == "Alba"
