"""The drawings of the results page, to be looked at and taken along; computes no statistics and knows no Flask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from analysis.findings import Estimate, Flow, MismatchShares, StudyFindings
from reports.charts import Ruler, draw_intervals
from reports.content import Axis, FlowDiagram, FlowLink, FlowNode, IntervalRow, IntervalRows, Tick
from reports.drawing import Box, Circle, Drawing, DrawnMark, Line, Pen
from reports.flow import draw_flow
from reports.style import CONTENT_WIDTH as WIDTH
from reports.style import (
    INK,
    OTHER_SOFT,
    OWN,
    RULE,
    SMALL,
    SMALL_STRONG,
    STRONG,
    SUBTLE,
    TEXT,
    TINY,
    TINY_STRONG,
    WARN,
    WHITE,
)
from reports.typesetting import Typesetter
from reports.wording import Wording
from survey_app.results.map import draw_spots, spots

HEIGHT, LEFT, BOTTOM, TOP = 290.0, 34.0, 32.0, 20.0
MOST_EIGENVALUES, NULL_WIDTH, RADIUS = 15, 2.0, 3.2
NAME_WIDTH, STRIP, STRIP_ROW, NARROW = 120.0, 14.0, 20.0, 0.06
AVERAGE = 100


@dataclass(frozen=True)
class Said:
    """The words of a drawing: those of reports, those of the console, and what the study calls things by kind:key."""

    words: Wording
    say: Callable[..., str]
    names: Mapping[str, str]

    @property
    def pen(self) -> Pen:
        """What the drawing's lines are written with."""
        return Pen(Typesetter(self.words.language))

    def name(self, kind: str, key: str) -> str:
        """Return what something is called; a key without a name stands for itself."""
        return self.names.get(f"{kind}:{key}", key)


def figure(found: StudyFindings, name: str, said: Said, brand: str = "") -> Drawing | None:
    """Return a drawing by its name; None where there is no such drawing, or nothing to draw."""
    drawn = _flows(found, said, brand) if name == "flows" else FIGURES[name](found, said) if name in FIGURES else None
    return _labelled(drawn, said) if drawn and found.study.simulated else drawn


def _labelled(drawn: Drawing, said: Said) -> Drawing:
    """Say on a drawing that goes its own way that nobody gave these answers."""
    y = drawn.height + 6
    label = said.pen.centred(drawn.width, y, said.say("frame.simulated"), TINY_STRONG, WARN, anchor="end")
    return Drawing(drawn.width, y + 4, (*drawn.marks, label))


def _retention(found: StudyFindings, said: Said) -> Drawing | None:
    """Eigenvalues beside those of data without factors."""
    if not found.factors or not found.factors.eigenvalues:
        return None
    values = found.factors.eigenvalues[:MOST_EIGENVALUES]
    reference = found.factors.reference_eigenvalues[: len(values)]
    across = Axis(1, len(values), tuple(Tick(n, str(n)) for n in range(1, len(values) + 1)))
    frame = _Frame(across, said.words.number_axis(0, max(*values, *reference, 1)), said, "retention")
    keep = frame.x.at(len(found.factors.factors) + 0.5)
    return frame.drawn(
        Line(keep, TOP, keep, HEIGHT - BOTTOM, WARN, 0.8, (2, 3)),
        *frame.joined(reference, SUBTLE, dash=(4, 3)),
        *frame.joined(values, OWN),
        *(Circle(frame.x.at(number), frame.y.at(value), RADIUS, OWN) for number, value in enumerate(values, start=1)),
    )


def _number(found: StudyFindings, said: Said) -> Drawing | None:
    """Prediction strength of each number of groups on the band of data without groups."""
    candidates = found.archetypes.candidates if found.archetypes else ()
    if not candidates:
        return None
    across = Axis(candidates[0].k - 0.5, candidates[-1].k + 0.5, tuple(Tick(one.k, str(one.k)) for one in candidates))
    frame = _Frame(across, said.words.share_axis(0, 1), said, "number_of_archetypes")
    marks: list[DrawnMark] = []
    for one in candidates:
        x, wide = frame.x.at(one.k), NULL_WIDTH * one.null_sd
        top, bottom = frame.y.at(one.null_mean + wide), frame.y.at(one.null_mean - wide)
        marks.append(Box(x - 5, top, 10, max(bottom - top, 1.0), OTHER_SOFT))
        y = frame.y.at(one.prediction_strength)
        marks.append(Circle(x, y, RADIUS, WARN if one.chosen else OWN))
        if one.chosen:
            marks.append(said.pen.centred(x, y - 10, said.say("results.chosen"), SMALL_STRONG, WARN, anchor="middle"))
    return frame.drawn(*marks)


