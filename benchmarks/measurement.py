"""Measures our statistics of measurement beside those of R and Python packages, in one run; it judges no result.

python3 benchmarks/measurement.py [--quick] [--out FILE], with the Python of the project's environment.
"""  # noqa: INP001

from __future__ import annotations

import gc
import importlib
import importlib.metadata
import json
import math
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
# before NumPy is loaded: one thread on every side
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import click  # noqa: E402
import numpy as np  # noqa: E402
import simulated  # noqa: E402

from analysis.engines import mended_engine  # noqa: E402
from analysis.numeric.arrays import Floats  # noqa: E402
from analysis.numeric.contingency import Contingency  # noqa: E402
from analysis.numeric.covariance import CovarianceModel, Kind, factor_model, with_means  # noqa: E402
from analysis.numeric.covariance_fit import model_fit  # noqa: E402
from analysis.numeric.covariance_ml import NormalSample, fit_ml  # noqa: E402
from analysis.numeric.covariance_ordinal import OrdinalSample, fit_wls  # noqa: E402
from analysis.numeric.covariance_ordinal_fit import ordinal_fit  # noqa: E402
from analysis.numeric.covariance_robust import Rows, Unrestricted, robust_fit  # noqa: E402
from analysis.numeric.covariance_standard import cell_errors, standardised  # noqa: E402
from analysis.numeric.extraction import Method, extract, fit  # noqa: E402
from analysis.numeric.invariance import invariance_ladder  # noqa: E402
from analysis.numeric.invariance_ordinal import ORDINAL_LEVELS, ordinal_invariance_ladder  # noqa: E402
from analysis.numeric.moments import Moments  # noqa: E402
from analysis.numeric.polychoric import polychoric  # noqa: E402
from analysis.numeric.retention import Spectrum, parallel_analysis  # noqa: E402
from analysis.numeric.rotation import rotate  # noqa: E402

SEED = 20_240
GROUPS = 4
DRAWS = 1000
# Python and R take turns so often, so that a busy quarter of an hour does not fall on one of them alone.
ROUNDS = 2

Task = Callable[[], object]


@dataclass(frozen=True)
class Patience:
    """A task is repeated until it has taken so many CPU seconds in all, so often at most, and once at least."""

    repeats: int
    seconds: float


@dataclass(frozen=True)
class Comparison:
    """One of our tasks, one of a peer's, and how many times as fast ours is to be (None: only for information)."""

    ours: str
    peer: str
    floor: float | None


@dataclass
class Table:
    """A simulated table, what is measured on it, and the CPU seconds found."""

    rows: int
    items: int
    comparisons: tuple[Comparison, ...]
    seconds: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    scale: float | None = None

    @property
    def name(self) -> str:
        """How recorded times call it."""
        return f"{self.rows}x{self.items}"

    def keep(self, task: str, seconds: float) -> None:
        """Keep the least time of a task over all rounds."""
        self.seconds[task] = min(seconds, self.seconds.get(task, math.inf))

    def draw(self) -> simulated.Answers:
        """Draw its rows."""
        return simulated.answers(self.rows, self.items, seed=SEED)


