"""Count false norms and deal-breakers in simulated studies without any, and planted ones that are found.

Run from the project's root: ``.venv/bin/python benchmarks/rules_null.py [--runs 500]``; it writes
``benchmarks/results/rules_null.json``. The rules are looked at alone, with archetypes given: true ones where there are
any, else those of k-means on scale means of the learning half. A family (norms; deal-breakers of the main outcome) is
wrong by the share of its declared findings that are false, which is 1 or 0 where everything is null; the sum over runs
is held against 35 of 500 at a nominal false-discovery rate of 5 %.
"""  # noqa: INP001

import argparse
import dataclasses
import json
import os
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from sklearn.cluster import KMeans

from analysis.compute import Compute
from analysis.dataset import Dataset
from analysis.dealbreakers import Experiences, RuleComparison
from analysis.findings import StudyInfo
from analysis.grouped import Grouped
from analysis.norms import find_norms
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.plan import AnalysisPlan
from analysis.scenarios import BROKEN, KEPT, ScenarioPlan, SimulatedStudy, simulate_study
from instruments.measures import MISSING_CODES

INFO = StudyInfo("simulated", {"en": "Simulated"}, True, ("en",), None, None, None, None)  # noqa: FBT003
BRANDS = (8, 16, 48)
"""Too few to draw, few enough for wild draws, and many; one after the other."""
PERSONS, MANY_PERSONS, MANY_RUNS = 1600, 6000, 60
GROUPS = 4
AT_ONCE = 10
ALLOWED = 35 / 500
# A planted norm of 1 is this many standard deviations of an answer: the answering person's demands and rounding add.
NORM_SHRINKS = 0.9 / np.sqrt(0.9**2 + 0.5**2 + 1 / 12)
# How much a person's leaning in items moves importances and outcomes too, in their points.
STYLE_CARRIES = 0.5
KINDS = ("global", "skewed", "partial", "planted")


def main() -> None:
    """Run every kind and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=KINDS)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "rules_null.json")
    chosen = parser.parse_args()
    found = json.loads(chosen.out.read_text()) if chosen.out.exists() else {}
    for kind in chosen.kinds:
        started = time.process_time()
        runs = min(chosen.runs, MANY_RUNS) if kind == "planted" else chosen.runs
        results: list[dict[str, object]] = []
        for first in range(0, runs, AT_ONCE):
            seeds = range(first, min(first + AT_ONCE, runs))
            results += Compute(chosen.workers).mapped(partial(one_run, kind), seeds)
            found[kind] = summary(results) | {"cpu_seconds": round(time.process_time() - started)}
            chosen.out.write_text(json.dumps(found, indent=1) + "\n")
            sys.stderr.write(f"{kind}: {len(results)} of {runs}\n")
        sys.stdout.write(f"{kind} {json.dumps(found[kind], indent=1)}\n")


def one_run(kind: str, seed: int) -> dict[str, object]:
    """Make one study of a kind, look for norms and deal-breakers, and count."""
    plan, study = AnalysisPlan(seed=seed), simulate_study(scenario(kind, seed))
    dataset = answered(study) if kind != "skewed" else styled(answered(study))
    testing = dataset.person_numbers % 2 == 1
    given = kind in {"partial", "planted"}
    grouped = Grouped(testing, study.truth.archetype if given else assigned(dataset, ~testing, seed))
    norms = {(n.archetype, n.rule): n.holds for n in find_norms(dataset, grouped, plan=plan)}
    comparison = RuleComparison.of(
        dataset, dataset.measures.outcomes[0], Experiences.of(dataset, grouped, 0), plan=plan
    )
    broken = {(d.archetype, d.rule): d.holds for d in comparison.here()}
    return {
        "brands": study.plan.brands,
        "norms": counted(norms, dataset, *norm_truth(study, given=given)),
        "dealbreakers": counted(broken, dataset, *dealbreaker_truth(study, given=given)),
    }


def scenario(kind: str, seed: int) -> ScenarioPlan:
    """The population of a run."""
    choices = {"persons": PERSONS, "brands": BRANDS[seed % len(BRANDS)], "careless": 0.0}
    if kind == "global":
        return ScenarioPlan.structureless(seed, violation=0.0, **choices)
    if kind == "skewed":
        return ScenarioPlan.structureless(seed, skewed=True, **choices)
    persons = MANY_PERSONS if kind == "planted" else PERSONS
    return ScenarioPlan(seed=seed, archetypes=GROUPS, **(choices | {"persons": persons}))


def answered(study: SimulatedStudy) -> Dataset:
    """The answers as a Dataset, taken as they are: reading them as those of any file takes most of a run."""
    frame, rules = study.frame, study.measures.rules
    numbers = frame.select_dtypes("number").astype(float)
    numbers = numbers.mask(numbers.isin(MISSING_CODES))
    broken = numbers[[rule.experience for rule in rules]]
    numbers[broken.columns] = broken.eq(BROKEN).astype(float).where(broken.isin([KEPT, BROKEN]))
    ratings = numbers.assign(person=frame["_person"], brand=frame["brand"], weight=1.0, desired="")
    persons = frame.drop_duplicates("_person").set_index("_person")[["country"]]
    return Dataset(persons, ratings, study.measures, INFO, "", len(frame))


def styled(dataset: Dataset) -> Dataset:
    """Let each person's leaning to agree move importances and outcomes too, and crowd them at the end of the scale."""
    answers = dataset.ratings[list(dataset.item_columns)].to_numpy(dtype=float)
    sums, counts = (
        np.bincount(dataset.person_numbers, weights=part)
        for part in (np.nansum(answers, axis=1), (~np.isnan(answers)).sum(1).astype(float))
    )
    leaning = (sums / counts - np.nansum(answers) / (~np.isnan(answers)).sum())[dataset.person_numbers]
    columns = {rule.importance: (1, 5) for rule in dataset.measures.rules}
    columns |= {outcome.columns[0]: (outcome.low, outcome.high) for outcome in dataset.measures.outcomes[:1]}
    moved = {
        name: np.clip(np.rint(dataset.ratings[name] + 1 + STYLE_CARRIES * leaning), low, high)
        for name, (low, high) in columns.items()
    }
    return dataclasses.replace(dataset, ratings=dataset.ratings.assign(**moved))


