"""The page on which modules of the library are ticked in and out of a questionnaire and put in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from instruments.yaml_file import Problem, parse_yaml
from survey_app.design import designs, library_shelf, picked_modules
from survey_app.design.designs import ConflictError
from survey_app.design.listed_lines import FlowError
from survey_app.design.picked_modules import Outlook
from survey_app.store.designs import Design
from survey_app.views.drafts import draft_of
from survey_app.views.visitors import console, note, page_interface, show, visitor

REFUSED, CONFLICT = 422, 409

modules = Blueprint("modules", __name__, url_prefix="/studies/<study>/design/modules")


@dataclass(frozen=True)
class Change:
    """What picking would do to a draft, before anything is saved; `refused` is the list that has to be written anew."""

    names: tuple[str, ...]
    before: Outlook
    after: Outlook
    refused: str = ""

    @property
    def differences(self) -> tuple[str, ...]:
        """The lines of the questionnaire that would change."""
        return picked_modules.differences(self.before.draft.instrument_text, self.after.draft.instrument_text)

    @property
    def new_problems(self) -> tuple[Problem, ...]:
        """What the check would find that it does not find now."""
        known = {(one.file, one.place, one.message) for one in self.before.problems}
        return tuple(one for one in self.after.problems if (one.file, one.place, one.message) not in known)

    @property
    def old_problems(self) -> tuple[Problem, ...]:
        """What the check finds already and would find still."""
        return tuple(one for one in self.after.problems if one not in self.new_problems)


@modules.get("")
def modules_page(study: str) -> ResponseReturnValue:
    """Show the library, and what a change of the modules that are picked would come to; saves nothing."""
    draft = draft_of(study)
    return _page(draft, _wanted(draft) if "look" in request.args else None)


@modules.post("")
def save_modules(study: str) -> ResponseReturnValue:
    """Write the modules that were looked at into the questionnaire."""
    draft = draft_of(study)
    names = _known(draft, request.form.getlist("picked"))
    note(" ".join(names)[:200])
    if request.form.get("revision") != str(draft.revision):
        return _page(draft, names, wrong="conflict"), CONFLICT
    try:
        changed = picked_modules.with_picked(draft, names)
        designs.save(console().store, changed, by=visitor().name)
    except FlowError:
        return _page(draft, names), REFUSED
    except ConflictError:
        return _page(draft_of(study), names, wrong="conflict"), CONFLICT
    return redirect(url_for(".modules_page", study=study, done="saved"), 303)


def _wanted(draft: Design) -> list[str]:
    """Return the modules that are ticked, in their order, one of them moved up or down where that is asked for."""
    names = _known(draft, request.args.getlist("picked"))
    way, _, moved = request.args.get("move", "").partition(" ")
    if moved in names:
        at = names.index(moved)
        to = max(0, at - 1) if way == "up" else min(len(names) - 1, at + 1)
        names.insert(to, names.pop(at))
    return names


def _known(draft: Design, names: Sequence[str]) -> list[str]:
    """Return names of modules, each once, that this questionnaire can include."""
    there = picked_modules.picked(draft)
    shelf = library_shelf.shelf()
    free = [name for name in dict.fromkeys(names) if name in shelf and not (name in there and there[name].written_out)]
    return [name for name in free if name in there or picked_modules.can_be_asked(draft, shelf[name])]


def _change(draft: Design, names: Sequence[str]) -> Change:
    before = picked_modules.outlook(draft)
    try:
        after = picked_modules.outlook(picked_modules.with_picked(draft, names))
    except FlowError as error:
        return Change(tuple(names), before, before, str(error))
    return Change(tuple(names), before, after)


def _page(draft: Design, names: Sequence[str] | None, wrong: str = "") -> str:
    file = parse_yaml(draft.instrument_text, "questionnaire")
    if file.problems or not isinstance(file.data, dict):
        problems = file.problems or designs.check(draft).problems
        return show("unreadable.html", "design", study=draft.study, here="modules", found=problems)
    there = picked_modules.picked(draft)
    chosen = [name for name, one in there.items() if one.included] if names is None else [*names]
    change = _change(draft, chosen)
    shelf, language = library_shelf.shelf(), page_interface().language
    rest = sorted((shelf[name] for name in shelf if name not in chosen), key=lambda one: one.title[language])
    checked = designs.check(draft)
    return show(
        "modules.html",
        "design",
        study=draft.study,
        title=checked.asked.file.title if checked.asked else None,
        draft=draft,
        spoken=[word for word in file.data.get("languages") or () if isinstance(word, str)],
        chosen=[shelf[name] for name in chosen],
        rest=rest,
        there=there,
        askable={one.name for one in rest if picked_modules.can_be_asked(draft, one)},
        change=change,
        looked=names is not None,
        lengths=list(zip(change.before.lengths, change.after.lengths, strict=False)),
        wrong=wrong,
        saved=request.args.get("done") == "saved",
    )
