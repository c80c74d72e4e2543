"""Limits: which value has the last colour of the palette, and do all maps share it?

A few very large values would leave everything else pale, so with many values the limit is the 99.5 % quantile of the
magnitudes where the largest one is far beyond it. Maps of one kind and of about the same size share one limit, so that
their colours can be compared; others have one each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cnnviz.core import statistics
from cnnviz.core.statistics import Stats
from cnnviz.draw.palette import PALETTES, Palette
from cnnviz.draw.palette import find as find_palette
from cnnviz.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import NDArray

NORMALIZE = ("auto", "shared", "each")
"""One scale for all maps, one for each, or whichever suits them."""

QUANTILE = 0.995
FAR_BEYOND = 1.25  # times the quantile: from here on the largest value is an outlier
FEW = 4096  # up to so many values no outlier is cut
ALIKE = 4.0  # maps whose limits differ by no more than this share one
FLAT = 1e-6  # of the largest limit: below it a map is nothing but rounding
SAMPLE = 2**19
"""Quantiles are exact up to so many values; of more, every n-th is looked at (the share is right within 0.02 %)."""


class Scale(NamedTuple):
    """What colours mean: `low` has the first of the palette, `high` the last; `cut` says where values lie beyond."""

    low: float
    high: float
    palette: Palette
    cut: tuple[bool, bool] = (False, False)
    picture: bool = False


class Scales(NamedTuple):
    """One scale for each map; `shared` if they are all the same, `outliers` if a quantile set the limit."""

    each: list[Scale]
    shared: bool
    outliers: bool = False
    fixed: bool = False


def measure(values: NDArray[np.floating[Any]]) -> Stats:
    """Return what a map, or several taken as one, holds."""
    (stats,) = statistics.measure(values.reshape(1, 1, -1))
    return stats


def choose(
    maps: NDArray[np.floating[Any]],
    stats: Sequence[Stats],
    pictures: Sequence[bool],
    *,
    normalize: str = "auto",
    value_range: tuple[float, float] | None = None,
    palette: str | None = None,
) -> Scales:
    """Return the scales of maps (C, H, W).

    Raises ArgumentError for an unknown palette or normalisation, and for a range that is not LO < HI.
    """
    if normalize not in NORMALIZE:
        near = get_close_matches(normalize, NORMALIZE, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(NORMALIZE)}"
        raise ArgumentError(f"unknown normalization {normalize!r}: {hint}", argument="normalize")
    asked = find_palette(palette) if palette is not None else None
    if value_range is not None:
        scale = _fixed(value_range, asked)
        return Scales([_cut(scale, s) for s in stats], shared=True, fixed=True)

    samples = _samples(maps, stats)
    limits = [_limit([sample], s.largest, s.count) for sample, s in zip(samples, stats, strict=True)]
    largest = max((v for v, picture in zip(limits, pictures, strict=True) if not picture), default=0.0)
    flat = [limit <= FLAT * largest for limit in limits]
    kinds = {_kind(s, p) for s, p, f in zip(stats, pictures, flat, strict=True) if p or not f}
    lively = [limit for limit, p, f in zip(limits, pictures, flat, strict=True) if not (p or f)]
    alike = len(kinds) <= 1 and (not lively or max(lively) <= ALIKE * min(lively))
    constant = all(s.low == s.high for s in stats)  # on scales of their own they would all look alike
    shared = normalize == "shared" or (normalize == "auto" and (alike or constant))

    if not shared:
        limits = [largest if f and not p else limit for limit, f, p in zip(limits, flat, pictures, strict=True)]
        each = [_scale(limit, _kind(s, p), asked) for limit, s, p in zip(limits, stats, pictures, strict=True)]
    else:
        kind = kinds.pop() if len(kinds) == 1 else _kind_of_all(stats)
        top = max(s.largest for s in stats)
        limit = _limit(samples, top, sum(s.count for s in stats)) if kind != "picture" else top
        each = [_scale(limit, kind, asked)] * len(stats)
    each = [_cut(scale, s) for scale, s in zip(each, stats, strict=True)]
    outliers = any(any(scale.cut) and not scale.picture for scale in each)
    return Scales(each, shared, outliers)


def of_picture(stats: Sequence[Stats]) -> Scale:
    """Return the scale of a picture whose channels hold these: 0 is black and 1 is white."""
    cut = any(s.low < 0 for s in stats), any(s.high > 1 for s in stats)
    return Scale(0.0, 1.0, PALETTES["grey"], cut, picture=True)


def _kind(stats: Stats, picture: bool) -> str:
    return "picture" if picture else "signed" if stats.low < 0 else "grey"


def _kind_of_all(stats: Sequence[Stats]) -> str:
    return "signed" if any(s.low < 0 for s in stats) else "grey"


def _scale(limit: float, kind: str, asked: Palette | None) -> Scale:
    palette = asked or PALETTES["signed" if kind == "signed" else "grey"]
    limit = 1.0 if kind == "picture" or limit == 0 else limit
    both_sides = palette.signed or kind == "signed"
    return Scale(-limit if both_sides else 0.0, limit, palette, picture=kind == "picture")


def _fixed(value_range: tuple[float, float], asked: Palette | None) -> Scale:
    try:
        low, high = (float(v) for v in value_range)
    except (TypeError, ValueError):
        raise ArgumentError(f"range takes two numbers LO,HI, not {value_range!r}", argument="range") from None
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ArgumentError(f"range {low:g},{high:g} must be two finite numbers, the lower first", argument="range")
    palette = asked or PALETTES["signed" if low < 0 else "grey"]
    if palette.signed:
        high = max(abs(low), abs(high))
        low = -high
    return Scale(low, high, palette)


def _cut(scale: Scale, stats: Stats) -> Scale:
    return Scale(scale.low, scale.high, scale.palette, (stats.low < scale.low, stats.high > scale.high), scale.picture)


def _samples(maps: NDArray[np.floating[Any]], stats: Sequence[Stats]) -> list[NDArray[np.floating[Any]]]:
    """Return some of the magnitudes of each map, all of them where there are few enough."""
    count, _, width = maps.shape
    step = max(1, math.ceil(maps[0].size * count / max(SAMPLE, count * 2 * FEW)))
    while step > 1 and math.gcd(step, width) > 1:  # otherwise it would see some columns only
        step += 1
    out = []
    for values, s in zip(maps, stats, strict=True):
        sample = np.abs(values.reshape(-1)[::step])
        out.append(sample if s.finite else sample[np.isfinite(sample)])
    return out


def _limit(samples: Sequence[NDArray[np.floating[Any]]], largest: float, count: int) -> float:
    """Return the limit of values whose magnitudes are sampled: the largest, or their quantile if it is far beyond."""
    if count <= FEW:
        return largest
    values = np.concatenate(samples)
    place = QUANTILE * (values.size - 1)
    at = int(place)
    if at + 1 >= values.size:
        return largest
    values.partition(at)
    below, above = float(values[at]), float(values[at + 1 :].min())
    quantile = below + (place - at) * (above - below)
    return quantile if quantile > 0 and largest > FAR_BEYOND * quantile else largest
