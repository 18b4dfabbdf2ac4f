"""The interview as pure values: which screen comes next, and what is an answer; stores and draws nothing itself.

The web application, the simulation and the tests drive it alike::

    interview = Interview(instrument, brands, catalogue)
    draw, answers, visited = interview.begin(seed), {}, set()
    while not isinstance(step := interview.next(draw, answers, visited), End):
        if isinstance(step, Assign):
            draw = interview.assign(draw, answers, choose(step))
        else:
            answers |= interview.accept(step, posted(step))
            visited.add(step.key)

Answers are kept by variable: `age` for a person, `trust@aurora` for a person's rating of a brand. Nothing
is ever taken out of them: each method walks the questionnaire from its start and lets only those answers
count that lie on the path they lead to, so a change made after going back needs no cleaning up.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from instruments.catalogue import Catalogue
from instruments.draw import Draw, draw_brands, draw_person
from instruments.entry import known_answers
from instruments.logic import Answer
from instruments.model import Instrument
from instruments.path import Assign, Gap, Visit, Walk, screens_ahead
from instruments.screens import AnswerError, AnswerProblem, Asked, Block, Screen, judge_block
from instruments.sheets import Binder, Scope
from instruments.study_file import Brand
from instruments.variables import MissingReasons, Variable, describe

__all__ = [
    "Answer",
    "AnswerError",
    "AnswerProblem",
    "Asked",
    "Assign",
    "Block",
    "Course",
    "Draw",
    "End",
    "Interview",
    "Position",
    "Screen",
    "Variable",
]


@dataclass(frozen=True)
class End:
    """The interview is over."""

    status: Literal["complete", "screened_out"]


@dataclass(frozen=True)
class Position:
    """Where a respondent stands.

    Parameters
    ----------
    path : tuple of str
        Keys of the finished screens in order, then that of the screen to show, if there is one.
    step : Screen or Assign or End
        What comes next.
    """

    path: tuple[str, ...]
    step: Screen | Assign | End


class Interview:
    """A questionnaire asked about the brands of a study.

    Parameters
    ----------
    instrument : Instrument
        A questionnaire that the loader has checked.
    brands : sequence of Brand
        The brands of the study.
    catalogue : Catalogue, optional
        The relationship catalogue; needed when a list takes its choices from it.

    Raises
    ------
    ValueError
        When the catalogue is needed and absent.
    """

    def __init__(self, instrument: Instrument, brands: Sequence[Brand], catalogue: Catalogue | None = None) -> None:
        self.instrument = instrument
        self.brands = tuple(brands)
        self._binder = Binder(instrument, brands, catalogue)
        self._reasons = MissingReasons(self._binder)

    def known_at_entry(self, raw: Mapping[str, Sequence[str]]) -> dict[str, Answer]:
        """Keep what is known of a person from the link by which they came.

        Parameters
        ----------
        raw : mapping of str to sequence of str
            Values by name, as they stand in an address or a list of invitations: answers to single questions that
            are asked once of each person, and `country`, `language` and `source`.

        Returns
        -------
        dict of str to Answer
            For `begin`. Whatever is no acceptable answer is left out, and so is consent: it is asked.
        """
        return known_answers(self._binder, raw)

    def begin(self, seed: int, turn: int | None = None, known: Mapping[str, Answer] | None = None) -> Draw:
        """Settle what is decided before the first screen.

        Parameters
        ----------
        seed : int
            Not negative; one for each respondent.
        turn : int, optional
            How many respondents began before, where sets of questions shall be shown equally often.
        known : mapping of str to Answer, optional
            What `known_at_entry` gave. Questions that it answers are not asked.

        Returns
        -------
        Draw
            The draw to keep with the answers.
        """
        return draw_person(self.instrument, seed, turn, known)

    def next(self, draw: Draw, answers: Mapping[str, Answer], visited: Collection[str]) -> Screen | Assign | End:
        """Say what comes next: the first screen of the path that is not visited or not fully answered.

        A screen whose answers make another of its questions relevant comes once more, with that question.

        Parameters
        ----------
        draw : Draw
            The respondent's draw.
        answers : mapping of str to Answer
            Everything answered so far.
        visited : collection of str
            Keys of the screens that were posted.

        Returns
        -------
        Screen or Assign or End
            The screen to show, the brands to choose, or the end.
        """
        return self.position(draw, answers, visited).step

    def position(self, draw: Draw, answers: Mapping[str, Answer], visited: Collection[str]) -> Position:
        """Say in one walk where a respondent stands.

        Parameters
        ----------
        draw, answers, visited
            As for `next`.

        Returns
        -------
        Position
            What `next` and `path` give.
        """
        walk, path = self._walk(draw, answers), list[str]()
        for step in walk:
            if isinstance(step, Gap):
                return Position(tuple(path), step.request)
            path.append(step.sheet.key)
            if not step.complete or step.sheet.key not in visited:
                return Position(tuple(path), walk.screen(step.sheet))
        return Position(tuple(path), End("screened_out" if walk.screened_out else "complete"))

    def assign(self, draw: Draw, answers: Mapping[str, Answer], chosen: Sequence[str]) -> Draw:
        """Add the brands chosen for an `Assign`, and draw their rules.

        Parameters
        ----------
        draw : Draw
            The draw as it was given to `next`.
        answers : mapping of str to Answer
            The answers as they were given to `next`.
        chosen : sequence of str
            Brand keys out of the request's tiers, in the order of rating.

        Returns
        -------
        Draw
            The draw to keep from now on.

        Raises
        ------
        ValueError
            When no brands are asked for, or these are not `n` different ones of the tiers.
        """
        walk = self._walk(draw, answers)
        request = next((step.request for step in walk if isinstance(step, Gap)), None)
        if request is None:
            raise ValueError("no brand is to be assigned now")
        open_brands = {brand for tier in request.tiers for brand in tier}
        if len(chosen) != request.n or len(set(chosen)) != request.n or not open_brands.issuperset(chosen):
            raise ValueError(f"choose {request.n} different brands out of {sorted(open_brands)}, not {list(chosen)}")
        return draw_brands(self.instrument, draw, walk.eligible, chosen)

    def screen(self, key: str, draw: Draw, answers: Mapping[str, Answer]) -> Screen:
        """Draw up one screen of the path again, as for a step back.

        Parameters
        ----------
        key : str
            Key of the screen.
        draw : Draw
            The respondent's draw.
        answers : mapping of str to Answer
            Everything answered so far.

        Returns
        -------
        Screen
            The screen as these answers make it.

        Raises
        ------
        LookupError
            When the screen is not on the path.
        """
        walk = self._walk(draw, answers)
        for step in walk:
            if isinstance(step, Visit) and step.sheet.key == key:
                return walk.screen(step.sheet)
        raise LookupError(f"screen {key!r} is not on the path")

    def path(self, draw: Draw, answers: Mapping[str, Answer], visited: Collection[str]) -> tuple[str, ...]:
        """List the screens so far.

        Parameters
        ----------
        draw, answers, visited
            As for `next`.

        Returns
        -------
        tuple of str
            Keys in order: the finished screens, then the one that `next` gives, if it gives one.
        """
        return self.position(draw, answers, visited).path

    def progress(self, draw: Draw, answers: Mapping[str, Answer], visited: Collection[str]) -> tuple[int, int]:
        """Count screens done and expected.

        Parameters
        ----------
        draw, answers, visited
            As for `next`.

        Returns
        -------
        tuple of int
            Screens done, and screens in all as far as one can tell: a page ahead that depends on answers
            counts half, and one more brand counts only once it is accepted. Equal at the end.
        """
        walk, done = self._walk(draw, answers), 0
        for step in walk:
            if isinstance(step, Gap):
                return done, done + screens_ahead(self._binder, walk, step.place)
            if not step.complete or step.sheet.key not in visited:
                return done, done + 1 + screens_ahead(self._binder, walk, step.place)
            done += 1
        return done, done

    def accept(
        self, screen: Screen, raw: Mapping[str, Sequence[str]], again: Collection[str] = ()
    ) -> dict[str, Answer]:
        """Judge what was posted from a screen; the only judge of an answer there is.

        Parameters
        ----------
        screen : Screen
            The screen as it was shown.
        raw : mapping of str to sequence of str
            Posted values by variable; what the screen did not ask is left aside.
        again : collection of str
            Variables that were left open and asked for once more already.

        Returns
        -------
        dict of str to Answer
            An answer for every question of the screen, -99 where it was left empty and may be. A question
            that the screen's own answers make irrelevant, or give other choices, has none.

        Raises
        ------
        AnswerError
            With every problem of the screen.
        """
        sheet = self._binder.by_key(screen.key)
        accepted: dict[str, Answer] = {}
        problems: list[AnswerProblem] = []
        scope = Scope(sheet.names, ChainMap(accepted, dict(screen.known)), screen.drawn)
        place = {id(question): at for at, question in enumerate(sheet.questions)}
        met = [(sheet.question_of[block.asked[0].variable], block) for block in screen.blocks]
        # In the order of the file, not of the page: a condition asks for what stands before it there.
        for question, block in sorted(met, key=lambda one: place[id(one[0])]):
            if question.own_page and not question.still_offers(block, scope):
                continue
            for variable, judged in judge_block(block, raw, again).items():
                if isinstance(judged, AnswerProblem):
                    problems.append(judged)
                else:
                    accepted[variable] = judged
        if problems:
            raise AnswerError(tuple(problems))
        return accepted

    def current(self, draw: Draw, answers: Mapping[str, Answer]) -> dict[str, Answer]:
        """Keep the answers that count: those to questions on the path.

        Parameters
        ----------
        draw : Draw
            The respondent's draw.
        answers : mapping of str to Answer
            Everything ever answered, the last answer of each variable.

        Returns
        -------
        dict of str to Answer
            The answers on the path, in its order.
        """
        return self._walk(draw, answers).to_the_end().kept

    def rated(self, draw: Draw, answers: Mapping[str, Answer]) -> tuple[str, ...]:
        """List the brands on the path, those whose pages are still to come included.

        Parameters
        ----------
        draw, answers
            As for `current`.

        Returns
        -------
        tuple of str
            Brand keys in the order of rating.
        """
        return tuple(self._walk(draw, answers).to_the_end().rated)

    def drawn_brand(self, draw: Draw, answers: Mapping[str, Answer]) -> str | None:
        """Tell which rated brand was drawn for the pages about one of them.

        Parameters
        ----------
        draw, answers
            As for `current`.

        Returns
        -------
        str or None
            The brand with the smallest lot; None when none is rated.
        """
        return self._walk(draw, answers).to_the_end().drawn_brand()

    def variables(self) -> tuple[Variable, ...]:
        """Describe every variable of the answer table.

        Returns
        -------
        tuple of Variable
            In the order of the questionnaire; a multiple answer is one variable here.
        """
        return tuple(describe(self._binder))

    def course(self, draw: Draw) -> Course:
        """Begin an interview that goes from the first screen to the end without a step back.

        Parameters
        ----------
        draw : Draw
            What `begin` gave.

        Returns
        -------
        Course
            Its screens, one after another; the same as `next` gives, in a fraction of the time.
        """
        return Course(self, self._binder, draw)

    def missing_reasons(
        self, variables: Collection[str], draw: Draw, answers: Mapping[str, Answer], reached: Collection[str]
    ) -> dict[str, int]:
        """Say why variables have no answer.

        Parameters
        ----------
        variables : collection of str
            Variables without an answer in `current`, `name` or `name@brand`.
        draw, answers
            As for `current`.
        reached : collection of str
            Keys of the screens that were shown.

        Returns
        -------
        dict of str to int
            -99 seen and not answered, -93 not in this person's random subset, -95 not shown by routing,
            -94 not reached; the first that applies.
        """
        return self._reasons.tell(variables, draw, answers, reached)

    def missing_reason(self, variable: str, draw: Draw, answers: Mapping[str, Answer], reached: Collection[str]) -> int:
        """Say why one variable has no answer; `missing_reasons` does many in one walk.

        Parameters
        ----------
        variable, draw, answers, reached
            As for `missing_reasons`.

        Returns
        -------
        int
            One of its codes.
        """
        return self.missing_reasons([variable], draw, answers, reached)[variable]

    def _walk(self, draw: Draw, answers: Mapping[str, Answer]) -> Walk:
        return Walk(self._binder, draw, answers)


class Course:
    """One interview in one pass, for respondents who exist in the memory of a program and never go back.

    Iterate over it; give the answers of each `Screen` to `answer` and the brands of each `Assign` to `assign` before
    going on.
    """

    def __init__(self, interview: Interview, binder: Binder, draw: Draw) -> None:
        self.answers: dict[str, Answer] = {}
        self.visited: list[str] = []
        self._interview = interview
        self._walk = Walk(binder, draw, self.answers, live=True)

    def __iter__(self) -> Iterator[Screen | Assign]:
        for step in self._walk:
            if isinstance(step, Gap):
                yield step.request
            else:
                self.visited.append(step.sheet.key)
                yield self._walk.screen(step.sheet)

    @property
    def draw(self) -> Draw:
        """The draw with the brands assigned so far."""
        return self._walk.draw

    @property
    def kept(self) -> Mapping[str, Answer]:
        """The answers that count, as `Interview.current` gives them; those of known questions among them."""
        return self._walk.kept

    @property
    def rated(self) -> Sequence[str]:
        """Brands in the order of rating."""
        return self._walk.rated

    @property
    def end(self) -> End:
        """How the interview ended; to be asked for after the last screen."""
        return End("screened_out" if self._walk.screened_out else "complete")

    def answer(self, screen: Screen, raw: Mapping[str, Sequence[str]], again: Collection[str] = ()) -> None:
        """Judge and keep what was posted from the screen.

        Parameters
        ----------
        screen, raw, again
            As for `Interview.accept`, which raises what this raises.
        """
        self.answers.update(self._interview.accept(screen, raw, again))

    def assign(self, chosen: Sequence[str]) -> None:
        """Take the brands chosen for an `Assign`.

        Parameters
        ----------
        chosen : sequence of str
            Brand keys out of its tiers, in the order of rating.
        """
        self._walk.draw = draw_brands(self._interview.instrument, self._walk.draw, self._walk.eligible, chosen)
