"""The interview: routing, random subsets, assignment of brands, going back, and why an answer is missing."""

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.catalogue import load_catalogue
from instruments.interview import Assign, Draw, End, Interview, Screen
from instruments.loader import find_instrument, instrument_of, load_instrument
from instruments.measures import NOT_ANSWERED, NOT_IN_SUBSET, NOT_REACHED, NOT_SHOWN
from instruments.study_file import Brand
from instruments.yaml_file import parse_yaml

BRANDS = [Brand(key=key, name={"en": key.title(), "zh": key}) for key in ("ash", "birch", "cedar", "elm")]
ADULT = {"agreed": 1, "age": 40, "works": 2}
TWO = {**ADULT, "aware": ("ash", "birch", "cedar"), "used": ("birch",)}


def reply(asked, wishes):
    """The wished answer to a question, or the first one there is."""
    name = asked.variable.partition("@")[0]
    wish = wishes.get(asked.variable, wishes.get(name))
    if wish is not None:
        return [str(code) for code in wish] if isinstance(wish, tuple) else [str(wish)]
    if asked.type == "text":
        return ["something"]
    return ["40"] if asked.type == "integer" else [str(asked.choices[0].code)] if asked.choices else ["1"]


class Respondent:
    """Somebody who answers as wished and takes the first brands of the first tiers."""

    def __init__(self, interview, seed=1):
        self.interview, self.draw, self.answers, self.visited = interview, interview.begin(seed), {}, []
        self.requests = []

    def next(self):
        return self.interview.next(self.draw, self.answers, self.visited)

    def post(self, screen, wishes):
        raw = {asked.variable: reply(asked, wishes) for asked in screen.asked if asked.type != "note"}
        self.answers |= self.interview.accept(screen, raw)
        self.visited.append(screen.key)

    def go(self, wishes, until=None):
        """Answer on until the screen of this key comes up, or to the end."""
        for _ in range(100):
            step = self.next()
            if isinstance(step, End) or (isinstance(step, Screen) and step.key == until):
                return step
            if isinstance(step, Assign):
                self.requests.append(step)
                chosen = list(itertools.chain(*step.tiers))[: step.n]
                self.draw = self.interview.assign(self.draw, self.answers, chosen)
            else:
                self.post(step, wishes)
        raise AssertionError("the interview does not end")

    def back_to(self, key, wishes):
        self.post(self.interview.screen(key, self.draw, self.answers), wishes)

    @property
    def path(self):
        return self.interview.path(self.draw, self.answers, self.visited)

    @property
    def current(self):
        return self.interview.current(self.draw, self.answers)

    def why(self, variable):
        return self.interview.missing_reason(variable, self.draw, self.current, self.path)


@pytest.fixture
def respondent(interview):
    return Respondent(interview)


def test_whole_way_in_order(respondent):
    assert respondent.go({**TWO, "one_more": 2, "as_wanted": 2, "current_family": "friends"}) == End("complete")
    rating = ["feelings", "family", "relationship", "wanted", "desired", "rules"]
    expected = ["welcome", "about_you", "awareness", "usage"]
    expected += [f"{page}@birch" for page in rating]
    full = respondent.draw.chances["full_pick"]
    expected += [f"{page}@ash" for page in rating if page != "wanted" and (page != "desired" or full)]
    drawn = respondent.interview.drawn_brand(respondent.draw, respondent.answers)
    assert list(respondent.path) == [*expected, "one_more", f"importance@{drawn}", "last"]


def test_used_brands_come_before_those_only_known(respondent):
    respondent.go({**TWO, "one_more": 2})
    assert respondent.requests == [Assign(2, (("birch",), ("ash", "cedar")))]
    assert respondent.draw.brands == ("birch", "ash")
    assert respondent.draw.eligible == ("birch", "ash", "cedar")


def test_third_brand_by_choice(respondent):
    assert respondent.go({**TWO, "one_more": 1}) == End("complete")
    assert respondent.requests[1] == Assign(1, (("cedar",),))
    assert respondent.draw.brands == ("birch", "ash", "cedar")
    assert "rules@cedar" in respondent.path
    assert respondent.path.index("one_more") < respondent.path.index("feelings@cedar")


