"""Recovery of archetypes in simulated studies, and how often structureless ones are called natural.

python3 benchmarks/recovery.py {bar,hard,tuning,structureless} [--studies N] [--draws N] [--persons N] [--workers N]

Appends one line of JSON per study to `benchmarks/results/recovery_<purpose>.jsonl` and goes on where it stopped;
`python3 benchmarks/recovery.py summary` prints what they come to.
"""  # noqa: INP001

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import adjusted_rand_score

sys.path.insert(0, str(Path(__file__).parent.parent))

from analysis.archetypes import choose, divide_persons, group, learn_groups
from analysis.compute import Compute
from analysis.dataset import Dataset
from analysis.factor_count import permute, within_limits
from analysis.factoring import decide_factoring
from analysis.factors import FactorSolution, learn_solution
from analysis.numeric.arrays import Integers
from analysis.numeric.clustering import best_kmeans, nearest
from analysis.numeric.mixtures import FAMILIES
from analysis.plan import AnalysisPlan
from analysis.scenarios import ScenarioPlan, simulate_study
from analysis.screening import screen
from analysis.structure import Evidence, Scored, null_reference, weigh_evidence
from benchmarks.recovery_studies import NUMBERS_OF_ARCHETYPES, studies

RESULTS = Path(__file__).parent / "results"
STRUCTURELESS_SEED = 30_000
# Shares of runs and distances that are asked for.
WITHIN_ONE, MOST_NATURAL, NEARLY_BEST = 0.80, 35 / 500, 0.05


def recovered(number: int, *, purpose: str, plan: AnalysisPlan) -> dict[str, Any]:
    """Archetypes of one study beside its truth."""
    study = studies(purpose)[number]
    simulated = simulate_study(study.plan)
    dataset = screen(simulated.dataset, plan=plan).kept
    rows = simulated.rows_of(dataset)
    truth = simulated.truth.archetype[rows]
    scored, solution = _scored(dataset, plan)
    ks = tuple(range(plan.k_min, plan.k_max + 1))
    groupings = group(scored, ks, plan=plan, compute=Compute())
    evidence = _evidence(dataset, scored, solution, ks, plan)
    structure, rule, chosen = choose(groupings, evidence, plan=plan)
    model = learn_groups(scored, chosen.k, chosen.mixture.family, plan=plan)
    return {
        "number": number,
        "seed": study.seed,
        "archetypes": study.archetypes,
        "oracle": float(adjusted_rand_score(truth, simulated.oracle[rows])),
        "draws": plan.null_draws,
        "factors": solution.pattern.shape[1],
        "structure": structure,
        "rule": rule,
        "k": chosen.k,
        "family": model.family,
        "p_learn": evidence.p_value,
        "p_test": evidence.p_replication,
        "ari": float(adjusted_rand_score(truth, model.assigned(scored.scores).argmax(1))),
        "k_greatest_excess": ks[int((evidence.strengths - evidence.null_mean).argmax())],
    } | _peers(scored, truth, study.archetypes, plan)


def judged(number: int, *, persons: int, plan: AnalysisPlan) -> dict[str, Any]:
    """Verdict on a study without structure; every other one is skewed with stronger response styles."""
    skewed = bool(number % 2)
    simulated = simulate_study(ScenarioPlan.structureless(STRUCTURELESS_SEED + number, skewed=skewed, persons=persons))
    dataset = screen(simulated.dataset, plan=plan).kept
    scored, solution = _scored(dataset, plan)
    evidence = _evidence(dataset, scored, solution, tuple(range(plan.k_min, plan.k_max + 1)), plan)
    return {
        "number": number,
        "skewed": skewed,
        "persons": persons,
        "draws": plan.null_draws,
        "p_learn": evidence.p_value,
        "p_test": evidence.p_replication,
        "p_gaussian": evidence.p_gaussian,
        "natural": max(evidence.p_value, evidence.p_replication) <= plan.alpha,
    }


def _scored(dataset: Dataset, plan: AnalysisPlan) -> tuple[Scored, FactorSolution]:
    """Scores of all ratings by the factors of the learning half, as in a study but without describing them."""
    learning = divide_persons(dataset, rng=plan.stream("halves"))
    items, rng = dataset.items[learning], plan.stream("factors")
    how = decide_factoring(items, dataset.item_scales, plan)
    parallel = permute(items, dataset.person_numbers[learning], how, plan=plan, rng=rng)
    number = within_limits(parallel.suggested, items.shape[1])
    solution = learn_solution(items, number, starts=plan.rotation_starts, rng=rng, how=how)
    return Scored.by(solution, dataset.items, learning, dataset.person_numbers, plan=plan), solution


