import re
from pathlib import Path
from typing import get_args

import pytest

import survey_app
from instruments.model import Language
from instruments.screens import ProblemCode
from survey_app.interface import FOLDER, Interface, InterfaceError, load_interfaces

PACKAGE = Path(survey_app.__file__).parent


def test_every_translation_says_everything():
    assert load_interfaces().keys() == load_interfaces(FOLDER / "console").keys() == set(get_args(Language))


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


def test_a_folder_without_the_first_language_is_refused(tmp_path):
    with pytest.raises(InterfaceError, match=r"has no en\.yaml"):
        load_interfaces(tmp_path)


def test_a_file_that_names_no_language_is_refused(tmp_path):
    for name in ("en", "xx"):
        (tmp_path / f"{name}.yaml").write_text("next: x", encoding="utf-8")

    with pytest.raises(InterfaceError, match=r"xx\.yaml: no language"):
        load_interfaces(tmp_path)


def test_an_unknown_text_is_a_named_error():
    with pytest.raises(InterfaceError, match=r"xx\.yaml has no text 'nothing'"):
        Interface("xx", {}).say("nothing")


def _sources():
    views = [PACKAGE / "views" / name for name in ("respondent.py", "entry.py", "codes.py", "problems.py")]
    places = [
        *views,
        PACKAGE / "interview" / "pages.py",
        PACKAGE / "interface.py",
        PACKAGE / "field" / "invitations.py",
        *(PACKAGE / "templates/respondent").glob("*.html"),
    ]
    return "\n".join(place.read_text(encoding="utf-8") for place in places)


def test_nothing_is_said_that_is_not_there():
    texts = load_interfaces()["en"].texts.keys()
    said = set(re.findall(r"""(?:\bt|\.say|flash)\(['"](\w+)['"]""", _sources()))
    messages = set(re.findall(r"""\b_?(?:message|page)\((?:"\w+\.html", )?"(\w+)\"""", _sources()))

    assert said | {f"error_{code}" for code in get_args(ProblemCode)} <= texts
    assert {f"{key}_{part}" for key in messages for part in ("title", "text")} <= texts


def test_no_text_is_there_that_nobody_says():
    quoted = set(re.findall(r"""['"](\w+)['"]""", _sources()))
    errors = {f"error_{code}" for code in get_args(ProblemCode)}
    # Named by what is sent, and by why a link lets nobody in.
    made_up = {f"mail_{kind}_{part}" for kind in ("invitation", "reminder") for part in ("subject", "text")}
    made_up |= {f"link_{reason}_{part}" for reason in ("incomplete", "forged") for part in ("title", "text")}
    texts = load_interfaces()["en"].texts.keys() - errors - made_up
    parts = ("_title", "_text", "_do", "_missing")

    assert {key for key in texts if not {key, *(key.removesuffix(part) for part in parts)} & quoted} == set()
