"""The foot of a grid: the shared colour bar, and in words what the colours do not say by themselves."""

from __future__ import annotations

from collections.abc import Sequence

from cnnviz.core.statistics import Stats
from cnnviz.core.wording import grouped
from cnnviz.draw import bars, numbers, scene, style, text
from cnnviz.draw.limits import Scale, Scales

GAP = 24.0  # between the bar and the words
LINE_STEP = 17.0
LEAST_ROOM = 200.0  # for words beside the bar
SWATCH = 10.0


def sentences(scales: Scales, stats: Sequence[Stats], times: float) -> list[str]:
    """Return what the words of the foot say, one clause each."""
    clauses = []
    many = len(stats) > 1
    if scales.fixed:
        clauses.append("a fixed scale" + (" for all maps" if many else ""))
        if any(any(scale.cut) for scale in scales.each):
            clauses.append("values beyond its ends look alike")
    elif scales.shared:
        if many:
            clauses.append("one scale for all maps")
        if scales.outliers:
            limit = numbers.number(scales.each[0].high * times)
            clauses.append(f"the 0.5 % of values beyond ±{limit} look alike")
    else:
        clauses.append("each map has its own scale")
        if scales.outliers:
            clauses.append("the 0.5 % of values beyond its ends look alike")
    if any(scale.picture for scale in scales.each):
        black_white = f"0 black, {numbers.number(times)} white" if times != 1 else "0 black, 1 white"
        clipped = any(scale.picture and any(scale.cut) for scale in scales.each)
        who = "maps that are still pictures: " if not scales.shared else ""
        clauses.append(f"{who}{black_white}" + (", values outside are clipped" if clipped else ""))
    return clauses


def legend(stats: Sequence[Stats], scales: Scales) -> list[tuple[str, str]]:
    """Return (colour, words) for values that are no numbers, counted over all maps."""
    palette = scales.each[0].palette
    nan, inf = sum(s.nan for s in stats), sum(s.inf for s in stats)
    pairs = []
    if nan:
        pairs.append((palette.nan, f"NaN, {grouped(nan)} value{'s' * (nan > 1)}"))
    if inf:
        pairs.append((palette.inf, f"infinity, {grouped(inf)} value{'s' * (inf > 1)}"))
    return pairs


def foot(
    top: float,
    content: float,
    scales: Scales,
    clauses: Sequence[str],
    swatches: Sequence[tuple[str, str]],
    times: float,
) -> tuple[list[scene.Item], float]:
    """Return the foot's items, and its lowest baseline; `top` is where it may begin."""
    items: list[scene.Item] = []
    left, bottom = style.MARGIN, top
    words_left, words_top = left, top
    if scales.shared:
        every = scales.each
        cut = any(s.cut[0] for s in every), any(s.cut[1] for s in every)
        bar = Scale(every[0].low, every[0].high, every[0].palette, cut, every[0].picture)
        items += bars.shared_bar(left, top, bar, times)
        bottom = scene.baseline(top + bars.HEIGHT + bars.NUMBER_GAP, style.LABEL)
        if content - bars.WIDTH - GAP >= LEAST_ROOM:
            words_left = left + bars.WIDTH + GAP
            words_top = top + (bars.HEIGHT - style.CAP * style.LABEL) / 2
        else:
            words_top = bottom + style.GUTTER
    if clauses:
        base = scene.baseline(words_top, style.LABEL)
        room = style.MARGIN + content - words_left
        for line in text.wrap("; ".join(clauses), style.LABEL, room):
            items.append(scene.Text(words_left, base, line, style.LABEL, style.MUTED))
            bottom = max(bottom, base)
            base += LINE_STEP
    x = left
    for colour, words in swatches:
        if x == left:
            bottom += 20.0 if items else scene.baseline(0, style.LABEL)
        elif x + SWATCH + 6 + text.width(words, style.LABEL) > style.MARGIN + content:
            x, bottom = left, bottom + LINE_STEP + 2
        items.append(scene.Rect(x, bottom - SWATCH + 0.5, SWATCH, SWATCH, fill=colour, stroke=style.GRID))
        items.append(scene.Text(x + SWATCH + 6, bottom, words, style.LABEL, style.MUTED))
        x += SWATCH + 6 + text.width(words, style.LABEL) + style.GUTTER
    return items, bottom
