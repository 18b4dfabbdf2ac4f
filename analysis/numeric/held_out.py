"""How much of an outcome's variance predictors explain for persons that they were not fitted on."""

import numpy as np

from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.resampling import PersonResamples, ratios


def person_folds(person: Integers, folds: int, *, rng: np.random.Generator) -> Integers:
    """Divide persons into parts at random.

    Parameters
    ----------
    person : (n,) array of int
        Whose rating each row is.
    folds : int
    rng : numpy Generator

    Returns
    -------
    (n,) array of int
        Part of each row, from 0; all rows of a person are in one.
    """
    _, number_of = np.unique(person, return_inverse=True)
    return np.asarray(rng.permutation(int(number_of.max()) + 1)[number_of] % folds)


def predict_held_out(predictors: Floats, values: Floats, fold: Integers) -> tuple[Floats, Floats]:
    """Predict every row by least squares from the rows of the other folds.

    Parameters
    ----------
    predictors : (n, c) array
    values : (n,) array
    fold : (n,) array of int

    Returns
    -------
    predicted, plain : (n,) arrays
        By the predictors, and by the other folds' mean alone.
    """
    x = np.column_stack([np.ones(len(values)), predictors])
    predicted, plain = np.empty(len(values)), np.empty(len(values))
    for held_out in np.unique(fold):
        inside = fold == held_out
        predicted[inside] = x[inside] @ np.linalg.lstsq(x[~inside], values[~inside], rcond=None)[0]
        plain[inside] = values[~inside].mean()
    return predicted, plain


def explained_share(
    values: Floats, predicted: Floats, plain: Floats, person: Integers, resamples: PersonResamples
) -> Floats:
    """Share of variance predicted: 1 less the squared errors over those of the mean.

    Parameters
    ----------
    values, predicted, plain : (n,) arrays
        As ``predict_held_out`` takes and gives them.
    person : (n,) array of int
    resamples : PersonResamples

    Returns
    -------
    (1 + resamples,) array
        At most 1, below 0 where predictions are worse than the mean.
    """
    errors = np.column_stack([(values - predicted) ** 2, (values - plain) ** 2])
    totals = resamples.totals(errors, person)
    return 1 - ratios(totals[:, 0], totals[:, 1])
