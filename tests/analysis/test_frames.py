from typing import ClassVar

import numpy as np
import pandas as pd
from pydantic.dataclasses import dataclass

from analysis.findings import Estimate, Retention, Tabular, frame_of
from analysis.findings.estimates import FROZEN


@dataclass(frozen=True, config=FROZEN)
class Row(Tabular):
    key: str
    share: Estimate
    by_group: dict[str, Estimate]


@dataclass(frozen=True, config=FROZEN)
class Table(Tabular):
    _rows: ClassVar[str] = "rows"
    _index: ClassVar[str] = "key"

    rows: tuple[Row, ...]


ROW = Row("a", Estimate(0.5, 0.4, 0.6, 90), {"x": Estimate(0.1, None, None, 9)})


def test_estimates_and_dictionaries_are_spread_over_columns():
    frame = ROW.to_frame()
    assert list(frame) == ["key", "share", "share_low", "share_high", "share_n"] + [
        f"by_group.x{part}" for part in ("", "_low", "_high", "_n")
    ]
    assert (frame.loc[0, "share_n"], frame.loc[0, "by_group.x"]) == (90, 0.1)
    assert pd.isna(frame.loc[0, "by_group.x_low"])


def test_a_table_has_its_records_as_rows_and_may_be_empty():
    assert list(Table((ROW, ROW)).to_frame().index) == ["a", "a"]
    assert len(Table(()).to_frame()) == 0


def test_findings_of_a_study_are_frames(findings):
    frame = frame_of(findings.reliability, index="scale")
    assert list(frame.index) == [scale.key for scale in findings.scales]
    assert np.isfinite(frame["alpha_low"]).all()
    assert list(findings.factors.to_frame().index) == list(findings.factors.items)
    assert findings.discrimination.to_frame().shape == (8, 8)
    assert set(frame_of(findings.factors.retention)["criterion"]) >= {"map", "hull"}
    assert Retention("map", 2).to_frame()["suggested"].tolist() == [2]
