"""Writing a study in the browser: the file says what the form says, mistakes are named, versions stay apart."""

import io
import re

import pytest

from survey_app.design import designs
from survey_app.jobs import run
from survey_app.results import analyses
from survey_app.store import designs as rows
from survey_app.store import sittings, studies
from survey_app.views.visitors import EXTENSION
from tests.survey_app.small_study import INSTRUMENT, STUDY
from tests.survey_app.views.people import make_person, signed_in

HOSTILE = '<script>alert("x")</script>'
NEW = {
    "title": "Tea 2027",
    "key": "tea",
    "languages": ["en", "zh"],
    "questionnaire": "pulse",
    "brands": "Alpha & Co\n\n Beta  Tea \n茶",
    "retention": "2030-12-31",
}
DESIGN = "/studies/tea/design"


@pytest.fixture
def writer(app):
    """The browser of a researcher."""
    app.config["WTF_CSRF_ENABLED"] = False
    return signed_in(app, make_person(app, "rae", "researcher"))


@pytest.fixture
def store(app):
    return app.extensions[EXTENSION].store


def draft_of(store, key="tea"):
    with store.reading() as tx:
        return rows.find(tx, key)


def small_files(study=STUDY, questionnaire=INSTRUMENT):
    return {
        "study_file": (io.BytesIO(study.encode()), "mine.yaml"),
        "questionnaire_file": (io.BytesIO(questionnaire.encode()), "q.yaml"),
    }


def test_a_study_is_begun_published_and_answered(app, writer, store):
    assert writer.post("/studies/new", data=NEW).headers["Location"] == DESIGN
    assert "nobody can answer" in writer.get(DESIGN).text
    assert app.test_client().get("/s/tea").status_code == 404

    published = writer.post(f"{DESIGN}/publish", follow_redirects=True).text
    assert 'href="/studies/tea">Watch the field' in published
    study = designs.check(draft_of(store)).study
    assert [brand.key for brand in study.file.brands] == ["alpha_co", "beta_tea", "brand_3"]
    assert app.test_client().get("/s/tea").status_code in {302, 303}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"key": "Tea!"}, "Small letters"),
        ({"key": "new"}, "There is a study with this key"),
        ({"key": "coffee"}, "There is a study with this key"),
        ({"brands": " \n"}, "Please fill this in"),
        ({"languages": []}, "Please fill this in"),
    ],
)
def test_a_wish_that_cannot_be_is_told_at_its_field(writer, store, wrong, said):
    refused = writer.post("/studies/new", data=NEW | wrong)

    assert refused.status_code == 422
    assert said in refused.text
    assert draft_of(store) is None


def test_a_form_changes_its_values_and_leaves_the_rest_of_the_file(writer, store):
    commented = STUDY.replace("study: coffee", "# kept\nstudy: tea").replace(
        "format: 1", "format: 1\nretention: 2031-01-01"
    )
    assert writer.post("/studies/upload", data=small_files(commented)).status_code == 303
    form = {"revision": "1", "title_en": HOSTILE, "brand_alba_en": "=cmd", "drop_brio": "1", "new_brands": "Delta"}

    assert writer.post(DESIGN, data=form).status_code == 303
    text = draft_of(store).study_text
    assert "# kept" in text
    file = designs.check(draft_of(store)).study.file
    assert [brand.key for brand in file.brands] == ["alba", "cova", "delta"]
    assert (file.title["en"], file.title["zh"], file.brands[0].name["en"]) == (HOSTILE, "咖啡", "=cmd")
    page = writer.get(DESIGN).text
    assert "<script>" not in page
    assert "&lt;script&gt;alert" in page


def test_nobody_overwrites_what_somebody_else_has_saved(writer, store):
    writer.post("/studies/new", data=NEW)
    first = draft_of(store)
    form = {"revision": str(first.revision), "title_en": "Mine"}

    assert writer.post(DESIGN, data=form).status_code == 303
    assert writer.post(DESIGN, data=form | {"title_en": "Yours"}).status_code == 409
    assert designs.check(draft_of(store)).study.file.title["en"] == "Mine"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (STUDY.replace("cova", "alba"), "line"),
        (STUDY + "plan: {k_max: many}\nretention: 2031-01-01\n", "k_max"),
        (STUDY, "retention"),
        ("study: [", "line"),
        ("- a list", "holds no study"),
    ],
)
def test_every_mistake_of_a_file_is_shown_and_keeps_it_from_being_published(writer, store, text, said):
    answer = writer.post("/studies/upload", data=small_files(text.replace("study: coffee", "study: tea")))
    page = writer.get(DESIGN) if answer.status_code == 303 else answer

    assert said in page.text
    assert 'class="problems"' in page.text
    assert writer.post(f"{DESIGN}/publish").status_code in {403, 422}
    with store.reading() as tx:
        assert studies.current(tx, "tea") is None


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"PK\x03\x04" + b"\x00" * 50])
def test_a_file_that_is_no_text_is_refused(writer, content):
    answer = writer.post("/studies/upload", data={"study_file": (io.BytesIO(content), "x.yaml")})

    assert answer.status_code == 422


def test_a_file_that_is_too_large_is_refused(writer):
    head = b'--end\r\nContent-Disposition: form-data; name="study_file"; filename="x.yaml"\r\n\r\n'
    body = head + b"#" * 2_100_000 + b"\r\n--end--\r\n"
    answer = writer.post("/studies/upload", data=body, content_type="multipart/form-data; boundary=end")

    assert answer.status_code == 413


