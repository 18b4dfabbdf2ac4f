"""Reports as web pages, made from what an analysis left behind as its PDFs were; knows no Flask."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import cast

from markupsafe import Markup

from analysis.errors import AnalysisError
from analysis.findings import StudyFindings
from analysis.saving import load_findings
from instruments.catalogue import load_catalogue
from instruments.model import Language
from reports import compose_brand_report, web_article
from survey_app.analyses import Output

# A brand manager goes to and fro between the page and the list; a whole article takes half a second.
KEPT = 32


def brand_article(output: Output, brand: str, language: str) -> Markup | None:
    """Give the report on a brand as an article of a page; None where there is no such report."""
    known = any((file.brand, file.language) == (brand, language) for file in output.report_files())
    return _article(output.findings, brand, cast("Language", language)) if known else None


@lru_cache(maxsize=KEPT)
def _article(findings: Path, brand: str, language: Language) -> Markup | None:
    found = read_findings(findings)
    return None if found is None else web_article(compose_brand_report(found, brand, language, load_catalogue()))


@lru_cache(maxsize=8)
def read_findings(path: Path) -> StudyFindings | None:
    """Read findings once: what is stored under a digest never changes; None where another version wrote them."""
    try:
        return load_findings(path.read_bytes())
    except AnalysisError:
        return None
