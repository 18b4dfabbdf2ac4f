"""Measures millions of simulated answers from Parquet, chunk by chunk: seconds, peak memory and how time grows.

python3 benchmarks/large.py [--millions 1 --millions 3 …] [--out FILE], with pyarrow beside the project's environment.
"""  # noqa: INP001

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import reduce
from operator import add
from pathlib import Path
from typing import TypeAlias

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
# before NumPy is loaded
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import click  # noqa: E402
import numpy as np  # noqa: E402
import simulated  # noqa: E402

from analysis.numeric.arrays import Floats  # noqa: E402
from analysis.numeric.contingency import Contingency  # noqa: E402
from analysis.numeric.covariance import factor_model  # noqa: E402
from analysis.numeric.covariance_fit import model_fit  # noqa: E402
from analysis.numeric.covariance_ml import NormalSample, fit_ml  # noqa: E402
from analysis.numeric.covariance_robust import Unrestricted  # noqa: E402
from analysis.numeric.extraction import extract, fit  # noqa: E402
from analysis.numeric.polychoric import polychoric  # noqa: E402
from analysis.numeric.rotation import rotate  # noqa: E402
from instruments.answer_files import read_chunks  # noqa: E402

try:
    import pyarrow as pa
    from pyarrow import parquet
except ImportError:
    pa = None

ITEMS = 40
NAMES = tuple(f"item_{i + 1}" for i in range(ITEMS))
SEED = 20_241
CHUNK = 100_000
MILLION = 1_000_000

Figures: TypeAlias = dict[str, float]


def write(file: Path, rows: int) -> None:
    """Write a table of simulated answers, a block of rows at a time."""
    schema = pa.schema([(name, pa.int8()) for name in NAMES])
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for codes in simulated.blocks(rows, ITEMS, seed=SEED):
            writer.write_table(pa.table([codes[:, i].copy() for i in range(ITEMS)], schema=schema))


def chunks(file: Path, rows: int) -> Iterator[Floats]:
    """Yield the first rows of a table, a chunk at a time."""
    left = rows
    for chunk in read_chunks(file, NAMES, rows=CHUNK):
        yield chunk.to_numpy()[:left]
        left -= len(chunk)
        if left <= 0:
            return


def analysed(file: Path, rows: int) -> Figures:
    """Time each step; the first reads every row, the others rest on its sums."""
    took, last = {}, time.process_time()

    def done(step: str) -> None:
        nonlocal last
        took[step], last = time.process_time() - last, time.process_time()

    tables = reduce(add, (Contingency.of(codes) for codes in chunks(file, rows)))
    done("read_and_count")
    moments = tables.moments()
    r = moments.correlation()
    done("correlations")
    latent = polychoric(tables).correlation
    done("polychorics")
    for matrix in (r, latent):
        found = extract(matrix, simulated.FACTORS)
        turned = rotate(found.loadings, "oblimin", rng=np.random.default_rng(1))
        fit(matrix, found.loadings, found.uniquenesses, rows)
    done("two_efa_with_30_starts")
    sample = NormalSample.from_moments(moments.covariance() * (1 - 1 / rows), moments.means, rows)
    estimate = fit_ml(factor_model(simulated.pattern(ITEMS)), (sample,))
    indices = model_fit(estimate, Unrestricted((sample,), None, means=False))
    done("cfa_ml")
    took["largest_loading"] = float(turned.pattern.max())
    took["cfa_rmsea"] = indices.standard.rmsea
    return took


def peak_megabytes() -> float:
    """Most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(file: Path, rows: int) -> Figures:
    """Analyse in a process of its own, whose peak of memory is then that of these rows."""
    command = [sys.executable, __file__, "--part", str(file), str(rows)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    found: Figures = json.loads(done.stdout)
    return found


@click.command()
@click.option("--millions", type=float, multiple=True, default=(1, 3, 10), help="Millions of rows.")
@click.option("--out", type=click.Path(path_type=Path), default=HERE / "results" / "large.json")
@click.option("--part", type=(click.Path(path_type=Path), int), hidden=True)
def main(*, millions: tuple[float, ...], out: Path, part: tuple[Path, int] | None) -> None:
    """Measure and write the figures as JSON."""
    if pa is None:
        raise click.ClickException("This benchmark reads Parquet: install pyarrow beside the project's environment.")
    pa.set_cpu_count(1)
    if part is not None:
        before = peak_megabytes()
        took = analysed(*part)
        click.echo(json.dumps({**took, "megabytes_before": before, "peak_megabytes": peak_megabytes()}))
        return
    found = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answers.parquet"
        write(file, int(max(millions) * MILLION))
        megabytes = file.stat().st_size / 2**20
        for rows in (int(number * MILLION) for number in sorted(millions)):
            found.append({"rows": rows, **measured(file, rows)})
            click.echo(json.dumps(found[-1]), err=True)
    result = {
        "simulated": True,
        "items": ITEMS,
        "chunk": CHUNK,
        "file_megabytes": megabytes,
        "pyarrow": pa.__version__,
        "sizes": found,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
