"""Channels as sheets of paper, one behind the other, and the window that goes through all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.core.statistics import measure
from cnnviz.draw import limits, marks, scene, style
from cnnviz.draw.area import coloured, coloured_mean
from cnnviz.draw.png import SCALE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.core.feature_maps import FeatureMaps

FRONT, BACK, PRISM = 0.18, 0.30, 0.35  # of the role's colour
MOST = 8  # sheets drawn; more are said in words
FEW, WIDE_STEP, NARROW_STEP = 4, 12.0, 8.0
LEAST_SIDE = 14.0  # of a sheet
LEAST_WINDOW, CELL = 30.0, 12.0  # of a window, and of the output cell that it gives
WINDOW_LINE = 2.5


@dataclass(frozen=True, slots=True)
class Sheets:
    """`count` channels of `width` by `height`, the front one at (x, y), the others behind it, up and to the right."""

    count: int
    x: float
    y: float
    width: float
    height: float
    colour: str
    scale: float = 1.0  # of the steps
    faces: Sequence[NDArray[np.uint8]] = ()

    @property
    def drawn(self) -> int:
        """How many sheets are drawn."""
        return min(self.count, MOST)

    @property
    def step(self) -> float:
        """From one sheet to the next, right and up."""
        return (WIDE_STEP if self.count <= FEW else NARROW_STEP) * self.scale

    @property
    def depth(self) -> float:
        """From the front sheet to the last."""
        return (self.drawn - 1) * self.step

    @property
    def right(self) -> float:
        """The right edge of the last sheet."""
        return self.x + self.width + self.depth

    @property
    def middle(self) -> float:
        """Half the height of all sheets together."""
        return self.y + (self.height - self.depth) / 2

    def items(self) -> list[scene.Item]:
        """Return the sheets, the last first."""
        out: list[scene.Item] = []
        for i in reversed(range(self.drawn)):
            place = self.x + i * self.step, self.y - i * self.step, self.width, self.height
            fill = marks.tint(self.colour, FRONT if i == 0 else BACK)
            if i < len(self.faces):
                out.append(scene.Image(*place, self.faces[i]))
                fill = ""
            out.append(scene.Rect(*place, fill or None, self.colour, style.THUMB_FRAME))
        return out

    def prism(self, x: float, y: float, width: float, height: float) -> list[scene.Item]:
        """Return a window at (x, y) of the front sheet that reaches through all of them."""
        back = self.depth
        front = scene.Rect(
            x, y, width, height, marks.tint(style.KERNEL, PRISM) if not self.faces else None, style.KERNEL, WINDOW_LINE
        )
        if not back:
            return [*self._halo(x, y, width, height), front]
        corners = [(x, y), (x + width, y), (x, y + height), (x + width, y + height)]
        ends = [(a, b, a + back, b - back) for a, b in corners]
        edges = scene.Lines(ends, style.KERNEL, style.THUMB_FRAME)
        behind = scene.Rect(x + back, y - back, width, height, stroke=style.KERNEL, line=style.THUMB_FRAME)
        halo: list[scene.Item] = self._halo(x, y, width, height)
        if halo:
            halo += [*self._halo(x + back, y - back, width, height), scene.Lines(ends, style.PAGE, WINDOW_LINE + 1)]
        return [*halo, behind, edges, front]

    def outline(self, x: float, y: float, width: float, height: float) -> list[scene.Item]:
        """Return a window at (x, y) that looks at the front sheet only."""
        frame = scene.Rect(x, y, width, height, stroke=style.KERNEL, line=WINDOW_LINE)
        return [*self._halo(x, y, width, height), frame]

    def cell(self, x: float, y: float, side: float = CELL) -> list[scene.Item]:
        """Return the output cell whose middle is at (x, y)."""
        half = side / 2
        square = x - half, y - half, side, side
        halo = [scene.Rect(*square, stroke=style.PAGE, line=3.0)] if self.faces else []
        return [*halo, scene.Rect(*square, fill=style.OUTPUT)]

    def _halo(self, x: float, y: float, width: float, height: float) -> list[scene.Item]:
        # White on both sides of a line shows it on any picture.
        return [scene.Rect(x, y, width, height, stroke=style.PAGE, line=WINDOW_LINE + 2)] if self.faces else []


def faces(maps: FeatureMaps | None, width: float, height: float) -> tuple[NDArray[np.uint8], ...]:
    """Return the pixels of maps on sheets of that size, as many as are drawn; none where there are no maps."""
    if maps is None:
        return ()
    values = maps.values[:MOST]
    stats = measure(values)
    scales = limits.choose(values, stats, maps.pictures[:MOST])
    most = round(height * SCALE), round(width * SCALE)
    pixels = min(values.shape[1], most[0]), min(values.shape[2], most[1])
    return tuple(
        coloured(one, scale) if pixels == one.shape else coloured_mean(one, scale, pixels, finite=s.finite)
        for one, scale, s in zip(values, scales.each, stats, strict=True)
    )


def size(cells: tuple[int, int], per_cell: float) -> tuple[float, float]:
    """Return (width, height) of a sheet of (rows, columns), never too thin to be seen."""
    return max(cells[1] * per_cell, LEAST_SIDE), max(cells[0] * per_cell, LEAST_SIDE)


def window(kernel: tuple[int, int], per_cell: float, sheet: Sheets) -> tuple[float, float, float, float]:
    """Return where a window lies on a sheet, and how large it is: to scale, or large enough to be seen."""
    grow = max(1.0, LEAST_WINDOW / (max(kernel) * per_cell))
    width = min(kernel[1] * per_cell * grow, sheet.width)
    height = min(kernel[0] * per_cell * grow, sheet.height)
    return sheet.x + 0.46 * (sheet.width - width), sheet.y + 0.46 * (sheet.height - height), width, height
