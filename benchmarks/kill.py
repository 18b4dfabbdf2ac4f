"""Fifty respondents answer while a server is killed (kill -9) twenty times: nothing acknowledged may be lost.

python3 benchmarks/kill.py [--postgresql | --database] [--respondents 50] [--kills 20] [--pages 100]

Needs what `run.py test` installs. Prints one line of JSON and adds it to `benchmarks/results/kill.jsonl`; ends with 1
where a page was lost or stands there twice.
"""  # noqa: INP001

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.load import database
from survey_app.config import read_settings
from survey_app.store import open_store
from tests.killed_server import CrashingDatabase, Server, kill_again_and_again, lost_or_doubled
from tests.survey_app.small_study import publish_small_study

RESULTS = Path(__file__).parent / "results" / "kill.jsonl"


def main() -> int:
    """Read the options, run, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL instead of SQLite")
    parser.add_argument("--database", action="store_true", help="kill PostgreSQL instead of the web server")
    parser.add_argument("--respondents", type=int, default=50)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--pages", type=int, default=100, help="pages acknowledged between two kills")
    chosen = parser.parse_args()
    on_postgresql = chosen.postgresql or chosen.database
    with tempfile.TemporaryDirectory(prefix="relata-kill-") as folder, database(postgresql=on_postgresql) as used:
        instance = Path(folder)
        store = open_store(read_settings(instance, {"database": used.url}).database_url())
        publish_small_study(store)
        server = Server(instance, used.url)
        killed = CrashingDatabase(used.url, server.origin) if chosen.database else server
        interviews = kill_again_and_again(killed, chosen.respondents, chosen.kills, chosen.pages)
        server.kill()
        wrong = lost_or_doubled(store, interviews, instance)
        store.close()
    told = {
        "on": "postgresql" if on_postgresql else "sqlite",
        "killed": "database" if chosen.database else "web server",
        "respondents": chosen.respondents,
        "kills": chosen.kills,
        "interviews": len(interviews),
        "complete": sum(interview.complete for interview in interviews),
        "pages_acknowledged": sum(len(interview.acknowledged) for interview in interviews),
        "wrong": wrong,
    }
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(told) + "\n")
    click.echo(json.dumps(told))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
