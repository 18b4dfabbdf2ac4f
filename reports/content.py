"""A report as frozen values: sentences already worded, positions still numbers; draws nothing and words nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from instruments.model import Language

Grade = Literal["good", "fair", "weak", "none"]
PointKind = Literal["catalogue", "group", "own", "rival"]

DOTS: dict[Grade, int] = {"good": 3, "fair": 2, "weak": 1, "none": 0}
"""How many of three dots a grade shows."""


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    """Plain words; an absent one stands in the place of what the data cannot show."""

    text: str
    style: Literal["body", "note", "absent"] = "body"


@dataclass(frozen=True)
class Bullets:
    """Short statements of equal rank."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class KeyFigure:
    """One number a reader should remember; `muted` when its base is small."""

    value: str
    label: str
    evidence: str
    muted: bool = False


@dataclass(frozen=True)
class KeyFigures:
    """Key figures side by side."""

    figures: tuple[KeyFigure, ...]


@dataclass(frozen=True)
class Answer:
    """A reader's question, its answer in plain words, and the statistic behind it."""

    question: str
    answer: str
    evidence: str


@dataclass(frozen=True)
class Answers:
    """The questions of the one-page answer."""

    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Action:
    """Something to do first, why, and which strategy of the toolkit it belongs to."""

    title: str
    reason: str
    strategy: str
    owners: str = ""


@dataclass(frozen=True)
class Actions:
    """What to do first, most pressing first."""

    title: str
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class TrustMark:
    """How far one aspect of the study carries: a grade and its reason."""

    aspect: str
    grade: Grade
    verdict: str
    reason: str


@dataclass(frozen=True)
class TrustLine:
    """How far the answer may be trusted, aspect by aspect."""

    title: str
    marks: tuple[TrustMark, ...]


@dataclass(frozen=True)
class Column:
    """One column of a table; `weight` is its share of the width."""

    title: str
    weight: float = 1.0
    align: Literal["left", "right"] = "left"


@dataclass(frozen=True)
class Row:
    """One row of a table; `muted` (numbers in grey) when its base is small, `strong` when it is pointed out."""

    cells: tuple[str, ...]
    muted: bool = False
    strong: bool = False


@dataclass(frozen=True)
class Table:
    """A table with its caption and what its reader must know; one to fill in by hand has high rows."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""
    by_hand: bool = False


@dataclass(frozen=True)
class Tick:
    """A place on an axis and what is written there."""

    at: float
    text: str


@dataclass(frozen=True)
class Axis:
    """A line of numbers to draw along; `low_end` and `high_end` say in words what its ends mean."""

    low: float
    high: float
    ticks: tuple[Tick, ...] = ()
    title: str = ""
    low_end: str = ""
    high_end: str = ""


@dataclass(frozen=True)
class Mark:
    """A value with its interval, and the same in words."""

    value: float
    low: float | None
    high: float | None
    text: str


@dataclass(frozen=True)
class ComparedRow:
    """One line of a comparison; a mark is None where its base is too small, and `remark` says so."""

    label: str
    own: Mark | None
    category: Mark | None
    differs: bool = False
    muted: bool = False
    remark: str = ""


@dataclass(frozen=True)
class Chart:
    """What every chart has: a caption, what it shows in words for those who do not see it, and a note."""

    caption: str
    alt: str
    note: str


@dataclass(frozen=True)
class PortfolioBars(Chart):
    """Shares of the brand as bars with intervals, the category's beside them."""

    rows: tuple[ComparedRow, ...]
    axis: Axis
    own: str
    category: str


@dataclass(frozen=True)
class DotComparison(Chart):
    """Means of the brand and of the category as dots with intervals, each row on the same axis."""

    rows: tuple[ComparedRow, ...]
    axis: Axis
    own: str
    category: str


@dataclass(frozen=True)
class Segment:
    """One part of a strip: its share between 0 and 1, its name and its number in words."""

    label: str
    share: float
    text: str


@dataclass(frozen=True)
class PortfolioStrip(Chart):
    """The brand's portfolio in one bar, and the category's under it, segment for segment."""

    own: str
    own_segments: tuple[Segment, ...]
    category: str
    category_segments: tuple[Segment, ...]


@dataclass(frozen=True)
class ProfileRow:
    """One scale of a group: its mean with interval, and the means of the other groups."""

    label: str
    own: Mark
    others: tuple[float, ...]


@dataclass(frozen=True)
class GroupProfile(Chart):
    """How one group feels, scale by scale, among the other groups."""

    rows: tuple[ProfileRow, ...]
    axis: Axis
    own: str
    others: str


