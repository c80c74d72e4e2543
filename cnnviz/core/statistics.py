"""What maps hold: the range and the mean of their finite values, and what is not finite, in one pass over memory.

Bands of values stay in the processor's cache while all of it is asked of them, and two threads share the bands.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.core.threads import processors, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

BAND = 1 << 19  # values
SHARED = 1 << 21  # values from which on a second thread pays


@dataclass(frozen=True, slots=True)
class Stats:
    """What one map holds: the range of its `count` finite values, 0 and 0 if there are none, and how many are not.

    `mean` is that of the finite values, 0 if there are none, NaN where nobody asked for it.
    """

    low: float
    high: float
    count: int
    nan: int = 0
    inf: int = 0
    mean: float = math.nan

    @property
    def largest(self) -> float:
        """The largest magnitude."""
        return max(abs(self.low), abs(self.high))

    @property
    def finite(self) -> bool:
        """Whether every value is."""
        return not (self.nan or self.inf)


def measure(maps: NDArray[np.floating[Any]]) -> list[Stats]:
    """Return what each of the maps (C, H, W) holds."""
    if not maps.flags.c_contiguous:  # NumPy would copy all at once, and add one value after the other
        return [stats for one in maps for stats in measure(np.ascontiguousarray(one)[None])]
    flat = maps.reshape(len(maps), -1)
    count, cells = flat.shape
    # Large maps are cut into bands, small ones are taken several at once.
    bands, together = -(-cells // BAND), max(BAND // cells, 1)
    found = np.empty((5, count, bands))

    def start() -> Callable[[tuple[int, int]], None]:
        def work(place: tuple[int, int]) -> None:
            first, band = place
            part = flat[first : first + together, band * BAND : (band + 1) * BAND]
            for row, values in zip(found, _measured(part), strict=True):
                row[first : first + together, band] = values

        return work

    places = [(first, band) for first in range(0, count, together) for band in range(bands)]
    spread(start, places, processors() if flat.size >= SHARED else 1)
    lows, highs, means, counts, nans = found
    total = counts.sum(axis=1)
    none = total == 0
    columns = (
        np.where(none, 0, lows.min(axis=1)),
        np.where(none, 0, highs.max(axis=1)),
        total.astype(int),
        nans.sum(axis=1).astype(int),
        (cells - total - nans.sum(axis=1)).astype(int),
        (means * (counts / np.maximum(total, 1)[:, None])).sum(axis=1),
    )
    return [Stats(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def summary(stats: Sequence[Stats]) -> dict[str, Any]:
    """Return `min`, `max` and `mean` of the finite values of all maps (None where there are none), `nan` and `inf`."""
    filled = [s for s in stats if s.count]
    total = sum(s.count for s in filled)
    return {
        "min": min((s.low for s in filled), default=None),
        "max": max((s.high for s in filled), default=None),
        "mean": math.fsum(s.mean * (s.count / total) for s in filled) if filled else None,
        "nan": sum(s.nan for s in stats),
        "inf": sum(s.inf for s in stats),
    }


def _measured(part: NDArray[np.floating[Any]]) -> tuple[Any, ...]:
    """Return of each row the lowest, the highest and the mean finite value, how many they are, and how many are NaN."""
    low, high = part.min(axis=1), part.max(axis=1)
    if np.isfinite(low).all() and np.isfinite(high).all():
        return low, high, _mean(part, np.full(len(part), part.shape[1])), part.shape[1], 0
    finite = np.isfinite(part)
    count = finite.sum(axis=1)
    low, high = np.where(finite, part, np.inf).min(axis=1), np.where(finite, part, -np.inf).max(axis=1)
    mean = _mean(np.where(finite, part, 0), np.maximum(count, 1))
    return low, high, mean, count, np.isnan(part).sum(axis=1)


def _mean(rows: NDArray[np.floating[Any]], count: NDArray[np.int_]) -> NDArray[np.floating[Any]]:
    # In the values' own type, which is fast and exact enough; only huge values need to be made smaller first.
    mean: NDArray[np.floating[Any]] = rows.sum(axis=1) / count
    return mean if np.isfinite(mean).all() else (rows / count[:, None]).sum(axis=1, dtype=np.float64)
