"""The methods section, filled in from the findings: how they came about and what limits them; draws nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.content import Bullets, Column, Columns, Heading, Paragraph, Row, Section, Table
from reports.weighting import weighting_blocks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.findings import (
        Archetypes,
        Candidate,
        Caveat,
        ConfirmedModel,
        Discrimination,
        ExclusionStep,
        Factors,
        Flag,
        Invariance,
        Match,
        ScaleReliability,
    )
    from reports.content import Block
    from reports.subject import StudySubject, Subject

_BLANK_BELOW = 0.3
_DIGEST_SHOWN = 12
# Every parallel analysis is there by its quantile, too; by the mean it suggests more factors.
_BY_MEAN = "_mean"
_CHOICES = ("repair", "strategy", "keep", "dealbreaker", "treat", "negative", "bolster", "gap", "ask")
_LIMITS = ("cause", "wish", "metaphor", "value", "names")


def methods_section(subject: Subject) -> Section:
    """A brand report's appendix: how the results came about, the long tables left to the study report."""
    words = subject.wording
    blocks = (
        *sample_blocks(subject, words.say("methods.study.category", brand=subject.name), tables=False),
        *reliability_blocks(subject),
        *factor_blocks(subject, tables=False),
        *confirmation_blocks(subject),
        *archetype_blocks(subject, tables=False),
        *_elsewhere(subject),
        *_caveats(subject),
        *_left_out(subject),
        *_closing(subject),
    )
    return Section("methods", words.say("methods.title"), words.say("methods.headline"), blocks, appendix=True)


def _elsewhere(subject: StudySubject) -> Iterable[Block]:
    """Which tables only the study report has, by their captions."""
    words, found = subject.wording, subject.findings
    there = {
        "weighting.caption": found.weighting is not None and found.weighting.raked,
        "flags.caption": bool(found.sample.flags),
        "factors.caption": found.factors is not None,
        "factors.correlations": found.factors is not None and len(found.factors.factors) > 1,
        "archetypes.matches": found.archetypes is not None
        and found.archetypes.structure != "none"
        and any(group.matches for group in found.archetypes.archetypes),
    }
    captions = [words.say(f"methods.{key}") for key, stands in there.items() if stands]
    if captions:
        tables = words.say("methods.study_report_between").join(captions)
        yield Paragraph(words.say("methods.study_report", tables=tables), style="note")


def closing_blocks(subject: StudySubject, *, plan: bool) -> Iterable[Block]:
    """Caveats, what was not asked, limits, and what it takes to make it all again, with the whole `plan` or without."""
    yield from _caveats(subject)
    yield from _left_out(subject)
    yield from _limits(subject)
    yield from _reproduction(subject, plan=plan)


def sample_blocks(subject: StudySubject, compared: str, *, tables: bool) -> Iterable[Block]:
    """Who was asked what, how they were weighted (by category where asked for) and who was left out."""
    words, sample = subject.wording, subject.findings.sample
    yield Heading(words.say("methods.study.heading"))
    weighted = words.count("number.persons", int(sample.effective_persons))
    said = [
        _instrument(subject),
        words.say("methods.study.analysed", **_base(subject, sample.n_ratings, sample.n_persons)),
        words.say("methods.study.weighted", persons=weighted)
        if sample.weighted
        else words.say("methods.study.unweighted"),
        *_breakdowns(subject),
        words.say("methods.study.persons_resampled"),
        compared,
    ]
    yield Paragraph(subject.sentences(*said))
    yield from weighting_blocks(subject, tables=tables)
    if sample.exclusions:
        yield _exclusions(subject, sample.exclusions)


def careless_blocks(subject: StudySubject) -> Iterable[Block]:
    """How many showed each sign of careless answering."""
    if subject.findings.sample.flags:
        yield _flags(subject, subject.findings.sample.flags)


