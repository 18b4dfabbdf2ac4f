"""The one door for questionnaires of other programs: tells by their content what files are; writes none."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

from instruments.exchange.carried import Carried, refused
from instruments.exchange.draft import Draft
from instruments.exchange.limesurvey import read_limesurvey
from instruments.exchange.mending import Imported, finished
from instruments.exchange.opening import read_bytes, read_json, read_xml, unpacked, xml_part
from instruments.exchange.qualtrics import read_qualtrics
from instruments.exchange.tables import read_tables
from instruments.exchange.xlsform import import_xlsform

FORMATS = "XLSForm (.xlsx, .xls, .csv, .md), LimeSurvey (.lss, .lsg, .lsq, .lsa) and Qualtrics (.qsf)"
_BLANK = b"\xef\xbb\xbf \t\r\n"


def import_questionnaire(path: Path) -> Carried[Imported]:
    """Make a questionnaire of another program's file.

    Parameters
    ----------
    path : Path
        XLSForm as a workbook, CSV or Markdown; a LimeSurvey survey, group, question or archive; or a Qualtrics
        survey file.

    Returns
    -------
    Carried
        The questionnaire, and everything that could not be carried over.

    Raises
    ------
    ExchangeError
        When the file is none of these, or broken; says where and what to do.
    """
    content, name = read_bytes(path), str(path)
    carried = _read(path, content, name)
    if not carried.content.data["pages"]:
        why = "; ".join(map(str, carried.losses[:5])) or "it is empty"
        raise refused(
            name, f"the form holds no question that can be asked here: {why}", "check that it is the whole form"
        )
    return carried


def _read(path: Path, content: bytes, name: str) -> Carried[Imported]:
    start = content[:200].lstrip(_BLANK)
    if start.startswith(b"{"):
        return finished(read_qualtrics(read_json(content, name), name))
    if start.startswith(b"<"):
        return finished(read_limesurvey(read_xml(content, name), name))
    if content.startswith(b"PK"):
        archive = unpacked(content, name)
        surveys = [part for part in archive.namelist() if part.lower().endswith(".lss")]
        if surveys:
            return finished(_archived_survey(archive, surveys, name))
    if path.suffix.lower() in (".yaml", ".yml"):
        raise refused(
            name, "this is a YAML file", "questionnaires in YAML need no import: check it with `run.py check`"
        )
    if path.suffix.lower() in (".lss", ".qsf", ".pdf", ".docx", ".doc", ".ods", ".lsa", ".lsg", ".lsq"):
        raise refused(name, f"this is no {path.suffix} file that can be read", f"export it as one of {FORMATS}")
    return import_xlsform(read_tables(content, name), name)


def _archived_survey(archive: zipfile.ZipFile, surveys: Sequence[str], name: str) -> Draft:
    """The survey of an archive, which holds its answers too."""
    draft = read_limesurvey(xml_part(archive, surveys[0], name), f"{name}/{surveys[0]}")
    for part in archive.namelist():
        if part.lower().endswith(".lsr"):
            draft.lose(part, "answers", "export them as CSV or SPSS: `run.py propose` makes a study of them")
        elif part != surveys[0]:
            draft.lose(part, "part of the archive", "only one survey's questions are read")
    return draft
