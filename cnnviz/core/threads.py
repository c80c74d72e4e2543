"""Two threads where it pays: NumPy lets go of Python's lock while it computes, so plain threads keep two cores busy.

More would not help: the passes of this program are bound by memory, and two threads use all there is.
"""

from __future__ import annotations

import os
import sys
from _thread import LockType, allocate_lock, start_new_thread
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, TypeVar

from cnnviz.core.address_space import address_space

Item = TypeVar("Item")
Result = TypeVar("Result")


def processors() -> int:
    """Return how many threads to use: two, or one where the process may use one processor only.

    One, too, where its address space is limited: BLAS takes room for each thread, and ends a process that has none.
    """
    if address_space() != sys.maxsize:
        return 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(allowed, 2)


def each(work: Callable[..., Result], *items: Iterable[Any], parallel: bool) -> list[Result]:
    """Return what `work` gives for each of the items, in order, as `map` does; in `parallel`, on several threads."""
    given = list(zip(*items, strict=True))
    found: dict[int, Result] = {}

    def one(place: int) -> None:
        found[place] = work(*given[place])

    spread(lambda: one, range(len(given)), processors() if parallel else 1)
    return [found[place] for place in range(len(given))]


def spread(start: Callable[[], Callable[[Item], object]], items: Iterable[Item], threads: int) -> None:
    """Do every item once, on up to `threads` threads; `start` gives each thread a worker with scratch of its own.

    NumPy's floating-point warnings are off in every thread: inf and NaN are results here. What one thread raises is
    raised, once all have stopped.
    """
    import numpy as np

    todo = deque(items)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with np.errstate(all="ignore"):
                work = start()
                while todo:
                    try:
                        item = todo.popleft()
                    except IndexError:
                        return
                    work(item)
        except BaseException as failure:  # Ctrl-C too must stop both threads.
            failures.append(failure)
            todo.clear()

    def help_out(done: LockType) -> None:
        try:
            run()
        finally:
            done.release()

    helpers = []
    for _ in range(min(threads, len(todo)) - 1):
        done = allocate_lock()
        done.acquire()
        with suppress(RuntimeError):  # where no thread can be started, do without
            # Not a `Thread`: to start one waits until it has begun.
            start_new_thread(help_out, (done,))
            helpers.append(done)
    run()
    for done in helpers:
        done.acquire()
    if failures:
        raise failures[0]