def _instrument(subject: StudySubject) -> str:
    study = subject.findings.study
    if study.instrument is None:
        return subject.wording.say("methods.study.file")
    return subject.wording.say(
        "methods.study.instrument",
        instrument=study.instrument,
        version=str(study.instrument_version),
        digest=(study.instrument_digest or "")[:_DIGEST_SHOWN],
    )


def _base(subject: StudySubject, n_ratings: int, n_persons: int) -> dict[str, str]:
    words = subject.wording
    return {
        "relationships": words.count("number.relationships", n_ratings),
        "persons": words.count("number.persons", n_persons),
    }


def _breakdowns(subject: StudySubject) -> Iterable[str]:
    words, sample = subject.wording, subject.findings.sample
    named = (("languages", sample.by_language, words.tongue), ("countries", sample.by_country, words.territory))
    for name, counts, called in named:
        parts = [words.say("methods.study.part", name=called(key), n=words.whole(n)) for key, n in counts.items()]
        if parts:
            yield words.say(f"methods.study.{name}", parts=words.listed(parts))


def _exclusions(subject: StudySubject, steps: tuple[ExclusionStep, ...]) -> Table:
    words = subject.wording
    columns = (
        Column(words.say("methods.exclusion.step"), 3.0),
        *(
            Column(words.say(f"methods.exclusion.{name}"), 1.0, "right")
            for name in ("persons", "relationships", "negative", "ambivalent")
        ),
    )
    rows = tuple(_exclusion_row(subject, step) for step in steps)
    return Table(words.say("methods.exclusion.caption"), columns, rows)


def _exclusion_row(subject: StudySubject, step: ExclusionStep) -> Row:
    words = subject.wording
    shares = (step.share_negative, step.share_ambivalent)
    return Row(
        (
            words.say(f"methods.exclusion.code.{step.code}"),
            words.whole(step.n_persons),
            words.whole(step.n_ratings),
            *(words.say("number.none") if share is None else words.percent(share) for share in shares),
        )
    )


def _flags(subject: StudySubject, flags: tuple[Flag, ...]) -> Table:
    words = subject.wording
    names = ("index", "cut", "flagged", "checked")
    columns = tuple(
        Column(
            words.say(f"methods.flags.{name}"), 3.0 if name == "index" else 1.0, "left" if name == "index" else "right"
        )
        for name in names
    )
    rows = tuple(
        Row(
            (
                words.say(f"methods.flags.name.{flag.index}"),
                words.number(flag.cut),
                words.whole(flag.n_flagged),
                words.whole(flag.n_checked),
            )
        )
        for flag in flags
    )
    return Table(words.say("methods.flags.caption"), columns, rows)


def reliability_blocks(subject: StudySubject) -> Iterable[Block]:
    """How reliably each scale measures."""
    words, scales = subject.wording, subject.findings.reliability
    if not scales:
        return
    yield Heading(words.say("methods.reliability.heading"))
    names = ("scale", "items", "alpha", "interval", "omega", "weakest")
    columns = tuple(
        Column(
            words.say(f"methods.reliability.{name}"),
            2.6 if name == "scale" else 1.0,
            "left" if name == "scale" else "right",
        )
        for name in names
    )
    base = words.count("number.persons", max(scale.alpha.n for scale in scales))
    rows = tuple(_reliability_row(subject, scale) for scale in scales)
    note = words.say("methods.reliability.note", persons=base)
    yield Table(words.say("methods.reliability.caption"), columns, rows, note)


def _reliability_row(subject: StudySubject, scale: ScaleReliability) -> Row:
    words, none = subject.wording, subject.wording.say("number.none")
    weakest = min(scale.item_rest.values(), default=None)
    return Row(
        (
            words.label(scale.label),
            words.whole(scale.n_items),
            none if scale.alpha.value is None else words.coefficient(scale.alpha.value),
            words.coefficient_interval(scale.alpha),
            none if scale.omega is None else words.coefficient(scale.omega),
            none if weakest is None else words.coefficient(weakest),
        )
    )


