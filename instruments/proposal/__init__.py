"""Proposes the study file for a file of answers made elsewhere: a first draft with its doubts, never a verdict."""
