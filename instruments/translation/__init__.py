"""Translation work on questionnaire files: texts out and back, their status, what is missing; asks nobody."""
