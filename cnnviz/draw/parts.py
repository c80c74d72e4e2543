"""What stands between the parts of a figure: its heading, captions, arrows and signs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cnnviz.draw import scene, style, text

HEAD = 8.0  # px of an arrow's head
ARROW_LINE = 1.5
CLEAR = 10.0  # px between an arrow and what it joins
CAPTION_GAP = 12.0  # px from a caption's baseline to what it names
WORD_GAP = 8.0  # px between the role and the shape
CAPTIONS_AT = 108.0  # baseline of the first captions
CAPTIONED_TOP = 120.0  # top of a body that has captions above


def heading(title: str, subtitle: str, width: float = style.CONTENT) -> list[scene.Item]:
    """Return title and subtitle, each shortened to fit; a subtitle alone takes the title's place."""
    tops = style.TITLE_TOP, style.SUBTITLE_TOP if title else style.TITLE_TOP
    kinds = (title, style.TITLE, style.INK, True), (subtitle, style.CAPTION, style.MUTED, False)
    return [
        scene.Text(
            style.MARGIN, scene.baseline(top, size), text.shorten(words, size, width, bold=bold), size, colour, bold
        )
        for top, (words, size, colour, bold) in zip(tops, kinds, strict=True)
        if words
    ]


def body_top(title: str, subtitle: str) -> float:
    """Return where a body without captions begins, below title and subtitle."""
    lines = sum(map(bool, (title, subtitle)))
    last = (0.0, style.TITLE_TOP, style.SUBTITLE_TOP)[lines]
    return last + style.BODY_TOP - style.SUBTITLE_TOP if lines else style.MARGIN


def caption(
    x: float, y: float, word: str, colour: str, rest: str = "", room: float = style.CONTENT
) -> list[scene.Item]:
    """Return a role's word and, muted, what follows it, on the baseline `y`; what follows is cut to the room."""
    items: list[scene.Item] = [scene.Text(x, y, word, style.CAPTION, colour, bold=True)]
    after = text.width(word, style.CAPTION, bold=True) + WORD_GAP
    if rest and (fitting := text.shorten(rest, style.CAPTION, room - after)):
        items.append(scene.Text(x + after, y, fitting, style.CAPTION, style.MUTED))
    return items


def arrow(points: Sequence[scene.Point], colour: str = style.MUTED) -> list[scene.Item]:
    """Return a line through upright corners, with a head at its end."""
    (x0, y0), (x1, y1) = points[-2:]
    step = (_sign(x1 - x0), _sign(y1 - y0))
    neck = x1 - step[0] * HEAD, y1 - step[1] * HEAD
    half = HEAD / 2
    across = step[1] * half, step[0] * half
    head = [(x1, y1), (neck[0] + across[0], neck[1] + across[1]), (neck[0] - across[0], neck[1] - across[1])]
    return [path([*points[:-1], neck], colour), scene.Polygon(head, fill=colour)]


def path(points: Sequence[scene.Point], colour: str = style.MUTED, line: float = ARROW_LINE) -> scene.Lines:
    """Return a line through some corners, which are square."""
    half = line / 2
    segments = []
    for i, ((x0, y0), (x1, y1)) in enumerate(pairwise(points)):
        # A little longer wherever a corner follows, so that nothing is missing from it.
        last = i == len(points) - 2
        more = 0.0 if last else half
        segments.append((x0, y0, x1 + more * _sign(x1 - x0), y1 + more * _sign(y1 - y0)))
    return scene.Lines(segments, colour, line)


def plus(x: float, y: float, radius: float = 13.0) -> list[scene.Item]:
    """Return a circle with a plus in it, its middle at (x, y)."""
    arm = radius * 0.4
    return [
        scene.Rect(x - radius, y - radius, 2 * radius, 2 * radius, style.PAGE, style.MUTED, ARROW_LINE, radius),
        scene.Lines([(x - arm, y, x + arm, y), (x, y - arm, x, y + arm)], style.INK, ARROW_LINE),
    ]


def dots(x: float, y: float, pitch: float = 7.0, radius: float = 1.6) -> list[scene.Item]:
    """Return three dots below each other, the middle one at (x, y): more of the same."""
    return [
        scene.Rect(x - radius, y + i * pitch - radius, 2 * radius, 2 * radius, style.MUTED, radius=radius)
        for i in (-1, 0, 1)
    ]


def sign(x: float, y: float, string: str) -> scene.Text:
    """Return an operator sign with its middle at (x, y)."""
    size = 18.0
    # Signs stand on the height of the lower case, which is about half their size.
    return scene.Text(x, y + 0.36 * size, string, size, style.MUTED, anchor="middle")


def _sign(value: float) -> float:
    return (value > 0) - (value < 0)
