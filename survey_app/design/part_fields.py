"""Quotas, sources and brands of a study as fields of forms, and what fields say as parts of a study; pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from instruments.consistency.outline import Cursor
from instruments.model import Texts
from survey_app.design.designs import KEY, brand_keys

Fields = Mapping[str, str]
EXITS = ("complete", "screened_out", "quota_full", "quality")
SIGNATURE = ("kind", "parameter", "of", "secret")
MOST_CELLS = 200
SPARE_CELLS = 2
_SPAN = re.compile(r"(-?\d{1,9})\s*(?:-|–|\.\.)\s*(-?\d{1,9})")
_WHOLE = re.compile(r"-?\d{1,9}")
_COUNT = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class Variable:
    """What a quota may be by: a question with its codes and what they are called; a number where there are none."""

    name: str
    label: Texts | None = None
    codes: Mapping[str, tuple[object, Texts | None]] = field(default_factory=dict)

    def value(self, text: str) -> object:
        """Return what a text in a form stands for: a code, a whole number or a class as 18-34; the text otherwise."""
        if text in self.codes:
            return self.codes[text][0]
        if span := _SPAN.fullmatch(text):
            return [int(span[1]), int(span[2])]
        return int(text) if _WHOLE.fullmatch(text) else text


@dataclass(frozen=True)
class Sent:
    """A part of a study as a form has it, and what is wrong by field; `rows` are the fields of a quota's cells."""

    value: dict[str, Any]
    wrong: dict[str, str]
    rows: tuple[int, ...] = ()


def quota_fields(quota: Cursor) -> dict[str, str]:
    """Return a quota of the file as a form shows it."""
    fields = {"key": quota["key"].text, "margin": _shown(quota["margin"].value)}
    for row, cell in enumerate(quota["cells"].elements()):
        fields[f"cell_{row}_limit"] = _shown(cell["limit"].value)
        fields |= {f"cell_{row}_is_{name}": _shown(value.value) for name, value in cell["is"].entries()}
    return fields


def _shown(value: object) -> str:
    if isinstance(value, list):
        return "-".join(_shown(one) for one in value)
    return "" if value is None else str(value)


def quota_sent(form: Fields, by: Sequence[str], known: Mapping[str, Variable]) -> Sent:
    """Read a quota that was changed in its form: cells left empty are not there."""
    cells, wrong, rows = [], {}, []
    for row in range(MOST_CELLS + SPARE_CELLS):
        texts = {name: form.get(f"cell_{row}_is_{name}", "").strip() for name in by}
        limit = form.get(f"cell_{row}_limit", "").strip()
        if form.get(f"cell_{row}_drop") or not (limit or any(texts.values())):
            continue
        if not _COUNT.fullmatch(limit):
            wrong[f"cell_{row}_limit"] = "whole"
        wrong |= {f"cell_{row}_is_{name}": "required" for name, text in texts.items() if not text}
        values = {name: known.get(name, Variable(name)).value(text) for name, text in texts.items()}
        cells.append({"is": values, "limit": int(limit) if _COUNT.fullmatch(limit) else limit})
        rows.append(row)
    value, more = _quota(form, list(by), cells)
    return Sent(value, wrong | more, tuple(rows))


def quota_crossed(form: Fields, by: Sequence[str], known: Mapping[str, Variable]) -> Sent:
    """Read a new quota: every class of each variable with every class of the others, each with the same limit."""
    wrong = {} if by else {"by": "required"}
    classes: list[list[object]] = []
    for name in by:
        of_form = [text.strip() for text in form.get(f"classes_{name}", "").split(",") if text.strip()]
        found = of_form or list(known[name].codes)
        if not found:
            wrong[f"classes_{name}"] = "required"
        classes.append([known[name].value(text) for text in found])
    limit = form.get("limit", "").strip()
    if not _COUNT.fullmatch(limit):
        wrong["limit"] = "whole"
    crossed = [dict(zip(by, values, strict=True)) for values in itertools.islice(itertools.product(*classes), 1001)]
    if len(crossed) > MOST_CELLS:
        wrong["by"] = "many_cells"
    value, more = _quota(
        form, list(by), [{"is": is_, "limit": int(limit or 0)} for is_ in crossed] if not wrong else []
    )
    return Sent(value, wrong | {name: said for name, said in more.items() if name != "cells"})


