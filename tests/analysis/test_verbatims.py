import dataclasses

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from analysis.errors import AnalysisError
from analysis.findings import Membership
from analysis.verbatims import Verbatim, coder_agreement, signal_shares, suggest_codes
from instruments.coding_frame import library_coding_frame

FRAME = library_coding_frame()
# Invented words: what a text is about, in four ways of writing.
SUBJECTS = {
    "complaint": ("lieferung kam kaputt an", "退款一直没有到账", "the parcel arrived smashed", "el pedido vino roto"),
    "praise": ("so liebe leute am telefon", "店员特别耐心", "staff stayed late for me", "me atendieron de maravilla"),
}
FILLERS = ("today", "heute", "hoy", "今天", "again", "wieder", "otra vez", "又")


def texts(n, rng):
    """Half complaints, half praise, with fillers around; the truth by key."""
    verbatims, truth = [], {}
    for i in range(n):
        code = "complaint" if i % 2 else "praise"
        said = SUBJECTS[code][rng.integers(4)]
        key = f"t{i}"
        verbatims.append(Verbatim(key, f"{rng.choice(FILLERS)} {said} {rng.choice(FILLERS)}", "en", f"p{i % 40}"))
        truth[key] = frozenset({code})
    return verbatims, truth


def test_cues_suggest_in_each_language_and_only_at_the_beginning_of_words():
    verbatims = [
        Verbatim("en", "Never again, they were rude", "en"),
        Verbatim("inside", "The crude oil is translated", "en"),
        Verbatim("zh", "这家店态度恶劣", "zh"),
        Verbatim("de", "Ich bin enttäuscht", "de"),
        Verbatim("es", "Fue una decepción: muy groseros", "es"),
        Verbatim("other", "这家店态度恶劣", "en"),
    ]
    found = suggest_codes(verbatims, FRAME, {}).suggested
    assert {one.key for one in found if one.code == "complaint"} == {"en", "zh", "de", "es"}
    assert all(one.basis == "cue" and one.probability is None for one in found)


def test_codes_are_learned_from_what_people_confirmed_and_judged_on_other_texts():
    verbatims, truth = texts(200, np.random.default_rng(3))
    confirmed = {key: truth[key] for key in list(truth)[:100]}
    found = suggest_codes(verbatims, FRAME, confirmed)
    learned = {one.code: one for one in found.learned}
    assert set(learned) == {"complaint", "praise"}
    assert all(one.precision > 0.95 and one.recall > 0.95 and one.texts == 100 for one in learned.values())
    right = [one.code in truth[one.key] for one in found.suggested if one.basis == "learned"]
    assert len(right) == 100
    assert all(right)
    assert not {one.key for one in found.suggested} & set(confirmed)


def test_where_texts_say_nothing_of_a_code_the_learner_admits_it():
    rng = np.random.default_rng(4)
    verbatims, _ = texts(120, rng)
    by_chance = {verbatim.key: frozenset({"change"} if rng.random() < 0.5 else ()) for verbatim in verbatims}
    (learned,) = suggest_codes(verbatims, FRAME, by_chance).learned
    assert learned.precision < 0.7


def test_kappa_is_that_of_scikit_learn_and_its_interval_holds_it():
    rng = np.random.default_rng(5)
    keys = [f"t{i}" for i in range(150)]
    truth = rng.random(150) < 0.4
    one, other = (np.where(rng.random(150) < 0.15, ~truth, truth) for _ in range(2))
    first, second = (
        {k: frozenset({"praise"} if c else ()) for k, c in zip(keys, by, strict=True)} for by in (one, other)
    )
    found = {a.code: a for a in coder_agreement(first, second | {"unread": frozenset()}, FRAME, rng=rng)}
    praise = found["praise"]
    assert praise.kappa.value == pytest.approx(cohen_kappa_score(one, other), abs=1e-12)
    assert praise.share.value == pytest.approx(np.mean(one == other))
    assert praise.kappa.low < praise.kappa.value < praise.kappa.high < 1
    assert praise.kappa.n == 150
    assert found["boycott"].kappa.value is None
    assert found["boycott"].share.value == 1


def test_signals_are_told_by_the_archetype_of_the_rating_or_of_all_the_persons_ratings():
    memberships = [
        Membership("ann", "north", "A1", 0.9, ()),
        Membership("ann", "south", "A2", 0.9, ()),
        Membership("bob", "north", "A2", 0.9, ()),
        Membership("bob", "south", "A2", 0.9, ()),
    ]
    verbatims = [
        Verbatim("1", "x", "en", "ann", "north"),
        Verbatim("2", "x", "en", "ann", None),
        Verbatim("3", "x", "en", "bob", None),
        Verbatim("4", "x", "en", "bob", "south"),
        Verbatim("5", "x", "en", None, "south"),
        Verbatim("6", "x", "en", "bob", "north"),
    ]
    codes = {key: frozenset({"boycott"}) for key in "12345"}
    shares = {(s.archetype, s.code): s.share for s in signal_shares(verbatims, codes, FRAME, memberships)}
    assert shares["A1", "boycott"].n == 1
    assert shares["A2", "boycott"].n == 2  # of bob; the sixth was never coded, the second and fifth belong nowhere
    assert shares["A2", "boycott"].value == 1
    assert shares["A2", "praise"].value == 0
    assert ("A1", "belonging") not in shares


@pytest.mark.parametrize("wrong", ["first", "second"])
def test_codes_that_the_frame_does_not_have_are_refused(wrong):
    sides = {"first": {"1": frozenset()}, "second": {"1": frozenset()}} | {wrong: {"1": frozenset({"prase"})}}
    with pytest.raises(AnalysisError, match="no code prase"):
        coder_agreement(sides["first"], sides["second"], FRAME, rng=np.random.default_rng(1))


def test_coders_of_different_texts_cannot_be_compared():
    with pytest.raises(AnalysisError) as refused:
        coder_agreement({"1": frozenset()}, {"2": frozenset()}, FRAME, rng=np.random.default_rng(1))
    assert refused.value.code == "nothing_in_common"


def test_nothing_to_code_is_no_error():
    verbatims, truth = texts(60, np.random.default_rng(6))
    assert suggest_codes([], FRAME, {}).suggested == ()
    assert suggest_codes(verbatims, FRAME, truth).suggested == ()
    assert signal_shares([dataclasses.replace(verbatims[0], person=None)], truth, FRAME, []) == ()
