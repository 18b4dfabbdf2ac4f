"""Everything that a questionnaire's answer table holds, as values: variables, labels, categories, missing codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from instruments.catalogue import Catalogue, load_catalogue
from instruments.measures import MISSING_CODES
from instruments.model import Choice, Instrument, Item, Texts
from instruments.sheets import Binder
from instruments.study_file import Brand
from instruments.variables import Variable, describe

MISSING_LABELS: dict[int, Texts] = {
    -99: {
        "en": "Seen, not answered",
        "zh": "看到但未回答",
        "de": "Gesehen, nicht beantwortet",
        "es": "Vista, sin respuesta",
    },
    -98: {"en": "Does not know", "zh": "不知道", "de": "Weiß nicht", "es": "No sabe"},
    -97: {"en": "Prefers not to say", "zh": "不愿回答", "de": "Möchte nicht sagen", "es": "Prefiere no decirlo"},
    -96: {"en": "Does not apply", "zh": "不适用", "de": "Trifft nicht zu", "es": "No procede"},
    -95: {
        "en": "Not shown by routing",
        "zh": "按跳转未显示",
        "de": "Durch Filter nicht gezeigt",
        "es": "No mostrada por filtro",
    },
    -94: {"en": "Not reached", "zh": "未到达", "de": "Nicht erreicht", "es": "No alcanzada"},
    -93: {
        "en": "Not in this person's random subset",
        "zh": "不在此人的随机子集中",
        "de": "Nicht in der Zufallsauswahl dieser Person",
        "es": "No estaba en la selección aleatoria de esta persona",
    },
}
"""What the codes of missing answers mean."""


_AGREED = Choice(code=1, label={"en": "Agreed", "zh": "同意", "de": "Zugestimmt", "es": "De acuerdo"})


@dataclass(frozen=True)
class Entry:
    """One column of the answer table.

    Parameters
    ----------
    name : str
        The column.
    level : str
        ``person`` or ``rating``.
    kind : str
        ``nominal``, ``ordinal``, ``number``, ``text`` or ``date``.
    label : Texts
        What it is called.
    question : Texts
        The question's text where that is another.
    group : str
        The page it is asked on.
    categories : tuple of Choice
        Its codes, those of missing answers left out.
    missing : tuple of int
        The missing codes it may have.
    range : tuple of int or None
        Lowest and highest number, None where there is no bound.
    scale : str
        The scale it belongs to, "" for none.
    reversed : bool
        Whether a high answer means little of what the scale measures.
    """

    name: str
    level: str
    kind: str
    label: Texts
    question: Texts
    group: str
    categories: tuple[Choice, ...] = ()
    missing: tuple[int, ...] = MISSING_CODES
    range: tuple[int | None, int | None] = (None, None)
    scale: str = ""
    reversed: bool = False


@dataclass(frozen=True)
class Codebook:
    """A questionnaire's answer table, described.

    Parameters
    ----------
    instrument : Instrument
        The questionnaire.
    title : Texts
        Of the study, or of the questionnaire where there is none.
    entries : tuple of Entry
        In the order of the questionnaire.
    brands : tuple of Brand
        What the column `brand` may hold.
    """

    instrument: Instrument
    title: Texts
    entries: tuple[Entry, ...]
    brands: tuple[Brand, ...] = ()


def make_codebook(
    instrument: Instrument,
    brands: Sequence[Brand] = (),
    title: Texts | None = None,
    catalogue: Catalogue | None = None,
) -> Codebook:
    """Describe a questionnaire's answer table.

    Parameters
    ----------
    instrument : Instrument
        A checked questionnaire.
    brands : sequence of Brand, optional
        Those of a study.
    title : Texts, optional
        Of a study.
    catalogue : Catalogue, optional
        That of the toolkit unless given.

    Returns
    -------
    Codebook
    """
    binder = Binder(instrument, brands, catalogue or load_catalogue())
    entries = tuple(_entries(binder))
    return Codebook(instrument, title or instrument.title, entries, tuple(brands))


def _entries(binder: Binder) -> Iterator[Entry]:
    items = {item.name: item for item in binder.instrument.items()}
    pages = {name: page.page for page in binder.instrument.all_pages() for name in _asked_on(binder, page.page)}
    for variable in describe(binder):
        item = items.get(variable.name) or next(
            (i for n, i in items.items() if variable.name.startswith(f"{n}_")), None
        )
        group = pages.get(item.name if item else variable.name, "")
        if variable.type == "select_multiple":
            yield from _parts(variable, group)
        else:
            yield _entry(binder, variable, item, group)


def _asked_on(binder: Binder, page: str) -> Iterator[str]:
    for question in next(p for p in binder.instrument.all_pages() if p.page == page).questions:
        if isinstance(question, Item):
            yield question.name
        else:
            yield from (item.name for key in question.scales for item in binder.instrument.scales[key].items)
            battery = binder.instrument.rules
            prefix = "imp_" if question.rules == "importance" else "exp_"
            yield from (prefix + rule.name for rule in (battery.rules if battery and question.rules else ()))


def _parts(variable: Variable, group: str) -> Iterator[Entry]:
    """A multiple answer is a column of 0 and 1 for each choice."""
    yes_no = (
        Choice(code=0, label={"en": "Not picked", "zh": "未选", "de": "Nicht gewählt", "es": "No elegida"}),
        Choice(code=1, label={"en": "Picked", "zh": "已选", "de": "Gewählt", "es": "Elegida"}),
    )
    for choice in variable.choices:
        if not choice.missing:
            name = f"{variable.name}_{choice.code}"
            yield Entry(name, variable.level, "nominal", choice.label, variable.label, group, yes_no)


def _entry(binder: Binder, variable: Variable, item: Item | None, group: str) -> Entry:
    scale = next(
        ((key, row) for key, s in binder.instrument.scales.items() for row in s.items if row.name == variable.name),
        None,
    )
    categories = tuple(choice for choice in variable.choices if not choice.missing)
    categories = (_AGREED,) if variable.type == "consent" else categories
    kind, bounds = _kind(variable, item, categories)
    return Entry(
        name=variable.name,
        level=variable.level,
        kind=kind,
        label=variable.label,
        question=variable.label,
        group=group,
        categories=categories if kind in ("nominal", "ordinal") else (),
        range=bounds,
        scale=scale[0] if scale else "",
        reversed=scale[1].reversed if scale else False,
    )


def _kind(
    variable: Variable, item: Item | None, categories: Sequence[Choice]
) -> tuple[str, tuple[int | None, int | None]]:
    """How an answer is measured, and its bounds."""
    if variable.type in ("integer", "decimal", "range"):
        return "number", (item.min, item.max) if item else (None, None)
    if variable.type == "rank":
        return "number", (1, item.max if item else None)
    if variable.type == "constant_sum":
        return "number", (0, item.total if item else None)
    if variable.type in ("text", "date"):
        return variable.type, (None, None)
    numbers = all(isinstance(choice.code, int) for choice in categories)
    return "ordinal" if numbers and variable.kind in ("scale", "importance") else "nominal", (None, None)