def test_nothing_is_offered_when_no_brand_is_left(respondent):
    assert respondent.go({**TWO, "aware": ("birch", "ash")}) == End("complete")
    assert "one_more" not in respondent.path


def test_one_eligible_brand_is_rated_alone(respondent):
    assert respondent.go({**TWO, "aware": ("birch",)}) == End("complete")
    assert respondent.requests == [Assign(1, (("birch",),))]
    assert "importance@birch" in respondent.path


def test_nobody_eligible_skips_loop_and_drawn_brand(respondent):
    respondent.go(ADULT, until="awareness")
    respondent.answers["aware"] = NOT_ANSWERED
    respondent.visited.append("awareness")
    assert respondent.go({}) == End("complete")
    assert respondent.path == ("welcome", "about_you", "awareness", "last")
    assert respondent.why("used") == NOT_SHOWN
    assert respondent.interview.drawn_brand(respondent.draw, respondent.answers) is None


def test_screened_out(respondent):
    assert respondent.go({**ADULT, "age": 17}) == End("screened_out")
    assert respondent.why("comment") == NOT_SHOWN
    assert respondent.interview.progress(respondent.draw, respondent.answers, respondent.visited) == (2, 2)


def test_question_made_relevant_on_its_own_page_comes_on_the_same_screen_again(respondent):
    screen = respondent.go(ADULT, until="about_you")
    assert [asked.variable for asked in screen.asked] == ["age", "works"]
    respondent.post(screen, {"works": 1})
    again = respondent.next()
    assert again.key == "about_you"
    assert [asked.variable for asked in again.asked] == ["age", "works", "job"]
    respondent.post(again, {"works": 1, "job": "carpenter"})
    assert respondent.next().key == "awareness"
    respondent.back_to("about_you", {"works": 2})
    assert "job" not in respondent.current
    assert respondent.next().key == "awareness"


def test_filtered_choices_keep_the_extra_ones_last(respondent):
    screen = respondent.go(TWO, until="usage")
    codes = [choice.code for choice in screen.asked[0].choices]
    assert set(codes[:3]) == {"ash", "birch", "cedar"}
    assert codes[3:] == ["none", -97]


def test_only_the_chosen_familys_descriptions_are_shown(respondent):
    screen = respondent.go({**TWO, "current_family": "love"}, until="relationship@birch")
    assert {choice.family for choice in screen.asked[0].choices[:-1]} == {"love"}
    assert screen.asked[0].choices[-1].code == "none_fits"
    assert len(screen.asked[0].choices) > 3


@pytest.mark.parametrize("answer", ["none_fits", -97])
def test_without_a_family_no_description_is_asked(respondent, answer):
    respondent.go({**TWO, "current_family": answer, "one_more": 2})
    assert "relationship@birch" not in respondent.path
    assert respondent.why("current_relationship@birch") == NOT_SHOWN


def test_brand_is_named_in_each_language(respondent):
    screen = respondent.go(TWO, until="feelings@birch")
    assert screen.title == {"en": "You and Birch", "zh": "您和品牌birch"}
    assert all("Birch" in asked.label["en"] and "品牌birch" in asked.label["zh"] for asked in screen.asked)


def test_every_rating_shows_two_of_three_sets(interview):
    seen = Counter()
    for seed in range(60):
        respondent = Respondent(interview, seed)
        screen = respondent.go(TWO, until="feelings@birch")
        shown = {asked.variable.partition("@")[0] for asked in screen.asked}
        assert shown == {
            f"{scale}{'abc'.index(name) + 1}" for scale in ("warm", "cold") for name in respondent.draw.sets
        }
        seen.update(respondent.draw.sets)
        absent = ({"a", "b", "c"} - set(respondent.draw.sets)).pop()
        assert respondent.why(f"warm{'abc'.index(absent) + 1}@birch") == NOT_IN_SUBSET
    assert set(seen) == {"a", "b", "c"}
    assert min(seen.values()) > 25


