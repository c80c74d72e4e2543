"""Where the parts of an animation lie: inputs in rows, kernels in columns, outputs at the right edge.

One channel and one kernel stand on one line. Several channels are rows below each other, several kernels columns
beside each other; a bracket joins the rows, and an arrow leads to the map that is being computed. In a pooling there
are no kernels: the window itself stands in their place, enlarged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.core.history import LayerRecord
from cnnviz.core.layer import Conv
from cnnviz.core.shapes import Pair
from cnnviz.core.trace import Trace
from cnnviz.core.wording import times
from cnnviz.draw import palette, parts, scene, style, text, tiles, traced_scales
from cnnviz.draw.area import coloured
from cnnviz.draw.matrix import Cells, number_size, outline, padding_frame
from cnnviz.draw.moving import (
    ARROW,
    JOIN,
    KERNEL_GAP,
    ROW_GAP,
    TIMES_GAP,
    Moving,
    Sizes,
    fitting,
    flat,
    padded_shape,
    straight,
)
from cnnviz.draw.numbers import NumberFormat
from cnnviz.draw.trace_pool import winners
from cnnviz.draw.window import corner, extent, padded, ring, window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.draw.limits import Scale

STEM, PLUS, ELBOW = 20.0, 13.0, 12.0
DIMMED = 0.35
VEIL = 0.53
CAPTION_ROOM = 240.0  # of an output's words, which may begin left of it


class Layout:
    """The parts in their places, from `top` on."""

    def __init__(self, moving: Moving, sizes: Sizes, width: float, top: float) -> None:
        self.moving, self.sizes = moving, sizes
        self.record = moving.record
        self.right = width - style.MARGIN
        assert self.record.kernel_size
        self.kernel_shape = self.record.kernel_size
        weights = moving.layer.weight[list(moving.maps)] if isinstance(moving.layer, Conv) else None
        self.input_scales = dict(
            zip(moving.channels, traced_scales.of_channels(moving.given, moving.channels), strict=True)
        )
        self.output_scales = self._output_scales(weights)
        self._place(top)
        self.out_texts = {m: self._texts(moving.after.values[m], self._out_form) for m in moving.maps}
        shown = [t for texts in self.out_texts.values() for t in texts]
        self.out_size = number_size(shown, sizes.cell, bold=True)

    @cached_property
    def _out_form(self) -> NumberFormat:
        moving = self.moving
        values = flat(moving.after.values[list(moving.maps)])
        return fitting(values, self.sizes.cell, bold=True) or moving.output_form

    def _output_scales(self, weights: NDArray[Any] | None) -> dict[int, Scale]:
        """One scale for all maps, from the first frame on; pooled maps keep that of their channel."""
        moving = self.moving
        if moving.pooling and self.record.mode in ("max", "min", "avg"):
            return dict(self.input_scales)
        pictures = all(moving.after.pictures[m] for m in moving.maps)
        scale = traced_scales.of_output(moving.after.values[list(moving.maps)], weights, picture=pictures)
        return dict.fromkeys(moving.maps, scale)

    # ------------------------------------------------------------------------------------------------ places

    def _place(self, top: float) -> None:
        moving, cell, k = self.moving, self.sizes.cell, self.sizes.kernel
        rows, columns = padded_shape(self.record)
        out_rows, out_columns = self.record.output_shape[1:]
        tall, wide = self.kernel_shape
        row_high = max(rows * cell, tall * k, out_rows * cell if moving.pooling else 0.0)
        step = row_high + ROW_GAP
        hidden = ROW_GAP if moving.hidden else 0.0
        rows_high = len(moving.channels) * step - ROW_GAP + hidden
        outs_high = len(moving.maps) * (out_rows * cell + ROW_GAP) - ROW_GAP
        body = rows_high if moving.pooling else max(rows_high, outs_high)
        self.bottom = top + body
        first = top + (body - rows_high) // 2
        last = len(moving.channels) - 1
        self.middles = {
            c: first + i * step + (hidden if i == last and hidden else 0.0) + row_high / 2
            for i, c in enumerate(moving.channels)
        }
        self.inputs = {c: self._input(c, style.MARGIN, self.middles[c] - rows * cell / 2) for c in moving.channels}
        self.kernels_left = style.MARGIN + columns * cell + TIMES_GAP
        count = 1 if moving.pooling else len(moving.maps)
        self.kernels_right = self.kernels_left + count * (wide * k + KERNEL_GAP) - KERNEL_GAP
        out_x = self.right - out_columns * cell
        out_first = top + (body - outs_high) // 2
        self.outputs: dict[int, scene.Point] = {}
        for i, m in enumerate(moving.maps):
            y = out_first + i * (out_rows * cell + ROW_GAP)
            if moving.pooling:
                y = self.middles[m] - out_rows * cell / 2
            self.outputs[m] = out_x, float(round(y))
        # What is left over goes to both sides of the kernels.
        spare = out_x - self.kernels_right - (ARROW if straight(moving) else JOIN)
        if spare > 0:
            shift = spare // 2 if moving.single else min(spare // 3, 24.0)
            self.kernels_left += shift
            self.kernels_right += shift

    @property
    def _elbow(self) -> float:
        """Where the arrow to a map turns up or down; captions of outputs stay right of it."""
        several = any(len(self.moving.channels_of(m)) > 1 for m in self.moving.maps)
        return self.kernels_right + parts.CLEAR + STEM + (PLUS + ELBOW if several else ELBOW)

    def _kernel_at(self, channel: int, map_: int) -> scene.Point:
        wide, tall = self.kernel_shape[1] * self.sizes.kernel, self.kernel_shape[0] * self.sizes.kernel
        column = 0 if self.moving.pooling else list(self.moving.maps).index(map_)
        return self.kernels_left + column * (wide + KERNEL_GAP), float(round(self.middles[channel] - tall / 2))

    def _input(self, channel: int, x: float, y: float) -> Cells:
        values, outside = padded(self.moving.given.values[channel], self.record)
        fills = coloured(values, self.input_scales[channel])
        unread = ~read_cells(self.record) & ~outside
        fills[unread] = np.rint(fills[unread] * (1 - VEIL) + 255 * VEIL)
        form = fitting(flat(values[~outside]), self.sizes.cell) or self.moving.input_form
        texts = [form(v) for v in flat(values)]
        if self.moving.pooling and self.record.count_include_pad is not True:
            texts = ["" if o else t for t, o in zip(texts, outside.reshape(-1).tolist(), strict=True)]
        size = number_size(texts, self.sizes.cell)
        return Cells(
            x, float(round(y)), self.sizes.cell, fills, texts if size else None, size or style.FLOOR,
            outside if outside.any() else None,
        )  # fmt: skip

    @staticmethod
    def _texts(values: NDArray[np.floating[Any]], form: NumberFormat) -> list[str]:
        return [form(v) for v in flat(values)]

    # ------------------------------------------------------------------------------------------- what stays

    def still(self, map_: int | None) -> Iterator[scene.Item]:
        """Yield what is there in every frame; of the kernels, that of the map `map_` is bright."""
        moving = self.moving
        top, bottom, left, right = ring(self.record)
        for channel, cells in self.inputs.items():
            yield from cells.items()
            if any((top, bottom, left, right)):
                yield padding_frame(cells.x, cells.y, cells.width, cells.height)
            yield scene.Rect(*cells.box(top, left, *self.record.input_shape[1:]), stroke=style.INPUT, line=2.0)
            room = max(cells.width, self.kernels_left - cells.x - style.TEXT_CLEAR)
            words = self._input_words(channel, room)
            yield from parts.caption(cells.x, cells.y - parts.CAPTION_GAP, "input", style.INPUT, words, room)
            if not moving.pooling and (map_ is None or channel in moving.channels_of(map_)):
                x = (cells.x + cells.width + self.kernels_left) / 2
                yield parts.sign(x, self.middles[channel], "×")
        if moving.hidden:
            channels = list(self.inputs)
            before, last = self.inputs[channels[-2]], self.inputs[channels[-1]]
            y = (before.y + before.height + last.y - ROW_GAP) / 2 + 2
            yield from parts.dots(before.x + 8, y)
            yield scene.Text(before.x + 20, y + 4, f"{moving.hidden} more", style.LABEL, style.MUTED)
        if not moving.pooling:
            yield from self._kernels(map_)
        for m, (_, y) in self.outputs.items():
            shape = times(self.record.output_shape[1:])
            label = moving.after.labels[m]
            ways = [f"{label}, {shape}", label] if len(moving.maps) > 1 else [shape]
            wide = self.record.output_shape[2] * self.sizes.cell
            free = self.right - (self.kernels_right if straight(moving) else self._elbow + style.TEXT_CLEAR)
            yield from _caption_right(self.right, y - parts.CAPTION_GAP, ways, wide, min(free, CAPTION_ROOM))
        if map_ is None or straight(moving):
            for channel, middle in self.middles.items():
                x = self.outputs[channel if moving.pooling else moving.maps[0]][0]
                yield from parts.arrow([(self.kernels_right + parts.CLEAR, middle), (x - parts.CLEAR, middle)])
            if moving.pooling:
                for channel, cells in self.inputs.items():
                    ends = cells.x + cells.width + 6, self.kernels_left - 6
                    yield from parts.arrow([(ends[0], self.middles[channel]), (ends[1], self.middles[channel])])
        else:
            yield from self._join(map_)

    def _input_words(self, channel: int, room: float) -> str:
        """Return what stands beside "input": label, size, padding, as many of them as fit."""
        shape = times(self.record.input_shape[1:])
        several = len(self.moving.channels) > 1 or len(self.moving.given) > 1
        name = f"{self.moving.given.labels[channel]}, " if several else ""
        pad = self.record.pad or (0, 0, 0, 0)
        sides = str(pad[0]) if len(set(pad)) == 1 else " ".join(map(str, pad))
        ways = [f"{name}{shape}, padding {sides}"] if any(pad) else []
        ways += [f"{name}{shape}", name.removesuffix(", ") or shape]
        return next((w for w in ways if _caption_width("input", w) <= room), ways[-1])

    def _kernels(self, current: int | None) -> Iterator[scene.Item]:
        moving = self.moving
        assert isinstance(moving.layer, Conv)
        weights = moving.layer.weight[list(moving.maps)]
        limit = float(np.abs(weights).max()) or 1.0
        form = fitting(flat(weights), self.sizes.kernel) or moving.kernel_form
        fits = number_size({form(v) for v in flat(weights)}, self.sizes.kernel)
        for m in moving.maps:
            on = m == current or current is None
            channels = moving.channels_of(m)
            for place, channel in enumerate(c for c in moving.channels if c in channels):
                kernel = moving.layer.weight[m, channels.index(channel)]
                x, y = self._kernel_at(channel, m)
                own = float(np.abs(weights[list(moving.maps).index(m)]).max()) or limit
                fills = coloured(kernel * (1.0 if on else DIMMED), traced_scales.signed(np.array([own])))
                texts = [form(v) for v in flat(kernel)] if fits else None
                cells = Cells(x, y, self.sizes.kernel, fills, texts, fits or style.FLOOR)
                yield from cells.items()
                yield cells.frame(style.KERNEL, 2.0) if on else cells.frame(style.GRID, 1.0)
                if place == 0:
                    several = len(moving.maps) > 1
                    name = moving.after.labels[m] if several else moving.kernel_name
                    room = cells.width + KERNEL_GAP - 8 if several else self.outputs[m][0] - x - 16
                    colour = style.KERNEL if on else style.MUTED
                    yield from self._kernel_caption(x, y - parts.CAPTION_GAP, colour, name, room, several)

    @staticmethod
    def _kernel_caption(x: float, y: float, colour: str, name: str, room: float, several: bool) -> Iterator[scene.Item]:
        word = "kernel"
        if several and _caption_width(word, name) > room:  # the name alone tells them apart
            yield scene.Text(x, y, text.shorten(name, style.CAPTION, room, bold=True), style.CAPTION, colour, bold=True)
        else:
            yield from parts.caption(x, y, word, colour, name, room)

    def _join(self, map_: int) -> Iterator[scene.Item]:
        """Yield the bracket round the rows that take part, the plus, and the arrow to the map."""
        moving = self.moving
        rows = [self.middles[c] for c in moving.channels if c in moving.channels_of(map_)]
        out_x, out_y = self.outputs[map_]
        target = out_y + self.record.output_shape[1] * self.sizes.cell / 2
        start = self.kernels_right + parts.CLEAR
        stem = start + STEM
        elbow = self._elbow
        middle = (rows[0] + rows[-1]) / 2
        if len(rows) > 1:
            for row in rows:
                yield parts.path([(start, row), (stem, row)])
            yield parts.path([(stem, rows[0] - 0.75), (stem, rows[-1] + 0.75)])
            yield from parts.plus(stem, middle, PLUS)
            start = stem + PLUS
        corners = [(start, middle), (elbow, middle), (elbow, target), (out_x - parts.CLEAR, target)]
        yield from parts.arrow(corners if abs(target - middle) > 1 else [corners[0], (corners[-1][0], middle)])

    # ------------------------------------------------------------------------------------------ what changes

    def lines(self) -> list[scene.Item]:
        """Return lattice and frames of the outputs, which lie on top of the values."""
        shape = self.record.output_shape[1], self.record.output_shape[2]
        cell = self.sizes.cell
        items: list[scene.Item] = []
        for x, y in self.outputs.values():
            if cell >= style.LATTICE_FROM:
                items.append(tiles.lattice(x, y, shape, cell))
            items.append(scene.Rect(x, y, shape[1] * cell, shape[0] * cell, stroke=style.OUTPUT, line=2.0))
        return items

    def value(self, map_: int, row: int, column: int, *, bold: bool = False) -> list[scene.Item]:
        """Return a value of the output: its fill and its number."""
        x, y = self.outputs[map_]
        cell = self.sizes.cell
        value = self.moving.after.values[map_, row : row + 1, column : column + 1]
        red, green, blue = (int(v) for v in coloured(value, self.output_scales[map_])[0, 0])
        left, top = x + column * cell, y + row * cell
        items: list[scene.Item] = [scene.Rect(left, top, cell, cell, fill=f"#{red:02X}{green:02X}{blue:02X}")]
        if self.out_size:
            string = self.out_texts[map_][row * self.record.output_shape[2] + column]
            ink = palette.ink_on((red, green, blue))
            down = (cell + style.CAP * self.out_size) / 2
            items.append(scene.Text(left + cell / 2, top + down, string, self.out_size, ink, bold, "middle"))
        return items

    def moving_parts(self, map_: int | None, at: Pair, traces: Sequence[Trace]) -> list[scene.Item]:
        """Return what is there at one step only: the window on each row, and the current cell."""
        moving = self.moving
        assert self.record.dilation
        taking = moving.channels if map_ is None else moving.channels_of(map_)
        items: list[scene.Item] = []
        for channel, cells in self.inputs.items():
            if channel in taking:
                box = cells.box(*corner(self.record, at), *extent(self.record))
                line = 3.0 if self.sizes.cell >= 16 else 2.0
                items += window(box, self.kernel_shape, self.record.dilation, line=line)
        if moving.pooling:
            for trace in traces:
                items += self._lens(trace)
        for m in moving.maps if map_ is None else [map_]:
            x, y = self.outputs[m]
            cell = self.sizes.cell
            items += self.value(m, *at, bold=True)
            items += outline(x + at[1] * cell, y + at[0] * cell, cell, cell, style.OUTPUT)
        return items

    def _lens(self, trace: Trace) -> Iterator[scene.Item]:
        """Yield the window of a pooling, enlarged, with the winner framed, in the input as well."""
        (term,) = trace.terms
        channel = trace.map
        x, y = self._kernel_at(channel, channel)
        counted = ~term.padding | (trace.layer.count_include_pad is True)
        form = fitting(flat(self.moving.given.values[channel]), self.sizes.kernel) or self.moving.input_form
        texts = [form(v) if c else "" for v, c in zip(flat(term.patch), flat(counted), strict=True)]
        size = number_size(texts, self.sizes.kernel)
        padding = term.padding if term.padding.any() else None
        fills = coloured(term.patch, self.input_scales[channel])
        cells = Cells(x, y, self.sizes.kernel, fills, texts if size else None, size or style.FLOOR, padding)
        yield from cells.items()
        yield cells.frame(style.KERNEL, 3.0)
        rest = times(self.kernel_shape)
        yield from parts.caption(x, y - parts.CAPTION_GAP, "window", style.KERNEL, rest, cells.width + 96)
        for row, column in winners(trace):
            yield from outline(*cells.box(row, column), style.OUTPUT, 2.5 if self.sizes.kernel >= 16 else 1.0)


def _caption_width(word: str, rest: str) -> float:
    return text.width(word, style.CAPTION, bold=True) + parts.WORD_GAP + text.width(rest, style.CAPTION)


def _caption_right(right: float, y: float, ways: Sequence[str], wide: float, room: float) -> Iterator[scene.Item]:
    """Yield the caption of an output `wide` pixels wide that ends at `right`: it may begin further left."""
    room = max(wide, room)
    words = next((w for w in ways if _caption_width("output", w) <= room), ways[-1])
    need = min(max(wide, _caption_width("output", words)), room)
    yield from parts.caption(right - need, y, "output", style.OUTPUT, words, need + 1)


def read_cells(record: LayerRecord) -> NDArray[np.bool_]:
    """Return which cells of the input, ring included, any window reads."""
    assert record.stride and record.dilation and record.kernel_size
    out = []
    for axis, size in enumerate(padded_shape(record)):
        starts = np.arange(record.output_shape[1 + axis]) * record.stride[axis]
        taps = np.arange(record.kernel_size[axis]) * record.dilation[axis]
        read = np.zeros(size, bool)
        read[(starts[:, None] + taps).reshape(-1)] = True
        out.append(read)
    return out[0][:, None] & out[1]
