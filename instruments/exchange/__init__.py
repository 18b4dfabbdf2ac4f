"""Questionnaires in the files of other programs: XLSForm in and out, LimeSurvey and Qualtrics in, DDI out."""
