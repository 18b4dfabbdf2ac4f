"""What differs between two analyses that are done: plan, data, sample, factors and archetypes; it analyses nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score

from analysis.findings import Archetype, BrandFindings, Estimate, Factors, Manifest, StudyFindings
from analysis.numeric.arrangement import congruence
from analysis.numeric.arrays import Floats

MatchedBy = Literal["ratings", "scales"]
FEWEST_SCALES = 2


@dataclass(frozen=True)
class Difference:
    """One thing that both analyses state otherwise; None where one of them does not state it."""

    key: str
    first: object
    second: object


@dataclass(frozen=True)
class MatchedFactor:
    """A factor of the first analysis and the one of the second it is most like, by Tucker's congruence (-1 to 1)."""

    first: int
    second: int | None
    congruence: float | None


@dataclass(frozen=True)
class MatchedArchetype:
    """An archetype of each analysis, None where there is no counterpart, and how alike they are (0 to 1)."""

    first: Archetype | None
    second: Archetype | None
    likeness: float | None


@dataclass(frozen=True)
class ComparedShare:
    """A brand's share of relationships in one matched archetype, in both analyses."""

    matched: MatchedArchetype
    first: Estimate | None
    second: Estimate | None


@dataclass(frozen=True)
class ComparedBrand:
    """The portfolio of one brand in both analyses; a brand may be in one of them only."""

    first: BrandFindings | None
    second: BrandFindings | None
    shares: tuple[ComparedShare, ...]


@dataclass(frozen=True)
class RunComparison:
    """Two analyses side by side.

    `matched_by` says what archetypes were matched by: the `shared_ratings` both assign, of which `agreement` is the
    adjusted Rand index, or the means of the scales where no rating is in both.
    """

    same_data: bool
    manifest: tuple[Difference, ...]
    plan: tuple[Difference, ...]
    factors: tuple[MatchedFactor, ...]
    archetypes: tuple[MatchedArchetype, ...]
    matched_by: MatchedBy | None
    shared_ratings: int
    agreement: float | None
    brands: tuple[ComparedBrand, ...]


def compare_runs(first: StudyFindings, second: StudyFindings) -> RunComparison:
    """Put two analyses side by side.

    Archetypes are matched one to one so that their likenesses add up to the most: by the ratings that both assign
    (Jaccard index), else by their means on the scales both have (1 less the root mean square distance in parts of the
    scales' ranges).

    Parameters
    ----------
    first, second : StudyFindings

    Returns
    -------
    RunComparison
    """
    pairs = _shared_memberships(first, second)
    likeness = _likeness(first, second, pairs)
    matched = _matched(_kinds(first), _kinds(second), likeness)
    by: MatchedBy | None = None if likeness is None else "ratings" if pairs else "scales"
    return RunComparison(
        same_data=first.manifest.data_sha256 == second.manifest.data_sha256,
        manifest=tuple(_manifest_differences(first, second)),
        plan=_differences(first.manifest.plan, second.manifest.plan),
        factors=_matched_factors(first.factors, second.factors),
        archetypes=matched,
        matched_by=by,
        shared_ratings=len(pairs),
        agreement=float(adjusted_rand_score(*zip(*pairs, strict=True))) if pairs else None,
        brands=tuple(_compared_brands(first, second, matched)),
    )


def _manifest_differences(first: StudyFindings, second: StudyFindings) -> Iterable[Difference]:
    yield from _differences(_facts(first), _facts(second))
    libraries: tuple[Mapping[str, object], Mapping[str, object]] = (
        first.manifest.libraries,
        second.manifest.libraries,
    )
    yield from _differences(*libraries)


def _facts(found: StudyFindings) -> dict[str, object]:
    manifest: Manifest = found.manifest
    return {
        "study": found.study.key,
        "program": manifest.program,
        "data_sha256": manifest.data_sha256,
        "n_rows": manifest.n_rows,
        "architecture": manifest.architecture,
        "instrument": found.study.instrument,
        "instrument_version": found.study.instrument_version,
        "instrument_digest": found.study.instrument_digest,
    }


def _differences(first: Mapping[str, object], second: Mapping[str, object]) -> tuple[Difference, ...]:
    keys = [*first, *(key for key in second if key not in first)]
    return tuple(Difference(key, first.get(key), second.get(key)) for key in keys if first.get(key) != second.get(key))


