"""How soon the first page is usable on a slow phone: requests, bytes and milliseconds in Chromium.

python3 benchmarks/first_page.py [--times 5]

A phone of 393 × 727 pixels behind a slow 4G line (150 ms of latency, 1.6 Mbit/s down, .75 up) with a processor four
times slower than this one: the manner in which other survey programs were measured. The page is usable when it, its
style and its script are loaded. Needs what `run.py test` installs. Writes `benchmarks/results/first_page.json`.
"""  # noqa: INP001

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

import click
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.load import HERE, STUDY, server
from survey_app.config import read_settings
from survey_app.design.publishing import publish_study
from survey_app.store import open_store
from tests.plugins.chromium import chromium_path

RESULT = HERE / "results" / "first_page.json"
DEVICE = "Pixel 5"
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
SLOWER = 4
TIMES = """() => {
  const page = performance.getEntriesByType("navigation")[0], files = performance.getEntriesByType("resource");
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return {
    load_ms: page.loadEventEnd, first_paint_ms: paint.startTime, requests: 1 + files.length,
    bytes: [page, ...files].reduce((sum, file) => sum + file.decodedBodySize, 0),
  };
}"""


def main() -> None:
    """Open the page several times, each time in a browser that knows nothing of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="relata-page-") as folder, sync_playwright() as playwright:
        instance = Path(folder)
        store = open_store(read_settings(instance).database_url())
        publish_study(store, HERE / f"{STUDY}.study.yaml")
        store.close()
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox", "--disable-gpu"])
        phone = playwright.devices[DEVICE]
        with server(instance) as origin:
            seen = [first_page(browser, phone, f"{origin}/s/{STUDY}") for _ in range(chosen.times)]
        version = browser.version
        browser.close()
    median = {name: round(statistics.median(each[name] for each in seen)) for name in seen[0]}
    found = {
        "chromium": version,
        "times": chosen.times,
        **median,
        "load_ms_most": round(max(e["load_ms"] for e in seen)),
    }
    RESULT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    click.echo(json.dumps(found))


def first_page(browser: Browser, phone: dict[str, object], address: str) -> dict[str, float]:
    """Open an address on the slow phone and tell what the browser measured."""
    context = browser.new_context(**phone, locale="en")
    page = context.new_page()
    connection = context.new_cdp_session(page)
    connection.send("Network.enable")
    connection.send("Network.emulateNetworkConditions", LINE)
    connection.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(address, wait_until="load")
    page.wait_for_function("performance.getEntriesByType('navigation')[0].loadEventEnd > 0")
    seen: dict[str, float] = page.evaluate(TIMES)
    context.close()
    return seen


if __name__ == "__main__":
    main()
