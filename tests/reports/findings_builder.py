"""Invented findings for reports: a full study in two languages, and a poor one from a single-brand file."""

import dataclasses

import numpy as np

from analysis.findings import (
    Archetype,
    ArchetypeDealbreaker,
    Archetypes,
    ArchetypeValue,
    AvoidableExit,
    BrandFindings,
    BrandRule,
    BrandValue,
    Candidate,
    Caveat,
    Comparison,
    Competitor,
    Condition,
    Dealbreaker,
    Driver,
    Drivers,
    Estimate,
    ExclusionStep,
    Factors,
    FeelingFindings,
    Feelings,
    FeelingsByUse,
    FeelingsOn,
    Flag,
    Flow,
    InputEffect,
    LevelShare,
    Manifest,
    Match,
    MembershipRule,
    MembershipRules,
    Mismatch,
    Money,
    NonUsers,
    Norm,
    OutcomeDrivers,
    OutcomeInfo,
    QuestionCount,
    RemedyWanted,
    Retention,
    RoleAdvice,
    RuleOverview,
    Rules,
    RuleToKeep,
    Sample,
    ScaleInfo,
    ScaleReliability,
    Strategies,
    StrategyChoice,
    StudyFindings,
    StudyInfo,
    TypedArchetype,
    TypeShare,
    TypingModel,
    TypingQuestion,
    TypingTool,
    Typology,
    Value,
)
from analysis.plan import AnalysisPlan

DATA = "9f2c4a7be1d05386c4a1f7e2b8d9035c6f1e4a7b2d8c9e0f3a5b6c7d8e9f0a1b"

GROUPS = {
    "A1": ({"en": "High warm feeling · high closeness", "zh": "高温暖感 · 高亲近程度"}, ("buddies", "best_friends")),
    "A2": ({"en": "Low closeness · low strength", "zh": "低亲近程度 · 低牢固程度"}, ("strangers", "acquaintances")),
    "A3": ({"en": "High will · low tone", "zh": "高自愿程度 · 低人情味"}, ("basic_exchange", "business_partners")),
    "A4": ({"en": "High cold feeling", "zh": "高冷淡感"}, ("adversaries", "strained")),
    "A5": (
        {"en": "High warm feeling · high cold feeling", "zh": "高温暖感 · 高冷淡感"},
        ("mixed_feelings", "strained"),
    ),
}
FAMILIES = ("distant", "practical", "friends", "love", "unequal", "troubled")
SCALES = {
    "warm": {"en": "Warm feeling", "zh": "温暖感"},
    "cold": {"en": "Cold feeling", "zh": "冷淡感"},
    "closeness": {"en": "Closeness", "zh": "亲近程度"},
    "strength": {"en": "Strength", "zh": "牢固程度"},
    "power": {"en": "Power of the customer", "zh": "顾客的主导权"},
    "tone": {"en": "Personal tone", "zh": "人情味"},
    "will": {"en": "Free will", "zh": "自愿程度"},
    "openness": {"en": "Openness", "zh": "公开程度"},
}
OUTCOMES = {
    "satisfaction": ({"en": "Satisfaction", "zh": "满意度"}, 1, 5, "high", True),
    "trust": ({"en": "Trust", "zh": "信任"}, 1, 7, "high", False),
    "repurchase": ({"en": "Intention to buy again", "zh": "再次购买意愿"}, 1, 7, "high", False),
    "recommendation": ({"en": "Recommendation", "zh": "推荐意愿"}, 0, 10, "high", False),
    "exit": ({"en": "Intention to leave", "zh": "离开意愿"}, 1, 7, "low", False),
}
RULES = {
    "keeps_promises": ("honesty", "Keeps what it promises", "说到做到"),
    "admits_mistakes": ("honesty", "Admits its mistakes", "有错就承认"),
    "fair_price": ("exchange", "Asks a fair price", "价格公道"),
    "listens": ("respect", "Listens to what I say", "愿意听我说的话"),
    "remembers_me": ("care", "Remembers what I told it", "记得我说过的事"),
    "keeps_private": ("respect", "Keeps private what I told it", "替我保守隐私"),
    "no_pressure": ("respect", "Does not press me to buy", "不催我购买"),
    "helps_in_trouble": ("care", "Is there when something goes wrong", "出问题时会帮忙"),
    "same_quality": ("exchange", "Gives the same quality every time", "品质始终如一"),
    "surprises": ("care", "Surprises me now and then", "时不时带来惊喜"),
    "easy_to_reach": ("exchange", "Is easy to reach", "容易联系到"),
    "lets_me_go": ("respect", "Lets me leave without trouble", "想离开时不为难我"),
    "thanks": ("care", "Thanks me for staying", "感谢我的支持"),
    "no_contact": ("respect", "Leaves me alone when I want", "我想安静时不打扰"),
    "equal_treatment": ("honesty", "Treats new and old customers alike", "新老顾客一视同仁"),
    "explains": ("honesty", "Explains what it does and why", "说明做法和原因"),
    "answers_fast": ("exchange", "Answers quickly", "回复及时"),
    "takes_advice": ("respect", "Takes my suggestions seriously", "认真对待我的建议"),
    "bends_rules": ("care", "Makes an exception for me when it counts", "关键时刻为我破例"),
    "knows_limits": ("respect", "Does not pretend to be my friend", "不套近乎"),
    "loyal": ("care", "Stands by its customers", "站在顾客一边"),
    "same_person": ("care", "Lets me deal with the same people", "让我一直和同一批人打交道"),
    "no_tricks": ("honesty", "Uses no small print", "不玩文字游戏"),
    "ready_stock": ("exchange", "Has what I need in stock", "需要时有货"),
}
BRANDS = {
    "aurora": ({"en": "Aurora", "zh": "晨光"}, 312),
    "borealis": ({"en": "Borealis Home & Garden", "zh": "北极光家居园艺"}, 288),
    "cassia": ({"en": "Cassia", "zh": "桂香"}, 241),
    "delmar": ({"en": "Delmar", "zh": "海湾"}, 198),
    "everest": ({"en": "Everest", "zh": "高峰"}, 58),
    "fjord": ({"en": "Fjord", "zh": "峡湾"}, 21),
}
POOR_BRANDS = {"1": "Nordtel", "2": "Vianova", "3": "Quickcell", "4": "Bluewire"}


