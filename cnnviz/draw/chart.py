"""The parameter chart: how many weights a layer takes, on a logarithmic scale, so that 224 and 10^16 fit in one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from cnnviz.core.wording import grouped
from cnnviz.draw import numbers, parts, scene, style, text

TOP = 96.0  # where the lines of the scale begin
PITCH = 68.0
BAR = 24.0
NAME_BASE = 20.0  # below the top of a row
BAR_TOP = 30.0
INSIDE = 12.0  # between the end of a bar and the number in it
SPARE = 24.0  # a number goes into a bar that is this much longer
PATCH = 4.0
DECADES_ALL_LINED = 10
EXPONENT_RISE = 5.0


class ChartRow(NamedTuple):
    """One bar: a kind of layer, how it connects, what it takes, and how many times more than the `hero`."""

    name: str
    how: str
    total: int
    bytes: int
    ratio: Fraction | float | None = None
    hero: bool = False


def parameter_chart(rows: Sequence[ChartRow], *, title: str, subtitle: str = "") -> scene.Scene:
    """Return the chart of some layers' parameters; totals are exact integers of any size."""
    decades = max(1, *(_decades(row.total) for row in rows))
    step = 1 if decades <= DECADES_ALL_LINED else 2
    decades = -(-decades // step) * step
    per_decade = style.CONTENT / decades
    bottom = TOP + PITCH * len(rows) + 4

    figure = scene.Scene(style.CARD, 0, title=title, description=_sentence(rows))
    figure.add(*parts.heading(title, subtitle))
    places = [(n, style.MARGIN + n * per_decade) for n in range(0, decades + 1, step)]
    figure.add(scene.Lines([(x, TOP, x, bottom) for _, x in places], style.CHART_GRID, style.FRAME))
    for i, row in enumerate(rows):
        figure.add(*_row(row, TOP + i * PITCH, per_decade))
    base = scene.baseline(bottom + style.TEXT_CLEAR, style.LABEL)
    every = _spread(places)
    for n, x in every:
        figure.add(*_tick(n, x, base, first=n == 0, last=n == decades))
    base += style.LABEL + 12
    words = f"log scale: each line is {10**step} times the one before"
    figure.add(scene.Text(style.MARGIN, base, words, style.LABEL, style.MUTED))
    figure.height = float(round(base + style.MARGIN))
    return figure


def _decades(total: int) -> int:
    """Return the power of ten that a total does not exceed."""
    return len(str(total - 1)) if total > 1 else 0


def _log10(total: int) -> float:
    """Return log10 of an integer of any size."""
    digits = str(total)
    return math.log10(int(digits[:15])) + max(len(digits) - 15, 0)


def _row(row: ChartRow, top: float, per_decade: float) -> list[scene.Item]:
    items: list[scene.Item] = []
    left, right, base = style.MARGIN, style.MARGIN + style.CONTENT, top + NAME_BASE
    name = scene.Text(left, base, row.name, style.SECTION, style.INK, bold=True)
    how_x = name.box[2] + 12
    memory = _memory(row, right, base, right - how_x)
    room = (memory.box[0] if memory else right) - 2 * style.TEXT_CLEAR - how_x
    how = scene.Text(how_x, base, text.shorten(row.how, style.LABEL, room), style.LABEL, style.MUTED)
    for words in (name, how, memory):
        if words and words.string:
            items += [_patch(words), words]

    length = _log10(row.total) * per_decade if row.total > 1 else 0.0
    bar = scene.Rect(left, top + BAR_TOP, max(length, 2.0), BAR, fill=style.KERNEL if row.hero else style.MUTED)
    items.append(bar)
    number = grouped(row.total)
    width = text.width(number, style.SECTION, bold=True)
    base = scene.baseline(bar.y + (BAR - style.CAP * style.SECTION) / 2, style.SECTION)
    if width + SPARE <= length:
        at = left + length - INSIDE
        items.append(scene.Text(at, base, number, style.SECTION, style.PAGE, bold=True, anchor="end"))
    else:
        size = style.SECTION
        at = min(left + bar.width + INSIDE, right - width)
        label = scene.Text(at, base, number, size, style.INK, bold=True)
        items += [_patch(label), label]
    return items


def _memory(row: ChartRow, right: float, base: float, room: float) -> scene.Text | None:
    """Return what stands at the right of a row: its memory, and its ratio as exactly as there is room for."""
    memory = numbers.bytes_text(row.bytes)
    ways = [memory]
    if row.ratio is not None:
        ways = [
            f"{memory} · {numbers.ratio_text(row.ratio)}",
            f"{memory} · {numbers.ratio_text(row.ratio, short=True)}",
        ]
    fitting = next((way for way in ways if text.width(way, style.LABEL) <= room), None)
    return scene.Text(right, base, fitting, style.LABEL, style.MUTED, anchor="end") if fitting else None


def _patch(words: scene.Text) -> scene.Rect:
    """Return a piece of page to put under a text, so that no line runs through it."""
    left, top, right, bottom = words.box
    return scene.Rect(left - PATCH, top - PATCH, right - left + 2 * PATCH, bottom - top + 2 * PATCH, fill=style.PAGE)


def _spread(places: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return the ticks that get a number: all, or as many as stand clear of each other."""
    widest = text.width("10", style.LABEL) + text.width(str(places[-1][0]), style.FLOOR) + 2 * style.TEXT_CLEAR
    gap = places[1][1] - places[0][1]
    return list(places[:: max(1, math.ceil(widest / gap))])


def _tick(power: int, x: float, base: float, *, first: bool, last: bool) -> list[scene.Item]:
    """Return 10 to a power, as 10 with a raised number."""
    ten, raised = text.width("10", style.LABEL), text.width(str(power), style.FLOOR)
    whole = ten + raised + 1
    left = x if first else x - whole if last else x - whole / 2
    return [
        scene.Text(left, base, "10", style.LABEL, style.MUTED),
        scene.Text(left + ten + 1, base - EXPONENT_RISE, str(power), style.FLOOR, style.MUTED),
    ]


def _sentence(rows: Sequence[ChartRow]) -> str:
    parts = [
        f"{row.name} {grouped(row.total)}"
        + (f" ({numbers.ratio_text(row.ratio)})" if row.ratio is not None and not row.hero else "")
        for row in rows
    ]
    return f"Parameters on a logarithmic scale: {', '.join(parts)}."
