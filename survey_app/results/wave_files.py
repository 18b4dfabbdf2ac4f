"""A later wave's answers held against the findings of an earlier one, with their files; it computes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analysis.findings import WaveFindings
from analysis.saving import dump_waves, load_findings
from analysis.waves import compare_waves
from reports.wording import Wording
from survey_app.results.chain import read_dataset

Progress = Callable[[float, str], None]


def compare_wave_files(
    earlier: bytes,
    answers: Path,
    *,
    study: Path,
    earlier_answers: Path | None = None,
    earlier_study: Path | None = None,
    progress: Progress,
) -> tuple[WaveFindings, bytes]:
    """Read both waves and compare them; returns what was found, and the same as canonical JSON."""
    progress(0.0, "reading answers")
    findings = load_findings(earlier)
    later, plan = read_dataset(answers, study)
    before = read_dataset(earlier_answers, earlier_study or study)[0] if earlier_answers else None
    found = compare_waves(findings, later, plan=plan, earlier_answers=before, progress=progress)
    return found, dump_waves(found)


def in_numbers(found: WaveFindings) -> dict[str, object]:
    """What a program wants to know when the comparison ends."""
    retyping = found.retyping
    return {
        "simulated": found.simulated,
        "persons": found.n_persons,
        "ratings": found.n_ratings,
        "persons_in_both": found.n_both_persons,
        "ratings_in_both": found.n_both_ratings,
        "retest": retyping.agreement.value if retyping else None,
        "kappa": retyping.kappa.value if retyping else None,
        "caveats": [caveat.code for caveat in found.caveats],
    }


def in_words(found: WaveFindings) -> dict[str, object]:
    """What a person wants to hear: the same in words, and every caveat as a sentence."""
    words = Wording("en")
    told = in_numbers(found)
    if found.retest is not None and found.retest.value is not None:
        told["retest"] = f"{words.percent(found.retest.value)} in the same group ({words.share_evidence(found.retest)})"
    if found.retyping is not None and found.retyping.kappa.value is not None:
        told["kappa"] = words.coefficient(found.retyping.kappa.value)
    told["caveats"] = [
        words.say(f"caveat.{caveat.code}", **{name: words.plain(value) for name, value in caveat.numbers.items()})
        for caveat in found.caveats
    ]
    return {key: value for key, value in told.items() if value is not None}
