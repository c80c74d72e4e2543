"""Pictures in the terminal: two pixels to a character cell, upper and lower half; numbers where maps are small."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnviz.draw.numbers import choose
from cnnviz.errors import printable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rich.console import Console
    from rich.text import Text

    from cnnviz.core.feature_maps import FeatureMaps

HALF_BLOCK = "▀"
WIDTH = 160  # characters that a preview takes at the most
NARROWEST = 16  # characters of a tile
MOST_ACROSS = 5
GAP = 2
RAMP = " .:-=+*#%@"  # dark to bright, for terminals without colour


def tiles(pictures: Sequence[tuple[str, NDArray[np.uint8]]], console: Console, width: int) -> list[Text]:
    """Return named pictures (h, w, 3) as lines of text, as many side by side as fit into `width` characters."""
    from itertools import zip_longest

    from rich.text import Text

    across = max(1, min(len(pictures), (width + GAP) // (NARROWEST + GAP), MOST_ACROSS))
    side = (width + GAP) // across - GAP
    lines: list[Text] = []
    for start in range(0, len(pictures), across):
        row = pictures[start : start + across]
        blocks = [[*half_blocks(pixels, console, side), _fitted(name, side)] for name, pixels in row]
        for parts in zip_longest(*blocks):
            line = Text(no_wrap=True)
            for part in parts:
                part = part or Text()
                line.append_text(part).append(" " * (side - part.cell_len + GAP))
            line.rstrip()
            lines.append(line)
        lines.append(Text())
    return lines


def _fitted(name: str, width: int) -> Text:
    from rich.text import Text

    text = Text(printable(name), style="bold")
    text.truncate(width, overflow="ellipsis")
    return text


def half_blocks(pixels: NDArray[np.uint8], console: Console, width: int) -> list[Text]:
    """Return a picture (h, w, 3) as lines of text, at most `width` characters wide and high."""
    from PIL import Image
    from rich.text import Text

    if grown := min(width // pixels.shape[1], width // len(pixels)):
        pixels = pixels.repeat(grown, 0).repeat(grown, 1)  # whole cells, as in the picture
    height = len(pixels)
    scale = min(1.0, width / pixels.shape[1], 2 * width / height)
    columns, rows = max(1, round(pixels.shape[1] * scale)), max(1, round(height * scale))
    small = Image.fromarray(pixels).resize((columns, rows + rows % 2), Image.Resampling.BOX).tobytes()

    def at(x: int, y: int) -> tuple[int, int, int]:
        i = 3 * (y * columns + x)
        return small[i], small[i + 1], small[i + 2]

    coloured = console.color_system is not None and not console.no_color and _can_show(HALF_BLOCK, console)
    lines = []
    for y in range(0, rows, 2):
        line = Text(no_wrap=True)
        for x in range(columns):
            upper, lower = at(x, y), at(x, y + 1)
            if coloured:
                line.append(HALF_BLOCK, style=f"{_css(upper)} on {_css(lower)}")
            else:
                line.append(_shade(upper, lower))
        lines.append(line)
    return lines


def _css(rgb: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)


def _shade(upper: tuple[int, int, int], lower: tuple[int, int, int]) -> str:
    # ITU-R 601 luma of both halves together.
    luma = sum(0.299 * r + 0.587 * g + 0.114 * b for r, g, b in (upper, lower)) / 2
    return RAMP[min(int(luma / 256 * len(RAMP)), len(RAMP) - 1)]


def _can_show(text: str, console: Console) -> bool:
    try:
        text.encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


SMALL = 16  # rows and columns up to which maps are printed as numbers


def matrices(maps: FeatureMaps, width: int, levels: float) -> list[str]:
    """Return small maps as numbers, a heading and a line for each row; none where a row is wider than `width`."""
    if max(maps.shape[1:]) > SMALL:
        return []
    values = maps.values * levels
    form = choose(values.ravel().tolist())
    cells = [[[form(value) for value in row] for row in one] for one in values.tolist()]
    widest = max(len(cell) for one in cells for row in one for cell in row)
    if (widest + 2) * maps.shape[2] > width:
        return []
    lines = []
    for label, one in zip(maps.labels, cells, strict=True):
        lines += ["", printable(label), *("".join(cell.rjust(widest + 2) for cell in row) for row in one)]
    return lines
