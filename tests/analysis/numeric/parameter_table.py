"""A covariance model from the parameter table of a fit in R, so that tests fit exactly what R fitted."""

import csv

import numpy as np

from analysis.numeric.covariance import FIXED, CovarianceModel, Kind

OPERATORS = {"=~": Kind.PATH, "~": Kind.PATH, "~~": Kind.COVARIANCE, "~1": Kind.MEAN, "|": Kind.THRESHOLD, "~*~": Kind.SCALE}


class Table:
    """Rows of `parameterEstimates`, the model they describe, and its cells in the order of the rows."""

    def __init__(self, parameters):
        keep = [i for i, op in enumerate(parameters["op"]) if op in OPERATORS]
        rows = {name: [column[i] for i in keep] for name, column in parameters.items() if len(column)}
        factors = list(dict.fromkeys(lhs for lhs, op in zip(rows["lhs"], rows["op"], strict=True) if op == "=~"))
        names = [n for n in dict.fromkeys([*rows["lhs"], *rows["rhs"]]) if n and n not in factors and n[0] != "t" * (len(n) > 1 and n[1:].isdigit())]
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
