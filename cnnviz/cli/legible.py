"""Which part of an input an animation can show: all of it where its cells are large enough, else a smaller copy.

A picture is reduced by averaging squares of its cells, after its edges are cut to whole squares. Maps are never
averaged, since their values would no longer be theirs: of them a crop around the strongest cell is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from cnnviz.cli.traced import Traced
from cnnviz.errors import ArgumentError

if TYPE_CHECKING:
    from cnnviz.core.feature_maps import FeatureMaps

Crop = tuple[int, int, int, int]
"""(row, column, height, width)."""

LEAST_CELL = 16.0  # px
USUAL = 12  # cells along the longer side of a reduced copy, on a figure of 800 px
MOST_WHOLE = 100  # cells along the longer side up to which the whole is tried


class Legible(NamedTuple):
    """What is shown: the layer computed on a crop (None: the whole), each cell being `scale`×`scale` of the input."""

    traced: Traced
    crop: Crop | None = None
    scale: int = 1

    def words(self) -> str:
        """Return 'a 504×504 crop, reduced to 12×12', or nothing where the whole is shown."""
        if self.crop is None:
            return ""
        height, width = self.crop[2:]
        crop = f"{a(f'{height}×{width}')} crop"
        return crop if self.scale == 1 else f"{crop}, reduced to {height // self.scale}×{width // self.scale}"


def a(size: str) -> str:
    """Return 'a 5×5', 'an 8×8'."""
    return f"{'an' if size.startswith(('8', '11×', '18×')) else 'a'} {size}"


def legible(
    maps: FeatureMaps,
    *,
    picture: bool,
    width: float,
    run: Callable[[FeatureMaps], Traced],
    cell: Callable[[Traced, float], float],
) -> Legible:
    """Return the largest part whose cells are legible on a figure of `width` px; `cell` tells how large they are.

    Raises ArgumentError where the layer does not fit the input at all.
    """
    longest = max(maps.shape[1:])
    if longest <= MOST_WHOLE:
        whole = run(maps)
        if cell(whole, width) >= LEAST_CELL:
            return Legible(whole)
    best: Legible | None = None
    largest = 0.0
    for part, crop, scale in _parts(maps, round(USUAL * width / 800), picture):
        try:
            found = Legible(run(part), crop, scale)
        except ArgumentError:  # the kernel is larger than this copy
            continue
        size = cell(found.traced, width)
        if size >= LEAST_CELL:
            return found
        if size > largest:
            best, largest = found, size
    return best or Legible(run(maps))


def _parts(maps: FeatureMaps, usual: int, picture: bool) -> Iterator[tuple[FeatureMaps, Crop, int]]:
    """Yield smaller copies: the usual size, then ever smaller ones, then larger ones."""
    longest = max(maps.shape[1:])
    sizes = [*range(min(usual, longest), 3, -1), *range(usual + 1, min(longest, MOST_WHOLE) + 1, 3)]
    for cells in sizes:
        yield reduced(maps, cells) if picture else cropped(maps, cells)


def reduced(maps: FeatureMaps, cells: int) -> tuple[FeatureMaps, Crop, int]:
    """Return the maps with at most `cells` along the longer side, each the mean of a square; the crop; its side."""
    from cnnviz.core.feature_maps import FeatureMaps

    channels, height, width = maps.shape
    scale = max(1, max(height, width) // cells)
    rows, columns = (max(1, min(cells, size // scale)) for size in (height, width))
    scale = min(scale, height // rows, width // columns)
    top, left = (height - rows * scale) // 2, (width - columns * scale) // 2
    part = maps.values[:, top : top + rows * scale, left : left + columns * scale]
    means = part.reshape(channels, rows, scale, columns, scale).mean(axis=(2, 4), dtype="float64")
    small = FeatureMaps(
        means.astype(part.dtype), maps.labels, history=maps.history, pictures=maps.pictures, source=maps.source
    )
    return small, (top, left, rows * scale, columns * scale), scale


def cropped(maps: FeatureMaps, cells: int) -> tuple[FeatureMaps, Crop, int]:
    """Return a square of at most `cells` around the strongest cell of all maps, and where it lies."""
    import numpy as np

    from cnnviz.core.feature_maps import FeatureMaps
    from cnnviz.core.trace import strongest

    _, height, width = maps.shape
    rows, columns = min(cells, height), min(cells, width)
    row, column = strongest(np.abs(maps.values).max(axis=0))
    top = min(max(row - rows // 2, 0), height - rows)
    left = min(max(column - columns // 2, 0), width - columns)
    part = np.ascontiguousarray(maps.values[:, top : top + rows, left : left + columns])
    small = FeatureMaps(part, maps.labels, history=maps.history, pictures=maps.pictures, source=maps.source)
    return small, (top, left, rows, columns), 1
