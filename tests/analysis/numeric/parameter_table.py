"""A covariance model from the parameter table of a fit in R, so that tests fit exactly what R fitted."""

import csv
import json
from dataclasses import dataclass

import numpy as np

from analysis.numeric.covariance import FIXED, CovarianceModel, Kind

OPERATORS = {
    "=~": Kind.PATH,
    "~": Kind.PATH,
    "~~": Kind.COVARIANCE,
    "~1": Kind.MEAN,
    "|": Kind.THRESHOLD,
    "~*~": Kind.SCALE,
}


class Table:
    """Rows of `parameterEstimates`, the model they describe, and its cells in the order of the rows."""

    def __init__(self, parameters):
        keep = [i for i, op in enumerate(parameters["op"]) if op in OPERATORS]
        rows = {name: [column[i] for i in keep] for name, column in parameters.items() if len(column)}
        factors = list(dict.fromkeys(lhs for lhs, op in zip(rows["lhs"], rows["op"], strict=True) if op == "=~"))
        loaded = [rhs for rhs, op in zip(rows["rhs"], rows["op"], strict=True) if op == "=~" and rhs not in factors]
        self.items = list(dict.fromkeys(loaded))
        self.factors = factors
        self.estimates = np.array(rows["est"], dtype=float)
        self.errors = np.nan_to_num(np.array(rows["se"], dtype=float))
        self.rows = rows
        self.model = self._model()

    def _model(self):
        rows = self.rows
        number = {name: i for i, name in enumerate([*self.items, *self.factors])}
        kind = np.array([OPERATORS[op] for op in rows["op"]])
        left, right = np.zeros((2, len(kind)), dtype=np.int64)
        for i, (lhs, op, rhs) in enumerate(zip(rows["lhs"], rows["op"], rows["rhs"], strict=True)):
            ends = {"=~": (rhs, lhs), "~1": (lhs, lhs), "|": (lhs, lhs), "~*~": (lhs, lhs)}.get(op, (lhs, rhs))
            left[i], right[i] = number[ends[0]], number[ends[1]]
            if op == "|":
                right[i] = int(rhs[1:]) - 1
        group = np.array(rows.get("group", np.ones(len(kind))), dtype=np.int64) - 1
        labels = [label or f"row {i}" for i, label in enumerate(rows.get("label", [""] * len(kind)))]
        order = list(dict.fromkeys(label for label, se in zip(labels, self.errors, strict=True) if se > 0))
        numbers = {label: i for i, label in enumerate(order)}
        free = self.errors > 0
        parameter = np.array([numbers[label] if f else FIXED for label, f in zip(labels, free, strict=True)])
        value = np.where(free, np.nan, self.estimates)
        groups = int(group.max()) + 1
        return CovarianceModel(len(self.items), len(self.factors), groups, kind, group, left, right, parameter, value)


def text_columns(path, names):
    """Columns of a data file as they stand."""
    with path.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [np.array([row[name] for row in rows]) for name in names]


def header(path):
    """Names of a data file's columns."""
    with path.open(newline="") as lines:
        return next(csv.reader(lines))


@dataclass(frozen=True)
class Fit:
    """One fit on file: the case, the JSON file, the way inside it, and which rows R was given."""

    name: str
    family: str
    way: tuple = ()
    group: str | None = None
    file: str = "data.csv"
    listwise: int = 0
    clean: bool = False
    genders: bool = False
    every_row: bool = False

    def __str__(self):
        return "-".join([self.name, self.family, *self.way])

    def results(self, case):
        """What R found."""
        found = json.loads((case(self.name).folder / f"{self.family}.json").read_text())
        for step in self.way:
            found = found[step]
        return found

    def rows(self, case, table, expected):
        """Rows of each group, in R's order of groups."""
        reference = case(self.name)
        path = reference.folder / self.file
        # R turned dots in names into underscores where the syntax forbids them
        names = {name.replace(".", "_"): name for name in header(path)}
        x = reference.columns([names[item] for item in table.items], self.file)
        keep = np.ones(len(x), dtype=bool) if self.every_row else ~np.isnan(x).any(1)
        if self.every_row:
            keep &= ~np.isnan(x).all(1)
        if self.listwise:
            keep &= ~np.isnan(reference.columns(reference.items[: self.listwise], self.file)).any(1)
        if self.clean:
            keep &= text_columns(path, ["truth_careless"])[0] == "none"
        if self.genders:
            gender, area = text_columns(path, ["gender", "area"])
            keep &= np.isin(gender, ["male", "female"]) & (area != "")
        if self.group is None:
            return [x[keep]]
        group = text_columns(path, [self.group])[0]
        return [x[keep & (group == str(label))] for label in expected["group_labels"]]
