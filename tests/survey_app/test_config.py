import stat

import pytest

from survey_app.config import SETTINGS, SettingsError, read_settings


def test_each_source_overrides_the_one_before(tmp_path):
    (tmp_path / "settings.yaml").write_text("proxies: 1\nresume_days: 2\nhold_minutes: 3\n", encoding="utf-8")
    environ = {"RELATA_RESUME_DAYS": "20", "RELATA_HOLD_MINUTES": "30", "HOME": "/"}

    settings = read_settings(tmp_path, {"hold_minutes": 300}, environ)

    assert [settings.number(name) for name in ("proxies", "resume_days", "hold_minutes")] == [1, 20, 300]
    assert settings.number("body_kilobytes") == 256


@pytest.mark.parametrize(
    ("overrides", "environ", "file"),
    [({"databse": ""}, {}, ""), ({}, {"RELATA_DATABSE": "x"}, ""), ({}, {}, "databse: x")],
)
def test_an_unknown_name_lists_the_known_ones_and_guesses(tmp_path, overrides, environ, file):
    (tmp_path / "settings.yaml").write_text(file, encoding="utf-8")

    with pytest.raises(SettingsError) as raised:
        read_settings(tmp_path, overrides, environ)

    assert "did you mean 'database'?" in str(raised.value)
    assert all(setting.name in str(raised.value) for setting in SETTINGS)


@pytest.mark.parametrize(("name", "value"), [("https", "perhaps"), ("proxies", "-1"), ("proxies", "two")])
def test_a_value_of_the_wrong_kind_says_what_to_write(tmp_path, name, value):
    with pytest.raises(SettingsError, match=f"{name} is '{value}'; write"):
        read_settings(tmp_path, {name: value}, {})


@pytest.mark.parametrize(("spelling", "meant"), [("yes", True), ("No", False), (True, True), ("0", False)])
def test_flags_may_be_spelled_as_people_do(tmp_path, spelling, meant):
    assert read_settings(tmp_path, {"https": spelling}, {}).flag("https") is meant


@pytest.mark.parametrize("content", ["a: [", "- a\n- b\n"])
def test_a_broken_file_is_named(tmp_path, content):
    (tmp_path / "settings.yaml").write_text(content, encoding="utf-8")

    with pytest.raises(SettingsError, match=r"settings\.yaml"):
        read_settings(tmp_path, {}, {})


def test_the_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    first = read_settings(tmp_path / "instance", {}, {})
    again = read_settings(tmp_path / "instance", {}, {})
    elsewhere = read_settings(tmp_path / "other", {}, {})

    assert first.secret_key == again.secret_key != elsewhere.secret_key
    assert len(first.secret_key) >= 32
    assert stat.S_IMODE((tmp_path / "instance" / "secret_key").stat().st_mode) == 0o600


def test_a_truncated_secret_key_is_refused(tmp_path):
    (tmp_path / "secret_key").write_text("short", encoding="ascii")

    with pytest.raises(SettingsError, match="a new key is made"):
        read_settings(tmp_path, {}, {})


def test_the_database_is_a_file_of_the_instance_until_another_is_named(tmp_path):
    assert read_settings(tmp_path, {}, {}).database_url() == f"sqlite:///{tmp_path / 'relata.sqlite'}"
    assert read_settings(tmp_path, {"database": "postgresql://h/d"}, {}).database_url() == "postgresql://h/d"
