"""Modules: files of one construct family, put into the questionnaires that include them; asks nothing."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from instruments.consistency import conditions, formats, names, references, texts
from instruments.consistency.outline import Outline
from instruments.grammar import did_you_mean, fit
from instruments.model import Module
from instruments.yaml_file import DataPath, FileError, Problem, YamlFile, read_yaml

FOLDER = Path(__file__).parent / "library" / "modules"
"""The modules that come with the toolkit, one file each."""

_CHECKS: tuple[Callable[[Outline], Iterator[Problem]], ...] = (
    texts.check_translations,
    texts.check_placeholders,
    names.check_names,
    formats.check_lists,
    formats.check_items,
    formats.check_used_lists,
    formats.check_scale_codes,
    references.check_matrices,
    references.check_scales,
    conditions.check_conditions,
)
_LIST_KEYS = ("list", "importance_list", "experience_list", "missing")


class ModuleError(FileError):
    """A module that cannot be used, with all its problems."""


def load_module(path: Path) -> Module:
    """Read a module on its own.

    Parameters
    ----------
    path : Path
        A YAML 1.2 file of the grammar `instruments.model.Module`.

    Returns
    -------
    Module
        A module that questionnaires can include.

    Raises
    ------
    ModuleError
        With every problem of the file.
    """
    file = with_modules(read_yaml(path))
    problems = _problems(file)
    if problems:
        raise ModuleError(tuple(problems))
    return Module.model_validate(file.data)


def module_names() -> tuple[str, ...]:
    """Name the modules of the library.

    Returns
    -------
    tuple of str
        Names for `include`, in alphabetical order.
    """
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def with_modules(file: YamlFile, inside: tuple[str, ...] = ()) -> YamlFile:
    """Put what a questionnaire asks of its modules into the questionnaire.

    Parameters
    ----------
    file : YamlFile
        A questionnaire, or a module that shares the lists of another, as it was read; anything may be wrong with it.
    inside : tuple of str
        The modules that it is being included by; none of them can be included again.

    Returns
    -------
    YamlFile
        The same file with the scales, questions and lists of `include` that it asks for, and without `include`;
        its text holds all of it. Problems of the modules stand among its problems, and each is told at its own place.
    """
    named = file.data.get("include") if isinstance(file.data, dict) else None
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        return file
    return _Merger(file, named, inside).merged()


@dataclass(frozen=True)
class _Included:
    """A module and where the questionnaire names it."""

    name: str
    at: DataPath
    file: YamlFile

    def part(self, key: str) -> dict[str, Any]:
        found = self.file.data.get(key)
        return found if isinstance(found, dict) else {}

    def items(self) -> Iterator[tuple[str, int, dict[str, Any]]]:
        found = self.file.data.get("items")
        for at, item in enumerate(found if isinstance(found, list) else ()):
            if isinstance(item, dict) and isinstance(item.get("name"), str):
                yield item["name"], at, item

    def words(self, key: str) -> list[str]:
        found = self.file.data.get(key)
        return [word for word in found if isinstance(word, str)] if isinstance(found, list) else []


class _Merger:
    """One questionnaire on its way to hold what it includes."""

    def __init__(self, file: YamlFile, named: list[str], inside: tuple[str, ...]) -> None:
        self.file = file
        self.inside = inside
        self.data: dict[str, Any] = {key: value for key, value in file.data.items() if key != "include"}
        self.taken: dict[DataPath, tuple[YamlFile, DataPath] | None] = {}
        self.problems: list[Problem] = []
        languages = self.data.get("languages")
        self.languages = [word for word in languages if isinstance(word, str)] if isinstance(languages, list) else []
        self.modules = [module for at, name in enumerate(named) if (module := self._read(name, at, named[:at]))]

    def merged(self) -> YamlFile:
        self._tell_clashes("scales")
        self._tell_clashes("items")
        self._put_questions()
        self._put_scales()
        self._put_scale_questions()
        self._put_lists()
        self._put_drafts()
        problems = (*self.file.problems, *self.problems)
        # What is being included itself is read on as data; writing it out takes most of the time.
        text = self.file.text if self.inside else self._text()
        return replace(self.file, data=self.data, problems=problems, taken=self.taken, text=text)

    def _read(self, name: str, at: int, before: list[str]) -> _Included | None:
        """A module with its own problems told; None where there is nothing to include."""
        place: DataPath = ("include", at)
        # a text that lies in no file, as one sent to the web pages, has nothing beside it
        here = Path(self.file.name)
        path = _find(name, here.parent if here.suffix else None)
        if name in (*before, *self.inside):
            self.problems.append(self.file.problem(place, f"the module '{name}' is included already", "remove it here"))
            return None
        if path is None:
            remedy = did_you_mean(name, module_names())
            self.problems.append(self.file.problem(place, f"there is no module '{name}'", remedy))
            return None
        module = with_modules(read_yaml(path), (*self.inside, name))
        self.problems += _problems(module)
        if not isinstance(module.data, dict):
            return None
        included = _Included(name, place, module)
        for language in self.languages:
            if language in texts.LANGUAGE_NAMES and language not in included.words("languages"):
                message = f"the module '{name}' has no {texts.LANGUAGE_NAMES[language]} texts"
                remedy = f"translate {module.name}, or take '{language}' out of languages"
                self.problems.append(self.file.problem(place, message, remedy))
        return included

    def _tell_clashes(self, part: str) -> None:
        """The same name in two modules, or in a module and the questionnaire, would mean two things."""
        own = self.data.get(part) if isinstance(self.data.get(part), dict) else {}
        seen = dict.fromkeys(own or {}, "this file")
        for module in self.modules:
            found = module.part(part) if part == "scales" else [name for name, _, _ in module.items()]
            for name in found:
                if name in seen:
                    message = f"the {part[:-1]} '{name}' of the module '{module.name}' stands in {seen[name]} too"
                    self.problems.append(self.file.problem(module.at, message, "rename one of them"))
                seen.setdefault(name, f"the module '{module.name}'")

    def _put_questions(self) -> None:
        """Replace each `use` by the question it names."""
        pages = self.data.get("pages")
        if isinstance(pages, list):
            self.data["pages"] = [self._entry(entry, ("pages", at)) for at, entry in enumerate(pages)]

    def _entry(self, entry: Any, place: DataPath) -> Any:  # noqa: ANN401 - whatever stands in the file
        for key in ("pages", "questions"):
            found = entry.get(key) if isinstance(entry, dict) else None
            if isinstance(found, list):
                read = self._entry if key == "pages" else self._question
                entry = {**entry, key: [read(inner, (*place, key, at)) for at, inner in enumerate(found)]}
        return entry

    def _question(self, question: Any, place: DataPath) -> Any:  # noqa: ANN401 - whatever stands in the file
        if not isinstance(question, dict) or "use" not in question:
            return question
        name, own = question["use"], {key: value for key, value in question.items() if key != "use"}
        known = {key: (module, at, item) for module in self.modules for key, at, item in module.items()}
        if name not in known:
            message = f"no module that is included has a question '{name}'"
            remedy = did_you_mean(str(name), known) or "name its module in 'include'"
            self.problems.append(self.file.problem((*place, "use"), message, remedy))
            # Stands for the question, so that whatever asks for its answer is not told of as well.
            return {"name": name, "type": "text", "label": dict.fromkeys(self.languages, "–")} | own
        module, at, item = known[name]
        self.taken[place] = (module.file, ("items", at))
        self.taken |= {(*place, key): None for key in own}
        return item | own

    def _put_scales(self) -> None:
        asked = set(_words(self.data.get("pages"), ("scales",)))
        for module in self.modules:
            for name in module.part("scales"):
                if name in asked:
                    self._put("scales", name, module)

    def _put_scale_questions(self) -> None:
        """What a scale says of itself, for matrices that ask for it alone and say nothing."""
        pages = self.data.get("pages")
        if isinstance(pages, list):
            self.data["pages"] = [self._said(entry, ("pages", at)) for at, entry in enumerate(pages)]

    def _said(self, entry: Any, place: DataPath) -> Any:  # noqa: ANN401 - whatever stands in the file
        for key in ("pages", "questions"):
            found = entry.get(key) if isinstance(entry, dict) else None
            if isinstance(found, list):
                entry = {**entry, key: [self._said(inner, (*place, key, at)) for at, inner in enumerate(found)]}
        asked = entry.get("scales") if isinstance(entry, dict) else None
        name = asked[0] if isinstance(asked, list) and len(asked) == 1 and isinstance(asked[0], str) else None
        source = self.taken.get(("scales", name)) if name else None
        if source is None or not isinstance(entry, dict):
            return entry
        file, there = source
        scale = self.data["scales"][name]
        for key, own in (("question", "label"), ("relevant", "relevant")):
            if isinstance(scale, dict) and key in scale and own not in entry:
                entry = {**entry, own: scale[key]}
                self.taken[*place, own] = (file, (*there, key))
        return entry

    def _put_lists(self) -> None:
        """Lists that something asked needs; the same list may stand in several modules."""
        needed = set(_words([self.data.get(key) for key in ("pages", "scales", "rules", "items")], _LIST_KEYS))
        for module in self.modules:
            for name, answers in module.part("lists").items():
                there = (self.data.get("lists") or {}).get(name) if name in needed else None
                if there is not None and self._spoken(there) != self._spoken(answers):
                    message = f"the list '{name}' of the module '{module.name}' differs from the one that is there"
                    self.problems.append(self.file.problem(module.at, message, "make them equal, or rename one"))
                elif name in needed:
                    self._put("lists", name, module)

    def _put(self, part: str, name: str, module: _Included) -> None:
        own = self.data.get(part, {})
        if isinstance(own, dict) and name not in own:
            self.data[part] = {**own, name: module.part(part)[name]}
            self.taken[part, name] = (module.file, (part, name))

    def _put_drafts(self) -> None:
        """A language is a draft where a module's is."""
        drafts = [language for module in self.modules for language in module.words("drafts")]
        own = self.data.get("drafts", [])
        if isinstance(own, list):
            added = [language for language in self.languages if language in drafts and language not in own]
            self.data["drafts"] = [*own, *added]

    def _spoken(self, value: Any) -> Any:  # noqa: ANN401 - whatever stands in the file
        """A list as far as the questionnaire's languages go."""
        if isinstance(value, dict):
            others = texts.LANGUAGE_NAMES.keys() - set(self.languages)
            return {key: self._spoken(inner) for key, inner in value.items() if key not in others}
        return [self._spoken(inner) for inner in value] if isinstance(value, list) else value

    def _text(self) -> str:
        text = io.StringIO()
        text.write(f"# {self.file.name} with what it asks of {', '.join(module.name for module in self.modules)}\n")
        yaml = YAML(typ="safe", pure=True)
        yaml.allow_unicode, yaml.default_flow_style = True, False
        yaml.representer.sort_base_mapping_type_on_output = False
        yaml.dump(self.data, text)
        return text.getvalue()


