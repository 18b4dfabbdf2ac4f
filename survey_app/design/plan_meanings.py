"""What each choice of a plan means, in each language of the console; the English is the plan's own, never a copy."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict

from ruamel.yaml import YAML

from analysis.plan import AnalysisPlan
from survey_app.interface import FOLDER

TRANSLATIONS = FOLDER / "console" / "plan"
SOURCE = "en"


class _Translation(TypedDict):
    of: str
    text: str


@dataclass(frozen=True)
class Meaning:
    """What one choice means, and the language that it is said in."""

    text: str
    language: str


@cache
def meanings(language: str, folder: Path = TRANSLATIONS) -> Mapping[str, Meaning]:
    """Return what every choice means; in English where the translation is missing or of an older sentence."""
    known = {} if language == SOURCE else _translations(folder, language)
    return {
        name: Meaning(known[name]["text"], language)
        if name in known and known[name]["of"] == fingerprint(english)
        else Meaning(english, SOURCE)
        for name, english in _english().items()
    }


def misfits(language: str, folder: Path = TRANSLATIONS) -> list[str]:
    """Name each choice whose translation is missing, left over, empty or of an older sentence."""
    known, english = _translations(folder, language), _english()
    stale = {
        name: fingerprint(english[name])
        for name in english.keys() & known.keys()
        if known[name]["of"] != fingerprint(english[name])
    }
    return sorted(
        [
            *(f"{language}: {name} has no translation" for name in english.keys() - known.keys()),
            *(f"{language}: {name} is no choice of the plan" for name in known.keys() - english.keys()),
            *(f"{language}: {name} says nothing" for name in known if not known[name]["text"].strip()),
            *(
                f"{language}: {name} was translated from an older sentence; read it again with {english[name]!r},"
                f" then put {mark} under `of`"
                for name, mark in stale.items()
            ),
        ]
    )


def fingerprint(english: str) -> str:
    """Return what tells one English sentence from another."""
    return hashlib.sha256(english.encode()).hexdigest()[:8]


def _english() -> dict[str, str]:
    return {name: field.description or "" for name, field in AnalysisPlan.model_fields.items()}


def _translations(folder: Path, language: str) -> dict[str, _Translation]:
    return dict(YAML(typ="safe").load(folder / f"{language}.yaml"))
