"""A thumbnail: a whole map or picture, small, with its ring of padding and a frame round the place that matters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cnnviz.core.shapes import Sides
from cnnviz.draw import scene, style, tiles
from cnnviz.draw.limits import Scale
from cnnviz.draw.matrix import outline, padding_frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_RING = 4.0  # px that a ring takes at least, or nobody would see it
MOST_RING = 24.0
LEAST_FRAME = 7.0  # px of the smallest frame round a place


class Thumb(NamedTuple):
    """A thumbnail at (x, y), its ring included. `ring` is in logical pixels: top, bottom, left, right."""

    x: float
    y: float
    fit: tiles.Fit
    pad: Sides
    ring: tuple[float, float, float, float]
    pixels: NDArray[np.uint8]
    colour: str

    @property
    def width(self) -> float:
        """With the ring."""
        return self.fit.size[0] + self.ring[2] + self.ring[3]

    @property
    def height(self) -> float:
        """With the ring."""
        return self.fit.size[1] + self.ring[0] + self.ring[1]

    @property
    def inner(self) -> scene.Point:
        """Where the map itself begins."""
        return self.x + self.ring[2], self.y + self.ring[0]

    def items(self) -> list[scene.Item]:
        """Return the ring, the map and its frame."""
        out: list[scene.Item] = []
        if any(self.ring):
            out += [
                scene.Hatch(self.x, self.y, self.width, self.height),
                padding_frame(self.x, self.y, self.width, self.height),
            ]
        x, y = self.inner
        out += tiles.image(x, y, self.fit, self.pixels)
        out.append(scene.Rect(x, y, *self.fit.size, stroke=self.colour, line=style.ROLE_FRAME))
        return out

    def mark(self, row: int, column: int, rows: int, columns: int, colour: str) -> list[scene.Item]:
        """Return the frame round some cells, negative in the ring, large enough to be seen."""
        left, right = self._across(column), self._across(column + columns)
        top, bottom = self._down(row), self._down(row + rows)
        grow_x, grow_y = (max(0.0, LEAST_FRAME - size) / 2 for size in (right - left, bottom - top))
        x, y = left - grow_x, top - grow_y
        return outline(x, y, right - left + 2 * grow_x, bottom - top + 2 * grow_y, colour, 2.5)

    def _across(self, column: int) -> float:
        return self.x + _place(column, self.fit.cells[1], self.fit.size[0], self.pad[2:], self.ring[2:])

    def _down(self, row: int) -> float:
        return self.y + _place(row, self.fit.cells[0], self.fit.size[1], self.pad[:2], self.ring[:2])


def thumb(
    x: float, y: float, values: NDArray[np.floating[Any]], scale: Scale, room: float, colour: str,
    pad: Sides = (0, 0, 0, 0),
) -> Thumb:  # fmt: skip
    """Return the thumbnail of a map (H, W) or a colour picture (3, H, W) that fits a square of `room` pixels."""
    height, width = values.shape[-2:]
    inner = room
    # The ring is as wide as it is, within limits; the map has what is left.
    for _ in range(2):
        cell = min(inner / height, inner / width)
        rings = [min(max(n * cell, LEAST_RING), MOST_RING) if n else 0.0 for n in pad]
        inner = room - max(rings[0] + rings[1], rings[2] + rings[3])
    ring = tuple(float(round(r)) for r in rings)
    fit = tiles.fit((height, width), inner, inner)
    pixels = (
        tiles.picture_pixels(values, scale, fit)
        if values.ndim == 3
        else tiles.map_pixels(values, scale, fit, finite=bool(np.isfinite(values).all()))
    )
    return Thumb(x, y, fit, pad, (ring[0], ring[1], ring[2], ring[3]), pixels, colour)


def _place(index: int, cells: int, size: float, pad: tuple[int, ...], ring: tuple[float, ...]) -> float:
    """Return where cell `index` begins, in pixels from the edge of the ring; the ring has its own measure."""
    if index < 0:
        return ring[0] * (1 + index / pad[0]) if pad[0] else 0.0
    if index > cells:
        return ring[0] + size + (ring[1] * min((index - cells) / pad[1], 1.0) if pad[1] else 0.0)
    return ring[0] + index * size / cells
