"""What a study asks otherwise than its questionnaire says: a questionnaire in, a questionnaire out; reads no files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from instruments.logic import parse
from instruments.model import Choice, ChoiceList, Goal, Instrument, Item, Loop, Outcome, Page, Texts


@dataclass(frozen=True)
class Terms:
    """Terms of one study; those that are absent leave the questionnaire as it is.

    Parameters
    ----------
    brands_per_respondent : int or None
        Brands that a person rates.
    eligibility : str or None
        An expression; for whom it is false, the interview ends as screened out.
    consent : Texts or None
        The text of every question of the type `consent`.
    industries : mapping of str to Texts
        Choices of the lists whose source is `industries`.
    goals : tuple of str
        The first one chooses the primary outcome.
    """

    brands_per_respondent: int | None = None
    eligibility: str | None = None
    consent: Texts | None = None
    industries: Mapping[str, Texts] = field(default_factory=dict)
    goals: tuple[Goal, ...] = ()

    def applied_to(self, instrument: Instrument) -> Instrument:
        """Put the terms into a questionnaire.

        Parameters
        ----------
        instrument : Instrument
            A checked questionnaire.

        Returns
        -------
        Instrument
            The questionnaire as the study asks it.
        """
        pages = self._pages(instrument)
        if self.eligibility is not None:
            pages = _screened(pages, self.eligibility)
        lists = {name: self._list(answers) for name, answers in instrument.lists.items()}
        outcomes = self._outcomes(instrument.outcomes)
        return instrument.model_copy(update={"pages": pages, "lists": lists, "outcomes": outcomes})

    def _pages(self, instrument: Instrument) -> tuple[Page | Loop, ...]:
        """All pages; those that ask for industries alone only where there are some."""
        lists = instrument.lists.items()
        empty = {name for name, answers in lists if answers.source == "industries" and not answers.choices}
        absent = set() if self.industries else empty
        kept: list[Page | Loop] = []
        for entry in instrument.pages:
            if isinstance(entry, Page):
                left = [q for q in entry.questions if not (isinstance(q, Item) and q.list in absent)]
                if left or not entry.questions:
                    kept.append(self._entry(entry.model_copy(update={"questions": tuple(left)})))
            else:
                kept.append(self._entry(entry))
        return tuple(kept)

    def _entry(self, entry: Page | Loop) -> Page | Loop:
        if isinstance(entry, Page):
            questions = tuple(self._question(q) if isinstance(q, Item) else q for q in entry.questions)
            return entry.model_copy(update={"questions": questions})
        most = self.brands_per_respondent or entry.at_most
        return entry.model_copy(update={"at_most": most})

    def _question(self, item: Item) -> Item:
        if item.type != "consent" or self.consent is None:
            return item
        return item.model_copy(update={"label": self.consent})

    def _list(self, answers: ChoiceList) -> ChoiceList:
        if answers.source != "industries":
            return answers
        found = tuple(Choice(code=name, label=label) for name, label in self.industries.items())
        return answers.model_copy(update={"choices": (*answers.choices, *found)})

    def _outcomes(self, outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
        main = next((name for goal in self.goals[:1] for name, out in outcomes.items() if goal in out.goals), None)
        if main is None:
            return dict(outcomes)
        return {name: out.model_copy(update={"primary": name == main}) for name, out in outcomes.items()}


def _screened(pages: tuple[Page | Loop, ...], eligibility: str) -> tuple[Page | Loop, ...]:
    """Screen on the first page that everybody sees once all that the expression asks for has been asked."""
    names = parse(eligibility).names
    place = screening_place(pages, names)
    page = pages[place]
    if isinstance(page, Loop):
        return pages
    screen_out = screening(eligibility, page.screen_out)
    return (*pages[:place], page.model_copy(update={"screen_out": screen_out}), *pages[place + 1 :])


def screening(eligibility: str, screen_out: str | None) -> str:
    """Write an expression that is true for whoever is not eligible or is screened out anyway.

    Parameters
    ----------
    eligibility : str
        True for whoever may take part.
    screen_out : str or None
        True for whoever the page screens out already.

    Returns
    -------
    str
        An expression.
    """
    other = f" or ({screen_out})" if screen_out else ""
    return f"not ({eligibility}){other}"


def screening_place(pages: tuple[Page | Loop, ...], names: frozenset[str]) -> int:
    """Find the page after which it can be said who is eligible.

    Parameters
    ----------
    pages : tuple
        Pages of a questionnaire.
    names : frozenset of str
        What eligibility asks for.

    Returns
    -------
    int
        The page that asks for the last of them, or the first page after it, before the first brand, that everybody
        is shown.
    """
    before = [page for page in pages[: _first_loop(pages)] if isinstance(page, Page)]
    asking = [at for at, page in enumerate(before) if names & {q.name for q in page.questions if isinstance(q, Item)}]
    last = max(asking, default=0)
    for_all = (at for at in range(last, len(before)) if _is_for_all(before[at]))
    return next(for_all, last)


def _first_loop(pages: tuple[Page | Loop, ...]) -> int:
    return next((at for at, entry in enumerate(pages) if isinstance(entry, Loop)), len(pages))


def _is_for_all(page: Page) -> bool:
    return page.relevant is None and any(q.relevant is None for q in page.questions if isinstance(q, Item))
