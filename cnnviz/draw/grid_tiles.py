"""What each tile of a grid shows, before it has a place: its values, its scale, and ways to say its range."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.threads import each
from cnnviz.draw import limits, numbers, tiles
from cnnviz.draw.palette import PALETTES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MANY = 2**22
"""So many cells are worth a second thread."""
THUMB_CELLS = 9
"""The largest kernel shown as a thumbnail."""


class Tile(NamedTuple):
    """One tile before it has a place. `ranges` are ways to say its range, the first that fits is used."""

    name: str
    ranges: list[str]
    values: NDArray[np.floating[Any]]  # (H, W), or (3, H, W) for a colour picture
    scale: limits.Scale
    stats: Sequence[limits.Stats]
    times: float = 1.0
    kernel: NDArray[np.floating[Any]] | None = None
    is_input: bool = False

    @property
    def cells(self) -> tuple[int, int]:
        """(H, W)."""
        height, width = self.values.shape[-2:]
        return height, width

    def pixels(self, fit: tiles.Fit) -> NDArray[np.uint8]:
        """Return the colours (h, w, 3) of the tile's pixels."""
        finite = all(s.finite for s in self.stats)
        if self.values.ndim == 3:
            return tiles.picture_pixels(self.values, self.scale, fit, finite=finite)
        return tiles.map_pixels(self.values, self.scale, fit, finite=finite)


def input_tile(maps: FeatureMaps | None, times: float) -> list[Tile]:
    """Return the tile of the input, none if it is neither a picture nor a single map."""
    if maps is None:
        return []
    picture = all(maps.pictures)
    stats = each(limits.measure, maps.values, parallel=maps.values.size >= MANY)
    ends = [end for end in (tiles.true_range(s, times) for s in stats) if end]
    ways = range_ways((min(low for low, _ in ends), max(high for _, high in ends)) if ends else None)
    if len(maps) == 1:
        scale = limits.choose(maps.values, stats, maps.pictures).each[0]
        return [Tile("input", ways, maps.values[0], scale, stats, times, is_input=True)]
    if len(maps) == 3 and picture:
        ways = [f"3 channels, {way}" for way in ways] + ways
        beyond = ends and (min(low for low, _ in ends) < 0 or max(high for _, high in ends) > times)
        scale = limits.Scale(0.0, 1.0, PALETTES["grey"], cut=(bool(beyond), bool(beyond)), picture=True)
        return [Tile("input", ways, maps.values, scale, stats, times, is_input=True)]
    return []


def map_tiles(
    maps: FeatureMaps,
    stats: Sequence[limits.Stats],
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
        out.append(Tile(label, ways, maps.values[i], scale, [s], times, kernel if small else None))
    return out


def range_ways(ends: tuple[float, float] | None) -> list[str]:
    """Return ways to write a range, from the best to the shortest."""
    if ends is None:
        return ["no finite value"]
    form = numbers.choose(ends)
    fewer = [numbers.NumberFormat(d) for d in (1, 0) if not form.exponent and d < form.decimals]
    short = numbers.NumberFormat(0, exponent=True)
    return [numbers.span(*ends, form=f) for f in (form, *fewer, short)]
