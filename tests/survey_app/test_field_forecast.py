"""The forecast of a field's end: from what is wanted, what is there and how quickly it comes."""

import pytest

from instruments.study_file import parse_study
from survey_app.field.forecast import Forecast, cell_rows, forecast
from survey_app.store.places import CellCounts
from tests.survey_app.small_study import INSTRUMENT, STUDY

QUOTAS = """\
quotas:
  - key: place
    by: [place]
    cells:
      - {is: {place: secret_code_home}, limit: 60}
      - {is: {place: secret_code_out}, limit: 40}
"""


def file(more=""):
    return parse_study(STUDY + more, INSTRUMENT).file


@pytest.mark.parametrize(
    ("completes", "recent", "expected"),
    [
        (30, (10, 35), Forecast(100, 70, 7, 14)),
        (30, (0, 7), Forecast(100, 70, 70, 70)),
        (30, (0, 0), Forecast(100, 70, None, None)),
        (30, (0, 1), Forecast(100, 70, None, None)),
        (120, (10, 35), Forecast(100, 0, 0, 0)),
    ],
)
def test_the_end_lies_between_the_pace_of_a_day_and_of_a_week(completes, recent, expected):
    assert forecast(file(QUOTAS), completes, recent) == expected


def test_without_limits_there_is_no_end_to_foretell():
    assert forecast(file(), 30, (10, 35)) is None


def test_every_cell_has_a_row_even_where_nobody_came():
    rows = cell_rows(file(QUOTAS), {("place", 1): CellCounts(3, 2)})

    assert [(quota, limit, counts.completes) for quota, _, limit, counts in rows] == [
        ("place", 60, 0),
        ("place", 40, 3),
    ]
    assert rows[1][1] == "place secret_code_out"
