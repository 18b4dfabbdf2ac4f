"""Writes a proposed study file: YAML with a comment wherever a person has to decide; guesses nothing itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from instruments.measures import RESERVED
from instruments.proposal.profiles import SeenFile, look_at
from instruments.proposal.roles import Group, Roles, better, roles_of

_DEFAULTS = {"separator": ",", "decimal": ".", "encoding": "utf-8"}
_WIDTH = 100


@dataclass(frozen=True)
class Proposal:
    """A proposed study file.

    Parameters
    ----------
    text : str
        YAML; ``# ?`` marks what is a guess.
    doubts : tuple of str
        The same marks, one after another.
    """

    text: str
    doubts: tuple[str, ...]


def propose_study(path: Path, language: str = "en") -> Proposal:
    """Propose the study file for a file of answers.

    Parameters
    ----------
    path : Path
        The answers, in any format that is read.
    language : str
        The language that the proposed labels stand in.

    Returns
    -------
    Proposal
        A study file that `run.py check` accepts wherever the file has columns of answers, with its doubts.

    Raises
    ------
    AnswerFileError
        For a file that is no table.
    """
    seen = look_at(path)
    return _Writer(seen, roles_of(seen), language).proposal()


class _Writer:
    def __init__(self, seen: SeenFile, roles: Roles, language: str) -> None:
        self._seen, self._roles, self._language = seen, roles, language
        self._lines: list[str] = []
        self._doubts: list[str] = []

    def proposal(self) -> Proposal:
        stem = self._seen.path.stem
        self._lines += [
            f"# Proposed from {self._seen.path.name} ({self._seen.rows} rows looked at): '# ?' marks guesses.",
            "# Read every line, put in proper labels, then: run.py check, run.py analyse.",
            "format: 1",
            f"study: {_name(stem)}",
            f"title: {self._texts(stem)}",
            f"languages: [{self._language}]",
            "data:",
        ]
        self._reading()
        self._single_columns()
        self._measures("scales", self._roles.scales)
        self._measures("outcomes", self._roles.outcomes)
        self._rest()
        self._brands()
        return Proposal("\n".join(self._lines) + "\n", tuple(self._doubts))

    def _doubt(self, text: str, indent: int = 2) -> None:
        self._doubts.append(text)
        self._lines.append(f"{' ' * indent}# ? {text}")

    def _reading(self) -> None:
        for doubt in self._seen.doubts:
            self._doubt(doubt)
        for key, usual in _DEFAULTS.items():
            value = getattr(self._seen.reading, key)
            if value != usual:
                self._lines.append(f"  {key}: {json.dumps(value)}")

    def _single_columns(self) -> None:
        roles = self._roles
        for role in ("brand", "person", "weight", "language", "country"):
            column = getattr(roles, role)
            if column is not None:
                self._lines.append(f"  {role}: {_quoted(column.name)}")
        if roles.brand is None:
            self._doubt("no column of brands was found: every row is taken to be about one brand")
        if roles.person is None:
            self._doubt("no column of persons was found: every row is taken to be a person of its own")
        elif not roles.person.is_unique:
            self._lines.append(f"  # {roles.person.name} stands in several rows: persons rate several brands.")

    def _measures(self, part: str, groups: tuple[Group, ...]) -> None:
        if not groups:
            if part == "outcomes":
                self._doubt("no outcome was found: name columns that relationships are to be judged by")
            else:
                self._doubt("no columns of answers were found: name columns that measure something")
                self._lines.append("  scales: {}")
            return
        self._lines.append(f"  {part}:")
        for at, group in enumerate(groups):
            self._group(part, group, is_first=at == 0)

    def _group(self, part: str, group: Group, *, is_first: bool) -> None:
        label = next(
            (column.label for column in group.columns if column.label and len(group.columns) == 1), group.label
        )
        self._lines.append(f"    {group.key}:")
        self._lines.append(f"      label: {self._texts(label)}")
        for doubt in group.doubts:
            self._doubt(f"{group.key}: {doubt}", 6)
        if any(column.label for column in group.columns):
            self._lines += [f"      # {column.name}: {' '.join(column.label.split())}" for column in group.columns]
        self._lines += _wrapped(f"      columns: [{', '.join(_quoted(column.name) for column in group.columns)}]")
        if group.reversed:
            self._lines += _wrapped(f"      reversed: [{', '.join(map(_quoted, group.reversed))}]")
        self._lines.append(f"      range: [{group.low:g}, {group.high:g}]")
        if part == "outcomes":
            if better(group) == "low":
                self._lines.append("      better: low")
            if is_first:
                self._lines.append("      primary: true")

    def _rest(self) -> None:
        roles = self._roles
        background = {
            kind: kept for kind, names in roles.background.items() if (kept := [n for n in names if n not in RESERVED])
        }
        if background:
            self._lines.append("  background:")
            self._lines += [f"    {kind}: [{', '.join(map(_quoted, names))}]" for kind, names in background.items()]
        if roles.missing:
            self._lines.append(f"  missing: [{', '.join(map(_value, roles.missing))}]")
            self._doubt(f"missing: is {', '.join(map(str, roles.missing))} no answer wherever it stands?")
        invalid = {name: codes for group in (*roles.scales, *roles.outcomes) for name, codes in group.invalid.items()}
        if invalid:
            self._lines.append("  invalid:")
            self._lines += [f"    {_quoted(name)}: [{', '.join(map(str, codes))}]" for name, codes in invalid.items()]
        self._words()
        if roles.unused:
            self._lines += _wrapped(f"  # Columns not used: {', '.join(roles.unused)}", "  # ")
        for doubt in roles.doubts:
            self._doubt(doubt)

    def _words(self) -> None:
        """Words that stand for numbers: of all columns together where no two columns disagree."""
        roles = self._roles
        together: dict[str, int] = {}
        agree = all(
            together.setdefault(word, code) == code for codes in roles.codes_of.values() for word, code in codes.items()
        )
        own = {} if agree else roles.codes_of
        if agree and together:
            self._lines.append(f"  codes: {_mapping(together)}")
            self._doubt(f"codes: do these words stand for these numbers ({', '.join(list(together)[:4])} …)?")
        if own or roles.brand_words:
            self._lines.append("  codes_of:")
            self._lines += [f"    {_quoted(name)}: {_mapping(codes)}" for name, codes in own.items()]
        if roles.brand_words and roles.brand is not None:
            self._lines.append(f"    {_quoted(roles.brand.name)}: {_mapping(roles.brand_words)}")

    def _brands(self) -> None:
        self._lines.append("brands:")
        for key, name in self._roles.brands:
            self._lines.append(f"  - {{key: {_quoted(key)}, name: {self._texts(name)}}}")
        if self._roles.brand is None:
            self._doubt("what is the brand called?")

    def _texts(self, text: str) -> str:
        return f"{{{self._language}: {_quoted(text)}}}"


def _name(stem: str) -> str:
    letters = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in stem.lower()).strip("_")
    return (letters if letters[:1].isalpha() else f"study_{letters}")[:32].rstrip("_")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _value(code: int | str) -> str:
    return str(code) if isinstance(code, int) else _quoted(code)


def _mapping(codes: dict[str, int] | dict[str, str]) -> str:
    return "{" + ", ".join(f"{_quoted(word)}: {_value(code)}" for word, code in codes.items()) + "}"


def _wrapped(line: str, begin: str = " " * 16) -> list[str]:
    """A long line broken at its commas."""
    lines = [""]
    for part in line.split(", "):
        joined = f"{lines[-1]}, {part}" if lines[-1] else part
        if len(joined) > _WIDTH and lines[-1]:
            lines[-1] += ","
            lines.append(begin + part)
        else:
            lines[-1] = joined
    return lines
