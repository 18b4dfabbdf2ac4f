"""A whole study, from answers to findings, step by step as a method section tells it; each step lives in its module."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from threadpoolctl import threadpool_limits

from analysis.ambivalence import describe_feelings
from analysis.archetypes import divide_persons, find_archetypes
from analysis.brands import describe_non_users, profile_brands
from analysis.competition import find_competitors
from analysis.compute import Compute
from analysis.confirmation import confirm_scales
from analysis.dataset import Dataset
from analysis.drivers import find_drivers
from analysis.errors import AnalysisError
from analysis.exclusions import screening_sensitivity
from analysis.factors import FEWEST_ITEMS, learn_factors
from analysis.findings import (
    Absent,
    Archetypes,
    Caveat,
    Manifest,
    OutcomeInfo,
    Sample,
    ScaleInfo,
    StudyFindings,
)
from analysis.frozen import freeze_scoring
from analysis.grouped import Grouped
from analysis.membership_rules import find_membership_rules
from analysis.mismatch import find_mismatch
from analysis.numeric.arrays import Integers
from analysis.numeric.resampling import PersonResamples
from analysis.numeric.weighting import effective_n
from analysis.plan import AnalysisPlan
from analysis.positions import named_dimensions
from analysis.reliability import assess_reliability, discriminate_scales
from analysis.robustness import check_robustness
from analysis.rules import find_rules
from analysis.screening import Screened, describe_screening, ratings_by_non_users, screen
from analysis.strategy import choose_strategies
from analysis.typing_tool import make_typing_tool
from analysis.typology import find_typology
from analysis.value import find_value
from analysis.weighting import weight_persons
from instruments.catalogue import Catalogue
from instruments.playbook import Playbook, library_playbook

Progress = Callable[[float, str], None]

PROGRAM = "relata 0.1.0"
LIBRARIES = ("numpy", "scipy", "pandas", "scikit-learn", "factor-analyzer")


def analyse(
    dataset: Dataset,
    plan: AnalysisPlan,
    catalogue: Catalogue,
    progress: Progress = lambda _fraction, _doing: None,
    compute: Compute = Compute(),  # noqa: B008 - a frozen value
    *,
    playbook: Playbook | None = None,
) -> StudyFindings:
    """Analyse a study.

    Parameters
    ----------
    dataset : Dataset
        All answers, those to be left out among them.
    plan : AnalysisPlan
        Every choice, fixed before.
    catalogue : Catalogue
        The relationships that archetypes are compared with.
    progress : callable
        Called with the share done, 0 to 1, and what is being done; what it raises ends the analysis.
    compute : Compute
        Where draws and resamples run; it changes the time and nothing else.
    playbook : Playbook, optional
        The rules of thumb that choose strategies; those of the toolkit unless given.

    Returns
    -------
    StudyFindings
        The same for the same data and plan, whatever the order of the rows.

    Raises
    ------
    AnalysisError
        ``too_few_persons``, ``too_few_items``, ``constant_items`` and whatever else makes the analysis
        impossible; in one sentence, with its numbers.
    """
    with threadpool_limits(limits=1):
        return _analysed(dataset, plan, catalogue, progress, compute, playbook=playbook or library_playbook())


def _analysed(
    dataset: Dataset,
    plan: AnalysisPlan,
    catalogue: Catalogue,
    progress: Progress,
    compute: Compute,
    *,
    playbook: Playbook,
) -> StudyFindings:
    """Take the steps of the analysis one after the other."""
    _require_answers(dataset, plan)

    # Who is analysed: usable ratings of people who did not answer carelessly.
    progress(0.0, "screening")
    everyone, screened = dataset, screen(dataset, plan=plan)
    dataset = screened.kept
    _require_answers(dataset, plan)

    # Weights: raked to the population that the plan states, if it states one.
    dataset, weighting, weight_caveats = weight_persons(dataset, plan=plan)

    # Reliability of the scales, on all analysed ratings.
    progress(0.02, "reliability")
    reliability = assess_reliability(dataset)

    # Half of the persons serve to learn factors and archetypes, the other half to test what is said of them.
    learning = divide_persons(dataset, rng=plan.stream("halves"))
    resamples = PersonResamples.drawn(dataset.n_raters, plan.resamples, rng=plan.stream("resamples"))

    # Factors: number by parallel analysis, minres and oblimin unless the plan says otherwise; scores for all ratings.
    progress(0.05, "factors")
    solution, factors, factor_caveats = learn_factors(dataset, learning, plan=plan, rng=plan.stream("factors"))
    scores = solution.scored(dataset.items)
    discrimination = discriminate_scales(dataset, solution.pattern.shape[1], plan=plan)

    # Confirmation: the scales as they were made, on the test half, and across countries, languages and brands.
    progress(0.07, "confirmation")
    confirmation, confirmation_caveats = confirm_scales(dataset, ~learning, plan=plan, compute=compute)

    # Archetypes: Gaussian mixtures of the scores, held against answers without groups.
    progress(0.1, "archetypes")
    archetypes, archetype_caveats = find_archetypes(
        dataset,
        solution,
        learning,
        plan=plan,
        catalogue=catalogue,
        resamples=resamples,
        progress=lambda done, doing: progress(0.1 + 0.75 * done, doing),
        compute=compute,
    )
    archetype = None if archetypes.structure == "none" else _archetype_numbers(archetypes)

    # Other ways of grouping the same ratings, and how much of the outcomes the archetypes keep.
    progress(0.85, "robustness")
    robustness = (
        None
        if archetype is None
        else check_robustness(dataset, solution, learning, archetype, plan=plan, resamples=resamples, compute=compute)
    )

    # Rules: which matter more in an archetype than elsewhere, and what goes with breaking one; on the test half.
    progress(0.88, "rules")
    grouped = Grouped(~learning, archetype)
    rules, rule_caveats = find_rules(dataset, grouped, plan=plan, resamples=resamples)
    # Rules of thumb: a few ifs on scales and the desired pick, learned on one half and judged on the other.
    membership, membership_caveats = find_membership_rules(dataset, grouped, plan=plan)

    # Typology: what people picked beside the relationships their answers lie nearest to, and a map of them all.
    typology, typology_caveats = find_typology(
        dataset,
        archetype,
        reliabilities={scale.scale: scale.alpha.value for scale in reliability if scale.alpha.value is not None},
        plan=plan,
        catalogue=catalogue,
        resamples=resamples,
    )

    # Typing: few questions that tell the archetype, judged on persons who had no part in choosing them.
    progress(0.9, "typing tool")
    typing_tool, typing_caveats = make_typing_tool(
        dataset, solution, archetypes, plan=plan, resamples=resamples, compute=compute
    )

    # Mismatch: the treatment wanted against the treatment given, beyond measurement error.
    progress(0.92, "mismatch")
    mismatch, mismatch_caveats = find_mismatch(dataset, plan=plan, catalogue=catalogue, resamples=resamples)

    # Drivers: which scales go with the outcomes; what the model says of a change of perception.
    drivers = find_drivers(dataset, solution, archetypes, plan=plan, resamples=resamples)

    # Value: what people stated of their worth, and money from the user's inputs; of archetypes on the test half.
    value, value_caveats = find_value(dataset, archetype, ~learning, plan=plan, resamples=resamples)

    # Each brand beside all the others; those who know it and have never used it are told of apart.
    progress(0.93, "brands")
    outside = ratings_by_non_users(everyone, dataset, plan=plan)
    non_users = describe_non_users(outside, plan=plan, catalogue=catalogue)
    brands = profile_brands(
        dataset, archetype, scores, plan=plan, catalogue=catalogue, resamples=resamples, non_users=non_users
    )

    # Competition: each brand's share of all relationships, and its role among its rivals.
    competitors, competition_caveats = find_competitors(dataset, brands, plan=plan, resamples=resamples)

    # Feelings: warm, cold, negative and ambivalent relationships, on every base they may be told of.
    feelings, feeling_caveats = describe_feelings(dataset, outside, archetype, plan=plan)

    # Strategy: what the rules of thumb choose for each brand and archetype, with the evidence.
    strategies, strategy_caveats = choose_strategies(
        dataset,
        archetype,
        archetypes,
        rules,
        plan=plan,
        catalogue=catalogue,
        playbook=playbook,
        resamples=resamples,
    )

    # What leaving people out has changed: the main results beside those of everybody who was checked.
    sensitivity = screening_sensitivity(screened, solution.pattern.shape[1], archetypes.k, plan=plan)
    screening = describe_screening(screened, resamples, sensitivity, plan=plan)
    progress(1.0, "done")

    absent = _absent(dataset, archetypes)
    return StudyFindings(
        schema_version=1,
        study=dataset.info,
        manifest=_manifest(everyone, plan),
        sample=_sample(dataset, screened),
        scales=_scales(dataset),
        outcomes=_outcomes(dataset),
        reliability=reliability,
        factors=factors,
        archetypes=archetypes,
        robustness=robustness,
        rules=rules,
        brands=brands,
        absent=absent,
        caveats=(
            *screened.caveats,
            *weight_caveats,
            *factor_caveats,
            *confirmation_caveats,
            *archetype_caveats,
            *rule_caveats,
            *membership_caveats,
            *typology_caveats,
            *typing_caveats,
            *mismatch_caveats,
            *value_caveats,
            *strategy_caveats,
            *competition_caveats,
            *feeling_caveats,
            *_study_caveats(dataset, absent, plan),
        ),
        screening=screening,
        typing_tool=typing_tool,
        mismatch=mismatch,
        drivers=drivers,
        value=value,
        strategies=strategies,
        membership=membership,
        typology=typology,
        discrimination=discrimination,
        confirmation=confirmation,
        feelings=feelings,
        scoring=freeze_scoring(dataset, solution, resamples=resamples),
        competitors=competitors,
        weighting=weighting,
    )


def _require_answers(dataset: Dataset, plan: AnalysisPlan) -> None:
    """Refuse a study with too few persons or too few items to say anything."""
    if dataset.n_raters < plan.minimum_persons:
        raise AnalysisError(
            "too_few_persons",
            f"{dataset.n_raters} persons with usable ratings are too few to analyse: at least {plan.minimum_persons} "
            "are needed. Collect more answers.",
            persons=dataset.n_raters,
            needed=plan.minimum_persons,
        )
    answered = int((~np.isnan(dataset.items)).any(0).sum())
    if answered < FEWEST_ITEMS:
        raise AnalysisError(
            "too_few_items",
            f"{answered} scale items have answers, an analysis needs at least {FEWEST_ITEMS}. Name more scales in the "
            "study file, or check its column names.",
            items=answered,
            needed=FEWEST_ITEMS,
        )


def _archetype_numbers(archetypes: Archetypes) -> Integers:
    """Archetype of each rating, counted from 0 in the order of the archetypes."""
    numbers = {archetype.key: i for i, archetype in enumerate(archetypes.archetypes)}
    return np.array([numbers[membership.archetype] for membership in archetypes.memberships])


def _absent(dataset: Dataset, archetypes: Archetypes) -> tuple[Absent, ...]:
    """Name what these data cannot support."""
    ratings, rules = dataset.ratings, dataset.measures.rules
    found: dict[Absent, bool] = {
        "dimensions": bool(named_dimensions(dataset.measures.scales)),
        "current": bool((ratings["current"] != "").any()),
        "desired": bool((ratings["desired"] != "").any()),
        "treated": bool((ratings["treated"] != "").any()),
        "rules": bool(rules) and not bool(np.isnan(dataset.broken).all()),
        "importance": bool(rules) and not bool(np.isnan(dataset.importances).all()),
        "archetypes": archetypes.structure != "none",
    }
    return tuple(name for name, there in found.items() if not there)


def _study_caveats(dataset: Dataset, absent: Sequence[str], plan: AnalysisPlan) -> tuple[Caveat, ...]:
    """What a reader must know about the whole study."""
    caveats = []
    if dataset.info.simulated:
        caveats.append(Caveat("simulated", "study", {}))
    if "dimensions" in absent:
        caveats.append(Caveat("no_dimensions", "archetypes", {}))
    if len(dataset.brands_rated) == 1:
        caveats.append(Caveat("one_brand", "brands", {}))
    counts = dataset.ratings["brand"].value_counts()
    caveats += [
        Caveat("brand_suppressed", brand, {"ratings": int(counts.get(brand, 0)), "needed": plan.suppress_below})
        for brand in dataset.measures.brands
        if counts.get(brand, 0) < plan.suppress_below
    ]
    return tuple(caveats)


def _manifest(dataset: Dataset, plan: AnalysisPlan) -> Manifest:
    """What is needed to make the same findings again."""
    return Manifest(
        program=PROGRAM,
        plan=plan.model_dump(mode="json"),
        data_sha256=dataset.sha256,
        n_rows=dataset.n_rows,
        libraries=_versions(),
        architecture=platform.machine(),
    )


def _versions() -> dict[str, str]:
    """Versions of the libraries that are installed."""
    found = {}
    for name in LIBRARIES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _sample(dataset: Dataset, screened: Screened) -> Sample:
    """Who is analysed."""
    weights = np.bincount(dataset.person_numbers, dataset.weights) / np.bincount(dataset.person_numbers)
    return Sample(
        n_persons=dataset.n_raters,
        n_ratings=len(dataset.ratings),
        exclusions=screened.steps,
        flags=screened.flags,
        by_language=_counted(dataset.persons["language"].tolist()),
        by_country=_counted(dataset.persons["country"].tolist()),
        weighted=bool(np.ptp(dataset.weights) > 0),
        effective_persons=effective_n(weights),
    )


def _counted(values: list[str]) -> dict[str, int]:
    """How often each value occurs; nothing where it was not recorded."""
    return dict(sorted(Counter(value for value in values if value).items()))


def _scales(dataset: Dataset) -> tuple[ScaleInfo, ...]:
    """What the scales are called."""
    return tuple(ScaleInfo(s.key, s.label, s.low, s.high, s.dimension) for s in dataset.measures.scales)


def _outcomes(dataset: Dataset) -> tuple[OutcomeInfo, ...]:
    """What the outcomes are called."""
    outcomes = dataset.measures.outcomes
    return tuple(OutcomeInfo(o.key, o.label, o.low, o.high, o.better, o.primary, o.later) for o in outcomes)
