"""The commands of the command line, by what they are about; `survey_app.cli` joins them."""
