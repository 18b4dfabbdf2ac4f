"""What to do first: three actions that follow from a brand's strategies and findings, each by a rule stated here."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from reports.content import Action
from reports.strategies import choices_of, owners_of, rule_owners, strategy_name
from reports.subject import by_value, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.findings import Archetype, BrandRule, Comparison, Estimate, Norm, StrategyChoice
    from reports.subject import Subject

N_ACTIONS = 3
_LEAST_KEPT = 0.1
"""A kind with less of the brand's relationships than this is too rare there to be protected first."""
_BOND = ("warm", "closeness", "strength")


def choose_actions(subject: Subject) -> tuple[Action, ...]:
    """The first three different actions whose condition holds, in the order that the methods page states."""
    chosen: dict[str, Action] = {}
    for action in _candidates(subject):
        chosen.setdefault(action.title, action)
    return tuple(islice(chosen.values(), N_ACTIONS))


def _candidates(subject: Subject) -> Iterator[Action]:
    """Where strategies were chosen, they decide what follows the rule to repair: page two and plan agree."""
    repairs = list(_repair(subject))
    yield from repairs[:1]
    yield from _strategic(subject)
    yield from repairs[1:]
    yield from _treat(subject)
    yield from _negative(subject)
    yield from _bolster(subject)
    yield from _gap(subject)
    yield from _ask(subject)


def _strategic(subject: Subject) -> Iterator[Action]:
    """The largest group that calls for a change, then the largest that is to be kept as it is."""
    choices = choices_of(subject)
    changing = [choice for choice in choices if choice.strategy != "bolster"]
    kept = [choice for choice in choices if choice.strategy == "bolster"]
    for choice in (*changing[:1], *kept[:1]):
        yield _strategy_action(subject, choice)


def _strategy_action(subject: Subject, choice: StrategyChoice) -> Action:
    words, key = subject.wording, choice.archetype or ""
    share = next(share.brand for share in subject.shares if share.key == key)
    fields = {"kind": subject.archetype(key), "share": words.of_hundred(value_of(share))}
    said = [words.say("plan.action.share", **fields), words.label(choice.reason)]
    if choice.strategy == "repair" and choice.remedy is not None and subject.shown(choice.remedy.share):
        said.append(words.say("plan.action.remedy", remedy=words.inside(words.label(choice.remedy.label))))
    if choice.strategy == "bolster" and choice.rules:
        said.append(words.say("actions.bolster.rule", rule=subject.rule(choice.rules[0].rule)))
    if choice.human_review:
        said.append(words.say("plan.human_review"))
    return Action(
        words.say(f"plan.action.{choice.strategy}", **fields),
        subject.sentences(*said),
        strategy_name(subject, choice),
        _owned(subject, owners_of(subject, choice)),
    )


def _owned(subject: Subject, owners: str) -> str:
    return subject.wording.say("plan.owners", owners=owners) if owners else ""


def rules_that_matter(subject: Subject) -> list[BrandRule]:
    """The brand's rules with enough answers that matter at least as much as the middle rule, most broken first."""
    shown = [rule for rule in subject.brand.rules if subject.shown(rule.broken.brand)]
    middle = middle_importance(subject)
    weighty = [rule for rule in shown if middle is None or _importance(subject, rule, missing=middle - 1) >= middle]
    return list(by_value(weighty, lambda rule: rule.broken.brand))


def _importance(subject: Subject, rule: BrandRule, *, missing: float) -> float:
    """How much a rule matters at the brand, or over all brands where too few told it here."""
    overview = subject.rule_overviews.get(rule.rule)
    told = rule.importance if subject.shown(rule.importance) or overview is None else overview.importance
    return value_of(told, missing=missing)


