"""Rules of thumb: the ones that come with the toolkit hold together, and every mistake in a changed copy is named."""

from __future__ import annotations

from pathlib import Path

import pytest

import instruments
from instruments.check import check_files
from instruments.loader import load_instrument
from instruments.playbook import PlaybookError, library_playbook, load_playbook

LIBRARY = Path(instruments.__file__).parent / "library" / "strategies.yaml"


def test_every_strategy_and_every_language_is_there():
    playbook = library_playbook()
    assert [line.strategy for line in playbook.choose] == ["release", "repair", "shift", "bolster"]
    assert playbook.choose[0].human_review
    texts = [line.reason for line in playbook.choose] + [line.action for line in playbook.levels]
    assert all(set(text) == set(playbook.languages) for text in texts + [role.advice for role in playbook.roles])


def test_every_family_of_rules_has_an_owner():
    battery = load_instrument(LIBRARY.parent / "consumer_brand_relationship.yaml").rules
    named = set(library_playbook().owners)
    assert set(battery.families) <= named
    # a rule that has owners of its own is one of the battery's, or the line does nothing
    assert named <= set(battery.families) | {rule.name for rule in battery.rules}


def test_a_rule_that_is_named_has_owners_of_its_own():
    playbook = library_playbook()
    assert playbook.owners_of("no_prying", "freedom") == ("it", "legal")
    assert playbook.owners_of("no_lock_in", "freedom") == playbook.owners["freedom"]
    assert playbook.owners_of("r1", "unheard_of") == ()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("wants_nothing >= 50", "wants_nothin >= 50", "there is no figure 'wants_nothin'"),
        ("negative >= 50 and", "negative >= 50 und", "not `und`"),
        ("strategy: shift", "strategy: shove", "must not be"),
        ("care: [service", "care: [services", "must not be"),
        ('    when: "negative >= 50 and wants_nothing >= 50"\n', "", "nothing below it is ever chosen"),
        (
            "  - strategy: bolster\n",
            '  - strategy: bolster\n    when: "negative < 5"\n',
            "the last strategy has a condition",
        ),
    ],
)
def test_mistakes_are_named_at_their_lines(old, new, problem, tmp_path):
    path = tmp_path / "mine.yaml"
    text = LIBRARY.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PlaybookError) as raised:
        load_playbook(path)
    assert any(problem in found.message for found in raised.value.problems)
    assert all(found.line > 1 for found in raised.value.problems)
    assert check_files([path]) == list(raised.value.problems)
