"""What happened in a run, in sentences filled with the run's own numbers: the words of `--explain`, as data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cnnviz.core import shapes
from cnnviz.core.connections import compare
from cnnviz.core.history import LayerRecord
from cnnviz.core.wording import grouped, plural, times

AXES = ("height", "width")


class Explanation(NamedTuple):
    """One layer explained: a heading and sentences, each to stand on a line of its own."""

    title: str
    sentences: tuple[str, ...]


def explain(history: Iterable[LayerRecord]) -> list[Explanation]:
    """Explain every layer of a history, oldest first."""
    return [Explanation(layer.name, tuple(_SENTENCES[layer.type](layer))) for layer in history]


def _conv(layer: LayerRecord) -> Iterable[str]:
    yield from _sizes(layer)
    yield from _padding(layer)
    yield from _stride(layer, "kernel")
    yield from _channels(layer)
    yield from _sharing(layer)
    yield from _field(layer)


def _pool(layer: LayerRecord) -> Iterable[str]:
    assert layer.kernel_size
    yield from _sizes(layer)
    yield from _padding(layer)
    yield from _stride(layer, "window")
    maps = layer.input_shape[0]
    yield (
        f"Each map is pooled by itself, so the number of channels stays: {plural(maps, 'map')} in, {maps} out."
        if maps > 1
        else "Each map is pooled by itself, so the number of channels stays: 1 in, 1 out."
    )
    before, after = (s[1] * s[2] for s in (layer.input_shape, layer.output_shape))
    patch = times(shapes.extent(k, d) for k, d in zip(layer.kernel_size, layer.dilation or (1, 1), strict=True))
    if after < before:
        yield (
            f"Subsampled: one value stands for each {patch} patch, so {grouped(before)} values per map become "
            f"{grouped(after)}. A small shift of the input changes some of them and leaves others: try --shift 1."
        )
    yield "Pooling has no weights: 0 parameters, nothing to learn."
    yield from _field(layer)


def _activation(layer: LayerRecord) -> Iterable[str]:
    yield f"Every value goes through {layer.mode} by itself: the shape stays {times(layer.output_shape)}, 0 parameters."


def _magnitude(layer: LayerRecord) -> Iterable[str]:
    yield (
        "Each pair of maps, the changes x and y in two directions at right angles, becomes one: the length √(x² + y²) "
        "says how strong an edge is, whichever way it runs. No parameters."
    )


_SENTENCES = {"conv": _conv, "pool": _pool, "activation": _activation, "magnitude": _magnitude}


def _sizes(layer: LayerRecord) -> Iterable[str]:
    assert layer.kernel_size and layer.stride and layer.dilation and layer.pad
    rounding = "ceil" if layer.ceil else "floor"
    yield f"Output size = {rounding}((input + padding − kernel) ÷ stride) + 1, for each axis:"
    for axis, name in enumerate(AXES):
        size, output = layer.input_shape[axis + 1], layer.output_shape[axis + 1]
        kernel, dilation, stride = layer.kernel_size[axis], layer.dilation[axis], layer.stride[axis]
        before, after = layer.pad[2 * axis], layer.pad[2 * axis + 1]
        reach = shapes.extent(kernel, dilation)
        room = size + before + after - reach
        dropped = -(-room // stride) + 1 - output if layer.ceil else 0
        text = (
            f"  {name}: {rounding}(({size} + {before} + {after} − {reach}) ÷ {stride}) + 1"
            f"{f' − {dropped}' if dropped else ''} = {output}"
        )
        if dilation > 1:
            text += f"   (dilation {dilation} spreads {kernel} cells over {dilation}·({kernel} − 1) + 1 = {reach})"
        if dropped:
            text += "   (a window that would start beyond the input is dropped)"
        yield text


_FILLS = {
    "reflect": "the picture mirrored at its outermost cells",
    "symmetric": "the picture mirrored at its border",
    "replicate": "copies of the outermost cells",
    "circular": "the opposite side of the picture",
}

_POOL_FILLS = dict.fromkeys(("max", "min"), "of cells that never win")


def _padding(layer: LayerRecord) -> Iterable[str]:
    assert layer.pad and layer.kernel_size and layer.stride
    _, height, width = layer.input_shape
    top, bottom, left, right = layer.pad
    what = "window" if layer.type == "pool" else "kernel"
    if not any(layer.pad):
        overlap = any(kernel > step for kernel, step in zip(layer.kernel_size, layer.stride, strict=True))
        if overlap and layer.output_shape[1:] != (1, 1):
            alone = layer.stride == (1, 1)  # with a stride the padding is not what shrinks the map
            becomes = f"{height}×{width} becomes {times(layer.output_shape[1:])}, and " if alone else ""
            yield f"No padding: the {what} stays inside, so {becomes}cells at the border are read less than others."
        return
    if len(set(layer.pad)) == 1:
        ring = f"a ring of {plural(top, 'cell')}"
    else:
        named = zip(("top", "bottom", "left", "right"), layer.pad, strict=True)
        ring = "a border of " + ", ".join(f"{n} at the {side}" for side, n in named if n)
    if layer.type == "pool":
        fill = _POOL_FILLS.get(layer.mode or "", "of cells that add nothing")
        if layer.mode == "avg":
            fill = "of zeros that count in the mean" if layer.count_include_pad else "of cells left out of the mean"
    elif layer.pad_mode in _FILLS:
        fill = f"filled with {_FILLS[layer.pad_mode]}"
    else:
        fill = f"filled with the fixed value {layer.pad_value or 0:g}"
    kept = layer.output_shape[1:] == layer.input_shape[1:]
    yield (
        f"Padding puts {ring} around each channel, {fill}: {height}×{width} becomes "
        f"{height + top + bottom}×{width + left + right}"
        + (", just enough for the map to keep the size of the input." if kept else ".")
    )


def _stride(layer: LayerRecord, what: str) -> Iterable[str]:
    assert layer.stride and layer.kernel_size and layer.dilation and layer.uncovered
    if layer.output_shape[1:] == (1, 1):
        yield f"There is one place for the {what} only: one value per map."
    elif layer.stride == (1, 1):
        yield f"Stride 1: the {what} moves one cell at a time, and each place gives a value."
    elif layer.stride[0] == layer.stride[1]:
        step = layer.stride[0]
        yield (
            f"Stride {step}: the {what} moves {step} cells at a time, so the map has about 1/{step} of the rows and "
            "columns."
        )
    else:
        yield (
            f"Stride {layer.stride[0]}, {layer.stride[1]}: the {what} moves {plural(layer.stride[0], 'cell')} down and "
            f"{layer.stride[1]} to the right at a time."
        )
    for note in never_read(layer):
        yield note[0].upper() + note[1:] + "."


def never_read(layer: LayerRecord) -> list[str]:
    """Say which rows and columns of a layer's input no window reads: 'the last column is never read'."""
    if not (layer.uncovered and layer.kernel_size and layer.stride):
        return []
    notes = []
    for axis, (noun, count) in enumerate(zip(("row", "column"), layer.uncovered, strict=True)):
        if count:
            last = f"the last {noun} is" if count == 1 else f"the last {grouped(count)} {noun}s are"
            notes.append(f"{last} never read")
        size, kernel, output = layer.input_shape[axis + 1], layer.kernel_size[axis], layer.output_shape[axis + 1]
        stride, before = layer.stride[axis], (layer.pad or (0, 0, 0, 0))[2 * axis]
        dilation = (layer.dilation or (1, 1))[axis]
        gap = shapes.unread_between(size, kernel, output, stride=stride, before=before, dilation=dilation)
        every = shapes.skipped(kernel, stride=stride)
        if gap and dilation == 1:
            lie = "lies between windows and is" if every == 1 else "lie between windows and are"
            notes.append(f"{every} of every {stride} {noun}s {lie} never read")
        elif gap:
            lie = "lies between cells that are read and is" if gap == 1 else "lie between cells that are read and are"
            notes.append(f"{plural(gap, noun)} {lie} never read")
    return notes


