"""The forms of writing a study: what may be written in each field; what it means to a study is judged elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from wtforms import DateField, Form, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Regexp

from survey_app.design.designs import KEY, LANGUAGES, questionnaires

KEPT = timedelta(days=2 * 365)
MOST_SIMULATED = 2000
_REQUIRED = InputRequired(message="required")


def _in_two_years() -> object:
    return (datetime.now(UTC) + KEPT).date()


class NewStudyForm(Form):  # type: ignore[misc]  # WTForms publishes no types
    """A study from a questionnaire of the toolkit."""

    title = StringField(validators=[_REQUIRED, Length(max=200, message="long")])
    key = StringField(validators=[_REQUIRED, Regexp(f"^{KEY.pattern}$", message="key")])
    languages = SelectMultipleField(choices=LANGUAGES, validators=[_REQUIRED])
    questionnaire = SelectField(choices=questionnaires)
    brands = TextAreaField(validators=[_REQUIRED, Length(max=5000, message="long")])
    retention = DateField(validators=[_REQUIRED], default=_in_two_years)

    def brand_names(self) -> list[str]:
        """Return the brands, one on each line."""
        return [name for line in (self.brands.data or "").splitlines() if (name := " ".join(line.split())[:100])]


class SimulateForm(Form):  # type: ignore[misc]  # WTForms publishes no types
    """How many invented respondents are to answer."""

    respondents = IntegerField(validators=[_REQUIRED, NumberRange(1, MOST_SIMULATED, message="number")], default=300)
