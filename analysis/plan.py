"""Every analyst's choice, with its default, and the named random streams; fixed before outcomes are seen."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from analysis.errors import AnalysisError
from analysis.measurement.plan import PopulationMargins
from analysis.numeric.mixtures import Family
from instruments.grammar import CONFLICT, did_you_mean, fit
from instruments.yaml_file import Problem, YamlFile

Matrix = Literal["pearson", "polychoric", "auto"]
Extraction = Literal["minres", "ml", "paf"]
Rotation = Literal["none", "varimax", "promax", "oblimin", "quartimin", "geomin", "target"]
Engine = Literal["ours", "factor-analyzer"]


Ends = Annotated[tuple[float, float], Field(strict=False)]
"""Lower and upper end of what the user holds possible."""


def _rising(ends: Ends) -> Ends:
    """Refuse a range whose ends are the wrong way round, or below 0."""
    if not 0 <= ends[0] <= ends[1]:
        raise PydanticCustomError("range", "must be [lower, upper], from 0 on")
    return ends


def _climbing(edges: tuple[float, ...]) -> tuple[float, ...]:
    """Refuse edges of bands that are not above 0 and each above the one before."""
    if any(after <= before for before, after in pairwise((0.0, *edges))):
        raise PydanticCustomError("edges", "must be above 0 and climb")
    return edges


def _shares(ends: Ends) -> Ends:
    """Refuse shares above 1."""
    if ends[1] > 1:
        raise PydanticCustomError("range", "must be shares, from 0 to 1")
    return ends


class ValueInputs(BaseModel):
    """What only the user knows and money cannot be told without; ranges are lower and upper end.

    ``margin`` is a share of revenue, ``intent_factor`` the share of those saying they will leave who do,
    ``success_rate`` the share of customers that an effort would move to another relationship, ``cost_per_contact`` in
    the currency of the spend, ``customers`` by brand key.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    currency: str = Field(min_length=1)
    margin: Annotated[Ends, AfterValidator(_rising), AfterValidator(_shares)]
    intent_factor: Annotated[Ends, AfterValidator(_rising), AfterValidator(_shares)]
    customers: dict[str, Annotated[int, Field(ge=0)]]
    discount_rate: float = Field(ge=0, lt=1)
    horizon_years: int = Field(default=3, ge=1, le=30)
    cost_per_contact: Annotated[Ends, AfterValidator(_rising)] | None = None
    success_rate: Annotated[Ends, AfterValidator(_rising), AfterValidator(_shares)] | None = None