def _channels(layer: LayerRecord) -> Iterable[str]:
    channels, maps = layer.input_shape[0], layer.output_shape[0]
    groups = layer.groups or 1
    if groups == channels and channels > 1:
        yield (
            f"Depthwise: each of the {channels} channels is filtered by itself, with "
            f"{plural(maps // groups, 'kernel')} each, which gives {plural(maps, 'output feature map')}."
        )
        return
    depth = channels // groups
    if groups > 1:
        yield f"{groups} groups: each kernel reads {plural(depth, 'channel')} of the {channels} only."
    if depth > 1:
        slices = f"One kernel has a slice for each of {depth} channels"
        if layer.channels == "mean":
            slices += f" (the kernel ÷ {depth}, so that brightness keeps its size)"
        yield f"{slices}; the products of all slices are added up to one number, so one kernel gives one map."
    else:
        yield "One kernel gives one map."
    if maps > 1:
        yield f"{maps} kernels give {maps} output feature maps."


def _sharing(layer: LayerRecord) -> Iterable[str]:
    assert layer.kernel_size
    maps, height, width = layer.output_shape
    per_map = layer.weights // maps
    bias = " and one bias" if layer.biases else ""
    yield (
        f"Weight sharing: a kernel's {plural(per_map, 'weight')}{bias} serve all {grouped(height * width)} places "
        f"of its map, so the layer has {grouped(layer.weights)} + {grouped(layer.biases)} = "
        f"{plural(layer.params, 'parameter')}."
    )
    others = compare(
        layer.input_shape, layer.output_shape, layer.kernel_size, groups=layer.groups or 1, bias=bool(layer.biases)
    )
    yield (
        f"With weights of its own at every place (locally connected) it would have "
        f"{plural(others.locally_connected.total, 'parameter')}, and with every input connected to every output "
        f"{grouped(others.fully_connected.total)}."
    )


def _field(layer: LayerRecord) -> Iterable[str]:
    if layer.receptive_field:
        yield f"Receptive field: each output cell sees a {times(layer.receptive_field)} patch of the first input."
