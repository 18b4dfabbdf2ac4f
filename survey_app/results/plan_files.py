"""What was agreed on after a report, as it lies beside the next analysis: read without the store it came from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from reports.planned import PlannedAction


def read_plans(plans: bytes) -> Mapping[str, tuple[PlannedAction, ...]]:
    """Return the actions that `action_plans.dumped` wrote, by brand."""
    if not plans:
        return {}
    return {
        brand: tuple(
            PlannedAction(**{**action, "due": date.fromisoformat(action["due"]) if action["due"] else None})
            for action in actions
        )
        for brand, actions in json.loads(plans).items()
    }
