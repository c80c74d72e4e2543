"""What each tile of a grid shows, before it has a place: its values, its scale, and ways to say its range."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cnnviz.core.brightness import as_stored
from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.statistics import Stats, measure
from cnnviz.draw import limits, numbers, tiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

THUMB_CELLS = 9
"""The largest kernel shown as a thumbnail."""


class Tile(NamedTuple):
    """One tile before it has a place: one of the maps, or all three, `channel` None, as a colour picture.

    `ranges` are ways to say its range, the first that fits is used.
    """

    name: str
    ranges: list[str]
    maps: FeatureMaps
    channel: int | None
    scale: limits.Scale
    stats: Sequence[Stats]
    times: float = 1.0
    kernel: NDArray[np.floating[Any]] | None = None
    is_input: bool = False

    @property
    def cells(self) -> tuple[int, int]:
        """(H, W)."""
        _, height, width = self.maps.shape
        return height, width

    @property
    def values(self) -> NDArray[np.floating[Any]]:
        """(H, W), or (3, H, W) for a colour picture."""
        return self.maps.values if self.channel is None else self.maps.values[self.channel]

    def pixels(self, fit: tiles.Fit) -> NDArray[np.uint8]:
        """Return the colours (h, w, 3) of the tile's pixels."""
        finite = all(s.finite for s in self.stats)
        values, unit = as_stored(self.maps.stored)
        scale = self.scale._replace(low=self.scale.low * unit, high=self.scale.high * unit)
        if self.channel is None:
            return tiles.picture_pixels(values, scale, fit, finite=finite)
        return tiles.map_pixels(values[self.channel], scale, fit, finite=finite)


def input_tile(maps: FeatureMaps | None, times: float) -> list[Tile]:
    """Return the tile of the input, none if it is neither a picture nor a single map."""
    if maps is None:
        return []
    picture = all(maps.pictures)
    stats = measure_all(maps)
    ends = [end for end in (tiles.true_range(s, times) for s in stats) if end]
    ways = range_ways((min(low for low, _ in ends), max(high for _, high in ends)) if ends else None)
    if len(maps) == 1:
        scale = limits.of_picture(stats) if picture else limits.choose(maps.values, stats, maps.pictures).each[0]
        return [Tile("input", ways, maps, 0, scale, stats, times, is_input=True)]
    if len(maps) == 3 and picture:
        ways = [f"3 channels, {way}" for way in ways] + ways
        return [Tile("input", ways, maps, None, limits.of_picture(stats), stats, times, is_input=True)]
    return []


def map_tiles(
    maps: FeatureMaps,
    stats: Sequence[Stats],
    scales: limits.Scales,
    kernels: Sequence[NDArray[np.floating[Any]] | None],
    times: float,
) -> list[Tile]:
    """Return the tiles of the maps; a kernel that is 2-D and small goes with its map."""
    out = []
    for i, (label, s, scale) in enumerate(zip(maps.labels, stats, scales.each, strict=True)):
        kernel = kernels[i] if i < len(kernels) else None
        small = kernel is not None and kernel.ndim == 2 and max(kernel.shape) <= THUMB_CELLS
        ways = range_ways(tiles.true_range(s, times))
        out.append(Tile(label, ways, maps, i, scale, [s], times, kernel if small else None))
    return out


def measure_all(maps: FeatureMaps) -> list[Stats]:
    """Return what each of the maps holds."""
    values, unit = as_stored(maps.stored)
    if unit == 1:
        return measure(values)
    bands = values.reshape(len(values), -1)
    ends = (np.divide(end, np.float32(unit)).tolist() for end in (bands.min(axis=1), bands.max(axis=1)))
    return [Stats(low, high, bands.shape[1]) for low, high in zip(*ends, strict=True)]


def range_ways(ends: tuple[float, float] | None) -> list[str]:
    """Return ways to write a range, from the best to the shortest."""
    if ends is None:
        return ["no finite value"]
    form = numbers.choose(ends)
    fewer = [numbers.NumberFormat(d) for d in (1, 0) if not form.exponent and d < form.decimals]
    short = numbers.NumberFormat(0, exponent=True)
    return [numbers.span(*ends, form=f) for f in (form, *fewer, short)]
