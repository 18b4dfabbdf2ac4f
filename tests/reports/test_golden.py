"""The text of one brand report in each language, as it comes out of the file; a change of words is read like code.

To take over a change, delete the file that differs and run this test once: it writes it anew and fails.
"""

import dataclasses
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from reports import compose_brand_report, render_pdf

GOLDEN = Path(__file__).with_name("golden")


def extracted(report):
    pages = PdfReader(BytesIO(render_pdf(report))).pages
    return "\n\n".join(page.extract_text() for page in pages) + "\n"


@pytest.mark.parametrize("language", ["en", "zh", "de", "es"])
def test_a_report_says_what_it_said(whole, catalogue, language):
    plan = {"seed": 1, "suppress_below": 30, "small_below": 75, "stable_strength": 0.8}
    manifest = dataclasses.replace(whole.manifest, plan=plan)
    report = compose_brand_report(dataclasses.replace(whole, manifest=manifest), "aurora", language, catalogue)
    path, said = GOLDEN / f"brand_{language}.txt", extracted(report)
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_text(said, encoding="utf-8")
        pytest.fail(f"{path.name} was absent and is written now: read it, and keep it if it says what it should")
    assert said.splitlines() == path.read_text(encoding="utf-8").splitlines()
