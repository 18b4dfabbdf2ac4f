"""Every table of a study's results with all its figures, for people who go on computing; words and rounds nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from analysis.findings import Estimate, StudyFindings
from survey_app.table_files import Cell

Row = list[Cell]
Columns = Callable[[StudyFindings], tuple[str, ...]]
Rows = Callable[[StudyFindings], Iterable[Row]]
INTERVAL = ("value", "low", "high", "n")


@dataclass(frozen=True)
class ResultTable:
    """One table: its columns and its rows."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def result_table(found: StudyFindings, name: str) -> ResultTable | None:
    """Return a table by its name; None where there is no such table, or nothing in it."""
    if name not in TABLES:
        return None
    columns, rows = TABLES[name]
    filled = tuple(rows(found))
    return ResultTable(columns(found), filled) if filled else None


def _estimate(estimate: Estimate | None) -> Row:
    return [None] * 4 if estimate is None else [estimate.value, estimate.low, estimate.high, estimate.n]


def _always(*columns: str) -> Columns:
    return lambda _: columns


def _reliability(found: StudyFindings) -> Iterator[Row]:
    for scale in found.reliability:
        yield [scale.scale, scale.n_items, *_estimate(scale.alpha), scale.omega]


def _loadings(found: StudyFindings) -> Iterator[Row]:
    if found.factors:
        rows = zip(found.factors.items, found.factors.loadings, found.factors.communalities, strict=True)
        for item, loadings, communality in rows:
            yield [item, *loadings, communality]


def _loading_columns(found: StudyFindings) -> tuple[str, ...]:
    return ("item", *(found.factors.factors if found.factors else ()), "communality")


def _retention(found: StudyFindings) -> Iterator[Row]:
    if found.factors:
        reference = found.factors.reference_eigenvalues
        for number, value in enumerate(found.factors.eigenvalues, start=1):
            yield [number, value, reference[number - 1] if number <= len(reference) else None]


def _number_of_archetypes(found: StudyFindings) -> Iterator[Row]:
    for one in found.archetypes.candidates if found.archetypes else ():
        shown = (one.k, one.prediction_strength, one.null_mean, one.null_sd, one.excess, one.replication_ari)
        yield [*shown, one.silhouette, one.smallest_share, one.bic, int(one.chosen)]


def _archetypes(found: StudyFindings) -> Iterator[Row]:
    for kind in found.archetypes.archetypes if found.archetypes else ():
        yield [kind.key, "share", *_estimate(kind.share)]
        yield from ([kind.key, name, *_estimate(mean)] for name, mean in {**kind.scales, **kind.outcomes}.items())


def _invariance(found: StudyFindings) -> Iterator[Row]:
    for group in found.confirmation.invariance if found.confirmation else ():
        for one in group.levels:
            fit = [one.df, one.cfi, one.rmsea, one.srmr, one.cfi_change, one.rmsea_change, one.srmr_change]
            yield [group.by, one.level, *fit, None if one.holds is None else int(one.holds)]


def _norms(found: StudyFindings) -> Iterator[Row]:
    for one in found.rules.norms if found.rules else ():
        yield [one.rule, one.archetype, *_estimate(one.difference), one.p, one.q, int(one.holds)]


def _dealbreakers(found: StudyFindings) -> Iterator[Row]:
    for one in found.rules.dealbreakers if found.rules else ():
        yield [one.rule, one.outcome, *_estimate(one.difference), one.n_broken, one.p, one.q, int(one.holds)]


def _brands(found: StudyFindings) -> Iterator[Row]:
    for brand in found.brands:
        if brand.suppressed:
            yield [brand.key, "suppressed", None, None, None, brand.n_ratings]
            continue
        for share in brand.portfolio:
            yield [brand.key, share.key, *_estimate(share.brand)]


def _mismatch(found: StudyFindings) -> Iterator[Row]:
    for dimension in found.mismatch.dimensions if found.mismatch else ():
        for one in dimension.shares:
            for name in ("more_wanted", "less_wanted", "fulfilled"):
                yield [dimension.dimension, one.brand or "all", name, *_estimate(getattr(one, name))]


def _strategies(found: StudyFindings) -> Iterator[Row]:
    for one in found.strategies.choices if found.strategies else ():
        yield [one.brand, one.archetype or "all", one.strategy, one.step, one.condition, int(one.human_review)]


def _typing(found: StudyFindings) -> Iterator[Row]:
    if found.typing_tool:
        model = found.typing_tool.model
        yield ["constant", *model.constants]
        for number, question in enumerate(model.questions):
            yield [question.item, *(row[number] for row in model.coefficients)]


def _typing_columns(found: StudyFindings) -> tuple[str, ...]:
    return ("question", *(found.typing_tool.model.archetypes if found.typing_tool else ()))


def _map(found: StudyFindings) -> Iterator[Row]:
    if found.typology and found.typology.map:
        for point in found.typology.map.points:
            yield [point.kind, point.key, point.x, point.y]


TABLES: dict[str, tuple[Columns, Rows]] = {
    "reliability": (_always("scale", "items", "alpha", "low", "high", "n", "omega"), _reliability),
    "loadings": (_loading_columns, _loadings),
    "retention": (_always("factor", "eigenvalue", "reference"), _retention),
    "invariance": (
        _always("by", "level", "df", "cfi", "rmsea", "srmr", "cfi_change", "rmsea_change", "srmr_change", "holds"),
        _invariance,
    ),
    "number_of_archetypes": (
        _always(
            "k",
            "prediction_strength",
            "null_mean",
            "null_sd",
            "excess",
            "replication_ari",
            "silhouette",
            "smallest_share",
            "bic",
            "chosen",
        ),
        _number_of_archetypes,
    ),
    "archetypes": (_always("archetype", "measure", *INTERVAL), _archetypes),
    "map": (_always("kind", "key", "x", "y"), _map),
    "norms": (_always("rule", "archetype", *INTERVAL, "p", "q", "holds"), _norms),
    "dealbreakers": (_always("rule", "outcome", *INTERVAL, "n_broken", "p", "q", "holds"), _dealbreakers),
    "mismatch": (_always("dimension", "brand", "share", *INTERVAL), _mismatch),
    "brands": (_always("brand", "archetype", *INTERVAL), _brands),
    "strategies": (_always("brand", "archetype", "strategy", "step", "condition", "human_review"), _strategies),
    "typing": (_typing_columns, _typing),
}
