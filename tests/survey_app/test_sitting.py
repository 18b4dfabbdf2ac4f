"""Nothing lost, nothing twice: the contract of saving pages, on both databases."""

import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from instruments.interview import AnswerError, Screen
from survey_app.interview.questionnaires import Questionnaires
from survey_app.interview.sitting import answer, find_standing, go_back, keep_typed, open_sitting, typed
from survey_app.store import sittings
from survey_app.store.sittings import Beginnings
from tests.survey_app.small_study import publish_small_study

TRIAL = Beginnings(is_test=True)
ANSWERS = {
    "welcome": {"consent": ["1"]},
    "screener": {"age": ["40"], "place": ["secret_code_home"]},
    "awareness": {"aware": ["alba", "brio", "cova"]},
    "words": {"words": ["no"]},
}


@pytest.fixture
def interview(store):
    publish_small_study(store)
    with store.reading() as tx:
        return Questionnaires({"en"}).get(tx, "coffee", 1).interview


@pytest.fixture
def begin(interview, noon):
    def _begin(tx, **choices):
        return open_sitting(tx, interview, "coffee", 1, **({"language": "en", "seed": 7, "now": noon} | choices))

    return _begin


def _raw(screen, agree="3"):
    page = screen.key.partition("@")[0]
    return ANSWERS.get(page) or {asked.variable: [agree] for asked in screen.asked}


def _go(tx, standing, until=None):
    """Answer screen after screen, and stop before one."""
    while isinstance(standing.way.step, Screen) and standing.way.step.key.partition("@")[0] != until:
        step = standing.way.step
        standing = answer(tx, standing, step.key, f"key of {step.key}", _raw(step)).standing
    return standing


def _stored(tx, interview, standing):
    return find_standing(tx, interview, sittings.find(tx, standing.sitting.id))


def test_a_sitting_is_rebuilt_from_the_store_as_it_was_left(store, interview, begin):
    with store.transaction() as tx:
        left = _go(tx, begin(tx), until="words")
        found = _stored(tx, interview, left)

        assert found.sitting == left.sitting
        assert found.way.draw == left.way.draw
        assert found.way.answers == left.way.answers
        assert found.screen == left.screen
        assert found.screen.key == "words"


def test_every_page_is_acknowledged_once_however_often_it_is_sent(store, interview, begin):
    with store.transaction() as tx:
        standing = begin(tx)
        outcomes = [
            answer(tx, _stored(tx, interview, standing), "welcome", "k1", {"consent": ["1"]}).outcome for _ in range(4)
        ]
        assert outcomes == ["saved", "replayed", "replayed", "replayed"]
        assert len(sittings.pages(tx, standing.sitting.id)) == 1


def test_other_answers_under_a_used_key_are_one_more_visit_once(store, interview, begin):
    with store.transaction() as tx:
        standing = _go(tx, begin(tx), until="screener")
        for age in ("40", "41", "41", "40"):
            raw = {"age": [age], "place": ["secret_code_home"]}
            answer(tx, _stored(tx, interview, standing), "screener", "k", raw)
        visits = [page for page in sittings.pages(tx, standing.sitting.id) if page.screen == "screener"]
        assert [(page.visit, page.payload["age"]) for page in visits] == [(1, 40), (2, 41)]


def test_a_change_taken_back_on_the_same_page_counts_and_a_late_copy_does_not(store, interview, begin):
    with store.transaction() as tx:
        standing = _go(tx, begin(tx), until="screener")
        outcomes = []
        for age, seconds in (("40", 5), ("41", 8), ("40", 5), ("40", 12), ("41", 8), ("41", 15), ("41", 16)):
            raw = {"age": [age], "place": ["secret_code_home"]}
            found = _stored(tx, interview, standing)
            outcomes.append(answer(tx, found, "screener", "k", raw, client_seconds=seconds).outcome)
        assert outcomes == ["saved", "saved", "replayed", "saved", "replayed", "saved", "replayed"]
        assert _stored(tx, interview, standing).way.answers["age"] == 41


