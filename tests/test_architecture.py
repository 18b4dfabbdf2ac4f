"""The layers hold, and so do the house rules that no linter knows."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = ("survey_app", "reports", "analysis", "instruments")
VAGUE = {"utils", "util", "helpers", "common", "manager", "base", "misc"}
OPENING = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "read_csv", "to_csv", "loadtxt", "savetxt"}
INDEX = re.compile(r"--(?:extra-)?index-url|--find[-]links|pypi[.]org/simple|files[.]pythonhosted")
BUILT = {"demo", "instance", "node_modules"}


@cache
def parsed(path):
    """A module, read once for all rules."""
    return ast.parse(path.read_text(), path)


def test_the_import_contracts_hold():
    # In a process of its own: import-linter silences every logger that there is.
    program = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True, no_logo=True))"
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def calls(tree, names):
    """Lines that call one of these names, as a function or as a method."""
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [call.lineno for call in found if getattr(call.func, "attr", getattr(call.func, "id", None)) in names]


def roundings(tree):
    """Numbers are rounded in reports.wording, where they become words, and nowhere else."""
    return calls(tree, {"round", "around"})


def openings(tree):
    """Analysis takes values; instruments.answer_files opens files."""
    return calls(tree, OPENING)


def commits(tree):
    """A transaction ends where it began: in the store."""
    return calls(tree, {"commit"})


def relative_imports(tree):
    """A reader sees in every import where a name lives."""
    return [node.lineno for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]


def missing_docstring(tree):
    """A module opens with one sentence: what it is for and what it may not do."""
    return [] if ast.get_docstring(tree) else [1]


def public_functions(tree):
    """Functions of a module and of its public classes; properties and validators are read, not called."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    for node in (node for body in [tree, *classes] for node in body.body):
        decorators = " ".join(map(ast.unparse, getattr(node, "decorator_list", [])))
        read = any(word in decorators for word in ("property", "validator", "overload"))
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not read:
            yield node


def unexplained(tree):
    """A public function says what goes in, what comes out and what it refuses."""
    lines = []
    for function in public_functions(tree):
        given = {each.arg for each in (*function.args.args, *function.args.kwonlyargs)} - {"self", "cls"}
        returned = ast.unparse(function.returns) if function.returns else "None"
        wanted = {"Parameters": given, "Returns": returned != "None"}
        wanted["Raises"] = any(isinstance(node, ast.Raise) and node.exc for node in ast.walk(function))
        said = (ast.get_docstring(function) or "").replace("\nYields\n", "\nReturns\n")
        lines += [function.lineno for section, needed in wanted.items() if needed and f"\n{section}\n---" not in said]
    return lines


def modules(packages, besides=None):
    """Every module of these packages, but for one or those under one folder."""
    found = (path for package in packages for path in sorted((PROJECT / package).rglob("*.py")))
    return [path for path in found if besides is None or PROJECT / besides not in (path, *path.parents)]


RULES = [
    pytest.param(
        roundings,
        modules(PACKAGES, "reports/wording.py"),
        "round(x, 2)\nx.round(1)\nnumpy.around(x)",
        id="no rounding",
    ),
    pytest.param(openings, modules(["analysis"]), "open(p)\np.read_text()\npandas.read_csv(p)", id="no files"),
    pytest.param(
        commits, modules(PACKAGES, "survey_app/store"), "connection.commit()\n\nx = s.commit()", id="store commits"
    ),
    pytest.param(relative_imports, modules([*PACKAGES, "tests"]), "from . import x\nfrom ..a import b", id="absolute"),
    pytest.param(missing_docstring, modules(PACKAGES), "x = 1", id="a module says what it is for"),
    pytest.param(
        unexplained,
        modules(["analysis", "instruments"]),
        'def f(x): "F."\n\ndef g() -> int: "G."\n\ndef h():\n    "H."\n    raise ValueError',
        id="a function says what goes in and out",
    ),
]


@pytest.mark.parametrize(("rule", "paths", "planted"), RULES)
def test_house_rule(rule, paths, planted):
    assert rule(ast.parse(planted)), "the rule finds what it is about"
    trees = {path.relative_to(PROJECT): parsed(path) for path in paths}
    broken = [f"{path}:{line}" for path, tree in trees.items() for line in rule(tree)]
    assert broken == [], rule.__doc__


def test_modules_are_named_for_what_they_are_about():
    assert [path for path in modules(PACKAGES) if path.stem.strip("_") in VAGUE] == []


def files_of_the_project():
    """Files that are passed on: not hidden folders, nor what the program makes."""
    for top in PROJECT.iterdir():
        if top.is_file():
            yield top
        elif top.name == ".ci" or not (top.name.startswith(".") or top.name in BUILT):
            yield from (path for path in top.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def test_no_file_names_the_address_of_a_package_index():
    assert INDEX.search("--" + "extra-index-url https://example.org")
    texts = ((path, path.read_bytes().decode("utf-8", "ignore")) for path in files_of_the_project())
    assert [path for path, text in texts if INDEX.search(text)] == []
