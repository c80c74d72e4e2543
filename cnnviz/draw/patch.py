"""One output cell and the patch it is computed from, with every cell of a small input in sight.

Padding is the ring around the input; a dilated kernel leaves cells of its patch out. Larger inputs, whose cells would
be too small to see, are drawn as blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.core.wording import grouped, times
from cnnviz.draw import marks, parts, scene, strip, style
from cnnviz.draw.matrix import outline, padding_frame
from cnnviz.draw.sheets import BACK, FRONT, PRISM, WIDE_STEP
from cnnviz.draw.tiles import lattice

if TYPE_CHECKING:
    from cnnviz.core.history import LayerRecord

LARGEST, SMALLEST = 44.0, 14.0  # cells
ROOM = 620.0  # for all cells side by side
CAPTION = 110.0  # the least room for the caption of the output
GAP = 44.0  # on both sides of the kernel, for × and the arrow
BACK_SHEETS = 3


def fits(layer: LayerRecord) -> bool:
    """Return whether every cell of a layer can be seen."""
    return _cell(layer) >= SMALLEST


def _ring(layer: LayerRecord) -> tuple[int, int, int, int]:
    return layer.pad or (0, 0, 0, 0)


def _cell(layer: LayerRecord) -> float:
    top, bottom, left, right = _ring(layer)
    _, height, width = layer.input_shape
    rows, columns = layer.output_shape[1:]
    kernel = layer.kernel_size or (1, 1)
    across = width + left + right + kernel[1] + columns
    down = max(height + top + bottom, rows)
    return float(min(LARGEST, ROOM // across, ROOM // down))


def patch_figure(layer: LayerRecord) -> scene.Scene:
    """Draw the patch behind one output cell, the kernel, and the cell."""
    cell, kernel = _cell(layer), layer.kernel_size or (1, 1)
    channels, height, width = layer.input_shape
    rows, columns = layer.output_shape[1:]
    top, bottom, left, right = _ring(layer)
    behind = min(channels - 1, BACK_SHEETS)
    depth = behind * min(WIDE_STEP, cell / 2)
    padded = (width + left + right) * cell, (height + top + bottom) * cell
    tall = max(padded[1], rows * cell)

    title = "One output cell is computed from one patch"
    figure = scene.Scene(style.CARD, 0, title=title)
    figure.add(*parts.heading(title, _subtitle(layer)))
    floor = parts.CAPTIONED_TOP + depth
    x, y = style.MARGIN + left * cell, floor + (tall - padded[1]) / 2 + top * cell
    spread = padded[0] + depth, kernel[1] * cell + depth, max(columns * cell, CAPTION)
    gap = min((style.CONTENT - sum(spread)) / 2, 2 * GAP)
    x_kernel = style.MARGIN + spread[0] + gap
    x_output = style.MARGIN + style.CONTENT - spread[2]
    middle = floor + tall / 2
    y_kernel, y_output = middle - kernel[0] * cell / 2, middle - rows * cell / 2

    # The input in its ring, the patch on it.
    step = depth / behind if behind else 0.0
    _sheets(figure, x, y, width, height, cell, style.INPUT, behind, step, ring=(top, bottom, left, right))
    row, column = (rows - 1) // 2, (columns - 1) // 2
    stride, dilation = layer.stride or (1, 1), layer.dilation or (1, 1)
    y_patch = y + (row * stride[0] - top) * cell
    x_patch = x + (column * stride[1] - left) * cell
    taps = [
        (x_patch + j * dilation[1] * cell, y_patch + i * dilation[0] * cell)
        for i in range(kernel[0])
        for j in range(kernel[1])
    ]
    figure.add(*(scene.Rect(a, b, cell, cell, marks.tint(style.KERNEL, PRISM)) for a, b in taps))
    reach = ((kernel[0] - 1) * dilation[0] + 1, (kernel[1] - 1) * dilation[1] + 1)
    figure.add(lattice(x_patch, y_patch, reach, cell))
    figure.add(*outline(x_patch, y_patch, reach[1] * cell, reach[0] * cell, style.KERNEL))
    _sheets(figure, x_kernel, y_kernel, kernel[1], kernel[0], cell, style.KERNEL, behind, step)
    _sheets(figure, x_output, y_output, columns, rows, cell, style.OUTPUT, 0, 0)
    x_cell, y_cell = x_output + column * cell, y_output + row * cell
    figure.add(scene.Rect(x_cell, y_cell, cell, cell, marks.tint(style.OUTPUT, 0.6)))
    figure.add(*outline(x_cell, y_cell, cell, cell, style.OUTPUT))
    figure.add(parts.sign((style.MARGIN + spread[0] + x_kernel) / 2, middle, "×"))
    begin, end = x_kernel + spread[1] + parts.CLEAR, x_output - parts.CLEAR
    figure.add(*parts.arrow([(begin, middle), (end, middle)]))

    weights = channels * kernel[0] * kernel[1]
    names = (
        (
            style.MARGIN,
            y - top * cell,
            "input",
            style.INPUT,
            times(layer.input_shape) + _padding(layer),
            spread[0] + gap,
        ),
        (x_kernel, y_kernel - depth, "kernel", style.KERNEL, f"{grouped(weights)} weights", x_output - x_kernel - 8),
        (x_output, y_output, "output", style.OUTPUT, times((1, rows, columns)), style.CARD - x_output),
    )
    for at, above, word, colour, details, room in names:
        if at == style.MARGIN:
            above -= depth
        figure.add(*parts.caption(at, above - parts.CAPTION_GAP, word, colour, details, room))
    figure.height = _strip(figure, layer, weights, floor + tall + style.MARGIN) + style.MARGIN
    figure.description = (
        f"A {times(kernel)} patch of a {times(layer.input_shape)} input and one kernel of {weights} weights give "
        f"one of {rows * columns} output values."
    )
    return figure


def _sheets(
    figure: scene.Scene,
    x: float,
    y: float,
    columns: int,
    rows: int,
    cell: float,
    colour: str,
    behind: int,
    step: float,
    ring: tuple[int, int, int, int] | None = None,
) -> None:
    """Draw a lattice, the channels behind it, and the ring of padding around it."""
    width, height = columns * cell, rows * cell
    top, bottom, left, right = (n * cell for n in ring or (0, 0, 0, 0))
    outer = x - left, y - top, width + left + right, height + top + bottom
    for i in range(behind, 0, -1):
        place = outer[0] + i * step, outer[1] - i * step, outer[2], outer[3]
        figure.add(scene.Rect(*place, marks.tint(colour, BACK), colour, style.THUMB_FRAME))
    if ring and any(ring):
        figure.add(scene.Hatch(*outer))
        figure.add(lattice(outer[0], outer[1], (rows + ring[0] + ring[1], columns + ring[2] + ring[3]), cell))
        figure.add(padding_frame(*outer))
    figure.add(scene.Rect(x, y, width, height, marks.tint(colour, FRONT)))
    figure.add(lattice(x, y, (rows, columns), cell))
    figure.add(scene.Rect(x, y, width, height, stroke=colour, line=style.ROLE_FRAME))


def _strip(figure: scene.Scene, layer: LayerRecord, weights: int, top: float) -> float:
    """Write under the figure what one output costs and how often the weights are used; return its bottom."""
    places = layer.output_shape[1] * layer.output_shape[2]
    bias = [strip.Run(" + "), strip.Run("1 bias", style.KERNEL, True)] if layer.biases else []
    line = [
        strip.Run(f"{grouped(weights)} product{'s' * (weights > 1)}", style.INK, True),
        *bias,
        strip.Run("  →  "),
        strip.Run("1 output value", style.OUTPUT, True),
        strip.Run("      the same "),
        strip.Run(f"{grouped(weights)} weights", style.KERNEL, True),
        strip.Run(f" at all {grouped(places)} places" if places > 1 else " at the one place there is"),
    ]
    ways = [[line]]
    fit = strip.fit([ways])
    figure.add(*strip.strip(style.MARGIN, top, ways, fit))
    return top + fit.height


def _subtitle(layer: LayerRecord) -> str:
    from cnnviz.draw.blocks import settings

    return settings(layer)


def _padding(layer: LayerRecord) -> str:
    ring = _ring(layer)
    return f", padding {ring[0]}" if any(ring) and len(set(ring)) == 1 else ", padded" if any(ring) else ""
