"""What all tests may ask for: the folder of data that does not come with the project."""

from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine must not fail a test: how long an example takes proves nothing here.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

pytest_plugins = ["tests.plugins.chromium"]

PROJECT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser):
    parser.addoption(
        "--shared",
        type=Path,
        default=PROJECT.parent / "shared",
        metavar="PATH",
        help="folder with data and results from R that are not passed on with the project (default: ../shared)",
    )


@pytest.fixture(scope="session")
def shared(request):
    """The folder given with --shared; a test that needs it is skipped where it is absent."""
    folder = request.config.getoption("--shared")
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent: give the folder with --shared PATH")
    return folder
