"""Tiles: how large is a map drawn, and what is drawn on it?

A small map is enlarged by a whole factor with hard cell edges, so that one value is one square, with a lattice and the
numbers themselves where they fit. A large one is averaged down. A strip so thin that nobody would see it is drawn
thicker than it is, and the figure says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cnnviz.core.statistics import Stats
from cnnviz.draw import numbers, palette, scene, style, text
from cnnviz.draw.area import coloured, coloured_mean, picture_mean
from cnnviz.draw.limits import Scale
from cnnviz.draw.png import SCALE

if TYPE_CHECKING:
    from numpy.typing import NDArray

STRIP = 4.0
"""From this aspect on a map is a strip."""
THICK = 24.0
"""A strip is drawn at least so thick."""
FEWEST_LEVELS = 2.0
"""Decimals are dropped only while the largest magnitude still counts as so many of the last digit."""


NOT_FINITE = {numbers.number(v) for v in (math.nan, math.inf, -math.inf)}


class Fit(NamedTuple):
    """How a map (H, W) becomes pixels: averaged to `pixels` (h, w), then each shown as (kh, kw) device pixels."""

    cells: tuple[int, int]
    pixels: tuple[int, int]
    factor: tuple[int, int]

    @property
    def size(self) -> tuple[float, float]:
        """(width, height) in logical pixels."""
        return self.pixels[1] * self.factor[1] / SCALE, self.pixels[0] * self.factor[0] / SCALE

    @property
    def whole(self) -> bool:
        """Whether every cell is there, none averaged with others."""
        return self.pixels == self.cells

    @property
    def reduction(self) -> float:
        """Map cells for each device pixel along the more reduced axis; 1 when whole or enlarged."""
        return max(cells / pixels for cells, pixels in zip(self.cells, self.pixels, strict=True))

    @property
    def stretch(self) -> float:
        """How many times thicker than true a strip is drawn, 1 for everything else."""
        high, wide = (p * f / c for c, p, f in zip(self.cells, self.pixels, self.factor, strict=True))
        return max(high / wide, wide / high) if self.factor[0] != self.factor[1] else 1.0

    @property
    def cell(self) -> float:
        """The side of a cell in logical pixels, 0 when cells are averaged or stretched."""
        return self.factor[0] / SCALE if self.whole and self.factor[0] == self.factor[1] else 0.0


def fit(
    cells: tuple[int, int], width: float, height: float, scale: float | None = None, *, thicken: bool = True
) -> Fit:
    """Return how a map of `cells` (H, W) fills a slot of logical pixels, or is drawn at `scale` pixels a cell.

    With `thicken` a strip too thin to be seen is drawn thicker than it is.
    """
    if scale is not None:
        return _scaled(cells, scale)
    room = int(height * SCALE), int(width * SCALE)
    factor = min(r // c for r, c in zip(room, cells, strict=True))
    if factor >= 1:
        pixels, factors = cells, (factor, factor)
    else:
        reduction = max(c / r for r, c in zip(room, cells, strict=True))
        pixels = max(1, round(cells[0] / reduction)), max(1, round(cells[1] / reduction))
        factors = (1, 1)
    if not (thicken and is_strip(cells)):
        return Fit(cells, pixels, factors)
    thin = 0 if cells[0] < cells[1] else 1
    if pixels[thin] * factors[thin] < THICK * SCALE:  # whole cells again, thick enough to be seen
        long_pixels, long_factor = pixels[1 - thin], factors[1 - thin]
        thick = math.ceil(THICK * SCALE / cells[thin])
        both = (cells[thin], long_pixels), (thick, long_factor)
        pixels, factors = both if thin == 0 else (both[0][::-1], both[1][::-1])
    return Fit(cells, pixels, factors)


def _scaled(cells: tuple[int, int], scale: float) -> Fit:
    if scale >= 1:
        return Fit(cells, cells, (int(scale), int(scale)))
    return Fit(cells, (max(1, round(cells[0] * scale)), max(1, round(cells[1] * scale))), (1, 1))


def is_strip(cells: tuple[int, int]) -> bool:
    """Whether a map is more than four times as long as it is wide."""
    return max(cells) > STRIP * min(cells)


def map_pixels(values: NDArray[np.floating[Any]], scale: Scale, size: Fit, *, finite: bool) -> NDArray[np.uint8]:
    """Return the pixels of a map (H, W): one a cell, or averaged."""
    if size.whole:
        return coloured(values, scale)
    return coloured_mean(values, scale, size.pixels, finite=finite)


def picture_pixels(
    values: NDArray[np.floating[Any]], scale: Scale, size: Fit, *, finite: bool = True
) -> NDArray[np.uint8]:
    """Return the pixels of a colour picture (3, H, W); a cell that is not finite in every channel looks like NaN."""
    if not finite:
        nan = scale.low + np.array(palette.rgb(scale.palette.nan)) / 255 * (scale.high - scale.low)
        values = np.where(np.isfinite(values).all(axis=0), values, nan[:, None, None])
    if size.whole:
        return np.stack([coloured(channel, scale)[..., 0] for channel in values], axis=-1)
    return picture_mean(values, scale, size.pixels)


def image(x: float, y: float, size: Fit, pixels: NDArray[np.uint8]) -> list[scene.Item]:
    """Return the items of a tile's fill: its pixels, and the lattice where cells are large enough."""
    width, height = size.size
    items: list[scene.Item] = [scene.Image(x, y, width, height, pixels)]
    if size.cell >= style.LATTICE_FROM:
        items.append(lattice(x, y, size.cells, size.cell))
    return items