def test_by_turn_every_choice_of_sets_comes_before_any_comes_again(interview):
    forms = [interview.begin(seed, turn).sets for turn, seed in enumerate(range(900, 930))]
    for block in range(10):
        assert set(forms[3 * block : 3 * block + 3]) == {("a", "b"), ("a", "c"), ("b", "c")}
    assert len({tuple(forms[3 * block : 3 * block + 3]) for block in range(10)}) > 2


def test_pages_and_questions_in_random_order_are_recorded_by_the_seed_and_reasons_follow_it(small_yaml):
    text = small_yaml.replace("    at_most: 2\n", "    at_most: 2\n    random_order: true\n")
    text = text.replace("relevant: current_family != 'none_fits'", "relevant: brand in used").replace(
        "            choice_filter: family == current_family\n", ""
    )
    text = text.replace("relevant: as_wanted == 2 or full_pick", "relevant: full_pick")
    text = text.replace("  - page: last\n", "  - page: last\n    random_order: true\n").replace(
        "      - {name: comment,",
        "      - {name: more, type: integer, label: {en: More?, zh: 多？}}\n      - {name: comment,",
    )
    shuffled = Interview(instrument_of(parse_yaml(text, "shuffled.yaml")), BRANDS, load_catalogue())
    orders, lasts = set(), set()
    for seed in range(8):
        respondent = Respondent(shuffled, seed)
        first = respondent.go(TWO, until="feelings@birch")
        done = [key for key in respondent.path[:-1] if key.endswith("@birch")]
        assert respondent.why("warm1@ash") in (NOT_REACHED, NOT_IN_SUBSET)
        assert {respondent.why(f"{name}@birch") for name in ("as_wanted", "satisfaction", "current_family")} <= {
            NOT_REACHED, NOT_SHOWN, NOT_ANSWERED,
        }  # fmt: skip
        if "rules@birch" not in done:
            assert respondent.why("satisfaction@birch") == NOT_REACHED
        last = respondent.go({**TWO, "one_more": 2}, until="last")
        assert last.asked[0].variable == "bye"
        brands = [key.partition("@") for key in respondent.path if "@" in key and not key.startswith("importance")]
        pages = {brand: [page for page, _, at in brands if at == brand] for brand in ("birch", "ash")}
        assert [page for page in pages["birch"] if page in pages["ash"]] == [
            page for page in pages["ash"] if page in pages["birch"]
        ]
        assert first == shuffled.screen("feelings@birch", respondent.draw, respondent.answers)
        orders.add(tuple(pages["birch"]))
        lasts.add(tuple(asked.variable for asked in last.asked[1:]))
    assert len(orders) > 4
    assert lasts == {("more", "comment"), ("comment", "more")}


def test_rule_subsets_share_as_many_as_the_questionnaire_says(interview):
    for seed in range(40):
        respondent = Respondent(interview, seed)
        screen = respondent.go(TWO, until="rules@birch")
        experience = {asked.variable for asked in screen.asked if asked.variable.startswith("exp_")}
        assert len(experience) == 3
        respondent.go({**TWO, "one_more": 2})
        drawn = interview.drawn_brand(respondent.draw, respondent.answers)
        important = {name for name in respondent.current if name.startswith("imp_")}
        assert len(important) == 4
        assert all(name.endswith(f"@{drawn}") for name in important)
        shared = {name.replace("imp_", "exp_") for name in important} & set(respondent.current)
        assert len(shared) == 2
        other = ({"birch", "ash"} - {drawn}).pop()
        assert respondent.why(f"imp_waits@{other}") == NOT_IN_SUBSET


def test_each_rated_brand_is_drawn_about_equally_often(interview):
    drawn = Counter()
    for seed in range(300):
        draw = interview.assign(interview.begin(seed), TWO, ["birch", "ash"])
        drawn[interview.drawn_brand(draw, TWO)] += 1
    assert set(drawn) == {"birch", "ash"}
    assert min(drawn.values()) > 120


