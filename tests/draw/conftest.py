"""What must be true of every figure: it fits its card, and nothing is written over something else."""

from itertools import combinations

import pytest

from cnnviz.draw import palette, scene, style


def overlap(a, b):
    return min(a[2], b[2]) - max(a[0], b[0]) > 0.5 and min(a[3], b[3]) - max(a[1], b[1]) > 0.5


def fill_under(figure, text):
    """Return the fill of the last plain rectangle or polygon below the middle of a text, the page where there is none.

    None where pixels or hatch are there: their colours are no constant.
    """
    left, top, right, bottom = text.box
    x, y = (left + right) / 2, (top + bottom) / 2
    fill = style.PAGE
    for item in figure.items:
        if item is text:
            return fill
        a, b, c, d = item.box
        if a <= x <= c and b <= y <= d:
            if isinstance(item, scene.Rect) and item.fill:
                fill = item.fill
            elif isinstance(item, scene.Image | scene.Hatch):
                fill = None
    raise AssertionError("the text is not in the figure")


def contrast(a, b):
    high, low = sorted((palette.luminance(palette.rgb(c)) + 0.05 for c in (a, b)), reverse=True)
    return high / low


@pytest.fixture
def legible():
    """Assert that a figure fits its card, that no text lies on another, and that all can be read."""

    def check(figure):
        assert figure.title
        assert figure.description
        for item in figure.items:
            left, top, right, bottom = item.box
            assert left >= 0 and top >= 0 and right <= figure.width and bottom <= figure.height, item
        texts = [text for text in figure.texts() if text.string.strip()]
        for text in texts:
            left, _, right, bottom = text.box
            assert left >= style.TEXT_CLEAR and right <= figure.width - style.TEXT_CLEAR, text
            assert bottom <= figure.height - style.TEXT_CLEAR, text
            assert text.size >= 9
        for a, b in combinations(texts, 2):
            assert not overlap(a.box, b.box), (a.string, b.string)
        for text in texts:
            fill = fill_under(figure, text)
            if fill is not None:
                assert contrast(text.colour, fill) >= 4.4, (text.string, text.colour, fill)

    return check
