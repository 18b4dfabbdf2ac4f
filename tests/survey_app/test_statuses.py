import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.interview.statuses import FINISHED, STATUSES, UNFINISHED, NoSuchTurnError, after

EVENTS = ["saved", "complete", "screened_out", "quota_full", "quality_fail", "left"]


def test_every_status_is_finished_or_not():
    assert set(FINISHED) | set(UNFINISHED) == set(STATUSES)
    assert not set(FINISHED) & set(UNFINISHED)


@given(st.lists(st.sampled_from(EVENTS)))
def test_the_first_end_is_the_end(events):
    status = "started"
    ends = [event for event in events if event in FINISHED]
    for event in events:
        status = after(status, event)
    assert status in FINISHED or not ends
    assert not ends or status == ends[0]


def test_who_left_and_comes_back_goes_on():
    assert after(after("partial", "left"), "saved") == "partial"
    assert after("timed_out", "complete") == "complete"


def test_only_who_has_just_come_can_have_been_here_before():
    assert after("started", "seen_before") == "duplicate"
    assert after("complete", "seen_before") == "complete"
    with pytest.raises(NoSuchTurnError):
        after("partial", "seen_before")
