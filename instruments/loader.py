"""Questionnaire files: YAML to `Instrument`, with every problem of a file gathered and raised once; asks nobody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from instruments.consistency import conditions, formats, names, references, texts
from instruments.consistency.outline import Outline
from instruments.consistency.reachability import check_reachability
from instruments.grammar import did_you_mean, fit
from instruments.model import Instrument, Use
from instruments.modules import with_modules
from instruments.yaml_file import FileError, Problem, YamlFile, read_yaml

LIBRARY = Path(__file__).parent / "library"
"""The questionnaires that come with the toolkit, one file each."""

_CHECKS: tuple[Callable[[Outline], Iterator[Problem]], ...] = (
    texts.check_translations,
    texts.check_placeholders,
    names.check_names,
    names.check_pages,
    formats.check_lists,
    formats.check_items,
    formats.check_used_lists,
    formats.check_scale_codes,
    references.check_matrices,
    references.check_scales,
    references.check_design,
    references.check_rules,
    references.check_loop,
    references.check_shuffle,
    references.check_findings,
    conditions.check_conditions,
)


class InstrumentError(FileError):
    """A questionnaire file that cannot be used, with all its problems."""


def load_instrument(path: Path) -> Instrument:
    """Read a questionnaire file.

    Parameters
    ----------
    path : Path
        A YAML 1.2 file of the grammar in `instruments.model`.

    Returns
    -------
    Instrument
        A questionnaire that can be asked.

    Raises
    ------
    InstrumentError
        With every problem of the file.
    """
    return instrument_of(read_yaml(path))


def instrument_of(file: YamlFile) -> Instrument:
    """Check what a questionnaire file holds.

    Parameters
    ----------
    file : YamlFile
        A file of the grammar in `instruments.model`, as it was read; the modules it includes are read with it.

    Returns
    -------
    Instrument
        A questionnaire that can be asked.

    Raises
    ------
    InstrumentError
        With every problem of the file.
    """
    if file.data is None:
        raise InstrumentError(file.problems)
    file = with_modules(file)
    instrument, misfits = fit(file, Instrument)
    # What cannot be reached is only told of a file that is sound otherwise: the reason may be another mistake.
    problems = [*file.problems, *misfits, *_inconsistencies(file)] or [*check_reachability(Outline(file))]
    if problems or instrument is None:
        raise InstrumentError(tuple(dict.fromkeys(problems)))
    return instrument.with_dealt_sets()


def find_instrument(name_or_path: str, beside: Path | None = None) -> Path:
    """Find a questionnaire file.

    Parameters
    ----------
    name_or_path : str
        The name of a questionnaire of the library, or a path.
    beside : Path, optional
        The study file that names it; a relative path starts in its folder.

    Returns
    -------
    Path
        An existing file.

    Raises
    ------
    InstrumentError
        When there is no such file; names the library's questionnaires.
    """
    folder = beside.parent if beside else Path()
    for path in (folder / name_or_path, LIBRARY / f"{name_or_path}.yaml"):
        if path.suffix in (".yaml", ".yml") and path.is_file():
            return path
    remedy = did_you_mean(name_or_path, library_names())
    source = str(beside) if beside else name_or_path
    raise InstrumentError((Problem(source, 1, 1, "", f"there is no questionnaire '{name_or_path}'", remedy),))


def library_names() -> tuple[str, ...]:
    """Name the questionnaires of the library.

    Returns
    -------
    tuple of str
        Names for `find_instrument`, in alphabetical order.
    """
    found = (path.stem for path in LIBRARY.glob("*.yaml") if "\ninstrument:" in path.read_text(encoding="utf-8"))
    return tuple(sorted(found))


def digest(instrument: Instrument) -> str:
    """Tell one version of a questionnaire from another.

    Parameters
    ----------
    instrument : Instrument
        The questionnaire.

    Returns
    -------
    str
        SHA-256 of its canonical JSON, as 64 hexadecimal digits; comments and layout of the file do not count, what
        it asks of modules does.
    """
    # Without defaults: a grammar that grows leaves the digests of questionnaires as they are.
    content = instrument.model_dump(mode="json", exclude_defaults=True)
    told = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


def json_schema() -> dict[str, Any]:
    """Describe the grammar for editors, which then complete and check a file as it is written.

    Returns
    -------
    dict
        A JSON Schema (2020-12).
    """
    schema = Instrument.model_json_schema()
    questions = schema["$defs"]["Page"]["properties"]["questions"]["items"]
    # A file may name a module's question instead; reading it puts the question there.
    schema["$defs"]["Page"]["properties"]["questions"]["items"] = {"anyOf": [questions, Use.model_json_schema()]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _inconsistencies(file: YamlFile) -> Iterator[Problem]:
    if isinstance(file.data, dict):
        outline = Outline(file)
        for check in _CHECKS:
            yield from check(outline)
