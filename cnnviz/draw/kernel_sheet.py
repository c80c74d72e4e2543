"""The kernel sheet: every preset as a small matrix of colours and numbers, with its name and what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cnnviz.core.wording import times
from cnnviz.draw import columns, parts, scene, style, text, tiles
from cnnviz.draw.limits import Scale
from cnnviz.draw.palette import PALETTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNDER = 12.0
NOTE_STEP = 18.0
LINE_STEP = 15.0
ROW_GAP = 24.0
MOST_COLUMNS = 5  # so that the words below a kernel are lines, not a column of single words


class SheetKernel(NamedTuple):
    """One kernel of the sheet: its name, its weights (kH, kW), and what it shows, in a few words."""

    name: str
    matrix: NDArray[np.floating[Any]]
    shows: str = ""


def kernel_sheet(kernels: Sequence[SheetKernel], *, title: str, subtitle: str = "") -> scene.Scene:
    """Return the sheet. Each kernel's colours are scaled to its own largest weight."""
    slots = columns.slots(len(kernels), (1, 1), 0.0, min(len(kernels), MOST_COLUMNS) if len(kernels) > 4 else None)
    content = max(slots.content, 432.0)
    figure = scene.Scene(content + 2 * style.MARGIN, 0, title=title, description=_sentence(kernels))
    figure.add(*parts.heading(title, subtitle, content))
    top = parts.body_top(title, subtitle)
    for start in range(0, len(kernels), slots.columns):
        row = kernels[start : start + slots.columns]
        bottoms = [_tile(figure, kernel, slots.left(i), top, slots.width) for i, kernel in enumerate(row)]
        top = max(bottoms) + ROW_GAP
    figure.height = float(round(top - ROW_GAP + style.MARGIN))
    return figure


def _tile(figure: scene.Scene, kernel: SheetKernel, x: float, top: float, side: float) -> float:
    """Draw one kernel with its words, and return the lowest baseline."""
    cells = kernel.matrix.shape[0], kernel.matrix.shape[1]
    fit = tiles.fit(cells, side, side, thicken=False)
    width, height = fit.size
    y = top + side - height  # all rest on the line above the names
    limit = float(np.abs(kernel.matrix).max()) or 1.0
    scale = Scale(-limit, limit, PALETTES["signed"])
    fills = tiles.map_pixels(kernel.matrix, scale, fit, finite=True)
    figure.add(*tiles.image(x, y, fit, fills))
    if printed := tiles.cell_texts(kernel.matrix, fit.cell):
        figure.add(*tiles.cell_numbers(x, y, fit.cells, fit.cell, *printed, fills))
    figure.add(scene.Rect(x, y, width, height, stroke=style.KERNEL, line=style.ROLE_FRAME))
    base = scene.baseline(top + side + UNDER, style.CAPTION)
    size, shows = times(cells), kernel.shows
    room = side - text.width(size, style.LABEL) - style.TEXT_CLEAR
    if text.width(kernel.name, style.CAPTION, bold=True) <= room:
        figure.add(scene.Text(x + side, base, size, style.LABEL, style.MUTED, anchor="end"))
    else:  # the name matters more
        shows = f"{size}, {shows}" if shows else size
    name = text.shorten(kernel.name, style.CAPTION, side, bold=True)
    figure.add(scene.Text(x, base, name, style.CAPTION, style.INK, bold=True))
    if shows:
        base += NOTE_STEP - LINE_STEP
        for line in text.wrap(shows, style.LABEL, side):
            base += LINE_STEP
            figure.add(scene.Text(x, base, line, style.LABEL, style.MUTED))
    return base


def _sentence(kernels: Sequence[SheetKernel]) -> str:
    names = ", ".join(f"{k.name} {times(k.matrix.shape)}" for k in kernels)
    return f"Kernels: {names}; red positive, indigo negative."
