"""Whatever is sent in whatever order: no mistake of ours, nothing the judge refuses is stored, nobody else touched."""

from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey_app.application import create_app
from survey_app.design.publishing import interview_of, publish_study, published
from survey_app.interview.forms import raw_of_answers
from survey_app.interview.sitting import find_standing
from survey_app.store import sittings
from survey_app.views.respondent import EXTENSION
from tests.question_types import INSTRUMENT, STUDY
from tests.survey_app.respondents import Browser

GOOD = [
    {"q1": "35", "q2": "2.4", "q3": "2026-02-14"},
    {"q1": "1", "q2": "2", "q3": "3", "q5": "60", "q7": "40"},
    {"q1": "1", "q2": "2", "q4": "3", "q5": "4", "q7": "2", "q8": "1"},
]
PLACES = [f"q{place}" for place in range(1, 10)]
FIELDS = [*PLACES, "q1x", "q3x", "again", "live", "lang", "paradata", "q999", "__proto__"]
ODD = ["", "1", "2", "-1", "-97", "1 2 3", "1e9", "9" * 40, "２", "½", "NaN", "price", "0x1", "2026-13-45"]
VALUES = st.one_of(st.sampled_from(ODD), st.text(max_size=12))
SENT = st.dictionaries(st.sampled_from(FIELDS), st.lists(VALUES, max_size=3), max_size=6)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["r", "r", "r", "back", "lang", "draft"]),
        st.sampled_from(["own", "own", "good", "replayed", "another's", "forged"]),
        SENT,
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=6,
)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The application with a study of every type of question."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "types.yaml").write_text(INSTRUMENT, encoding="utf-8")
    study = folder / "study.yaml"
    study.write_text(STUDY.replace("instrument: types", "instrument: types.yaml"), encoding="utf-8")
    made = create_app({"instance": folder / "instance"})
    publish_study(made.extensions[EXTENSION].store, study)
    yield made
    made.extensions[EXTENSION].store.close()


@pytest.fixture(scope="module")
def victim(app):
    """Somebody else, who has answered one page."""
    browser = Browser(app, "types")
    browser.enter("?lang=en")
    browser.answer(**GOOD[0])
    return browser


def kept_of(app, browser):
    with app.extensions[EXTENSION].store.reading() as tx:
        return sittings.find(tx, browser.sitting_id), sittings.pages(tx, browser.sitting_id)


def refused_by_the_judge(app, browser):
    """Stored pages that the judge of answers would not take."""
    with app.extensions[EXTENSION].store.reading() as tx:
        standing = find_standing(tx, interview_of(published(tx, "types").study), sittings.find(tx, browser.sitting_id))
    way = standing.way
    for page in way.pages:
        screen = way.screen(page.screen)
        again = [asked.variable for asked in screen.asked]
        raw = {
            name: [value for value in values if value != "-99"] for name, values in raw_of_answers(page.payload).items()
        }
        judged = way.interview.accept(screen, raw, again)
        if judged != dict(page.payload):
            yield page.screen, page.payload, judged


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_sequence_of_posts(app, victim, steps):
    before = kept_of(app, victim)
    foreign = victim.page().fields["page_key"]
    browser = Browser(app, "types")
    browser.enter("?lang=en")
    earlier = []
    for towards, kind, sent, number in steps:
        to = towards
        page = browser.page()
        fields = page.fields | {name: values for name, values in sent.items() if kind != "good"}
        fields |= {"another's": {"page_key": foreign}, "forged": {"page_key": foreign[::-1]}}.get(kind, {})
        if kind == "good":
            fields |= GOOD[number % len(GOOD)]
        if kind == "replayed" and earlier:
            to, fields = earlier[number % len(earlier)]
        body = urlencode(fields, doseq=True, errors="surrogatepass")
        earlier.append((to, fields))
        response = browser.client.post(f"/s/types/{to}", data=body, content_type="application/x-www-form-urlencoded")
        assert response.status_code in {204, 303, 409, 422}
        assert browser.client.get(f"/s/types/r?p={number}", follow_redirects=True).status_code == 200
    assert list(refused_by_the_judge(app, browser)) == []
    assert kept_of(app, victim) == before


def test_an_id_that_somebody_else_chose_is_not_taken_over(app):
    browser = Browser(app, "types")
    planted = "A" * 22
    browser.client.set_cookie("r", planted)
    browser.client.set_cookie("s", "eyJjc3JmX3Rva2VuIjoicGxhbnRlZCJ9.planted.planted")
    browser.enter("?lang=en")
    own = browser.sitting_id.split(".")[-1]
    with app.extensions[EXTENSION].store.reading() as tx:
        assert sittings.find(tx, planted) is None
        assert sittings.find(tx, own) is not None
    assert "planted" not in browser.client.get_cookie("s").value


def test_a_larger_body_than_is_allowed_is_refused_whatever_it_says_of_its_size(victim):
    token = victim.page().fields["csrf_token"]
    for extra in ({}, {"CONTENT_LENGTH": "10"}):
        body = urlencode({"csrf_token": token, "q1": "x" * 400_000})
        response = victim.client.post(
            "/s/types/r", data=body, content_type="application/x-www-form-urlencoded", environ_overrides=extra
        )
        assert response.status_code in {400, 413}