def middle_importance(subject: Subject) -> float | None:
    """Importance of the middle rule of the study; None where importance was not asked."""
    known = sorted(
        rule.importance.value for rule in subject.rule_overviews.values() if rule.importance.value is not None
    )
    return known[len(known) // 2] if known else None


def worst_breach(subject: Subject) -> BrandRule | None:
    """The rule to repair first: the most broken of those that matter."""
    rules = rules_that_matter(subject)
    return rules[0] if rules and value_of(rules[0].broken.brand) > 0 else None


def _repair(subject: Subject) -> Iterator[Action]:
    worst = worst_breach(subject)
    if worst is not None:
        action = _action(subject, "repair", "repair", rule=subject.rule(worst.rule), share=_of(subject, worst.broken))
        yield replace(action, owners=_owned(subject, rule_owners(subject, worst.rule)))
    other = _dealbreaker(subject, except_for=worst)
    if other is not None:
        outcome = subject.wording.inside(subject.outcome(subject.worse_with[other.rule].outcome))
        fields = {"rule": subject.rule(other.rule), "share": _of(subject, other.broken), "outcome": outcome}
        action = _action(subject, "dealbreaker", "repair", **fields)
        yield replace(action, owners=_owned(subject, rule_owners(subject, other.rule)))


def _dealbreaker(subject: Subject, except_for: BrandRule | None) -> BrandRule | None:
    """The brand's rule, another than the one given, whose breaking goes with the worst outcome."""
    broken = {
        rule.rule: rule
        for rule in subject.brand.rules
        if rule != except_for and subject.shown(rule.broken.brand) and value_of(rule.broken.brand) > 0
    }
    strongest_first = reversed(subject.worse_with)
    return next((broken[rule] for rule in strongest_first if rule in broken), None)


def _treat(subject: Subject) -> Iterator[Action]:
    mismatch = subject.brand.mismatch
    if mismatch is None or not (
        subject.shown(mismatch.under_served.brand) and subject.shown(mismatch.over_pursued.brand)
    ):
        return
    under, over = mismatch.under_served.brand, mismatch.over_pursued.brand
    if value_of(under) == value_of(over) == 0:
        # beyond measurement error everybody is treated as they wish: there is nothing to choose between
        return
    kind = "closer" if _clearly_above(under, over) else "lighter" if _clearly_above(over, under) else "both"
    yield _action(
        subject, kind, "shift", under=_of(subject, mismatch.under_served), over=_of(subject, mismatch.over_pursued)
    )


def _clearly_above(one: Estimate, other: Estimate) -> bool:
    return one.low is not None and other.high is not None and one.low > other.high


def _negative(subject: Subject) -> Iterator[Action]:
    negative = subject.brand.negative
    if negative is not None and subject.apart([negative], above=True):
        category = subject.wording.of_hundred(value_of(negative.category))
        yield _action(subject, "negative", "release", share=_of(subject, negative), category=category)


def _bolster(subject: Subject) -> Iterator[Action]:
    best = _best_group(subject)
    outcome = subject.primary
    if best is None or outcome is None:
        return
    group, share = best
    fields = {
        "kind": subject.archetype(group.key),
        "share": _of(subject, share),
        "outcome": subject.wording.inside(subject.outcome(outcome.key)),
        "value": subject.wording.number(value_of(group.outcomes[outcome.key]), 1),
    }
    action = _action(subject, "bolster", "bolster", **fields)
    norm = strongest_norm(subject, group.key)
    if norm is not None:
        rule = subject.wording.say("actions.bolster.rule", rule=subject.rule(norm.rule))
        action = Action(action.title, subject.sentences(action.reason, rule), action.strategy)
    yield action


def _best_group(subject: Subject) -> tuple[Archetype, Comparison] | None:
    """The group with the best main outcome among those whose base is not small, and its share at the brand."""
    outcome = subject.primary
    if not subject.grouped or outcome is None:
        return None
    sign = 1 if outcome.better == "high" else -1
    able = [
        (subject.groups[share.key], share)
        for share in subject.brand.portfolio
        if _has_outcome(subject, subject.groups[share.key], outcome.key) and value_of(share.brand) >= _LEAST_KEPT
    ]
    return max(able, key=lambda pair: sign * value_of(pair[0].outcomes[outcome.key]), default=None)


def _has_outcome(subject: Subject, group: Archetype, outcome: str) -> bool:
    estimate = group.outcomes.get(outcome)
    return estimate is not None and estimate.value is not None and not subject.small(estimate)


def strongest_norm(subject: Subject, group: str) -> Norm | None:
    """The rule that matters more in this group than elsewhere, where one holds."""
    norms = subject.findings.rules.norms if subject.findings.rules else ()
    held = [norm for norm in norms if norm.archetype == group and norm.holds and value_of(norm.difference) > 0]
    return max(held, key=lambda norm: value_of(norm.difference), default=None)


def _gap(subject: Subject) -> Iterator[Action]:
    words = subject.wording
    for comparison, name in (*_worse_outcomes(subject), *_weaker_bonds(subject)):
        yield _action(
            subject,
            "gap",
            "learn",
            name=name,
            brand=subject.name,
            value=words.number(value_of(comparison.brand), 1),
            category=words.number(value_of(comparison.category), 1),
        )
        return


def _worse_outcomes(subject: Subject) -> Iterator[tuple[Comparison, str]]:
    for comparison in subject.brand.outcomes:
        good_high = subject.outcomes[comparison.key].better == "high"
        if subject.apart([comparison], above=not good_high):
            yield comparison, subject.outcome(comparison.key)


def _weaker_bonds(subject: Subject) -> Iterator[tuple[Comparison, str]]:
    dimensions = {scale.key: scale.dimension for scale in subject.findings.scales}
    for comparison in subject.apart(subject.brand.scales, above=False):
        if dimensions[comparison.key] in _BOND:
            yield comparison, subject.scale(comparison.key)


def _ask(subject: Subject) -> Iterator[Action]:
    absent = subject.findings.absent
    if "desired" in absent:
        yield _action(subject, "ask_desired", "learn")
    if "rules" in absent:
        yield _action(subject, "ask_rules", "learn")
    for kind in ("widen", "keep") if subject.brand.small else ("keep", "widen"):
        yield _action(subject, kind, "learn")


def _action(subject: Subject, kind: str, strategy: str, /, **fields: str) -> Action:
    words = subject.wording
    return Action(
        title=words.say(f"actions.{kind}.title", **fields),
        reason=words.say(f"actions.{kind}.reason", **fields),
        strategy=words.say(f"actions.strategy.{strategy}"),
    )


def _of(subject: Subject, comparison: Comparison) -> str:
    return subject.wording.of_hundred(value_of(comparison.brand))
