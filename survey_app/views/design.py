"""The pages on which a study is written: begun, changed, checked, looked at, published; answers stay with versions."""

from __future__ import annotations

import difflib
from dataclasses import replace
from datetime import UTC, datetime

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from instruments.model import Texts
from instruments.study_file import Study, parse_study
from instruments.translation.records import records_in
from instruments.yaml_file import FileError, Problem
from survey_app.design import designs, draft_findings
from survey_app.design.designs import ConflictError, Wish
from survey_app.design.draft_findings import AskedPage
from survey_app.design.sound_parts import sound_parts
from survey_app.interface import Interface
from survey_app.interview.pages import page_of
from survey_app.results import analyses
from survey_app.store import accounts, studies
from survey_app.store import designs as rows
from survey_app.store.accounts import ANY_BRAND, StudyRight
from survey_app.store.designs import Design, DesignTakenError
from survey_app.views.account_forms import problems
from survey_app.views.design_forms import NewStudyForm, SimulateForm
from survey_app.views.drafts import draft_of
from survey_app.views.respondent import desk
from survey_app.views.visitors import console, may, note, own_account, page_interface, show, visitor

REFUSED, CONFLICT = 422, 409
LARGEST_UPLOAD = 2_000_000
# A page is drawn in a frame of ours, and of nobody else's.
IN_OUR_FRAME = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
WITH_FRAMES = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

design = Blueprint("design", __name__, url_prefix="/studies")


@design.url_value_preprocessor
def _allow_files(_endpoint: str | None, _values: dict[str, object] | None) -> None:
    # Before anything reads the form: questionnaires are larger than what respondents send.
    request.max_content_length = request.max_form_memory_size = LARGEST_UPLOAD


@design.route("/new", methods=["GET", "POST"])
def new_study() -> ResponseReturnValue:
    """Begin a study from a questionnaire of the toolkit."""
    form = NewStudyForm(request.form)
    if request.method == "GET":
        form.languages.data = [page_interface().language]
        form.questionnaire.data = "consumer_brand_relationship"
        return _new_page(form)
    wrong = {} if form.validate() else problems(form)
    if not wrong and not form.brand_names():
        wrong = {"brands": "required"}
    if wrong:
        return _new_page(form, wrong), REFUSED
    wish = Wish(
        key=form.key.data,
        title=form.title.data,
        languages=tuple(language for language in designs.LANGUAGES if language in form.languages.data),
        questionnaire=form.questionnaire.data,
        brands=tuple(form.brand_names()),
        retention=form.retention.data,
    )
    if not _begin(wish.key, *designs.written(wish)):
        return _new_page(form, {"key": "key_taken"}), REFUSED
    return redirect(url_for(".design_page", study=wish.key), 303)


@design.post("/upload")
def upload() -> ResponseReturnValue:
    """Begin a study from files of one's own."""
    form = NewStudyForm()
    try:
        study_text, instrument_text = _sent("study_file"), _sent("questionnaire_file")
        key, study_text, instrument_text = designs.adopted(None, study_text, instrument_text)
    except UnicodeDecodeError:
        return _new_page(form, {"study_file": "no_text"}), REFUSED
    except FileError as error:
        return _new_page(form, found=error.problems), REFUSED
    note(key[:32])
    if not designs.KEY.fullmatch(key):
        return _new_page(form, {"study_file": "key"}), REFUSED
    if not _begin(key, study_text, instrument_text):
        return _new_page(form, {"study_file": "key_taken"}), REFUSED
    return redirect(url_for(".design_page", study=key), 303)


@design.get("/<study>/design")
def design_page(study: str) -> ResponseReturnValue:
    """Show a draft: what can be changed, what is wrong with it, its versions."""
    return _page(draft_of(study))


