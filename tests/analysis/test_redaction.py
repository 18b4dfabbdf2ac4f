import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.redaction import redacted


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Write to anna.b@web.de or call +49 170 1234567!", "Write to [mail] or call [phone]!"),
        ("call 13812345678 or 010-6552 9988", "call [phone] or [phone]"),
        ("see https://shop.example/a?b=1 and www.x.example", "see [link] and [link]"),
        ("order AB-123456", "order [number]"),
        ("thanks to Mr. Smith and Mrs Jones-Brown", "thanks to [name] and [name]"),
        ("My name is Wilma, I bought it", "[name], I bought it"),
        ("Frau Müller-Lüdenscheidt half mir", "[name] half mir"),
        ("Me llamo Juan y la Sra. García me ayudó", "[name] y la [name] me ayudó"),
        ("我叫王小明，请找李经理，微信号abc_12345", "[name]，请找[name]，[handle]"),
        ("ask @velmora_help", "ask [handle]"),
    ],
)
def test_what_identifies_people_is_taken_out(text, kept):
    assert redacted(text).text == kept


@pytest.mark.parametrize(
    "text",
    [
        "I paid 1200 euros in 2019 for 3 items",
        "on 2019-12-24 we bought it",
        "这位先生很好",
        "The miss was theirs, not mine",
        "Rated 10/10, 24/7 service",
        "Die Frau an der Kasse war freundlich",
    ],
)
def test_ordinary_sentences_stay_as_they_are(text):
    assert redacted(text).text == text
    assert redacted(text).found == {}


def test_what_was_taken_out_is_counted():
    assert redacted("a@b.de c@d.de +49 170 1234567").found == {"mail": 2, "phone": 1}


@given(st.text(max_size=300))
def test_a_redacted_text_holds_nothing_more_to_redact(text):
    once = redacted(text).text
    assert redacted(once).text == once
