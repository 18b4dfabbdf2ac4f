"""Questionnaires in a browser; `survey_app.application.create_app` makes the application. Loads nothing itself."""
