"""Simulated five-point answers to measure speed on; it draws them and knows nothing of what is done with them."""  # noqa: INP001

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

FACTORS = 5
BLOCK = 50_000
FACTOR_CORRELATION = 0.3
SMALLEST_LOADING, LARGEST_LOADING = 0.5, 0.8
CUTS = (-1.3, -0.45, 0.35, 1.2)

Answers = NDArray[np.int8]


def pattern(items: int) -> NDArray[np.bool_]:
    """Which item belongs to which factor (items, 5): equally many to each, one after the other."""
    return np.repeat(np.eye(FACTORS, dtype=bool), items // FACTORS, axis=0)


def blocks(rows: int, items: int, *, seed: int) -> Iterator[Answers]:
    """Draw answers from 1 to 5 in blocks of rows, so that a large table never stands in memory."""
    rng = np.random.default_rng(seed)
    loadings = pattern(items) * rng.uniform(SMALLEST_LOADING, LARGEST_LOADING, (items, 1))
    phi = np.full((FACTORS, FACTORS), FACTOR_CORRELATION) + np.eye(FACTORS) * (1 - FACTOR_CORRELATION)
    common = (loadings @ np.linalg.cholesky(phi)).T.astype(np.float32)
    unique = np.sqrt(1 - (loadings**2).sum(1)).astype(np.float32)
    for start in range(0, rows, BLOCK):
        size = min(BLOCK, rows - start)
        latent = rng.standard_normal((size, FACTORS), dtype=np.float32) @ common
        latent += rng.standard_normal((size, items), dtype=np.float32) * unique
        codes = np.ones((size, items), dtype=np.int8)
        for cut in CUTS:
            codes += latent > cut
        yield codes


def answers(rows: int, items: int, *, seed: int) -> Answers:
    """Draw a whole table (rows, items)."""
    return np.concatenate(list(blocks(rows, items, seed=seed)))