def test_draw_and_screens_are_the_same_again(interview):
    one, two = Respondent(interview, 7), Respondent(interview, 7)
    first, second = one.go(TWO, until="feelings@birch"), two.go(TWO, until="feelings@birch")
    assert first == second
    assert one.draw == two.draw
    assert Draw.from_json(one.draw.to_json()) == one.draw
    assert interview.screen("feelings@birch", one.draw, one.answers) == first
    orders = {
        tuple(asked.variable for asked in Respondent(interview, seed).go(TWO, until="feelings@birch").asked)
        for seed in range(12)
    }
    assert len(orders) > 6


def test_brands_stand_in_the_same_random_order_on_one_list_only_within_a_person(interview):
    orders = {
        tuple(choice.code for choice in Respondent(interview, seed).go(ADULT, until="awareness").asked[0].choices)
        for seed in range(20)
    }
    assert len(orders) > 5


def test_answers_of_a_branch_left_do_not_count_and_come_back_with_it(respondent):
    respondent.go({**TWO, "current_family": "friends", "one_more": 2})
    respondent.back_to("family@birch", {"current_family": "none_fits"})
    assert "current_relationship@birch" not in respondent.current
    assert respondent.next() == End("complete")
    respondent.back_to("family@birch", {"current_family": "friends"})
    assert "current_relationship@birch" in respondent.current
    respondent.back_to("family@birch", {"current_family": "love"})
    assert "current_relationship@birch" not in respondent.current
    assert respondent.next().key == "relationship@birch"


def test_brand_no_longer_eligible_is_replaced_and_its_answers_rest(respondent):
    respondent.go({**TWO, "one_more": 2})
    respondent.back_to("awareness", {"aware": ("ash", "cedar")})
    assert respondent.next().key == "usage"
    respondent.go({"used": ("ash",)}, until="feelings@cedar")
    assert respondent.requests[-1] == Assign(1, (("cedar",),))
    assert not any(variable.endswith("@birch") for variable in respondent.current)
    respondent.back_to("awareness", {"aware": ("ash", "birch", "cedar")})
    respondent.go({"used": ("birch",)})
    assert respondent.interview.rated(respondent.draw, respondent.answers) == ("birch", "ash")
    assert any(variable.endswith("@birch") for variable in respondent.current)


def test_screen_off_the_path_cannot_be_drawn_up(respondent):
    respondent.go({**TWO, "current_family": "none_fits"}, until="rules@birch")
    with pytest.raises(LookupError, match="not on the path"):
        respondent.interview.screen("relationship@birch", respondent.draw, respondent.answers)


@pytest.mark.parametrize("chosen", [[], ["birch"], ["birch", "birch"], ["birch", "elm"], ["birch", "ash", "cedar"]])
def test_assignment_must_be_what_was_asked_for(interview, chosen):
    with pytest.raises(ValueError, match="choose 2 different brands"):
        interview.assign(interview.begin(1), TWO, chosen)


def test_nothing_to_assign(interview):
    with pytest.raises(ValueError, match="no brand is to be assigned"):
        interview.assign(interview.begin(1), ADULT, ["ash"])


def test_reasons_after_a_break_off(respondent):
    respondent.go({**TWO, "current_family": "none_fits"}, until="rules@birch")
    shown = respondent.draw.experience["birch"]
    assert respondent.why(f"exp_{shown[0]}@birch") == NOT_ANSWERED
    assert respondent.why("satisfaction@birch") == NOT_ANSWERED
    assert respondent.why("current_relationship@birch") == NOT_SHOWN
    assert respondent.why("job") == NOT_SHOWN
    assert respondent.why("satisfaction@ash") == NOT_REACHED
    assert respondent.why("one_more") == NOT_REACHED
    assert respondent.why("comment") == NOT_REACHED


