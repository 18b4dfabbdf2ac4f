"""Tests in a browser are skipped, and counted, where Chromium is missing; `--no-skips` makes any skip a failure."""

import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
ABSENT = "Chromium was not found"


def chromium_path():
    """Where Chromium is, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def pytest_addoption(parser):
    parser.addoption("--no-skips", action="store_true", help="a test that is skipped has failed")


def pytest_collection_modifyitems(items):
    if chromium_path() is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=ABSENT))


def fail_if_skipped(report, config):
    """Rewrite the report of a skip as a failure if skips are not allowed; an expected failure is no skip."""
    if config.getoption("--no-skips") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which --no-skips does not allow: {report.longrepr[2]}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    return fail_if_skipped((yield), item.config)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return fail_if_skipped((yield), collector.config)


def pytest_unconfigure(config):
    """Print the last line: it comes after pytest's own closing line."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None or hasattr(config, "workerinput"):
        return
    skipped = [report for report in terminal.stats.get("skipped", ()) if ABSENT in str(report.longrepr)]
    if skipped:
        terminal.write_line(f"{len(skipped)} tests in a browser were skipped: {ABSENT} (any of {', '.join(NAMES)}).")
