"""Open answers beside the numbers: codes suggested for a person to confirm, agreement of coders, signals by archetype.

It decides no code: what is suggested counts only once a person has confirmed it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline

from analysis.errors import AnalysisError
from analysis.findings import Estimate, Membership
from analysis.intervals import number
from analysis.numeric.agreement import agreement
from analysis.numeric.arrays import Booleans, Floats
from analysis.numeric.proportions import clustered_share
from analysis.numeric.resampling import interval
from analysis.quoting import TextOwners
from instruments.coding_frame import CodingFrame

Codes = Mapping[str, frozenset[str]]
"""Codes given to texts, by the key of the text; a text without codes has an empty set."""

FEWEST_EXAMPLES = 20
FOLDS = 5
LIKELY = 0.5
RESAMPLES = 2000
# Languages written without spaces: a cue may stand anywhere.
_UNSPACED = frozenset({"zh", "ja", "th"})


@dataclass(frozen=True)
class Verbatim:
    """One text: an open answer, a service note or a post; whose it is and about which brand, as far as known."""

    key: str
    text: str
    language: str
    person: str | None = None
    brand: str | None = None


@dataclass(frozen=True)
class Suggestion:
    """A code that may fit a text: by words of the frame (`cue`) or likeness to confirmed texts, with a probability."""

    key: str
    code: str
    basis: Literal["cue", "learned"]
    probability: float | None


@dataclass(frozen=True)
class LearnedCode:
    """How well a code is learned: `precision` and `recall` (0 to 1) on confirmed texts that it was not learned from."""

    code: str
    examples: int
    texts: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True)
class Suggestions:
    """All that is suggested for texts that nobody has coded, and how far the learned part can be trusted."""

    suggested: tuple[Suggestion, ...]
    learned: tuple[LearnedCode, ...]


@dataclass(frozen=True)
class CoderAgreement:
    """Agreement of two coders on one code: share of texts alike and Cohen's kappa, n texts; kappa None if unvaried."""

    code: str
    share: Estimate
    kappa: Estimate


@dataclass(frozen=True)
class SignalShare:
    """Share of an archetype's texts that carry a code, n texts."""

    archetype: str
    code: str
    share: Estimate


def suggest_codes(verbatims: Sequence[Verbatim], frame: CodingFrame, confirmed: Codes, *, seed: int = 0) -> Suggestions:
    """Suggest codes for the texts that nobody has coded yet.

    A code with 20 confirmed texts that have it and 20 that have it not is learned from them; one with fewer is
    suggested where a cue of the frame stands in the text.

    Parameters
    ----------
    verbatims : sequence of Verbatim
    frame : CodingFrame
    confirmed : mapping of str to frozenset of str
        Codes that people gave, by the key of the text.
    seed : int
        Of the division into folds.

    Returns
    -------
    Suggestions
        In the order of the texts, then of the frame.

    Raises
    ------
    AnalysisError
        ``unknown_codes``.

    References
    ----------
    Sebastiani (2002), Machine learning in automated text categorization, doi:10.1145/505282.505283

    Notes
    -----
    Parts of words of two to four characters take the place of words, so that Chinese needs no segmentation and German
    compounds and Spanish endings none either.
    """
    _require_known(confirmed, frame)
    coded = [verbatim for verbatim in verbatims if verbatim.key in confirmed]
    open_texts = [verbatim for verbatim in verbatims if verbatim.key not in confirmed]
    by_text: dict[str, list[Suggestion]] = {verbatim.key: [] for verbatim in open_texts}
    learned = []
    for code in frame.codes:
        has = np.array([code in confirmed[verbatim.key] for verbatim in coded], dtype=bool)
        if min(has.sum(), (~has).sum()) < FEWEST_EXAMPLES:
            found = _by_cue(code, frame, open_texts)
        else:
            learned.append(_judged(code, coded, has, seed))
            found = _by_learning(code, coded, has, open_texts)
        for suggestion in found:
            by_text[suggestion.key].append(suggestion)
    return Suggestions(tuple(one for several in by_text.values() for one in several), tuple(learned))


def coder_agreement(
    first: Codes, second: Codes, frame: CodingFrame, *, rng: np.random.Generator
) -> tuple[CoderAgreement, ...]:
    """Compare two coders on the texts that both have coded.

    Parameters
    ----------
    first, second : mapping of str to frozenset of str
        Codes that each gave, by the key of the text.
    frame : CodingFrame
    rng : numpy Generator
        Of the 2,000 resamples of texts behind the intervals.

    Returns
    -------
    tuple of CoderAgreement
        One for each code of the frame.

    Raises
    ------
    AnalysisError
        ``unknown_codes``, ``nothing_in_common``.

    References
    ----------
    Cohen (1960), doi:10.1177/001316446002000104

    Notes
    -----
    Kappa equals ``psych::cohen.kappa`` to rounding.
    """
    for codes in (first, second):
        _require_known(codes, frame)
    both = sorted(first.keys() & second.keys())
    if not both:
        raise AnalysisError(
            "nothing_in_common", "No text was coded by both coders. Let both code the same sample of texts.", texts=0
        )
    return tuple(_agreement(code, first, second, both, rng) for code in frame.codes)


