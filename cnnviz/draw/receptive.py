"""What one output cell sees: its patch of the input after each layer, from the first to the last, on the picture.

Light outlines are early layers, dark ones late. What the last cell cannot see is veiled, and what lies beyond the
input, padding, is hatched.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cnnviz.core.receptive import share, title
from cnnviz.core.wording import times
from cnnviz.draw import limits, marks, palette, parts, scene, style, text
from cnnviz.draw.area import coloured, coloured_mean, picture_mean
from cnnviz.draw.matrix import padding_frame
from cnnviz.draw.numbers import percent
from cnnviz.draw.palette import PALETTES
from cnnviz.draw.png import SCALE
from cnnviz.draw.tiles import lattice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.core.feature_maps import FeatureMaps
    from cnnviz.core.receptive import Box, FieldRow
    from cnnviz.core.shapes import Pair, Shape

DEPTH = ("#FFF1DC", "#FFDDB0", "#FFC67F", "#F7A94E", "#E68A22", "#CC6D05", "#A65100", "#7A3A00")
"""Early layers to late ones."""
PHOTO = 424.0
TALLEST = 520.0
VEIL = 0.53
OUTLINE, EDGE = 2.5, 4.0
BADGE = 9.0
BADGE_STEP = 18.0  # badges closer than this would cover each other
TABLE_LEFT = style.MARGIN + PHOTO + 20.0
TABLE_RIGHT = style.CARD - style.MARGIN + style.TEXT_CLEAR  # stripes reach so far beyond their numbers
WHOLE_FROM = 4.0  # device pixels: cells this large are enlarged by whole factors, with hard edges
ROW, TIGHT_ROW, ROOMY = 35.0, 26.0, 11  # up to so many rows are roomy
MOST_ROWS = 24
COLUMN_GAP = 12.0


class View(NamedTuple):
    """The part of the plane that is drawn: from input cell (top, left), `cell` logical pixels a cell."""

    top: int
    left: int
    rows: int
    columns: int
    cell: float

    def box(self, box: Box) -> tuple[float, float, float, float]:
        """Return (x, y, width, height) of some cells, as far as they are in view."""
        top, left = max(box[0] - self.top, 0), max(box[1] - self.left, 0)
        bottom = min(box[2] + 1 - self.top, self.rows)
        right = min(box[3] + 1 - self.left, self.columns)
        x, y = style.MARGIN + left * self.cell, parts.CAPTIONED_TOP + top * self.cell
        return x, y, max(right - left, 0) * self.cell, max(bottom - top, 0) * self.cell


def receptive_figure(
    rows: Sequence[FieldRow],
    cells: Sequence[Pair],
    input_shape: Shape,
    *,
    picture: FeatureMaps | None = None,
    name: str = "",
) -> scene.Scene:
    """Draw what each of `cells`, one after each layer, sees of an input (C, H, W).

    Without a picture, or where it has neither one channel nor three, the input is a plain sheet.
    """
    shown = [(row, at) for row, at in zip(rows, cells, strict=True) if row.layer.kernel_size is not None]
    boxes = [row.box(at) for row, at in shown]
    colours = depth_colours(len(shown))
    view = _view(boxes, input_shape)
    at = cells[-1] if cells else (0, 0)

    figure = scene.Scene(style.CARD, 0, title="What one output cell sees")
    what = f"{name} {times(input_shape[1:])}" if name else times(input_shape[1:])
    figure.add(
        *parts.heading(figure.title, f"output row {at[0]}, column {at[1]}: its patch grows with each layer ({what})")
    )
    figure.add(*parts.caption(style.MARGIN, parts.CAPTIONS_AT, "input", style.INPUT, times(input_shape), PHOTO))
    _ground(figure, view, input_shape, picture, boxes[-1] if boxes else None)
    _outlines(figure, view, boxes, colours)
    bottom = view.box((view.top, view.left, view.top + view.rows - 1, view.left + view.columns - 1))
    low = max(bottom[1] + bottom[3], _table(figure, shown, boxes, colours, input_shape))
    foot = [
        "outlines: what one cell after each layer sees",
        "veiled: what the last one cannot see",
        "share: of the input",
    ]
    if view.rows > input_shape[1] or view.columns > input_shape[2]:
        foot.append("hatched: padding")
    base = low + style.MARGIN + style.CAP * style.LABEL
    for line in text.wrap("; ".join(foot), style.LABEL, style.CONTENT):
        figure.add(scene.Text(style.MARGIN, base, line, style.LABEL, style.MUTED))
        base += 17
    figure.height = float(round(base - 17 + style.MARGIN))
    sizes = ", ".join(f"{title(row.layer)} {times(row.size)}" for row, _ in shown[-MOST_ROWS:])
    figure.description = f"One output cell of {what} sees after each layer: {sizes}."
    return figure


def depth_colours(count: int) -> list[str]:
    """Return a colour for each of so many layers, light to dark."""
    if count == 1:
        return [DEPTH[-3]]
    return [_on_ramp(i * (len(DEPTH) - 1) / (count - 1)) for i in range(count)]


def _on_ramp(place: float) -> str:
    at = min(int(place), len(DEPTH) - 2)
    a, b = palette.rgb(DEPTH[at]), palette.rgb(DEPTH[at + 1])
    return "#" + "".join(f"{round(x + (y - x) * (place - at)):02X}" for x, y in zip(a, b, strict=True))


def _view(boxes: Sequence[Box], input_shape: Shape) -> View:
    """Return what is drawn: the input, and what patches see beyond it, up to its size on each side."""
    _, height, width = input_shape
    top = max(min([0, *(box[0] for box in boxes)]), -height)
    left = max(min([0, *(box[1] for box in boxes)]), -width)
    bottom = min(max([height, *(box[2] + 1 for box in boxes)]), 2 * height)
    right = min(max([width, *(box[3] + 1 for box in boxes)]), 2 * width)
    rows, columns = bottom - top, right - left
    device = min(PHOTO * SCALE / columns, TALLEST * SCALE / rows)
    device = float(int(device)) if device >= WHOLE_FROM else device
    return View(top, left, rows, columns, device / SCALE)


def _ground(figure: scene.Scene, view: View, input_shape: Shape, picture: FeatureMaps | None, last: Box | None) -> None:
    """Draw the input, veiled outside the last patch, and the padding around it."""
    _, height, width = input_shape
    whole = view.box((view.top, view.left, view.top + view.rows - 1, view.left + view.columns - 1))
    x, y, across, down = view.box((0, 0, height - 1, width - 1))
    if (view.rows, view.columns) != (height, width):
        figure.add(scene.Hatch(*whole), padding_frame(*whole))
    pixels = _pixels(picture, (max(round(down * SCALE), 1), max(round(across * SCALE), 1)), input_shape)
    if last is not None:
        rows, columns = pixels.shape[:2]
        inside = np.zeros((rows, columns), bool)
        top, bottom = (min(max(round(v * rows / height), 0), rows) for v in (last[0], last[2] + 1))
        left, right = (min(max(round(v * columns / width), 0), columns) for v in (last[1], last[3] + 1))
        inside[top:bottom, left:right] = True
        veiled = np.rint(pixels * (1 - VEIL) + 255 * VEIL).astype(np.uint8)
        pixels = np.where(inside[..., None], pixels, veiled)
    figure.add(scene.Image(x, y, across, down, pixels))
    if view.cell >= style.LATTICE_FROM:
        figure.add(lattice(x, y, (height, width), view.cell))
    figure.add(scene.Rect(x, y, across, down, stroke=style.INPUT, line=style.ROLE_FRAME))


def _pixels(picture: FeatureMaps | None, size: tuple[int, int], input_shape: Shape) -> NDArray[np.uint8]:
    """Return the input as pixels, no more than `size`."""
    cells = input_shape[1:]
    if picture is None or len(picture) not in (1, 3) or (len(picture) == 3 and not all(picture.pictures)):
        sheet = np.empty((*(min(a, b) for a, b in zip(size, cells, strict=True)), 3), np.uint8)
        sheet[:] = palette.rgb(marks.tint(style.INPUT, 0.3))
        return sheet
    small = size[0] < cells[0] or size[1] < cells[1]
    if cells[0] < size[0] < WHOLE_FROM * cells[0]:
        return _smooth(_pixels(picture, cells, input_shape), size)
    if len(picture) == 3:
        scale = limits.Scale(0.0, 1.0, PALETTES["grey"], cut=(True, True), picture=True)
        if small:
            return picture_mean(picture.values, scale, size)
        return np.stack([coloured(channel, scale)[..., 0] for channel in picture.values], axis=-1)
    stats = limits.measure(picture.values[0])
    scale = limits.choose(picture.values, [stats], picture.pictures).each[0]
    if small:
        return coloured_mean(picture.values[0], scale, size, finite=stats.finite)
    return coloured(picture.values[0], scale)


def _smooth(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a picture a little larger: cells of uneven size would be worse than soft ones."""
    from PIL import Image

    return np.asarray(Image.fromarray(pixels).resize(size[::-1], Image.Resampling.BICUBIC))


