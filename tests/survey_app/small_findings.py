"""Findings built by hand, small and complete, for tests of pages; every number is invented."""

from analysis.findings import (
    Archetype,
    Archetypes,
    BrandFindings,
    Candidate,
    Caveat,
    Comparison,
    Dealbreaker,
    Estimate,
    ExclusionStep,
    Factors,
    Flag,
    Manifest,
    Match,
    Membership,
    Mismatch,
    NonUsers,
    Norm,
    OutcomeInfo,
    Retention,
    RuleOverview,
    Rules,
    Sample,
    ScaleInfo,
    ScaleReliability,
    StudyFindings,
    StudyInfo,
)

SCALES = {
    "warm": {"en": "Warm feeling", "zh": "好感"},
    "cold": {"en": "Cold feeling", "zh": "反感"},
    "closeness": {"en": "Closeness", "zh": "亲密"},
    "power": {"en": "Power", "zh": "权力"},
}
KINDS = {
    "a1": ({"en": "Close and warm", "zh": "亲近而温暖"}, 0.46, ("best_friends", "old_friends")),
    "a2": ({"en": "Distant, matter-of-fact", "zh": "疏远务实"}, 0.34, ("strangers", "acquaintances")),
    "a3": ({"en": "Held against their will", "zh": "身不由己"}, 0.20, ("locked_in", "adversaries")),
}


def estimate(value, half=0.05, n=400):
    return Estimate(value, value - half, value + half, n)


def comparison(key, brand, category, n=150):
    difference = Estimate(brand - category, brand - category - 0.08, brand - category + 0.08, n)
    return Comparison(key, estimate(brand, 0.07, n), estimate(category, 0.04), difference, 0.03, differs=True)


NON_USERS = {
    "aurora": NonUsers(47, estimate(0.62, 0.14, 47), estimate(0.1, 0.09, 47), {"distant": estimate(0.7, 0.1, 47)}),
    "harbour": NonUsers(12, None, None, {}),
    "tiny": NonUsers(0, None, None, {}),
}


def _study(simulated):
    return StudyInfo(
        key="demo",
        title={"en": "Everyday brands", "zh": "日常品牌"},
        simulated=simulated,
        languages=("en", "zh"),
        category={"en": "everyday brands", "zh": "日常品牌"},
        instrument="consumer_brand_relationship",
        instrument_version=1,
        instrument_digest="d" * 64,
    )


def _manifest():
    return Manifest(
        program="relata 0.1.0",
        plan={"seed": 20261, "k_min": 2, "k_max": 5, "exclude_flags": 2},
        data_sha256="a" * 64,
        n_rows=424,
        libraries={"numpy": "2.4.6", "scipy": "1.17.1"},
        architecture="x86_64",
    )


def _sample():
    return Sample(
        n_persons=212,
        n_ratings=424,
        exclusions=(
            ExclusionStep("everyone", 230, 460, None, None),
            ExclusionStep("unfinished", 218, 436, 0.21, 0.08),
            ExclusionStep("careless", 212, 424, 0.25, 0.17),
        ),
        flags=(
            Flag("seconds_per_item", "time", 2.0, 7, 218),
            Flag("straight_lining", "pattern", 0.8, 5, 218),
            Flag("even_odd", "consistency", 0.3, 9, 218),
        ),
        by_language={"en": 120, "zh": 92},
        by_country={"GB": 120, "CN": 92},
        weighted=False,
        effective_persons=212.0,
    )


def _reliability():
    alphas = {"warm": 0.88, "cold": 0.84, "closeness": 0.81, "power": 0.64}
    return tuple(
        ScaleReliability(
            scale=key,
            label=SCALES[key],
            dimension=key,
            n_items=2,
            alpha=estimate(alpha, 0.03),
            omega=alpha + 0.01,
            item_rest={f"{key}_1": 0.7, f"{key}_2": 0.68},
        )
        for key, alpha in alphas.items()
    )


