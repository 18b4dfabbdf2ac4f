"""The vocabulary of XLSForm: its headings and types in all their spellings; reads no files."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADINGS = {
    "list name": "list_name",
    "listname": "list_name",
    "list": "list_name",
    "value": "name",
    "caption": "label",
    "relevance": "relevant",
    "calculate": "calculation",
    "bind::relevant": "relevant",
    "bind:relevant": "relevant",
    "bind:constraint": "constraint",
    "bind:required": "required",
    "bind:calculate": "calculation",
    "bind:readonly": "read_only",
    "bind::constraint": "constraint",
    "bind::calculate": "calculation",
    "bind::required": "required",
    "bind::readonly": "read_only",
    "read only": "read_only",
    "readonly": "read_only",
    "control::appearance": "appearance",
    "body::appearance": "appearance",
    "bind::jr:constraintmsg": "constraint_message",
    "bind::jr:requiredmsg": "required_message",
    "constraint message": "constraint_message",
    "required message": "required_message",
    "image": "media::image",
    "big-image": "media::big-image",
    "audio": "media::audio",
    "video": "media::video",
    "jr:count": "repeat_count",
    "count": "repeat_count",
    "title": "form_title",
    "set form title": "form_title",
    "id_string": "form_id",
    "set form id": "form_id",
}
_TRANSLATED = ("label", "hint", "guidance_hint", "constraint_message", "required_message", "media")
_SELECTS = (
    (r"(?:add )?(?:select[ _]?(?:one|1)|select one)(?: prompt)?(?: (?:from|using))? (.+)", "select_one"),
    (
        r"(?:add )?(?:select[ _]?(?:multiple|all that apply)|select)(?: prompt)?(?: (?:from|using))? (.+)",
        "select_multiple",
    ),
    (r"(?:odk:)?rank (.+)", "rank"),
)
_FROM_FILE = re.compile(r"select[ _](one|multiple)[ _]from[ _]file (\S+)(.*)")
_EXTERNAL = re.compile(r"select[ _](one|multiple)[ _]external (\S+)(.*)")
_OTHER = re.compile(r"\s+(?:or[ _]other|or specify other)\s*$")
_GROUP = re.compile(r"(begin|end)[ _]?(group|repeat|loop|lgroup|looped group|score|rank|kobomatrix)(?: .*)?")
_GROUPS = {"repeat": "repeat", "loop": "repeat", "looped group": "repeat", "score": "score", "rank": "rank"}
_SIMPLE = {
    "text": "text",
    "string": "text",
    "q string": "text",
    "int": "integer",
    "integer": "integer",
    "decimal": "decimal",
    "date": "date",
    "today's date": "date",
    "note": "note",
    "acknowledge": "consent",
    "trigger": "consent",
    "range": "range",
    "calculate": "calculate",
    "datetime": "date",
    "date time": "date",
    "time": "text",
    "barcode": "text",
    "email address": "text",
    "phone number": "text",
    "percentage": "integer",
    "score__row": "row",
    "rank__level": "row",
}
_ALMOST = {
    "datetime": "the time of day is not asked",
    "date time": "the time of day is not asked",
    "time": "it is asked as text",
    "barcode": "it is asked as text",
}
_RECORDED = frozenset(
    [
        *("start", "end", "today", "deviceid", "device id", "subscriberid", "subscriber id", "simserial", "sim serial"),
        *("phonenumber", "phonenumber", "username", "email", "audit", "start-geopoint", "background-audio", "uuid"),
        *("caseid", "comments", "start time", "end time", "get start time", "get end time", "get device id"),
        *("get subscriber id", "get sim id", "get phone number", "speed violations count", "text audit", "audio audit"),
    ]
)
_RECORDS = frozenset({"background-geopoint", "hidden", "xml-external", "csv-external"})


@dataclass(frozen=True)
class Kind:
    """What a row of the sheet `survey` is.

    Parameters
    ----------
    word : str
        One of our types; or ``begin``, ``end``, ``row``, ``calculate``, ``recorded`` or ``unknown``.
    list_name : str
        The list that is chosen from; ``group``, ``repeat``, ``score`` or ``rank`` for what begins or ends.
    or_other : bool
        Whether a choice `other` with a text field belongs to it.
    external : str
        ``file`` or ``sheet`` where the choices stand elsewhere.
    almost : str
        What is lost by asking it as this type.
    """

    word: str
    list_name: str = ""
    or_other: bool = False
    external: str = ""
    almost: str = ""


def kind_of(text: str) -> Kind:
    """Tell what a row is from its cell `type`.

    Parameters
    ----------
    text : str
        In any of the spellings that XLSForm has had.

    Returns
    -------
    Kind
    """
    flat = " ".join(text.split())
    lower = flat.lower()
    if found := _GROUP.fullmatch(lower):
        return Kind(found[1], _GROUPS.get(found[2], "group"))
    other = _OTHER.search(lower)
    if other:
        flat, lower = flat[: other.start()], lower[: other.start()]
    for pattern, external in ((_FROM_FILE, "file"), (_EXTERNAL, "sheet")):
        if found := pattern.match(lower):
            return Kind(f"select_{found[1]}", flat[found.start(2) : found.end(2)], bool(other), external)
    for select, word in _SELECTS:
        if found := re.fullmatch(select, lower):
            return Kind(word, flat[found.start(1) : found.end(1)].strip(), bool(other))
    simple = lower.removeprefix("add ").removesuffix(" prompt")
    if simple in _SIMPLE:
        return Kind(_SIMPLE[simple], almost=_ALMOST.get(simple, ""))
    return Kind("recorded" if lower in _RECORDED | _RECORDS else "unknown")


def heading_of(text: str) -> tuple[str, str]:
    """Tell a column and its language from its heading.

    Parameters
    ----------
    text : str
        As ``label::Deutsch (de)``, ``label:english``, ``Required`` or ``media::image``.

    Returns
    -------
    tuple of str
        The column's name and the language, "" for none.
    """
    lower = " ".join(text.split()).lower()
    if lower in _HEADINGS:
        return _HEADINGS[lower], ""
    parts = [part.strip() for part in re.split(r"::|:", text.strip())]
    first = parts[0].lower().replace(" ", "_")
    if first in ("image", "audio", "video", "big-image"):
        return f"media::{first}", parts[-1] if len(parts) > 1 else ""
    if first == "media" and len(parts) > 1:
        return f"media::{parts[1].lower()}", parts[2] if len(parts) > 2 else ""  # noqa: PLR2004 - media, kind, language
    if first in _TRANSLATED and len(parts) > 1:
        return first, parts[-1]
    return (lower if "::" in lower else first if len(parts) == 1 else lower), ""
