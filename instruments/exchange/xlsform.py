"""XLSForm tables as a questionnaire's data, with what the sheet `relata` puts back; opens no files."""

from __future__ import annotations

from instruments.exchange.carried import Carried, each_once
from instruments.exchange.composing import Data, compose
from instruments.exchange.draft import Draft
from instruments.exchange.mending import Imported, finished
from instruments.exchange.residue import from_rows, restored
from instruments.exchange.tables import Table
from instruments.exchange.xlsform_reading import read_xlsform


def composed_form(tables: dict[str, Table], name: str) -> tuple[Data, Draft]:
    """Compose what the ordinary sheets of a form say.

    Parameters
    ----------
    tables : dict of str to Table
    name : str

    Returns
    -------
    tuple of dict and Draft
    """
    draft = read_xlsform(tables, name)
    return compose(draft)[0], draft


def import_xlsform(tables: dict[str, Table], name: str) -> Carried[Imported]:
    """Make a questionnaire of a form.

    Parameters
    ----------
    tables : dict of str to Table
        The sheets of a workbook.
    name : str
        What errors call the file.

    Returns
    -------
    Carried
        With what the sheet `relata` of a form of ours keeps.
    """
    draft = read_xlsform(tables, name)
    kept = tables.get("relata")
    rows = [(row.get("place"), row.get("value")) for row in kept.rows] if kept else []
    places, losses = from_rows(rows)
    done = finished(draft, lambda data: restored(data, places))
    titled = any(place[0] == "title" for place, _ in places)
    told = [loss for loss in done.losses if not (titled and loss.place == draft.origin)]
    return Carried(done.content, each_once((*told, *losses)))
