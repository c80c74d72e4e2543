"""One pooled value, computed before your eyes: the window on the input, enlarged, and the cell that wins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.trace import Trace
from cnnviz.core.wording import grouped, times
from cnnviz.draw import numbers, parts, scene, strip, style, text, thumb, traced_scales
from cnnviz.draw.area import coloured
from cnnviz.draw.limits import Scale
from cnnviz.draw.matrix import Cells, cell_for, number_size, outline, padding_frame
from cnnviz.draw.numbers import NumberFormat
from cnnviz.draw.strip import Run
from cnnviz.draw.trace_sheet import Output, cell_format, panel
from cnnviz.draw.window import corner, extent, padded, ring, window

if TYPE_CHECKING:
    from numpy.typing import NDArray

INPUT_ROOM, WINDOW_ROOM, OUTPUT_ROOM = 296.0, 168.0, 192.0
INPUT_CELL, WINDOW_CELL, OUTPUT_CELL = 44.0, 56.0, 48.0
LEAST_CELL = 16.0  # smaller ones are a thumbnail
NUMBERED = 5  # the largest window whose cells show numbers
ONE_LINE = 4  # the most values that stand in one line
SPELT = 9  # the largest window whose values are all named in words
UNDER, LINE_STEP = 14.0, 17.0  # from the window to the words below it, and from line to line
NAMES = {"max": "max", "min": "min", "avg": "mean", "sum": "sum", "lp": "norm"}


def pool_scene(trace: Trace, maps: FeatureMaps, output: Output, *, title: str, subtitle: str) -> scene.Scene:
    """Draw the trace of a pooled value; `maps` is what the layer was given."""
    figure = scene.Scene(style.CARD, 0, title=title, description=_sentence(trace))
    figure.add(*parts.heading(title, subtitle))
    scale = traced_scales.of_channels(maps, [trace.map])[0]
    out_scale = scale if trace.layer.mode in ("max", "min", "avg") else traced_scales.of_output(output.values, None)
    form = cell_format(_values(trace))

    whole = _input(trace, maps, scale, form)
    result = _result(trace, output, out_scale)
    lens = _lens(trace, scale, form)
    below = UNDER + LINE_STEP * len(_words(trace, form))
    body = max(whole.height, result.height, lens.height + 2 * below)
    middle = parts.CAPTIONED_TOP + body / 2
    right = style.MARGIN + style.CONTENT

    whole = whole._replace(x=style.MARGIN, y=_top(middle, whole.height))
    result = result._replace(x=right - result.width, y=_top(middle, result.height))
    gap = (result.x - whole.x - whole.width - lens.width) / 2
    lens = lens._replace(x=float(round(whole.x + whole.width + gap)), y=_top(middle, lens.height))
    record = trace.layer
    shape = times((1, *record.input_shape[1:]))
    _captioned(figure, whole, "input", style.INPUT, shape if len(maps) == 1 else f"{trace.terms[0].label}, {shape}")
    _captioned(figure, result, "output", style.OUTPUT, times((1, *record.output_shape[1:])))
    _on_input(figure, trace, whole)
    _on_output(figure, trace, result)
    _on_lens(figure, trace, lens)
    name = NAMES.get(record.mode or "", record.mode or "")
    ends = lens.x + lens.width + parts.CLEAR, result.x - parts.CLEAR
    figure.add(*parts.arrow([(whole.x + whole.width + parts.CLEAR, middle), (lens.x - parts.CLEAR, middle)]))
    figure.add(*parts.arrow([(ends[0], middle), (ends[1], middle)]))
    figure.add(scene.Text(sum(ends) / 2, middle - 10, name, style.CAPTION, style.INK, bold=True, anchor="middle"))
    room = whole.x + whole.width + style.TEXT_CLEAR, result.x - style.TEXT_CLEAR
    y = lens.y + lens.height + UNDER
    for line in _words(trace, form):
        y += LINE_STEP
        wide = strip.line_width(line, style.CAPTION)
        x = max(room[0], min(lens.x + (lens.width - wide) / 2, room[1] - wide))
        figure.add(*strip.set_line(x, y, line, style.CAPTION))
    figure.height = float(round(parts.CAPTIONED_TOP + body + style.MARGIN))
    return figure


def _top(middle: float, height: float) -> float:
    return float(round(middle - height / 2))


def _captioned(figure: scene.Scene, drawn: Cells | thumb.Thumb, word: str, colour: str, rest: str) -> None:
    room = max(drawn.width, 150.0)
    width = text.width(word, style.CAPTION, bold=True) + parts.WORD_GAP + text.width(rest, style.CAPTION)
    x = min(drawn.x, style.MARGIN + style.CONTENT - min(width, room))
    figure.add(*parts.caption(x, drawn.y - parts.CAPTION_GAP, word, colour, rest, room))
    figure.add(*drawn.items())


def _input(trace: Trace, maps: FeatureMaps, scale: Scale, form: NumberFormat) -> Cells | thumb.Thumb:
    """Return the input with its ring: as cells where they are large enough, else as a thumbnail."""
    record = trace.layer
    values = maps.values[trace.map]
    around = ring(record)
    rows, columns = values.shape[0] + sum(around[:2]), values.shape[1] + sum(around[2:])
    cell = min(INPUT_CELL, INPUT_ROOM // max(rows, columns))
    if cell < LEAST_CELL:
        return thumb.thumb(0, 0, values, scale, INPUT_ROOM - 8, style.INPUT, around)
    whole, outside = padded(values, record)
    texts = [form(v) if shown else "" for v, shown in zip(_flat(whole), _flat(_counted(trace, outside)), strict=True)]
    return _cells(whole, scale, cell, texts, outside if outside.any() else None)


def _counted(trace: Trace, outside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which cells have a number: padding only where it counts, which is as 0 in a mean."""
    return ~outside | (trace.layer.count_include_pad is True)


