"""An input as cells with its ring of padding, and the window that lies on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.core.history import LayerRecord
from cnnviz.core.padding import PAD_MODES, fill
from cnnviz.core.shapes import Pair, Sides
from cnnviz.draw import scene, style
from cnnviz.draw.matrix import outline

if TYPE_CHECKING:
    from numpy.typing import NDArray

TAP_LINE = 2.5
EXTENT_LINE, EXTENT_DASH = 1.5, (5.0, 3.0)


def ring(record: LayerRecord) -> Sides:
    """Return how far the figure of an input reaches beyond it: its padding, and what `ceil` lets hang over."""
    assert record.pad and record.stride
    top, bottom, left, right = record.pad
    sides = [top, bottom, left, right]
    for axis, before, after in ((0, top, 1), (1, left, 3)):
        last = (record.output_shape[1 + axis] - 1) * record.stride[axis] - before + extent(record)[axis]
        sides[after] = max(sides[after], last - record.input_shape[1 + axis])
    return sides[0], sides[1], sides[2], sides[3]


def extent(record: LayerRecord) -> Pair:
    """Return rows and columns from the first tap of a window to the last, both counted."""
    assert record.kernel_size and record.dilation
    high, wide = ((k - 1) * d + 1 for k, d in zip(record.kernel_size, record.dilation, strict=True))
    return high, wide


def padded(values: NDArray[np.floating[Any]], record: LayerRecord) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return a channel (H, W) with its ring, and which cells are the ring."""
    top, bottom, left, right = ring(record)
    height, width = values.shape
    out = np.empty((top + height + bottom, left + width + right), np.float64)
    fill(out, values, (-top, -left), mode=PAD_MODES[record.pad_mode or "constant"], value=record.pad_value or 0.0)
    outside = np.ones(out.shape, bool)
    outside[top : top + height, left : left + width] = False
    return out, outside


def corner(record: LayerRecord, at: Pair) -> Pair:
    """Return row and column of a window's first cell, counted with the ring."""
    assert record.stride
    return at[0] * record.stride[0], at[1] * record.stride[1]


def window(
    box: scene.Box, size: Pair, dilation: Pair, colour: str = style.KERNEL, line: float = 3.0
) -> list[scene.Item]:
    """Return the frame of a window that fills `box` (x, y, width, height); with holes, one round each tapped cell."""
    x, y, width, height = box
    if dilation == (1, 1):
        return outline(x, y, width, height, colour, line)
    high, wide = ((k - 1) * d + 1 for k, d in zip(size, dilation, strict=True))
    cell = width / wide, height / high
    items: list[scene.Item] = [
        scene.Rect(x, y, width, height, stroke=style.PAGE, line=3.0),
        scene.Rect(x, y, width, height, stroke=colour, line=EXTENT_LINE, dash=EXTENT_DASH),
    ]
    for row in range(size[0]):
        for column in range(size[1]):
            left, top = x + column * dilation[1] * cell[0], y + row * dilation[0] * cell[1]
            items += outline(left, top, cell[0], cell[1], colour, TAP_LINE)
    return items