def _find(name: str, folder: Path | None) -> Path | None:
    """A module beside the questionnaire, where it lies in a folder, or of the library."""
    if name.endswith((".yaml", ".yml")):
        if folder is None:
            return None
        path = folder / name
        inside = not Path(name).is_absolute() and ".." not in Path(name).parts
        return path if inside and path.is_file() else None
    return FOLDER / f"{name}.yaml" if name in module_names() else None


def _words(value: Any, keys: Collection[str]) -> Iterator[str]:  # noqa: ANN401 - whatever stands in the file
    """Words under these keys, alone or in lists, wherever they stand."""
    if isinstance(value, list):
        for inner in value:
            yield from _words(inner, keys)
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if key in keys:
            yield from (word for word in (inner if isinstance(inner, list) else [inner]) if isinstance(word, str))
        yield from _words(inner, keys)


def _problems(file: YamlFile) -> list[Problem]:
    """Everything wrong with a module on its own."""
    if not isinstance(file.data, dict):
        return list(file.problems) or [file.problem((), "the file must hold a mapping (lines of `key: value`)")]
    _, misfits = fit(file, Module)
    outline = Outline(_alone(file))
    found = [problem for check in _CHECKS for problem in check(outline)]
    return list(dict.fromkeys((*file.problems, *misfits, *found)))


def _alone(file: YamlFile) -> YamlFile:
    """A module as a questionnaire that asks all of it about a brand."""
    items, scales = file.data.get("items"), file.data.get("scales")
    questions = list(items) if isinstance(items, list) else []
    taken: dict[DataPath, tuple[YamlFile, DataPath] | None] = {
        ("pages", 0, "pages", 0, "questions", at): (file, ("items", at)) for at in range(len(questions))
    }
    questions += [{"type": "matrix", "scales": [key]} for key in (scales if isinstance(scales, dict) else ())]
    pages = [{"loop": "brand", "pages": [{"page": "alone", "questions": questions}]}]
    return replace(file, data={**file.data, "pages": pages}, taken=taken)