def _map(found: StudyFindings, said: Said) -> Drawing | None:
    """The relationships of the catalogue, with archetypes and brands among them."""
    held = found.typology.map if found.typology else None
    return draw_spots(spots(held, said.names, said.pen), said.pen) if held and held.points else None


def _flows(found: StudyFindings, said: Said, key: str) -> Drawing | None:
    """From the relationships a brand's customers have to the ones they want."""
    flows = next((brand.flows for brand in found.brands if brand.key == key), ())
    shown = [flow for flow in flows if flow.n]
    if not shown:
        return None
    words = said.words
    left, right = _ends(shown, "current"), _ends(shown, "desired")
    # The same order on both sides, so that what is kept runs level.
    right = {family: right[family] for family in sorted(right, key=[*left, *right].index)}
    chart = FlowDiagram(
        caption="",
        alt="",
        note="",
        left_title=words.say("flow.current"),
        right_title=words.say("flow.desired"),
        left=tuple(_node(said, family, share) for family, share in left.items()),
        right=tuple(_node(said, family, share) for family, share in right.items()),
        links=tuple(FlowLink([*left].index(f.current), [*right].index(f.desired), f.share) for f in shown),
        legend_same=words.say("flow.kept"),
        legend_other=words.say("flow.moved"),
    )
    return draw_flow(chart, said.pen, WIDTH)


def _ends(flows: Sequence[Flow], side: str) -> dict[str, float]:
    """Shares of the families on one side, in the order of the flows."""
    shares: dict[str, float] = {}
    for flow in flows:
        family = getattr(flow, side)
        shares[family] = shares.get(family, 0.0) + flow.share
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def _node(said: Said, family: str, share: float) -> FlowNode:
    return FlowNode(said.name("family", family), share, said.words.percent(share))


def _mismatch(found: StudyFindings, said: Said) -> Drawing | None:
    """For each brand how many are treated with less than they want, as they want, and with more."""
    held = [dimension for dimension in (found.mismatch.dimensions if found.mismatch else ()) if dimension.shares]
    if not held:
        return None
    pen, marks, y = said.pen, [*_strip_legend(said)], 22.0
    for dimension in held:
        title = said.say(f"mismatch.{dimension.dimension}")
        marks.append(pen.centred(0, y + 8, title, STRONG, INK))
        y += 20
        for row in sorted(dimension.shares, key=lambda one: one.brand is not None):
            marks += _strip(row, said, y)
            y += STRIP_ROW
        y += 8
    return Drawing(WIDTH, y, tuple(marks))


def _strip(row: MismatchShares, said: Said, y: float) -> Iterable[DrawnMark]:
    name = said.say("mismatch.all") if row.brand is None else said.name("brand", row.brand)
    font, x = SMALL_STRONG if row.brand is None else SMALL, NAME_WIDTH
    yield said.pen.centred(0, y + STRIP / 2, said.pen.setter.fitted(name, font, NAME_WIDTH - 8), font, INK)
    for part, fill, ink in _PARTS:
        share = getattr(row, part).value or 0.0
        wide = share * (WIDTH - NAME_WIDTH)
        yield Box(x, y, max(wide - 0.8, 0.0), STRIP, fill)
        if share >= NARROW:
            middle = y + STRIP / 2
            yield said.pen.centred(x + wide / 2, middle, said.words.percent(share), TINY, ink, anchor="middle")
        x += wide


_PARTS = (("more_wanted", OWN, WHITE), ("fulfilled", OTHER_SOFT, INK), ("less_wanted", WARN, WHITE))


def _strip_legend(said: Said) -> Iterable[DrawnMark]:
    x = 0.0
    for part, fill, _ in _PARTS:
        yield Box(x, 2, 8, 8, fill)
        label = said.pen.centred(x + 12, 6, said.say(f"mismatch.{part}"), SMALL, TEXT)
        yield label
        x = label.x + label.width + 16


def _drivers(found: StudyFindings, said: Said) -> Drawing | None:
    """What goes with the main outcome, the strongest first."""
    primary = next((outcome.key for outcome in found.outcomes if outcome.primary), None)
    outcomes = found.drivers.outcomes if found.drivers else ()
    held = next((one for one in outcomes if one.outcome == primary), None)
    rows = [
        (said.name("scale", driver.scale), _way(said, driver.direction), driver.share)
        for driver in (held.drivers if held else ())
    ]
    return _interval_rows(rows, said, title=said.words.say("ladder.drivers.axis"))


def _way(said: Said, direction: Estimate) -> str:
    return said.words.say("ladder.drivers.lower" if (direction.value or 0.0) < 0 else "ladder.drivers.higher")


