#!/usr/bin/env python3
"""Relata, an open toolkit for consumer-brand relationship studies.

    python3 run.py demo       a study with simulated answers: analysed, reported, served
    python3 run.py test       the test suite; options are those of pytest
    python3 run.py check      look through questionnaire and study files
    python3 run.py simulate   simulated answers to a study
    python3 run.py import     a questionnaire of another program
    python3 run.py form       a questionnaire for other programs, or on paper
    python3 run.py translate  texts for translators, and back
    python3 run.py serve      the web application
    python3 run.py work       do the long jobs of the web application
    python3 run.py invite     personal links to a study
    python3 run.py export     answers as a file
    python3 run.py convert    answers in another format or shape
    python3 run.py propose    the study file for answers collected elsewhere
    python3 run.py paradata   how a study was answered
    python3 run.py purge      erase what is kept too long
    python3 run.py analyse    answers to findings
    python3 run.py report     findings to one PDF for each brand
    python3 run.py waves      a later wave's answers against an earlier wave's findings
    python3 run.py typing     the typing tool as files for other programs
    python3 run.py measure    statistics of items in a table, as JSON
    python3 run.py verbatims  code open answers
    python3 run.py COMMAND --help

The first command makes an environment in .venv, once; all it needs is Python 3.11 or newer, with pip or uv.
"""

# This file may use the standard library only, and syntax that older Pythons can read well enough to be told
# that they are too old.

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

try:
    import fcntl
except ImportError:  # not a POSIX system: two first starts at the same time are then the user's own affair
    fcntl = None  # type: ignore[assignment]

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent
LOCKS = {"run": "requirements.txt", "test": "requirements-test.txt"}
COMMAND_LINE = "import sys; sys.argv[0] = 'run.py'; from survey_app.cli import main; main()"
PROGRESS = re.compile(r"(Collecting|Downloading|Building|Prepared|Installing|Installed) ")
NO_NETWORK = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|ProxyError|connect error|dns error|"
    r"Could not connect|error sending request|Failed to establish a new connection|"
    r"Name or service not known|Network is unreachable|Temporary failure in name resolution"
)


class SetUpError(Exception):
    """The environment cannot be made; the message says what to do."""


class InstallerError(Exception):
    """An installer failed; the message is what it printed last."""


@dataclass(frozen=True)
class Stamp:
    """What an environment was made of; written when it is complete."""

    place: str
    python: str
    group: str
    lock: str


@dataclass(frozen=True)
class Todo:
    """What brings an environment up to date."""

    group: str
    remake: bool


class Environment:
    """The environment beside this file."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.place = root / ".venv"
        self.python = self.place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        self.uv = root / ".uv" / "bin" / "uv"
        self._stamp = self.place / "relata.json"

    def lock(self, group: str) -> Path:
        """Return the file that names every package of a group."""
        return self.root / LOCKS[group]

    def stamp(self, group: str) -> Stamp:
        """Return the stamp of a complete environment."""
        digest = hashlib.sha256(self.lock(group).read_bytes()).hexdigest()
        return Stamp(str(self.place), "{}.{}".format(*sys.version_info), group, digest)

    def found(self) -> Stamp | None:
        """Return the stamp of the environment that is there; None if there is none, or an unfinished one."""
        try:
            return Stamp(**json.loads(self._stamp.read_text("utf-8"))) if self.python.exists() else None
        except (OSError, ValueError, TypeError):
            return None

    def todo(self, group: str) -> Todo | None:
        """Return what is missing for a group; None if nothing is."""
        found = self.found()
        if found is None:
            return Todo(group, remake=True)
        keep = "test" if "test" in (found.group, group) else "run"  # what the tests need is never taken away
        wanted = self.stamp(keep)
        if found == wanted:
            return None
        return Todo(keep, remake=(found.place, found.python) != (wanted.place, wanted.python))

    @contextlib.contextmanager
    def being_changed(self, group: str, *, remake: bool) -> Iterator[None]:
        """Take the stamp away while the environment is changed; whatever is interrupted is made anew."""
        self._stamp.unlink(missing_ok=True)
        if remake:
            shutil.rmtree(self.place, ignore_errors=True)
        yield
        self._stamp.write_text(json.dumps(asdict(self.stamp(group))), "utf-8")


def say(line: str) -> None:
    """Tell the user how far we are, on standard error: standard output belongs to the command."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def base_python(environment: Environment) -> str:
    """Return a Python that survives when the environment is made anew."""
    inside = environment.place in Path(sys.executable).parents
    return str(getattr(sys, "_base_executable", sys.executable)) if inside else sys.executable


