"""Forms for brands, quotas and sources: they write the study's file; what is wrong is told beside the field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from instruments.yaml_file import parse_yaml
from survey_app.design import designs, part_fields, study_parts
from survey_app.design.designs import ConflictError
from survey_app.design.part_fields import Sent
from survey_app.design.study_parts import Kind
from survey_app.store.designs import Design
from survey_app.views.drafts import draft_of
from survey_app.views.visitors import console, note, show, visitor

REFUSED, CONFLICT, NOT_FOUND = 422, 409, 404

parts = Blueprint("parts", __name__, url_prefix="/studies/<study>/design/field")


@dataclass(frozen=True)
class Refused:
    """A form that was not saved: which part it is of, what it says, what is wrong by field."""

    kind: str = ""
    known_as: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    conflict: bool = False


@parts.get("")
def parts_page(study: str) -> ResponseReturnValue:
    """Show brands, quotas and sources of a draft."""
    return _page(draft_of(study), Refused())


@parts.post("/quotas")
def save_quota(study: str) -> ResponseReturnValue:
    """Change, add or take out a quota."""
    draft = draft_of(study)
    there, known = dict(study_parts.part(draft, "quotas")), study_parts.variables(draft)
    if quota := there.get(_known_as()):
        by = [name.text for name in quota["by"].elements()]
        return _save(draft, "quotas", part_fields.quota_sent(request.form, by, known))
    by = [name for name in request.form.getlist("by") if name in known]
    return _save(draft, "quotas", part_fields.quota_crossed(request.form, by, known))


@parts.post("/sources")
def save_source(study: str) -> ResponseReturnValue:
    """Change, add or take out a source."""
    draft = draft_of(study)
    sent = part_fields.source_sent(request.form, study_parts.languages(draft))
    name = request.form.get("name", "").strip()
    if name != _known_as() and name in dict(study_parts.part(draft, "sources")):
        sent = replace(sent, wrong={**sent.wrong, "name": "source_taken"})
    return _save(draft, "sources", sent, name)


@parts.post("/brands")
def save_brand(study: str) -> ResponseReturnValue:
    """Change, add or take out a brand."""
    draft = draft_of(study)
    there = dict(study_parts.part(draft, "brands"))
    brand = there.get(_known_as())
    before = brand.value if brand and isinstance(brand.value, dict) else {}
    sent = part_fields.brand_sent(request.form, study_parts.languages(draft), before)
    if _removes() and len(there) == 1:
        return _page(draft, Refused("brands", _known_as(), request.form, {"": "last_brand"})), REFUSED
    return _save(draft, "brands", sent)


def _known_as() -> str:
    return request.form.get("known_as", "")


def _removes() -> bool:
    return "remove" in request.form


def _save(draft: Design, kind: Kind, sent: Sent, name: str = "") -> ResponseReturnValue:
    known_as, there = _known_as(), dict(study_parts.part(draft, kind))
    if known_as and known_as not in there:
        abort(NOT_FOUND)
    if request.form.get("revision") != str(draft.revision):
        return _page(draft, Refused(kind, known_as, request.form, conflict=True)), CONFLICT
    note(f"{kind} {name or known_as}{' removed' if _removes() else ''}"[:200])
    if sent.wrong and not _removes():
        return _page(draft, Refused(kind, known_as, request.form, sent.wrong)), REFUSED
    at = known_as or (name if kind == "sources" else str(len(there)))
    text = study_parts.with_part(draft, kind, at, None if _removes() else sent.value, name)
    changed = replace(draft, study_text=text)
    if not _removes():
        found = designs.check(changed).problems
        wrong = study_parts.problems_beside(found, kind, name if kind == "sources" else at, sent.rows)
        if wrong:
            return _page(draft, Refused(kind, known_as, request.form, wrong)), REFUSED
    try:
        designs.save(console().store, changed, by=visitor().name)
    except ConflictError:
        return _page(draft_of(draft.study), Refused(kind, known_as, request.form, conflict=True)), CONFLICT
    return redirect(f"{url_for('.parts_page', study=draft.study, done='saved')}#{kind}", 303)


def _page(draft: Design, refused: Refused) -> str:
    file = parse_yaml(draft.study_text, "study")
    if file.problems:
        return show("unreadable.html", "design", study=draft.study, here="parts", found=file.problems)
    quotas = study_parts.part(draft, "quotas")
    root = file.data if isinstance(file.data, dict) else {}
    return show(
        "parts.html",
        "design",
        study=draft.study,
        title=root.get("title") if isinstance(root.get("title"), dict) else None,
        draft=draft,
        refused=refused,
        saved=request.args.get("done") == "saved",
        languages=study_parts.languages(draft),
        variables=study_parts.variables(draft),
        industries=[*root["industries"]] if isinstance(root.get("industries"), dict) else [],
        brands=[(at, part_fields.brand_fields(one)) for at, one in study_parts.part(draft, "brands")],
        quotas=[
            (at, part_fields.quota_fields(one), [name.text for name in one["by"].elements()]) for at, one in quotas
        ],
        n_cells={at: len([*one["cells"].elements()]) for at, one in quotas},
        sources=[(name, part_fields.source_fields(name, one)) for name, one in study_parts.part(draft, "sources")],
        spare=part_fields.SPARE_CELLS,
    )
