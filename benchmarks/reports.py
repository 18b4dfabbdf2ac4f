"""How long 200 brand reports take, how much memory and how many bytes; writes results/reports.json."""  # noqa: INP001 - a script

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.compute import Compute
from analysis.findings import BrandFindings, StudyFindings
from analysis.saving import dump_findings, load_findings
from instruments.catalogue import load_catalogue
from reports import compose_brand_report, render_pdf
from reports.page import lay_out
from survey_app.results.report_files import Source, make_documents

RESULT = Path(__file__).with_name("results") / "reports.json"
BRANDS = 200
WORKERS = 2
BARS = {"cpu_ms_per_report": 110, "wall_s": 14, "memory_gb": 1.5, "chinese_mb": 1.0}


def many_brands(found: StudyFindings) -> StudyFindings:
    """The same brands over and over until there are 200, each under a key and a name of its own.

    With one name for many, most sentences would be set once for all of them.
    """
    told = [brand for brand in found.brands if not brand.suppressed]
    copies = [_copy(told[i % len(told)], f"{i:03}") for i in range(BRANDS)]
    choices = tuple(
        dataclasses.replace(choice, brand=copy.key)
        for i, copy in enumerate(copies)
        for choice in (found.strategies.choices if found.strategies else ())
        if choice.brand == told[i % len(told)].key
    )
    strategies = dataclasses.replace(found.strategies, choices=choices) if found.strategies else None
    return dataclasses.replace(found, brands=tuple(copies), strategies=strategies)


def _copy(brand: BrandFindings, number: str) -> BrandFindings:
    names = {language: f"{name} {number}" for language, name in brand.name.items()}
    return dataclasses.replace(brand, key=f"{brand.key}{number}", name=names)


def one_by_one(found: StudyFindings, language: str, n: int) -> Iterator[tuple[float, int, int]]:
    """CPU seconds, pages and bytes of some reports, made in this process after a first one that is not counted."""
    catalogue = load_catalogue()
    for i, brand in enumerate(found.brands[: n + 1]):
        began = time.process_time()
        report = compose_brand_report(found, brand.key, language, catalogue)
        content = render_pdf(report)
        spent = time.process_time() - began
        if i:
            yield spent, len(lay_out(report)), len(content)


def all_at_once(findings: bytes) -> tuple[float, float, float]:
    """Wall and CPU seconds for all reports on two cores, with the start of the workers, and the memory of all, GB.

    CPU seconds say what the wall would be on a machine that has nothing else to do.
    """
    with tempfile.TemporaryDirectory() as folder:
        began, spent = time.perf_counter(), _cpu_seconds()
        made = make_documents(
            Source(findings), Path(folder), lambda _share, _doing: None, languages=("en",), compute=Compute(WORKERS)
        )
        wall, cpu = time.perf_counter() - began, _cpu_seconds() - spent
    if made.failed or len(made.written) != BRANDS:
        raise RuntimeError(f"{len(made.failed)} reports failed")
    own, workers = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return wall, cpu, (own + WORKERS * workers) / 1e6


def _cpu_seconds() -> float:
    """Of this process and of those it started that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("findings", type=Path, help="Findings of a study, those of `run.py demo` for instance.")
    parser.add_argument("--reports", type=int, default=20, help="So many are timed one by one in each language.")
    given = parser.parse_args()
    found = many_brands(load_findings(given.findings.read_bytes()))
    english, chinese = (sorted(one_by_one(found, language, given.reports)) for language in ("en", "zh"))
    wall, cpu, memory = all_at_once(dump_findings(found))
    result = {
        "brands": BRANDS,
        "pages": max(pages for _, pages, _ in english),
        "cpu_ms_least": round(1000 * english[0][0]),
        "cpu_ms_median": round(1000 * english[len(english) // 2][0]),
        "cpu_ms_chinese_median": round(1000 * chinese[len(chinese) // 2][0]),
        "wall_s": round(wall, 1),
        "cpu_s_of_all": round(cpu, 1),
        "memory_gb": round(memory, 2),
        "english_mb": round(max(size for _, _, size in english) / 1e6, 2),
        "chinese_mb": round(max(size for _, _, size in chinese) / 1e6, 2),
        "bars": BARS,
        "load_average": round(os.getloadavg()[0], 1),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))  # noqa: T201


if __name__ == "__main__":
    main()