def share(value, n):
    """An estimate of a share with the interval of a simple random sample."""
    half = 1.96 * np.sqrt(max(value * (1 - value), 1e-4) / n)
    return Estimate(float(value), float(max(value - half, 0)), float(min(value + half, 1)), n)


def mean(value, n, sd=1.2):
    half = 1.96 * sd / np.sqrt(n)
    return Estimate(float(value), float(value - half), float(value + half), n)


def compared(key, brand, category, make, n, *, others=986, sd=0.47):
    difference = brand - category
    half = 1.96 * sd * np.sqrt(1 / n + 1 / others)
    q = float(min(1.0, np.exp(-((difference / half) ** 2) * 1.5)))
    return Comparison(
        key,
        make(brand, n),
        make(category, others),
        Estimate(float(difference), float(difference - half), float(difference + half), n),
        q,
        bool(q < 0.05),
    )


def normalised(values):
    values = np.asarray(values, dtype=float)
    return values / values.sum()


def full_findings(*, simulated=True, structure="natural", name=None):
    """A study of six brands with everything a report can show; the last brand is too small to be reported."""
    rng = np.random.default_rng(11)
    return StudyFindings(
        schema_version=1,
        study=StudyInfo(
            key="home_brands",
            title={"en": "Home brands 2026", "zh": "家居品牌2026"},
            simulated=simulated,
            languages=("en", "zh"),
            category={"en": "Household brands", "zh": "家居品牌"},
            instrument="consumer_brand_relationship",
            instrument_version=1,
            instrument_digest="4be81c09d2aa77f3",
        ),
        manifest=_manifest(),
        sample=_sample(),
        scales=tuple(ScaleInfo(key, label, 1, 7, key) for key, label in SCALES.items()),
        outcomes=tuple(OutcomeInfo(key, *info) for key, info in OUTCOMES.items()),
        reliability=tuple(_reliability(key, label, rng) for key, label in SCALES.items()),
        factors=_factors(rng),
        archetypes=_archetypes(structure, rng),
        rules=_rules(rng),
        brands=tuple(_brand(key, name or label, n, i, rng) for i, (key, (label, n)) in enumerate(BRANDS.items())),
        absent=(),
        caveats=_caveats(simulated=simulated),
    )


