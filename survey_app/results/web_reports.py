"""Reports as web pages, made from what an analysis left behind as its PDFs were; knows no Flask."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

from markupsafe import Markup

from analysis.errors import AnalysisError
from analysis.findings import StudyFindings
from analysis.quoting import quotes
from analysis.saving import load_findings
from instruments.catalogue import load_catalogue
from instruments.model import Language
from reports import compose_brand_report, web_article
from reports.content import Actions
from reports.theme import Theme
from survey_app.results.analyses import Output
from survey_app.results.plan_files import read_plans
from survey_app.results.verbatims import read_agreed

# A brand manager goes to and fro between the page and the list; a whole article takes half a second.
KEPT = 32


@dataclass(frozen=True)
class WebReport:
    """A report as an article of a page, and what it proposes to do first."""

    article: Markup
    proposals: tuple[str, ...]


def web_report(output: Output, brand: str, language: str, theme: Theme | None = None) -> WebReport | None:
    """Give the report on a brand in the colours of a theme; None where there is no such report."""
    known = any((file.brand, file.language) == (brand, language) for file in output.report_files())
    return _made(output, brand, cast("Language", language), theme) if known else None


@lru_cache(maxsize=KEPT)
def _made(output: Output, brand: str, language: Language, theme: Theme | None) -> WebReport | None:
    found = read_findings(output.findings)
    if found is None:
        return None
    before = read_findings(output.before) if output.before.exists() else None
    planned = read_plans(output.plans.read_bytes()).get(brand, ()) if output.plans.exists() else ()
    said = quotes(read_agreed(output.quotations), found.archetypes.memberships if found.archetypes else ())
    report = compose_brand_report(found, brand, language, load_catalogue(), before, planned=planned, quotes=said)
    blocks = (block for section in report.sections if section.key == "plan" for block in section.blocks)
    proposals = tuple(action.title for block in blocks if isinstance(block, Actions) for action in block.actions)
    return WebReport(web_article(report, theme), proposals)


@lru_cache(maxsize=8)
def read_findings(path: Path) -> StudyFindings | None:
    """Read findings once: what is stored under a digest never changes; None where another version wrote them."""
    try:
        return load_findings(path.read_bytes())
    except AnalysisError:
        return None