@dataclass(frozen=True)
class Rung:
    """One level of a ladder: its share, what else is known of those who stand there, and what to do."""

    label: str
    share: Mark
    remark: str
    action: str
    owner: str
    muted: bool = False


@dataclass(frozen=True)
class Ladder(Chart):
    """Levels, the highest first, with shares and an action for each."""

    rungs: tuple[Rung, ...]
    axis: Axis


@dataclass(frozen=True)
class HeatRow:
    """One row of a heat map; a cell is None where its base is too small."""

    label: str
    cells: tuple[Mark | None, ...]


@dataclass(frozen=True)
class HeatMap(Chart):
    """Numbers in cells whose shade says how great they are between `low` and `high`."""

    columns: tuple[str, ...]
    rows: tuple[HeatRow, ...]
    low: float
    high: float


@dataclass(frozen=True)
class MapPoint:
    """A named place on the map; `size`, between 0 and 1, is the share that a bubble stands for."""

    label: str
    x: float
    y: float
    kind: PointKind
    size: float = 0.0


@dataclass(frozen=True)
class RelationMap(Chart):
    """The brand among its rivals, and the relationships of the catalogue where their places are known."""

    x: Axis
    y: Axis
    points: tuple[MapPoint, ...]
    legend: tuple[tuple[PointKind, str], ...]


@dataclass(frozen=True)
class FlowNode:
    """One side of the flow: a relationship, its share and its number in words."""

    label: str
    share: float
    text: str


@dataclass(frozen=True)
class FlowLink:
    """A band between a current relationship (an index into `left`) and a desired one (into `right`)."""

    left: int
    right: int
    share: float


@dataclass(frozen=True)
class FlowDiagram(Chart):
    """From what relationships are to what they are wanted to be."""

    left_title: str
    right_title: str
    left: tuple[FlowNode, ...]
    right: tuple[FlowNode, ...]
    links: tuple[FlowLink, ...]
    legend_same: str
    legend_other: str


@dataclass(frozen=True)
class QuadrantPoint:
    """One rule in the quadrant; `number` is its number in the table below."""

    number: str
    label: str
    x: float
    y: float
    strong: bool
    muted: bool


@dataclass(frozen=True)
class RuleQuadrant(Chart):
    """How much each rule matters against how often it is broken; the lines are drawn at the sample's means."""

    x: Axis
    y: Axis
    x_split: float
    y_split: float
    corners: tuple[str, str, str, str]
    """Names of the quarters: top left, top right, bottom left, bottom right."""
    points: tuple[QuadrantPoint, ...]


@dataclass(frozen=True)
class IntervalRow:
    """A difference with its interval; `holds` when it survives the control of false discoveries."""

    label: str
    sublabel: str
    mark: Mark
    holds: bool


@dataclass(frozen=True)
class IntervalRows(Chart):
    """Differences with intervals around a line of no difference."""

    rows: tuple[IntervalRow, ...]
    axis: Axis
    legend_holds: str
    legend_open: str


@dataclass(frozen=True)
class Columns:
    """Blocks side by side; `weights` are the columns' shares of the width."""

    columns: tuple[tuple[Block, ...], ...]
    weights: tuple[float, ...] = (1.0, 1.0)


Block = Heading | Paragraph | Bullets | KeyFigures | Answers | Actions | TrustLine | Table | Chart | Columns


@dataclass(frozen=True)
class Section:
    """One part of a report; `headline` is its message in one sentence.

    A brief one, of a sentence or two or in a report that runs on, shares a page with what stands before it; one that
    stands alone shares with none. An appendix is set in small type.
    """

    key: str
    title: str
    headline: str
    blocks: tuple[Block, ...]
    brief: bool = False
    alone: bool = False
    appendix: bool = False


@dataclass(frozen=True)
class Cover:
    """The first page: whose report, from which study, on what base."""

    kind: str
    brand: str
    study: str
    facts: tuple[tuple[str, str], ...]
    contents: str
    colophon: tuple[str, ...]


@dataclass(frozen=True)
class DocumentInfo:
    """What the file says about itself to programs that list documents."""

    title: str
    author: str
    subject: str
    keywords: tuple[str, ...]


@dataclass(frozen=True)
class Furniture:
    """What stands on every page; `simulated` is the warning on invented data, None on real answers."""

    header: str
    header_right: str
    footer: str
    page: str
    """Sentence with the fields ``{page}`` and ``{pages}``."""
    simulated: str | None


@dataclass(frozen=True)
class Report:
    """A whole report in one language."""

    language: Language
    info: DocumentInfo
    furniture: Furniture
    cover: Cover
    sections: tuple[Section, ...]
