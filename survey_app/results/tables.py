"""Every table of a study's results with all its figures, for people who go on computing; words and rounds nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from analysis.findings import Estimate, Money, StudyFindings
from instruments.playbook import FIGURES
from survey_app.results.table_files import Cell

Row = list[Cell]
Columns = Callable[[StudyFindings], tuple[str, ...]]
Rows = Callable[[StudyFindings], Iterable[Row]]
INTERVAL = ("value", "low", "high", "n")
# The nearest relationship is a key, not a figure with an interval.
EVIDENCE = tuple(name for name in FIGURES if name != "relationship")


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


def _flows(found: StudyFindings) -> Iterator[Row]:
    for brand in found.brands:
        for flow in brand.flows:
            yield [brand.key, flow.current, flow.desired, flow.n, flow.share]


def _value(found: StudyFindings) -> Iterator[Row]:
    value = found.value
    for kind in value.archetypes if value else ():
        yield from (["archetype", kind.archetype, role, *_estimate(one)] for role, one in kind.stated.items())
        if kind.spend_index is not None:
            yield ["archetype", kind.archetype, "spend_index", *_estimate(kind.spend_index)]
        for name, money in (("yearly", kind.yearly), ("over_horizon", kind.over_horizon)):
            yield from _money("archetype", kind.archetype, name, money)
    for brand in value.brands if value else ():
        yield from (["brand", brand.brand, role, *_estimate(one)] for role, one in brand.stated.items())
        if brand.avoidable_exit is not None:
            yield ["brand", brand.brand, "broken", *_estimate(brand.avoidable_exit.broken)]
            yield ["brand", brand.brand, "more_leaving", *_estimate(brand.avoidable_exit.more_leaving)]
        for name, money in (("portfolio", brand.portfolio), ("at_risk", brand.at_risk)):
            yield from _money("brand", brand.brand, name, money)


def _money(about: str, key: str, name: str, money: Money | None) -> Iterator[Row]:
    if money is not None:
        yield [about, key, name, money.central, money.low, money.high, None]


def _drivers(found: StudyFindings) -> Iterator[Row]:
    for outcome in found.drivers.outcomes if found.drivers else ():
        yield [outcome.outcome, "all", "r_squared", *_estimate(outcome.r_squared)]
        for one in outcome.drivers:
            for name in ("weight", "share", "direction"):
                yield [outcome.outcome, one.scale, name, *_estimate(getattr(one, name))]


def _what_if(found: StudyFindings) -> Iterator[Row]:
    for one in found.drivers.what_if if found.drivers else ():
        for archetype, share in one.shares.items():
            yield [one.scale, one.points, one.moved, archetype, share, one.changes[archetype]]


def _strategies(found: StudyFindings) -> Iterator[Row]:
    for one in found.strategies.choices if found.strategies else ():
        rules, figures = " ".join(rule.rule for rule in one.rules), one.evidence
        chosen: Row = [one.brand, one.archetype or "all", one.strategy, one.step, one.condition, int(one.human_review)]
        yield [*chosen, rules, *(figures[name].value if name in figures else None for name in EVIDENCE)]


def _levels(found: StudyFindings) -> Iterator[Row]:
    for one in found.strategies.levels if found.strategies else ():
        yield [one.brand, one.level, one.owner, *_estimate(one.share), *_estimate(one.leaving)]


def _typing_accuracy(found: StudyFindings) -> Iterator[Row]:
    tool = found.typing_tool
    if tool is None:
        return
    for name in ("accuracy", "majority", "kappa", "accuracy_when_sure", "share_sure", "relearned"):
        yield [name, "all", *_estimate(getattr(tool, name))]
    for kind in tool.by_archetype:
        yield ["sensitivity", kind.archetype, *_estimate(kind.sensitivity)]
        yield ["predictive_value", kind.archetype, *_estimate(kind.predictive_value)]
    for count in tool.by_count:
        yield ["accuracy_by_questions", count.questions, count.accuracy, None, None, count.n]


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
    "flows": (_always("brand", "current", "desired", "n", "share"), _flows),
    "value": (_always("about", "key", "measure", *INTERVAL), _value),
    "drivers": (_always("outcome", "scale", "measure", *INTERVAL), _drivers),
    "what_if": (_always("scale", "points", "moved", "archetype", "share", "change"), _what_if),
    "strategies": (
        _always("brand", "archetype", "strategy", "step", "condition", "human_review", "rules", *EVIDENCE),
        _strategies,
    ),
    "levels": (
        _always("brand", "level", "owner", *INTERVAL, *(f"leaving_{name}" for name in INTERVAL)),
        _levels,
    ),
    "typing": (_typing_columns, _typing),
    "typing_accuracy": (_always("measure", "about", *INTERVAL), _typing_accuracy),
}
