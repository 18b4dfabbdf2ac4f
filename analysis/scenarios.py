"""Whole simulated studies with a known truth, made at once for benchmarks and power; their answers are nobody's."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Self, TypeAlias

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.findings import StudyInfo
from analysis.numeric.arrays import Booleans, Floats, Integers
from instruments.catalogue import DIMENSIONS
from instruments.measures import (
    NOT_IN_SUBSET,
    NOT_SHOWN,
    SIMULATED,
    ExperienceCodes,
    Measures,
    OutcomeMeasure,
    PickMeasure,
    RuleMeasure,
    ScaleMeasure,
)
from instruments.model import Texts

SEPARATIONS: dict[float, dict[int, float]] = {
    0.45: {3: 2.23, 4: 2.09, 5: 2.29, 6: 2.19, 7: 2.37},
    0.7: {3: 3.41, 4: 3.3, 5: 3.37, 6: 3.34, 7: 3.36},
}
"""Mean distance of an archetype from its nearest one at which the oracle reaches an adjusted Rand index, by that index
and the number of archetypes: means over the studies of ``benchmarks/recovery_studies.py``, from before any tuning."""

SCALES = tuple(DIMENSIONS)
ITEMS_PER_SCALE = 3
COUNTRIES = ("cn", "de", "es", "us")
RULE_FAMILIES = ("care", "respect", "fairness", "voice", "freedom", "identity")
# Relationship picked in each archetype, its family, the one wished for instead, and its family.
PICKS = (
    ("best_friends", "friends", "committed_partners", "love"),
    ("basic_exchange", "practical", "business_partners", "practical"),
    ("brief_passion", "love", "buddies", "friends"),
    ("mixed_feelings", "troubled", "buddies", "friends"),
    ("locked_in", "unequal", "basic_exchange", "practical"),
    ("guest_and_attendant", "unequal", "best_friends", "friends"),
    ("acquaintances", "distant", "buddies", "friends"),
)
# Where these relationships lie on the scales, before a study moves them and pulls them apart; -1 to 1 on each.
_PLACES = np.array(
    [
        [1.0, -1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.5],
        [-0.5, -1.0, -0.5, 0.0, 0.0, -1.0, 0.5, 0.5],
        [0.5, -0.8, 0.5, -0.75, 0.0, 0.75, 1.0, 0.25],
        [0.5, 0.5, 0.5, 0.0, 0.0, 0.75, 0.25, 0.0],
        [-0.8, 0.7, -0.25, 0.5, -1.0, -0.5, -1.0, 0.0],
        [0.0, -0.8, 0.25, 0.25, 1.0, -0.25, 0.5, 0.25],
        [-0.5, -0.9, -0.5, -0.5, 0.0, -0.25, 0.5, 0.5],
    ]
)
_MOVED = 0.3
KEPT, BROKEN, NEVER_AROSE = 1, 2, 3
_LOW, _HIGH = 1, 7

# How warm, cold and so on go up and down together within any archetype.
_GENERAL = np.array([0.7, -0.6, 0.6, 0.5, -0.2, 0.4, 0.4, 0.3])
# Shares of a rating's variance within its archetype: what all ratings of a person have in common, and brands.
_PERSON_SHARE, _BRAND_SHARE = 0.2, 0.05
_ITEM_SLOPE, _ITEM_NOISE = 1.1, 0.8
_EXTREMITY_SD, _COUNTRY_SD = 0.15, 0.15
# Answers of one kind of rating vary as widely as those of several.
_SINGLE_SPREAD = 1.5
_QUICK_SECONDS, _USUAL_SECONDS = 20.0, 140.0
_QUICK_SHARE, _ATTENTIVE_SHARE, _FLAT_SHARE = 0.75, 0.25, 0.4
_HURT, _GRUMBLE = 0.25, 0.4
_PREVALENCE, _NEVER, _AS_WANTED, _TRUE_PICK = 0.3, 0.2, 0.6, 0.75
_RULES_EXPERIENCED, _RULES_WEIGHED = 1 / 3, 1 / 2


@dataclass(frozen=True)
class ScenarioPlan:
    """What a simulated study is like; equal plans give equal studies.

    Parameters
    ----------
    seed : int
    persons, per_person, brands : int
        Each person rates ``per_person`` of the brands.
    archetypes : int
        3 to 7; 1 means that there are none.
    separation : float
        Mean distance of an archetype's centre from its nearest one, in standard deviations of a rating within its
        archetype; see ``SEPARATIONS``.
    careless : float
        Share of persons who answer without reading.
    style : float
        Standard deviation of a person's leaning to agree, in scale points.
    skew : float
        How far answers are pushed to the low end of the response scale, in scale points.
    tail : float
        Lognormal skewness of the feelings themselves; 0 leaves them normal.
    planned : "sets", "random" or "complete"
        16 of 24 items by two of three sets, 16 items drawn anew for each person, or all of them.
    n_rules : int
    norm : float
        How much more three rules matter in an archetype, and one less, in standard deviations of an importance.
    dealbreaker : float
        How much lower the outcome is in an archetype when one of its two rules is broken, in latent standard
        deviations, beyond the ``violation`` that any broken rule goes with.
    violation : float
    """

    seed: int = 1
    persons: int = 1200
    per_person: int = 2
    brands: int = 8
    archetypes: int = 4
    separation: float = 3.0
    careless: float = 0.2
    style: float = 0.35
    skew: float = 0.0
    tail: float = 0.0
    planned: Literal["sets", "random", "complete"] = "sets"
    n_rules: int = 24
    norm: float = 0.6
    dealbreaker: float = 0.6
    violation: float = _HURT

    @classmethod
    def overlapping(cls, seed: int, archetypes: int, oracle: float = 0.7, **choices: float) -> Self:
        """Plan a study with archetypes so far apart that the oracle reaches about this adjusted Rand index.

        Parameters
        ----------
        seed : int
        archetypes : int
        oracle : float
            0 to 1; 0.7 unless named.
        **choices : float

        Returns
        -------
        ScenarioPlan
        """
        return cls(seed=seed, archetypes=archetypes, separation=SEPARATIONS[oracle][archetypes], **choices)  # type: ignore[arg-type]

    @classmethod
    def structureless(cls, seed: int, *, skewed: bool = False, **choices: float) -> Self:
        """Plan a study without archetypes, norms and deal-breakers; skewed ones have stronger response styles too.

        Parameters
        ----------
        seed : int
        skewed : bool
        **choices : float

        Returns
        -------
        ScenarioPlan
        """
        shape = {"skew": 1.2, "tail": 0.5, "style": 0.6} if skewed else {}
        none = {"archetypes": 1, "separation": 0.0, "norm": 0.0, "dealbreaker": 0.0}
        return cls(seed=seed, **(none | shape | choices))  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class Truth:
    """What is true of a simulated study; rows are those of its answer table, in canonical order.

    Attributes
    ----------
    archetype : (n,) array of int
        Counted from 0; ``kind`` (k,) says which of ``PICKS`` each is.
    careless : (n,) array of bool
    level : (n, 8) array
        True position on the scales.
    shares, spreads : (k,) arrays
        Shares of the archetypes, and how widely each is spread, around 1.
    centres : (k, 8) array
    mixes : (brands, k) array
        Share of each archetype among a brand's ratings.
    brand_effects : (brands, 8) array
    leanings : (countries,) array
        Leaning to agree, in scale points.
    norms : (k, rules) array
        Planted differences of importance, in standard deviations.
    dealbreakers : (k, rules) array
        Planted extra effect of a broken rule, 0 or below, in latent standard deviations of the outcomes.
    broken : (n, rules) array
        1 broken, 0 kept, NaN never arose; asked or not.
    person_of, brand_of, country_of : (n,) arrays of int
    """

    archetype: Integers
    kind: Integers
    careless: Booleans
    level: Floats
    shares: Floats
    spreads: Floats
    centres: Floats
    mixes: Floats
    brand_effects: Floats
    leanings: Floats
    norms: Floats
    dealbreakers: Floats
    broken: Floats
    person_of: Integers
    brand_of: Integers
    country_of: Integers


@dataclass(frozen=True, eq=False)
class SimulatedStudy:
    """A study that nobody answered: the table of answers, what its columns measure, and the truth."""

    plan: ScenarioPlan
    frame: pd.DataFrame
    measures: Measures
    truth: Truth

    @cached_property
    def dataset(self) -> Dataset:
        """The answers as a Dataset, labelled as simulated; its ratings are in the order of the truth."""
        digest = hashlib.sha256(repr(self.plan).encode()).hexdigest()
        return Dataset.from_frame(self.frame, self.measures, _INFO, sha256=digest)

    @cached_property
    def oracle(self) -> Integers:
        """Most probable archetype of each rating given its answers and every true parameter, (n,)."""
        return _oracle(self.plan, self.truth, self.dataset.items)

    def rows_of(self, kept: Dataset) -> Integers:
        """Rows of the truth that ratings of a screened dataset have, (ratings,).

        Parameters
        ----------
        kept : Dataset

        Returns
        -------
        (ratings,) array of int
        """
        place = pd.Series(np.arange(len(self.frame)), index=pd.MultiIndex.from_frame(self.frame[["_person", "brand"]]))
        return place.loc[pd.MultiIndex.from_frame(kept.ratings[["person", "brand"]])].to_numpy()


Columns: TypeAlias = dict[str, Any]

_INFO = StudyInfo(
    key="simulated",
    title={"en": "Simulated study"},
    simulated=True,
    languages=("en",),
    category=None,
    instrument=None,
    instrument_version=None,
    instrument_digest=None,
)


def simulate_study(plan: ScenarioPlan) -> SimulatedStudy:
    """Make a study whose truth is known.

    Ratings are nested in persons, brands have effects and mixes of archetypes of their own, archetypes have unequal
    shares and spreads, and countries and persons have response styles. Careless persons tick one point, or any.

    Parameters
    ----------
    plan : ScenarioPlan

    Returns
    -------
    SimulatedStudy
        Equal for equal plans; each part has random numbers of its own.
    """
    truth = _truth(plan)
    answers = _item_answers(plan, truth)
    columns = _facts(plan, truth) | _background(plan, truth) | answers | _rule_answers(plan, truth)
    columns |= _outcomes(plan, truth) | _picks(plan, truth)
    return SimulatedStudy(plan, pd.DataFrame(columns), measures_of(plan), truth)


def measures_of(plan: ScenarioPlan) -> Measures:
    """What the columns of a simulated study measure.

    Parameters
    ----------
    plan : ScenarioPlan

    Returns
    -------
    Measures
    """
    return Measures(
        brand="brand",
        brands={f"b{i:02d}": {"en": f"Brand {i + 1}", "zh": f"品牌{i + 1}"} for i in range(plan.brands)},
        scales=tuple(_scale(name) for name in SCALES),
        outcomes=(
            OutcomeMeasure("satisfaction", _named("Satisfaction", "满意度"), ("satisfaction",), 1, 5, primary=True),
            OutcomeMeasure("repurchase", _named("Repurchase", "复购意愿"), ("repurchase",), 1, 5),
            OutcomeMeasure("recommendation", _named("Recommendation", "推荐意愿"), ("recommendation",), 0, 10),
            OutcomeMeasure("leaving", _named("Leaving", "离开意愿"), ("leaving",), 1, 5, better="low"),
            OutcomeMeasure("wallet", _named("Share of wallet", "钱包份额"), ("wallet",), 0, 100),
            OutcomeMeasure("premium", _named("Price premium", "溢价接受度"), ("premium",), -50, 50),
            OutcomeMeasure("spend", _named("Yearly spend", "年消费"), ("spend",), 0, 10_000),
            OutcomeMeasure("tenure", _named("Years as a customer", "客龄"), ("tenure",), 0, 40),
            OutcomeMeasure("contacts", _named("Contacts a year", "年联系次数"), ("contacts",), 0, 30, better="low"),
        ),
        rules=tuple(
            RuleMeasure(
                f"r{i:02d}",
                RULE_FAMILIES[i % len(RULE_FAMILIES)],
                _named(f"Rule {i + 1}", f"规则{i + 1}"),
                _named(f"Rule {i + 1}", f"规则{i + 1}"),
                f"imp_r{i:02d}",
                f"exp_r{i:02d}",
            )
            for i in range(plan.n_rules)
        ),
        importance_range=(1, 5),
        experience=ExperienceCodes(kept=KEPT, broken=BROKEN, never_arose=NEVER_AROSE),
        picks=PickMeasure(
            current_family="cur_family",
            current_relationship="cur_relationship",
            as_wanted="as_wanted",
            desired_family="des_family",
            desired_relationship="des_relationship",
            treated_family="treated",
        ),
        person="_person",
        weight="_weight",
        language="_lang",
        country="country",
        seconds="_seconds",
        attention={"instructed": 3},
        background={
            "demographic": ("age", "gender", "income"),
            "behavioural": ("visits", "months_since"),
            "value": ("care_price", "care_quality", "care_novelty"),
        },
        marks=(SIMULATED,),
    )


def _scale(name: str) -> ScaleMeasure:
    """One scale; its second item is reversed."""
    columns = tuple(f"{name}_{j}" for j in range(ITEMS_PER_SCALE))
    texts: dict[str, Texts] = {column: {"en": f"[simulated] {column}"} for column in columns}
    return ScaleMeasure(
        name, _named(name.title(), name), columns, _LOW, _HIGH, frozenset({columns[1]}), dimension=name, texts=texts
    )


def _named(english: str, chinese: str) -> Texts:
    """A label in two languages."""
    return {"en": english, "zh": chinese}


def _stream(plan: ScenarioPlan, part: str) -> np.random.Generator:
    """Random numbers of one part of a study."""
    return np.random.default_rng([plan.seed, *part.encode()])


def _truth(plan: ScenarioPlan) -> Truth:
    """Draw everything that is true of the population and of each rating."""
    rng = _stream(plan, "population")
    k, p = plan.archetypes, len(SCALES)
    kind = rng.permutation(len(PICKS))[:k]
    shares = 0.5 / k + 0.5 * rng.dirichlet(np.full(k, 2.0))
    centres = _centres(kind, shares, plan.separation, rng)
    spreads = rng.uniform(0.85, 1.15, k) if k > 1 else np.array([_SINGLE_SPREAD])
    mixes = rng.dirichlet(np.maximum(shares * 15, 0.5), plan.brands)
    brand_effects = rng.standard_normal((plan.brands, p)) * np.sqrt(_BRAND_SHARE)
    leanings = rng.normal(0, _COUNTRY_SD, len(COUNTRIES))
    norms, dealbreakers = _planted(plan, rng)
    rng = _stream(plan, "ratings")
    person_of = np.repeat(np.arange(plan.persons), plan.per_person)
    order = rng.random((plan.persons, plan.brands)).argsort(1)[:, : plan.per_person]
    brand_of = np.sort(order, axis=1).ravel()
    archetype = (rng.random(len(person_of))[:, None] > mixes.cumsum(1)[brand_of]).sum(1).clip(0, k - 1)
    own = spreads[archetype][:, None] * _correlated(len(person_of), rng) * np.sqrt(1 - _PERSON_SHARE)
    persons = _correlated(plan.persons, rng) * np.sqrt(_PERSON_SHARE)
    level = centres[archetype] + _tailed(brand_effects[brand_of] + persons[person_of] + own, plan.tail)
    grumbling = rng.standard_normal(plan.persons)[person_of]
    return Truth(
        archetype=archetype,
        kind=kind,
        careless=(rng.random(plan.persons) < plan.careless)[person_of],
        level=level,
        shares=shares,
        spreads=spreads,
        centres=centres,
        mixes=mixes,
        brand_effects=brand_effects,
        leanings=leanings,
        norms=norms,
        dealbreakers=dealbreakers,
        broken=_experiences(plan, brand_of, grumbling, rng),
        person_of=person_of,
        brand_of=brand_of,
        country_of=rng.integers(0, len(COUNTRIES), plan.persons)[person_of],
    )


def _centres(kind: Integers, shares: Floats, separation: float, rng: np.random.Generator) -> Floats:
    """Centres of the archetypes, their mean 0 and each as far from its nearest one, on average, as asked."""
    places = _PLACES[kind] + _MOVED * rng.standard_normal((len(kind), len(SCALES)))
    places -= shares @ places
    if len(kind) == 1:
        return np.zeros_like(places)
    apart = np.linalg.norm(places[:, None] - places, axis=-1)
    np.fill_diagonal(apart, np.inf)
    return np.asarray(places * separation / apart.min(1).mean())


def _planted(plan: ScenarioPlan, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Norms and deal-breakers of each archetype, (k, rules) each; the last third of the rules has none."""
    norms, dealbreakers = np.zeros((2, plan.archetypes, plan.n_rules))
    most = max(2 * plan.n_rules // 3, 1)
    for a in range(plan.archetypes):
        rules = rng.permutation(most)
        norms[a, rules[:3]] = plan.norm
        norms[a, rules[3:4]] = -plan.norm
        dealbreakers[a, rules[:2]] = -plan.dealbreaker
    return norms, dealbreakers


def _correlated(n: int, rng: np.random.Generator) -> Floats:
    """Draw n positions of variance 1 that share what is general, (n, 8)."""
    own = np.sqrt(1 - _GENERAL**2)
    return np.asarray(np.outer(rng.standard_normal(n), _GENERAL) + own * rng.standard_normal((n, len(own))))


def _tailed(normal: Floats, tail: float) -> Floats:
    """Give normal values a long right tail, with mean 0 and variance 1 kept for standard ones."""
    if not tail:
        return normal
    return np.asarray((np.exp(tail * normal - tail**2 / 2) - 1) / np.sqrt(np.expm1(tail**2)))


def _experiences(plan: ScenarioPlan, brand_of: Integers, grumbling: Floats, rng: np.random.Generator) -> Floats:
    """Whether each rule was broken, kept, or never arose; some brands and some persons report more."""
    odds = np.log(_PREVALENCE / (1 - _PREVALENCE)) + 0.5 * rng.standard_normal((plan.brands, plan.n_rules))
    chance = 1 / (1 + np.exp(-odds[brand_of] - _GRUMBLE * grumbling[:, None]))
    broken = (rng.random(chance.shape) < chance).astype(float)
    return np.where(rng.random(chance.shape) < _NEVER, np.nan, broken)


def _facts(plan: ScenarioPlan, truth: Truth) -> Columns:
    """Who rated what, how quickly, and whether the instructed item was passed."""
    rng = _stream(plan, "facts")
    quick = truth.careless & (rng.random(plan.persons) < _QUICK_SHARE)[truth.person_of]
    fails = truth.careless & (rng.random(plan.persons) > _ATTENTIVE_SHARE)[truth.person_of]
    pace = np.where(quick, _QUICK_SECONDS, _USUAL_SECONDS)
    weight = np.rint(1000 * rng.uniform(0.7, 1.6, plan.persons)) / 1000
    return {
        "_person": [f"p{i:06d}" for i in truth.person_of],
        "brand": [f"b{i:02d}" for i in truth.brand_of],
        "_lang": "en",
        "country": np.array(COUNTRIES)[truth.country_of],
        "_weight": weight[truth.person_of],
        "_seconds": np.rint(10 * (pace * rng.lognormal(0, 0.3, len(pace)))) / 10,
        "instructed": np.where(fails, 5, 3),
        SIMULATED: 1,
    }


def _background(plan: ScenarioPlan, truth: Truth) -> Columns:
    """What customers are otherwise segmented by; only behaviour has to do with the relationship, and only a little."""
    rng = _stream(plan, "background")
    person = truth.person_of
    warm = truth.level[:, 0]
    return {
        "age": rng.integers(18, 80, plan.persons)[person],
        "gender": rng.integers(1, 4, plan.persons)[person],
        "income": rng.integers(1, 6, plan.persons)[person],
        "visits": rng.poisson(np.exp(1.5 + 0.1 * warm.clip(-4, 4))),
        "months_since": np.minimum(rng.poisson(np.exp(1.0 - 0.1 * warm.clip(-4, 4))), 24),
        "care_price": rng.integers(1, 6, plan.persons)[person],
        "care_quality": rng.integers(1, 6, plan.persons)[person],
        "care_novelty": rng.integers(1, 6, plan.persons)[person],
    }


def _item_answers(plan: ScenarioPlan, truth: Truth) -> Columns:
    """Answers to the scale items as they were ticked, reversed ones the other way."""
    rng = _stream(plan, "items")
    n, p = len(truth.archetype), len(SCALES) * ITEMS_PER_SCALE
    person = truth.person_of
    leaning = truth.leanings[truth.country_of] + plan.style * rng.standard_normal(plan.persons)[person]
    extremity = rng.lognormal(0, _EXTREMITY_SD, plan.persons)[person]
    wanted = _ITEM_SLOPE * np.repeat(truth.level, ITEMS_PER_SCALE, axis=1) + _ITEM_NOISE * rng.standard_normal((n, p))
    ticked = _signs() * (extremity[:, None] * wanted - plan.skew) + leaning[:, None]
    answers = np.clip(np.rint((_LOW + _HIGH) / 2 + ticked), _LOW, _HIGH)
    anything = rng.integers(_LOW, _HIGH + 1, (n, p))
    flat = (rng.random(plan.persons) < _FLAT_SHARE)[person]
    anything[flat] = anything[flat, :1]
    answers = np.where(truth.careless[:, None], anything, answers)
    codes = np.where(_asked(plan, truth, rng), answers, NOT_IN_SUBSET).astype(np.int64)
    names = [f"{name}_{j}" for name in SCALES for j in range(ITEMS_PER_SCALE)]
    return dict(zip(names, codes.T, strict=True))


def _signs() -> Floats:
    """-1 for reversed items, (items,)."""
    return np.tile([1.0, -1.0, 1.0], len(SCALES))


def _asked(plan: ScenarioPlan, truth: Truth, rng: np.random.Generator) -> Booleans:
    """Which items each person is asked, (n, items)."""
    p = len(SCALES) * ITEMS_PER_SCALE
    if plan.planned == "complete":
        return np.ones((len(truth.person_of), p), dtype=bool)
    if plan.planned == "random":
        return np.asarray((rng.random((plan.persons, p)).argsort(1) < 2 * p // ITEMS_PER_SCALE)[truth.person_of])
    item = np.arange(p)
    sets = (item + item // ITEMS_PER_SCALE) % ITEMS_PER_SCALE
    left_out = rng.integers(0, ITEMS_PER_SCALE, plan.persons)[truth.person_of]
    return np.asarray(sets != left_out[:, None])


def _rule_answers(plan: ScenarioPlan, truth: Truth) -> Columns:
    """Importance of half of the rules about one rating of each person, experience of a third about every rating."""
    rng = _stream(plan, "rules")
    n, r = truth.broken.shape
    demanding = 0.5 * rng.standard_normal(plan.persons)[truth.person_of]
    usual = rng.normal(0.3, 0.4, r)
    own = usual + truth.norms[truth.archetype] + rng.standard_normal((n, r))
    importance = np.clip(np.rint(3 + demanding[:, None] + 0.9 * own), 1, 5)
    about = rng.integers(0, plan.per_person, plan.persons)[truth.person_of] == np.arange(n) % plan.per_person
    weighed = (rng.random((n, r)).argsort(1) < np.rint(_RULES_WEIGHED * r)) & about[:, None]
    lived = rng.random((n, r)).argsort(1) < np.rint(_RULES_EXPERIENCED * r)
    experience = np.where(np.isnan(truth.broken), NEVER_AROSE, np.where(truth.broken == 1, BROKEN, KEPT))
    any_point, any_code = rng.integers(1, 6, (n, r)), rng.integers(1, 4, (n, r))
    careless = truth.careless[:, None]
    importance = np.where(weighed, np.where(careless, any_point, importance), NOT_IN_SUBSET).astype(np.int64)
    experience = np.where(lived, np.where(careless, any_code, experience), NOT_IN_SUBSET).astype(np.int64)
    columns = {f"imp_r{i:02d}": importance[:, i] for i in range(r)}
    return columns | {f"exp_r{i:02d}": experience[:, i] for i in range(r)}


def _outcomes(plan: ScenarioPlan, truth: Truth) -> Columns:
    """Judgements and behaviour that follow from the relationship and from broken rules."""
    rng = _stream(plan, "outcomes")
    n = len(truth.archetype)
    broken = np.nan_to_num(truth.broken)
    hurt = plan.violation * broken.sum(1) + (-truth.dealbreakers[truth.archetype] * broken).sum(1)
    goodwill = 0.5 * truth.level @ _GENERAL / np.sqrt(_GENERAL @ _GENERAL) - (hurt - hurt.mean())
    goodwill += 0.4 * rng.standard_normal(plan.persons)[truth.person_of]
    goodwill += 0.25 * rng.standard_normal(plan.brands)[truth.brand_of]

    def judged(low: int, high: int, sign: float) -> Integers:
        latent = sign * (goodwill + rng.standard_normal(n))
        answer = np.rint((low + high) / 2 + (high - low) / 5 * latent)
        return np.where(truth.careless, rng.integers(low, high + 1, n), np.clip(answer, low, high)).astype(np.int64)

    wallet = 100 / (1 + np.exp(-0.8 * (goodwill + rng.standard_normal(n))))
    return {
        "satisfaction": judged(1, 5, 1),
        "repurchase": judged(1, 5, 1),
        "recommendation": judged(0, 10, 1),
        "leaving": judged(1, 5, -1),
        "wallet": (5 * np.rint(wallet / 5)).astype(np.int64),
        "premium": (5 * np.rint(np.clip(10 * (goodwill + rng.standard_normal(n)), -50, 50) / 5)).astype(np.int64),
        "spend": np.rint(100 * np.exp(5 + 0.4 * goodwill + 0.6 * rng.standard_normal(n)).clip(0, 10_000)) / 100,
        "tenure": np.rint(10 * np.exp(1 + 0.3 * goodwill + 0.7 * rng.standard_normal(n)).clip(0, 40)) / 10,
        "contacts": np.minimum(rng.poisson(np.exp(0.3 - 0.3 * goodwill.clip(-4, 4))), 30),
    }


def _picks(plan: ScenarioPlan, truth: Truth) -> Columns:
    """Relationship picked, wished for and felt to be treated in; mostly those of the archetype."""
    rng = _stream(plan, "picks")
    n, table = len(truth.archetype), np.array(PICKS)
    own = truth.kind[truth.archetype]
    picked = np.where(rng.random(n) < _TRUE_PICK, own, rng.integers(0, len(PICKS), n))
    as_wanted = rng.random(n) < _AS_WANTED
    treated = np.where(rng.random(n) < _AS_WANTED, own, rng.integers(0, len(PICKS), n))
    return {
        "cur_family": table[picked, 1],
        "cur_relationship": table[picked, 0],
        "as_wanted": np.where(as_wanted, 1, 2),
        "des_family": np.where(as_wanted, str(NOT_SHOWN), table[own, 3]),
        "des_relationship": np.where(as_wanted, str(NOT_SHOWN), table[own, 2]),
        "treated": table[treated, 1],
    }


def _oracle(plan: ScenarioPlan, truth: Truth, items: Floats) -> Integers:
    """Classify ratings by Bayes' rule from the true parameters, answers taken as normal given the archetype.

    What varies beside single answers are the eight positions and the leaning to agree: nine factors, so that only
    9 × 9 matrices are inverted, whatever items a rating answered.
    """
    p = len(SCALES)
    answered = ~np.isnan(items)
    loadings = np.column_stack([_ITEM_SLOPE * np.repeat(np.eye(p), ITEMS_PER_SCALE, axis=0), _signs()])
    noise = _ITEM_NOISE**2 + 1 / 12
    known = (_LOW + _HIGH) / 2 - plan.skew + np.outer(truth.leanings[truth.country_of], _signs())
    brand = np.repeat(truth.brand_effects[truth.brand_of], ITEMS_PER_SCALE, axis=1) * _ITEM_SLOPE
    information = np.einsum("np,pi,pj->nij", answered.astype(float), loadings, loadings, optimize=True) / noise
    general = np.outer(_GENERAL, _GENERAL) + np.diag(1 - _GENERAL**2)
    support = np.empty((len(items), plan.archetypes))
    for a, spread in enumerate(truth.spreads):
        factors = np.zeros((p + 1, p + 1))
        factors[:p, :p] = ((1 - _PERSON_SHARE) * spread**2 + _PERSON_SHARE) * general
        factors[p, p] = max(plan.style, 1e-3) ** 2
        expected = known + brand + _ITEM_SLOPE * np.repeat(truth.centres[a], ITEMS_PER_SCALE)
        support[:, a] = _log_density(np.where(answered, items - expected, 0.0), loadings, noise, factors, information)
    return np.asarray((support + np.log(truth.mixes[truth.brand_of] + 1e-12)).argmax(1))


def _log_density(residuals: Floats, loadings: Floats, noise: float, factors: Floats, information: Floats) -> Floats:
    """Log density of residuals under a factor model, up to what does not depend on the factors' covariance."""
    precision = np.linalg.inv(factors) + information
    towards = residuals @ loadings / noise
    explained = np.einsum("ni,ni->n", towards, np.linalg.solve(precision, towards[..., None])[..., 0])
    size = np.linalg.slogdet(precision)[1] + np.linalg.slogdet(factors)[1]
    return np.asarray(-((residuals**2).sum(1) / noise - explained + size) / 2)