def _outlines(figure: scene.Scene, view: View, boxes: Sequence[Box], colours: Sequence[str]) -> None:
    """Draw the patches, the small ones on top, and number them at their corners where there is room."""
    for box, colour in reversed(list(zip(boxes, colours, strict=True))):
        place = view.box(box)
        figure.add(
            scene.Rect(*place, stroke=style.INK, line=EDGE),
            scene.Rect(*place, stroke=colour, line=OUTLINE),
        )
    taken: list[scene.Point] = []
    for i in reversed(range(len(boxes))):
        x, y, width, height = view.box(boxes[i])
        corner = x + width, y
        near = any(math.dist(corner, other) < BADGE_STEP for other in taken)
        if near or min(width, height) < BADGE_STEP:
            continue
        taken.append(corner)
        figure.add(*badge(*corner, i + 1, colours[i]))


def badge(x: float, y: float, number: int, colour: str) -> list[scene.Item]:
    """Return the number of a layer in a circle."""
    size = style.LABEL if number < 10 else style.FLOOR if number < 100 else 9.0
    return [
        marks.circle(x, y, BADGE, colour, style.INK, 1.0),
        scene.Text(
            x, y + style.CAP * size / 2, str(number), size, palette.ink_on(palette.rgb(colour)), True, anchor="middle"
        ),
    ]


