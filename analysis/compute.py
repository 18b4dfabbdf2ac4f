"""The one door to parallel work: the same tasks on one core or several, with the same results in the same order."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TypeVar

from joblib import Parallel, cpu_count, delayed, parallel_config
from threadpoolctl import threadpool_limits

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Compute:
    """Where tasks run.

    A task must draw its random numbers from a stream of its own, handed over with its item; then the number of
    workers changes the time and nothing else.

    Parameters
    ----------
    workers : int
        Processes; with 1 everything runs here.
    """

    workers: int = 1

    @classmethod
    def everywhere(cls) -> Compute:
        """Use every core that this process may use.

        Returns
        -------
        Compute
        """
        return cls(cpu_count())

    def mapped(
        self, task: Callable[[Item], Result], items: Sequence[Item], *, done: Callable[[int], None] = lambda _n: None
    ) -> list[Result]:
        """Apply a task to each item.

        Parameters
        ----------
        task : callable
            Defined at the top of a module, or a ``functools.partial`` of such a function: workers import it.
        items : sequence
        done : callable
            Told after each result how many there are; what it raises ends the work.

        Returns
        -------
        list
            One result for each item, in their order.
        """
        results: list[Result] = []
        with (
            _one_thread_each(self.workers),
            closing(Parallel(return_as="generator")(delayed(task)(item) for item in items)) as found,
        ):
            for result in found:
                results.append(result)
                done(len(results))
        return results


@contextmanager
def _one_thread_each(workers: int) -> Iterator[None]:
    """Workers that do not take each other's cores; tasks given up when `done` raises are given up on purpose."""
    with (
        parallel_config("loky", n_jobs=workers, inner_max_num_threads=1),
        threadpool_limits(limits=1),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", message=".*have been cancelled", category=UserWarning)
        yield
