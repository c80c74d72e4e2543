"""Block figures: what shape goes in, what shape comes out, and what lies between.

One kernel spans all channels and gives one map; N kernels give N maps; pooling shrinks each map on its own. Each
figure is drawn from the record of a layer, so its numbers are those of every table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.wording import grouped, once, times
from cnnviz.draw import parts, scene, style, text
from cnnviz.draw.sheets import CELL, MOST, Sheets, faces, size, window

if TYPE_CHECKING:
    from cnnviz.core.history import LayerRecord

SIDE = 116.0  # the longer side of the larger of input and output
KERNEL_SIDE = 36.0
ROW_KERNEL, ROW_MAP, ROW_PITCH, ROW_STEP = 24.0, 36.0, 16.0, 0.5  # in the rows of a bank of kernels
ROWS = 4  # kernels drawn, the last one after dots
DOTS = 24.0  # room for them
LABEL_GAP, LABEL_STEP = 16.0, 18.0
PLUS = 16.0
LONGEST_NAME = 96.0
LEAST_GAP = 44.0
TOP = style.BODY_TOP + 12.0
NOUNS = {"max": "max", "avg": "mean", "min": "min", "lp": "p-norm", "sum": "sum"}


def channels_figure(
    layer: LayerRecord,
    *,
    input: FeatureMaps | None = None,
    maps: FeatureMaps | None = None,
    kernels: Sequence[FeatureMaps] = (),
) -> scene.Scene:
    """Draw one kernel that spans all channels of its input and gives one map."""
    channels = layer.input_shape[0]
    figure = _card(
        "One kernel spans all channels and gives one map" if channels > 1 else "One kernel gives one map",
        settings(layer),
    )
    kernel_size = layer.kernel_size or (1, 1)
    scale = _per_cell(layer)
    source, kernel, result = (
        _input(layer, scale, input),
        _kernel(layer, KERNEL_SIDE, kernels[:1]),
        _output(layer, 1, scale, maps),
    )
    weights = channels * kernel_size[0] * kernel_size[1]
    labels = (
        ("input", times(layer.input_shape)),
        ("1 kernel", f"{times((channels, *kernel_size))} = {_count(weights, 'weight')}"),
        ("sum", f"{_count(weights, 'product')}{' + 1 bias' if layer.biases else ''}"),
        ("1 map", times((1, *layer.output_shape[1:]))),
    )
    widths = [source.right, kernel.right, 2 * PLUS, result.right]
    stacks = source, None, None, None
    lefts = _spread(
        [max(w, _label_width(*label, stack)) for w, label, stack in zip(widths, labels, stacks, strict=True)]
    )
    bottom = TOP + max(source.height + source.depth, kernel.height + kernel.depth, result.height)
    source = _at(source, lefts[0], bottom - source.height)
    middle = source.middle
    kernel = _at(kernel, lefts[1], middle + (kernel.depth - kernel.height) / 2)
    result = _at(result, lefts[3], bottom - result.height)
    figure.add(*source.items(), *_window(layer, source, scale), *kernel.items(), *result.items())
    figure.add(*_cell(layer, result, scale))
    figure.add(parts.sign((source.right + kernel.x) / 2, middle, "×"))
    joint = lefts[2] + PLUS
    figure.add(*parts.arrow([(kernel.right + parts.CLEAR, middle), (joint - PLUS - parts.CLEAR, middle)]))
    figure.add(*parts.plus(joint, middle, PLUS))
    figure.add(*parts.arrow([(joint + PLUS + parts.CLEAR, middle), (result.x - parts.CLEAR, middle)]))
    colours = style.INPUT, style.KERNEL, style.INK, style.OUTPUT
    _labels(figure, bottom, zip(lefts, labels, colours, strict=True), [source])
    figure.description = (
        f"{labels[0][1]} input, one kernel of {labels[1][1]}, {labels[2][1]} for each value of a {labels[3][1]} map."
    )
    return _closed(figure)


def filters_figure(
    layer: LayerRecord,
    *,
    input: FeatureMaps | None = None,
    maps: FeatureMaps | None = None,
    kernels: Sequence[FeatureMaps] = (),
) -> scene.Scene:
    """Draw a bank of kernels, each of which gives one map."""
    count = layer.output_shape[0]
    figure = _card(f"{_count(count, 'kernel')} give{'s' * (count == 1)} {_count(count, 'map')}", settings(layer))
    scale = _per_cell(layer)
    source, result = _input(layer, scale, input), _output(layer, count, scale, maps)
    kernel = _kernel(layer, ROW_KERNEL, (), ROW_STEP)
    biases = f" + {_count(layer.biases, 'bias')} = {_count(layer.params, 'parameter')}" if layer.biases else ""
    per_kernel = (layer.input_shape[0] // (layer.groups or 1), *(layer.kernel_size or (1, 1)))
    labels = (
        ("input", times(layer.input_shape)),
        (_count(count, "kernel"), f"{times((count, *per_kernel))} weights{biases}"),
        (_count(count, "map"), times(layer.output_shape)),
    )
    shown = list(range(count)) if count <= ROWS else [*range(ROWS - 1), count - 1]
    names = [(_name(maps, i), f"map {i}") for i in shown]
    name_widths = [max(text.width(pair[i], style.LABEL) for pair in names) for i in (0, 1)]
    small = size(layer.output_shape[1:], ROW_MAP / max(layer.output_shape[1:]))
    row_height = max(kernel.height + kernel.depth, small[1])
    arrow = 60.0
    row_width = kernel.right + name_widths[0] + arrow + small[0] + name_widths[1] + 4 * style.TEXT_CLEAR
    widths = [source.right, max(row_width, _label_width(*labels[1])), result.right]
    stacks = source, None, result
    lefts = _spread(
        [max(w, _label_width(*label, stack)) for w, label, stack in zip(widths, labels, stacks, strict=True)]
    )
    rows_height = len(shown) * (row_height + ROW_PITCH) - ROW_PITCH + (DOTS if count > ROWS else 0)
    bottom = TOP + max(source.height + source.depth, rows_height, result.height + result.depth)
    source = _at(source, lefts[0], bottom - source.height)
    result = _at(result, lefts[2], bottom - result.height)
    figure.add(*source.items(), *_window(layer, source, scale), *result.items())

    y = bottom - rows_height
    for i, (kernel_name, map_name) in zip(shown, names, strict=True):
        if i == shown[-1] and count > ROWS:
            at = y - ROW_PITCH / 2 + DOTS / 2
            figure.add(*parts.dots(lefts[1] + kernel.width / 2, at))
            y += DOTS
        middle = y + row_height / 2
        one = _at(
            _kernel(layer, ROW_KERNEL, kernels[i : i + 1], ROW_STEP),
            lefts[1],
            middle + (kernel.depth - kernel.height) / 2,
        )
        x = one.right + style.TEXT_CLEAR
        base = middle + style.CAP * style.LABEL / 2
        figure.add(*one.items(), scene.Text(x, base, kernel_name, style.LABEL, style.MUTED))
        x += name_widths[0] + parts.CLEAR
        figure.add(*parts.arrow([(x, middle), (x + arrow, middle)]))
        place = x + arrow + parts.CLEAR, middle - small[1] / 2
        tile = Sheets(1, *place, *small, style.OUTPUT, faces=faces(_one(maps, i), *small))
        figure.add(*tile.items())
        figure.add(scene.Text(tile.right + style.TEXT_CLEAR, base, map_name, style.LABEL, style.MUTED))
        if i == shown[-1] and count > ROWS:
            figure.add(*parts.dots(tile.x + tile.width / 2, at))
        y += row_height + ROW_PITCH
    names_right = tile.right + style.TEXT_CLEAR + name_widths[1]
    figure.add(parts.sign((source.right + lefts[1]) / 2, source.middle, "×"))
    figure.add(*_arrow_between(names_right, result.x, source.middle))
    _labels(
        figure, bottom, zip(lefts, labels, (style.INPUT, style.KERNEL, style.OUTPUT), strict=True), [source, result]
    )
    figure.description = f"{labels[0][1]} input, {labels[1][0]} ({labels[1][1]}), {labels[2][1]} output."
    return _closed(figure)


def pooling_figure(
    layer: LayerRecord, *, input: FeatureMaps | None = None, maps: FeatureMaps | None = None
) -> scene.Scene:
    """Draw pooling: smaller maps, as many of them, nothing to learn."""
    channels = layer.input_shape[0]
    subsampled = layer.output_shape[1] < layer.input_shape[1] or layer.output_shape[2] < layer.input_shape[2]
    figure = _card("Pooling shrinks each map on its own" if subsampled else "Pooling takes each map on its own",
                   settings(layer))  # fmt: skip
    scale = _per_cell(layer)
    source, result = _input(layer, scale, input), _output(layer, channels, scale, maps)
    kernel_size = layer.kernel_size or (1, 1)
    labels = (
        ("input", times(layer.input_shape)),
        (_count(channels, "map"), times(layer.output_shape)),
    )
    lefts = _spread([max(s.right, _label_width(*label, s)) for s, label in zip((source, result), labels, strict=True)])
    bottom = TOP + max(source.height + source.depth, result.height + result.depth)
    source = _at(source, lefts[0], bottom - source.height)
    result = _at(result, lefts[1], 0)
    result = _at(result, lefts[1], source.middle + (result.depth - result.height) / 2)
    place = window(kernel_size, scale, source)
    figure.add(*source.items(), *source.outline(*place), *result.items(), *_cell(layer, result, scale))
    middle, left, right = source.middle, source.right + 48, result.x - 48
    figure.add(*parts.arrow([(left, middle), (right, middle)]))
    values = kernel_size[0] * kernel_size[1]
    centre = (left + right) / 2
    what = f"{NOUNS.get(layer.mode or '', layer.mode)} of {_count(values, 'value')}"
    stay = f"0 parameters, {_count(channels, 'channel')} stay{'s' * (channels == 1)} {channels}"
    figure.add(
        scene.Text(centre, middle - 12, what, style.CAPTION, style.INK, bold=True, anchor="middle"),
        scene.Text(centre, middle + 22, stay, style.LABEL, style.MUTED, anchor="middle"),
    )
    _labels(figure, bottom, zip(lefts, labels, (style.INPUT, style.OUTPUT), strict=True), [source, result])
    figure.description = f"{labels[0][1]} input, {what}, {labels[1][1]} output, {stay}."
    return _closed(figure)


def settings(layer: LayerRecord) -> str:
    """Return 'conv 3×3, 8 filters, no padding, stride 1'."""
    pool = layer.type == "pool"
    words = [f"{NOUNS.get(layer.mode or '', layer.mode)} pooling" if pool else "conv"]
    words[0] += f" {times(layer.kernel_size or (1, 1))}"
    if not pool and layer.output_shape[0] > 1:
        words.append(_count(layer.output_shape[0], "filter"))
    pad = layer.pad or (0, 0, 0, 0)
    if any(pad):
        sides = zip(("top", "bottom", "left", "right"), pad, strict=True)
        words.append(f"padding {pad[0]}" if len(set(pad)) == 1 else
                     "padding " + " ".join(f"{name} {n}" for name, n in sides))  # fmt: skip
    elif not pool:
        words.append("no padding")
    words.append(f"stride {once(layer.stride or (1, 1))}")
    if layer.dilation not in (None, (1, 1)):
        words.append(f"dilation {once(layer.dilation or (1, 1))}")
    return ", ".join(words)


def _count(number: int, noun: str) -> str:
    plural = "biases" if noun == "bias" else f"{noun}s"
    return f"{grouped(number)} {noun if number == 1 else plural}"


def _card(title: str, subtitle: str) -> scene.Scene:
    figure = scene.Scene(style.CARD, 0, title=title)
    figure.add(*parts.heading(title, subtitle))
    return figure


def _closed(figure: scene.Scene) -> scene.Scene:
    figure.height = float(round(max(item.box[3] for item in figure.items) + style.MARGIN))
    return figure


def _per_cell(layer: LayerRecord) -> float:
    return SIDE / max(*layer.input_shape[1:], *layer.output_shape[1:])


def _input(layer: LayerRecord, scale: float, maps: FeatureMaps | None) -> Sheets:
    channels, height, width = layer.input_shape
    area = size((height, width), scale)
    return Sheets(channels, 0, 0, *area, style.INPUT, faces=faces(maps, *area))


def _output(layer: LayerRecord, count: int, scale: float, maps: FeatureMaps | None) -> Sheets:
    area = size(layer.output_shape[1:], scale)
    return Sheets(count, 0, 0, *area, style.OUTPUT, faces=faces(maps, *area))


def _kernel(layer: LayerRecord, side: float, weights: Sequence[FeatureMaps], step: float = 1.0) -> Sheets:
    kernel = layer.kernel_size or (1, 1)
    depth = layer.input_shape[0] // (layer.groups or 1)
    area = size(kernel, side / max(kernel))
    return Sheets(depth, 0, 0, *area, style.KERNEL, step, faces(weights[0], *area) if weights else ())


def _one(maps: FeatureMaps | None, i: int) -> FeatureMaps | None:
    if maps is None:
        return None
    return FeatureMaps(maps.values[i], [maps.labels[i]], pictures=maps.pictures[i])


def _name(maps: FeatureMaps | None, i: int) -> str:
    """Return the name of a kernel: that of the map it really gave, or its number."""
    return text.shorten(maps.labels[i], style.LABEL, LONGEST_NAME) if maps else f"kernel {i}"


def _at(sheets: Sheets, x: float, y: float) -> Sheets:
    s = sheets
    return Sheets(s.count, x, y, s.width, s.height, s.colour, s.scale, s.faces)


def _window(layer: LayerRecord, source: Sheets, scale: float) -> list[scene.Item]:
    return source.prism(*window(layer.kernel_size or (1, 1), scale, source))


def _cell(layer: LayerRecord, result: Sheets, scale: float) -> list[scene.Item]:
    side = min(max(CELL, scale), result.width / 2, result.height / 2)
    return result.cell(result.x + 0.46 * result.width, result.y + 0.46 * result.height, side)


def _spread(widths: Sequence[float]) -> list[float]:
    """Return where columns of these widths begin, with the rest of the content's width parted among the gaps."""
    gap = max((style.CONTENT - sum(widths)) / (len(widths) - 1), LEAST_GAP)
    lefts = [style.MARGIN]
    for width in widths[:-1]:
        lefts.append(lefts[-1] + width + gap)
    return lefts


