"""The one door to parallel work: the same tasks on one core or several, with the same results in the same order."""

from __future__ import annotations

import gc
import multiprocessing
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, TypeVar

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
            Told after each result how many there are; what it raises ends the work once the tasks already handed
            out, two or three for each worker, are done.

        Returns
        -------
        list
            One result for each item, in their order.
        """
        results: list[Result] = []
        given_up = threading.Event()
        wanted = takewhile(lambda _item: not given_up.is_set(), items)
        with _one_thread_each(self.workers):
            found = Parallel(return_as="generator", pre_dispatch="n_jobs")(delayed(task)(item) for item in wanted)
            try:
                for result in found:
                    results.append(result)
                    done(len(results))
            except BaseException:
                # What has begun is waited for: workers that are killed amid their hand-over leave a broken pool.
                given_up.set()
                with suppress(Exception):
                    deque(found, maxlen=0)
                raise
        return results

    def copied(
        self, task: Callable[[Item], Result], items: Sequence[Item], *, done: Callable[[int], None] = lambda _n: None
    ) -> list[Result]:
        """Apply a task to each item in copies of this process, for many short tasks on much that is read already.

        Workers of `mapped` import every module and are sent the task with each item; copies have both. Where a
        process cannot be copied, or has threads, whose locks would stay locked in a copy, this is `mapped`.

        Parameters
        ----------
        task : callable
            As in `mapped`; what it holds is not sent.
        items : sequence
        done : callable
            Told after each result how many there are; what it raises ends the work.

        Returns
        -------
        list
            One result for each item, in their order.
        """
        copies = "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1
        if self.workers == 1 or not copies:
            return self.mapped(task, items, done=done)
        results: list[Result] = []
        context = multiprocessing.get_context("fork")
        with threadpool_limits(limits=1), _frozen():
            pool = ProcessPoolExecutor(self.workers, context, initializer=_keep, initargs=(task,))
            try:
                for result in pool.map(_apply_kept, items):
                    results.append(result)
                    done(len(results))
            finally:
                pool.shutdown(cancel_futures=True)
        return results


_kept: list[Callable[[Any], Any]] = []
"""The task of a copied process."""


def _keep(task: Callable[[Any], Any]) -> None:
    _kept.append(task)


def _apply_kept(item: Any) -> Any:  # noqa: ANN401 - any task's item and result
    return _kept[-1](item)


@contextmanager
def _frozen() -> Iterator[None]:
    """Spare what is read from collections of garbage: they would write to, and so duplicate, all of it in each copy."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def _one_thread_each(workers: int) -> Iterator[None]:
    """Workers that do not take each other's cores."""
    with parallel_config("loky", n_jobs=workers, inner_max_num_threads=1), threadpool_limits(limits=1):
        yield
