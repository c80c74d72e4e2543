"""Connection figures: a row of input neurons, a row of outputs, and a line for every weight between them.

Three panels tell the story: everything connected to everything, then only neighbours, then the same lines with shared
weights. One colour is one weight, so that sharing can be seen. Long rows keep their ends and say the true number.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from cnnviz.core.connections import Connection
from cnnviz.core.wording import grouped
from cnnviz.draw import marks, palette, parts, scene, style, text
from cnnviz.draw.numbers import TIMES

if TYPE_CHECKING:
    from cnnviz.core.connections import Connections
    from cnnviz.core.wiring import Row

RADIUS, PITCH = 9.0, 32.0
CLEAR = 1.0  # between a line and the frame of its neuron
MOST = 9  # neurons of a row that are all drawn
FIRST, LAST = 4, 3  # of a longer row
GAP_ROWS = 3.0  # pitches from the fourth neuron to the third last
STUB = 0.3  # of a line to a neuron that is left out
CROWD = 200  # neurons left out at each side of the dots; beyond them all lines would lie on each other
CAPTION_TOP, NEURONS_TOP = 124.0, 154.0
BOX_GAP, BOX_PAD, BOX = 24.0, 16.0, 88.0
SQUARE, LEAST_SQUARE = 20.0, 3.0  # a weight of the shared kernel
PANEL_GAP = 32.0
SINGLE = 432.0  # the width of a panel that stands alone
INSET = 24.0  # from the edge of a panel to the middle of its neurons
COUNT_SIZES = (18.0, 16.0, 15.0, 14.0, 13.0, 12.0, 11.0)
LEGEND = "One colour is one weight"

SHARED = ("#CC7F00", "#B0307A", "#3D2C8D")
"""Up to three shared weights, ordered by lightness so that no eye confuses them."""
RAMP = ("#3D2C8D", "#6A3FA0", "#B0307A", "#C8553D", "#CC7F00", "#7D7A1E", "#2F6B5E")


class Kind(NamedTuple):
    """One way to connect: its heading, the title of its figure, its lines, and how its weights come about."""

    name: str
    title: str
    line: float
    how: Callable[[Row], str]
    cost: Callable[[Connections], Connection]


KINDS = {
    "fully-connected": Kind(
        "fully connected",
        "Every output looks at every input",
        1.2,
        lambda row: "every input to every output",
        lambda found: found.fully_connected,
    ),
    "local": Kind(
        "locally connected",
        "Every output looks at its neighbours only",
        2.0,
        lambda row: f"only the {grouped(row.kernel)} nearest inputs" if row.kernel > 1 else "only the nearest input",
        lambda found: found.locally_connected,
    ),
    "shared": Kind(
        "shared = convolution",
        "Every place uses the same weights",
        2.5,
        lambda row: f"one kernel of {grouped(row.kernel)}, used {grouped(row.outputs)} times",
        lambda found: found.convolution,
    ),
}
"""From many weights to few; names of KINDS are names of figures."""


def neuron_figure(row: Row, kinds: Sequence[str], *, bias: bool = False) -> scene.Scene:
    """Draw `row` connected in each of `kinds`, side by side, with connections and weights under each."""
    width = (style.CONTENT - PANEL_GAP * 2) / 3 if len(kinds) > 1 else SINGLE
    shown = [KINDS[kind] for kind in kinds]
    title = "From full to local to shared weights" if len(kinds) > 1 else shown[0].title
    content = len(kinds) * width + (len(kinds) - 1) * PANEL_GAP
    figure = scene.Scene(content + 2 * style.MARGIN, 0, title=title)
    subtitle = _subtitle(row, bias=bias)
    if len(kinds) > 1:
        subtitle += f". {LEGEND}"
    else:
        base = scene.baseline(style.BODY_TOP, style.SECTION)
        legend = f"{LEGEND[0].lower()}{LEGEND[1:]}"
        figure.add(scene.Text(style.MARGIN + width, base, legend, style.LABEL, style.MUTED, anchor="end"))
    figure.add(*parts.heading(title, subtitle, content))
    places = Places(row)
    for i, kind in enumerate(kinds):
        _panel(figure, row, places, kind, style.MARGIN + i * (width + PANEL_GAP), width, bias=bias)
    figure.height = max(item.box[3] for item in figure.items) + style.MARGIN
    found = row.count(bias=bias)
    costs = "; ".join(f"{kind.name}: {', '.join(_counts(kind.cost(found)))}" for kind in shown)
    figure.description = f"{grouped(row.inputs)} inputs, {grouped(row.outputs)} outputs. {costs}."
    return figure


def _subtitle(row: Row, *, bias: bool) -> str:
    words = [f"{_plural(row.inputs, 'input')}, {_plural(row.outputs, 'output')}"]
    if row.stride > 1:
        words.append(f"stride {row.stride}")
    if row.before or row.after:
        words.append(f"padding {row.before}" if row.before == row.after else f"padding {row.before} and {row.after}")
    if row.dilation > 1:
        words.append(f"dilation {row.dilation}")
    words.append("with bias" if bias else "no bias")
    return ", ".join(words)


def _plural(count: int, noun: str) -> str:
    return f"{grouped(count)} {noun}{'s' * (count != 1)}"


class Places:
    """How high every neuron stands; those left out have places between the ones at the dots."""

    def __init__(self, row: Row) -> None:
        first, last = -row.before, row.inputs + row.after - 1
        self.first = first
        self.inputs = _ends(first, last)
        self.outputs = _ends(0, row.outputs - 1)
        self._ladder = _ladder(self.inputs, NEURONS_TOP)
        self.bottom = self._ladder[-1]
        if len(self.inputs) == last - first + 1:  # all are there: every output stands across the middle of its patch
            self._steps = [NEURONS_TOP + (row.centre(o) - first) * PITCH for o in self.outputs]
        else:
            rungs = _ladder(self.outputs, 0.0)
            self._steps = [y + (NEURONS_TOP + self.bottom - rungs[-1]) / 2 for y in rungs]

    def input(self, index: int) -> float:
        """Return the height of an input, or of a neuron of padding."""
        return _between(self.inputs, self._ladder, index)

    def output(self, index: int) -> float:
        """Return the height of an output."""
        return _between(self.outputs, self._steps, index)

    def gaps(self) -> Iterator[tuple[bool, float]]:
        """Yield where dots stand: whether among the outputs, and how high."""
        for among_outputs, indices, places in ((False, self.inputs, self._ladder), (True, self.outputs, self._steps)):
            if len(indices) == FIRST + LAST and indices[FIRST] - indices[FIRST - 1] > 1:
                yield among_outputs, (places[FIRST - 1] + places[FIRST]) / 2


def _ends(first: int, last: int) -> list[int]:
    """Return which of the neurons first … last are drawn."""
    if last - first < MOST:
        return list(range(first, last + 1))
    return [*range(first, first + FIRST), *range(last - LAST + 1, last + 1)]


def _ladder(indices: Sequence[int], top: float) -> list[float]:
    """Return a height for each neuron drawn, with room for dots where some are left out."""
    heights = [top]
    for before, index in pairwise(indices):
        heights.append(heights[-1] + (PITCH if index == before + 1 else GAP_ROWS * PITCH))
    return heights


def _between(indices: Sequence[int], heights: Sequence[float], index: int) -> float:
    """Return the height of a neuron; those left out crowd together towards the dots, and none is reached by a line."""
    if index in indices:
        return heights[indices.index(index)]
    above, below = indices[FIRST - 1], indices[FIRST]
    top, bottom = heights[FIRST - 1], heights[FIRST]
    depth = min(index - above, below - index)
    towards = (bottom - top) / 2 * (1 - 1 / (1 + depth / 2))
    return top + towards if index - above <= below - index else bottom - towards


def _panel(figure: scene.Scene, row: Row, places: Places, kind: str, left: float, width: float, *, bias: bool) -> None:
    look = KINDS[kind]
    x_in, x_out = left + INSET * width / 230, left + width - (INSET + 4) * width / 230
    base = scene.baseline(style.BODY_TOP, style.SECTION)
    figure.add(scene.Text(left, base, look.name, style.SECTION, style.INK, bold=True))
    caption = scene.baseline(CAPTION_TOP, style.CAPTION)
    for x, word, colour in ((x_in, "input", style.INPUT), (x_out, "output", style.OUTPUT)):
        figure.add(scene.Text(x, caption, word, style.CAPTION, colour, bold=True, anchor="middle"))
    for segment, colour in _wires(row, places, kind, x_in, x_out):
        figure.add(scene.Lines([segment], colour, look.line))
    for i in places.inputs:
        y = places.input(i)
        if 0 <= i < row.inputs:
            figure.add(marks.circle(x_in, y, RADIUS, marks.tint(style.INPUT, 0.25), style.INPUT, style.ROLE_FRAME))
        elif kind != "fully-connected":  # padding is a matter of windows
            figure.add(*marks.dashed_circle(x_in, y, RADIUS))
            zero = scene.baseline(y - style.CAP * style.FLOOR / 2, style.FLOOR)
            figure.add(scene.Text(x_in, zero, "0", style.FLOOR, style.MUTED, anchor="middle"))
    for o in places.outputs:
        y = places.output(o)
        figure.add(marks.circle(x_out, y, RADIUS, marks.tint(style.OUTPUT, 0.25), style.OUTPUT, style.ROLE_FRAME))
    for among_outputs, y in places.gaps():
        figure.add(*parts.dots(x_out if among_outputs else x_in, y))
    _box(figure, row, kind, left, width, places.bottom + RADIUS + BOX_GAP, bias=bias)


def _wires(
    row: Row, places: Places, kind: str, x_in: float, x_out: float
) -> Iterator[tuple[tuple[float, float, float, float], str]]:
    """Yield every line that is drawn, with the colour of its weight; one to a neuron left out ends on the way."""
    drawn = set(places.inputs), set(places.outputs)

    def line(i: int, o: int, colour: str) -> tuple[tuple[float, float, float, float], str]:
        return _shorten(x_in, places.input(i), x_out, places.output(o), i in drawn[0], o in drawn[1]), colour

    if kind == "fully-connected":
        for o in places.outputs:
            for i in places.inputs:
                if 0 <= i < row.inputs:
                    yield line(i, o, own_colour(i, o))
        return
    for o in _around(places.outputs):
        patch = row.patch(o)
        for tap in _in_sight(patch, places.inputs):
            if (i := patch[tap]) in drawn[0] or o in drawn[1]:
                yield line(i, o, shared_colour(tap, row.kernel) if kind == "shared" else own_colour(i, o))


def _in_sight(patch: range, inputs: Sequence[int]) -> Iterator[int]:
    """Yield the taps of a patch but for those that meet neurons left out and far from all that are drawn."""
    if len(inputs) <= FIRST:
        yield from range(len(patch))
        return
    early = bisect_right(patch, inputs[FIRST - 1] + CROWD)
    yield from range(early)
    yield from range(max(bisect_left(patch, inputs[FIRST] - CROWD), early), len(patch))


def _around(outputs: Sequence[int]) -> Iterator[int]:
    """Yield the outputs drawn, and a few of those left out beside them, whose lines begin at inputs that are drawn."""
    for before, after in zip(outputs, [*outputs[1:], outputs[-1] + 1], strict=True):
        yield before
        hidden = range(before + 1, after)
        yield from hidden if len(hidden) <= 2 * MOST else (*hidden[:MOST], *hidden[-MOST:])


def _shorten(x0: float, y0: float, x1: float, y1: float, start: bool, end: bool) -> tuple[float, float, float, float]:
    """Return the line between two neurons, from frame to frame, or a stub at the one that is drawn."""
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    reach = (RADIUS + CLEAR) / length
    first, last = (reach, 1 - reach) if start and end else (reach, STUB) if start else (1 - STUB, 1 - reach)
    dx, dy = x1 - x0, y1 - y0
    return x0 + first * dx, y0 + first * dy, x0 + last * dx, y0 + last * dy


def shared_colour(tap: int, count: int) -> str:
    """Return the colour of one of the weights of a shared kernel."""
    return SHARED[tap] if count <= len(SHARED) else _on_ramp(tap / (count - 1))


def own_colour(i: int, o: int) -> str:
    """Return the colour of the one weight between an input and an output; neighbours differ."""
    # Steps of the plastic number fill the ramp evenly in both directions (Roberts 2018).
    return _on_ramp((i * 0.7548776662 + o * 0.5698402910) % 1)


def _on_ramp(place: float) -> str:
    position = place * (len(RAMP) - 1)
    at = min(int(position), len(RAMP) - 2)
    a, b = palette.rgb(RAMP[at]), palette.rgb(RAMP[at + 1])
    return "#" + "".join(f"{round(x + (y - x) * (position - at)):02X}" for x, y in zip(a, b, strict=True))


def _counts(cost: Connection) -> tuple[str, str]:
    """Return what is written large, weights (and biases), and the connections."""
    weights = _plural(cost.weights, "weight")
    if cost.biases:
        weights += f" + {_plural(cost.biases, 'bias').replace('biass', 'biases')}"
    return weights, _plural(cost.macs, "connection")


def _box(figure: scene.Scene, row: Row, kind: str, left: float, width: float, top: float, *, bias: bool) -> None:
    """Put the counts under a panel, and the colours of the shared kernel beside them."""
    look = KINDS[kind]
    weights, connections = _counts(look.cost(row.count(bias=bias)))
    room = width - 2 * BOX_PAD
    kernel: list[scene.Item] = []
    if kind == "shared":
        beside = room - text.width(weights, COUNT_SIZES[0], bold=True) - style.GUTTER
        side = min(SQUARE, max(beside, room / 3) / row.kernel)
        kernel = _squares(row.kernel, side, left + width - BOX_PAD, top + BOX_PAD - 3)
    large = kernel[-1].box[0] - style.TEXT_CLEAR - left - BOX_PAD if kernel else room
    lines = (
        (weights, large, COUNT_SIZES, style.INK, True, 0.0),
        (f"{connections} = {_product(row, kind)}", room, (13.0, 12.0, 11.0), style.INK, False, 27.0),
        (look.how(row), room, (12.0, 11.0), style.MUTED, False, 47.0),
    )
    figure.add(scene.Rect(left, top, width, BOX, style.PANEL, radius=marks.STRIP_RADIUS))
    for string, space, sizes, colour, bold, down in lines:
        size = marks.fitting(string, space, sizes, bold=bold)
        shown = text.shorten(string, size, space, bold=bold)
        base = scene.baseline(top + BOX_PAD + down, size)
        figure.add(scene.Text(left + BOX_PAD, base, shown, size, colour, bold=bold))
    figure.add(*kernel)


def _product(row: Row, kind: str) -> str:
    per_output = row.inputs if kind == "fully-connected" else row.kernel
    return f"{grouped(per_output)} {TIMES} {grouped(row.outputs)}"


def _squares(count: int, side: float, right: float, top: float) -> list[scene.Item]:
    """Return the shared kernel as a row of colours, its frame last; nothing where these would be too thin to see."""
    if side < LEAST_SQUARE:
        return []
    left = right - count * side
    cells: list[scene.Item] = [
        scene.Rect(left + tap * side, top, side, SQUARE, shared_colour(tap, count)) for tap in range(count)
    ]
    return [*cells, scene.Rect(left, top, count * side, SQUARE, stroke=style.KERNEL, line=style.ROLE_FRAME)]
