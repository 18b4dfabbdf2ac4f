"""Page two: the answer on one page; selects and words, draws nothing, computes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.actions import choose_actions, rules_that_matter, worst_breach
from reports.content import (
    Actions,
    Answer,
    Answers,
    PortfolioStrip,
    Section,
    Segment,
    TrustLine,
    TrustMark,
)
from reports.recovery import avoidable_exit
from reports.subject import value_of
from reports.wishes import most_wanted_changes
from reports.worth import brand_value, money_range

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.findings import AvoidableExit, BrandRule, Comparison, Dealbreaker, Estimate
    from reports.content import Block, Grade
    from reports.subject import Subject

_SOUND_ALPHA = 0.7
_SIZES = ((0.35, "small"), (0.65, "medium"))


def answer_section(subject: Subject) -> Section:
    """Page two: what they have, what they want, what is broken, what goes with it, what to do, how far it carries."""
    words = subject.wording
    blocks: list[Block] = [_portfolio_strip(subject)] if subject.shares else []
    blocks.append(Answers((_have(subject), _want(subject), _broken(subject), _goes(subject))))
    blocks.append(Actions(words.say("actions.title"), choose_actions(subject)))
    blocks.append(TrustLine(words.say("trust.title"), _trust_marks(subject)))
    return Section("answer", words.say("answer.title"), _answer_headline(subject), tuple(blocks), alone=True)


def _answer_headline(subject: Subject) -> str:
    words = subject.wording
    if subject.shares:
        first = subject.shares[0]
        share, kind = words.of_hundred(value_of(first.brand)), subject.share_name(first.key)
        return words.say(f"answer.headline.{subject.basis}", brand=subject.name, share=share, kind=kind)
    apart = [*subject.apart(subject.brand.scales, above=True), *subject.apart(subject.brand.scales, above=False)]
    if not apart:
        return words.say("answer.headline.same", brand=subject.name)
    widest = max(apart, key=lambda comparison: abs(value_of(comparison.difference)))
    kind = "higher" if value_of(widest.difference) > 0 else "lower"
    return words.say(f"answer.headline.{kind}", brand=subject.name, scale=subject.scale(widest.key))


def _portfolio_strip(subject: Subject) -> PortfolioStrip:
    words = subject.wording
    rows = subject.compared_rows(subject.shares, subject.share_name, words.share_mark)
    shown = [c for c in subject.shares if subject.shown(c.category)]
    return PortfolioStrip(
        caption=words.say(f"answer.strip.{subject.basis}"),
        alt=subject.compared_alt(rows),
        note=_strip_note(subject, compared=bool(shown)),
        own=subject.name,
        own_segments=tuple(_segment(subject, c, own=True) for c in subject.shares),
        category=words.say("others"),
        category_segments=tuple(_segment(subject, c, own=False) for c in shown),
    )


def _strip_note(subject: Subject, *, compared: bool) -> str:
    words = subject.wording
    rounding = words.say("answer.strip.rounding")
    if not compared:
        return rounding
    brands = words.count("number.brands", len(subject.findings.brands) - 1)
    return subject.sentences(words.say("answer.strip.others", brands=brands), rounding)


def _segment(subject: Subject, comparison: Comparison, *, own: bool) -> Segment:
    share = value_of(comparison.brand if own else comparison.category)
    return Segment(subject.share_name(comparison.key), share, subject.wording.of_hundred(share))


def _have(subject: Subject) -> Answer:
    words = subject.wording
    question = words.say("answer.have.question")
    if not subject.shares:
        return Answer(question, words.say("answer.have.unsorted", brand=subject.name), "")
    first = subject.shares[0]
    evidence = words.say("number.labelled", label=subject.share_name(first.key), value=_likely(subject, first.brand))
    said = subject.sentences(_two_largest(subject), *_clear_differences(subject))
    likeness = subject.likeness(first.key) if subject.grouped else ""
    if likeness:
        evidence = words.say("answer.evidence.described", evidence=evidence, likeness=likeness)
    return Answer(question, said, evidence)


def _two_largest(subject: Subject) -> str:
    words = subject.wording
    first, *rest = subject.shares
    kind, share = subject.share_name(first.key), words.of_hundred(value_of(first.brand))
    if not rest:
        return words.say("answer.have.one", kind=kind)
    next_share = words.of_hundred(value_of(rest[0].brand))
    return words.say(
        "answer.have.two", kind=kind, share=share, next=subject.share_name(rest[0].key), next_share=next_share
    )


def _clear_differences(subject: Subject) -> Iterable[str]:
    if subject.alone:
        return
    words = subject.wording
    apart = {
        kind: subject.quoted([subject.share_name(c.key) for c in subject.apart(subject.shares, above=above)])
        for kind, above in (("more", True), ("fewer", False))
    }
    told = {kind: names for kind, names in apart.items() if names}
    if len(told) > 1:
        yield words.say("answer.have.both", **told)
        return
    for kind, names in told.items():
        yield words.say(f"answer.have.{kind}", names=names)
    if not told:
        yield words.say("answer.have.same")


def _want(subject: Subject) -> Answer:
    words, mismatch = subject.wording, subject.brand.mismatch
    question = words.say("answer.want.question")
    said: list[str] = []
    shares: list[Estimate] = []
    if mismatch is not None and subject.shown(mismatch.changed.brand):
        said.append(_wanted_change(subject, words.of_hundred(value_of(mismatch.changed.brand))))
        shares.append(mismatch.changed.brand)
    if (
        mismatch is not None
        and subject.shown(mismatch.under_served.brand)
        and subject.shown(mismatch.over_pursued.brand)
    ):
        under, over = (words.of_hundred(value_of(c.brand)) for c in (mismatch.under_served, mismatch.over_pursued))
        said.append(words.say("answer.want.direction", under=under, over=over))
        shares.append(mismatch.under_served.brand)
    return Answer(question, subject.sentences(*said) or words.say("answer.want.absent"), _evidence(subject, shares))


def _likely(subject: Subject, share: Estimate) -> str:
    """Base and interval of a share in plain words: how many answers it rests on and what chance leaves open."""
    return subject.wording.count("answer.evidence.likely", share.n, interval=subject.wording.share_interval(share))


def _share_evidence(subject: Subject, share: Estimate) -> str:
    """Interval and base under the number they belong to: an answer holds several numbers."""
    words = subject.wording
    fields = {"share": words.of_hundred(value_of(share)), "evidence": _likely(subject, share)}
    return words.say("answer.evidence.share", **fields)


def _evidence(subject: Subject, shares: list[Estimate]) -> str:
    """Word what several shares rest on; a base is said again only where it is another."""
    if not shares:
        return ""
    words, said = subject.wording, _share_evidence(subject, shares[0])
    for share in shares[1:]:
        second = words.share_interval(share) if share.n == shares[0].n else _likely(subject, share)
        said = words.say("answer.evidence.both", first=said, share=words.of_hundred(value_of(share)), second=second)
    return said


def _wanted_change(subject: Subject, share: str) -> str:
    words, changes = subject.wording, most_wanted_changes(subject)
    if not changes:
        return words.say("answer.want.changed_only", share=share)
    fields = {"current": subject.family(changes[0].current), "desired": subject.family(changes[0].desired)}
    return words.say("answer.want.changed", share=share, pair=words.of_hundred(changes[0].share), **fields)


def _broken(subject: Subject) -> Answer:
    words = subject.wording
    question, worst = words.say("answer.broken.question"), worst_breach(subject)
    if worst is None:
        return Answer(question, words.say(f"answer.broken.{_no_breach(subject)}"), "")
    fields = {"rule": subject.rule(worst.rule), "share": words.of_hundred(value_of(worst.broken.brand))}
    if not subject.shown(worst.broken.category):
        answer = words.say("answer.broken.alone", **fields)
    else:
        category = words.of_hundred(value_of(worst.broken.category))
        answer = words.say(f"answer.broken.{_against(worst)}", category=category, **fields)
    said = subject.sentences(answer, words.say("answer.broken.rule"))
    broken = worst.broken.brand
    told = {"share": fields["share"], "interval": words.share_interval(broken)}
    return Answer(question, said, words.count("answer.evidence.came_up", broken.n, **told))


def _no_breach(subject: Subject) -> str:
    """Why no rule is named: nobody was asked, too few answered, or nobody told of a breach."""
    if not subject.brand.rules:
        return "absent"
    return "none" if rules_that_matter(subject) else "few"


def _against(rule: BrandRule) -> str:
    if not rule.broken.differs:
        return "same"
    return "more" if value_of(rule.broken.difference) > 0 else "fewer"


def _goes(subject: Subject) -> Answer:
    """What is at stake where rules are broken; what keeping one would earn is never known from one survey."""
    words, value, exits = subject.wording, brand_value(subject), avoidable_exit(subject)
    question, unknown = words.say("answer.goes.question"), words.say("answer.goes.unknown")
    if value is not None and value.at_risk is not None:
        said = words.say("answer.goes.at_risk", range=money_range(subject, value.at_risk))
        return Answer(question, subject.sentences(said, unknown), words.say("worth.money.estimate"))
    if exits is not None:
        share, more = words.of_hundred(value_of(exits.broken)), value_of(exits.more_leaving)
        kind = "leaving" if _clear(exits.more_leaving) and more > 0 else "open"
        said = words.say(f"answer.goes.{kind}", share=share, more=words.of_hundred(abs(more)))
        return Answer(question, subject.sentences(said, unknown), _exit_evidence(subject, exits, kind))
    return _goes_with(subject, question)


def _exit_evidence(subject: Subject, exits: AvoidableExit, kind: str) -> str:
    words, evidence = subject.wording, _likely(subject, exits.more_leaving)
    if kind == "leaving":
        more = words.of_hundred(value_of(exits.more_leaving))
        return words.say("answer.evidence.more", more=more, evidence=evidence)
    return words.say("answer.evidence.difference", evidence=evidence)


def _clear(difference: Estimate) -> bool:
    low, high = difference.low, difference.high
    return low is not None and high is not None and (low > 0 or high < 0)


def _goes_with(subject: Subject, question: str) -> Answer:
    """Where nobody was asked about leaving: the outcome that goes with the worst broken rule."""
    words, worst = subject.wording, worst_breach(subject)
    if not subject.brand.rules:
        return Answer(question, words.say("answer.goes.absent"), "")
    strongest = next(reversed(subject.worse_with), "")
    deal = subject.worse_with.get(worst.rule if worst else strongest, subject.worse_with.get(strongest))
    if deal is None:
        return Answer(question, words.say("answer.goes.none"), "")
    return Answer(question, _goes_sentence(subject, deal), _goes_evidence(subject, deal))


def _goes_sentence(subject: Subject, deal: Dealbreaker) -> str:
    words, difference = subject.wording, value_of(deal.difference)
    return words.say(
        f"answer.goes.{'lower' if difference < 0 else 'higher'}",
        rule=subject.rule(deal.rule),
        outcome=words.inside(subject.outcome(deal.outcome)),
        size=words.say(f"answer.size.{_size(difference)}"),
    )


def _goes_evidence(subject: Subject, deal: Dealbreaker) -> str:
    words = subject.wording
    return words.count(
        "answer.goes.evidence",
        deal.n_broken,
        difference=words.signed(value_of(deal.difference)),
        interval=words.number_interval(deal.difference),
        q=words.probability(deal.q),
    )


def _size(difference: float) -> str:
    return next((name for limit, name in _SIZES if abs(difference) < limit), "large")


def _trust_marks(subject: Subject) -> tuple[TrustMark, ...]:
    words = subject.wording
    cause = TrustMark(
        words.say("trust.cause.aspect"), "none", words.say("trust.cause.verdict"), words.say("trust.cause.reason")
    )
    return (_sample_trust(subject), _measurement_trust(subject), _structure_trust(subject), cause)


def _sample_trust(subject: Subject) -> TrustMark:
    words, groups = subject.wording, subject.findings.archetypes
    exploratory = groups is not None and groups.exploratory
    grade: Grade = "weak" if subject.brand.small else "fair" if exploratory else "good"
    relationships = words.count("number.relationships", subject.brand.n_ratings)
    persons = words.count("number.persons", subject.brand.n_persons)
    reason = words.say(f"trust.sample.{grade}_reason", relationships=relationships, persons=persons, brand=subject.name)
    worst = worst_breach(subject)
    if worst is not None and subject.small(worst.broken.brand):
        base = words.count("number.relationships", worst.broken.brand.n)
        reason = subject.sentences(
            reason, words.say("trust.sample.rule", rule=subject.rule(worst.rule), relationships=base)
        )
    return TrustMark(words.say("trust.sample.aspect"), grade, words.say(f"trust.sample.{grade}"), reason)


def _measurement_trust(subject: Subject) -> TrustMark:
    words = subject.wording
    aspect = words.say("trust.measurement.aspect")
    alphas = [value_of(scale.alpha) for scale in subject.findings.reliability if scale.alpha.value is not None]
    good = sum(alpha >= _SOUND_ALPHA for alpha in alphas)
    grade: Grade = "good" if alphas and good == len(alphas) else "fair" if good * 2 >= max(len(alphas), 1) else "weak"
    reason = words.say(
        "trust.measurement.reason",
        good=words.whole(good),
        all=words.whole(len(alphas)),
        cut=words.coefficient(_SOUND_ALPHA),
    )
    verdict = words.say(f"trust.measurement.{grade}")
    return TrustMark(aspect, grade, verdict, reason if alphas else words.say("trust.measurement.absent"))


def _structure_trust(subject: Subject) -> TrustMark:
    words, groups = subject.wording, subject.findings.archetypes
    structure = groups.structure if groups is not None else "absent"
    grades: dict[str, Grade] = {"natural": "good", "constructed": "fair"}
    return TrustMark(
        words.say("trust.structure.aspect"),
        grades.get(structure, "weak"),
        words.say(f"trust.structure.{structure}"),
        words.say(f"trust.structure.{structure}_reason"),
    )
