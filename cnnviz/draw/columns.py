"""Columns: how many tiles stand side by side, and how wide is the place of each?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from cnnviz.draw import style
from cnnviz.draw.tiles import STRIP

FEW_TILE = 240.0  # one or two tiles
LARGEST_TILE = 368.0
SMALLEST_TILE = 48.0
TALLEST = 1.5  # a tile is at most so many times as high as wide
STRIP_LENGTH = 480.0  # of a tall strip
LABEL_ROOM = 80.0  # the least room for a name


class Slots(NamedTuple):
    """Places for tiles: `columns` of them in a row, each `width` by at most `height`, `pitch` apart."""

    columns: int
    width: float
    height: float
    pitch: float

    @property
    def content(self) -> float:
        """The width of a full row, in whole logical pixels."""
        return float(math.ceil((self.columns - 1) * self.pitch + self.width))

    def left(self, column: int) -> float:
        """Return where a column begins, on a whole device pixel."""
        return style.MARGIN + round(2 * column * self.pitch) / 2


def best_columns(count: int) -> int:
    """Return the number of columns for so many tiles: the one with the fewest empty places, of these the smallest."""
    if count <= 4:
        return count
    if count > 40:
        return 8
    choices = (3, 4, 5) if count <= 12 else (4, 5, 6)
    return min(choices, key=lambda n: (-count % n, n))


def slots(count: int, cells: tuple[int, int], label: float, columns: int | None = None) -> Slots:
    """Return the places for `count` tiles of maps of about `cells` (H, W) whose widest label is `label`."""
    height, width = cells
    if width > STRIP * height and columns is None:
        return Slots(1, style.CONTENT, style.CONTENT, style.CONTENT)
    if height > STRIP * width:
        thin = max(label, STRIP_LENGTH * width / height, LABEL_ROOM / 2)
        fitting = max(1, int((style.CONTENT + style.GUTTER) // (thin + style.GUTTER)))
        return Slots(min(count, columns or fitting), thin, STRIP_LENGTH, thin + style.GUTTER)
    if columns is None and count <= 2:
        return Slots(count, FEW_TILE, TALLEST * FEW_TILE, FEW_TILE + style.GUTTER)
    number = min(count, columns or best_columns(count))
    pitch = (style.CONTENT + style.GUTTER) / number
    tile = float(math.floor(pitch - style.GUTTER))
    if not SMALLEST_TILE <= tile <= LARGEST_TILE:
        tile = min(max(tile, SMALLEST_TILE), LARGEST_TILE)
        pitch = tile + style.GUTTER
    return Slots(number, tile, TALLEST * tile, pitch)


def scaled_slots(count: int, widths: Sequence[float], label: float, columns: int | None = None) -> Slots:
    """Return the places for tiles whose widths are given: the card is as wide as they need."""
    number = min(count, columns or best_columns(count))
    width = max(*widths, min(label, LABEL_ROOM))
    return Slots(number, width, math.inf, width + style.GUTTER)