# The smaller table is what the floors are about.
FLOORS = (
    Comparison("polychoric", "psych_polychoric", 100),
    Comparison("polychoric", "lavaan_polychoric", 30),
    Comparison("polychoric", "ordinalcorr_polychoric", 30),
    Comparison("parallel_components", "psych_parallel", 20),
    Comparison("parallel_reduced", "psych_parallel", 20),
    Comparison("minres_1_start", "psych_minres", 3),
    Comparison("minres_1_start", "factor_analyzer_minres", 3),
    Comparison("minres_30_starts", "psych_minres", None),
    Comparison("minres_30_starts", "factor_analyzer_minres", None),
    Comparison("ml_1_start", "psych_ml", 3),
    Comparison("ml_1_start", "factor_analyzer_ml", 3),
    Comparison("ml_30_starts", "psych_ml", None),
    Comparison("ml_30_starts", "factor_analyzer_ml", None),
    Comparison("cfa_ml", "lavaan_cfa_ml", 20),
    Comparison("cfa_mlr", "lavaan_cfa_mlr", 10),
    Comparison("cfa_wlsmv", "lavaan_cfa_wlsmv", 20),
    Comparison("invariance_ml", "lavaan_invariance_ml", 10),
)
# lavaan needs minutes for these with more items.
LADDERS = (
    Comparison("invariance_ml", "lavaan_invariance_ml", 10),
    Comparison("invariance_mlr", "lavaan_invariance_mlr", 10),
    Comparison("invariance_wlsmv", "lavaan_invariance_wlsmv", 10),
)
LARGER = tuple(
    Comparison(pair.ours, pair.peer, None)
    for pair in FLOORS
    if pair.ours in ("polychoric", "parallel_components", "parallel_reduced", "minres_1_start", "ml_1_start", "cfa_ml")
    and not pair.peer.startswith("ordinalcorr")
)


def our_tasks(codes: simulated.Answers) -> dict[str, Task]:
    """Everything we are measured on, each from the rows unless it says otherwise."""
    x = codes.astype(float)
    n, r = len(x), Moments.of(x).correlation()
    model = factor_model(simulated.pattern(x.shape[1]))
    groups = np.array_split(x, GROUPS)
    return {
        "polychoric": lambda: polychoric(Contingency.of(codes)),
        "parallel_components": lambda: _parallel(x, "components"),
        "parallel_reduced": lambda: _parallel(x, "reduced"),
        "minres_1_start": lambda: _explored(r, n, "minres", 1, 1),
        "minres_30_starts": lambda: _explored(r, n, "minres", 3, 30),
        "ml_1_start": lambda: _explored(r, n, "ml", 1, 1),
        "ml_30_starts": lambda: _explored(r, n, "ml", 3, 30),
        "cfa_ml": lambda: _confirmed(_fresh(model), x, robust=False),
        "cfa_mlr": lambda: _confirmed(with_means(model), x, robust=True),
        "cfa_wlsmv": lambda: _confirmed_ordinal(_unit(x.shape[1]), codes),
        "invariance_ml": lambda: invariance_ladder(_fresh(model), groups),
        "invariance_mlr": lambda: invariance_ladder(_fresh(model), groups, robust=True),
        "invariance_wlsmv": lambda: ordinal_invariance_ladder(
            _unit(x.shape[1]), np.array_split(codes, GROUPS), levels=ORDINAL_LEVELS[:4]
        ),
    }


def _fresh(model: CovarianceModel) -> CovarianceModel:
    """Copy a model, so that nothing it remembers from the last repeat is of use."""
    return model.in_groups(1)


def _unit(items: int) -> CovarianceModel:
    """Describe the model with factor variances of 1."""
    return factor_model(simulated.pattern(items), scaling="unit")


def _parallel(x: Floats, spectrum: Spectrum) -> object:
    """Correlations and parallel analysis."""
    return parallel_analysis(
        Moments.of(x).correlation(), len(x), rng=np.random.default_rng(1), draws=DRAWS, spectrum=spectrum
    )


def _explored(r: Floats, n: int, method: Method, starts: int, rotations: int) -> object:
    """Extract, rotate and compute indices of fit from a correlation matrix."""
    found = extract(r, simulated.FACTORS, method=method, starts=starts)
    turned = rotate(found.loadings, "oblimin", rng=np.random.default_rng(1), starts=rotations)
    return turned, fit(r, found.loadings, found.uniquenesses, n)