@design.post("/<study>/design")
def change_facts(study: str) -> ResponseReturnValue:
    """Change title, brands and the last day in the draft's file."""
    draft = draft_of(study)
    checked = designs.check(draft)
    described = checked.asked.file if checked.asked else abort(CONFLICT)
    languages = described.languages
    values: dict[str, object] = {
        "title": _texts("title", languages, described.title),
        "brands": _brands(described.brands, languages),
    }
    if request.form.get("retention"):
        values["retention"] = request.form["retention"]
    return _save(draft, designs.changed(draft.study_text, values))


@design.post("/<study>/design/files")
def change_files(study: str) -> ResponseReturnValue:
    """Save the files as they were written or sent."""
    draft = draft_of(study)
    try:
        study_text = _sent("study_file") or request.form.get("study_text", "").replace("\r\n", "\n")
        typed = request.form.get("instrument_text", "").replace("\r\n", "\n")
        instrument_text = _sent("questionnaire_file") or typed
        _, study_text, _ = designs.adopted(study, study_text, "-")
        study_records, instrument_records = _records("study_records_file"), _records("instrument_records_file")
    except UnicodeDecodeError:
        return _page(draft, wrong={"study_file": "no_text"}), REFUSED
    except FileError as error:
        return _page(draft, found=error.problems, study_text=study_text, instrument_text=instrument_text), REFUSED
    known = replace(
        draft,
        study_records=study_records or draft.study_records,
        instrument_records=instrument_records or draft.instrument_records,
    )
    return _save(known, study_text, instrument_text)


@design.post("/<study>/design/publish")
def publish(study: str) -> ResponseReturnValue:
    """Make the next version of the study, which respondents see from now on."""
    draft = draft_of(study)
    checked = designs.check(draft)
    if checked.study is None:
        return _page(draft), REFUSED
    with console().store.transaction() as tx:
        if designs.signs_anew(tx, checked.study) and visitor().role != "administrator":
            abort(403)
        if designs.ends_sooner(tx, checked.study) and not may("share", study):
            abort(403)
        record = designs.publish(tx, draft, checked.study)
    note(f"version {record.version}")
    return redirect(url_for(".design_page", study=study, done="published"), 303)


@design.post("/<study>/design/simulate")
def simulate(study: str) -> ResponseReturnValue:
    """Ask for answers of invented respondents, marked as such wherever they go."""
    form = SimulateForm(request.form)
    with console().store.reading() as tx:
        there = studies.current(tx, study) or abort(404)
    if not form.validate():
        return _page(draft_of(study), wrong=problems(form)), REFUSED
    note(f"version {there[0]}: {form.respondents.data}")
    job = analyses.ask_simulated(console().store, study, form.respondents.data)
    return redirect(url_for("researcher.job_page", study=study, job_id=job.id), 303)


@design.get("/<study>/design/<which>.yaml")
def file(study: str, which: str) -> ResponseReturnValue:
    """Send one of the draft's two files, or what is known of the translations in it."""
    draft = draft_of(study)
    files = {
        "study": (designs.STUDY_NAME, draft.study_text),
        "questionnaire": (designs.INSTRUMENT_NAME, draft.instrument_text),
        "study-translations": ("{}.translation.yml", draft.study_records),
        "questionnaire-translations": ("{}.questionnaire.translation.yml", draft.instrument_records),
    }
    name, text = files.get(which, ("", ""))
    if not text:
        abort(404)
    response = Response(text, mimetype="text/yaml")
    response.headers.set("Content-Disposition", "attachment", filename=name.format(study))
    return response