def assigned(dataset: Dataset, learning: Booleans, seed: int) -> Integers:
    """Archetypes where there are none: k-means on scale means, learned on the learning half."""
    scores = dataset.scale_scores
    scores = np.where(np.isnan(scores), np.nanmean(scores, axis=0), scores)
    return np.asarray(KMeans(GROUPS, n_init=1, random_state=seed).fit(scores[learning]).predict(scores), dtype=np.int64)


def norm_truth(study: SimulatedStudy, *, given: bool) -> tuple[Booleans, Booleans]:
    """Where an archetype differs from elsewhere by no more than the plan's least, and where a norm was planted."""
    planted = study.truth.norms if given else np.zeros((GROUPS, study.plan.n_rules))
    return np.abs(NORM_SHRINKS * elsewhere(planted, study)) <= AnalysisPlan().least_norm, planted != 0


def dealbreaker_truth(study: SimulatedStudy, *, given: bool) -> tuple[Booleans, Booleans]:
    """Where nothing was planted in any archetype, and where a deal-breaker was."""
    planted = study.truth.dealbreakers if given else np.zeros((GROUPS, study.plan.n_rules))
    return np.broadcast_to((planted == 0).all(0), planted.shape), planted != 0


def elsewhere(planted: Floats, study: SimulatedStudy) -> Floats:
    """How far each archetype lies from all others together, persons' means taken away."""
    if not planted.any():
        return planted
    adjusted = planted - planted.mean(1, keepdims=True)
    shares = np.bincount(study.truth.archetype, minlength=GROUPS) / len(study.truth.archetype)
    rest = (shares @ adjusted - shares[:, None] * adjusted) / (1 - shares[:, None])
    return np.asarray(adjusted - rest)


def counted(held: dict[tuple[str, str], bool], dataset: Dataset, null: Booleans, planted: Booleans) -> dict[str, int]:
    """Tests, declared findings, false ones, planted ones among the tests and those found."""
    rules = [rule.key for rule in dataset.measures.rules]
    cells = [(int(kind[1:]) - 1, rules.index(rule), holds) for (kind, rule), holds in held.items()]
    return {
        "tests": len(cells),
        "null": sum(bool(null[k, r]) for k, r, _ in cells),
        "declared": sum(holds for _, _, holds in cells),
        "false": sum(holds and bool(null[k, r]) for k, r, holds in cells),
        "planted": sum(bool(planted[k, r]) for k, r, _ in cells),
        "found": sum(holds and bool(planted[k, r]) for k, r, holds in cells),
    }


def summary(results: list[dict[str, object]]) -> dict[str, object]:
    """Figures of a kind, over all runs and by the number of brands."""
    return {
        "runs": len(results),
        **{family: told([run[family] for run in results]) for family in ("norms", "dealbreakers")},
        "dealbreakers_by_brands": {
            str(brands): told([run["dealbreakers"] for run in results if run["brands"] == brands]) for brands in BRANDS
        },
    }


def told(runs: list[dict[str, int]]) -> dict[str, object]:
    """False findings and power of one family."""
    wrong = sum(run["false"] / run["declared"] for run in runs if run["declared"])
    return {
        "runs": len(runs),
        "tests_per_run": round(float(np.mean([run["tests"] for run in runs])), 1),
        "runs_with_a_false_finding": sum(run["false"] > 0 for run in runs),
        "false_share_summed": round(wrong, 2),
        "allowed": round(ALLOWED * len(runs), 1),
        "met": wrong <= ALLOWED * len(runs),
        **dict(_power(runs)),
    }


def _power(runs: list[dict[str, int]]) -> Iterator[tuple[str, float]]:
    if planted := sum(run["planted"] for run in runs):
        yield "power", round(sum(run["found"] for run in runs) / planted, 3)


if __name__ == "__main__":
    main()
