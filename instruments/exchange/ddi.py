"""A codebook as DDI-Codebook 2.5, the XML that data archives take in; reads none."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from instruments.exchange.codebook import MISSING_LABELS, Codebook, Entry
from instruments.exchange.opening import printable
from instruments.loader import digest
from instruments.model import Texts

_NAMESPACE = "ddi:codebook:2_5"
_SCHEMA = "ddi:codebook:2_5 https://ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd"
_PLACE = "${brand}"
_LANGUAGE = "xml:lang"
_FORMATS = {"text": "character", "date": "character"}


def write_ddi(codebook: Codebook) -> bytes:
    """Write a codebook as DDI-Codebook 2.5.

    Parameters
    ----------
    codebook : Codebook

    Returns
    -------
    bytes
        UTF-8 XML: study description, then a variable for each column with its labels, question texts in every language,
        categories and missing codes.
    """
    first = codebook.instrument.languages[0]
    root = Element("codeBook", {
        "xmlns": _NAMESPACE,
        "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
        "xsi:schemaLocation": _SCHEMA,
        "version": "2.5",
        _LANGUAGE: _tag(first),
    })  # fmt: skip
    _study(root, codebook)
    _file(root, codebook)
    _data(root, codebook)
    indent(root, " ")
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _study(root: Element, codebook: Codebook) -> None:
    instrument = codebook.instrument
    study = SubElement(root, "stdyDscr")
    citation = SubElement(study, "citation")
    titles = SubElement(citation, "titlStmt")
    first, *others = _in_languages(codebook.title)
    _text(titles, "titl", *first)
    for told in others:
        _text(titles, "parTitl", *told)
    _text(titles, "IDNo", f"{instrument.instrument} {instrument.version} {digest(instrument)[:12]}")
    versions = SubElement(citation, "verStmt")
    _text(versions, "version", str(instrument.version))
    info = SubElement(study, "stdyInfo")
    for told in _in_languages(instrument.description):
        _text(info, "abstract", *told)
    summary = SubElement(info, "sumDscr")
    _text(summary, "anlyUnit", "Person; rating of a brand by a person")
    _text(summary, "dataKind", "Survey data")
    method = SubElement(SubElement(study, "method"), "dataColl")
    _text(method, "collMode", "Self-administered questionnaire: web-based")
    _text(method, "resInstru", instrument.source)
    access = SubElement(SubElement(study, "dataAccs"), "useStmt")
    _text(access, "conditions", f"Questionnaire: {instrument.licence}")


def _file(root: Element, codebook: Codebook) -> None:
    text = SubElement(SubElement(root, "fileDscr", ID="F1"), "fileTxt")
    _text(text, "fileName", f"{codebook.instrument.instrument}.csv")
    dimensions = SubElement(text, "dimensns")
    _text(dimensions, "varQnty", str(len(codebook.entries)))
    _text(text, "fileType", "Comma-separated values, one row for each rating of a brand")


def _data(root: Element, codebook: Codebook) -> None:
    data = SubElement(root, "dataDscr")
    identifiers = {entry.name: f"V{at}" for at, entry in enumerate(codebook.entries, start=1)}
    for at, (group, entries) in enumerate(_grouped(codebook), start=1):
        there = " ".join(identifiers[entry.name] for entry in entries)
        part = SubElement(data, "varGrp", ID=f"G{at}", name=group, type="section", var=there)
        titles = next((page.title for page in codebook.instrument.all_pages() if page.page == group), {})
        for told in _in_languages(titles):
            _text(part, "labl", *told)
    for entry in codebook.entries:
        _variable(data, identifiers[entry.name], entry)


def _grouped(codebook: Codebook) -> Iterator[tuple[str, list[Entry]]]:
    """Variables by the page that asks for them."""
    groups: dict[str, list[Entry]] = {}
    for entry in codebook.entries:
        groups.setdefault(entry.group or "other", []).append(entry)
    yield from groups.items()


def _variable(data: Element, identifier: str, entry: Entry) -> None:
    nature = {"nominal": "nominal", "ordinal": "ordinal", "number": "ratio"}.get(entry.kind, "other")
    variable = SubElement(data, "var", {"ID": identifier, "name": entry.name, "files": "F1", "nature": nature})
    for told in _in_languages(entry.label):
        _text(variable, "labl", *told)
    question = SubElement(variable, "qstn")
    for text, language in _in_languages(entry.question):
        _text(question, "qstnLit", text, language)
    _valid(variable, entry)
    for category in entry.categories:
        _category(variable, str(category.code), category.label, missing=False)
    for code in entry.missing:
        _category(variable, str(code), MISSING_LABELS[code], missing=True)
    SubElement(variable, "varFormat", type=_FORMATS.get(entry.kind, "numeric" if _is_numeric(entry) else "character"))
    if entry.scale:
        how = " (reversed)" if entry.reversed else ""
        SubElement(variable, "notes", type="scale").text = f"{entry.scale}{how}"


def _is_numeric(entry: Entry) -> bool:
    return all(isinstance(category.code, int) for category in entry.categories)


def _valid(variable: Element, entry: Entry) -> None:
    """The range of numbers and the codes that mean missing."""
    low, high = entry.range
    if low is not None or high is not None:
        bounds = {key: str(value) for key, value in (("min", low), ("max", high)) if value is not None}
        SubElement(SubElement(variable, "valrng"), "range", bounds)
    SubElement(SubElement(variable, "invalrng"), "range", min=str(min(entry.missing)), max=str(max(entry.missing)))


def _category(variable: Element, code: str, label: Texts, *, missing: bool) -> None:
    category = SubElement(variable, "catgry", missing="Y") if missing else SubElement(variable, "catgry")
    _text(category, "catValu", code)
    for told in _in_languages(label):
        _text(category, "labl", *told)


def _in_languages(texts: Texts) -> Iterator[tuple[str, str]]:
    yield from ((text.replace(_PLACE, "[brand]"), language) for language, text in texts.items())


def _tag(language: str) -> str:
    return {"zh": "zh-Hans"}.get(language, language)


def _text(parent: Element, tag: str, text: str, language: str = "") -> None:
    element = SubElement(parent, tag, {_LANGUAGE: _tag(language)} if language else {})
    element.text = printable(" ".join(text.split()))