@design.get("/<study>/design/preview")
def preview(study: str) -> ResponseReturnValue:
    """Show the questionnaire as on a phone and on a desk, page by page, in every language."""
    draft = draft_of(study)
    checked = designs.check(draft)
    study_now, left_out = _shown(draft)
    if study_now is None:
        return show("unreadable.html", "design", study=study, here="preview", found=checked.problems)
    number = request.args.get("person", 0, int) % 1000
    _, screens = designs.walk(study_now, number)
    languages = _spoken(study_now)
    wanted = (request.args.get("language", ""), page_interface().language)
    language = next((one for one in wanted if one in languages), languages[0])
    at = _screen_number([shown.screen.page for shown in screens])
    titles = [_title(shown.screen.title, language) for shown in screens]
    response = make_response(
        show(
            "preview.html",
            "design",
            study=study,
            title=study_now.file.title,
            titles=titles,
            at=at,
            found=_found_on(draft, checked.problems, screens[at - 1].screen.page) if checked.asked else None,
            broken=None if checked.asked else draft_findings.found(draft, checked.problems),
            left_out=left_out,
            person=number,
            fill="fill" in request.args,
            language=language,
            languages=languages,
        )
    )
    response.headers["Content-Security-Policy"] = WITH_FRAMES
    return response


@design.get("/<study>/design/preview/<int:at>")
def preview_page(study: str, at: int) -> ResponseReturnValue:
    """Draw one page of the draft as a respondent would see it; it can be sent nowhere."""
    study_now = _shown(draft_of(study))[0] or abort(404)
    interview, screens = designs.walk(study_now, request.args.get("person", 0, int) % 1000)
    if not 1 <= at <= len(screens):
        abort(404)
    languages = _spoken(study_now)
    language = request.args.get("language", "")
    interface = desk().interfaces[language if language in languages else languages[0]]
    shown = screens[at - 1]
    response = make_response(
        render_template(
            "respondent/page.html",
            **_frame(study, interview.instrument.title[interface.language], interface),
            page=page_of(shown.screen, interface, shown.answers if "fill" in request.args else {}),
            place=at - 1,
            expected=len(screens),
        )
    )
    response.headers["Content-Security-Policy"] = IN_OUR_FRAME
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _shown(draft: Design) -> tuple[Study | None, tuple[str, ...]]:
    """Return what can be shown of a draft, and what is left out of it: nothing where it is the last version instead."""
    if asked := designs.check(draft).asked:
        return asked, ()
    if sound := sound_parts(draft.study_text, draft.instrument_text):
        return sound.study, sound.left_out
    with console().store.reading() as tx:
        latest = studies.find(tx, draft.study)
    return (parse_study(latest.study_text, latest.instrument_text) if latest else None), ()


def _screen_number(pages: list[str]) -> int:
    """Return the screen that is asked for, by its number or as the first of a page; counted from 1."""
    wanted = request.args.get("to", "")
    if wanted in pages:
        return pages.index(wanted) + 1
    return min(max(request.args.get("page", 1, int), 1), len(pages))


def _found_on(draft: Design, problems: tuple[Problem, ...], page: str) -> AskedPage | None:
    """Return a page of the questionnaire with what was found on it; None where nothing was."""
    pages = draft_findings.found(draft, problems).pages
    return next((one for one in pages if one.name == page and one.n_found), None)


def _frame(study: str, title: str, interface: Interface) -> dict[str, object]:
    return {
        "study": study,
        "title": title,
        "t": interface.say,
        "interface": interface,
        "others": (),
        "simulated": False,
        "trial": True,
        "code": "",
        "page_key": "",
        "saved": False,
    }


def _spoken(study: Study) -> list[str]:
    """Return the languages that both the study and the frame around its questions speak."""
    return [language for language in study.file.languages if language in desk().interfaces] or ["en"]


def _title(title: Texts | None, language: str) -> str:
    return dict(title)[language] if title and language in title else "–"


def _begin(key: str, study_text: str, instrument_text: str) -> bool:
    """Store a new draft that belongs to its maker; False where the key is taken."""
    note(key)
    if key in designs.RESERVED:
        return False
    with console().store.transaction() as tx:
        if studies.current(tx, key) is not None:
            return False
        try:
            rows.create(tx, key, study_text, instrument_text, by=visitor().name, now=datetime.now(UTC))
        except DesignTakenError:
            return False
        accounts.give_right(tx, StudyRight(own_account().id, key, ANY_BRAND, "owner"))
    return True


