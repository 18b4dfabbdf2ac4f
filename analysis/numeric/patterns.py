"""Which rows answered the same items; it looks at no answer."""

import numpy as np

from analysis.numeric.arrays import Booleans, Integers


def distinct_rows(answered: Booleans) -> tuple[Booleans, Integers]:
    """Find the distinct patterns of answered items.

    Parameters
    ----------
    answered : (n, p) array of bool

    Returns
    -------
    patterns : (m, p) array of bool
    which : (n,) array of int
        Which of them each row is.

    Notes
    -----
    Rows are compared as words of 64 bits, which is quick.
    """
    packed = np.packbits(answered, axis=1)
    words = np.pad(packed, ((0, 0), (0, -packed.shape[1] % 8))).view(np.uint64)
    _, first, which = np.unique(words, axis=0, return_index=True, return_inverse=True)
    return answered[first], which.ravel()