def signal_shares(
    verbatims: Sequence[Verbatim], codes: Codes, frame: CodingFrame, memberships: Sequence[Membership]
) -> tuple[SignalShare, ...]:
    """Join coded texts to archetypes.

    A text about a brand belongs to that rating's archetype; one that names no brand counts where all ratings of the
    person are of one archetype.

    Parameters
    ----------
    verbatims : sequence of Verbatim
    codes : mapping of str to frozenset of str
        Confirmed codes; a text that nobody has coded does not count.
    frame : CodingFrame
    memberships : sequence of Membership

    Returns
    -------
    tuple of SignalShare
        For the signals of the frame, by archetype; archetypes without a coded text are left out.
    """
    owners = TextOwners(memberships)
    texts: dict[str, list[Verbatim]] = {}
    for verbatim in verbatims:
        archetype = owners.archetype(verbatim.person, verbatim.brand)
        if archetype is not None and verbatim.key in codes:
            texts.setdefault(archetype, []).append(verbatim)
    signals = [code for code, entry in frame.codes.items() if entry.signal]
    return tuple(
        SignalShare(archetype, code, _share(code, texts[archetype], codes))
        for archetype in sorted(texts)
        for code in signals
    )


def _require_known(codes: Codes, frame: CodingFrame) -> None:
    """Refuse codes that the frame does not have."""
    if strange := sorted({code for given in codes.values() for code in given} - frame.codes.keys()):
        raise AnalysisError(
            "unknown_codes",
            f"The coding frame has no code {', '.join(strange)}; it has {', '.join(frame.codes)}. Correct the codes.",
            codes=len(strange),
        )


def _by_cue(code: str, frame: CodingFrame, verbatims: Iterable[Verbatim]) -> Iterator[Suggestion]:
    """Texts in which a cue of their language stands."""
    patterns: dict[str, re.Pattern[str]] = {
        language: _pattern(cues, language) for language, cues in frame.codes[code].cues.items() if cues
    }
    for verbatim in verbatims:
        pattern = patterns.get(verbatim.language)
        if pattern is not None and pattern.search(verbatim.text):
            yield Suggestion(verbatim.key, code, "cue", None)


def _pattern(cues: Sequence[str], language: str) -> re.Pattern[str]:
    """Match any of the cues, at the beginning of a word where the language has spaces."""
    start = "" if language in _UNSPACED else r"(?<!\w)"
    return re.compile(start + "(?:" + "|".join(map(re.escape, cues)) + ")", re.IGNORECASE)


def _learner() -> Pipeline:
    """Logistic regression on weighted parts of words."""
    return make_pipeline(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True),
        LogisticRegression(class_weight="balanced", max_iter=1000),
    )


def _texts(verbatims: Iterable[Verbatim]) -> list[str]:
    return [verbatim.text for verbatim in verbatims]


def _judged(code: str, coded: Sequence[Verbatim], has: Booleans, seed: int) -> LearnedCode:
    """Predict each confirmed text from the others."""
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    told = cross_val_predict(_learner(), _texts(coded), has, cv=folds, method="predict_proba")[:, 1] >= LIKELY
    hits = int((told & has).sum())
    precision, recall = (hits / n if n else None for n in (int(told.sum()), int(has.sum())))
    return LearnedCode(code, int(has.sum()), len(coded), precision, recall)


def _by_learning(
    code: str, coded: Sequence[Verbatim], has: Booleans, verbatims: Sequence[Verbatim]
) -> Iterator[Suggestion]:
    """Texts that resemble those that have the code."""
    if not verbatims:
        return
    probabilities: Floats = _learner().fit(_texts(coded), has).predict_proba(_texts(verbatims))[:, 1]
    for verbatim, probability in zip(verbatims, probabilities.tolist(), strict=True):
        if probability >= LIKELY:
            yield Suggestion(verbatim.key, code, "learned", probability)


def _agreement(code: str, first: Codes, second: Codes, both: Sequence[str], rng: np.random.Generator) -> CoderAgreement:
    """One code, with intervals from texts drawn anew."""
    one, other = (np.array([code in codes[key] for key in both], dtype=int) for codes in (first, second))
    counts = np.bincount(2 * one + other, minlength=4)
    drawn = rng.multinomial(len(both), counts / len(both), RESAMPLES)
    tables = np.concatenate([counts[None], drawn]).reshape(-1, 2, 2).astype(float)
    found = agreement(tables)
    return CoderAgreement(code, _estimated(found.share, len(both)), _estimated(found.kappa, len(both)))


def _estimated(figures: Floats, n: int) -> Estimate:
    """A figure and its interval from resamples."""
    low, high = interval(figures[1:, None])
    return Estimate(number(figures[0]), number(low[0]), number(high[0]), n)


def _share(code: str, verbatims: Sequence[Verbatim], codes: Codes) -> Estimate:
    """Share of texts with a code; several texts of one person count as dependent."""
    has = np.array([code in codes[verbatim.key] for verbatim in verbatims], dtype=float)
    person = np.unique([str(verbatim.person) for verbatim in verbatims], return_inverse=True)[1]
    return Estimate(*clustered_share(has, np.ones(len(has)), person), len(has))
