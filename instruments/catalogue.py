"""The relationship catalogue as a value: families, 29 entries and their positions, as coded or as revised from data."""

from __future__ import annotations

import hashlib
import io
import math
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from instruments.grammar import fit
from instruments.model import Language, Name, Part, Texts
from instruments.yaml_file import FileError, YamlFile, read_yaml

DIMENSIONS: dict[str, tuple[float, float]] = {
    "warm": (0.0, 2.0),
    "cold": (0.0, 2.0),
    "closeness": (-2.0, 2.0),
    "strength": (-2.0, 2.0),
    "power": (-2.0, 2.0),
    "tone": (-2.0, 2.0),
    "will": (-2.0, 2.0),
    "openness": (-2.0, 2.0),
}
"""The relationship dimensions and the lowest and highest position on each."""

Dimension = Literal["warm", "cold", "closeness", "strength", "power", "tone", "will", "openness"]
Unipolar = Annotated[float, Field(ge=0, le=2)]
Bipolar = Annotated[float, Field(ge=-2, le=2)]


class CatalogueError(FileError):
    """A catalogue that cannot be used, with all its problems."""


class Position(Part):
    """Where a relationship lies on the eight dimensions; None where that is not known."""

    warm: Unipolar | None
    cold: Unipolar | None
    closeness: Bipolar | None
    strength: Bipolar | None
    power: Bipolar | None
    tone: Bipolar | None
    will: Bipolar | None
    openness: Bipolar | None

    def as_values(self) -> dict[str, float]:
        """Give the position as numbers.

        Returns
        -------
        dict of str to float
            A value for each name of `DIMENSIONS`, in that order and within that range; nan where unknown.
        """
        return {name: math.nan if (value := getattr(self, name)) is None else float(value) for name in DIMENSIONS}


class Provenance(Part):
    """Where a name comes from: A the article, B the same authors elsewhere, C own reconstruction."""

    grade: Literal["A", "B", "C"]
    source: str


class KnownRules(Part):
    """What is known of a relationship's rules; empty where no source says anything."""

    expects: tuple[Texts, ...] = ()
    breaks: tuple[Texts, ...] = ()
    rule_keys: tuple[Name, ...] = ()
    source: str = ""


class Relationship(Part):
    """One entry: `card` is for respondents, `label` for reports, `alias` and `description` for researchers."""

    key: Name
    number: int = Field(ge=1)
    family: Name
    label: Texts
    alias: Texts
    description: Texts
    card: Texts
    position: Position
    stated: tuple[Dimension, ...] = ()
    provenance: Provenance
    rules: KnownRules = KnownRules()


class Family(Part):
    """Relationships that a respondent first meets as one card."""

    key: Name
    label: Texts
    card: Texts


class Revision(Part):
    """How the positions of a catalogue were estimated from data, and what they were before.

    `base_sha256` is the digest of the catalogue it was made from, `data_sha256` that of the answers. Each position is
    the mean of `n` ratings drawn towards the former one as if that were `prior_ratings` more.
    """

    version: int = Field(ge=1)
    base_sha256: str
    data_sha256: str
    simulated: bool
    prior_ratings: float = Field(ge=0)
    dimensions: tuple[str, ...]
    n: dict[Name, int]
    low: dict[Name, dict[str, float]]
    high: dict[Name, dict[str, float]]


class Catalogue(Part):
    """All relationships that a person may have with a brand, by family."""

    format: Literal[1]
    title: Texts
    source: str
    licence: str
    languages: tuple[Language, ...]
    drafts: tuple[Language, ...] = ()
    families: tuple[Family, ...]
    relationships: tuple[Relationship, ...]
    revision: Revision | None = None

    @property
    def sha256(self) -> str:
        """Digest of everything the catalogue says."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def __getitem__(self, key: str) -> Relationship:
        """Look one relationship up.

        Parameters
        ----------
        key : str
            Key of the relationship.

        Returns
        -------
        Relationship
            The entry of that key.

        Raises
        ------
        KeyError
            When the catalogue has no such relationship.
        """
        for relationship in self.relationships:
            if relationship.key == key:
                return relationship
        raise KeyError(key)

    def family(self, key: str) -> Family:
        """Look one family up.

        Parameters
        ----------
        key : str
            Key of the family.

        Returns
        -------
        Family
            The family of that key.

        Raises
        ------
        KeyError
            When the catalogue has no such family.
        """
        for family in self.families:
            if family.key == key:
                return family
        raise KeyError(key)

    def of_family(self, key: str) -> tuple[Relationship, ...]:
        """List the relationships of one family.

        Parameters
        ----------
        key : str
            Key of the family.

        Returns
        -------
        tuple of Relationship
            Its relationships in the order of the catalogue.

        Raises
        ------
        KeyError
            When the catalogue has no such family.
        """
        family = self.family(key).key
        return tuple(entry for entry in self.relationships if entry.family == family)


@cache
def load_catalogue() -> Catalogue:
    """Read the catalogue that comes with the toolkit.

    Returns
    -------
    Catalogue
        The catalogue; every call gives the same value.

    Raises
    ------
    pydantic.ValidationError
        When the file does not hold to the grammar of `Catalogue`.
    """
    text = files("instruments").joinpath("library", "relationships.yaml").read_text(encoding="utf-8")
    return Catalogue.model_validate(YAML(typ="safe", pure=True).load(text))


def read_catalogue(path: Path) -> Catalogue:
    """Read a catalogue from a file, such as one whose positions were estimated from data.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Catalogue

    Raises
    ------
    CatalogueError
        With every problem of the file.
    """
    try:
        # not as people's files are read: estimated positions have more digits than anybody writes
        content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except YAMLError:
        raise CatalogueError(tuple(read_yaml(path).problems)) from None
    catalogue, misfits = fit(YamlFile(str(path), content), Catalogue)
    if misfits or catalogue is None:
        raise CatalogueError(tuple(misfits))
    return catalogue


def write_catalogue(catalogue: Catalogue, path: Path) -> None:
    """Write a catalogue as a file that `read_catalogue` reads back as the same value.

    Parameters
    ----------
    catalogue : Catalogue
    path : Path
        Overwritten if it exists.
    """
    yaml = YAML(pure=True)
    yaml.allow_unicode, yaml.width = True, 120
    text = io.StringIO()
    yaml.dump(catalogue.model_dump(mode="json", exclude_none=False), text)
    path.write_text(text.getvalue(), encoding="utf-8")
