"""What codes of findings and jobs are called on a page, in the words of the reports; a code without words stays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from babel.dates import format_skeleton

from analysis.findings import Caveat, Estimate, Money, StudyFindings
from analysis.plan import AnalysisPlan
from instruments.catalogue import Catalogue, load_catalogue
from instruments.model import Texts, ValueRole
from reports.wording import Wording
from survey_app.interface import Interface
from survey_app.results.figures import Said

LOCALES = {"en": "en_GB", "zh": "zh_Hans_CN", "de": "de_DE", "es": "es_ES"}
SHARES = frozenset({"share_of_wallet", "price_premium", "leaving"})
REPORT_STEP = re.compile(r"report (\d+) of (\d+)")


def moment(language: str, when: datetime) -> str:
    """Word a moment to the minute, in UTC."""
    locale = LOCALES.get(language, LOCALES["en"])
    day, time = (format_skeleton(pattern, when.astimezone(UTC), locale=locale) for pattern in ("yMMMd", "Hm"))
    return f"{day} {time}"


def named(words: Wording, prefix: str, code: str) -> str:
    """Return what the reports call a code."""
    return words.say(prefix + code) if words.knows(prefix + code) else code


def relationship(words: Wording, catalogue: Catalogue, key: str) -> str:
    """Return the label of a catalogue entry."""
    labels = {entry.key: entry.label for entry in catalogue.relationships}
    return words.label(labels[key]) if key in labels else key


def family(words: Wording, catalogue: Catalogue, key: str) -> str:
    """Return the label of a family of relationships."""
    labels = {entry.key: entry.label for entry in catalogue.families}
    return words.label(labels[key]) if key in labels else key


def relationship_or_family(words: Wording, catalogue: Catalogue, key: str) -> str:
    """Return the label of a catalogue entry, or of a family where somebody picked no closer."""
    return (
        family(words, catalogue, key)
        if relationship(words, catalogue, key) == key
        else relationship(words, catalogue, key)
    )


def choice_rule(words: Wording, code: str, plan: Mapping[str, Any]) -> str:
    """Word the rule by which the number of archetypes was chosen."""
    key = f"methods.archetypes.rules.{code}"
    if not words.knows(key):
        return code
    return words.say(key, stable=words.coefficient(plan.get("stable_strength", AnalysisPlan().stable_strength)))


def item(words: Wording, text: Texts, the_brand: str) -> str:
    """Return an item's wording with the place of the brand filled by a general word."""
    return words.label(text).replace("${brand}", the_brand)


def on_figure(interface: Interface, found: StudyFindings) -> Said:
    """Return the words on drawings."""
    words, catalogue = Wording(interface.language), load_catalogue()
    kinds = found.archetypes.archetypes if found.archetypes else ()
    named: dict[str, Texts] = {f"archetype:{kind.key}": kind.label for kind in kinds}
    named |= {f"brand:{brand.key}": brand.name for brand in found.brands}
    named |= {f"relationship:{entry.key}": entry.label for entry in catalogue.relationships}
    named |= {f"family:{entry.key}": entry.label for entry in catalogue.families}
    named |= {f"scale:{scale.key}": scale.label for scale in found.scales}
    named |= {f"outcome:{outcome.key}": outcome.label for outcome in found.outcomes}
    named |= {f"rule:{rule.rule}": rule.short for rule in (found.rules.rules if found.rules else ())}
    return Said(words, interface.say, {key: words.label(texts) for key, texts in named.items()})


def stated(words: Wording, role: ValueRole, value: float) -> str:
    """Word what customers stated: a share as a percentage, else a number."""
    return words.percent(value) if role in SHARES else words.number(value, 0 if role == "spend" else 1)


def stated_interval(words: Wording, role: ValueRole, estimate: Estimate) -> str:
    """Word the interval of what customers stated."""
    digits = 0 if role == "spend" else 1
    return words.share_interval(estimate) if role in SHARES else words.number_range(estimate, digits)


def money(words: Wording, amount: Money | None) -> str:
    """Word an amount as the range it is."""
    if amount is None:
        return words.say("number.none")
    return words.say("number.range", low=words.whole(amount.low), high=words.whole(amount.high))


def given(words: Wording, said: Said, value: object) -> str:
    """Word an input of the plan: a range by its ends, numbers by brand, else the value."""
    if isinstance(value, Mapping):
        return " · ".join(f"{said.name('brand', str(key))} {words.plain(number)}" for key, number in value.items())
    if isinstance(value, list | tuple):
        return "–".join(words.plain(end) for end in value)
    return words.plain(value) if isinstance(value, int | float | str) else str(value)


def factor(words: Wording, found: StudyFindings, key: str) -> str:
    """Return what a factor is called."""
    held = found.factors
    return words.label(held.factor_labels[held.factors.index(key)]) if held and key in held.factors else key


def probability(words: Wording, p: float) -> str:
    """Word a probability for a table, whose heading says what it is equal to."""
    return words.probability(p).removeprefix("= ")


def caveat(words: Wording, noted: Caveat) -> str:
    """Word a caveat as reports do; one they have no sentence for is shown with its numbers."""
    numbers = {name: words.plain(value) for name, value in noted.numbers.items()}
    try:
        return words.say(f"caveat.{noted.code}", scope=noted.scope, **numbers)
    except KeyError:
        return f"{noted.code} ({noted.scope}): " + ", ".join(f"{name} {value}" for name, value in numbers.items())


def doing(interface: Interface, step: str) -> str:
    """Word what a job is doing."""
    report = REPORT_STEP.match(step)
    if report:
        return interface.say("doing.report", n=report[1], all=report[2])
    key = f"doing.{step.replace(' ', '_') or 'nothing_yet'}"
    return interface.say(key) if key in interface.texts else step