class AnalysisPlan(BaseModel):
    """The plan of an analysis; goes into the manifest word for word.

    Every threshold is stated here and nowhere else. Equal plan and equal data give equal findings.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    seed: int = Field(
        default=20261, ge=0, description="start of all random draws; equal seed and data give equal findings"
    )
    alpha: float = Field(
        default=0.05, gt=0, lt=0.5, description="p-value, or false-discovery rate, at which a finding counts as shown"
    )
    population: PopulationMargins | None = Field(
        default=None, description="shares that weights are raked to, and the caps of weights; None: weights as they are"
    )
    design_effect_most: float = Field(default=2.0, gt=1, description="a greater design effect of weights is told")
    exclude_flags: int = Field(default=2, ge=1, description="flags of different kinds that exclude a person")
    least_seconds: float = Field(default=1.0, ge=0, description="seconds per answer below which a person is flagged")
    least_share_of_median: float = Field(default=0.4, ge=0, le=1, description="the same, as a share of the median pace")
    same_answers: float = Field(default=0.95, gt=0, le=1, description="share of one response that is straight-lining")
    least_consistency: float = Field(
        default=0.0, ge=-1, le=1, description="correlation below which a person is flagged"
    )
    failed_attention: float = Field(default=0.5, gt=0, le=1, description="share of instructed items failed")
    longest_run: float = Field(default=0.9, gt=0, le=1, description="share of a rating that one run of a response is")
    least_variability: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="standard deviation of a person's answers, as a share of the scale's length",
    )
    same_as_another: float = Field(default=0.95, gt=0.5, le=1, description="share of answers equal to another person's")
    random_answers: float = Field(default=0.9, gt=0.5, lt=1, description="probability of answers drawn at random")
    stretch_persons: int = Field(default=25, ge=10, description="fewest persons in a stretch of the order of entry")
    stretch_share: float = Field(
        default=0.25, gt=0, lt=1, description="a stretch hangs together less than this share of the best: flagged"
    )
    beyond: float = Field(default=0.001, gt=0, lt=0.5, description="p-value of a Mahalanobis distance that is shown")
    n_factors: int | None = Field(default=None, ge=1, description="None: by parallel analysis")
    parallel_draws: int = Field(default=500, ge=100, description="random data sets of parallel analysis")
    matrix: Matrix = Field(
        default="pearson", description="auto: polychoric where answers are few or skewed, and hardly any is missing"
    )
    extraction: Extraction = Field(
        default="minres", description="minimum residuals, maximum likelihood, principal axes"
    )
    rotation: Rotation = Field(default="oblimin", description="target: each item on the factor of its scale")
    engine: Engine = Field(default="ours", description="what does adequacy, extraction and rotation")
    rotation_starts: int = Field(default=30, ge=1, description="random starts of a rotation")
    loading_resamples: int = Field(default=100, ge=0, description="person resamples behind loadings; 0: no intervals")
    least_loading: float = Field(default=0.40, ge=0, description="smallest primary loading of a clear item")
    least_gap: float = Field(default=0.20, ge=0, description="smallest distance of its two largest loadings")
    least_communality: float = Field(default=0.20, ge=0, description="smallest communality of a clear item")
    invariance_persons: int = Field(default=200, ge=30, description="a smaller group is not compared on the model")
    invariance_draws: int = Field(default=5, ge=1, description="of one rating per person, for comparing brands")
    k_min: int = Field(default=2, ge=2, description="fewest archetypes that are tried")
    k_max: int = Field(default=10, ge=2, description="most archetypes that are tried")
    kmeans_starts: int = Field(default=100, ge=1, description="random starts of k-means")
    prediction_splits: int = Field(default=6, ge=1, description="splits of persons behind a prediction strength")
    resample_starts: int = Field(default=2, ge=1, description="k-means starts in each half of such a split")
    null_draws: int = Field(default=199, ge=19, description="data sets without groups that groupings are held against")
    gaussian_draws: int = Field(default=39, ge=19, description="plain normal scores, for comparison only")
    verdict_persons: int = Field(
        default=1000, ge=100, description="persons of each half, drawn at random, behind nulls and bootstraps"
    )
    mixture_family: Family | None = Field(default=None, description="covariances of mixtures; None: the least BIC")
    mixture_persons: int = Field(default=2000, ge=100, description="persons that the archetypes are learned from")
    mixture_starts: int = Field(default=12, ge=1, description="random starts of a mixture")
    group_error: float = Field(
        default=0.5, ge=0, lt=1, description="least variance of an archetype, as a share of the scores' error variance"
    )
    mixture_finalists: int = Field(default=3, ge=1, description="best starts that are taken to the end")
    likelihood_ratio_draws: int = Field(
        default=0, ge=0, description="draws of likelihood-ratio tests of the number of archetypes; 0: not made"
    )
    ward_ratings: int = Field(default=2000, ge=100, le=5000, description="ratings that Ward's method is tried on")
    reduced_starts: int = Field(default=5, ge=1, description="starts of reduced k-means")
    robustness_folds: int = Field(default=5, ge=2, description="parts of the persons outcomes are predicted across")
    boot_resamples: int = Field(default=200, ge=20, description="person bootstraps behind the stability of each k")
    stable_strength: float = Field(default=0.7, gt=0, lt=1, description="prediction strength of a usable grouping")
    smallest_share: float = Field(
        default=0.05, gt=0, lt=0.5, description="share of ratings that the smallest archetype has at least"
    )
    resamples: int = Field(default=500, ge=100, description="person resamples behind intervals")
    confirm_persons: int = Field(default=600, ge=0, description="fewer persons: every finding is exploratory")
    minimum_persons: int = Field(default=60, ge=10, description="fewer persons: no analysis")
    ambivalent_above: float = Field(
        default=1.0, ge=0, lt=2, description="Griffin index; warm and cold at their middle: 1"
    )
    usage_bands: Annotated[tuple[float, ...], Field(strict=False), AfterValidator(_climbing)] = Field(
        default=(1.0, 4.0, 12.0, 52.0), description="uses a year at which bands of usage begin, after the first"
    )
    mismatch_errors: float = Field(
        default=1.0, ge=0, description="standard errors of a difference of picks within which treatment is as wanted"
    )
    what_if_points: float = Field(default=1.0, gt=0, description="scale points by which a perception is moved")
    value: ValueInputs | None = Field(default=None, description="what money is computed from; None: no money is told")
    typing_folds: int = Field(default=5, ge=2, description="parts of the persons, each typed by a tool made without it")
    typing_fewest: int = Field(default=4, ge=1, description="golden questions at least")
    typing_most: int = Field(default=10, ge=1, description="golden questions at most")
    typing_unsure_odds: float = Field(
        default=2.0, ge=1, description="unsure where the best archetype is less likely than this times the next"
    )
    least_norm: float = Field(
        default=0.2, ge=0, description="difference of a rule's importance, in SD, that is too small to matter"
    )
    universal_importance: float = Field(
        default=2 / 3, gt=0, lt=1, description="a rule matters where its mean is this far up the scale"
    )
    universal_share: float = Field(
        default=0.8, gt=0, le=1, description="share of archetypes in which a near-universal rule matters"
    )
    least_cell: int = Field(default=20, ge=2, description="kept, and broken, ratings without which a rule is untested")
    fewest_brand_clusters: int = Field(
        default=12, ge=2, description="fewer brands: tests of rules hold for these brands, only persons are drawn"
    )
    many_brands: int = Field(default=40, ge=2, description="fewer brands: tests of rules by wild draws of brands")
    wild_draws: int = Field(default=4999, ge=99, description="wild draws behind a p-value of a broken rule")
    membership_conditions: int = Field(default=3, ge=1, description="conditions of a membership rule at most")
    confidence_draws: int = Field(
        default=100, ge=10, description="draws of measurement error behind the confidence of a nearest relationship"
    )
    prior_ratings: float = Field(
        default=20, ge=0, description="ratings that a relationship's former position counts for when it is revised"
    )
    drift_shift: float = Field(
        default=0.2, ge=0, description="change of an item's mean between waves, in SD, that is too small to matter"
    )
    drift_spread: float = Field(
        default=1.25, ge=1, description="change of an item's SD between waves, as a factor, that is too small to matter"
    )
    least_congruence: float = Field(
        default=0.85, gt=0, lt=1, description="a factor less congruent with the earlier wave's is another factor"
    )
    far_expected: float = Field(
        default=0.05, gt=0, lt=0.5, description="share of a wave's ratings that count as far from every archetype"
    )
    far_most: float = Field(default=0.10, gt=0, lt=1, description="a larger share of far ratings later is drift")
    stability_index_most: float = Field(
        default=0.10, gt=0, description="a greater population stability index of the archetypes' shares is drift"
    )
    typing_drop: float = Field(
        default=0.05, ge=0, lt=1, description="loss of the typing tool's accuracy in a later wave that is drift"
    )
    challenger_share: float = Field(
        default=0.5, gt=0, lt=1, description="part of the leader's share from which a brand counts as its challenger"
    )
    suppress_below: int = Field(default=30, ge=1, description="fewer ratings: no figures are given")
    small_below: int = Field(default=75, ge=1, description="fewer ratings: figures are marked as of a small base")

    @classmethod
    def from_choices(cls, choices: Mapping[str, object]) -> Self:
        """Make a plan from the choices that a study states; whatever it does not state keeps its default.

        Parameters
        ----------
        choices : mapping of str
            Values by the names of the plan's fields.

        Returns
        -------
        AnalysisPlan

        Raises
        ------
        AnalysisError
            ``unusable_plan``: which choice is wrong, why, and what is allowed.
        """
        plan, misfits = fit(YamlFile("plan", dict(choices)), cls)
        if plan is None:
            told = "; ".join(_told(_helped(misfit)) for misfit in misfits)
            raise AnalysisError("unusable_plan", f"The study's plan cannot be used: {told}. Correct the study file.")
        return plan

    @model_validator(mode="after")
    def _without_conflicts(self) -> Self:
        """Refuse choices each of which would do, but not all of them together."""
        for keys, message, remedy in self._conflicts():
            stated = next(key for key in keys if key in self.model_fields_set)
            raise PydanticCustomError(CONFLICT, "{message}", {"message": message, "key": stated, "remedy": remedy})
        return self

    def _conflicts(self) -> Iterator[tuple[tuple[str, str], str, str]]:
        """Keys that do not go together, why not, and what to do."""
        if self.k_min > self.k_max:
            message = f"k_min {self.k_min} is greater than k_max {self.k_max}"
            yield ("k_max", "k_min"), message, "k_min may be k_max at most"
        if self.suppress_below > self.small_below:
            message = f"small_below {self.small_below} is less than suppress_below {self.suppress_below}"
            yield ("small_below", "suppress_below"), message, "small_below must be suppress_below at least"
        if self.typing_fewest > self.typing_most:
            message = f"typing_fewest {self.typing_fewest} is greater than typing_most {self.typing_most}"
            yield ("typing_most", "typing_fewest"), message, "typing_fewest may be typing_most at most"
        if self.engine == "factor-analyzer":
            for key, value, nearest in (("extraction", "paf", "minres"), ("rotation", "target", "oblimin")):
                if getattr(self, key) == value:
                    message = f"{key} {value} is not known to the engine factor-analyzer"
                    yield (key, "engine"), message, f"{key} may be {nearest}, or the engine ours"
        # the least p-value that draws can give
        if 1 / (self.null_draws + 1) > self.alpha:
            message = f"null_draws {self.null_draws} can give no p-value as small as alpha {self.alpha}"
            yield ("null_draws", "alpha"), message, "1 / (null_draws + 1) may be alpha at most"

    def stream(self, step: str) -> np.random.Generator:
        """Random numbers of one step; adding a step never changes another's numbers.

        Parameters
        ----------
        step : str
            Its name.

        Returns
        -------
        numpy Generator
        """
        return np.random.default_rng(np.random.SeedSequence([self.seed, zlib.crc32(step.encode())]))


def plan_problems(study: YamlFile) -> list[Problem]:
    """Hold the plan of a study file against what a plan may be.

    Parameters
    ----------
    study : YamlFile
        The study file as it was read; what else is wrong with it is not said here.

    Returns
    -------
    list of Problem
        At their lines of the study file; none where it has no plan.
    """
    choices = study.data.get("plan") if isinstance(study.data, dict) else None
    if not isinstance(choices, dict):
        return []
    _, misfits = fit(YamlFile("plan", choices), AnalysisPlan)
    return [
        study.problem(("plan", *misfit.place.split(".")), misfit.message, misfit.remedy, at_key=not _known(misfit))
        for misfit in map(_helped, misfits)
    ]


def _known(misfit: Problem) -> bool:
    """Whether a misfit is one of a choice that there is."""
    return misfit.place.split(".")[0] in AnalysisPlan.model_fields


def _helped(misfit: Problem) -> Problem:
    """The same misfit; of a choice that there is not, with those that there are."""
    if _known(misfit):
        return misfit
    choices = AnalysisPlan.model_fields
    return replace(misfit, remedy=did_you_mean(misfit.place, choices) or f"a plan may have {', '.join(choices)}")


def _told(misfit: Problem) -> str:
    """A misfit as part of a sentence."""
    message = misfit.message if misfit.place in misfit.message else f"{misfit.place} {misfit.message}"
    return f"{message} ({misfit.remedy})" if misfit.remedy else message
