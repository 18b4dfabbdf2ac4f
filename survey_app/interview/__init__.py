"""One respondent's way through a questionnaire: whose turn, which brand, which page next, what is kept."""
