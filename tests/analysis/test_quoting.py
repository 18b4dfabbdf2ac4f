"""Texts are quoted of the relationship that they tell of, without what identifies people, or not at all."""

from analysis.findings import Membership
from analysis.quoting import AgreedText, Quote, quotes

MEMBERS = [
    Membership("p1", "north", "A1", 0.9, ()),
    Membership("p1", "south", "A2", 0.9, ()),
    Membership("p2", "north", "A1", 0.9, ()),
]


def test_a_text_is_quoted_of_the_rating_that_it_is_about():
    assert quotes([AgreedText("Fine", "en", "p1", "south")], MEMBERS) == (Quote("A2", "south", "Fine", "en"),)


def test_a_text_about_no_brand_is_quoted_only_where_its_writer_rated_one():
    found = quotes(
        [AgreedText("Mine", "en", "p2"), AgreedText("Which?", "en", "p1"), AgreedText("Whose?", "en")], MEMBERS
    )

    assert [(quote.brand, quote.text) for quote in found] == [("north", "Mine")]


def test_a_brand_that_the_writer_did_not_rate_and_strangers_are_not_quoted():
    agreed = [AgreedText("a", "en", "p2", "south"), AgreedText("b", "en", "p9", "north")]

    assert quotes(agreed, MEMBERS) == ()


def test_what_identifies_people_is_taken_out_whatever_stands_in_the_sheet():
    (quote,) = quotes([AgreedText("Write to ann@example.org, Mr. Smith", "en", "p2", "north")], MEMBERS)

    assert quote.text == "Write to [mail], [name]"