def factor_blocks(subject: StudySubject, *, tables: bool) -> Iterable[Block]:
    """How the factors were found, with their tables where asked for."""
    words, factors = subject.wording, subject.findings.factors
    yield Heading(words.say("methods.factors.heading"))
    if factors is None:
        yield Paragraph(words.say("methods.factors.absent"))
        return
    yield Paragraph(subject.sentences(_how_factored(subject, factors), _fit(subject, factors)))
    yield Paragraph(subject.sentences(*_factor_remarks(subject, factors)))
    if not tables:
        return
    yield _loadings(subject, factors)
    if len(factors.factors) > 1:
        yield _factor_correlations(subject, factors)


def _how_factored(subject: StudySubject, factors: Factors) -> str:
    words = subject.wording
    return words.say(
        "methods.factors.how",
        extraction=words.say(f"methods.factors.extraction.{factors.extraction}"),
        rotation=words.say(f"methods.factors.rotation.{factors.rotation}"),
        items=words.whole(len(factors.items)),
        kmo=words.coefficient(factors.kmo),
        chi2=words.number(factors.bartlett_chi2, 1),
        df=words.whole(factors.bartlett_df),
        p=words.probability(factors.bartlett_p),
        **_base(subject, factors.n, factors.n_persons),
    )


def _fit(subject: StudySubject, factors: Factors) -> str:
    words = subject.wording
    none = words.say("methods.factors.not_known")
    return words.say(
        "methods.factors.fit",
        rmsea=none if factors.rmsea is None else words.coefficient(factors.rmsea, 3),
        tli=none if factors.tli is None else words.coefficient(factors.tli, 3),
        srmr=words.coefficient(factors.srmr, 3),
        starts=words.percent(factors.share_of_starts),
    )


def _factor_remarks(subject: StudySubject, factors: Factors) -> Iterable[str]:
    words = subject.wording
    suggested = [
        words.say(
            "methods.factors.criterion_part",
            name=words.say(f"methods.factors.criterion.{criterion.criterion}"),
            n=words.whole(criterion.suggested),
        )
        for criterion in factors.retention
        if not criterion.criterion.endswith(_BY_MEAN)
    ]
    kept = words.whole(len(factors.factors))
    yield words.say("methods.factors.retention", parts=words.listed(suggested), kept=kept)
    if factors.matrix == "polychoric":
        yield words.say("methods.factors.matrix.polychoric")
    if factors.fit is not None and factors.fit.basis == "likelihood":
        yield words.say("methods.factors.basis.likelihood")
    if factors.heywood:
        yield words.say("methods.factors.heywood", items=words.listed(factors.heywood))
    yield _engines(subject, factors)


def _factor_correlations(subject: StudySubject, factors: Factors) -> Table:
    """The lower triangle; factors are numbered across and named down."""
    words = subject.wording
    numbers = range(len(factors.factors))
    columns = (
        Column(words.say("methods.factors.factor"), 3.6),
        *(Column(words.whole(i + 1), 1.0, "right") for i in numbers),
    )
    rows = tuple(
        Row(
            (
                f"{words.whole(i + 1)}  {words.label(factors.factor_labels[i])}",
                *(words.coefficient(factors.factor_correlations[i][j]) if j <= i else "" for j in numbers),
            )
        )
        for i in numbers
    )
    return Table(words.say("methods.factors.correlations"), columns, rows)


def _engines(subject: StudySubject, factors: Factors) -> str:
    words = subject.wording
    if not factors.engines:
        return words.say("methods.factors.engines_absent")
    parts = [
        words.say("methods.factors.criterion_part", name=words.say(f"methods.factors.engine.{name}"), n=words.tiny(gap))
        for name, gap in factors.engines.items()
    ]
    return words.say("methods.factors.engines", parts=words.listed(parts))


