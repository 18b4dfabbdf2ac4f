"""The simulated studies that recovery is measured on, and how far apart their archetypes lie; it runs no method.

`python benchmarks/recovery_studies.py` writes `recovery_studies.json`: for each study its seed, number of archetypes
and the separation at which the oracle, who knows every true parameter, reaches the wanted adjusted Rand index on the
ratings that are left after screening. It was written before any method was tuned; the seeds of the bar and those for
tuning differ.
"""  # noqa: INP001

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from sklearn.metrics import adjusted_rand_score

from analysis.compute import Compute
from analysis.plan import AnalysisPlan
from analysis.scenarios import ScenarioPlan, simulate_study
from analysis.screening import screen

STUDIES = Path(__file__).parent / "recovery_studies.json"
NUMBERS_OF_ARCHETYPES = (3, 4, 5, 6, 7)
# Purpose: first seed, studies, adjusted Rand index of the oracle.
PURPOSES = {"bar": (10_000, 100, 0.70), "hard": (10_000, 50, 0.45), "tuning": (20_000, 60, 0.70)}
_CLOSE, _SLOPE, _MOST_TRIALS, _FIRST = 0.015, 0.4, 8, 3.0


@dataclass(frozen=True)
class Study:
    """One study: what it is for, its plan's choices, and what the oracle reaches on it."""

    purpose: str
    seed: int
    archetypes: int
    separation: float
    oracle: float

    @property
    def plan(self) -> ScenarioPlan:
        """How it is simulated."""
        return ScenarioPlan(seed=self.seed, archetypes=self.archetypes, separation=self.separation)


def studies(purpose: str) -> list[Study]:
    """The committed studies of one purpose."""
    return [study for study in map(_study, json.loads(STUDIES.read_text())) if study.purpose == purpose]


def oracle_index(plan: ScenarioPlan) -> float:
    """Adjusted Rand index of the oracle on the screened ratings of a study."""
    study = simulate_study(plan)
    rows = study.rows_of(screen(study.dataset, plan=AnalysisPlan()).kept)
    return float(adjusted_rand_score(study.truth.archetype[rows], study.oracle[rows]))


def calibrated(number: int, purpose: str) -> Study:
    """Move the archetypes of a study apart until the oracle reaches what is wanted."""
    first, _, wanted = PURPOSES[purpose]
    archetypes = NUMBERS_OF_ARCHETYPES[number % len(NUMBERS_OF_ARCHETYPES)]
    plan = ScenarioPlan(seed=first + number, archetypes=archetypes, separation=_FIRST)
    found = oracle_index(plan)
    for _ in range(_MOST_TRIALS):
        if abs(found - wanted) <= _CLOSE:
            break
        plan = replace(plan, separation=round(plan.separation + (wanted - found) / _SLOPE, 2))
        found = oracle_index(plan)
    return Study(purpose, plan.seed, archetypes, plan.separation, round(found, 4))


def _study(told: dict[str, object]) -> Study:
    return Study(**told)  # type: ignore[arg-type]


def main() -> None:
    """Calibrate all studies and write them down."""
    found = [
        study
        for purpose, (_, n, _) in PURPOSES.items()
        for study in Compute.everywhere().mapped(partial(calibrated, purpose=purpose), range(n))
    ]
    STUDIES.write_text("[\n" + ",\n".join(json.dumps(asdict(study)) for study in found) + "\n]\n")


if __name__ == "__main__":
    main()
