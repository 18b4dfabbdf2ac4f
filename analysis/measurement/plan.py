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
Rotation = Literal["none", "varimax", "promax", "oblimin", "quartimin", "geomin"]
Missing = Literal["pairwise", "listwise"]
Estimator = Literal["ML", "MLR", "FIML", "FIML_MLR", "WLSMV"]

_Names = Annotated[tuple[str, ...], Field(min_length=1)]


class FactorModel(BaseModel):
    """A confirmatory factor model as people write it.

    ``factors`` names the items of each factor; ``second_order`` the factors of each second-order factor;
    ``bifactor`` names a general factor on which every item loads beside its own (factors are then uncorrelated).
    ``estimator``: ML, MLR (robust) and WLSMV (ordinal) leave rows with missing answers out; FIML and FIML_MLR use
    them. ``scaling``: the first loading of a factor is 1 (marker) or its variance is (unit), by default unit for
    bifactor models and marker for others. ``residuals`` lists pairs of items whose residuals covary.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    factors: Annotated[dict[str, _Names], Field(min_length=1)]
    second_order: dict[str, _Names] = Field(default_factory=dict)
    bifactor: str | None = None
    estimator: Estimator = "ML"
    scaling: Literal["marker", "unit"] | None = None
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


class MeasurementPlan(BaseModel):
    """The columns of a table that are measured, and how; printed back word for word.

    Equal plan and equal data give equal results.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    items: tuple[str, ...] = Field(min_length=2)
    reverse: tuple[str, ...] = Field(default=(), description="items that run the other way: turned round first")
    lowest: float | None = Field(default=None, description="low end of the response scale; None: lowest answer")
    highest: float | None = Field(default=None, description="high end of the response scale; None: highest answer")
    missing: Missing = Field(default="pairwise", description="listwise leaves out rows with a missing answer")
    matrix: Matrix = "pearson"
    correction: float = Field(default=0.0, ge=0, description="put into empty cells of polychoric tables")
    smooth: bool = Field(default=False, description="repair correlations that are not positive definite")
    factors: int | None = Field(default=None, ge=1, description="None: by parallel analysis")
    method: Method = "minres"
    rotation: Rotation = "oblimin"
    kaiser: bool | None = Field(default=None, description="Kaiser normalisation; None: for varimax only, as R does")
    model: FactorModel | None = None
    ordered: bool = Field(default=False, description="items are ordinal: WLSMV, thresholds in invariance")
    person: str | None = Field(default=None, description="column with whose rating a row is")
    group: str | None = Field(default=None, description="column with the groups to compare")
    weight: str | None = Field(default=None, description="column with the rows' weights")
    draws: int = Field(default=1000, ge=100, description="of parallel analysis")
    permutations: int = Field(default=100, ge=20, description="of parallel analysis by permutation")
    starts: int = Field(default=30, ge=1, description="of the rotation")
    repeated_draws: int = Field(default=30, ge=1, description="of one rating per person, where persons are in groups")
    resamples: int = Field(default=200, ge=0, description="of persons, for intervals of loadings; 0: none")
    synonyms_above: float = Field(default=0.6, gt=0, lt=1, description="correlation that makes two items synonyms")
    least_loading: float = Field(default=0.40, description="smallest primary loading of a clear item")
    least_gap: float = Field(default=0.20, description="smallest distance of its two largest loadings")
    least_communality: float = Field(default=0.20, description="smallest communality of a clear item")
    rows: bool = Field(default=False, description="whether to add scores and careless indices row by row")
    seed: int = Field(default=20261, ge=0)

    def stream(self, step: str) -> np.random.Generator:
        """Random numbers of one step; adding a step never changes another's numbers."""
        return np.random.default_rng(np.random.SeedSequence([self.seed, zlib.crc32(step.encode())]))
