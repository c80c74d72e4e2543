"""The matrices of a trace: for each channel patch × kernel = products, beside or below thumbnails of the whole maps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.trace import Term, Trace
from cnnviz.core.wording import times
from cnnviz.draw import numbers, parts, scene, strip, style, text, thumb, tiles, traced_scales
from cnnviz.draw.area import coloured
from cnnviz.draw.limits import Scale
from cnnviz.draw.matrix import Cells, cell_for, number_size
from cnnviz.draw.png import SCALE
from cnnviz.draw.strip import Run
from cnnviz.draw.sums import added, shown_sum, value
from cnnviz.draw.window import extent

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELL, GAP, ROW_GAP = 44.0, 28.0, 16.0
NARROW_KERNEL = 3  # up to this size the thumbnails have a column of their own
NUMBERED_KERNEL = 7  # beyond it only fills are drawn
MOST_CELL = 64.0  # how far cells grow so that their numbers fit
THUMB, THUMB_ROOM = 112.0, 126.0
MOST_ROWS, FIRST_ROWS = 4, 3
ARROW = 24.0
LABEL_GAP = 8.0
HIDDEN_ROW = 40.0
SMALL = 0.1  # cells whose largest value is below have three decimals
KERNEL_HIGH = 308.0  # of a row of fills


class Output(NamedTuple):
    """The map that the traced cell lies in, (H, W), with the activation applied; is it still a picture?"""

    values: NDArray[np.floating[Any]]
    picture: bool = False


class Row(NamedTuple):
    """What one line of the figure shows: a channel, or how many channels are left out."""

    sum: float
    term: Term | None = None
    hidden: int = 0


def rows_of(terms: Sequence[Term]) -> list[Row]:
    """Return the rows: all channels up to four; of more, the first three, the rest but one together, and the last."""
    if len(terms) <= MOST_ROWS:
        return [Row(t.sum or 0.0, t) for t in terms]
    rest = terms[FIRST_ROWS:-1]
    middle = Row(float(sum(t.sum or 0.0 for t in rest)), hidden=len(rest))
    return [*(Row(t.sum or 0.0, t) for t in terms[:FIRST_ROWS]), middle, Row(terms[-1].sum or 0.0, terms[-1])]


class Sheet:
    """The parts of the figure, measured once."""

    def __init__(self, trace: Trace, maps: FeatureMaps, output: Output, kernel_name: str) -> None:
        self.trace, self.maps, self.output, self.kernel_name = trace, maps, output, kernel_name
        self.rows = rows_of(trace.terms)
        self.shown = [row.term for row in self.rows if row.term]
        kernels = [_known(t.kernel) for t in trace.terms]
        self.size = kernels[0].shape
        channels = [t.channel for t in self.shown]
        self.input_scales = dict(zip(channels, traced_scales.of_channels(maps, channels), strict=True))
        self.kernel_scale = traced_scales.signed(*kernels)
        self.product_scale = traced_scales.signed(*(_known(t.products) for t in self.shown))
        self.output_scale = traced_scales.of_output(output.values, np.stack(kernels), picture=output.picture)
        form = [cell_format(_flat([f(t) for t in self.shown])) for f in _PARTS]
        self.texts = [[[g(v) for v in _flat([f(t)])] for f, g in zip(_PARTS, form, strict=True)] for t in self.shown]
        terms = [row.sum for row in self.rows] + ([] if trace.bias is None else [trace.bias])
        self.total = shown_sum(terms, trace.preactivation, extra=1, least=form[2].decimals + (form[2].decimals > 0))
        shown = [self.total.form(row.sum) for row in self.rows if row.term]
        self.cells_add_up = max(self.size) > NUMBERED_KERNEL or all(
            value(one) == added(texts[2]) for one, texts in zip(shown, self.texts, strict=True)
        )
        self.sums_width = max(
            *(text.width(self.total.form(row.sum), style.SECTION, bold=True) for row in self.rows),
            text.width("sums", style.CAPTION, bold=True),
        )
        self.label_width = min(max(text.width(t.label, style.LABEL) for t in self.shown), 62.0)

    @property
    def all_texts(self) -> set[str]:
        """Every number that stands in a cell."""
        return {t for channel in self.texts for part in channel for t in part}

    def draw(self, figure: scene.Scene) -> float:
        """Draw everything down to the last matrix; return its bottom."""
        if max(self.size) <= NARROW_KERNEL and self.cell_beside >= CELL:
            return self.beside(figure)
        return self.below(figure)

    # ------------------------------------------------------------------------------- thumbnails in a column

    @property
    def _matrices_left(self) -> float:
        return style.MARGIN + THUMB_ROOM + style.GUTTER + self.label_width + LABEL_GAP

    @property
    def _matrices_right(self) -> float:
        return style.MARGIN + style.CONTENT - self.sums_width - ARROW - 2 * parts.CLEAR

    @property
    def cell_beside(self) -> float:
        """The cell that all numbers fit, with thumbnails beside the matrices; 0 where there is no such cell."""
        most = min(MOST_CELL, (self._matrices_right - self._matrices_left - 2 * GAP) // (3 * self.size[1]))
        cell = cell_for(self.all_texts, CELL, most)
        return cell if number_size(self.all_texts, cell) else 0.0

    def beside(self, figure: scene.Scene) -> float:
        """Draw thumbnails in a column at the left, a row of matrices for each channel; return the bottom."""
        cell = self.cell_beside
        size = number_size(self.all_texts, cell)
        row_high, block = cell * self.size[0], 3 * cell * self.size[1] + 2 * GAP
        heights = [row_high if row.term else HIDDEN_ROW for row in self.rows]
        high = sum(heights) + ROW_GAP * (len(heights) - 1)
        picture, result = self._thumbs()
        column = picture.height + parts.CAPTION_GAP + 24 + result.height
        body = max(high, column)
        x = self._matrices_left + (self._matrices_right - self._matrices_left - block) // 2
        top = parts.CAPTIONED_TOP + (body - high) // 2
        bottom = parts.CAPTIONED_TOP + body
        self._draw_thumb(figure, picture, style.MARGIN, parts.CAPTIONED_TOP, "input", style.INPUT)
        self._draw_thumb(figure, result, style.MARGIN + picture.ring[2], bottom - result.height, "output", style.OUTPUT)

        right = style.MARGIN + style.CONTENT
        base = top - parts.CAPTION_GAP
        word = "sums" if len(self.rows) > 1 else "sum"
        figure.add(scene.Text(right, base, word, style.CAPTION, style.INK, bold=True, anchor="end"))
        for i, (row, height) in enumerate(zip(self.rows, heights, strict=True)):
            middle = top + height / 2
            self._sum(figure, row, right, middle)
            if row.term:
                cells = self._matrices(figure, row.term, x, top, cell, size)
                if i == 0:
                    self._captions(figure, cells, base)
                label = text.shorten(row.term.label, style.LABEL, self.label_width)
                self._label(figure, label, x - LABEL_GAP, middle)
                figure.add(*parts.arrow([(x + block + parts.CLEAR, middle), (right - self.sums_width - 10, middle)]))
            else:
                self._hidden(figure, row, x + block / 2, middle, x - LABEL_GAP)
            top += height + ROW_GAP
        return bottom

    # --------------------------------------------------------------------------------- thumbnails in a row

    def below(self, figure: scene.Scene) -> float:
        """Draw thumbnails in a row, matrices below them; return the bottom."""
        picture, result = self._thumbs()
        self._draw_thumb(figure, picture, style.MARGIN, parts.CAPTIONED_TOP, "input", style.INPUT)
        after = style.MARGIN + max(picture.width, 160.0) + 48
        self._draw_thumb(figure, result, after, parts.CAPTIONED_TOP, "output", style.OUTPUT)
        top = parts.CAPTIONED_TOP + max(picture.height, result.height) + 24 + parts.CAPTION_GAP + 10
        rows, columns = self.size
        most = (style.CONTENT - 2 * GAP) / (3 * columns)
        numbered = max(rows, columns) <= NUMBERED_KERNEL
        cell, size = min(CELL, int(most)), None
        if numbered:
            cell = cell_for(self.all_texts, cell, min(most, MOST_CELL))
            size = number_size(self.all_texts, cell) or self._with_fewer_decimals(cell)
        else:
            cell = min(CELL, most, KERNEL_HIGH / rows)
            cell = int(cell * 2) / 2 if cell >= 1 else cell
        bottom = top
        for i, row in enumerate(self.rows):
            if row.term is None:
                middle = top + HIDDEN_ROW / 2 - 14
                self._hidden(figure, row, style.MARGIN + 60, middle, style.MARGIN + 48)
                base = middle + style.CAP * style.SECTION / 2
                figure.add(*strip.set_line(style.MARGIN + 84, base, self._sum_line(row), style.SECTION))
                bottom = top + HIDDEN_ROW - 28
            else:
                cells = self._matrices(figure, row.term, style.MARGIN, top, cell, size)
                base = top - parts.CAPTION_GAP
                if i == 0:
                    self._captions(figure, cells, base, patch_rest=row.term.label)
                else:
                    figure.add(scene.Text(style.MARGIN, base, row.term.label, style.LABEL, style.MUTED))
                line = self._sum_line(row)
                wide = strip.line_width(line, style.SECTION)
                right = max(cells[2].x + cells[2].width, cells[2].x + (80 if i == 0 else 0) + wide)
                figure.add(*strip.set_line(min(right, style.MARGIN + style.CONTENT) - wide, base, line, style.SECTION))
                bottom = top + cells[0].height
            top = bottom + ROW_GAP + 28
        return bottom

    def _sum_line(self, row: Row) -> list[Run]:
        return [Run("sum "), Run(self.total.form(row.sum), style.INK, bold=True)]

    def _with_fewer_decimals(self, cell: float) -> float | None:
        """Shorten every number until all fit their cells; None where even whole numbers do not."""
        for decimals in (1, 0):
            texts = []
            for term in self.shown:
                flats = [_flat([f(term)]) for f in _PARTS]
                if any(numbers.choose(flat).exponent for flat in flats):
                    return None
                usual = [cell_format(flat).decimals for flat in flats]
                texts.append(
                    [
                        [numbers.NumberFormat(min(u, decimals))(v) for v in flat]
                        for u, flat in zip(usual, flats, strict=True)
                    ]
                )
            largest = max(abs(v) for v in _flat([_kernel(t) for t in self.shown]))
            if largest * 10**decimals < tiles.FEWEST_LEVELS:
                return None
            self.texts = texts
            if size := number_size(self.all_texts, cell):
                return size
        return None

    # -------------------------------------------------------------------------------------------- the parts

    def _thumbs(self) -> tuple[thumb.Thumb, thumb.Thumb]:
        record, first = self.trace.layer, self.shown[0].channel
        assert record.pad
        colour_picture = len(self.maps) == 3 and all(self.maps.pictures)
        values = self.maps.values if colour_picture else self.maps.values[first]
        scale = self.input_scales[first]
        picture = thumb.thumb(0, 0, values, scale, THUMB_ROOM, style.INPUT, record.pad)
        result = thumb.thumb(0, 0, self.output.values, self.output_scale, THUMB, style.OUTPUT)
        return picture, result

    def _draw_thumb(self, figure: scene.Scene, small: thumb.Thumb, x: float, y: float, word: str, colour: str) -> None:
        record = self.trace.layer
        assert record.stride and record.pad
        placed = small._replace(x=x, y=y)
        shape = record.input_shape if word == "input" else (1, *record.output_shape[1:])
        figure.add(*parts.caption(x, y - parts.CAPTION_GAP, word, colour, times(shape)))
        figure.add(*placed.items())
        row, column = self.trace.at
        if word == "output":
            figure.add(*placed.mark(row, column, 1, 1, style.OUTPUT))
            return
        top, left = row * record.stride[0] - record.pad[0], column * record.stride[1] - record.pad[2]
        figure.add(*placed.mark(top, left, *extent(record), style.KERNEL))

    def _matrices(
        self, figure: scene.Scene, term: Term, x: float, top: float, cell: float, size: float | None
    ) -> list[Cells]:
        """Draw patch × kernel = products, and return the three."""
        texts = self.texts[self.shown.index(term)]
        scales = (self.input_scales[term.channel], self.kernel_scale, self.product_scale)
        found: list[Cells] = []
        for i, (part, scale, colour, line) in enumerate(zip(_PARTS, scales, _FRAMES, _LINES, strict=True)):
            mask = term.padding if i == 0 and term.padding.any() else None
            cells = panel(x, top, part(term), scale, cell, mask, texts[i] if size else None, size)
            figure.add(*cells.items(), cells.frame(colour, line))
            if i < 2:
                figure.add(parts.sign(x + cells.width + GAP / 2, cells.middle, "×="[i]))
            found.append(cells)
            x += cells.width + GAP
        return found

    def _captions(self, figure: scene.Scene, cells: Sequence[Cells], base: float, patch_rest: str = "") -> None:
        rests = (patch_rest, self.kernel_name, "")
        for one, word, colour, rest in zip(cells, _WORDS, (style.INPUT, style.KERNEL, style.INK), rests, strict=True):
            figure.add(*parts.caption(one.x, base, word, colour, rest, one.width + GAP - style.TEXT_CLEAR))

    def _sum(self, figure: scene.Scene, row: Row, right: float, middle: float) -> None:
        base = middle + style.CAP * style.SECTION / 2
        figure.add(scene.Text(right, base, self.total.form(row.sum), style.SECTION, style.INK, True, "end"))

    @staticmethod
    def _label(figure: scene.Scene, label: str, right: float, middle: float) -> None:
        base = middle + style.CAP * style.LABEL / 2
        figure.add(scene.Text(right, base, label, style.LABEL, style.MUTED, anchor="end"))

    def _hidden(self, figure: scene.Scene, row: Row, x: float, middle: float, label_right: float) -> None:
        figure.add(*parts.dots(x, middle))
        self._label(figure, f"{row.hidden} more", label_right, middle)


def cell_format(values: Sequence[float]) -> numbers.NumberFormat:
    """Return the format of cells: the usual one, with a third decimal where two would show one digit only."""
    form = numbers.choose(values)
    largest = max((abs(v) for v in values if math.isfinite(v)), default=0.0)
    return numbers.NumberFormat(3) if form == numbers.NumberFormat(2) and largest < SMALL else form


def _patch(term: Term) -> NDArray[np.float64]:
    return term.patch


def _kernel(term: Term) -> NDArray[np.float64]:
    return _known(term.kernel)


def _products(term: Term) -> NDArray[np.float64]:
    return _known(term.products)


_PARTS = (_patch, _kernel, _products)
_WORDS = ("patch", "kernel", "products")
_FRAMES = (style.INPUT, style.KERNEL, style.GRID)
_LINES = (style.ROLE_FRAME, style.ROLE_FRAME, style.FRAME)


def panel(
    x: float,
    y: float,
    values: NDArray[np.floating[Any]],
    scale: Scale,
    cell: float,
    padding: NDArray[np.bool_] | None = None,
    texts: Sequence[str] | None = None,
    size: float | None = None,
) -> Cells:
    """Return a matrix as cells; where a cell would be smaller than a pixel, several are averaged."""
    rows, columns = values.shape
    if cell * SCALE >= 1:
        return Cells(x, y, cell, coloured(values, scale), texts, size or style.FLOOR, padding)
    fit = tiles.fit((rows, columns), columns * cell, rows * cell)
    fills = tiles.map_pixels(values, scale, fit, finite=bool(np.isfinite(values).all()))
    high, wide = fills.shape[:2]
    if padding is not None:
        padding = padding[np.arange(high) * rows // high][:, np.arange(wide) * columns // wide]
    return Cells(x, y, 1 / SCALE, fills, padding=padding)


def _known(values: NDArray[np.float64] | None) -> NDArray[np.float64]:
    assert values is not None
    return values


def _flat(arrays: Sequence[NDArray[np.floating[Any]]]) -> list[float]:
    return [float(v) for array in arrays for v in array.reshape(-1)]