def _factors():
    items = tuple(f"{scale}_{number}" for scale in SCALES for number in (1, 2))
    texts = {
        "warm": ("I feel good when I think of ${brand}.", "想到${brand}，我心里舒服。"),
        "cold": ("${brand} gets on my nerves.", "${brand}让我心烦。"),
        "closeness": ("${brand} and I know each other well.", "我和${brand}彼此很了解。"),
        "power": ("I decide how things go with ${brand}.", "和${brand}打交道，我说了算。"),
    }
    loadings = (
        (0.82, -0.11, 0.05),
        (0.78, -0.08, 0.02),
        (-0.12, 0.81, -0.03),
        (-0.05, 0.76, 0.01),
        (0.61, 0.02, 0.18),
        (0.58, 0.07, 0.22),
        (0.04, -0.02, 0.72),
        (0.10, -0.21, 0.55),
    )
    return Factors(
        items=items,
        item_scales=tuple(scale for scale in SCALES for _ in (1, 2)),
        item_texts=tuple({"en": f"{texts[s][0]} ({n})", "zh": f"{texts[s][1]}（{n}）"} for s in SCALES for n in (1, 2)),
        item_reversed=(False, True, False, False, False, False, False, False),
        factors=("f1", "f2", "f3"),
        factor_labels=(
            {"en": "Warmth", "zh": "温情"},
            {"en": "Irritation", "zh": "烦恼"},
            {"en": "Power", "zh": "权力"},
        ),
        n=212,
        n_persons=106,
        extraction="minres",
        rotation="oblimin",
        retention=(Retention("parallel", 3), Retention("map", 3)),
        eigenvalues=(3.1, 1.8, 1.2, 0.6, 0.5, 0.4, 0.3, 0.1),
        reference_eigenvalues=(1.3, 1.2, 1.1, 1.0, 0.95, 0.9, 0.85, 0.8),
        kmo=0.83,
        bartlett_chi2=912.4,
        bartlett_df=28,
        bartlett_p=1e-12,
        loadings=loadings,
        factor_correlations=((1.0, -0.41, 0.22), (-0.41, 1.0, -0.3), (0.22, -0.3, 1.0)),
        communalities=(0.71, 0.64, 0.7, 0.6, 0.42, 0.39, 0.53, 0.38),
        variance=(0.28, 0.2, 0.13),
        determinacy=(0.94, 0.92, 0.85),
        rmsea=0.041,
        tli=0.97,
        srmr=0.028,
        heywood=(),
        share_of_starts=1.0,
        engines={"loadings": 0.0004, "communalities": 0.0002, "kmo": 0.0},
    )


def _candidates():
    rows = (
        (2, 0.31, 0.92, 0.84, 0.05),
        (3, 0.38, 0.86, 0.61, 0.07),
        (4, 0.29, 0.55, 0.48, 0.06),
        (5, 0.25, 0.41, 0.39, 0.05),
    )
    return tuple(
        Candidate(
            k=k,
            silhouette=silhouette,
            calinski_harabasz=180.0 - 10 * k,
            prediction_strength=strength,
            null_mean=null,
            null_sd=sd,
            excess=(strength - null) / sd,
            replication_ari=0.78 - 0.05 * k,
            smallest_share=0.5 / k,
            chosen=k == 3,
        )
        for k, silhouette, strength, null, sd in rows
    )


def _archetype(key):
    label, share, matches = KINDS[key]
    lean = {"a1": 1.2, "a2": -0.4, "a3": -1.0}[key]
    return Archetype(
        key=key,
        label=label,
        share=estimate(share, 0.04),
        n_persons=int(212 * share),
        centroid=(lean, -lean, 0.2),
        scales={scale: estimate(4 + lean * (-1 if scale == "cold" else 1), 0.15) for scale in SCALES},
        position={"warm": 1 + lean / 2, "cold": 1 - lean / 2, "closeness": lean, "power": 0.1},
        matches=tuple(Match(name, 0.42 + 0.11 * i, 4, 0.81 - 0.3 * i) for i, name in enumerate(matches)),
        outcomes={"satisfaction": estimate(3 + lean / 2, 0.1)},
        picks={"friends": 0.5, "practical": 0.3, "troubled": 0.2},
    )