def _evidence(
    dataset: Dataset, scored: Scored, solution: FactorSolution, ks: tuple[int, ...], plan: AnalysisPlan
) -> Evidence:
    """What speaks for groups, from all persons."""
    null = null_reference(
        dataset,
        scored.learning,
        solution,
        ks,
        plan=plan,
        compute=Compute(),
        done=lambda _share: None,
    )
    return weigh_evidence(scored, null, ks, plan=plan, compute=Compute())


def _peers(scored: Scored, truth: Integers, k: int, plan: AnalysisPlan) -> dict[str, float]:
    """Agreement with the truth of k-means and of the best mixture by BIC, told the true number of archetypes."""
    points, _ = scored.half(learning=True)
    found = best_kmeans(points, k, starts=plan.kmeans_starts, rng=np.random.default_rng(1))
    fits = [learn_groups(scored, k, family, plan=plan) for family in FAMILIES]
    best = min(fits, key=lambda fit: fit.bic)
    return {
        "kmeans_ari": float(adjusted_rand_score(truth, nearest(scored.scores, found.centroids))),
        "mixture_ari": float(adjusted_rand_score(truth, best.assigned(scored.scores).argmax(1))),
    }


def _plan(draws: int) -> AnalysisPlan:
    """The default plan, but fewer draws and nothing that the verdict and k do not rest on."""
    return AnalysisPlan(null_draws=draws, gaussian_draws=19, boot_resamples=20, loading_resamples=0)


def _read(purpose: str) -> list[dict[str, Any]]:
    path = RESULTS / f"recovery_{purpose}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def run(purpose: str, *, number: int, draws: int, persons: int, workers: int) -> None:
    """Go through the studies that have no result yet."""
    done = {result["number"] for result in _read(purpose)}
    todo = [i for i in range(number) if i not in done]
    plan = _plan(draws)
    task = (
        partial(judged, persons=persons, plan=plan)
        if purpose == "structureless"
        else partial(recovered, purpose=purpose, plan=plan)
    )
    RESULTS.mkdir(exist_ok=True)
    for first in range(0, len(todo), workers):
        for result in Compute(workers).mapped(task, todo[first : first + workers]):
            with (RESULTS / f"recovery_{purpose}.jsonl").open("a") as file:
                file.write(json.dumps(result) + "\n")


def summary() -> None:
    """Print what the results come to, beside what is asked for."""
    for purpose in ("bar", "hard", "tuning"):
        found = _read(purpose)
        if found:
            print(_recovery(purpose, found))  # noqa: T201
    found = _read("structureless")
    for name, skewed in (("plain", False), ("skewed", True)):
        kind = [result for result in found if result["skewed"] == skewed]
        if kind:
            natural = sum(result["natural"] for result in kind)
            gaussian = sum(result["p_gaussian"] <= AnalysisPlan().alpha for result in kind)
            print(f"{name}: {natural} of {len(kind)} natural; {gaussian} by the plain Gaussian null")  # noqa: T201
    if found:
        print(f"asked: at most {MOST_NATURAL:.0%}; found {np.mean([r['natural'] for r in found]):.1%}")  # noqa: T201


def _recovery(purpose: str, found: list[dict[str, Any]]) -> str:
    """One purpose in a paragraph."""
    k, true = (np.array([result[key] for result in found]) for key in ("k", "archetypes"))
    ours, kmeans, mixture = (np.array([r[key] for r in found]) for key in ("ari", "kmeans_ari", "mixture_ari"))
    guess = max(float((true == constant).mean()) for constant in NUMBERS_OF_ARCHETYPES)
    near = (ours >= np.maximum(kmeans, mixture) - NEARLY_BEST).mean()
    return (
        f"{purpose}: {len(found)} studies, oracle {np.mean([r['oracle'] for r in found]):.2f}; natural "
        f"{np.mean([r['structure'] == 'natural' for r in found]):.0%}; k exactly right {(k == true).mean():.0%} (best "
        f"constant guess {guess:.0%}), within one {(np.abs(k - true) <= 1).mean():.0%} (asked {WITHIN_ONE:.0%}); ARI "
        f"{ours.mean():.3f}, k-means told k {kmeans.mean():.3f}, mixtures told k {mixture.mean():.3f}; within "
        f"{NEARLY_BEST} of the better one in {near:.0%}"
    )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("purpose", choices=["bar", "hard", "tuning", "structureless", "summary"])
    parser.add_argument("--studies", type=int, default=None, help="default: all, 500 without structure")
    parser.add_argument("--draws", type=int, default=19, help="null draws; 19 suffice for a test at 5 %%")
    parser.add_argument("--persons", type=int, default=600, help="persons of a study without structure")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    if options.purpose == "summary":
        summary()
        return
    every = 500 if options.purpose == "structureless" else len(studies(options.purpose))
    run(
        options.purpose,
        number=options.studies or every,
        draws=options.draws,
        persons=options.persons,
        workers=options.workers,
    )


if __name__ == "__main__":
    main()
