"""Sections on where a brand's relationships stand: portfolio, profile and map; selects and words, draws nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from instruments.catalogue import DIMENSIONS
from reports.content import (
    Column,
    ComparedRow,
    DotComparison,
    KeyFigure,
    MapPoint,
    Paragraph,
    PortfolioBars,
    RelationMap,
    Row,
    Section,
    Table,
)
from reports.non_users import non_user_note
from reports.subject import value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analysis.findings import Archetype, BrandFindings, Comparison
    from instruments.model import Texts
    from reports.content import Block, PointKind
    from reports.subject import Subject

_NEAREST_SHOWN = 2
_RIVALS_SHOWN = 12


def portfolio_section(subject: Subject) -> Section:
    """How the brand's relationships are spread, beside all other brands."""
    return Section(
        "portfolio", subject.wording.say("portfolio.title"), _portfolio_headline(subject), _portfolio_blocks(subject)
    )


def _portfolio_headline(subject: Subject) -> str:
    if not subject.shares or subject.alone:
        return subject.wording.say("portfolio.headline.alone", brand=subject.name)
    return headline_of_differences(subject, "portfolio.headline", subject.shares, subject.share_name)


def headline_of_differences(
    subject: Subject, key: str, comparisons: Iterable[Comparison], name: Callable[[str], str]
) -> str:
    """The widest clear difference upwards and downwards in one sentence."""
    listed = tuple(comparisons)
    more, fewer = subject.apart(listed, above=True), subject.apart(listed, above=False)
    fields = {"brand": subject.name}
    if more:
        fields["more"] = name(more[0].key)
    if fewer:
        fields["fewer"] = name(fewer[0].key)
    kind = "both" if more and fewer else "more" if more else "fewer" if fewer else "same"
    return subject.wording.say(f"{key}.{kind}", **fields)


def _portfolio_blocks(subject: Subject) -> tuple[Block, ...]:
    words = subject.wording
    if not subject.shares:
        return (Paragraph(words.say("portfolio.absent"), style="absent"), *non_user_note(subject))
    none_found = subject.findings.archetypes is not None and not subject.grouped
    intro = "none" if none_found else subject.basis
    note = words.say("portfolio.chart.note", brand=subject.name)
    blocks: list[Block] = [
        Paragraph(words.say(f"portfolio.intro.{intro}")),
        _share_bars(subject, subject.shares, subject.share_name, "portfolio.chart.caption", note),
        *non_user_note(subject),
    ]
    if subject.grouped:
        blocks.append(_kinds_table(subject))
        if subject.brand.current:
            blocks.append(_share_bars(subject, subject.brand.current, subject.family, "portfolio.chart.own_picks"))
    return tuple(blocks)


def _share_bars(
    subject: Subject, comparisons: Iterable[Comparison], name: Callable[[str], str], caption: str, note: str = ""
) -> PortfolioBars:
    words = subject.wording
    rows = subject.compared_rows(comparisons, name, words.share_mark)
    return PortfolioBars(
        caption=words.say(caption),
        alt=subject.compared_alt(rows),
        note=note,
        rows=rows,
        axis=words.share_axis(0.0, _highest(rows)),
        own=subject.name,
        category=words.say("others"),
    )


def _ends(rows: Iterable[ComparedRow]) -> list[float]:
    marks = [mark for row in rows for mark in (row.own, row.category) if mark is not None]
    return [end for mark in marks for end in (mark.low, mark.value, mark.high) if end is not None]


def _highest(rows: Iterable[ComparedRow]) -> float:
    return max(_ends(rows), default=1.0)


def _kinds_table(subject: Subject) -> Table:
    words, outcome = subject.wording, subject.primary
    columns = [
        Column(words.say("portfolio.kinds.kind"), 2.8),
        Column(words.say("portfolio.kinds.nearest"), 2.5),
        Column(words.say("portfolio.kinds.picks"), 1.5),
    ]
    if outcome is not None:
        title = words.say("portfolio.kinds.outcome", outcome=subject.outcome(outcome.key))
        columns.append(Column(title, 1.2, "right"))
    rows = tuple(Row(_kind_cells(subject, comparison.key)) for comparison in subject.shares)
    return Table(words.say("portfolio.kinds.caption"), tuple(columns), rows, words.say("portfolio.kinds.note"))


def _kind_cells(subject: Subject, key: str) -> tuple[str, ...]:
    group, words = subject.groups[key], subject.wording
    nearest = [subject.relationship(match.relationship) for match in group.matches[:_NEAREST_SHOWN]]
    picked = max(group.picks, key=lambda family: group.picks[family], default=None)
    cells = [
        subject.archetype(key),
        words.listed(nearest) if nearest else words.say("number.none"),
        subject.family(picked) if picked else words.say("number.none"),
    ]
    if subject.primary is not None:
        estimate = group.outcomes.get(subject.primary.key)
        known = estimate is not None and subject.shown(estimate)
        cells.append(words.number(value_of(estimate), 1) if estimate and known else words.say("number.none"))
    return tuple(cells)


