"""How a sample was weighted to its population, category by category, from the findings; weights nothing itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.content import Column, Paragraph, Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.measurement.raking import CategoryShare, WeightSection
    from reports.content import Block
    from reports.subject import StudySubject

_FIGURES = ("persons", "target", "before", "after")


def weighting_blocks(subject: StudySubject, *, tables: bool) -> Iterable[Block]:
    """What the weights were made to meet and what they cost; the shares of every category where asked for."""
    found = subject.findings.weighting
    if found is None or not found.raked:
        return
    yield Paragraph(_told(subject, found))
    if tables:
        yield _shares(subject, found)


def _told(subject: StudySubject, found: WeightSection) -> str:
    words = subject.wording
    margins = dict.fromkeys(share.margin for share in found.categories)
    said = [
        words.say(
            "methods.weighting.raked",
            margins=words.listed([_margin(subject, margin) for margin in margins]),
            smallest=words.number(found.smallest),
            largest=words.number(found.largest),
            effect=words.number(found.design_effect),
        )
    ]
    if found.capped:
        said.append(words.say("methods.weighting.capped", persons=words.count("number.persons", found.capped)))
    return subject.sentences(*said)


def _shares(subject: StudySubject, found: WeightSection) -> Table:
    words = subject.wording
    columns = (
        Column(words.say("methods.weighting.category"), 3.0),
        *(Column(words.say(f"methods.weighting.{name}"), 1.0, "right") for name in _FIGURES),
    )
    rows = tuple(_share_row(subject, share) for share in found.categories)
    return Table(words.say("methods.weighting.caption"), columns, rows)


def _share_row(subject: StudySubject, share: CategoryShare) -> Row:
    words = subject.wording
    shares = (share.target, share.before, share.after)
    name = words.say(
        "methods.weighting.of_margin", margin=_margin(subject, share.margin), category=_category(subject, share)
    )
    return Row(
        (
            name,
            words.whole(share.rows),
            *(words.say("number.none") if value is None else words.percent(value) for value in shares),
        )
    )


def _margin(subject: StudySubject, margin: str) -> str:
    """Countries and languages by their word; the study's own columns as the study names them."""
    if margin in {"country", "language"}:
        return subject.wording.say(f"methods.weighting.margin.{margin}")
    return margin


def _category(subject: StudySubject, share: CategoryShare) -> str:
    words = subject.wording
    named = {"country": words.territory, "language": words.tongue}
    return named[share.margin](share.category) if share.margin in named else share.category