def _confirmed(model: CovarianceModel, x: Floats, *, robust: bool) -> object:
    """Estimates, errors, the standardised solution and indices of fit."""
    sample = NormalSample.of(x)
    estimate = fit_ml(model, (sample,), information="observed" if robust else None)
    data = Unrestricted((sample,), Rows((x,)), model.has_means)
    of_rows = robust_fit(estimate, data) if robust else None
    errors = cell_errors(model, estimate.covariance if of_rows is None else of_rows.covariance)
    return errors, standardised(model, estimate.x), model_fit(estimate, data, of_rows)


def _confirmed_ordinal(model: CovarianceModel, codes: simulated.Answers) -> object:
    """Estimates, errors and indices of fit by weighted least squares."""
    sample = OrdinalSample.of(codes)
    counts = np.bincount(sample.item)
    thresholds = [(Kind.THRESHOLD, item, k, True, np.nan) for item, cuts in enumerate(counts) for k in range(cuts)]
    model = model.with_cells(thresholds)
    estimate = fit_wls(model.fixed(model.residual_cells, 0.0), (sample,))
    return cell_errors(estimate.model, estimate.covariance), ordinal_fit(estimate)


def python_peers(codes: simulated.Answers) -> dict[str, Task]:
    """Other Python packages, as far as they are installed."""
    tasks: dict[str, Task] = {}
    if (engine := mended_engine()) is not None:
        r = Moments.of(codes.astype(float)).correlation()
        for method in ("minres", "ml"):
            tasks[f"factor_analyzer_{method}"] = lambda method=method: engine.FactorAnalyzer(
                simulated.FACTORS, method=method, rotation="oblimin", is_corr_matrix=True
            ).fit(r)
    try:
        other = importlib.import_module("ordinalcorr")
    except ImportError:
        return tasks
    columns = codes.T.astype(int)
    pairs = list(zip(*np.triu_indices(len(columns), 1), strict=True))
    tasks["ordinalcorr_polychoric"] = lambda: [other.polychoric(columns[i], columns[j]) for i, j in pairs]
    return tasks


def cpu_seconds(task: Task, patience: Patience) -> float:
    """Least CPU time of several repeats."""
    best, spent = math.inf, 0.0
    for _ in range(patience.repeats):
        gc.collect()
        before = time.process_time()
        task()
        taken = time.process_time() - before
        best, spent = min(best, taken), spent + taken
        if spent > patience.seconds:
            break
    return best


def measure_python(table: Table, patience: Patience) -> None:
    """Time our tasks and those of Python packages, turn by turn."""
    codes = table.draw()
    tasks = {**our_tasks(codes), **python_peers(codes)}
    wanted = dict.fromkeys(name for pair in table.comparisons for name in (pair.ours, pair.peer))
    for name in wanted:
        if name in tasks:
            table.keep(name, cpu_seconds(tasks[name], patience))
            click.echo(f"{table.name}  {name}: {table.seconds[name]:.4f} s", err=True)


def measure_r(table: Table, patience: Patience) -> bool:
    """Time R on the same rows; False where it, psych or lavaan is absent."""
    names = dict.fromkeys(c.peer for c in table.comparisons if c.peer.startswith(("psych_", "lavaan_")))
    if (program := shutil.which("Rscript")) is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table"
        table.draw().T.tofile(file)
        size = (str(table.rows), str(table.items), ",".join(names), str(patience.repeats), str(patience.seconds))
        command = [program, str(HERE / "measurement.R"), str(file), *size]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    click.echo(done.stderr, err=True, nl=False)
    for line in done.stdout.splitlines():
        kind, name, value, *_ = line.split("\t")
        if kind == "version":
            table.versions[name] = value
        elif kind == "seconds":
            table.keep(name, float(value))
    return done.returncode == 0


def take_recorded(table: Table) -> None:
    """Take R's recorded seconds, scaled by factor-analyzer's time now and then."""
    recorded = json.loads((HERE / "recorded.json").read_text()).get(table.name)
    if recorded is None:
        return
    both = [name for name in recorded if name in table.seconds and name.startswith("factor_analyzer")]
    if not both:
        raise click.ClickException("Neither R with psych and lavaan nor factor-analyzer is there to compare with.")
    table.scale = math.prod(table.seconds[name] / recorded[name] for name in both) ** (1 / len(both))
    for name, seconds in recorded.items():
        table.seconds.setdefault(name, seconds * table.scale)


