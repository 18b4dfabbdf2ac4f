"""Two hundred respondents at the gate together: no quota overshoots, brands stay even, on both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from instruments.interview import Screen
from survey_app.interview.questionnaires import Questionnaires
from survey_app.interview.sitting import answer, find_standing, open_sitting
from survey_app.store import sittings
from tests.survey_app.small_study import publish_small_study

RESPONDENTS, LIMIT, MARGIN, THREADS = 200, 30, 4, 16
FIELD = f"""\
quotas:
  - {{key: place, by: [place], margin: {MARGIN}, cells: [{{is: {{place: secret_code_home}}, limit: {LIMIT}}}]}}
"""
RAW = {
    "welcome": {"consent": ["1"]},
    "screener": {"age": ["40"], "place": ["secret_code_home"]},
    "awareness": {"aware": ["alba", "brio", "cova"]},
    "words": {"words": ["no"]},
}


@pytest.fixture
def questionnaire(store):
    publish_small_study(store, field=FIELD)
    with store.reading() as tx:
        return Questionnaires({"en"}).get(tx, "coffee", 1)


def page(store, questionnaire, sitting_id):
    """Answer one page in a transaction of its own; returns the status after it."""
    with store.transaction() as tx:
        sitting = sittings.find(tx, sitting_id, lock=True)
        standing = find_standing(tx, questionnaire.interview, sitting, questionnaire.rules)
        step = standing.way.step
        if not isinstance(step, Screen) or sitting.is_finished:
            return sitting.status
        raw = RAW.get(step.key) or {asked.variable: ["3"] for asked in step.asked}
        return answer(tx, standing, step.key, f"key of {step.key}", raw).standing.sitting.status


def counted(store):
    with store.reading() as tx:
        return sittings.count_by_status(tx, "coffee")


def test_two_hundred_at_the_gate_do_not_overshoot(store, questionnaire):
    def begin(_):
        with store.transaction() as tx:
            opened = open_sitting(tx, questionnaire.interview, "coffee", 1, language="en", rules=questionnaire.rules)
        page(store, questionnaire, opened.sitting.id)
        return opened.sitting.id

    def pass_gate(sitting_id):
        gate.wait(60)
        return page(store, questionnaire, sitting_id)

    def finish(sitting_id):
        statuses = {}
        for _ in range(5):
            statuses = page(store, questionnaire, sitting_id)
        return statuses

    with ThreadPoolExecutor(THREADS) as pool:
        begun = list(pool.map(begin, range(RESPONDENTS)))
    gate = threading.Barrier(THREADS)
    with ThreadPoolExecutor(THREADS) as pool:
        passed = list(pool.map(pass_gate, begun[: RESPONDENTS // THREADS * THREADS]))
    assert passed.count("partial") == LIMIT + MARGIN
    assert passed.count("quota_full") == len(passed) - LIMIT - MARGIN

    inside = [sitting_id for sitting_id, status in zip(begun, passed, strict=False) if status == "partial"]
    with ThreadPoolExecutor(THREADS) as pool:
        ends = list(pool.map(finish, inside))
    assert set(ends) == {"complete"}
    assert LIMIT <= counted(store)["complete"] <= LIMIT + MARGIN
    late = begun[RESPONDENTS // THREADS * THREADS :]
    assert {page(store, questionnaire, sitting_id) for sitting_id in late} == {"quota_full"}

    with store.reading() as tx:
        given = [row.brand for sitting_id in inside for row in sittings.assigned(tx, sitting_id)]
    counts = [given.count(brand) for brand in ("alba", "brio", "cova")]
    assert max(counts) - min(counts) <= 1
