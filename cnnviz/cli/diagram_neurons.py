"""The figures of neurons: a row of inputs, a row of outputs, and the weights between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnviz.cli import values
from cnnviz.cli.diagram_kinds import Drawn, ShapeOptions
from cnnviz.cli.report import Report
from cnnviz.core.wording import grouped as digits
from cnnviz.core.wording import plural
from cnnviz.errors import UsageError

if TYPE_CHECKING:
    from cnnviz.core.wiring import Row


def neurons(name: str, options: ShapeOptions, report: Report) -> Drawn:
    """Return a figure of neurons; `name` is one of its ways to connect them, or weight-sharing for all three."""
    from cnnviz.cli.params import NAMES, comparison, steps
    from cnnviz.draw.neurons import KINDS, neuron_figure

    row, bias = _row(options), bool(options.bias)
    kinds = list(KINDS) if name == "weight-sharing" else [name]
    found = row.count(bias=bias)
    keys = dict(zip(KINDS, NAMES, strict=True))
    costs = {keys[kind]: KINDS[kind].cost(found) for kind in kinds}
    heading = f"{plural(row.inputs, 'input')}, {plural(row.outputs, 'output')}, kernel of {row.kernel}"
    lines: list[Any] = [heading, ""]
    if len(kinds) > 1:
        lines += [comparison(found, report.console()), "", *steps(found)]
    else:
        cost = KINDS[name].cost(found)
        biases = f" + {digits(cost.biases)} biases" if cost.biases else ""
        lines.append(f"{KINDS[name].name}: {plural(cost.macs, 'connection')}, {plural(cost.weights, 'weight')}{biases}")
    data = {
        "inputs": row.inputs,
        "outputs": row.outputs,
        "kernel_size": row.kernel,
        "stride": row.stride,
        "pad": [row.before, row.after],
        "dilation": row.dilation,
        "connections": {
            key: {field: getattr(cost, field) for field in ("weights", "biases", "total", "bytes", "macs")}
            for key, cost in costs.items()
        },
    }
    return Drawn(neuron_figure(row, kinds, bias=bias), lines, data)


def _row(options: ShapeOptions) -> Row:
    from cnnviz.core.wiring import Row

    inputs = 7 if options.neurons is None else options.neurons
    if inputs < 1:
        raise UsageError(f"--inputs must be at least 1, not {inputs}")
    pad = values.pad(options.pad or "0", "--pad")
    if not isinstance(pad, int | str):
        if len(pad) != 2:
            raise UsageError("--pad of a row of neurons is one number, or two: before,after")
        pad = (pad[0], pad[1])
    kernel, stride, dilation = (
        _one(getattr(options, key) or default, "--" + key.replace("_", "-"))
        for key, default in (("kernel_size", "3"), ("stride", "1"), ("dilation", "1"))
    )
    return Row.of(inputs, kernel, stride=stride, pad=pad, dilation=dilation)


def _one(text: str, option: str) -> int:
    height, width = values.pair(text, option)
    if height != width:
        raise UsageError(f"{option} of a row of neurons is one number, not {text!r}")
    return width