def _loadings(subject: StudySubject, factors: Factors) -> Table:
    words = subject.wording
    columns = (
        Column(words.say("methods.factors.item"), 3.6),
        *(Column(words.label(label), 1.0, "right") for label in factors.factor_labels),
        Column(words.say("methods.factors.communality"), 0.7, "right"),
    )
    items = tuple(
        Row(
            (
                _item_name(subject, subject.item(text) if text else item, turned=turned),
                *(_loading(subject, value) for value in row),
                words.coefficient(communality),
            )
        )
        for item, text, turned, row, communality in zip(
            factors.items,
            factors.item_texts,
            factors.item_reversed,
            factors.loadings,
            factors.communalities,
            strict=True,
        )
    )
    variance = Row((words.say("methods.factors.variance"), *map(words.percent, factors.variance), ""))
    determinacy = Row((words.say("methods.factors.determinacy"), *map(words.coefficient, factors.determinacy), ""))
    note = subject.sentences(
        words.say("methods.factors.note", cut=words.coefficient(_BLANK_BELOW)),
        words.say("methods.factors.reversed_note") if any(factors.item_reversed) else "",
    )
    return Table(words.say("methods.factors.caption"), columns, (*items, variance, determinacy), note)


def _item_name(subject: StudySubject, item: str, *, turned: bool) -> str:
    return subject.wording.say("methods.factors.reversed", item=item) if turned else item


def _loading(subject: StudySubject, value: float) -> str:
    return subject.wording.coefficient(value) if abs(value) >= _BLANK_BELOW else ""


def confirmation_blocks(subject: StudySubject) -> Iterable[Block]:
    """The model of the scales on the other half, and whether groups answer on the same scale."""
    words, found, apart = subject.wording, subject.findings.confirmation, subject.findings.discrimination
    model = None if found is None else found.model
    compared = () if found is None else found.invariance
    said = [*([] if model is None else [_confirmed(subject, model)])]
    said += [] if apart is None else [_discrimination(subject, apart)]
    if not said and not compared:
        return
    yield Heading(words.say("methods.confirmation.heading"))
    if said:
        yield Paragraph(subject.sentences(*said))
    if compared:
        yield Bullets(tuple(_invariance(subject, groups) for groups in compared))


def _confirmed(subject: StudySubject, model: ConfirmedModel) -> str:
    words, fit = subject.wording, model.fit
    none = words.say("methods.factors.not_known")
    loadings = [item.loading.value for item in model.loadings if item.loading.value is not None]
    indices = {"cfi": fit.cfi, "tli": fit.tli, "rmsea": fit.rmsea, "low": fit.rmsea_low, "high": fit.rmsea_high}
    return words.say(
        "methods.confirmation.fit",
        estimator=words.say(f"methods.confirmation.estimator.{model.estimator}"),
        chi2=none if fit.chi2 is None else words.number(fit.chi2, 1),
        df=none if fit.df is None else words.whole(fit.df),
        p=none if fit.p is None else words.probability(fit.p),
        srmr=none if fit.srmr is None else words.coefficient(fit.srmr, 3),
        weakest=words.coefficient(min(loadings)) if loadings else none,
        strongest=words.coefficient(max(loadings)) if loadings else none,
        **{name: none if value is None else words.coefficient(value, 3) for name, value in indices.items()},
        **_base(subject, model.n_ratings, model.n_persons),
    )


def _discrimination(subject: StudySubject, apart: Discrimination) -> str:
    """The two scales that differ least."""
    words = subject.wording
    pairs = [
        (ratio, apart.scales[i], apart.scales[j])
        for i, row in enumerate(apart.htmt)
        for j, ratio in enumerate(row[:i])
        if ratio is not None
    ]
    if not pairs:
        return ""
    ratio, *pair = max(pairs)
    one, other = (subject.scale(key) for key in pair)
    return words.say("methods.confirmation.differ", htmt=words.coefficient(ratio), one=one, other=other)


