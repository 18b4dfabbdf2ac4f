"""Two analyses, or two waves, as the sheets of a workbook: every figure unrounded; words nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analysis.findings import Estimate, StudyFindings, WaveFindings
from analysis.run_comparison import Difference, MatchedArchetype, RunComparison
from survey_app.results.table_files import Cell

Sheet = tuple[Sequence[str], list[Sequence[Cell]]]
ENDS = ("value", "low", "high", "n")
BOTH = (*(f"first_{end}" for end in ENDS), *(f"second_{end}" for end in ENDS))


def comparison_sheets(found: RunComparison, first: StudyFindings, second: StudyFindings) -> dict[str, Sheet]:
    """Return what differs between two analyses, sheet by sheet."""
    return {
        "manifest": _differences(found.manifest),
        "plan": _differences(found.plan),
        "sample": (
            ("step", "first_persons", "first_ratings", "second_persons", "second_ratings"),
            _sample(first, second),
        ),
        "factors": (("first", "second", "congruence"), _factors(found, first, second)),
        "archetypes": (("first", "second", "likeness", *BOTH), [_archetype(one) for one in found.archetypes]),
        "brands": (("brand", "first", "second", *BOTH), list(_brands(found))),
    }


def wave_sheets(found: WaveFindings) -> dict[str, Sheet]:
    """Return what a later wave says of an earlier one, sheet by sheet."""
    change = ("earlier", "later", "change")
    columns = tuple(f"{name}_{end}" for name in change for end in ENDS)
    drift = found.drift
    return {
        "wave shares": (
            ("archetype", *columns),
            [[row.archetype, *_ends(row.earlier), *_ends(row.later), *_ends(row.change)] for row in drift.shares],
        ),
        "wave items": (
            ("item", *(f"shift_{end}" for end in ENDS), *(f"spread_{end}" for end in ENDS), "drifted"),
            [[row.item, *_ends(row.shift), *_ends(row.spread), int(row.drifted)] for row in drift.items],
        ),
        "wave factors": (
            ("factor", *ENDS, "drifted"),
            [[row.factor, *_ends(row.congruence), int(row.drifted)] for row in drift.factors],
        ),
        "wave changes": (("of", "origin", "target", *ENDS), list(_changes(found))),
        "wave caveats": (
            ("code", "scope", "numbers"),
            [[one.code, one.scope, ", ".join(f"{k}={v}" for k, v in one.numbers.items())] for one in found.caveats],
        ),
    }


def _ends(estimate: Estimate | None) -> list[Cell]:
    return [None] * 4 if estimate is None else [estimate.value, estimate.low, estimate.high, estimate.n]


def _differences(rows: Iterable[Difference]) -> Sheet:
    return ("what", "first", "second"), [[row.key, _told(row.first), _told(row.second)] for row in rows]


def _told(value: object) -> Cell:
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _sample(first: StudyFindings, second: StudyFindings) -> list[Sequence[Cell]]:
    steps: dict[str, list[Cell]] = {}
    for place, found in enumerate((first, second)):
        for step in found.sample.exclusions:
            row = steps.setdefault(step.code, [None] * 4)
            row[2 * place : 2 * place + 2] = [step.n_persons, step.n_ratings]
    return [[code, *row] for code, row in steps.items()]


def _factors(found: RunComparison, first: StudyFindings, second: StudyFindings) -> list[Sequence[Cell]]:
    names = [one.factors.factors if one.factors else () for one in (first, second)]
    return [
        [names[0][row.first], None if row.second is None else names[1][row.second], row.congruence]
        for row in found.factors
    ]


def _archetype(row: MatchedArchetype) -> Sequence[Cell]:
    return [
        *_keys(row),
        row.likeness,
        *(end for one in (row.first, row.second) for end in _ends(one.share if one else None)),
    ]


def _keys(row: MatchedArchetype) -> list[Cell]:
    return [row.first.key if row.first else None, row.second.key if row.second else None]


def _brands(found: RunComparison) -> Iterable[Sequence[Cell]]:
    for brand in found.brands:
        known = brand.first or brand.second
        for share in brand.shares:
            if known is not None and (share.first is not None or share.second is not None):
                yield [known.key, *_keys(share.matched), *_ends(share.first), *_ends(share.second)]


def _changes(found: WaveFindings) -> Iterable[Sequence[Cell]]:
    for stability in filter(None, (found.retyping, found.picks)):
        yield from ([stability.of, row.origin, row.target, *_ends(row.share)] for row in stability.changes)
