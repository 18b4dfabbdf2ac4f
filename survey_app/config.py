"""Settings of the web application: one table, and where each value comes from; choices of analysis are a plan."""

from __future__ import annotations

import contextlib
import difflib
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from survey_app.errors import WrongUseError

Value = str | int | bool
ENVIRONMENT_PREFIX = "RELATA_"
SIGNED_WITH = "signing_secret_"
SETTINGS_FILE = "settings.yaml"
KEY_FILE = "secret_key"
KEY_BYTES = 32
SPELLINGS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class SettingsError(WrongUseError):
    """A setting is unknown or cannot be read; the sentence says where and what to write instead."""


@dataclass(frozen=True)
class Setting:
    """One row of the table; the type of the default is the type of the setting."""

    name: str
    default: Value
    help: str


SETTINGS = (
    Setting("database", "", "Address of the database; empty means relata.sqlite in the instance folder"),
    Setting(
        "https",
        default=False,
        help="Respondents come over https: cookies are marked Secure, browsers are told to stay with https",
    ),
    Setting("proxies", 0, "Number of trusted proxies in front, whose X-Forwarded headers are believed"),
    Setting("trusted_hosts", "", "Host names that are answered, separated by commas; empty means any"),
    Setting("body_kilobytes", 256, "Largest page a respondent may send"),
    Setting("resume_days", 30, "How long a respondent's browser may come back to an unfinished questionnaire"),
    Setting("hold_minutes", 60, "How long an unfinished questionnaire keeps its brands and places in quotas counted"),
    Setting("entries_per_minute", 60, "How many questionnaires may be begun from one address; 0 sets no limit"),
    Setting("codes_per_hour", 30, "How many wrong codes and links may be tried from one address; 0 sets no limit"),
    Setting("public_address", "", "Where respondents find this site, as https://survey.example; stands in invitations"),
    Setting("mail_server", "", "SMTP server of invitations; empty means files in the folder `mail` of the instance"),
    Setting("mail_port", 587, "Its port; 465 begins encrypted, any other turns to encryption before anything is said"),
    Setting("mail_user", "", "Name to sign in with there; empty means none is asked for"),
    Setting("mail_password", "", "Password to sign in with there"),
    Setting("mail_sender", "", "Address that invitations come from"),
    Setting(
        "private_callbacks",
        default=False,
        help="Calls to panels' servers may go without https and into private networks; for trials only",
    ),
    Setting("lease_seconds", 60, "How long a job stays with a worker that has fallen silent"),
    Setting("job_tries", 3, "How often a job is begun before it counts as broken"),
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


@dataclass(frozen=True)
class Settings:
    """The settings in force, the folder they belong to and the key that signs cookies."""

    instance: Path
    secret_key: str
    values: Mapping[str, Value]

    def text(self, name: str) -> str:
        """Return a setting that is text."""
        return str(self.values[name])

    def number(self, name: str) -> int:
        """Return a setting that is a whole number."""
        return int(self.values[name])

    def flag(self, name: str) -> bool:
        """Return a setting that is on or off."""
        return bool(self.values[name])

    def signing_secret(self, name: str) -> str:
        """Return the secret that a study's file names; it has a setting of its own, as `signing_secret_panel_a`."""
        setting = f"{SIGNED_WITH}{name.lower()}"
        if not self.values.get(setting):
            raise SettingsError(
                f"the secret {name} is not set: write `{setting}: …` into {self.instance / SETTINGS_FILE}, "
                f"or set {ENVIRONMENT_PREFIX}{setting.upper()} in the environment"
            )
        return str(self.values[setting])

    def database_url(self) -> str:
        """Return the database's address, the instance folder's own file where none is set."""
        return self.text("database") or f"sqlite:///{self.instance / 'relata.sqlite'}"


def read_settings(
    instance: Path, overrides: Mapping[str, object] | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """Merge defaults, instance/settings.yaml, environment and overrides; the instance folder is made if absent."""
    environ = os.environ if environ is None else environ
    instance.mkdir(parents=True, exist_ok=True)
    values: dict[str, Value] = {setting.name: setting.default for setting in SETTINGS}
    for name, value, place in (*_from_file(instance / SETTINGS_FILE), *_from_environment(environ)):
        values[name] = _read(name, value, place)
    for name, value in (overrides or {}).items():
        values[name] = _read(name, value, "overrides")
    return Settings(instance, _secret_key(instance / KEY_FILE), values)


def _from_file(path: Path) -> Iterator[tuple[str, object, str]]:
    if not path.exists():
        return
    try:
        content = YAML(typ="safe").load(path) or {}
    except (YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not a YAML file: {error}") from error
    if not isinstance(content, dict):
        raise SettingsError(f"{path}: write one `name: value` on each line")
    for name, value in content.items():
        yield str(name), value, str(path)


def _from_environment(environ: Mapping[str, str]) -> Iterator[tuple[str, object, str]]:
    for variable in sorted(environ):
        if variable.startswith(ENVIRONMENT_PREFIX):
            yield variable.removeprefix(ENVIRONMENT_PREFIX).lower(), environ[variable], f"environment, {variable}"


def _read(name: str, value: object, place: str) -> Value:
    """Return the value in the type of its setting, or say what is wrong with it and where it stands."""
    if name.startswith(SIGNED_WITH):
        return str(value)
    if name not in _BY_NAME:
        raise SettingsError(
            f"{place}: unknown setting {name!r}{_closest(name, _BY_NAME)}; there are {', '.join(_BY_NAME)}"
        )
    default = _BY_NAME[name].default
    spelled = str(value).strip().lower()
    if isinstance(default, bool):
        if spelled not in SPELLINGS:
            raise SettingsError(f"{place}: {name} is {value!r}; write true or false")
        return SPELLINGS[spelled]
    if isinstance(default, int):
        if not spelled.isdecimal():
            raise SettingsError(f"{place}: {name} is {value!r}; write a whole number, 0 or more")
        return int(spelled)
    return str(value)


def _closest(name: str, known: Iterable[str]) -> str:
    matches = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {matches[0]!r}?)" if matches else ""


def _secret_key(path: Path) -> str:
    """Return the key of this instance; the first process makes it, readable by its owner only."""
    if not path.exists():
        # Linking is atomic: a process that starts at the same moment never reads half a key.
        draft = path.with_name(f"{KEY_FILE}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(KEY_BYTES))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return _existing_key(path)


def _existing_key(path: Path) -> str:
    key = path.read_text(encoding="ascii").strip()
    if len(key) < KEY_BYTES:
        raise SettingsError(f"{path}: shorter than {KEY_BYTES} characters; delete the file and a new key is made")
    return key
