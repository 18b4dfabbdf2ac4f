"""run.py: started as a user starts it, in a project of its own, with a stand-in for uv that writes down its calls."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import run
from survey_app import cli

PROJECT = Path(run.__file__).parent

UV = f"""#!/bin/sh
echo "$@" >> "$UV_CALLS"
[ -z "$UV_SLOW" ] || sleep "$UV_SLOW"
[ -z "$UV_FAILS" ] || exit 1
if [ "$1" = venv ]; then for place; do :; done; mkdir -p "$place/bin"; ln -s {sys.executable} "$place/bin/python"; fi
"""
SHOW = "import os, sys\nprint(*sys.argv)\nprint(os.getcwd())\nprint(os.environ.get('OPENBLAS_NUM_THREADS'))\n"
CLI = f"def main():\n    {SHOW.replace(chr(10), chr(10) + '    ')}sys.exit(3 if 'fail' in sys.argv else 0)\n"


def heeding_interrupts():
    """A suite that was started in the background ignores Ctrl+C, and so would all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Project:
    """A folder with run.py, two lock files, and a command line that shows what reaches it."""

    def __init__(self, folder):
        self.root = folder / "project"
        self.calls_file = folder / "calls"
        self.elsewhere = folder / "elsewhere"
        (folder / "bin").mkdir()
        self.elsewhere.mkdir()
        (folder / "bin" / "uv").write_text(UV)
        (folder / "bin" / "uv").chmod(0o755)
        (self.root / "survey_app").mkdir(parents=True)
        (self.root / "survey_app" / "cli.py").write_text(CLI)
        (self.root / "pytest.py").write_text(SHOW)
        for name in run.LOCKS.values():
            (self.root / name).write_text(f"# {name}\n")
        shutil.copy(run.__file__, self.root)
        self.variables = {"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "UV_CALLS": str(self.calls_file)}
        self.started = []

    def start(self, *arguments, **variables):
        command = [sys.executable, self.root / "run.py", *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(
            command,
            cwd=self.elsewhere,
            env=self.variables | variables,
            start_new_session=True,
            preexec_fn=heeding_interrupts,  # noqa: PLW1509 - no test starts threads beside it
            **pipes,
        )
        self.started.append(process)
        return process

    def end(self):
        """Leave nothing running and no pipe open, also where a test gave up waiting."""
        for process in self.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            with process:
                pass  # waits and closes the pipes

    def run(self, *arguments, **variables):
        process = self.start(*arguments, **variables)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def calls(self):
        """The verbs of uv since the last look, with the name of the lock where there is one."""
        lines = self.calls_file.read_text().splitlines() if self.calls_file.exists() else []
        self.calls_file.unlink(missing_ok=True)
        return [line.split()[0] if line.startswith("venv") else Path(line.split()[-1]).name for line in lines]


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path)
    yield project
    project.end()


def test_first_start_makes_the_environment_and_hands_over(project):
    done = project.run("demo", "--lang", "zh")
    assert done.returncode == 0
    assert done.stdout.splitlines()[:2] == ["run.py demo --lang zh", str(project.elsewhere)]
    assert "Ready after" in done.stderr
    assert project.calls() == ["venv", "requirements.txt"]


def test_packages_must_match_their_hashes_and_python_is_not_downloaded(project):
    project.run("demo")
    assert "pip sync --require-hashes" in project.calls_file.read_text()
    assert run.installer_settings()["UV_PYTHON_DOWNLOADS"] == "never"


def test_second_start_installs_nothing_and_says_nothing(project):
    project.run("demo")
    project.calls()
    done = project.run("demo")
    assert (done.stderr, project.calls()) == ("", [])


def test_exit_code_of_the_command_is_kept(project):
    assert project.run("fail").returncode == 3


def test_files_in_the_users_folder_do_not_pose_as_modules(project):
    (project.elsewhere / "survey_app").mkdir()
    (project.elsewhere / "survey_app" / "__init__.py").write_text("raise SystemExit('wrong module')")
    assert project.run("demo").returncode == 0


def test_tests_add_to_the_environment_and_run_in_the_project(project):
    project.run("demo")
    project.calls()
    shown = project.run("test", "-k", "rotation").stdout.splitlines()
    assert shown[0].endswith("--dist=loadfile -k rotation")
    assert shown[1:] == [str(project.root), "1"]
    assert project.calls() == ["requirements-test.txt"]


def test_demo_keeps_what_the_tests_installed(project):
    project.run("test")
    project.calls()
    project.run("demo")
    assert project.calls() == []


@pytest.mark.parametrize(("first", "lock"), [("demo", "requirements.txt"), ("test", "requirements-test.txt")])
def test_a_changed_lock_is_followed_in_place_for_the_same_group(project, first, lock):
    project.run(first)
    project.calls()
    (project.root / lock).write_text("# newer\n")
    project.run("demo")
    assert project.calls() == [lock]


def test_a_moved_environment_is_made_anew(project):
    project.run("demo")
    project.calls()
    project.root = project.root.rename(project.root.with_name("moved"))
    assert project.run("demo").returncode == 0
    assert project.calls() == ["venv", "requirements.txt"]


@pytest.mark.parametrize("lost", ["bin/python", "relata.json"])
def test_a_broken_or_half_made_environment_is_made_anew(project, lost):
    project.run("demo")
    project.calls()
    (project.root / ".venv" / lost).unlink()
    assert project.run("demo").returncode == 0
    assert project.calls() == ["venv", "requirements.txt"]


def test_another_python_makes_the_environment_anew(project):
    project.run("demo")
    stamp = project.root / ".venv" / "relata.json"
    stamp.write_text(stamp.read_text().replace('"python": "3.', '"python": "2.'))
    project.calls()
    project.run("demo")
    assert project.calls() == ["venv", "requirements.txt"]


def test_two_first_starts_at_once_make_one_environment(project):
    starts = [project.start("demo", UV_SLOW="0.5") for _ in range(2)]
    ends = [process.communicate(timeout=60) for process in starts]
    assert [process.returncode for process in starts] == [0, 0]
    assert project.calls() == ["venv", "requirements.txt"]
    assert sum("waiting" in err for _, err in ends) == 1


def test_an_interrupted_start_ends_quietly_and_is_repeated(project):
    process = project.start("demo", UV_SLOW="30")
    deadline = time.monotonic() + 30
    while not project.calls_file.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    project.calls()
    assert project.run("demo").returncode == 0
    assert project.calls() == ["venv", "requirements.txt"]


def test_failing_installers_end_with_a_sentence(project):
    fake = project.elsewhere / "pip.py"
    fake.write_text("raise SystemExit('NewConnectionError')")
    done = project.run("demo", UV_FAILS="1", PYTHONPATH=str(project.elsewhere))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("run.py: The package index cannot be reached.")
    assert "Traceback" not in done.stderr
    assert not (project.root / ".venv" / "relata.json").exists()


def test_pip_is_used_where_uv_is_not_wanted(project):
    fake = project.elsewhere / "pip.py"
    fake.write_text(f"import sys; open({str(project.calls_file)!r}, 'a').write('pip ' + sys.argv[-1] + chr(10))")
    assert project.run("demo", NO_UV="1", PYTHONPATH=str(project.elsewhere)).returncode == 0
    assert project.calls() == ["requirements.txt"]


def test_help_downloads_nothing_and_names_every_command(project):
    for arguments in ([], ["--help"], ["demo", "--help"]):
        shown = project.run(*arguments)
        assert shown.returncode == 0
        assert "python3 run.py demo" in shown.stdout
    assert project.calls() == []


def test_that_help_is_the_one_of_the_command_line():
    named = re.findall(r"^    python3 run\.py ([a-z]+) ", run.__doc__, re.MULTILINE)
    assert sorted(named) == sorted(cli.main.commands)


@pytest.mark.parametrize(
    ("output", "advice"),
    [
        ("/usr/bin/python3: No module named pip", "apt install python3-pip"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "PIP_CERT"),
        ("Failed to establish a new connection: [Errno -3] Temporary failure in name resolution", "network"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "reason stands above"),
    ],
)
def test_every_failure_says_what_to_do(output, advice):
    assert advice in run.explain(output)


def test_an_older_python_is_told_so(monkeypatch):
    monkeypatch.setattr(run.sys, "version_info", (3, 10, 4))
    with pytest.raises(run.SetUpError, match=r"needs Python 3\.11 or newer"):
        run.start(["demo"])


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    absent = run.Environment(tmp_path / "absent")
    with pytest.raises(run.SetUpError, match="absent"), run.alone(absent):
        pass


def locked(name):
    """The packages of a lock file and their versions."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (PROJECT / name).read_text(), re.MULTILINE))


def required(group):
    table = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    extra = table["optional-dependencies"]["test"] if group == "test" else []
    return [Requirement(line) for line in table["dependencies"] + extra]


@pytest.mark.parametrize("group", ["run", "test"])
def test_the_lock_holds_what_the_project_requires(group):
    versions = locked(run.LOCKS[group])
    for requirement in required(group):
        name = requirement.name.replace(".", "-").lower()
        assert requirement.specifier.contains(versions[name]), requirement


def test_the_tests_run_on_the_very_packages_of_the_program():
    assert locked("requirements.txt").items() <= locked("requirements-test.txt").items()


@pytest.mark.parametrize("name", run.LOCKS.values())
def test_every_package_is_pinned_by_hash(name):
    entries = re.split(r"\n(?=[a-z])", (PROJECT / name).read_text())[1:]
    assert entries
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
