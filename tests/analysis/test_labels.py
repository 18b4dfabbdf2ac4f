"""Names made from names of scales, in the grammar of each language."""

from analysis.labels import joined, lowered, numbered, raised

NEARNESS = {"en": "Closeness", "zh": "亲近程度", "de": "Nähe", "es": "Cercanía"}
BOND = {"en": "Strength", "zh": "牢固程度", "de": "Stärke der Bindung", "es": "Fuerza del vínculo"}


def test_ends_are_named_without_an_adjective_that_would_have_to_agree():
    assert raised(NEARNESS) == {"en": "high closeness", "zh": "高亲近程度", "de": "mehr Nähe", "es": "más cercanía"}
    assert lowered(BOND) == {
        "en": "low strength",
        "zh": "低牢固程度",
        "de": "weniger Stärke der Bindung",
        "es": "menos fuerza del vínculo",
    }


def test_abbreviations_keep_their_capitals():
    assert lowered({"en": "NPS score", "de": "NPS-Wert"}) == {"en": "low NPS score", "de": "weniger NPS-Wert"}


def test_names_are_joined_in_the_languages_that_all_have():
    assert joined([raised(NEARNESS), lowered(BOND)])["de"] == "Mehr Nähe · weniger Stärke der Bindung"
    assert joined([NEARNESS, BOND], listed=True)["zh"] == "亲近程度、牢固程度"
    assert joined([NEARNESS, {"en": "Strength"}]) == {"en": "Closeness · Strength"}


def test_equal_names_are_numbered():
    assert [label["es"] for label in numbered([NEARNESS, BOND, NEARNESS])] == [
        "Cercanía 1",
        "Fuerza del vínculo",
        "Cercanía 2",
    ]
