"""Every analyst's choice, with its default, and the named random streams; fixed before outcomes are seen."""

from __future__ import annotations

import zlib

import numpy as np
from pydantic import BaseModel, ConfigDict, Field


class AnalysisPlan(BaseModel):
    """The plan of an analysis; goes into the manifest word for word.

    Every threshold is stated here and nowhere else. Equal plan and equal data give equal findings.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(default=20261, ge=0)
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    exclude_flags: int = Field(default=2, ge=1, description="flags of different kinds that exclude a person")
    least_seconds: float = Field(default=1.0, ge=0, description="seconds per answer below which a person is flagged")
    least_share_of_median: float = Field(default=0.4, ge=0, le=1, description="the same, as a share of the median pace")
    same_answers: float = Field(default=0.95, gt=0, le=1, description="share of one response that is straight-lining")
    least_consistency: float = Field(
        default=0.0, ge=-1, le=1, description="correlation below which a person is flagged"
    )
    failed_attention: float = Field(default=0.5, gt=0, le=1, description="share of instructed items failed")
    n_factors: int | None = Field(default=None, ge=1, description="None: by parallel analysis")
    parallel_draws: int = Field(default=500, ge=100)
    rotation_starts: int = Field(default=30, ge=1)
    k_min: int = Field(default=2, ge=2)
    k_max: int = Field(default=8, ge=2)
    kmeans_starts: int = Field(default=100, ge=1)
    prediction_splits: int = Field(default=10, ge=1, description="splits of persons behind a prediction strength")
    resample_starts: int = Field(default=2, ge=1, description="k-means starts in each half of such a split")
    null_draws: int = Field(default=199, ge=19)
    stable_strength: float = Field(default=0.7, gt=0, lt=1, description="prediction strength of a usable grouping")
    smallest_share: float = Field(default=0.05, gt=0, lt=0.5)
    resamples: int = Field(default=500, ge=100, description="person resamples behind intervals")
    confirm_persons: int = Field(default=600, ge=0, description="fewer persons: every finding is exploratory")
    minimum_persons: int = Field(default=60, ge=10, description="fewer persons: no analysis")
    ambivalent_above: float = Field(
        default=1.0, ge=0, lt=2, description="Griffin index; warm and cold at their middle: 1"
    )
    suppress_below: int = Field(default=30, ge=1)
    small_below: int = Field(default=75, ge=1)

    def stream(self, step: str) -> np.random.Generator:
        """Random numbers of one step; adding a step never changes another's numbers."""
        return np.random.default_rng(np.random.SeedSequence([self.seed, zlib.crc32(step.encode())]))