def whole_findings(**choices):
    """The full study with strategies, worth, feelings, a typing tool and everything else that a report can show."""
    rng = np.random.default_rng(7)
    found = full_findings(**choices)
    told = [brand for brand in found.brands if not brand.suppressed]
    return dataclasses.replace(
        found,
        strategies=Strategies(
            {"en": "Rules of thumb", "zh": "经验法则"},
            1,
            tuple(_choice(brand, key, rng) for brand in told for key in (None, *GROUPS)),
            tuple(_level(brand, level) for brand in told for level in range(1, 6)),
            dict.fromkeys(RULES, ("service", "hr")),
            {brand.key: share(0.17, max(brand.n_ratings // 2, 30)) for brand in told},
        ),
        value=_value(told),
        feelings=_feelings(),
        typing_tool=_typing_tool(),
        drivers=Drivers((_drivers(rng),), ()),
        membership=MembershipRules(
            (
                MembershipRule(
                    "A1", (Condition("scale", "warm", "at_least", 4.5),), *(share(v, 300) for v in (0.3, 0.8, 0.7))
                ),
            ),
            share(0.8, 500),
            share(0.3, 500),
            0.79,
        ),
        competitors=tuple(
            Competitor(brand.key, share(part, brand.n_ratings), role)
            for brand, part, role in zip(told, (0.4, 0.25, 0.1, 0.15, 0.1), ROLES, strict=True)
        ),
        typology=Typology(
            ("warm", "cold"),
            0,
            {},
            (),
            tuple(
                TypeShare(group, "desired", "family", family, share(part, 200))
                for group in GROUPS
                for family, part in zip(FAMILIES[:3], (0.6, 0.3, 0.1), strict=True)
            ),
            None,
            (),
        ),
    )


ROLES = ("leader", "challenger", "niche", "follower", "follower")


def _choice(brand, key, rng):
    n = brand.n_ratings if key is None else max(brand.n_ratings // 5, 30)
    strategy = {"A1": "bolster", "A2": "shift", "A4": "release"}.get(key, "repair")
    names = (
        "negative",
        "ambivalent",
        "broken",
        "leaving",
        "wants_nothing",
        "wants_other",
        "under_served",
        "over_pursued",
    )
    return StrategyChoice(
        brand.key,
        key,
        strategy,
        strategy == "release",
        "broken >= 30",
        {
            "en": "Rules are broken; our advice: put that right first.",
            "zh": "规则被打破；我们的建议：先把它纠正过来。",
        },
        "interact",
        {name: share(rng.uniform(0.05, 0.5), n) for name in (*names, "satisfied")} | {"spend": mean(104.0, n, 60.0)},
        tuple(RuleToKeep(rule, "norm", ("service", "legal")) for rule in list(RULES)[:3]),
        RemedyWanted(
            "2", {"en": "An explanation of what happened", "zh": "说明事情的原因"}, share(0.22, max(n // 2, 30))
        ),
        (RoleAdvice("conflict_manager", {"en": "Name a conflict manager.", "zh": "设一位冲突管理负责人。"}),),
    )


def _level(brand, level):
    n = brand.n_ratings
    part = (0.08, 0.17, 0.3, 0.3, 0.15)[level - 1]
    action = {
        "en": "Ask what is missing and who could have prevented it; correct the process.",
        "zh": "询问缺了什么；改进流程。",
    }
    leaving = share(0.6 - 0.1 * level, 40) if level > 1 else None
    return LevelShare(brand.key, level, share(part, n), action, "operations", leaving)


def _stated(n):
    figures = {"share_of_wallet": 0.57, "price_premium": 0.08, "leaving": 0.23}
    means = {"spend": (212.0, 180.0), "recommendation": (6.1, 2.4), "contacts": (0.4, 0.8)}
    return {role: share(value, n) for role, value in figures.items()} | {
        role: mean(value, n, sd) for role, (value, sd) in means.items()
    }


def _value(told):
    money = Money(1200.0, 2400.0, 4100.0)
    exits = AvoidableExit(share(0.61, 200), Estimate(0.12, 0.03, 0.21, 200))
    return Value(
        "EUR",
        3,
        tuple(
            ArchetypeValue(key, _stated(90), mean(101.0, 90, 50.0), Money(20, 40, 70), Money(50, 90, 160))
            for key in GROUPS
        ),
        (),
        tuple(
            BrandValue(
                brand.key,
                _stated(brand.n_ratings),
                exits,
                money,
                Money(200.0, 500.0, 900.0),
                (InputEffect("margin", 300.0, 700.0),),
            )
            for brand in told
        ),
        exits,
    )


def _feelings():
    def felt(n, negative):
        return Feelings(
            n, n, mean(1.1, n, 0.5), mean(0.6, n, 0.5), share(negative, n), share(0.14, n), mean(0.1, n, 0.6)
        )

    return FeelingFindings(
        "ever_used",
        ("aware", "ever_used"),
        1.0,
        tuple(FeelingsOn("ever_used", None, key, felt(150, 0.1 + 0.1 * i)) for i, key in enumerate(GROUPS)),
        (
            FeelingsByUse(None, None, felt(120, 0.4)),
            FeelingsByUse(0.0, 1.0, felt(210, 0.35)),
            FeelingsByUse(1.0, 12.0, felt(190, 0.25)),
            FeelingsByUse(12.0, None, felt(60, 0.2)),
        ),
    )


def _typing_tool(*, simulated=True):
    items = [(f"{scale}_1", _item_text(scale, 0)) for scale in SCALES]
    return TypingTool(
        TypingModel(
            "4c1e9b2a77d0",
            "home_brands",
            simulated,
            tuple(GROUPS),
            tuple(label for label, _ in GROUPS.values()),
            tuple(TypingQuestion(item, text, 1, 7) for item, text in items),
            (0,) * len(GROUPS),
            ((1,) * len(items),) * len(GROUPS),
            1000,
            500,
        ),
        5,
        *(share(value, 400) for value in (0.86, 0.94, 0.81, 0.34)),
        mean(0.8, 400, 0.4),
        mean(0.9, 400, 0.4),
        None,
        tuple(TypedArchetype(key, share(0.85, 80), share(0.83, 60)) for key in GROUPS),
        tuple(QuestionCount(n, 0.4 + 0.05 * n, 400) for n in range(1, 9)),
        (),
        0.04,
        ((1,) * len(GROUPS),) * len(GROUPS),
    )


def _drivers(rng):
    drivers = tuple(
        Driver(scale, share(0.08, 900), share(value, 900), mean(sign, 900, 0.8))
        for scale, value, sign in zip(SCALES, (0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.05), (1, -1) * 4, strict=True)
    )
    return OutcomeDrivers("satisfaction", 900, share(rng.uniform(0.3, 0.5), 900), drivers)


def _caveats(*, simulated):
    found = (Caveat("brand_suppressed", "fjord", {"ratings": 21, "needed": 30}),)
    return (Caveat("simulated", "study", {}), *found) if simulated else found


def poor_findings():
    """Single-brand ratings from a file made elsewhere: no picks, rules or dimensions, and no groups found."""
    rng = np.random.default_rng(5)
    scales = {"reputation": "Reputation", "liking": "Liking", "competence": "Competence"}
    outcomes = {"satisfaction": "Satisfaction", "loyalty": "Loyalty"}
    full = full_findings(simulated=False)
    return dataclasses.replace(
        full,
        study=dataclasses.replace(
            full.study,
            key="providers",
            title={"en": "Phone providers"},
            languages=("en",),
            category=None,
            instrument=None,
            instrument_version=None,
            instrument_digest=None,
        ),
        sample=Sample(
            n_persons=344,
            n_ratings=344,
            exclusions=(ExclusionStep("everyone", 344, 344, None, None),),
            flags=(),
            by_language={},
            by_country={},
            weighted=False,
            effective_persons=344.0,
        ),
        scales=tuple(ScaleInfo(key, {"en": label}, 1, 7, None) for key, label in scales.items()),
        outcomes=tuple(OutcomeInfo(k, {"en": v}, 1, 7, "high", k == "satisfaction") for k, v in outcomes.items()),
        reliability=tuple(_reliability(key, {"en": label}, rng, 344, dimension=False) for key, label in scales.items()),
        factors=_poor_factors(full.factors, scales),
        archetypes=dataclasses.replace(_archetypes("none", rng), exploratory=True),
        rules=None,
        brands=tuple(
            _poor_brand(key, name, n, (scales, outcomes), rng)
            for (key, name), n in zip(POOR_BRANDS.items(), (120, 97, 69, 58), strict=True)
        ),
        absent=("dimensions", "current", "desired", "treated", "rules", "importance"),
        caveats=(
            Caveat("no_dimensions", "study", {}),
            Caveat("exploratory", "study", {"persons": 344, "needed": 600}),
        ),
    )


def _manifest():
    return Manifest(
        program="relata 0.1.0",
        plan=AnalysisPlan().model_dump(),
        data_sha256=DATA,
        n_rows=1131,
        libraries={"numpy": "2.4.6", "pandas": "3.1.1", "scikit-learn": "1.9.1", "scipy": "1.17.1"},
        architecture="x86_64",
    )


def _sample():
    return Sample(
        n_persons=559,
        n_ratings=1118,
        exclusions=(
            ExclusionStep("everyone", 604, 1206, None, None),
            ExclusionStep("unfinished", 580, 1160, 0.31, 0.12),
            ExclusionStep("careless", 559, 1118, 0.24, 0.19),
        ),
        flags=(
            Flag("seconds_per_item", "time", 1.4, 31, 580),
            Flag("straight_lining", "pattern", 0.95, 22, 580),
            Flag("even_odd", "consistency", -0.3, 18, 571),
        ),
        by_language={"en": 301, "zh": 258},
        by_country={"US": 301, "CN": 258},
        weighted=True,
        effective_persons=512.4,
    )


def _reliability(key, label, rng, n=1118, *, dimension=True):
    alpha = float(rng.uniform(0.68, 0.9))
    rest = {f"{key}_{i}": float(rng.uniform(0.45, 0.75)) for i in (1, 2, 3)}
    estimate = Estimate(alpha, alpha - 0.03, alpha + 0.02, n)
    return ScaleReliability(key, label, key if dimension else None, 3, estimate, alpha + 0.01, rest)


def _factors(rng):
    keys = list(SCALES)
    k = 4
    loadings = rng.uniform(-0.2, 0.2, (24, k))
    for i in range(24):
        loadings[i, (i // 3) % k] = rng.uniform(0.5, 0.85)
    phi = np.eye(k) + 0.2 * (1 - np.eye(k))
    labels = [SCALES[keys[i]] for i in range(k)]
    return Factors(
        items=tuple(f"{keys[i // 3]}_{i % 3 + 1}" for i in range(24)),
        item_scales=tuple(keys[i // 3] for i in range(24)),
        item_texts=tuple(_item_text(keys[i // 3], i % 3) for i in range(24)),
        item_reversed=tuple(i % 3 == 1 for i in range(24)),
        factors=tuple(f"F{i + 1}" for i in range(k)),
        factor_labels=tuple(labels),
        n=560,
        n_persons=280,
        extraction="minres",
        rotation="oblimin",
        retention=(Retention("parallel_permutation", 4), Retention("parallel_normal", 5), Retention("map", 4)),
        eigenvalues=tuple(np.linspace(6, 0.2, 24).tolist()),
        reference_eigenvalues=tuple(np.linspace(1.4, 0.6, 24).tolist()),
        kmo=0.873,
        bartlett_chi2=6321.4,
        bartlett_df=276,
        bartlett_p=1e-12,
        loadings=tuple(map(tuple, loadings.tolist())),
        factor_correlations=tuple(map(tuple, phi.tolist())),
        communalities=tuple((loadings**2).sum(1).tolist()),
        variance=(0.19, 0.14, 0.11, 0.09),
        determinacy=(0.95, 0.93, 0.9, 0.88),
        rmsea=0.041,
        tli=0.962,
        srmr=0.029,
        heywood=(),
        share_of_starts=0.87,
        engines={"loadings": 2.1e-6, "communalities": 3.3e-7, "kmo": 1e-15},
    )


def _item_text(scale, i):
    english = (
        "I look forward to it.",
        "It would take little to end things with it.",
        "Being with it feels easy to me.",
    )
    chinese = ("我期待与它打交道。", "要结束与它的往来，并不需要什么理由。", "和它打交道让我感到轻松。")
    return {"en": f"{SCALES[scale]['en']}: {english[i]}", "zh": f"{SCALES[scale]['zh']}：{chinese[i]}"}


def _archetypes(structure, rng):
    shares = (0.34, 0.25, 0.2, 0.13, 0.08)
    return Archetypes(
        structure=structure,
        exploratory=False,
        k=5,
        rule={"natural": "greatest_excess", "constructed": "largest_stable", "none": "greatest_strength"}[structure],
        candidates=tuple(
            Candidate(
                k,
                0.3 - 0.02 * k,
                300 - 20 * k,
                0.9 - 0.05 * k,
                0.7 - 0.05 * k,
                0.03,
                3.2 - abs(5 - k),
                0.8,
                0.3 / k,
                k == 5,
            )
            for k in range(2, 9)
        ),
        null_draws=199,
        p_learn=0.005,
        p_test=0.01,
        replication_ari=0.81,
        archetypes=tuple(
            Archetype(
                key=key,
                label=label,
                share=share(part, 1118),
                n_persons=int(559 * part),
                centroid=tuple(rng.normal(size=4).tolist()),
                scales={scale: mean(rng.uniform(2, 6), int(1118 * part)) for scale in SCALES},
                position={scale: float(rng.uniform(-1, 1)) for scale in SCALES},
                matches=tuple(Match(entry, 0.31 + 0.12 * i, 8, 0.71 - 0.4 * i) for i, entry in enumerate(nearest)),
                outcomes={
                    name: mean(low + (high - low) * level, int(559 * part), 0.9)
                    for name, (_, low, high, _, _) in OUTCOMES.items()
                },
                picks=dict(zip(FAMILIES, normalised(rng.uniform(0.02, 1, 6) ** 3).tolist(), strict=True)),
            )
            for (key, (label, nearest)), part, level in zip(
                GROUPS.items(), shares, (0.82, 0.55, 0.66, 0.2, 0.5), strict=True
            )
        ),
        memberships=(),
    )


def _rules(rng):
    overviews = tuple(
        RuleOverview(
            key,
            {"en": f"{english}.", "zh": f"{chinese}。"},
            {"en": english, "zh": chinese},
            family,
            mean(rng.uniform(3.4, 6.3), 560),
            share(rng.uniform(0.04, 0.35), 370),
        )
        for key, (family, english, chinese) in RULES.items()
    )
    norms = tuple(
        Norm(rule, group, mean(value, 120, 0.9), q / 3, q, q < 0.05, least=0.2)
        for rule, group, value, q in (
            ("remembers_me", "A1", 0.52, 0.001),
            ("loyal", "A1", 0.41, 0.004),
            ("no_contact", "A1", -0.38, 0.01),
            ("no_contact", "A2", 0.44, 0.003),
            ("fair_price", "A3", 0.47, 0.002),
            ("admits_mistakes", "A4", 0.58, 0.001),
            ("thanks", "A5", 0.1, 0.6),
        )
    )
    deals = tuple(
        Dealbreaker(rule, outcome, mean(value, n, 1.1), n, q / 3, q, q < 0.05)
        for rule, outcome, value, n, q in (
            ("keeps_promises", "satisfaction", -0.71, 118, 0.0004),
            ("admits_mistakes", "satisfaction", -0.55, 92, 0.002),
            ("helps_in_trouble", "exit", 0.49, 88, 0.01),
            ("no_tricks", "trust", -0.46, 105, 0.01),
            ("fair_price", "repurchase", -0.34, 131, 0.03),
            ("surprises", "satisfaction", -0.08, 140, 0.7),
            ("thanks", "recommendation", 0.05, 77, 0.8),
        )
    )
    here = tuple(
        ArchetypeDealbreaker(
            rule=rule,
            archetype=group,
            outcome="satisfaction",
            difference=mean(value, 240, 2.0),
            pooled=mean(value / 2, 240, 1.0),
            n_kept=240 - n,
            n_broken=n,
            p=q / 3,
            q=q,
            holds=q < 0.05,
            worse=value < 0,
            exploratory=False,
        )
        for rule, group, value, n, q in (
            ("keeps_promises", "A1", -0.62, 41, 0.004),
            ("no_contact", "A2", 0.48, 52, 0.03),
            ("thanks", "A3", -0.1, 33, 0.8),
        )
    )
    return Rules((1, 7), overviews, norms, deals, archetype_dealbreakers=here)


def _brand(key, name, n, i, rng):
    def vary(values, spread):
        return normalised(np.asarray(values) * rng.uniform(1 - spread, 1 + spread, len(values)))

    category = np.array([0.34, 0.25, 0.2, 0.13, 0.08])
    families = np.array([0.16, 0.29, 0.27, 0.12, 0.07, 0.09])
    portfolio = vary(category, 0.45)
    current, desired = vary(families, 0.3), vary(families, 0.3)
    flows = np.outer(current, desired) * 0.35 + np.diag(current) * 0.65
    flows /= flows.sum()
    current, desired = flows.sum(1), flows.sum(0)
    kept = float(np.trace(flows))
    position = {scale: rng.uniform(-0.6, 0.9) for scale in SCALES}
    position |= {"warm": rng.uniform(0.8, 1.5), "cold": rng.uniform(0.3, 0.7), "closeness": rng.uniform(-0.5, 0.7)}
    return BrandFindings(
        key=key,
        name=name,
        n_persons=n,
        n_ratings=n,
        suppressed=n < 30,
        small=n < 75,
        portfolio=tuple(compared(g, p, c, share, n) for g, p, c in zip(GROUPS, portfolio, category, strict=True)),
        current=tuple(compared(f, p, c, share, n) for f, p, c in zip(FAMILIES, current, families, strict=True)),
        desired=tuple(compared(f, p, c, share, n) for f, p, c in zip(FAMILIES, desired, families, strict=True)),
        flows=tuple(
            Flow(a, b, round(flows[x, y] * n), float(flows[x, y]))
            for x, a in enumerate(FAMILIES)
            for y, b in enumerate(FAMILIES)
        ),
        mismatch=Mismatch(
            under_served=compared("under_served", 0.24 + 0.02 * i, 0.21, share, n),
            over_pursued=compared("over_pursued", 0.11, 0.13, share, n),
            fulfilled=compared("fulfilled", 0.65 - 0.02 * i, 0.66, share, n),
            changed=compared("changed", 1 - kept, 0.3, share, n),
        ),
        scales=tuple(compared(scale, rng.uniform(3.3, 5.2), 4.2, mean, n, sd=1.2) for scale in SCALES),
        outcomes=tuple(
            compared(o, low + (high - low) * rng.uniform(0.45, 0.75), low + (high - low) * 0.6, mean, n, sd=1.4)
            for o, (_, low, high, _, _) in OUTCOMES.items()
        ),
        rules=tuple(
            BrandRule(
                rule,
                mean(rng.uniform(3.2, 6.4), max(n // 2, 1)),
                compared(rule, rng.uniform(0.03, 0.42), rng.uniform(0.08, 0.25), share, max(n // 3, 1), others=330),
            )
            for rule in RULES
        ),
        negative=compared("negative", rng.uniform(0.1, 0.3), 0.19, share, n),
        ambivalent=compared("ambivalent", rng.uniform(0.05, 0.16), 0.1, share, n),
        position={scale: mean(value, n, 0.8) for scale, value in position.items()},
        non_users=_non_users(n // 5),
    )


def _non_users(n):
    if n < 30:
        return NonUsers(n, None, None, {})
    picked = dict(zip(FAMILIES, (0.47, 0.24, 0.08, 0.0, 0.02, 0.19), strict=True))
    return NonUsers(n, share(0.41, n), share(0.14, n), {family: share(value, n) for family, value in picked.items()})


def _poor_factors(factors, scales):
    """Two factors of six items that have no texts."""
    items = tuple(f"{scale}_{i}" for scale in scales for i in (1, 2))
    return dataclasses.replace(
        factors,
        items=items,
        item_scales=tuple(item[:-2] for item in items),
        item_texts=({},) * len(items),
        item_reversed=(False,) * len(items),
        factors=("F1", "F2"),
        factor_labels=({"en": "Reputation · liking"}, {"en": "Competence"}),
        n=172,
        n_persons=172,
        loadings=tuple(row[:2] for row in factors.loadings[:6]),
        factor_correlations=((1.0, 0.41), (0.41, 1.0)),
        communalities=factors.communalities[:6],
        variance=factors.variance[:2],
        determinacy=factors.determinacy[:2],
        engines={},
    )


def _poor_brand(key, name, n, measured, rng):
    scales, outcomes = measured
    return BrandFindings(
        key=key,
        name={"en": name},
        n_persons=n,
        n_ratings=n,
        suppressed=False,
        small=n < 75,
        portfolio=(),
        current=(),
        desired=(),
        flows=(),
        mismatch=None,
        scales=tuple(compared(s, rng.uniform(4, 5.6), 4.9, mean, n, others=240, sd=1.2) for s in scales),
        outcomes=tuple(compared(o, rng.uniform(4.4, 5.6), 5.0, mean, n, others=240, sd=1.4) for o in outcomes),
        rules=(),
        negative=None,
        ambivalent=None,
        position={f"F{i + 1}": mean(rng.normal(0, 0.3), n, 1.0) for i in range(2)},
        non_users=None,
    )
