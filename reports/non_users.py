"""How those see a brand who know it and have never used it; selects and words, draws nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.content import Paragraph
from reports.subject import by_value, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.findings import Estimate, NonUsers
    from reports.subject import Subject


def non_user_note(subject: Subject) -> tuple[Paragraph, ...]:
    """One paragraph on whom the figures are about and whom not; nothing where nobody was asked what they have used."""
    found, words = subject.brand.non_users, subject.wording
    if found is None:
        return ()
    said = subject.sentences(words.say("portfolio.non_users.others"), _about(subject, found))
    return (Paragraph(said, style="note"),)


def _about(subject: Subject, found: NonUsers) -> str:
    words = subject.wording
    if found.n == 0:
        return words.say("portfolio.non_users.nobody", brand=subject.name)
    relationships = words.count("number.relationships", found.n)
    parts = list(_parts(subject, found))
    if not parts:
        return words.say("portfolio.non_users.too_few", brand=subject.name, relationships=relationships)
    listed = words.listed(parts)
    return words.say("portfolio.non_users.apart", brand=subject.name, relationships=relationships, parts=listed)


def _parts(subject: Subject, found: NonUsers) -> Iterable[str]:
    """The feelings, and the description picked most often."""
    words = subject.wording
    for name, estimate in (("negative", found.negative), ("ambivalent", found.ambivalent)):
        if estimate is not None and subject.shown(estimate):
            yield _part(subject, words.say(f"portfolio.non_users.{name}"), estimate)
    for key in by_value(found.current, found.current.__getitem__)[:1]:
        if subject.shown(found.current[key]):
            name = words.say("portfolio.non_users.picked", kind=subject.family(key))
            yield _part(subject, name, found.current[key])


def _part(subject: Subject, name: str, estimate: Estimate) -> str:
    words = subject.wording
    value, interval = words.percent(value_of(estimate)), words.share_interval(estimate)
    return words.say("portfolio.non_users.part", value=value, name=name, interval=interval)
