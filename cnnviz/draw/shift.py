"""What a shift does, to look at: before the layers and after them, three tiles each: maps, shifted, difference.

What says nothing about the shift, because it reads cells that the shift vacated, is hatched. The counts of every
shift stand in the panel below.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cnnviz.core.wording import grouped
from cnnviz.draw import limits, numbers, parts, scene, style, text, tiles
from cnnviz.draw.columns import Slots
from cnnviz.draw.limits import Scale
from cnnviz.draw.matrix import Cells
from cnnviz.draw.numbers import percent
from cnnviz.draw.palette import PALETTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.core.shift import ShiftResult

    Map = NDArray[np.floating[Any]]

TILE = 240.0
TALLEST = 1.25 * TILE
PITCH = 56.0  # from the bottom of a tile to the next row
UNDER, LINE_STEP = 10.0, 19.0
PANEL_LINE, PANEL_PAD, HEAD_GAP = 22.0, 16.0, 6.0
MOST_LINES = 10
HEADS = ("shift", "outputs compared", "equal", "mean change before", "after")


class ShiftRow(NamedTuple):
    """A row of the figure: a map (H, W) as it is, the shifted one, and what is kept of (rows, columns) of the two.

    `names` are those of the three tiles; `expected` is what the shifted one is compared with, the first map itself or
    that map moved.
    """

    names: tuple[str, str, str]
    map: Map
    shifted: Map
    expected: Map
    kept: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    picture: bool = False
    is_input: bool = False

    @property
    def difference(self) -> Map:
        """Shifted minus expected, 0 where nothing is compared."""
        with np.errstate(invalid="ignore", over="ignore"):
            change = self.shifted - self.expected
        return np.where(np.logical_and.outer(*self.kept), change, 0)


def shift_figure(
    rows: Sequence[ShiftRow], results: Sequence[ShiftResult], *, title: str, subtitle: str, verdict: str
) -> scene.Scene:
    """Draw the rows, and below them the verdict and the counts of every shift."""
    figure = scene.Scene(style.CARD, 0, title=title)
    figure.add(*parts.heading(title, subtitle))
    slots = Slots(3, TILE, TALLEST, TILE + style.GUTTER)
    y = style.BODY_TOP
    change = _largest_change(rows)
    for row in rows:
        y = _row(figure, row, slots, y, change)
    y = _panel(figure, results, verdict, y - PITCH + UNDER + 2 * LINE_STEP + style.GUTTER)
    figure.height = float(round(y + style.MARGIN))
    figure.description = f"{title}: {verdict}"
    return figure


def _largest_change(rows: Sequence[ShiftRow]) -> Scale:
    """Return one scale for all differences, so that before and after can be compared."""
    scales = []
    for row in rows:
        difference = row.difference[None]
        stats = [limits.measure(difference[0])]
        scales.append(limits.choose(difference, stats, [False], palette="signed").each[0])
    own = [scale.high for scale, row in zip(scales, rows, strict=True) if np.any(row.difference)]
    high = max(own, default=1.0)
    return Scale(-high, high, PALETTES["signed"])


def _row(figure: scene.Scene, row: ShiftRow, slots: Slots, top: float, change: Scale) -> float:
    pair = np.stack([row.map, row.shifted])
    stats = [limits.measure(one) for one in pair]
    scale = limits.choose(pair, stats, [row.picture] * 2, normalize="shared").each[0]
    fit = tiles.fit((row.map.shape[0], row.map.shape[1]), slots.width, slots.height)
    every = np.ones(row.map.shape[0], bool), np.ones(row.map.shape[1], bool)
    for i, (values, colours, kept) in enumerate(
        ((row.map, scale, every), (row.shifted, scale, row.kept), (row.difference, change, row.kept))
    ):
        x = slots.left(i)
        stat = limits.measure(values)
        pixels = tiles.map_pixels(values, colours, fit, finite=stat.finite)
        if printed := tiles.cell_texts(values, fit.cell):
            left_out = ~np.logical_and.outer(*kept)
            texts, size = printed
            if i == 2:  # what is not compared has no difference
                texts = ["" if out else string for out, string in zip(left_out.ravel(), texts, strict=True)]
            figure.add(*Cells(x, top, fit.cell, pixels, texts, size, left_out).items())
        else:
            figure.add(*tiles.image(x, top, fit, pixels), *_left_out(x, top, fit.size, kept))
        role = row.is_input and i < 2
        colour, line = (style.INPUT, style.ROLE_FRAME) if role else (style.GRID, style.FRAME)
        figure.add(scene.Rect(x, top, *fit.size, stroke=colour, line=line))
        base = scene.baseline(top + fit.size[1] + UNDER, style.CAPTION)
        name = text.shorten(row.names[i], style.CAPTION, slots.width, bold=True)
        ends = _range(tiles.true_range(stat)) if kept[0].any() and kept[1].any() else "nothing to compare"
        figure.add(
            scene.Text(x, base, name, style.CAPTION, style.INPUT if role else style.INK, bold=True),
            scene.Text(x, base + LINE_STEP, ends, style.LABEL, style.MUTED),
        )
    return top + fit.size[1] + PITCH


def _range(ends: tuple[float, float] | None) -> str:
    return "no finite value" if ends is None else numbers.span(*ends)


def _left_out(
    x: float, y: float, size: tuple[float, float], kept: tuple[NDArray[np.bool_], NDArray[np.bool_]]
) -> Iterator[scene.Item]:
    """Yield hatch over the rows and columns that are not compared."""
    width, height = size
    for first, end in _runs(~kept[1]):
        cell = width / len(kept[1])
        yield scene.Hatch(x + first * cell, y, max((end - first) * cell, 1.0), height)
    for first, end in _runs(~kept[0]):
        cell = height / len(kept[0])
        yield scene.Hatch(x, y + first * cell, width, max((end - first) * cell, 1.0))


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _panel(figure: scene.Scene, results: Sequence[ShiftResult], verdict: str, top: float) -> float:
    """Write the verdict and the counts; return the bottom of the panel."""
    room = style.CONTENT - 2 * PANEL_PAD
    sentence = text.wrap(verdict, style.SECTION, room, bold=True)
    shown = list(results[:MOST_LINES])
    lines = [cells(result) for result in shown]
    more = len(results) - len(shown)
    height = 2 * PANEL_PAD - 8 + HEAD_GAP + PANEL_LINE * (len(sentence) + 1 + len(lines) + (more > 0))
    figure.add(scene.Rect(style.MARGIN, top, style.CONTENT, height, style.PANEL, radius=8))
    x, right = style.MARGIN + PANEL_PAD, style.MARGIN + style.CONTENT - PANEL_PAD
    base = scene.baseline(top + PANEL_PAD, style.SECTION)
    for words in sentence:
        figure.add(scene.Text(x, base, words, style.SECTION, style.INK, bold=True))
        base += PANEL_LINE
    base += HEAD_GAP
    ends = _ends(lines, right)
    for j, head in enumerate(HEADS):
        figure.add(_cell(x if j == 0 else ends[j], base, head, j, style.MUTED))
    for line in lines:
        base += PANEL_LINE
        for j, string in enumerate(line):
            figure.add(_cell(x if j == 0 else ends[j], base, string, j, style.INK))
    if more:
        figure.add(scene.Text(x, base + PANEL_LINE, f"and {more} more", style.CAPTION, style.MUTED))
    return top + height


def _cell(x: float, y: float, string: str, column: int, colour: str) -> scene.Text:
    bold = column == HEADS.index("equal") and colour == style.INK
    return scene.Text(x, y, string, style.CAPTION, colour, bold, "end" if column else "start")


def _ends(lines: Sequence[Sequence[str]], right: float) -> list[float]:
    """Return where each column ends, spread over the panel."""
    widths = [
        max(text.width(head, style.CAPTION), *(text.width(line[j], style.CAPTION, bold=j == 2) for line in lines))
        for j, head in enumerate(HEADS)
    ]
    gap = (style.CONTENT - 2 * PANEL_PAD - sum(widths)) / (len(HEADS) - 1)
    ends = [0.0] * len(HEADS)
    for j in reversed(range(len(HEADS))):
        ends[j] = right
        right -= widths[j] + gap
    return ends


def cells(result: ShiftResult) -> tuple[str, ...]:
    """Return a shift as the cells of a table, in the order of HEADS."""
    form = numbers.choose([v for v in (result.before, result.after) if v is not None], 1)
    before, after = ("—" if v is None else form(v) for v in (result.before, result.after))
    equal = f"{grouped(result.equal)} ({percent(result.share)})" if result.outputs else "—"
    return f"{result.cells} {result.direction}", grouped(result.outputs), equal, before, after
