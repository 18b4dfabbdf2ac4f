"""How long the field page takes to refresh with many sittings, on SQLite.

python3 benchmarks/console.py [SITTINGS]
"""  # noqa: INP001

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import numpy as np
from sqlalchemy import insert

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from survey_app.access.signed_links import sign_link
from survey_app.application import create_app
from survey_app.demo import STUDY
from survey_app.design.publishing import publish_study
from survey_app.store import Transaction
from survey_app.store.tables import brand_tally, sitting
from survey_app.views.visitors import EXTENSION

SITTINGS, REFRESHES, BATCH, SEED = 100_000, 20, 5_000, 1
STATUSES = {"complete": 0.62, "partial": 0.1, "timed_out": 0.08, "screened_out": 0.15, "started": 0.05}
SCREENS = ("welcome", "screener", "awareness", "feelings@velmora", "rules@velmora", "value@quillfern")


def main() -> None:
    """Fill a database, refresh the page and print the times in milliseconds."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else SITTINGS
    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"instance": Path(folder)})
        found = app.extensions[EXTENSION]
        study = publish_study(found.store, STUDY)
        rng = np.random.default_rng(SEED)
        for first in range(0, n, BATCH):
            with found.store.transaction() as tx:
                _fill(tx, study.key, range(first, min(first + BATCH, n)), rng)
        client = app.test_client()
        client.get(sign_link(found.settings.secret_key, "researcher", study.key))
        times = [_timed(lambda: client.get(f"/studies/{study.key}/figures")) for _ in range(REFRESHES)]
        found.store.close()
    print(json.dumps({"sittings": n, "median_ms": round(median(times)), "slowest_ms": round(max(times))}))  # noqa: T201


def _fill(tx: Transaction, study: str, numbers: range, rng: np.random.Generator) -> None:
    now = datetime.now(UTC)
    rows = []
    for number in numbers:
        status = str(rng.choice(list(STATUSES), p=list(STATUSES.values())))
        began = now - timedelta(minutes=int(rng.integers(0, 30 * 24 * 60)))
        seconds = float(rng.lognormal(6.4, 0.4))
        rows.append(
            {
                "id": f"{number:022d}",
                "pseudonym": f"{number:026d}",
                "code": f"{number:012d}",
                "study": study,
                "study_version": 1,
                "status": status,
                "language": str(rng.choice(["en", "zh", "de", "es"])),
                "seed": number,
                "draw": "{}",
                "is_test": False,
                "is_simulated": False,
                "source": str(rng.choice(["panel_a", "panel_b", "open"])),
                "flags": str(rng.choice(["", "", "", "speeding", "speeding straight_lining"])),
                "started_at": began,
                "saved_at": began + timedelta(seconds=seconds),
                "ended_at": began + timedelta(seconds=seconds) if status == "complete" else None,
                "last_screen": str(rng.choice(SCREENS)),
                "seconds": seconds if status == "complete" else None,
            }
        )
    tx.execute(insert(sitting), rows)
    if numbers.start == 0:
        tally = {"study": study, "beside": "", "position": 1, "n": 12_345}
        tx.execute(insert(brand_tally), [tally | {"brand": brand} for brand in ("velmora", "quillfern", "ostrelle")])


def _timed(refresh: Callable[[], object]) -> float:
    began = time.perf_counter()
    refresh()
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
