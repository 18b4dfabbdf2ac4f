"""What the frame around the questions says, in each language that has a file in `translations`; words of no study."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast, get_args

from ruamel.yaml import YAML

from instruments.model import Language

FOLDER = Path(__file__).parent / "translations"


class InterfaceError(Exception):
    """A text that a translation lacks, has too much, or fills in differently; names the file and the key."""


@dataclass(frozen=True)
class Interface:
    """The frame's texts in one language."""

    language: Language
    texts: Mapping[str, str]

    def say(self, key: str, **numbers: object) -> str:
        """Return a text with its numbers filled in."""
        if key not in self.texts:
            raise InterfaceError(f"translations/{self.language}.yaml has no text {key!r}")
        return self.texts[key].format(**numbers)

    @property
    def name(self) -> str:
        """What the language calls itself."""
        return self.say("language_name")

    @property
    def html_lang(self) -> str:
        """The language as browsers and screen readers name it."""
        return self.say("html_lang")

    @property
    def direction(self) -> str:
        """Which way the language is written, as browsers name it."""
        return self.say("html_dir")


def load_interfaces(folder: Path = FOLDER) -> dict[str, Interface]:
    """Give every translation, read once; all must have the same texts with the same places to fill."""
    return dict(_checked(folder))


@cache
def _checked(folder: Path) -> dict[str, Interface]:
    interfaces = {path.stem: _load(path) for path in sorted(folder.glob("*.yaml"))}
    if "en" not in interfaces:
        raise InterfaceError(f"{folder} has no en.yaml, which the others are held against")
    wanted = _places(interfaces["en"])
    problems = [
        problem for interface in interfaces.values() for problem in _differences(interface, wanted, _places(interface))
    ]
    if problems:
        raise InterfaceError("\n".join(problems))
    return interfaces


def _load(path: Path) -> Interface:
    if path.stem not in get_args(Language):
        raise InterfaceError(f"{path.name}: no language of questionnaires; there are {', '.join(get_args(Language))}")
    return Interface(cast("Language", path.stem), YAML(typ="safe").load(path))


def _places(interface: Interface) -> dict[str, set[str]]:
    """Return for each text the names of the numbers it takes."""
    return {
        key: {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        for key, text in interface.texts.items()
    }


def _differences(interface: Interface, wanted: dict[str, set[str]], found: dict[str, set[str]]) -> list[str]:
    place = f"translations/{interface.language}.yaml"
    return [
        *(f"{place} lacks {key!r}" for key in wanted.keys() - found.keys()),
        *(f"{place} has {key!r}, which en.yaml lacks" for key in found.keys() - wanted.keys()),
        *(
            f"{place}: {key!r} must fill in {sorted(wanted[key])}, not {sorted(found[key])}"
            for key in wanted.keys() & found.keys()
            if wanted[key] != found[key]
        ),
    ]
