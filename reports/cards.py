"""Cards to print and hand out: one for each kind of relationship, and a brief for each role; selects and words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.actions import worst_breach
from reports.brand import brand_subject
from reports.content import Bullets, Column, Columns, Heading, Paragraph, Row, Section, Table
from reports.documents import answers_fact, base_value, bound, filename, study_facts
from reports.strategies import choice_of, owners_of, strategy_name
from reports.subject import value_of
from reports.wording import Wording, read_texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.findings import Archetype, Comparison, StudyFindings
    from instruments.catalogue import Catalogue
    from instruments.model import Language
    from reports.content import Block, Report
    from reports.subject import Subject

_ROLES = ("front_desk", "analyst", "engineer", "manager")
_LINES = ("do", "look", "ask")
_RULES_SHOWN = 6
_REVIEWED = ("share", "negative", "broken", "remedy", "done")


def compose_cards(findings: StudyFindings, brand_key: str, language: Language, catalogue: Catalogue) -> Report:
    """The cards of one brand in one language."""
    read_texts(language)
    subject = brand_subject(findings, brand_key, Wording(language), catalogue)
    return bound(
        subject, "cards", subject.wording.label(subject.brand.name), _facts(subject), _sections(subject), key=brand_key
    )


def cards_filename(findings: StudyFindings, brand_key: str, language: Language) -> str:
    """Name of the file a brand's cards are saved under."""
    return filename(findings, "cards", language, ending="pdf", brand=brand_key)


def _facts(subject: Subject) -> Iterable[tuple[str, str]]:
    yield from study_facts(subject)
    yield subject.wording.say("cover.base"), base_value(subject, subject.brand.n_ratings, subject.brand.n_persons)
    yield answers_fact(subject)


def _sections(subject: Subject) -> Iterable[Section]:
    words = subject.wording
    if subject.grouped and not subject.brand.suppressed:
        for share in subject.shares:
            if subject.shown(share.brand) and value_of(share.brand) > 0:
                yield _card(subject, subject.groups[share.key], share)
    yield Section(
        "briefs", words.say("cards.briefs.title"), words.say("cards.briefs.headline"), tuple(_briefs(subject))
    )


def _card(subject: Subject, group: Archetype, share: Comparison) -> Section:
    words, kind = subject.wording, subject.archetype(group.key)
    headline = words.say("cards.headline", kind=kind, share=words.of_hundred(value_of(share.brand)), brand=subject.name)
    left = (*_profile(subject, group), *_strategy(subject, group))
    right = (*_rules(subject, group), *_language(subject, group))
    blocks = (Columns((left, right)), _review(subject))
    return Section(f"card_{group.key}", words.say("persona.title", kind=kind), headline, blocks)


def _profile(subject: Subject, group: Archetype) -> Iterable[Block]:
    words = subject.wording
    yield Heading(words.say("cards.profile"))
    said = []
    if group.matches:
        said.append(words.label(subject.catalogue[group.matches[0].relationship].description))
    picked = max(group.picks, key=lambda family: group.picks[family], default=None)
    if picked is not None:
        share = words.of_hundred(group.picks[picked])
        said.append(words.say("persona.picked", kind=subject.family(picked), share=share))
    yield Paragraph(subject.sentences(*said) if said else words.say("study.nothing"))


def _strategy(subject: Subject, group: Archetype) -> Iterable[Block]:
    words, choice = subject.wording, choice_of(subject, group.key)
    yield Heading(words.say("cards.strategy"))
    if choice is None:
        yield Paragraph(words.say("plan.absent"), style="note")
        return
    owners = owners_of(subject, choice)
    review = words.say("plan.human_review") if choice.human_review else ""
    owned = words.say("plan.owners", owners=owners) if owners else ""
    yield Paragraph(
        subject.sentences(
            words.say("cards.strategy_is", strategy=strategy_name(subject, choice)),
            words.label(choice.reason),
            review,
            owned,
        )
    )
    if choice.remedy is not None and subject.shown(choice.remedy.share):
        remedy = words.inside(words.label(choice.remedy.label))
        yield Paragraph(words.say("plan.action.remedy", remedy=remedy))


def _rules(subject: Subject, group: Archetype) -> Iterable[Block]:
    """What these people hold to, in the words respondents read."""
    words = subject.wording
    found = subject.findings.rules.norms if subject.findings.rules else ()
    held = [norm for norm in found if norm.archetype == group.key and norm.holds and value_of(norm.difference) > 0]
    norms = [norm.rule for norm in sorted(held, key=lambda norm: -value_of(norm.difference))]
    choice = choice_of(subject, group.key)
    rules = list(dict.fromkeys([*norms, *(rule.rule for rule in (choice.rules if choice else ()))]))[:_RULES_SHOWN]
    yield Heading(words.say("cards.rules"))
    if rules:
        yield Bullets(tuple(words.label(subject.rule_overviews[rule].label) for rule in rules))
    else:
        yield Paragraph(words.say("rules.norms.none"), style="note")


def _language(subject: Subject, group: Archetype) -> Iterable[Block]:
    """Words to use and to avoid, by the family of the nearest relationship."""
    words = subject.wording
    nearest = subject.catalogue[group.matches[0].relationship].family if group.matches else None
    family = nearest or max(group.picks, key=lambda key: group.picks[key], default="practical")
    if not words.knows(f"cards.words.{family}.use"):
        return
    yield Heading(words.say("cards.use"))
    yield Paragraph(words.say(f"cards.words.{family}.use"))
    yield Heading(words.say("cards.avoid"))
    yield Paragraph(words.say(f"cards.words.{family}.avoid"))


def _review(subject: Subject) -> Table:
    """A table to fill in by hand, month by month."""
    words = subject.wording
    columns = (
        Column(words.say("cards.review.what"), 2.4),
        *(Column(words.say("cards.review.month", n=words.whole(n)), 1.0) for n in (1, 2, 3)),
    )
    rows = tuple(Row((words.say(f"cards.review.{name}"), "", "", "")) for name in _REVIEWED)
    return Table(words.say("cards.review.caption"), columns, rows, by_hand=True)


def _briefs(subject: Subject) -> Iterable[Block]:
    words, worst = subject.wording, worst_breach(subject)
    if worst is not None:
        yield Paragraph(words.say("cards.briefs.first", rule=subject.rule(worst.rule), brand=subject.name))
    for role in _ROLES:
        yield Heading(words.say(f"cards.role.{role}.name"))
        yield Bullets(tuple(words.say(f"cards.role.{role}.{line}") for line in _LINES))