def ratios(table: Table) -> list[dict[str, object]]:
    """How many times as fast we are, for each comparison; None where the peer was not measured."""
    found: list[dict[str, object]] = []
    for pair in table.comparisons:
        ours, peer = table.seconds[pair.ours], table.seconds.get(pair.peer)
        ratio = None if peer is None else peer / ours
        met = None if ratio is None or pair.floor is None else ratio >= pair.floor
        found.append({**asdict(pair), "our_seconds": ours, "peer_seconds": peer, "ratio": ratio, "met": met})
    return found


def machine() -> dict[str, object]:
    """Describe what it ran on, without naming it."""
    packages = ("numpy", "scipy", "factor-analyzer", "ordinalcorr")
    known = {name: _version(name) for name in packages}
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load_average_before": round(os.getloadavg()[0], 1),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {"Python": platform.python_version(), **{k: v for k, v in known.items() if v}},
    }


def _version(package: str) -> str | None:
    """Release of an installed package."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    """Name of the processor's model."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def rows_of_table(found: list[dict[str, object]]) -> str:
    """Lines of a Markdown table."""
    lines = ["| ours | CPU s | peer | CPU s | ratio | floor | met |", "|---|---|---|---|---|---|---|"]
    for row in found:
        peer, ratio = row["peer_seconds"], row["ratio"]
        shown = ["–", "–"] if peer is None else [f"{peer:.4g}", f"{ratio:.1f}×"]
        floor = "" if row["floor"] is None else f"{row['floor']}×"
        verdict = {True: "yes", False: "**no**", None: ""}[row["met"]]  # type: ignore[index]
        cells = (row["ours"], f"{row['our_seconds']:.4g}", row["peer"], *shown, floor, verdict)
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def written(table: Table) -> dict[str, object]:
    """Figures of a table as they are kept."""
    return {
        "rows": table.rows,
        "items": table.items,
        "r": table.versions or None,
        "scale_of_recorded_seconds": table.scale,
        "seconds": table.seconds,
        "ratios": ratios(table),
    }


@click.command()
@click.option("--quick", is_flag=True, help="Fewer repeats, and the table of the floors only.")
@click.option("--out", type=click.Path(path_type=Path), default=HERE / "results" / "measurement.json")
def main(*, quick: bool, out: Path) -> None:
    """Measure, print tables of ratios and write everything as JSON."""
    ours, of_r = (Patience(3, 1.0), Patience(1, 1.0)) if quick else (Patience(20, 3.0), Patience(5, 3.0))
    result: dict[str, object] = {
        "simulated": True,
        "machine": machine(),
        "patience": {"Python": asdict(ours), "R": asdict(of_r)},
    }
    tables = [Table(10_000, 30, FLOORS)]
    if not quick:
        tables += [Table(10_000, 15, LADDERS), Table(100_000, 60, LARGER)]
    out.parent.mkdir(parents=True, exist_ok=True)
    for number, table in enumerate(tables, start=1):
        for _ in range(ROUNDS):
            measure_python(table, ours)
            if not (with_r := measure_r(table, of_r)):
                break
        if not with_r:
            take_recorded(table)
        result["tables"] = [written(done) for done in tables[:number]]
        out.write_text(json.dumps(result, indent=1) + "\n")
        recorded = "absent" if table.scale is None else f"recorded, times {table.scale:.2f} by factor-analyzer"
        source = "measured" if table.versions else recorded
        click.echo(f"\n{table.rows:,} × {table.items} (R: {source})\n\n{rows_of_table(ratios(table))}")


if __name__ == "__main__":
    main()