def test_going_back_and_changing_an_answer_adds_a_visit_and_counts(store, interview, begin):
    with store.transaction() as tx:
        standing = _go(tx, begin(tx), until="words")
        go_back(tx, standing, "words")
        before = _stored(tx, interview, standing)
        assert before.screen.key.startswith("statements@")
        go_back(tx, before, "screener")
        at_welcome = _stored(tx, interview, standing)
        assert at_welcome.screen.key == "welcome"

        raw = {"age": ["50"], "place": ["secret_code_out"]}
        changed = answer(tx, at_welcome, "screener", "again", raw).standing
        assert changed.screen.key == "awareness"
        assert _stored(tx, interview, changed).way.answers["age"] == 50
        assert changed.way.latest["screener"].visit == 2
        assert changed.way.step.key == "words"


def test_the_answer_sent_last_counts_though_the_clock_went_back(store, interview, begin, noon):
    with store.transaction() as tx:
        standing = _go(tx, begin(tx), until="screener")
        for place, age in enumerate(("40", "50", "60")):
            raw = {"age": [age], "place": ["secret_code_home"]}
            found = _stored(tx, interview, standing)
            answer(tx, found, "screener", f"k{place}", raw, now=noon - timedelta(seconds=3 * place))
            assert _stored(tx, interview, standing).way.answers["age"] == int(age)
        assert _stored(tx, interview, standing).way.latest["screener"].visit == 3


def test_forwards_after_a_change_leads_page_by_page_to_the_first_unanswered(store, begin):
    with store.transaction() as tx:
        standing = _go(tx, begin(tx), until="words")
        seen = []
        for number, key in enumerate(standing.way.path[:-1]):
            standing = answer(tx, standing, key, f"again {number}", _raw(standing.way.screen(key))).standing
            seen.append(standing.screen.key)
        assert seen == list(standing.way.path[1:])


def test_a_refused_page_saves_nothing(store, interview, begin):
    with store.transaction() as tx:
        standing = begin(tx)
        with pytest.raises(AnswerError):
            answer(tx, standing, "welcome", "k", {})
        assert _stored(tx, interview, standing) == standing


def test_a_page_that_is_not_on_the_way_is_not_taken(store, interview, begin):
    with store.transaction() as tx:
        standing = begin(tx)
        assert answer(tx, standing, "words", "k", {"words": ["x"]}).outcome == "not_on_the_way"
        assert answer(tx, standing, "nothing", "k", {}).outcome == "not_on_the_way"
        assert _stored(tx, interview, standing) == standing


@pytest.mark.parametrize(("age", "status"), [("40", "complete"), ("17", "screened_out")])
def test_a_sitting_ends_once_and_takes_nothing_more(store, interview, begin, age, status):
    with store.transaction() as tx:
        standing = _go(tx, begin(tx), until="screener")
        standing = answer(tx, standing, "screener", "k", {"age": [age], "place": ["secret_code_out"]}).standing
        ended = _go(tx, standing)
        assert ended.sitting.status == status
        stored = _stored(tx, interview, ended)
        assert stored.sitting == ended.sitting

        late = answer(tx, stored, "screener", "late", {"age": ["30"], "place": ["secret_code_out"]})
        assert late.outcome == "finished"
        go_back(tx, stored, "screener")
        assert _stored(tx, interview, ended) == stored


@pytest.mark.parametrize("text", ["\0", "'; --", "\N{GRINNING FACE}\u200d", "x" * 100_000])
def test_whatever_is_typed_can_be_kept(store, begin, text):
    with store.transaction() as tx:
        standing = _go(tx, begin(tx), until="screener")
        keep_typed(tx, standing, "screener", "k", {"age": [text]})
        assert typed(tx, standing) == {"age": [text]}


