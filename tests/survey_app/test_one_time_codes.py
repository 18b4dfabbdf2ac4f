"""One-time codes: the values of RFC 6238, appendix B, and what is taken."""

import base64

import pytest

from survey_app.access.one_time_codes import STEP_SECONDS, code_at, new_secret, step_of

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds, code):
    assert code_at(RFC_SECRET, seconds // STEP_SECONDS, digits=8) == code


def test_a_clock_may_be_one_step_off_and_no_more():
    secret, now = new_secret(), 1_900_000_000
    step = now // STEP_SECONDS

    assert [step_of(secret, code_at(secret, step + off), now) for off in (-1, 0, 1)] == [step - 1, step, step + 1]
    assert step_of(secret, code_at(secret, step + 5), now) is None
    assert step_of(secret, "é", now) is None
