"""Every statistic of a set of items from a data frame, labelled, for people and programs that do not know ours."""

from analysis.measurement.measure import Measurement, measure, schema
from analysis.measurement.plan import FactorModel, MeasurementPlan

__all__ = ["FactorModel", "Measurement", "MeasurementPlan", "measure", "schema"]
