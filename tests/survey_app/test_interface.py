import ast
from pathlib import Path

import pytest

import survey_app
from survey_app.interface import FOLDER, Interface, InterfaceError, load_interfaces

PACKAGE = Path(survey_app.__file__).parent


def test_every_translation_says_everything():
    assert {"en", "zh"} <= load_interfaces().keys()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda text: text.replace("next:", "nxet:"), "lacks 'next'"),
        (lambda text: text + "more: x\n", "has 'more', which en.yaml lacks"),
        (lambda text: text.replace("{pages}", "{seiten}"), "'progress' must fill in"),
    ],
)
def test_a_translation_that_differs_is_named_with_its_key(tmp_path, change, complaint):
    for path in FOLDER.glob("*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "de.yaml").write_text(change((FOLDER / "en.yaml").read_text(encoding="utf-8")), encoding="utf-8")

    with pytest.raises(InterfaceError, match=rf"translations/de\.yaml.*{complaint}"):
        load_interfaces(tmp_path)


def test_a_file_that_names_no_language_is_refused(tmp_path):
    (tmp_path / "xx.yaml").write_text("next: x", encoding="utf-8")

    with pytest.raises(InterfaceError, match=r"xx\.yaml: no language"):
        load_interfaces(tmp_path)


def test_an_unknown_text_is_a_named_error():
    with pytest.raises(InterfaceError, match=r"xx\.yaml has no text 'nothing'"):
        Interface("xx", {}).say("nothing")


def _said_in_python():
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "say" and node.args:
                argument = node.args[0]
                if isinstance(argument, ast.Constant):
                    yield argument.value


def test_no_text_is_asked_for_that_is_not_there():
    said = set(_said_in_python())

    assert said
    assert said <= load_interfaces()["en"].texts.keys()
