"""What the strip below an animation says at a step: every product, or the sum of each channel, and the result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnviz.core.trace import Trace
from cnnviz.core.wording import grouped
from cnnviz.draw import numbers, strip, style
from cnnviz.draw.numbers import NumberFormat
from cnnviz.draw.strip import Run
from cnnviz.draw.sums import added, bracketed, joined, products_add_up, value

if TYPE_CHECKING:
    from cnnviz.draw.moving import Moving

PLAIN = ("none", "relu", "abs")
NAMES = {"avg": "mean", "lp": "norm"}


def ways(moving: Moving, traces: Sequence[Trace]) -> list[strip.Way]:
    """Return the ways to say what happens at a step, from the best to the shortest."""
    if moving.pooling:
        return _pooling(moving, traces)
    (one,) = traces
    return _products(moving, one) if len(one.terms) == 1 else _sums(moving, one)


def _products(moving: Moving, trace: Trace) -> list[strip.Way]:
    """Say 0·(−1) + 1·2 + … = 2."""
    (term,) = trace.terms
    assert term.kernel is not None
    patch = [moving.input_form(v) for v in term.patch.reshape(-1).tolist()]
    kernel = [moving.kernel_form(v) for v in term.kernel.reshape(-1).tolist()]
    bias = "0" if not trace.bias else moving.sum_form(trace.bias)
    total = moving.sum_form(trace.preactivation)
    exact = products_add_up(patch, kernel, bias, total)
    columns = term.kernel.shape[1]
    rows: list[list[Run]] = []
    for i, (x, w) in enumerate(zip(patch, kernel, strict=True)):
        if i % columns == 0:
            rows.append([])
        if i:
            rows[-1].append(Run(" + " if i % columns else "+ "))
        rows[-1] += [Run(x, style.INPUT, True), Run("·", style.INK, True), Run(bracketed(w), style.KERNEL, True)]
    more = [*_bias(trace, bias), *_result(moving, trace, total, exact=exact)]
    one_line = [run for i, row in enumerate(rows) for run in ([Run(" "), *row] if i else row)]
    hanging = [[Run("   "), *rows[0]], *rows[1:]]  # the signs of the other rows hang in front
    words = [Run(f"Σ of {len(patch)} products"), *_bias(trace, bias), *_result(moving, trace, total, exact=True)]
    head = _head(moving, trace)
    return [[[*head, *one_line, *more]], [*hanging[:-1], [*hanging[-1], *more]], [[*head, *words]]]


def _head(moving: Moving, trace: Trace) -> list[Run]:
    return [Run(f"{trace.label}:", style.OUTPUT, True), Run("  ")] if len(moving.maps) > 1 else []


def _sums(moving: Moving, trace: Trace) -> list[strip.Way]:
    """Say map 0: red −0.1 + green 0.2 + bias 0 = 0.1."""
    named = [(term.label, term.sum or 0.0) for term in trace.terms if term.channel in moving.channels]
    rest = [term.sum or 0.0 for term in trace.terms if term.channel not in moving.channels]
    if rest:
        named.insert(max(len(named) - 1, 0), (f"{len(rest)} more", float(sum(rest))))
    form = moving.sum_form
    texts = [form(v) for _, v in named] + ([form(trace.bias)] if trace.bias is not None else [])
    total = form(trace.preactivation)
    exact = added(texts) == value(total)
    line: list[Run] = []
    for (label, _), (operator, _), text in zip(named, joined(texts[: len(named)]), texts, strict=False):
        if operator:
            line.append(Run("  +  "))
        line += [Run(f"{label} "), Run(bracketed(text) if operator else text, style.INK, True)]
    if trace.bias is not None:
        line += [Run("  +  bias "), Run(bracketed(texts[-1]), style.KERNEL, True)]
    result = _result(moving, trace, total, exact=exact)
    head = _head(moving, trace)
    return [[[*head, *line, *result]], [[*head, *line], result]]


def _bias(trace: Trace, shown: str) -> list[Run]:
    return [Run("  +  bias "), Run(bracketed(shown), style.KERNEL, True)] if trace.bias else []


def _result(moving: Moving, trace: Trace, total: str, *, exact: bool) -> list[Run]:
    last = moving.activation == "none"
    runs = [Run("  =  " if exact else "  ≈  "), Run(total, style.OUTPUT if last else style.INK, True)]
    if not last:
        form = moving.sum_form if moving.activation in PLAIN else moving.output_form
        runs += [Run(f"  →  {moving.activation}  →  "), Run(form(trace.value), style.OUTPUT, True)]
    return runs


def _pooling(moving: Moving, traces: Sequence[Trace]) -> list[strip.Way]:
    """Say max(0.43, 0.38, 0.16, 0.25) = 0.43, a line for each map."""
    long, short = [], []
    for trace in traces:
        (term,) = trace.terms
        mode = trace.layer.mode or ""
        counted = ~term.padding | (trace.layer.count_include_pad is True)
        cells = term.patch[counted].tolist()
        head = [Run(f"{term.label}: ", style.INPUT, True)] if len(traces) > 1 else []
        form = moving.input_form if mode in ("max", "min") else moving.output_form
        result = [Run("  =  "), Run(form(trace.value), style.OUTPUT, True)]
        inner: list[Run] = []
        for i, v in enumerate(cells):
            won = bool(trace.winners) and v == trace.value
            inner += [Run(", ")] * bool(i)
            inner.append(Run(moving.input_form(v), style.OUTPUT if won else style.INK, won))
        name = NAMES.get(mode, mode)
        long.append([*head, Run(f"{name}("), *inner, Run(")"), *result])
        short.append([*head, Run(f"{name} of {grouped(len(cells))} values"), *result])
    return [long, short]


def exact_form(values: Sequence[float], usual: NumberFormat, most: int = 6) -> NumberFormat | None:
    """Return the format, with as few decimals as it takes, that shows every value exactly; None where none does."""
    if usual.exponent:
        return None
    for decimals in range(usual.decimals, most + 1):
        if all(abs(round(v, decimals) - v) <= 1e-9 * max(1.0, abs(v)) for v in values):
            return NumberFormat(decimals)
    return None


def forms(
    inputs: Sequence[float], weights: Sequence[float], sums: Sequence[float]
) -> tuple[NumberFormat, NumberFormat, NumberFormat]:
    """Return the formats of inputs, weights and sums: those in which sums are exact, else the usual ones."""
    usual = numbers.choose(inputs), numbers.choose(weights), numbers.choose(sums)
    exact = [exact_form(v, form) for v, form in zip((inputs, weights, sums), usual, strict=True)]
    if all(exact):
        return exact[0] or usual[0], exact[1] or usual[1], exact[2] or usual[2]
    return usual