def _sent(name: str) -> str:
    """Return the text of a file that was sent, "" where none was; raises UnicodeDecodeError where it is no text."""
    sent = request.files.get(name)
    return sent.read().decode("utf-8-sig") if sent and sent.filename else ""


def _records(name: str) -> str:
    """Return what is known of translations as it was sent, "" for nothing; raises FileError."""
    if text := _sent(name):
        records_in(text, "translations")
    return text


def _texts(field: str, languages: tuple[str, ...], before: Texts) -> dict[str, str]:
    known = {str(language): text for language, text in before.items()}
    return {
        language: " ".join(request.form.get(f"{field}_{language}", "").split()) or known.get(language, "")
        for language in languages
    }


def _brands(before: tuple[object, ...], languages: tuple[str, ...]) -> list[dict[str, object]]:
    """Return the brands as the form has them: those there with their names, without those taken out, and new ones."""
    kept = []
    for brand in before:
        key, name = brand.key, brand.name  # type: ignore[attr-defined]
        if not request.form.get(f"drop_{key}"):
            rest = brand.model_dump(mode="json", exclude_defaults=True, exclude={"key", "name"})  # type: ignore[attr-defined]
            kept.append({"key": key, "name": _texts(f"brand_{key}", languages, name), **rest})
    names = [" ".join(line.split()) for line in request.form.get("new_brands", "").splitlines() if line.strip()]
    taken = {str(brand["key"]) for brand in kept}
    for key, name in zip(designs.brand_keys(names), names, strict=True):
        free = key if key not in taken else f"{key}_{len(taken)}"
        taken.add(free)
        kept.append({"key": free, "name": dict.fromkeys(languages, name)})
    return kept


def _save(draft: Design, study_text: str, instrument_text: str | None = None) -> ResponseReturnValue:
    if request.form.get("revision") != str(draft.revision):
        return _page(draft, wrong={"revision": "conflict"}), CONFLICT
    try:
        changed = replace(draft, study_text=study_text, instrument_text=instrument_text or draft.instrument_text)
        designs.save(console().store, changed, by=visitor().name)
    except ConflictError:
        return _page(draft_of(draft.study), wrong={"revision": "conflict"}), CONFLICT
    return redirect(url_for(".design_page", study=draft.study, done="saved"), 303)


def _new_page(form: NewStudyForm, wrong: dict[str, str] | None = None, found: tuple[Problem, ...] = ()) -> str:
    return show("new.html", "design", form=form, problems=wrong or {}, found=found, offered=designs.questionnaires())


def _page(
    draft: Design,
    *,
    wrong: dict[str, str] | None = None,
    found: tuple[Problem, ...] = (),
    study_text: str | None = None,
    instrument_text: str | None = None,
) -> str:
    checked = designs.check(draft)
    with console().store.reading() as tx:
        latest = studies.find(tx, draft.study)
    # As a draft would begin from it: what was put there to begin is nobody's change.
    before = designs.adopted(draft.study, latest.study_text, latest.instrument_text)[1:] if latest else ("", "")
    return show(
        "design.html",
        "design",
        study=draft.study,
        title=checked.asked.file.title if checked.asked else None,
        draft=draft,
        described=checked.asked.file if checked.asked else None,
        publishable=checked.study is not None,
        found=draft_findings.found(draft, found or checked.problems),
        latest=latest,
        differences=_differences(before[0], draft.study_text) if latest else (),
        unpublished=before != (draft.study_text, draft.instrument_text),
        study_text=study_text or draft.study_text,
        instrument_text=instrument_text or draft.instrument_text,
        problems=wrong or {},
        done=request.args.get("done", ""),
        simulate_form=SimulateForm(),
    )


def _differences(before: str, after: str) -> tuple[str, ...]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
    return tuple(line for line in lines if not line.startswith(("---", "+++")))