def feeling_figures(subject: Subject) -> tuple[KeyFigure, ...]:
    """Negative and ambivalent relationships of 100."""
    named = (("negative", subject.brand.negative), ("ambivalent", subject.brand.ambivalent))
    return tuple(
        key_figure(subject, comparison, f"profile.{name}")
        for name, comparison in named
        if comparison is not None and subject.shown(comparison.brand)
    )


def key_figure(subject: Subject, comparison: Comparison, label: str) -> KeyFigure:
    """A share as a number of 100, the other brands' beside it."""
    words = subject.wording
    evidence = words.share_evidence(comparison.brand)
    if subject.shown(comparison.category):
        value = words.of_hundred(value_of(comparison.category))
        evidence = words.say("profile.against", value=value, evidence=evidence)
    return KeyFigure(
        words.of_hundred(value_of(comparison.brand)), words.say(label), evidence, muted=subject.small(comparison.brand)
    )


def scale_charts(subject: Subject) -> Iterable[DotComparison]:
    """One chart for each range of answers, so that rows of a chart share an axis."""
    ranges = {scale.key: (scale.low, scale.high) for scale in subject.findings.scales}
    for low, high in dict.fromkeys(ranges[comparison.key] for comparison in subject.brand.scales):
        chosen = [c for c in subject.brand.scales if ranges[c.key] == (low, high)]
        yield _dots(subject, chosen, low, high)


def _dots(subject: Subject, comparisons: Iterable[Comparison], low: float, high: float) -> DotComparison:
    words = subject.wording
    rows = subject.compared_rows(comparisons, subject.scale, lambda estimate: words.number_mark(estimate, 1))
    return DotComparison(
        caption=words.say("profile.scales.caption"),
        alt=subject.compared_alt(rows),
        note=words.say("profile.scales.note"),
        rows=rows,
        axis=words.scale_axis(low, high),
        own=subject.name,
        category=words.say("others"),
    )


def outcome_table(subject: Subject) -> Table:
    """What relationships are judged by, beside the other brands."""
    words = subject.wording
    columns = (
        Column(words.say("profile.outcomes.name"), 2.6),
        Column(words.say("profile.outcomes.range"), 1.0, "right"),
        Column(subject.name, 1.0, "right"),
        Column(words.say("profile.outcomes.interval"), 1.4, "right"),
        Column(words.say("others"), 1.0, "right"),
        Column(words.say("profile.outcomes.base"), 0.7, "right"),
    )
    rows = tuple(_outcome_row(subject, comparison) for comparison in subject.brand.outcomes)
    return Table(words.say("profile.outcomes.caption"), columns, rows, _outcome_note(subject))


def _outcome_note(subject: Subject) -> str:
    worse_high = [subject.outcome(key) for key, info in subject.outcomes.items() if info.better == "low"]
    if not worse_high:
        return subject.wording.say("profile.outcomes.note_plain")
    return subject.wording.say("profile.outcomes.note", names=subject.wording.listed(worse_high))


def _outcome_row(subject: Subject, comparison: Comparison) -> Row:
    words, info = subject.wording, subject.outcomes[comparison.key]
    own = comparison.brand
    none = words.say("number.too_few")
    cells = (
        subject.outcome(comparison.key),
        words.say("number.range", low=words.number(info.low, 0), high=words.number(info.high, 0)),
        f"{subject.direction(comparison)} {words.number(value_of(own), 1)}".strip() if subject.shown(own) else none,
        words.number_interval(own, 1) if subject.shown(own) else words.say("number.none"),
        words.number(value_of(comparison.category), 1) if subject.shown(comparison.category) else none,
        words.whole(own.n),
    )
    return Row(cells, muted=subject.small(own), strong=comparison.differs and subject.shown(own))


def map_section(subject: Subject) -> Section:
    """Where the brand stands among its rivals, and among the relationships of the catalogue where that is known."""
    words, title = subject.wording, subject.wording.say("map.title")
    if "dimensions" not in subject.findings.absent and {"warm", "cold", "closeness"} <= set(subject.brand.position):
        blocks: tuple[Block, ...] = (_catalogue_map(subject), *_second_map(subject))
        return Section("map", title, _map_headline(subject), blocks)
    note = Paragraph(words.say("map.absent"), style="absent")
    headline = words.say("map.headline.plain", brand=subject.name)
    axes = _plain_axes(subject)
    if len(axes) < len(("x", "y")):
        return Section("map", title, headline, (Paragraph(words.say("map.absent_map"), style="absent"),))
    return Section("map", title, headline, (note, _plain_map(subject, *axes[:2]), _position_table(subject, _axis_name)))


