"""What is asked of a measurement: columns, methods, seeds, and the confirmatory model; it touches no data."""

from __future__ import annotations

import zlib
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from instruments.grammar import CONFLICT

Matrix = Literal["pearson", "spearman", "polychoric", "mixed"]
Method = Literal["minres", "ml", "paf"]
Rotation = Literal[
    "none", "varimax", "promax", "oblimin", "quartimin", "geomin", "geomin_orthogonal", "target", "target_orthogonal"
]
Missing = Literal["pairwise", "listwise", "em"]
Estimator = Literal["ML", "MLR", "FIML", "FIML_MLR", "WLSMV"]
Parameterisation = Literal["delta", "theta"]

_Names = Annotated[tuple[str, ...], Field(min_length=1)]
_Share = Annotated[float, Field(ge=0, le=1)]

TO_TARGET: tuple[Rotation, ...] = ("target", "target_orthogonal")
ADD_UP_TO = 1.0
_SHARES_ADD_UP = 1e-6
# Between the categories of interlocked columns.
JOIN = " / "


class FactorModel(BaseModel):
    """A confirmatory factor model as people write it.

    ``factors`` names the items of each factor; ``second_order`` the factors of each second-order factor;
    ``bifactor`` names a general factor on which every item loads beside its own (factors are then uncorrelated).
    ``estimator``: ML, MLR (robust) and WLSMV (ordinal) leave rows with missing answers out; FIML and FIML_MLR use
    them. ``scaling``: the first loading of a factor is 1 (marker) or its variance is (unit), by default unit for
    bifactor models and marker for others. ``parameterisation``, of WLSMV: latent answers have variance 1 (delta), or
    their residuals have (theta). ``residuals`` lists pairs of items whose residuals covary.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    factors: Annotated[dict[str, _Names], Field(min_length=1)]
    second_order: dict[str, _Names] = Field(default_factory=dict)
    bifactor: str | None = None
    estimator: Estimator = "ML"
    scaling: Literal["marker", "unit"] | None = None
    parameterisation: Parameterisation = "delta"
    orthogonal: bool = False
    residuals: tuple[tuple[str, str], ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """Refuse names that stand for nothing or for two things."""
        if self.bifactor and self.second_order:
            raise _conflict("bifactor", "a model has one general factor", "remove bifactor or second_order")
        general = {"bifactor": [self.bifactor or ""], "second_order": list(self.second_order)}
        taken = {"factors": set(self.items)} | {key: {*self.items, *self.factors} for key in general}
        for key, names in ({"factors": list(self.factors)} | general).items():
            if twice := sorted(taken[key] & set(names)):
                raise _conflict(key, f"the name {', '.join(twice)} stands for two things", "rename the factor")
        named = {"second_order": self.second_order.values(), "residuals": self.residuals}
        known = {"second_order": set(self.factors), "residuals": set(self.items)}
        for key, groups in named.items():
            if loose := sorted({name for group in groups for name in group} - known[key]):
                raise _conflict(key, f"{', '.join(loose)} is not part of the model", "correct the name")
        return self

    @property
    def items(self) -> tuple[str, ...]:
        """Items of the model, each once, in the order of the factors."""
        return tuple(dict.fromkeys(item for loaded in self.factors.values() for item in loaded))

    @property
    def factor_names(self) -> tuple[str, ...]:
        """All factors in the order of the model's variables."""
        general = (self.bifactor,) if self.bifactor else ()
        return (*general, *self.factors, *self.second_order)


def _conflict(key: str, message: str, remedy: str) -> PydanticCustomError:
    """A contradiction in a model file, with the key it stands under."""
    return PydanticCustomError(CONFLICT, "{message}", {"message": message, "key": key, "remedy": remedy})