def _quota(form: Fields, by: list[str], cells: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, str]]:
    margin = form.get("margin", "").strip()
    wrong = {} if _COUNT.fullmatch(margin) or not margin else {"margin": "whole"}
    if not form.get("key", "").strip():
        wrong["key"] = "required"
    if not cells:
        wrong["cells"] = "no_cells"
    own = {"margin": int(margin)} if _COUNT.fullmatch(margin) and int(margin) else {}
    return {"key": form.get("key", "").strip(), "by": by, **own, "cells": cells}, wrong


def source_fields(name: str, source: Cursor) -> dict[str, str]:
    """Return a source of the file as a form shows it."""
    fields = {f"label_{language}": text.text for language, text in source["label"].entries()}
    fields |= {key: _shown(source[key].value) for key in ("kind", "id", "callback", "limit")}
    fields |= {f"exits_{key}": source["exits"][key].text for key in EXITS}
    fields |= {f"signature_{key}": source["signature"][key].text for key in SIGNATURE}
    return {**fields, "name": name, "keep": ", ".join(one.text for one in source["keep"].elements())}


def source_sent(form: Fields, spoken: Sequence[str]) -> Sent:
    """Read a source from its form; what is left empty is not there."""
    told = {key: form.get(key, "").strip() for key in ("name", "kind", "id", "callback", "limit")}
    labels = {language: " ".join(form.get(f"label_{language}", "").split()) for language in spoken}
    exits = {key: form.get(f"exits_{key}", "").strip() for key in EXITS}
    signature = {key: form.get(f"signature_{key}", "").strip() for key in SIGNATURE}
    wrong = {f"label_{language}": "required" for language, label in labels.items() if not label}
    if not told["name"]:
        wrong["name"] = "required"
    elif not KEY.fullmatch(told["name"]):
        wrong["name"] = "key"
    if told["limit"] and not _COUNT.fullmatch(told["limit"]):
        wrong["limit"] = "whole"
    if signature["kind"]:
        wrong |= {f"signature_{key}": "required" for key in ("parameter", "secret") if not signature[key]}
    value: dict[str, Any] = {"label": labels, "kind": told["kind"], "id": told["id"]}
    value |= {"keep": [one.strip() for one in form.get("keep", "").split(",") if one.strip()]}
    value |= {"exits": _filled(exits), "callback": told["callback"]}
    value |= {"signature": _filled(signature) if signature["kind"] else {}}
    value |= {"limit": int(told["limit"])} if _COUNT.fullmatch(told["limit"]) else {}
    return Sent(_filled(value), wrong)


def brand_fields(brand: Cursor) -> dict[str, str]:
    """Return a brand of the file as a form shows it."""
    fields = {f"name_{language}": text.text for language, text in brand["name"].entries()}
    fields |= {key: _shown(brand[key].value) for key in ("key", "industry", "entity", "boost")}
    return {**fields, "countries": ", ".join(one.text for one in brand["countries"].elements())}


def brand_sent(form: Fields, spoken: Sequence[str], before: Mapping[str, Any]) -> Sent:
    """Read a brand from its form; what the form does not ask for stays as it was."""
    names = {language: " ".join(form.get(f"name_{language}", "").split()) for language in spoken}
    wrong = {f"name_{language}": "required" for language, name in names.items() if not name}
    told = {key: form.get(key, "").strip() for key in ("industry", "entity", "boost")}
    # Answers are stored under the key, so that of a brand that is there stays.
    key = str(before.get("key") or form.get("key", "").strip() or brand_keys([names.get("en", "")])[0])
    boost = re.fullmatch(r"\d{1,3}(?:\.\d{1,3})?", told["boost"])
    if told["boost"] and not boost:
        wrong["boost"] = "decimal"
    rest = {name: value for name, value in before.items() if name not in ("key", "name", *told, "countries")}
    countries = [one.strip() for one in form.get("countries", "").split(",") if one.strip()]
    value = {"key": key, "name": names, "industry": told["industry"], "entity": told["entity"], "countries": countries}
    return Sent(_filled({**value, **({"boost": float(boost[0])} if boost else {}), **rest}), wrong)


def _filled(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: inner for key, inner in value.items() if inner not in ("", {}, [])}
