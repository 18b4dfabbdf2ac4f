"""Small simulated studies with a known truth; invented answers, for tests only."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.findings import StudyInfo
from analysis.plan import AnalysisPlan
from instruments.measures import (
    NOT_IN_SUBSET,
    ExperienceCodes,
    Measures,
    OutcomeMeasure,
    PickMeasure,
    RuleMeasure,
    ScaleMeasure,
)

DIMENSIONS = ("warm", "cold", "closeness", "strength", "power", "tone", "will", "openness")
FAMILIES = ("friends", "practical", "troubled", "love")
# Means of four groups on the eight dimensions, in standard deviations of a rating.
CENTRES = np.array(
    [
        [1.2, -0.8, 1.2, 1.0, 0.0, 1.2, 0.6, 0.8],
        [0.0, -0.6, -1.2, 0.2, 0.8, -1.4, 0.6, -0.8],
        [-1.5, 1.8, -0.4, -0.8, -1.2, 0.4, -1.2, -0.4],
        [1.0, -0.2, 0.4, -1.6, 0.4, 0.8, 1.0, 1.4],
    ]
)
INFO = StudyInfo(
    key="simulated",
    title={"en": "Simulated study"},
    simulated=True,
    languages=("en",),
    category=None,
    instrument=None,
    instrument_version=None,
    instrument_digest=None,
)


@dataclass
class Simulation:
    """What is invented; `frame` makes the answer table, `dataset` the Dataset."""

    seed: int = 1
    persons: int = 700
    per_person: int = 2
    brands: int = 5
    separation: float = 1.0
    """How far the groups' centres lie apart; 0 means that there are no groups."""
    person_sd: float = 0.3
    brand_sd: float = 0.2
    skew: float = 0.0
    """Shift of the answers towards the low end of the scale."""
    n_rules: int = 12
    norm: float = 0.0
    """How much more rule k matters in group k, in scale points."""
    dealbreaker: float = 0.0
    """How much lower satisfaction is when rule 0 is broken, in scale points."""
    dimensions: bool = True
    truth: dict = field(default_factory=dict)

    def measures(self):
        """What the columns stand for."""
        texts = {"en": "x"}
        return Measures(
            brand="brand",
            brands={f"b{i}": {"en": f"Brand {i}"} for i in range(self.brands)},
            scales=tuple(
                ScaleMeasure(
                    key=name,
                    label={"en": name.title(), "zh": f"量表{name}"},
                    columns=tuple(f"{name}_{j}" for j in range(3)),
                    low=1,
                    high=7,
                    reversed=frozenset({f"{name}_1"}),
                    dimension=name if self.dimensions else None,
                    texts={f"{name}_{j}": {"en": f"{name} statement {j}"} for j in range(3)},
                )
                for name in DIMENSIONS
            ),
            outcomes=(
                OutcomeMeasure("satisfaction", {"en": "Satisfaction"}, ("sat",), 1, 5, primary=True),
                OutcomeMeasure("leaving", {"en": "Leaving"}, ("leave",), 1, 5, better="low"),
            ),
            rules=tuple(
                RuleMeasure(f"r{i}", "care", texts, texts, f"imp_r{i}", f"exp_r{i}") for i in range(self.n_rules)
            ),
            importance_range=(1, 5),
            experience=ExperienceCodes(kept=1, broken=2, never_arose=3),
            picks=PickMeasure(
                current_family="cur_family", as_wanted="wanted", desired_family="des_family", treated_family="treated"
            ),
            person="_person",
            weight="_weight",
            language="_lang",
            country="country",
            seconds="_seconds",
            attention={"instructed": 3},
        )

    def frame(self):
        """One row per rating, as in an export."""
        rng = np.random.default_rng(self.seed)
        n = self.persons * self.per_person
        person = np.repeat(np.arange(self.persons), self.per_person)
        brand = np.concatenate([rng.permutation(self.brands)[: self.per_person] for _ in range(self.persons)])
        # each brand has more of one group
        chances = np.full((self.brands, 4), 0.2)
        chances[np.arange(self.brands), np.arange(self.brands) % 4] = 0.4
        group = np.array([rng.choice(4, p=chances[b]) for b in brand])
        level = (
            self.separation * CENTRES[group]
            + self.person_sd * rng.standard_normal((self.persons, 8))[person]
            + self.brand_sd * rng.standard_normal((self.brands, 8))[brand]
            + 0.5 * rng.standard_normal((n, 8))
        )
        if not self.separation:
            # correlated as relationship scales are
            level = level + 0.6 * np.outer(rng.standard_normal(n), [1, -1, 1, 1, -0.5, 1, 0.5, 0.8])
        self.truth = {"person": person, "brand": brand, "group": group, "level": level}
        return self._answers(person, brand, group, level, rng)

    def later_frame(self, *, seed=2, stay=0.8, steady=0.7, returning=1.0, shift=0.0):
        """The same persons and brands in a later wave, after `frame`.

        A share of the ratings stays in its group, the others move to any other; `steady` is the correlation of a
        rating's place within its group over the waves. Of the persons a share returns; `shift` moves all answers to the
        first four scales, in points.
        """
        rng = np.random.default_rng([self.seed, seed])
        person, brand, before = (self.truth[name] for name in ("person", "brand", "group"))
        group = np.where(rng.random(len(before)) < stay, before, (before + rng.integers(1, 4, len(before))) % 4)
        own = self.truth["level"] - self.separation * CENTRES[before]
        new = np.sqrt(1 - steady**2) * rng.permutation(own)
        level = self.separation * CENTRES[group] + steady * own + new
        self.truth["later_group"] = group
        # a point of the response scale is so much of a level
        level[:, :4] += shift / (1.3 * 0.85)
        frame = self._answers(person, brand, group, level, rng)
        back = rng.random(self.persons) < returning
        return frame[back[person]].reset_index(drop=True)

    def _answers(self, person, brand, group, level, rng):
        """The answer table of ratings with known groups and levels."""
        n = len(person)
        table = {
            "_person": [f"p{i:05d}" for i in person],
            "brand": [f"b{i}" for i in brand],
            "_lang": "en",
            "country": np.where(person % 3 == 0, "de", "cn"),
            "_weight": rng.uniform(0.7, 1.6, self.persons)[person].round(3),
            "_seconds": rng.uniform(90, 200, n).round(1),
            "instructed": 3,
            "_simulated": 1,
        }
        left_out = rng.integers(0, 3, self.persons)[person]
        for s, name in enumerate(DIMENSIONS):
            for j in range(3):
                latent = 0.85 * level[:, s] + 0.55 * rng.standard_normal(n) - self.skew
                answer = np.clip(np.rint(4 + 1.3 * latent), 1, 7)
                answer = 8 - answer if j == 1 else answer
                table[f"{name}_{j}"] = np.where(left_out == (j + s) % 3, NOT_IN_SUBSET, answer).astype(int)
        table |= self._picks(group, rng) | self._rules(group, level, rng)
        return pd.DataFrame(table)

    def dataset(self):
        """The frame as a Dataset."""
        return Dataset.from_frame(self.frame(), self.measures(), INFO, sha256="0" * 64)

    def later_dataset(self, **changes):
        """A later wave as a Dataset."""
        return Dataset.from_frame(self.later_frame(**changes), self.measures(), INFO, sha256="1" * 64)

    def _picks(self, group, rng):
        """Own family nearly always picked; the third group would rather be friends and is treated as it is."""
        n = len(group)
        current = np.where(rng.random(n) < 0.8, np.array(FAMILIES)[group], "none_fits")
        wanted = np.where(group == 2, 2, 1)
        return {
            "cur_family": current,
            "wanted": wanted,
            "des_family": np.where(group == 2, "friends", "-95"),
            "treated": np.where(group == 2, "troubled", "practical"),
        }

    def _rules(self, group, level, rng):
        """Importances for one rating per person and half of the rules; experiences for half of the rules."""
        n = len(group)
        about = np.arange(n) % self.per_person == 0
        answers = {}
        satisfaction = 3 + 0.4 * level[:, 0] + 0.5 * rng.standard_normal(n)
        for i in range(self.n_rules):
            asked = rng.random(n) < 0.5
            importance = 3 + 0.2 * (i % 3) + self.norm * (group == i) + 0.9 * rng.standard_normal(n)
            importance = np.clip(np.rint(importance), 1, 5)
            answers[f"imp_r{i}"] = np.where(asked & about, importance, NOT_IN_SUBSET).astype(int)
            experienced = rng.random(n) < 0.5
            code = rng.choice([1, 2, 3], n, p=[0.6, 0.2, 0.2])
            answers[f"exp_r{i}"] = np.where(experienced, code, NOT_IN_SUBSET)
            if i == 0:
                satisfaction = satisfaction - self.dealbreaker * (experienced & (code == 2))
        answers["sat"] = np.clip(np.rint(satisfaction), 1, 5).astype(int)
        answers["leave"] = np.clip(np.rint(3 + rng.standard_normal(n)), 1, 5).astype(int)
        return answers


def quick_plan(**choices):
    """A plan with few draws, for tests that do not depend on their number."""
    few = {
        "parallel_draws": 100,
        "rotation_starts": 5,
        "loading_resamples": 10,
        "k_max": 5,
        "kmeans_starts": 10,
        "prediction_splits": 5,
        "null_draws": 39,
        "gaussian_draws": 19,
        "boot_resamples": 20,
        "mixture_starts": 4,
        "mixture_finalists": 1,
        "resamples": 200,
    }
    return AnalysisPlan(**(few | choices))