def _invariance(subject: StudySubject, found: Invariance) -> str:
    words = subject.wording
    brands = {brand.key: subject.brand_name(brand) for brand in subject.findings.brands}
    names = brands if found.by == "brand" else {}
    parts = [
        words.say("methods.confirmation.group_part", name=names.get(name, name), n=words.whole(n))
        for name, n in found.groups.items()
    ]
    verdict = words.say(
        "methods.confirmation.invariance",
        by=words.say(f"methods.confirmation.by.{found.by}"),
        groups=words.listed(parts),
        verdict=words.say(f"methods.confirmation.reached.{found.reached}"),
    )
    if not (found.partial_holds and found.released):
        return verdict
    return subject.sentences(verdict, words.say("methods.confirmation.partial", n=words.whole(len(found.released))))


def archetype_blocks(subject: StudySubject, *, tables: bool) -> Iterable[Block]:
    """How the groups were found and named."""
    words, groups = subject.wording, subject.findings.archetypes
    yield Heading(words.say("methods.archetypes.heading"))
    if groups is None:
        yield Paragraph(words.say("methods.archetypes.absent"))
        return
    verdict = words.say(f"methods.archetypes.verdict.{groups.structure}")
    exploratory = words.say("methods.archetypes.exploratory") if groups.exploratory else ""
    yield Paragraph(subject.sentences(verdict, exploratory))
    yield Paragraph(subject.sentences(*_how_grouped(subject, groups)))
    yield _candidates(subject, groups)
    if subject.grouped and tables:
        yield _matches(subject, groups)


def _how_grouped(subject: StudySubject, groups: Archetypes) -> Iterable[str]:
    words = subject.wording
    yield words.say("methods.archetypes.how", draws=words.whole(groups.null_draws))
    yield words.say(
        "methods.archetypes.tests",
        learn=words.probability(groups.p_learn),
        test=words.probability(groups.p_test),
        ari=words.coefficient(groups.replication_ari),
    )
    stable = words.coefficient(float(subject.findings.manifest.plan["stable_strength"]))
    yield words.say(f"methods.archetypes.rules.{groups.rule}", stable=stable)
    for test in groups.likelihood_ratios:
        yield words.say(
            "methods.archetypes.more_classes",
            classes=words.whole(test.classes),
            fewer=words.whole(test.classes - 1),
            p=words.probability(test.p_value),
            draws=words.whole(test.draws),
            n=words.whole(test.n),
        )


def _candidates(subject: StudySubject, groups: Archetypes) -> Table:
    words = subject.wording
    names = ("k", "silhouette", "strength", "without", "excess", "replication", "smallest")
    # strength has the longest word of all heads in German
    columns = tuple(
        Column(words.say(f"methods.archetypes.{name}"), 1.15 if name == "strength" else 1.0, "right") for name in names
    )
    rows = tuple(_candidate_row(subject, candidate) for candidate in groups.candidates)
    return Table(words.say("methods.archetypes.caption"), columns, rows, words.say("methods.archetypes.note"))


def _candidate_row(subject: StudySubject, candidate: Candidate) -> Row:
    words = subject.wording
    null = f"{words.coefficient(candidate.null_mean)} ({words.coefficient(candidate.null_sd)})"
    cells = (
        words.whole(candidate.k),
        words.coefficient(candidate.silhouette, 3),
        words.coefficient(candidate.prediction_strength),
        null,
        words.signed(candidate.excess, 1),
        words.coefficient(candidate.replication_ari),
        words.percent(candidate.smallest_share),
    )
    return Row(cells, strong=candidate.chosen)