def _table(
    figure: scene.Scene,
    shown: Sequence[tuple[FieldRow, Pair]],
    boxes: Sequence[Box],
    colours: Sequence[str],
    input_shape: Shape,
) -> float:
    """Write what each layer sees beside the picture; return where the table ends."""
    right = TABLE_RIGHT
    lines = [
        (
            times(row.size),
            str(row.jump[0]) if row.jump[0] == row.jump[1] else times(row.jump),
            percent(share(box, input_shape[1:])),
        )
        for (row, _), box in zip(shown, boxes, strict=True)
    ]
    heads = ("sees", "jump", "share")
    ends: list[float] = []
    for column in reversed(range(len(heads))):
        ends.insert(0, right - style.TEXT_CLEAR)
        widest = max((text.width(line[column], style.CAPTION, bold=column == 0) for line in lines), default=0.0)
        widest = max(widest, text.width(heads[column], style.CAPTION, bold=True))
        right = ends[0] - widest - COLUMN_GAP + style.TEXT_CLEAR
    name_left = TABLE_LEFT + 36
    room = right - name_left
    figure.add(scene.Text(name_left, parts.CAPTIONS_AT, "layer", style.CAPTION, style.INK, bold=True))
    for head, x in zip(heads, ends, strict=True):
        figure.add(scene.Text(x, parts.CAPTIONS_AT, head, style.CAPTION, style.INK, bold=True, anchor="end"))
    pitch = ROW if len(shown) <= ROOMY else TIGHT_ROW
    y = parts.CAPTIONED_TOP
    for place, i in enumerate(_drawn_rows(len(shown))):
        if i is None:
            figure.add(*parts.dots(TABLE_LEFT + 17, y + pitch / 2))
            y += pitch
            continue
        if place % 2 == 0:
            figure.add(scene.Rect(TABLE_LEFT, y, TABLE_RIGHT - TABLE_LEFT, pitch, style.PANEL, radius=6))
        middle = y + pitch / 2
        figure.add(*badge(TABLE_LEFT + 17, middle, i + 1, colours[i]))
        base = middle + style.CAP * style.CAPTION / 2
        name = title(shown[i][0].layer).replace(" pool ", " ", 1)
        size = marks.fitting(name, room, (style.CAPTION, style.LABEL, style.FLOOR))
        figure.add(scene.Text(name_left, base, text.shorten(name, size, room), size))
        for string, x in zip(lines[i], ends, strict=True):
            size_column = x == ends[0]
            colour = style.INK if size_column else style.MUTED
            figure.add(scene.Text(x, base, string, style.CAPTION, colour, bold=size_column, anchor="end"))
        y += pitch
    return y


def _drawn_rows(count: int) -> Iterator[int | None]:
    """Yield which rows are drawn, None for dots."""
    if count <= MOST_ROWS:
        yield from range(count)
    else:
        yield from (*range(MOST_ROWS // 2), None, *range(count - MOST_ROWS // 2 + 1, count))
