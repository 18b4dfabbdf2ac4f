"""Findings of one simulated study, analysed once for all tests that only read them."""

import pytest

from analysis.study import analyse
from instruments.catalogue import load_catalogue
from tests.analysis.simulated import Simulation, quick_plan


@pytest.fixture(scope="session")
def simulation():
    """Four well separated groups, each with a rule of its own, and one deal-breaker."""
    return Simulation(norm=1.0, dealbreaker=0.8)


@pytest.fixture(scope="session")
def dataset(simulation):
    return simulation.dataset()


@pytest.fixture(scope="session")
def findings(dataset):
    return analyse(dataset, quick_plan(), load_catalogue())


@pytest.fixture
def catalogue():
    return load_catalogue()
