"""Commands for the field: inviting and reminding people, erasing what is past its day; the work is done elsewhere."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from survey_app.commands.options import NEW_FILE, PATH, instance_option, json_option, make_folder, tell
from survey_app.errors import WrongUseError


class _OnlyLookedError(Exception):
    """Ends a transaction whose outcome was only to be seen; nothing of it is kept."""


@click.command()
@click.argument("study")
@click.argument("people", type=PATH, required=False)
@click.option("--remind", is_flag=True, help="Remind those who were invited and have not finished, two times at most.")
@click.option("--after", type=click.IntRange(min=1), default=4, show_default=True, help="Days before a reminder.")
@click.option("--dry-run", is_flag=True, help="Say how many letters there would be, and queue none.")
@instance_option
@json_option
def invite(  # noqa: PLR0917  (click hands over every option)
    study: str,
    people: Path | None,
    remind: bool,  # noqa: FBT001
    after: int,
    dry_run: bool,  # noqa: FBT001
    instance: Path,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Invite PEOPLE (CSV: email,name,language) to a STUDY by personal links; nobody is invited twice.

    `run.py work` sends the letters: by the SMTP server of the settings, else into the folder `mail`.
    """
    from survey_app.config import read_settings
    from survey_app.design.publishing import published
    from survey_app.field import invitations
    from survey_app.interface import load_interfaces
    from survey_app.interview.questionnaires import Questionnaires
    from survey_app.store import open_store

    settings = read_settings(instance)
    if (people is None) == (not remind):
        raise WrongUseError("Name a file of people to invite, or --remind those who were invited.")
    for needed in invitations.missing_settings(settings):
        raise WrongUseError(f"The setting {needed} is empty; letters cannot do without it (settings.yaml).")
    listed = invitations.read_people(people) if people else ()
    store, now = open_store(settings.database_url()), datetime.now(UTC)
    with contextlib.suppress(_OnlyLookedError), store.transaction() as tx:
        questionnaire = Questionnaires(load_interfaces()).get(tx, study, published(tx, study).record.version)
        done = (
            invitations.remind(tx, study, after=timedelta(days=after), now=now)
            if remind
            else invitations.invite(tx, settings, study, questionnaire, listed, now=now)
        )
        if dry_run:
            raise _OnlyLookedError
    store.close()
    tell({"letters": done.queued, "left out": done.left_out}, as_json)


@click.command()
@click.option("--ids", "study", help="Erase the panel ids and addresses of this study, and leave its answers.")
@instance_option
@json_option
def purge(study: str | None, instance: Path, as_json: bool) -> None:  # noqa: FBT001
    """Erase the answers of studies whose retention day is over, with their ids, addresses and analyses."""
    from survey_app.config import read_settings
    from survey_app.field import retention
    from survey_app.store import open_store

    settings = read_settings(instance)
    store = open_store(settings.database_url())
    purged = [retention.purge_ids(store, settings, study)] if study else retention.purge(store, settings)
    store.close()
    tell({"purged": [f"{gone.study}: {gone.words}" for gone in purged] or ["nothing was past its day"]}, as_json)


@click.command()
@click.option("--study", required=True, help="Key of the study.")
@click.option("--out", type=NEW_FILE, required=True, help="CSV file: a line for each question each time it was shown.")
@instance_option
@json_option
def paradata(study: str, out: Path, instance: Path, as_json: bool) -> None:  # noqa: FBT001
    """Write how a study was answered: order, times, changes, device, language; no answers."""
    from survey_app.config import read_settings
    from survey_app.interview.paradata import export_paradata
    from survey_app.store import open_store

    make_folder(out.parent)
    store = open_store(read_settings(instance).database_url())
    rows = export_paradata(store, study, out)
    store.close()
    tell({"paradata": str(out), "rows": rows}, as_json)
