"""Invented typing models and answers with everything that can be wrong with them."""

import numpy as np

from analysis.findings import TypingModel, TypingQuestion
from analysis.typing_tool import typed


def invented_model(seed, questions=6, archetypes=4):
    """A model with small coefficients, so that ties and near-ties occur; one question starts at 0."""
    rng = np.random.default_rng(seed)
    coefficients = rng.integers(-3, 4, (archetypes, questions))
    # every archetype is the best for some of those who answer around the middle
    constants = rng.integers(-5, 6, archetypes) - 4 * coefficients.sum(1)
    return TypingModel(
        version=f"test{seed}",
        study="coffee",
        simulated=True,
        archetypes=tuple(f"A{a + 1}" for a in range(archetypes)),
        labels=tuple({"en": f"Kind {a + 1}", "zh": f"类型{a + 1}"} for a in range(archetypes)),
        questions=tuple(
            TypingQuestion(
                f"q{q}", {"en": f'Statement "{q}" on ${{brand}}', "zh": f"关于${{brand}}的说法{q}"}, int(q > 0), 7.0
            )
            for q in range(questions)
        ),
        constants=tuple(constants.tolist()),
        coefficients=tuple(map(tuple, coefficients.tolist())),
        scale=10,
        unsure_below=5,
    )


def invented_answers(seed, model, n=120):
    """Answers by column; some are missing, some are missing codes, some lie outside the range."""
    rng = np.random.default_rng(seed)
    answers = rng.integers(1, 8, (n, len(model.questions))).astype(object)
    spoilt = rng.random(answers.shape)
    answers[spoilt < 0.02] = None
    answers[(spoilt >= 0.02) & (spoilt < 0.04)] = -93
    answers[(spoilt >= 0.04) & (spoilt < 0.05)] = 8
    return [dict(zip((q.item for q in model.questions), row, strict=True)) for row in answers.tolist()]


def expected(model, rows):
    """What the analysis itself says: archetype or None, and whether it is unsure."""
    table = np.array([[row[q.item] for q in model.questions] for row in rows], dtype=float)
    numbers, unsure = typed(model, table)
    return [(model.archetypes[n] if n >= 0 else None, bool(u)) for n, u in zip(numbers, unsure, strict=True)]
