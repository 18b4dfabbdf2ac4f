"""Which rows answered the same items; it looks at no answer."""

from collections.abc import Iterator

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
    words = np.ascontiguousarray(np.pad(packed, ((0, 0), (0, -packed.shape[1] % 8)))).view(np.uint64)
    _, first, which = np.unique(words, axis=0, return_index=True, return_inverse=True)
    return answered[first], which.ravel()


def rows_by_pattern(answered: Booleans) -> Iterator[tuple[Booleans, Integers]]:
    """Gather the rows of each pattern of answered items.

    Parameters
    ----------
    answered : (n, p) array of bool

    Yields
    ------
    pattern : (p,) array of bool
    rows : (k,) array of int
        Their numbers, in order.

    Notes
    -----
    The patterns of ``mice::md.pattern`` of R.
    """
    patterns, which = distinct_rows(answered)
    order = np.argsort(which, kind="stable")
    ends = np.cumsum(np.bincount(which, minlength=len(patterns)))[:-1]
    yield from zip(patterns, np.split(order, ends), strict=True)