def _value(found: StudyFindings, said: Said) -> Drawing | None:
    """How much more or less than the average one customer of each archetype spends."""
    rows = [
        (said.name("archetype", kind.archetype), said.say("value.base", n=said.words.whole(index.n)), _away(index))
        for kind in (found.value.archetypes if found.value else ())
        if (index := kind.spend_index) is not None
    ]
    ends = [end for *_, away in rows for end in (away.value, away.low, away.high) if end is not None]
    axis = said.words.number_axis(min(ends, default=0), max(ends, default=0), title=said.say("value.index"))
    return _interval_rows(rows, said, axis=axis)


def _away(index: Estimate) -> Estimate:
    """An index as its distance from the average, in percent of it."""
    value, low, high = (None if end is None else end - AVERAGE for end in (index.value, index.low, index.high))
    return Estimate(value, low, high, index.n)


def _typing(found: StudyFindings, said: Said) -> Drawing | None:
    """Accuracy beside that of always naming the largest archetype, and how well each archetype is found."""
    tool = found.typing_tool
    if tool is None:
        return None
    kinds = [
        (said.name("archetype", one.archetype), said.words.say("recognise.found"), one.sensitivity)
        for one in tool.by_archetype
    ]
    over_all = [(said.say(f"typing.{name}"), "", getattr(tool, name)) for name in ("accuracy", "majority")]
    return _interval_rows([*over_all, *kinds], said, open_rows=frozenset({said.say("typing.majority")}))


def _interval_rows(
    rows: Sequence[tuple[str, str, Estimate]],
    said: Said,
    *,
    title: str = "",
    axis: Axis | None = None,
    open_rows: frozenset[str] = frozenset(),
) -> Drawing | None:
    """Shares, or differences on an axis of their own, with intervals; what is only there to compare with is a ring."""
    marked = [
        IntervalRow(label, below, mark, holds=label not in open_rows)
        for label, below, estimate in rows
        if (mark := said.words.signed_mark(estimate, 0) if axis else said.words.share_mark(estimate)) is not None
    ]
    if not marked:
        return None
    reach = max(row.mark.high or row.mark.value for row in marked)
    across = axis or said.words.share_axis(0.0, reach, title=title)
    return draw_intervals(IntervalRows("", "", "", tuple(marked), across, "", ""), said.pen, WIDTH)


FIGURES: dict[str, Callable[[StudyFindings, Said], Drawing | None]] = {
    "retention": _retention,
    "number_of_archetypes": _number,
    "map": _map,
    "mismatch": _mismatch,
    "drivers": _drivers,
    "value": _value,
    "typing": _typing,
}


class _Frame:
    """Two axes with their words: where values lie on the drawing."""

    def __init__(self, across: Axis, up: Axis, said: Said, name: str) -> None:
        self.x, self.y = Ruler(across, LEFT, WIDTH - 10), Ruler(up, HEIGHT - BOTTOM, TOP)
        self._said, self._name = said, name

    def joined(self, values: Sequence[float], colour: str, dash: tuple[float, ...] = ()) -> Iterable[DrawnMark]:
        """Join values that stand at 1, 2, 3 and so on."""
        points = [(self.x.at(number), self.y.at(value)) for number, value in enumerate(values, start=1)]
        return [Line(*start, *end, colour, 1.4, dash) for start, end in pairwise(points)]

    def drawn(self, *marks: DrawnMark) -> Drawing:
        """Put marks between the axes and their legend."""
        return Drawing(WIDTH, HEIGHT, (*self._axes(), *marks, *self._legend()))

    def _axes(self) -> Iterable[DrawnMark]:
        pen, base = self._said.pen, HEIGHT - BOTTOM
        for tick in self.x.axis.ticks:
            yield pen.centred(self.x.at(tick.at), base + 9, tick.text, TINY, SUBTLE, anchor="middle")
        for tick in self.y.axis.ticks:
            yield Line(LEFT, self.y.at(tick.at), WIDTH, self.y.at(tick.at), RULE, 0.5)
            yield pen.centred(LEFT - 6, self.y.at(tick.at), tick.text, TINY, SUBTLE, anchor="end")
        across, up = (self._said.say(f"figure.{self._name}.{axis}") for axis in "xy")
        yield pen.centred((LEFT + WIDTH) / 2, HEIGHT - 8, across, SMALL, INK, anchor="middle")
        yield pen.centred(0, 6, up, SMALL, INK)

    def _legend(self) -> Iterable[DrawnMark]:
        pen, y = self._said.pen, 6
        reference = pen.centred(WIDTH, y, self._said.say("figure.reference"), SMALL, SUBTLE, anchor="end")
        data = pen.centred(reference.x - 24, y, self._said.say("figure.data"), SMALL, SUBTLE, anchor="end")
        return [Box(reference.x - 12, y - 3, 8, 6, OTHER_SOFT), reference, Circle(data.x - 7, y, RADIUS, OWN), data]
