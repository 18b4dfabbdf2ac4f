"""The forms of people and rights: what may be written in each field; what it means is judged elsewhere."""

from __future__ import annotations

from wtforms import Form, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from survey_app.access.permissions import LEVELS, ROLES, SCOPES

# One sign, one dot after it, no spaces: whether mail arrives there, only a mail can tell.
_EMAIL = Regexp(r"^[^@\s]+@[^@\s]+\.[^@\s]+$", message="email")
_REQUIRED = InputRequired(message="required")
_LENGTH = Length(max=254, message="long")


def _stripped(value: str | None) -> str | None:
    return value.strip() if value else value


class SignInForm(Form):  # type: ignore[misc]  # WTForms publishes no types
    """Address, password and, for those who turned it on, a one-time code."""

    email = StringField(filters=[_stripped], validators=[_REQUIRED, _LENGTH])
    password = PasswordField(validators=[_REQUIRED])
    code = StringField()


class PersonForm(Form):  # type: ignore[misc]  # WTForms publishes no types
    """Who somebody is."""

    name = StringField(validators=[_REQUIRED, Length(max=100, message="long")])
    email = StringField(filters=[_stripped], validators=[_REQUIRED, _EMAIL, _LENGTH])


class InviteForm(PersonForm):
    """A new person and what they are."""

    role = SelectField(choices=ROLES)


class SetUpForm(PersonForm):
    """The first administrator."""

    password = PasswordField(validators=[_REQUIRED])


class PasswordForm(Form):  # type: ignore[misc]  # WTForms publishes no types
    """A new password; the old one where there is one."""

    old = PasswordField()
    password = PasswordField(validators=[_REQUIRED])


class ForgottenForm(Form):  # type: ignore[misc]  # WTForms publishes no types
    """Whose password has been forgotten."""

    email = StringField(filters=[_stripped], validators=[_REQUIRED, _LENGTH])


class TokenForm(Form):  # type: ignore[misc]  # WTForms publishes no types
    """A program's token: what it is for and what it may do."""

    token_name = StringField(validators=[_REQUIRED, Length(max=100, message="long")])
    scopes = SelectMultipleField(choices=SCOPES, validators=[_REQUIRED])


class ShareForm(Form):  # type: ignore[misc]  # WTForms publishes no types
    """Who may do what in a study."""

    email = StringField(filters=[_stripped], validators=[_REQUIRED, _EMAIL])
    level = SelectField(choices=LEVELS)
    brand = StringField(validators=[Length(max=32, message="long")])


def problems(form: Form) -> dict[str, str]:
    """Return what is wrong, by field: the first code of each."""
    return {name: str(errors[0]) for name, errors in form.errors.items()}
