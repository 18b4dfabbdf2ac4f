"""Which relationships of the catalogue are nearest to a position; it forms no groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.findings import Match
from analysis.numeric.arrays import Floats
from instruments.catalogue import Catalogue

MATCHES_SHOWN = 3


def catalogue_distances(position: Floats, catalogue: Catalogue, dimensions: Sequence[str]) -> Floats:
    """Root-mean-square distance of positions from every relationship, over the dimensions both have.

    Parameters
    ----------
    position : (..., dimensions) array
    catalogue : Catalogue
    dimensions : sequence of str

    Returns
    -------
    (..., relationships) array
        In the order of the catalogue; infinite where no dimension is shared.
    """
    entries = _coded(catalogue, dimensions)
    known = ~np.isnan(entries)
    gaps = np.where(known, position[..., None, :] - np.where(known, entries, 0.0), 0.0)
    n = known.sum(-1)
    return np.where(n > 0, np.sqrt((gaps**2).sum(-1) / np.maximum(n, 1)), np.inf)


def match_to_catalogue(
    position: Floats, resampled: Floats, catalogue: Catalogue, dimensions: Sequence[str]
) -> tuple[Match, ...]:
    """Find the relationships nearest to one position.

    Parameters
    ----------
    position : (dimensions,) array
    resampled : (resamples, dimensions) array
        The same position in resamples of persons; NaN where a resample holds nobody.
    catalogue : Catalogue
    dimensions : sequence of str

    Returns
    -------
    tuple of Match
        The nearest three.
    """
    distance = catalogue_distances(position, catalogue, dimensions)
    usable = resampled[~np.isnan(resampled).any(1)]
    first = catalogue_distances(usable, catalogue, dimensions).argmin(1)
    shared = (~np.isnan(_coded(catalogue, dimensions))).sum(1)
    return tuple(
        Match(
            relationship=catalogue.relationships[i].key,
            distance=float(distance[i]),
            n_dimensions=int(shared[i]),
            support=float(np.mean(first == i)) if len(usable) else 0.0,
        )
        for i in np.argsort(distance, kind="stable")[:MATCHES_SHOWN].tolist()
    )


def family_closeness(catalogue: Catalogue) -> dict[str, float]:
    """How close each family's relationships are on average, by family key."""
    coded: dict[str, list[float]] = {}
    for entry in catalogue.relationships:
        if entry.position.closeness is not None:
            coded.setdefault(entry.family, []).append(entry.position.closeness)
    return {family: float(np.mean(values)) for family, values in coded.items()}


def _coded(catalogue: Catalogue, dimensions: Sequence[str]) -> Floats:
    """Positions of the relationships, (relationships, dimensions), NaN where unknown."""
    return np.array([[entry.position.as_values()[name] for name in dimensions] for entry in catalogue.relationships])
