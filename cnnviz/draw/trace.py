"""One output value, computed before your eyes: the patch, the kernel, their products, and what they add up to.

The terms of every channel stand in a row of their own, and the strip at the bottom adds the rows up. How a pooled
value comes about is in `trace_pool`.
"""

from __future__ import annotations

from collections.abc import Iterator

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.trace import Trace
from cnnviz.draw import numbers, parts, scene, strip, style
from cnnviz.draw.strip import Run
from cnnviz.draw.sums import ShownSum, joined
from cnnviz.draw.trace_sheet import FIRST_ROWS, MOST_ROWS, Output, Sheet

STRIP_GAP = 20.0
PLAIN = ("none", "relu", "abs")  # activations whose results need no more decimals than their sums
ROUNDED = "numbers in cells are rounded; the sums are those of the exact products"


def trace_scene(
    trace: Trace, maps: FeatureMaps, output: Output, *, title: str, subtitle: str, kernel_name: str = ""
) -> scene.Scene:
    """Draw the trace of a convolution; `maps` is what the layer was given."""
    figure = scene.Scene(style.CARD, 0, title=title, description=_sentence(trace))
    figure.add(*parts.heading(title, subtitle))
    sheet = Sheet(trace, maps, output, kernel_name)
    bottom = sheet.draw(figure)

    ways = [_ways(trace, sheet.total)]
    fitting = strip.fit(ways)
    top = bottom + STRIP_GAP
    figure.add(*strip.strip(style.MARGIN, top, ways[0], fitting))
    bottom = top + fitting.height
    if not sheet.cells_add_up:
        base = scene.baseline(bottom + 12, style.LABEL)
        figure.add(scene.Text(style.MARGIN, base, ROUNDED, style.LABEL, style.MUTED))
        bottom = base + 4
    figure.height = float(round(bottom + style.MARGIN))
    return figure


def _ways(trace: Trace, total: ShownSum) -> list[strip.Way]:
    """Return the strip: the sums, the bias, what they add up to, and what the activation makes of it."""
    sums = total.terms if trace.bias is None else total.terms[:-1]
    start: list[Run] = []
    for i, (operator, number) in enumerate(joined(sums)):
        start += [Run(f" {operator} ")] * bool(operator) + [Run(number, style.INK, bold=True)]
        if len(trace.terms) > MOST_ROWS and i == FIRST_ROWS:
            start.append(Run(f" ({len(trace.terms) - MOST_ROWS} more channels)"))
    return [[[*start, *_rest(trace, total)]], [start, list(_rest(trace, total))]]


def _rest(trace: Trace, total: ShownSum) -> Iterator[Run]:
    if trace.bias is not None:
        yield from (Run("  +  bias "), Run(total.terms[-1], style.KERNEL, bold=True))
    last = trace.activation == "none"
    if trace.bias is None and len(trace.terms) == 1:
        yield Run(" is the output" if last else "")
    else:
        yield Run(f"  {total.equals}  ")
        yield Run(total.total, style.OUTPUT if last else style.INK, bold=True)
    if not last:
        form = total.form if trace.activation in PLAIN else numbers.choose([trace.value], 1)
        yield from (Run(f"  →  {trace.activation}  →  "), Run(form(trace.value), style.OUTPUT, bold=True))


def _sentence(trace: Trace) -> str:
    row, column = trace.at
    count = len(trace.terms)
    channels = f"{count} channels" if count > 1 else "one channel"
    value = numbers.choose([trace.value], 1)(trace.value)
    return (
        f"How row {row}, column {column} of {trace.label} comes about: patch times kernel over {channels}, "
        f"added up{'' if trace.activation == 'none' else f', then {trace.activation}'}, is {value}."
    )
