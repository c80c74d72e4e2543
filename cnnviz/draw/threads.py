"""Two at a time where it pays: NumPy leaves the other core free while it works on a large array."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, TypeVar

from cnnviz.core.tiles import processors

Result = TypeVar("Result")

MANY = 2**22
"""So many cells are worth a second thread."""


def each(work: Callable[..., Result], *items: Iterable[Any], parallel: bool) -> list[Result]:
    """Return what `work` gives for each of the items, in order, as `map` does; in `parallel`, on the core's threads."""
    given = [list(column) for column in items]
    if parallel and (threads := processors()) > 1:
        from concurrent.futures import ThreadPoolExecutor

        with suppress(RuntimeError), ThreadPoolExecutor(threads) as pool:  # where no thread can be started, do without
            return list(pool.map(work, *given))
    return list(map(work, *given))