def _result(trace: Trace, output: Output, scale: Scale) -> Cells | thumb.Thumb:
    values = output.values
    cell = min(OUTPUT_CELL, OUTPUT_ROOM // max(values.shape))
    if cell < LEAST_CELL:
        return thumb.thumb(0, 0, values, scale, OUTPUT_ROOM, style.OUTPUT)
    form = numbers.choose(_flat(values))
    row, column = trace.at
    cells = _cells(values, scale, cell, [form(v) for v in _flat(values)], None)
    return cells._replace(bold={row * values.shape[1] + column})


def _lens(trace: Trace, scale: Scale, form: NumberFormat) -> Cells:
    """Return the window, enlarged."""
    (term,) = trace.terms
    rows, columns = term.patch.shape
    room = WINDOW_ROOM
    cell = min(WINDOW_CELL, room // max(rows, columns)) if max(rows, columns) <= room else room / max(rows, columns)
    texts = [form(v) if s else "" for v, s in zip(_flat(term.patch), _flat(_counted(trace, term.padding)), strict=True)]
    if max(rows, columns) <= NUMBERED:
        cell = cell_for(texts, cell, WINDOW_CELL)
    size = number_size(texts, cell) if max(rows, columns) <= NUMBERED else None
    padding = term.padding if term.padding.any() else None
    return panel(0, 0, term.patch, scale, cell, padding, texts if size else None, size)


def _cells(
    values: NDArray[np.floating[Any]], scale: Scale, cell: float, texts: list[str], padding: NDArray[np.bool_] | None
) -> Cells:
    size = number_size(texts, cell, bold=True)
    return Cells(0, 0, cell, coloured(values, scale), texts if size else None, size or style.FLOOR, padding)


def _on_input(figure: scene.Scene, trace: Trace, whole: Cells | thumb.Thumb) -> None:
    record = trace.layer
    assert record.kernel_size and record.dilation
    top, left = corner(record, trace.at)
    around = ring(record)
    if isinstance(whole, thumb.Thumb):
        figure.add(*whole.mark(top - around[0], left - around[2], *extent(record), style.KERNEL))
        return
    if any(around):
        figure.add(padding_frame(whole.x, whole.y, whole.width, whole.height))
    figure.add(scene.Rect(*whole.box(around[0], around[2], *record.input_shape[1:]), stroke=style.INPUT, line=2.0))
    figure.add(*window(whole.box(top, left, *extent(record)), record.kernel_size, record.dilation))


def _on_output(figure: scene.Scene, trace: Trace, result: Cells | thumb.Thumb) -> None:
    if isinstance(result, thumb.Thumb):
        figure.add(*result.mark(*trace.at, 1, 1, style.OUTPUT))
        return
    figure.add(result.frame(style.OUTPUT))
    figure.add(*outline(*result.box(*trace.at), style.OUTPUT))


def _on_lens(figure: scene.Scene, trace: Trace, lens: Cells) -> None:
    record = trace.layer
    assert record.kernel_size and record.dilation and record.pad
    rest = times(record.kernel_size)
    figure.add(*parts.caption(lens.x, lens.y - parts.CAPTION_GAP, "window", style.KERNEL, rest))
    figure.add(*lens.items(), lens.frame(style.KERNEL, 3.0))
    if lens.shape != record.kernel_size:  # several cells to a pixel
        return
    for row, column in winners(trace):
        figure.add(*outline(*lens.box(row, column), style.OUTPUT, 3.0 if lens.cell >= LEAST_CELL else 1.0))


def winners(trace: Trace) -> list[tuple[int, int]]:
    """Return the cells of the window that won, (row, column) within it."""
    record = trace.layer
    assert record.dilation and record.pad
    top, left = corner(record, trace.at)
    return [
        ((row + record.pad[0] - top) // record.dilation[0], (column + record.pad[2] - left) // record.dilation[1])
        for row, column in trace.winners
    ]


def _values(trace: Trace) -> list[float]:
    (term,) = trace.terms
    return [v for v, s in zip(_flat(term.patch), _flat(_counted(trace, term.padding)), strict=True) if s]


def _words(trace: Trace, form: NumberFormat) -> list[list[Run]]:
    """Return what happens to the values of the window, as lines below it; winners in the colour of the output."""
    values, mode = _values(trace), trace.layer.mode or ""
    result = Run(
        numbers.choose([trace.value], 0 if mode in ("max", "min") else 1)(trace.value), style.OUTPUT, bold=True
    )
    count = len(values)
    wide = trace.terms[0].patch.shape[1] if count > ONE_LINE else count
    if mode in ("max", "min"):
        won = sum(v == trace.value or (math.isnan(v) and math.isnan(trace.value)) for v in values)
        lines = _list(mode, values, form, trace.value, wide)
        tie = [[Run(f"{won} cells share it")]] if won > 1 else []
        return (
            lines or [[Run(f"{mode} of {grouped(count)} values = "), Run(form(trace.value), style.OUTPUT, True)]]
        ) + tie
    if mode == "avg":
        if count > SPELT:
            return [[Run(f"mean of {grouped(count)} values = "), result]]
        return [*_added(values, form, wide), [Run(f"÷ {count} = "), result]]
    if mode == "sum":
        return (
            [*_added(values, form, wide), [Run("= "), result]]
            if count <= SPELT
            else [[Run(f"sum of {grouped(count)} values = "), result]]
        )
    power = f"{trace.layer.p or 2:g}"
    return [[Run(f"(Σ|x|^{power})^(1/{power}) of {grouped(count)} values = "), result]]


def _list(mode: str, values: Sequence[float], form: NumberFormat, best: float, wide: int) -> list[list[Run]]:
    """Return max(0.43, 0.38, …), a line for each row of values where there are many; nothing for too many."""
    if len(values) > SPELT:
        return []
    lines: list[list[Run]] = [[Run(f"{mode}(")]]
    for i, v in enumerate(values):
        won = v == best or (math.isnan(v) and math.isnan(best))
        lines[-1].append(Run(form(v), style.OUTPUT if won else style.INK, bold=won))
        if i == len(values) - 1:
            lines[-1].append(Run(")"))
        else:
            lines[-1].append(Run(", "))
            if i % wide == wide - 1:
                lines.append([])
    return lines


def _added(values: Sequence[float], form: NumberFormat, wide: int) -> list[list[Run]]:
    lines: list[list[Run]] = [[Run("(")]]
    for i, v in enumerate(values):
        lines[-1] += [Run(form(v), style.INK)]
        if i < len(values) - 1:
            lines[-1].append(Run(" + "))
            if i % wide == wide - 1:
                lines.append([])
    lines[-1].append(Run(")"))
    return lines


def _flat(array: NDArray[Any]) -> list[Any]:
    return list(array.reshape(-1).tolist())


def _sentence(trace: Trace) -> str:
    row, column = trace.at
    mode, value = trace.layer.mode, numbers.number(trace.value)
    return f"How row {row}, column {column} of {trace.label} comes about: {mode} of a window of the input is {value}."