def installer_settings() -> dict[str, str]:
    """Return the process environment for pip and uv."""
    never = {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}  # personal defaults that rule out `--target`
    return {**os.environ, **never, "UV_PYTHON_DOWNLOADS": "never", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def install(*command: str | Path) -> None:
    """Run an installer and pass on the lines that show progress."""
    lines: list[str] = []
    arguments = [str(part) for part in command]
    with subprocess.Popen(
        arguments,
        env=installer_settings(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            lines.append(line.rstrip())
            if PROGRESS.match(line):
                say("  " + lines[-1][:76])
    if process.returncode:
        raise InstallerError("\n".join(lines[-15:]))


def found_uv(environment: Environment) -> Path | None:
    """Return uv from the search path or from an earlier start; failing that, fetch it with pip."""
    if os.environ.get("NO_UV"):
        return None
    known = shutil.which("uv", path=os.pathsep.join([os.environ.get("PATH", ""), str(environment.uv.parent)]))
    if known:
        return Path(known)
    # `--target` needs neither root nor python3-venv, and distributions that guard their Python allow it.
    target = ["--upgrade", "--target", str(environment.root / ".uv")]
    with contextlib.suppress(InstallerError):
        install(base_python(environment), "-m", "pip", "install", *target, "uv>=0.9")
    return environment.uv if environment.uv.exists() else None


def install_with_uv(environment: Environment, uv: Path, todo: Todo) -> None:
    """Make the environment with uv: a quarter of the time that pip needs."""
    if todo.remake:
        install(uv, "venv", "--python", base_python(environment), environment.place)
    lock = environment.lock(todo.group)
    install(uv, "pip", "sync", "--require-hashes", "--python", environment.python, lock)


def install_with_pip(environment: Environment, todo: Todo) -> None:
    """Make the environment with pip; `--without-pip` works where Debian's python3-venv is missing."""
    base = base_python(environment)
    if todo.remake:
        install(base, "-m", "venv", "--clear", "--without-pip", environment.place)
    lock = ["--require-hashes", "--requirement", str(environment.lock(todo.group))]
    install(base, "-m", "pip", "--python", environment.python, "install", *lock)


def install_packages(environment: Environment, todo: Todo) -> None:
    """Install with uv if it can be had, else with pip."""
    uv = found_uv(environment)
    if uv is not None:
        try:
            return install_with_uv(environment, uv, todo)
        except InstallerError:  # pip may know an index, a proxy or a certificate that uv does not
            say("uv could not finish; trying pip.")
            todo = Todo(todo.group, remake=True)
    try:
        return install_with_pip(environment, todo)
    except InstallerError as error:
        raise SetUpError(explain(str(error))) from None


def explain(output: str) -> str:
    """Turn the last words of pip into something to act on."""
    if "No module named pip" in output:
        return "Python has no pip. Install it (Debian, Ubuntu: apt install python3-pip) or install uv, and try again."
    if "CERTIFICATE_VERIFY_FAILED" in output:
        return "The package index shows a certificate that is not trusted here. Give your network's own: PIP_CERT=FILE."
    if NO_NETWORK.search(output):
        return "The package index cannot be reached. Check the network connection or the proxy, and try again."
    return output + "\nThe environment could not be made; the reason stands above. Nothing outside .venv was changed."


@contextlib.contextmanager
def alone(environment: Environment) -> Iterator[None]:
    """Let one start at a time change the environment."""
    try:
        lock = (environment.root / ".venv.lock").open("w")
    except OSError as error:
        raise SetUpError(f"The environment cannot be made in {environment.root}: {error.strerror}.") from None
    with lock:
        if fcntl is not None:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Another start is making the environment; waiting for it.")
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_ready(environment: Environment, group: str) -> None:
    """Make the environment, or bring it up to date, unless it is complete."""
    if environment.todo(group) is None:
        return
    with alone(environment):
        todo = environment.todo(group)  # another start may have done it in the meantime
        if todo is None:
            return
        began = time.monotonic()
        say(f"Making the environment in {environment.place}: once, for a few minutes at most.")
        with environment.being_changed(todo.group, remake=todo.remake):
            install_packages(environment, todo)
        say(f"Ready after {time.monotonic() - began:.0f} s.")


def hand_over(environment: Environment, arguments: list[str], settings: dict[str, str]) -> NoReturn:
    """Become the environment's Python; `-P` keeps files of the user's folder from posing as our modules."""
    path = [str(environment.root), *filter(None, [os.environ.get("PYTHONPATH")])]
    # Where a machine does not tell its physical cores (containers), joblib would print a warning with a traceback.
    cores = os.environ.get("LOKY_MAX_CPU_COUNT", str(os.cpu_count() or 1))
    variables = {**os.environ, **settings, "PYTHONPATH": os.pathsep.join(path), "LOKY_MAX_CPU_COUNT": cores}
    sys.stderr.flush()
    os.execve(environment.python, [str(environment.python), "-P", *arguments], variables)  # noqa: S606


def run_tests(environment: Environment, options: list[str]) -> NoReturn:
    """Run pytest on all cores, with one thread for each worker's linear algebra."""
    make_ready(environment, "test")
    os.chdir(environment.root)
    threads = {name: os.environ.get(name, "1") for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")}
    spread = ["--numprocesses=logical", "--maxprocesses=4", "--dist=loadfile"]
    hand_over(environment, ["-m", "pytest", *spread, *options], threads)


def run_command(environment: Environment, arguments: list[str]) -> NoReturn:
    """Run the command line."""
    make_ready(environment, "run")
    hand_over(environment, ["-c", COMMAND_LINE, *arguments], {})


def start(arguments: list[str]) -> None:
    """Do what was asked for."""
    if sys.version_info < OLDEST:
        raise SetUpError(f"Relata needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    environment = Environment(ROOT)
    asks_for_help = not {"--help", "-h"}.isdisjoint(arguments[:2])
    if (asks_for_help or not arguments) and environment.found() is None:
        sys.stdout.write(__doc__ or "")  # help is no reason to download anything
    elif arguments[:1] == ["test"] and not asks_for_help:
        run_tests(environment, arguments[1:])
    else:
        run_command(environment, arguments)


def main() -> None:
    """Start, and end with a sentence instead of a traceback."""
    try:
        start(sys.argv[1:])
    except SetUpError as error:
        sys.exit(f"run.py: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
