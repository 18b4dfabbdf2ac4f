"""The library's modules as people choose among them: what they ask and how long it takes; changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from instruments.length import estimate_minutes
from instruments.model import Instrument, Item, Language, Matrix, Module, Page, Texts
from instruments.modules import FOLDER, load_module, module_names

MOST_ROWS = 10
"""Statements and questions that a page written here holds."""
_LONGEST_NAME = 32
_BRAND = "${brand}"
_AGREE = {
    "en": "How far do you agree with these statements?",
    "zh": "您在多大程度上同意以下说法？",
    "de": "Wie sehr stimmen Sie diesen Aussagen zu?",
    "es": "¿Hasta qué punto está de acuerdo con estas afirmaciones?",
}
# What stands above statements of response formats in which nobody agrees or disagrees.
_ABOVE = {
    "trait_fit5": {
        "en": "How well do these words describe ${brand}?",
        "zh": "以下词语在多大程度上符合${brand}？",
        "de": "Wie gut beschreiben diese Wörter ${brand}?",
        "es": "¿En qué medida describen estas palabras a ${brand}?",
    },
    "attach_applies11": {
        "en": "How far does this apply to you?",
        "zh": "以下说法在多大程度上符合您的情况？",
        "de": "Wie sehr trifft das auf Sie zu?",
        "es": "¿En qué medida se aplica esto a usted?",
    },
    "touch_rating5": {
        "en": "How did each of these go with ${brand}?",
        "zh": "您与${brand}打交道时，以下各环节的感受如何？",
        "de": "Wie lief das jeweils bei ${brand}?",
        "es": "¿Cómo le fue con ${brand} en cada uno de estos pasos?",
    },
}
# The title of a module would tell respondents what is being measured.
_TITLES = {
    True: {"en": "You and ${brand}", "zh": "您与${brand}", "de": "Sie und ${brand}", "es": "Usted y ${brand}"},
    False: {
        "en": "A few more questions",
        "zh": "还有几个问题",
        "de": "Noch einige Fragen",
        "es": "Algunas preguntas más",
    },
}


@dataclass(frozen=True)
class ShelfModule:
    """One construct family of the library; `minutes` are estimates for asking all of it once, by language."""

    name: str
    title: Texts
    description: Texts
    source: str
    parts: tuple[Texts, ...]
    languages: tuple[Language, ...]
    drafts: tuple[Language, ...]
    scales: Mapping[str, int]
    items: tuple[str, ...]
    about_brand: bool
    minutes: Mapping[str, float]

    @property
    def n_items(self) -> int:
        """How many statements and questions it holds."""
        return sum(self.scales.values()) + len(self.items)


@lru_cache(maxsize=1)
def shelf() -> Mapping[str, ShelfModule]:
    """Return the modules that ask something, by name; those that only share response formats are not chosen."""
    return {name: _on_shelf(name) for name in module_names() if _module(name).scales or _module(name).items}


def written_pages(name: str, languages: Sequence[str], taken: set[str]) -> list[str]:
    """Return the pages that ask all of a module, each as lines of YAML without indentation; `taken` grows by them."""
    module, about_brand = _module(name), shelf()[name].about_brand
    pages = []
    for units in _filled(module):
        key = _free(name, taken)
        taken.add(key)
        title = _spoken(_TITLES[about_brand], languages)
        lines = [f"- page: {key}", f"  title: {title}", "  questions:"]
        lines += [f"    {line}" for unit in units for line in _question(module, unit, languages)]
        pages.append("\n".join(lines))
    return pages


def _free(name: str, taken: set[str]) -> str:
    """A name for a page that no other has."""
    names = (name if n == 1 else f"{name[: _LONGEST_NAME - 4]}_{n}" for n in range(1, 1000))
    return next(key for key in names if key not in taken)


def _filled(module: Module) -> Iterator[list[Item | list[str]]]:
    """Single questions, then the scales in matrices, as many on a page as one reads at once."""
    page: list[Item | list[str]] = []
    rows = 0
    units: list[Item | list[str]] = [*module.items, *_matrices(module)]
    for unit in units:
        more = 1 if isinstance(unit, Item) else sum(len(module.scales[key].items) for key in unit)
        if page and rows + more > MOST_ROWS:
            yield page
            page, rows = [], 0
        page, rows = [*page, unit], rows + more
    yield page


def _matrices(module: Module) -> Iterator[list[str]]:
    """Scales that stand below one question: of one response format, with nothing of their own to say."""
    keys: list[str] = []
    for key, scale in module.scales.items():
        rows = sum(len(module.scales[one].items) for one in (*keys, key))
        first = module.scales[keys[0]] if keys else scale
        plain = not (scale.question or scale.relevant or first.question or first.relevant)
        if keys and (scale.list != first.list or not plain or rows > MOST_ROWS):
            yield keys
            keys = []
        keys = [*keys, key]
    if keys:
        yield keys


def _question(module: Module, unit: Item | list[str], languages: Sequence[str]) -> list[str]:
    if isinstance(unit, Item):
        return [f"- {{use: {unit.name}}}"]
    first = module.scales[unit[0]]
    lines = ["- type: matrix", f"  scales: [{', '.join(unit)}]"]
    return lines if first.question else [*lines, f"  label: {_spoken(_ABOVE.get(first.list, _AGREE), languages)}"]


def _spoken(texts: Mapping[str, str], languages: Sequence[str]) -> str:
    said = {language: texts[language] for language in languages if language in texts}
    return "{" + ", ".join(f"{key}: {json.dumps(text, ensure_ascii=False)}" for key, text in said.items()) + "}"


@lru_cache(maxsize=64)
def _module(name: str) -> Module:
    return load_module(FOLDER / f"{name}.yaml")


def _on_shelf(name: str) -> ShelfModule:
    module = _module(name)
    return ShelfModule(
        name=name,
        title=module.title,
        description=module.description,
        source=module.source,
        parts=tuple(scale.label for scale in module.scales.values()),
        languages=module.languages,
        drafts=module.drafts,
        scales={key: len(scale.items) for key, scale in module.scales.items()},
        items=tuple(item.name for item in module.items),
        about_brand=_names_brand(module),
        minutes={language: estimate_minutes(_alone(module), language)[0] for language in module.languages},
    )


def _names_brand(module: Module) -> bool:
    labels = [item.label for item in module.items]
    labels += [item.label for scale in module.scales.values() for item in scale.items]
    above = [text for scale in module.scales.values() for text in _ABOVE.get(scale.list, {}).values()]
    return any(_BRAND in text for text in (*above, *(text for label in labels for text in label.values())))


def _alone(module: Module) -> Instrument:
    """A module as a questionnaire that asks all of it once; enough of one to be read, not to be answered."""
    matrices = [
        Matrix.model_construct(type="matrix", scales=(key,), label=scale.question or scale.label)
        for key, scale in module.scales.items()
    ]
    page = Page.model_construct(page=module.module, title=module.title, questions=(*module.items, *matrices))
    return Instrument.model_construct(
        languages=module.languages, lists=module.lists, scales=module.scales, pages=(page,)
    )