@pytest.mark.parametrize("named", ["/etc/passwd", "../../pyproject.toml", "../x.yaml"])
def test_an_uploaded_study_reads_no_file_of_this_machine(writer, store, named):
    study = STUDY.replace("study: coffee", "study: tea").replace("instrument: small", f"instrument: {named}")
    assert (
        writer.post("/studies/upload", data={"study_file": (io.BytesIO(study.encode()), "x.yaml")}).status_code == 303
    )

    assert draft_of(store).instrument_text == ""
    assert "instrument: tea.questionnaire.yaml" in draft_of(store).study_text
    assert writer.post(f"{DESIGN}/publish").status_code == 422


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_preview_draws_every_page_in_every_language_with_answers(writer, language):
    writer.post("/studies/upload", data=small_files(STUDY.replace("coffee", "tea") + "retention: 2031-01-01\n"))
    frame = writer.get(f"{DESIGN}/preview?language={language}&fill=1")
    n_pages = len(re.findall(r"<option value=\"\d+\"", frame.text.partition('id="language"')[0]))

    assert n_pages >= 4
    assert "frame-src 'self'" in frame.headers["Content-Security-Policy"]
    pages = [writer.get(f"{DESIGN}/preview/{at}?language={language}&fill=1") for at in range(1, n_pages + 1)]
    assert {page.status_code for page in pages} == {200}
    assert all("frame-ancestors 'self'" in page.headers["Content-Security-Policy"] for page in pages)
    assert any(" checked" in page.text for page in pages)
    assert f'lang="{ {"en": "en", "zh": "zh-Hans"}[language] }' in pages[0].text or f'lang="{language}' in pages[0].text
    assert writer.get(f"{DESIGN}/preview/{n_pages + 1}").status_code == 404


def test_simulated_answers_are_marked_and_those_of_two_studies_live_side_by_side(writer, store, app):
    writer.post("/studies/upload", data=small_files(STUDY.replace("coffee", "tea") + "retention: 2031-01-01\n"))
    writer.post(f"{DESIGN}/publish")
    for study, respondents in (("tea", 3), ("coffee", 2), ("tea", 2)):
        job = analyses.ask_simulated(store, study, respondents)
        outcome = run(job.kind, job.args, store, app.extensions[EXTENSION].settings, lambda *_: None)
        assert outcome.state == "done", outcome.error
    with store.reading() as tx:
        assert (sittings.count_simulated(tx, "tea"), sittings.count_simulated(tx, "coffee")) == (5, 2)
        assert sittings.count_begun(tx, "tea") == 5
    assert writer.post(f"{DESIGN}/simulate", data={"respondents": "0"}).status_code == 422
    asked = writer.post(f"{DESIGN}/simulate", data={"respondents": "5"})
    assert "Simulated answers" in writer.get(asked.headers["Location"]).text
    assert "SIMULATED" in writer.get("/studies/tea").text


def test_an_uploaded_questionnaire_includes_no_file_of_this_machine(writer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.yaml").write_text("module: other\ntitle: Confidential\n")
    files = small_files(STUDY.replace("study: coffee", "study: tea") + "retention: 2031-01-01\n")
    questionnaire = files["questionnaire_file"][0].read().decode()
    named = questionnaire.replace("version: 1", "version: 1\ninclude: [other.yaml]", 1)
    files["questionnaire_file"] = (io.BytesIO(named.encode()), "q.yaml")
    answer = writer.post("/studies/upload", data=files)
    page = writer.get(DESIGN) if answer.status_code == 303 else answer

    assert "there is no module" in page.text
    assert "Confidential" not in page.text


SIGNED = """retention: 2031-01-01
sources:
  panel_a:
    label: {en: Panel A, zh: 样本库}
    kind: panel
    id: psid
    signature: {kind: hmac_sha256, parameter: sig, secret: PANEL_A}
"""


def test_only_an_administrator_publishes_what_signs_with_a_secret(writer, app, store):
    writer.post("/studies/upload", data=small_files(STUDY.replace("study: coffee", "study: tea") + SIGNED))
    assert designs.check(draft_of(store)).problems == ()
    assert writer.post(f"{DESIGN}/publish").status_code == 403
    with store.reading() as tx:
        assert studies.current(tx, "tea") is None

    administrator = signed_in(app, make_person(app, "ada", "administrator"))
    assert administrator.post(f"{DESIGN}/publish").status_code == 303
    assert writer.post(f"{DESIGN}/publish").status_code == 303  # nothing is signed otherwise than before


@pytest.mark.parametrize(("level", "status"), [("editor", 403), ("owner", 303)])
def test_an_editor_does_not_bring_the_day_of_erasing_forward(app, store, level, status):
    app.config["WTF_CSRF_ENABLED"] = False
    owner = signed_in(app, make_person(app, "olga", "researcher"))
    dated = STUDY.replace("study: coffee", "study: tea") + "retention: DAY\n"
    assert owner.post("/studies/upload", data=small_files(dated.replace("DAY", "2031-12-31"))).status_code == 303
    assert owner.post(f"{DESIGN}/publish").status_code == 303
    person = signed_in(app, make_person(app, "pia", "researcher", [("tea", level, "")]))

    for day, wanted in (("2033-12-31", 303), ("2032-12-31", status)):
        files = {"study_text": dated.replace("DAY", day), "revision": draft_of(store).revision}
        assert person.post(f"{DESIGN}/files", data=files).status_code == 303
        assert person.post(f"{DESIGN}/publish").status_code == wanted
    with store.reading() as tx:
        kept = studies.find(tx, "tea").study_text
    assert ("2033-12-31" in kept) == (level == "editor")