def _map_headline(subject: Subject) -> str:
    words = subject.wording
    if subject.alone:
        return words.say("map.headline.alone", brand=subject.name)
    x = words.say(f"map.warm.{_standing(subject, _warmth)}")
    y = words.say(f"map.close.{_standing(subject, _closeness)}")
    return words.say("map.headline.catalogue", brand=subject.name, x=x, y=y)


def _standing(subject: Subject, place: Callable[[BrandFindings], float]) -> str:
    """Whether the brand stands above or below most of its rivals."""
    rivals = [place(brand) for brand in _rivals(subject)]
    lower = sum(rival < place(subject.brand) for rival in rivals)
    higher = sum(rival > place(subject.brand) for rival in rivals)
    return "above" if lower > higher else "below" if higher > lower else "level"


def _rivals(subject: Subject) -> list[BrandFindings]:
    keys = set(subject.brand.position)
    others = [brand for brand in subject.findings.brands if brand.key != subject.brand.key and not brand.suppressed]
    return [brand for brand in others if keys <= set(brand.position)]


def _rivals_shown(subject: Subject) -> list[BrandFindings]:
    """The rivals that most was told about: a map of all would be black with names."""
    return sorted(_rivals(subject), key=lambda rival: -rival.n_ratings)[:_RIVALS_SHOWN]


def _map_note(subject: Subject) -> str:
    words = subject.wording
    cut = len(_rivals(subject)) > _RIVALS_SHOWN
    return subject.sentences(
        words.say("map.note"),
        words.say("map.note_groups") if subject.grouped else "",
        words.say("map.note_some", n=words.whole(_RIVALS_SHOWN)) if cut else "",
    )


def _warmth(brand: BrandFindings) -> float:
    return value_of(brand.position["warm"]) - value_of(brand.position["cold"])


def _closeness(brand: BrandFindings) -> float:
    return value_of(brand.position["closeness"])


def _catalogue_map(subject: Subject) -> RelationMap:
    words = subject.wording
    points = (
        *_catalogue_points(subject),
        *_group_points(subject, _group_warmth, "closeness"),
        *_brand_points(subject, _warmth, _closeness),
    )
    low, high = DIMENSIONS["closeness"]
    return RelationMap(
        caption=words.say("map.caption"),
        alt=_map_alt(subject, points),
        note=_map_note(subject),
        x=words.number_axis(
            low,
            high,
            title=words.say("map.warm_axis"),
            low_end=words.say("map.cold_end"),
            high_end=words.say("map.warm_end"),
        ),
        y=words.number_axis(
            low,
            high,
            title=words.say("map.close_axis"),
            low_end=words.say("map.distant_end"),
            high_end=words.say("map.close_end"),
        ),
        points=points,
        legend=_legend(subject, "own", "rival", "group", "catalogue"),
    )


def _legend(subject: Subject, *kinds: PointKind) -> tuple[tuple[PointKind, str], ...]:
    names: dict[PointKind, str] = {
        "own": subject.name,
        "rival": subject.wording.say("map.rivals"),
        "group": subject.wording.say("map.groups"),
        "catalogue": subject.wording.say("map.catalogue"),
    }
    there = {"rival": bool(_rivals(subject)), "group": subject.grouped}
    return tuple((kind, names[kind]) for kind in kinds if there.get(kind, True))


def _map_alt(subject: Subject, points: Iterable[MapPoint]) -> str:
    return subject.wording.say("chart.map", points=subject.wording.listed([point.label for point in points]))


def _catalogue_points(subject: Subject) -> Iterable[MapPoint]:
    for entry in subject.catalogue.relationships:
        place = entry.position
        if place.warm is not None and place.cold is not None and place.closeness is not None:
            yield MapPoint(
                subject.relationship(entry.key), place.warm - place.cold, float(place.closeness), "catalogue"
            )


def _brand_points(
    subject: Subject, x: Callable[[BrandFindings], float], y: Callable[[BrandFindings], float]
) -> Iterable[MapPoint]:
    for rival in _rivals_shown(subject):
        yield MapPoint(_with_role(subject, rival), x(rival), y(rival), "rival")
    yield MapPoint(_with_role(subject, subject.brand), x(subject.brand), y(subject.brand), "own")


def _with_role(subject: Subject, brand: BrandFindings) -> str:
    """A brand's name with its role among its rivals."""
    words, name = subject.wording, subject.brand_name(brand)
    role = next((each.role for each in subject.findings.competitors if each.brand == brand.key), None)
    return words.say("map.with_role", brand=name, role=words.say(f"map.role.{role}")) if role else name


