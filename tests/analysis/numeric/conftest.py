"""Results from R as arrays, for the tests of the numeric modules."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

REFERENCE = Path(__file__).resolve().parents[2] / "reference"


class Case:
    """One folder of results from R with the data they were computed from."""

    def __init__(self, folder):
        self.folder = folder

    def results(self, family):
        """One JSON file, its matrices and named vectors turned into arrays."""
        return as_arrays(json.loads((self.folder / f"{family}.json").read_text()))

    def columns(self, names, file="data.csv"):
        """Columns of the data as (n, p), NaN where an answer is missing."""
        with (self.folder / file).open(newline="") as lines:
            rows = list(csv.DictReader(lines))
        return np.array([[float(row[name] or "nan") for name in names] for row in rows])

    @property
    def items(self):
        return json.loads((self.folder / "meta.json").read_text())["items"]


def as_arrays(value):
    """Turn lists of numbers, and the JSON's way of writing a matrix or named vector, into arrays."""
    if isinstance(value, dict) and "values" in value and ("dim" in value or "names" in value):
        if any(isinstance(item, str) for item in np.array(value["values"], dtype=object).ravel()):
            return value["values"]
        return np.array(value["values"], dtype=float).reshape(value.get("dim") or -1)
    if isinstance(value, dict):
        return {key: as_arrays(item) for key, item in value.items()}
    if isinstance(value, list) and all(isinstance(item, int | float | None) for item in value):
        return np.array(value, dtype=float)
    return value


@pytest.fixture
def case(request):
    """A case by name: from the project's own references, else from the shared folder (or a visible skip)."""

    def find(name):
        folder = REFERENCE / name
        return Case(folder if folder.is_dir() else request.getfixturevalue("shared") / "oracle" / name)

    return find
