"""The page on which a study's texts are written and translated side by side, each saved for itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, cast, get_args

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from instruments.translation.texts import PLACEHOLDER
from instruments.yaml_file import FileError
from survey_app.design import designs, draft_texts
from survey_app.design.designs import ConflictError
from survey_app.design.draft_texts import DraftText, Given, Rewording, ReworkError
from survey_app.store.designs import Design
from survey_app.views.drafts import draft_of
from survey_app.views.visitors import console, note, page_interface, show, visitor

BAD, CONFLICT, REFUSED = 400, 409, 422
ON_A_PAGE = 40
TRIES = 5
STANDINGS = ("missing", "stale", "draft", "reviewed", "adjudicated")
PARTS = ("study", "brands", "sources", "consent", "about", "pages", "scales", "rules", "lists", "outcomes")

texts = Blueprint("texts", __name__, url_prefix="/studies/<study>/design/texts")


@dataclass(frozen=True)
class Filter:
    """Which texts are asked for; "" for all."""

    language: str = ""
    show: str = ""
    part: str = ""
    module: str = ""
    search: str = ""

    @classmethod
    def of_request(cls) -> Filter:
        """Read the filter from the address, where the forms of the page keep it as well."""
        return cls(**{name: request.args.get(name, "")[:100] for name in cls.__dataclass_fields__})

    def takes(self, text: DraftText) -> bool:
        """Whether a text is asked for."""
        words = f"{text.source}\n{text.target}\n{text.place}".casefold()
        return (
            self.show in ("", text.standing)
            and self.part in ("", text.part)
            and self.module in ("", text.module)
            and self.search.strip().casefold() in words
        )

    @property
    def address(self) -> dict[str, Any]:
        """What of it stands in an address."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Outcome:
    """What became of the text that was sent: saved where there is no reason; what was typed is not lost."""

    id: str = ""
    reason: str = ""
    found: tuple[str, ...] = ()
    typed: str = ""


@texts.get("")
def texts_page(study: str) -> ResponseReturnValue:
    """Show texts in their source and one more language, as the filter asks for them."""
    return _page(draft_of(study), Outcome())


@texts.post("")
def save_text(study: str) -> ResponseReturnValue:
    """Save one text in the file it stands in; a script gets that text alone, everybody else the page."""
    wish = _wish()
    note(f"{wish.kind} {wish.place} {wish.language} {wish.status}".strip()[:200])
    try:
        _save(study, wish)
    except ReworkError as error:
        status = CONFLICT if error.reason == "conflict" else REFUSED
        outcome = Outcome(wish.id, error.reason, error.found, wish.text)
        draw: Callable[[Design, Outcome], str | Response] = _row if _by_script() else _page
        return draw(draft_of(study), outcome), status
    if _by_script():
        return _row(draft_of(study), Outcome(wish.id))
    address = url_for(".texts_page", study=study, **Filter.of_request().address, saved=1)
    return redirect(f"{address}#{wish.id}", 303)


@texts.post("/modules")
def write_out_modules(study: str) -> ResponseReturnValue:
    """Put what the questionnaire asks of the library's modules into the questionnaire itself."""
    changed = draft_texts.with_modules_written_out(draft_of(study))
    try:
        designs.save(console().store, changed, by=visitor().name)
    except ConflictError:
        return _page(draft_of(study), Outcome(reason="conflict")), CONFLICT
    return redirect(url_for(".texts_page", study=study, **Filter.of_request().address), 303)


@texts.post("/languages")
def add_language(study: str) -> ResponseReturnValue:
    """Put the study into one more language: its texts are then missing, and are written here."""
    language = request.form.get("add", "")
    draft = draft_of(study)
    try:
        changed = draft_texts.with_language(draft, language) if language in designs.LANGUAGES else abort(BAD)
        designs.save(console().store, changed, by=visitor().name)
    except (FileError, ConflictError):
        return _page(draft_of(study), Outcome(reason="conflict")), CONFLICT
    note(language)
    return redirect(url_for(".texts_page", study=study, language=language, show="missing"), 303)


def _wish() -> Rewording:
    status = request.form.get("status", "")
    return Rewording(
        kind=request.form.get("kind", ""),
        place=request.form.get("place", ""),
        language=request.form.get("language", ""),
        text=request.form.get("text", ""),
        status=cast("Given", status) if status in get_args(Given) else "",
        seen=request.form.get("seen", ""),
    )


def _save(study: str, wish: Rewording) -> None:
    """Save a text; that others save elsewhere in the draft meanwhile is no reason to refuse it."""
    for _ in range(TRIES):
        changed = draft_texts.reworded(draft_of(study), wish, visitor().name)
        try:
            designs.save(console().store, changed, by=visitor().name)
        except ConflictError:
            continue
        return
    raise ReworkError("conflict")


def _by_script() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _row(draft: Design, outcome: Outcome) -> Response:
    """Draw the one text that was sent, and the counts above."""
    wanted = Filter.of_request()
    language = request.form.get("language", "")
    found = draft_texts.texts_of_draft(draft, language)
    values = {"t": page_interface().say, "interface": page_interface(), "outcome": outcome, **_told(draft, wanted)}
    rows = [text for text in found if text.id == outcome.id]
    drawn = [render_template("design/text.html", text=text, language=language, **values) for text in rows]
    counts = render_template("design/text_counts.html", **values, **_counted(found))
    return jsonify(row="".join(drawn), counts=counts)


def _page(draft: Design, outcome: Outcome) -> str:
    wanted = Filter.of_request()
    try:
        languages = draft_texts.languages_of(draft)
        language = wanted.language if wanted.language in languages else languages[min(1, len(languages) - 1)]
        found = draft_texts.texts_of_draft(draft, language)
    except FileError as error:
        return show("unreadable.html", "design", study=draft.study, found=error.problems)
    taken = [text for text in found if wanted.takes(text) or text.id == outcome.id]
    sent = next((at for at, text in enumerate(taken) if text.id == outcome.id), None)
    asked = max(1, request.args.get("page", 1, int)) if sent is None else sent // ON_A_PAGE + 1
    n_pages = max(1, -(-len(taken) // ON_A_PAGE))
    at = min(asked, n_pages)
    return show(
        "texts.html",
        "design",
        title=draft_texts.title_of(draft),
        texts=taken[(at - 1) * ON_A_PAGE : at * ON_A_PAGE],
        n_taken=len(taken),
        at=at,
        n_pages=n_pages,
        languages=languages,
        others=[one for one in designs.LANGUAGES if one not in languages],
        language=language,
        sections=[part for part in PARTS if any(text.part == part for text in found)],
        modules=sorted({text.module for text in found if text.module}),
        n_included=sum(not text.editable for text in found),
        outcome=outcome,
        **_counted(found),
        **_told(draft, wanted),
    )


def _told(draft: Design, wanted: Filter) -> dict[str, object]:
    return {"study": draft.study, "marked": marked, "wanted": wanted, "address": wanted.address}


def _counted(found: tuple[DraftText, ...]) -> dict[str, object]:
    return {"counts": draft_texts.standings(found), "standings": STANDINGS, "n_texts": len(found)}


def marked(text: str) -> Markup:
    """Return a text for a page, its placeholders standing out."""
    parts, at = [], 0
    for found in PLACEHOLDER.finditer(text):
        parts += [escape(text[at : found.start()]), Markup("<mark>{}</mark>").format(found.group())]
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])
