"""Parallel work gives the same results in the same order, tells how far it is, and can be ended."""

from __future__ import annotations

import threading
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from analysis.compute import Compute


def _mean(seed: np.random.SeedSequence, size: int) -> float:
    return float(np.random.default_rng(seed).normal(size=size).mean())


def _leave_mark(number: int, folder: Path) -> int:
    time.sleep(0.01)
    (folder / str(number)).touch()
    return number


@pytest.mark.parametrize("workers", [1, 2])
def test_the_number_of_workers_changes_nothing(workers):
    streams = np.random.SeedSequence(3).spawn(6)
    told = []
    found = Compute(workers).mapped(partial(_mean, size=50), streams, done=told.append)
    assert found == [_mean(stream, 50) for stream in streams]
    assert told == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("workers", [1, 2])
def test_what_progress_raises_ends_the_work(workers):
    def cancel(n: int) -> None:
        if n == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Compute(workers).mapped(partial(_mean, size=10), np.random.SeedSequence(1).spawn(40), done=cancel)


@pytest.mark.parametrize("workers", [1, 2])
def test_work_given_up_begins_no_more_tasks_and_leaves_a_pool_that_works(workers, tmp_path):
    with pytest.raises(ZeroDivisionError):
        Compute(workers).mapped(partial(_leave_mark, folder=tmp_path), range(200), done=lambda n: 1 // (n - 3))
    assert 3 <= len(list(tmp_path.iterdir())) < 100
    streams = np.random.SeedSequence(4).spawn(4)
    assert Compute(workers).mapped(partial(_mean, size=10), streams) == [_mean(stream, 10) for stream in streams]


def test_what_a_task_raises_is_raised(tmp_path):
    with pytest.raises(FileNotFoundError):
        Compute(2).mapped(partial(_leave_mark, folder=tmp_path / "missing"), range(20))


def test_no_items_give_no_results():
    assert Compute(2).mapped(partial(_mean, size=10), []) == []
    assert Compute(2).copied(partial(_mean, size=10), []) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_copies_of_this_process_give_the_same(workers):
    streams = np.random.SeedSequence(3).spawn(6)
    told = []
    found = Compute(workers).copied(partial(_mean, size=50), streams, done=told.append)
    assert found == [_mean(stream, 50) for stream in streams]
    assert told == [1, 2, 3, 4, 5, 6]


def test_what_progress_raises_ends_the_work_of_copies():
    with pytest.raises(ZeroDivisionError):
        Compute(2).copied(partial(_mean, size=10), np.random.SeedSequence(1).spawn(40), done=lambda n: 1 // (n - 2))


def test_a_process_with_threads_is_not_copied(monkeypatch):
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    monkeypatch.setattr(Compute, "mapped", lambda *_, **__: ["mapped"])
    thread.start()
    try:
        assert Compute(2).copied(partial(_mean, size=10), [1]) == ["mapped"]
    finally:
        stop.set()
        thread.join()