def _arrow_between(left: float, right: float, y: float) -> list[scene.Item]:
    """Return an arrow in the middle of a gap, of a length that suits it."""
    length = min(right - left - 2 * parts.CLEAR, 44.0)
    middle = (left + right) / 2
    return parts.arrow([(middle - length / 2, y), (middle + length / 2, y)])


def _label_width(word: str, details: str, stack: Sheets | None = None) -> float:
    lines = [details, *_cut(stack)]
    return max(text.width(word, style.CAPTION, bold=True), *(text.width(line, style.LABEL) for line in lines))


def _cut(stack: Sheets | None) -> list[str]:
    """Return what says that not all sheets are drawn, nothing where all are."""
    return [f"{MOST} of {grouped(stack.count)} drawn"] if stack and stack.count > MOST else []


def _labels(
    figure: scene.Scene,
    bottom: float,
    labels: Iterable[tuple[float, tuple[str, str], str]],
    stacks: Sequence[Sheets],
) -> None:
    """Write under every block what it is and its shape, and how many of its sheets are drawn where not all are."""
    top = bottom + LABEL_GAP
    for x, (word, details), colour in labels:
        base = scene.baseline(top, style.CAPTION)
        figure.add(scene.Text(x, base, word, style.CAPTION, colour, bold=True))
        for line in (details, *_cut(next((stack for stack in stacks if stack.x == x), None))):
            base += LABEL_STEP
            figure.add(scene.Text(x, base, line, style.LABEL, style.MUTED))