def _archetypes(structure):
    return Archetypes(
        structure=structure,
        exploratory=True,
        k=3,
        rule="greatest_excess",
        candidates=_candidates(),
        null_draws=199,
        p_learn=0.005,
        p_test=0.01,
        replication_ari=0.71,
        archetypes=tuple(_archetype(key) for key in KINDS),
        memberships=(Membership("p1", "aurora", "a1", 0.6, (1.1, -0.9, 0.3)),),
    )


def _rules():
    texts = {
        "listen": (
            {"en": "Listens when something is wrong", "zh": "出了问题愿意倾听"},
            {"en": "listens", "zh": "倾听"},
        ),
        "price": (
            {"en": "Does not raise prices unannounced", "zh": "不会悄悄涨价"},
            {"en": "fair prices", "zh": "价格公道"},
        ),
    }
    return Rules(
        importance_range=(1, 5),
        rules=tuple(
            RuleOverview(key, label, short, "fairness", estimate(4.1, 0.1), estimate(0.18, 0.03))
            for key, (label, short) in texts.items()
        ),
        norms=(
            Norm("listen", "a1", estimate(0.41, 0.15, 90), 0.001, 0.008, holds=True),
            Norm("price", "a2", estimate(0.12, 0.2, 80), 0.2, 0.31, holds=False),
        ),
        dealbreakers=(Dealbreaker("price", "satisfaction", estimate(-0.55, 0.2, 88), 21, 0.001, 0.004, holds=True),),
    )


def _brand(key, name, n_ratings):
    shares = zip(KINDS, (0.6, 0.3, 0.1), (0.43, 0.35, 0.22), strict=True)
    return BrandFindings(
        key=key,
        name=name,
        n_persons=n_ratings,
        n_ratings=n_ratings,
        suppressed=n_ratings < 30,
        small=n_ratings < 75,
        portfolio=() if n_ratings < 30 else tuple(comparison(kind, own, rest, n_ratings) for kind, own, rest in shares),
        current=(),
        desired=(),
        flows=(),
        mismatch=Mismatch(
            comparison("under_served", 0.3, 0.2),
            comparison("over_pursued", 0.1, 0.12),
            comparison("fulfilled", 0.6, 0.68),
            comparison("changed", 0.35, 0.3),
        ),
        scales=(),
        outcomes=(comparison("satisfaction", 3.6, 3.3),),
        rules=(),
        negative=comparison("negative", 0.12, 0.18),
        ambivalent=comparison("ambivalent", 0.08, 0.09),
        position={"warm": estimate(1.2), "closeness": estimate(0.6)},
        non_users=NON_USERS[key],
    )


def small_findings(*, simulated=True, structure="natural", hostile_name="Harbour"):
    """A study of three brands, one of them too small to report."""
    return StudyFindings(
        schema_version=1,
        study=_study(simulated),
        manifest=_manifest(),
        sample=_sample(),
        scales=tuple(ScaleInfo(key, label, 1, 7, key) for key, label in SCALES.items()),
        outcomes=(OutcomeInfo("satisfaction", {"en": "Satisfaction", "zh": "满意度"}, 1, 5, "high", primary=True),),
        reliability=_reliability(),
        factors=_factors(),
        archetypes=_archetypes(structure),
        rules=_rules(),
        brands=(
            _brand("aurora", {"en": "Aurora", "zh": "极光"}, 202),
            _brand("harbour", {"en": hostile_name, "zh": hostile_name}, 201),
            _brand("tiny", {"en": "Tiny", "zh": "小小"}, 21),
        ),
        absent=("treated",),
        caveats=(Caveat("exploratory", "archetypes", {"persons": 212, "needed": 600}),),
    )
