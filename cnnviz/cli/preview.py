"""Pictures in the terminal: two pixels to a character cell, upper and lower half; numbers where maps are small."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.draw.numbers import choose

if TYPE_CHECKING:
    from PIL.Image import Image
    from rich.console import Console
    from rich.text import Text

    from cnnviz.core.feature_maps import FeatureMaps

HALF_BLOCK = "▀"
RAMP = " .:-=+*#%@"  # dark to bright, for terminals without colour


def half_blocks(image: Image, console: Console, width: int) -> list[Text]:
    """Return a picture as lines of text, `width` characters wide or less where it is smaller."""
    from PIL import Image as Images
    from rich.text import Text

    rgb = image.convert("RGB")
    columns = max(1, min(width, rgb.width))
    rows = max(1, round(rgb.height * columns / rgb.width))
    small = rgb.resize((columns, rows + rows % 2), Images.Resampling.BOX)
    pixels = small.tobytes()

    def at(x: int, y: int) -> tuple[int, int, int]:
        i = 3 * (y * columns + x)
        return pixels[i], pixels[i + 1], pixels[i + 2]

    coloured = console.color_system is not None and not console.no_color and _can_show(HALF_BLOCK, console)
    lines = []
    for y in range(0, small.height, 2):
        line = Text(no_wrap=True, end="")
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
        lines += ["", label, *("".join(cell.rjust(widest + 2) for cell in row) for row in one)]
    return lines
