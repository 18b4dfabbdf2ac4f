"""What the rules of thumb chose for a brand, put into words; it chooses nothing itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.findings import StrategyChoice
    from instruments.playbook import Function
    from reports.subject import Subject


def choices_of(subject: Subject) -> tuple[StrategyChoice, ...]:
    """The choices for the brand's groups, the largest group first."""
    found = [choice for share in subject.shares if (choice := choice_of(subject, share.key)) is not None]
    return tuple(found) if subject.grouped else ()


def choice_of(subject: Subject, group: str | None) -> StrategyChoice | None:
    """The choice for one of the brand's groups, or for the brand as a whole."""
    return subject.choices.get(group)


def strategy_name(subject: Subject, choice: StrategyChoice) -> str:
    """Name of a strategy of the toolkit."""
    return subject.wording.say(f"plan.strategy.{choice.strategy}")


def owners_of(subject: Subject, choice: StrategyChoice) -> str:
    """The functions that see to the rules of a choice."""
    return functions_named(subject, (owner for rule in choice.rules for owner in rule.owners))


def rule_owners(subject: Subject, rule: str) -> str:
    """The functions that see to one rule."""
    strategies = subject.findings.strategies
    return functions_named(subject, strategies.owners.get(rule, ()) if strategies else ())


def functions_named(subject: Subject, functions: Iterable[Function]) -> str:
    """Functions of a company, listed, each once."""
    names = [subject.wording.say(f"plan.function.{name}") for name in dict.fromkeys(functions)]
    return subject.wording.listed(names) if names else ""
