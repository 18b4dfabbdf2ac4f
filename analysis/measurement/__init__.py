"""Every statistic of a set of items from a data frame, labelled, for people and programs that do not know ours."""

from analysis.measurement.measure import Measurement, measure, measure_blocks, schema
from analysis.measurement.plan import FactorModel, LoadingTarget, Margin, MeasurementPlan, PopulationMargins

__all__ = [
    "FactorModel",
    "LoadingTarget",
    "Margin",
    "Measurement",
    "MeasurementPlan",
    "PopulationMargins",
    "measure",
    "measure_blocks",
    "schema",
]