def test_progress_never_exceeds_its_total_and_ends_level(interview):
    respondent, seen = Respondent(interview), []
    while True:
        step = respondent.next()
        seen.append(interview.progress(respondent.draw, respondent.answers, respondent.visited))
        if isinstance(step, End):
            break
        if isinstance(step, Assign):
            respondent.draw = interview.assign(respondent.draw, respondent.answers, ["birch", "ash"])
        else:
            respondent.post(step, {**TWO, "one_more": 2})
    assert seen[0][0] == 0
    assert all(done < total for done, total in seen[:-1])
    assert seen[-1][0] == seen[-1][1] == len(respondent.path)
    assert abs(seen[0][1] - seen[-1][1]) <= 3


def test_variables_are_described_in_order(interview):
    variables = interview.variables()
    assert [variable.name for variable in variables][:5] == ["agreed", "age", "works", "job", "aware"]
    by_name = {variable.name: variable for variable in variables}
    assert len(by_name) == len(variables) == 5 + 1 + 6 + 4 + 6 + 1 + 1 + 6 + 1
    assert by_name["warm1"].level == by_name["imp_waits"].level == "rating"
    assert (by_name["imp_waits"].kind, by_name["exp_waits"].list) == ("importance", "kept")
    assert by_name["one_more"].level == "person"
    assert [choice.code for choice in by_name["aware"].choices] == ["ash", "birch", "cedar", "elm"]
    assert "bye" not in by_name


def test_catalogue_must_be_there_when_it_is_shown(small, interview):
    with pytest.raises(ValueError, match="relationship catalogue"):
        Interview(small, interview.brands)


@pytest.fixture(scope="module")
def flagship():
    brands = [Brand(key=key, name={"en": key.title(), "zh": key}) for key in ("ash", "birch", "cedar", "elm")]
    return Interview(load_instrument(find_instrument("consumer_brand_relationship")), brands, load_catalogue())


@pytest.mark.parametrize("seed", range(12))
def test_flagship_shows_each_rating_16_statements_8_rules_and_12_importances_once(flagship, seed):
    respondent = Respondent(flagship, seed)
    wishes = {
        "age": 40,
        "aware": ("ash", "birch", "cedar"),
        "used": ("cedar",),
        "as_wanted": 2,
        "one_more": 1 + seed % 2,
    }
    assert respondent.go(wishes) == End("complete")
    rated = flagship.rated(respondent.draw, respondent.answers)
    assert rated == ("cedar", "ash", "birch")[: 3 - seed % 2]
    kinds = {variable.name: variable.kind for variable in flagship.variables()}
    count = Counter((kinds[name.partition("@")[0]], name.partition("@")[2]) for name in respondent.current)
    for brand in rated:
        assert (count["scale", brand], count["experience", brand]) == (16, 8)
    drawn = flagship.drawn_brand(respondent.draw, respondent.answers)
    assert {brand: n for (kind, brand), n in count.items() if kind == "importance"} == {drawn: 12}
    both = {name.partition("_")[2] for name in respondent.current if name.startswith("imp_")}
    assert sum(f"exp_{name}" in respondent.current for name in both) == 4


@given(st.data())
def test_random_respondents_with_random_steps_back_always_come_to_an_end(interview, data):
    respondent = Respondent(interview, data.draw(st.integers(0, 2**63), label="seed"))
    for _ in range(60):
        step = respondent.next()
        if isinstance(step, End):
            break
        if isinstance(step, Assign):
            open_brands = [brand for tier in step.tiers for brand in tier]
            chosen = data.draw(st.permutations(open_brands))[: step.n]
            respondent.draw = interview.assign(respondent.draw, respondent.answers, chosen)
            continue
        done = respondent.path[:-1]
        if done and data.draw(st.integers(0, 9)) == 0:
            step = interview.screen(data.draw(st.sampled_from(done)), respondent.draw, respondent.answers)
        wishes = {
            asked.variable: data.draw(st.sampled_from([choice.code for choice in asked.choices]))
            for asked in step.asked
            if asked.choices
        }
        respondent.post(step, wishes)
        current = respondent.current
        assert current.items() <= respondent.answers.items()
        assert interview.current(respondent.draw, current) == current
    assert isinstance(respondent.go({}), End)