class LoadingTarget(BaseModel):
    """The loadings a rotation shall come close to: for each item one number per factor, null where none is expected."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    factors: _Names
    loadings: dict[str, tuple[float | None, ...]]

    @model_validator(mode="after")
    def _rectangular(self) -> Self:
        """Refuse rows of another length than the factors."""
        if wrong := [item for item, row in self.loadings.items() if len(row) != len(self.factors)]:
            message = f"{', '.join(wrong)}: {len(self.factors)} factors need as many loadings"
            raise _conflict("loadings", message, "give one for each factor, null where nothing is expected")
        return self


class Margin(BaseModel):
    """Population shares of the categories of a column, or of the combinations of several (``"a / b"``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: _Names
    shares: Annotated[dict[str, _Share], Field(min_length=1)]

    @model_validator(mode="after")
    def _shares_of_everything(self) -> Self:
        """Refuse shares that do not add up, and combinations of another number of columns."""
        if abs(sum(self.shares.values()) - ADD_UP_TO) > _SHARES_ADD_UP:
            message = f"the shares add up to {sum(self.shares.values()):.6g}"
            raise _conflict("shares", message, "make them add up to 1")
        if wrong := [key for key in self.shares if len(key.split(JOIN)) != len(self.columns)]:
            message = f"'{wrong[0]}' does not name one category for each of {len(self.columns)} columns"
            raise _conflict("shares", message, f"join categories by '{JOIN}', in the order of the columns")
        return self


class PopulationMargins(BaseModel):
    """What weights shall make of a sample: shares of the population, and the smallest and largest weight allowed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    margins: Annotated[tuple[Margin, ...], Field(min_length=1)]
    caps: tuple[float, float] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the margins speak of, each once."""
        return tuple(dict.fromkeys(column for margin in self.margins for column in margin.columns))


class MeasurementPlan(BaseModel):
    """The columns of a table that are measured, and how; printed back word for word.

    Equal plan and equal data give equal results.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    items: tuple[str, ...] = Field(min_length=2)
    reverse: tuple[str, ...] = Field(default=(), description="items that run the other way: turned round first")
    lowest: float | None = Field(default=None, description="low end of the response scale; None: lowest answer")
    highest: float | None = Field(default=None, description="high end of the response scale; None: highest answer")
    missing: Missing = Field(
        default="pairwise",
        description="listwise leaves out rows with a missing answer; em: maximum likelihood of all answers",
    )
    matrix: Matrix = "pearson"
    correction: float = Field(default=0.0, ge=0, description="put into empty cells of polychoric tables")
    smooth: bool = Field(default=False, description="repair correlations that are not positive definite")
    factors: int | None = Field(default=None, ge=1, description="None: by parallel analysis")
    method: Method = "minres"
    rotation: Rotation = "oblimin"
    target: LoadingTarget | None = Field(default=None, description="loadings to rotate to")
    kaiser: bool | None = Field(default=None, description="Kaiser normalisation; None: for varimax only, as R does")
    model: FactorModel | None = None
    ordered: bool = Field(default=False, description="items are ordinal: WLSMV, thresholds in invariance")
    person: str | None = Field(default=None, description="column with whose rating a row is")
    group: str | None = Field(default=None, description="column with the groups to compare")
    brand: str | None = Field(default=None, description="column with what was rated: a level beside the persons")
    weight: str | None = Field(default=None, description="column with the rows' weights")
    population: PopulationMargins | None = Field(default=None, description="margins that weights are raked to")
    instructed: dict[str, float] = Field(
        default_factory=dict, description="columns that ask for a certain answer, and this answer"
    )
    seconds: str | None = Field(default=None, description="column with the seconds that the items took")
    blocks: int = Field(default=10, ge=1, description="of rows by order of entry, for alpha of each")
    draws: int = Field(default=1000, ge=100, description="of parallel analysis")
    permutations: int = Field(default=100, ge=20, description="of parallel analysis by permutation and of categories")
    starts: int = Field(default=30, ge=1, description="of the rotation")
    align_from: int = Field(default=2, ge=2, description="groups from which on factors are aligned")
    repeated_draws: int = Field(default=30, ge=1, description="of one rating per person, where persons are in groups")
    resamples: int = Field(default=200, ge=0, description="of persons, for intervals of loadings; 0: none")
    synonyms_above: float = Field(default=0.6, gt=0, lt=1, description="correlation that makes two items synonyms")
    least_loading: float = Field(default=0.40, description="smallest primary loading of a clear item")
    least_gap: float = Field(default=0.20, description="smallest distance of its two largest loadings")
    least_communality: float = Field(default=0.20, description="smallest communality of a clear item")
    rows: bool = Field(default=False, description="whether to add scores and careless indices row by row")
    seed: int = Field(default=20261, ge=0)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """Refuse choices that do not go together."""
        if self.missing == "em" and self.matrix != "pearson":
            raise _conflict("missing", "em estimates Pearson correlations", "leave out matrix, or take pairwise")
        if (self.rotation in TO_TARGET) != (self.target is not None):
            raise _conflict("target", "a target and rotation to a target need each other", "name both or none")
        if self.target is None:
            return self
        if self.factors not in (None, len(self.target.factors)):
            raise _conflict("factors", f"the target has {len(self.target.factors)} factors", "leave out factors")
        if strange := sorted(set(self.target.loadings) ^ set(self.items)):
            raise _conflict("target", f"{', '.join(strange)} stand in one of target and items only", "name all in both")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns beside the items that the plan reads, each once."""
        single = (self.person, self.group, self.brand, self.weight, self.seconds)
        raked = () if self.population is None else self.population.columns
        return tuple(dict.fromkeys((*filter(None, single), *raked, *self.instructed)))

    def stream(self, step: str) -> np.random.Generator:
        """Give the random numbers of one step; adding a step never changes another's numbers.

        Parameters
        ----------
        step : str

        Returns
        -------
        numpy Generator
        """
        return np.random.default_rng(np.random.SeedSequence([self.seed, zlib.crc32(step.encode())]))