def lattice(x: float, y: float, cells: tuple[int, int], cell: float) -> scene.Lines:
    """Return the lines between cells."""
    rows, columns = cells
    right, bottom = x + columns * cell, y + rows * cell
    across = [(x, y + i * cell, right, y + i * cell) for i in range(1, rows)]
    down = [(x + j * cell, y, x + j * cell, bottom) for j in range(1, columns)]
    return scene.Lines(across + down or [(x, y, x, y)], style.GRID, style.LATTICE)


def cell_texts(values: NDArray[np.floating[Any]], cell: float) -> tuple[list[str], float] | None:
    """Return the numbers of a matrix as text, row by row, and the size at which all fit their cells; or None.

    Decimals are dropped one by one to make them fit, while they still tell the values apart. A NaN or infinity that
    does not fit is left out: its colour says what it is.
    """
    if cell < style.NUMBERS_FROM:
        return None
    flat = [float(v) for v in values.reshape(-1)]
    form = numbers.choose(flat)
    largest = max((abs(v) for v in flat if math.isfinite(v)), default=0.0)
    room = cell - 2 * style.CELL_CLEAR
    while True:
        texts = [form(v) for v in flat]
        for size in style.CELL_SIZES:
            if size <= 0.42 * cell and all(text.width(t, size) <= room for t in set(texts) - NOT_FINITE):
                return [t if text.width(t, size) <= room else "" for t in texts], size
        if form.decimals == 0 or form.exponent or largest * 10 ** (form.decimals - 1) < FEWEST_LEVELS:
            return None
        form = numbers.NumberFormat(form.decimals - 1)


def cell_numbers(
    x: float,
    y: float,
    cells: tuple[int, int],
    cell: float,
    texts: Sequence[str],
    size: float,
    pixels: NDArray[np.uint8],
) -> list[scene.Item]:
    """Return numbers in the middle of their cells, black or white by the fill (rows, columns, 3) they stand on."""
    down = (cell + style.CAP * size) / 2
    fills = pixels.reshape(-1, 3).tolist()
    return [
        scene.Text(
            x + (i % cells[1] + 0.5) * cell, y + (i // cells[1]) * cell + down, string, size,
            palette.ink_on((fill[0], fill[1], fill[2])), anchor="middle",
        )
        for i, (string, fill) in enumerate(zip(texts, fills, strict=True))
        if string
    ]  # fmt: skip


def thumbnail(matrix: NDArray[np.floating[Any]], right: float, top: float, side: float) -> list[scene.Item]:
    """Return a small picture of a 2-D kernel in its frame, its top right corner at (right, top)."""
    rows, columns = matrix.shape
    factor = max(1, int(side * SCALE) // max(rows, columns))
    size = Fit((rows, columns), (rows, columns), (factor, factor))
    width, height = size.size
    limit = float(np.abs(matrix).max()) or 1.0
    fills = coloured(matrix, Scale(-limit, limit, palette.PALETTES["signed"]))
    x = right - width
    frame = scene.Rect(x, top, width, height, stroke=style.KERNEL, line=style.THUMB_FRAME)
    return [*image(x, top, size, fills), frame]


def true_range(stats: Stats, times: float = 1.0) -> tuple[float, float] | None:
    """Return the range of a map's finite values, shown `times` as large; None where it has none."""
    if not stats.count:
        return None
    return shown(stats.low, times), shown(stats.high, times)


def shown(value: float, times: float) -> float:
    """Return a value times `times`, as a whole number where it is one but for rounding."""
    value *= times
    return float(round(value)) if times != 1 and abs(value - round(value)) < 1e-3 else value