def _kinds(found: StudyFindings) -> tuple[Archetype, ...]:
    return found.archetypes.archetypes if found.archetypes else ()


def _shared_memberships(first: StudyFindings, second: StudyFindings) -> list[tuple[str, str]]:
    """The archetypes of every rating that both analyses assign; ids of other answers than these name nobody."""
    if not first.archetypes or not second.archetypes or first.study.key != second.study.key:
        return []
    before = {(one.person, one.brand): one.archetype for one in first.archetypes.memberships}
    after = second.archetypes.memberships
    return [(before[one.person, one.brand], one.archetype) for one in after if (one.person, one.brand) in before]


def _likeness(first: StudyFindings, second: StudyFindings, pairs: Sequence[tuple[str, str]]) -> Floats | None:
    """How alike each archetype of the first is to each of the second; None where nothing tells."""
    one, other = _kinds(first), _kinds(second)
    if not one or not other:
        return None
    if pairs:
        return _jaccard(pairs, [kind.key for kind in one], [kind.key for kind in other])
    ranges = {scale.key: scale.high - scale.low for scale in first.scales}
    held = [key for key in ranges if ranges[key] and all(_mean(kind, key) is not None for kind in (*one, *other))]
    if len(held) < FEWEST_SCALES:
        return None
    profiles = [
        np.array([[(_mean(kind, key) or 0.0) / ranges[key] for key in held] for kind in k]) for k in (one, other)
    ]
    apart = profiles[0][:, None, :] - profiles[1][None, :, :]
    return np.asarray(1.0 - np.sqrt((apart**2).mean(axis=2)))


def _mean(kind: Archetype, scale: str) -> float | None:
    return kind.scales[scale].value if scale in kind.scales else None


def _jaccard(pairs: Sequence[tuple[str, str]], one: Sequence[str], other: Sequence[str]) -> Floats:
    counts = np.zeros((len(one), len(other)))
    for before, after in pairs:
        counts[one.index(before), other.index(after)] += 1
    either = counts.sum(axis=1, keepdims=True) + counts.sum(axis=0, keepdims=True) - counts
    alike: Floats = np.divide(counts, either, out=np.zeros_like(counts), where=either > 0)
    return alike


def _matched(
    one: Sequence[Archetype], other: Sequence[Archetype], likeness: Floats | None
) -> tuple[MatchedArchetype, ...]:
    if likeness is None:
        alone = [MatchedArchetype(kind, None, None) for kind in one]
        return (*alone, *(MatchedArchetype(None, kind, None) for kind in other))
    rows, columns = linear_sum_assignment(likeness, maximize=True)
    partner = dict(zip(rows.tolist(), columns.tolist(), strict=True))
    found = [
        MatchedArchetype(kind, other[partner[i]], float(likeness[i, partner[i]]))
        if i in partner
        else MatchedArchetype(kind, None, None)
        for i, kind in enumerate(one)
    ]
    left = [kind for j, kind in enumerate(other) if j not in partner.values()]
    return (*found, *(MatchedArchetype(None, kind, None) for kind in left))


def _matched_factors(first: Factors | None, second: Factors | None) -> tuple[MatchedFactor, ...]:
    """Each factor of the first with its likest of the second, on the items that both have."""
    if first is None:
        return ()
    items = [item for item in first.items if second is not None and item in second.items]
    if second is None or not items:
        return tuple(MatchedFactor(i, None, None) for i in range(len(first.factors)))
    one, other = (np.array([one.loadings[one.items.index(item)] for item in items]) for one in (first, second))
    alike = congruence(one, other)
    best = np.abs(alike).argmax(axis=1)
    return tuple(MatchedFactor(i, int(j), float(alike[i, j])) for i, j in enumerate(best))


def _compared_brands(
    first: StudyFindings, second: StudyFindings, matched: Sequence[MatchedArchetype]
) -> Iterable[ComparedBrand]:
    one, other = ({brand.key: brand for brand in found.brands} for found in (first, second))
    for key in dict.fromkeys([*one, *other]):
        brands = (one.get(key), other.get(key))
        shares = tuple(
            ComparedShare(pair, _share(brands[0], pair.first), _share(brands[1], pair.second)) for pair in matched
        )
        yield ComparedBrand(*brands, shares)


def _share(brand: BrandFindings | None, kind: Archetype | None) -> Estimate | None:
    if brand is None or kind is None:
        return None
    return next((share.brand for share in brand.portfolio if share.key == kind.key), None)