def test_what_is_typed_is_kept_until_the_page_is_saved(store, interview, begin):
    with store.transaction() as tx:
        standing = _go(tx, begin(tx), until="screener")
        keep_typed(tx, standing, "screener", "k", {"age": ["4"]})
        assert typed(tx, _stored(tx, interview, standing)) == {"age": ["4"]}
        assert "age" not in _stored(tx, interview, standing).way.answers

        standing = _go(tx, standing, until="awareness")
        go_back(tx, standing, "awareness")
        assert typed(tx, _stored(tx, interview, standing)) is None


def test_the_least_filled_brands_are_assigned_and_why_is_stored(store, begin):
    with store.transaction() as tx:
        given_so_far = []
        for seed in range(6):
            standing = _go(tx, begin(tx, seed=seed), until="statements")
            rows = sittings.assigned(tx, standing.sitting.id)
            counts = {brand: given_so_far.count(brand) for brand in ("alba", "brio", "cova")}
            assert rows[0].fills == {brand: count for brand, count in counts.items() if count}
            assert rows[0].eligible == [["alba", "brio", "cova"]]
            assert tuple(row.brand for row in rows) == standing.way.draw.brands
            assert max(counts[row.brand] for row in rows) <= sorted(counts.values())[1]
            given_so_far += standing.way.draw.brands


def test_brands_drawn_at_the_same_moment_are_spread_as_evenly_as_one_after_another(store, begin):
    def sit():
        with store.transaction() as tx:
            standing = _go(tx, begin(tx, seed=None), until="awareness")
        gate.wait()
        with store.transaction() as tx:
            found = _stored(tx, standing.way.interview, standing)
            drawn.extend(_go(tx, found, until="statements").way.draw.brands)

    drawn, gate = [], threading.Barrier(6)
    threads = [threading.Thread(target=sit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [drawn.count(brand) for brand in ("alba", "brio", "cova")] == [4, 4, 4]


def test_equal_seeds_meet_the_same_questionnaire(store, begin):
    with store.transaction() as tx:
        first, second = (_go(tx, begin(tx, seed=11), until="statements") for _ in range(2))
        assert first.way.draw.seed == second.way.draw.seed
        assert [sittings.find(tx, one.sitting.id).seed for one in (first, second)] == [11, 11]


PAGES = ("welcome", "screener", "awareness", "statements@alba", "statements@brio", "words")
SEND = st.tuples(st.sampled_from(PAGES), st.integers(0, 2))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SEND, max_size=25))
def test_any_interleaving_of_pages_ends_with_what_was_sent_last(store, interview, noon, sent):
    """Replays, pages out of order and pages of other windows: the end is as if only the last of each had been sent."""
    with store.transaction() as tx:
        standing = open_sitting(tx, interview, "coffee", 1, language="en", seed=3, now=noon, beginnings=TRIAL)
        last = {}
        for key, number in [*sent, *((key, 3) for key in PAGES)]:
            if key == "words" and number < 3:
                continue  # the last page ends the sitting
            agree = str(1 + number % 3)
            page = key.partition("@")[0]
            raw = {
                "awareness": {"aware": ["alba", "brio"]},
                "screener": {"age": [str(20 + number)], "place": ["secret_code_out"]},
            }
            raw = raw.get(page) or ANSWERS.get(page) or {f"{item}@{key[11:]}": [agree] for item in ("warm1", "warm2")}
            result = answer(tx, _stored(tx, interview, standing), key, f"{key} {number}", raw)
            if result.outcome == "saved":
                last[key] = result.standing.way.latest[key].payload
        final = _stored(tx, interview, standing)

        assert final.sitting.status == "complete"
        assert {key: page.payload for key, page in final.way.latest.items()} == {
            key: {name: list(value) if isinstance(value, tuple) else value for name, value in payload.items()}
            for key, payload in last.items()
        }
        assert final.way.answers["age"] == 23
        assert {final.way.answers[f"{item}@{brand}"] for item in ("warm1", "warm2") for brand in ("alba", "brio")} == {
            1
        }
        keys = [(page.screen, page.page_key) for page in final.way.pages]
        assert len(keys) == len(set(keys))
