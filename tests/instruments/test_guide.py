"""The researchers' page: the study it builds is sound, can be played, and the library it tells of is the one there."""

import re
from pathlib import Path

import pytest

from instruments.modules import module_names
from instruments.study_file import load_study
from survey_app.design.checking import check
from survey_app.design.rehearsal import rehearse

GUIDE = (Path(load_study.__code__.co_filename).parent / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def tea(tmp_path):
    study, questionnaire = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    (tmp_path / "study.yaml").write_text(study, encoding="utf-8")
    (tmp_path / "tea.yaml").write_text(questionnaire, encoding="utf-8")
    return tmp_path / "study.yaml"


def test_the_study_of_the_guide_is_sound_and_can_be_played(tea):
    assert check([tea]) == []
    played = rehearse(load_study(tea), 60)
    assert played.statuses["complete"] > 20
    assert (played.never, played.stuck) == ((), {})


def test_the_goal_of_the_guide_chooses_its_main_outcome(tea):
    assert [outcome.key for outcome in load_study(tea).measures.outcomes if outcome.primary] == ["repurchase"]
    tea.write_text(tea.read_text(encoding="utf-8").replace("[loyalty]", "[acquisition]"), encoding="utf-8")
    assert [o.key for o in load_study(tea).measures.outcomes if o.primary] == ["recommendation"]


def test_every_module_of_the_library_stands_in_the_guide():
    assert [name for name in module_names() if f"`{name}`" not in GUIDE] == []