def _matches(subject: StudySubject, groups: Archetypes) -> Block:
    words = subject.wording
    if not any(group.matches for group in groups.archetypes):
        return Paragraph(words.say("methods.archetypes.unmatched"))
    names = ("kind", "nearest", "distance", "dimensions", "support", "source")
    columns = tuple(
        Column(
            words.say(f"methods.archetypes.match.{name}"),
            2.2 if i < len(("kind", "nearest")) else 1.0,
            "left" if i < len(("kind", "nearest")) else "right",
        )
        for i, name in enumerate(names)
    )
    rows = tuple(
        Row(_match_cells(subject, subject.archetype(group.key) if first else "", match))
        for group in groups.archetypes
        for first, match in _first_marked(group.matches)
    )
    return Table(words.say("methods.archetypes.matches"), columns, rows, words.say("methods.archetypes.match.note"))


def _first_marked(matches: tuple[Match, ...]) -> Iterable[tuple[bool, Match]]:
    return ((i == 0, match) for i, match in enumerate(matches))


def _match_cells(subject: StudySubject, kind: str, match: Match) -> tuple[str, ...]:
    words = subject.wording
    return (
        kind,
        subject.relationship(match.relationship),
        words.number(match.distance),
        words.whole(match.n_dimensions),
        words.percent(match.support),
        subject.catalogue[match.relationship].provenance.grade,
    )


def _closing(subject: Subject) -> Iterable[Block]:
    """How the actions were chosen, if any were, beside limits and what it takes to make it all again."""
    ends = (*_limits(subject), *_reproduction(subject, plan=False))
    return ends if subject.brand.suppressed else [Columns((tuple(_choices(subject)), ends))]


def _choices(subject: StudySubject) -> Iterable[Block]:
    words = subject.wording
    yield Heading(words.say("methods.choices.heading"))
    yield Bullets(tuple(words.say(f"methods.choices.items.{choice}") for choice in _CHOICES))
    yield Paragraph(words.say("methods.choices.order"), style="note")


def _caveats(subject: StudySubject) -> Iterable[Block]:
    words = subject.wording
    yield Heading(words.say("methods.caveats.heading"))
    said = tuple(dict.fromkeys(_caveat(subject, caveat) for caveat in subject.caveats))
    yield Bullets(said) if said else Paragraph(words.say("methods.caveats.none"))


def _caveat(subject: StudySubject, caveat: Caveat) -> str:
    words = subject.wording
    numbers = {name: words.plain(value) for name, value in caveat.numbers.items()}
    return words.say(f"caveat.{caveat.code}", **numbers)


def _left_out(subject: StudySubject) -> Iterable[Block]:
    words, absent = subject.wording, subject.findings.absent
    if absent:
        yield Heading(words.say("methods.left_out.heading"))
        yield Bullets(tuple(words.say(f"methods.left_out.{name}") for name in absent))


def _limits(subject: StudySubject) -> Iterable[Block]:
    words = subject.wording
    yield Heading(words.say("methods.limits.heading"))
    yield Bullets(tuple(words.say(f"methods.limits.items.{limit}") for limit in _LIMITS))


def _reproduction(subject: StudySubject, *, plan: bool) -> Iterable[Block]:
    words, manifest = subject.wording, subject.findings.manifest
    yield Heading(words.say("methods.reproduction.heading"))
    said = [
        words.say(
            "methods.reproduction.program",
            program=manifest.program,
            architecture=manifest.architecture,
            seed=str(manifest.plan["seed"]),
        ),
        words.say(
            "methods.reproduction.data",
            rows=words.count("methods.reproduction.rows", manifest.n_rows),
            data=manifest.data_sha256,
        ),
    ]
    if plan:
        said.append(words.say("methods.reproduction.plan", parts=_pairs(subject, manifest.plan)))
        said.append(words.say("methods.reproduction.libraries", parts=_pairs(subject, manifest.libraries)))
    yield from (Paragraph(sentence, style="note") for sentence in said)


def _pairs(subject: StudySubject, named: dict[str, Any]) -> str:
    words = subject.wording
    return words.listed(
        [words.say("methods.reproduction.pair", name=name, value=words.setting(value)) for name, value in named.items()]
    )
