"""The flagship's length, estimated from its texts, stays within what people put up with on a phone."""

import pytest

from instruments.length import estimate_minutes
from instruments.loader import LIBRARY, load_instrument

FILE = LIBRARY / "consumer_brand_relationship.yaml"
FLAGSHIP = load_instrument(FILE)
LONGEST_MINUTES = 14


@pytest.mark.parametrize("language", FLAGSHIP.languages)
def test_three_quarters_of_respondents_finish_within_the_limit(language):
    _, p75 = estimate_minutes(FLAGSHIP, language)
    assert p75 <= LONGEST_MINUTES


def test_the_heading_of_the_file_states_the_estimate():
    heading = FILE.read_text(encoding="utf-8").partition("format:")[0]
    for language in FLAGSHIP.languages:
        median, p75 = estimate_minutes(FLAGSHIP, language)
        assert f"{language}: median {median:.1f}, p75 {p75:.1f}" in heading
