"""The whole chain from screening to strategies on a large simulated study: seconds and memory, step by step.

python3 benchmarks/chain.py [--persons N …] [--workers N]

Each size runs in a process of its own, whose memory, workers included, is read from /proc (Linux) while it runs.
Writes `benchmarks/results/chain.json`.
"""  # noqa: INP001

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from joblib.externals.loky import get_reusable_executor

from analysis.compute import Compute
from analysis.plan import AnalysisPlan
from analysis.saving import dump_findings
from analysis.scenarios import ScenarioPlan, simulate_study
from analysis.study import analyse
from instruments.catalogue import load_catalogue

RESULTS = Path(__file__).parent / "results"
SECONDS_BETWEEN = 0.5


class Clock:
    """Seconds between one thing that is being done and the next."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}
        self.doing, self.since = "start", time.perf_counter()

    def __call__(self, _share: float, doing: str) -> None:
        """Close one step and begin the next."""
        now = time.perf_counter()
        self.steps[self.doing] = self.steps.get(self.doing, 0.0) + now - self.since
        self.doing, self.since = doing, now


def timed(persons: int, workers: int) -> dict[str, object]:
    """Analyse one study with the default plan."""
    study = simulate_study(ScenarioPlan.overlapping(seed=11, archetypes=5, oracle=0.7, persons=persons))
    dataset, plan, clock = study.dataset, AnalysisPlan(), Clock()
    cpu, wall = _cpu(), time.perf_counter()
    findings = analyse(dataset, plan, load_catalogue(), clock, Compute(workers))
    clock(1.0, "end")
    wall = time.perf_counter() - wall
    get_reusable_executor().shutdown()  # idle workers would keep this process for minutes, and their CPU seconds
    return {
        "persons": persons,
        "ratings": len(dataset.ratings),
        "workers": workers,
        "wall_seconds": wall,
        "cpu_seconds": _cpu() - cpu,
        "structure": findings.archetypes.structure if findings.archetypes else "none",
        "k": findings.archetypes.k if findings.archetypes else 0,
        "findings_bytes": len(dump_findings(findings)),
        "steps": clock.steps,
    }


def _cpu() -> float:
    """CPU seconds of this process and its workers that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def watched(persons: int, workers: int) -> dict[str, object]:
    """Analyse one study in a process of its own and add the most memory that it and its workers held at once."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
        found, most = alone.submit(timed, persons, workers), 0.0
        (process,) = alone._processes  # noqa: SLF001 - the process's number is told nowhere else
        while not found.done():
            most = max(most, _megabytes(process))
            time.sleep(SECONDS_BETWEEN)
        return found.result() | {"peak_megabytes": most}


def _megabytes(process: int) -> float:
    """Memory of a process and all that it started; what several of them share counts once."""
    found, place = 0.0, Path("/proc") / str(process)
    with suppress(OSError):  # processes end while they are asked
        lines = (place / "smaps_rollup").read_text().splitlines()
        found += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
        for thread in (place / "task").iterdir():
            found += sum(_megabytes(int(child)) for child in (thread / "children").read_text().split())
    return found


def main() -> None:
    """Time studies of growing size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, nargs="*", default=[5_000, 10_000, 20_000])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=RESULTS / "chain.json")
    options = parser.parse_args()
    found = []
    for persons in options.persons:
        found.append(watched(persons, options.workers))
        sys.stdout.write(json.dumps(found[-1], indent=1) + "\n")
        sys.stdout.flush()
        options.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
