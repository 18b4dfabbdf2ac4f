"""Catalogue and findings that the tests of reports start from."""

import importlib.util
from pathlib import Path

import pytest

from instruments.catalogue import load_catalogue


@pytest.fixture(scope="session")
def catalogue():
    return load_catalogue()


@pytest.fixture(scope="session")
def builder():
    """The module of invented findings beside this file."""
    path = Path(__file__).with_name("findings_builder.py")
    spec = importlib.util.spec_from_file_location("findings_builder", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def full(builder):
    return builder.full_findings()


@pytest.fixture(scope="session")
def poor(builder):
    return builder.poor_findings()


@pytest.fixture(scope="session")
def whole(builder):
    return builder.whole_findings()