def _group_points(subject: Subject, x: Callable[[Archetype], float], y: str) -> Iterable[MapPoint]:
    """The brand's groups as bubbles of its shares."""
    shares = {share.key: value_of(share.brand) for share in subject.shares} if subject.grouped else {}
    for key, share in shares.items():
        group = subject.groups[key]
        if y in group.position:
            yield MapPoint(subject.archetype(key), x(group), group.position[y], "group", share)


def _group_warmth(group: Archetype) -> float:
    return group.position.get("warm", 0.0) - group.position.get("cold", 0.0)


def _second_map(subject: Subject) -> Iterable[Block]:
    """Strength and power: how firm the bond is and who has the upper hand."""
    words = subject.wording
    if not {"strength", "power"} <= set(subject.brand.position):
        return
    points = (
        *_group_points(subject, lambda group: group.position.get("strength", 0.0), "power"),
        *_brand_points(subject, lambda b: value_of(b.position["strength"]), lambda b: value_of(b.position["power"])),
    )
    xs, ys = [point.x for point in points], [point.y for point in points]
    yield RelationMap(
        caption=words.say("map.second.caption"),
        alt=_map_alt(subject, points),
        note="",
        x=words.number_axis(
            min(xs),
            max(xs),
            title=words.say("map.second.x"),
            low_end=words.say("map.second.fragile"),
            high_end=words.say("map.second.strong"),
        ),
        y=words.number_axis(
            min(ys),
            max(ys),
            title=words.say("map.second.y"),
            low_end=words.say("map.second.brand"),
            high_end=words.say("map.second.customer"),
        ),
        points=points,
        legend=(),
    )


def _plain_axes(subject: Subject) -> list[str]:
    """The axes of a map without the catalogue."""
    return [key for key in _measured(subject) if subject.brand.position[key].value is not None]


def _measured(subject: Subject) -> list[str]:
    """What brands have a position on, in the order of the catalogue's dimensions, else of the factors."""
    factors = subject.findings.factors
    order = [*DIMENSIONS, *(factors.factors if factors else ())]
    return sorted(subject.brand.position, key=lambda key: (order.index(key) if key in order else len(order), key))


def _plain_map(subject: Subject, x_key: str, y_key: str) -> RelationMap:
    words = subject.wording
    points = tuple(
        _brand_points(subject, lambda brand: value_of(brand.position[x_key]), lambda b: value_of(b.position[y_key]))
    )
    ends = {"low_end": words.say("map.low_end"), "high_end": words.say("map.high_end")}
    xs, ys = [point.x for point in points], [point.y for point in points]
    x_name, y_name = _axis_name(subject, x_key), _axis_name(subject, y_key)
    return RelationMap(
        caption=words.say("map.caption_plain", x=x_name, y=y_name),
        alt=_map_alt(subject, points),
        note=words.say("map.note_plain"),
        x=words.number_axis(min(xs), max(xs), title=x_name, **ends),
        y=words.number_axis(min(ys), max(ys), title=y_name, **ends),
        points=points,
        legend=_legend(subject, "own", "rival"),
    )


def _axis_name(subject: Subject, key: str) -> str:
    scales: dict[str, Texts] = {scale.key: scale.label for scale in subject.findings.scales}
    return subject.wording.label(scales[key]) if key in scales else subject.factor(key)


def _position_table(subject: Subject, name: Callable[[Subject, str], str]) -> Table:
    """Means and intervals of the brand's place; the possible range only where the catalogue's dimensions give one."""
    words = subject.wording
    keys = _measured(subject)
    ranged = all(key in DIMENSIONS for key in keys)
    columns = [
        Column(words.say("map.table.dimension"), 2.4),
        Column(words.say("map.table.position"), 1.0, "right"),
        Column(words.say("map.table.interval"), 1.6, "right"),
    ]
    if ranged:
        columns.append(Column(words.say("map.table.scale"), 1.2, "right"))
    rows = tuple(_position_row(subject, key, name(subject, key), ranged=ranged) for key in keys)
    return Table(words.say("map.table.caption", brand=subject.name), tuple(columns), rows)


def _position_row(subject: Subject, key: str, name: str, *, ranged: bool) -> Row:
    words, estimate = subject.wording, subject.brand.position[key]
    if subject.shown(estimate):
        cells = (name, words.number(value_of(estimate)), words.number_interval(estimate))
    else:
        cells = (name, words.say("number.too_few"), words.say("number.none"))
    return Row((*cells, *([_spread(subject, key)] if ranged else [])), muted=subject.small(estimate))


def _spread(subject: Subject, key: str) -> str:
    words, (low, high) = subject.wording, DIMENSIONS[key]
    return words.say("map.spread", low=words.number(low, 0), high=words.number(high, 0))
